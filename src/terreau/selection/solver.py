"""Asks a process of its own for the best choice: it can be stopped, and shares no library with ours.

OR-Tools and HiGHS, which the statistical secrecy uses, cannot live in one process (docs/decisions/046, 061).
What comes back is counted again here before it is believed.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from terreau.selection import portfolio_rules as rules
from terreau.selection.portfolio_rules import Grant, Portfolio

_PROCESS = Path(__file__).with_name("solver_process.py")

#: Effort given to the choice and to the prices of the rules, in deterministic seconds: near those of a clock.
EFFORT = 30.0
PRICES = 3.0
#: Beyond these seconds of the clock the process is stopped, whatever it does.
SECONDS = 300.0

Status = Literal["optimal", "feasible", "infeasible", "unknown"]
_STATUS: dict[str, Status] = {"proven": "optimal", "bounded": "feasible", "infeasible": "infeasible"}


class TooLong(Exception):  # noqa: N818
    """The solver was stopped: it lasted more than it was given, or somebody asked for that."""


class Failed(Exception):  # noqa: N818
    """The solver gave nothing that holds; the message says what it said."""


@dataclass(frozen=True, slots=True)
class Price:
    """What would be gained without a rule: at least and at most, the same when it is proven.

    ``enter`` and ``leave`` are the files that the best choice known without the rule takes and leaves.
    """

    code: str
    least: int
    most: int | None
    enter: tuple[str, ...]
    leave: tuple[str, ...]

    @property
    def proven(self) -> bool:
        """Whether the price is exact."""
        return self.least == self.most


@dataclass(frozen=True, slots=True)
class Conflict:
    """Rules that cannot hold together, each of them needed for that; and those that would do if left out.

    ``proven`` is false when the effort did not say of each whether it is needed.
    """

    codes: tuple[str, ...]
    enough: tuple[str, ...]
    proven: bool


@dataclass(frozen=True, slots=True)
class Found:
    """The choice: its files in the order of their scores, and the bound that no choice passes."""

    status: Status
    score: int
    bound: int | None
    grants: tuple[Grant, ...]
    prices: tuple[Price, ...] = ()
    conflict: Conflict | None = None

    @property
    def proven(self) -> bool:
        """Whether no choice scores more."""
        return self.status == "optimal"

    @property
    def granted(self) -> int:
        """What is granted in all, in cents."""
        return sum(one.cents for one in self.grants)


def choose(
    one: Portfolio,
    *,
    effort: float = EFFORT,
    prices: float = PRICES,
    seconds: float = SECONDS,
    stopped: Callable[[], bool] | None = None,
) -> Found:
    """Return the best choice: the same for the same files, in whatever order they are given.

    ``prices`` is the effort given to the price of the rules, none at zero. Raises ``ValueError`` when
    ``check`` finds a problem, ``TooLong`` after ``seconds`` or once ``stopped`` says so, ``Failed`` when
    what comes back does not hold.
    """
    [found] = choose_each([one], effort=effort, prices=prices, seconds=seconds, stopped=stopped)
    return found


def choose_each(
    portfolios: Sequence[Portfolio],
    *,
    effort: float = EFFORT,
    prices: float = PRICES,
    seconds: float = SECONDS,
    stopped: Callable[[], bool] | None = None,
) -> list[Found]:
    """Return the best choice of each problem, all solved by one process; raises what ``choose`` raises."""
    for one in portfolios:
        if problems := rules.check(one):
            raise ValueError(f"a portfolio that cannot be solved: {problems[:5]}")
    ordered = [_ordered(one) for one in portfolios]
    held = [rules.rows(one, files) for one, files in zip(portfolios, ordered, strict=True)]
    sent = [
        _sent(one, files, rows, effort, prices)
        for one, files, rows in zip(portfolios, ordered, held, strict=True)
        if not _unreachable(one, files)
    ]
    said = iter(_ask(sent, seconds, stopped) if sent else [])
    return [
        _told(unreachable)
        if (unreachable := _unreachable(one, files))
        else _read(one, files, rows, next(said))
        for one, files, rows in zip(portfolios, ordered, held, strict=True)
    ]


def _ordered(one: Portfolio) -> list[rules.File]:
    """Return the files that may be taken, and those that must be, by their keys."""
    return sorted((f for f in one.files if rules.bounds(one, f) or f.decided == "in"), key=lambda f: f.key)


def _unreachable(one: Portfolio, files: list[rules.File]) -> list[str]:
    """Return what was decided and that no grant allows."""
    return [f"decided:{file.key}" for file in files if rules.bounds(one, file) is None]


def _told(unreachable: list[str]) -> Found:
    alone = tuple(unreachable) if len(unreachable) == 1 else ()
    conflict = Conflict((*unreachable, "bounds"), alone, proven=True)
    return Found("infeasible", 0, None, (), conflict=conflict)


def _sent(
    one: Portfolio, files: list[rules.File], rows: list[rules.Row], effort: float, prices: float
) -> dict[str, Any]:
    limits = [rules.bounds(one, file) or (0, 0) for file in files]
    return {
        "items": [[f.score, low, high, one.step] for f, (low, high) in zip(files, limits, strict=True)],
        "rows": [
            {
                "limit": row.limit,
                "taken": [[i, n] for i, n in row.files.items()]
                + [[i, n * limits[i][1]] for i, n in row.cents.items()],
                "off": [[i, -n * one.step] for i, n in row.cents.items()] if one.step else [],
            }
            for row in rows
        ],
        "without": [[j] for j, row in enumerate(rows) if row.code != "envelope"],
        "effort": effort,
        "prices": prices,
    }


def _ask(
    sent: list[dict[str, Any]], seconds: float, stopped: Callable[[], bool] | None
) -> list[dict[str, Any]]:
    """Run the process; kill it when it lasts or when it is asked to stop.

    What it reads is in a file: a pipe that is not emptied at once is never filled again by ``communicate``.
    """
    with tempfile.TemporaryFile() as given:
        given.write(json.dumps(sent).encode())
        given.seek(0)
        process = subprocess.Popen(  # noqa: S603 - our own file, run by our own interpreter
            [sys.executable, "-I", str(_PROCESS)],
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"PATH": os.environ.get("PATH", ""), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
    until = time.monotonic() + seconds
    try:
        while True:
            try:
                out, error = process.communicate(timeout=max(0.0, min(0.5, until - time.monotonic())))
                break
            except subprocess.TimeoutExpired:
                if time.monotonic() >= until or (stopped and stopped()):
                    raise TooLong from None
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    if process.returncode:
        raise Failed(error.decode("utf-8", "replace")[-500:])
    found: list[dict[str, Any]] = json.loads(out)
    return found


def _read(one: Portfolio, files: list[rules.File], rows: list[rules.Row], said: dict[str, Any]) -> Found:
    best = said["best"]
    status = _STATUS.get(best["status"], "unknown")
    grants = _grants(files, best)
    if status in {"optimal", "feasible"}:
        wrong = rules.broken(one, grants)
        if wrong or rules.score(one, grants) != best["score"]:
            raise Failed(f"the choice does not hold: {wrong[:5]}")
    prices: tuple[Price, ...] = ()
    if said.get("prices"):
        asked = [row.code for row in rows if row.code != "envelope"]
        taken = {grant.key for grant in grants}
        prices = tuple(
            _price(code, best["score"], taken, files, other)
            for code, other in zip(asked, said["prices"], strict=True)
        )
    conflict = None
    if status == "infeasible":
        codes = tuple(rows[j].code for j in said["conflict"])
        enough = tuple(code for code, does in zip(codes, said["alone"], strict=True) if does)
        conflict = Conflict(codes, enough, said["needed"])
    return Found(status, best["score"], best["bound"], tuple(grants), prices, conflict)


def _grants(files: list[rules.File], said: dict[str, Any]) -> list[Grant]:
    """Return what is granted, the best scores first."""
    chosen = sorted(
        zip(said["taken"], said["grants"], strict=True), key=lambda pair: (-files[pair[0]].score, pair[0])
    )
    return [Grant(files[i].key, cents) for i, cents in chosen]


def _price(code: str, score: int, taken: set[str], files: list[rules.File], other: dict[str, Any]) -> Price:
    then = {files[i].key for i in other["taken"]}
    gained = other["score"] - score
    most = None if other["bound"] is None else max(other["bound"] - score, gained)
    if not gained:
        then = taken
    return Price(code, gained, most, tuple(sorted(then - taken)), tuple(sorted(taken - then)))
