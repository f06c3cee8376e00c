"""Rules of the campaigns on values alone: what is said, how answers spread, what differs, what leads where.

No average anywhere: the grid is not prescriptive and a mean would hide that people disagree (R-90, R-94).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: Longest text of a first step, a remark, a reply, a reason.
LONGEST = 2_000
FIELDS = ("level", "not_concerned", "target", "first_step", "words")
#: verb → (modes, state before, state after).
MOVES: dict[str, tuple[frozenset[str], str, str]] = {
    "close": (frozenset({"self", "internal"}), "open", "closed"),
    "cancel": (frozenset({"self", "internal", "external"}), "open", "cancelled"),
    "deliver": (frozenset({"external"}), "open", "delivered"),
    "resume": (frozenset({"external"}), "delivered", "open"),
    "sign": (frozenset({"external"}), "delivered", "signed"),
    "merge": (frozenset({"external"}), "signed", "closed"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of an item: levels are values of the scale; everything empty is nothing said."""

    level: int | None = None
    not_concerned: bool = False
    target: int | None = None
    first_step: str = ""
    words: str = ""

    @property
    def answered(self) -> bool:
        """Say whether there is a level, or that the item does not concern the pole."""
        return self.level is not None or self.not_concerned

    def __bool__(self) -> bool:
        return self != Said()

    def as_dict(self) -> dict[str, Any]:
        """Return the same in JSON types."""
        return {name: getattr(self, name) for name in FIELDS}

    @classmethod
    def of(cls, row: Any) -> Said:
        """Return what a row, or a mapping, says."""
        if isinstance(row, Mapping):
            return cls(**{name: row[name] for name in FIELDS if name in row})
        return cls(**{name: getattr(row, name) for name in FIELDS})


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something said is refused: which field, and a stable code."""

    field: str
    code: str


def problems(said: Said, scale: Sequence[int]) -> list[Problem]:
    """Return what is wrong with something said, all of it."""
    found = []
    if said.level is not None and said.level not in scale:
        found.append(Problem("level", "off_scale"))
    if said.target is not None and said.target not in scale:
        found.append(Problem("target", "off_scale"))
    if said.not_concerned and (said.level is not None or said.target is not None):
        found.append(Problem("level", "concerned_or_not"))
    found += [Problem(n, "too_long") for n in ("first_step", "words") if len(getattr(said, n)) > LONGEST]
    return found


@dataclass(frozen=True, slots=True)
class Spread:
    """How the answers to one item spread: how many people by level, not concerned, silent."""

    counts: Mapping[int, int]
    not_concerned: int
    silent: int

    @property
    def answered(self) -> int:
        """How many gave a level."""
        return sum(self.counts.values())

    @property
    def lowest(self) -> int | None:
        """The lowest level given; None when nobody gave one."""
        return min((level for level, count in self.counts.items() if count), default=None)

    @property
    def highest(self) -> int | None:
        """The highest level given; None when nobody gave one."""
        return max((level for level, count in self.counts.items() if count), default=None)

    @property
    def apart(self) -> int:
        """How many steps of the scale separate the highest from the lowest."""
        return 0 if self.lowest is None or self.highest is None else self.highest - self.lowest


def spread(said: Iterable[Said | None], scale: Sequence[int]) -> Spread:
    """Return how answers to one item spread over a scale; ``None`` is somebody who said nothing."""
    counts, aside, silent = dict.fromkeys(scale, 0), 0, 0
    for one in said:
        if one is None or not one.answered:
            silent += 1
        elif one.not_concerned:
            aside += 1
        elif one.level is not None:
            counts[one.level] = counts.get(one.level, 0) + 1
    return Spread(counts, aside, silent)


def most_apart(spreads: Mapping[str, Spread], *, least: int = 2, most: int = 5) -> list[str]:
    """Return the items on which people stand furthest apart, the furthest first: what to talk about."""
    found = [code for code, one in spreads.items() if one.apart >= least]
    order = {code: rank for rank, code in enumerate(spreads)}
    return sorted(found, key=lambda code: (-spreads[code].apart, order[code]))[:most]


@dataclass(frozen=True, slots=True)
class Difference:
    """Two answers to an item that are not the same. ``gap``: theirs minus ours, None without two levels."""

    criterion: str
    ours: Said
    theirs: Said

    @property
    def gap(self) -> int | None:
        """Steps of the scale from ours to theirs."""
        if self.ours.level is None or self.theirs.level is None:
            return None
        return self.theirs.level - self.ours.level


def differences(
    codes: Iterable[str], ours: Mapping[str, Said], theirs: Mapping[str, Said]
) -> dict[str, Difference]:
    """Return the items that the reviewer answers otherwise than the pole did, in the order of the grid.

    An item of which the reviewer says nothing is no difference. Remarks and first steps alone are none:
    a level, « not concerned » or a target that differs is one.
    """
    found = {}
    for code in codes:
        mine, other = ours.get(code, Said()), theirs.get(code, Said())
        if not other.answered:
            continue
        same = (mine.level, mine.not_concerned) == (other.level, other.not_concerned)
        if not same or (other.target is not None and other.target != mine.target):
            found[code] = Difference(code, mine, other)
    return found


def unexplained(found: Mapping[str, Difference]) -> list[str]:
    """Return the differences without a reason: a reviewer says why he answers otherwise."""
    return [code for code, one in found.items() if not one.theirs.words.strip()]


def merged(choice: str, ours: Said, theirs: Said, other: Said) -> Said:
    """Return what the pole answers after its choice: ``take``, ``keep`` or ``other``.

    A level that is taken or written keeps the target, first step and remark of the pole where it brings none.
    """
    if choice == "keep":
        return ours
    chosen = other if choice == "other" else theirs
    target = chosen.target if chosen.target is not None else ours.target
    return Said(
        level=chosen.level,
        not_concerned=chosen.not_concerned,
        target=None if chosen.not_concerned else target,
        first_step=chosen.first_step or ours.first_step,
        words=chosen.words or ours.words,
    )


def allowed(mode: str, state: str) -> list[str]:
    """Return the verbs that a campaign may take now."""
    return [verb for verb, (modes, before, _after) in MOVES.items() if mode in modes and state == before]
