"""The process that chooses: problems in JSON on the standard input, what is chosen on the standard output.

Integers only. A file is taken or not; taken, it is granted ``high`` less a whole number of ``step``, never
under ``low``. A row is a rule: so much for a file taken and so much for a step taken off, in all not above
its limit. What is looked for is the greatest sum of scores; then, for the files chosen, what is left of
the money goes first to those that have the best score.

A linear programme proposes a price for each row. With these prices, counted again in whole numbers, no choice
scores more than a bound: the files that no better choice can take or leave are put aside, and CP-SAT decides
the rest. What is proven owes nothing to the rounding of the linear programme, and no answer depends on the
clock: one worker, a fixed seed, an effort counted in deterministic time.
"""

import json
import sys
from dataclasses import dataclass, field
from math import gcd
from typing import Any

from ortools.linear_solver import pywraplp
from ortools.sat.python import cp_model

#: Prices of the linear programme are read in that many parts of a point, so that they are whole numbers.
PARTS = 10**12
#: Files left to decide at first; more are when these do not do.
FIRST_LEFT = 60
#: Part of the effort that looks for a first choice, before the proof.
FIRST_SHARE = 0.25


@dataclass(slots=True)
class Item:
    """A file: its score, what is granted at least and at most, and the step between the two."""

    score: int
    low: int
    high: int
    step: int

    @property
    def steps(self) -> int:
        """How many steps may be taken off the whole."""
        return (self.high - self.low) // self.step if self.step else 0


@dataclass(slots=True)
class Row:
    """A rule: ``taken`` for each file taken, ``off`` for each step taken off: no more than ``limit``."""

    limit: int
    taken: dict[int, int]
    off: dict[int, int]


@dataclass(slots=True)
class Choice:
    """A choice: its files, each less how many steps; its score, and the bound that no choice passes."""

    status: str
    score: int = 0
    bound: int | None = None
    less: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class Room:
    """What a file may still do: be left, be taken, and with how many steps off."""

    may_leave: bool
    may_take: bool
    least: int
    most: int


@dataclass(slots=True)
class Worth:
    """What a file brings at the prices of the rules: taken with ``off`` steps off; ``each`` step is worth."""

    taken: int
    off: int
    each: int


