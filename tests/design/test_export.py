"""Exports open safely in a spreadsheet, in three formats, and say so when asked for another."""

import io
import zipfile
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from terreau.common.errors import DomainError
from terreau.common.money import Euro
from terreau.design.export import export_response, neutral

COLUMNS = [("Nom", lambda row: row[0]), ("Valeur", lambda row: row[1])]
ROWS = [
    ("Pôle « Été » ; Redon", 12),
    ("=HYPERLINK(1)", Decimal("1.5")),
    ("Né", date(2014, 9, 19)),
    ("Vide", None),
]


def export(name: str, rows: list[Any] = ROWS) -> bytes:
    response = export_response(RequestFactory().get("/", {"format": name}), rows, COLUMNS, "poles")
    assert response is not None
    assert response["Content-Disposition"] == f'attachment; filename="poles.{name}"'
    return b"".join(response.streaming_content if response.streaming else [response.content])


def test_csv_opens_in_a_french_spreadsheet() -> None:
    lines = export("csv").decode("utf-8").split("\r\n")
    assert lines[0] == "\ufeffNom;Valeur"
    assert lines[1] == '"Pôle « Été » ; Redon";12'
    assert lines[2] == "'=HYPERLINK(1);1,5"
    assert lines[3] == "Né;2014-09-19"
    assert lines[4] == "Vide;"


@pytest.mark.parametrize("name", ["xlsx", "ods"])
def test_workbooks_hold_the_same_cells(name: str) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(export(name)))
    rows = book.get_sheet_by_index(0).to_python()
    assert rows[0] == ["Nom", "Valeur"]
    assert rows[1] == ["Pôle « Été » ; Redon", 12]
    assert rows[2] == ["'=HYPERLINK(1)", 1.5]
    assert str(rows[3][1]).startswith("2014-09-19")
    assert rows[4][0] == "Vide"


def test_a_workbook_never_holds_a_formula() -> None:
    with zipfile.ZipFile(io.BytesIO(export("xlsx", [("=1+1", 1), ("http://a.example", 2)]))) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", "\r1", "\n=1", "＝1", "  =1", "\u00a0+1"])
def test_what_looks_like_a_formula_becomes_text(text: str) -> None:
    assert neutral(text) == f"'{text}"


@given(st.text(st.characters()))
def test_no_text_can_run(text: str) -> None:
    cell = neutral(text)
    assert cell.encode("utf-8").decode("utf-8") == cell
    assert not cell.lstrip(" \u00a0\u202f").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_control_characters_do_not_break_a_workbook() -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(export("ods", [("a\x00b\x1fc\ud800", 1)])))
    assert book.get_sheet_by_index(0).to_python()[1][0] == "abc"


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (-5, -5),
        (Euro(-150), Decimal("-1.5")),
        (True, "oui"),
        (False, "non"),
        (None, ""),
        (["a", "b"], "a, b"),
    ],
)
def test_values_keep_their_meaning(value: object, cell: object) -> None:
    assert neutral(value) == cell


def test_the_page_itself_is_asked_for_without_a_format() -> None:
    assert export_response(RequestFactory().get("/"), ROWS, COLUMNS, "poles") is None


def test_an_unknown_format_is_refused_with_the_known_ones() -> None:
    with pytest.raises(DomainError) as caught:
        export_response(RequestFactory().get("/", {"format": "exe"}), ROWS, COLUMNS, "poles")
    assert caught.value.status == 422
    assert caught.value.facts["formats"] == ["csv", "xlsx", "ods"]
