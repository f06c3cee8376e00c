"""The process that solves: arcs on the standard input, flows on the standard output, nothing else."""

import io
import sys

import numpy as np
from ortools.graph.python import min_cost_flow


def solve() -> int:
    """Read the arcs, write the flow of each; return the code of the process."""
    received = io.BytesIO(sys.stdin.buffer.read())
    tails, heads, amounts, nodes = (np.load(received, allow_pickle=False) for _ in range(4))
    graph = min_cost_flow.SimpleMinCostFlow()
    # Each unit that goes round earns one: the cheapest circulation is the greatest.
    arcs = graph.add_arcs_with_capacity_and_unit_cost(
        tails, heads, amounts, np.full(len(tails), -1, np.int64)
    )
    graph.set_nodes_supplies(np.arange(int(nodes[0]), dtype=np.int32), np.zeros(int(nodes[0]), np.int64))
    status = graph.solve()
    if status != graph.OPTIMAL:
        sys.stderr.write(f"status {status}")
        return 3
    flows = io.BytesIO()
    np.save(flows, np.asarray(graph.flows(arcs), np.int64), allow_pickle=False)
    sys.stdout.buffer.write(flows.getvalue())
    return 0


if __name__ == "__main__":
    sys.exit(solve())
