"""Perimeters as sets of communes: codes, algebra, overlaps with the layers. Pure functions on `base.Base`."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from terreau.territories.base import LAYERS, Base, Counts, Ids, Layer

CODE = re.compile(r"(?:\d{2}|2A|2B)\d{3}")
CHUNK = 1 << 17
MEASURES = ("population", "surface")
FINER = {"epci": "", "departement": "", "ancienne_region": "departement", "region": "ancienne_region"}
"""Layer whose runs a layer may be read from; the empty name is that of the cells (see `Base.cell`)."""
Sums = NDArray[np.int32]


class MixedYearsError(ValueError):
    """Two sets of communes of different COG years cannot be combined."""

    def __init__(self, left: int, right: int) -> None:
        super().__init__(
            f"communes of COG {left} and of COG {right} do not combine: bring both to one year first"
        )
        self.left, self.right = left, right


@dataclass(frozen=True)
class Resolution:
    """Codes as given, made current: `ids` of the base, what was replaced, what could not be."""

    ids: Ids
    resolved: dict[str, str]
    unresolved: tuple[str, ...]

    @property
    def malformed(self) -> tuple[str, ...]:
        """Those of `unresolved` that cannot be commune codes at all."""
        return tuple(code for code in self.unresolved if not CODE.fullmatch(code))


def resolve(base: Base, codes: Iterable[str]) -> Resolution:
    """Find the communes of codes of any year, old codes and municipal arrondissements included.

    A code given twice, or with its old code, counts once. Unknown and malformed codes are reported, in order,
    and the rest is still answered. Spaces around and lower case are forgiven; a lost leading zero is not.
    """
    found: set[int] = set()
    resolved: dict[str, str] = {}
    unresolved: dict[str, None] = {}
    for given in codes:
        code = given.strip().upper()
        current = code if code in base.index else base.former.get(code)
        if current is None:
            unresolved[given.strip()] = None
            continue
        if current != code:
            resolved[code] = current
        found.add(base.index[current])
    ids = np.fromiter(sorted(found), np.int32, len(found))
    return Resolution(ids, resolved, tuple(unresolved))


@dataclass(frozen=True, eq=False)
class Communes:
    """Sorted ids of communes at a COG year, each once. Combines with `|`, `&`, `-`, never across years."""

    cog: int
    ids: Ids

    @classmethod
    def of(cls, base: Base, codes: Iterable[str]) -> Communes:
        """The set of current codes. KeyError on any other code (see `resolve`)."""
        return cls(base.cog, base.ids(codes))

    def _with(self, other: Communes) -> tuple[Ids, Ids]:
        if self.cog != other.cog:
            raise MixedYearsError(self.cog, other.cog)
        return self.ids, other.ids

    def __or__(self, other: Communes) -> Communes:
        return Communes(self.cog, np.union1d(*self._with(other)))

    def __and__(self, other: Communes) -> Communes:
        return Communes(self.cog, np.intersect1d(*self._with(other), assume_unique=True))

    def __sub__(self, other: Communes) -> Communes:
        return Communes(self.cog, np.setdiff1d(*self._with(other), assume_unique=True))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Communes) and self.cog == other.cog and np.array_equal(self.ids, other.ids)

    def __hash__(self) -> int:
        return hash((self.cog, self.ids.tobytes()))

    def __len__(self) -> int:
        return len(self.ids)


def neighbours(base: Base, communes: Communes) -> Communes:
    """Communes outside the set that share a border with it; a point in common is not a border."""
    return rings(base, communes, 1)[1]


def rings(base: Base, communes: Communes, k: int) -> list[Communes]:
    """The set, then the communes at 1, 2, … k borders from it: k + 1 disjoint sets, the last may be empty."""
    if communes.cog != base.cog:
        raise MixedYearsError(communes.cog, base.cog)
    starts, ids = base.neighbours
    seen = np.zeros(len(base.codes), np.bool_)
    seen[communes.ids] = True
    found = [communes]
    for _ in range(k):
        edge = found[-1].ids
        parts = [ids[starts[i] : starts[i + 1]] for i in edge]
        around = np.unique(np.concatenate(parts)) if parts else edge
        around = around[~seen[around]]
        seen[around] = True
        found.append(Communes(base.cog, around))
    return found


def perimeter_key(base: Base, ids: Ids) -> str:
    """Digest of a set of communes at its COG year (64 hexadecimal characters), from their codes."""
    codes = ",".join(sorted(base.codes[ids].tolist()))
    return hashlib.sha256(f"{base.cog}:{codes}".encode()).hexdigest()


@dataclass(frozen=True)
class Totals:
    """One line per perimeter: number of communes, and the sum of each measure asked."""

    communes: Sums
    sums: Mapping[str, Sums]


@dataclass(frozen=True)
class Crossings:
    """One line per (perimeter, zone) with a commune in common, by perimeter: what they have in common.

    32-bit integers: no measure of the whole country reaches 2³¹.
    """

    perimeter: Ids
    zone: Ids
    communes: Sums
    sums: Mapping[str, Sums]


def describe_many(
    base: Base,
    offsets: NDArray[np.int64],
    ids: Ids,
    layers: Sequence[Layer] | None = None,
    measures: Sequence[str] = MEASURES,
) -> tuple[Totals, dict[str, Crossings]]:
    """Describe thousands of perimeters at once.

    Perimeter `i` is `ids[offsets[i]:offsets[i + 1]]`, sorted, each commune once (ValueError otherwise); an
    empty one has totals of 0 and crosses nothing. `layers` are those of LAYERS unless given. Communes of no
    zone are in the totals alone. Exact integers; perimeters are taken by slices that fit in the processor's
    cache, one thread per core.
    """
    chosen = list(layers) if layers is not None else [base.layers[name] for name in LAYERS]
    cuts = np.searchsorted(offsets, np.arange(CHUNK, offsets[-1], CHUNK))
    cuts = np.unique(np.concatenate([[0], cuts, [len(offsets) - 1]]))

    def describe_slice(cut: tuple[int, int]) -> tuple[dict[str, Sums], list[Crossings]]:
        first, last = cut
        piece = _Slice(base, offsets[first : last + 1], ids, first, measures)
        return piece.totals(), [piece.cross(layer) for layer in chosen]

    bounds = list(pairwise(cuts.tolist()))
    if len(bounds) == 1:
        slices = [describe_slice(bounds[0])]
    else:
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            slices = list(threads.map(describe_slice, bounds))
    totals = {name: _join([sums[name] for sums, _ in slices]) for name in measures}
    return Totals(np.diff(offsets).astype(np.int32), totals), {
        layer.name: _joined([found[k] for _, found in slices], measures) for k, layer in enumerate(chosen)
    }


def _join(columns: list[Sums]) -> Sums:
    if len(columns) == 1:
        return columns[0]
    return np.concatenate(columns) if columns else np.zeros(0, np.int32)


def _joined(parts: list[Crossings], measures: Sequence[str]) -> Crossings:
    return Crossings(
        _join([part.perimeter for part in parts]),
        _join([part.zone for part in parts]),
        _join([part.communes for part in parts]),
        {name: _join([part.sums[name] for part in parts]) for name in measures},
    )


@dataclass(frozen=True, eq=False)
class _Runs:
    """Runs of consecutive communes of one perimeter: its number, and where each run begins in `ids`."""

    owner: Ids
    starts: NDArray[np.int64]
    ids: Ids

    @cached_property
    def first(self) -> Ids:
        """The first commune of each run."""
        return self.ids[self.starts]

    def grouped(self, zone: Ids) -> tuple[_Runs, Ids]:
        """Runs of one zone, from runs that each lie in one; and the zone of each."""
        new = np.ones(len(zone), np.bool_)
        new[1:] = zone[1:] != zone[:-1]
        new[1:] |= self.owner[1:] != self.owner[:-1]
        at = np.flatnonzero(new)
        return _Runs(self.owner[at], self.starts[at], self.ids), zone[at]


class _Slice:
    """Some consecutive perimeters: running sums, and runs of communes that share all of LAYERS.

    The sum over a run is a difference of the running sums at its ends; a layer costs a pass on the runs of a
    finer one. Running sums wrap around 2³² at worst, and their differences stay exact.
    """

    def __init__(
        self, base: Base, offsets: NDArray[np.int64], ids: Ids, first: int, measures: Sequence[str]
    ) -> None:
        self.base = base
        self.ids = ids[offsets[0] : offsets[-1]]
        self.offsets = offsets - offsets[0]
        self.numbers = np.arange(first, first + len(offsets) - 1, dtype=np.int32)
        self.running = {name: _running(getattr(base, name), self.ids) for name in measures}
        self.runs = {"": self._cells()}

    def totals(self) -> dict[str, Sums]:
        """Sum of each measure over each perimeter."""
        return {name: np.diff(sums[self.offsets]) for name, sums in self.running.items()}

    def _cells(self) -> _Runs:
        size = len(self.ids)
        new = np.zeros(size + 1, np.bool_)
        new[self.offsets] = True
        if not ((self.ids[1:] > self.ids[:-1]) | new[1:size]).all():
            raise ValueError("the ids of a perimeter must be sorted and each given once")
        cell = self.base.cell[self.ids]
        new[1:size] |= cell[1:] != cell[:-1]
        return self._runs(np.flatnonzero(new[:size]))

    def _runs(self, starts: NDArray[np.int64]) -> _Runs:
        counts = np.diff(np.searchsorted(starts, self.offsets))
        return _Runs(np.repeat(self.numbers, counts), starts, self.ids)

    def _zones(self, layer: Layer) -> tuple[_Runs, Ids]:
        if self.base.layers.get(layer.name) is not layer or layer.name not in FINER:
            return self._runs(np.arange(len(self.ids))).grouped(layer.zone_of[self.ids])
        finer = self.runs.get(FINER[layer.name], self.runs[""])
        runs, zone = finer.grouped(layer.zone_of[finer.first])
        self.runs[layer.name] = runs
        return runs, zone

    def cross(self, layer: Layer) -> Crossings:
        runs, zone = self._zones(layer)
        bounds = np.append(runs.starts, len(self.ids))
        columns = [
            np.diff(bounds).astype(np.int32),
            *(np.diff(sums[bounds]) for sums in self.running.values()),
        ]
        keep = zone >= 0
        if layer.split.any():
            _fold(layer, zone, runs.owner, columns, keep)
        perimeter = runs.owner
        if not keep.all():
            kept = np.flatnonzero(keep)
            zone, perimeter, columns = zone[kept], perimeter[kept], [values[kept] for values in columns]
        return Crossings(perimeter, zone, columns[0], dict(zip(self.running, columns[1:], strict=True)))


def _running(values: Counts, ids: Ids) -> Sums:
    sums = np.empty(len(ids) + 1, np.int32)
    sums[0] = 0
    np.cumsum(values.astype(np.int32)[ids], out=sums[1:], dtype=np.int32)
    return sums


def _fold(layer: Layer, zone: Ids, owner: Ids, columns: list[Sums], keep: NDArray[np.bool_]) -> None:
    """Add up, in place, the runs of one perimeter in one zone whose communes are in several runs.

    The sum takes the place of the first of its runs; the others are no longer kept.
    """
    parts = np.flatnonzero(layer.split[zone] & keep)
    key = owner[parts] * np.int64(len(layer.codes)) + zone[parts]
    order = np.argsort(key, kind="stable")
    heads = np.flatnonzero(np.diff(key[order], prepend=-1))
    if len(heads) == len(parts):
        return
    parts = parts[order]
    keep[parts] = False
    keep[parts[heads]] = True
    for values in columns:
        values[parts[heads]] = np.add.reduceat(values[parts], heads)


@dataclass(frozen=True)
class Measures:
    """Size of a set of communes."""

    communes: int
    population: int
    surface: int

    @property
    def surface_km2(self) -> float:
        """Surface in km² (two decimals; right to about 1 %)."""
        return self.surface / 100


@dataclass(frozen=True)
class Shares:
    """Part of a whole, 0 to 1, by each measure; None when the whole measures nothing."""

    communes: float | None
    population: float | None
    surface: float | None

    @property
    def main(self) -> float | None:
        """Part by population, or by number of communes of a whole where nobody lives."""
        return self.communes if self.population is None else self.population


@dataclass(frozen=True)
class Overlap:
    """What a perimeter and a zone have in common, and the parts it makes of each."""

    code: str
    name: str
    common: Measures
    of_perimeter: Shares
    of_zone: Shares


@dataclass(frozen=True)
class Description:
    """Size of a perimeter, codes without a known population, and the zones it crosses, largest first."""

    cog: int
    totals: Measures
    population_unknown: tuple[str, ...]
    overlaps: Mapping[str, list[Overlap]]


def describe(base: Base, ids: Ids, layers: Sequence[Layer] | None = None) -> Description:
    """Size of a perimeter (sorted ids) and its overlaps with each layer, in both directions.

    Overseas collectivities count in the totals (with their population where the source has one) and cross no
    zone.
    """
    chosen = list(layers) if layers is not None else [base.layers[name] for name in LAYERS]
    totals, crossings = describe_many(base, np.array([0, len(ids)], np.int64), ids, chosen)
    whole = Measures(int(totals.communes[0]), *(int(totals.sums[name][0]) for name in MEASURES))
    unknown = tuple(base.codes[ids[~base.population_known[ids]]].tolist())
    return Description(
        base.cog,
        whole,
        unknown,
        {layer.name: _overlaps(layer, crossings[layer.name], whole) for layer in chosen},
    )


def _overlaps(layer: Layer, crossings: Crossings, whole: Measures) -> list[Overlap]:
    columns = (crossings.zone, crossings.communes, *(crossings.sums[name] for name in MEASURES))
    found = [
        _overlap(layer, zone, Measures(*common), whole)
        for zone, *common in zip(*(column.tolist() for column in columns), strict=True)
    ]
    return sorted(
        found, key=lambda overlap: (-overlap.common.population, -overlap.common.communes, overlap.code)
    )


def _overlap(layer: Layer, zone: int, common: Measures, whole: Measures) -> Overlap:
    size = Measures(int(layer.communes[zone]), int(layer.population[zone]), int(layer.surface[zone]))
    return Overlap(layer.codes[zone], layer.names[zone], common, shares(common, whole), shares(common, size))


def shares(part: Measures, whole: Measures) -> Shares:
    """Parts of a whole by communes, population and surface."""

    def ratio(of: int, total: int) -> float | None:
        return of / total if total else None

    return Shares(
        ratio(part.communes, whole.communes),
        ratio(part.population, whole.population),
        ratio(part.surface, whole.surface),
    )


def center(base: Base, ids: Ids) -> tuple[float, float] | None:
    """Longitude and latitude of the commune nearest to the middle of the inhabitants (else of the communes).

    A point of the set, for a map: never used to tell where a commune is. None when no commune has a point.
    """
    placed = ids[~np.isnan(base.lon[ids])]
    if not len(placed):
        return None
    lon, lat, weight = base.lon[placed], base.lat[placed], base.population[placed].astype(np.float64)
    if not weight.any():
        weight = np.ones(len(placed))
    squeeze = np.cos(np.radians(np.average(lat, weights=weight)))
    far = ((lon - np.average(lon, weights=weight)) * squeeze) ** 2 + (
        lat - np.average(lat, weights=weight)
    ) ** 2
    nearest = int(np.argmin(far))
    return float(lon[nearest]), float(lat[nearest])


def polygon_problem(geometry: object) -> str:
    """What is wrong with a drawn GeoJSON Polygon or MultiPolygon: a code, or the empty text.

    `not_a_polygon`, `no_ring`, `too_short` (a ring has four positions or more), `off_the_globe` (a position
    is a longitude and a latitude), `not_closed` (the last position of a ring is the first).
    """
    if not isinstance(geometry, Mapping) or geometry.get("type") not in ("Polygon", "MultiPolygon"):
        return "not_a_polygon"
    coordinates = geometry.get("coordinates")
    polygons = [coordinates] if geometry["type"] == "Polygon" else coordinates
    if not isinstance(polygons, list) or not polygons:
        return "no_ring"
    if not all(isinstance(polygon, list) and polygon for polygon in polygons):
        return "no_ring"
    found = (_ring_problem(ring) for polygon in polygons for ring in polygon)
    return next((problem for problem in found if problem), "")


def _ring_problem(ring: object) -> str:
    if not isinstance(ring, list) or len(ring) < 4:
        return "too_short"
    if not all(_is_position(position) for position in ring):
        return "off_the_globe"
    return "" if ring[0] == ring[-1] else "not_closed"


def _is_position(position: object) -> bool:
    if not isinstance(position, list) or len(position) != 2:
        return False
    lon, lat = position
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in position):
        return False
    return bool(abs(lon) <= 180 and abs(lat) <= 90)
