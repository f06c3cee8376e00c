"""A piece is read here and nowhere else: authorised, out of quarantine, saved to a file and never shown."""

from uuid import UUID

from django.http import FileResponse, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from terreau.accounts.models import User
from terreau.actors import perms as actors
from terreau.actors.models import Actor
from terreau.common.errors import DomainError, NotFoundError, RefusedError
from terreau.journal.actions import counting_refusals
from terreau.pieces import store
from terreau.pieces.models import Piece
from terreau.pieces.perms import can_read

#: Even opened by mistake it runs nothing, asks nothing, and belongs to no origin.
_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


@require_safe
def piece(request: HttpRequest, identifier: UUID) -> FileResponse:
    """Send a piece as a file to save.

    Who may not know of it gets 404; who sees its subject but may not read it 403, counted in the journal; a
    piece in quarantine 423, a refused one 410, to those only who may read it.
    """
    found = _readable(request, identifier)
    _refuse_unready(found)
    try:
        stream = store.open_blob(found.blob)
    except FileNotFoundError as error:
        message = _("Le contenu de cette pièce manque sur le serveur. Prévenez l'équipe du site.")
        raise DomainError("piece_lost", message, status=410) from error
    response = FileResponse(
        stream, as_attachment=True, filename=found.name, content_type=found.blob.media_type
    )
    response["Content-Security-Policy"] = _POLICY
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response


def _readable(request: HttpRequest, identifier: UUID) -> Piece:
    """Return the piece, fetched and authorised in one call."""
    rows = Piece.objects.select_related("blob", "subject")
    found = rows.filter(pk=identifier).first()
    user = request.user if isinstance(request.user, User) else None
    if found is None:
        raise _unknown()
    today = timezone.localdate()
    actor = Actor.objects.select_related("subject").filter(pk=found.subject_id).first()
    permission = can_read(user, found, keeps=_keeps(user, actor))
    if permission:
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


def _refuse_unready(found: Piece) -> None:
    if found.state == Piece.State.QUARANTINE:
        message = _("Cette pièce attend l'analyse de l'antivirus. Revenez dans quelques minutes.")
        raise DomainError("piece_waiting", message, status=423)
    if found.state == Piece.State.REFUSED:
        message = _("L'antivirus a trouvé %(reason)s dans cette pièce : elle n'est remise à personne.")
        raise DomainError("piece_refused", message % {"reason": found.reason}, status=410)
