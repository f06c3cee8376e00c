"""Who writes what of cooperations: who animates the pole all of it, a member what its organisation is in."""

from collections.abc import Iterable
from uuid import UUID

from django.utils.translation import gettext as _

from terreau.common.errors import RefusedError
from terreau.common.permissions import Permission
from terreau.journal.actions import counting_refusals
from terreau.poles.workspace import Workspace


def can_begin(ws: Workspace) -> Permission:
    """Who animates, and who speaks for an actor of the pole, begin something while the pole lives."""
    if ws.runs or (_lives(ws) and ws.standing.speaks_for):
        return Permission(ok=True)
    return _refusal(ws)


def can_write(ws: Workspace, actors: Iterable[UUID]) -> Permission:
    """Who animates, and who speaks for one of these actors, write while the pole lives."""
    if ws.runs or (_lives(ws) and ws.standing.speaks_for & set(actors)):
        return Permission(ok=True)
    return _refusal(ws)


def require(ws: Workspace, allowed: Permission, *, verb: str) -> None:
    """Refuse (403) what is not allowed, and count it in the journal."""
    if not allowed:
        with counting_refusals(ws.pole.actor.subject, verb, by=ws.user):
            raise RefusedError("not_a_party", allowed.reason)


def _lives(ws: Workspace) -> bool:
    subject = ws.pole.actor.subject
    return subject.closed_at is None and subject.merged_into_id is None


def _refusal(ws: Workspace) -> Permission:
    if not _lives(ws):
        return Permission(ok=False, reason=_("Cette fiche est fermée ou fusionnée avec une autre."))
    reason = _("Il faut animer le pôle, ou appartenir à une organisation qui y prend part.")
    return Permission(ok=False, reason=reason)
