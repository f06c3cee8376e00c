"""``protect(table, policy)``: what is shown of a table, what is not and why, and a report that can be
replayed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from terreau.publication import reports
from terreau.publication.composing import Composed, Past, compose
from terreau.publication.policies import Policy
from terreau.publication.rules import NEIGHBOUR
from terreau.publication.search import Pattern, UnprotectableError, search
from terreau.publication.tables import Key, Table

#: What a figure is to the reader: a number, nothing there, hidden, or nobody who could have contributed.
SHOWN, ZERO, SECRET, ABSENT = "shown", "zero", "secret", "absent"


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure as it may be shown: ``value`` is None when it is secret or absent; ``reason`` says why it is
    secret.
    """

    status: str
    value: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Protected:
    """A table that may be published, the figures hidden in it with the reason, and the report (which is
    private).
    """

    table: Table
    policy: Policy
    hidden: Mapping[Key, str]
    report: Mapping[str, Any]

    def cell(self, key: Key) -> Cell:
        """Return a figure as it may be shown."""
        if key in self.hidden:
            return Cell(SECRET, reason=self.hidden[key])
        if key in self.table.figures:
            value = self.table.figures[key].value
            return Cell(SHOWN if value else ZERO, value)
        return Cell(ZERO, 0) if self.table.seen(key) else Cell(ABSENT)

    def cells(self) -> Iterator[tuple[Key, Cell]]:
        """Give every figure of the table that is not absent."""
        for key in self.table.names():
            yield key, self.cell(key)


def protect(table: Table, policy: Policy, past: Sequence[Past] = ()) -> Protected:
    """Return what may be published of a table, given what was published of it before.

    Secret figures are hidden, then the fewest others that keep anybody from computing them from what is
    shown, in this release and with the ``past`` ones. A policy that shows every zero gives way when nothing
    else protects. Raises ``UnprotectableError`` when nothing can: then nothing of the table is published.
    The report is checked before anything is returned, by arithmetic that knows nothing of the search.
    """
    try:
        composed, pattern = _protect(table, policy, past)
    except UnprotectableError:
        if policy.zeros == "usable":
            raise
        composed, pattern = _protect(table, replace(policy, zeros="usable"), past)
    report = reports.write(composed, pattern)
    if problems := reports.replay(report, table):
        raise AssertionError(f"the protection of {table.name} does not hold: {problems[:3]}")
    return Protected(table, policy, _hidden(composed, pattern), report)


def _protect(table: Table, policy: Policy, past: Sequence[Past]) -> tuple[Composed, Pattern]:
    composed = compose(table, policy, past)
    return composed, search(composed.system)


def _hidden(composed: Composed, pattern: Pattern) -> dict[Key, str]:
    return {
        key: composed.reasons.get(rank, NEIGHBOUR)
        for key, rank in composed.now.items()
        if rank in pattern.hidden
    }
