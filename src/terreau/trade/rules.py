"""Two members say the same exchange: what is matched, what differs and why, what it all sums to (R-108).

Pure: no query, no clock. Amounts are whole cents, tax included, and negative for a credit note.
"""

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from itertools import product
from typing import Final, TypeVar

from terreau.common.text import fold

SELLER, BUYER = SIDES = ("seller", "buyer")
#: One side waits for the other; both told and differ; both agree; one says no; taken back.
WAITING, DIFFERS, AGREED, REFUSED, WITHDRAWN = STATES = (
    *("waiting", "differs", "agreed", "refused", "withdrawn"),
)
#: Cents that two ways of rounding the tax may differ by.
ROUNDING: Final = 2
#: Days between the date of an invoice and the day on which the other writes it.
LATE_DAYS: Final = 31
#: Beyond, two invoices of one number are two invoices (numbers that begin again each year).
_FAR_DAYS: Final = 180
#: French rates of the tax, in hundredths of a percent: they only explain a difference, and compute nothing.
RATES: Final = (2000, 1000, 550, 210)
MOST_CENTS: Final = 100_000_000_000
_FEW_DIGITS = 3
One = TypeVar("One", bound=Hashable)
Other = TypeVar("Other", bound=Hashable)


def other_side(side: str) -> str:
    """Return the side in front."""
    return BUYER if side == SELLER else SELLER


@dataclass(frozen=True, slots=True)
class Told:
    """What one side says of an exchange. ``net`` is the amount before tax, when it is known.

    ``loose``: the number may be that of the buyer's own file; another one then says nothing.
    """

    on: date
    cents: int
    number: str = ""
    net: int | None = None
    why: str = ""
    loose: bool = False


def number_key(number: str) -> str:
    """Return what is compared of a number: letters and digits, zeros that pad them left out."""
    return re.sub(r"(?<!\d)0+(?=\d)", "", re.sub(r"[^a-z0-9]", " ", fold(number))).replace(" ", "")


def same_number(one: str, other: str) -> bool:
    """Say whether two writings name the same invoice: « FA-2026-0012 » and « 2026/12 » do."""
    if not one or not other:
        return False
    if number_key(one) == number_key(other):
        return True
    digits = [re.sub(r"[^0-9]", "", number_key(number)) for number in (one, other)]
    return digits[0] == digits[1] and len(digits[0]) >= _FEW_DIGITS


@dataclass(frozen=True, slots=True)
class Difference:
    """What two sides do not say alike: in which field, the likely cause, and by how much (cents or days)."""

    field: str
    cause: str
    gap: int = 0

    @property
    def blocks(self) -> bool:
        """Say whether the exchange cannot be agreed with it: why it took place can be agreed later."""
        return self.field != "why"


def differences(seller: Told, buyer: Told) -> list[Difference]:
    """Return what two sides do not say alike; symmetric in its fields, with the likely cause of each."""
    found = []
    if _numbered(seller, buyer) and not same_number(seller.number, buyer.number):
        found.append(Difference("number", "number"))
    days = abs((buyer.on - seller.on).days)
    if days > LATE_DAYS:
        found.append(Difference("on", "late", days))
    elif buyer.on.year != seller.on.year:
        found.append(Difference("on", "other_year", days))
    gap = buyer.cents - seller.cents
    if abs(gap) > ROUNDING:
        found.append(Difference("cents", _cause(seller, buyer), gap))
    if seller.why and buyer.why and seller.why != buyer.why:
        found.append(Difference("why", "why"))
    return found


def _numbered(one: Told, other: Told) -> bool:
    return bool(one.number and other.number) and not (one.loose or other.loose)


def _cause(one: Told, other: Told) -> str:
    """Return the likely cause of two amounts: sign, tax, decimal mark, digits turned round, a part paid."""
    a, b = one.cents, other.cents
    small, large = sorted((abs(a), abs(b)))
    taxed = b == one.net or a == other.net or any(_near(small * (10_000 + rate), large) for rate in RATES)
    causes = {
        "sign": a == -b,
        "unknown": (a < 0) != (b < 0),
        "tax": taxed,
        "decimal_mark": any(small * scale == large for scale in (10, 100, 1000)),
        "turned_digits": sorted(str(small)) == sorted(str(large)),
        "part": any(abs(small * parts - large) <= ROUNDING * parts for parts in (2, 3, 4)),
    }
    return next((cause for cause, holds in causes.items() if holds), "unknown")


def _near(scaled: int, cents: int) -> bool:
    return abs(scaled - cents * 10_000) <= ROUNDING * 10_000


