"""Fees of members: scales by brackets of turnover or headcount, flat ones, reductions, parts of a year.

Pure (R-103): no query, no clock. Money in whole cents, headcount in hundredths of a full-time equivalent. A
fee is said with the steps that gave it; what lacks to compute it is named, never presumed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from typing import Final

FLAT, TURNOVER, HEADCOUNT = BASES = ("flat", "turnover", "headcount")
MILLION: Final = 1_000_000
#: Parts of ten thousand: 50 % is 5 000.
WHOLE: Final = 10_000
_MONTHS: Final = 12


class Combine(StrEnum):
    """Which amount is kept where a scale counts turnover and headcount both."""

    LEAST = "least"
    GREATEST = "greatest"
    SUM = "sum"


class Prorata(StrEnum):
    """What is owed for a part of a year."""

    NONE = "none"
    MONTHS = "months"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class Bracket:
    """From ``floor`` on: ``cents``, and ``ppm`` millionths of what exceeds the floor (turnover alone)."""

    floor: int
    cents: int
    ppm: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """What some kinds of members pay, all the others when ``kinds`` is empty."""

    basis: str
    brackets: tuple[Bracket, ...]
    kinds: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale as it was voted. ``reductions``: code → ten-thousandths taken away."""

    lines: tuple[Line, ...]
    combine: Combine = Combine.GREATEST
    least: int = 0
    most: int | None = None
    prorata: Prorata = Prorata.NONE
    round_to: int = 1
    reductions: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Payer:
    """What a scale asks about a member; ``None``: nobody said."""

    key: str
    kind: str
    turnover: int | None = None
    headcount: int | None = None
    reductions: frozenset[str] = frozenset()
    joined: date | None = None
    left: date | None = None
    #: Nothing is asked of who is exempt, whatever nobody said of it.
    exempt: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a computation: a code, and the amount in cents after it."""

    code: str
    cents: int
    facts: Mapping[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fee:
    """A fee and the steps that gave it; ``cents`` is ``None`` when ``missing`` says what nobody said."""

    cents: int | None
    steps: tuple[Step, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a scale: a code and the place of the line (−1: the scale itself)."""

    code: str
    line: int = -1


@dataclass(frozen=True, slots=True)
class Change:
    """What a member pays under two scales; ``before`` is ``None`` where there was no scale."""

    key: str
    before: Fee | None
    after: Fee

    @property
    def difference(self) -> int | None:
        """The cents more (less than zero: fewer), when both are known."""
        if self.before is None or self.before.cents is None or self.after.cents is None:
            return None
        return self.after.cents - self.before.cents

    @property
    def known(self) -> bool:
        """Whether what is compared can be computed."""
        held = self.before is None or self.before.cents is not None
        return held and self.after.cents is not None


@dataclass(frozen=True, slots=True)
class Simulation:
    """A change of scale on all members; the totals add those that are known under both.

    ``before`` is ``None`` where there was no scale.
    """

    changes: tuple[Change, ...]
    before: int | None
    after: int

    @property
    def unknown(self) -> tuple[Change, ...]:
        """Those whose fee cannot be computed under one of the two."""
        return tuple(one for one in self.changes if not one.known)

    @property
    def more(self) -> tuple[Change, ...]:
        """Those who pay more, the greatest difference first."""
        found = [one for one in self.changes if (one.difference or 0) > 0]
        return tuple(sorted(found, key=lambda one: (-(one.difference or 0), one.key)))

    @property
    def less(self) -> tuple[Change, ...]:
        """Those who pay less, the greatest difference first."""
        found = [one for one in self.changes if (one.difference or 0) < 0]
        return tuple(sorted(found, key=lambda one: (one.difference or 0, one.key)))


@dataclass(frozen=True, slots=True)
class Bin:
    """How many members see a difference between two amounts: the far end in, the one near zero out."""

    low: int
    high: int
    count: int


