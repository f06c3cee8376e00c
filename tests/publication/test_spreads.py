"""Medians under secrecy: who reads all that is shown, and knows its own value, learns of no one alone."""

from itertools import product
from statistics import median

import numpy as np
import pytest

from terreau.publication.rules import FEW, NEIGHBOUR
from terreau.publication.spreads import (
    Group,
    enough,
    enough_for_quartiles,
    may_follow,
    rounded,
    withheld,
)

#: Worlds are made of the middle ones; an attacker thinks of the others too.
VALUES = (1, 10, 100, 1000)


def group(name: str, first: int, last: int) -> Group:
    codes = tuple(tuple(part.split("=")) for part in name.split("&") if part)
    return Group(codes, frozenset(map(str, range(first, last))))  # type: ignore[arg-type]


def learnt(size: int, narrow: int = 0) -> int:
    """Return the fewest others whose side of a shown median somebody inside can tell, in the worst world.

    Everybody is in one group, the first ``narrow`` in another too. Worlds that are the same but for who is
    who are tried once. Returns ``size`` when nothing is ever learnt.
    """
    ranks = [range(size), *([range(narrow)] if narrow else [])]
    worlds = np.array(list(product(VALUES, repeat=size)), dtype=np.int16)
    shown = np.stack([np.median(worlds[:, members], axis=1) for members in ranks], axis=1)
    fewest = size
    for low, outside in product(range(narrow + 1), range(size - narrow + 1)):
        world = [10] * low + [100] * (narrow - low) + [10] * outside + [100] * (size - narrow - outside)
        said = [median(world[rank] for rank in members) for members in ranks]
        same = worlds[(shown == said).all(axis=1)]
        for who in range(size):
            possible = same[same[:, who] == world[who]]
            others = np.arange(size) != who
            for cut in said:
                known = ((possible <= cut).all(axis=0) | (possible >= cut).all(axis=0)) & others
                fewest = min(fewest, int(known.sum()) or size)
    return fewest


@pytest.mark.parametrize(("size", "narrow"), [(6, 0), (9, 6)])
def test_nobody_inside_learns_of_fewer_than_the_rule_says(size: int, narrow: int) -> None:
    groups = [group("", 0, size), *([group("region=53", 0, narrow)] if narrow else [])]
    assert withheld(groups, 2) == {}
    assert learnt(size, narrow) >= 2


@pytest.mark.parametrize(("size", "narrow"), [(2, 0), (7, 6), (8, 6)])
def test_where_the_rule_forbids_somebody_would_learn_of_one(size: int, narrow: int) -> None:
    """The proof that the attacker is no straw man."""
    groups = [group("", 0, size), *([group("region=53", 0, narrow)] if narrow else [])]
    assert withheld(groups, 2)
    assert learnt(size, narrow) < 2


def test_a_group_of_too_few_is_withheld() -> None:
    assert [count for count in range(12) if enough(count, 3)] == [8, 9, 10, 11]
    assert [count for count in range(20) if enough_for_quartiles(count, 3)] == [16, 17, 18, 19]
    assert withheld([group("", 0, 8), group("region=53", 0, 7)], 3) == {(("region", "53"),): FEW}


def test_what_two_groups_do_not_share_is_many() -> None:
    whole = group("", 0, 20)
    assert withheld([whole, group("region=53", 0, 17)], 3) == {(("region", "53"),): NEIGHBOUR}
    assert withheld([whole, group("region=53", 0, 16)], 3) == {}
    crossing = [group("region=53", 0, 10), group("stage=creation", 2, 14)]
    assert withheld(crossing, 3) == {(("region", "53"),): NEIGHBOUR}


def test_what_no_group_of_a_kind_holds_is_many() -> None:
    """Two regions of three are shown: the poles of the third are many, or the second region is not shown."""
    whole, first = group("", 0, 22), group("region=53", 0, 10)
    assert withheld([whole, first, group("region=84", 10, 20)], 3) == {(("region", "84"),): NEIGHBOUR}
    assert withheld([whole, first, group("region=84", 10, 18)], 3) == {}
    assert withheld([whole, first, group("stage=creation", 10, 20)], 3) == {}


def test_the_same_poles_under_two_names_are_shown_twice() -> None:
    assert withheld([group("", 0, 8), group("region=53", 0, 8)], 3) == {}


def test_a_newer_median_waits_for_enough_changes() -> None:
    before = {str(rank): rank for rank in range(10)}
    assert may_follow(before, before, 3)
    assert not may_follow(before, before | {"0": 5, "1": 7}, 3)
    assert not may_follow(before, before | {"new": 5}, 3)
    assert may_follow(before, {who: value + 1 for who, value in before.items()}, 3)
    assert may_follow({}, before, 3)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, 0), (7, 7), (94, 94), (123_456, 120_000), (125_000, 130_000), (-125_000, -130_000), (9_960, 10_000)],
)
def test_what_is_shown_is_rounded(value: int, shown: int) -> None:
    assert rounded(value) == shown
