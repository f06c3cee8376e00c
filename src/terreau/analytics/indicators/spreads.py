"""Median and quartiles of each measure, over poles alike by stage, sector and place.

These are private: what may be shown of them is for ``publication`` to say.
"""

from __future__ import annotations

from functools import reduce
from typing import Final

import ibis
import ibis.expr.types as ir

from terreau.analytics.indicators.measures import measures
from terreau.analytics.tables import Tables

FACETS: Final = ("stage", "sector", "region", "department")
#: By what poles are grouped, from the narrowest: the whole is the last.
GROUPINGS: Final[tuple[tuple[str, ...], ...]] = (
    ("stage", "sector", "region"),
    ("stage", "sector"),
    ("stage", "region"),
    ("sector", "region"),
    ("department",),
    ("stage",),
    ("sector",),
    ("region",),
    (),
)


def spreads(tables: Tables) -> ir.Table:
    """Return by population (real or fictional), year, measure and group how many poles there are, and
    median and quartiles, cut down to whole numbers. A facet that does not count in a group is empty.

    Quantiles are interpolated between neighbours, as ``percentile_cont`` of SQL and type 7 of R.
    """
    found = measures(tables)
    alike = found.join(tables.poles, "pole")
    return reduce(lambda one, other: one.union(other), (_grouped(alike, by) for by in GROUPINGS))


def _grouped(rows: ir.Table, by: tuple[str, ...]) -> ir.Table:
    known = rows.filter(*(rows[facet] != "" for facet in by)) if by else rows
    grouped = known.group_by("fictional", "year", "measure", *by).aggregate(
        poles=known.count().cast("int64"),
        first_quartile=known.value.quantile(0.25).floor().cast("int64"),
        median=known.value.quantile(0.5).floor().cast("int64"),
        third_quartile=known.value.quantile(0.75).floor().cast("int64"),
    )
    facets = {facet: grouped[facet] if facet in by else ibis.literal("") for facet in FACETS}
    return grouped.select(
        "fictional", "year", "measure", **facets, poles=grouped.poles, first_quartile=grouped.first_quartile,
        median=grouped.median, third_quartile=grouped.third_quartile,
    )  # fmt: skip
