"""Who may see, change and qualify a pole. A pole is an actor: its rights are those on its actor."""

from datetime import date

from terreau.actors import perms
from terreau.actors.perms import Viewer
from terreau.common.permissions import Permission
from terreau.poles.models import Pole


def can_see(user: Viewer, pole: Pole, *, on: date) -> Permission:
    """Anybody sees a public pole; its animators, its members and those who moderate it see another."""
    return perms.can_see(user, pole.actor, on=on)


def can_edit(user: Viewer, pole: Pole, *, on: date) -> Permission:
    """Animators and members of the pole, and those who moderate its territory, change its sheet."""
    return perms.can_edit(user, pole.actor, on=on)


def can_qualify(user: Viewer, pole: Pole, *, on: date) -> Permission:
    """Those who moderate its territory say how sure the register is of it, verify, recognise, close."""
    return perms.can_moderate(user, pole.actor, on=on)
