"""Accounts of several poles together: what they pay one another is eliminated (R-98)."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from terreau.analytics.contract import IN, OUT
from terreau.analytics.indicators.sums import total
from terreau.analytics.tables import Tables


def consolidated(tables: Tables) -> ir.Table:
    """Return by population (real or fictional), year and region the accounts of all its poles as one (cents).

    Empty region: all the poles. What a pole of the group pays to another of the same group comes into none
    and goes out of none: it is in ``between_cents``, as often as it is written in one of their books.
    """
    flows = _with_places(tables)
    whole = _sums(flows, flows.giver_region.notnull() & flows.receiver_region.notnull(), ibis.literal(""))
    placed = flows.filter(flows.pole_region != "")
    same = (placed.giver_region == placed.pole_region) & (placed.receiver_region == placed.pole_region)
    return whole.union(_sums(placed, same, placed.pole_region))


def _with_places(tables: Tables) -> ir.Table:
    """Return the cash lines with population and region of the pole, and regions of parties that are poles.

    A real pole and a fictional one are of two worlds: nothing between them is eliminated.
    """
    poles = tables.poles
    own = poles.select("pole", population=poles.fictional, pole_region=poles.region)
    giver = poles.select(giver=poles.pole, population=poles.fictional, giver_region=poles.region)
    receiver = poles.select(receiver=poles.pole, population=poles.fictional, receiver_region=poles.region)
    flows = tables.flows.filter(tables.flows.nature == "cash", tables.flows.through).join(own, "pole")
    flows = flows.left_join(giver, ["giver", "population"]).drop("giver_right", "population_right")
    return flows.left_join(receiver, ["receiver", "population"]).drop("receiver_right", "population_right")


def _sums(flows: ir.Table, between: ir.BooleanValue, region: ir.StringValue) -> ir.Table:
    inside = between.fill_null(False)  # noqa: FBT003
    marked = flows.mutate(fictional=flows.population, group_region=region, between=inside)
    comes, goes = marked.side == IN, marked.side == OUT
    summed = marked.group_by("fictional", "year", "group_region").aggregate(
        poles=marked.pole.nunique().cast("int64"),
        in_cents=total(marked.cents, comes & ~marked.between),
        out_cents=total(marked.cents, goes & ~marked.between),
        between_cents=total(marked.cents, marked.between & (comes | goes)),
    )
    return summed.rename(region="group_region")
