"""The communes of France at one COG year, as arrays: what the algebra of perimeters computes on.

Nothing here knows Django. A commune is an integer (its position in the arrays); positions are ordered by
region, old region, department, EPCI and code, so that the communes of a zone follow one another.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int32]
Counts = NDArray[np.int64]

GEO = Path(__file__).parent / "content" / "geo"
COG_YEARS = (2026,)
LAYERS = ("epci", "departement", "region", "ancienne_region")
ALL_LAYERS = (*LAYERS, "arrondissement", "ept")
ORDER = "zone = 'com', region, ancienne_region, departement, epci NULLS LAST, code"
"""Order of the communes in the arrays."""
TABLES = {
    "epci": "epci",
    "departement": "departements",
    "region": "regions",
    "ancienne_region": "anciennes_regions",
    "arrondissement": "arrondissements",
    "ept": "ept",
}


class UnknownYearError(LookupError):
    """No base is embedded for the COG year that was asked."""

    def __init__(self, cog: int) -> None:
        super().__init__(f"no commune base for COG {cog}: have {', '.join(map(str, COG_YEARS))}")
        self.cog = cog


@dataclass(frozen=True, eq=False)
class Layer:
    """One division of communes into zones: arrays by zone, and the zone of each commune (-1: none)."""

    name: str
    codes: tuple[str, ...]
    names: tuple[str, ...]
    zone_of: Ids
    communes: Counts
    population: Counts
    surface: Counts

    @classmethod
    def build(cls, name: str, zones: Mapping[str, str], zone_of: Ids, sizes: tuple[Counts, Counts]) -> Layer:
        """Make a layer from its zones (code: name) and the position among them of the zone of each commune.

        `sizes` are the population (inhabitants) and the surface (hectares) of each commune: the totals of the
        zones are recomputed from them.
        """
        population, surface = sizes
        inside = zone_of >= 0
        met = zone_of[inside]

        def total(values: Counts) -> Counts:
            sums = np.zeros(len(zones), np.int64)
            np.add.at(sums, met, values)
            return sums

        return cls(
            name,
            tuple(zones),
            tuple(zones.values()),
            zone_of.astype(np.int32),
            np.bincount(met, minlength=len(zones)).astype(np.int64),
            total(population[inside]),
            total(surface[inside]),
        )

    @cached_property
    def index(self) -> dict[str, int]:
        """Position of each zone by its code."""
        return {code: zone for zone, code in enumerate(self.codes)}

    @cached_property
    def split(self) -> NDArray[np.bool_]:
        """Zones whose communes do not all follow one another (an EPCI on two departments)."""
        heads = np.flatnonzero(np.diff(self.zone_of, prepend=np.int32(-2)))
        zones = self.zone_of[heads]
        return np.bincount(zones[zones >= 0], minlength=len(self.codes)) > 1

    @cached_property
    def _members(self) -> tuple[Ids, Counts]:
        order = np.argsort(self.zone_of, kind="stable").astype(np.int32)
        return order, np.searchsorted(self.zone_of[order], np.arange(len(self.codes) + 1))

    def members(self, code: str) -> Ids:
        """Communes of a zone, sorted. KeyError when the layer has no such zone."""
        order, starts = self._members
        zone = self.index[code]
        return order[starts[zone] : starts[zone + 1]]


@dataclass(frozen=True, eq=False)
class Base:
    """The communes of a COG year: 34,875 of the departments, 94 of the overseas collectivities (`com`).

    `population` in inhabitants and `surface` in hectares are exact integers, 0 where unknown;
    `population_year` is the year of the count: 2023, 2017 in Mayotte, 0 where the source does not say it
    (overseas collectivities). Surfaces come from simplified outlines and are right to about 1 %.
    """

    cog: int
    codes: NDArray[np.str_]
    names: tuple[str, ...]
    com: NDArray[np.bool_]
    population: Counts
    population_known: NDArray[np.bool_]
    population_year: NDArray[np.int16]
    surface: Counts
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    layers: dict[str, Layer]
    former: dict[str, str]

    @cached_property
    def index(self) -> dict[str, int]:
        """Position of each commune by its code."""
        return {code: i for i, code in enumerate(self.codes.tolist())}

    @cached_property
    def cell(self) -> NDArray[np.int16]:
        """Number of the run of ids that share all of LAYERS: never decreases with the id."""
        change = np.zeros(len(self.codes), np.bool_)
        for name in LAYERS:
            change[1:] |= np.diff(self.layers[name].zone_of) != 0
        return np.cumsum(change).astype(np.int16)

    @cached_property
    def neighbours(self) -> tuple[NDArray[np.int64], Ids]:
        """Communes that share a border, as (starts, ids): those of `i` are `ids[starts[i]:starts[i + 1]]`."""
        table = read("voisins")
        by_code = np.argsort(self.codes)
        sorted_codes = self.codes[by_code]
        a, b = (
            by_code[np.searchsorted(sorted_codes, table[side].astype("U5"))]
            for side in ("commune", "voisine")
        )
        left, right = np.concatenate([a, b]), np.concatenate([b, a])
        order = np.lexsort((right, left))
        starts = np.searchsorted(left[order], np.arange(len(self.codes) + 1))
        return starts, right[order].astype(np.int32)

    def ids(self, codes: Iterable[str]) -> Ids:
        """Sorted positions of current codes. KeyError on a code that is not current (see `rules.resolve`)."""
        return np.unique(np.fromiter((self.index[code] for code in codes), np.int32))


def read(table: str, order: str = "ALL") -> dict[str, NDArray[Any]]:
    """Columns of an embedded table, by name; missing values are masked."""
    with duckdb.connect() as db:
        found: dict[str, NDArray[Any]] = db.execute(
            f"SELECT * FROM read_parquet(?) ORDER BY {order}",  # noqa: S608 - `order` is ours
            [str(GEO / f"{table}.parquet")],
        ).fetchnumpy()
    return found


def records(table: str) -> list[dict[str, Any]]:
    """Rows of an embedded table as dictionaries, ordered by their first columns; missing values are None."""
    with duckdb.connect() as db:
        result = db.execute("SELECT * FROM read_parquet(?) ORDER BY ALL", [str(GEO / f"{table}.parquet")])
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def load(cog: int = 2026) -> Base:
    """The base of a COG year, read once per process (about 0.3 s). UnknownYearError when not embedded."""
    if cog not in COG_YEARS:
        raise UnknownYearError(cog)
    return _load(cog)


def point(code: str, cog: int = COG_YEARS[-1]) -> tuple[float, float] | None:
    """Return the longitude and latitude of a commune; None for an unknown code or place."""
    communes = load(cog)
    position = communes.index.get(code)
    if position is None or np.isnan(communes.lon[position]):
        return None
    return float(communes.lon[position]), float(communes.lat[position])


@lru_cache(maxsize=len(COG_YEARS))
def _load(cog: int) -> Base:
    # One argument, always given: `load()` and `load(2026)` would be two entries of a cache, and two bases.
    table = read("communes", ORDER)
    com = table["zone"] == "com"
    known = ~np.ma.getmaskarray(table["population"])
    population = np.ma.filled(table["population"], 0).astype(np.int64)
    surface = np.rint(np.ma.filled(table["surface_km2"], 0.0) * 100).astype(np.int64)
    codes = table["code"].astype("U5")
    return Base(
        cog=cog,
        codes=codes,
        names=tuple(table["nom"]),
        com=com,
        population=population,
        population_known=known,
        population_year=_population_year(codes, com),
        surface=surface,
        lon=np.ma.filled(table["lon"], np.nan),
        lat=np.ma.filled(table["lat"], np.nan),
        layers={name: _layer(name, table[name], population, surface) for name in ALL_LAYERS},
        former=_former(),
    )


def _population_year(codes: NDArray[np.str_], com: NDArray[np.bool_]) -> NDArray[np.int16]:
    years = np.full(len(codes), 2023, np.int16)
    years[np.char.startswith(codes, "976")] = 2017
    years[com] = 0
    return years


def _layer(name: str, zone_codes: NDArray[Any], population: Counts, surface: Counts) -> Layer:
    table = read(TABLES[name])
    codes = table["code"].tolist()
    index = {code: zone for zone, code in enumerate(codes)}
    of_commune = np.ma.filled(zone_codes, None)
    zone_of = np.fromiter((index.get(code, -1) for code in of_commune), np.int32, len(of_commune))
    zones = dict(zip(codes, table["nom"].tolist(), strict=True))
    return Layer.build(name, zones, zone_of, (population, surface))


def _former() -> dict[str, str]:
    """Every code that is not a commune's own today: merged communes and municipal arrondissements."""
    rows = [*records("communes_historique"), *_missing_from_history()]
    return {row["ancien_code"]: row["code"] for row in rows}


def _missing_from_history() -> list[dict[str, str]]:
    text = (GEO / "communes_historique_ajouts.csv").read_text("utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
