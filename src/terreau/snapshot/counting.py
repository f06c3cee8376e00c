"""What indicators give of a snapshot: computed on DuckDB in seconds, by the worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from terreau.analytics import engine
from terreau.analytics.indicators import ALL
from terreau.snapshot.writing import Snapshot

Rows = list[dict[str, Any]]
Beat = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Counted:
    """What pages are made of: numbers of each pole, quantiles of groups, money by type, trade by seller."""

    poles: Mapping[str, Mapping[str, Any]]
    measures: Rows
    spreads: Rows
    resources: Rows
    sellers: Rows


def count(snapshot: Snapshot) -> Counted:
    """Compute the indicators of a snapshot."""
    with engine.bound(engine.DUCKDB, snapshot.folder) as backend:
        poles = backend.to_pyarrow(backend.table("poles")).to_pylist()
        measures, spreads, resources, sellers = (
            engine.rows(backend, ALL[name]).to_pylist()
            for name in ("measures", "spreads", "resources", "trade_sellers")
        )
    return Counted({row["pole"]: row for row in poles}, measures, spreads, resources, sellers)
