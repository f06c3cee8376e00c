"""What maps are made of: backgrounds and outlines that never change, points of the register."""

import gzip
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import patch_cache_control, patch_vary_headers

from terreau.poles import directory
from terreau.territories import base, outline
from terreau.territories.drawing import HEIGHT, WIDTH, france
from terreau.territories.outline import CONTOURS

#: Levels whose outlines are drawn over all France, as written in addresses.
LEVELS = {"region": "region", "departement": "departement", "ancienne-region": "ancienne_region"}
_YEAR = 31_536_000


@dataclass(frozen=True)
class Asset:
    """Bytes that never change under their address, which holds their digest."""

    body: bytes
    packed: bytes
    digest: str
    content_type: str

    @classmethod
    def make(cls, text: str, content_type: str) -> "Asset":
        """Return the asset of a text."""
        body = text.encode()
        return cls(body, gzip.compress(body, mtime=0), hashlib.sha256(body).hexdigest()[:12], content_type)


@lru_cache(maxsize=8)
def background(level: str) -> Asset:
    """Return the drawing of France at a level: land and borders, no text (SVG, colours inside)."""
    paths = "".join(f'<path d="{shape["d"]}"/>' for shape in france(LEVELS[level]))
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}"'
    look = 'fill="#ece2c9" stroke="#fffdf8" stroke-width="1.1" stroke-linejoin="round"'
    return Asset.make(f'<svg xmlns="http://www.w3.org/2000/svg" {size} {look}>{paths}</svg>', "image/svg+xml")


@lru_cache(maxsize=8)
def outlines(level: str) -> Asset:
    """Return the outlines of France at a level as GeoJSON (WGS 84, about 100 m), with code, name, address."""
    layer = base.load().layers[LEVELS[level]]
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "nom": name, "url": f"/territoires/{level}/{code}/"},
            "geometry": _rounded(outline.zone_outline(LEVELS[level], code)),
        }
        for code, name in zip(layer.codes, layer.names, strict=True)
    ]
    collection = {"type": "FeatureCollection", "features": features}
    return Asset.make(
        json.dumps(collection, ensure_ascii=False, separators=(",", ":")), "application/geo+json"
    )


def _rounded(geometry: dict[str, Any]) -> dict[str, Any]:
    """Drop the fourth decimal, the points that then repeat, and the islets that then vanish."""
    polygons = []
    for polygon in geometry["coordinates"]:
        rings = [ring for ring in map(_rounded_ring, polygon) if len(ring) > 3]
        if rings:
            polygons.append(rings)
    return {"type": "MultiPolygon", "coordinates": polygons}


def _rounded_ring(ring: list[list[float]]) -> list[list[float]]:
    points = [[round(lon, 3), round(lat, 3)] for lon, lat in ring]
    return [point for i, point in enumerate(points) if i == 0 or point != points[i - 1]]


def background_url(level: str) -> str:
    """Return the address of the background of today."""
    return reverse("map_background", args=[level, background(level).digest])


def outlines_url(level: str) -> str:
    """Return the address of the outlines of today."""
    return reverse("map_outlines", args=[level, outlines(level).digest])


def serve_background(request: HttpRequest, level: str, digest: str) -> HttpResponse:
    """Serve a background for ever; an old address leads to the one of today."""
    return _serve(request, background, "map_background", level, digest)


def serve_outlines(request: HttpRequest, level: str, digest: str) -> HttpResponse:
    """Serve outlines for ever; an old address leads to the one of today."""
    return _serve(request, outlines, "map_outlines", level, digest)


def _serve(
    request: HttpRequest, make: Callable[[str], Asset], name: str, level: str, digest: str
) -> HttpResponse:
    if level not in LEVELS:
        raise Http404
    asset = make(level)
    if digest != asset.digest:
        return redirect(reverse(name, args=[level, asset.digest]))
    return packed_response(request, asset)


