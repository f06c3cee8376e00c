"""The directory of poles: filters, pages, facets, points. Reads the projections `Listing` and `Tag` only.

What is filtered, counted and sorted is held in memory (`lines`); the lines shown are read in one query,
whatever the size of the page and the number of poles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any
from uuid import UUID

import numpy as np
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from terreau.common.errors import DomainError
from terreau.common.text import sort_key
from terreau.design.paging import Cursor, Page, bad_cursor, decode, encode
from terreau.facts import catalogue
from terreau.poles import lines
from terreau.poles.models import Listing
from terreau.search.index import words_of
from terreau.territories import base

LIMIT = 25
#: Beyond so many departments a pole is placed by its region.
FEW = 3
#: Orders of R-54 and the columns that make them; the first is the default.
SORTS = {
    "nom": "by_name",
    "region": "by_region",
    "ancienne_region": "by_former_region",
    "departement": "by_department",
    "porteur": "by_carrier",
}
#: Facets that are official layers, and those that are vocabularies.
LAYERS = {"region": "region", "ancienne_region": "ancienne_region", "departement": "departement"}
VOCABULARIES = {
    "secteur": "sector",
    "filiere": "filiere",
    "origine": "origin",
    "stade": "stage",
    "reconnaissance": "recognition",
}
FACETS = (*LAYERS, *VOCABULARIES)
_WORDS_SHOWN = 60
_BATCH = 500
#: What is read of a line that is shown.
_COLUMNS = (
    "pk",
    "pole__slug",
    "name",
    "pole__kind",
    "carrier",
    "place",
    "pole__stage",
    "pole__register_status",
    "lon",
    "lat",
    "approximate",
    "pole__fictional",
)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for: words, one code a facet, an order. Empty means no filter."""

    q: str = ""
    region: str = ""
    ancienne_region: str = ""
    departement: str = ""
    secteur: str = ""
    filiere: str = ""
    origine: str = ""
    stade: str = ""
    reconnaissance: str = ""
    tri: str = ""

    @classmethod
    def parse(cls, params: Mapping[str, Any]) -> Filters:
        """Read the parameters of an address; other names are left to whoever knows them.

        Raises `DomainError` (422) for a code that does not exist, with those that do.
        """
        values = {f.name: str(params.get(f.name) or "").strip() for f in fields(cls)}
        for name in FACETS:
            if values[name] and values[name] not in labels(name):
                raise _unknown(name, values[name], labels(name))
        if values["tri"] and values["tri"] not in SORTS:
            raise _unknown("tri", values["tri"], dict.fromkeys(SORTS, ""))
        return cls(**values)

    @property
    def codes(self) -> dict[str, str]:
        """The facets that are set, and the code of each."""
        return {name: getattr(self, name) for name in FACETS if getattr(self, name)}

    def __bool__(self) -> bool:
        return bool(self.q or self.codes)


def _unknown(name: str, value: str, known: Mapping[str, str]) -> DomainError:
    message = _("« %(value)s » n'est pas une valeur de « %(name)s ». Valeurs possibles : %(known)s.")
    shown = ", ".join(f"{code} ({label})" if label else code for code, label in known.items())
    facts = {"parameter": name, "value": value[:_WORDS_SHOWN], "allowed": list(known)}
    text = message % {"value": value[:_WORDS_SHOWN], "name": name, "known": shown}
    return DomainError("unknown_value", text, facts=facts)


def labels(facet: str) -> dict[str, str]:
    """Return the codes of a facet and their labels in the current language, in their own order."""
    return _labels(facet, "en" if (get_language() or "fr").startswith("en") else "fr")


@lru_cache(maxsize=64)
def _labels(facet: str, language: str) -> dict[str, str]:
    if facet in LAYERS:
        layer = base.load(settings.COG_YEAR).layers[LAYERS[facet]]
        pairs = zip(layer.codes, layer.names, strict=True)
        return dict(sorted(((str(c), str(n)) for c, n in pairs), key=lambda pair: sort_key(pair[1])))
    words = catalogue.vocabulary(VOCABULARIES[facet])
    return {code: words.label(code, language) for code in words.terms}


