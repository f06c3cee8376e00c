"""The tables of the contract as Ibis sees them: schemas without data, bound by ``engine`` alone."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from terreau.analytics import contract


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables that indicators read."""

    poles: ir.Table
    actors: ir.Table
    flows: ir.Table


def unbound() -> Tables:
    """Return the tables of the contract, tied to no engine."""
    made = {one.name: ibis.table(one.schema(), name=one.name) for one in contract.TABLES}
    return Tables(made["poles"], made["actors"], made["flows"])
