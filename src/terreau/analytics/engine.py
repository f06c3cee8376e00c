"""The only place that knows an engine: DuckDB on one machine, Spark on several, the same expressions on both.

Neither Django nor a database is needed: a folder of Parquet files under the contract is enough.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import ibis
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from terreau.analytics import contract
from terreau.analytics.indicators import ALL, Indicator

DUCKDB, SPARK = ENGINES = ("duckdb", "spark")
_SPARK: Final[Mapping[str, str]] = {
    "spark.ui.enabled": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.log.level": "ERROR",
}
#: On one machine: a cluster has its own.
_SPARK_HERE: Final[Mapping[str, str]] = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": "4",
}


class MissingEngineError(Exception):
    """An engine that is not on this machine; the message says what to install."""


@contextmanager
def bound(engine: str, snapshot: Path) -> Iterator[Any]:
    """Give the Ibis backend of an engine with the tables of a snapshot, and close it after.

    Raises ``MissingEngineError`` when Spark is asked for without PySpark or Java.
    """
    backend = {DUCKDB: _duckdb, SPARK: _spark}[engine]
    with backend() as connected:
        for table in contract.TABLES:
            connected.read_parquet(str(snapshot / table.name / "*.parquet"), table_name=table.name)
        yield connected


def rows(backend: Any, indicator: Indicator) -> pa.Table:
    """Return the rows of an indicator, in the order of its key."""
    return backend.to_pyarrow(indicator.expression())


def write(backend: Any, indicator: Indicator, output: Path) -> int:
    """Write the rows of an indicator to a ``.parquet`` or ``.csv`` file, all or nothing; return how many.

    Rows are sums by pole: they are few beside the lines, and held whole. Raises ``ValueError`` for another
    ending.
    """
    writer = {".parquet": pyarrow.parquet.write_table, ".csv": pyarrow.csv.write_csv}.get(output.suffix)
    if writer is None:
        raise ValueError(f"{output.name}: .parquet or .csv")
    partial = output.with_name(f".{output.name}.partial")
    found = rows(backend, indicator)
    try:
        writer(found, str(partial))
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)
    return int(found.num_rows)


def run(name: str, engine: str, snapshot: Path, output: Path) -> int:
    """Compute an indicator by name over a snapshot, write it, return how many rows it has."""
    with bound(engine, snapshot) as backend:
        return write(backend, ALL[name], output)


@contextmanager
def _duckdb() -> Iterator[Any]:
    backend = ibis.duckdb.connect()
    try:
        yield backend
    finally:
        backend.disconnect()


def missing(engine: str) -> str:
    """Return what an engine lacks on this machine, in words; empty when it is there."""
    if engine != SPARK:
        return ""
    if importlib.util.find_spec("pyspark") is None:
        return "PySpark (requirements/spark.txt)"
    return "" if shutil.which("java") or os.environ.get("JAVA_HOME") else "Java 17"


@contextmanager
def _spark() -> Iterator[Any]:
    if lacking := missing(SPARK):
        raise MissingEngineError(lacking)
    from pyspark.sql import SparkSession

    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    builder = SparkSession.builder.appName("terreau")
    options = dict(_SPARK)
    if not (os.environ.get("SPARK_MASTER") or os.environ.get("MASTER")):
        builder = builder.master("local[*]")
        options |= _SPARK_HERE
    for key, value in options.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    try:
        yield ibis.pyspark.connect(session)
    finally:
        session.stop()
