"""Documents filed once and cited everywhere: a title, who reads it, its successive files.

Who may file, change or read is said by the rooms that know whose documents these are.
"""

from collections.abc import Mapping
from typing import Any, BinaryIO
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.common.errors import DomainError
from terreau.journal.actions import record, save_fresh
from terreau.pieces.actions import attach
from terreau.pieces.models import Document, DocumentLink, Edition, Piece
from terreau.subjects import actions as subjects
from terreau.subjects.models import Subject


def file(  # noqa: PLR0913
    subject: Subject, stream: BinaryIO, name: str, *, title: str, audience: str, by: User | None
) -> Document:
    """File a document with its first edition. Raises what ``attach`` raises, and then nothing is kept."""
    titled = _titled(title or name)
    _audience(audience)
    with transaction.atomic():
        piece = attach(subject, stream, name, by=by, public=audience == Document.Audience.PUBLIC)
        row = Document.objects.create(subject=subject, title=titled, audience=audience, filed_by=by)
        Edition.objects.create(document=row, number=1, piece=piece, by=by)
        told = {"document": row.pk.hex, "sha256": piece.blob_id, "audience": audience}
        record(subject, "document.filed", by=by, data=told)
    return row


def renew(document: Document, stream: BinaryIO, name: str, *, note: str, by: User | None) -> Edition:
    """Give a document its next edition; the ones before stay, and what cites it cites the new one."""
    with transaction.atomic():
        subjects.lock(document.subject_id)
        _standing(document)
        last = current(document)
        public = document.audience == Document.Audience.PUBLIC
        piece = attach(document.subject, stream, name, by=by, public=public)
        if last is not None and last.piece.blob_id == piece.blob_id:
            words = _("C'est le même fichier que la version en vigueur : rien n'a changé.")
            raise DomainError("same_file", words, facts={"field": "file"}, status=409)
        number = (Edition.objects.filter(document=document).aggregate(last=Max("number"))["last"] or 0) + 1
        said = note.strip()[:300]
        row = Edition.objects.create(document=document, number=number, piece=piece, note=said, by=by)
        if public:
            # An edition that is in force no more is read by those of the pole only.
            Piece.objects.filter(edition__document=document).exclude(pk=piece.pk).update(public=False)
        told = {"document": document.pk.hex, "number": number, "sha256": piece.blob_id}
        record(document.subject, "document.renewed", by=by, data=told)
    return row


def change(
    document: Document, *, base: Mapping[str, Any], mine: Mapping[str, Any], by: User | None
) -> Document:
    """Change the title or who reads a document; two people at once merge, or choose (409)."""
    _standing(document)
    values = {**mine, "title": _titled(str(mine["title"]))}
    _audience(str(values["audience"]))
    with transaction.atomic():
        row = save_fresh(
            document, subject=document.subject, verb="document.changed", base=base, mine=values, by=by
        )
        if row.audience != document.audience:
            _publish(row)
    return row


def cite(document: Document, subject: Subject, *, note: str = "", by: User | None) -> DocumentLink:
    """Cite a document from a subject, once; two people at once make one citation."""
    _standing(document)
    try:
        with transaction.atomic():
            row = DocumentLink.objects.create(
                document=document, subject=subject, note=note.strip()[:200], by=by
            )
            told = {"document": document.pk.hex, "by_subject": subject.pk.hex}
            record(document.subject, "document.cited", by=by, data=told)
    except IntegrityError as error:
        words = _("Ce document y est déjà cité.")
        raise DomainError("cited_already", words, facts={"field": "subject"}, status=409) from error
    return row


def cite_no_more(link: DocumentLink, *, by: User | None) -> None:
    """End a citation; the document stays."""
    with transaction.atomic():
        if not DocumentLink.objects.filter(pk=link.pk, ended_at=None).update(ended_at=timezone.now()):
            raise DomainError("ended_already", _("Cette citation est déjà retirée."), status=409)
        told = {"document": link.document_id.hex, "by_subject": link.subject_id.hex}
        record(link.document.subject, "document.uncited", by=by, data=told)


def withdraw(document: Document, *, reason: str, by: User | None) -> None:
    """Take a document away from its readers, with the reason; its files and its history stay."""
    why = reason.strip()[:300]
    if not why:
        raise DomainError(
            "reason_needed", _("Dites pourquoi ce document est retiré."), facts={"field": "reason"}
        )
    with transaction.atomic():
        rows = Document.objects.filter(pk=document.pk, withdrawn_at=None)
        if not rows.update(withdrawn_at=timezone.now(), withdrawn_why=why):
            raise DomainError("withdrawn_already", _("Ce document est déjà retiré."), status=409)
        Piece.objects.filter(edition__document=document).update(public=False)
        record(document.subject, "document.withdrawn", by=by, data={"document": document.pk.hex})


def current(document: Document) -> Edition | None:
    """Return the edition in force, with its file."""
    rows = Edition.objects.filter(document=document).select_related("piece__blob")
    return rows.order_by("-number").first()


def cited_by(subjects_: list[UUID]) -> dict[UUID, list[Document]]:
    """Return the documents that subjects cite, for pages that show them; one query."""
    links = DocumentLink.objects.filter(subject__in=subjects_, ended_at=None, document__withdrawn_at=None)
    found: dict[UUID, list[Document]] = {}
    for link in links.select_related("document").order_by("document__title", "pk"):
        found.setdefault(link.subject_id, []).append(link.document)
    return found


def _publish(document: Document) -> None:
    pieces = Piece.objects.filter(edition__document=document)
    pieces.update(public=False)
    last = current(document)
    if document.audience == Document.Audience.PUBLIC and last is not None:
        Piece.objects.filter(pk=last.piece_id).update(public=True)


def _titled(title: str) -> str:
    found = " ".join(title.split())
    if not found or len(found) > 200:
        words = _("Un document a un titre, de deux cents caractères au plus.")
        raise DomainError("no_title", words, facts={"field": "title"})
    return found


def _audience(audience: str) -> None:
    if audience not in Document.Audience.values:
        raise DomainError("unknown_audience", _("Dites qui lit ce document."), facts={"field": "audience"})


def _standing(document: Document) -> None:
    if document.withdrawn_at is not None:
        raise DomainError("withdrawn", _("Ce document est retiré : déposez-le à nouveau."), status=409)
