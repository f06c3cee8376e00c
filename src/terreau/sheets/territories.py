"""What is said of a territory, official or made by hand, by the pages, the API and the command line alike."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from terreau.actors.models import Actor
from terreau.common.errors import NotFoundError
from terreau.poles.models import Pole
from terreau.sheets.facts import FactLine, SourceLine, lines_of, source_line
from terreau.territories import base, rules
from terreau.territories.base import Ids
from terreau.territories.models import Layer, LayerValue, LayerZone, Level, Perimeter, PerimeterCommune, Zone

#: Levels that have an address, as written in it, and their layer in the embedded base.
LEVELS = {
    "commune": None,
    "epci": "epci",
    "departement": "departement",
    "region": "region",
    "ancienne-region": "ancienne_region",
}
_CHUNK = 5000
COG_SOURCE = "INSEE, code officiel géographique"


@dataclass(frozen=True)
class PoleInZone:
    """A pole whose perimeter touches a set of communes. Parts are None where only a part of a commune counts."""

    slug: str
    name: str
    label: str
    approximate: bool
    communes: int
    of_perimeter: float | None
    of_zone: float | None


@dataclass(frozen=True)
class LayerCrossing:
    """A zone of an imported layer that a set of communes crosses."""

    code: str
    label: str
    communes: int
    partial: bool


@dataclass(frozen=True)
class CrossedLayer:
    """An imported layer, and the zones of it that are crossed."""

    name: str
    label: str
    vintage: int
    source: SourceLine
    zones: tuple[LayerCrossing, ...]


@dataclass(frozen=True)
class Communes:
    """A set of communes and what is known of it."""

    ids: Ids
    cog: int

    @cached_property
    def codes(self) -> list[str]:
        """Codes of the communes, in the order of the base."""
        codes: list[str] = base.load(self.cog).codes[self.ids].tolist()
        return codes

    @cached_property
    def description(self) -> rules.Description:
        """Size and overlaps with every embedded layer."""
        communes = base.load(self.cog)
        layers = [communes.layers[name] for name in base.ALL_LAYERS]
        return rules.describe(communes, self.ids, layers)

    @cached_property
    def population_years(self) -> list[int]:
        """Years of the population counts that add up."""
        years = base.load(self.cog).population_year[self.ids]
        return sorted({int(year) for year in years if year})

    @cached_property
    def poles(self) -> list[PoleInZone]:
        """Public poles whose perimeter of today touches the set, the most concerned first."""
        return poles_touching(self.ids, self.cog)

    @cached_property
    def layers(self) -> list[CrossedLayer]:
        """Imported layers that the set crosses."""
        return list(_crossed_layers(self.codes))

    @cached_property
    def missing_layers(self) -> list[str]:
        """Names of the layers that this register has not imported."""
        held = set(Layer.objects.values_list("name", flat=True))
        known = {
            "zones-emploi": _("zones d'emploi"),
            "bassins-vie": _("bassins de vie"),
            "qpv": _("quartiers prioritaires"),
            "zrr": _("zones de revitalisation rurale"),
            "filosofi": _("niveau de vie et pauvreté (Filosofi)"),
        }
        return [label for name, label in known.items() if name not in held]

    def actors(self, limit: int = 50) -> list[Actor]:
        """Public actors placed in a commune of the set, by name."""
        found: list[Actor] = []
        for chunk in _chunks(self.codes):
            found += (
                Actor.objects.filter(subject__public=True, zone__level=Level.COMMUNE, zone__code__in=chunk)
                .exclude(subject__kind="pole")
                .order_by("sort_key", "subject")[:limit]
            )
        return sorted(found, key=lambda actor: actor.sort_key)[:limit]


@dataclass(frozen=True)
class TerritorySheet:
    """An official territory."""

    zone: Zone
    communes: Communes
    facts: list[FactLine] = field(default_factory=list)

    @property
    def level(self) -> str:
        """Level as written in addresses."""
        return self.zone.level

    def as_json(self) -> dict[str, Any]:
        """Return the territory as the API says it."""
        totals = self.communes.description.totals
        known = not self.communes.description.population_unknown
        return {
            "niveau": self.zone.level,
            "code": self.zone.code,
            "nom": self.zone.name,
            "cog": self.zone.cog_year,
            "communes": totals.communes,
            "population": totals.population if known else None,
            "surface_km2": totals.surface_km2,
            "poles": [
                {
                    "slug": pole.slug,
                    "nom": pole.name,
                    "part_du_perimetre": pole.of_perimeter,
                    "part_de_la_zone": pole.of_zone,
                }
                for pole in self.communes.poles
            ],
            "faits": [line.as_json() for line in self.facts],
        }


def territory_sheet(level: str, code: str, cog: int = 2026) -> TerritorySheet:
    """Return the sheet of an official territory; ``NotFoundError`` says which levels exist."""
    zone = None
    if level in LEVELS:
        code = code.upper()
        wanted = base.load(cog).former.get(code, code) if level == "commune" else code
        zone = (
            Zone.objects.select_related("department", "region", "former_region", "epci", "subject")
            .filter(level=level, code=wanted[:9], cog_year=cog)
            .first()
        )
    if zone is None:
        message = _("Aucun territoire %(level)s %(code)s au COG %(cog)s.")
        facts = {"niveau": level[:40], "code": code[:20], "niveaux": list(LEVELS)}
        text = message % {"level": level[:40], "code": code[:20], "cog": cog}
        raise NotFoundError("unknown_territory", text, facts=facts)
    communes = Communes(ids_of(zone), cog)
    return TerritorySheet(zone, communes, [*_own_facts(zone, communes), *lines_of(zone.subject_id)])


def ids_of(zone: Zone) -> Ids:
    """Return the communes of a zone, as sorted positions in the base."""
    communes = base.load(zone.cog_year)
    layer = LEVELS[zone.level]
    if layer is None:
        return communes.ids([zone.code])
    return communes.layers[layer].members(zone.code)


def poles_touching(ids: Ids, cog: int, on: date | None = None) -> list[PoleInZone]:
    """Return the public poles whose perimeter in force touches the communes ``ids``."""
    communes = base.load(cog)
    inside: dict[int, list[int]] = defaultdict(list)
    partial: set[int] = set()
    for perimeter, code, part in _perimeter_rows(communes.codes[ids].tolist(), on or timezone.localdate()):
        inside[perimeter].append(communes.index[code])
        if part:
            partial.add(perimeter)
    zone = _measure(communes, ids)
    found = [
        _pole_in_zone(pole, perimeter, np.array(sorted(set(inside[perimeter.pk])), np.int32), zone, perimeter.pk in partial)
        for pole, perimeter in _poles_of(inside)
    ]
    return sorted(found, key=lambda pole: (-(pole.of_zone or 0), -(pole.of_perimeter or 0), pole.name))


def _perimeter_rows(codes: Sequence[str], on: date) -> Iterator[tuple[int, str, bool]]:
    in_force = (Q(perimeter__valid_from=None) | Q(perimeter__valid_from__lte=on)) & (
        Q(perimeter__valid_to=None) | Q(perimeter__valid_to__gt=on)
    )
    for chunk in _chunks(codes):
        yield from PerimeterCommune.objects.filter(
            in_force,
            perimeter__kind=Perimeter.Kind.COOPERATION,
            perimeter__subject__public=True,
            perimeter__subject__merged_into=None,
            commune__code__in=chunk,
        ).values_list("perimeter_id", "commune__code", "partial")


def _chunks(codes: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(codes), _CHUNK):
        yield codes[start : start + _CHUNK]


def _measure(communes: base.Base, ids: Ids) -> rules.Measures:
    return rules.Measures(len(ids), int(communes.population[ids].sum()), int(communes.surface[ids].sum()))


def _poles_of(perimeters: dict[int, list[int]]) -> Iterator[tuple[Pole, Perimeter]]:
    rows = {row.pk: row for row in Perimeter.objects.filter(pk__in=list(perimeters))}
    by_subject = {row.subject_id: row for row in rows.values()}
    poles = Pole.objects.select_related("actor").filter(actor__subject__in=list(by_subject))
    for pole in poles.order_by("actor__sort_key", "pk"):
        yield pole, by_subject[pole.actor_id]


def _pole_in_zone(
    pole: Pole, perimeter: Perimeter, common: Ids, zone: rules.Measures, partial: bool
) -> PoleInZone:
    communes = base.load(perimeter.cog_year)
    shared = _measure(communes, common)
    whole = rules.Measures(
        perimeter.communes_count, perimeter.population or 0, perimeter.surface_hectares or 0
    )
    return PoleInZone(
        slug=pole.slug,
        name=pole.actor.name,
        label=perimeter.label,
        approximate=perimeter.approximate,
        communes=len(common),
        of_perimeter=None if partial else rules.shares(shared, whole).main,
        of_zone=None if partial else rules.shares(shared, zone).main,
    )


def _crossed_layers(codes: Sequence[str]) -> Iterator[CrossedLayer]:
    for layer in Layer.objects.exclude(kind=Layer.Kind.MEASURES).select_related("source"):
        counts: dict[tuple[str, str], list[bool]] = defaultdict(list)
        for chunk in _chunks(codes):
            rows = LayerZone.objects.filter(layer=layer, commune__code__in=chunk)
            for code, label, partial in rows.values_list("code", "label", "partial"):
                counts[code, label].append(partial)
        zones = (
            LayerCrossing(code, label, len(parts), any(parts)) for (code, label), parts in counts.items()
        )
        ordered = tuple(sorted(zones, key=lambda zone: (-zone.communes, zone.label)))
        if ordered:
            yield CrossedLayer(
                layer.name, _label(layer.label), layer.vintage, source_line(layer.source), ordered
            )


def _label(texts: dict[str, str]) -> str:
    return texts.get(get_language() or "fr") or texts.get("fr", "")
