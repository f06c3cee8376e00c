"""What the page of a territory and that of a set of communes show alike."""

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, ClassVar

import numpy as np
from django.urls import reverse
from django.utils.translation import gettext as _

from terreau.design.paging import Cursor, Page, bad_cursor, decode, encode
from terreau.sheets import layers
from terreau.sheets.communes import CommuneLine, Communes, Crossing, PoleInZone, name_rank
from terreau.sheets.facts import FactLine
from terreau.sheets.layers import Measure
from terreau.sheets.territories import LEVELS, TerritorySheet, size_facts
from terreau.territories import base, read
from terreau.web import draw, drawing, maps

_PAGE = 50
#: Zones of a division shown at once; the others unfold.
_SHOWN = 8
#: Above this number of departments a set is drawn on the whole of France.
_DRAWN_DEPARTMENTS = 8
_ACTORS = 24
#: Poles in the table, and drawn; the file of the list has them all.
_POLES = 60
_DOTS = 200


@dataclass(frozen=True)
class Division:
    """A way to divide the country, and the zones of it that a set of communes crosses."""

    title: str
    title_one: str
    first: list[Crossing]
    rest: list[Crossing]

    @property
    def title_rest(self) -> str:
        """Caption of the table of the zones that unfold."""
        return _("%(title)s, la suite") % {"title": self.title}

    @property
    def count(self) -> int:
        """Number of zones crossed."""
        return len(self.first) + len(self.rest)


@dataclass(frozen=True)
class Portrait:
    """A set of communes as a page shows it."""

    communes: Communes
    facts: list[FactLine]
    measures: list[Measure]
    cursor: str | None = None
    #: The list of actors, as its address names it.
    ACTORS: ClassVar[str] = "acteurs"

    @cached_property
    def divisions(self) -> list[Division]:
        """Embedded divisions that the set crosses, the one of its own level left out."""
        own = LEVELS.get(self.communes.zone.level) if self.communes.zone else None
        found = []
        for layer, (title, title_one) in _division_titles().items():
            crossings = self.communes.crossed(layer) if layer != own else []
            if crossings:
                found.append(Division(title, title_one, crossings[:_SHOWN], crossings[_SHOWN:]))
        return found

    @cached_property
    def drawing(self) -> drawing.Drawing | None:
        """The set in its surroundings with the poles that touch it; None without an outline."""
        return drawn(self.communes)

    @property
    def background(self) -> str:
        """Address of the drawing of France below the map, empty when there is none."""
        return maps.background_url(self.drawing.ground) if self.drawing and self.drawing.ground else ""

    @cached_property
    def page(self) -> Page[CommuneLine]:
        """One page of the communes, by name."""
        return page_of(self.communes, self.cursor)

    @cached_property
    def actors(self) -> list[Any]:
        """The first public actors placed there, by name, one more than is shown when there are others."""
        return list(self.communes.actors[: _ACTORS + 1])

    @property
    def shown_actors(self) -> list[Any]:
        """The actors that are shown."""
        return self.actors[:_ACTORS]

    @property
    def more_actors(self) -> bool:
        """Whether there are others."""
        return len(self.actors) > _ACTORS

    @property
    def shown_poles(self) -> list[PoleInZone]:
        """The poles of the table: the most concerned."""
        return self.communes.poles[:_POLES]

    @property
    def more_poles(self) -> int:
        """How many others there are."""
        return max(0, len(self.communes.poles) - _POLES)

    @property
    def sure_poles(self) -> list[PoleInZone]:
        """Poles that surely touch the set."""
        return [pole for pole in self.communes.poles if pole.sure]

    @property
    def rough_poles(self) -> list[PoleInZone]:
        """Poles known only to be somewhere in a wider zone that touches the set."""
        return [pole for pole in self.communes.poles if not pole.sure]

    @property
    def any_approximate(self) -> bool:
        """Whether the place of some pole is only roughly known."""
        return any(pole.approximate for pole in self.communes.poles)

    @property
    def any_partial(self) -> bool:
        """Whether some pole is known to be in a part of a commune only."""
        return any(pole.of_zone is None for pole in self.communes.poles)

    @property
    def _dots(self) -> list[dict[str, Any]]:
        return self.drawing.dots if self.drawing else []

    @property
    def sure_dots(self) -> bool:
        """Whether the map shows a pole whose place is known."""
        return any(not dot["approche"] for dot in self._dots)

    @property
    def rough_dots(self) -> bool:
        """Whether the map shows a pole whose place is only roughly known."""
        return any(dot["approche"] for dot in self._dots)

    @property
    def no_measure(self) -> bool:
        """Whether a layer of measures is here and says nothing of this commune, not even a secret."""
        return len(self.communes) == 1 and not self.measures and layers.any_measures()

    @cached_property
    def _codes(self) -> str:
        return draw.Drawn(self.communes.ids).address

    def list_address(self, name: str) -> str:
        """Return where a list is taken as a file; empty when the set is too long for an address."""
        zone = self.communes.zone
        if zone is not None:
            return reverse("territory_list", args=[zone.level, zone.code, name])
        return reverse("my_territory_list", args=[name]) + self._codes if self._codes else ""

    @cached_property
    def unknown_population(self) -> list[str]:
        """Names of communes whose population the source does not give."""
        communes = base.load(self.communes.cog)
        codes = self.communes.description.population_unknown
        return [communes.names[communes.index[code]] for code in codes]


