"""Sums of classed lines: three levels, the matrix of the seed, functions, consolidation. Pure, whole cents.

Levels overlap: the cell is a part of the pole, and a project may pass through the accounts of the pole. An
``Account`` is always summed again from the lines, each counted once, and no function adds two accounts, nor
what members weigh to what is the pole's (R-98, R-99). Money and gifts are two figures, never one (R-109).
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from terreau.economics.rules import (
    ORIGINS,
    OWN_MEANS,
    RESOURCES,
    USES,
    Function,
    How,
    Kind,
    Level,
    Origin,
    Side,
)
from terreau.flows.rules import CASH


class Cell(NamedTuple):
    """Lines that are alike, summed by the database. ``valued``: how many of them have a value."""

    level: str
    side: str
    kind: str
    origin: str
    phase: str
    function: str
    nature: str
    how: str
    through: bool
    cents: int
    lines: int
    valued: int


class View(StrEnum):
    """Whose account is read: each view takes every line once, and views are never added."""

    CELL = "cell"
    POLE = "pole"
    PROJECTS = "projects"
    WHOLE = "whole"


#: Which lines a view holds. ``pole``: all that passes through its accounts, among it its cell and projects.
_HOLDS: Final[Mapping[View, Callable[[Cell], bool]]] = {
    View.CELL: lambda cell: cell.level == Level.CELL,
    View.POLE: lambda cell: cell.through and cell.level != Level.MEMBERS,
    View.PROJECTS: lambda cell: cell.level == Level.PROJECT,
    View.WHOLE: lambda cell: cell.level != Level.MEMBERS,
}


def held(cells: Iterable[Cell], view: View) -> list[Cell]:
    """Return the lines of a view that bring or take something: what is inside is eliminated."""
    return [cell for cell in cells if cell.side != Side.NONE and _HOLDS[view](cell)]


@dataclass(slots=True)
class Amount:
    """Money, and beside it the value of gifts; how many lines, and how many gifts nobody valued."""

    cash: int = 0
    gifts: int = 0
    lines: int = 0
    unvalued: int = 0

    def add(self, cell: Cell) -> None:
        """Count lines in, in their own figure."""
        if cell.nature == CASH:
            self.cash += cell.cents
        else:
            self.gifts += cell.cents
        self.lines += cell.lines
        self.unvalued += cell.lines - cell.valued


def total(cells: Iterable[Cell]) -> Amount:
    """Return the sum of lines, money and gifts apart."""
    found = Amount()
    for cell in cells:
        found.add(cell)
    return found


@dataclass(frozen=True, slots=True)
class Account:
    """Resources and uses of a view by kind, the unknown kind last when there is one."""

    view: View
    resources: Mapping[str, Amount]
    uses: Mapping[str, Amount]
    received: Amount
    spent: Amount

    @property
    def balance(self) -> int:
        """Money that came less money that went, in cents. Gifts are beside it."""
        return self.received.cash - self.spent.cash


def account(cells: Iterable[Cell], view: View) -> Account:
    """Return the account of a view (R-98): each line once."""
    mine = held(cells, view)
    came = [cell for cell in mine if cell.side == Side.IN]
    went = [cell for cell in mine if cell.side == Side.OUT]
    return Account(view, _by_kind(came, RESOURCES), _by_kind(went, USES), total(came), total(went))


def _by_kind(cells: Iterable[Cell], kinds: Iterable[Kind]) -> dict[str, Amount]:
    found: dict[str, Amount] = {}
    for cell in cells:
        found.setdefault(cell.kind, Amount()).add(cell)
    order = [*map(str, kinds), str(Kind.UNKNOWN)]
    return {kind: found[kind] for kind in order if kind in found}


def public_share(cells: Iterable[Cell], view: View) -> tuple[int, int]:
    """Return the money that comes from public bodies and all the money received, in cents (R-112).

    Loans and capital are not counted: they are not spent to live. Money of an unknown origin is in the whole.
    """
    came = [
        cell
        for cell in held(cells, view)
        if cell.side == Side.IN and cell.nature == CASH and cell.kind != Kind.CAPITAL_LOANS
    ]
    public = [cell for cell in came if cell.origin == Origin.PUBLIC]
    return total(public).cash, total(came).cash


def outside(cells: Iterable[Cell]) -> dict[str, Amount]:
    """Return the lines that are neither resource nor use, by why: between members, internal, exchanges…"""
    found: dict[str, Amount] = {}
    for cell in cells:
        if cell.side == Side.NONE:
            found.setdefault(cell.how, Amount()).add(cell)
    return {str(how): found[how] for how in How if how in found}


class Step(NamedTuple):
    """One bar of the waterfall from the cell to the whole. ``start``: cents under a floating bar."""

    code: str
    start: int
    cents: int
    whole: bool


def waterfall(cells: Collection[Cell]) -> list[Step]:
    """Return how the money received by the cell, the pole and its projects fit together, each line once."""
    came = [c for c in held(cells, View.WHOLE) if c.side == Side.IN and c.nature == CASH]
    cell = total(c for c in came if c.level == Level.CELL).cash
    rest = total(c for c in came if c.level == Level.POLE).cash
    inside = total(c for c in came if c.level == Level.PROJECT and c.through).cash
    beside = total(c for c in came if c.level == Level.PROJECT and not c.through).cash
    pole = cell + rest + inside
    return [
        Step("cell", 0, cell, whole=True),
        Step("rest", cell, rest, whole=False),
        Step("projects_inside", cell + rest, inside, whole=False),
        Step("pole", 0, pole, whole=True),
        Step("projects_beside", pole, beside, whole=False),
        Step("whole", 0, pole + beside, whole=True),
    ]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Resources by type × origin × phase (R-106), and what of the view is outside: to class, and uses."""

    view: View
    phases: tuple[str, ...]
    values: Mapping[tuple[str, str, str], Amount]
    unclassed: Amount
    uses: Amount

    def cell(self, kind: str, origin: str, phase: str = "*") -> Amount:
        """Return one value, of a phase or of all of them."""
        return self._sum(lambda key: key[:2] == (kind, origin) and phase in {"*", key[2]})

    def row(self, kind: str, phase: str = "*") -> Amount:
        """Return all that is of a type."""
        return self._sum(lambda key: key[0] == kind and phase in {"*", key[2]})

    def column(self, origin: str, phase: str = "*") -> Amount:
        """Return all that comes from an origin."""
        return self._sum(lambda key: key[1] == origin and phase in {"*", key[2]})

    def all(self, phase: str = "*") -> Amount:
        """Return all that the matrix holds."""
        return self._sum(lambda key: phase in {"*", key[2]})

    def _sum(self, wanted: Callable[[tuple[str, str, str]], bool]) -> Amount:
        found = Amount()
        for key, amount in self.values.items():
            if wanted(key):
                _merge(found, amount)
        return found


