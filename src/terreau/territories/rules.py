"""Perimeters as sets of communes: codes, algebra, overlaps with the layers. Pure functions on `base.Base`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from terreau.territories.base import LAYERS, Base, Counts, Ids, Layer

CODE = re.compile(r"(?:\d{2}|2A|2B)\d{3}")
CHUNK = 1 << 15


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
    """One line per perimeter: number of communes, inhabitants, hectares."""

    communes: Counts
    population: Counts
    surface: Counts


@dataclass(frozen=True)
class Crossings:
    """One line per (perimeter, zone) that have a commune in common, ordered so: what they have in common."""

    perimeter: Ids
    zone: Ids
    communes: Counts
    population: Counts
    surface: Counts


def describe_many(
    base: Base, offsets: NDArray[np.int64], ids: Ids, layers: Sequence[Layer] | None = None
) -> tuple[Totals, dict[str, Crossings]]:
    """Describe thousands of perimeters at once.

    Perimeter `i` is `ids[offsets[i]:offsets[i + 1]]`, sorted, each commune once (ValueError otherwise); an
    empty one has totals of 0 and crosses nothing. `layers` are those of LAYERS unless given. Communes of no
    zone are in the totals alone. Exact integers; perimeters are taken by slices that fit in the processor's
    cache.
    """
    chosen = list(layers) if layers is not None else [base.layers[name] for name in LAYERS]
    whole = np.searchsorted(offsets, np.arange(0, offsets[-1] + CHUNK, CHUNK))
    cuts = np.unique(np.concatenate([whole, [len(offsets) - 1]]))
    cuts = cuts[cuts < len(offsets)]
    slices = [
        _Slice(base, offsets[first : last + 1], ids, int(first)) for first, last in pairwise(cuts.tolist())
    ]
    totals = Totals(*(_joined([piece.totals[k] for piece in slices]) for k in range(3)))
    return totals, {layer.name: _crossings([piece.cross(layer) for piece in slices]) for layer in chosen}


def _joined(parts: list[Counts]) -> Counts:
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def _crossings(parts: list[Crossings]) -> Crossings:
    names = ("perimeter", "zone", "communes", "population", "surface")
    if not parts:
        empty = np.zeros(0, np.int64)
        return Crossings(empty.astype(np.int32), empty.astype(np.int32), empty, empty, empty)
    return Crossings(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


class _Slice:
    """Some consecutive perimeters: running sums, and the heads of the runs of communes that share all LAYERS.

    Sums of a run are differences of the running sums at its ends: a layer costs a pass on the heads only.
    """

    def __init__(self, base: Base, offsets: NDArray[np.int64], ids: Ids, first: int) -> None:
        self.ids = ids[offsets[0] : offsets[-1]]
        self.offsets = offsets - offsets[0]
        self.first = first
        size = len(self.ids)
        starts = np.zeros(size + 1, np.bool_)
        starts[self.offsets] = True
        if not ((self.ids[1:] > self.ids[:-1]) | starts[1:size]).all():
            raise ValueError("the ids of a perimeter must be sorted and each given once")
        cell = base.cell[self.ids]
        starts[1:size] |= cell[1:] != cell[:-1]
        self.heads = np.flatnonzero(starts[:size])
        self.running = tuple(_running(values, self.ids) for values in (base.population, base.surface))
        self.cell_layers = {id(base.layers[name]) for name in LAYERS}
        self.totals = (np.diff(self.offsets), *(np.diff(sums[self.offsets]) for sums in self.running))

    def cross(self, layer: Layer) -> Crossings:
        heads = self.heads if id(layer) in self.cell_layers else np.arange(len(self.ids))
        zone = layer.zone_of[self.ids[heads]]
        owner = np.repeat(
            np.arange(len(self.offsets) - 1, dtype=np.int32), np.diff(np.searchsorted(heads, self.offsets))
        )
        new = np.ones(len(heads), np.bool_)
        new[1:] = (zone[1:] != zone[:-1]) | (owner[1:] != owner[:-1])
        zone, owner, heads = zone[new], owner[new], heads[new]
        ends = np.append(heads, len(self.ids))
        sums = [np.diff(ends), *(np.diff(sums[ends]) for sums in self.running)]
        inside = zone >= 0
        if not inside.all():
            zone, owner, sums = zone[inside], owner[inside], [values[inside] for values in sums]
        if layer.split.any():
            zone, owner, sums = _merged(layer, zone, owner, sums)
        return Crossings(owner + np.int32(self.first), zone, *sums)


def _running(values: Counts, ids: Ids) -> Counts:
    sums = np.zeros(len(ids) + 1, np.int64)
    np.cumsum(values[ids], out=sums[1:])
    return sums


def _merged(layer: Layer, zone: Ids, owner: Ids, sums: list[Counts]) -> tuple[Ids, Ids, list[Counts]]:
    """Add up the runs of one perimeter in one zone when the zone's communes are in several runs."""
    key = owner.astype(np.int64) * len(layer.codes) + zone
    order = np.argsort(key, kind="stable")
    key = key[order]
    heads = np.flatnonzero(np.diff(key, prepend=-1))
    zone, owner = zone[order][heads], owner[order][heads]
    return zone, owner, [np.add.reduceat(values[order], heads) if len(heads) else values for values in sums]


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
    whole = Measures(int(totals.communes[0]), int(totals.population[0]), int(totals.surface[0]))
    unknown = tuple(base.codes[ids[~base.population_known[ids]]].tolist())
    return Description(
        base.cog,
        whole,
        unknown,
        {layer.name: _overlaps(layer, crossings[layer.name], whole) for layer in chosen},
    )


def _overlaps(layer: Layer, crossings: Crossings, whole: Measures) -> list[Overlap]:
    columns = (crossings.zone, crossings.communes, crossings.population, crossings.surface)
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
