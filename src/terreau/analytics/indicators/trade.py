"""What members of a pole buy from one another, in aggregate only (R-108)."""

from __future__ import annotations

import ibis.expr.types as ir

from terreau.analytics.contract import MEMBERS
from terreau.analytics.indicators.sums import total
from terreau.analytics.tables import Tables


def inside(tables: Tables) -> ir.Table:
    """Return by pole and year the cash that moved between members, what of it is due to the pole (cents),
    how many sold and how many bought.

    What nobody said to be due to the pole, or not, is in ``unsaid_cents``.
    """
    flows = tables.flows
    flows = flows.filter(flows.level == MEMBERS, flows.nature == "cash")
    return flows.group_by("pole", "year").aggregate(
        trade_cents=total(flows.cents),
        attributable_cents=total(flows.cents, flows.attributable.fill_null(False)),  # noqa: FBT003
        unsaid_cents=total(flows.cents, flows.attributable.isnull()),
        sellers=flows.receiver.nunique().cast("int64"),
        buyers=flows.giver.nunique().cast("int64"),
    )


def sellers(tables: Tables) -> ir.Table:
    """Return the same by pole, year and seller: what secrecy is judged on, never shown (cents)."""
    flows = tables.flows
    flows = flows.filter(flows.level == MEMBERS, flows.nature == "cash")
    flows = flows.mutate(seller=flows.receiver)
    return flows.group_by("pole", "year", "seller").aggregate(
        trade_cents=total(flows.cents),
        attributable_cents=total(flows.cents, flows.attributable.fill_null(False)),  # noqa: FBT003
        unsaid_cents=total(flows.cents, flows.attributable.isnull()),
    )