def likeness(seller: Told, buyer: Told) -> tuple[int, int, int] | None:
    """Return how alike two sayings are, the smaller the better; None when they are not of one exchange.

    The number first; without one on either side, the amount within the days that a bookkeeper takes. Two
    numbers that differ are one exchange only on the same day for the same amount.
    """
    days, gap = abs((buyer.on - seller.on).days), abs(buyer.cents - seller.cents)
    if same_number(seller.number, buyer.number):
        return (0, gap, days) if days <= _FAR_DAYS else None
    numbered = _numbered(seller, buyer)
    if numbered and (days or gap > ROUNDING):
        return None
    if not numbered and (gap > ROUNDING or days > LATE_DAYS):
        return None
    return (2 if numbered else 1, gap, days)


def match(sellers: Mapping[One, Told], buyers: Mapping[Other, Told]) -> list[tuple[One, Other]]:
    """Return who says the same as whom, the most alike first, each once. The order given breaks ties."""
    alike = [
        (score, i, j, one, other)
        for (i, (one, a)), (j, (other, b)) in product(enumerate(sellers.items()), enumerate(buyers.items()))
        if (score := likeness(a, b)) is not None
    ]
    alike.sort(key=lambda found: found[:3])
    pairs: dict[One, Other] = {}
    taken: set[Other] = set()
    for _score, _i, _j, one, other in alike:
        if one not in pairs and other not in taken:
            pairs[one] = other
            taken.add(other)
    return list(pairs.items())


def state_of(seller: Told | None, buyer: Told | None) -> str:
    """Return where two sayings stand when nobody refused nor took back."""
    if seller is None or buyer is None:
        return WAITING
    return DIFFERS if any(one.blocks for one in differences(seller, buyer)) else AGREED


def agreed_why(seller: Told, buyer: Told) -> str:
    """Return the reason that both gave; nothing until both gave the same."""
    return seller.why if seller.why == buyer.why else ""


# Sums


@dataclass(frozen=True, slots=True)
class Line:
    """An exchange that both agreed on: cents are negative for a credit note; ``why`` empty when unsaid."""

    seller: Hashable
    buyer: Hashable
    cents: int
    why: str = ""


def matrix(lines: Iterable[Line]) -> dict[tuple[Hashable, Hashable], int]:
    """Return who sold to whom for how much: rows sum to sales, columns to purchases."""
    found: defaultdict[tuple[Hashable, Hashable], int] = defaultdict(int)
    for line in lines:
        found[line.seller, line.buyer] += line.cents
    return dict(found)


@dataclass(slots=True)
class Volume:
    """A sum and what of it is due to the pole, is not, and of which nobody agreed."""

    cents: int = 0
    due: int = 0
    other: int = 0
    unsaid: int = 0
    lines: int = 0

    def add(self, cents: int, due: bool | None) -> None:
        """Count an exchange in."""
        self.cents += cents
        self.lines += 1
        if due is None:
            self.unsaid += cents
        elif due:
            self.due += cents
        else:
            self.other += cents


@dataclass(slots=True)
class Statement:
    """What a member sold to the others and bought of them."""

    sold: Volume = field(default_factory=Volume)
    bought: Volume = field(default_factory=Volume)


def statements(lines: Iterable[Line], due: Mapping[str, bool]) -> dict[Hashable, Statement]:
    """Return the statement of each party; ``due`` says which reasons are due to the pole."""
    found: defaultdict[Hashable, Statement] = defaultdict(Statement)
    for line in lines:
        found[line.seller].sold.add(line.cents, due.get(line.why))
        found[line.buyer].bought.add(line.cents, due.get(line.why))
    return dict(found)


@dataclass(frozen=True, slots=True)
class Spent:
    """What a member bought: of the other members, of others in the perimeter, outside, nobody knows where."""

    members: int = 0
    perimeter: int = 0
    outside: int = 0
    unknown: int = 0

    @property
    def cents(self) -> int:
        """All that was bought."""
        return self.members + self.perimeter + self.outside + self.unknown

    def __add__(self, more: "Spent") -> "Spent":
        """Return both together."""
        parts = ("members", "perimeter", "outside", "unknown")
        return Spent(*(getattr(self, name) + getattr(more, name) for name in parts))


@dataclass(frozen=True, slots=True)
class Kept:
    """Shares kept in the pole and in its perimeter (the pole among it), and what is not known, or None."""

    pole: Fraction | None
    least: Fraction | None
    most: Fraction | None


def kept(spent: Spent) -> Kept:
    """Return what stays near; ``least`` and ``most`` of the perimeter, as what is unknown went out or not."""
    if spent.cents <= 0:
        return Kept(None, None, None)
    near = spent.members + spent.perimeter
    parts = (spent.members, near, near + spent.unknown)
    return Kept(*(Fraction(part, spent.cents) for part in parts))


def duplicates(rows: Sequence[tuple[Hashable, str, Told]]) -> list[int]:
    """Return which rows of a file say again what an earlier one says: same party, same side, same invoice."""
    seen: set[tuple[Hashable, ...]] = set()
    found = []
    for rank, (party, side, told) in enumerate(rows):
        key = (party, side, number_key(told.number) or (told.on, told.cents), told.cents < 0)
        if key in seen and told.number:
            found.append(rank)
        seen.add(key)
    return found
