"""Dates as people know them (a day, a month, a year) and periods with an open end."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Self

_PARTIAL = re.compile(r"^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$")
YEAR, MONTH, DAY = "year", "month", "day"


def plus_months(day: date, months: int) -> date:
    """Return the same day some months later (earlier below zero), or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date known to the year, the month or the day; ``first`` is its first day."""

    first: date
    precision: str

    @classmethod
    def parse(cls, text: str | int | date) -> Self:
        """Read ``2014``, ``2014-09`` or ``2014-09-19``; raise ``ValueError`` otherwise."""
        if isinstance(text, date):
            return cls(text, DAY)
        found = _PARTIAL.match(str(text).strip())
        if not found:
            raise ValueError(f"{text!r} is not a date: write 2014, 2014-09 or 2014-09-19")
        year, month, day = found.groups()
        precision = DAY if day else MONTH if month else YEAR
        return cls(date(int(year), int(month or 1), int(day or 1)), precision)

    def iso(self) -> str:
        """Return ``2014``, ``2014-09`` or ``2014-09-19``, no more than is known."""
        return self.first.isoformat()[: {YEAR: 4, MONTH: 7, DAY: 10}[self.precision]]

    @property
    def next(self) -> date:
        """First day after the year, the month or the day."""
        if self.precision == YEAR:
            return date(self.first.year + 1, 1, 1)
        if self.precision == MONTH:
            year, month = divmod(self.first.year * 12 + self.first.month, 12)
            return date(year, month + 1, 1)
        return date.fromordinal(self.first.toordinal() + 1)


@dataclass(frozen=True, slots=True)
class Period:
    """Days from ``start`` included to ``end`` excluded; ``None`` is open on that side."""

    start: date | None = None
    end: date | None = None

    def __post_init__(self) -> None:
        if self.start and self.end and self.end <= self.start:
            raise ValueError(f"a period ends after it starts: {self.start} → {self.end}")

    def __contains__(self, day: date) -> bool:
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)

    def overlaps(self, other: "Period") -> bool:
        """Say whether the two periods share at least one day."""
        starts_before = self.start is None or other.end is None or self.start < other.end
        ends_after = self.end is None or other.start is None or other.start < self.end
        return starts_before and ends_after
