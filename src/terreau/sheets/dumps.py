"""Writing the open data as files: CSV, Parquet, GeoJSON, their schemas and a manifest; finding the last ones.

A dump is one state of the register (one snapshot of the database) and appears whole or not at all: it is
written in a folder of its own, renamed at the end.
"""

import csv
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from hashlib import file_digest
from pathlib import Path
from typing import Any

import duckdb
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.common.errors import DomainError
from terreau.design.export import neutral
from terreau.sheets import dump_rows, open_data
from terreau.sheets.open_data import LICENCE, LIST_SEPARATOR, TYPES, Field, Table

MANIFEST, PACKAGE = "manifest.json", "datapackage.json"
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "geojson": "application/geo+json",
    "json": "application/json",
}
#: A published dump older than this is made again.
AGE = timedelta(days=1)
#: How many published dumps are kept: the last, and the one that somebody may still be downloading.
KEPT = 2
_STAMP = re.compile(r"^\d{8}T\d{6}Z$")
_UNFINISHED = ".unfinished-"


@dataclass(frozen=True, slots=True)
class Dump:
    """A dump as it stands on the disk."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def at(self) -> datetime:
        """When the register was read."""
        return datetime.fromisoformat(self.manifest["created"])

    def file(self, name: str) -> dict[str, Any] | None:
        """Return what the manifest says of a file, None when it holds none of that name."""
        return next((one for one in self.manifest["files"] if one["name"] == name), None)


def write(folder: Path) -> Dump:
    """Write a dump as ``folder``, which appears whole; an earlier dump of that name is replaced.

    Rows are streamed: the memory needed does not grow with the register. Raises ``DomainError`` when the
    folder holds anything else.
    """
    folder = folder.absolute()
    _check_replaceable(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f"{_UNFINISHED}{folder.name}-", dir=folder.parent))
    try:
        unfinished.chmod(0o755)
        with _snapshot():
            manifest = _write_all(unfinished)
        _replace(folder, unfinished)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return Dump(folder, manifest)


def publish() -> Dump:
    """Write the dump that the site offers, and forget the oldest ones."""
    root = Path(settings.DUMPS_DIR)
    dump = write(root / f"{timezone.now().astimezone(UTC):%Y%m%dT%H%M%SZ}")
    for old in _published()[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    for left in root.glob(f"{_UNFINISHED}*"):
        if timezone.now().timestamp() - left.stat().st_mtime > AGE.total_seconds():
            shutil.rmtree(left, ignore_errors=True)
    return dump


def latest() -> Dump | None:
    """Return the last published dump, None before the first."""
    found = _published()
    return _opened(found[-1]) if found else None


def due() -> bool:
    """Say whether the published dump is missing or more than a day old."""
    dump = latest()
    return dump is None or timezone.now() - dump.at >= AGE


def _published() -> list[Path]:
    root = Path(settings.DUMPS_DIR)
    if not root.is_dir():
        return []
    return sorted(path for path in root.iterdir() if _STAMP.match(path.name) and (path / MANIFEST).is_file())


@lru_cache(maxsize=4)
def _opened(folder: Path) -> Dump:
    return Dump(folder, json.loads((folder / MANIFEST).read_text(encoding="utf-8")))


def _check_replaceable(folder: Path) -> None:
    if (
        not folder.exists()
        or (folder / MANIFEST).is_file()
        or (folder.is_dir() and not any(folder.iterdir()))
    ):
        return
    message = _("%(folder)s contient autre chose qu'un export : donnez un dossier vide ou nouveau.")
    raise DomainError("not_a_dump", message % {"folder": folder}, facts={"folder": str(folder)})


def _replace(folder: Path, fresh: Path) -> None:
    """Give ``fresh`` its name; two renames when an earlier dump has it."""
    if not folder.exists():
        fresh.rename(folder)
        return
    aside = Path(tempfile.mkdtemp(prefix=f"{_UNFINISHED}old-", dir=folder.parent)) / "old"
    folder.rename(aside)
    try:
        fresh.rename(folder)
    except OSError:
        aside.rename(folder)
        raise
    finally:
        shutil.rmtree(aside.parent, ignore_errors=True)


@contextmanager
def _snapshot() -> Iterator[None]:
    """See one state of the database, whatever is written meanwhile, and keep no writer waiting.

    On SQLite the transaction is deferred by hand: ``atomic`` would take the lock of the only writer.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic():
            _execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        _execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            _execute("ROLLBACK")


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _write_all(folder: Path) -> dict[str, Any]:
    """Write every file of a dump, the manifest last; return the manifest."""
    created = timezone.now()
    files: list[dict[str, Any]] = []
    (folder / "schemas").mkdir()
    for table in open_data.tables().values():
        schema = f"schemas/{table.name}.json"
        _write_json(folder / schema, open_data.table_schema(table))
        rows = _write_table(folder, table)
        about = {"table": table.name, "rows": rows, "schema": schema}
        files += [_described(folder, f"{table.name}.{form}", form, **about) for form in ("csv", "parquet")]
    points = _write_points(folder / "poles.geojson")
    files.append(_described(folder, "poles.geojson", "geojson", table="poles", rows=points, schema=None))
    manifest = {
        "title": "Terreau : données ouvertes",
        "created": dump_rows.instant(created),
        "site": settings.SITE_URL or None,
        "licence": LICENCE,
        "attribution": f"Terreau, {timezone.localdate(created).isoformat()}",
        "cog": settings.COG_YEAR,
        "files": files,
    }
    _write_json(folder / PACKAGE, _package(manifest))
    _write_json(folder / MANIFEST, manifest)
    return manifest


