"""Who does what in a programme and its calls: named with a day, ended with a day, told to the person."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.calls.models import Call, Programme, Role, Sponsor
from terreau.common.errors import DomainError
from terreau.common.inserting import insert
from terreau.journal.actions import record
from terreau.notices.actions import tell
from terreau.subjects import actions as subjects
from terreau.territories.models import Zone

Place = Call | Programme


def regions() -> list[Zone]:
    """Return the regions of the last year of the COG, by name."""
    rows = Zone.objects.filter(level="region").order_by("-cog_year", "name")
    found: dict[str, Zone] = {}
    for one in rows:
        found.setdefault(one.code, one)
    return sorted(found.values(), key=lambda one: one.name)


def roles_in(place: Place) -> QuerySet[Role]:
    """Return the roles of a programme, or those of a call (its own, not those of its programme)."""
    rows = Role.objects.select_related("user", "zone", "sponsor", "named_by")
    return rows.filter(call=place) if isinstance(place, Call) else rows.filter(programme=place)


def owners(programme: Programme, on: date) -> QuerySet[Role]:
    """Return the roles of those who carry a programme on a day, whose accounts live."""
    held = Role.objects.held_on(on).filter(programme=programme, role=Role.Kind.OWNER)
    return held.filter(user__is_active=True)


@transaction.atomic
def name(  # noqa: PLR0913 - keyword-only: a role is described by this many independent facts
    place: Place,
    email: str,
    role: str,
    *,
    since: date,
    until: date | None = None,
    zone: Zone | None = None,
    sponsor: Sponsor | None = None,
    by: User,
) -> Role:
    """Give a role to a person who has an account; they are told. Refused when they hold the same already.

    ``until`` is the first day when it holds no more.
    """
    subjects.lock(place.pk)
    user = User.objects.filter(email__iexact=email.strip(), is_active=True, erased_at=None).first()
    if user is None:
        words = _("Personne n'a de compte à cette adresse : demandez-lui d'en ouvrir un, puis nommez-la.")
        raise DomainError("no_account", words, facts={"field": "email"})
    if until is not None and until <= since:
        raise DomainError("ends_before", _("La fin suit le début."), facts={"field": "until"})
    _check(role, zone, sponsor)
    where: dict[str, Any] = {"call": place} if isinstance(place, Call) else {"programme": place}
    same = Role.objects.filter(**where, user=user, role=role, zone=zone, sponsor=sponsor)
    if same.filter(valid_to=None).exists():
        words = _("Cette personne tient déjà ce rôle.")
        raise DomainError("role_held", words, facts={"field": "email"}, status=409)
    row = Role(
        **where,
        user=user,
        role=role,
        zone=zone,
        sponsor=sponsor,
        valid_from=since,
        valid_to=until,
        named_by=by,
    )
    row = insert(row, "role_refused")
    record(place.subject, "call.role_given", by=by, data={"user": user.pk.hex, "role": role, "id": row.pk})
    tell(user, "call.role", _told(row, place), path=_path(place))
    return row


def _check(role: str, zone: Zone | None, sponsor: Sponsor | None) -> None:
    if role == Role.Kind.SPONSOR and sponsor is None:
        words = _("Dites pour quel financeur cette personne parle.")
        raise DomainError("sponsor_needed", words, facts={"field": "sponsor"})
    if sponsor is not None and role != Role.Kind.SPONSOR:
        words = _("Un financeur ne se choisit que pour qui parle en son nom.")
        raise DomainError("sponsor_not_asked", words, facts={"field": "sponsor"})
    if zone is not None and role != Role.Kind.OFFICER:
        words = _("Seule l'instruction se limite à une région.")
        raise DomainError("zone_not_asked", words, facts={"field": "zone"})


@transaction.atomic
def end(row: Role, place: Place, *, by: User) -> Role:
    """End a role today; refused for the last owner of a programme, without whom nobody could name another."""
    subjects.lock(place.pk)
    row.refresh_from_db()
    today = timezone.localdate()
    if row.valid_to is not None and row.valid_to <= today:
        raise DomainError("ended_already", _("Ce rôle est déjà fini."), status=409)
    others = owners(place, today).exclude(pk=row.pk) if isinstance(place, Programme) else None
    if row.role == Role.Kind.OWNER and others is not None and not others.exists():
        words = _("C'est la dernière personne qui porte ce programme : nommez-en une autre d'abord.")
        raise DomainError("last_owner", words, status=409)
    row.valid_to = max(today, row.valid_from)
    row.save(update_fields=["valid_to"])
    record(place.subject, "call.role_ended", by=by, data={"user": row.user_id.hex, "role": row.role})
    return row


def _told(row: Role, place: Place) -> Any:
    title = place.title if isinstance(place, Call) else place.name
    words = gettext_lazy("Vous avez un rôle dans « {title} » : {role}.")
    return format_lazy(words, title=title, role=Role.Kind(row.role).label)


def _path(place: Place) -> str:
    return f"/appels/{place.slug}/" if isinstance(place, Call) else f"/programmes/{place.slug}/"