@dataclass(frozen=True, slots=True)
class PoleRow:
    """A line of the directory. Codes are those of the official geography and of the vocabularies."""

    id: str
    slug: str
    nom: str
    kind: str
    porteur: str | None
    lieu: str
    stade: str | None
    statut_registre: str
    lon: float | None
    lat: float | None
    approche: bool
    fictif: bool
    tags: dict[str, list[str]] = field(default_factory=dict)

    @property
    def reconnaissances(self) -> list[str]:
        """Codes of the schemes that recognise the pole."""
        return self.tags.get("reconnaissance", [])

    @property
    def secteurs(self) -> list[str]:
        """Codes of the sectors."""
        return self.tags.get("secteur", [])

    @property
    def departements(self) -> list[str]:
        """Codes of the departments that the perimeter touches, the largest part first."""
        return self.tags.get("departement", [])

    @property
    def regions(self) -> list[str]:
        """Codes of the regions, the largest part first."""
        return self.tags.get("region", [])

    @property
    def anciennes_regions(self) -> list[str]:
        """Codes of the regions before 2016, the largest part first."""
        return self.tags.get("ancienne_region", [])

    def labels(self, facet: str) -> list[str]:
        """Return the labels of a facet's codes, in the current language."""
        known = labels(facet)
        return [known.get(code, code) for code in self.tags.get(facet, [])]

    @property
    def places(self) -> list[str]:
        """Names of the departments, or of the region when the pole covers a whole one."""
        return self.labels("departement") if len(self.departements) <= FEW else self.labels("region")

    @property
    def elsewhere(self) -> list[str]:
        """The same names without those that the label of the place says already."""
        return [name for name in self.places if name not in self.lieu]

    @property
    def sectors(self) -> list[str]:
        """Labels of the sectors."""
        return self.labels("secteur")

    @property
    def recognitions(self) -> list[str]:
        """Labels of the recognitions."""
        return self.labels("reconnaissance")

    @property
    def stage_label(self) -> str:
        """Label of the stage, empty when unknown."""
        return labels("stade").get(self.stade or "", "")


def as_json(row: PoleRow) -> dict[str, Any]:
    """Return a line as the API and the command say it."""
    return {
        "id": row.id,
        "slug": row.slug,
        "nom": row.nom,
        "nature": row.kind,
        "porteur": row.porteur,
        "stade": row.stade,
        "statut_registre": row.statut_registre,
        "reconnaissances": row.reconnaissances,
        "secteurs": row.secteurs,
        "departements": row.departements,
        "regions": row.regions,
        "anciennes_regions": row.anciennes_regions,
        "lon": row.lon,
        "lat": row.lat,
        "approche": row.approche,
        "exemple_fictif": row.fictif,
    }


def page(
    filters: Filters, *, limit: int = LIMIT, cursor: str | None = None, held: lines.Lines | None = None
) -> Page[PoleRow]:
    """Return a page of the directory in the order asked (two queries); 422 for a bad cursor.

    ``held`` is `lines.now()`, for who asks for several things of one moment; so in what follows.
    """
    held = held or lines.now()
    kept = _mask(held, filters)
    order = held.order(SORTS[filters.tri or "nom"])
    places = np.flatnonzero(kept[order.rows])
    start = _start(cursor)
    first, last = _span(order, places, start, limit)
    shown = places[first:last]
    after, before = last < len(places), bool(start) and first > 0
    if start and start.backwards:
        after = bool(len(shown))
    elif start:
        before = bool(len(shown))
    return Page(
        _rows(held, (held.ids[row] for row in order.rows[shown])),
        encode(Cursor(order.keys[shown[-1]])) if after else None,
        encode(Cursor(order.keys[shown[0]], backwards=True)) if before else None,
        len(places),
    )


def _start(cursor: str | None) -> Cursor | None:
    """Read a cursor: the key of a line, and its identifier."""
    start = decode(cursor, 2) if cursor else None
    try:
        return start and Cursor((str(start.key[0]), str(UUID(str(start.key[1])))), start.backwards)
    except ValueError as error:
        raise bad_cursor() from error


def _span(order: lines.Order, places: Any, start: Cursor | None, limit: int) -> tuple[int, int]:
    """Return where the page begins and ends among the places of the lines kept."""
    if start is None:
        return 0, min(limit, len(places))
    key = (str(start.key[0]), str(start.key[1]))
    if start.backwards:
        last = int(np.searchsorted(places, order.before(key)))
        return max(0, last - limit), last
    first = int(np.searchsorted(places, order.after(key)))
    return first, min(first + limit, len(places))


