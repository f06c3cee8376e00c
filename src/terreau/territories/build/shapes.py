"""Outline of each commune of today, from outlines that lag behind the mergers."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import shapely
from pyproj import Geod

from terreau.territories.build.sources import OUTLINES_BEFORE, outlines

#: Parents that still carry the outline they had before communes left them, and those communes.
SPLIT = {"15141": ("15031", "15035", "15047", "15171")}
EARTH = Geod(ellps="GRS80")
Shapes = dict[str, Any]


def shapes_of(cache_dir: Path, codes: set[str], former: dict[str, str]) -> Shapes:
    """Valid polygon or multipolygon of each commune code, in degrees.

    The package has for most communes their outline of today. It has none for a few (those of their delegated
    communes are joined), and for communes born of a merger since its version before it has that of the seat
    alone: those of the absorbed communes are added from that version.
    """
    now, before = _by_type(outlines(cache_dir)), _by_type(outlines(cache_dir, OUTLINES_BEFORE))
    parts = _delegated(outlines(cache_dir))
    found = {}
    for code in sorted(codes):
        shape = now.get(("COM", code)) or _joined([_part(now, part) for part in parts.get(code, [])])
        found[code] = shape or before[("COMD", code)]
    for parent, left in SPLIT.items():
        if found.keys() >= set(left):
            found[parent] = before[("COMD", parent)]
    for old, code in former.items():
        if ("COM", old) in before and code in found:
            found[code] = shapely.union_all([found[code], before[("COM", old)]])
    return {code: shape if shape.is_valid else shapely.make_valid(shape) for code, shape in found.items()}


def surface(shape: Any) -> float:
    """Square kilometres on the ellipsoid."""
    parts = shapely.get_parts(shape)
    return float(abs(sum(EARTH.geometry_area_perimeter(part)[0] for part in parts))) / 1e6


def rings_of(shape: Any) -> list[list[Any]]:
    """Polygons of a shape as rings of degrees, the shell first."""
    polygons = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return [[shapely.get_coordinates(ring) for ring in (p.exterior, *p.interiors)] for p in polygons]


def point_of(shape: Any, town_hall: Any) -> tuple[float, float, str]:
    """Longitude, latitude, origin: the town hall unless far from the outline, else a point inside."""
    if town_hall is not None and not town_hall.is_empty and shape.buffer(0.05).contains(town_hall):
        return town_hall.x, town_hall.y, "mairie"
    inside = shape.representative_point()
    return inside.x, inside.y, "polygone"


def town_halls(cache_dir: Path) -> Shapes:
    """Point of the town hall of each commune."""
    rows = outlines(cache_dir)
    return {row["code"]: geometry(row["mairie_localisation"]) for row in rows if row["type"] == "COM"}


def geometry(text: str | None) -> Any:
    """A shape from hexadecimal WKB; None when there is none."""
    return None if text in ("", r"\N", None) else shapely.from_wkb(bytes.fromhex(str(text)))


def _by_type(rows: list[dict[str, str]]) -> dict[tuple[str, str], Any]:
    shapes = {(row["type"], row["code"]): geometry(row["geometry"]) for row in rows}
    return {key: shape for key, shape in shapes.items() if shape is not None}


def _delegated(rows: list[dict[str, str]]) -> dict[str, list[str]]:
    code_of = {row["id"]: row["code"] for row in rows}
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row["type"] in ("COMD", "COMA") and row["commune_parent_id"] in code_of:
            found[code_of[row["commune_parent_id"]]].append(row["code"])
    return found


def _part(shapes: dict[tuple[str, str], Any], code: str) -> Any:
    return shapes.get(("COMD", code)) or shapes.get(("COMA", code))


def _joined(shapes: list[Any]) -> Any:
    known = [shape for shape in shapes if shape is not None]
    return shapely.union_all(known) if known else None
