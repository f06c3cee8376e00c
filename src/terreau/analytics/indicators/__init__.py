"""Every indicator by name: how it is computed, and which of its columns make a row unique.

What each one means, its units, its source and its secrecy stand in ``content/indicators.yaml``; a test holds
both together. Written so that DuckDB and Spark give the same rows: sums are cast to int64, nothing is divided
by a possible zero, quantiles interpolate, and rows are sorted by their key.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import ibis.expr.types as ir

from terreau.analytics.indicators import groups, levels, measures, resources, spreads, trade, voluntary
from terreau.analytics.tables import Tables, unbound


@dataclass(frozen=True, slots=True)
class Indicator:
    """A function Table → Table, with the columns that name one row of what it gives."""

    name: str
    key: tuple[str, ...]
    compute: Callable[[Tables], ir.Table]

    def expression(self, tables: Tables | None = None) -> ir.Table:
        """Return the expression, its rows in the order of their key."""
        return self.compute(tables or unbound()).order_by(list(self.key))


_YEARLY = ("pole", "year")

ALL: Final[dict[str, Indicator]] = {
    one.name: one
    for one in (
        Indicator("levels", (*_YEARLY, "level"), levels.levels),
        Indicator("accounts", _YEARLY, levels.accounts),
        Indicator("resources", (*_YEARLY, "kind", "origin", "phase"), resources.matrix),
        Indicator("public_money", _YEARLY, resources.public_money),
        Indicator("trade_inside", _YEARLY, trade.inside),
        Indicator("trade_sellers", (*_YEARLY, "seller"), trade.sellers),
        Indicator("voluntary", (*_YEARLY, "nature", "unit"), voluntary.contributions),
        Indicator("consolidated", ("fictional", "year", "region"), groups.consolidated),
        Indicator("measures", (*_YEARLY, "measure"), measures.measures),
        Indicator(
            "spreads",
            ("fictional", "year", "measure", "stage", "sector", "region", "department"),
            spreads.spreads,
        ),
    )
}
