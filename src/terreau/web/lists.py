"""Every list that a page shows inside a sheet, as a file: members, facts, communes, poles, actors…

Each list has an address of its own under the page that shows it; without ``?format=`` it is the choice of the
columns and of the format. Who may not see the page gets no list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from terreau.actors import directory as actors
from terreau.actors import views as actor_views
from terreau.common.errors import DomainError, NotFoundError
from terreau.design.export import Place, download
from terreau.design.export_columns import Columns
from terreau.poles import directory
from terreau.sheets.actors import actor_sheet
from terreau.sheets.communes import CommuneLine, Communes
from terreau.sheets.poles import PoleSheet, pole_sheet
from terreau.sheets.territories import territory_sheet
from terreau.territories import base
from terreau.web import list_columns, places, pole_pages, portrait, territory_pages
from terreau.web import my_territory as my_territory_page

_BATCH = 1000


@dataclass(frozen=True)
class Listed:
    """A list: name of its file, what it is, rows, columns, where the rows are."""

    name: str
    title: str
    rows: Iterable[Any]
    columns: Columns
    place: Place | None = None


def _sent(request: HttpRequest, listed: Listed, title: str, back: str) -> HttpResponseBase:
    named = f"{title} · {listed.title}" if title else listed.title
    return download(
        request, listed.rows, listed.columns, listed.name, place=listed.place, title=named, back=back
    )


def _one_of(name: str, known: dict[str, Callable[[], Listed]]) -> Listed:
    if name not in known:
        message = _("Cette liste n'existe pas. Listes de cette page : %(known)s.")
        facts = {"list": name[:40], "lists": list(known)}
        raise NotFoundError("unknown_list", message % {"known": ", ".join(known)}, facts=facts)
    return known[name]()


# A pole


@require_safe
def pole(request: HttpRequest, slug: str, name: str) -> HttpResponseBase:
    """A list of the page of a pole: its members, what sources say, the communes of its perimeter."""
    try:
        sheet = pole_sheet(slug, pole_pages.viewer_of(request), least=pole_pages.least_of(request))
    except NotFoundError as error:
        if winner := error.facts.get("slug"):
            return redirect("pole_list", winner, name, permanent=True)
        raise
    listed = _one_of(
        name,
        {
            "membres": lambda: Listed("membres", _("Membres"), sheet.members, list_columns.MEMBERS),
            "informations": lambda: _facts(sheet.facts),
            "communes": lambda: _communes(_perimeter(sheet)),
        },
    )
    return _sent(request, listed, sheet.name, reverse("pole", args=[sheet.row.slug]))


def _facts(facts: Iterable[Any]) -> Listed:
    return Listed(
        "informations", _("Ce que disent les sources"), list_columns.stated(facts), list_columns.FACTS
    )


def _perimeter(sheet: PoleSheet) -> Communes:
    held = sheet.perimeter
    return (
        Communes(held.ids, held.perimeter.cog_year)
        if held
        else Communes(base.load().ids([]), base.COG_YEARS[-1])
    )


# An actor


@require_safe
def actor(request: HttpRequest, ident: UUID, name: str) -> HttpResponseBase:
    """A list of the page of an actor: what sources say, its poles, its networks, its affiliates."""
    sheet = actor_sheet(ident, viewer=request.user)
    if sheet.pole:
        return redirect("pole_list", sheet.pole.slug, name, permanent=True)
    if sheet.actor.pk != ident:
        return redirect("actor_list", sheet.actor.pk, name, permanent=True)
    listed = _one_of(
        name,
        {
            "informations": lambda: _facts(sheet.facts),
            "poles": lambda: Listed(
                "poles-de-l-acteur", _("Dans les pôles"), sheet.poles, list_columns.POLES_OF_ACTOR
            ),
            "reseaux": lambda: Listed("reseaux", _("Ses réseaux"), sheet.networks, list_columns.LINKS),
            "affilies": lambda: Listed(
                "affilies", _("Ses membres connus"), sheet.affiliates, list_columns.LINKS
            ),
        },
    )
    return _sent(request, listed, sheet.actor.name, reverse("actor", args=[sheet.actor.pk]))


# A set of communes: official, or made by hand


@require_safe
def territory(request: HttpRequest, level: str, code: str, name: str) -> HttpResponseBase:
    """A list of the page of a territory: its communes, the poles and actors there, what it crosses."""
    sheet = territory_sheet(level, code)
    if sheet.zone.code != code:
        return redirect("territory_list", level, sheet.zone.code, name, permanent=True)
    back = reverse("territory", args=[level, code])
    return _sent(request, _of_communes(sheet.communes, name), sheet.zone.name, back)


@require_safe
def my_territory(request: HttpRequest, name: str) -> HttpResponseBase:
    """The same lists of the communes that ``codes`` names; what cannot be read is refused (422)."""
    typed = request.GET.get("codes", "")
    reading = places.read(places.words_of(typed)[: places.MOST_WORDS])
    wrong = [*reading.unknown, *(choice.word for choice in reading.choices)]
    if wrong or not reading.places:
        message = _("Ces mots ne désignent pas un territoire, ou en désignent plusieurs : %(words)s.")
        facts = {"words": wrong[:20]}
        raise DomainError("unclear_codes", message % {"words": ", ".join(wrong[:20]) or "–"}, facts=facts)
    zone = my_territory_page.zone_of(reading)
    communes = Communes(places.ids_of(reading.places), base.COG_YEARS[-1], zone)
    back = f"{reverse('my_territory')}?{request.GET.urlencode()}"
    return _sent(request, _of_communes(communes, name), _("Mon territoire"), back)


def _of_communes(communes: Communes, name: str) -> Listed:
    return _one_of(
        name,
        {
            "communes": lambda: _communes(communes),
            "poles": lambda: Listed(
                "poles-du-territoire",
                _("Pôles"),
                communes.poles,
                list_columns.POLES_THERE,
                list_columns.pole_at,
            ),
            "acteurs": lambda: Listed(
                "acteurs-du-territoire",
                _("Acteurs"),
                actors.lines(communes.actors, on=timezone.localdate()),
                actor_views.columns(),
                actor_views.place,
            ),
            "decoupages": lambda: Listed(
                "decoupages", _("Ce que ce territoire traverse"), _crossed(communes), list_columns.CROSSED
            ),
        },
    )


def _communes(communes: Communes) -> Listed:
    return Listed("communes", _("Communes"), _lines(communes), list_columns.COMMUNES, list_columns.commune_at)


def _lines(communes: Communes) -> Iterator[CommuneLine]:
    for start in range(0, len(communes), _BATCH):
        yield from communes.lines(communes.by_name[start : start + _BATCH])


def _crossed(communes: Communes) -> Iterator[list_columns.Crossed]:
    for division in portrait.of_set(communes).divisions:
        for zone in (*division.first, *division.rest):
            yield list_columns.Crossed(division.title, zone)


# The territories themselves


@require_safe
def territories(request: HttpRequest, name: str) -> HttpResponseBase:
    """The regions, the former regions or the departments, and how many poles touch each."""
    titles = {
        "regions": ("region", _("Régions")),
        "anciennes-regions": ("ancienne_region", _("Anciennes régions, jusqu'en 2015")),
        "departements": ("departement", _("Départements")),
    }
    layer, title = titles.get(name, ("", ""))
    listed = _one_of(
        name, {one: lambda: Listed(name, title, _zones(layer), list_columns.ZONES) for one in titles}
    )
    return _sent(request, listed, "", reverse("territories"))


def _zones(layer: str) -> list[dict[str, Any]]:
    return territory_pages.zones(layer, directory.facets(directory.Filters())[layer])