def rows(filters: Filters) -> Iterator[PoleRow]:
    """Yield every line that the filters leave, in the order asked, for exports and print; by batches."""
    held = lines.now()
    order = held.order(SORTS[filters.tri or "nom"])
    wanted = order.rows[_mask(held, filters)[order.rows]]
    for start in range(0, len(wanted), _BATCH):
        yield from _rows(held, (held.ids[row] for row in wanted[start : start + _BATCH]))


def row(slug: str) -> PoleRow | None:
    """Return the line of one pole, None when it is not listed (unknown, private, closed or merged)."""
    pk = Listing.objects.filter(pole__slug=slug).values_list("pk", flat=True).first()
    held = lines.now()
    return next(iter(_rows(held, [pk])), None) if pk and pk in held.records else None


def _mask(held: lines.Lines, filters: Filters, *, without: str = "") -> lines.Mask:
    """Return the lines that the filters leave, one facet put aside."""
    kept = held.every()
    for facet, code in filters.codes.items():
        if facet != without:
            kept &= held.having(facet, code)
    words = words_of(filters.q)
    return kept & held.saying(words) if words else kept


def _rows(held: lines.Lines, wanted: Iterable[UUID]) -> list[PoleRow]:
    """Return some lines, read in one query; one that is gone since is left out."""
    ids = list(wanted)
    found = {row[0]: row for row in Listing.objects.filter(pk__in=ids).order_by().values_list(*_COLUMNS)}
    return [_row(found[pk], held.records[pk].values) for pk in ids if pk in found]


def _row(line: tuple[Any, ...], values: Iterable[tuple[str, str]]) -> PoleRow:
    tags: dict[str, list[str]] = {}
    for facet, code in values:
        tags.setdefault(facet, []).append(code)
    pk, slug, name, kind, carrier, place, stage, status, lon, lat, approximate, fictional = line
    return PoleRow(
        id=str(pk),
        slug=slug,
        nom=name,
        kind=kind,
        porteur=carrier or None,
        lieu=place,
        stade=stage or None,
        statut_registre=status,
        lon=lon,
        lat=lat,
        approche=approximate,
        fictif=fictional,
        tags=tags,
    )


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value of a facet: how many poles choosing it would leave, whether it is chosen."""

    code: str
    label: str
    count: int
    selected: bool


def facets(filters: Filters, *, held: lines.Lines | None = None) -> dict[str, list[FacetValue]]:
    """Return the values of every facet; the count of a facet ignores what is chosen in that facet.

    One query. Values that would leave nothing are left out, except the one chosen.
    """
    held = held or lines.now()
    common = held.counts(_mask(held, filters))
    own = {name: held.counts(_mask(held, filters, without=name)) for name in filters.codes}
    return {name: list(_facet(name, own.get(name, common), filters.codes.get(name, ""))) for name in FACETS}


def _facet(name: str, counts: Mapping[tuple[str, str], int], chosen: str) -> Iterable[FacetValue]:
    for code, label in labels(name).items():
        if (name, code) in counts or code == chosen:
            yield FacetValue(code, label, counts.get((name, code), 0), code == chosen)


def placed(filters: Filters, *, held: lines.Lines | None = None) -> int:
    """Return how many of the poles that the filters leave have a known place."""
    held = held or lines.now()
    return int((_mask(held, filters) & held.placed).sum())


def points(filters: Filters, address: Callable[[str], str] | None = None) -> list[dict[str, Any]]:
    """Return GeoJSON features of the poles whose place is known; ``address`` gives the page of a slug."""
    known = Listing.objects.filter(lon__isnull=False, lat__isnull=False).order_by("by_name", "pole")
    if filters:
        held = lines.now()
        known = known.filter(pk__in=[held.ids[number] for number in np.flatnonzero(_mask(held, filters))])
    columns = ("pole__slug", "name", "carrier", "pole__kind", "approximate", "pole__fictional", "lon", "lat")
    return [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [round(lon, 5), round(lat, 5)]},
            "properties": {
                "slug": slug,
                "nom": name,
                "porteur": carrier or None,
                "kind": kind,
                "approche": approximate,
                "exemple_fictif": fictional,
                **({"url": address(slug)} if address else {}),
            },
        }
        for slug, name, carrier, kind, approximate, fictional, lon, lat in known.values_list(*columns)
    ]
