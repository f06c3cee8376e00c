"""Whether a folder of Parquet files is what the contract says: every problem at once, none raised."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet

from terreau.analytics.contract import FLOWS, TABLES, Table

_ARROW = {
    "string": pa.string(),
    "int64": pa.int64(),
    "int32": pa.int32(),
    "date": pa.date32(),
    "boolean": pa.bool_(),
}


def arrow_schema(table: Table) -> pa.Schema:
    """Return the schema of a table's files."""
    fields = [pa.field(one.name, _ARROW[one.type], nullable=not one.required) for one in table.columns]
    return pa.schema(fields)


def problems(folder: Path) -> list[str]:
    """Return what is wrong in a snapshot, in words; an empty list when it can be computed on."""
    found = [problem for table in TABLES for problem in _files(folder, table)]
    return found or [*_rows(folder)]


def _files(folder: Path, table: Table) -> Iterator[str]:
    files = sorted((folder / table.name).glob("*.parquet"))
    if not files:
        yield f"{table.name}: no file"
    wanted = arrow_schema(table)
    for file in files:
        schema = pyarrow.parquet.read_schema(file)
        if not schema.remove_metadata().equals(wanted):
            yield f"{table.name}/{file.name}: columns are not those of the contract"


def _rows(folder: Path) -> Iterator[str]:
    with duckdb.connect() as db:
        for table in TABLES:
            yield from _of_table(db, folder, table)
        yield from _strangers(db, folder)


def _of_table(db: duckdb.DuckDBPyConnection, folder: Path, table: Table) -> Iterator[str]:
    files = str(folder / table.name / "*.parquet")
    key = ", ".join(f'"{name}"' for name in table.key)
    twice = f"SELECT 1 FROM read_parquet(?) GROUP BY {key} HAVING count(*) > 1"
    if count := _count(db, twice, [files]):
        yield f"{table.name}: {count} keys stand twice"
    for column in table.columns:
        if column.codes:
            other = f'"{column.name}" NOT IN (SELECT unnest(?))'
            wrong = f'SELECT DISTINCT "{column.name}" FROM read_parquet(?) WHERE {other} LIMIT 5'
            for (value,) in db.execute(wrong, [files, list(column.codes)]).fetchall():
                yield f"{table.name}.{column.name}: {value!r} is no code of the contract"
        if column.required:
            empty = f'SELECT 1 FROM read_parquet(?) WHERE "{column.name}" IS NULL'
            if count := _count(db, empty, [files]):
                yield f"{table.name}.{column.name}: {count} rows are empty"


def _strangers(db: duckdb.DuckDBPyConnection, folder: Path) -> Iterator[str]:
    flows = str(folder / FLOWS.name / "*.parquet")
    keys = (("pole", "poles", "pole"), ("giver", "actors", "actor"), ("receiver", "actors", "actor"))
    for column, table, key in keys:
        missing = f"SELECT 1 FROM read_parquet(?) f ANTI JOIN read_parquet(?) t ON f.{column} = t.{key}"
        if count := _count(db, missing, [flows, str(folder / table / "*.parquet")]):
            yield f"flows.{column}: {count} rows name nobody of {table}"


def _count(db: duckdb.DuckDBPyConnection, query: str, values: list[object]) -> int:
    row = db.execute(f"SELECT count(*) FROM ({query})", values).fetchone()
    return int(row[0]) if row else 0
