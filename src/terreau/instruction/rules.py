"""Scores of a file, exactly: what a reviewer may give, its total, the mean and the spread, who may see them.

Totals are out of a hundred points and held in thousandths of a point, so that two grids compare and nothing
is lost to a float: the mean of 71,250 and 71,251 is told from that of two 71,250.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any
from uuid import UUID

#: A total is out of a hundred points, in thousandths of a point.
WHOLE = 100_000


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of the review grid of a call: weight and highest score are whole numbers above zero."""

    code: str
    label: str
    weight: int = 1
    most: int = 5
    text: bool = True


class Totals(StrEnum):
    """Who reads the scores of others, and only once each assigned reviewer has given theirs."""

    ALL = "all"
    MEAN = "mean"
    OFFICERS = "officers"


def criteria(grid: Any, *, lang: str = "fr") -> tuple[Criterion, ...]:
    """Return the criteria of the review grid of a call; what has no code is left out."""
    rows = grid.get("criteria", ()) if isinstance(grid, Mapping) else (grid or ())
    return tuple(
        Criterion(
            code=str(row["code"]),
            label=_said(row, lang),
            weight=max(1, int(row.get("weight") or 1)),
            most=max(1, int(row.get("max") or 5)),
            text=bool(row.get("text", True)),
        )
        for row in rows
        if isinstance(row, Mapping) and row.get("code")
    )


def _said(row: Mapping[str, Any], lang: str) -> str:
    label = row.get("label") or row["code"]
    if isinstance(label, Mapping):
        return str(label.get(lang) or label.get("fr") or row["code"])
    return str((lang == "en" and row.get("label_en")) or label)


def missing(
    grid: Sequence[Criterion], scores: Mapping[str, int | None], texts: Mapping[str, str]
) -> list[Criterion]:
    """Return the criteria that lack their score, or the sentence that goes with it."""
    return [
        one
        for one in grid
        if scores.get(one.code) is None or (one.text and not str(texts.get(one.code, "")).strip())
    ]


def total(grid: Sequence[Criterion], scores: Mapping[str, int | None]) -> int | None:
    """Return the weighted total in thousandths of a point out of a hundred; ``None`` unless all are given."""
    if not grid or any(scores.get(one.code) is None for one in grid):
        return None
    weights = sum(one.weight for one in grid)
    part = sum((Fraction(one.weight * int(scores[one.code] or 0), one.most) for one in grid), Fraction())
    return round(part * WHOLE / weights)


def mean(totals: Collection[int]) -> int | None:
    """Return the mean in thousandths, half to even; ``None`` of nothing."""
    return round(Fraction(sum(totals), len(totals))) if totals else None


def spread(totals: Collection[int]) -> int | None:
    """Return how far apart the highest and the lowest are, in thousandths; ``None`` of nothing."""
    return max(totals) - min(totals) if totals else None


def unsealed(assigned: Collection[UUID], given: Collection[UUID]) -> bool:
    """Say whether reviews may be opened: somebody is assigned, and each has given theirs."""
    return bool(assigned) and set(assigned) <= set(given)


@dataclass(frozen=True, slots=True)
class Sight:
    """What a person sees of the reviews of a file: of whom scores and texts, whether the mean."""

    reviews: frozenset[UUID]
    mean: bool


def sight(
    viewer: UUID,
    *,
    officer: bool,
    assigned: Collection[UUID],
    given: Collection[UUID],
    totals: str = Totals.ALL,
) -> Sight:
    """Return whose reviews a person sees: always their own, those of others once all have given theirs.

    Sealed for officers too: who instructs a file does not know a score that another could still follow.
    """
    own = frozenset({viewer}) & (frozenset(assigned) | frozenset(given))
    if not unsealed(assigned, given):
        return Sight(own, mean=False)
    if officer or totals == Totals.ALL:
        return Sight(frozenset(given), mean=True)
    return Sight(own, mean=totals == Totals.MEAN)


# Opinions


def opinions_missing(asked: Iterable[str], given: Collection[str]) -> list[str]:
    """Return the keys of the mandatory opinions that nobody has given yet, in their order."""
    return [key for key in asked if key not in given]


def points(thousandths: int | None, comma: str = ",") -> str:
    """Write a total as people read it: « 71,25 »; nothing is said of what is not known."""
    if thousandths is None:
        return ""
    sign = "−" if thousandths < 0 else ""
    whole, rest = divmod(abs(thousandths), 1000)
    part = f"{rest:03d}".rstrip("0")
    return f"{sign}{whole}{comma}{part}" if part else f"{sign}{whole}"
