"""« Dessiner un territoire »: a set of communes made by hand, on a map or in the list that says the same.

The list is the truth: the map only sends what the list's buttons send. Nothing is kept by the server.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import urlencode

import numpy as np
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, JsonResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from terreau.common.errors import DomainError
from terreau.common.text import search_text, sort_key
from terreau.design.export import csv_response, ods_response, table_schema, xlsx_response
from terreau.design.export_columns import SCHEMA, Column
from terreau.design.numbers import grouped
from terreau.sheets.communes import Communes
from terreau.sheets.facts import language
from terreau.territories import base, outline
from terreau.territories.base import Ids
from terreau.territories.drawing import insets
from terreau.web import drawing, maps, pasted, places

#: Longest list of places that an address carries; longer ones live in the form.
_ADDRESS = 1500
#: Above this number of communes the list says intercommunalities.
_LISTED = 400
#: Above this number of departments the set is drawn on the whole of France.
_DRAWN_DEPARTMENTS = 8
_OPTIONS = 10
_FILE_NAME = "territoire"
_SHEETS = {"csv": csv_response, "xlsx": xlsx_response, "ods": ods_response}
#: What is pasted back is found by these names, which therefore have no translation.
_COLUMNS = [
    Column("code", lambda line: line.code),
    Column("nom", lambda line: line.name),
    Column("departement", lambda line: line.department),
    Column("population", lambda line: line.population, "integer"),
    Column("population_annee", lambda line: line.population_year, "integer"),
]


@dataclass(frozen=True)
class Line:
    """A line of the list: a commune, or the part of an intercommunality that is in the set."""

    word: str
    name: str
    detail: str = ""


@dataclass(frozen=True)
class Group:
    """A department of the list."""

    word: str
    name: str
    count: int
    lines: list[Line]


@dataclass
class Drawn:
    """The set of communes, and what was understood of what was asked."""

    ids: Ids
    reading: places.Reading = field(default_factory=places.Reading)
    said: str = ""

    @cached_property
    def communes(self) -> Communes:
        """The set as pages describe it."""
        return Communes(self.ids, base.COG_YEARS[-1])

    @property
    def codes(self) -> str:
        """Codes of the communes, joined by commas."""
        return ",".join(self.communes.codes)

    @cached_property
    def population(self) -> int:
        """Inhabitants of the set, where the count is known."""
        return int(base.load().population[self.ids].sum())

    @cached_property
    def groups(self) -> list[Group]:
        """The list twin of the map: by department, communes by name, or intercommunalities of a wide set."""
        return _groups(self.ids)

    @property
    def by_epci(self) -> bool:
        """Whether the list says intercommunalities because there are too many communes."""
        return len(self.ids) > _LISTED

    @cached_property
    def address(self) -> str:
        """Query that finds the set again; empty when there is nothing or too much for an address."""
        query = urlencode({"codes": ",".join(compact(self.ids))})
        return f"?{query}" if len(self.ids) and len(query) <= _ADDRESS else ""

    @cached_property
    def bounds(self) -> str:
        """West, south, east, north of the set, joined by commas; empty when there is nothing."""
        communes = base.load()
        lon, lat = communes.lon[self.ids], communes.lat[self.ids]
        if not len(lon) or np.isnan(lon).all():
            return ""
        box = (np.nanmin(lon) - 0.12, np.nanmin(lat) - 0.08, np.nanmax(lon) + 0.12, np.nanmax(lat) + 0.08)
        return ",".join(f"{value:.3f}" for value in box)

    @cached_property
    def split_epci(self) -> bool:
        """Whether some intercommunality is only in part in the set."""
        return len(_whole_epci(self.ids)) > len(self.ids)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def draw(request: HttpRequest) -> HttpResponseBase:
    """Show the drawing tool on the communes of ``codes``, changed as the form asks; or give it as a file.

    The form is exempt from the forgery check because it only reads: no cookie is needed to use it.
    """
    drawn = _asked(request)
    if wanted := (request.POST.get("format") or request.GET.get("format", "")):
        return _file(drawn, wanted)
    if "X-Dessin" in request.headers:
        return render(request, "web/draw_list.html", {"drawn": drawn, "choices": drawn.reading.choices})
    settled = not (drawn.reading.choices or drawn.reading.unknown)
    if request.method == "POST" and settled and (drawn.address or not len(drawn.ids)):
        return redirect(request.path + drawn.address)
    drawn_map = drawing_of(drawn)
    ground = drawn_map.ground if drawn_map else "departement"
    context = {
        "drawn": drawn,
        "choices": drawn.reading.choices,
        "drawing": drawn_map,
        "background": maps.background_url(ground) if ground else "",
        "insets": insets(),
        "outlines": maps.outlines_url("departement"),
        "communes_index": maps.communes_index_url(),
    }
    return render(request, "web/draw.html", context)


@require_GET
def names(request: HttpRequest) -> JsonResponse:
    """Return the territories whose name begins as ``q`` does, the most populated first."""
    found = [[said(place), kind(place.level)] for place in completions(request.GET.get("q", ""))]
    return JsonResponse({"noms": found})


def _asked(request: HttpRequest) -> Drawn:
    """Return the set that the address or the form asks for."""
    try:
        values = request.POST if request.method == "POST" else request.GET
        typed = values.get("codes", "")
    except RequestDataTooBig as error:
        raise _too_many() from error
    reading = places.read(_few(places.words_of(typed)))
    drawn = Drawn(places.ids_of(reading.places), reading)
    before = drawn.ids
    drawn = changed(drawn, values)
    drawn.said = said_of(before, drawn.ids)
    return drawn


def changed(drawn: Drawn, values: QueryDict) -> Drawn:
    """Return the set as the button that was pressed changes it; what is typed elsewhere waits.

    Raises ``DomainError`` for a list longer than that of all communes.
    """
    pressed = values.get("faire", "")
    for words in values.getlist("retirer"):
        drawn = _without(drawn, places.words_of(words))
    for words in values.getlist("choisir"):
        drawn = _with(drawn, places.words_of(words))
    if pressed == "ajouter":
        drawn = _with(drawn, places.words_of(values.get("ajouter", "")))
    elif pressed == "coller":
        drawn = _with(drawn, _few(pasted.words(values.get("coller", ""))))
    elif pressed == "retirer":
        drawn = _without(drawn, places.words_of(values.get("ajouter", "")))
    elif pressed == "completer":
        drawn = Drawn(_whole_epci(drawn.ids), drawn.reading)
    elif pressed == "vider":
        drawn = Drawn(np.zeros(0, np.int32))
    return drawn


def _few(words: list[str]) -> list[str]:
    if len(words) > places.MOST_WORDS:
        raise _too_many()
    return words


def _too_many() -> DomainError:
    message = _(
        "Cette liste est plus longue que celle de toutes les communes de France : au plus %(limit)s codes."
    )
    limit = grouped(places.MOST_WORDS, language())
    return DomainError("too_many_codes", message % {"limit": limit}, facts={"limit": places.MOST_WORDS})


def _with(drawn: Drawn, words: Iterable[str]) -> Drawn:
    reading = places.read(words)
    reading.unknown += drawn.reading.unknown
    reading.choices += drawn.reading.choices
    return Drawn(np.union1d(drawn.ids, places.ids_of(reading.places)).astype(np.int32), reading)


def _without(drawn: Drawn, words: Iterable[str]) -> Drawn:
    """Take places away; a name that several bear means the ones that are in the set."""
    reading = places.read(words)
    taken = [
        *reading.places,
        *(place for choice in reading.choices if choice.known for place in choice.options),
    ]
    left = np.setdiff1d(drawn.ids, places.ids_of(taken)).astype(np.int32)
    return Drawn(left, places.Reading(unknown=reading.unknown))


def _whole_epci(ids: Ids) -> Ids:
    """Return the set with all the communes of each intercommunality that it touches."""
    layer = base.load().layers["epci"]
    touched = np.unique(layer.zone_of[ids])
    parts = [layer.members(layer.codes[zone]) for zone in touched.tolist() if zone >= 0]
    return np.unique(np.concatenate([ids, *parts])).astype(np.int32)


def said_of(before: Ids, after: Ids) -> str:
    """Return what changed and what is there now, as a sentence to be read aloud."""
    more, less = np.setdiff1d(after, before), np.setdiff1d(before, after)
    names_ = base.load().names
    changes = []
    if len(more):
        added = ngettext("%(count)d commune ajoutée", "%(count)d communes ajoutées", len(more))
        changes.append(
            _("%(name)s ajoutée") % {"name": names_[more[0]]}
            if len(more) == 1
            else added % {"count": len(more)}
        )
    if len(less):
        removed = ngettext("%(count)d commune retirée", "%(count)d communes retirées", len(less))
        changes.append(
            _("%(name)s retirée") % {"name": names_[less[0]]}
            if len(less) == 1
            else removed % {"count": len(less)}
        )
    if not changes:
        changes.append(_("Rien n'a changé"))
    total = ngettext("%(count)d commune en tout.", "%(count)d communes en tout.", len(after)) % {
        "count": len(after)
    }
    return f"{', '.join(changes)}. {total}"


def drawing_of(drawn: Drawn) -> drawing.Drawing | None:
    """Return the set among its departments, or over France when it is wide; None without an outline."""
    own = outline.outline(base.load(), drawn.ids) if len(drawn.ids) else None
    if own is None:
        return None
    departments = drawn.communes.crossed("departement")
    if len(departments) > _DRAWN_DEPARTMENTS:
        return drawing.over_france(own)
    land = [("land", drawing.zone_geometry("departement", zone.code)) for zone in departments]
    return drawing.draw([*land, ("area", own)])


# The list, the address, the files


def _groups(ids: Ids) -> list[Group]:
    communes = base.load()
    layer = communes.layers["departement"]
    order = Communes(ids, communes.cog).by_name
    zones = layer.zone_of[order]
    found = []
    for zone in np.unique(zones).tolist():
        inside = order[zones == zone]
        lines = _epci_lines(inside) if len(ids) > _LISTED else [_commune_line(i) for i in inside.tolist()]
        if zone >= 0:
            found.append(Group(f"departement:{layer.codes[zone]}", layer.names[zone], len(inside), lines))
        else:
            words = ",".join(communes.codes[inside].tolist())
            found.append(Group(words, _("Collectivités d'outre-mer"), len(inside), lines))
    return sorted(found, key=lambda group: sort_key(group.name))


def _commune_line(position: int) -> Line:
    communes = base.load()
    code = str(communes.codes[position])
    return Line(code, communes.names[position], code)


def _epci_lines(ids: Ids) -> list[Line]:
    communes = base.load()
    layer = communes.layers["epci"]
    lines = []
    for zone in np.unique(layer.zone_of[ids]).tolist():
        inside = ids[layer.zone_of[ids] == zone]
        if zone < 0:
            lines += [_commune_line(i) for i in inside.tolist()]
            continue
        detail = _("%(here)d communes sur %(all)d") % {"here": len(inside), "all": int(layer.communes[zone])}
        lines.append(Line(",".join(communes.codes[inside].tolist()), layer.names[zone], detail))
    return sorted(lines, key=lambda line: sort_key(line.name))


def compact(ids: Ids) -> list[str]:
    """Return few words that mean exactly the communes ``ids``: departments, intercommunalities, communes."""
    communes = base.load()
    words: list[str] = []
    left = ids
    for name, prefix in (("departement", "departement:"), ("epci", "")):
        layer = communes.layers[name]
        zones = layer.zone_of[left]
        counts = np.bincount(zones[zones >= 0], minlength=len(layer.codes))
        whole = np.flatnonzero((counts == layer.communes) & (counts > 1))
        words += [f"{prefix}{layer.codes[zone]}" for zone in whole.tolist()]
        left = left[~np.isin(zones, whole)]
    return [*words, *communes.codes[left].tolist()]


def _file(drawn: Drawn, wanted: str) -> HttpResponseBase:
    if wanted in _SHEETS:
        return _SHEETS[wanted](drawn.communes.lines(drawn.ids), _COLUMNS, _FILE_NAME)
    if wanted == SCHEMA:
        return JsonResponse(table_schema(_COLUMNS), json_dumps_params={"ensure_ascii": False, "indent": 1})
    if wanted == "geojson":
        return JsonResponse(
            geojson(drawn),
            content_type="application/geo+json",
            json_dumps_params={"ensure_ascii": False},
            headers={"Content-Disposition": f'attachment; filename="{_FILE_NAME}.geojson"'},
        )
    known = [*_SHEETS, "geojson"]
    message = _("Ce format d'export n'existe pas. Formats possibles : %(known)s.") % {
        "known": ", ".join(known)
    }
    raise DomainError("unknown_format", message, facts={"format": wanted[:40], "formats": known})


def geojson(drawn: Drawn) -> dict[str, Any]:
    """Return the outline of the set as one feature (WGS 84) that says the communes it is made of."""
    communes = base.load()
    properties = {
        "codes": drawn.communes.codes,
        "cog": communes.cog,
        "communes": len(drawn.ids),
        "population": drawn.population,
        "contours": "IGN/Etalab",
    }
    geometry = outline.outline(communes, drawn.ids) if len(drawn.ids) else None
    return {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "properties": properties, "geometry": geometry}],
    }


# Completion


def said(place: places.Place) -> str:
    """Return a word that means this place and that a person can read."""
    word = f"{place.name} ({place.detail})" if place.detail else place.name
    return word if places.named(word) == [place] else places.address_code(place)


def kind(level: str) -> str:
    """Return what a level is called, beside a name."""
    return {
        "commune": _("commune"),
        "epci": _("intercommunalité"),
        "departement": _("département"),
        "region": _("région"),
    }.get(level, _("ancienne région"))


def completions(text: str) -> list[places.Place]:
    """Return the territories whose name begins so, the exact names then the most populated first; few."""
    wanted = search_text(text[:80])
    if len(wanted) < 2:
        return []
    known = places.names()
    starting = [(name, place) for name in known if name.startswith(wanted) for place in known[name]]
    starting.sort(key=lambda pair: (pair[0] != wanted, -_inhabitants(pair[1])))
    return list(dict.fromkeys(place for _name, place in starting))[:_OPTIONS]


@lru_cache(maxsize=50_000)
def _inhabitants(place: places.Place) -> int:
    communes = base.load()
    if place.level == "commune":
        return int(communes.population[communes.index[place.code]])
    layer = communes.layers[place.level.replace("-", "_")]
    return int(layer.population[layer.index[place.code]])
