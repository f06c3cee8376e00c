"""The home page and the search over the whole register."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from terreau.design.export import export_response
from terreau.facts.models import CurrentFact
from terreau.poles import directory, lines
from terreau.poles.directory import FacetValue, Filters, PoleRow
from terreau.poles.models import Listing, Pole
from terreau.search import index
from terreau.search.models import Entry
from terreau.territories import base
from terreau.territories.drawing import insets
from terreau.web import drawing, maps
from terreau.web.list_columns import FOUND

#: Beyond this number the home page lists regions, not poles.
_LISTED = 300
#: Beyond this number the map that works without JavaScript counts poles by department.
_DOTS = 200
_FOUND, _EXPORTED = 40, 1000
_KINDS = ("pole", "territory", "actor")


@dataclass(frozen=True)
class RegionOfPoles:
    """Poles of a region, under the name of the region; empty when the place is unknown."""

    code: str
    name: str
    count: int
    rows: list[PoleRow]


def home(request: HttpRequest) -> HttpResponse:
    """Show what this is, every pole on a map and in a list, three figures."""
    held = lines.now()
    found = directory.page(Filters(), limit=_LISTED, held=held)
    total = found.total or 0
    facets = directory.facets(Filters(), held=held)
    features = maps.points(Filters()) if total <= _DOTS else []
    context: dict[str, Any] = {
        "dots": drawing.dots(features),
        "bubbles": drawing.linked_bubbles(facets["departement"], _in_department) if total > _DOTS else [],
        "insets": insets(),
        "background": maps.background_url("region"),
        "outlines": maps.outlines_url("region"),
        "regions": _by_region(found.rows) if total <= _LISTED else _counted_regions(facets["region"]),
        "poles_count": Listing.objects.filter(pole__kind=Pole.Kind.POLE).count(),
        "groups_count": Listing.objects.exclude(pole__kind=Pole.Kind.POLE).count(),
        "unplaced": total - directory.placed(Filters(), held=held),
        "regions_count": sum(value.count > 0 for value in facets["region"]),
        "regions_total": len(base.load().layers["region"].codes),
        "facts_count": CurrentFact.objects.filter(subject__public=True).count(),
    }
    return render(request, "web/home.html", context)


def _by_region(rows: Iterable[PoleRow]) -> list[RegionOfPoles]:
    """Group poles under the region that holds most of their perimeter, regions by name."""
    groups: dict[str, list[PoleRow]] = defaultdict(list)
    for row in rows:
        groups[row.regions[0] if row.regions else ""].append(row)
    names = directory.labels("region")
    known = [
        RegionOfPoles(code, name, len(groups[code]), groups[code])
        for code, name in names.items()
        if code in groups
    ]
    unknown = [RegionOfPoles("", _("Lieu inconnu"), len(groups[""]), groups[""])] if "" in groups else []
    return known + unknown


def _in_department(code: str) -> str:
    return f"{reverse('poles')}?departement={code}"


def _counted_regions(values: Iterable[FacetValue]) -> list[RegionOfPoles]:
    return [RegionOfPoles(value.code, value.label, value.count, []) for value in values]


@dataclass(frozen=True)
class Found:
    """What was found of one kind."""

    title: str
    entries: list[Entry]


def search(request: HttpRequest) -> HttpResponseBase:
    """Find poles, territories and actors by their names, codes and places; what is found, as a file too."""
    query = request.GET.get("q", "").strip()[:200]
    if "format" in request.GET:
        every = index.find(query, kinds=_KINDS, limit=_EXPORTED) if query else []
        exported = export_response(
            request, every, FOUND, "recherche", title=query, back=f"?{urlencode({'q': query})}"
        )
        if exported is not None:
            return exported
    entries = index.find(query, kinds=_KINDS, limit=_FOUND) if query else []
    titles = {"pole": _("Pôles"), "territory": _("Territoires"), "actor": _("Acteurs")}
    groups = [
        Found(title, [entry for entry in entries if entry.kind == kind]) for kind, title in titles.items()
    ]
    context = {
        "query": query,
        "search_address": f"{request.path}?{urlencode({'q': query})}",
        "groups": [group for group in groups if group.entries],
        "count": len(entries),
        "limited": len(entries) == _FOUND,
    }
    return render(request, "web/search.html", context)
