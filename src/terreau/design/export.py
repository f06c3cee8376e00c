"""Any list as CSV, XLSX or ODS, safe to open in a spreadsheet, and as GeoJSON where its rows have a place.

CSV is UTF-8 with a byte order mark, separated by semicolons: what French spreadsheets open by a double
click. A cell that begins like a formula is made text, so that nothing typed by somebody is ever run.
"""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from os import SEEK_END
from tempfile import TemporaryFile
from typing import Any

from django.http import FileResponse, HttpRequest, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from stream_write_ods import stream_write_ods
from xlsxwriter import Workbook

from terreau.common.errors import DomainError
from terreau.common.money import Euro
from terreau.design.export_columns import SCHEMA, Column, Columns, choice_page, remember, taken, whole

#: Formats of any list, and the one of a list whose rows have a place.
FORMATS, PLACED = ("csv", "xlsx", "ods"), "geojson"
Place = Callable[[Any], tuple[float, float] | None]
"""Where a row is: longitude and latitude (WGS 84), ``None`` when it is not known."""
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


def formats(*, place: bool) -> tuple[str, ...]:
    """Return the formats of a list whose rows have a ``place``, or not."""
    return (*FORMATS, PLACED) if place else FORMATS


def format_label(name: str) -> str:
    """Return a format as a person writes it."""
    return "GeoJSON" if name == PLACED else name.upper()


def _rows(rows: Iterable[Any], columns: Iterable[Column]) -> Iterator[list[Any]]:
    readers = [column.read for column in columns]
    for row in rows:
        yield [neutral(read(row)) for read in readers]


def _headers(columns: Iterable[Column]) -> list[str]:
    return [neutral(column.header) for column in columns]


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
    writer, named = csv.writer(_Echo(), delimiter=";", lineterminator="\r\n"), whole(columns)

    def lines() -> Iterator[str]:
        yield _BOM + writer.writerow(_headers(named))
        for row in _rows(rows, named):
            yield writer.writerow([_plain(cell) for cell in row])

    return StreamingHttpResponse(
        lines(), content_type="text/csv; charset=utf-8", headers=_attachment(f"{name}.csv")
    )


def xlsx_response(rows: Iterable[Any], columns: Columns, name: str) -> StreamingHttpResponse:
    """Return the rows as an XLSX workbook named ``name.xlsx``: one sheet, header in bold, frozen.

    A workbook cannot be sent before its last row is known: it is written to a temporary file, row by row.
    """
    named = whole(columns)
    file = TemporaryFile()  # noqa: SIM115 – closed with the response
    book = Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                           "default_date_format": "yyyy-mm-dd", "remove_timezone": True})  # fmt: skip
    book.set_properties({"created": datetime.now(UTC).replace(tzinfo=None)})
    sheet = book.add_worksheet(_sheet_name(name))
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, _headers(named), book.add_format({"bold": True}))
    for number, row in enumerate(_rows(rows, named), start=1):
        for column, cell in enumerate(row):
            _write_cell(sheet, number, column, cell)
    book.close()
    size = file.seek(0, SEEK_END)
    file.seek(0)
    return FileResponse(
        file,
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={**_attachment(f"{name}.xlsx"), "Content-Length": str(size)},
    )


def _write_cell(sheet: Any, row: int, column: int, cell: Any) -> None:
    if isinstance(cell, str):
        sheet.write_string(row, column, cell)
    elif isinstance(cell, date):
        sheet.write_datetime(row, column, cell)
    else:
        sheet.write_number(row, column, cell)


def ods_response(rows: Iterable[Any], columns: Columns, name: str) -> StreamingHttpResponse:
    """Return the rows as an ODS workbook named ``name.ods``, written as they are read."""
    named = whole(columns)
    cells = ([float(c) if isinstance(c, Decimal) else c for c in row] for row in _rows(rows, named))
    sheets = [(_sheet_name(name), _headers(named), cells)]
    return StreamingHttpResponse(
        stream_write_ods(sheets),
        content_type="application/vnd.oasis.opendocument.spreadsheet",
        headers=_attachment(f"{name}.ods"),
    )


