"""Prices of a booking and splits of a cost, to the cent. Pure: no query, no clock (R-40, R-41).

A tariff is by hour, half-day, day or use, for a kind of user; a longer unit is taken when it costs less. A
cost is split by use, surface, headcount, or keys that the members agreed: parts always add up to it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

from terreau.common.money import Euro

HOUR, HALF_DAY, DAY, USE = UNITS = ("hour", "half_day", "day", "use")
_LENGTHS: Final = {HOUR: timedelta(hours=1), HALF_DAY: timedelta(hours=4), DAY: timedelta(hours=24)}
#: Whom a tariff is for, from the nearest: the owner pays nothing for its own.
OWNER, CORE, MEMBER, PARTNER, OUTSIDE = WHO = ("owner", "core", "member", "partner", "outside")
#: Who has no tariff of its own has the next one.
_NEXT: Final = {CORE: MEMBER, MEMBER: PARTNER, PARTNER: OUTSIDE}


@dataclass(frozen=True, slots=True)
class Tariff:
    """A price in cents by unit, for a kind of user."""

    who: str
    unit: str
    cents: int


@dataclass(frozen=True, slots=True)
class Price:
    """What a booking costs, by which tariff: unit, how many, cents each; ``who`` is whose tariff it is."""

    cents: int
    unit: str
    number: int
    each: int
    who: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What the owner of a means allows: steps and lengths in minutes, notice in hours; zero is no limit.

    A stay begins and ends between ``opens`` and ``closes``, hours of the wall; ``None`` is any hour.
    """

    step: int = 0
    longest: int = 0
    notice_hours: int = 0
    ahead_days: int = 0
    opens: time | None = None
    closes: time | None = None


def price(tariffs: Sequence[Tariff], who: str, starts_at: datetime, ends_at: datetime) -> Price | None:
    """Return the cheapest price of a stay for a kind of user; ``None`` when no tariff speaks of it.

    A unit begun is due. The owner pays nothing.
    """
    if who == OWNER:
        return Price(0, USE, 1, 0, OWNER)
    kind: str | None = who
    while kind is not None:
        found = [_price(one, starts_at, ends_at) for one in tariffs if one.who == kind]
        if found:
            return min(found, key=lambda one: (one.cents, UNITS.index(one.unit)))
        kind = _NEXT.get(kind)
    return None


def refusals(limits: Limits, starts_at: datetime, ends_at: datetime, *, now: datetime) -> tuple[str, ...]:
    """Return every reason why a stay cannot be booked, as codes; none when it can."""
    stay = length(starts_at, ends_at)
    minutes = stay // timedelta(minutes=1)
    found = []
    if ends_at <= starts_at:
        found.append("ends_before")
    if starts_at < now:
        found.append("in_the_past")
    if limits.step and (minutes % limits.step or stay % timedelta(minutes=1)):
        found.append("off_step")
    if limits.longest and minutes > limits.longest:
        found.append("too_long")
    if limits.notice_hours and starts_at < now + timedelta(hours=limits.notice_hours):
        found.append("too_late")
    if limits.ahead_days and starts_at > now + timedelta(days=limits.ahead_days):
        found.append("too_early")
    if limits.opens and limits.closes and not _open(limits.opens, limits.closes, starts_at, ends_at):
        found.append("closed")
    return tuple(found)


def length(starts_at: datetime, ends_at: datetime) -> timedelta:
    """Return how long a stay lasts: the night when the clocks change, not what the wall says."""
    return ends_at.astimezone(UTC) - starts_at.astimezone(UTC)


def next_free(
    busy: Sequence[tuple[datetime, datetime]],
    stay: timedelta,
    *,
    after: datetime,
    until: datetime,
    hours: tuple[time, time],
) -> tuple[datetime, datetime] | None:
    """Return the first ``stay`` that is free after an instant, between these hours of the wall.

    ``busy`` is in order; instants carry the zone of the place. ``None``: nothing is free before ``until``.
    """
    starts = sorted(
        {after, *(end for _first, end in busy if end > after), *_openings(after, until, hours[0])}
    )
    for start in starts:
        end = start + stay
        if start < after or end > until:
            continue
        if not _open(*hours, start, end):
            continue
        if not any(first < end and last > start for first, last in busy):
            return start, end
    return None


def repeated(
    starts_at: datetime, ends_at: datetime, *, weeks: int, times: int
) -> list[tuple[datetime, datetime]]:
    """Return a stay and the same every so many weeks, at the same hours of the wall: ``times`` in all."""
    naive = starts_at.replace(tzinfo=None), ends_at.replace(tzinfo=None)
    return [
        (
            (naive[0] + timedelta(weeks=weeks * i)).replace(tzinfo=starts_at.tzinfo),
            (naive[1] + timedelta(weeks=weeks * i)).replace(tzinfo=ends_at.tzinfo),
        )
        for i in range(times)
    ]


def split(cost: Euro, weights: Mapping[str, int]) -> dict[str, Euro]:
    """Share a cost by whole weights, to the cent; who weighs nothing owes nothing.

    Cents that do not divide go to the largest remainders, in the order of the keys, so that the same cost and
    weights give the same parts whoever computes them. Raises ``ValueError`` when nothing weighs.
    """
    names = sorted(weights)
    parts = cost.split([weights[name] for name in names])
    return dict(zip(names, parts, strict=True))


def minutes_used(stays: Iterable[tuple[str, datetime, datetime]]) -> dict[str, int]:
    """Return the minutes of each user, for a split by use."""
    found: dict[str, int] = {}
    for name, starts_at, ends_at in stays:
        found[name] = found.get(name, 0) + length(starts_at, ends_at) // timedelta(minutes=1)
    return found


def surface_days(stays: Iterable[tuple[str, int, int]]) -> dict[str, int]:
    """Return square decimetres × days of each occupier, for a split by surface over a period."""
    found: dict[str, int] = {}
    for name, surface, days in stays:
        found[name] = found.get(name, 0) + surface * days
    return found


def _open(opens: time, closes: time, starts_at: datetime, ends_at: datetime) -> bool:
    """Say whether both ends of a stay fall in the hours of their day; midnight closes the day before."""
    first, last = starts_at.time(), ends_at.time()
    if last == time.min and ends_at.date() > starts_at.date():
        last = time.max
    return opens <= first <= closes and opens <= last <= closes


def _openings(after: datetime, until: datetime, opens: time) -> Iterable[datetime]:
    days = (until.date() - after.date()).days
    return (
        datetime.combine(after.date() + timedelta(days=i), opens, tzinfo=after.tzinfo)
        for i in range(1, days + 1)
    )


def _price(tariff: Tariff, starts_at: datetime, ends_at: datetime) -> Price:
    number = 1 if tariff.unit == USE else -(-length(starts_at, ends_at) // _LENGTHS[tariff.unit])
    return Price(number * tariff.cents, tariff.unit, number, tariff.cents, tariff.who)
