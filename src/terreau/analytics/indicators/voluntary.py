"""Hours, rooms, equipment given without payment (R-109): counted in their units, and in value apart."""

from __future__ import annotations

import ibis.expr.types as ir

from terreau.analytics.contract import IN
from terreau.analytics.indicators.sums import total
from terreau.analytics.tables import Tables


def contributions(tables: Tables) -> ir.Table:
    """Return by pole, year, nature and unit how much was given (thousandths), its value (cents), how many
    lines have no value, and how many gave.
    """
    flows = tables.flows
    flows = flows.filter(flows.nature != "cash", flows.side == IN)
    return flows.group_by("pole", "year", "nature", "unit").aggregate(
        thousandths=total(flows.thousandths),
        cents=total(flows.cents),
        unvalued=flows.cents.isnull().sum().fill_null(0).cast("int64"),
        givers=flows.giver.nunique().cast("int64"),
    )
