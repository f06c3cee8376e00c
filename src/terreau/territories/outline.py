"""Outlines as GeoJSON, from shared arcs: an arc met twice is inside the set and disappears.

No geometry library. Communes come from the department files, zones from the national file: the two are
simplified differently and are never mixed. Coordinates are integers on one grid of 0.0001° until the last
moment, so that equality is exact and the arcs of two departments meet.
"""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from terreau.territories.base import GEO, Base, Ids

Arc = NDArray[np.int64]
"""Vertices on the grid, shape (n, 2), longitude first."""
Geometry = dict[str, Any]

CONTOURS = GEO / "contours"
OBJECTS = {
    "epci": "epci",
    "departement": "departements",
    "region": "regions",
    "ancienne_region": "anciennes_regions",
}
TURN = 4


@dataclass(frozen=True, eq=False)
class Topology:
    """Shared arcs and, for each shape, its polygons: rings, then arc numbers (~n: arc n backwards)."""

    arcs: list[Arc]
    shapes: dict[str, dict[str, list[list[list[int]]]]]
    step: float
    origin: tuple[float, float]

    def arc(self, number: int) -> Arc:
        """Vertices of an arc in the direction that its sign says."""
        return self.arcs[number] if number >= 0 else self.arcs[~number][::-1]


@lru_cache(maxsize=128)
def topology(name: str) -> Topology:
    """A TopoJSON file of the base: `national`, or `dep/35`. FileNotFoundError when there is none."""
    document = json.loads(gzip.decompress((CONTOURS / f"{name}.topo.json.gz").read_bytes()))
    sizes = [len(arc) for arc in document["arcs"]]
    steps = np.array([vertex for arc in document["arcs"] for vertex in arc], np.int64)
    ends = np.cumsum(sizes)
    vertices = np.cumsum(steps, axis=0)
    arcs = []
    for start, end in zip(ends - sizes, ends, strict=True):
        before = vertices[start - 1] if start else 0
        arcs.append(vertices[start:end] - before)
    shapes = {
        key: {shape["id"]: _polygons(shape) for shape in group["geometries"]}
        for key, group in document["objects"].items()
    }
    transform = document["transform"]
    return Topology(arcs, shapes, transform["scale"][0], tuple(transform["translate"]))


def _polygons(shape: dict[str, Any]) -> list[list[list[int]]]:
    polygons: list[list[list[int]]] = [shape["arcs"]] if shape["type"] == "Polygon" else shape["arcs"]
    return polygons


def department(code: str) -> str:
    """Department of a commune code, as the outline files are named."""
    return code[:3] if code.startswith("97") else code[:2]


def outline(base: Base, ids: Ids) -> Geometry | None:
    """Outline of any set of communes: a GeoJSON MultiPolygon (shells anticlockwise), holes and islands kept.

    None when no commune of the set has an outline (overseas collectivities). A commune takes about 20 µs, a
    department that was not read yet 30 ms.
    """
    by_department: dict[str, list[str]] = defaultdict(list)
    for code in base.codes[ids[~base.com[ids]]].tolist():
        by_department[department(code)].append(code)
    border: dict[bytes, Arc] = {}
    for name, codes in by_department.items():
        for arc in edge(topology(f"dep/{name}"), codes):
            backwards = np.ascontiguousarray(arc[::-1]).tobytes()
            if border.pop(backwards, None) is None:
                border[arc.tobytes()] = arc
    if not border:
        return None
    some = topology(f"dep/{next(iter(by_department))}")
    return _multipolygon(list(rings(border.values())), some)


def edge(source: Topology, codes: Iterable[str]) -> Iterator[Arc]:
    """Arcs of a set of communes of one department that only one of them has."""
    left: set[int] = set()
    shapes = source.shapes["communes"]
    for code in codes:
        for polygon in shapes[code]:
            for ring in polygon:
                for number in ring:
                    if ~number in left:
                        left.remove(~number)
                    else:
                        left.add(number)
    return (np.ascontiguousarray(source.arc(number)) for number in sorted(left))


def zone_outline(layer: str, code: str) -> Geometry:
    """Outline of an EPCI, a department, a region or an old region, from the national file (about 200 m).

    KeyError when the layer has no outlines or no such zone.
    """
    source = topology("national")
    polygons = source.shapes[OBJECTS[layer]][code]
    found = [np.concatenate([source.arc(n)[:-1] for n in ring]) for polygon in polygons for ring in polygon]
    return _multipolygon([np.concatenate([ring, ring[:1]]) for ring in found], source)


def rings(arcs: Iterable[Arc]) -> Iterator[Arc]:
    """Chain directed arcs into closed rings that never pass twice by the same end of an arc.

    Where two rings touch at a point, the walk closes the inner loop first: a ring never crosses itself.
    """
    leaving: dict[tuple[int, int], list[Arc]] = defaultdict(list)
    for arc in arcs:
        leaving[_end(arc, 0)].append(arc)
    for start in list(leaving):
        while leaving[start]:
            path: list[Arc] = []
            position = {start: 0}
            here = start
            while leaving[here]:
                arc = leaving[here].pop()
                path.append(arc)
                here = _end(arc, -1)
                if here in position:
                    first = position[here]
                    loop, path = path[first:], path[:first]
                    for done in loop[:-1]:
                        del position[_end(done, -1)]
                    yield np.concatenate([loop[0], *(piece[1:] for piece in loop[1:])])
                    if not path:
                        break
                else:
                    position[here] = len(path)


def _end(arc: Arc, index: int) -> tuple[int, int]:
    return int(arc[index, 0]), int(arc[index, 1])


def area(ring: Arc) -> int:
    """Twice the signed area of a closed ring, in grid units: positive when anticlockwise."""
    x, y = (ring - ring[0]).T
    return int((x[:-1] * y[1:] - x[1:] * y[:-1]).sum())


def _multipolygon(found: list[Arc], source: Topology) -> Geometry:
    """Nest rings into polygons. Shells turn clockwise in the source, anticlockwise in GeoJSON."""
    turned = [ring[::-1] for ring in found if len(ring) >= TURN]
    areas = [area(ring) for ring in turned]
    shells = sorted((i for i, size in enumerate(areas) if size > 0), key=lambda i: areas[i])
    polygons = {i: [turned[i]] for i in shells}
    boxes = {i: (turned[i].min(axis=0), turned[i].max(axis=0)) for i in shells}
    for i, size in enumerate(areas):
        if size < 0:
            middle = (turned[i][0] + turned[i][1]) / 2
            around = (s for s in shells if (boxes[s][0] <= middle).all() and (middle <= boxes[s][1]).all())
            host = next((s for s in around if areas[s] > -size and contains(turned[s], middle)), None)
            if host is not None:
                polygons[host].append(turned[i])
    largest_first = [polygons[i] for i in reversed(shells)]
    return {
        "type": "MultiPolygon",
        "coordinates": [[_coordinates(ring, source) for ring in polygon] for polygon in largest_first],
    }


def contains(ring: Arc, point: NDArray[np.float64]) -> bool:
    """Whether a point is inside a closed ring (even-odd rule; a point on the ring may go either way)."""
    x, y = (ring - point).T
    crosses = (y[:-1] > 0) != (y[1:] > 0)
    x0, y0, x1, y1 = x[:-1][crosses], y[:-1][crosses], x[1:][crosses], y[1:][crosses]
    return bool(((x0 - y0 * (x1 - x0) / (y1 - y0)) > 0).sum() % 2)


def _coordinates(ring: Arc, source: Topology) -> list[list[float]]:
    degrees: list[list[float]] = np.round(ring * source.step + source.origin, 4).tolist()
    return degrees
