"""Files are kept once, by their content; citations too."""

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terreau.common.errors import DomainError
from terreau.common.periods import PartialDate
from terreau.pieces import store
from terreau.pieces.actions import attach, move, source
from terreau.pieces.models import Blob, Piece, Source
from terreau.pieces.rules import safe_name
from terreau.subjects import actions as subjects
from tests.two_connections import at_once

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.PIECES_DIR = tmp_path / "pieces"
    return tmp_path / "pieces"


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_the_same_bytes_are_kept_once(folder: Path) -> None:
    first, again, other = (store.put(io.BytesIO(data)) for data in (PDF, PDF, b"autre"))
    assert first == again != other
    assert sorted(path.name for path in files(folder)) == sorted([first.sha256, other.sha256])
    with store.open_blob(first) as file:
        assert file.read() == PDF
    assert first.size == len(PDF)
    assert store.path_of(first.sha256).stat().st_mode & 0o077 == 0, "nobody else reads it"


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (PDF, "application/pdf"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "image/png"),
        ("nom;âge\n".encode(), "text/plain"),
        ("é".encode() * 5000, "text/plain"),
        (b"\x00\x01\x02\xfe\xfe", "application/octet-stream"),
        (b"<html><script>alert(1)</script>", "text/html"),
    ],
)
def test_the_type_is_told_by_the_content(head: bytes, expected: str) -> None:
    assert store.put(io.BytesIO(head)).media_type == expected


@pytest.mark.parametrize(("data", "code"), [(b"", "piece_empty"), (b"x" * 101, "piece_too_large")])
def test_nothing_is_kept_of_a_refused_file(folder: Path, data: bytes, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        store.put(io.BytesIO(data), limit=100)
    assert refused.value.code == code
    assert files(folder) == []
    assert not Blob.objects.exists()


def test_damage_on_the_disk_is_seen() -> None:
    blob = store.put(io.BytesIO(PDF))
    assert store.intact(blob)
    store.path_of(blob.sha256).write_bytes(b"autre chose")
    assert not store.intact(blob)
    store.path_of(blob.sha256).unlink()
    assert not store.intact(blob)


def test_a_piece_waits_in_quarantine(settings: Any) -> None:
    settings.CLAMD = "127.0.0.1:1"
    piece = attach(subjects.create("actor"), io.BytesIO(PDF), "../../etc/Statuts signés.pdf", by=None)
    assert (piece.name, piece.state, piece.public) == ("Statuts signés.pdf", Piece.State.QUARANTINE, False)
    assert move(piece, "accept").state == Piece.State.CLEAN
    with pytest.raises(DomainError, match="en attente"):
        move(piece, "accept")
    assert move(piece, "reject", reason="Eicar").state == Piece.State.REFUSED


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("", "piece"),
        ("...", "piece"),
        ("C:\\Users\\x\\bilan.xlsx", "bilan.xlsx"),
        ("a\u202efdp.exe", "afdp.exe"),
        ("a\0b\nc.txt", "ab c.txt"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
    ],
)
def test_names_are_made_safe(name: str, expected: str) -> None:
    assert safe_name(name) == expected


@given(st.text(max_size=400))
def test_any_name_becomes_a_safe_one(name: str) -> None:
    safe = safe_name(name)
    assert 0 < len(safe) <= 200
    assert not set(safe) & set('/\\:<>|?*"\0\n\r')
    assert safe_name(safe) == safe


def test_a_source_is_one_row_whoever_cites_it() -> None:
    first = source("seed", "S1", "Appel", "§1", published=PartialDate.parse("2012-05"))
    assert source("seed", "S1", "Appel", "§1") == first
    assert source("seed", "S1", "Appel", "§2") != first
    assert (first.published_on, first.published_precision) == (date(2012, 5, 1), "month")


@pytest.mark.parametrize("bad", [{"url": "javascript:alert(1)"}, {"section": "x" * 301}, {"kind": "rumeur"}])
def test_a_source_that_does_not_fit_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(DomainError, match="citée"):
        source(**{"kind": "page", "code": "x", "document": "X", **bad})
    assert not Source.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_people_cite_and_attach_the_same_at_once() -> None:
    def cite() -> Source:
        return source("page", "archer.fr", "Archer", url="https://archer.fr")

    def keep() -> Blob:
        return store.put(io.BytesIO(PDF))

    one, two, first, second = at_once(cite, cite, keep, keep)
    assert one == two
    assert first == second
    assert (Source.objects.count(), Blob.objects.count()) == (1, 1)
