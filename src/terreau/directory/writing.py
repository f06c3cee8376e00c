"""A delta written by short transactions: who else writes never waits for long, a kill loses nothing.

Each transaction writes some rows, keeps what they were before, and counts them in the batch. What is written
already is no longer a difference, so that an import that starts again goes on by itself.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
from django.db import connection, transaction

from terreau.directory.difference import ADDED, CHANGED, REMOVED, Difference
from terreau.directory.models import Batch, Before
from terreau.directory.tables import Table

Db = duckdb.DuckDBPyConnection
#: Called with the rows written and the rows to write.
Progress = Callable[[int, int], None]
#: Seconds that a transaction should hold the lock of SQLite, the rows that it takes at least and at most,
#: and the
#: seconds left to others in between. PostgreSQL locks rows only: there a COPY goes best by many rows.
GOAL, LEAST, MOST, REST = 0.03, 100, 6_000, 0.002
_COPIED = 25_000
_COUNTER = {ADDED: "added", CHANGED: "changed", REMOVED: "removed"}
#: SQLite takes 32,766 parameters by statement since 3.32; older ones 999.
_KEYS = 900


@dataclass
class Pace:
    """How many rows the next transaction takes, from how long the last one held the lock (seconds)."""

    rows: int = field(default_factory=lambda: min(300, MOST))
    longest: float = 0.0

    def held(self, seconds: float) -> None:
        """Learn from a transaction: as many rows as fit the goal, never many more at once."""
        self.longest = max(self.longest, seconds)
        factor = min(1.5, max(0.25, GOAL / max(seconds, 0.0001)))
        self.rows = int(min(MOST, max(LEAST, self.rows * factor)))


def write(db: Db, batch: Batch, differences: Sequence[Difference], folder: Path, progress: Progress) -> Pace:
    """Write what the deltas hold and return the pace kept; ``progress`` may raise to stop between chunks."""
    pace = Pace()
    total, done = sum(difference.total for difference in differences), 0
    chunks = _copied if connection.vendor == "postgresql" else _fetched
    with _rare_checkpoints():
        for difference in differences:
            for kind, count, put in chunks(db, batch, difference, folder, pace):
                with short(pace, batch, _COUNTER[kind], count):
                    put()
                done += count
                progress(done, total)
                time.sleep(REST)
    return pace


@contextmanager
def short(pace: Pace, batch: Batch, counter: str = "added", count: int = 0) -> Iterator[None]:
    """One transaction, counted in the batch; the time counts from when the lock is held to when it is
    given back."""
    with transaction.atomic():
        started = time.perf_counter()
        yield
        spent = round((time.perf_counter() - started) * 1000)
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {Batch._meta.db_table} SET {counter} = {counter} + %s, longest_hold_ms = "
                "CASE WHEN longest_hold_ms < %s THEN %s ELSE longest_hold_ms END WHERE id = %s",
                [count, spent, spent, batch.pk],
            )
    pace.held(time.perf_counter() - started)


@contextmanager
def _rare_checkpoints() -> Iterator[None]:
    """Let SQLite's log grow to 40 MB: the pages that every transaction changes go to the file less often."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_autocheckpoint = 10000")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_autocheckpoint = 1000")


Chunk = tuple[str, int, Callable[[], None]]


def _fetched(db: Db, batch: Batch, difference: Difference, folder: Path, pace: Pace) -> Iterator[Chunk]:
    """Chunks of rows in hand, for SQLite: what is slow is done before the lock is taken."""
    table = difference.table
    for kind in (ADDED, CHANGED, REMOVED):
        found = db.cursor().execute(
            f"SELECT {', '.join(table.columns)}, digest, {batch.pk} FROM {table.delta} "
            f"WHERE kind = '{kind}' ORDER BY rank"
        )
        while rows := found.fetchmany(pace.rows):
            yield kind, len(rows), _putting(kind, table, batch, rows)


def _putting(kind: str, table: Table, batch: Batch, rows: list[tuple[Any, ...]]) -> Callable[[], None]:
    def put() -> None:
        with connection.cursor() as cursor:
            place = table.columns.index(table.key)
            if kind != ADDED:
                keep_before(cursor, batch, table, [row[place] for row in rows])
            if kind == REMOVED:
                cursor.executemany(
                    f"DELETE FROM {table.name} WHERE {table.key} = %s", [(row[place],) for row in rows]
                )
            else:
                put_rows(cursor, table, rows, new=kind == ADDED)

    return put


