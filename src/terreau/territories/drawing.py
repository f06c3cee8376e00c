"""France drawn in pixels: the projection, the outlines of its zones, where their middles fall.

A drawing is made of paths and points; templates give them classes, never styles.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from terreau.territories import base, outline

Pixels = NDArray[np.float64]

WIDTH, HEIGHT = 640, 620
OVERSEAS = {
    "01": "Guadeloupe",
    "02": "Martinique",
    "03": "Guyane",
    "04": "La Réunion",
    "06": "Mayotte",
}
_INSET = 62
#: Top-left corners of the five insets, in the empty sea west of Aquitaine.
_CORNERS = {"01": (8, 342), "02": (78, 342), "03": (8, 430), "04": (78, 430), "06": (8, 518)}
_STANDARD, _CENTRE = (44.0, 49.0), (3.0, 46.5)


@dataclass(frozen=True, eq=False)
class Frame:
    """A projection and where it lands: ``conic`` for the mainland, plane for a small territory."""

    west: float
    east: float
    south: float
    north: float
    left: float
    top: float
    width: float
    height: float
    conic: bool = False

    def holds(self, lon: float, lat: float) -> bool:
        """Say whether a point belongs to this frame."""
        return self.west <= lon <= self.east and self.south <= lat <= self.north

    def place(self, lonlat: Pixels) -> Pixels:
        """Return pixels, shape (n, 2), for longitudes and latitudes, shape (n, 2)."""
        project = _conic if self.conic else self._plane
        flat = project(lonlat)
        low, high = self._corners
        scale = min(self.width / (high[0] - low[0]), self.height / (high[1] - low[1]))
        size = (high - low) * scale
        margin = np.array([self.width - size[0], self.height - size[1]]) / 2
        x = (flat[:, 0] - low[0]) * scale + self.left + margin[0]
        y = (high[1] - flat[:, 1]) * scale + self.top + margin[1]
        return np.column_stack([x, y])

    @cached_property
    def _corners(self) -> tuple[Pixels, Pixels]:
        rim = (_conic if self.conic else self._plane)(self._rim())
        return rim.min(axis=0), rim.max(axis=0)

    def _plane(self, lonlat: Pixels) -> Pixels:
        shrink = np.cos(np.radians((self.south + self.north) / 2))
        return np.column_stack([lonlat[:, 0] * shrink, lonlat[:, 1]])

    def _rim(self) -> Pixels:
        lons = np.linspace(self.west, self.east, 25)
        return np.concatenate(
            [np.column_stack([lons, np.full(25, side)]) for side in (self.south, self.north)]
        )


def _conic(lonlat: Pixels) -> Pixels:
    """Lambert's conformal conic projection on a sphere, the usual shape of France."""
    first, second = (float(angle) for angle in np.radians(_STANDARD))
    n = float(np.log(np.cos(first) / np.cos(second)) / np.log(_half_way(second) / _half_way(first)))
    f = np.cos(first) * _half_way(first) ** n / n
    rho = f / _half_way(np.radians(lonlat[:, 1])) ** n
    rho0 = f / _half_way(np.radians(_CENTRE[1])) ** n
    theta = n * np.radians(lonlat[:, 0] - _CENTRE[0])
    return np.column_stack([rho * np.sin(theta), rho0 - rho * np.cos(theta)])


def _half_way(angle: Any) -> Any:
    """The stretch of a conformal map at a latitude (radians)."""
    return np.tan(np.pi / 4 + angle / 2)


def path(frame: Frame, geometry: dict[str, Any], step: float = 0.6) -> str:
    """Return the ``d`` of a path for a Polygon or MultiPolygon; points nearer than ``step`` are dropped."""
    polygons = geometry["coordinates"]
    if geometry["type"] == "Polygon":
        polygons = [polygons]
    rings = [thin(frame.place(np.asarray(ring, float)), step) for polygon in polygons for ring in polygon]
    return "".join(ring_of(ring) for ring in rings if len(ring) > 2)


