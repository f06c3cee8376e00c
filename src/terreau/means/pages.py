"""What the pages of shared means have in common: who is there, in whose name, which means is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from terreau.actors.models import Actor
from terreau.common.errors import DomainError, NotFoundError, RefusedError
from terreau.journal.actions import refuse
from terreau.means.models import Booking, Means
from terreau.poles.models import Carrier, Membership
from terreau.poles.workspace import Workspace, require_voice

_DAY = "l j F Y"


def find(ws: Workspace, pk: UUID) -> Means:
    """Return a means of the pole; 404 for another's."""
    rows = Means.objects.select_related("subject", "owner", "pole__actor__subject")
    found = rows.filter(pk=pk, pole=ws.pole).first()
    if found is None:
        raise NotFoundError("unknown_means", _("Ce moyen n'existe pas dans ce pôle."))
    return found


def find_booking(ws: Workspace, means: Means, pk: UUID) -> Booking:
    """Return a booking of a means; 404 for another's."""
    rows = Booking.objects.select_related("actor", "by", "means__subject", "means__owner", "means__pole")
    found = rows.filter(pk=pk, means=means).first()
    if found is None:
        raise NotFoundError("unknown_booking", _("Cette réservation n'existe pas."))
    return found


def keeps(ws: Workspace, means: Means) -> bool:
    """Say whether the person says the rules of a means: who animates, and the people of its owner."""
    return ws.may_speak_for(means.owner_id)


def require_keeps(ws: Workspace, means: Means, *, verb: str) -> None:
    """Refuse, and count the refusal, when the person is neither of the owner nor animates the pole."""
    require_voice(ws, means.owner_id, verb=verb)


def require_living(ws: Workspace, *, verb: str) -> None:
    """Refuse to write in the workspace of a pole that is closed or merged."""
    subject = ws.pole.actor.subject
    if subject.closed_at is not None or subject.merged_into_id is not None:
        reason = _("Cette fiche est fermée ou fusionnée avec une autre.")
        refuse(subject, verb, by=ws.user, reason=reason)
        raise RefusedError("pole_closed", reason)


def people_of(ws: Workspace) -> list[Actor]:
    """Return the actors of the pole that day: itself, its carrier, its members; one query."""
    held = (Q(valid_from=None) | Q(valid_from__lte=ws.today)) & (Q(valid_to=None) | Q(valid_to__gt=ws.today))
    members = Membership.objects.filter(held, pole=ws.pole).values("actor")
    carriers = Carrier.objects.filter(held, pole=ws.pole).values("actor")
    rows = Actor.objects.filter(Q(pk=ws.pole.pk) | Q(pk__in=members) | Q(pk__in=carriers))
    return list(rows.filter(subject__merged_into=None).order_by("sort_key", "pk"))


def voices(ws: Workspace) -> list[Actor]:
    """Return the actors in whose name the person writes: hers first; all of the pole for who animates it."""
    mine = ws.standing.speaks_for
    if not ws.runs:
        return list(Actor.objects.filter(pk__in=mine).order_by("sort_key", "pk"))
    return sorted(people_of(ws), key=lambda one: one.pk not in mine)


def choices(actors: Iterable[Actor]) -> list[tuple[str, str]]:
    """Return the choices of a field that names an actor."""
    return [(str(one.pk), one.name) for one in actors]


def one_of(actors: Iterable[Actor], pk: str) -> Actor:
    """Return the actor that a field named, among those it proposed."""
    return next(one for one in actors if str(one.pk) == pk)


def asked_day(request: HttpRequest, name: str, default: date) -> date:
    """Return the day of the address (``?le=2026-11-23``); one that cannot be read is said (422)."""
    text = request.GET.get(name, "")
    if not text:
        return default
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise _not_a_day(text) from error
    if not 1990 <= found.year <= 2200:
        raise _not_a_day(text)
    return found


def instant(day: date, hour: time) -> datetime:
    """Return the instant of an hour of the wall on a day, where the site is."""
    return datetime.combine(day, hour, tzinfo=timezone.get_current_timezone())


def midnight(day: date) -> datetime:
    """Return the first instant of a day."""
    return instant(day, time.min)


def span_said(starts_at: datetime, ends_at: datetime) -> str:
    """Return « lundi 23 novembre, 09:00 – 12:30 », or both days when the stay ends on another one."""
    first, last = timezone.localtime(starts_at), timezone.localtime(ends_at)
    begins, ends = date_format(first, _DAY), date_format(last, _DAY)
    days = (last.date() - first.date()).days
    if not days or (days == 1 and last.time() == time.min):
        return f"{begins}, {first:%H:%M} – {last:%H:%M}"
    return f"{begins}, {first:%H:%M} – {ends}, {last:%H:%M}"


def _not_a_day(text: str) -> DomainError:
    words: Any = _("« %(text)s » n'est pas une date : écrire 2026-11-23.") % {"text": text[:40]}
    return DomainError("not_a_day", words, facts={"typed": text[:40]})
