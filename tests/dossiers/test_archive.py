"""Everything of a file in one ZIP: readable names, digests that check, nothing silently left out."""

import hashlib
import io
import json
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from terreau.dossiers import actions, archive, document
from terreau.dossiers.deposit import deposit
from terreau.dossiers.models import Dossier
from terreau.pieces.models import Piece
from tests.dossiers import making

NOON = datetime(2026, 3, 2, 11, 59, 59, tzinfo=making.PARIS)
CONTENT: dict[str, Any] = {
    "pages": [
        *making.CONTENT["pages"],
        {
            "code": "pieces",
            "title": "Les pièces",
            "sections": [
                {"code": "1", "title": "", "fields": [{"key": "statuts", "kind": "file", "label": "Statuts"}]}
            ],
        },
    ]
}
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture(autouse=True)
def _kept_here(tmp_path: Path, settings: Any) -> None:
    settings.PIECES_DIR = tmp_path / "pieces"


def _file() -> tuple[Dossier, Any]:
    lead = making.person("Ana")
    row = making.dossier(making.call(content=CONTENT), lead=lead, answers=making.COMPLETE)
    for rank, name in enumerate(("statuts signés.pdf", "statuts signés.pdf")):
        actions.join(row, "statuts", io.BytesIO(PDF + b"%" * rank), name, by=lead)
    return row, lead


def _opened(row: Dossier, edition: document.Edition) -> tuple[zipfile.ZipFile, bytes]:
    made, _name = archive.build(edition, row.pk)
    with made:
        content = made.read()
    return zipfile.ZipFile(io.BytesIO(content)), content


def test_names_are_readable_and_every_digest_checks(db: None) -> None:
    row, lead = _file()
    receipt = deposit(row, by=lead, key="cle", at=NOON)
    packed, content = _opened(row, document.of_copy(receipt.copy))
    root = f"{row.reference}-une-conserverie-de-quartier-copie-1"
    names = [name.removeprefix(f"{root}/") for name in packed.namelist()]
    assert names == [
        "dossier.pdf",
        "copie-figee.json",
        "pieces/01 – Statuts – statuts signés.pdf",
        "pieces/02 – Statuts – statuts signés.pdf",
        "empreintes-sha256.txt",
        "À LIRE.txt",
    ]
    for line in packed.read(f"{root}/empreintes-sha256.txt").decode().splitlines():
        digest, _mark, path = line.partition("  ")
        assert hashlib.sha256(packed.read(f"{root}/{path}")).hexdigest() == digest
    assert hashlib.sha256(packed.read(f"{root}/copie-figee.json")).hexdigest() == receipt.sha256
    assert receipt.sha256 in packed.read(f"{root}/À LIRE.txt").decode()
    assert _opened(row, document.of_copy(receipt.copy))[1] == content


def test_a_piece_taken_away_later_stays_in_the_copy(db: None) -> None:
    row, lead = _file()
    receipt = deposit(row, by=lead, key="cle", at=NOON)
    row.joined.update(removed_at=NOON)
    packed, _content = _opened(row, document.of_copy(receipt.copy))
    assert sum("/pieces/" in name for name in packed.namelist()) == 2


def test_a_refused_piece_is_said_and_not_given(db: None) -> None:
    row, _lead = _file()
    Piece.objects.filter(subject=row.subject).update(state="refused", reason="virus d'essai")
    packed, _content = _opened(row, document.of_draft(row, at=NOON))
    about = next(name for name in packed.namelist() if name.endswith("LIRE.txt"))
    said = packed.read(about).decode()
    assert "l'antivirus l'a refusée" in said
    assert "Brouillon" in said
    assert not any("/pieces/" in name for name in packed.namelist())
    whole = json.loads(packed.read(next(name for name in packed.namelist() if name.endswith(".json"))))
    assert whole["title"] == "Une conserverie de quartier"


@pytest.mark.parametrize(
    ("question", "name", "path"),
    [
        ("Statuts", "../../etc/passwd", "01 – Statuts – passwd"),
        ("", "plan.pdf", "01 – plan.pdf"),
        ("Quoi / où ?", "a\u202eb.pdf", "01 – où _ – ab.pdf"),
        ("Statuts", "x" * 300 + ".pdf", "01 – Statuts – " + "x" * 101 + ".pdf"),
    ],
)
def test_no_name_leads_out_of_the_archive(question: str, name: str, path: str) -> None:
    assert archive.readable(1, question, name) == path