def check(scale: Scale) -> list[Problem]:
    """Return all that is wrong in a scale; none when it can be voted."""
    found = [problem for place, line in enumerate(scale.lines) for problem in _line(place, line)]
    if not scale.lines:
        found.append(Problem("no_line"))
    if scale.least < 0 or (scale.most is not None and scale.most < scale.least):
        found.append(Problem("bad_limits"))
    if scale.round_to < 1:
        found.append(Problem("bad_rounding"))
    if any(not 0 <= part <= WHOLE for part in scale.reductions.values()):
        found.append(Problem("bad_reduction"))
    taken = [(kind, line.basis) for line in scale.lines for kind in (line.kinds or {""})]
    if len(taken) != len(set(taken)):
        found.append(Problem("kind_twice"))
    return found


def fee(scale: Scale, payer: Payer, first: date, last: date) -> Fee:
    """Return what a member owes for the year from ``first`` to ``last``, both included, with its steps.

    Amounts are exact fractions until the end, then rounded once to ``round_to`` cents, half up.
    """
    if payer.exempt:
        return Fee(0, (Step("exempt", 0), Step("due", 0)))
    lines = _lines_for(scale, payer.kind)
    if not lines:
        return Fee(None, missing=("line",))
    missing = tuple(sorted({line.basis for line in lines if _measure(line, payer) is None}))
    if missing:
        return Fee(None, missing=missing)
    steps: list[Step] = []
    amount = _combined(scale, [_amount(line, payer, steps) for line in lines], steps)
    amount = _limited(scale, amount, steps)
    amount = _reduced(scale, payer, amount, steps)
    amount = _part(scale, payer, amount, (first, last), steps)
    cents = _rounded(amount, scale.round_to)
    return Fee(cents, (*steps, Step("due", cents)))


def simulate(
    before: Scale | None, after: Scale, payers: Iterable[Payer], first: date, last: date
) -> Simulation:
    """Return what a change of scale does to each member and in all, before anybody votes it.

    Without a scale before, what each would pay.
    """
    changes = tuple(
        Change(payer.key, fee(before, payer, first, last) if before else None, fee(after, payer, first, last))
        for payer in payers
    )
    return summed(changes)


def summed(changes: Sequence[Change]) -> Simulation:
    """Return changes with the totals of those that are known; the total before is none without a scale."""
    known = [one for one in changes if one.known]
    compared = any(one.before for one in changes) or not changes
    held = sum(one.before.cents or 0 for one in known if one.before) if compared else None
    return Simulation(tuple(changes), held, sum(one.after.cents or 0 for one in known))


def cautions(scale: Scale) -> list[Problem]:
    """Return where more turnover or more people make a smaller fee: allowed, and worth being looked at."""
    return [
        Problem("falls", place)
        for place, line in enumerate(scale.lines)
        if any(_at_end(one, after.floor) > after.cents for one, after in pairwise(line.brackets))
    ]


def bins(differences: Sequence[int], *, most: int = 9) -> list[Bin]:
    """Return differences counted in parts of one width (1, 2 or 5 times a power of ten), zero apart.

    Every part from the least to the greatest is there, empty ones too; the counts add up to the number
    of differences.
    """
    if not differences:
        return []
    width = _width(max(map(abs, differences)), most)
    places = [_place(one, width) for one in differences]
    found = []
    for place in range(min(places), max(places) + 1):
        low, high = _edges(place, width)
        found.append(Bin(low, high, places.count(place)))
    return found


