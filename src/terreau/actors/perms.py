"""Who may see or change an actor. A pole's and a member's own rights are in the rooms above."""

from datetime import date

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.utils.translation import gettext as _

from terreau.accounts.models import GlobalRole, User
from terreau.actors.models import Actor
from terreau.common.permissions import Permission

Viewer = User | AnonymousUser | None


def can_see(user: Viewer, actor: Actor, *, on: date) -> Permission:
    """Anybody sees a public actor; only those who keep the register see another."""
    if actor.subject.public:
        return Permission(ok=True)
    return _keeps_register(user, on, _("Cette fiche n'est pas publique."))


def can_edit(user: Viewer, actor: Actor, *, on: date) -> Permission:
    """Only those who keep the register change an actor, and only while it lives."""
    if actor.subject.closed_at or actor.subject.merged_into_id:
        return Permission(ok=False, reason=_("Cette fiche est fermée ou fusionnée avec une autre."))
    return _keeps_register(user, on, _("Il faut un rôle de modération ou d'instruction sur le site."))


def _keeps_register(user: Viewer, on: date, reason: str) -> Permission:
    if not isinstance(user, User) or not user.is_active:
        return Permission(ok=False, reason=reason)
    living = Q(valid_to__isnull=True) | Q(valid_to__gt=on)
    held = GlobalRole.objects.filter(living, user=user, valid_from__lte=on).exists()
    return Permission(ok=True) if user.is_superuser or held else Permission(ok=False, reason=reason)