def _division_titles() -> dict[str, tuple[str, str]]:
    """Name of each embedded division, for several zones of it and for one."""
    return {
        "epci": (_("Intercommunalités"), _("Intercommunalité")),
        "departement": (_("Départements"), _("Département")),
        "region": (_("Régions"), _("Région")),
        "ancienne_region": (_("Anciennes régions, jusqu'en 2015"), _("Ancienne région, jusqu'en 2015")),
        "arrondissement": (_("Arrondissements"), _("Arrondissement")),
        "ept": (
            _("Établissements publics territoriaux du Grand Paris"),
            _("Établissement public territorial"),
        ),
    }


def of_zone(sheet: TerritorySheet, cursor: str | None = None) -> Portrait:
    """Return the portrait of an official territory."""
    return Portrait(sheet.communes, sheet.facts, sheet.measures, cursor)


def of_set(communes: Communes, cursor: str | None = None) -> Portrait:
    """Return the portrait of a set of communes made by hand."""
    return Portrait(communes, size_facts(communes), [], cursor)


# The list of communes, page by page


def page_of(communes: Communes, cursor: str | None) -> Page[CommuneLine]:
    """Return a page of communes sorted by name then code; 422 for a cursor that is not one of ours.

    The cursor holds the code of a commune: the page goes on after it, whether it is in the set or not.
    """
    ordered = communes.by_name
    start = _start(communes, decode(cursor, 1)) if cursor else 0
    shown = ordered[start : start + _PAGE]
    rows = communes.lines(shown)
    following = encode(Cursor((rows[-1].code,))) if rows and start + len(rows) < len(ordered) else None
    preceding = encode(Cursor((rows[0].code,), backwards=True)) if rows and start else None
    return Page(rows, following, preceding, len(ordered))


def _start(communes: Communes, cursor: Cursor) -> int:
    """Return where the page of a cursor begins."""
    position = base.load(communes.cog).index.get(str(cursor.key[0]))
    if position is None:
        raise bad_cursor()
    rank = name_rank(communes.cog)
    ranks = rank[communes.by_name]
    if cursor.backwards:
        return max(int(np.searchsorted(ranks, rank[position])) - _PAGE, 0)
    return int(np.searchsorted(ranks, rank[position], side="right"))


# The map


def drawn(communes: Communes) -> drawing.Drawing | None:
    """Return the map of a set: on France when it is wide, else among its departments."""
    zone = communes.zone
    shapes = (
        _zone_shapes(zone.level, zone.code)
        if zone is not None
        else _set_shapes(communes.codes, communes.crossed("departement"), communes.cog)
    )
    if not shapes:
        return None
    poles = communes.poles[:_DOTS] or communes.nearest_poles
    features = [feature(pole) for pole in poles if pole.lon is not None]
    if isinstance(shapes, drawing.Drawing):
        return replace(shapes, dots=drawing.dots(features))
    return drawing.draw(shapes, features)


def feature(pole: Any) -> dict[str, Any]:
    """Return the point of a pole (``slug``, ``name``, ``approximate``, ``lon``, ``lat``)."""
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [pole.lon, pole.lat]},
        "properties": {
            "slug": pole.slug,
            "nom": pole.name,
            "approche": pole.approximate,
            "url": maps.pole_url(pole.slug),
        },
    }


Shapes = list[tuple[str, dict[str, Any]]] | drawing.Drawing


@lru_cache(maxsize=256)
def _zone_shapes(level: str, code: str) -> Shapes:
    layer = LEVELS[level]
    if layer in ("region", "ancienne_region", "departement"):
        return drawing.highlighted(layer, code)
    communes = base.load()
    ids = communes.ids([code]) if layer is None else communes.layers[layer].members(code)
    return _surrounded(communes, ids)


def _set_shapes(codes: list[str], departments: list[Crossing], cog: int) -> Shapes:
    communes = base.load(cog)
    ids = communes.ids(codes)
    if len(departments) <= _DRAWN_DEPARTMENTS:
        return _surrounded(communes, ids)
    own = read.outline_of(ids, cog)
    return drawing.over_france(own) if own else []


def _surrounded(communes: base.Base, ids: base.Ids) -> Shapes:
    """The outline of some communes over the departments that they touch."""
    own = read.outline_of(ids, communes.cog)
    if own is None:
        return []
    layer = communes.layers["departement"]
    zones = sorted({int(zone) for zone in layer.zone_of[ids] if zone >= 0})
    around = [("land", drawing.zone_geometry("departement", layer.codes[zone])) for zone in zones]
    return [*around, ("area", own)]