def _described(folder: Path, name: str, form: str, **about: Any) -> dict[str, Any]:
    path = folder / name
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    media = MEDIA_TYPES[form]
    return {
        "name": name,
        "format": form,
        "media_type": media,
        "bytes": path.stat().st_size,
        "sha256": digest,
    } | about


def _package(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return the Data Package: what tools that know Table Schema open."""
    return {
        "name": "terreau",
        "title": manifest["title"],
        "created": manifest["created"],
        "licenses": [LICENCE],
        "resources": [
            {
                "name": one["table"],
                "path": one["name"],
                "schema": one["schema"],
                "encoding": "utf-8-sig",
                "format": "csv",
                "mediatype": "text/csv",
                "dialect": {"csv": {"delimiter": ";", "lineTerminator": "\r\n"}},
                "hash": f"sha256:{one['sha256']}",
                "bytes": one["bytes"],
            }
            for one in manifest["files"]
            if one["format"] == "csv"
        ],
    }


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _write_table(folder: Path, table: Table) -> int:
    """Write a table as CSV and as Parquet in one reading; return how many rows it has."""
    names = [field.name for field in table.fields]
    cells = [_CELLS[field.type] for field in table.fields]
    plain = [_PLAIN.get(field.type, _same) for field in table.fields]
    lines, rows = folder / f"{table.name}.ndjson", 0
    with (
        (folder / f"{table.name}.csv").open("w", encoding="utf-8-sig", newline="") as file,
        lines.open("w", encoding="utf-8") as raw,
    ):
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerow(names)
        for row in dump_rows.ROWS[table.name]():
            writer.writerow(["" if v is None else c(v) for c, v in zip(cells, row, strict=True)])
            values = {
                n: None if v is None or v == "" else p(v) for n, p, v in zip(names, plain, row, strict=True)
            }
            raw.write(json.dumps(values, ensure_ascii=False) + "\n")
            rows += 1
    _write_parquet(lines, folder / f"{table.name}.parquet", table.fields)
    lines.unlink()
    return rows


def _same(value: Any) -> Any:
    return value


def _text(value: Any) -> str:
    return str(neutral(str(value)))


def _day(value: date) -> str:
    return value.isoformat()


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _joined(codes: list[str]) -> str:
    return _text(LIST_SEPARATOR.join(codes))


#: How a value of each type is written in a cell of CSV, and in JSON for Parquet.
_CELLS: dict[str, Callable[[Any], Any]] = {
    "string": _text,
    "integer": str,
    "number": str,
    "boolean": _flag,
    "date": _day,
    "datetime": dump_rows.instant,
    "list": _joined,
}
_PLAIN: dict[str, Callable[[Any], Any]] = {
    "string": str,
    "date": _day,
    "datetime": dump_rows.instant,
    "list": list,
}


def _write_parquet(lines: Path, target: Path, fields: tuple[Field, ...]) -> None:
    columns = ", ".join(f"{field.name}: '{TYPES[field.type][1]}'" for field in fields)
    with duckdb.connect(config={"threads": 1, "memory_limit": "256MB"}) as engine:
        engine.execute(f"SET TimeZone = 'UTC'; SET temp_directory = '{_quoted(target.parent / 'spill')}'")
        engine.execute(
            f"COPY (SELECT * FROM read_json('{_quoted(lines)}', format='newline_delimited', "  # noqa: S608
            f"columns={{{columns}}}, maximum_object_size=16777216)) "
            f"TO '{_quoted(target)}' (FORMAT parquet, COMPRESSION zstd)"
        )
    shutil.rmtree(target.parent / "spill", ignore_errors=True)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _write_points(path: Path) -> int:
    """Write the placed poles as points (RFC 7946) with the columns of the table; return how many."""
    names, written = [field.name for field in open_data.tables()["poles"].fields], 0
    with path.open("w", encoding="utf-8") as file:
        file.write('{"type": "FeatureCollection", "features": [')
        for row in dump_rows.poles():
            about = dict(zip(names, row, strict=True))
            lon, lat = about.pop("lon"), about.pop("lat")
            if lon is None or lat is None:
                continue
            feature = {
                "type": "Feature",
                "id": str(about["id"]),
                "geometry": {"type": "Point", "coordinates": [lon, lat]},
                "properties": about,
            }
            file.write((",\n" if written else "\n") + json.dumps(feature, ensure_ascii=False, default=_day))
            written += 1
        file.write("\n]}\n")
    return written
