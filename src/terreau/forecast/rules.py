"""The arithmetic of what is to come: recurring lines, the daily balance, years, dependency. Pure: no clock.

Amounts are whole cents, positive in and negative out. Sources: R-100, R-111, R-112.
"""

from __future__ import annotations

import calendar
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Final

from terreau.common.periods import plus_months
from terreau.common.verdicts import Answer

#: States of a funding, and what moves it from one to another.
PLANNED, ASKED, GRANTED, REFUSED, ENDED = STATES = ("planned", "asked", "granted", "refused", "ended")
MOVES: Final[Mapping[str, tuple[tuple[str, ...], str]]] = {
    "ask": ((PLANNED, REFUSED), ASKED),
    "grant": ((PLANNED, ASKED), GRANTED),
    "refuse": ((PLANNED, ASKED), REFUSED),
    "end": ((GRANTED,), ENDED),
    "reopen": ((ENDED,), GRANTED),
}
#: Origins of the matrix of R-106.
INDIVIDUALS, PRIVATE, PUBLIC, ESS = ORIGINS = ("individuals", "private", "public", "ess")
#: Kinds of funding → type of resource of the matrix of R-106.
RESOURCES: Final[Mapping[str, str]] = {
    "subsidy": "subsidies",
    "order": "sales",
    "donation": "subsidies",
    "loan": "capital_loans",
    "capital": "capital_loans",
    "citizen": "capital_loans",
    "indirect": "indirect_aid",
    "other": "unknown",
}
#: Types of resources that lines one plans may have, then uses; ``repayment`` gives back a loan.
LINE_RESOURCES: Final = ("sales", "fees", "subsidies", "capital_loans", "unknown")
LINE_USES: Final = ("staff", "premises", "purchases", "services", "travel", "repayment", "other", "unknown")
ONCE, MONTH, QUARTER, YEAR = EVERY = ("once", "month", "quarter", "year")
_STEP: Final = {MONTH: 1, QUARTER: 3, YEAR: 12}
#: What should have come in already is awaited this many days from now; what should be paid is paid tomorrow.
LATE_DAYS: Final = 30
#: A balance said longer ago than this is asked again (days).
STALE_DAYS: Final = 35
#: An end is told this many months before (R-112).
ALERT_MONTHS: Final = (12, 6, 3)
MOST_MONTHS: Final = 36
_MOST: Final = 1 << 62


def month_of(day: date) -> date:
    """Return the first day of a month."""
    return day.replace(day=1)


def last_of(day: date) -> date:
    """Return the last day of a month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def occurrences(first: date, every: str, until: date | None, start: date, end: date) -> Iterator[date]:
    """Return the days of a recurring line between two days, both included.

    A line of the 31st falls on the last day of shorter months, and on the 31st again after.
    """
    if until is not None:
        end = min(end, until)
    if every == ONCE:
        if start <= first <= end:
            yield first
        return
    step, rank = _STEP[every], 0
    if start > first:
        rank = max(0, ((start.year - first.year) * 12 + start.month - first.month) // step - 1)
    while (day := plus_months(first, rank * step)) <= end:
        if day >= start:
            yield day
        rank += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing to come: a day, signed cents, where it comes from; ``certain``: granted or already owed.

    ``source``: ``planned``, ``instalment``, ``invoice``. ``asked_on`` is the day it was due when it is late.
    """

    on: date
    cents: int
    label: str
    source: str = "planned"
    kind: str = "unknown"
    certain: bool = True
    key: str = ""
    path: str = ""
    asked_on: date | None = None
    note: str = ""


def awaited(line: Line, *, today: date) -> Line:
    """Return a line that was due before tomorrow where it is now awaited: a receipt in ``LATE_DAYS`` days."""
    if line.on > today:
        return line
    later = today + timedelta(days=LATE_DAYS if line.cents > 0 else 1)
    return replace(line, on=later, asked_on=line.on)


@dataclass(frozen=True, slots=True)
class Scenario:
    """What if: subsidies come later (months), invoices too (days), what is only asked counts or not."""

    months: int = 0
    #: Keys of fundings that come later; none named: all of them.
    only: frozenset[str] = frozenset()
    days: int = 0
    asked: bool = False

    def __bool__(self) -> bool:
        return bool(self.months or self.days or self.asked)


