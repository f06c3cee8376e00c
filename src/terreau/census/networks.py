"""The networks: what each takes charge of, where, its groups and its members (R-09, R-66)."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, Q

from terreau.actors.models import Actor, Affiliation, LegalNature, Moderation
from terreau.facts import read
from terreau.facts.read import FactView

ROLE = "actor.role"


@dataclass(frozen=True, slots=True)
class Network:
    """A network and what is known of its responsibility; ``moderated`` when somebody moderates it here."""

    actor: Actor
    roles: list[FactView]
    groups: list[Actor]
    members: int
    moderated: bool


def networks(on: date, lang: str) -> list[Network]:
    """Return the public networks by name: organisations with the function, or that others belong to.

    Working groups are shown with the networks that belong to them, not as networks. Six queries.
    """
    living = (Q(affiliates__valid_from=None) | Q(affiliates__valid_from__lte=on)) & (
        Q(affiliates__valid_to=None) | Q(affiliates__valid_to__gt=on)
    )
    kind = Q(affiliates__kind=Affiliation.Kind.NETWORK)
    rows = (
        Actor.objects.filter(
            Q(functions__function="network", functions__valid_to=None) | Q(affiliates__isnull=False),
            subject__public=True,
            subject__closed_at=None,
            subject__merged_into=None,
        )
        .exclude(legal_nature=LegalNature.COLLECTIVE)
        .annotate(members=Count("affiliates__member", filter=living & kind, distinct=True))
        .select_related("zone")
        .order_by("sort_key", "pk")
    )
    found = list(rows)
    ids = [actor.pk for actor in found]
    roles = read.by_subject(ids, lang=lang, codes=[ROLE]) if ids else {}
    groups: dict[UUID, list[Actor]] = {}
    for row in _groups(ids, on):
        groups.setdefault(row.member_id, []).append(row.network)
    held = Moderation.objects.held_on(on).filter(network__in=ids)
    moderated = set(held.values_list("network", flat=True))
    return [
        Network(one, roles.get(one.pk, []), groups.get(one.pk, []), one.members, one.pk in moderated)
        for one in found
    ]


def _groups(ids: list[UUID], on: date) -> list[Affiliation]:
    rows = Affiliation.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=on),
        member__in=ids,
        network__legal_nature=LegalNature.COLLECTIVE,
        network__subject__public=True,
    )
    return list(rows.select_related("network").order_by("network__sort_key", "pk"))
