"""What poles are compared by: a few numbers of a pole and a year, one a row."""

from __future__ import annotations

from functools import reduce
from typing import Final

import ibis
import ibis.expr.types as ir

from terreau.analytics.indicators import levels, resources, trade
from terreau.analytics.tables import Tables

CELL_BUDGET, RESOURCES, PUBLIC_SHARE = "cell_budget", "resources", "public_share"
PROJECTS, VOLUNTARY, TRADE = "projects", "voluntary", "trade_inside"
#: In the order in which they are shown.
MEASURES: Final = (CELL_BUDGET, RESOURCES, PUBLIC_SHARE, PROJECTS, VOLUNTARY, TRADE)


def measures(tables: Tables) -> ir.Table:
    """Return by pole, year and measure one whole number: cents, or ten-thousandths for a share.

    A pole has a row where there is something to measure: a pole that wrote nothing of its cell has no budget
    of the cell, which is not a budget of zero.
    """
    accounts = levels.accounts(tables)
    columns = {
        CELL_BUDGET: accounts.cell_out_cents,
        RESOURCES: accounts.pole_in_cents,
        PROJECTS: accounts.project_out_cents,
        VOLUNTARY: accounts.voluntary_cents,
    }
    found = [_rows(accounts, name, column) for name, column in columns.items()]
    public = resources.public_money(tables).filter(ibis._.unknown_cents == 0)
    found.append(_rows(public, PUBLIC_SHARE, public.public_share))
    inside = trade.inside(tables)
    found.append(_rows(inside, TRADE, inside.trade_cents))
    whole = reduce(lambda one, other: one.union(other), found)
    return whole.filter((whole.value > 0) | ((whole.measure == PUBLIC_SHARE) & whole.value.notnull()))


def _rows(table: ir.Table, name: str, column: ir.Column) -> ir.Table:
    return table.select("pole", "year", measure=ibis.literal(name), value=column)
