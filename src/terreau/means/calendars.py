"""A calendar as it is drawn by the server: days, the blocks of each, what is free between them.

Positions are in quarters of an hour from the first hour shown, so that the page needs no script: a class says
where a block begins and how long it is.
"""

from __future__ import annotations

from calendar import Calendar as Months
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from terreau.means.models import Booking, Means
from terreau.means.pages import midnight
from terreau.poles.models import Pole

DAY, WEEK, MONTH = VIEWS = ("jour", "semaine", "mois")
#: Hours shown when nothing begins earlier nor ends later.
_FIRST, _LAST = 8, 20
_QUARTER: Final = 15


@dataclass(frozen=True, slots=True)
class Block:
    """A booking on one day: where it is drawn, and what is read of it."""

    booking: Booking
    starts: datetime
    ends: datetime
    mine: bool
    before: bool = False
    after: bool = False
    at: int = 0
    span: int = 1

    @property
    def hours(self) -> str:
        """Hours of the wall; an arrow where the stay goes on over another day."""
        first = "←" if self.before else f"{self.starts:%H:%M}"
        last = "→" if self.after else f"{self.ends:%H:%M}"
        return f"{first} – {last}"


@dataclass(frozen=True, slots=True)
class Free:
    """Hours of a day that nobody has."""

    starts: datetime
    ends: datetime
    at: int
    span: int

    @property
    def hours(self) -> str:
        """Hours of the wall; midnight is that of the evening."""
        return f"{self.starts:%H:%M} – {self.ends:%H:%M}"


@dataclass(slots=True)
class Column:
    """A day: its blocks in order, and what is free between them, later than now."""

    day: date
    today: bool
    past: bool
    blocks: list[Block] = field(default_factory=list)
    free: list[Free] = field(default_factory=list)
    minutes: int = 0
    outside: bool = False


@dataclass(slots=True)
class Sheet:
    """What a page shows of a calendar: its view, its days, where to go before and after."""

    view: str
    day: date
    first: date
    last: date
    before: date
    after: date
    columns: list[Column]
    hours: list[tuple[int, int]] = field(default_factory=list)
    weeks: list[list[Column]] = field(default_factory=list)


def span(view: str, day: date) -> tuple[date, date]:
    """Return the first and last days that a view shows; a month is shown in whole weeks."""
    if view == DAY:
        return day, day
    if view == WEEK:
        first = day - timedelta(days=day.weekday())
        return first, first + timedelta(days=6)
    days = [one for week in Months().monthdatescalendar(day.year, day.month) for one in week]
    return days[0], days[-1]


def sheet(means: Means, view: str, day: date, *, now: datetime, mine: frozenset[UUID] = frozenset()) -> Sheet:
    """Return a view of the calendar of a means: one query."""
    first, last = span(view, day)
    rows = between(first, last).filter(means=means).select_related("actor")
    columns = _columns(rows, first, last, now=now, mine=mine)
    if view == MONTH:
        for column in columns:
            column.outside = column.day.month != day.month
        before, after = _first_of(day, -1), _first_of(day, 1)
        weeks = [columns[i : i + 7] for i in range(0, len(columns), 7)]
        return Sheet(view, day, first, last, before, after, columns, weeks=weeks)
    step = timedelta(days=1 if view == DAY else 7)
    found = Sheet(view, day, first, last, day - step, day + step, columns)
    _place(found, means, now)
    return found


def between(first: date, last: date) -> QuerySet[Booking]:
    """Return the bookings that touch some days, both included, in order."""
    rows = Booking.objects.filter(
        cancelled_at=None,
        starts_at__lt=midnight(last + timedelta(days=1)),
        ends_at__gt=midnight(first),
    )
    return rows.order_by("starts_at", "pk")


@dataclass(slots=True)
class Row:
    """A means and its days, for the calendar of all."""

    means: Means
    columns: list[Column]


