"""Which figures to hide beside those that must be: few contributors lost, and a proof for each figure kept
secret.

For each figure to protect, and each way, the cheapest *other table* that shows the same is looked for by
linear programming (HiGHS): figures that it moves must be hidden. That table is the proof, exact because it
is made of whole numbers, and it often proves others too, which are then not looked for. What no proof uses
any more is shown again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import highspy
import numpy as np

from terreau.publication.systems import Moves, Proofs, System, Witness, alone_at, knowing

Floats = np.ndarray[tuple[int], np.dtype[np.float64]]
#: What it costs to move a figure that is hidden already: next to nothing, so that proofs stay short.
_HIDDEN, _HIDDEN_ALONE = 0.001, 0.02
#: Figures are looked at by steps of a thousandth of what must be protected: solvers like small numbers.
_STEPS = 1000
#: A step is that many whole numbers, so that halves and thirds of it are whole; a table of counts is tried
#: so many times over.
_PARTS, _TIMES = 12, (1, 2, 3, 4)
#: Where only halves were found, the first table in whole numbers that costs at most so many times more is
#: taken.
_GAP = 1.0
#: How many figures are tried to be shown again; the rest stays hidden. A count, not a time: the same each
#: time.
_TRIES = 400


class UnprotectableError(Exception):
    """Some figures cannot be kept secret, whatever is hidden: nothing of this table may be published."""

    def __init__(self, ranks: list[int]) -> None:
        super().__init__(f"{len(ranks)} figures cannot be protected")
        self.ranks = ranks


@dataclass(slots=True)
class Pattern:
    """What is hidden, and the proofs that it is enough."""

    hidden: set[int]
    proofs: Proofs = field(default_factory=dict)


def search(system: System) -> Pattern:
    """Return a pattern under which every need of the system holds; raise ``UnprotectableError`` when there
    is none.
    """
    pattern = Pattern({*system.needs, *system.hidden})
    solver = _Solver(system, pattern.hidden)
    dearest = sorted(system.needs, key=lambda rank: (-system.needs[rank].up, rank))
    lost = [rank for rank in dearest if not all(_prove(solver, pattern, rank, way) for way in (1, -1))]
    if not lost:
        _show_again(solver, pattern)
        lost = _against_the_alone(solver, pattern)
    if lost:
        raise UnprotectableError(lost)
    return pattern


def _prove(solver: _Solver, pattern: Pattern, rank: int, way: int, against: Iterable[str] = ()) -> bool:
    """Find the proof that a figure could be otherwise, unless there is one already; hide what it moves.

    ``against`` those who are alone in other figures, the proof moves nothing that one of them knows.
    """
    system, who = solver.system, list(against)
    need = max(system.need(rank, way, one) for one in who or [""])
    if need == 0 or (not who and (rank, way) in pattern.proofs):
        return True
    moves = solver.solve(rank, way * need, frozenset(known for one in who for known in system.alone[one]))
    if moves is None or way * moves.get(rank, 0) < need:
        return False
    pattern.hidden.update(moves)
    solver.hide(moves)
    if who:
        pattern.proofs[rank, way].append(Witness(rank, way, moves))
    else:
        _note(system, pattern, moves)
    return True


def _note(system: System, pattern: Pattern, moves: Moves) -> None:
    """Keep a table as the proof of everything that it proves, and its mirror too when that is one."""
    for turned in (moves, {rank: -move for rank, move in moves.items()}):
        if not system.possible(turned):
            continue
        for rank in turned.keys() & system.needs.keys():
            way = 1 if turned[rank] > 0 else -1
            if abs(turned[rank]) >= system.need(rank, way) > 0:
                pattern.proofs.setdefault((rank, way), [Witness(rank, way, turned)])


def _against_the_alone(solver: _Solver, pattern: Pattern) -> list[int]:
    """Protect every figure from those who are alone in another, and know it; return what could not be.

    A proof of which a figure known to nobody alone is cheaper was preferred from the start, so that few are
    left.
    """
    system, there = solver.system, alone_at(solver.system)
    lost = []
    for (rank, way), proofs in sorted(pattern.proofs.items()):
        who = sorted(knowing(system, proofs, there))
        if not _stop(solver, pattern, rank, way, who):
            lost.append(rank)
    return lost


def _stop(solver: _Solver, pattern: Pattern, rank: int, way: int, who: list[str]) -> bool:
    """Find one proof that stops them all, else one for each half of them."""
    if not who or _prove(solver, pattern, rank, way, who):
        return True
    half = len(who) // 2
    return half > 0 and all(_stop(solver, pattern, rank, way, part) for part in (who[:half], who[half:]))


def _show_again(solver: _Solver, pattern: Pattern) -> None:
    """Show what no proof needs, dearest first: other proofs are looked for among what is hidden."""
    system, tries = solver.system, 0
    extra = pattern.hidden - set(system.needs) - system.hidden
    for rank in sorted(extra, key=lambda rank: (-system.costs[rank], rank)):
        leaning = [key for key, (witness, *_more) in pattern.proofs.items() if rank in witness.moves]
        tries += len(leaning)
        others = None if leaning and tries > _TRIES else _without(solver, pattern, rank, leaning)
        if others is None:
            solver.hide([rank])
            continue
        pattern.hidden.discard(rank)
        for key in leaning:
            del pattern.proofs[key]
        for moves in others:
            _note(system, pattern, moves)


def _without(
    solver: _Solver, pattern: Pattern, rank: int, leaning: list[tuple[int, int]]
) -> list[Moves] | None:
    """Return tables that prove the same with one figure fewer hidden; None when there are none."""
    solver.show(rank)
    found: list[Moves] = []
    for target, way in leaning:
        need = solver.system.need(target, way)
        moves = solver.solve(target, way * need, frozenset({rank}))
        if moves is None or not moves.keys() <= pattern.hidden or way * moves.get(target, 0) < need:
            return None
        found.append(moves)
    return found


class _Solver:
    """The linear programme: how much each figure goes up and down; what is shown costs what it is worth."""

    def __init__(self, system: System, hidden: set[int]) -> None:
        self.system, self.size = system, len(system)
        self.hidden = set(hidden)
        self.alone = {rank for ranks in system.alone.values() for rank in ranks}
        self.unit = 1
        self.most = self._most()
        self.highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        for name, value in (("output_flag", False), ("threads", 1), ("random_seed", 0), ("presolve", "off"),
                            ("mip_rel_gap", _GAP)):  # fmt: skip
            self.highs.setOptionValue(name, value)
        self._load()

    def _load(self) -> None:
        size, system = self.size, self.system
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = 2 * size, len(system.relations)
        model.col_cost_ = np.array([self._cost(rank) for rank in range(size)] * 2)
        model.col_lower_ = np.zeros(2 * size)
        model.col_upper_ = self.most
        model.row_lower_ = model.row_upper_ = np.zeros(len(system.relations))
        starts, ranks, signs = [0], [], []
        for relation in system.relations:
            for rank, sign in relation:
                ranks += [rank, size + rank]
                signs += [sign, -sign]
            starts.append(len(ranks))
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = np.array(starts, dtype=np.int32)
        model.a_matrix_.index_ = np.array(ranks, dtype=np.int32)
        model.a_matrix_.value_ = np.array(signs, dtype=np.float64)
        self.highs.passModel(model)

    def _cost(self, rank: int) -> float:
        if rank not in self.hidden:
            return float(self.system.costs[rank])
        return _HIDDEN_ALONE if rank in self.alone else _HIDDEN

    def _limit(self, rank: int, way: int) -> float:
        if rank in self.system.known:
            return 0.0
        if way > 0 or self.system.signed[rank]:
            return float(highspy.kHighsInf)
        return float(self.system.values[rank] // self.unit)

    def _most(self) -> Floats:
        return np.array([self._limit(rank, way) for way in (1, -1) for rank in range(self.size)])

    def hide(self, ranks: Iterable[int]) -> None:
        """Make figures free to move."""
        for rank in ranks:
            if rank not in self.hidden:
                self.hidden.add(rank)
                self._price(rank)

    def show(self, rank: int) -> None:
        """Make a figure cost what it is worth again."""
        self.hidden.discard(rank)
        self._price(rank)

    def _price(self, rank: int) -> None:
        for column in (rank, self.size + rank):
            self.highs.changeColCost(column, self._cost(rank))

    def _bound(self, ranks: Iterable[int], *, still: bool) -> None:
        chosen = np.fromiter(ranks, dtype=np.int32)
        columns = np.concatenate([chosen, chosen + np.int32(self.size)])
        most = np.zeros(len(columns)) if still else self.most[columns]
        self.highs.changeColsBounds(len(columns), columns, np.zeros(len(columns)), most)

    def solve(self, rank: int, move: int, barred: frozenset[int]) -> dict[int, int] | None:
        """Return the cheapest table that moves a figure by ``move``, and the ``barred`` not at all; None if
        none.
        """
        unit = max(1, abs(move) // _STEPS // _PARTS * _PARTS)
        if unit != self.unit:
            self.unit = unit
            self.most = self._most()
            self._bound(range(self.size), still=False)
        self._bound(barred, still=True)
        steps = float(-(-abs(move) // unit))
        column, other = (rank, self.size + rank) if move > 0 else (self.size + rank, rank)
        self.highs.changeColBounds(column, steps, steps)
        self.highs.changeColBounds(other, 0.0, 0.0)
        found = self._run()
        self._bound({rank, *barred}, still=False)
        return found

    def _run(self) -> dict[int, int] | None:
        self.highs.run()
        if self.highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        moves = self._moves()
        for times in _TIMES:
            if found := self._whole(times * moves):
                return found
        return self._whole_by_search(moves)

    def _moves(self) -> Floats:
        columns: Floats = np.array(self.highs.getSolution().col_value)
        return columns[: self.size] - columns[self.size :]

    def _whole(self, moves: Floats) -> dict[int, int] | None:
        """Return the moves as whole numbers; None when they are not, do not add up exactly, or go too far."""
        ranks = np.nonzero(np.abs(moves) > 1e-6)[0]
        parts, size = (moves[ranks] * _PARTS, self.unit // _PARTS) if self.unit > 1 else (moves[ranks], 1)
        rounded = np.rint(parts)
        if not len(ranks) or np.abs(parts - rounded).max() > 1e-5:
            return None
        found = {int(rank): int(move) * size for rank, move in zip(ranks, rounded, strict=True)}
        return found if self.system.possible(found) and not self.system.breaks(found) else None

    def _whole_by_search(self, moves: Floats) -> dict[int, int] | None:
        """Solve again in whole numbers, near what was found: where nested axes cross there may be halves."""
        near = {int(rank) for rank in np.nonzero(moves)[0]} | self.hidden
        far = [rank for rank in range(self.size) if rank not in near]
        self._kind(highspy.HighsVarType.kInteger)
        self._bound(far, still=True)
        found = self._whole_once()
        self._bound(far, still=False)
        found = found or self._whole_once()
        self._kind(highspy.HighsVarType.kContinuous)
        return found

    def _whole_once(self) -> dict[int, int] | None:
        self.highs.run()
        solved = self.highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
        return self._whole(self._moves()) if solved else None

    def _kind(self, kind: highspy.HighsVarType) -> None:
        columns = np.arange(2 * self.size, dtype=np.int32)
        kinds = np.full(len(columns), int(kind), dtype=np.uint8)
        self.highs.changeColsIntegrality(len(columns), columns, kinds)
