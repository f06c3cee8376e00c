"""The directory of actors: filters, pages, facets, exports. Strangers see the public, living ones only.

The number of queries depends neither on the size of the page nor on the number of actors.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Case, Count, F, Q, QuerySet, When
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from terreau.actors import tables
from terreau.actors.models import Actor, ActorFunction, Affiliation, LegalNature
from terreau.common.errors import DomainError
from terreau.common.text import sort_key
from terreau.design.paging import Page, keyset
from terreau.search.index import words_of
from terreau.territories import base
from terreau.territories.models import Level

LIMIT = 25
FACETS = ("nature", "fonction", "ess", "region", "reseau")
_KEYS = ("sort_key", "subject_id")
_SHOWN = 60
_BATCH = 1000
_REGION = Case(When(zone__level=Level.REGION, then=F("zone__code")), default=F("zone__region__code"))


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for: words and one code a facet. Empty means no filter."""

    q: str = ""
    nature: str = ""
    fonction: str = ""
    ess: str = ""
    region: str = ""
    reseau: str = ""

    @classmethod
    def parse(cls, params: Mapping[str, Any]) -> "Filters":
        """Read the parameters of an address; other names are left to whoever knows them.

        Raises ``DomainError`` (422) for a code that does not exist, with those that do.
        """
        values = {field.name: str(params.get(field.name) or "").strip() for field in fields(cls)}
        for name in FACETS:
            if values[name] and values[name] not in labels(name):
                raise _unknown(name, values[name])
        return cls(**values)

    @property
    def codes(self) -> dict[str, str]:
        """The facets that are set, and the code of each."""
        return {name: getattr(self, name) for name in FACETS if getattr(self, name)}

    def __bool__(self) -> bool:
        return bool(self.q or self.codes)


