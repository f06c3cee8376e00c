"""Polygons cut into shared arcs on a grid, merged into larger shapes, and written as TopoJSON."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from terreau.territories.outline import area, contains

Arc = tuple[int, ...]
"""Vertices as one integer each: x shifted by 32 bits, y."""
Polygon = list[list[int]]
"""Rings of arc numbers; ~n is arc n backwards."""
Rings = list[list[list[int]]]
"""Polygons of rings of vertices."""

ORIGIN = (-180.0, -90.0)


@dataclass
class Topology:
    """Shared arcs, and the polygons of each shape."""

    step: float
    arcs: list[Arc]
    shapes: dict[str, list[Polygon]]

    def merged(self, keys: Iterable[str]) -> list[Polygon]:
        """Outline of a group of shapes: arcs used once, chained, and nested."""
        seen: dict[int, int] = {}
        uses: Counter[int] = Counter()
        for number in (n for key in keys for polygon in self.shapes[key] for ring in polygon for n in ring):
            plain = number if number >= 0 else ~number
            uses[plain] += 1
            seen[plain] = number
        return self._nested(list(self._chained(seen[plain] for plain, times in uses.items() if times == 1)))

    def vertices(self, ring: list[int]) -> NDArray[np.int64]:
        """Closed ring on the grid, shape (n, 2)."""
        found: list[int] = []
        for number in ring:
            arc = self.arcs[number] if number >= 0 else self.arcs[~number][::-1]
            found.extend(arc[1:] if found else arc)
        packed = np.array(found, np.int64)
        return np.stack([packed >> 32, packed & 0xFFFFFFFF], axis=1)

    def _ends(self, number: int) -> tuple[int, int]:
        arc = self.arcs[number if number >= 0 else ~number]
        return (arc[0], arc[-1]) if number >= 0 else (arc[-1], arc[0])

    def _chained(self, numbers: Iterable[int]) -> Iterator[list[int]]:
        leaving: dict[int, list[int]] = defaultdict(list)
        for number in numbers:
            leaving[self._ends(number)[0]].append(number)
        for start in list(leaving):
            while leaving[start]:
                ring = [leaving[start].pop()]
                here = self._ends(ring[0])[1]
                while here != start:
                    ring.append(leaving[here].pop())
                    here = self._ends(ring[-1])[1]
                yield ring

    def _nested(self, rings: list[list[int]]) -> list[Polygon]:
        """Shells turn clockwise in the source. A hole goes to the smallest shell around it."""
        points = [self.vertices(ring) for ring in rings]
        sizes = [-area(ring) for ring in points]
        shells = sorted((i for i, size in enumerate(sizes) if size > 0), key=lambda i: sizes[i])
        polygons = {i: [rings[i]] for i in shells}
        for i, size in enumerate(sizes):
            if size < 0:
                middle = (points[i][0] + points[i][1]) / 2
                host = next((s for s in shells if sizes[s] > -size and contains(points[s], middle)), None)
                if host is not None:
                    polygons[host].append(rings[i])
        return [polygons[i] for i in reversed(shells)]

    def document(self, layers: Mapping[str, Mapping[str, list[Polygon]]]) -> dict[str, Any]:
        """TopoJSON of some layers (name → code → polygons), with the arcs that they use."""
        order: dict[int, int] = {}

        def renumbered(number: int) -> int:
            plain = number if number >= 0 else ~number
            new = order.setdefault(plain, len(order))
            return new if number >= 0 else ~new

        objects = {}
        for name, shapes in layers.items():
            geometries = []
            for code, polygons in shapes.items():
                arcs = [[[renumbered(n) for n in ring] for ring in polygon] for polygon in polygons]
                kind = "Polygon" if len(arcs) == 1 else "MultiPolygon"
                geometries.append({"type": kind, "id": code, "arcs": arcs[0] if len(arcs) == 1 else arcs})
            objects[name] = {"type": "GeometryCollection", "geometries": geometries}
        return {
            "type": "Topology",
            "transform": {"scale": [self.step] * 2, "translate": list(ORIGIN)},
            "objects": objects,
            "arcs": [_steps(self.arcs[plain]) for plain in order],
        }

    def simplified(self, tolerance: float) -> Topology:
        """The same shapes on lighter arcs (Visvalingam, `tolerance` in degrees); the ends of arcs stay."""
        short = {
            number if number >= 0 else ~number
            for polygons in self.shapes.values()
            for polygon in polygons
            for ring in polygon
            if len(ring) == 2
            for number in ring
        }
        arcs = []
        for number, arc in enumerate(self.arcs):
            least = 4 if arc[0] == arc[-1] else 3 if number in short else 2
            arcs.append(_visvalingam(arc, self.step, tolerance**2, least))
        return Topology(self.step, arcs, self.shapes)


def _steps(arc: Arc) -> list[list[int]]:
    points = [(vertex >> 32, vertex & 0xFFFFFFFF) for vertex in arc]
    before = [(0, 0), *points]
    return [[x - px, y - py] for (x, y), (px, py) in zip(points, before, strict=False)]


def cut(shapes: Mapping[str, list[list[NDArray[np.float64]]]], step: float) -> Topology:
    """Cut polygons (code → polygons → rings of degrees) into shared arcs, on a grid of `step`."""
    snapped = {code: _snapped(polygons, step) for code, polygons in shapes.items()}
    junctions = _junctions(snapped)
    arcs: list[Arc] = []
    known: dict[Arc, int] = {}

    def number(arc: Arc) -> int:
        if arc in known:
            return known[arc]
        if arc[::-1] in known:
            return ~known[arc[::-1]]
        known[arc] = len(arcs)
        arcs.append(arc)
        return known[arc]

    cut_shapes = {
        code: [[[number(arc) for arc in _arcs(ring, junctions)] for ring in polygon] for polygon in polygons]
        for code, polygons in snapped.items()
    }
    return Topology(step, arcs, cut_shapes)


def _snapped(polygons: list[list[NDArray[np.float64]]], step: float) -> Rings:
    found: Rings = []
    for polygon in polygons:
        rings: list[list[int]] = []
        for ring in polygon:
            vertices = _without_spikes(_packed(ring, step))
            if len(vertices) >= 3:
                rings.append(vertices)
            elif not rings:  # the shell vanished: so do its holes
                break
        if rings:
            found.append(rings)
    return found


def _packed(ring: NDArray[np.float64], step: float) -> list[int]:
    grid = np.rint((ring - ORIGIN) / step).astype(np.int64)
    packed = (grid[:, 0] << 32) | grid[:, 1]
    packed = packed[np.append([True], packed[1:] != packed[:-1])]
    vertices: list[int] = packed.tolist()
    return vertices[:-1] if vertices[0] == vertices[-1] else vertices


def _without_spikes(vertices: list[int]) -> list[int]:
    """Drop the go-and-return a-b-a that snapping makes."""
    i = 1
    while len(vertices) >= 3 and i <= len(vertices):
        if vertices[i - 1] == vertices[(i + 1) % len(vertices)]:
            gone = {i % len(vertices), (i + 1) % len(vertices)}
            vertices = [vertex for j, vertex in enumerate(vertices) if j not in gone]
            i = max(1, i - 2)
        else:
            i += 1
    return vertices


def _junctions(shapes: Mapping[str, Rings]) -> set[int]:
    """Vertices where the lines that meet are not the same two for every shape."""
    around: dict[int, tuple[int, int]] = {}
    found: set[int] = set()
    for ring in (ring for polygons in shapes.values() for polygon in polygons for ring in polygon):
        for i, vertex in enumerate(ring):
            before, after = ring[i - 1], ring[(i + 1) % len(ring)]
            pair = (before, after) if before < after else (after, before)
            if around.setdefault(vertex, pair) != pair:
                found.add(vertex)
    return found


def _arcs(ring: list[int], junctions: set[int]) -> Iterator[Arc]:
    at = next((i for i, vertex in enumerate(ring) if vertex in junctions), None)
    if at is None:  # an island: the same start for whoever shares it
        at = ring.index(min(ring))
    turned = [*ring[at:], *ring[: at + 1]]
    arc = [turned[0]]
    for i, vertex in enumerate(turned[1:], start=1):
        arc.append(vertex)
        if vertex in junctions or i == len(turned) - 1:
            yield tuple(arc)
            arc = [vertex]


def _visvalingam(arc: Arc, step: float, tolerance: float, least: int) -> Arc:
    """Drop the vertex of the smallest triangle again and again, down to `least` vertices."""
    count = len(arc)
    if count <= least:
        return arc
    y = np.array([vertex & 0xFFFFFFFF for vertex in arc]) * step + ORIGIN[1]
    x = (np.array([vertex >> 32 for vertex in arc]) * step + ORIGIN[0]) * np.cos(np.radians(y.mean()))
    before, after = list(range(-1, count - 1)), list(range(1, count + 1))

    def triangle(i: int) -> float:
        p, q = before[i], after[i]
        return abs(float((x[p] - x[i]) * (y[q] - y[i]) - (x[q] - x[i]) * (y[p] - y[i]))) / 2

    heap = [(triangle(i), i) for i in range(1, count - 1)]
    heapq.heapify(heap)
    current = {i: size for size, i in heap}
    alive = [True] * count
    left = count
    while heap and left > least:
        size, i = heapq.heappop(heap)
        if not alive[i] or current[i] != size:
            continue
        if size > tolerance:
            break
        alive[i], left = False, left - 1
        p, q = before[i], after[i]
        after[p], before[q] = q, p
        for j in (p, q):
            if 0 < j < count - 1:
                current[j] = max(triangle(j), size)
                heapq.heappush(heap, (current[j], j))
    return tuple(vertex for vertex, kept in zip(arc, alive, strict=True) if kept)
