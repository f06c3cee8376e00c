"""Where each member stands in the drawing of the network: circle by circle, neighbours side by side.

Pure and always the same for the same links: no chance, no clock. The most tied of a circle stand inside, so
that a pole of four hundred members of one circle fills a disc instead of a thin ring; then each row is turned
so that everybody comes near those they work with. Places are kept by the digest of what they depend on.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import atan2, cos, hypot, pi, sin
from threading import Lock
from typing import Final

from terreau.cooperations.rules import Id

#: Room between two members of a row, between two rows, between two circles.
_BESIDE, _ROW, _CIRCLE = 24.0, 40.0, 22.0
_INNERMOST = 44.0
#: Radius that a small network is stretched to, so that its names have room.
_SMALLEST = 240.0
#: Times that each row is put in the order of its neighbours.
_SWEEPS = 8
_KEPT = 128
#: Names tried, letters of a name, width of a letter.
_NAMED, _LONGEST, _LETTER = 70, 26, 7.4


@dataclass(frozen=True, slots=True)
class Ring:
    """A circle of belonging in the drawing: its code, and the radius that holds all its rows."""

    circle: str
    radius: float


@dataclass(frozen=True, slots=True)
class Label:
    """A name that has room: where it is written, and from which side of the member it goes."""

    actor: Id
    x: float
    y: float
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Places:
    """Where each member stands from the centre, the circles, the radius of the whole, the names that fit."""

    points: Mapping[Id, tuple[float, float]]
    rings: Sequence[Ring]
    radius: float
    labels: Sequence[Label] = ()


def arrange(
    circles: Sequence[tuple[str, Sequence[Id]]],
    pairs: Sequence[tuple[Id, Id]],
    names: Mapping[Id, str],
) -> Places:
    """Return the places of the members of these circles, from the innermost, tied by these pairs.

    The names of the most tied are written first, where no other is; the others are read in the table.
    """
    near = _neighbours(pairs)
    rows, rings = _rows(circles, near)
    radius = rings[-1].radius if rings else _INNERMOST
    angles = {actor: 2 * pi * rank / len(row) for _radius, row in rows for rank, actor in enumerate(row)}
    for _sweep in range(_SWEEPS):
        for _radius, row in rows:
            _turn(row, angles, near)
    scale = max(_SMALLEST / radius, 1.0)
    rings = [Ring(ring.circle, round(ring.radius * scale, 1)) for ring in rings]
    points = {
        actor: (
            round(distance * scale * cos(angles[actor]), 1),
            round(distance * scale * sin(angles[actor]), 1),
        )
        for distance, row in rows
        for actor in row
    }
    order = sorted(points, key=lambda pk: (-len(near.get(pk, ())), names.get(pk, ""), pk))
    return Places(points, rings, radius * scale, _labels(order[:_NAMED], points, names))


def _neighbours(pairs: Sequence[tuple[Id, Id]]) -> dict[Id, list[Id]]:
    near: defaultdict[Id, list[Id]] = defaultdict(list)
    for one, other in pairs:
        near[one].append(other)
        near[other].append(one)
    return dict(near)


def _rows(
    circles: Sequence[tuple[str, Sequence[Id]]], near: Mapping[Id, Sequence[Id]]
) -> tuple[list[tuple[float, list[Id]]], list[Ring]]:
    """Fill rows from the centre outwards, the most tied of each circle first."""
    rows: list[tuple[float, list[Id]]] = []
    rings: list[Ring] = []
    radius = _INNERMOST
    for circle, actors in circles:
        left = sorted(actors, key=lambda pk: -len(near.get(pk, ())))
        while left:
            if len(left) == 1 and not rows:
                rows.append((0.0, left))
                break
            held = max(int(2 * pi * radius / _BESIDE), 1)
            rows.append((radius, left[:held]))
            left = left[held:]
            radius += _ROW
        if actors:
            rings.append(Ring(circle, max(rows[-1][0] + _CIRCLE, _INNERMOST)))
            radius = max(radius, rings[-1].radius + _CIRCLE)
    return rows, rings


def _turn(row: list[Id], angles: dict[Id, float], near: Mapping[Id, Sequence[Id]]) -> None:
    """Put a row in the order of the middle of its neighbours, evenly spread, turned to be nearest to it."""
    wanted = {actor: _middle(actor, angles, near) for actor in row}
    row.sort(key=lambda actor: (wanted[actor], actor))
    count = len(row)
    step = 2 * pi / count
    shift_x = sum(cos(wanted[actor] - step * rank) for rank, actor in enumerate(row))
    shift_y = sum(sin(wanted[actor] - step * rank) for rank, actor in enumerate(row))
    shift = atan2(shift_y, shift_x) if hypot(shift_x, shift_y) > 1e-9 else 0.0
    for rank, actor in enumerate(row):
        angles[actor] = (shift + step * rank) % (2 * pi)


def _middle(actor: Id, angles: Mapping[Id, float], near: Mapping[Id, Sequence[Id]]) -> float:
    known = [angles[other] for other in near.get(actor, ()) if other in angles]
    x, y = sum(map(cos, known)), sum(map(sin, known))
    return round(atan2(y, x) % (2 * pi), 9) if hypot(x, y) > 1e-9 else round(angles[actor], 9)


def _labels(
    order: Sequence[Id], points: Mapping[Id, tuple[float, float]], names: Mapping[Id, str]
) -> list[Label]:
    taken = [(x - 5, y - 5, x + 5, y + 5) for x, y in points.values()]
    found = []
    for actor in order:
        text = _short(names.get(actor, ""))
        wide = len(text) * _LETTER
        for label, box in _tries(actor, points[actor], text, wide):
            own = points[actor]
            if not any(_meet(box, other) for other in taken if not _about(other, own)):
                taken.append(box)
                found.append(label)
                break
    return found


Box = tuple[float, float, float, float]


def _tries(actor: Id, point: tuple[float, float], text: str, wide: float) -> Iterator[tuple[Label, Box]]:
    """Return where a name may stand: outwards first, then inwards, below, above."""
    x, y = point
    right = (Label(actor, x + 12, y + 4, "start", text), (x + 10, y - 8, x + 12 + wide, y + 8))
    left = (Label(actor, x - 12, y + 4, "end", text), (x - 12 - wide, y - 8, x - 10, y + 8))
    yield from (right, left) if x >= 0 else (left, right)
    yield Label(actor, x, y + 24, "middle", text), (x - wide / 2, y + 11, x + wide / 2, y + 28)
    yield Label(actor, x, y - 14, "middle", text), (x - wide / 2, y - 28, x + wide / 2, y - 11)


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _about(box: Box, point: tuple[float, float]) -> bool:
    return box[0] + 5 == point[0] and box[1] + 5 == point[1]


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1].rstrip()}…"


class _Shelf:
    """The last places found, by digest: a page asked again does not look for them again."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: OrderedDict[str, Places] = OrderedDict()
        self._lock = Lock()

    def get(self, digest: str, make: Callable[[], Places]) -> Places:
        with self._lock:
            if digest in self._held:
                self._held.move_to_end(digest)
                return self._held[digest]
        found = make()
        with self._lock:
            self._held[digest] = found
            while len(self._held) > self._most:
                self._held.popitem(last=False)
        return found


_SHELF: Final = _Shelf(_KEPT)


def kept(digest: str, make: Callable[[], Places]) -> Places:
    """Return the places of a network, found once for a digest."""
    return _SHELF.get(digest, make)
