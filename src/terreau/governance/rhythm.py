"""Whether the bodies of a pole meet as often as they chose to (R-32): what is informal dissolves unseen."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Max, Min, Q, QuerySet
from django.utils import timezone

from terreau.governance.models import Body, Meeting
from terreau.poles.models import Pole

_HELD = (Meeting.State.HELD, Meeting.State.SIGNED)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A body that chose how often it meets: its last meeting, the next one, the day when one was due."""

    body: UUID
    name: str
    every: int
    last: date | None
    next: date | None
    due: date | None

    def late(self, on: date) -> int:
        """Return how many days the body is late; none when a meeting is convened, or nothing tells."""
        if self.due is None or self.next is not None:
            return 0
        return max(0, (on - self.due).days)


def due_on(last: date | None, since: date | None, every: int) -> date | None:
    """Return the day when a body must have met again, from its last meeting, else from when it began."""
    start = last or since
    return start + timedelta(days=every) if start else None


def rhythms(pole: Pole, on: date) -> list[Rhythm]:
    """Return the living bodies that chose how often they meet (one query)."""
    return [_rhythm(body) for body in chosen(pole, on)]


def chosen(pole: Pole, on: date) -> QuerySet[Body]:
    """Return the living bodies that chose how often they meet, with their last and their next meeting."""
    living = Q(valid_to=None) | Q(valid_to__gt=on)
    bodies = Body.objects.filter(living, pole=pole, meets_every__isnull=False).annotate(
        last=Max("meetings__starts_at", filter=Q(meetings__state__in=_HELD)),
        next=Min("meetings__starts_at", filter=Q(meetings__state=Meeting.State.CONVENED)),
    )
    return bodies.order_by("name", "pk")


def overdue(pole: Pole, on: date) -> list[Rhythm]:
    """Return the bodies that have not met for the period they chose, the latest first (one query)."""
    return latest(chosen(pole, on), on)


def latest(bodies: Iterable[Body], on: date) -> list[Rhythm]:
    """Return, of what ``chosen`` gave, the bodies that are late, the latest first."""
    found = [one for one in map(_rhythm, bodies) if one.late(on)]
    return sorted(found, key=lambda one: -one.late(on))


def _rhythm(body: Body) -> Rhythm:
    last, following = _day(body.last), _day(body.next)  # type: ignore[attr-defined]
    every = body.meets_every or 0
    return Rhythm(body.pk, body.name, every, last, following, due_on(last, body.valid_from, every))


def _day(at: datetime | None) -> date | None:
    return timezone.localdate(at) if at else None
