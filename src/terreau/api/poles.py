"""Poles: the directory, a sheet, the map, an outline."""

from datetime import date
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from ninja import Field, Query, Router, Schema

from terreau.api import pages
from terreau.api.geojson import GEOJSON, answer
from terreau.api.moved import moved
from terreau.api.schemas import PoleDetailOut, PolesOut
from terreau.common.errors import DomainError, NotFoundError
from terreau.poles import directory
from terreau.sheets.perimeters import feature
from terreau.sheets.poles import PoleSheet, pole_sheet
from terreau.territories import base, outline

router = Router(tags=["poles"])


class PoleQuery(Schema):
    """Filters of the directory; codes are those that ``/poles/`` shows in its address."""

    q: str = Field("", description=_("Mots à chercher ; le dernier peut être un début de mot."))
    region: str = Field("", description=_("Code de la région, par exemple 53."))
    ancienne_region: str = Field("", description=_("Code de la région d'avant 2016, par exemple 82."))
    departement: str = Field("", description=_("Code du département, par exemple 35."))
    secteur: str = Field("", description=_("Terme du vocabulaire sector."))
    filiere: str = Field("", description=_("Terme du vocabulaire filiere."))
    origine: str = Field("", description=_("Terme du vocabulaire origin."))
    stade: str = Field("", description=_("Terme du vocabulaire stage."))
    reconnaissance: str = Field("", description=_("Terme du vocabulaire recognition."))


class PolesQuery(pages.PageQuery, PoleQuery):
    """The filters, the order, and which page."""

    tri: Literal["", "nom", "region", "ancienne_region", "departement", "porteur"] = Field(
        "", description=_("Ordre de la liste : par nom si rien n'est dit.")
    )


@router.get(
    "/poles",
    response=PolesOut,
    operation_id="list_poles",
    summary=_("Annuaire des pôles"),
    description=_("Les pôles que laissent les filtres, une page à la fois."),
    openapi_extra={"x-example": "/poles?region=53&limit=5"},
)
def poles(request: HttpRequest, response: HttpResponse, query: Query[PolesQuery]) -> dict[str, Any]:
    """Return a page of the directory, sorted by name unless asked otherwise."""
    page = directory.page(directory.Filters.parse(query.filters), limit=query.size, cursor=query.start)
    return pages.answer(request, response, query, page, directory.as_json)


@router.get(
    "/poles.geojson",
    operation_id="map_poles",
    summary=_("Carte des pôles"),
    description=_("Un point par pôle que laissent les filtres ; un pôle sans lieu connu n'y est pas."),
    openapi_extra={"x-example": "/poles.geojson?region=53", **GEOJSON["FeaturesOut"]},
)
def poles_geojson(request: HttpRequest, query: Query[PoleQuery]) -> JsonResponse:
    """Return the poles that the filters leave as points (RFC 7946); a pole without a place is left out."""
    features = directory.points(directory.Filters.parse(query.dict()))
    return answer({"type": "FeatureCollection", "features": features})


class SheetQuery(Schema):
    """A day, what was known on another, and how sure the facts must be."""

    au: date | None = Field(None, description=_("La fiche telle qu'elle était ce jour-là."))
    su_le: date | None = Field(None, description=_("D'après ce que le registre savait à la fin de ce jour."))
    provenance: Literal["", "justifie", "verifie"] = Field(
        "", description=_("Laisse de côté les faits moins sûrs ; faits_ecartes les compte.")
    )


@router.get(
    "/poles/{slug}",
    response=PoleDetailOut,
    operation_id="read_pole",
    summary=_("Fiche d'un pôle"),
    description=_(
        "Identité, faits sourcés, membres et périmètre, aujourd'hui ou à une date passée. "
        "Une ancienne adresse mène à la nouvelle, un pôle fusionné à celui qui l'a reçu."
    ),
    openapi_extra={"x-example": "/poles/pole-sud"},
)
def pole(request: HttpRequest, slug: str, query: Query[SheetQuery]) -> dict[str, Any]:
    """Return the sheet of a pole: identity, sourced facts, members, perimeter; today or on a past day."""
    today = timezone.localdate()
    for name, day in (("au", query.au), ("su_le", query.su_le)):
        if day and (day > today or day.year < 1900):
            message = gettext("Cette date est à venir, ou trop ancienne.")
            raise DomainError("out_of_reach", message, facts={"parameter": name, "value": day.isoformat()})
    return _sheet(request, slug, query=query).as_json()


def _sheet(request: HttpRequest, slug: str, rest: str = "", query: SheetQuery | None = None) -> PoleSheet:
    """Return the sheet of a pole, or lead to where it is now: its new address, who it was merged into."""
    asked = query or SheetQuery.model_construct(au=None, su_le=None, provenance="")
    try:
        return pole_sheet(slug, None, asked.au, known_on=asked.su_le, least=asked.provenance)
    except NotFoundError as error:
        if now := error.facts.get("slug"):
            raise moved(request, f"/poles/{now}{rest}") from error
        if (now := error.facts.get("actor")) and not rest:
            raise moved(request, f"/actors/{now}") from error
        raise


@router.get(
    "/poles/{slug}/outline",
    operation_id="outline_pole",
    summary=_("Contour d'un pôle"),
    description=_("Le contour des communes que touche son périmètre en vigueur."),
    openapi_extra={"x-example": "/poles/pole-sud/outline", **GEOJSON["FeatureOut"]},
)
def pole_outline(request: HttpRequest, slug: str) -> JsonResponse:
    """Return the outline of the communes that a pole's perimeter touches; 404 when it has none."""
    sheet = _sheet(request, slug, "/outline")
    if sheet.perimeter is None:
        message = gettext("Le périmètre de ce pôle n'est pas connu.")
        raise NotFoundError("no_perimeter", message, facts={"slug": slug[:80]})
    kept = sheet.perimeter.perimeter
    drawn = outline.outline(base.load(kept.cog_year), sheet.perimeter.ids)
    properties = {
        "slug": sheet.row.slug,
        "nom": sheet.row.nom,
        "cog": kept.cog_year,
        "libelle": kept.label,
        "approche": kept.approximate,
    }
    return answer(feature(drawn, properties))
