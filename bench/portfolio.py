"""The portfolio of a committee against its peers: the scores are compared before the times.

Run: python -m bench.portfolio [--sizes 200 1000] [--repeats 3] [--steps] [--limit 60]

Files of a national call: 30,000 to 300,000 € asked, scores in thousandths of a point, eighteen regions of
unequal weight. Three laureates at least in each region, none above 12 % of the envelope, a quarter of the
money in priority districts, two files out of five in rural territory, a fifth of the money at most to
expressions of interest; an envelope of 15 % of what is asked. ``--steps`` lets each grant fall to 60 %, by
thousands of euros.

Peers solve the same whole-number programme, one thread each: HiGHS (gap zero), CP-SAT as it comes without
what Terreau puts before it, SCIP as OR-Tools ships it. Each runs in a process of its own; times are those of
the solving with the building of its model, without the start of the process; for Terreau the whole call is
counted, the start of its solver included.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from terreau.selection import portfolio_rules as rules
from terreau.selection.portfolio_rules import File, Portfolio, Rule

Answer = tuple[str, int, float]
_REGIONS = [
    "01",
    "02",
    "03",
    "04",
    "06",
    "11",
    "24",
    "27",
    "28",
    "32",
    "44",
    "52",
    "53",
    "75",
    "76",
    "84",
    "93",
    "94",
]


def drawn(size: int, *, steps: bool, seed: int = 7) -> Portfolio:
    """Return a portfolio of a call."""
    chance = random.Random(seed)
    weights = [chance.random() + 0.2 for _ in _REGIONS]
    files = []
    for number in range(size):
        asked = chance.randrange(30_000, 300_001) // 100 * 10_000
        files.append(
            File(
                f"{number:05d}",
                chance.randrange(20_000, 100_001),
                asked,
                asked * 6 // 10 if steps else asked,
                chance.choices(_REGIONS, weights)[0],
                chance.choice(["existing", "project", "interest"]),
                chance.random() < 0.18,
                chance.random() < 0.35,
            )
        )
    envelope = sum(file.asked for file in files) * 15 // 100
    held = [region for region in _REGIONS if sum(file.region == region for file in files) >= 6]
    least = 3 if size >= 500 else 1
    asked_rules = [Rule("region", "files", "at_least", least, region) for region in held]
    asked_rules += [Rule("region", "cents", "at_most", envelope * 12 // 100, region) for region in held]
    asked_rules += [
        Rule("qpv", "cents", "at_least_share", 2500),
        Rule("rural", "files", "at_least_share", 4000),
        Rule("category", "cents", "at_most_share", 2000, "interest"),
    ]
    return Portfolio(envelope, tuple(files), tuple(asked_rules), 100_000 if steps else 0)


def terreau(one: Portfolio, _limit: float) -> Answer:
    """Choose as the command and the pages do, the process of the solver included."""
    from terreau.selection import solver

    started = time.perf_counter()
    found = solver.choose(one, prices=0)
    seconds = time.perf_counter() - started
    assert not rules.broken(one, found.grants)
    return found.status, found.score, seconds


def _limits(one: Portfolio) -> list[tuple[int, int, int]]:
    """Return of each file the greatest grant, the step and how many steps may be taken off."""
    found = []
    for file in one.files:
        low, high = rules.bounds(one, file) or (0, 0)
        found.append((high, one.step, (high - low) // one.step if one.step else 0))
    return found


def highs(one: Portfolio, limit: float) -> Answer:
    """Solve by HiGHS."""
    import highspy

    started = time.perf_counter()
    model = highspy.Highs()  # type: ignore[no-untyped-call]
    model.silent()
    for name, value in (("threads", 1), ("time_limit", limit), ("mip_rel_gap", 0.0), ("mip_abs_gap", 0.5)):
        model.setOptionValue(name, value)
    limits = _limits(one)
    taken = [model.addBinary() for _ in one.files]
    off = {i: model.addIntegral(0, steps) for i, (_, _, steps) in enumerate(limits) if steps}
    for i, variable in off.items():
        model.addConstr(variable <= limits[i][2] * taken[i])
    for row in rules.rows(one, one.files):
        terms = [worth * taken[i] for i, worth in row.files.items()]
        terms += [worth * limits[i][0] * taken[i] for i, worth in row.cents.items()]
        terms += [-worth * limits[i][1] * off[i] for i, worth in row.cents.items() if i in off]
        model.addConstr(model.qsum(terms) <= row.limit)
    model.maximize(model.qsum([file.score * taken[i] for i, file in enumerate(one.files)]))
    done = model.getModelStatus() == highspy.HighsModelStatus.kOptimal
    score = round(model.getInfo().objective_function_value)
    return ("optimal" if done else "feasible"), score, time.perf_counter() - started


def cpsat(one: Portfolio, limit: float) -> Answer:
    """Solve by CP-SAT as it comes, one worker."""
    from ortools.sat.python import cp_model

    started = time.perf_counter()
    model = cp_model.CpModel()
    limits = _limits(one)
    taken: list[Any] = [model.new_bool_var("") for _ in one.files]
    off: dict[int, Any] = {}
    for i, (_, _, steps) in enumerate(limits):
        if steps:
            off[i] = model.new_int_var(0, steps, "")
            model.add(off[i] <= steps * taken[i])
    for row in rules.rows(one, one.files):
        terms = [worth * taken[i] for i, worth in row.files.items()]
        terms += [worth * limits[i][0] * taken[i] for i, worth in row.cents.items()]
        terms += [-worth * limits[i][1] * off[i] for i, worth in row.cents.items() if i in off]
        model.add(sum(terms) <= row.limit)
    model.maximize(sum(file.score * taken[i] for i, file in enumerate(one.files)))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers, solver.parameters.random_seed = 1, 1
    solver.parameters.max_time_in_seconds = limit
    status = solver.solve(model)
    done = "optimal" if status == cp_model.OPTIMAL else "feasible"
    return done, round(solver.objective_value), time.perf_counter() - started


def scip(one: Portfolio, limit: float) -> Answer:
    """Solve by SCIP, as OR-Tools ships it."""
    from ortools.linear_solver import pywraplp

    started = time.perf_counter()
    model = pywraplp.Solver.CreateSolver("SCIP")
    model.SetTimeLimit(int(limit * 1000))
    limits = _limits(one)
    taken = [model.BoolVar("") for _ in one.files]
    off = {i: model.IntVar(0, steps, "") for i, (_, _, steps) in enumerate(limits) if steps}
    for i, variable in off.items():
        model.Add(variable <= limits[i][2] * taken[i])
    for row in rules.rows(one, one.files):
        held = model.Constraint(-model.infinity(), float(row.limit))
        for i, worth in row.files.items():
            held.SetCoefficient(taken[i], float(worth))
        for i, worth in row.cents.items():
            held.SetCoefficient(taken[i], float(worth * limits[i][0]))
            if i in off:
                held.SetCoefficient(off[i], float(-worth * limits[i][1]))
    goal = model.Objective()
    for i, file in enumerate(one.files):
        goal.SetCoefficient(taken[i], float(file.score))
    goal.SetMaximization()
    precise = pywraplp.MPSolverParameters()
    precise.SetDoubleParam(precise.RELATIVE_MIP_GAP, 0.0)
    status = model.Solve(precise)
    done = "optimal" if status == pywraplp.Solver.OPTIMAL else "feasible"
    return done, round(goal.Value()), time.perf_counter() - started


PEERS: dict[str, Callable[[Portfolio, float], Answer]] = {
    "terreau": terreau,
    "highs": highs,
    "cp-sat": cpsat,
    "scip": scip,
}


def apart(name: str, size: int, *, steps: bool, seed: int, limit: float) -> Answer:
    """Run one solver once in a process of its own."""
    words = [
        sys.executable,
        "-m",
        "bench.portfolio",
        "--one",
        name,
        "--sizes",
        str(size),
        "--seed",
        str(seed),
    ]
    words += ["--limit", str(limit), *(["--steps"] if steps else [])]
    env = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(words, capture_output=True, check=True, env=env, text=True)
    status, score, seconds = json.loads(done.stdout)
    return status, score, seconds


def main() -> None:
    """Print scores, medians and ratios; stop when two proven scores differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[200, 1000])
    parser.add_argument("--repeats", type=int, default=3, help="draws of files, each another")
    parser.add_argument("--steps", action="store_true", help="let grants be reduced by steps")
    parser.add_argument("--limit", type=float, default=60.0, help="seconds given to each peer")
    parser.add_argument("--peers", nargs="+", default=list(PEERS), choices=PEERS)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--one", choices=PEERS)
    options = parser.parse_args()
    if options.one:
        one = drawn(options.sizes[0], steps=options.steps, seed=options.seed)
        print(json.dumps(PEERS[options.one](one, options.limit)))
        return
    print(f"load {os.getloadavg()[0]:.1f}", flush=True)
    for size in options.sizes:
        times: dict[str, list[float]] = {name: [] for name in options.peers}
        proven = dict.fromkeys(options.peers, 0)
        for turn in range(options.repeats):
            seed = options.seed + turn
            found = {
                name: apart(name, size, steps=options.steps, seed=seed, limit=options.limit)
                for name in options.peers
            }
            sure = {score for status, score, _ in found.values() if status == "optimal"}
            assert len(sure) <= 1, f"they disagree: {found}"
            assert all(score <= max(sure, default=score) for _, score, _ in found.values()), found
            for name, (status, _, seconds) in found.items():
                times[name].append(seconds)
                proven[name] += status == "optimal"
        print(
            f"{size} files{', grants by steps' if options.steps else ''}, {options.repeats} draws, all agree"
        )
        for name, held in times.items():
            spread = f"{min(held):.2f} to {max(held):.2f}"
            median = statistics.median(held)
            ratio = median / statistics.median(times["terreau"]) if "terreau" in times else 1.0
            print(f"  {name:8} {median:7.2f} s ({spread}) {ratio:6.1f} ×, proven {proven[name]}", flush=True)


if __name__ == "__main__":
    main()
