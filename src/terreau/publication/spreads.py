"""Medians and quartiles under secrecy: which groups may be shown, and when a newer one may follow.

A quantile is not a sum: nothing is computed back by subtraction. But it says on which side of it everybody
is, as soon as too few are there. So each part that a shown quantile cuts a group into holds ``least`` others
or more, whoever looks (who is of the group knows its own value), and so does whatever two shown groups do not
share: what is learnt is never of fewer. What is shown is rounded: it is the value of nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from terreau.publication.rules import FEW, NEIGHBOUR

#: Digits that are left of a number that is shown.
DIGITS: Final = 2
#: Parts that a median and that quartiles cut a group into.
_HALVES, _QUARTERS = 2, 4

Name = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Who is counted in a group, whose ``name`` is its codes by facet, in order; ``()`` is everybody."""

    name: Name
    members: frozenset[str]

    @property
    def facets(self) -> tuple[str, ...]:
        """By what it is a group."""
        return tuple(facet for facet, _code in self.name)


def enough(count: int, least: int) -> bool:
    """Say whether the median of so many may be shown: ``least`` others on each side of it, whoever looks."""
    return count >= _HALVES * (least + 1)


def enough_for_quartiles(count: int, least: int) -> bool:
    """Say whether the quartiles of so many may be shown: ``least`` others in each quarter, whoever looks."""
    return count >= _QUARTERS * (least + 1)


def withheld(groups: Iterable[Group], least: int) -> dict[Name, str]:
    """Return why each group that may not be shown is withheld; the broadest are shown first.

    ``few``: too few contribute. ``neighbour``: beside a group already shown, too few would be in one and not
    in the other, or in none of the groups of the same kind that stand in it.
    """
    refused: dict[Name, str] = {}
    shown: list[Group] = []
    for group in sorted(groups, key=lambda one: (-len(one.members), len(one.name), one.name)):
        if not enough(len(group.members), least):
            refused[group.name] = FEW
        elif _gives_away(group, shown, least):
            refused[group.name] = NEIGHBOUR
        else:
            shown.append(group)
    return refused


def _gives_away(group: Group, shown: Sequence[Group], least: int) -> bool:
    beside: dict[Name, set[str]] = defaultdict(set)
    for other in shown:
        if _few(group.members - other.members, least) or _few(other.members - group.members, least):
            return True
        if other.facets == group.facets:
            for whole in shown:
                if other.members <= whole.members:
                    beside[whole.name] |= other.members
    return any(
        _few(whole.members - beside[whole.name] - group.members, least)
        for whole in shown
        if group.members < whole.members
    )


def _few(left: Collection[str], least: int) -> bool:
    """Say whether somebody is left, and fewer than ``least`` others beside one who looks."""
    return 0 < len(left) <= least


def may_follow(before: Mapping[str, int], now: Mapping[str, int], least: int) -> bool:
    """Say whether a quantile may take the place of the one shown before: nobody changed, or enough did.

    Who kept the earlier one reads in the difference what fewer than ``least`` changed.
    """
    changed = [who for who in before.keys() | now.keys() if before.get(who) != now.get(who)]
    return not _few(changed, least)


def rounded(value: int, digits: int = DIGITS) -> int:
    """Return a number with only its first digits left, to the nearest (halves away from zero)."""
    sign, size = (-1, -value) if value < 0 else (1, value)
    unit = int(10 ** max(0, len(str(size)) - digits))
    return sign * ((size + unit // 2) // unit) * unit