def _merge(into: Amount, other: Amount) -> None:
    into.cash += other.cash
    into.gifts += other.gifts
    into.lines += other.lines
    into.unvalued += other.unvalued


def matrix(cells: Iterable[Cell], view: View, *, order: Iterable[str] = ()) -> Matrix:
    """Return the matrix of a view: six types by four origins by phase, phases in ``order``.

    A resource whose type or origin nobody knows is ``unclassed``, so that each line is somewhere once.
    """
    values: defaultdict[tuple[str, str, str], Amount] = defaultdict(Amount)
    unclassed, uses = Amount(), Amount()
    for cell in held(cells, view):
        if cell.side == Side.OUT:
            uses.add(cell)
        elif cell.kind in RESOURCES and cell.origin in ORIGINS:
            values[cell.kind, cell.origin, cell.phase].add(cell)
        else:
            unclassed.add(cell)
    met = {phase for _kind, _origin, phase in values}
    phases = (*(phase for phase in order if phase in met), *sorted(met - set(order)))
    return Matrix(view, phases, dict(values), unclassed, uses)


class Link(NamedTuple):
    """A ribbon of the drawing of resources: from an origin to a type, or from a type to a level."""

    source: str
    target: str
    cents: int


def links(cells: Iterable[Cell], view: View) -> tuple[list[Link], list[Link]]:
    """Return the money of a view from origins to types, and from types to levels; nothing left, no ribbon."""
    left: defaultdict[tuple[str, str], int] = defaultdict(int)
    right: defaultdict[tuple[str, str], int] = defaultdict(int)
    for cell in held(cells, view):
        if cell.side == Side.IN and cell.nature == CASH:
            left[cell.origin, cell.kind] += cell.cents
            right[cell.kind, cell.level] += cell.cents
    return _links(left), _links(right)


def _links(found: Mapping[tuple[str, str], int]) -> list[Link]:
    return [Link(*key, cents) for key, cents in sorted(found.items()) if cents > 0]


@dataclass(frozen=True, slots=True)
class OfFunction:
    """What a function costs and brings (R-105), money apart from gifts. ``own``: what it sells, and fees."""

    function: str
    cost: Amount = field(default_factory=Amount)
    own: Amount = field(default_factory=Amount)
    other: Amount = field(default_factory=Amount)

    @property
    def result(self) -> int:
        """Money brought less money spent, in cents."""
        return self.own.cash + self.other.cash - self.cost.cash

    @property
    def rate(self) -> int | None:
        """The part of its cost that a function pays by itself, in thousandths; None when it costs nothing."""
        return None if self.cost.cash <= 0 else round_half_even(self.own.cash * 1000, self.cost.cash)


def round_half_even(top: int, bottom: int) -> int:
    """Return a quotient of whole numbers (``bottom`` > 0) rounded half to even, without any float."""
    quotient, rest = divmod(top, bottom)
    return quotient + (2 * rest > bottom or (2 * rest == bottom and quotient % 2 == 1))


def by_function(cells: Iterable[Cell], view: View = View.WHOLE) -> list[OfFunction]:
    """Return each function that has a line, in the order of the vocabulary, lines of none last."""
    found: dict[str, OfFunction] = {}
    for cell in held(cells, view):
        one = found.setdefault(cell.function, OfFunction(cell.function))
        side = one.cost if cell.side == Side.OUT else one.own if cell.kind in OWN_MEANS else one.other
        side.add(cell)
    return [found[code] for code in (*map(str, Function), "") if code in found]


class Movement(NamedTuple):
    """What consolidation needs of a line: who gave, who received, which nature, how many cents."""

    giver: UUID
    receiver: UUID
    nature: str
    cents: int


@dataclass(slots=True)
class Consolidated:
    """What a group of actors received from others, gave to others, and moved inside, by nature, in cents."""

    received: dict[str, int] = field(default_factory=dict)
    given: dict[str, int] = field(default_factory=dict)
    internal: dict[str, int] = field(default_factory=dict)

    def net(self, nature: str) -> int:
        """Return what was received less what was given."""
        return self.received.get(nature, 0) - self.given.get(nature, 0)


def consolidate(movements: Iterable[Movement], group: Collection[UUID]) -> Consolidated:
    """Return the account of a group taken as one: what moves inside is eliminated (R-98)."""
    inside, found = frozenset(group), Consolidated()
    for move in movements:
        gave, received = move.giver in inside, move.receiver in inside
        if gave and received:
            into = found.internal
        elif received:
            into = found.received
        elif gave:
            into = found.given
        else:
            continue
        into[move.nature] = into.get(move.nature, 0) + move.cents
    return found
