"""Official files read into the engine and checked: sound rows by table, everything that is wrong by cell."""

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from terreau.directory.engine import fold_uncommon
from terreau.directory.files import Readable, readable
from terreau.directory.layouts import Match, recognise
from terreau.directory.selects import CELLS, SELECTS, digest_of, staged
from terreau.directory.tables import OF_LAYOUT, TABLES, UNITS, Table

Db = duckdb.DuckDBPyConnection
_ORDER = ("units", "establishments", "waldec", "import")
_REFUSED = ("bad_siren", "siren_key", "bad_siret", "siret_key", "bad_rna", "orphan")


@dataclass(frozen=True, slots=True)
class Brought:
    """A file of the import and what it was recognised as."""

    number: int
    file: Readable
    match: Match


@dataclass(frozen=True, slots=True)
class Staged:
    """What was read: rows and natural persons by table, and the digest of the sound rows."""

    files: tuple[Brought, ...]
    read: int
    sound: dict[str, int]
    persons: int
    digest: str
    fingerprint: str


def bring(paths: Iterable[Path], register: str, folder: Path) -> tuple[Brought, ...]:
    """Return the files to read, recognised, units before establishments; ``DomainError`` as they say."""
    found = [(file, recognise(file.columns, register)) for path in paths for file in readable(path, folder)]
    found.sort(key=lambda pair: (_ORDER.index(pair[1].layout.code), pair[0].name))
    return tuple(Brought(number, file, match) for number, (file, match) in enumerate(found, start=1))


def stage(db: Db, brought: Sequence[Brought], register: str, held_units: Iterable[Any]) -> Staged:
    """Read every file into the engine; ``held_units`` gives arrays of the SIREN that are held already."""
    db.execute(
        "CREATE OR REPLACE TABLE problem "
        "(file INTEGER, line BIGINT, field VARCHAR, code VARCHAR, value VARCHAR)"
    )
    db.execute("CREATE OR REPLACE TABLE natural_person (siren BIGINT)")
    db.execute("CREATE OR REPLACE TABLE known_unit (siren BIGINT)")
    for table in TABLES[register]:
        db.execute(f"DROP TABLE IF EXISTS {staged(table)}; DROP TABLE IF EXISTS {table.staged}")
    for layout in dict.fromkeys(one.match.layout.code for one in brought):
        if layout == "establishments":
            _known_units(db, held_units)
        for one in brought:
            if one.match.layout.code == layout:
                _read(db, one)
        if layout == "units":
            db.execute(f"INSERT INTO natural_person SELECT key FROM {staged(UNITS)} WHERE fate = 'person'")
    return _settled(db, brought, register)


def _known_units(db: Db, held: Iterable[Any]) -> None:
    for block in held:  # noqa: B007 - the engine reads it by its name
        db.execute("INSERT INTO known_unit SELECT * FROM block")
    if _exists(db, staged(UNITS)):
        db.execute(f"INSERT INTO known_unit SELECT key FROM {staged(UNITS)} WHERE fate = 'sound'")
    db.execute("CREATE OR REPLACE TABLE known_unit AS SELECT DISTINCT siren FROM known_unit")


def _read(db: Db, one: Brought) -> None:
    layout = one.match.layout.code
    table = OF_LAYOUT[layout]
    db.execute(f"CREATE OR REPLACE TEMP VIEW source AS {_source(one)}")
    select = SELECTS[layout]
    if _exists(db, staged(table)):
        db.execute(f"INSERT INTO {staged(table)} BY NAME {select}")
    else:
        db.execute(f"CREATE TABLE {staged(table)} AS {select}")
    _rejected(db, one)
    for column, field, code in CELLS[layout]:
        db.execute(
            f"INSERT INTO problem SELECT file, line, ?, ?, {column} FROM {staged(table)} "
            f"WHERE file = ? AND fate = 'sound' AND {column} IS NOT NULL",
            [field, code, one.number],
        )
    key = one.match.layout.columns[0].field
    db.execute(
        f"INSERT INTO problem SELECT file, line, ?, fate, given FROM {staged(table)} "
        f"WHERE file = ? AND fate IN {_REFUSED}",
        [key, one.number],
    )


def _source(one: Brought) -> str:
    """The file as a relation with the fields of its layout, all texts; a missing column is empty."""
    path = str(one.file.path).replace("'", "''")
    if one.file.parquet:
        scan, names = f"read_parquet('{path}')", {name: f'"{name}"' for name in one.file.columns}
        first = 0
    else:
        places = {name: f"c{place}" for place, name in reversed(list(enumerate(one.file.columns)))}
        names, first = places, 1
        columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(one.file.columns)))
        scan = (
            f"read_csv('{path}', delim = '{one.file.separator}', quote = '\"', escape = '\"', header = true, "
            f"auto_detect = false, columns = {{{columns}}}, store_rejects = true, max_line_size = 4000000)"
        )
    fields = ", ".join(
        f"{names[name] if name else _EMPTY} AS {field}" for field, name in one.match.columns.items()
    )
    return f"SELECT row_number() OVER () + {first} AS line, {one.number} AS file, {fields} FROM {scan}"


