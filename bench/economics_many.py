"""Accounts at three levels of 1,000 poles and 5 million lines: our expression on DuckDB, against pandas.

Run: python -m bench.economics_many [--poles 1000] [--lines 5000000] [--runs 5] [--spark]

A snapshot under the contract of terreau.analytics is made up (numpy, one seed), in parts of 50,000 lines as
``snapshot_write`` writes them. ``accounts`` is computed by the Ibis expression that the worker runs, and by
pandas fairly tuned: it reads the seven columns that it needs, keeps codes as categories, and sums in one
``groupby``. Polars too, where it is installed; Spark with --spark, where Java is. Each engine runs in
this process, alternately; files are in the cache of the disk. Results are compared, row by row and to the
cent, before any time is printed. Then medians, and how many times longer a peer takes.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from terreau.analytics import checking, contract, engine
from terreau.analytics.indicators import ALL

PART = 50_000
YEARS = (2021, 2022, 2023, 2024, 2025)
DAYS = np.array([np.datetime64(f"{year}-06-01") for year in YEARS])
COLUMNS = ["pole", "year", "nature", "level", "side", "through", "cents"]
KEY = ["pole", "year"]
Rows = list[dict[str, Any]]


def make(folder: Path, poles: int, lines: int) -> Path:
    """Write a snapshot of so many poles and lines, the largest poles with many times more than the others."""
    chance = np.random.default_rng(7)
    names = np.array([f"01a00000-0000-7000-8000-{number:012}" for number in range(poles)])
    parties = np.array([f"01b00000-0000-7000-8000-{number:012}" for number in range(20 * poles)])
    sizes = chance.pareto(1.2, poles) + 1
    counts = np.maximum(1, (sizes / sizes.sum() * lines).astype(int))
    of = np.repeat(np.arange(poles), counts)
    rank = np.concatenate([np.arange(1, count + 1) for count in counts])
    for table in contract.TABLES:
        (folder / table.name).mkdir(parents=True)
    _write(folder, "poles", _poles(chance, names))
    _write(folder, "actors", _actors(chance, np.concatenate([parties, names])))
    for number, start in enumerate(range(0, len(of), PART)):
        part = slice(start, start + PART)
        _write(folder, "flows", _flows(chance, names, parties, of[part], rank[part]), number)
    return folder


def _write(folder: Path, name: str, columns: dict[str, Any], part: int = 0) -> None:
    schema = checking.arrow_schema(contract.table(name))
    table = pa.table(
        {field.name: pa.array(columns[field.name], field.type) for field in schema}, schema=schema
    )
    pyarrow.parquet.write_table(table, folder / name / f"{part:05}.parquet", compression="zstd")


def _poles(chance: np.random.Generator, names: Any) -> dict[str, Any]:
    size = len(names)
    return {
        "pole": names, "stage": chance.choice(contract.STAGES, size),
        "sector": chance.choice(["a", "b"], size),
        "region": chance.choice(["11", "53", "84"], size), "department": np.full(size, ""),
        "legal_form": np.ones(size, bool), "fictional": np.zeros(size, bool),
    }  # fmt: skip


def _actors(chance: np.random.Generator, names: Any) -> dict[str, Any]:
    size = len(names)
    return {
        "actor": names, "kind": np.full(size, "organisation"), "ess": chance.choice(contract.ESS, size),
        "origin": chance.choice(contract.ORIGINS, size), "region": np.full(size, ""),
        "department": np.full(size, ""),
    }  # fmt: skip


def _flows(chance: np.random.Generator, names: Any, parties: Any, of: Any, rank: Any) -> dict[str, Any]:
    size = len(of)
    year = chance.choice(YEARS, size)
    nature = chance.choice(contract.NATURES, size, p=[0.8, 0.05, 0.1, 0.03, 0.02])
    side = chance.choice(contract.SIDES, size, p=[0.4, 0.5, 0.1])
    comes, goes = side == "in", side == "out"
    uses = np.where(goes, chance.choice(contract.USES, size), "")
    kind = np.where(comes, chance.choice(contract.RESOURCES, size), uses)
    cents = chance.integers(100, 5_000_000, size)
    empty = (nature != "cash") & (chance.random(size) < 0.3)
    blank = np.full(size, "")
    return {
        "pole": names[of], "rank": rank, "on": DAYS[np.searchsorted(YEARS, year)], "year": year,
        "giver": parties[chance.integers(0, len(parties), size)],
        "receiver": names[of], "nature": nature, "cents": pa.array(cents, mask=empty),
        "thousandths": pa.array(cents, mask=nature == "cash"),
        "unit": np.where(nature == "cash", "", "hours"),
        "method": blank, "status": np.full(size, "declare"),
        "attributable": pa.nulls(size, pa.bool_()), "correction": np.zeros(size, bool),
        "level": chance.choice(contract.LEVELS, size, p=[0.3, 0.4, 0.2, 0.1]), "side": side, "kind": kind,
        "origin": np.where(comes, chance.choice(contract.ORIGINS, size), ""),
        "phase": chance.choice(contract.STAGES, size), "function": blank, "how": np.full(size, "person"),
        "through": chance.random(size) < 0.8,
    }  # fmt: skip


# The same accounts, by each


def by_duckdb(folder: Path) -> Rows:
    """Ours."""
    with engine.bound(engine.DUCKDB, folder) as backend:
        rows: Rows = engine.rows(backend, ALL["accounts"]).to_pylist()
        return rows


def by_spark(folder: Path) -> Rows:
    """Ours, on Spark: the start of its machine is counted, as whoever runs it waits for it."""
    with engine.bound(engine.SPARK, folder) as backend:
        rows: Rows = engine.rows(backend, ALL["accounts"]).to_pylist()
        return rows


def by_pandas(folder: Path) -> Rows:
    """The peer: codes as categories, one column of cents for each sum, one groupby."""
    table = pyarrow.parquet.read_table(
        folder / "flows", columns=COLUMNS, read_dictionary=["pole", "nature", "level", "side"]
    )
    frame = table.to_pandas()
    cents = frame["cents"].fillna(0).astype("int64")
    cash, come, go = frame["nature"] == "cash", frame["side"] == "in", frame["side"] == "out"
    cell, project = frame["level"] == "cell", frame["level"] == "project"
    masks = {
        "cell_in_cents": cash & come & cell, "cell_out_cents": cash & go & cell,
        "pole_in_cents": cash & come & frame["through"], "pole_out_cents": cash & go & frame["through"],
        "project_in_cents": cash & come & project, "project_out_cents": cash & go & project,
        "members_cents": cash & (frame["level"] == "members"), "voluntary_cents": ~cash & come,
    }  # fmt: skip
    wide = frame[KEY].assign(**{name: cents.where(mask, 0) for name, mask in masks.items()})
    summed = wide.groupby(KEY, observed=True, sort=True).sum().reset_index()
    rows: Rows = summed.astype({"pole": "str"}).sort_values(KEY).to_dict("records")
    return rows


def by_polars(folder: Path) -> Rows:
    """Another peer, lazily, where it is installed."""
    import polars as pl

    cash, come, go = pl.col("nature") == "cash", pl.col("side") == "in", pl.col("side") == "out"
    cell, project = pl.col("level") == "cell", pl.col("level") == "project"
    through = pl.col("through")
    masks = {
        "cell_in_cents": cash & come & cell, "cell_out_cents": cash & go & cell,
        "pole_in_cents": cash & come & through, "pole_out_cents": cash & go & through,
        "project_in_cents": cash & come & project, "project_out_cents": cash & go & project,
        "members_cents": cash & (pl.col("level") == "members"), "voluntary_cents": ~cash & come,
    }  # fmt: skip
    sums = [pl.col("cents").filter(mask).sum().alias(name) for name, mask in masks.items()]
    found = pl.scan_parquet(str(folder / "flows" / "*.parquet")).group_by(KEY).agg(sums).sort(KEY)
    rows: Rows = found.collect().to_dicts()
    return rows


def main() -> None:
    """Print the comparison as JSON: results first, then times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--poles", type=int, default=1_000)
    parser.add_argument("--lines", type=int, default=5_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--spark", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="terreau-bench-") as name:
        folder = make(Path(name) / "snapshot", options.poles, options.lines)
        print(json.dumps(measured(folder, options.runs, spark=options.spark), indent=1))


def measured(folder: Path, runs: int, *, spark: bool) -> dict[str, Any]:
    """Return how long each takes, after their results were found equal."""
    ways: dict[str, Callable[[Path], Rows]] = {"duckdb": by_duckdb, "pandas": by_pandas}
    if importlib.util.find_spec("polars"):
        ways["polars"] = by_polars
    if spark and not engine.missing(engine.SPARK):
        ways["spark"] = by_spark
    found = {name: way(folder) for name, way in ways.items()}
    for name, rows in found.items():
        assert rows == found["duckdb"], f"{name} does not find the same accounts"
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _run in range(runs):
        for name, way in ways.items():
            started = time.perf_counter()
            way(folder)
            times[name].append(time.perf_counter() - started)
    medians = {name: statistics.median(values) for name, values in times.items()}
    files = list((folder / "flows").glob("*.parquet"))
    return {
        "lines": sum(pyarrow.parquet.read_metadata(path).num_rows for path in files),
        "bytes": sum(path.stat().st_size for path in files),
        "rows": len(found["duckdb"]),
        "same_results": True,
        "seconds": {name: round(value, 3) for name, value in medians.items()},
        "times_duckdb": {name: round(value / medians["duckdb"], 2) for name, value in medians.items()},
        "java": bool(shutil.which("java")),
    }


if __name__ == "__main__":
    main()
