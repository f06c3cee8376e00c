"""Dates of what is due after an agreement, how late something is, what an evaluation still lacks. Pure.

R-81 and R-94: self-evaluation, external evaluation, contradictory meeting, then a conclusion that both sign.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from terreau.common.periods import plus_months

#: Days before a report is due on which its people are reminded, and how often once it is late.
REMINDERS: Final = (30, 7, 0)
EVERY_WHEN_LATE: Final = 15
#: After so many reminders of a late report the officer calls instead.
MOST_LATE: Final = 4


def usual(months: int | None) -> tuple[tuple[str, int], ...]:
    """Return the reports of an action of so many months: one a year, then the final one two months after.

    Two years when nobody said how long. A year that ends with the action has no report of its own.
    """
    length = months or 24
    yearly = tuple(("intermediate", n) for n in range(12, length, 12))
    return (*yearly, ("final", length + 2))


@dataclass(frozen=True, slots=True)
class Timing:
    """How a date stands: ``days`` left, or late by so many."""

    late: bool
    days: int


def timing(due_on: date, on: date, done_on: date | None = None) -> Timing:
    """Return how a report stands on a day; one that was sent is late by the day it was sent."""
    left = (due_on - (done_on or on)).days
    return Timing(left < 0, abs(left))


def reminder(due_on: date, on: date) -> str | None:
    """Return the key of the reminder that is due on a day, None before the first and after the last.

    A key is the same for some days, so that a job that did not run one day tells the next, once.
    """
    left = (due_on - on).days
    if left >= 0:
        due = [days for days in REMINDERS if left <= days]
        return f"before-{min(due)}" if due else None
    turn = min((-left - 1) // EVERY_WHEN_LATE, MOST_LATE - 1)
    return f"late-{turn}"


class Lack(StrEnum):
    """What an evaluation lacks before its conclusion is signed."""

    SELF = "self"
    EXTERNAL = "external"
    MEETING = "meeting"
    WORDS = "words"


def lacking(*, self_done: bool, external_done: bool, met: bool, written: bool) -> tuple[Lack, ...]:
    """Return what is missing, in the order in which it is done."""
    asked = (
        (Lack.SELF, self_done),
        (Lack.EXTERNAL, external_done),
        (Lack.MEETING, met),
        (Lack.WORDS, written),
    )
    return tuple(one for one, done in asked if not done)


def fiscal_year(due_on: date) -> tuple[date, date]:
    """Return the twelve months before a report is due, both days included: what its figures cover."""
    first = plus_months(due_on, -12)
    return first, due_on - timedelta(days=1)
