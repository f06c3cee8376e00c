"""Maps drawn by the server as SVG: they work without JavaScript, in print and in a mail.

A drawing is made of paths and points in pixels; templates give them classes, never styles.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import cos, sin
from typing import Any

import numpy as np
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext

from terreau.design.numbers import grouped
from terreau.poles import directory
from terreau.territories import base, outline
from terreau.territories.drawing import (
    HEIGHT,
    WIDTH,
    Frame,
    Pixels,
    bounds,
    frames,
    france,
    insets,
    middles,
    path,
    ring_of,
    thin,
)


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
    placed = middles("departement")
    return [
        {
            "code": code,
            "count": count,
            "x": f"{placed[code][0]:.1f}",
            "y": f"{placed[code][1]:.1f}",
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
    west, south, east, north = bounds(geometries)
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
            placed = thin(frame.place(degrees), 0.6)
            found.append(ring_of(placed) if len(placed) > 2 else "")
    return "".join(found)
