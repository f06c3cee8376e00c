"""What a staged file changes of what is held: added, changed, absent; numbered so that it is written in
order."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from terreau.directory.held import load_held
from terreau.directory.tables import Table

Db = duckdb.DuckDBPyConnection
#: How a row of the delta is written.
ADDED, CHANGED, REMOVED = "a", "c", "r"


@dataclass(frozen=True, slots=True)
class Difference:
    """Rows of a table to add, to change and to remove; those held that the file does not have."""

    table: Table
    added: int
    changed: int
    removed: int
    absent: int

    @property
    def total(self) -> int:
        """Rows to write."""
        return self.added + self.changed + self.removed


def compare(db: Db, table: Table, folder: Path, *, complete: bool) -> Difference:
    """Write the delta of a table into the engine and count it.

    Only a ``complete`` file removes what it does not have: an extract says nothing of the rest.
    """
    load_held(db, table, folder)
    columns = ", ".join(f"sound.{column}" for column in table.columns)
    nothing = ", ".join(f"NULL AS {column}" for column in table.columns if column != table.key)
    gone = (
        f"FROM held WHERE NOT EXISTS (SELECT 1 FROM {table.staged} sound WHERE sound.{table.key} = held.key)"
    )
    absent = _number(db, f"SELECT count(*) {gone}")
    removal = (
        f"UNION ALL BY NAME SELECT '{REMOVED}' AS kind, held.key AS {table.key}, {nothing}, "
        f"NULL AS digest {gone}"
    )
    db.execute(
        f"CREATE OR REPLACE TABLE {table.delta} AS WITH delta AS ("
        f"SELECT CASE WHEN held.key IS NULL THEN '{ADDED}' ELSE '{CHANGED}' END AS kind, "
        f"{columns}, sound.digest FROM {table.staged} sound LEFT JOIN held ON held.key = sound.{table.key} "
        f"WHERE held.key IS NULL OR held.digest <> sound.digest {removal if complete else ''}) "
        f"SELECT row_number() OVER (ORDER BY kind, {table.key}) AS rank, * FROM delta ORDER BY rank"
    )
    found = dict(db.execute(f"SELECT kind, count(*) FROM {table.delta} GROUP BY kind").fetchall())
    return Difference(table, found.get(ADDED, 0), found.get(CHANGED, 0), found.get(REMOVED, 0), absent)


def sample(db: Db, difference: Difference, limit: int = 5) -> dict[str, list[str]]:
    """The first keys of each kind, to show what would change."""
    table = difference.table
    rows = db.execute(
        f"SELECT kind, CAST({table.key} AS VARCHAR) FROM {table.delta} "
        f"QUALIFY row_number() OVER (PARTITION BY kind ORDER BY rank) <= {limit} ORDER BY rank"
    ).fetchall()
    return {kind: [key for found, key in rows if found == kind] for kind in (ADDED, CHANGED, REMOVED)}


def _number(db: Db, query: str) -> int:
    row = db.execute(query).fetchone()
    return int(row[0]) if row else 0