def ring_of(ring: Pixels) -> str:
    """Return a closed ring in relative steps of a tenth of a pixel: half the size of absolute ones."""
    tenths = np.round(ring * 10).astype(int)
    x, y = (tenths[0] / 10).tolist()
    steps = " ".join(f"{_short(dx)},{_short(dy)}" for dx, dy in np.diff(tenths, axis=0).tolist())
    return f"M{x:g},{y:g}l{steps}z"


def _short(tenths: int) -> str:
    return f"{tenths / 10:g}"


def thin(ring: Pixels, step: float) -> Pixels:
    """Return a ring without the points that fall where the one before does, ``step`` pixels near."""
    grid = np.round(ring / step)
    moved = np.ones(len(grid), bool)
    moved[1:] = (np.diff(grid, axis=0) != 0).any(axis=1)
    return ring[moved]


@lru_cache(maxsize=1)
def frames() -> dict[str, Frame]:
    """Return the frame of the mainland (``fr``) and of each overseas region, by region code."""
    found = {"fr": Frame(-5.3, 9.75, 41.2, 51.2, 4, 4, WIDTH - 8, HEIGHT - 8, conic=True)}
    for code, (left, top) in _CORNERS.items():
        west, south, east, north = bounds([outline.zone_outline("region", code)])
        found[code] = Frame(
            west - 0.05, east + 0.05, south - 0.05, north + 0.05, left + 4, top + 4, _INSET - 8, _INSET - 8
        )
    return found


def bounds(geometries: Iterable[dict[str, Any]]) -> tuple[float, float, float, float]:
    """Return west, south, east and north of polygons."""
    rings = [
        np.asarray(ring, float)
        for geometry in geometries
        for polygon in (
            geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        )
        for ring in polygon
    ]
    points = np.concatenate(rings)
    west, south = points.min(axis=0).tolist()
    east, north = points.max(axis=0).tolist()
    return west, south, east, north


@lru_cache(maxsize=6)
def france(level: str = "region", step: float = 1.0) -> list[dict[str, Any]]:
    """Return the shapes of France at ``region``, ``departement`` or ``ancienne_region``: code, nom, d.

    Points nearer than ``step`` pixels are dropped.
    """
    layer = base.load().layers[level]
    region_of = _region_of(level)
    return [
        {
            "code": code,
            "nom": name,
            "d": path(_frame_of(region_of[code]), outline.zone_outline(level, code), step),
        }
        for code, name in zip(layer.codes, layer.names, strict=True)
    ]


def _frame_of(region: str) -> Frame:
    return frames().get(region, frames()["fr"])


def _region_of(level: str) -> dict[str, str]:
    communes = base.load()
    zones, regions = communes.layers[level], communes.layers["region"]
    inside = (zones.zone_of >= 0) & (regions.zone_of >= 0)
    pairs = zip(zones.zone_of[inside].tolist(), regions.zone_of[inside].tolist(), strict=True)
    return {zones.codes[zone]: regions.codes[region] for zone, region in pairs}


def insets() -> list[dict[str, Any]]:
    """Return the boxes of the overseas insets, with their names."""
    return [
        {
            "code": code,
            "nom": OVERSEAS[code],
            "x": left,
            "y": top,
            "size": _INSET,
            "text_y": top + _INSET + 11,
        }
        for code, (left, top) in _CORNERS.items()
    ]


@lru_cache(maxsize=2)
def middles(level: str) -> dict[str, tuple[float, float]]:
    """Return the middle of the communes of each zone of a level, in pixels on the map of France."""
    communes = base.load()
    layer, region_of = communes.layers[level], _region_of(level)
    found = {}
    for code in layer.codes:
        ids = layer.members(code)
        middle = np.array([[np.nanmean(communes.lon[ids]), np.nanmean(communes.lat[ids])]])
        x, y = _frame_of(region_of[code]).place(middle)[0].tolist()
        found[code] = (x, y)
    return found
