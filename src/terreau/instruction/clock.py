"""The clock of a file: it starts at the deposit, stops while a complement is awaited, says the days left.

Pure: days are given. A complement stops the clock from the day it is asked until the day it is answered; past
the day fixed for the answer the clock goes on: the file is examined as it is, nothing is refused by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Pause:
    """A complement: asked, awaited until a day, answered or not."""

    asked: date
    due: date
    answered: date | None = None

    def end(self, today: date) -> date:
        """Return the day the clock goes on: of the answer, else the day after the one fixed, else today."""
        if self.answered is not None:
            return min(self.answered, self.due + timedelta(days=1))
        return min(today, self.due + timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Clock:
    """Where a file stands: days already paused, the day to have decided, days left (below zero: late)."""

    paused: int
    until: date
    left: int
    stopped: bool


def read(start: date, allowed: int, pauses: Iterable[Pause], today: date) -> Clock:
    """Return the clock of a file deposited on ``start``, that must be decided within ``allowed`` days."""
    held = sorted(pauses, key=lambda one: (one.asked, one.due))
    paused = _union([(max(one.asked, start), one.end(today)) for one in held])
    stopped = any(one.answered is None and one.asked <= today <= one.due for one in held)
    until = start + timedelta(days=allowed + paused)
    return Clock(paused, until, (until - today).days, stopped)


def _union(spans: Iterable[tuple[date, date]]) -> int:
    """Return how many days the spans cover together: two complements at once stop the clock once."""
    days, reached = 0, date.min
    for first, last in sorted(spans):
        begin = max(first, reached)
        if last > begin:
            days += (last - begin).days
            reached = last
    return days
