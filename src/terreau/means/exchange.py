"""Bringing a calendar: what would become of each event, then all of it at once, never half.

The same file brought again changes nothing: each event keeps a digest of its identifier in the calendar it
comes from. One that moved there is moved here; one cancelled there is cancelled here.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.core import signing
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.errors import DomainError
from terreau.design.calendars import Stamp, read
from terreau.means import bookings
from terreau.means.desk import Answer, Desk
from terreau.means.desk import said as desk_said
from terreau.means.models import Booking, Means
from terreau.means.pages import midnight
from terreau.means.series import journal

BOOK, MOVE, CANCEL, SAME, CLASH, REFUSED = VERBS = ("book", "move", "cancel", "same", "clash", "refused")
#: A file is read over and confirmed within the hour.
_AGE: Final = timedelta(hours=1)
MOST: Final = 400
_SALT = "terreau.means.exchange"
#: What Terreau writes before its own identifiers.
OWN: Final = "reservation-"
_HEX: Final = re.compile(r"^[0-9a-f]{32}$")


@dataclass(frozen=True, slots=True)
class Brought:
    """An event of a calendar, as two instants; ``key`` is what it is known by here."""

    key: str
    title: str
    starts_at: datetime
    ends_at: datetime
    cancelled: bool


@dataclass(frozen=True, slots=True)
class Line:
    """What becomes of an event: a verb, the reason when nothing does, the booking it changes."""

    event: Brought
    verb: str
    words: str = ""
    booking: Booking | None = None
    cents: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a calendar would change."""

    lines: list[Line]

    @property
    def counts(self) -> Counter[str]:
        """How many of each verb."""
        return Counter(line.verb for line in self.lines)

    @property
    def seen(self) -> str:
        """What the page says back, so that nobody confirms another plan than the one that was read."""
        return "-".join(str(self.counts[verb]) for verb in VERBS)

    @property
    def changes(self) -> list[Line]:
        """What would be written."""
        return [line for line in self.lines if line.verb in (BOOK, MOVE, CANCEL)]

    @property
    def hindered(self) -> list[Line]:
        """What cannot be."""
        return [line for line in self.lines if line.verb in (CLASH, REFUSED)]


def events(data: bytes, *, first: date, last: date) -> list[Brought]:
    """Read a calendar between two days, both included. Raises ``DomainError`` for what is no calendar."""
    stamps = read(data, first=first, last=last)
    if len(stamps) > MOST:
        words = _("Ce calendrier a plus de %(most)d événements à ces dates : prenez une période plus courte.")
        raise DomainError("calendar_too_long", words % {"most": MOST}, facts={"field": "until", "most": MOST})
    several = Counter(stamp.uid for stamp in stamps)
    found = []
    for stamp in stamps:
        starts, ends = _instant(stamp.starts), _instant(stamp.ends, end=True)
        own = stamp.uid.partition("@")[0] if stamp.uid.startswith(OWN) else ""
        key = own.removeprefix(OWN) or _key(stamp.uid, _which(stamp, several[stamp.uid]), stamp.title)
        found.append(Brought(key, stamp.title, starts, ends, stamp.cancelled))
    return found


def plan(means: Means, actor: Actor, brought: Sequence[Brought], *, now: datetime | None = None) -> Plan:
    """Say what each event would become: four queries, whatever their number."""
    moment = now or timezone.now()
    known = _known(means, brought)
    living = [one for one in brought if not one.cancelled and one.ends_at > one.starts_at]
    desk = Desk(means, actor)
    answers = desk.foresee([(one.starts_at, one.ends_at) for one in living], now=moment)
    said = dict(zip((one.key for one in living), answers, strict=True))
    lines: list[Line] = []
    kept: list[tuple[datetime, datetime]] = []
    for one in brought:
        case = _Case(one, known.get(one.key), said.get(one.key), actor, moment)
        verb, words = case.gone() or case.hindered() or case.clash(kept) or case.done()
        cents = case.answer.price.cents if case.answer and case.answer.price else None
        lines.append(Line(one, verb, words, case.held, cents))
        if verb in (BOOK, MOVE):
            kept.append((one.starts_at, one.ends_at))
    return Plan(lines)


_Fate = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Case:
    """An event, what it is here already, what the means answers; each question gives its fate or ``None``."""

    event: Brought
    held: Booking | None
    answer: Answer | None
    actor: Actor
    now: datetime

    def gone(self) -> _Fate | None:
        """It is somebody else's, or cancelled where it comes from."""
        if self.held is not None and self.held.actor_id != self.actor.pk:
            return REFUSED, _("Cet événement est déjà la réservation d'une autre organisation.")
        if not self.event.cancelled:
            return None
        if self.held is not None and self.held.ends_at > self.now:
            return CANCEL, ""
        return SAME, _("Annulé dans le calendrier, inconnu ici.")

    def hindered(self) -> _Fate | None:
        """It is here already, or the rules of the owner forbid it."""
        if self.held is not None and self._is(self.held.starts_at, self.held.ends_at):
            return SAME, _("Déjà réservé.")
        if self.answer is None:
            return REFUSED, _("Cet événement n'a pas de durée.")
        if self.answer.reasons:
            return REFUSED, " ".join(desk_said(self.answer.reasons))
        if self.held is not None and self.held.starts_at <= self.now:
            return REFUSED, _("Cette réservation a commencé.")
        return None

    def clash(self, kept: Sequence[tuple[datetime, datetime]]) -> _Fate | None:
        """Somebody has these hours, or another event of the file."""
        mine = (self.held.starts_at, self.held.ends_at) if self.held else None
        if self.answer is not None and [hours for hours in self.answer.taken if hours != mine]:
            return CLASH, _("Ces heures sont déjà prises.")
        if any(first < self.event.ends_at and last > self.event.starts_at for first, last in kept):
            return CLASH, _("Deux événements du fichier se chevauchent.")
        return None

    def done(self) -> _Fate:
        """Nothing stands in its way."""
        return (BOOK, "") if self.held is None else (MOVE, "")

    def _is(self, starts_at: datetime, ends_at: datetime) -> bool:
        return (starts_at, ends_at) == (self.event.starts_at, self.event.ends_at)


