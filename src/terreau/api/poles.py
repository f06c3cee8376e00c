"""Poles: the directory, a sheet, the map."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, JsonResponse
from ninja import Query, Router, Schema

from terreau.api.schemas import ErrorOut, PoleDetailOut, PolesOut
from terreau.poles import directory
from terreau.sheets.poles import pole_sheet

router = Router()

MAX_LIMIT = 100


class PoleQuery(Schema):
    """Filters of the directory; codes are those that ``/poles/`` shows in its address."""

    q: str = ""
    region: str = ""
    ancienne_region: str = ""
    departement: str = ""
    secteur: str = ""
    filiere: str = ""
    origine: str = ""
    stade: str = ""
    reconnaissance: str = ""


class PageQuery(PoleQuery):
    """The filters, and which page of them."""

    limit: int = 25
    cursor: str | None = None


@router.get("/poles", response={200: PolesOut, 422: ErrorOut})
def poles(request: HttpRequest, query: Query[PageQuery]) -> dict[str, Any]:
    """Return a page of the directory, sorted by name."""
    asked = query.dict(exclude={"limit", "cursor"})
    limit = min(max(query.limit, 1), MAX_LIMIT)
    page = directory.page(directory.Filters.parse(asked), limit=limit, cursor=query.cursor or None)
    return {
        "results": [directory.as_json(row) for row in page.rows],
        "count": page.total,
        "next": _address(request, asked, limit, page.next),
        "previous": _address(request, asked, limit, page.previous),
    }


def _address(request: HttpRequest, asked: dict[str, str], limit: int, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    query = {name: value for name, value in asked.items() if value} | {"limit": limit, "cursor": cursor}
    return request.build_absolute_uri(f"{request.path}?{urlencode(query)}")


@router.get("/poles.geojson", response={422: ErrorOut})
def poles_geojson(request: HttpRequest, query: Query[PoleQuery]) -> JsonResponse:
    """Return the poles that the filters leave as points (RFC 7946); a pole without a place is left out."""
    features = directory.points(directory.Filters.parse(query.dict()))
    body = {"type": "FeatureCollection", "features": features}
    return JsonResponse(body, content_type="application/geo+json")


@router.get("/poles/{slug}", response={200: PoleDetailOut, 404: ErrorOut})
def pole(request: HttpRequest, slug: str) -> dict[str, Any]:
    """Return the sheet of a pole: identity, sourced facts, members, perimeter."""
    return pole_sheet(slug).as_json()
