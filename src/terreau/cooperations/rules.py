"""Arithmetic of cooperations: who is linked to whom, how densely, since when. Pure: no query, no clock.

A pair of members is linked when both take part in a cooperation that lives that day. The density is the
number of linked pairs over the number of possible pairs (R-43), an exact fraction. The three forms come in
any order (R-44): nothing here ranks them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from itertools import combinations
from typing import Final

from terreau.common.money import Euro
from terreau.common.periods import plus_months

MEANS, STRUCTURED, PROJECTS, STRATEGIC = FORMS = ("means", "structured_means", "projects", "strategic")
#: Form → the wider form that it is counted in: « structurée de moyens » is a pooling of means (R-151).
WIDER: Final[Mapping[str, str]] = {
    MEANS: MEANS,
    STRUCTURED: MEANS,
    PROJECTS: PROJECTS,
    STRATEGIC: STRATEGIC,
}
THREE: Final = (MEANS, PROJECTS, STRATEGIC)
HOLDING, ADVANCE, GUARANTEE = FINANCINGS = ("holding", "advance", "guarantee")
PAID, REPAID, CALLED = ("paid", "repaid", "called")
MOST_THOUSANDTHS: Final = 1_000_000_000_000
#: Years shown at most in what is drawn in time.
MOST_YEARS: Final = 20

#: An identifier as a text (32 hexadecimal digits): compared and hashed far faster than a ``UUID``.
Id = str
Pair = tuple[Id, Id]


@dataclass(frozen=True, slots=True)
class Span:
    """Days from ``start`` (in) to ``end`` (out); a missing one is open."""

    start: date | None = None
    end: date | None = None

    def holds(self, day: date) -> bool:
        """Say whether a day is in the span."""
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)


@dataclass(frozen=True, slots=True)
class Step:
    """A level from a day on; of one day, the last written stands."""

    on: date
    rank: int


@dataclass(frozen=True, slots=True)
class Deed:
    """A cooperation in time: its form, its life, who took part when, how far it went."""

    key: Id
    form: str
    life: Span
    parties: Sequence[tuple[Id, Span]] = ()
    steps: Sequence[Step] = ()


@dataclass(frozen=True, slots=True)
class Bond:
    """A cooperation on a day: who takes part, and its level (0 when nobody said)."""

    key: Id
    form: str
    rank: int
    parties: frozenset[Id]


@dataclass(slots=True)
class Link:
    """What joins two members on a day: the highest level, the forms, the cooperations."""

    rank: int = 0
    forms: set[str] = field(default_factory=set)
    bonds: list[Id] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Density:
    """Linked pairs over possible pairs; ``share`` is None when there is no pair at all."""

    linked: int
    possible: int

    @property
    def share(self) -> Fraction | None:
        """The exact density."""
        return Fraction(self.linked, self.possible) if self.possible else None


def rank_on(steps: Iterable[Step], day: date) -> int:
    """Return the level on a day: the last step on or before it; 0 before the first (R-43)."""
    found = 0
    best: date | None = None
    for step in steps:
        if step.on <= day and (best is None or step.on >= best):
            best, found = step.on, step.rank
    return found


def bonds_on(deeds: Iterable[Deed], day: date) -> list[Bond]:
    """Return the cooperations that live on a day, with who takes part then."""
    return [
        Bond(
            deed.key,
            deed.form,
            rank_on(deed.steps, day),
            frozenset(actor for actor, span in deed.parties if span.holds(day)),
        )
        for deed in deeds
        if deed.life.holds(day)
    ]


def chosen(bonds: Iterable[Bond], *, form: str = "", least: int = 0) -> list[Bond]:
    """Return the cooperations of a form (a wide one holds its sub-form) at a level or above."""
    return [
        bond
        for bond in bonds
        if bond.rank >= least and (not form or form in {bond.form, WIDER.get(bond.form, bond.form)})
    ]


def links(members: Iterable[Id], bonds: Iterable[Bond]) -> dict[Pair, Link]:
    """Return each pair of members that some cooperation joins, in a fixed order."""
    inside = frozenset(members)
    found: defaultdict[Pair, Link] = defaultdict(Link)
    for bond in bonds:
        for pair in combinations(sorted(bond.parties & inside), 2):
            link = found[pair]
            link.rank = max(link.rank, bond.rank)
            link.forms.add(bond.form)
            link.bonds.append(bond.key)
    return dict(sorted(found.items()))


def density(members: Iterable[Id], bonds: Iterable[Bond]) -> Density:
    """Return linked pairs over possible pairs of members, exactly (R-43).

    Who takes part without being a member counts in no pair. Sets of bits: a meeting of four hundred costs
    four hundred operations, not eighty thousand.
    """
    place = {member: rank for rank, member in enumerate(set(members))}
    groups = ([place[actor] for actor in bond.parties if actor in place] for bond in bonds)
    return _density(groups, len(place))


@dataclass(frozen=True, slots=True)
class Moment:
    """A pole on a day: its members, its density, the living cooperations by form."""

    on: date
    members: int
    density: Density
    strong: Density
    living: Mapping[str, int]


def in_time(
    deeds: Sequence[Deed], members: Sequence[tuple[Id, Span]], days: Iterable[date], *, strong: int
) -> list[Moment]:
    """Return the pole at each of these days; ``strong`` is the level from which a link is counted apart.

    What ``density`` says of each day, with the bit of each member found once for all of them.
    """
    place = {actor: rank for rank, actor in enumerate({actor for actor, _span in members})}
    known = [
        (deed, [(place[actor], span) for actor, span in deed.parties if actor in place]) for deed in deeds
    ]
    found = []
    for day in days:
        here = 0
        for actor, span in members:
            if span.holds(day):
                here |= 1 << place[actor]
        groups, forms = [], dict.fromkeys(FORMS, 0)
        for deed, parties in known:
            if deed.life.holds(day):
                forms[deed.form] += 1
                taking = [one for one, span in parties if here >> one & 1 and span.holds(day)]
                groups.append((taking, rank_on(deed.steps, day) >= strong))
        count = here.bit_count()
        whole = _density([taking for taking, _far in groups], count)
        far = _density([taking for taking, far in groups if far], count)
        found.append(Moment(day, count, whole, far, forms))
    return found


def _density(groups: Iterable[Sequence[int]], count: int) -> Density:
    """Return the density that groups of places make among ``count`` members."""
    near: defaultdict[int, int] = defaultdict(int)
    for taking in groups:
        mask = 0
        for one in taking:
            mask |= 1 << one
        for one in taking:
            near[one] |= mask & ~(1 << one)
    return Density(sum(mask.bit_count() for mask in near.values()) // 2, count * (count - 1) // 2)


def days_between(first: date, today: date) -> list[date]:
    """Return the last day of each year from ``first``, then today; the latest years if there are many."""
    years = range(max(first.year, today.year - MOST_YEARS + 1), today.year)
    return [*(date(year, 12, 31) for year in years), today]


def beginnings(deeds: Iterable[Deed]) -> list[tuple[str, date]]:
    """Return the day each form first came to a pole, in the order they came (R-44: any order)."""
    first: dict[str, date] = {}
    for deed in deeds:
        start = deed.life.start
        if start is not None and (deed.form not in first or start < first[deed.form]):
            first[deed.form] = start
    return sorted(first.items(), key=lambda one: (one[1], FORMS.index(one[0])))


def loops(arrows: Iterable[tuple[Id, Id]]) -> list[list[Id]]:
    """Return the groups of actors that what circulates comes back to: giving, it is received again (R-28).

    These are the strongly connected parts of the arrows (Tarjan), without recursion, those of two actors or
    more, each in a fixed order.
    """
    after: defaultdict[Id, list[Id]] = defaultdict(list)
    for giver, receiver in sorted(set(arrows)):
        after[giver].append(receiver)
    return sorted(sorted(part) for part in _parts(dict(after)) if len(part) > 1)


def _parts(after: Mapping[Id, Sequence[Id]]) -> Iterable[list[Id]]:
    index: dict[Id, int] = {}
    low: dict[Id, int] = {}
    held: list[Id] = []
    inside: set[Id] = set()
    for root in after:
        if root in index:
            continue
        work: list[tuple[Id, int]] = [(root, 0)]
        while work:
            node, at = work.pop()
            if node not in index:
                index[node] = low[node] = len(index)
                held.append(node)
                inside.add(node)
            for rank in range(at, len(after.get(node, ()))):
                other = after[node][rank]
                if other not in index:
                    work += [(node, rank), (other, 0)]
                    break
                if other in inside:
                    low[node] = min(low[node], low[other])
            else:
                if low[node] == index[node]:
                    part = held[held.index(node) :]
                    del held[len(held) - len(part) :]
                    inside.difference_update(part)
                    yield part


def crossed(holdings: Iterable[tuple[Id, Id]]) -> set[Pair]:
    """Return the pairs that hold a part of one another (R-45)."""
    known = set(holdings)
    return {(min(pair), max(pair)) for pair in known if (pair[1], pair[0]) in known}


def owed(paid: int, repaid: int) -> int:
    """Return what of an advance is still to give back, in cents; never below zero."""
    return max(paid - repaid, 0)


MOST_PARTS: Final = 120


@dataclass(frozen=True, slots=True)
class Instalment:
    """A part of an advance to give back by a day, in cents."""

    on: date
    cents: int


def schedule(cents: int, parts: int, due_on: date | None) -> list[Instalment]:
    """Return equal monthly repayments that add up to an advance, the last on ``due_on`` (R-45).

    None without a last day. Cents that do not divide go to the first ones; the 31st is the last day of a
    shorter month.
    """
    if due_on is None:
        return []
    shares = Euro(cents).split([1] * parts)
    return [
        Instalment(plus_months(due_on, rank - parts), share.cents)
        for rank, share in enumerate(shares, start=1)
    ]


def expected(found: Sequence[Instalment], on: date) -> int:
    """Return what should be given back before a day, in cents: what falls on that day is not late yet."""
    return sum(one.cents for one in found if one.on < on)


def next_due(found: Sequence[Instalment], repaid: int) -> Instalment | None:
    """Return the first part not given back whole, with what is missing of it."""
    for one in found:
        if repaid < one.cents:
            return Instalment(one.on, one.cents - repaid)
        repaid -= one.cents
    return None
