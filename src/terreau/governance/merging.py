"""Two people who write one text at once: line by line, both keep what they wrote. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher


@dataclass(frozen=True, slots=True)
class _Change:
    """Lines ``first`` to ``last`` (excluded) of what both began from, and what stands there now."""

    first: int
    last: int
    lines: tuple[str, ...]


def tidy(text: str) -> str:
    """Return a text as it is kept: one kind of line end, no space at the end of a line nor of the text."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return "\n".join(lines).strip("\n")


def merged(base: str, theirs: str, mine: str) -> str | None:
    """Return ``base`` with the changes of both, or ``None`` when they changed the same lines differently.

    Lines added at the same place are both kept, theirs first. When one goes on from the words of the other (a
    page whose answer was lost writes again what was kept), they are not said twice; nor is a change that both
    made.
    """
    before = _lines(base)
    ours, others = _changes(before, _lines(mine)), _changes(before, _lines(theirs))
    ours, others = _without(ours, others), _without(others, ours)
    if _cross(ours, others):
        return None
    # At the same place, theirs come first: the sort keeps the order given.
    every = sorted(others + [one for one in ours if one not in others], key=lambda one: (one.first, one.last))
    found: list[str] = []
    at = 0
    for one in every:
        found += before[at : one.first]
        found += one.lines
        at = max(at, one.last)
    return "\n".join([*found, *before[at:]])


def both(theirs: str, mine: str) -> str:
    """Return everything that two people wrote, the lines they share once: where a choice begins."""
    left, right = _lines(theirs), _lines(mine)
    found: list[str] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        found += left[i1:i2]
        if tag != "equal":
            found += right[j1:j2]
    return "\n".join(found)


def _lines(text: str) -> list[str]:
    return text.split("\n") if text else []


def _changes(before: Sequence[str], after: Sequence[str]) -> list[_Change]:
    codes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return [_Change(i1, i2, tuple(after[j1:j2])) for tag, i1, i2, j1, j2 in codes if tag != "equal"]


def _without(changes: Sequence[_Change], others: Sequence[_Change]) -> list[_Change]:
    """Return the changes, without the additions that another begins with word for word."""
    return [one for one in changes if not any(_goes_on(other, one) for other in others)]


def _goes_on(longer: _Change, shorter: _Change) -> bool:
    """Say whether an addition begins with the whole of another made at the same place."""
    place = (shorter.first, shorter.last)
    if shorter.first != shorter.last or (longer.first, longer.last) != place or longer == shorter:
        return False
    return "\n".join(longer.lines).startswith("\n".join(shorter.lines))


def _cross(ours: Sequence[_Change], others: Sequence[_Change]) -> bool:
    return any(_touch(one, other) for one in ours for other in others if one != other)


def _touch(one: _Change, other: _Change) -> bool:
    """Say whether two changes are of the same lines; additions at the same place are not."""
    if one.first == one.last == other.first == other.last:
        return False
    return one.first < other.last and other.first < one.last
