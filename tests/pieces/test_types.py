"""What a file is, whatever it is called, and which ones are refused."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from terreau.common.errors import DomainError
from terreau.pieces import types
from terreau.pieces.actions import attach
from terreau.pieces.models import Blob, Piece
from terreau.subjects import actions as subjects

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODS = "application/vnd.oasis.opendocument.spreadsheet"


def container(**parts: str) -> bytes:
    """A ZIP container of these parts; ``_`` stands for what Python does not allow in a name."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name, text in parts.items():
            made.writestr(name, text)
    return file.getvalue()


WORD = container(**{"[Content_Types].xml": "<Types/>", "word/document.xml": "<w/>"})
SHEET = container(**{"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<w/>"})
OPEN_SHEET = container(**{"mimetype": ODS, "content.xml": "<office/>"})
FILES = [
    (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "application/pdf"),
    (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "image/jpeg"),
    (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
    (b"\0\0\0\x18ftypheic\0\0\0\0", "image/heic"),
    (WORD, DOCX),
    (SHEET, XLSX),
    (OPEN_SHEET, ODS),
    (b"PAR1\x15\x04\0", "application/vnd.apache.parquet"),
    (b"nom;siren\n", "text/plain"),
    ("commune;population\nOrléans;1".encode("cp1252"), "text/plain"),
    ("\ufeffnom;âge\n".encode("utf-16-le"), "text/plain"),
    # Letters that begin a signature begin words too.
    (b"BM;MZ;PK;GIF89a\n", "text/plain"),
    (b"MZ;commune\n", "text/plain"),
    (b"  <!DOCTYPE html><p>", "text/html"),
    (b"\xef\xbb\xbf<script>alert(1)</script>", "text/html"),
    (b"<!-- --><svg onload=alert(1)>", "image/svg+xml"),
    (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml"),
    (b'<?xml version="1.0"?><a/>', "application/xml"),
    (b"#!/bin/sh\nrm -rf /\n", "text/x-script"),
    (b"MZ\x90\0\x03\0\0\0", "application/vnd.microsoft.portable-executable"),
    (b"\x7fELF\x02\x01", "application/x-executable"),
    (container(**{"a.txt": "a"}), "application/zip"),
    (b"PK\x03\x04 not a container", "application/zip"),
    (container(**{"[Content_Types].xml": "<Types/>", "word/vbaProject.bin": "a"}), types.MACROS),
    (container(**{"mimetype": ODS, "Basic/Standard/Module1.xml": "a"}), types.MACROS),
    (container(**{"mimetype": "text/html", "content.xml": "a"}), "application/zip"),
]


@pytest.mark.parametrize(("content", "expected"), FILES)
def test_the_content_says_the_type(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert types.told(content[:4096], path) == expected


@pytest.mark.parametrize(
    ("name", "media", "kept"),
    [
        ("Statuts.PDF", "application/pdf", "Statuts.PDF"),
        ("Statuts", "application/pdf", "Statuts.pdf"),
        ("a.exe", "text/plain", "a.exe.txt"),
        ("page.html", "text/plain", "page.html.txt"),
        ("bilan.2024", XLSX, "bilan.2024.xlsx"),
    ],
)
def test_a_name_never_says_another_type(name: str, media: str, kept: str) -> None:
    assert types.name_for(name, media) == kept


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.PIECES_DIR = tmp_path / "pieces"
    return tmp_path / "pieces"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("statuts.pdf", b"<html><script>alert(1)</script>", "piece_type"),
        ("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "piece_type"),
        ("facture.pdf", b"MZ\x90\0\x03\0\0\0", "piece_type"),
        ("tout.zip", container(**{"a.txt": "a"}), "piece_type"),
        ("statuts.pdf", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "piece_wrong_name"),
    ],
)
def test_what_is_not_accepted_leaves_nothing(folder: Path, name: str, content: bytes, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        attach(subjects.create("actor"), io.BytesIO(content), name, by=None)
    assert (refused.value.code, refused.value.status) == (code, 415)
    assert not Blob.objects.exists()
    assert not Piece.objects.exists()
    assert [path for path in folder.rglob("*") if path.is_file()] == []
