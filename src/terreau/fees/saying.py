"""What is said of a member for its fee: figures with their source, reductions granted with their reason."""

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.errors import DomainError, StaleWriteError
from terreau.common.inserting import insert
from terreau.fees.documents import Reduction
from terreau.fees.models import Grant, Measure
from terreau.journal.actions import record
from terreau.poles.models import Pole
from terreau.subjects import actions as subjects

_MOST = 10**13


def say(  # noqa: PLR0913 - keyword-only: each is a part of the figure
    pole: Pole,
    actor: Actor,
    basis: str,
    *,
    year: int,
    value: int,
    source: str,
    by: User,
    confirms: bool,
    seen: int | None = None,
) -> Measure:
    """Write a figure of a member for a year (cents, or hundredths of a full-time equivalent).

    ``confirms``: the person belongs to the member, so that the figure is confirmed. ``seen`` is the version
    that the person saw, 0 when there was none; somebody else's figure is never overwritten unseen (409).
    """
    _check(basis, value, source)
    now = timezone.now()
    values: dict[str, Any] = {"value": value, "source": source.strip()[:200], "by": by, "at": now}
    values |= {"confirmed_at": now if confirms else None, "confirmed_by": by if confirms else None}
    with transaction.atomic():
        subjects.lock(pole.actor_id)
        row = Measure.objects.filter(pole=pole, actor=actor, basis=basis, year=year).first()
        if seen is not None and seen != (row.version if row else 0):
            words = _("Quelqu'un vient d'écrire ce chiffre : relisez-le avant de le remplacer.")
            raise StaleWriteError("stale_write", words, facts={"field": basis})
        if row is None:
            key = {"pole": pole, "actor": actor, "basis": basis, "year": year}
            row = insert(Measure(**key, **values), "measure_refused", field=basis)
        else:
            Measure.objects.filter(pk=row.pk).update(**values, version=F("version") + 1)
            row.refresh_from_db()
        data = {"actor": actor.pk.hex, "basis": basis, "year": year, "value": value, "confirmed": confirms}
        record(pole.actor.subject, "fees.figure_said", by=by, data=data)
    return row


def confirm(measure: Measure, *, seen: int, by: User) -> Measure:
    """Say, for the member, that a figure is right as it was seen."""
    now = timezone.now()
    with transaction.atomic():
        rows = Measure.objects.filter(pk=measure.pk, version=seen)
        if not rows.update(confirmed_at=now, confirmed_by=by, version=F("version") + 1):
            words = _("Ce chiffre vient de changer : relisez-le avant de le confirmer.")
            raise StaleWriteError("stale_write", words)
        data = {"actor": measure.actor_id.hex, "basis": measure.basis, "year": measure.year}
        record(measure.pole.actor.subject, "fees.figure_confirmed", by=by, data=data)
    measure.refresh_from_db()
    return measure


def grant(  # noqa: PLR0913 - keyword-only: each is a part of the reduction
    pole: Pole,
    actor: Actor,
    reduction: Reduction | None,
    *,
    reason: str,
    valid_from: date,
    valid_to: date | None = None,
    by: User,
) -> Grant:
    """Grant a member a reduction of the scale, or an exemption (``None``); ``valid_to`` is its last day."""
    if not reason.strip():
        words = _("Dites pourquoi cette réduction est accordée.")
        raise DomainError("reason_needed", words, facts={"field": "reason"})
    if valid_to is not None and valid_to < valid_from:
        raise DomainError("ends_before", _("La fin suit le début."), facts={"field": "valid_to"})
    row = Grant(pole=pole, actor=actor, valid_from=valid_from, valid_to=valid_to, by=by)
    row.code, row.label = (reduction.code, reduction.label) if reduction else ("", _("Exonération"))
    row.reason = reason.strip()[:300]
    with transaction.atomic():
        subjects.lock(pole.actor_id)
        _not_twice(row)
        insert(row, "grant_refused", field="valid_from")
        data = {"actor": actor.pk.hex, "code": row.code, "grant": row.pk, "reason": row.reason}
        record(pole.actor.subject, "fees.reduction_granted", by=by, data=data)
    return row


def end(found: Grant, *, on: date, by: User) -> Grant:
    """End a reduction after a day; what was called before stays."""
    if on < found.valid_from:
        words = _("La fin suit le début.")
        raise DomainError("ends_before", words, facts={"field": "on"})
    with transaction.atomic():
        rows = Grant.objects.filter(pk=found.pk, version=found.version)
        if not rows.update(valid_to=on, version=F("version") + 1):
            raise StaleWriteError("stale_write", _("Cette réduction vient de changer : relisez-la."))
        data = {"grant": found.pk, "on": on.isoformat()}
        record(found.pole.actor.subject, "fees.reduction_ended", by=by, data=data)
    found.refresh_from_db()
    return found


def _check(basis: str, value: int, source: str) -> None:
    if basis not in Measure.Basis.values:
        raise DomainError("bad_basis", _("Cette assiette n'existe pas."), facts={"field": "basis"})
    if not 0 <= value <= _MOST:
        words = _("Ce nombre est négatif, ou trop grand pour être vrai.")
        raise DomainError("bad_value", words, facts={"field": basis})
    if not source.strip():
        raise DomainError("no_source", _("Dites d'où vient ce chiffre."), facts={"field": "source"})


def _not_twice(row: Grant) -> None:
    """A reduction is granted once on a same day."""
    others = Grant.objects.filter(pole=row.pole, actor=row.actor, code=row.code)
    for other in others:
        before = other.valid_to is not None and other.valid_to < row.valid_from
        after = row.valid_to is not None and row.valid_to < other.valid_from
        if not before and not after:
            words = _("Cette réduction est déjà accordée à ces dates.")
            raise DomainError("granted", words, facts={"field": "valid_from"}, status=409)