def put_rows(cursor: Any, table: Table, rows: Sequence[Sequence[Any]], *, new: bool) -> None:
    """Insert rows of every column, or write them over the rows of the same key."""
    names = table.all_columns
    statement = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join(['%s'] * len(names))})"
    if not new:
        sets = ", ".join(f"{name} = excluded.{name}" for name in names if name != table.key)
        statement += f" ON CONFLICT ({table.key}) DO UPDATE SET {sets}"
    cursor.executemany(statement, rows)


def keep_before(cursor: Any, batch: Batch, table: Table, keys: Sequence[Any]) -> None:
    """Keep the rows of these keys as they are, for the batch to be undone."""
    for start in range(0, len(keys), _KEYS):
        some = keys[start : start + _KEYS]
        cursor.execute(
            f'INSERT INTO {Before._meta.db_table} (batch_id, "table", "key", "row") '
            f"SELECT %s, %s, {table.key}, {_as_json(table)} FROM {table.name} "
            f"WHERE {table.key} IN ({', '.join(['%s'] * len(some))})",
            [batch.pk, table.name, *some],
        )


def _as_json(table: Table) -> str:
    columns = ", ".join(table.all_columns)
    return f"json_array({columns})" if connection.vendor == "sqlite" else f"json_build_array({columns})::text"


def _copied(db: Db, batch: Batch, difference: Difference, folder: Path, pace: Pace) -> Iterator[Chunk]:
    """Chunks as the text of a COPY, for PostgreSQL, made by the engine."""
    table, first = difference.table, 1
    counts = ((ADDED, difference.added), (CHANGED, difference.changed), (REMOVED, difference.removed))
    for kind, count in counts:
        end = first + count
        while first < end:
            last = min(first + _COPIED, end) - 1
            path = folder / "rows.csv"
            db.execute(
                f"COPY (SELECT {', '.join(table.columns)}, digest, {batch.pk} AS batch_id FROM {table.delta} "
                f"WHERE rank BETWEEN {first} AND {last} ORDER BY rank) "
                f"TO '{str(path).replace(chr(39), chr(39) * 2)}' (FORMAT csv, HEADER false)"
            )
            yield kind, last - first + 1, _copying(kind, table, batch, path)
            first = last + 1


def _copying(kind: str, table: Table, batch: Batch, path: Path) -> Callable[[], None]:
    names = ", ".join(table.all_columns)

    def put() -> None:
        with connection.cursor() as cursor:
            if kind == ADDED:
                _copy(cursor, f"{table.name} ({names})", path)
                return
            cursor.execute("DROP TABLE IF EXISTS pg_temp.directory_incoming")
            cursor.execute(
                "CREATE TEMP TABLE directory_incoming ON COMMIT DROP AS "
                f"SELECT {names} FROM {table.name} WITH NO DATA"
            )
            _copy(cursor, f"directory_incoming ({names})", path)
            joined = f"{table.name} held JOIN directory_incoming new USING ({table.key})"
            held = ", ".join(f"held.{name}" for name in table.all_columns)
            cursor.execute(
                f'INSERT INTO {Before._meta.db_table} (batch_id, "table", "key", "row") '
                f"SELECT %s, %s, held.{table.key}, json_build_array({held})::text FROM {joined}",
                [batch.pk, table.name],
            )
            if kind == REMOVED:
                cursor.execute(
                    f"DELETE FROM {table.name} held USING directory_incoming new "
                    f"WHERE held.{table.key} = new.{table.key}"
                )
            else:
                sets = ", ".join(f"{name} = new.{name}" for name in table.all_columns if name != table.key)
                cursor.execute(
                    f"UPDATE {table.name} held SET {sets} FROM directory_incoming new "
                    f"WHERE held.{table.key} = new.{table.key}"
                )

    return put


def _copy(cursor: Any, target: str, path: Path) -> None:
    with path.open("rb") as file, cursor.copy(f"COPY {target} FROM STDIN (FORMAT csv)") as copy:
        while data := file.read(1 << 20):
            copy.write(data)
