"""Staging files of an import, in the data folder: the lines as found, then each check of them.

One DuckDB file a step, written under another name and renamed once whole, then only read: whoever reads
and whoever writes never wait for one another, in however many processes. A check that is stopped leaves
nothing behind that could be taken for a whole one.
"""

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import duckdb
from django.conf import settings
from django.utils.translation import gettext as _

from terreau.common.errors import NotFoundError

_LINES = {"row": "UINTEGER", "status": "VARCHAR", "label": "VARCHAR", "changes": "VARCHAR"}
_PROBLEMS = {
    "row": "UINTEGER",
    "level": "VARCHAR",
    "column": "VARCHAR",
    "place": "INTEGER",
    "code": "VARCHAR",
    "message": "VARCHAR",
    "value": "VARCHAR",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the preview: what it would do, to what, and each change as (label, before, after)."""

    row: int
    status: str
    label: str
    changes: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """A line of the report: row, column (code of the kind, index in the file or -1), what, value as found."""

    row: int
    level: str
    column: str
    place: int
    code: str
    message: str
    value: str


def folder(brought: UUID) -> Path:
    """Return the folder of the staging files of an import."""
    return Path(settings.DATA_DIR) / "imports" / str(brought)


def keep_rows(brought: UUID, rows: Iterable[tuple[int, Sequence[str]]], width: int) -> None:
    """Keep the lines as found: their number in the file, and ``width`` cells."""
    columns = {"row": "UINTEGER", **{f"c{index}": "VARCHAR" for index in range(width)}}
    padded = ((number, *cells[:width], *[""] * (width - len(cells))) for number, cells in rows)
    with _making(folder(brought) / "lines.duckdb") as (connection, scratch):
        _fill(connection, scratch, "raw", columns, padded)


def keep_check(brought: UUID, generation: int, lines: Iterable[Line], faults: Iterable[Fault]) -> None:
    """Keep the result of a check; the check before it is removed."""
    with _making(_check_path(brought, generation)) as (connection, scratch):
        told = (
            (one.row, one.status, one.label, json.dumps(one.changes, ensure_ascii=False)) for one in lines
        )
        _fill(connection, scratch, "lines", _LINES, told)
        wrong = (
            (one.row, one.level, one.column, one.place, one.code, one.message, one.value) for one in faults
        )
        _fill(connection, scratch, "problems", _PROBLEMS, wrong)
    for old in range(generation - 1, 0, -1):
        if not (path := _check_path(brought, old)).exists():
            break
        path.unlink()


def rows_of(
    brought: UUID, *, after: int = 0, only: Sequence[int] | None = None
) -> list[tuple[int, list[str]]]:
    """Return the lines as found, in their order, with their number; ``only`` some of them when given."""
    where, values = "row > ?", [after]
    if only is not None:
        where, values = "row IN (SELECT unnest(?::UINTEGER[]))", [list(only)]  # type: ignore[list-item]
    with _reading(folder(brought) / "lines.duckdb") as connection:
        found = connection.execute(f"SELECT * FROM raw WHERE {where} ORDER BY row", values)  # noqa: S608
        return [(row[0], [cell or "" for cell in row[1:]]) for row in found.fetchall()]


def counts(brought: UUID, generation: int) -> dict[str, int]:
    """Return how many lines there are of each status, and of remarks (``remarks``)."""
    with _reading(_check_path(brought, generation)) as connection:
        found = connection.execute("SELECT status, count(*) FROM lines GROUP BY status").fetchall()
        remarks = connection.execute("SELECT count(*) FROM problems WHERE level = 'remark'").fetchone()
    return {**dict(found), "remarks": remarks[0] if remarks else 0}


def lines_of(
    brought: UUID, generation: int, *, statuses: Sequence[str], after: int = 0, limit: int | None = None
) -> list[Line]:
    """Return the lines of these statuses beyond a row, in their order, ``limit`` at most."""
    query = "SELECT * FROM lines WHERE row > ? AND status IN (SELECT unnest(?::VARCHAR[])) ORDER BY row"
    with _reading(_check_path(brought, generation)) as connection:
        found = connection.execute(f"{query} LIMIT {limit}" if limit else query, [after, list(statuses)])
        return [
            Line(row, status, label or "", tuple(map(tuple, json.loads(changes))))
            for row, status, label, changes in found.fetchall()
        ]


def faults_of(brought: UUID, generation: int, rows: Sequence[int] | None = None) -> Iterator[Fault]:
    """Yield what is wrong or doubtful, of some lines or of all, in the order of the file."""
    which = "" if rows is None else "WHERE row IN (SELECT unnest(?::UINTEGER[]))"
    values = [] if rows is None else [list(rows)]
    with _reading(_check_path(brought, generation)) as connection:
        found = connection.execute(
            f"SELECT * FROM problems {which} ORDER BY row, level, place, code",  # noqa: S608
            values,
        )
        while batch := found.fetchmany(1000):
            for row in batch:
                yield _fault(*row)


def faults_by_code(brought: UUID, generation: int) -> list[tuple[str, str, str, int, int]]:
    """Return (level, code, column, how many lines, the first) of each fault, the most frequent first."""
    with _reading(_check_path(brought, generation)) as connection:
        found = connection.execute(
            'SELECT level, code, "column", count(DISTINCT row) AS n, min(row) FROM problems '
            "GROUP BY ALL ORDER BY level, n DESC, code"
        )
        return [(level, code, column or "", n, first) for level, code, column, n, first in found.fetchall()]


def _fault(row: int, level: str, *rest: Any) -> Fault:
    column, place, code, message, value = rest
    return Fault(row, level, column or "", place, code, message or "", value or "")


def remove(brought: UUID) -> None:
    """Remove the staging files of an import that is over."""
    shutil.rmtree(folder(brought), ignore_errors=True)


def _check_path(brought: UUID, generation: int) -> Path:
    return folder(brought) / f"check-{generation}.duckdb"


@contextmanager
def _making(path: Path) -> Iterator[tuple[Any, Path]]:
    """Open a file under another name, give it its own once it is whole."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryDirectory(dir=path.parent, prefix="making-") as name:
        scratch = Path(name)
        with duckdb.connect(str(scratch / path.name)) as connection:
            yield connection, scratch
            connection.execute("CHECKPOINT")
        os.replace(scratch / path.name, path)


@contextmanager
def _reading(path: Path) -> Iterator[Any]:
    if not path.exists():
        message = _("Les lignes de ce fichier ne sont plus gardées : apportez-le de nouveau.")
        raise NotFoundError("staging_gone", message, status=410)
    with duckdb.connect(str(path), read_only=True) as connection:
        yield connection


def _fill(connection: Any, scratch: Path, name: str, columns: dict[str, str], rows: Iterable[Any]) -> None:
    """Make a table by way of a file of JSON lines: a hundred times faster than row by row."""
    path = scratch / f"{name}.json"
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False) + "\n")
    types = ", ".join(f"'{column}': '{kind}'" for column, kind in columns.items())
    quoted = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
    connection.execute(f"CREATE TABLE {name} ({quoted})")
    if path.stat().st_size:
        connection.execute(
            f"INSERT INTO {name} SELECT * FROM "  # noqa: S608 - names of ours
            f"read_json(?, format='newline_delimited', columns={{{types}}}, maximum_object_size=50000000)",
            [str(path)],
        )
    path.unlink()