def supposed(lines: Iterable[Line], scenario: Scenario) -> list[Line]:
    """Return the lines as they would be: later, and without what nobody granted unless it is asked."""
    found = []
    for line in lines:
        if not line.certain and not scenario.asked:
            continue
        later = line
        if line.source == "instalment" and (not scenario.only or line.key in scenario.only):
            later = replace(line, on=plus_months(line.on, scenario.months))
        elif line.source == "invoice" and line.cents > 0 and scenario.days:
            later = replace(line, on=line.on + timedelta(days=scenario.days))
        found.append(later)
    return found


@dataclass(frozen=True, slots=True)
class Low:
    """The lowest balance at the end of a day, and the first day it is reached."""

    on: date
    cents: int


@dataclass(slots=True)
class Month:
    """A month: what stands at its start, comes in, goes out (negative), stands at its end, and its low."""

    first: date
    opening: int
    incoming: int = 0
    outgoing: int = 0
    low: Low = field(default_factory=lambda: Low(date.min, 0))
    lines: list[Line] = field(default_factory=list)

    @property
    def closing(self) -> int:
        """What stands at the end of the month."""
        return self.opening + self.incoming + self.outgoing


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan from the day after ``today`` to ``last``: months, low point, the balance of each day."""

    today: date
    last: date
    opening: int
    months: tuple[Month, ...]
    low: Low
    days: tuple[Low, ...]

    @property
    def closing(self) -> int:
        """What stands on the last day."""
        return self.months[-1].closing if self.months else self.opening

    @property
    def short(self) -> int:
        """How much lacks at the low point, in cents; zero when the balance never goes below zero."""
        return max(0, -self.low.cents)

    @property
    def first_short(self) -> date | None:
        """The first day that ends below zero."""
        return next((one.on for one in self.days if one.cents < 0), None)


def plan(opening: int, lines: Iterable[Line], *, today: date, months: int) -> Plan:
    """Return the cash plan: the end of each month is the opening plus the sum of the lines so far.

    The low point is the least balance at the end of a day, today among them; days where nothing moves keep
    the balance of the day before. Lines out of the plan are left out.
    """
    last = last_of(plus_months(month_of(today), max(0, min(months, MOST_MONTHS) - 1)))
    wanted = sorted((line for line in lines if today < line.on <= last), key=lambda one: (one.on, one.cents))
    found: list[Month] = []
    balance, low, days = opening, Low(today, opening), [Low(today, opening)]
    for first in _months(today, last):
        month = Month(first, balance)
        inside = [line for line in wanted if month_of(line.on) == first]
        moving = list(dict.fromkeys(line.on for line in inside))
        # A month whose first day moves never ends a day on what it opened with.
        still = not moving or moving[0] > first
        month.low = Low(max(first, today), balance) if still else Low(first, _MOST)
        for day in moving:
            for line in (one for one in inside if one.on == day):
                month.lines.append(line)
                balance += line.cents
                if line.cents > 0:
                    month.incoming += line.cents
                else:
                    month.outgoing += line.cents
            days.append(Low(day, balance))
            month.low = days[-1] if balance < month.low.cents else month.low
        low = month.low if month.low.cents < low.cents else low
        found.append(month)
    return Plan(today, last, opening, tuple(found), low, tuple(days))


def _months(first: date, last: date) -> Iterator[date]:
    day = month_of(first)
    while day <= last:
        yield day
        day = plus_months(day, 1)


def by_year(cents: int, first: date, last: date) -> dict[int, int]:
    """Share an amount among the years of a period, both days included, by days, to the cent.

    Cents that do not divide go to the largest remainders, the earliest year first.
    """
    days = {
        year: (min(last, date(year, 12, 31)) - max(first, date(year, 1, 1))).days + 1
        for year in range(first.year, last.year + 1)
    }
    whole = sum(days.values())
    parts = {year: divmod(abs(cents) * number, whole) for year, number in days.items()}
    missing = abs(cents) - sum(share for share, _rest in parts.values())
    more = set(sorted(parts, key=lambda year: (-parts[year][1], year))[:missing])
    sign = -1 if cents < 0 else 1
    return {year: sign * (share + (year in more)) for year, (share, _rest) in parts.items()}


@dataclass(frozen=True, slots=True)
class Resource:
    """An amount of a year: its type and its origin (R-106), ``certain`` or only asked; empty: nobody said."""

    cents: int
    kind: str
    origin: str = ""
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Dependency:
    """The part of public money in resources: between two bounds when the origin of some is unknown (R-112).

    In hundredths of a per cent; both ``None`` when there is no resource at all.
    """

    least: int | None
    most: int | None
    public: int = 0
    unknown: int = 0
    total: int = 0

    @property
    def exact(self) -> bool:
        """Say whether the origin of everything is known."""
        return self.least is not None and self.least == self.most

    @property
    def mostly_public(self) -> Answer:
        """Say whether more than half of the resources are public, or that it is not known."""
        if self.least is None or self.most is None:
            return Answer.TO_CHECK
        if self.public * 2 > self.total:
            return Answer.YES
        return Answer.NO if (self.public + self.unknown) * 2 <= self.total else Answer.TO_CHECK


#: A loan and capital are paid back or held: they do not say what the pole lives on.
_NOT_COUNTED: Final = frozenset({"capital_loans", "voluntary"})


def dependency(resources: Iterable[Resource]) -> Dependency:
    """Return the part of public money, loans, capital and voluntary contributions left out."""
    counted = [one for one in resources if one.kind not in _NOT_COUNTED]
    total = sum(one.cents for one in counted)
    public = sum(one.cents for one in counted if one.origin == PUBLIC)
    unknown = sum(one.cents for one in counted if one.origin not in ORIGINS)
    if total <= 0:
        return Dependency(None, None, public, unknown, total)
    return Dependency(_part(public, total), _part(public + unknown, total), public, unknown, total)


def _part(part: int, whole: int) -> int:
    """Return hundredths of a per cent, rounded half up."""
    return (part * 20_000 + whole) // (2 * whole)


@dataclass(frozen=True, slots=True)
class Year:
    """A year of the projection: what comes in by type, what goes out by use, what lacks (cents)."""

    year: int
    resources: tuple[Resource, ...]
    uses: Mapping[str, int]
    #: What the book says already moved: the year is past or begun.
    actual: bool = False

    @property
    def certain(self) -> int:
        """What is sure to come in."""
        return sum(one.cents for one in self.resources if one.certain)

    @property
    def asked(self) -> int:
        """What is asked or to be asked, and may not come."""
        return sum(one.cents for one in self.resources if not one.certain)

    @property
    def spent(self) -> int:
        """What goes out."""
        return sum(self.uses.values())

    @property
    def gap(self) -> int:
        """What lacks (negative) or stays, counting what is sure alone."""
        return self.certain - self.spent

    @property
    def dependency(self) -> Dependency:
        """The part of public money in what is sure."""
        return dependency(one for one in self.resources if one.certain)

    def kinds(self) -> dict[str, int]:
        """Return what is sure to come in, by type."""
        found: dict[str, int] = {}
        for one in self.resources:
            if one.certain:
                found[one.kind] = found.get(one.kind, 0) + one.cents
        return found


@dataclass(frozen=True, slots=True)
class Ending:
    """An end to come: how many whole months away; ``late`` when it is past or the day to ask again is."""

    months: int
    late: bool


def ending(last: date | None, *, today: date, ask_by: date | None = None) -> Ending | None:
    """Return how near the end of a funding is, when it is told (twelve months before), else none."""
    if last is None:
        return None
    if last < today:
        return Ending(0, late=True)
    months = (last.year - today.year) * 12 + last.month - today.month
    months -= plus_months(today, months) > last
    late = ask_by is not None and ask_by < today
    near = months < max(ALERT_MONTHS) or (
        ask_by is not None and ask_by <= plus_months(today, min(ALERT_MONTHS))
    )
    return Ending(months, late) if near else None


def instalments(cents: int, parts: Sequence[tuple[date, int]]) -> list[tuple[date, int]]:
    """Share an amount by days and hundredths of a per cent that make 100 %, to the cent.

    Raises ``ValueError`` when the parts do not make a whole.
    """
    if sum(part for _day, part in parts) != 10_000 or any(part <= 0 for _day, part in parts):
        raise ValueError("the parts do not make a whole")
    shares = [divmod(cents * part, 10_000) for _day, part in parts]
    missing = cents - sum(share for share, _rest in shares)
    more = set(sorted(range(len(shares)), key=lambda i: (-shares[i][1], i))[:missing])
    return [(parts[i][0], share + (i in more)) for i, (share, _rest) in enumerate(shares)]


def allowed(state: str) -> Collection[str]:
    """Return the moves that a state allows."""
    return [verb for verb, (before, _after) in MOVES.items() if state in before]
