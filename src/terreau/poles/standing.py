"""In whose name a person stands in a pole: what its workspace asks before anything else (R-08, R-38, R-149).

Rights follow the role in the pole, never the kind of actor nor a role on the whole site: who moderates the
register, a funder or an authority reads no workspace unless they belong to the pole or to one of its members.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Belonging
from terreau.actors.perms import Viewer
from terreau.common.errors import NotFoundError, RefusedError
from terreau.common.permissions import Permission
from terreau.poles.models import Carrier, Membership, Pole
from terreau.subjects.actions import family


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person is in a pole on a day: nothing, of it, or one of those who animate it.

    ``speaks_for``: the actors of the pole (itself among them) in whose name the person acts.
    """

    animates: bool = False
    speaks_for: frozenset[UUID] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.animates or self.speaks_for)


def standing(user: Viewer, pole: Pole, *, on: date) -> Standing:
    """Return how a person stands in a pole that day: three queries, none for a stranger."""
    if not isinstance(user, User) or not user.is_active or user.erased_at is not None:
        return Standing()
    held = dict(Belonging.objects.confirmed().filter(user=user).values_list("actor", "role"))
    if not held:
        return Standing()
    current = (Q(valid_from=None) | Q(valid_from__lte=on)) & (Q(valid_to=None) | Q(valid_to__gt=on))
    members = Membership.objects.filter(current, pole=pole).order_by().values_list("actor", flat=True)
    carriers = Carrier.objects.filter(current, pole=pole).order_by().values_list("actor", flat=True)
    of_pole = set(members.union(carriers, all=True))
    # Who belonged to an actor merged into a member belongs to that member, until the merge is undone.
    owners = family({pole.pk, *of_pole})
    mine = frozenset(owners[actor] for actor in held if actor in owners)
    animates = any(
        owners.get(actor) == pole.pk and role == Belonging.Role.ANIMATOR for actor, role in held.items()
    )
    return Standing(animates, mine)


def can_enter(user: Viewer, pole: Pole, *, on: date) -> Permission:
    """The people of the pole, of its members and of its carrier read its workspace."""
    if standing(user, pole, on=on):
        return Permission(ok=True)
    reason = _("L'espace de travail d'un pôle est à ses membres : demandez à rejoindre l'un d'eux.")
    return Permission(ok=False, reason=reason)


def can_run(user: Viewer, pole: Pole, *, on: date) -> Permission:
    """Those who animate the pole run its workspace, while the pole lives."""
    subject = pole.actor.subject
    if subject.closed_at or subject.merged_into_id:
        return Permission(ok=False, reason=_("Cette fiche est fermée ou fusionnée avec une autre."))
    if standing(user, pole, on=on).animates:
        return Permission(ok=True)
    return Permission(ok=False, reason=_("Il faut animer ce pôle pour faire cela."))


def require(user: Viewer, pole: Pole, *, on: date, run: bool = False) -> Standing:
    """Return the standing of who may enter (``run``: animate); a stranger is told nothing (404).

    Raises ``NotFoundError`` when the person may not enter, ``RefusedError`` (403) when they enter and may not
    animate.
    """
    found = standing(user, pole, on=on)
    if not found:
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou n'est pas pour vous."))
    if run and not (allowed := can_run(user, pole, on=on)):
        raise RefusedError("not_animator", allowed.reason)
    return found
