"""A month of the calendar, as services are billed by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.formats import date_format


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the calendar: first day in, ``next`` out."""

    first: date

    @classmethod
    def of(cls, day: date) -> Month:
        """Return the month of a day."""
        return cls(day.replace(day=1))

    @property
    def next(self) -> date:
        """First day after it."""
        return (self.first + timedelta(days=32)).replace(day=1)

    @property
    def last(self) -> date:
        """Last day of it."""
        return self.next - timedelta(days=1)

    @property
    def code(self) -> str:
        """Return « 2026-10 »."""
        return f"{self.first:%Y-%m}"

    @property
    def name(self) -> str:
        """Return « octobre 2026 »."""
        return date_format(self.first, "F Y")

    def instants(self) -> tuple[datetime, datetime]:
        """Return when it begins and ends on the clock of the wall."""
        zone = timezone.get_current_timezone()
        begins, ends = (datetime.combine(day, time.min, zone) for day in (self.first, self.next))
        return begins, ends
