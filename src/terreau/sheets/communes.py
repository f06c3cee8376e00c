"""What is known of any set of communes: its size, what it crosses, the poles and the actors there."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from terreau.actors.models import Actor
from terreau.common.text import sort_key
from terreau.poles.models import Pole
from terreau.sheets import layers
from terreau.territories import base, rules
from terreau.territories.base import Ids
from terreau.territories.models import Coverage, Level, Perimeter, PerimeterCommune, Zone

#: Levels that have an address, as written in it, and their layer in the embedded base.
LEVELS = {
    "commune": None,
    "epci": "epci",
    "departement": "departement",
    "region": "region",
    "ancienne-region": "ancienne_region",
}
_LEVEL_OF = {layer: level for level, layer in LEVELS.items() if layer}
_CHUNK = 5000
_EARTH_KM = 6371.0


@dataclass(frozen=True)
class PoleInZone:
    """A pole that touches a set of communes. Parts are None where only a part of a commune counts."""

    slug: str
    name: str
    kind: str
    fictional: bool
    label: str
    approximate: bool
    communes: int
    of_perimeter: float | None
    of_zone: float | None
    inside: bool
    lon: float | None = None
    lat: float | None = None

    @property
    def sure(self) -> bool:
        """Whether the pole is surely there: its place is known, or the whole zone it may be in is there."""
        return self.inside or not self.approximate


@dataclass(frozen=True)
class NearPole:
    """A pole that does not touch a set of communes, and how far the centre of its perimeter is (km)."""

    slug: str
    name: str
    approximate: bool
    distance: float
    lon: float
    lat: float


@dataclass(frozen=True)
class Crossing:
    """A zone of an embedded layer that a set of communes crosses; ``level`` is empty when it has no page."""

    code: str
    name: str
    level: str
    communes: int
    population: int
    of_set: float | None
    of_zone: float | None


@dataclass(frozen=True)
class CommuneLine:
    """A commune of a set."""

    code: str
    name: str
    department: str
    population: int | None
    population_year: int | None


@dataclass(frozen=True)
class Communes:
    """A set of communes and what is known of it. ``zone`` when it is an official territory."""

    ids: Ids
    cog: int
    zone: Zone | None = None

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def codes(self) -> list[str]:
        """Codes of the communes, in the order of the base."""
        codes: list[str] = base.load(self.cog).codes[self.ids].tolist()
        return codes

    @cached_property
    def description(self) -> rules.Description:
        """Size and overlaps with every embedded layer."""
        communes = base.load(self.cog)
        return rules.describe(communes, self.ids, [communes.layers[name] for name in base.ALL_LAYERS])

    @cached_property
    def population_years(self) -> list[int]:
        """Years of the population counts that add up."""
        years = base.load(self.cog).population_year[self.ids]
        return sorted({int(year) for year in years if year})

    @cached_property
    def center(self) -> tuple[float, float] | None:
        """Middle of the points of the communes, weighted by nothing: longitude, latitude."""
        communes = base.load(self.cog)
        points = np.column_stack([communes.lon[self.ids], communes.lat[self.ids]])
        points = points[~np.isnan(points).any(axis=1)]
        if not len(points):
            return None
        lon, lat = points.mean(axis=0).tolist()
        return lon, lat

    def crossed(self, layer: str) -> list[Crossing]:
        """Zones of an embedded layer that the set crosses, the most populated part first."""
        return [
            Crossing(
                overlap.code,
                overlap.name,
                _LEVEL_OF.get(layer, ""),
                overlap.common.communes,
                overlap.common.population,
                overlap.of_perimeter.main,
                overlap.of_zone.main,
            )
            for overlap in self.description.overlaps[layer]
        ]

    @cached_property
    def by_name(self) -> Ids:
        """The communes sorted by name then code."""
        order: Ids = self.ids[np.argsort(name_rank(self.cog)[self.ids])]
        return order

    def lines(self, ids: Ids) -> list[CommuneLine]:
        """What a list says of some communes, in the order given."""
        communes = base.load(self.cog)
        department = communes.layers["departement"]
        return [
            CommuneLine(
                code=str(communes.codes[i]),
                name=communes.names[i],
                department=department.names[zone] if (zone := int(department.zone_of[i])) >= 0 else "",
                population=int(communes.population[i]) if communes.population_known[i] else None,
                population_year=int(communes.population_year[i]) or None,
            )
            for i in ids.tolist()
        ]

    @cached_property
    def poles(self) -> list[PoleInZone]:
        """Public poles whose perimeter of today touches the set, the most concerned first."""
        if self.zone is not None and self.zone.level != Level.COMMUNE:
            return poles_in_zone(self.zone)
        return poles_touching(self.ids, self.cog)

    @cached_property
    def nearest_poles(self) -> list[NearPole]:
        """The five poles whose centre is nearest, when none touches the set."""
        if self.poles or self.center is None:
            return []
        return nearest_poles(self.center)

    @cached_property
    def layers(self) -> list["layers.CrossedLayer"]:
        """Imported layers that the set crosses."""
        return list(layers.crossed(chunks(self.codes)))

    @cached_property
    def missing_layers(self) -> list[str]:
        """Names of the layers that this register has not imported."""
        return layers.missing()

    @property
    def actors(self) -> QuerySet[Actor]:
        """Public actors placed in the set, other than poles, by name."""
        found = Actor.objects.filter(subject__public=True, subject__merged_into=None)
        return found.filter(self._placed()).exclude(subject__kind="pole").order_by("sort_key", "subject")

    def _placed(self) -> Q:
        parent = {"epci": "epci", "departement": "department", "region": "region"}
        if self.zone is None:
            return Q(zone__level=Level.COMMUNE, zone__code__in=self.codes[:_CHUNK])
        name = parent.get(self.zone.level, "former_region")
        if self.zone.level == Level.COMMUNE:
            return Q(zone=self.zone)
        return Q(zone=self.zone) | Q(**{f"zone__{name}": self.zone})


@lru_cache(maxsize=len(base.COG_YEARS))
def name_rank(cog: int) -> Ids:
    """Place of each commune of the base in the order of names, then codes, as a reader expects it."""
    communes = base.load(cog)
    keys = [
        (sort_key(name), code) for name, code in zip(communes.names, communes.codes.tolist(), strict=True)
    ]
    rank = np.empty(len(keys), np.int32)
    rank[sorted(range(len(keys)), key=keys.__getitem__)] = np.arange(len(keys), dtype=np.int32)
    return rank


def chunks(codes: Sequence[str]) -> list[Sequence[str]]:
    """Return the codes in lists that any database takes in one query."""
    return [codes[start : start + _CHUNK] for start in range(0, len(codes), _CHUNK)]


# Poles


def _in_force(on: date, prefix: str = "") -> Q:
    """Perimeters of cooperation in force on a day, of subjects that a stranger may see."""
    p = prefix
    return (
        Q(**{f"{p}kind": Perimeter.Kind.COOPERATION, f"{p}subject__public": True})
        & Q(**{f"{p}subject__merged_into": None, f"{p}subject__closed_at": None})
        & (Q(**{f"{p}valid_from": None}) | Q(**{f"{p}valid_from__lte": on}))
        & (Q(**{f"{p}valid_to": None}) | Q(**{f"{p}valid_to__gt": on}))
    )


def poles_in_zone(zone: Zone, on: date | None = None) -> list[PoleInZone]:
    """Return the public poles that touch an official zone, from the coverage kept (three queries)."""
    rows = Coverage.objects.filter(_in_force(on or timezone.localdate(), "perimeter__"), zone=zone)
    covered = list(rows.select_related("perimeter").order_by("perimeter_id"))
    poles = _poles_by_subject([row.perimeter for row in covered])
    sizes = _sizes(row.perimeter_id for row in covered)
    found = [
        _pole_in_zone(
            poles[row.perimeter.subject_id],
            row.perimeter,
            (row.communes, sizes[row.perimeter_id]),
            (row.share_of_perimeter, row.share_of_zone),
        )
        for row in covered
        if row.perimeter.subject_id in poles
    ]
    return _most_concerned_first(found)


def poles_touching(ids: Ids, cog: int, on: date | None = None) -> list[PoleInZone]:
    """Return the public poles whose perimeter in force touches the communes ``ids``."""
    communes = base.load(cog)
    inside: dict[int, list[int]] = defaultdict(list)
    partial: set[int] = set()
    for number, code, part in _perimeter_rows(communes.codes[ids].tolist(), on or timezone.localdate()):
        inside[number].append(communes.index[code])
        if part:
            partial.add(number)
    zone = measure(communes, ids)
    perimeters = list(Perimeter.objects.filter(pk__in=list(inside)).order_by("pk"))
    sizes = _sizes(inside)
    poles = _poles_by_subject(perimeters)
    found = []
    for perimeter in (row for row in perimeters if row.subject_id in poles):
        common = np.array(sorted(set(inside[perimeter.pk])), np.int32)
        whole = rules.Measures(sizes[perimeter.pk], perimeter.population or 0, perimeter.surface_ha or 0)
        parts = (
            _parts(measure(communes, common), whole, zone) if perimeter.pk not in partial else (None, None)
        )
        counts = (len(common), sizes[perimeter.pk])
        found.append(_pole_in_zone(poles[perimeter.subject_id], perimeter, counts, parts))
    return _most_concerned_first(found)


def _perimeter_rows(codes: Sequence[str], on: date) -> Iterator[tuple[int, str, bool]]:
    for chunk in chunks(codes):
        yield from PerimeterCommune.objects.filter(
            _in_force(on, "perimeter__"), commune__level=Level.COMMUNE, commune__code__in=chunk
        ).values_list("perimeter_id", "commune__code", "partial")


def measure(communes: base.Base, ids: Ids) -> rules.Measures:
    """Return the size of some communes."""
    return rules.Measures(len(ids), int(communes.population[ids].sum()), int(communes.surface[ids].sum()))


def _sizes(perimeters: Iterable[int]) -> dict[int, int]:
    """Number of communes of each perimeter (one query)."""
    rows = PerimeterCommune.objects.filter(perimeter__in=list(perimeters)).order_by()
    return dict(rows.values_list("perimeter").annotate(Count("pk")))


def _parts(
    common: rules.Measures, whole: rules.Measures, zone: rules.Measures
) -> tuple[float | None, float | None]:
    """Part of the perimeter that is in the zone, part of the zone that is in the perimeter."""
    return rules.shares(common, whole).main, rules.shares(common, zone).main


def _poles_by_subject(perimeters: Iterable[Perimeter]) -> dict[object, Pole]:
    subjects = {perimeter.subject_id for perimeter in perimeters}
    return {pole.pk: pole for pole in Pole.objects.select_related("actor").filter(pk__in=subjects)}


def _pole_in_zone(
    pole: Pole,
    perimeter: Perimeter,
    counts: tuple[int, int],
    parts: tuple[float | None, float | None],
) -> PoleInZone:
    """``counts``: communes in common, of the perimeter; ``parts``: of the perimeter, of the zone."""
    return PoleInZone(
        slug=pole.slug,
        name=pole.actor.name,
        kind=pole.kind,
        fictional=pole.fictional,
        label=perimeter.label,
        approximate=perimeter.approximate,
        communes=counts[0],
        of_perimeter=parts[0],
        of_zone=parts[1],
        inside=counts[0] == counts[1],
        lon=perimeter.lon,
        lat=perimeter.lat,
    )


def _most_concerned_first(found: list[PoleInZone]) -> list[PoleInZone]:
    """Poles surely there before those that may be, then by the parts."""
    return sorted(
        found,
        key=lambda pole: (not pole.sure, -(pole.of_perimeter or 0), -(pole.of_zone or 0), pole.name),
    )


def nearest_poles(point: tuple[float, float], limit: int = 5, on: date | None = None) -> list[NearPole]:
    """Return the poles whose perimeter's centre is nearest to a point (longitude, latitude)."""
    rows = Perimeter.objects.filter(
        _in_force(on or timezone.localdate()),
        Exists(Pole.objects.filter(pk=OuterRef("subject"))),
        lon__isnull=False,
    )
    columns = rows.values_list(
        "subject__actor__pole__slug", "subject__actor__name", "approximate", "lon", "lat"
    )
    found = [
        NearPole(slug, name, approximate, kilometres(point, (lon, lat)), lon, lat)
        for slug, name, approximate, lon, lat in columns.order_by("pk")
        if lon is not None and lat is not None
    ]
    return sorted(found, key=lambda pole: (pole.distance, pole.slug))[:limit]


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the distance as the crow flies between two points (longitude, latitude)."""
    return float(kilometres_to(one, np.array([other[0]]), np.array([other[1]]))[0])


def kilometres_to(
    point: tuple[float, float], lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return the distances as the crow flies from a point (longitude, latitude) to many, in degrees."""
    a, b = np.radians(point)
    c, d = np.radians(lon), np.radians(lat)
    half = np.sin((d - b) / 2) ** 2 + np.cos(b) * np.cos(d) * np.sin((c - a) / 2) ** 2
    far: npt.NDArray[np.float64] = 2 * _EARTH_KM * np.arcsin(np.sqrt(half))
    return far
