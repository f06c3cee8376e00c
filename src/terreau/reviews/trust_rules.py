"""What may be shown of an anonymous questionnaire: pure, so that it can be tried on anything (R-97)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: No opinion, then from « not at all » to « wholly ».
NO_OPINION, VALUES = 0, (1, 2, 3, 4, 5)


@dataclass(frozen=True, slots=True)
class Shown:
    """A question as it may be read: how many gave each value, None when too few did."""

    code: str
    counts: tuple[int, ...] | None

    @property
    def opinions(self) -> int | None:
        """How many had an opinion; None when it is not shown."""
        return sum(self.counts) if self.counts is not None else None

    @property
    def favourable(self) -> int | None:
        """Of a hundred opinions, those of the two upper values, to the nearest; None when it is not shown."""
        if self.counts is None or not sum(self.counts):
            return None
        return round(100 * sum(self.counts[3:]) / sum(self.counts))


def answered(tallies: Mapping[str, Mapping[int, int]]) -> int:
    """Return how many people answered: each of them moved one value of each question."""
    return max((sum(counts.values()) for counts in tallies.values()), default=0)


def shown(tallies: Mapping[str, Mapping[int, int]], *, least: int, closed: bool) -> list[Shown] | None:
    """Return what may be read, None when nothing may: while it is open, or under ``least`` answers.

    It is read once, closed: two views of one round never differ by somebody's answer. A question on which
    fewer than ``least`` had an opinion is not shown.
    """
    if not closed or answered(tallies) < least:
        return None
    found = []
    for code, counts in tallies.items():
        opinions = tuple(counts.get(value, 0) for value in VALUES)
        found.append(Shown(code, opinions if sum(opinions) >= least else None))
    return found