_EMPTY = "''"


def _rejected(db: Db, one: Brought) -> None:
    """Tell the lines that the reader could not cut into cells, and number the others as if they were
    there."""
    if one.file.parquet:
        return
    rows = db.execute(
        # A line that is too short is an error for each column that it lacks: told once.
        "SELECT line, first(column_name ORDER BY column_idx), first(error_type), first(left(csv_line, 200)) "
        "FROM reject_errors WHERE scan_id = (SELECT max(scan_id) FROM reject_scans WHERE file_path = ?) "
        "GROUP BY line ORDER BY line",
        [str(one.file.path)],
    ).fetchall()
    for line, column, kind, text in rows:
        place = int(column[1:]) if column and column[1:].isdigit() else None
        name = one.file.columns[place] if place is not None and place < len(one.file.columns) else ""
        code = "encoding" if "ENCOD" in kind or "UNICODE" in kind else "cut_line"
        db.execute("INSERT INTO problem VALUES (?, ?, ?, ?, ?)", [one.number, line, f"={name}", code, text])
    if rows:
        _renumber(db, one, sorted({line for line, *_rest in rows}))


def _renumber(db: Db, one: Brought, lines: list[int]) -> None:
    gone = [line - place for place, line in enumerate(lines)]
    table = staged(OF_LAYOUT[one.match.layout.code])
    starts = sorted(set(gone))
    cases = " ".join(
        f"WHEN line >= {start} THEN {bisect_right(gone, start)}" for start in reversed(starts[:5000])
    )
    db.execute(f"UPDATE {table} SET line = line + CASE {cases} ELSE 0 END WHERE file = {one.number}")


def _settled(db: Db, brought: Sequence[Brought], register: str) -> Staged:
    """Keep the sound rows, each key once and in order; tell the keys that are given again."""
    read, persons, sound = 0, 0, {}
    digest = hashlib.sha256()
    for table in TABLES[register]:
        rows = staged(table)
        if not _exists(db, rows):
            continue
        _only_once(db, brought, table)
        if "words" in table.columns:
            fold_uncommon(db, rows)
        columns = ", ".join(table.columns)
        db.execute(
            f"CREATE TABLE {table.staged} AS SELECT {columns}, {digest_of(table)} AS digest "
            f"FROM {rows} WHERE fate = 'sound' ORDER BY key"
        )
        read += _count(db, rows)
        persons += _count(db, rows, "fate = 'person'")
        sound[table.name] = _count(db, table.staged)
        db.execute(f"DROP TABLE {rows}")
        ordered = db.execute(f"SELECT digest FROM {table.staged} ORDER BY {table.key}").fetchnumpy()
        digest.update(ordered["digest"].astype(">i8").tobytes())
    fingerprint = hashlib.sha256("".join(sorted(one.file.sha256 for one in brought)).encode()).hexdigest()
    return Staged(tuple(brought), read, sound, persons, digest.hexdigest(), fingerprint)


def _only_once(db: Db, brought: Sequence[Brought], table: Table) -> None:
    """The first row of a key is kept; the others are told, with the line of the first."""
    rows = staged(table)
    twice = f"SELECT key FROM {rows} WHERE fate = 'sound' GROUP BY key HAVING count(*) > 1"
    db.execute(
        "CREATE OR REPLACE TEMP TABLE again AS SELECT file, line, given, "
        "first_value(line) OVER (PARTITION BY key ORDER BY file, line) AS first, "
        "row_number() OVER (PARTITION BY key ORDER BY file, line) AS rank "
        f"FROM {rows} WHERE fate = 'sound' AND key IN ({twice})"
    )
    if not _count(db, "again"):
        return
    field = {one.number: one.match.layout.columns[0].field for one in brought}
    db.execute(
        "INSERT INTO problem SELECT file, line, ?, 'given_twice', given || ' (' || first || ')' "
        "FROM again WHERE rank > 1",
        [next(iter(set(field.values()) & {table.key, "code"}), table.key)],
    )
    db.execute(
        f"UPDATE {rows} SET fate = 'again' FROM again "
        f"WHERE again.rank > 1 AND again.file = {rows}.file AND again.line = {rows}.line"
    )


def _count(db: Db, table: str, where: str = "true") -> int:
    row = db.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()
    return int(row[0]) if row else 0


def _exists(db: Db, table: str) -> bool:
    return bool(db.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [table]).fetchone())
