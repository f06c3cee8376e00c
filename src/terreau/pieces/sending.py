"""A piece is sent as a file to save, never shown; whether a person may read it is said by the caller."""

from django.http import FileResponse
from django.utils.translation import gettext as _

from terreau.common.errors import DomainError
from terreau.pieces import store
from terreau.pieces.models import Piece

#: Even opened by mistake it runs nothing, asks nothing, and belongs to no origin.
_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


def send(found: Piece) -> FileResponse:
    """Send a piece to who was let in.

    Raises ``DomainError``: 423 while it is in quarantine, 410 when it was refused or its content is lost.
    """
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


def _refuse_unready(found: Piece) -> None:
    if found.state == Piece.State.QUARANTINE:
        message = _("Cette pièce attend l'analyse de l'antivirus. Revenez dans quelques minutes.")
        raise DomainError("piece_waiting", message, status=423)
    if found.state == Piece.State.REFUSED:
        message = _("L'antivirus a trouvé %(reason)s dans cette pièce : elle n'est remise à personne.")
        raise DomainError("piece_refused", message % {"reason": found.reason}, status=410)
