"""Asks a process of its own for the greatest circulation: it can be stopped, and shares no library with ours.

OR-Tools and HiGHS, which the statistical secrecy uses, cannot live in one process (docs/decisions/046).
"""

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_PROCESS = Path(__file__).with_name("solver_process.py")


class TooLong(Exception):  # noqa: N818
    """The solver was stopped: it lasted more than it was given."""


class Failed(Exception):  # noqa: N818
    """The solver gave no optimum; the message says what it said."""


def circulation(
    tails: NDArray[np.int32],
    heads: NDArray[np.int32],
    amounts: NDArray[np.int64],
    *,
    nodes: int,
    seconds: float,
) -> NDArray[np.int64]:
    """Return the flow of each arc: the greatest in all, as much in as out of a node, within the amounts.

    Raises ``TooLong`` after ``seconds``, ``Failed`` when the solver finds no optimum.
    """
    sent = io.BytesIO()
    for array in (tails, heads, amounts, np.array([nodes], np.int64)):
        np.save(sent, array, allow_pickle=False)
    try:
        done = subprocess.run(  # noqa: S603 - our own file, run by our own interpreter
            [sys.executable, "-I", str(_PROCESS)],
            input=sent.getbuffer(),
            capture_output=True,
            timeout=seconds,
            check=False,
            env={"PATH": os.environ.get("PATH", ""), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
    except subprocess.TimeoutExpired as error:
        raise TooLong from error
    if done.returncode:
        raise Failed(done.stderr.decode("utf-8", "replace")[-500:])
    flows: NDArray[np.int64] = np.load(io.BytesIO(done.stdout), allow_pickle=False)
    return flows
