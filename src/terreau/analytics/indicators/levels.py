"""The three levels of a pole's economy, and the weight of its members apart (R-98, R-99).

A line has one level, and says whether it passes through the accounts of the pole. The cell is a part of the
pole, and a project may pass through its accounts or not: the levels overlap, and are never added.
"""

from __future__ import annotations

import ibis.expr.types as ir

from terreau.analytics.contract import CELL, IN, MEMBERS, OUT, PROJECT
from terreau.analytics.indicators.sums import total
from terreau.analytics.tables import Tables


def levels(tables: Tables) -> ir.Table:
    """Return by pole, year and level the cash that comes in and goes out, and what is given (cents).

    ``internal_cents`` moved between the pole and who bears it: it is in neither sum.
    """
    flows = tables.flows
    cash = flows.nature == "cash"
    return flows.group_by("pole", "year", "level").aggregate(
        in_cents=total(flows.cents, cash & (flows.side == IN)),
        out_cents=total(flows.cents, cash & (flows.side == OUT)),
        internal_cents=total(flows.cents, cash & (flows.how == "internal")),
        voluntary_cents=total(flows.cents, ~cash & (flows.side == IN)),
        lines=flows.count().cast("int64"),
    )


def accounts(tables: Tables) -> ir.Table:
    """Return by pole and year the accounts of the three levels, internal flows eliminated (cents of cash).

    ``pole_*`` is all that passes through the accounts of the pole, its cell in it; ``cell_*`` and
    ``project_*`` are seen alone. ``members_cents`` is what moves between members: in no other column (R-99).
    """
    flows = tables.flows
    cash = flows.nature == "cash"
    comes, goes, gift = cash & (flows.side == IN), cash & (flows.side == OUT), ~cash & (flows.side == IN)
    cell, project = flows.level == CELL, flows.level == PROJECT
    return flows.group_by("pole", "year").aggregate(
        cell_in_cents=total(flows.cents, comes & cell),
        cell_out_cents=total(flows.cents, goes & cell),
        pole_in_cents=total(flows.cents, comes & flows.through),
        pole_out_cents=total(flows.cents, goes & flows.through),
        project_in_cents=total(flows.cents, comes & project),
        project_out_cents=total(flows.cents, goes & project),
        members_cents=total(flows.cents, cash & (flows.level == MEMBERS)),
        voluntary_cents=total(flows.cents, gift),
    )
