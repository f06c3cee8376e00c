"""In whose name a person stands in a pole: what its workspace asks before anything else (R-08, R-38, R-149).

Rights follow the role in the pole, never the kind of actor nor a role on the whole site: who moderates the
register, a funder or an authority reads no workspace unless they belong to the pole or to one of its members.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db.models import DateField, Q, QuerySet, UUIDField
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Belonging
from terreau.actors.perms import Viewer
from terreau.common.compiled import Compiled
from terreau.common.errors import NotFoundError, RefusedError
from terreau.common.permissions import Permission
from terreau.poles.models import Carrier, Membership, Pole
from terreau.subjects.models import Subject


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
    """Return how a person stands in a pole that day: two small queries, none for a stranger."""
    if not isinstance(user, User) or not user.is_active or user.erased_at is not None:
        return Standing()
    held = _HELD.rows(user.pk)
    if not held:
        return Standing()
    of_pole = {pole.pk, *(actor for (actor,) in _OF_POLE.rows(pole.pk, on))}
    # Who belonged to an actor merged into a member belongs to that member, until the merge is undone.
    mine = [(_within(actor, into, of_pole), role) for actor, role, into in held]
    animates = any(actor == pole.pk and role == Belonging.Role.ANIMATOR for actor, role in mine)
    return Standing(animates, frozenset(actor for actor, _role in mine if actor is not None))


def _within(actor: UUID | None, into: UUID | None, of_pole: Collection[UUID]) -> UUID | None:
    """Return the first of an actor and of those it was merged into that is of the pole."""
    seen = set()
    while actor is not None and actor not in of_pole and actor not in seen:
        seen.add(actor)
        actor = into
        if actor is not None and actor not in of_pole:
            into = Subject.objects.filter(pk=actor).values_list("merged_into", flat=True).first()
    return actor if actor in of_pole else None


def _of_pole(pole: UUID, on: date) -> QuerySet[Any]:
    current = (Q(valid_from=None) | Q(valid_from__lte=on)) & (Q(valid_to=None) | Q(valid_to__gt=on))
    members = Membership.objects.filter(current, pole=pole).order_by().values_list("actor")
    carriers = Carrier.objects.filter(current, pole=pole).order_by().values_list("actor")
    return members.union(carriers, all=True)


#: The actors of a person, what the person is there, what each was merged into.
_HELD: Final = Compiled(
    lambda user: (
        Belonging.objects.confirmed()
        .filter(user=user)
        .order_by()
        .values_list("actor", "role", "actor__subject__merged_into")
    ),
    UUIDField(),
)
#: The members and the carriers of a pole on a day.
_OF_POLE: Final = Compiled(_of_pole, UUIDField(), DateField())


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
