"""A piece is read here and nowhere else: authorised, out of quarantine, saved to a file and never shown."""

from uuid import UUID

from django.http import FileResponse, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from terreau.accounts.models import User
from terreau.actors import perms as actors
from terreau.actors.models import Actor
from terreau.common.errors import NotFoundError, RefusedError
from terreau.journal.actions import counting_refusals
from terreau.pieces.models import Piece
from terreau.pieces.perms import can_read
from terreau.pieces.sending import send
from terreau.sheets import documents


@require_safe
def piece(request: HttpRequest, identifier: UUID) -> FileResponse:
    """Send a piece as a file to save.

    Who may not know of it gets 404; who sees its subject but may not read it 403, counted in the journal; a
    piece in quarantine 423, a refused one 410, to those only who may read it.
    """
    return send(_readable(request, identifier))


def _readable(request: HttpRequest, identifier: UUID) -> Piece:
    """Return the piece, fetched and authorised in one call."""
    rows = Piece.objects.select_related("blob", "subject")
    found = rows.filter(pk=identifier).first()
    user = request.user if isinstance(request.user, User) else None
    if found is None:
        raise _unknown()
    today = timezone.localdate()
    actor = Actor.objects.select_related("subject").filter(pk=found.subject_id).first()
    permission = can_read(user, found, keeps=_keeps(user, actor) and not documents.reserved(found))
    if permission or (user is not None and documents.may_read(user, found, on=today)):
        return found
    sees = actors.can_see(user, actor, on=today).ok if actor else found.subject.public
    if user is None or not sees:
        raise _unknown()
    with counting_refusals(found.subject, "piece.read", by=user):
        raise RefusedError("piece_private", permission.reason)


def _keeps(user: User | None, actor: Actor | None) -> bool:
    """Say whether the person may change the sheet that the piece is about."""
    today = timezone.localdate()
    if actor is not None:
        return actors.can_edit(user, actor, on=today).ok
    return actors.moderation_scope(user, today).everything


def _unknown() -> NotFoundError:
    return NotFoundError("unknown_piece", _("Cette pièce n'existe pas."))
