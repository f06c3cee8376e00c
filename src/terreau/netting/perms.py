"""Who says what of nettings: an organisation is engaged by its own people, whoever animates the pole.

The animator proposes, withdraws and undoes; nobody but the people of an organisation agrees in its name.
"""

from uuid import UUID

from django.utils.translation import gettext as _

from terreau.common.errors import RefusedError
from terreau.common.permissions import Permission
from terreau.journal.actions import counting_refusals
from terreau.poles.workspace import Workspace


def can_engage(ws: Workspace, actor: UUID) -> Permission:
    """Say whether the person may answer for an actor: they belong to it, and the pole lives."""
    if not _lives(ws):
        return Permission(ok=False, reason=_("Cette fiche est fermée ou fusionnée avec une autre."))
    if actor in ws.standing.speaks_for:
        return Permission(ok=True)
    reason = _("Seules les personnes d'une organisation l'engagent, même quand on anime le pôle.")
    return Permission(ok=False, reason=reason)


def require_engage(ws: Workspace, actor: UUID, *, verb: str) -> None:
    """Refuse (403), and count it, when the person may not answer for an actor."""
    if not (allowed := can_engage(ws, actor)):
        with counting_refusals(ws.pole.actor.subject, verb, by=ws.user):
            raise RefusedError("not_of_it", allowed.reason)


def require_living(ws: Workspace, *, verb: str) -> None:
    """Refuse (403), and count it, what is asked in a pole that is closed or merged."""
    if not _lives(ws):
        with counting_refusals(ws.pole.actor.subject, verb, by=ws.user):
            raise RefusedError("closed_pole", _("Cette fiche est fermée ou fusionnée avec une autre."))


def reads_all(ws: Workspace) -> bool:
    """Say whether the person reads every line: who animates the pole. Others read those of their own."""
    return ws.standing.animates


def reads(ws: Workspace, actor: UUID) -> bool:
    """Say whether the person reads what concerns an actor: its own people, and who animates the pole."""
    return reads_all(ws) or actor in ws.standing.speaks_for


def _lives(ws: Workspace) -> bool:
    subject = ws.pole.actor.subject
    return subject.closed_at is None and subject.merged_into_id is None
