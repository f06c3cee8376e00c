"""Exports open safely in a spreadsheet, in three formats, and say so when asked for another."""

import io
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import RequestFactory
from django.utils.translation import gettext_lazy, override
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from terreau.common.errors import DomainError
from terreau.common.money import Euro
from terreau.design.export import export_response, neutral
from terreau.design.export_columns import keys_of

COLUMNS = [("Nom", lambda row: row[0]), ("Valeur", lambda row: row[1])]
ROWS = [
    ("Pôle « Été » ; Redon", 12),
    ("=HYPERLINK(1)", Decimal("1.5")),
    ("Né", date(2014, 9, 19)),
    ("Vide", None),
]


def export(name: str, rows: list[Any] = ROWS) -> bytes:
    response: Any = export_response(RequestFactory().get("/", {"format": name}), rows, COLUMNS, "poles")
    assert response is not None
    assert response["Content-Disposition"] == f'attachment; filename="poles.{name}"'
    body = b"".join(response.streaming_content)
    free(response)
    return body


def free(response: Any) -> None:
    """Close the file that is sent; ``close()`` would speak to the database too."""
    for close in response._resource_closers:
        close()


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


MANY = [("Nom", lambda row: f"Pôle {row}"), ("Valeur", lambda row: row)]


def asked(query: str, rows: Any = ROWS, columns: Any = COLUMNS, **more: Any) -> Any:
    response = export_response(RequestFactory().get(f"/{query}", **more), rows, columns, "poles")
    assert response is not None
    return response


@pytest.mark.parametrize("query", ["?format=csv&colonnes=valeur", "?format=csv&colonnes=valeur,"])
def test_columns_are_chosen_in_the_address_and_remembered(query: str) -> None:
    response = asked(query)
    assert b"".join(response.streaming_content).decode().split("\r\n")[:2] == ["\ufeffValeur", "12"]
    assert response.cookies["colonnes-poles"].value == "valeur"
    assert response.cookies["colonnes-poles"]["httponly"]


def test_all_columns_come_without_a_choice_and_leave_no_cookie() -> None:
    assert not asked("?format=csv").cookies


def test_a_column_has_the_same_key_in_english() -> None:
    with override("en"):
        assert keys_of([(gettext_lazy("Région"), str)]) == ["region"]


def test_an_unknown_column_is_refused_with_the_known_ones() -> None:
    with pytest.raises(DomainError) as caught:
        asked("?format=csv&colonnes=nom,secret")
    assert (caught.value.status, caught.value.facts["colonnes"]) == (422, ["nom", "valeur"])


@pytest.mark.parametrize(("name", "held"), [("csv", 3), ("ods", 12), ("xlsx", 12)])
def test_an_export_takes_little_memory(name: str, held: int) -> None:
    """20,000 rows take ``held`` MB at most; what 100,000 take was measured apart (134 MB for a process)."""
    tracemalloc.start()
    try:
        response = asked(f"?format={name}", (i for i in range(20_000)), MANY)
        size = sum(len(part) for part in response.streaming_content)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    free(response)
    assert size > 50_000
    assert peak < held * 1_000_000, peak


def test_csv_reads_rows_as_they_are_sent() -> None:
    read: list[int] = []

    def rows() -> Iterator[int]:
        for number in range(100_000):
            read.append(number)
            yield number

    parts = iter(asked("?format=csv", rows(), MANY).streaming_content)
    for _number in range(10):
        next(parts)
    assert len(read) < 20
