"""Maps drawn by the server as SVG: they work without JavaScript, in print and in a mail.

A drawing is made of paths and points in pixels; templates give them classes, never styles.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from math import cos, sin
from typing import Any

import numpy as np
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from numpy.typing import NDArray

from terreau.design.numbers import grouped
from terreau.poles import directory
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
    rings = [_thin(frame.place(np.asarray(ring, float)), step) for polygon in polygons for ring in polygon]
    return "".join(_ring(ring) for ring in rings if len(ring) > 2)


def _ring(ring: Pixels) -> str:
    """Return a closed ring in relative steps of a tenth of a pixel: half the size of absolute ones."""
    tenths = np.round(ring * 10).astype(int)
    x, y = (tenths[0] / 10).tolist()
    steps = " ".join(f"{_short(dx)},{_short(dy)}" for dx, dy in np.diff(tenths, axis=0).tolist())
    return f"M{x:g},{y:g}l{steps}z"


def _short(tenths: int) -> str:
    return f"{tenths / 10:g}"


def _thin(ring: Pixels, step: float) -> Pixels:
    grid = np.round(ring / step)
    moved = np.ones(len(grid), bool)
    moved[1:] = (np.diff(grid, axis=0) != 0).any(axis=1)
    return ring[moved]


@lru_cache(maxsize=1)
def frames() -> dict[str, Frame]:
    """Return the frame of the mainland (``fr``) and of each overseas region, by region code."""
    found = {"fr": Frame(-5.3, 9.75, 41.2, 51.2, 4, 4, WIDTH - 8, HEIGHT - 8, conic=True)}
    for code, (left, top) in _CORNERS.items():
        west, south, east, north = _bounds([outline.zone_outline("region", code)])
        found[code] = Frame(
            west - 0.05, east + 0.05, south - 0.05, north + 0.05, left + 4, top + 4, _INSET - 8, _INSET - 8
        )
    return found


def _bounds(geometries: Iterable[dict[str, Any]]) -> tuple[float, float, float, float]:
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


def dots(features: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return GeoJSON point features as pixels on the map of France, properties kept, spread when stacked.

    Points beyond the mainland and the insets are left out.
    """
    placed = []
    taken: set[tuple[int, int]] = set()
    for feature in features:
        lon, lat = feature["geometry"]["coordinates"]
        name = _frame_name(lon, lat)
        if not name:
            continue
        x, y = frames()[name].place(np.array([[lon, lat]]))[0].tolist()
        x, y = _free_spot(x, y, taken)
        placed.append({**feature["properties"], "x": f"{x:.1f}", "y": f"{y:.1f}"})
    return placed


