"""Resources by type, origin and phase (R-106), and how much of them is public money (R-112)."""

from __future__ import annotations

import ibis.expr.types as ir

from terreau.analytics.contract import IN
from terreau.analytics.indicators.sums import ten_thousandths, total
from terreau.analytics.tables import Tables


def matrix(tables: Tables) -> ir.Table:
    """Return by pole, year, type, origin and phase all that comes in: each line with that side, once.

    ``cash_cents`` is paid; ``voluntary_cents`` is a value given without payment: never added to it (R-109).
    """
    flows = _resources(tables)
    cash = flows.nature == "cash"
    return flows.group_by("pole", "year", "kind", "origin", "phase").aggregate(
        cash_cents=total(flows.cents, cash),
        voluntary_cents=total(flows.cents, ~cash),
        lines=flows.count().cast("int64"),
    )


def public_money(tables: Tables) -> ir.Table:
    """Return by pole and year the cash that comes into its accounts, and what is public in it (R-112).

    Capital and loans are left out: they are not spent to live. ``public_share`` is in ten-thousandths, empty
    when nothing came in. ``unknown_cents`` comes from nobody knows which origin: while there is some, the
    share is the least that it can be.
    """
    flows = _resources(tables)
    flows = flows.filter(flows.through, flows.kind != "capital_loans")
    cash = flows.nature == "cash"
    summed = flows.group_by("pole", "year").aggregate(
        cash_cents=total(flows.cents, cash),
        public_cents=total(flows.cents, cash & (flows.origin == "public")),
        unknown_cents=total(flows.cents, cash & (flows.origin == "unknown")),
    )
    return summed.mutate(public_share=ten_thousandths(summed.public_cents, summed.cash_cents))


def _resources(tables: Tables) -> ir.Table:
    flows = tables.flows
    return flows.filter(flows.side == IN)
