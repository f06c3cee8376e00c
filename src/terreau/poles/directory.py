"""The directory of poles: filters, pages, facets, points. Reads the projections `Listing` and `Tag` only.

The number of queries does not depend on the size of the page nor on the number of poles.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from terreau.common.errors import DomainError
from terreau.common.text import sort_key
from terreau.design.paging import Page, keyset
from terreau.facts import catalogue
from terreau.poles.models import Listing, Tag
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


def page(filters: Filters, *, limit: int = LIMIT, cursor: str | None = None) -> Page[PoleRow]:
    """Return a page of the directory in the order asked (four queries); 422 for a bad cursor."""
    found = _filtered(filters)
    key = SORTS[filters.tri or "nom"]
    lines = keyset(
        found.select_related("pole"), [key, "pole_id"], limit=limit, cursor=cursor, total=found.count()
    )
    return Page(_with_tags(lines.rows), lines.next, lines.previous, lines.total)


def rows(filters: Filters) -> Iterator[PoleRow]:
    """Yield every line that the filters leave, in the order asked, for exports and print; by batches."""
    cursor: str | None = None
    while True:
        lines = page(filters, limit=500, cursor=cursor)
        yield from lines.rows
        cursor = lines.next
        if cursor is None:
            return


def row(slug: str) -> PoleRow | None:
    """Return the line of one pole, None when it is not listed (unknown, private, closed or merged)."""
    found = _with_tags(list(Listing.objects.filter(pole__slug=slug).select_related("pole")))
    return found[0] if found else None


def _filtered(filters: Filters, *, without: str = "") -> QuerySet[Listing]:
    found = Listing.objects.all()
    for facet, code in filters.codes.items():
        if facet != without:
            found = found.filter(pole__in=Tag.objects.filter(facet=facet, code=code).values("listing"))
    words = words_of(filters.q)
    for number, word in enumerate(words, start=1):
        found = found.filter(words__contains=f" {word}" if number == len(words) else f" {word} ")
    return found


def _with_tags(lines: list[Listing]) -> list[PoleRow]:
    tags: dict[UUID, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    wanted = Tag.objects.filter(listing__in=[line.pk for line in lines]).order_by("listing", "facet", "rank")
    for pole, facet, code in wanted.values_list("listing", "facet", "code"):
        tags[pole][facet].append(code)
    return [_row(line, dict(tags[line.pk])) for line in lines]


def _row(line: Listing, tags: dict[str, list[str]]) -> PoleRow:
    return PoleRow(
        id=str(line.pk),
        slug=line.pole.slug,
        nom=line.name,
        kind=line.pole.kind,
        porteur=line.carrier or None,
        lieu=line.place,
        stade=line.pole.stage or None,
        statut_registre=line.pole.register_status,
        lon=line.lon,
        lat=line.lat,
        approche=line.approximate,
        fictif=line.pole.fictional,
        tags=tags,
    )


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value of a facet: how many poles choosing it would leave, whether it is chosen."""

    code: str
    label: str
    count: int
    selected: bool


def facets(filters: Filters) -> dict[str, list[FacetValue]]:
    """Return the values of every facet; the count of a facet ignores what is chosen in that facet.

    One query, and one more for each facet that is set. Values that would leave nothing are left out, except
    the one chosen.
    """
    free = [name for name in FACETS if name not in filters.codes]
    counts = _counts(_filtered(filters) if filters else None, free)
    for name in filters.codes:
        alone = len(filters.codes) == 1 and not filters.q
        counts |= _counts(None if alone else _filtered(filters, without=name), [name])
    return {name: list(_facet(name, counts.get(name, {}), filters.codes.get(name, ""))) for name in FACETS}


def _counts(found: QuerySet[Listing] | None, names: list[str]) -> dict[str, dict[str, int]]:
    """Return how many of the poles found have each value; ``None`` stands for all of them."""
    counted: dict[str, dict[str, int]] = defaultdict(dict)
    kept = Tag.objects.filter(facet__in=names)
    if found is not None:
        kept = kept.filter(listing__in=found.values("pole"))
    for name, code, number in kept.order_by().values_list("facet", "code").annotate(Count("pk")):
        counted[name][code] = number
    return counted


def _facet(name: str, counts: Mapping[str, int], chosen: str) -> Iterable[FacetValue]:
    for code, label in labels(name).items():
        if code in counts or code == chosen:
            yield FacetValue(code, label, counts.get(code, 0), code == chosen)


def placed(filters: Filters) -> int:
    """Return how many of the poles that the filters leave have a known place."""
    return _filtered(filters).filter(lon__isnull=False, lat__isnull=False).count()


def points(filters: Filters, address: Callable[[str], str] | None = None) -> list[dict[str, Any]]:
    """Return GeoJSON features of the poles whose place is known; ``address`` gives the page of a slug."""
    known = _filtered(filters).filter(lon__isnull=False, lat__isnull=False).order_by("by_name", "pole")
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
