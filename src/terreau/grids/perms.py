"""Who may read a grid, hold it, deposit one: its owner's people and those who moderate the whole register."""

from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor, Belonging
from terreau.actors.perms import Viewer, belongs, moderation_scope
from terreau.common.errors import NotFoundError, RefusedError
from terreau.common.permissions import Permission
from terreau.grids.models import Grid
from terreau.journal.actions import refuse
from terreau.subjects.models import Subject


def moderates_all(user: Viewer) -> bool:
    """Say whether the person moderates the whole register."""
    return moderation_scope(user, timezone.localdate()).everything


def can_see(user: Viewer, grid: Grid) -> Permission:
    """Anybody reads a public grid; those who hold another one read it."""
    if grid.public or can_hold(user, grid):
        return Permission(ok=True)
    return Permission(ok=False, reason=_("Cette grille n'est pas publique."))


def can_hold(user: Viewer, grid: Grid) -> Permission:
    """The people of its owner, and who moderates the register, deposit and publish versions of a grid.

    A grid that comes with Terreau changes with Terreau only; a place kept for a text is filled by moderators.
    """
    if grid.shipped and not grid.awaited:
        reason = _("Cette grille vient avec Terreau : faites la vôtre à partir de son fichier.")
        return Permission(ok=False, reason=reason)
    if moderates_all(user) or (grid.owner is not None and belongs(user, grid.owner)):
        return Permission(ok=True)
    return Permission(ok=False, reason=_("Il faut appartenir à l'organisation qui tient cette grille."))


def can_deposit(user: Viewer) -> Permission:
    """Whoever belongs to an organisation deposits a grid in its name; moderators too."""
    if owners(user) or moderates_all(user):
        return Permission(ok=True)
    reason = _("Une grille est tenue par une organisation : rejoignez d'abord la vôtre.")
    return Permission(ok=False, reason=reason)


def owners(user: Viewer) -> list[Actor]:
    """Return the organisations in whose name the person may deposit a grid."""
    if not isinstance(user, User) or not user.is_active:
        return []
    held = Belonging.objects.confirmed().filter(user=user).values("actor")
    living = Actor.objects.filter(pk__in=held, subject__closed_at=None, subject__merged_into=None)
    return list(living.order_by("sort_key"))


def require(user: Viewer, allowed: Permission, *, verb: str, subject: Subject | None = None) -> User:
    """Return the person who may; to a stranger there is nothing, a refusal to a person is counted."""
    if not isinstance(user, User):
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou il faut se connecter pour la voir."))
    if not allowed:
        refuse(subject, verb, by=user, reason=allowed.reason)
        raise RefusedError(verb.replace(".", "_"), allowed.reason)
    return user


def subject_of(grid: Grid) -> Subject | None:
    """Return the subject in whose history a grid is told: its owner's, when it is in the register."""
    return grid.owner.subject if grid.owner is not None else None
