"""The documents of a pole: which ones, who reads each, where each is cited; and who reads a piece of a pole.

Three audiences: the people of the pole, those who animate it, everybody. A file that the workspace cites
(a line of the book, statutes, a shared cost, what a decision or a project holds) is read by the people of the
pole; what only the sheet of the pole holds stays with those who keep it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.common.text import search_text
from terreau.flows.models import Flow
from terreau.governance.models import Statute
from terreau.means.models import Split
from terreau.pieces.models import Document, DocumentLink, Edition, Piece, Source
from terreau.poles.models import Pole
from terreau.poles.standing import standing
from terreau.poles.workspace import Workspace
from terreau.sheets import purposes
from terreau.sheets.purposes import Purpose

_Audience = Document.Audience


@dataclass(frozen=True, slots=True)
class Citation:
    """Somewhere a document is cited: what it is, its name, its French address; ``link`` when made by hand."""

    kind: str
    title: str
    path: str = ""
    link: DocumentLink | None = None


@dataclass(slots=True)
class Filed:
    """A document as a list shows it: its edition in force, and where it is cited."""

    row: Document
    edition: Edition
    citations: list[Citation] = field(default_factory=list)


def readable(ws: Workspace, *, withdrawn: bool = False) -> QuerySet[Document]:
    """Return the documents that the person reads in the workspace."""
    rows = Document.objects.filter(subject=ws.pole.pk)
    if not ws.standing.animates:
        return rows.filter(withdrawn_at=None).exclude(audience=_Audience.ANIMATORS)
    return rows if withdrawn else rows.filter(withdrawn_at=None)


def choices(ws: Workspace) -> list[tuple[str, str]]:
    """Return the documents that a line may cite, the last filed first."""
    rows = readable(ws).order_by("-filed_at", "pk").values_list("pk", "title")
    return [(str(pk), title) for pk, title in rows]


def listed(ws: Workspace, rows: Iterable[Document]) -> list[Filed]:
    """Return documents with their edition in force and where each is cited, in a fixed number of queries."""
    documents = list(rows)
    last = Edition.objects.filter(document=OuterRef("document")).order_by("-number").values("pk")[:1]
    editions = Edition.objects.filter(document__in=documents, pk=Subquery(last))
    held = {one.document_id: one for one in editions.select_related("piece__blob", "by")}
    found = {row.pk: Filed(row, held[row.pk]) for row in documents if row.pk in held}
    _cite(ws, found)
    return [found[row.pk] for row in documents if row.pk in found]


def _cite(ws: Workspace, found: dict[UUID, Filed]) -> None:
    links = DocumentLink.objects.filter(document__in=list(found), ended_at=None).order_by("pk")
    made = list(links)
    named = purposes.of_pole(ws.pole, only=[link.subject_id for link in made]) if made else {}
    for link in made:
        if about := named.get(link.subject_id):
            found[link.document_id].citations.append(Citation(about.kind, about.title, about.path, link))
    owners = dict(Edition.objects.filter(document__in=list(found)).values_list("piece", "document"))
    for piece, citation in _written(ws, list(owners)):
        found[owners[piece]].citations.append(citation)


def _written(ws: Workspace, pieces: list[UUID]) -> Iterable[tuple[UUID, Citation]]:
    """Return what cites files by itself: lines of the book, statutes, shared costs, sources of facts."""
    home = ws.home
    flows = Flow.objects.filter(book=ws.pole.pk, piece__in=pieces, reverses=None)
    for piece, rank, label in flows.order_by("rank").values_list("piece", "rank", "label"):
        yield piece, Citation(_("Livre, ligne %(rank)d") % {"rank": rank}, label, f"{home}livre/{rank}/")
    for one in Statute.objects.filter(pole=ws.pole, piece__in=pieces).order_by("pk"):
        title = _("version %(number)d") % {"number": one.number}
        yield _piece(one), Citation(str(one.get_kind_display()), title, f"{home}statuts/")
    for split in Split.objects.filter(pole=ws.pole, piece__in=pieces).order_by("pk"):
        yield _piece(split), Citation(_("Coût partagé"), split.label, f"{home}couts/")
    for source in Source.objects.filter(piece__in=pieces).order_by("pk"):
        yield _piece(source), Citation(_("Source de la fiche"), str(source), f"/poles/{ws.slug}/")


def _piece(row: Any) -> UUID:
    found: UUID = row.piece_id
    return found


def attached(ws: Workspace, named: dict[UUID, Purpose]) -> list[tuple[Piece, Purpose]]:
    """Return the files that things of the workspace hold by themselves: a decision, a project…"""
    ids = [pk for pk in named if pk != ws.pole.pk]
    rows = Piece.objects.filter(subject__in=ids).select_related("blob").order_by("-added_at", "pk")
    return [(row, named[row.subject_id]) for row in rows]


def published(pole: Pole) -> list[tuple[str, str, date]]:
    """Return what the pole gives everybody to read: title, French address, day; the latest first."""
    last = Edition.objects.filter(document=OuterRef("pk")).order_by("-number")
    rows = Document.objects.filter(
        subject=pole.pk, audience=_Audience.PUBLIC, withdrawn_at=None, subject__public=True
    ).annotate(file=Subquery(last.values("piece")[:1]), renewed=Subquery(last.values("at")[:1]))
    found = rows.order_by("-renewed", "pk").values_list("title", "file", "renewed")
    return [(title, f"/pieces/{file}/", at.date()) for title, file, at in found if file]


def found(ws: Workspace, words: str, limit: int) -> list[tuple[str, str, str]]:
    """Return the documents whose title holds every word: title, French address, extract."""
    wanted = search_text(words).split()
    rows = readable(ws).order_by("-filed_at", "pk").values_list("pk", "title", "audience")
    labels = dict(_Audience.choices)
    kept = [
        (title, f"{ws.home}documents/{pk}/", str(labels[audience]))
        for pk, title, audience in rows
        if wanted and all(word in search_text(title) for word in wanted)
    ]
    return kept[:limit]


def may_read(user: User, piece: Piece, *, on: date) -> bool:
    """Say whether a person reads a file because of a pole of theirs (see the audiences above)."""
    for pole, animators_only in _poles_of(piece):
        stands = standing(user, pole, on=on)
        if stands.animates or (stands and not animators_only):
            return True
    return False


def reserved(piece: Piece) -> bool:
    """Say whether a file is of a document that was withdrawn, or that only who animates reads."""
    rows = Edition.objects.filter(piece=piece)
    kept = Q(document__audience=_Audience.ANIMATORS) | Q(document__withdrawn_at__isnull=False)
    return rows.filter(kept).exists()


def _poles_of(piece: Piece) -> Iterable[tuple[Pole, bool]]:
    """Return the poles in whose workspace a file stands, and whether only who animates reads it."""
    poles = Pole.objects.select_related("actor__subject")
    edition = Edition.objects.filter(piece=piece).select_related("document").first()
    if edition is not None:
        document = edition.document
        closed = document.withdrawn_at is not None or document.audience == _Audience.ANIMATORS
        for pole in poles.filter(pk=document.subject_id):
            yield pole, closed
        if closed:
            return
    books = Flow.objects.filter(piece=piece).values("book")
    statutes, splits = (model.objects.filter(piece=piece).values("pole") for model in (Statute, Split))
    for pole in poles.filter(Q(pk__in=books) | Q(pk__in=statutes) | Q(pk__in=splits)):
        yield pole, False
    for pole in poles.filter(pk__in=purposes.poles_of(piece.subject_id)):
        yield pole, False