def bubbles(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return a circle for each department code: ``code``, ``count``, ``x``, ``y`` and ``r`` in pixels.

    The largest come first, so that small ones stay on top.
    """
    placed = _departments()
    return [
        {
            "code": code,
            "count": count,
            "x": placed[code][0],
            "y": placed[code][1],
            "r": f"{min(20, 5 + count**0.5 * 0.8):.1f}",
        }
        for code, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        if code in placed
    ]


def linked_bubbles(
    values: Iterable[directory.FacetValue], address: Callable[[str], str]
) -> list[dict[str, Any]]:
    """Return `bubbles` with the ``mark`` of each: a circle that leads where ``address`` says."""
    names = {value.code: value.label for value in values}
    drawn = bubbles({value.code: value.count for value in values if value.count})
    for bubble in drawn:
        title = f"{names[bubble['code']]} · {counted(bubble['count'])}"
        bubble["mark"] = _mark(bubble, escape(title), escape(address(bubble["code"])))
    return drawn


def counted(total: int) -> str:
    """Return « 3 pôles » in the current language."""
    shown = grouped(total, get_language() or "fr")
    return ngettext("%(count)s pôle", "%(count)s pôles", total) % {"count": shown}


def _mark(drawn: dict[str, Any], title: str, url: str) -> SafeString:
    """Return a circle with its number; written without a template, being one of a hundred."""
    x, y = drawn["x"], drawn["y"]
    return mark_safe(  # noqa: S308 (numbers, and two texts that are escaped)
        f'<a href="{url}"><title>{title}</title><circle cx="{x}" cy="{y}" r="{drawn["r"]}" fill="#8a3f1d"'
        f' stroke="#fffdf8" stroke-width="1.5"/><text x="{x}" y="{y}" dy="3" font-size="9"'
        f' text-anchor="middle" fill="#fffdf8">{drawn["count"]}</text></a>'
    )


@lru_cache(maxsize=1)
def _departments() -> dict[str, tuple[str, str]]:
    """The middle of each department in pixels on the map of France."""
    communes = base.load()
    layer, region_of = communes.layers["departement"], _region_of("departement")
    found = {}
    for code in layer.codes:
        ids = layer.members(code)
        middle = np.array([[np.nanmean(communes.lon[ids]), np.nanmean(communes.lat[ids])]])
        x, y = _frame_of(region_of[code]).place(middle)[0].tolist()
        found[code] = (f"{x:.1f}", f"{y:.1f}")
    return found


def _free_spot(x: float, y: float, taken: set[tuple[int, int]], gap: int = 9) -> tuple[float, float]:
    """Return the nearest spot of a small spiral where no other dot lies."""
    for turn in range(60):
        radius = gap * 0.55 * turn**0.5
        angle = turn * 2.399963
        spot = (x + radius * cos(angle), y + radius * sin(angle))
        cell = (round(spot[0] / gap), round(spot[1] / gap))
        if cell not in taken:
            taken.add(cell)
            return spot
    return x, y


@dataclass(frozen=True)
class Drawing:
    """A map for a template: shapes (``class``, ``d``), dots (``x``, ``y`` and their properties), a size.

    ``ground`` is the level of the drawing of France that goes below, empty when there is none.
    """

    width: int
    height: int
    shapes: list[dict[str, Any]]
    dots: list[dict[str, Any]]
    insets: list[dict[str, Any]] = field(default_factory=list)
    ground: str = ""


def zone_geometry(layer: str, code: str) -> dict[str, Any]:
    """Return the outline of a zone, from the national file."""
    return outline.zone_outline(layer, code)


def highlighted(layer: str, code: str) -> Drawing:
    """Return one zone over France at its regions (the old ones for an old region)."""
    ground = "ancienne-region" if layer == "ancienne_region" else "region"
    own = next({"class": "area", "d": shape["d"]} for shape in france(layer) if shape["code"] == code)
    return Drawing(WIDTH, HEIGHT, [own], [], insets(), ground)


def over_france(geometry: dict[str, Any]) -> Drawing:
    """Return France with a wide outline over it; what lies overseas goes to the insets."""
    own = [
        {"class": "area", "d": path(frames()[name], {"type": "MultiPolygon", "coordinates": polygons})}
        for name, polygons in _by_frame(geometry).items()
    ]
    return Drawing(WIDTH, HEIGHT, own, [], insets(), "region")


def _by_frame(geometry: dict[str, Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for polygon in geometry["coordinates"]:
        lon, lat = polygon[0][0]
        found.setdefault(_frame_name(lon, lat) or "fr", []).append(polygon)
    return found


def _frame_name(lon: float, lat: float) -> str:
    """Return the inset or the mainland that holds a point; empty for the rest of the world."""
    overseas_first = sorted(frames(), key=lambda name: name == "fr")
    return next((name for name in overseas_first if frames()[name].holds(lon, lat)), "")


def draw(
    shapes: Sequence[tuple[str, dict[str, Any]]], features: Sequence[dict[str, Any]] = (), width: int = 640
) -> Drawing:
    """Return ``(class, geometry)`` shapes and point features in a frame as high as they need.

    The frame is that of the shapes; points outside it are left out.
    """
    frame = _frame([geometry for _name, geometry in shapes], width)
    dots = []
    taken: set[tuple[int, int]] = set()
    for feature in features:
        lon, lat = feature["geometry"]["coordinates"]
        if frame.holds(lon, lat):
            x, y = frame.place(np.array([[lon, lat]]))[0].tolist()
            x, y = _free_spot(x, y, taken)
            dots.append({**feature["properties"], "x": f"{x:.1f}", "y": f"{y:.1f}"})
    drawn = [{"class": name, "d": path(frame, geometry)} for name, geometry in shapes]
    return Drawing(width, round(frame.height), drawn, dots)


def _frame(geometries: Sequence[dict[str, Any]], width: int) -> Frame:
    west, south, east, north = _bounds(geometries)
    margin = max(east - west, north - south) * 0.04 + 0.002
    west, east, south, north = west - margin, east + margin, south - margin, north + margin
    shrink = float(np.cos(np.radians((south + north) / 2)))
    height = width * (north - south) / ((east - west) * shrink)
    return Frame(west, east, south, north, 0, 0, float(width), float(np.clip(height, width / 2, width)))


def fitted(shapes: Sequence[tuple[str, dict[str, Any]]], width: int = 640) -> list[dict[str, Any]]:
    """Return ``(class, geometry)`` shapes drawn to fill a frame ``width`` pixels wide."""
    return draw(shapes, width=width).shapes


def patches(around: dict[str, Any], parts: Sequence[tuple[str, base.Ids]], width: int = 640) -> Drawing:
    """Return sets of communes as one path each, for the even-odd rule, in the frame of an outline.

    Communes without an outline are left out. About 25 µs a commune.
    """
    frame = _frame([around], width)
    drawn = [{"class": "land", "d": path(frame, around)}]
    drawn += [{"class": name, "d": _patch(frame, ids)} for name, ids in parts]
    return Drawing(width, round(frame.height), drawn, [])


def _patch(frame: Frame, ids: base.Ids) -> str:
    communes = base.load()
    codes = communes.codes[ids[~communes.com[ids]]].tolist()
    by_department: dict[str, list[str]] = {}
    for code in codes:
        by_department.setdefault(outline.department(code), []).append(code)
    found = []
    for department, some in by_department.items():
        source = outline.topology(f"dep/{department}")
        for ring in outline.rings(outline.edge(source, some)):
            degrees: Pixels = np.asarray(ring * source.step + source.origin, float)
            placed = _thin(frame.place(degrees), 0.6)
            found.append(_ring(placed) if len(placed) > 2 else "")
    return "".join(found)
