"""Bars in time and bars of shares, drawn by the server: positions in thousandths of the width. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

WIDTH: Final = 1_000


@dataclass(frozen=True, slots=True)
class Bar:
    """Where a bar begins and how wide it is; ``open`` when its end is not known."""

    x: int
    width: int
    open: bool = False


@dataclass(frozen=True, slots=True)
class Scale:
    """Days from the left to the right edge, where today stands, and the firsts of January between them."""

    first: date
    last: date
    today: int | None
    years: tuple[tuple[int, int], ...]

    def bar(self, starts: date | None, ends: date | None) -> Bar:
        """Return the bar of a period whose end is excluded; what is not known goes to the edge."""
        left = self.at(max(starts or self.first, self.first))
        right = self.at(min(ends or self.last, self.last))
        return Bar(left, max(4, right - left), ends is None)

    def at(self, day: date) -> int:
        """Return where a day stands."""
        whole = (self.last - self.first).days or 1
        return max(0, min(WIDTH, (day - self.first).days * WIDTH // whole))


def scale(periods: Sequence[tuple[date | None, date | None]], today: date) -> Scale:
    """Return the scale that shows these periods and today, with three months of air after it."""
    days = [day for period in periods for day in period if day is not None]
    first = min([*days, today - timedelta(days=90)]).replace(day=1)
    last = max([*days, today + timedelta(days=90)])
    years = range(first.year + 1, last.year + 1)
    bare = Scale(first, last, None, ())
    return Scale(first, last, bare.at(today), tuple((bare.at(date(year, 1, 1)), year) for year in years))


def shares(parts: Sequence[int], whole: int) -> list[Bar]:
    """Return parts of a whole one after the other; their sum may pass the whole, which then is that sum."""
    total = max(whole, sum(parts)) or 1
    found, before = [], 0
    for part in parts:
        left, right = before * WIDTH // total, (before + part) * WIDTH // total
        found.append(Bar(left, right - left))
        before += part
    return found
