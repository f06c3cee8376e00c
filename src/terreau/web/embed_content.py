"""What is shown inside the pages of others: a pole's card, the map with its list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from terreau.common.errors import NotFoundError
from terreau.design.marks import MARKS
from terreau.facts.read import FactView
from terreau.poles import directory
from terreau.poles.directory import FacetValue, Filters, PoleRow
from terreau.sheets.poles import PoleSheet, pole_sheet
from terreau.territories import drawing as ground
from terreau.web import drawing, maps

#: Poles listed under the map, at most; beyond, the list is that of the regions.
LISTED = 300
FIGURES = 3
#: The scale of look.md, from the fewest poles to the most.
_SHADES = ("#e9dfc4", "#dcb469", "#b98a3c", "#6f8150", "#2f5d46")
#: Pixels between two points of an outline: those of France are 50 kB, 14 kB compressed.
_STEP = 2.2


@dataclass(frozen=True, slots=True)
class Figure:
    """A value as it is said: in words, with its dates, how sure it is, and the document that says it."""

    display: str
    period: str
    status: str
    document: str


def _figure(fact: FactView) -> Figure:
    word = MARKS[fact.status].word if fact.status in MARKS else fact.status
    return Figure(fact.display, fact.period, str(word), fact.source.document)


@dataclass(frozen=True)
class Card:
    """A pole in a few lines; everything else is on its page."""

    sheet: PoleSheet

    @property
    def row(self) -> PoleRow:
        """Its line of the directory."""
        return self.sheet.row

    @property
    def figures(self) -> list[tuple[str, list[Figure]]]:
        """The most telling figures: the label, then the value held and those that contradict it."""
        return [
            (one.fact.label, [_figure(one.fact), *(_figure(other.fact) for other in one.others)])
            for one in self.sheet.results[:FIGURES]
        ]


def card(slug: str) -> Card:
    """Return the card of a public pole; ``NotFoundError`` as ``sheets.pole_sheet`` says it."""
    return Card(pole_sheet(slug))


@dataclass(frozen=True)
class FranceMap:
    """Poles on France: dots and their list, or, when there are too many, a count by region."""

    total: int
    rows: list[PoleRow]
    dots: list[dict[str, Any]]
    regions: list[FacetValue]
    shapes: list[dict[str, Any]]
    unplaced: int
    chosen: list[str]

    @property
    def insets(self) -> list[dict[str, Any]]:
        """Boxes of the overseas regions."""
        return ground.insets()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the drawing, in pixels."""
        return ground.WIDTH, ground.HEIGHT


def france(filters: Filters) -> FranceMap:
    """Return the map that the filters leave, in a number of queries that does not grow with it."""
    page = directory.page(filters, limit=LISTED)
    total = page.total or 0
    few = total <= LISTED
    features = directory.points(filters, address=maps.pole_url) if few else []
    regions = [] if few else [value for value in directory.facets(filters)["region"] if value.count]
    return FranceMap(
        total=total,
        rows=page.rows if few else [],
        dots=drawing.dots(features),
        regions=regions,
        shapes=_shapes({value.code: value.count for value in regions}),
        unplaced=total - len(features) if few else 0,
        chosen=[directory.labels(facet)[code] for facet, code in filters.codes.items()],
    )


def _shapes(counts: dict[str, int]) -> list[dict[str, Any]]:
    """Regions of France, with the colour of their count where poles are counted, none elsewhere."""
    most = max(counts.values(), default=0)
    return [
        {**shape, "fill": _shade(counts.get(shape["code"], 0), most)}
        for shape in ground.france("region", _STEP)
    ]


def _shade(count: int, most: int) -> str:
    return _SHADES[(count * len(_SHADES) - 1) // most] if count else ""


def find(text: str, limit: int = 10) -> list[PoleRow]:
    """Return the pole at an address, else the first poles whose names answer the words."""
    try:
        return [pole_sheet(text).row] if text else []
    except NotFoundError:
        return directory.page(Filters(q=text[:200]), limit=limit).rows
