"""A label made by its owner: written, opened to requests, closed; its criteria; who keeps it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import format_lazy, slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.errors import DomainError
from terreau.grids.models import GridVersion
from terreau.journal.actions import record, save_fresh
from terreau.labels.models import Keeper, Scheme
from terreau.notices.actions import tell
from terreau.subjects.actions import create, lock
from terreau.subjects.models import Subject

#: Words that are addresses of their own under /labels/.
RESERVED = frozenset({"nouveau"})


def begin(owner: Actor, version: GridVersion, values: Mapping[str, Any], *, by: User) -> Scheme:
    """Begin a label, that nobody sees until it is published. Raises ``DomainError``: no scale, name taken."""
    _check(version)
    slug = slugify(str(values["name"]))[:60].strip("-")
    if not slug or slug in RESERVED:
        raise DomainError("bad_name", _("Choisissez un autre nom."), facts={"field": "name"})
    try:
        with transaction.atomic():
            subject = create(Subject.Kind.LABEL, public=False)
            made = Scheme.objects.create(
                subject=subject, slug=slug, owner=owner, grid_version=version, **values
            )
            record(subject, "label.begun", by=by, data={"slug": slug, "grid": version.digest})
    except IntegrityError as error:
        words = _("Un label porte déjà ce nom.")
        raise DomainError("name_taken", words, facts={"field": "name"}, status=409) from error
    return made


def change(row: Scheme, *, base: Mapping[str, Any], mine: Mapping[str, Any], by: User) -> Scheme:
    """Change what a label says and its rules; labels given keep their dates."""
    return save_fresh(row, subject=row.subject, verb="label.changed", base=base, mine=mine, by=by)


def use(row: Scheme, version: GridVersion, *, by: User) -> Scheme:
    """Take another version of the criteria; requests made before keep theirs."""
    _check(version)
    with transaction.atomic():
        lock(row.pk)
        Scheme.objects.filter(pk=row.pk).update(grid_version=version)
        record(row.subject, "label.criteria", by=by, data={"grid": version.digest})
    row.refresh_from_db()
    return row


def publish(row: Scheme, *, by: User) -> Scheme:
    """Open a label to requests: its page is public from then on."""
    before = {Scheme.State.DRAFT, Scheme.State.CLOSED}
    return _state(row, before, Scheme.State.PUBLISHED, "label.published", by)


def close(row: Scheme, *, by: User) -> Scheme:
    """Take no request any more; labels given go on to their last day."""
    return _state(row, {Scheme.State.PUBLISHED}, Scheme.State.CLOSED, "label.closed", by)


def name_keeper(row: Scheme, email: str, role: str, *, by: User) -> Keeper:
    """Name somebody who has an account to instruct or to decide; they are told."""
    user = User.objects.filter(email__iexact=email.strip(), is_active=True, erased_at=None).first()
    if user is None:
        words = _("Personne n'a de compte à cette adresse : invitez d'abord la personne à en ouvrir un.")
        raise DomainError("no_account", words, facts={"field": "email"})
    try:
        with transaction.atomic():
            lock(row.pk)
            made = Keeper.objects.create(
                scheme=row, user=user, role=role, valid_from=timezone.localdate(), named_by=by
            )
            record(row.subject, "label.keeper_named", by=by, data={"user": user.pk.hex, "role": role})
    except IntegrityError as error:
        words = _("Cette personne a déjà ce rôle.")
        raise DomainError("named_already", words, facts={"field": "email"}, status=409) from error
    said = format_lazy(gettext_lazy("Vous tenez maintenant le label {label}."), label=row.name)
    tell(user, "label", said, path=f"/labels/{row.slug}/instruire/", dedupe=f"keeper-{made.pk}")
    return made


def end_keeper(row: Keeper, *, by: User) -> None:
    """End a role today."""
    with transaction.atomic():
        lock(row.scheme_id)
        if not Keeper.objects.filter(pk=row.pk, valid_to=None).update(valid_to=timezone.localdate()):
            raise DomainError("ended_already", _("Ce rôle est déjà fini."), status=409)
        record(row.scheme.subject, "label.keeper_ended", by=by, data={"user": row.user_id.hex})


def usable() -> list[GridVersion]:
    """Return the published versions of public grids on poles that have criteria, by title."""
    rows = GridVersion.objects.filter(state="published", grid__subject_kind="pole", grid__public=True)
    rows = rows.exclude(grid__nature="charter").select_related("grid").order_by("grid__code", "-published_at")
    return [one for one in rows if one.content.get("criteria")]


def _check(version: GridVersion) -> None:
    if version.state != GridVersion.State.PUBLISHED or not version.content.get("criteria"):
        words = _("Choisissez une version publiée d'une grille qui a des critères.")
        raise DomainError("no_criteria", words, facts={"field": "version"})


def _state(row: Scheme, before: Collection[str], state: str, verb: str, by: User) -> Scheme:
    with transaction.atomic():
        lock(row.pk)
        if not Scheme.objects.filter(pk=row.pk, state__in=before).update(state=state):
            raise DomainError("no_change", _("C'est déjà fait."), status=409)
        Subject.objects.filter(pk=row.pk).update(public=True)
        record(row.subject, verb, by=by, data={})
    row.refresh_from_db()
    return row
