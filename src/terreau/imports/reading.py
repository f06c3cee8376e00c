"""A file of any spreadsheet as rows of texts, each cell as it was found. What it is, its bytes tell.

CSV in any encoding and with any separator, XLSX, XLS, ODS, Parquet. Nothing is mended here: see ``mending``.
"""

import codecs
import csv
import io
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import duckdb
from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from terreau.common.errors import DomainError

MOST_ROWS = 200_000
MOST_COLUMNS = 300
#: What a workbook may hold once open: a small file may hide a very large one.
MOST_BYTES_OPEN = 500_000_000
_SEPARATORS = ";,\t|"
_XLS = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet: its name (empty for a file that has none), its rows as texts, how it was read."""

    name: str
    rows: list[list[str]]
    form: str


def read(path: Path) -> list[Table]:
    """Return the sheets of a file that hold something.

    Raises ``DomainError``: not a table, protected by a password, empty, too large.
    """
    form = recognise(path)
    tables = [table for table in _READERS[form](path) if any(any(row) for row in table.rows)]
    if not tables:
        raise DomainError("empty_table", _("Ce fichier ne contient aucune ligne."))
    for table in tables:
        _check_size(table)
    return tables


def recognise(path: Path) -> str:
    """Return ``csv``, ``workbook`` or ``parquet`` by the first bytes, whatever the file is called."""
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(_XLS) or (head.startswith(b"PK") and _is_workbook(path)):
        return "workbook"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or (
        b"\0" not in head and not head.startswith((b"PK", b"%PDF", b"<", b"{"))
    ):
        return "csv"
    message = _("Ce fichier n'est pas un tableau. Apportez un fichier CSV, XLSX, XLS, ODS ou Parquet.")
    raise DomainError("not_a_table", message)


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except zipfile.BadZipFile:
        return False
    if sum(entry.file_size for entry in entries) > MOST_BYTES_OPEN:
        message = _("Ce classeur est trop grand une fois ouvert. Enregistrez la feuille utile en CSV.")
        raise DomainError("workbook_too_large", message, status=413)
    names = {entry.filename for entry in entries}
    return bool(names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"})


def _check_size(table: Table) -> None:
    if len(table.rows) > MOST_ROWS or max(map(len, table.rows)) > MOST_COLUMNS:
        message = _("Ce tableau est trop grand : %(rows)d lignes et %(columns)d colonnes au plus.")
        values = {"rows": MOST_ROWS, "columns": MOST_COLUMNS}
        raise DomainError("table_too_large", message % values, facts=dict(values), status=413)


# ---------------------------------------------------------------------------------------------- CSV


def _csv(path: Path) -> Iterator[Table]:
    text, encoding = decode(path.read_bytes())
    separator = separator_of(text)
    csv.field_size_limit(1_000_000)
    try:
        rows = [
            [cell.strip() for cell in row]
            for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        ]
    except csv.Error as error:
        message = _("Ce fichier CSV ne se lit pas : %(why)s.") % {"why": error}
        raise DomainError("bad_csv", message) from error
    shown = {"\t": _("tabulation")}.get(separator, separator)
    yield Table("", rows, _("CSV, %(encoding)s, séparateur « %(separator)s »") % {
        "encoding": encoding, "separator": shown
    })  # fmt: skip


def decode(data: bytes) -> tuple[str, str]:
    """Return the text of a CSV file and the name of its encoding.

    UTF-8 or UTF-16 when the bytes say so, else UTF-8 when they hold together, else Windows-1252, which
    French spreadsheets write; the five bytes it leaves without a letter are kept as ISO-8859-1 has them.
    """
    for mark, codec, name in (
        (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
        (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
        (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
    ):
        if data.startswith(mark):
            return data.decode(codec, errors="replace"), name
    try:
        return data.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError:
        return data.decode("latin-1"), "ISO-8859-1"


def separator_of(text: str) -> str:
    """Return the separator that cuts the first lines into the same number of cells, more than one."""
    sample = text[:20_000]
    best, score = ",", (0, 0)
    for separator in _SEPARATORS:
        widths = Counter(len(row) for row in csv.reader(io.StringIO(sample, newline=""), delimiter=separator))
        width, lines = max(
            widths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]), default=(0, 0)
        )
        if width > 1 and (lines, width) > score:
            best, score = separator, (lines, width)
    return best


# --------------------------------------------------------------------------------------- workbooks


def _workbook(path: Path) -> Iterator[Table]:
    try:
        book = CalamineWorkbook.from_path(str(path))
        for name in book.sheet_names:
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            yield Table(name[:100], [[cell_text(cell) for cell in row] for row in rows], _("classeur"))
    except PasswordError as error:
        message = _("Ce classeur est protégé par un mot de passe : enregistrez-le sans.")
        raise DomainError("workbook_locked", message) from error
    except (CalamineError, OSError, ValueError) as error:
        message = _("Ce classeur ne s'ouvre pas : il est abîmé, ou d'un format inconnu.")
        raise DomainError("bad_workbook", message) from error


def cell_text(cell: Any) -> str:
    """Return a cell as its reader sees it: whole numbers without decimals, days in ISO form."""
    if isinstance(cell, bool):
        return _("oui") if cell else _("non")
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 10**15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell).strip() if not isinstance(cell, timedelta) else str(cell)


# ----------------------------------------------------------------------------------------- Parquet


def _parquet(path: Path) -> Iterator[Table]:
    try:
        with duckdb.connect() as connection:
            found = connection.execute(
                "SELECT COLUMNS(*)::VARCHAR FROM read_parquet(?) LIMIT ?", [str(path), MOST_ROWS + 1]
            )
            header = [str(column[0]) for column in found.description]
            rows = [[("" if cell is None else cell).strip() for cell in row] for row in found.fetchall()]
    except duckdb.Error as error:
        raise DomainError("bad_parquet", _("Ce fichier Parquet ne s'ouvre pas.")) from error
    yield Table("", [header, *rows], "Parquet")


_READERS = {"csv": _csv, "workbook": _workbook, "parquet": _parquet}
