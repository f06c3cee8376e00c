"""A file printed: a draft says so, a deposit its number and digest, and gives the same bytes each time."""

import io
from datetime import datetime
from typing import Any

from pypdf import PdfReader

from terreau.design.pdf import rendered
from terreau.dossiers import actions, document, sign_off
from terreau.dossiers.deposit import deposit
from terreau.dossiers.models import Answer, Dossier, FrozenCopy, Receipt
from tests.dossiers import making

NOON = datetime(2026, 3, 2, 11, 59, 59, tzinfo=making.PARIS)
CONTENT: dict[str, Any] = {
    "pages": [
        *making.CONTENT["pages"],
        {
            "code": "argent",
            "title": "L'argent",
            "sections": [
                {
                    "code": "budget",
                    "title": "Le budget",
                    "fields": [{"key": "budget", "kind": "budget", "label": "Budget prévisionnel"}],
                }
            ],
        },
    ]
}
ANSWERS = making.COMPLETE | {
    "budget": [
        {"side": "resource", "post": "Région", "cents": 4_500_000, "year": 2026, "kind": "cash"},
        {"side": "expense", "post": "Salaires", "cents": 4_500_000, "year": 2026, "kind": "cash"},
    ]
}


def _file(**values: Any) -> Dossier:
    lead = making.person("Ana")
    applicant = making.actor("La Régie")
    call = making.call(content=CONTENT, title="AMI des pôles")
    return making.dossier(call, lead=lead, applicant=applicant, answers=ANSWERS, **values)


def _deposited(row: Dossier) -> Receipt:
    return deposit(row, by=row.created_by, key="cle", at=NOON)


def _words(pdf: bytes) -> str:
    return " ".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def test_a_draft_is_a_tagged_document_that_says_so(db: None) -> None:
    made = rendered(document.document(document.of_draft(_file(example=True), at=NOON)))
    read = PdfReader(io.BytesIO(made))
    assert read.trailer["/Root"]["/MarkInfo"]["/Marked"]  # type: ignore[index]
    words = _words(made)
    for said in (
        "Brouillon : ce dossier n'est pas déposé",
        "exemple fictif",
        "Une conserverie de quartier",
        "Demande de La Régie",
        "45 000 €",
        "Salaires",
        "Total des dépenses",
        "sans réponse",
    ):
        assert said in words.replace("\u202f", " ").replace("\u00a0", " "), said
    assert "Depuis quand" not in words


def test_a_deposit_says_its_number_and_digest_and_never_changes(db: None) -> None:
    row = _file()
    receipt = _deposited(row)
    copy = FrozenCopy.objects.select_related("form", "dossier", "receipt").get(pk=receipt.copy_id)
    first = rendered(document.document(document.of_copy(copy)))
    Answer.objects.filter(dossier=row, key="title").update(value="Tout autre chose")
    assert rendered(document.document(document.of_copy(copy))) == first
    words = _words(first)
    assert receipt.number in words
    assert copy.sha256[:40] in words.replace(" ", "")
    assert "11:59:59" in words
    assert "Brouillon" not in words


def test_the_name_of_the_file_is_readable(db: None) -> None:
    row = _file()
    draft = document.of_draft(row, at=NOON)
    assert document.file_name(draft) == f"{row.reference}-une-conserverie-de-quartier-brouillon"
    receipt = _deposited(row)
    assert document.file_name(document.of_copy(receipt.copy)).endswith("-copie-1")


def test_a_stale_signature_is_said_in_the_document(db: None) -> None:
    row = _file()
    lead = row.created_by
    assert lead is not None
    row.writers.update(actor=row.applicant)
    sign_off.sign(row, row.applicant, seen=sign_off.digest_of(row), by=lead)
    assert "à signer de nouveau" not in str(document.document(document.of_draft(row, at=NOON)).blocks)
    actions.answer(row, "summary", "Autre résumé", base_version=None, by=lead)
    assert "à signer de nouveau" in str(document.document(document.of_draft(row, at=NOON)).blocks)
    copy = _deposited(row).copy
    assert "à signer de nouveau" in str(document.document(document.of_copy(copy)).blocks)