class Work:
    """One problem, with what effort is left to spend on it."""

    def __init__(self, items: list[Item], rows: list[Row], effort: float) -> None:
        self.items, self.rows, self.effort = items, rows, effort
        self.unit = gcd(*(one.score for one in items)) or 1

    def best(self, rows: list[int], known: Choice | None = None) -> Choice:
        """Return the best choice under these rows; ``known`` is one that keeps them, to be beaten."""
        prices = self.prices(rows)
        if prices is None:
            return self._search(rows, self._free())
        bound, worths = self.bound(rows, prices)
        ceiling = bound // PARTS // self.unit * self.unit
        found = known
        if known is None or ceiling > known.score:
            tried = self._first(rows, worths)
            found = tried if tried and (known is None or tried.score > known.score) else known
        if found is None:
            found = self._search(rows, self._free())
            if found.status != "bounded":
                return found
        if found.score >= ceiling:
            return Choice("proven", found.score, found.score, found.less)
        room = self._room(worths, bound - (found.score + self.unit) * PARTS)
        better = self._search(rows, room, above=found.score + self.unit)
        if better.status == "infeasible":
            return Choice("proven", found.score, found.score, found.less)
        if better.less:
            better.bound = min(ceiling, better.bound if better.bound is not None else ceiling)
            return better
        return Choice("bounded", found.score, min(ceiling, better.bound or ceiling), found.less)

    def shared(self, rows: list[int], chosen: Choice) -> Choice:
        """Return the same files, the money shared: first to the best scores, as far as the rules let."""
        fixed = [
            Room(i not in chosen.less, i in chosen.less, 0, one.steps if i in chosen.less else 0)
            for i, one in enumerate(self.items)
        ]
        model, _, off = self._model(rows, fixed, apart=True)
        if not off:
            return chosen
        unit = gcd(*(self.items[group[0]].step for group in off))
        model.minimize(
            sum(max(self.items[i].score, 1) * (self.items[i].step // unit) * one for (i,), one in off.items())
        )
        for (i,), one in off.items():
            model.add_hint(one, chosen.less[i])
        solver, status = self._solve(model, 2.0)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return chosen
        less = dict(chosen.less) | {i: solver.value(one) for (i,), one in off.items()}
        return Choice(chosen.status, chosen.score, chosen.bound, less)

    def conflict(self, rows: list[int]) -> tuple[list[int], bool]:
        """Return rules that cannot hold together, each needed for that; and whether each is proven needed."""
        kept, proven = list(rows), True
        for j in reversed(rows):
            without = [one for one in kept if one != j]
            found = self.possible(without)
            kept = without if found is False else kept
            proven = proven and found is not None
        return kept, proven

    def possible(self, rows: list[int]) -> bool | None:
        """Say whether a choice keeps these rules; None when the effort does not say."""
        model, _, _ = self._model(rows, self._free())
        _, status = self._solve(model)
        if status == cp_model.INFEASIBLE:
            return False
        return True if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else None

    def prices(self, rows: list[int]) -> dict[int, int] | None:
        """Return a price for each row, in parts of a point of score; None when no choice could keep them."""
        solver = pywraplp.Solver.CreateSolver("GLOP")
        held = {j: solver.Constraint(-solver.infinity(), float(self.rows[j].limit)) for j in rows}
        goal = solver.Objective()
        goal.SetMaximization()
        for i, one in enumerate(self.items):
            once = solver.Constraint(-solver.infinity(), 1)
            for off in (0, one.steps) if one.steps else (0,):
                taken = solver.NumVar(0, 1, "")
                goal.SetCoefficient(taken, float(one.score))
                once.SetCoefficient(taken, 1)
                for j, limit in held.items():
                    row = self.rows[j]
                    if weight := row.taken.get(i, 0) + off * row.off.get(i, 0):
                        limit.SetCoefficient(taken, float(weight))
        if solver.Solve() != pywraplp.Solver.OPTIMAL:
            return None
        return {j: max(0, round(one.dual_value() * PARTS)) for j, one in held.items()}

    def bound(self, rows: list[int], prices: dict[int, int]) -> tuple[int, list[Worth]]:
        """Return the bound in parts of a point, and what each file is worth at these prices.

        Any prices, none below zero, give a bound that holds: a choice that keeps the rules pays for each no
        more than its limit, so that its score is not above the sum of the limits and of what is worth taking.
        """
        bound = sum(prices[j] * self.rows[j].limit for j in rows)
        priced = [(prices[j], self.rows[j]) for j in rows if prices[j]]
        worths = []
        for i, one in enumerate(self.items):
            taken = one.score * PARTS - sum(price * row.taken.get(i, 0) for price, row in priced)
            each = -sum(price * row.off.get(i, 0) for price, row in priced) if one.steps else 0
            off = one.steps if each > 0 else 0
            worths.append(Worth(taken + each * off, off, each))
            bound += max(worths[-1].taken, 0)
        return bound, worths

    def _first(self, rows: list[int], worths: list[Worth]) -> Choice | None:
        """Return a good choice: the prices decide for most files, those they separate least are looked at."""
        left, effort = FIRST_LEFT, self.effort * FIRST_SHARE
        order = sorted(range(len(self.items)), key=lambda i: (abs(worths[i].taken), i))
        while left < len(order) and effort > 0:
            undecided = set(order[:left])
            room = [
                Room(
                    i in undecided or worths[i].taken <= 0,
                    i in undecided or worths[i].taken > 0,
                    0,
                    one.steps,
                )
                for i, one in enumerate(self.items)
            ]
            before = self.effort
            found = self._search(rows, room, most=effort)
            if found.less or found.status == "proven":
                return Choice("bounded", found.score, None, found.less)
            left, effort = left * 4, effort - (before - self.effort)
        return None

    def _room(self, worths: list[Worth], slack: int) -> list[Room]:
        """Return what each file may do in a choice that loses no more than ``slack`` against the bound."""
        room = []
        for worth, one in zip(worths, self.items, strict=True):
            spare = slack - max(-worth.taken, 0)
            near = one.steps if not worth.each else min(one.steps, max(spare, 0) // abs(worth.each))
            least, most = (one.steps - near, one.steps) if worth.off else (0, near)
            room.append(Room(max(worth.taken, 0) <= slack, spare >= 0, least, most))
        return room

    def _free(self) -> list[Room]:
        return [Room(may_leave=True, may_take=True, least=0, most=one.steps) for one in self.items]

    def _search(
        self, rows: list[int], room: list[Room], *, above: int | None = None, most: float | None = None
    ) -> Choice:
        """Return the best choice in this room, as far as the effort goes."""
        model, taken, off = self._model(rows, room)
        score = sum(self.items[i].score * one for i, one in taken.items())
        if above is not None:
            model.add(score >= above)
        model.maximize(score)
        solver, status = self._solve(model, most)
        if status == cp_model.INFEASIBLE:
            return Choice("infeasible")
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return Choice("unknown", bound=_whole(solver.best_objective_bound))
        chosen = [i for i, one in taken.items() if one is True or solver.value(one)]
        less = dict.fromkeys(sorted(chosen), 0)
        for group, one in off.items():
            self._give_up(less, room, group, solver.value(one))
        total = sum(self.items[i].score for i in less)
        if status == cp_model.OPTIMAL:
            return Choice("proven", total, total, less)
        return Choice("bounded", total, _whole(solver.best_objective_bound), less)

    def _give_up(self, less: dict[int, int], room: list[Room], group: tuple[int, ...], steps: int) -> None:
        """Take steps off the files of a group: the least that each must, then the lowest scores first."""
        held = [i for i in group if i in less]
        for i in held:
            less[i] = room[i].least
        steps -= sum(room[i].least for i in held)
        for i in sorted(held, key=lambda i: (self.items[i].score, -i)):
            more = min(steps, room[i].most - room[i].least)
            less[i] += more
            steps -= more

    def _model(
        self, rows: list[int], room: list[Room], *, apart: bool = False
    ) -> tuple[cp_model.CpModel, dict[int, Any], dict[tuple[int, ...], Any]]:
        """Return the model of what is left to decide, who is taken, and the steps taken off.

        Steps taken off files that all rules count alike are one number: which of them gives them up changes
        nothing. ``apart`` keeps a number for each file.
        """
        model = cp_model.CpModel()
        taken: dict[int, Any] = {}
        for i, one in enumerate(room):
            if one.may_take:
                taken[i] = model.new_bool_var("") if one.may_leave else True
            elif not one.may_leave:
                model.add_bool_or([])
        off: dict[tuple[int, ...], Any] = {}
        for group in self._alike(rows, room, apart=apart):
            off[group] = model.new_int_var(0, sum(room[i].most for i in group), "")
            model.add(off[group] <= sum(room[i].most * taken[i] for i in group))
            if any(room[i].least for i in group):
                model.add(off[group] >= sum(room[i].least * taken[i] for i in group))
        for j in rows:
            row = self.rows[j]
            terms = [(taken[i], weight) for i, weight in row.taken.items() if i in taken]
            terms += [(one, row.off.get(group[0], 0)) for group, one in off.items()]
            _hold(model, terms, row.limit)
        return model, taken, off

    def _alike(self, rows: list[int], room: list[Room], *, apart: bool) -> list[tuple[int, ...]]:
        groups: dict[tuple[int, ...], list[int]] = {}
        for i, one in enumerate(room):
            if one.may_take and one.most:
                key = (i,) if apart else tuple(self.rows[j].off.get(i, 0) for j in rows)
                groups.setdefault(key, []).append(i)
        return [tuple(group) for group in groups.values()]

    def _solve(self, model: cp_model.CpModel, most: float | None = None) -> tuple[cp_model.CpSolver, Any]:
        solver = cp_model.CpSolver()
        told = solver.parameters
        told.num_workers, told.random_seed = 1, 1
        told.linearization_level, told.cut_level, told.symmetry_level = 2, 0, 0
        told.max_deterministic_time = max(min(self.effort, self.effort if most is None else most), 0.001)
        status = solver.solve(model)
        self.effort -= solver.response_proto.deterministic_time
        return solver, status


def _hold(model: cp_model.CpModel, terms: list[tuple[Any, int]], limit: int) -> None:
    """Keep a sum under a limit, both divided by what divides all that may vary."""
    limit -= sum(weight for one, weight in terms if one is True)
    varying = [(one, weight) for one, weight in terms if one is not True and weight]
    if varying:
        unit = gcd(*(weight for _, weight in varying))
        model.add(sum((weight // unit) * one for one, weight in varying) <= limit // unit)
    elif limit < 0:
        model.add_bool_or([])


def _whole(bound: float) -> int | None:
    """Return a bound that the solver gives as a float; None when it has none."""
    return int(bound) if abs(bound) < 2**52 else None


def _priced(work: Work, rows: list[int], best: Choice, asked: list[list[int]]) -> list[dict[str, Any]]:
    """Return, for each group of rows left out, what the best choice would score without it.

    What has a price in the linear programme is looked at first; the rest keeps the bound of all when the
    effort runs out, which is near the score.
    """
    prices = work.prices(rows) or dict.fromkeys(rows, 0)
    ceiling = work.bound(rows, prices)[0] // PARTS // work.unit * work.unit
    found: dict[int, Choice] = {}
    order = sorted(range(len(asked)), key=lambda n: (not any(prices[j] for j in asked[n]), n))
    left = work.effort
    for turn, n in enumerate(order):
        without = asked[n]
        known = Choice("bounded", best.score, ceiling, best.less)
        if not any(prices[j] for j in without) and (ceiling == best.score or left <= 0):
            known.status = "proven" if ceiling == best.score else "bounded"
            found[n] = known
            continue
        work.effort = given = max(left, 0) / (len(order) - turn) + 0.001
        found[n] = work.best([j for j in rows if j not in without], best)
        left -= given - work.effort
    return [_told(found[n], work) for n in range(len(asked))]


def _told(one: Choice, work: Work) -> dict[str, Any]:
    return {
        "status": one.status,
        "score": one.score,
        "bound": one.bound,
        "taken": sorted(one.less),
        "grants": [work.items[i].high - work.items[i].step * one.less[i] for i in sorted(one.less)],
    }


def answer(told: dict[str, Any]) -> dict[str, Any]:
    """Return what is chosen, and either what each rule costs or which rules cannot hold together."""
    items = [Item(*one) for one in told["items"]]
    rows = [Row(one["limit"], dict(one["taken"]), dict(one["off"])) for one in told["rows"]]
    every = list(range(len(rows)))
    work = Work(items, rows, told["effort"])
    best = work.best(every)
    if best.status == "infeasible":
        work.effort = told["effort"]
        together, proven = work.conflict(every)
        alone = [work.possible([j for j in every if j != one]) for one in together]
        return {"best": _told(best, work), "conflict": together, "needed": proven, "alone": alone}
    best = work.shared(every, best)
    found: dict[str, Any] = {"best": _told(best, work), "effort": told["effort"] - work.effort}
    work.effort = told["prices"]
    if best.less or best.status == "proven":
        found["prices"] = _priced(work, every, best, told["without"]) if told["prices"] else []
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps([answer(told) for told in json.loads(sys.stdin.buffer.read())]))
