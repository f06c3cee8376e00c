"""Who may read a piece. Whether a person keeps the sheet of its subject is said by the rooms above."""

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.common.permissions import Permission
from terreau.pieces.models import Piece


def can_read(user: User | AnonymousUser | None, piece: Piece, *, keeps: bool) -> Permission:
    """Anybody reads a public piece of a public subject; who added it and who keeps its subject read another.

    ``keeps``: the person may change the sheet of the subject. A piece that is not yet out of quarantine, or
    that is refused, is served to nobody, whatever this says.
    """
    subject = piece.subject
    if piece.public and subject.public and piece.state == Piece.State.CLEAN and not subject.merged_into_id:
        return Permission(ok=True)
    if isinstance(user, User) and user.is_active and (keeps or user.pk == piece.added_by_id):
        return Permission(ok=True)
    return Permission(
        ok=False, reason=_("Cette pièce est réservée à qui l'a déposée et à qui tient la fiche.")
    )
