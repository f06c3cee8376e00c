"""A file of any spreadsheet is read as its reader sees it; what is no table is refused."""

import io
import subprocess
import zipfile
from datetime import date
from pathlib import Path

import duckdb
import pytest
from stream_write_ods import stream_write_ods
from xlsxwriter import Workbook

from terreau.common.errors import DomainError
from terreau.imports import reading
from terreau.imports.mending import mended
from tests.files import office

ROWS = [["Nom", "Objet"], ["Œuvre d'été", "a;b\nsuite"], ["Écaussystème", "x"]]


def text(separator: str) -> str:
    return "\n".join(
        separator.join(f'"{cell}"' if "\n" in cell or separator in cell else cell for cell in row)
        for row in ROWS
    )


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_csv_of_any_encoding_and_separator(tmp_path: Path, separator: str, encoding: str) -> None:
    path = tmp_path / "essai"
    path.write_bytes(text(separator).encode(encoding))
    (table,) = reading.read(path)
    assert table.rows == ROWS


def test_xlsx_says_what_its_reader_sees(tmp_path: Path) -> None:
    path = tmp_path / "essai.csv"
    with Workbook(str(path)) as book:
        book.add_worksheet("Vide")
        sheet = book.add_worksheet("Feuille 2")
        sheet.write_row(2, 0, ["SIRET", "Montant", "Le", "Oui"])
        sheet.write_number(3, 0, 40495778900012)
        sheet.write_number(3, 1, 1234.5)
        sheet.write_datetime(3, 2, date(2017, 12, 21), book.add_format({"num_format": "dd/mm/yyyy"}))
        sheet.write_boolean(3, 3, True)
        sheet.write_number(4, 0, 1.2345e20)
    (table,) = reading.read(path)
    assert table.name == "Feuille 2"
    assert table.rows[3] == ["40495778900012", "1234.5", "2017-12-21", "oui"]
    assert table.rows[4][0] == "1.2345e+20"


def test_ods_and_parquet(tmp_path: Path) -> None:
    ods = tmp_path / "essai"
    ods.write_bytes(b"".join(stream_write_ods([("Membres", ["Nom"], [["Écaussystème"]])])))
    assert reading.read(ods)[0].rows == [["Nom"], ["Écaussystème"]]
    parquet = tmp_path / "essai.parquet"
    with duckdb.connect() as db:
        db.execute(f"COPY (SELECT 'é' AS nom, 45032466000000.0::DOUBLE AS siret) TO '{parquet}'")
    assert reading.read(parquet)[0].rows == [["nom", "siret"], ["é", "45032466000000.0"]]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"%PDF-1.7 ...", "not_a_table"),
        (b"\x89PNG\r\n\x1a\n\0\0", "not_a_table"),
        (b"<html><body>", "not_a_table"),
        (b"PK\x03\x04 not a zip", "not_a_table"),
        (b";;;\n;;;\n", "empty_table"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, data: bytes, code: str) -> None:
    path = tmp_path / "essai.csv"
    path.write_bytes(data)
    with pytest.raises(DomainError) as refused:
        reading.read(path)
    assert refused.value.code == code


def test_a_workbook_that_hides_a_large_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_BYTES_OPEN", 1000)
    path = tmp_path / "bombe.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "0" * 100_000)
    with pytest.raises(DomainError) as refused:
        reading.read(path)
    assert refused.value.code == "workbook_too_large"


def test_too_many_rows_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_ROWS", 3)
    path = tmp_path / "long.csv"
    path.write_text("a;b\n" * 4)
    with pytest.raises(DomainError) as refused:
        reading.read(path)
    assert refused.value.code == "table_too_large"


@pytest.mark.parametrize(
    ("found", "meant"),
    [
        ("des \x9cuvres la\xefques", "des œuvres laïques"),
        ("Ã©tÃ©", "été"),
        ("l\x92été", "l’été"),
        ("été", "été"),
        ("Ã plein", "Ã plein"),
    ],
)
def test_letters_of_a_wrong_encoding(found: str, meant: str) -> None:
    assert mended(found) == meant


def test_cells_keep_what_a_spreadsheet_shows() -> None:
    assert reading.cell_text(12.0) == "12"
    assert reading.cell_text(0.1) == "0.1"
    assert reading.cell_text("  x ") == "x"
    assert io.StringIO(reading.cell_text(True)).read() == "oui"


@office
def test_xls_of_old_spreadsheets(tmp_path: Path) -> None:
    """A real .xls, made by LibreOffice: text, a number as an identifier, a date, a cell left empty."""
    made = tmp_path / "essai.xlsx"
    with Workbook(str(made)) as book:
        sheet = book.add_worksheet("Membres")
        sheet.write_row(0, 0, ["Nom", "SIRET", "Le", "Vide"])
        sheet.write_string(1, 0, "Écaussystème")
        sheet.write_number(1, 1, 40495778900012)
        sheet.write_datetime(1, 2, date(2017, 12, 21), book.add_format({"num_format": "dd/mm/yyyy"}))
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless"]
    command += ["--convert-to", "xls:MS Excel 97", "--outdir", str(tmp_path), str(made)]
    subprocess.run(command, capture_output=True, check=True, timeout=300)
    old = tmp_path / "essai.xls"
    assert old.read_bytes().startswith(b"\xd0\xcf\x11\xe0")
    (table,) = reading.read(old)
    assert table.name == "Membres"
    assert table.rows[0][:4] == ["Nom", "SIRET", "Le", "Vide"]
    assert table.rows[1][:3] == ["Écaussystème", "40495778900012", "2017-12-21"]
