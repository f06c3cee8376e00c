"""Who may bring a file of a kind, and who sees one that was brought."""

from typing import Final

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import GlobalRole, User
from terreau.accounts.roles_held import holds
from terreau.common.permissions import Permission
from terreau.imports import kinds
from terreau.imports.kinds import Kind
from terreau.imports.models import Import
from terreau.subjects.models import Subject

Viewer = User | AnonymousUser
#: The name by which ``roles_held.holds`` says that a person has brought a file.
BROUGHT: Final = "imports.brought"


def can_bring(user: Viewer, kind: Kind, about: Subject | None) -> Permission:
    """Say whether the person may bring such a file: the room that reads it decides."""
    if not isinstance(user, User) or not user.is_active:
        return Permission(ok=False, reason=_("Connectez-vous."))
    if kind.about and about is None:
        return Permission(ok=False, reason=_("Dites de quoi parle ce fichier."))
    return kind.may(user, about)


def can_see(user: Viewer, brought: Import) -> Permission:
    """Who brought a file sees it while they may bring such a file; so do those with the same right on what
    it is about, and administrators. A file may hold more than the register shows."""
    allowed = can_bring(user, kinds.get(brought.kind), brought.about)
    if not allowed or not isinstance(user, User):
        return allowed
    if brought.by_id == user.pk or brought.about_id is not None or administers(user):
        return allowed
    return Permission(ok=False, reason=_("Une autre personne a apporté ce fichier."))


def may_come(user: Viewer) -> bool:
    """Say whether the person may bring any file at all, or has brought one."""
    if not isinstance(user, User) or not user.is_active:
        return False
    held = holds(user, timezone.localdate())
    if BROUGHT in held or any(kind.held in held for kind in kinds.every() if kind.held):
        return True
    asked = (kind for kind in kinds.every() if not kind.held)
    return any(kind.subjects(user) if kind.about else kind.may(user, None) for kind in asked)


def administers(user: User) -> bool:
    """Say whether the person administers the site."""
    held = GlobalRole.objects.filter(user=user, role=GlobalRole.Role.ADMINISTRATOR, valid_to=None)
    return user.is_superuser or held.exists()
