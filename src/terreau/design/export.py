"""Any list as CSV, XLSX or ODS, safe to open in a spreadsheet.

CSV is UTF-8 with a byte order mark, separated by semicolons: what French spreadsheets open by a double
click. A cell that begins like a formula is made text, so that nothing typed by somebody is ever run.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from os import SEEK_END
from tempfile import TemporaryFile
from typing import IO, Any

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from stream_write_ods import stream_write_ods
from xlsxwriter import Workbook

from terreau.common.errors import DomainError
from terreau.common.money import Euro
from terreau.design.export_columns import Columns, choice_page, remember, taken

FORMATS = ("csv", "xlsx", "ods")
#: What ``?format=`` says to choose the columns first.
CHOOSE = "choisir"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_BOM = "\ufeff"
#: What neither XML nor UTF-8 can hold.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def neutral(value: Any) -> Any:
    """Return a value fit for a cell: numbers, dates and booleans as they are, text never a formula.

    Text that begins with ``= + - @``, their full-width forms, a tab or a line break (also after
    spaces) is preceded by an apostrophe, control characters are dropped. ``None`` is an empty cell,
    lists are joined by commas.
    """
    if value is None:
        return ""
    if isinstance(value, Euro):
        return Decimal(value.cents) / 100
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(value, int | float | Decimal | date):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        value = ", ".join(str(item) for item in value)
    text = _UNFIT.sub("", str(value))
    return (
        f"'{text}" if text.startswith(_FORMULA) or text.lstrip(" \u00a0\u202f").startswith(_FORMULA) else text
    )


def _rows(rows: Iterable[Any], columns: Columns) -> Iterator[list[Any]]:
    for row in rows:
        yield [neutral(read(row)) for _header, read in columns]


def _plain(value: Any) -> Any:
    """Return a CSV cell: decimals with a comma, dates in ISO form."""
    if isinstance(value, float | Decimal):
        return str(value).replace(".", ",")
    return value.isoformat() if isinstance(value, date) else value


class _Echo:
    """A file that gives back what is written, so that ``csv`` can be streamed."""

    def write(self, text: str) -> str:
        return text


def csv_response(rows: Iterable[Any], columns: Columns, name: str) -> StreamingHttpResponse:
    """Return the rows as a CSV file named ``name.csv``, written as they are read."""
    writer = csv.writer(_Echo(), delimiter=";", lineterminator="\r\n")

    def lines() -> Iterator[str]:
        yield _BOM + writer.writerow([neutral(header) for header, _read in columns])
        for row in _rows(rows, columns):
            yield writer.writerow([_plain(cell) for cell in row])

    return StreamingHttpResponse(
        lines(), content_type="text/csv; charset=utf-8", headers=_attachment(f"{name}.csv")
    )


def xlsx_response(rows: Iterable[Any], columns: Columns, name: str) -> StreamingHttpResponse:
    """Return the rows as an XLSX workbook named ``name.xlsx``: one sheet, header in bold, frozen.

    A workbook cannot be sent before its last row is known: it is written to a temporary file, row by row.
    """
    file = TemporaryFile()  # noqa: SIM115 – closed when its last part is sent
    book = Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                           "default_date_format": "yyyy-mm-dd", "remove_timezone": True})  # fmt: skip
    book.set_properties({"created": datetime.now(UTC).replace(tzinfo=None)})
    sheet = book.add_worksheet(_sheet_name(name))
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, [neutral(header) for header, _read in columns], book.add_format({"bold": True}))
    for number, row in enumerate(_rows(rows, columns), start=1):
        for column, cell in enumerate(row):
            _write_cell(sheet, number, column, cell)
    book.close()
    size = file.seek(0, SEEK_END)
    file.seek(0)
    return StreamingHttpResponse(
        _parts(file),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={**_attachment(f"{name}.xlsx"), "Content-Length": str(size)},
    )


def _parts(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while part := file.read(1 << 16):
            yield part


def _write_cell(sheet: Any, row: int, column: int, cell: Any) -> None:
    if isinstance(cell, str):
        sheet.write_string(row, column, cell)
    elif isinstance(cell, date):
        sheet.write_datetime(row, column, cell)
    else:
        sheet.write_number(row, column, cell)


def ods_response(rows: Iterable[Any], columns: Columns, name: str) -> StreamingHttpResponse:
    """Return the rows as an ODS workbook named ``name.ods``, written as they are read."""
    headers = [neutral(header) for header, _read in columns]
    cells = ([float(c) if isinstance(c, Decimal) else c for c in row] for row in _rows(rows, columns))
    sheets = [(_sheet_name(name), headers, cells)]
    return StreamingHttpResponse(
        stream_write_ods(sheets),
        content_type="application/vnd.oasis.opendocument.spreadsheet",
        headers=_attachment(f"{name}.ods"),
    )


def _sheet_name(name: str) -> str:
    return name[:31]


def _attachment(filename: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{filename}"'}


def export_response(
    request: HttpRequest, rows: Iterable[Any], columns: Columns, name: str
) -> HttpResponseBase | None:
    """Return the export that ``?format=`` asks for, ``None`` when the page itself is asked for.

    ``?colonnes=`` chooses the columns and ``?format=choisir`` shows the form that does. An unknown format or
    column is a ``DomainError`` (422) that names the known ones.
    """
    asked = request.GET.get("format", "")
    if asked in {"", "html"}:
        return None
    if asked == CHOOSE:
        return choice_page(request, columns, name, FORMATS)
    makers: dict[str, Callable[[Iterable[Any], Columns, str], HttpResponseBase]] = {
        "csv": csv_response,
        "xlsx": xlsx_response,
        "ods": ods_response,
    }
    if asked not in makers:
        message = _("Ce format d'export n'existe pas. Formats possibles : csv, xlsx, ods.")
        raise DomainError("unknown_format", message, facts={"format": asked[:40], "formats": list(FORMATS)})
    response = makers[asked](rows, taken(request, columns), name)
    remember(request, response, name)
    return response
