"""Who may propose, decide, moderate and confirm; strangers are told that there is nothing."""

from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors import perms as actors
from terreau.actors.models import Actor
from terreau.actors.perms import Scope, Viewer
from terreau.census.models import Proposal
from terreau.common.errors import NotFoundError, RefusedError
from terreau.common.permissions import Permission
from terreau.journal.actions import refuse
from terreau.subjects.models import Subject


def can_propose(user: Viewer, actor: Actor, *, on: date) -> Permission:
    """Whoever sees a living sheet may propose changes to it."""
    subject = actor.subject
    if subject.closed_at or subject.merged_into_id:
        return Permission(ok=False, reason=_("Cette fiche est fermée ou fusionnée avec une autre."))
    return actors.can_see(user, actor, on=on)


def can_decide(user: Viewer, proposal: Proposal, *, on: date) -> Permission:
    """Whoever may change the sheet decides of what is proposed there."""
    return actors.can_edit(user, proposal.subject.actor, on=on)


def can_follow(user: Viewer, proposal: Proposal, *, on: date) -> Permission:
    """The author, and whoever decides, see a proposal; others need its private link."""
    if isinstance(user, User) and proposal.author_id == user.pk:
        return Permission(ok=True)
    return can_decide(user, proposal, on=on)


def can_moderate(user: Viewer, *, on: date) -> Permission:
    """Whoever moderates a territory, a network or the whole site has an inbox."""
    if actors.moderation_scope(user, on):
        return Permission(ok=True)
    return Permission(ok=False, reason=_("Il faut modérer un territoire, un réseau ou le site."))


def scope_of(user: Viewer, *, verb: str = "moderation.read") -> Scope:
    """Return what the person moderates; 404 to a stranger, 403 (counted) to who moderates nothing."""
    today = timezone.localdate()
    require(user, can_moderate(user, on=today), subject=None, verb=verb)
    return actors.moderation_scope(user, today)


def require(user: Viewer, allowed: Permission, *, subject: Subject | None, verb: str) -> None:
    """Let pass who is allowed; ``NotFoundError`` for a stranger, ``RefusedError``, counted, for a person.

    Call it outside any transaction: the refusal is written.
    """
    if allowed:
        return
    if not isinstance(user, User):
        message = _("Cette page n'existe pas, ou il faut se connecter pour la voir.")
        raise NotFoundError("not_found", message)
    refuse(subject, verb, by=user, reason=allowed.reason)
    raise RefusedError("may_not", allowed.reason)
