"""Which of several statements is held, and which contradict one another. Pure."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from terreau.common.periods import PartialDate, Period

#: From the surest to the least sure (R-56, R-131).
STATUSES = ("verifie", "justifie", "declare", "calcule", "estime")

#: The least sure that statistics may be restricted to, and what each lets in (R-56).
LEAST = {"verifie": ("verifie",), "justifie": ("verifie", "justifie")}

#: What content files write → what the register keeps.
STATUS_WORDS = {
    "verified": "verifie",
    "justified": "justifie",
    "declared": "declare",
    "computed": "calcule",
    "estimated": "estime",
}


def at_least(least: str) -> tuple[str, ...]:
    """Return the statuses at least as sure as ``least`` (`justifie`, `verifie`); all when empty."""
    return LEAST[least] if least else STATUSES


@dataclass(frozen=True, slots=True)
class Value:
    """A typed value: at most one of the columns is filled, beside ``unit`` and ``qualifier``."""

    number: Decimal | None = None
    number_max: Decimal | None = None
    cents: int | None = None
    cents_max: int | None = None
    text: str = ""
    text_en: str = ""
    term: str = ""
    day: date | None = None
    day_precision: str = ""
    flag: bool | None = None
    unit: str = ""
    qualifier: str = ""

    @property
    def key(self) -> Hashable:
        """What makes two statements of the same thing one value: the English wording does not count."""
        number, number_max = _plain(self.number), _plain(self.number_max)
        return (number, number_max, self.cents, self.cents_max, self.text, self.term, *self._rest)

    @property
    def _rest(self) -> tuple[Hashable, ...]:
        return (self.day, self.day_precision, self.flag, self.unit, self.qualifier)

    @property
    def amount(self) -> tuple[Decimal, Decimal] | None:
        """Smallest and largest amount named, in the unit or in cents; None when it is no amount."""
        low = self.number if self.number is not None else _decimal(self.cents)
        high = self.number_max if self.number_max is not None else _decimal(self.cents_max)
        return None if low is None else (low, low if high is None else high)


def _plain(number: Decimal | None) -> Decimal | None:
    return None if number is None else number.normalize() + 0


def _decimal(cents: int | None) -> Decimal | None:
    return None if cents is None else Decimal(cents)


@dataclass(frozen=True, slots=True)
class Statement:
    """A living fact, as far as choosing among facts needs it."""

    id: UUID
    value: Value
    status: str
    valid_from: date | None
    valid_to: date | None
    recorded_at: datetime

    @property
    def period(self) -> Period:
        """Days when it holds; a side that no source gives is open."""
        return Period(self.valid_from, self.valid_to)


@dataclass(frozen=True, slots=True)
class Held:
    """A statement that is held, its place among those of its code, whether another says otherwise."""

    statement: Statement
    rank: int
    contested: bool


def prefer(statements: Iterable[Statement]) -> list[Statement]:
    """Return the statements, the one to hold first.

    The surest status, then the latest start (none comes last), then the latest recorded, then the
    identifier so that two machines always agree.
    """
    return sorted(statements, key=_trust, reverse=True)


def _trust(one: Statement) -> tuple[int, date, datetime, UUID]:
    return (-STATUSES.index(one.status), one.valid_from or date.min, one.recorded_at, one.id)


def held(statements: Iterable[Statement], *, single: bool) -> list[Held]:
    """Return what is held for one subject and one code, from all its living statements.

    With ``single`` there is one value: the preferred statement, contested when any other
    contradicts it. Otherwise each distinct value is held once, and none contradicts another.
    """
    ordered = prefer(statements)
    if not ordered:
        return []
    if single:
        first = ordered[0]
        return [Held(first, 0, any(contradict(first, other) for other in ordered[1:]))]
    distinct: dict[Hashable, Statement] = {}
    for one in ordered:
        distinct.setdefault(one.value.key, one)
    return [Held(one, rank, contested=False) for rank, one in enumerate(distinct.values())]


def contradict(one: Statement, other: Statement) -> bool:
    """Say whether two statements cannot both be true of some same day.

    A statement without dates may speak of any day. « Plus de 100 » does not contradict 108, nor
    does « environ 15 » contradict 15; « environ 15 » and 16 are shown as differing, since no source
    says how far « environ » goes.
    """
    return one.period.overlaps(other.period) and not compatible(one.value, other.value)


def compatible(one: Value, other: Value) -> bool:
    """Say whether two values may describe the same thing at the same time."""
    if one.key == other.key:
        return True
    mine, theirs = one.amount, other.amount
    if mine is None or theirs is None or one.unit != other.unit:
        return _same_but_for_precision(one, other)
    return _meet(mine, one.qualifier, theirs, other.qualifier)


def _same_but_for_precision(one: Value, other: Value) -> bool:
    if one.day is None or other.day is None:
        return False
    return _days(one).overlaps(_days(other)) if one.day_precision and other.day_precision else False


def _days(value: Value) -> Period:
    """Days that a date known to the year, the month or the day may be."""
    day = value.day or date.min
    if value.qualifier == "decade":
        return Period(day, date(day.year + 10, 1, 1))
    return Period(day, PartialDate(day, value.day_precision).next)


def _meet(
    mine: tuple[Decimal, Decimal], my_word: str, theirs: tuple[Decimal, Decimal], their_word: str
) -> bool:
    """Say whether two ranges, widened by « plus de », « moins de »…, share a number."""
    low_a, high_a, open_low_a, open_high_a = _bounds(mine, my_word)
    low_b, high_b, open_low_b, open_high_b = _bounds(theirs, their_word)
    return _below(low_a, high_b, strict=open_low_a or open_high_b) and _below(
        low_b, high_a, strict=open_low_b or open_high_a
    )


def _below(low: Decimal, high: Decimal, *, strict: bool) -> bool:
    return low < high if strict else low <= high


def _bounds(amount: tuple[Decimal, Decimal], word: str) -> tuple[Decimal, Decimal, bool, bool]:
    """Return the smallest and largest number that fit, and whether each itself is left out."""
    low, high = amount
    if word in {"more_than", "at_least"}:
        return low, Decimal("Infinity"), word == "more_than", False
    if word in {"less_than", "up_to"}:
        return Decimal("-Infinity"), high, False, word == "less_than"
    return low, high, False, False
