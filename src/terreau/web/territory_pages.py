"""Pages of the official territories."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from terreau.common.text import sort_key
from terreau.poles import directory
from terreau.poles.directory import FacetValue, Filters
from terreau.search import index as search_index
from terreau.sheets.territories import territory_sheet
from terreau.territories import base
from terreau.territories.drawing import france, insets
from terreau.web import portrait

_FOUND = 30


def index(request: HttpRequest) -> HttpResponse:
    """Find a territory by its name or its code, or by going down from the regions."""
    query = request.GET.get("q", "").strip()[:200]
    facets = directory.facets(Filters())
    context = {
        "query": query,
        "found": search_index.find(query, kinds=["territory"], limit=_FOUND) if query else [],
        "limit": _FOUND,
        "regions": zones("region", facets["region"]),
        "former_regions": zones("ancienne_region", facets["ancienne_region"]),
        "shapes": france("region", 2.2),
        "insets": insets(),
        "departments": _departments_by_region(facets["departement"]),
    }
    return render(request, "web/territories.html", context)


def zones(layer: str, counts: list[FacetValue]) -> list[dict[str, Any]]:
    """Zones of a layer by name, with the number of poles that touch each."""
    zones = base.load().layers[layer]
    poles = {value.code: value.count for value in counts}
    rows = [
        {"level": layer.replace("_", "-"), "code": code, "name": name, "poles": poles.get(code, 0)}
        for code, name in zip(zones.codes, zones.names, strict=True)
    ]
    return sorted(rows, key=lambda row: sort_key(str(row["name"])))


def _departments_by_region(counts: list[FacetValue]) -> list[dict[str, Any]]:
    communes = base.load()
    departments, regions = communes.layers["departement"], communes.layers["region"]
    region_of = {
        departments.codes[zone]: regions.codes[
            int(regions.zone_of[departments.members(departments.codes[zone])[0]])
        ]
        for zone in range(len(departments.codes))
    }
    rows = zones("departement", counts)
    return [
        {**region, "departments": [row for row in rows if region_of[str(row["code"])] == region["code"]]}
        for region in zones("region", [])
    ]


def territory(request: HttpRequest, level: str, code: str) -> HttpResponse:
    """Show a territory; an old code of a commune, or a code in lower case, leads to its page of today."""
    sheet = territory_sheet(level, code)
    if sheet.zone.code != code:
        return redirect("territory", level, sheet.zone.code, permanent=True)
    shown = portrait.of_zone(sheet, request.GET.get("cursor"))
    context = {
        "zone": sheet.zone,
        "kind": kinds()[level],
        "portrait": shown,
        "parents": _parents(sheet.zone),
        "my_address": f"?codes={code}" if level in ("commune", "epci") else f"?codes={level}:{code}",
    }
    return render(request, "web/territory.html", context)


def kinds() -> dict[str, str]:
    """Return what each level is called."""
    return {
        "commune": _("Commune"),
        "epci": _("Intercommunalité"),
        "departement": _("Département"),
        "region": _("Région"),
        "ancienne-region": _("Ancienne région (jusqu'en 2015)"),
    }


def _parents(zone: Any) -> list[Any]:
    """Territories that hold the whole of this one and have a page, the largest first."""
    if zone.level not in ("commune", "epci", "departement"):
        return []
    parents = [zone.region, zone.department if zone.level != "departement" else None]
    return [parent for parent in parents if parent is not None]