def everything(  # noqa: PLR0913 - keyword-only after the day
    pole: Pole, view: str, day: date, *, now: datetime, mine: frozenset[UUID], kind: str = ""
) -> tuple[Sheet, list[Row]]:
    """Return a view of all the means of a pole, one row each: two queries."""
    first, last = span(view, day)
    shared = Means.objects.filter(pole=pole).exclude(ended_on__lt=first).select_related("owner")
    shared = (shared.filter(kind=kind) if kind else shared).order_by("name", "pk")
    by_means: dict[UUID, list[Booking]] = {one.pk: [] for one in shared}
    named = {one.pk: one for one in shared}
    for row in between(first, last).filter(means__in=named).select_related("actor"):
        row.means = named[row.means_id]
        by_means[row.means_id].append(row)
    found = [Row(one, _columns(by_means[one.pk], first, last, now=now, mine=mine)) for one in shared]
    days = _columns([], first, last, now=now, mine=mine)
    step = timedelta(days=1 if view == DAY else 7)
    return Sheet(view, day, first, last, day - step, day + step, days), found


def _columns(
    rows: Iterable[Booking], first: date, last: date, *, now: datetime, mine: frozenset[UUID]
) -> list[Column]:
    today = timezone.localdate(now)
    number = (last - first).days + 1
    days = [first + timedelta(days=i) for i in range(number)]
    columns = {day: Column(day, day == today, day < today) for day in days}
    limits = [(day, midnight(day), midnight(day + timedelta(days=1))) for day in days]
    for row in rows:
        starts, ends = timezone.localtime(row.starts_at), timezone.localtime(row.ends_at)
        for day, dawn, dusk in limits:
            if starts < dusk and ends > dawn:
                block = Block(
                    row, max(starts, dawn), min(ends, dusk), row.actor_id in mine, starts < dawn, ends > dusk
                )
                columns[day].blocks.append(block)
                columns[day].minutes += int((block.ends - block.starts).total_seconds()) // 60
    return list(columns.values())


def _place(found: Sheet, means: Means, now: datetime) -> None:
    """Say the hours that are shown, where each block stands, and what is free."""
    first, last = _hours(found.columns, means)
    found.hours = [((hour - first) * 4, hour) for hour in range(first, last)]
    for column in found.columns:
        column.blocks = [_placed(block, column.day, first) for block in column.blocks]
        opens = midnight(column.day).replace(hour=first)
        closes = midnight(column.day) + timedelta(hours=last)
        if means.opens and means.closes:
            opens = max(opens, opens.replace(hour=means.opens.hour, minute=means.opens.minute))
            closes = opens.replace(hour=means.closes.hour, minute=means.closes.minute)
        if means.ended_on is None or column.day <= means.ended_on:
            column.free = list(_free(column.blocks, max(opens, _step(now)), closes, column.day, first))


def _hours(columns: Sequence[Column], means: Means) -> tuple[int, int]:
    first = means.opens.hour if means.opens else _FIRST
    last = means.closes.hour + bool(means.closes.minute) if means.closes else _LAST
    for column in columns:
        for block in column.blocks:
            first = min(first, block.starts.hour)
            whole = block.ends.date() > column.day
            last = max(last, 24 if whole else block.ends.hour + bool(block.ends.minute))
    return first, max(last, first + 1)


def _placed(block: Block, day: date, first: int) -> Block:
    at = _quarters(block.starts, day, first)
    ends = _quarters(block.ends, day, first)
    return Block(
        block.booking,
        block.starts,
        block.ends,
        block.mine,
        block.before,
        block.after,
        at,
        max(1, ends - at),
    )


def _quarters(moment: datetime, day: date, first: int) -> int:
    hours = 24 if moment.date() > day else moment.hour
    minutes = 0 if moment.date() > day else moment.minute
    return ((hours - first) * 60 + minutes) // _QUARTER


def _free(
    blocks: Sequence[Block], opens: datetime, closes: datetime, day: date, first: int
) -> Iterable[Free]:
    at = opens
    ends = [*((block.starts, block.ends) for block in blocks), (closes, closes)]
    for starts, until in ends:
        if starts - at >= timedelta(minutes=_QUARTER) and at.date() == day:
            here = _quarters(at, day, first)
            yield Free(at, starts, here, max(1, _quarters(starts, day, first) - here))
        at = max(at, until)


def _step(now: datetime) -> datetime:
    local = timezone.localtime(now)
    over = timedelta(minutes=local.minute % _QUARTER, seconds=local.second, microseconds=local.microsecond)
    return local - over + timedelta(minutes=_QUARTER) if over else local


def _first_of(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1)


__all__ = ["DAY", "MONTH", "VIEWS", "WEEK", "Block", "Column", "Free", "Row", "Sheet", "everything", "sheet"]