def write(
    means: Means, actor: Actor, brought: Sequence[Brought], *, by: User, now: datetime | None = None
) -> Counter[str]:
    """Write what can be, all of it or nothing, and return how many of each verb.

    What was free when the page was read and is no more raises ``DomainError`` ``taken`` (409): nothing is
    written, and the plan is read again. What cannot be booked is left out, as the plan said.
    """
    moment = now or timezone.now()
    desk = Desk(means, actor)
    with transaction.atomic():
        found = plan(means, actor, brought, now=moment)
        # First what leaves its hours, so that what comes finds them free.
        order = (CANCEL, MOVE, BOOK)
        changes = sorted(found.changes, key=lambda one: order.index(one.verb))
        written = [_apply(desk, line, by=by, now=moment) for line in changes]
        if written:
            journal(means, "booking.brought", written, by=by)
    return found.counts


def _apply(desk: Desk, line: Line, *, by: User, now: datetime) -> Booking:
    event, held = line.event, line.booking
    if held is None:
        known = _external(event.key)
        row = bookings.drawn(desk, event.starts_at, event.ends_at, by=by, label=event.title, external=known)
        bookings.write(row)
        return row
    if line.verb == CANCEL:
        values: dict[str, Any] = {
            "state": Booking.State.CANCELLED,
            "cancelled_at": now,
            "reason": _("Annulé dans le calendrier d'origine."),
        }
        Booking.objects.filter(pk=held.pk, cancelled_at=None).update(
            **values, version=F("version") + 1, sequence=F("sequence") + 1
        )
        return held
    return bookings.move(held, event.starts_at, event.ends_at, by=by, now=now)


def sealed(means: Means, actor: Actor, brought: Sequence[Brought], user: User) -> str:
    """Return the events as a text that the page carries until they are confirmed; nobody can change it."""
    rows = [
        [one.key, one.title, one.starts_at.isoformat(), one.ends_at.isoformat(), one.cancelled]
        for one in brought
    ]
    held = {"means": means.pk.hex, "actor": actor.pk.hex, "user": user.pk.hex, "events": rows}
    return signing.dumps(held, salt=_SALT, compress=True)


def opened(text: str, means: Means, user: User) -> tuple[UUID, list[Brought]]:
    """Return the actor and the events of what ``sealed`` wrote for this person and means.

    Raises ``DomainError`` when it is too old, was changed, or is of somebody else.
    """
    try:
        held = signing.loads(text, salt=_SALT, max_age=_AGE)
    except signing.BadSignature as error:
        raise _stale() from error
    if (held["means"], held["user"]) != (means.pk.hex, user.pk.hex):
        raise _stale()
    rows = [
        Brought(key, title, datetime.fromisoformat(starts), datetime.fromisoformat(ends), cancelled)
        for key, title, starts, ends, cancelled in held["events"]
    ]
    return UUID(held["actor"]), rows


def _known(means: Means, brought: Sequence[Brought]) -> dict[str, Booking]:
    """Return the living bookings that events are known by: brought before, or written by Terreau itself."""
    by_external = {_external(one.key): one.key for one in brought}
    rows = Booking.objects.filter(means=means, cancelled_at=None).select_related("means", "actor")
    found = {by_external[row.external]: row for row in rows.filter(external__in=list(by_external))}
    own = [UUID(one.key) for one in brought if _HEX.match(one.key)]
    return {**found, **{row.pk.hex: row for row in rows.filter(pk__in=own)}}


def _external(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _which(stamp: Stamp, several: int) -> datetime | None:
    """Return what tells an event from the others under its identifier: when it was first meant to be."""
    if stamp.occurrence is not None:
        return _instant(stamp.occurrence)
    return _instant(stamp.starts) if several > 1 else None


def _key(uid: str, first: datetime | None, title: str) -> str:
    """Return what an event is known by; one of several under an identifier has its first hour too."""
    at = first.astimezone(UTC).isoformat() if first else ""
    return f"{uid or title}\n{at}"


def _instant(moment: datetime | date, *, end: bool = False) -> datetime:
    if isinstance(moment, datetime):
        return timezone.localtime(moment)
    return midnight(moment + timedelta(days=1) if end else moment)


def _stale() -> DomainError:
    words = _("Ce calendrier a été lu il y a plus d'une heure, ou sur une autre page : envoyez-le à nouveau.")
    return DomainError("calendar_stale", words, status=409)
