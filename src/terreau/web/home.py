"""The home page and the search over the whole register."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from terreau.facts.models import CurrentFact
from terreau.poles import directory
from terreau.poles.directory import Filters, PoleRow
from terreau.poles.models import Listing, Pole
from terreau.search import index
from terreau.search.models import Entry
from terreau.territories import base
from terreau.web import drawing, maps

#: Beyond this number the home page lists regions, not poles.
_LISTED = 300
_FOUND = 40
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
    features = maps.points(Filters())
    found = directory.page(Filters(), limit=_LISTED)
    regions = _by_region(found.rows) if (found.total or 0) <= _LISTED else _counted_regions()
    context: dict[str, Any] = {
        "dots": drawing.dots(features),
        "insets": drawing.insets(),
        "background": maps.background_url("region"),
        "outlines": maps.outlines_url("region"),
        "regions": regions,
        "poles_count": Listing.objects.filter(pole__kind=Pole.Kind.POLE).count(),
        "groups_count": Listing.objects.exclude(pole__kind=Pole.Kind.POLE).count(),
        "unplaced": (found.total or 0) - len(features),
        "regions_count": len({code for row in found.rows for code in row.regions}),
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


def _counted_regions() -> list[RegionOfPoles]:
    values = directory.facets(Filters())["region"]
    return [RegionOfPoles(value.code, value.label, value.count, []) for value in values]


@dataclass(frozen=True)
class Found:
    """What was found of one kind."""

    title: str
    entries: list[Entry]


def search(request: HttpRequest) -> HttpResponse:
    """Find poles, territories and actors by their names, codes and places."""
    query = request.GET.get("q", "").strip()[:200]
    entries = index.find(query, kinds=_KINDS, limit=_FOUND) if query else []
    titles = {"pole": _("Pôles"), "territory": _("Territoires"), "actor": _("Acteurs")}
    groups = [
        Found(title, [entry for entry in entries if entry.kind == kind]) for kind, title in titles.items()
    ]
    context = {
        "query": query,
        "groups": [group for group in groups if group.entries],
        "count": len(entries),
        "limited": len(entries) == _FOUND,
    }
    return render(request, "web/search.html", context)