def packed_response(request: HttpRequest, asset: Asset) -> HttpResponse:
    """Return an asset for ever, compressed when the browser can."""
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(asset.packed if packed else asset.body, content_type=asset.content_type)
    if packed:
        response["Content-Encoding"] = "gzip"
    patch_vary_headers(response, ["Accept-Encoding"])
    patch_cache_control(response, public=True, max_age=_YEAR, immutable=True)
    return response


# Communes: one file a department, loaded when the department is seen


@lru_cache(maxsize=1)
def _base_digest() -> bytes:
    return hashlib.sha256((base.GEO / "communes.parquet").read_bytes()).digest()


@lru_cache(maxsize=128)
def communes_digest(department: str) -> str:
    """Return the digest that the address of a department's communes holds. KeyError for no such department.

    It is that of the embedded files the answer is made of, so that an index of all departments needs no
    answer to be made.
    """
    if department not in base.load().layers["departement"].index:
        raise KeyError(department)
    packed = (CONTOURS / "dep" / f"{department}.topo.json.gz").read_bytes()
    return hashlib.sha256(_base_digest() + packed).hexdigest()[:12]


@lru_cache(maxsize=128)
def communes(department: str) -> Asset:
    """Return the outlines of the communes of a department as TopoJSON, with their names (about 25 ms)."""
    packed = (CONTOURS / "dep" / f"{department}.topo.json.gz").read_bytes()
    topology = json.loads(gzip.decompress(packed))
    known = base.load()
    for shape in topology["objects"]["communes"]["geometries"]:
        shape["properties"] = {"nom": known.names[known.index[shape["id"]]]}
    text = json.dumps(topology, ensure_ascii=False, separators=(",", ":"))
    asset = Asset.make(text, "application/json")
    return Asset(asset.body, asset.packed, communes_digest(department), asset.content_type)


@lru_cache(maxsize=1)
def communes_index() -> Asset:
    """Return, for each department, its name, its box (WGS 84) and the address of its communes."""
    layer = base.load().layers["departement"]
    found = {
        code: {"nom": name, "boite": _box("departement", code), "url": communes_url(code)}
        for code, name in zip(layer.codes, layer.names, strict=True)
    }
    return Asset.make(json.dumps(found, ensure_ascii=False, separators=(",", ":")), "application/json")


def _box(layer: str, code: str) -> list[float]:
    polygons = outline.zone_outline(layer, code)["coordinates"]
    points = np.concatenate([np.asarray(polygon[0]) for polygon in polygons])
    return [round(value, 2) for value in (*(points.min(axis=0) - 0.01), *(points.max(axis=0) + 0.01))]


def communes_url(department: str) -> str:
    """Return the address of the outlines of the communes of a department."""
    # One address for both languages: it is kept once by the browser.
    return f"/carte/communes/{department}-{communes_digest(department)}.topojson"


def communes_index_url() -> str:
    """Return the address of the index of today."""
    return f"/carte/communes-{communes_index().digest}.json"


def serve_communes(request: HttpRequest, department: str, digest: str) -> HttpResponse:
    """Serve the communes of a department for ever; an old address leads to the one of today."""
    try:
        current = communes_digest(department)
    except KeyError:
        raise Http404 from None
    if digest != current:
        return redirect(communes_url(department))
    return packed_response(request, communes(department))


def serve_communes_index(request: HttpRequest, digest: str) -> HttpResponse:
    """Serve the index of departments for ever; an old address leads to the one of today."""
    if digest != communes_index().digest:
        return redirect(communes_index_url())
    return packed_response(request, communes_index())


def poles(request: HttpRequest) -> JsonResponse:
    """Return the poles whose place is known as GeoJSON points, filtered as the directory is."""
    body = {"type": "FeatureCollection", "features": points(directory.Filters.parse(request.GET))}
    return JsonResponse(body, content_type="application/geo+json")


def points(filters: directory.Filters) -> list[dict[str, Any]]:
    """Return the features of the poles that the filters leave, with the address of their page."""
    return directory.points(filters, address=pole_url)


def pole_url(slug: str) -> str:
    """Return the address of a pole's page in the language of the moment."""
    return reverse("territories").removesuffix("territoires/") + f"poles/{slug}/"
