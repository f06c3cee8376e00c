"""What maps are made of: backgrounds and outlines that never change, points of the register."""

import gzip
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import patch_cache_control, patch_vary_headers

from terreau.poles import directory
from terreau.territories import base, outline
from terreau.web import drawing

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
    paths = "".join(f'<path d="{shape["d"]}"/>' for shape in drawing.france(LEVELS[level]))
    size = f'viewBox="0 0 {drawing.WIDTH} {drawing.HEIGHT}"'
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
) -> HttpResponse | HttpResponsePermanentRedirect:
    if level not in LEVELS:
        raise Http404
    asset = make(level)
    if digest != asset.digest:
        return redirect(reverse(name, args=[level, asset.digest]))
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(asset.packed if packed else asset.body, content_type=asset.content_type)
    if packed:
        response["Content-Encoding"] = "gzip"
    patch_vary_headers(response, ["Accept-Encoding"])
    patch_cache_control(response, public=True, max_age=_YEAR, immutable=True)
    return response


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
