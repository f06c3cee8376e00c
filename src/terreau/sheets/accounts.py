"""The accounts of a pole for a year: three levels side by side, the matrix, functions, what is left out.

The same data for the printed document and whoever reads it aloud: texts and whole cents, nothing is added
across levels, money and gifts stay two figures (R-98, R-99, R-105, R-106, R-109).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext as _

from terreau.economics import read, sums
from terreau.economics.models import Function, Kind, Origin
from terreau.economics.rules import ORIGINS, RESOURCES, Level, Side
from terreau.economics.sums import Account, Amount, Cell, View
from terreau.poles.models import Pole

LEVELS: Final = (View.CELL, View.POLE, View.PROJECTS)


@dataclass(frozen=True, slots=True)
class Row:
    """One kind, with its amount in each level; none where the level has no line of it."""

    label: str
    amounts: tuple[Amount | None, ...]


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of a period. ``public``: public money and all money received by the pole, in cents."""

    pole: Pole
    first: date
    last: date
    levels: tuple[Account, ...]
    resources: tuple[Row, ...]
    uses: tuple[Row, ...]
    matrix: sums.Matrix
    functions: tuple[sums.OfFunction, ...]
    public: tuple[int, int]
    between: Amount
    internal: Amount
    unclassed: int

    @property
    def empty(self) -> bool:
        """Say whether the book has no line in the period."""
        return (
            not any(one.received.lines or one.spent.lines for one in self.levels) and not self.between.lines
        )

    @property
    def year(self) -> int:
        """The year of the accounts."""
        return self.first.year


def accounts(pole: Pole, year: int) -> Accounts:
    """Return the accounts of a year, from the classed lines of the book: few queries whatever the lines."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    cells = read.classified(pole, first, last)
    levels = tuple(sums.account(cells, view) for view in LEVELS)
    apart = sums.outside(cells)
    return Accounts(
        pole,
        first,
        last,
        levels,
        tuple(_rows(levels, "resources")),
        tuple(_rows(levels, "uses")),
        sums.matrix(cells, View.WHOLE, order=read.PHASES),
        tuple(one for one in sums.by_function(cells) if one.function),
        sums.public_share(cells, View.POLE),
        sums.total(cell for cell in cells if cell.level == Level.MEMBERS),
        apart.get("internal", Amount()),
        _unclassed(cells),
    )


def _rows(levels: tuple[Account, ...], side: str) -> list[Row]:
    order = [str(code) for code in Kind.values]
    held = {code for one in levels for code in getattr(one, side)}
    return [
        Row(str(Kind(code).label), tuple(getattr(one, side).get(code) for one in levels))
        for code in order
        if code in held
    ]


def _unclassed(cells: list[Cell]) -> int:
    """Return how many lines have a kind, or an origin of money that came, that nobody knows."""
    return sum(
        cell.lines
        for cell in cells
        if cell.side != Side.NONE
        and (cell.kind == Kind.UNKNOWN or (cell.side == Side.IN and cell.origin == Origin.UNKNOWN))
    )


def matrix_rows(found: sums.Matrix) -> list[tuple[str, list[Amount], Amount]]:
    """Return the types of the matrix with their amount by origin, then in all; types without a line less."""
    rows = []
    for kind in map(str, RESOURCES):
        whole = found.row(kind)
        if whole.lines:
            each = [found.cell(kind, str(origin)) for origin in ORIGINS]
            rows.append((str(Kind(kind).label), each, whole))
    return rows


def origin_names() -> list[str]:
    """Return the names of the origins, in the order of the matrix."""
    return [str(Origin(str(one)).label) for one in ORIGINS]


def level_names() -> list[str]:
    """Return the names of the levels, in the order of the accounts."""
    return [_("Cellule d'animation"), _("Pôle entier"), _("Projets communs")]


def function_name(one: sums.OfFunction) -> str:
    """Return the name of a function."""
    return str(Function(one.function).label)


def notes(found: Accounts) -> list[str]:
    """Return what a reader must know before any figure."""
    said: list[Any] = [
        _("Les trois niveaux se recouvrent : la cellule est une partie du pôle. Ils ne s'additionnent pas."),
        _("L'argent et les apports en nature ou en temps sont deux colonnes, jamais une somme."),
        _("Ce qui passe entre le pôle et ce qui en fait partie est éliminé."),
    ]
    if found.unclassed:
        words = _("Lignes dont la nature ou l'origine n'est pas connue : %(count)d.")
        said.append(words % {"count": found.unclassed})
    return [str(one) for one in said]