def _width(reach: int, most: int) -> int:
    """Return the least round width of which ``most // 2`` parts hold what is farthest from zero."""
    sides = max(1, most // 2)
    for power in range(20):
        for digit in (1, 2, 5):
            if digit * 10**power * sides >= reach:
                return int(digit * 10**power)
    return reach


def _place(cents: int, width: int) -> int:
    """Return the rank of the part of a difference: 0 for none, 1 for one cent to ``width``, −1 below."""
    rank = -(-abs(cents) // width)
    return rank if cents > 0 else -rank


def _edges(place: int, width: int) -> tuple[int, int]:
    if place == 0:
        return 0, 0
    near, far = (abs(place) - 1) * width, abs(place) * width
    return (near, far) if place > 0 else (-far, -near)


def _at_end(bracket: Bracket, end: int) -> Fraction:
    return bracket.cents + Fraction((end - bracket.floor) * bracket.ppm, MILLION)


def _line(place: int, line: Line) -> Iterable[Problem]:
    floors = [one.floor for one in line.brackets]
    if line.basis not in BASES:
        yield Problem("bad_basis", place)
    if not floors or floors[0] != 0 or floors != sorted(set(floors)):
        yield Problem("bad_floors", place)
    if line.basis == FLAT and len(floors) > 1:
        yield Problem("flat_has_one", place)
    if any(one.cents < 0 or one.ppm < 0 or one.ppm > MILLION for one in line.brackets):
        yield Problem("bad_amount", place)
    if line.basis != TURNOVER and any(one.ppm for one in line.brackets):
        yield Problem("rate_of_turnover", place)


def _lines_for(scale: Scale, kind: str) -> list[Line]:
    """Return the lines of a kind; those of everybody when it has none of its own."""
    own = [line for line in scale.lines if kind in line.kinds]
    return own or [line for line in scale.lines if not line.kinds]


def _measure(line: Line, payer: Payer) -> int | None:
    return {FLAT: 0, TURNOVER: payer.turnover, HEADCOUNT: payer.headcount}[line.basis]


def _amount(line: Line, payer: Payer, steps: list[Step]) -> Fraction:
    measure = _measure(line, payer) or 0
    bracket = [one for one in line.brackets if one.floor <= measure][-1]
    amount = bracket.cents + Fraction((measure - bracket.floor) * bracket.ppm, MILLION)
    facts = {"measure": measure, "floor": bracket.floor, "ppm": bracket.ppm}
    steps.append(Step(line.basis, _rounded(amount, 1), facts))
    return amount


def _combined(scale: Scale, amounts: Sequence[Fraction], steps: list[Step]) -> Fraction:
    if len(amounts) == 1:
        return amounts[0]
    ways: dict[Combine, Callable[[Sequence[Fraction]], Fraction]] = {
        Combine.LEAST: min,
        Combine.GREATEST: max,
        Combine.SUM: lambda found: sum(found, Fraction(0)),
    }
    amount = ways[scale.combine](amounts)
    steps.append(Step(scale.combine.value, _rounded(amount, 1)))
    return amount


def _limited(scale: Scale, amount: Fraction, steps: list[Step]) -> Fraction:
    held = max(amount, Fraction(scale.least))
    held = held if scale.most is None else min(held, Fraction(scale.most))
    if held != amount:
        steps.append(Step("at_least" if held > amount else "at_most", _rounded(held, 1)))
    return held


def _reduced(scale: Scale, payer: Payer, amount: Fraction, steps: list[Step]) -> Fraction:
    """Take the reductions away one after another, in the order of their codes; never below zero."""
    for code in sorted(payer.reductions & set(scale.reductions)):
        amount *= Fraction(WHOLE - scale.reductions[code], WHOLE)
        steps.append(Step("reduction", _rounded(amount, 1), {"code": code, "part": scale.reductions[code]}))
    return amount


def _part(
    scale: Scale, payer: Payer, amount: Fraction, year: tuple[date, date], steps: list[Step]
) -> Fraction:
    first, last = year
    begins = max(first, payer.joined or first)
    ends = min(last, payer.left or last)
    if scale.prorata is Prorata.NONE:
        owed = Fraction(begins <= ends)
    elif begins > ends:
        owed = Fraction(0)
    elif scale.prorata is Prorata.MONTHS:
        owed = min(Fraction(1), Fraction(_months(begins, ends), _months(first, last)))
    else:
        owed = Fraction((ends - begins).days + 1, (last - first).days + 1)
    if owed != 1:
        amount *= owed
        facts = {"numerator": owed.numerator, "denominator": owed.denominator}
        steps.append(Step("part_of_year", _rounded(amount, 1), facts))
    return amount


def _months(first: date, last: date) -> int:
    """Return the months begun between two days, both included."""
    return (last.year - first.year) * _MONTHS + last.month - first.month + 1


def _rounded(amount: Fraction, step: int) -> int:
    """Round half up to a multiple of ``step`` cents: what is owed is never less than zero here."""
    return int((amount / step + Fraction(1, 2)) // 1) * step
