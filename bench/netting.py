"""Netting against its peers: what is cleared is compared before the times.

Run: python -m bench.netting [--sizes 10000 100000 1000000] [--networkx 100000] [--repeats 5]
(networkx lasts minutes at 100,000: without ``--networkx`` it is asked up to 10,000 alone)

Members of a region that invoice one another: half the obligations inside groups of some fifteen (a pole), the
rest anywhere; amounts lognormal, in cents. HiGHS is tuned as fairly as we know: simplex without presolve, and
again with one redundant row of the conservation left out, the better of both is kept. Each peer runs in a
process of its own (OR-Tools and HiGHS cannot share one); times are those of the solving with the building of
its model, without the start of the process, and for Terreau the whole call, the start of its solver included.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

Arcs = tuple[np.ndarray, np.ndarray, np.ndarray, int]


def drawn(size: int, seed: int = 7) -> Arcs:
    """Return obligations: debtors, creditors, cents, number of parties."""
    random = np.random.default_rng(seed)
    parties = max(30, size // 5)
    debtors = random.integers(0, parties, size)
    inside = random.random(size) < 0.5
    near = debtors // 15 * 15 + random.integers(0, 15, size)
    creditors = np.where(inside, np.minimum(near, parties - 1), random.integers(0, parties, size))
    creditors = np.where(creditors == debtors, (creditors + 1) % parties, creditors)
    cents = np.maximum(1, np.exp(random.normal(11, 1.4, size)).astype(np.int64))
    return debtors.astype(np.int32), creditors.astype(np.int32), cents, parties


def merged(arcs: Arcs) -> Arcs:
    """Return the arcs with those of one pair added up, which is what every solver gets."""
    debtors, creditors, cents, parties = arcs
    pairs, which = np.unique(debtors.astype(np.int64) * parties + creditors, return_inverse=True)
    amounts = np.zeros(len(pairs), np.int64)
    np.add.at(amounts, which, cents)
    return (pairs // parties).astype(np.int32), (pairs % parties).astype(np.int32), amounts, parties


def terreau(arcs: Arcs) -> tuple[int, float]:
    """Net as the pages and the command do, the process of the solver included."""
    from terreau.netting import rules as netting

    debtors, creditors, cents, parties = arcs
    started = time.perf_counter()
    taken = netting.reductions(debtors, creditors, cents, parties=parties)
    seconds = time.perf_counter() - started
    kept = netting.positions(debtors, creditors, cents, parties=parties)
    after = netting.positions(debtors, creditors, cents - taken, parties=parties)
    assert (kept == after).all()
    assert ((taken >= 0) & (taken <= cents)).all()
    return int(taken.sum()), seconds


def highs(arcs: Arcs) -> tuple[int, float]:
    """Solve the linear programme by HiGHS: the better of no presolve, and one redundant row left out."""
    found = [_highs(merged(arcs), presolve=presolve, rows=rows) for presolve, rows in (("off", 0), ("on", 1))]
    assert len({cleared for cleared, _ in found}) == 1
    return found[0][0], min(seconds for _, seconds in found)


def _highs(arcs: Arcs, *, presolve: str, rows: int) -> tuple[int, float]:
    import highspy

    tails, heads, amounts, parties = arcs
    started = time.perf_counter()
    count = len(tails)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = count, parties - rows
    model.col_cost_ = np.full(count, -1.0)
    model.col_lower_, model.col_upper_ = np.zeros(count), amounts.astype(float)
    model.row_lower_ = model.row_upper_ = np.zeros(parties - rows)
    index = np.column_stack([tails, heads]).ravel()
    value = np.tile([-1.0, 1.0], count)
    kept = index < parties - rows
    starts = np.r_[0, np.cumsum(kept.reshape(-1, 2).sum(axis=1))].astype(np.int32)
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_, model.a_matrix_.index_ = starts, index[kept].astype(np.int32)
    model.a_matrix_.value_ = value[kept]
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.silent()
    solver.setOptionValue("presolve", presolve)
    solver.setOptionValue("threads", 1)
    solver.passModel(model)
    solver.run()
    assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return round(-solver.getInfo().objective_function_value), time.perf_counter() - started


def networkx(arcs: Arcs) -> tuple[int, float]:
    """Solve by the network simplex of networkx."""
    import networkx as nx  # type: ignore[import-untyped]

    tails, heads, amounts, _ = merged(arcs)
    started = time.perf_counter()
    graph = nx.DiGraph()
    graph.add_nodes_from(np.unique(np.r_[tails, heads]).tolist(), demand=0)
    rows = zip(tails.tolist(), heads.tolist(), amounts.tolist(), strict=True)
    graph.add_edges_from((a, b, {"capacity": cents, "weight": -1}) for a, b, cents in rows)
    cost, _ = nx.network_simplex(graph)
    return -cost, time.perf_counter() - started


PEERS: dict[str, Callable[[Arcs], tuple[int, float]]] = {
    "terreau": terreau,
    "highs": highs,
    "networkx": networkx,
}


def apart(name: str, size: int) -> tuple[int, float]:
    """Run one solver once in a process of its own."""
    words = [sys.executable, "-m", "bench.netting", "--one", name, "--sizes", str(size)]
    env = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(words, capture_output=True, check=True, env=env, text=True)
    cleared, seconds = json.loads(done.stdout)
    return cleared, seconds


def main() -> None:
    """Print what is cleared, the medians and the ratios; stop when the solvers disagree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--networkx", type=int, default=10_000, help="greatest size given to networkx")
    parser.add_argument("--highs", type=int, default=1_000_000, help="greatest size given to HiGHS")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--one", choices=PEERS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(PEERS[options.one](drawn(options.sizes[0]))))
        return
    print(f"load {os.getloadavg()[0]:.1f}", flush=True)
    for size in options.sizes:
        limits = {"terreau": size, "highs": options.highs, "networkx": options.networkx}
        found: dict[str, list[tuple[int, float]]] = {
            name: [] for name, most in limits.items() if size <= most
        }
        for turn in range(options.repeats):
            for name, runs in found.items():
                # networkx lasts minutes: one turn says enough.
                if turn == 0 or name != "networkx":
                    runs.append(apart(name, size))
        assert len({cleared for runs in found.values() for cleared, _ in runs}) == 1, "they disagree"
        times = {name: statistics.median(seconds for _, seconds in runs) for name, runs in found.items()}
        print(f"{size} obligations, cleared {found['terreau'][0][0]} cents, all agree")
        for name, seconds in times.items():
            spread = f"{min(one for _, one in found[name]):.3f} to {max(one for _, one in found[name]):.3f}"
            ratio = seconds / times["terreau"]
            print(f"  {name:10} {seconds:9.3f} s ({spread})  {ratio:8.1f} ×", flush=True)


if __name__ == "__main__":
    main()