@dataclass(frozen=True, slots=True)
class ActorRow:
    """A line of the directory: codes as the tables and the official geography write them."""

    id: str
    nom: str
    nature: str
    ess: str
    ess_verifie: bool
    siren: str
    lieu: str
    lieu_niveau: str
    lieu_code: str
    region: str
    fonctions: list[str]
    reseaux: list[str]

    @property
    def at(self) -> tuple[float, float] | None:
        """Longitude and latitude of the commune where the actor is; None elsewhere or when it is unknown."""
        return base.point(self.lieu_code) if self.lieu_niveau == Level.COMMUNE else None

    @property
    def nature_label(self) -> str:
        """Label of the legal nature; empty when it is unknown."""
        return "" if self.nature == LegalNature.UNKNOWN else labels("nature")[self.nature]

    @property
    def ess_label(self) -> str:
        """Label of the ESS verdict."""
        return labels("ess")[self.ess]

    @property
    def function_labels(self) -> list[str]:
        """Labels of the functions."""
        return [labels("fonction").get(code, code) for code in self.fonctions]

    @property
    def region_label(self) -> str:
        """Name of the region, empty when it is unknown."""
        return labels("region").get(self.region, "")


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value of a facet: how many actors choosing it would leave, whether it is chosen."""

    code: str
    label: str
    count: int
    selected: bool


def labels(facet: str) -> Mapping[str, str]:
    """Return the codes of a facet and their labels in the current language, in their own order.

    Networks are read from the database (one query), by key, or by identifier when they have none.
    """
    if facet == "reseau":
        return {_network_code(pk, key): name for pk, key, name in _networks()}
    return _fixed_labels(facet, (get_language() or "fr")[:2])


@lru_cache(maxsize=16)
def _fixed_labels(facet: str, language: str) -> Mapping[str, str]:
    if facet == "nature":
        return {code: str(label) for code, label in LegalNature.choices}
    if facet == "ess":
        return {code: str(label) for code, label in Actor.Ess.choices}
    if facet == "fonction":
        return {code: term.name(language) for code, term in tables.functions().items()}
    layer = base.load(settings.COG_YEAR).layers["region"]
    pairs = ((str(code), str(name)) for code, name in zip(layer.codes, layer.names, strict=True))
    return dict(sorted(pairs, key=lambda pair: sort_key(pair[1])))


def page(
    filters: Filters, *, on: date, limit: int = LIMIT, cursor: str | None = None, public_only: bool = True
) -> Page[ActorRow]:
    """Return a page of the directory by name, as it stands on a day (four queries)."""
    found = _filtered(filters, on=on, public_only=public_only)
    rows = found.select_related("zone", "zone__region")
    lines = keyset(rows, _KEYS, limit=limit, cursor=cursor, total=found.count())
    return Page(_rows(lines.rows, on), lines.next, lines.previous, lines.total)


def rows(filters: Filters, *, on: date) -> Iterator[ActorRow]:
    """Yield every public line that the filters leave, for exports; see ``lines``."""
    return lines(_filtered(filters, on=on), on=on)


def lines(found: QuerySet[Actor], *, on: date) -> Iterator[ActorRow]:
    """Yield the lines of some actors by name: three queries a batch of a thousand, none held open between."""
    found, cursor = found.select_related("zone", "zone__region"), None
    while True:
        batch = keyset(found, _KEYS, limit=_BATCH, cursor=cursor)
        yield from _rows(batch.rows, on)
        if (cursor := batch.next) is None:
            return


def facets(filters: Filters, *, on: date) -> dict[str, list[FacetValue]]:
    """Return the values of every facet (one query each); a facet's counts ignore what it has chosen.

    Values that would leave nothing are left out, except the one chosen.
    """
    return {name: _facet(name, filters, on) for name in FACETS}


def as_json(row: ActorRow) -> dict[str, Any]:
    """Return a line as the API says it."""
    return {field.name: getattr(row, field.name) for field in fields(row)}


def _unknown(name: str, value: str) -> DomainError:
    known = labels(name)
    message = _("« %(value)s » n'est pas une valeur de « %(name)s ». Valeurs possibles : %(known)s.")
    shown = ", ".join(f"{code} ({label})" for code, label in known.items())
    values = {"value": value[:_SHOWN], "name": name, "known": shown or _("aucune")}
    facts = {"parameter": name, "value": value[:_SHOWN], "allowed": list(known)}
    return DomainError("unknown_value", message % values, facts=facts)


def living(on: date) -> Q:
    """Rows with ``valid_from`` and ``valid_to`` that hold on a day; an unknown bound is open."""
    started = Q(valid_from__isnull=True) | Q(valid_from__lte=on)
    return started & (Q(valid_to__isnull=True) | Q(valid_to__gt=on))


def _filtered(filters: Filters, *, on: date, without: str = "", public_only: bool = True) -> QuerySet[Actor]:
    found = Actor.objects.filter(subject__merged_into__isnull=True, subject__closed_at__isnull=True)
    if public_only:
        found = found.filter(subject__public=True)
    for facet, code in filters.codes.items():
        if facet != without:
            found = found.filter(_condition(facet, code, on))
    words = words_of(filters.q)
    for number, word in enumerate(words, start=1):
        found = found.filter(words__contains=f" {word}" if number == len(words) else f" {word} ")
    return found


def _condition(facet: str, code: str, on: date) -> Q:
    """Return what a facet asks of an actor; lists are made once (``IN``), never looked up row by row."""
    if facet == "fonction":
        return Q(pk__in=ActorFunction.objects.filter(living(on), function=code).values("actor"))
    if facet == "reseau":
        network = Q(network__key=code) if not _is_uuid(code) else Q(network=code)
        return Q(pk__in=Affiliation.objects.filter(living(on), network).values("member"))
    if facet == "region":
        return Q(zone__region__code=code) | Q(zone__level=Level.REGION, zone__code=code)
    return Q(**{{"nature": "legal_nature"}.get(facet, facet): code})


def _rows(actors: list[Actor], on: date) -> list[ActorRow]:
    ids = [actor.pk for actor in actors]
    functions: dict[UUID, list[str]] = defaultdict(list)
    held = ActorFunction.objects.filter(living(on), actor__in=ids).order_by("actor", "function", "id")
    for actor_id, function in held.values_list("actor", "function"):
        functions[actor_id].append(function)
    networks: dict[UUID, list[str]] = defaultdict(list)
    joined = Affiliation.objects.filter(living(on), member__in=ids, network__subject__public=True)
    for actor_id, name in joined.order_by("network__sort_key", "id").values_list("member", "network__name"):
        networks[actor_id].append(name)
    return [_row(actor, functions[actor.pk], networks[actor.pk]) for actor in actors]


def _row(actor: Actor, functions: list[str], networks: list[str]) -> ActorRow:
    zone = actor.zone
    region = zone if zone and zone.level == Level.REGION else zone.region if zone else None
    return ActorRow(
        id=str(actor.pk),
        nom=actor.name,
        nature=actor.legal_nature,
        ess=actor.ess,
        ess_verifie=actor.ess_verified,
        siren=actor.siren,
        lieu=zone.name if zone else "",
        lieu_niveau=zone.level if zone else "",
        lieu_code=zone.code if zone else "",
        region=region.code if region else "",
        fonctions=functions,
        reseaux=networks,
    )


def _facet(name: str, filters: Filters, on: date) -> list[FacetValue]:
    chosen = filters.codes.get(name, "")
    counts = _counts(name, _filtered(filters, on=on, without=name), on)
    known = labels(name)
    return [
        FacetValue(code, label, counts.get(code, 0), code == chosen)
        for code, label in known.items()
        if code in counts or code == chosen
    ]


def _counts(name: str, found: QuerySet[Actor], on: date) -> dict[str, int]:
    many: QuerySet[Any]
    if name == "fonction":
        many = ActorFunction.objects.filter(living(on), actor__in=found.values("pk"))
        return dict(many.order_by().values_list("function").annotate(Count("actor", distinct=True)))
    if name == "reseau":
        many = Affiliation.objects.filter(living(on), member__in=found.values("pk"))
        rows = many.order_by().values_list("network", "network__key").annotate(Count("member", distinct=True))
        return {_network_code(pk, key): count for pk, key, count in rows}
    column: Any = {"nature": F("legal_nature"), "ess": F("ess"), "region": _REGION}[name]
    pairs: Any = found.order_by().values_list(column).annotate(Count("pk"))
    return {code: count for code, count in pairs if code}


def _networks() -> QuerySet[Any]:
    """Public actors that have affiliates: identifier, key, name."""
    networks = Actor.objects.filter(
        pk__in=Affiliation.objects.order_by().values("network"),
        subject__public=True,
        subject__merged_into__isnull=True,
    )
    return networks.order_by("sort_key", "pk").values_list("pk", "key", "name")


def _network_code(pk: UUID, key: str | None) -> str:
    return key or str(pk)


def _is_uuid(code: str) -> bool:
    try:
        UUID(code)
    except ValueError:
        return False
    return True
