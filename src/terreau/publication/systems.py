"""What an attacker holds: figures that add up, some of them shown. Whole numbers only, so that proofs are
exact.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

Moves = Mapping[int, int]
"""By how much some figures could be otherwise while everything that is shown stays the same."""


@dataclass(frozen=True, slots=True)
class Need:
    """How far up and down around a figure nothing may be excluded."""

    up: int
    down: int


@dataclass(slots=True)
class System:
    """Figures by rank. ``signed`` may be below zero; ``known`` are shown whatever is decided,
    ``public`` among them because everybody has them anyway.

    A relation is ``((rank, ±1), …)`` whose sum is zero. ``alone`` gives, by contributor, the figures that
    nobody else contributes to: that contributor knows them; ``parts`` gives what they bring to each secret
    figure.
    """

    names: list[Hashable] = field(default_factory=list)
    values: list[int] = field(default_factory=list)
    costs: list[int] = field(default_factory=list)
    signed: list[bool] = field(default_factory=list)
    known: set[int] = field(default_factory=set)
    public: set[int] = field(default_factory=set)
    hidden: set[int] = field(default_factory=set)
    relations: list[tuple[tuple[int, int], ...]] = field(default_factory=list)
    needs: dict[int, Need] = field(default_factory=dict)
    alone: dict[str, set[int]] = field(default_factory=dict)
    parts: dict[int, dict[str, int]] = field(default_factory=dict)
    _touching: dict[int, list[int]] = field(default_factory=dict)

    def add(self, name: Hashable, value: int, *, cost: int, signed: bool = False) -> int:
        """Add a figure; return its rank."""
        self.names.append(name)
        self.values.append(value)
        self.costs.append(cost)
        self.signed.append(signed)
        return len(self.names) - 1

    def __len__(self) -> int:
        return len(self.names)

    def breaks(self, moves: Moves) -> bool:
        """Say whether moves leave some figures that no longer add up."""
        if not self._touching:
            for number, relation in enumerate(self.relations):
                for rank, _sign in relation:
                    self._touching.setdefault(rank, []).append(number)
        touched = {number for rank in moves for number in self._touching.get(rank, ())}
        return any(sum(sign * moves.get(rank, 0) for rank, sign in self.relations[one]) for one in touched)

    def possible(self, moves: Moves) -> bool:
        """Say whether no figure becomes negative that cannot be."""
        return all(self.signed[rank] or self.values[rank] + move >= 0 for rank, move in moves.items())

    def need(self, rank: int, way: int, against: str = "") -> int:
        """Return how far a figure must be able to go, up (1) or down (-1).

        ``against`` a contributor who knows its own part, what is left of the figure needs its share of that
        alone.
        """
        need = self.needs[rank].up if way > 0 else self.needs[rank].down
        own = self.parts.get(rank, {}).get(against, 0)
        return need if not own else -(-need * (self.values[rank] - own) // self.values[rank])


def bound_needs(system: System) -> None:
    """Ask of no secret figure that it could go above a total that everybody has: of 2 poles, at most 2.

    What is left of its need is that it could be lower; a figure is never asked to move no way at all.
    """
    limits = {rank: system.values[rank] for rank in system.public}
    waiting = list(limits)
    parts: dict[int, list[int]] = {}
    for (total, _plus), *rest in system.relations:
        if not system.signed[rest[-1][0]]:
            parts.setdefault(total, []).extend(rank for rank, _minus in rest)
    while waiting:
        total = waiting.pop()
        for rank in parts.get(total, ()):
            if limits[total] < limits.get(rank, limits[total] + 1):
                limits[rank] = limits[total]
                waiting.append(rank)
    for rank, need in system.needs.items():
        if rank in limits:
            system.needs[rank] = Need(min(need.up, limits[rank] - system.values[rank]), need.down)


@dataclass(frozen=True, slots=True)
class Witness:
    """Proof that a figure could be otherwise: the moves of another table that shows exactly the same."""

    target: int
    way: int
    moves: Moves


Proofs = dict[tuple[int, int], list[Witness]]
"""By figure and way (1 up, -1 down): a proof that stops everybody, then those that stop who is alone
elsewhere.
"""


def alone_at(system: System) -> dict[int, set[str]]:
    """Return who is alone in each figure that has but one contributor."""
    found: dict[int, set[str]] = {}
    for who, ranks in system.alone.items():
        for rank in ranks:
            found.setdefault(rank, set()).add(who)
    return found


def knowing(system: System, proofs: list[Witness], there: Mapping[int, set[str]]) -> set[str]:
    """Return the contributors whom these proofs of one figure do not stop: each moves a figure that they
    know.
    """
    first = proofs[0]
    touched = {who for rank in first.moves for who in there.get(rank, ())} - there.get(first.target, set())
    return {who for who in touched if not any(_stops(system, witness, who) for witness in proofs)}


def _stops(system: System, witness: Witness, who: str) -> bool:
    far = witness.way * witness.moves.get(witness.target, 0)
    need = system.need(witness.target, witness.way, who)
    return need == 0 or (far >= need and not system.alone[who] & witness.moves.keys())


def faults(system: System, hidden: set[int], witness: Witness) -> list[str]:
    """Return what is wrong with a table that shows the same; nothing when it does. Arithmetic alone, no
    solver.
    """
    found = []
    if any(rank not in hidden for rank in witness.moves):
        found.append("it moves figures that are shown")
    if not system.possible(witness.moves):
        found.append("it makes a figure negative")
    if system.breaks(witness.moves):
        found.append("it breaks a sum")
    return found
