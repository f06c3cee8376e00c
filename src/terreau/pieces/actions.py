"""What supports a statement: a citation, or a file attached to a subject."""

from datetime import date
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from terreau.accounts.models import User
from terreau.common.errors import DomainError
from terreau.jobs import work
from terreau.jobs.models import Job
from terreau.journal.actions import record
from terreau.pieces import store, types
from terreau.pieces.models import Piece, Source
from terreau.pieces.rules import TRANSITIONS, safe_name
from terreau.pieces.sources import source
from terreau.subjects.models import Subject

__all__ = ["SCAN", "ask_for_scan", "attach", "declaration", "move", "source"]

#: The work that takes pieces out of quarantine (``work.py``).
SCAN = "pieces.scan"


def attach(subject: Subject, stream: BinaryIO, name: str, *, by: User | None, public: bool = False) -> Piece:
    """Attach a file to a subject. Where a scanner is set it waits in quarantine until it was scanned.

    The room that calls journals it. Raises ``DomainError`` when the file is empty or too large, when its
    content is of a type that is not accepted (``types.ACCEPTED``), or of another than its name says: nothing
    is kept.
    """
    called = safe_name(name)
    blob = store.put(stream, check=lambda media: _named(called, media))
    waits = bool(settings.CLAMD)
    state = Piece.State.QUARANTINE if waits else Piece.State.CLEAN
    kept = _named(called, blob.media_type)
    piece = Piece.objects.create(
        subject=subject, blob=blob, name=kept, state=state, added_by=by, public=public
    )
    if waits:
        ask_for_scan()
    return piece


def _named(name: str, media: str) -> str:
    if media not in types.ACCEPTED:
        message = _(
            "Ce fichier n'est pas d'un type accepté (%(type)s). Envoyez un PDF, une image (JPEG, PNG, WebP, "
            "TIFF, HEIC), un texte ou un tableau (CSV, ODS, XLSX, XLS, Parquet), ou un document sans macro "
            "(ODT, DOCX, DOC, ODP, PPTX, PPT)."
        )
        facts = {"media_type": media, "accepted": sorted(types.ACCEPTED)}
        raise DomainError("piece_type", message % {"type": media}, facts=facts, status=415)
    try:
        return types.name_for(name, media)
    except ValueError as error:
        message = _(
            "Ce fichier s'appelle « .%(extension)s » mais son contenu est d'un autre type (%(type)s)."
        )
        facts = {"media_type": media, "name": name}
        values = {"extension": str(error), "type": media}
        raise DomainError("piece_wrong_name", message % values, facts=facts, status=415) from error


def ask_for_scan() -> None:
    """Ask the worker to scan what waits, unless it was asked already."""
    if not Job.objects.filter(kind=SCAN, state=Job.State.WAITING).exists():
        work.start(SCAN, by=None)


def declaration(by: User | None, on: date) -> Source:
    """Return the source of what a person says on a day: « Déclaration du 21 novembre 2026 ».

    It names nobody: the fact or the event that cites it holds who. Without an account (``by`` is ``None``:
    a personal link, a report) it says so. The document is written in French, like every citation.
    """
    with override("fr"):
        word, day = str(Source.Kind.DECLARATION.label).capitalize(), date_format(on, "j F Y")
    day = f"1er {day[2:]}" if on.day == 1 else day
    section = "" if by else "sans compte"
    return source(Source.Kind.DECLARATION, f"declaration-{on.isoformat()}", f"{word} du {day}", section)


@transaction.atomic
def move(piece: Piece, verb: str, *, by: User | None = None, reason: str = "", scanner: str = "") -> Piece:
    """Accept or reject a piece (``rules.TRANSITIONS``), with its event; a rejection has a reason.

    ``scanner`` is what scanned it. Raises ``DomainError`` when its state does not allow it.
    """
    before, after = TRANSITIONS[verb]
    values: dict[str, Any] = {"state": after, "reason": reason}
    if scanner:
        values |= {"scanned_at": timezone.now(), "scanner": scanner}
    if not Piece.objects.filter(pk=piece.pk, state__in=before).update(**values):
        facts = {"piece": str(piece.pk), "verb": verb}
        raise DomainError("wrong_state", _("Cette pièce n'est plus en attente."), facts=facts, status=409)
    piece.refresh_from_db()
    told = {"piece": str(piece.pk), "sha256": piece.blob_id, "reason": reason, "scanner": scanner}
    record(piece.subject, f"piece.{after}", by=by, data=told)
    return piece
