"""Layers that this register imported: their zones, their communes, their measures."""

from typing import Any

from django.db.models import Count, Min, Q
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from ninja import Field, Query, Router

from terreau.api import pages
from terreau.api.territory_schemas import (
    LayerCommunesOut,
    LayerOut,
    LayersOut,
    LayerValuesOut,
    LayerZonesOut,
)
from terreau.common.errors import NotFoundError
from terreau.design.paging import keyset
from terreau.sheets.facts import source_line
from terreau.sheets.layers import text_of
from terreau.territories.models import Layer, LayerValue, LayerZone

router = Router(tags=["layers"])

_COMMUNE = _("Code de la commune.")


class CommunesQuery(pages.PageQuery):
    """Which communes of a layer."""

    commune: str = Field("", description=_COMMUNE)
    zone: str = Field("", description=_("Code de la zone dans la couche."))


class ValuesQuery(pages.PageQuery):
    """Which measures of a layer."""

    commune: str = Field("", description=_COMMUNE)
    mesure: str = Field("", description=_("Nom de la mesure."))


@router.get(
    "/layers",
    response=LayersOut,
    operation_id="list_layers",
    summary=_("Couches importées"),
    description=_("Les couches que ce registre a importées : découpages, listes de communes, mesures."),
    openapi_extra={"x-example": "/layers"},
)
def layers(request: HttpRequest, response: HttpResponse, query: Query[pages.PageQuery]) -> dict[str, Any]:
    """Return a page of the imported layers, by name and vintage."""
    found = Layer.objects.select_related("source")
    page = keyset(found, ("name", "vintage"), limit=query.size, cursor=query.start, total=found.count())
    return pages.answer(request, response, query, page, _layer)


@router.get(
    "/layers/{nom}/{millesime}",
    response=LayerOut,
    operation_id="read_layer",
    summary=_("Une couche"),
    description=_("Nature, millésime et source d'une couche importée."),
)
def layer(request: HttpRequest, nom: str, millesime: int) -> dict[str, Any]:
    """Return an imported layer."""
    return _layer(_find(nom, millesime))


@router.get(
    "/layers/{nom}/{millesime}/zones",
    response=LayerZonesOut,
    operation_id="list_layer_zones",
    summary=_("Zones d'une couche"),
    description=_("Les zones d'un découpage ou d'une liste, par code."),
)
def zones(
    request: HttpRequest, response: HttpResponse, nom: str, millesime: int, query: Query[pages.PageQuery]
) -> dict[str, Any]:
    """Return a page of the zones of a layer, by code."""
    found: Any = (
        _find(nom, millesime)
        .memberships.order_by()
        .values("code")
        .annotate(libelle=Min("label"), communes=Count("id"), en_partie=Count("id", filter=Q(partial=True)))
    )
    page = keyset(found, ("code",), limit=query.size, cursor=query.start, total=found.count())
    return pages.answer(request, response, query, page, dict)


@router.get(
    "/layers/{nom}/{millesime}/communes",
    response=LayerCommunesOut,
    operation_id="list_layer_communes",
    summary=_("Communes d'une couche"),
    description=_("Dans quelle zone est chaque commune, en entier ou en partie."),
)
def communes(
    request: HttpRequest, response: HttpResponse, nom: str, millesime: int, query: Query[CommunesQuery]
) -> dict[str, Any]:
    """Return a page of the communes of a layer, and the zone of each."""
    found = _find(nom, millesime).memberships.select_related("commune")
    if query.commune:
        found = found.filter(commune__code=query.commune)
    if query.zone:
        found = found.filter(code=query.zone)
    page = keyset(found, ("commune_id", "code"), limit=query.size, cursor=query.start, total=found.count())
    return pages.answer(request, response, query, page, _commune)


@router.get(
    "/layers/{nom}/{millesime}/values",
    response=LayerValuesOut,
    operation_id="list_layer_values",
    summary=_("Mesures d'une couche"),
    description=_("Les mesures des communes. Une valeur secrète est dite secrète, jamais zéro ni absente."),
)
def values(
    request: HttpRequest, response: HttpResponse, nom: str, millesime: int, query: Query[ValuesQuery]
) -> dict[str, Any]:
    """Return a page of the measures of the communes of a layer, withheld ones said so."""
    found = _find(nom, millesime).values.select_related("commune")
    if query.commune:
        found = found.filter(commune__code=query.commune)
    if query.mesure:
        found = found.filter(measure=query.mesure)
    page = keyset(found, ("commune_id", "measure"), limit=query.size, cursor=query.start, total=found.count())
    return pages.answer(request, response, query, page, _value)


def _find(name: str, vintage: int) -> Layer:
    found = Layer.objects.select_related("source").filter(name=name, vintage=vintage).first()
    if found is None:
        message = gettext("Aucune couche importée n'a ce nom et ce millésime. /api/v1/layers les liste.")
        raise NotFoundError("unknown_layer", message, facts={"nom": name[:40], "millesime": vintage})
    return found


def _layer(layer: Layer) -> dict[str, Any]:
    return {
        "nom": layer.name,
        "millesime": layer.vintage,
        "nature": layer.kind,
        "libelle": text_of(layer.label),
        "cog": layer.cog_year,
        "source": source_line(layer.source).as_json(),
        "importee_le": layer.imported_at.isoformat() if layer.imported_at else None,
    }


def _commune(row: LayerZone) -> dict[str, Any]:
    return {
        "commune": row.commune.code,
        "zone": row.code,
        "libelle": row.label,
        "en_partie": row.partial,
    }


def _value(row: LayerValue) -> dict[str, Any]:
    return {
        "commune": row.commune.code,
        "mesure": row.measure,
        "valeur": None if row.value is None or row.secret else float(row.value),
        "secret": row.secret,
    }
