"""What supports a statement: a citation, or a file attached to a subject."""

from datetime import date
from typing import BinaryIO

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from terreau.accounts.models import User
from terreau.common.errors import DomainError
from terreau.pieces import store
from terreau.pieces.models import Piece, Source
from terreau.pieces.rules import TRANSITIONS, safe_name
from terreau.pieces.sources import source
from terreau.subjects.models import Subject

__all__ = ["attach", "declaration", "move", "source"]


def attach(subject: Subject, stream: BinaryIO, name: str, *, by: User | None, public: bool = False) -> Piece:
    """Attach a file to a subject, in quarantine: nobody is served it until it is accepted.

    The room that calls journals it. Raises ``DomainError`` when the file is empty or too large.
    """
    blob = store.put(stream)
    return Piece.objects.create(subject=subject, blob=blob, name=safe_name(name), added_by=by, public=public)


def declaration(by: User | None, on: date) -> Source:
    """Return the source of what a person says on a day: « Déclaration du 21 novembre 2026 ».

    It names nobody: the fact or the event that cites it holds who. Without an account (``by`` is ``None``:
    a personal link, a report) it says so. The document is written in French, like every citation.
    """
    with override("fr"):
        day = date_format(on, "j F Y")
    day = f"1er {day[2:]}" if on.day == 1 else day
    section = "" if by else "sans compte"
    return source(Source.Kind.DECLARATION, f"declaration-{on.isoformat()}", f"Déclaration du {day}", section)


def move(piece: Piece, verb: str) -> Piece:
    """Accept or reject a piece (``rules.TRANSITIONS``); refused when its state does not allow it."""
    before, after = TRANSITIONS[verb]
    if not Piece.objects.filter(pk=piece.pk, state__in=before).update(state=after):
        facts = {"piece": str(piece.pk), "verb": verb}
        raise DomainError("wrong_state", _("Cette pièce n'est plus en attente."), facts=facts, status=409)
    piece.refresh_from_db()
    return piece
