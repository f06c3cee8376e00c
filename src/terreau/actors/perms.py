"""Who may see, change or moderate an actor, and who answers those who ask to join it.

Four kinds of rights, from the widest: global roles (``accounts.GlobalRole``), moderation of a territory or a
network (``Moderation``), confirmed belonging to the actor (``Belonging``), and nothing. A pole is an actor;
its territory is its perimeter, known below as coverage of zones.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.utils.translation import gettext as _

from terreau.accounts.models import GlobalRole, User
from terreau.accounts.roles_held import may_hold, remembered, roles_of
from terreau.actors.models import Actor, Affiliation, Belonging, Moderation
from terreau.common.permissions import Permission
from terreau.subjects.actions import family
from terreau.territories.models import Coverage, Perimeter, Zone

Viewer = User | AnonymousUser | None

#: The name by which ``roles_held.holds`` says that a person moderates a territory or a network.
MODERATION: Final = "actors.moderation"
_MODERATE_ALL = {GlobalRole.Role.MODERATOR, GlobalRole.Role.ADMINISTRATOR}


@dataclass(frozen=True, slots=True)
class Scope:
    """What a person moderates: everything, or zones (of every COG year) and networks."""

    everything: bool = False
    zone_ids: frozenset[int] = frozenset()
    network_ids: frozenset[UUID] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.everything or self.zone_ids or self.network_ids)


def can_see(user: Viewer, actor: Actor, *, on: date) -> Permission:
    """Anybody sees a public actor; its people, its moderators and who keeps the register see another."""
    if actor.subject.public or _keeps(user, on) or belongs(user, actor):
        return Permission(ok=True)
    if can_moderate(user, actor, on=on):
        return Permission(ok=True)
    return Permission(ok=False, reason=_("Cette fiche n'est pas publique."))


def can_edit(user: Viewer, actor: Actor, *, on: date) -> Permission:
    """Its confirmed people, its moderators and who keeps the register change an actor, while it lives."""
    if actor.subject.closed_at or actor.subject.merged_into_id:
        return Permission(ok=False, reason=_("Cette fiche est fermée ou fusionnée avec une autre."))
    if _keeps(user, on) or belongs(user, actor) or can_moderate(user, actor, on=on):
        return Permission(ok=True)
    reason = _("Il faut appartenir à cette organisation, ou modérer son territoire ou son réseau.")
    return Permission(ok=False, reason=reason)


def can_moderate(user: Viewer, actor: Actor, *, on: date) -> Permission:
    """Say whether an actor is in what the person moderates: its territory, one of its networks, or all."""
    scope = moderation_scope(user, on)
    if scope.everything or _in_networks(actor, scope, on) or _in_zones(actor, scope, on):
        return Permission(ok=True)
    reason = _("Il faut modérer le territoire de cette fiche ou l'un de ses réseaux.")
    return Permission(ok=False, reason=reason)


def can_confirm(user: Viewer, belonging: Belonging, *, on: date) -> Permission:
    """Say whether the person may answer a request to join: people of the organisation, or its moderators.

    Nobody answers their own request. Who asks to be animator is answered by an animator.
    """
    if not isinstance(user, User) or user.pk == belonging.user_id:
        return Permission(ok=False, reason=_("Personne ne répond à sa propre demande."))
    role = Belonging.Role.ANIMATOR if belonging.role == Belonging.Role.ANIMATOR else None
    if belongs(user, belonging.actor, role=role) or can_moderate(user, belonging.actor, on=on):
        return Permission(ok=True)
    reason = _("Il faut appartenir à cette organisation, avec le même rôle, ou la modérer.")
    return Permission(ok=False, reason=reason)


def can_name(user: Viewer, *, on: date) -> Permission:
    """Say whether the person names and ends the roles of others: administrators only."""
    if _active(user) and (user.is_superuser or roles_of(user, on) & {GlobalRole.Role.ADMINISTRATOR}):  # type: ignore[union-attr, arg-type]
        return Permission(ok=True)
    return Permission(ok=False, reason=_("Il faut un rôle d'administration sur le site."))


def belongs(user: Viewer, actor: Actor, *, role: str | None = None) -> bool:
    """Say whether the person belongs to the actor, confirmed, and holds ``role`` there when given.

    Who belonged to an actor merged into this one belongs to it, until the merge is undone.
    """
    if not _active(user):
        return False
    rows = Belonging.objects.confirmed().filter(user=user)  # type: ignore[misc]
    held = set((rows.filter(role=role) if role else rows).values_list("actor", flat=True))
    return actor.pk in held or bool(held and held & set(family([actor.pk])))


def moderations_of(user: User, on: date) -> tuple[tuple[UUID | None, UUID | None], ...]:
    """Return the territories and the networks that a person moderates on a day, as subjects and actors."""
    if not may_hold(MODERATION, user, on):
        return ()
    held = Moderation.objects.held_on(on).filter(user=user)
    read = held.values_list("zone__subject", "network")
    return remembered(("moderations", user.pk, on), lambda: tuple(read))


def moderation_scope(user: Viewer, on: date) -> Scope:
    """Return what the person moderates on a day: two or three queries."""
    if not isinstance(user, User) or not _active(user):
        return Scope()
    if user.is_superuser or roles_of(user, on) & _MODERATE_ALL:
        return Scope(everything=True)
    held = moderations_of(user, on)
    subjects = {subject for subject, _network in held if subject}
    zones = Zone.objects.filter(subject__in=subjects).values_list("pk", flat=True) if subjects else ()
    return Scope(
        zone_ids=frozenset(zones), network_ids=frozenset(network for _zone, network in held if network)
    )


def zones_of(actor: Actor, *, on: date) -> set[int]:
    """Return the zones where an actor stands: its place and what holds it, and what its perimeter covers."""
    found: set[int] = set()
    if actor.zone_id is not None:
        zone = Zone.objects.get(pk=actor.zone_id)
        found = {zone.pk, zone.department_id, zone.region_id, zone.former_region_id, zone.epci_id} - {None}  # type: ignore[assignment]
    held = (Q(perimeter__valid_from__isnull=True) | Q(perimeter__valid_from__lte=on)) & (
        Q(perimeter__valid_to__isnull=True) | Q(perimeter__valid_to__gt=on)
    )
    covered = Coverage.objects.filter(
        held, perimeter__subject=actor.pk, perimeter__kind=Perimeter.Kind.COOPERATION
    )
    return found | set(covered.values_list("zone", flat=True))


def networks_of(actor: Actor, *, on: date) -> set[UUID]:
    """Return the networks an actor belongs to on a day."""
    held = (Q(valid_from__isnull=True) | Q(valid_from__lte=on)) & (
        Q(valid_to__isnull=True) | Q(valid_to__gt=on)
    )
    rows = Affiliation.objects.filter(held, member=actor, kind=Affiliation.Kind.NETWORK)
    return set(rows.values_list("network", flat=True))


def in_scope(scope: Scope, *, on: date) -> Q:
    """Return the condition on actors that they stand in a scope: what ``can_moderate`` says, for lists."""
    if scope.everything:
        return Q()
    held = (Q(valid_from__isnull=True) | Q(valid_from__lte=on)) & (
        Q(valid_to__isnull=True) | Q(valid_to__gt=on)
    )
    zones = scope.zone_ids
    standing = Zone.objects.filter(
        Q(pk__in=zones)
        | Q(department__in=zones)
        | Q(region__in=zones)
        | Q(former_region__in=zones)
        | Q(epci__in=zones)
    )
    perimeters = Perimeter.objects.filter(held, kind=Perimeter.Kind.COOPERATION, coverage__zone__in=zones)
    members = Affiliation.objects.filter(held, kind=Affiliation.Kind.NETWORK, network__in=scope.network_ids)
    return Q(zone__in=standing) | Q(pk__in=perimeters.values("subject")) | Q(pk__in=members.values("member"))


def moderators_of(actor: Actor, *, on: date) -> list[User]:
    """Return who moderates an actor, nearest first: its networks and territories, else the whole site."""
    subjects = Zone.objects.filter(pk__in=zones_of(actor, on=on)).values("subject")
    near = Moderation.objects.held_on(on).filter(
        Q(zone__subject__in=subjects) | Q(network__in=networks_of(actor, on=on))
    )
    people = User.objects.filter(is_active=True, erased_at__isnull=True).order_by("pk")
    if found := list(people.filter(pk__in=near.values("user"))):
        return found
    roles = GlobalRole.objects.held_on(on)
    for role in (GlobalRole.Role.MODERATOR, GlobalRole.Role.ADMINISTRATOR):
        if found := list(people.filter(pk__in=roles.filter(role=role).values("user"))):
            return found
    return []


def _in_networks(actor: Actor, scope: Scope, on: date) -> bool:
    return bool(scope.network_ids) and bool(scope.network_ids & networks_of(actor, on=on))


def _in_zones(actor: Actor, scope: Scope, on: date) -> bool:
    return bool(scope.zone_ids) and bool(scope.zone_ids & zones_of(actor, on=on))


def _active(user: Viewer) -> bool:
    return isinstance(user, User) and user.is_active and user.erased_at is None


def _keeps(user: Viewer, on: date) -> bool:
    """Say whether the person keeps the whole register: moderation, instruction or administration."""
    return isinstance(user, User) and _active(user) and (user.is_superuser or bool(roles_of(user, on)))
