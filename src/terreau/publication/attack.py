"""Somebody who wants to know: the least and the most that each hidden figure can be, from what is shown.

Written apart from the search, for auditors and tests: two linear programmes by hidden figure (facts-around
§2.2).
"""

from typing import Any

import highspy
import numpy as np

from terreau.publication.systems import System

Interval = tuple[float, float]


def intervals(system: System, hidden: set[int], *, targets: set[int] | None = None) -> dict[int, Interval]:
    """Return, by hidden figure, between what and what it can be; the ``targets`` only when they are given.

    The attacker knows every figure that is shown, every sum, and that no figure is negative.
    """
    highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    highs.setOptionValue("output_flag", False)  # noqa: FBT003
    ranks = sorted(hidden)
    columns = {rank: highs.addVariable(-highspy.kHighsInf if system.signed[rank] else 0.0) for rank in ranks}
    for relation in system.relations:
        unknown = [sign * columns[rank] for rank, sign in relation if rank in columns]
        shown = sum(sign * system.values[rank] for rank, sign in relation if rank not in columns)
        if unknown:
            highs.addConstr(sum(unknown) == -shown)
    found = {}
    for rank in ranks if targets is None else sorted(targets & hidden):
        found[rank] = (_end(highs, columns[rank], -1), _end(highs, columns[rank], 1))
    return found


def _end(highs: Any, column: Any, way: int) -> float:
    if way > 0:
        highs.maximize(column)
    else:
        highs.minimize(column)
    if highs.getModelStatus() == highspy.HighsModelStatus.kOptimal:
        return float(np.array(highs.getSolution().col_value)[column.index])
    return way * np.inf
