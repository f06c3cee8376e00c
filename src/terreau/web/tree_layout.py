"""Where each node of a tree stands: pure arithmetic, the same tree always gives the same places.

Time rises: a band of height by year, long quiet times in one. Each node has a row of its own on its side of
the trunk, and its words begin beyond every branch that crosses that row, so that no label ever overlaps.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

from terreau.sheets.tree import Node, Tree

Point = tuple[float, float]
Curve = tuple[Point, Point, Point, Point]

#: Years without any birth that are drawn one by one; more are one short band.
_QUIET = 2
#: Pixels from the trunk to a branch's end, then from each node to what was born of it.
_REACH, STEP, _LIFT = 74.0, 42.0, 64.0
_STAGGER = (0.0, 34.0, 17.0, 50.0)
_DEEPEST = 5
AXIS = 46.0
_PAD, _LEAST, _SKY, _GRASS, _UNDER = 12.0, 26.0, 40.0, 13.0, 26.0


@dataclass(frozen=True, slots=True)
class Look:
    """Sizes of a drawing, in pixels. ``dense`` writes one line by node instead of two."""

    width: float
    row: float
    size: float
    dense: bool


@dataclass
class Spot:
    """A node where it stands: side (−1 left, 1 right), depth from the trunk, place, where its words begin.

    ``loose``: nobody dated it, it lies at the foot of the tree. ``born_of``: what it is drawn from, None for
    the trunk.
    """

    node: Node
    side: int
    depth: int
    soil: bool
    loose: bool
    born_of: Spot | None = None
    weight: int = 1
    x: float = 0
    y: float = 0
    words: float = 0


@dataclass
class Band:
    """A year, or several quiet ones, between two heights (``top`` is the smaller number)."""

    label: str
    spots: list[Spot] = field(default_factory=list)
    soil: bool = False
    top: float = 0
    bottom: float = 0


@dataclass
class Plan:
    """Everything that is placed."""

    look: Look
    bands: list[Band]
    spots: list[Spot]
    ground: float = 0
    height: float = 0
    curves: list[tuple[Spot, Curve]] = field(default_factory=list)

    @property
    def middle(self) -> float:
        """Where the trunk stands."""
        return self.look.width / 2


def look_for(count: int, *, width: float = 1120) -> Look:
    """Return the sizes that suit a number of nodes."""
    return Look(width, 23, 14, dense=True) if count > 60 else Look(width, 38, 15.5, dense=False)


def planned(tree: Tree, look: Look, *, undated: str) -> Plan:
    """Return the places of a tree; ``undated`` names the band of what has no date."""
    spots = _sides(tree)
    plan = Plan(look, _bands(tree, spots, undated), spots)
    _heights(plan)
    _reaches(plan)
    plan.curves = [(spot, _curve(plan, spot)) for spot in spots if not spot.loose]
    _place_words(plan)
    return plan


def _sides(tree: Tree) -> list[Spot]:
    """Give each branch, with all that it bears, to the side that has the fewest rows."""
    children: dict[str, list[Node]] = defaultdict(list)
    for node in tree.nodes:
        children[node.parent].append(node)
    load, spots = {-1: 0, 1: 0}, []

    def hang(node: Node, side: int, above: Spot | None) -> int:
        soil = tree.in_soil(node)
        # What grew above the ground from something older is fed by the trunk.
        born_of = above if above is not None and above.soil == soil else None
        depth = min(born_of.depth + 1, _DEEPEST) if born_of else 1
        loose = node.on is None and born_of is None and not soil
        spot = Spot(node, side, depth, soil, loose, born_of)
        spots.append(spot)
        spot.weight += sum(hang(child, side, spot) for child in children[node.key])
        return spot.weight

    for node in children[""]:
        side = -1 if load[-1] < load[1] else 1
        load[side] += hang(node, side, None)
    return spots


def _bands(tree: Tree, spots: Sequence[Spot], undated: str) -> list[Band]:
    """Return the bands from the lowest: old soil, soil without date, what has no date, years."""
    soil = _by_year([spot for spot in spots if spot.soil])
    above = _by_year([spot for spot in spots if not spot.soil])
    bands = _years(soil, soil=True)
    if None in soil:
        bands.append(Band("", soil[None], soil=True))
    if None in above:
        bands.append(Band(undated, above[None]))
    years = _years(above, soil=False)
    if not years and tree.created:
        years = [Band(str(tree.created.year))]
    return [*bands, *years]


def _by_year(spots: Sequence[Spot]) -> dict[int | None, list[Spot]]:
    """Group what is placed by year; what has no date stands with what it was born of."""
    years: dict[str, int | None] = {}
    found: dict[int | None, list[Spot]] = defaultdict(list)
    for spot in spots:
        year = spot.node.year or (years.get(spot.born_of.node.key) if spot.born_of else None)
        years[spot.node.key] = year
        found[year].append(spot)
    return found


def _years(found: Mapping[int | None, list[Spot]], *, soil: bool) -> list[Band]:
    bands: list[Band] = []
    before: int | None = None
    for year in sorted(year for year in found if year is not None):
        quiet = year - before - 1 if before is not None else 0
        if quiet > _QUIET:
            bands.append(Band("⋮", soil=soil))
        else:
            bands += [Band(str(one), soil=soil) for one in range(year - quiet, year)]
        bands.append(Band(str(year), list(found[year]), soil=soil))
        before = year
    return bands


def _heights(plan: Plan) -> None:
    """Stack the bands from the bottom and share each between its rows, the oldest lowest."""
    sizes = [_size(band, plan.look) for band in plan.bands]
    under = _UNDER if any(band.soil for band in plan.bands) else _PAD
    plan.height = _SKY + sum(sizes) + 2 * _GRASS + under
    y = plan.height - under
    plan.ground = y - _GRASS
    for band, size in zip(plan.bands, sizes, strict=True):
        if not band.soil and y > plan.ground - _GRASS:
            plan.ground, y = y - _GRASS, y - 2 * _GRASS
        band.bottom, band.top = y, y - size
        _rows(band)
        y = band.top
        if band.soil:
            plan.ground = y - _GRASS


def _size(band: Band, look: Look) -> float:
    most = max(sum(spot.side == side for spot in band.spots) for side in (-1, 1))
    return most * look.row + _PAD if most else _LEAST


def _rows(band: Band) -> None:
    for side in (-1, 1):
        mine = [spot for spot in band.spots if spot.side == side]
        share = (band.bottom - band.top - _PAD) / max(len(mine), 1)
        for rank, spot in enumerate(mine):
            spot.y = band.bottom - _PAD / 2 - (rank + 0.5) * share


def _reaches(plan: Plan) -> None:
    """Say how far from the trunk each node stands: staggered, further for what was born of another."""
    rank = {-1: 0, 1: 2}
    for spot in sorted((s for s in plan.spots if s.born_of is None), key=lambda s: -s.y):
        reach = _REACH + _STAGGER[rank[spot.side] % len(_STAGGER)]
        rank[spot.side] += 1
        spot.x = plan.middle + spot.side * reach
    for spot in plan.spots:
        if spot.born_of is not None:
            spot.x = spot.born_of.x + spot.side * STEP


def _curve(plan: Plan, spot: Spot) -> Curve:
    """Return the curve that leads to a node: a shoot, a root, or a branch of the trunk."""
    end = (spot.x, spot.y)
    if spot.born_of is not None:
        x, y = spot.born_of.x, spot.born_of.y
        turn = (x + spot.side * 4, y + (spot.y - y) * 0.65)
        return (x, y), turn, (spot.x - spot.side * STEP * 0.6, spot.y), end
    out = spot.x - plan.middle
    if spot.soil:
        deep = spot.y - plan.ground
        start = (plan.middle + spot.side * 5, plan.ground)
        turn = (plan.middle + spot.side * 9, plan.ground + deep * 0.7)
        return start, turn, (plan.middle + out * 0.35, spot.y), end
    foot = min(spot.y + _LIFT, plan.ground - 2)
    turn = (plan.middle + out * 0.3, foot - (foot - spot.y) * 0.25)
    return (plan.middle, foot), turn, (plan.middle + out * 0.62, spot.y), end


def at(curve: Curve, t: float) -> Point:
    """Return a point of a curve, from 0 to 1."""
    a, b, c, d = curve
    u = 1 - t
    weights = (u**3, 3 * u * u * t, 3 * u * t * t, t**3)
    x, y = (sum(w * point[i] for w, point in zip(weights, (a, b, c, d), strict=True)) for i in (0, 1))
    return x, y


def _place_words(plan: Plan) -> None:
    """Begin the words of each row beyond the marks and the curves that cross it."""
    half = plan.look.row / 2
    for side in (-1, 1):
        rows = sorted((spot for spot in plan.spots if spot.side == side), key=lambda spot: spot.y)
        ys = [spot.y for spot in rows]
        far = [(spot.x - plan.middle) * side for spot in rows]
        for spot, curve in plan.curves:
            if spot.side != side:
                continue
            for x, y, room in _samples(plan, spot, curve):
                rank = bisect_left(ys, y - half)
                while rank < len(ys) and ys[rank] < y + half:
                    far[rank] = max(far[rank], (x - plan.middle) * side + room)
                    rank += 1
        for spot, reach in zip(rows, far, strict=True):
            spot.words = plan.middle + side * (reach + 13)


def _samples(plan: Plan, spot: Spot, curve: Curve) -> list[tuple[float, float, float]]:
    """Return points of a curve, close enough for no row to be missed, and the room that each takes."""
    steps = max(12, ceil(3 * abs(curve[3][1] - curve[0][1]) / plan.look.row))
    return [(*at(curve, step / steps), 0.0 if step == steps else 2.0) for step in range(steps + 1)]
