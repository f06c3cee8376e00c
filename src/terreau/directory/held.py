"""What the register holds already, as the engine compares it: keys and digests, read without a lock."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from django.db import connection

from terreau.directory.tables import UNITS, Table

_BLOCK = 200_000


def unit_numbers() -> Iterator[Any]:
    """Yield arrays of the SIREN held, by blocks."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT siren FROM {UNITS.name}")
        while rows := cursor.fetchmany(_BLOCK):
            yield np.array(rows, np.int64)[:, 0].copy()


def load_held(db: duckdb.DuckDBPyConnection, table: Table, folder: Path) -> None:
    """Read the keys and digests of a table into the engine, as ``held`` (key, digest)."""
    kind = "VARCHAR" if table.key_is_text else "BIGINT"
    db.execute(f"CREATE OR REPLACE TEMP TABLE held (key {kind}, digest BIGINT)")
    select = f"SELECT {table.key}, digest FROM {table.name}"
    if connection.vendor == "postgresql":
        _by_copy(db, select, table, folder)
    else:
        _by_blocks(db, select, table)


def _by_copy(db: duckdb.DuckDBPyConnection, select: str, table: Table, folder: Path) -> None:
    connection.ensure_connection()
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".csv") as file:
        with (
            connection.connection.cursor() as cursor,
            cursor.copy(f"COPY ({select}) TO STDOUT (FORMAT csv)") as copy,
        ):
            for data in copy:
                file.write(data)
        file.flush()
        path = file.name.replace("'", "''")
        kind = "VARCHAR" if table.key_is_text else "BIGINT"
        db.execute(
            f"INSERT INTO held SELECT * FROM read_csv('{path}', header = false, auto_detect = false, "
            f"delim = ',', quote = '\"', columns = {{'key': '{kind}', 'digest': 'BIGINT'}})"
        )


def _by_blocks(db: duckdb.DuckDBPyConnection, select: str, table: Table) -> None:
    with connection.cursor() as cursor:
        cursor.execute(select)
        while rows := cursor.fetchmany(_BLOCK):
            if table.key_is_text:
                keys, digests = map(list, zip(*rows, strict=True))
                db.execute("INSERT INTO held SELECT unnest(?), unnest(?)", [keys, digests])
            else:
                numbers = np.array(rows, np.int64)
                block = {"key": numbers[:, 0].copy(), "digest": numbers[:, 1].copy()}  # noqa: F841 - the engine reads it by its name
                db.execute("INSERT INTO held SELECT key, digest FROM block")