def geojson_response(rows: Iterable[Any], columns: Columns, name: str, place: Place) -> StreamingHttpResponse:
    """Return the rows as points (RFC 7946) in ``name.geojson``, written as they are read.

    Properties have the keys of the columns. A row whose place is not known has no geometry: it is there too.
    """
    named = whole(columns)

    def parts() -> Iterator[str]:
        yield '{"type":"FeatureCollection","features":['
        for number, row in enumerate(rows):
            yield f"{',' if number else ''}\n{_JSON.encode(_feature(row, named, place(row)))}"
        yield "\n]}\n"

    headers = _attachment(f"{name}.{PLACED}")
    return StreamingHttpResponse(parts(), content_type="application/geo+json", headers=headers)


_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _feature(row: Any, columns: Iterable[Column], at: tuple[float, float] | None) -> dict[str, Any]:
    point = {"type": "Point", "coordinates": [round(at[0], 5), round(at[1], 5)]} if at else None
    properties = {column.key: _json_value(column.read(row)) for column in columns}
    return {"type": "Feature", "geometry": point, "properties": properties}


def _json_value(value: Any) -> Any:
    if isinstance(value, Euro):
        return value.cents / 100
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [str(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float) else _UNFIT.sub("", str(value))


def table_schema(columns: Columns) -> dict[str, Any]:
    """Return the Table Schema of the CSV file that these columns make."""
    return {
        "$schema": "https://specs.frictionlessdata.io/schemas/table-schema.json",
        "fields": [_field(column) for column in whole(columns)],
        "missingValues": [""],
    }


def _field(column: Column) -> dict[str, Any]:
    described = {"name": neutral(column.header), "type": column.type}
    if column.type == "number":
        described["decimalChar"] = ","
    if column.type == "boolean":
        described |= {"trueValues": [_("oui")], "falseValues": [_("non")]}
    return described


def _sheet_name(name: str) -> str:
    return name[:31]


def _attachment(filename: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{filename}"'}


def export_response(  # noqa: PLR0913
    request: HttpRequest,
    rows: Iterable[Any],
    columns: Columns,
    name: str,
    *,
    place: Place | None = None,
    title: str = "",
    back: str = "",
) -> HttpResponseBase | None:
    """Return the export that ``?format=`` asks for, ``None`` when the page itself is asked for.

    ``?colonnes=`` chooses the columns, ``?format=choisir`` shows the form that does (``title`` says which
    list, ``back`` where it is shown), ``?format=schema`` gives the Table Schema of the CSV. ``place`` adds
    GeoJSON. An unknown format or column is a ``DomainError`` (422) that names the known ones.
    """
    asked, known = request.GET.get("format", ""), formats(place=bool(place))
    if asked in {"", "html"}:
        return None
    if asked == CHOOSE:
        return choice_page(request, columns, name, known, title=title, back=back)
    chosen = taken(request, columns)
    if asked == SCHEMA:
        return JsonResponse(table_schema(chosen), json_dumps_params={"ensure_ascii": False, "indent": 1})
    if asked not in known:
        message = _("Ce format d'export n'existe pas. Formats possibles : %(known)s.")
        facts = {"format": asked[:40], "formats": list(known)}
        raise DomainError("unknown_format", message % {"known": ", ".join(known)}, facts=facts)
    response = _made(asked, rows, chosen, name, place)
    remember(request, response, name)
    return response


def _made(
    form: str, rows: Iterable[Any], columns: Columns, name: str, place: Place | None
) -> StreamingHttpResponse:
    if place and form == PLACED:
        return geojson_response(rows, columns, name, place)
    makers = {"csv": csv_response, "xlsx": xlsx_response, "ods": ods_response}
    return makers[form](rows, columns, name)


def download(  # noqa: PLR0913
    request: HttpRequest,
    rows: Iterable[Any],
    columns: Columns,
    name: str,
    *,
    place: Place | None = None,
    title: str = "",
    back: str = "",
) -> HttpResponseBase:
    """Return what the address of a list without a page gives: its file, else the choice of its columns."""
    made = export_response(request, rows, columns, name, place=place, title=title, back=back)
    known = formats(place=bool(place))
    return made or choice_page(request, columns, name, known, title=title, back=back)
