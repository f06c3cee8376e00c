"""Perimeters: what any set of communes is. Nothing that is sent is kept."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext_noop as _
from ninja import Router

from terreau.api.geojson import GEOJSON, answer
from terreau.api.territory_schemas import DescriptionOut, NeighboursOut, PerimeterIn, RingsIn, RingsOut
from terreau.sheets import perimeters

router = Router(tags=["perimeters"])

_BODY = '{"communes": ["35236", "44067", "56001"]}'


@router.post(
    "/perimeters/describe",
    response=DescriptionOut,
    operation_id="describe_perimeter",
    summary=_("Décrire un périmètre"),
    description=_("Taille d'un ensemble de communes et territoires qu'il croise, dans les deux sens."),
    openapi_extra={"x-example": "/perimeters/describe", "x-body": _BODY},
)
def describe(request: HttpRequest, perimeter: PerimeterIn) -> dict[str, Any]:
    """Return the size of a set of communes and the zones it crosses, in both directions."""
    return perimeters.describe(perimeter.communes, perimeter.cog)


@router.post(
    "/perimeters/outline",
    operation_id="outline_perimeter",
    summary=_("Contour d'un périmètre"),
    description=_("Le contour d'un ensemble de communes ; nul quand aucune n'en a."),
    openapi_extra={"x-example": "/perimeters/outline", "x-body": _BODY, **GEOJSON["FeatureOut"]},
)
def outline(request: HttpRequest, perimeter: PerimeterIn) -> JsonResponse:
    """Return the outline of a set of communes as a GeoJSON feature."""
    return answer(perimeters.outline(perimeter.communes, perimeter.cog))


@router.post(
    "/perimeters/neighbours",
    response=NeighboursOut,
    operation_id="neighbours_of_perimeter",
    summary=_("Communes voisines"),
    description=_("Les communes hors de l'ensemble qui ont une limite commune avec lui."),
    openapi_extra={"x-example": "/perimeters/neighbours", "x-body": _BODY},
)
def neighbours(request: HttpRequest, perimeter: PerimeterIn) -> dict[str, Any]:
    """Return the communes outside a set that share a border with it."""
    return perimeters.neighbours(perimeter.communes, perimeter.cog)


@router.post(
    "/perimeters/rings",
    response=RingsOut,
    operation_id="rings_of_perimeter",
    summary=_("Couronnes d'un périmètre"),
    description=_(
        "Les communes de l'ensemble, puis celles qui en sont à une limite, à deux, et ainsi de suite."
    ),
    openapi_extra={
        "x-example": "/perimeters/rings",
        "x-body": '{"communes": ["35236"], "couronnes": 2}',
    },
)
def rings(request: HttpRequest, perimeter: RingsIn) -> dict[str, Any]:
    """Return the communes of a set, then those at 1, 2… borders from it."""
    return perimeters.rings(perimeter.communes, perimeter.cog, perimeter.couronnes)
