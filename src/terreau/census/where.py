"""Which actors and reports stand in what a person moderates, as conditions on a query."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from terreau.actors.models import Actor, Affiliation
from terreau.actors.perms import Scope
from terreau.common.errors import DomainError
from terreau.territories import base
from terreau.territories.models import Coverage, Level, Perimeter, Zone


@dataclass(frozen=True, slots=True)
class Place:
    """A department that a person may filter by; ``zone_ids`` are its rows of every COG year."""

    code: str
    name: str
    zone_ids: frozenset[int]


def places(scope: Scope) -> list[tuple[str, str]]:
    """Return the departments of a scope, code and name, by name: what the inbox can be filtered by."""
    rows = Zone.objects.filter(level=Level.DEPARTEMENT, cog_year=base.COG_YEARS[-1])
    if not scope.everything:
        ids = scope.zone_ids
        rows = rows.filter(Q(pk__in=ids) | Q(region__in=ids) | Q(former_region__in=ids))
    return [(code, f"{name} ({code})") for code, name in rows.order_by("name").values_list("code", "name")]


def place(code: str, scope: Scope) -> Place:
    """Return the department of a code within a scope; ``DomainError`` otherwise."""
    if code not in dict(places(scope)):
        message = _("Ce département n'est pas de ce que vous modérez.")
        raise DomainError("unknown_place", message, facts={"departement": code[:9]})
    rows = Zone.objects.filter(level=Level.DEPARTEMENT, code=code)
    ids = frozenset(rows.values_list("pk", flat=True))
    return Place(code, rows.order_by("-cog_year")[0].name, ids)


def actors(scope: Scope, on: date, *, field: str = "pk", only: Place | None = None) -> Q:
    """Return the condition that ``field`` is an actor of the scope, and of the place when one is given."""
    found = Q()
    if not scope.everything:
        found &= _standing(scope.zone_ids, on, field) | _of_networks(scope.network_ids, on, field)
    if only is not None:
        found &= _standing(only.zone_ids, on, field)
    return found


def reports(scope: Scope, *, only: Place | None = None) -> Q:
    """Return the condition on reports of the place; the scope itself is that of ``reports.waiting``."""
    return Q(zones__in=only.zone_ids) if only is not None else Q()


def _standing(zones: Collection[int], on: date, field: str) -> Q:
    """Actors whose place, or what holds it, is one of the zones, or whose perimeter in force touches one."""
    levels = ("zone", "zone__department", "zone__region", "zone__former_region", "zone__epci")
    placed = Q()
    for level in levels:
        placed |= Q(**{f"{level}__in": zones})
    covered = Coverage.objects.filter(
        _living("perimeter__", on), zone__in=zones, perimeter__kind=Perimeter.Kind.COOPERATION
    )
    return Q(**{f"{field}__in": Actor.objects.filter(placed).values("pk")}) | Q(
        **{f"{field}__in": covered.values("perimeter__subject")}
    )


def _of_networks(networks: Collection[UUID], on: date, field: str) -> Q:
    rows = Affiliation.objects.filter(_living("", on), network__in=networks, kind=Affiliation.Kind.NETWORK)
    return Q(**{f"{field}__in": rows.values("member")})


def _living(prefix: str, on: date) -> Q:
    starts, ends = f"{prefix}valid_from", f"{prefix}valid_to"
    return (Q(**{f"{starts}__isnull": True}) | Q(**{f"{starts}__lte": on})) & (
        Q(**{f"{ends}__isnull": True}) | Q(**{f"{ends}__gt": on})
    )
