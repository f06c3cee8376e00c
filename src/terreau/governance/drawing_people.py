"""The number of members in time as a line that a template draws; the table twin says the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from terreau.governance.composing import AtStage, Story

WIDTH, HEIGHT, LEFT, BASE, TOP = 720, 240, 34, 200, 34


@dataclass(frozen=True, slots=True)
class Mark:
    """A word at a place of the drawing; lengths as SVG writes them, whatever the language."""

    x: str
    y: str
    text: str
    width: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A line of steps, the years under it, the heights beside it, the stages above it."""

    line: str
    area: str
    years: tuple[Mark, ...]
    levels: tuple[Mark, ...]
    stages: tuple[Mark, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    base: int = BASE
    top: int = TOP


def drawn(story: Story, today: date) -> Drawn | None:
    """Return the drawing, None when nothing is dated."""
    days = [day for day, _number in story.sizes if day] + [stage.on for stage in story.stages]
    if not days:
        return None
    first, last = date(min(days).year, 1, 1), today
    if first >= last:
        first = date(last.year - 1, 1, 1)
    most = max(4, *(number for _day, number in story.sizes))

    def x(day: date) -> float:
        return round(LEFT + (WIDTH - LEFT - 8) * (max(day, first) - first).days / (last - first).days, 1)

    def y(number: int) -> float:
        return round(BASE - (BASE - TOP) * number / most, 1)

    points = [(float(LEFT), y(story.sizes[0][1]))]
    for day, number in story.sizes[1:]:
        if day is not None:
            points += [(x(day), points[-1][1]), (x(day), y(number))]
    points.append((x(last), points[-1][1]))
    line = " ".join(f"{a:g},{b:g}" for a, b in points)
    return Drawn(
        line,
        f"{LEFT},{BASE} {line} {points[-1][0]:g},{BASE}",
        tuple(Mark(f"{x(date(year, 1, 1)):g}", str(BASE + 18), str(year)) for year in _years(first, last)),
        tuple(Mark(str(LEFT - 6), f"{y(level):g}", str(level)) for level in _levels(most)),
        tuple(_stages(story.stages, x, last)),
    )


def _years(first: date, last: date) -> Sequence[int]:
    step = max(1, -(-(last.year - first.year + 1) // 8))
    return range(first.year, last.year + 1, step)


def _levels(most: int) -> Sequence[int]:
    step = max(1, round(most / 4))
    return range(0, most + 1, step)


def _stages(stages: Sequence[AtStage], x: Callable[[date], float], last: date) -> list[Mark]:
    found = []
    for stage in stages:
        start, end = x(stage.on), x(stage.until or last)
        found.append(Mark(f"{start:g}", str(TOP - 12), stage.label, f"{end - start:g}"))
    return found
