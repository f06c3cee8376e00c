"""Territories and perimeters."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from terreau.api.schemas import DescriptionOut, ErrorOut, PerimeterIn, TerritoryOut
from terreau.sheets import perimeters
from terreau.sheets.territories import territory_sheet

router = Router()


@router.get("/territories/{niveau}/{code}", response={200: TerritoryOut, 404: ErrorOut})
def territory(request: HttpRequest, niveau: str, code: str) -> dict[str, Any]:
    """Return a territory: its size, the poles that touch it, what is known of it."""
    return territory_sheet(niveau, code).as_json()


@router.post(
    "/perimeters/describe",
    response={200: DescriptionOut, 400: ErrorOut, 413: ErrorOut, 422: ErrorOut},
)
def describe(request: HttpRequest, perimeter: PerimeterIn) -> dict[str, Any]:
    """Return the size of a set of communes and the zones it crosses, in both directions."""
    return perimeters.describe(perimeter.communes, perimeter.cog)
