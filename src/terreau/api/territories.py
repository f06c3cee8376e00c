"""Territories: the list by level and by name, a sheet, an outline."""

from typing import Any, Literal

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from ninja import Field, Query, Router

from terreau.api import pages
from terreau.api.geojson import GEOJSON, answer
from terreau.api.territory_schemas import TerritoriesOut, TerritoryOut
from terreau.common.errors import DomainError
from terreau.design.paging import keyset
from terreau.search import index
from terreau.sheets.perimeters import base_of, feature
from terreau.sheets.territories import LEVELS, TerritorySheet, territory_sheet
from terreau.subjects.models import Subject
from terreau.territories import base, outline
from terreau.territories.models import Zone

router = Router(tags=["territories"])

#: Filters by a larger territory, and the column of a zone that holds it.
PARENTS = {
    "epci": "epci",
    "departement": "department",
    "region": "region",
    "ancienne_region": "former_region",
}


class TerritoriesQuery(pages.PageQuery):
    """Which territories."""

    niveau: Literal[
        "", "commune", "epci", "departement", "region", "ancienne-region", "arrondissement", "ept"
    ] = Field("", description=_("Niveau ; tous si rien n'est dit."))
    q: str = Field("", description=_("Nom ou code à chercher ; le dernier mot peut être un début de mot."))
    epci: str = Field("", description=_("Code de l'intercommunalité qui les contient."))
    departement: str = Field("", description=_("Code du département qui les contient."))
    region: str = Field("", description=_("Code de la région qui les contient."))
    ancienne_region: str = Field("", description=_("Code de la région d'avant 2016 qui les contient."))
    cog: int = Field(
        base.COG_YEARS[-1],
        description=_("Année du code officiel géographique."),
        json_schema_extra={"enum": list(base.COG_YEARS)},
    )


@router.get(
    "/territories",
    response=TerritoriesOut,
    operation_id="list_territories",
    summary=_("Liste des territoires"),
    description=_("Les territoires officiels d'un niveau, ou trouvés par leur nom ou leur code, par code."),
    openapi_extra={"x-example": "/territories?niveau=epci&departement=35&limit=5"},
)
def territories(
    request: HttpRequest, response: HttpResponse, query: Query[TerritoriesQuery]
) -> dict[str, Any]:
    """Return a page of the official territories, by level and code."""
    found = _found(query)
    page = keyset(
        found.select_related("department", "region", "former_region", "epci"),
        ("level", "code"),
        limit=query.size,
        cursor=query.start,
        total=found.count(),
    )
    return pages.answer(request, response, query, page, _line)


def _found(query: TerritoriesQuery) -> QuerySet[Zone]:
    communes = base_of(query.cog)
    found = Zone.objects.filter(cog_year=query.cog)
    if query.niveau:
        found = found.filter(level=query.niveau)
    for name, column in PARENTS.items():
        code = getattr(query, name).strip().upper()
        if not code:
            continue
        if code not in communes.layers[name].index:
            raise _unknown(name, code)
        found = found.filter(**{f"{column}__code": code})
    if query.q.strip():
        named = index.found(query.q, kinds={Subject.Kind.TERRITORY}).values("subject")
        found = found.filter(subject__in=named)
    return found


def _unknown(name: str, code: str) -> DomainError:
    message = gettext("« %(value)s » n'est pas un code de « %(name)s ».")
    values = {"value": code[:20], "name": name}
    return DomainError("unknown_value", message % values, facts={"parameter": name, "value": code[:20]})


def _line(zone: Zone) -> dict[str, Any]:
    parents = {name: getattr(zone, column) for name, column in PARENTS.items()}
    return {
        "niveau": zone.level,
        "code": zone.code,
        "nom": zone.name,
        "cog": zone.cog_year,
        "population": zone.population,
        "surface_km2": None if zone.surface_ha is None else zone.surface_ha / 100,
        "lon": zone.lon,
        "lat": zone.lat,
        **{name: parent.code if parent else None for name, parent in parents.items()},
    }


@router.get(
    "/territories/{niveau}/{code}",
    response=TerritoryOut,
    operation_id="read_territory",
    summary=_("Fiche d'un territoire"),
    description=_(
        "Taille, pôles qui le touchent, faits sourcés. "
        "Un ancien code de commune donne la commune d'aujourd'hui."
    ),
    openapi_extra={"x-example": "/territories/epci/243500741"},
)
def territory(request: HttpRequest, niveau: str, code: str) -> dict[str, Any]:
    """Return a territory: its size, the poles that touch it, what is known of it."""
    return territory_sheet(niveau, code).as_json()


@router.get(
    "/territories/{niveau}/{code}/outline",
    operation_id="outline_territory",
    summary=_("Contour d'un territoire"),
    description=_("Le contour généralisé, à 200 m près environ ; nul pour une collectivité qui n'en a pas."),
    openapi_extra={"x-example": "/territories/departement/974/outline", **GEOJSON["FeatureOut"]},
)
def territory_outline(request: HttpRequest, niveau: str, code: str) -> JsonResponse:
    """Return the outline of an official territory."""
    sheet = territory_sheet(niveau, code)
    zone = sheet.zone
    properties = {"niveau": zone.level, "code": zone.code, "nom": zone.name, "cog": zone.cog_year}
    return answer(feature(_drawn(sheet), properties))


def _drawn(sheet: TerritorySheet) -> outline.Geometry | None:
    layer = LEVELS[sheet.level]
    if layer is None:
        return outline.outline(base.load(sheet.zone.cog_year), sheet.communes.ids)
    return outline.zone_outline(layer, sheet.zone.code)
