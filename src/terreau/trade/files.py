"""What a member's own files give: exchanges with other members, kept only if they choose; nothing else stays.

A file is read in memory while the person waits. Who else the member deals with never leaves this module: it
is counted in four sums, and only when the member asks (R-108).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Final
from uuid import UUID

from terreau.billing import fec
from terreau.common.text import sort_key
from terreau.trade import rules
from terreau.trade.rules import BUYER, SELLER, Spent, Told

_DIGITS = re.compile(r"\d(?:[ .]?\d)*")
#: Where the SIREN begins in so many digits: itself, after the key of a VAT number, after 411, in a SIRET.
_STARTS: Final[Mapping[int, int]] = {9: 0, 11: 2, 12: 3, 14: 0}
#: Accounts of who buys of the member, and of who it buys of (plan comptable général, classes 40 and 41).
_CUSTOMERS, _SUPPLIERS = ("411",), ("401", "404")
_SALES, _PURCHASES = ("70",), ("60", "61", "62", "2")
#: Where a purchase went: known by its SIREN, or not known.
MEMBERS, PERIMETER, OUTSIDE, UNKNOWN = ("members", "perimeter", "outside", "unknown")


@dataclass(frozen=True, slots=True)
class Partner:
    """A member as files may name it."""

    pk: UUID
    name: str
    siren: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """An exchange with another member, as a file says it; ``named``: known by its name, not by its SIREN."""

    line: int
    other: UUID
    side: str
    told: Told
    label: str = ""
    named: bool = False
    origin: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong: a code, the line (0: the file itself), the column, what was found there."""

    code: str
    line: int = 0
    column: str = ""
    value: str = ""
    file: str = ""


@dataclass(slots=True)
class Period:
    """What a member bought in a year of a file."""

    spent: Spent = field(default_factory=Spent)
    lines: int = 0
    first: date = date.max
    last: date = date.min


@dataclass(slots=True)
class Reading:
    """Exchanges with members, problems, purchases by year; ``others``: lines that are of nobody here."""

    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    years: dict[int, Period] = field(default_factory=dict)
    others: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """Who the member may deal with here, by number and by name; its own number."""

    mine: str
    by_siren: Mapping[str, tuple[UUID, ...]]
    by_name: Mapping[str, tuple[UUID, ...]]

    @classmethod
    def of(cls, me: Partner, partners: Iterable[Partner]) -> Known:
        """Return what members are known by; a number or a name that two bear is ambiguous."""
        sirens: defaultdict[str, list[UUID]] = defaultdict(list)
        names: defaultdict[str, list[UUID]] = defaultdict(list)
        for one in partners:
            if one.pk != me.pk:
                names[sort_key(one.name)].append(one.pk)
                if one.siren:
                    sirens[one.siren].append(one.pk)
        return cls(
            me.siren, *({key: tuple(found) for key, found in each.items()} for each in (sirens, names))
        )

    def find(self, *texts: str) -> tuple[tuple[UUID, ...], bool]:
        """Return who is named by these texts, and whether by name alone; several when it is ambiguous."""
        for number in sirens_in(*texts):
            if number in self.by_siren:
                return self.by_siren[number], False
        for text in texts:
            if text and (found := self.by_name.get(sort_key(text))):
                return found, True
        return (), False


def sirens_in(*texts: str) -> list[str]:
    """Return the SIREN that texts hold: alone, in a SIRET, a VAT number or an account's code; checked."""
    found = []
    for text in texts:
        for run in _DIGITS.findall(text):
            for digits in (re.sub(r"[ .]", "", run), *re.split(r"[ .]", run)):
                start = _STARTS.get(len(digits))
                if start is not None and _luhn(digits[start : start + 9]):
                    found.append(digits[start : start + 9])
    return list(dict.fromkeys(found))


def _luhn(digits: str) -> bool:
    """Check the key of a SIREN."""
    values = (int(digit) * (2 if rank % 2 else 1) for rank, digit in enumerate(digits))
    return sum(value - 9 if value > 9 else value for value in values) % 10 == 0


# The accounting export


Places = Callable[[Collection[str]], Mapping[str, str]]


def read_fec(data: bytes, name: str, known: Known, places: Places | None = None) -> Reading:
    """Read the accounting export of a member: its sales to and purchases of members, and where it bought.

    All is refused when anything is wrong in the file. ``places`` says where SIREN are, as ``Places`` does.
    """
    found = Reading()
    named = fec.named(name)
    if named and known.mine and named[0] != known.mine:
        found.problems.append(Problem("other_siren", 0, "", named[0], name))
        return found
    reading = fec.read(data)
    found.problems = [Problem(one.code, one.line, one.column, one.value, name) for one in reading.problems]
    if reading.untold:
        found.problems.append(Problem("untold", 0, "", str(reading.untold), name))
    if found.problems:
        return found
    entries: defaultdict[tuple[str, str], list[fec.Line]] = defaultdict(list)
    for line in reading.lines:
        entries[line.journal, line.entry].append(line)
    bought: list[_Bought] = []
    for lines in entries.values():
        _entry(lines, name, known, found, bought)
    _twice(found, name)
    if places is not None and not found.problems:
        _spend(found, bought, places)
    return found


@dataclass(frozen=True, slots=True)
class _Bought:
    on: date
    cents: int
    siren: str
    member: bool


def _entry(lines: list[fec.Line], name: str, known: Known, found: Reading, bought: list[_Bought]) -> None:
    """Take the third parties of one entry: an invoice moves them against a sale or a purchase."""
    for accounts, against, side in ((_CUSTOMERS, _SALES, SELLER), (_SUPPLIERS, _PURCHASES, BUYER)):
        parties = _parties(lines, accounts)
        net = sum(line.cents for line in lines if line.account.startswith(against))
        if not parties or not any(line.account.startswith(against) for line in lines):
            continue
        sign = 1 if side == SELLER else -1
        for (code, label), mine in parties.items():
            cents = sign * sum(line.cents for line in mine)
            if not cents:
                continue
            others, by_name = known.find(code, label)
            if side == BUYER:
                siren = next(iter(sirens_in(code, label)), "")
                bought.append(_Bought(mine[0].on, cents, siren, bool(others)))
            if not others:
                found.others += 1
            elif len(others) > 1:
                found.problems.append(
                    Problem("two_members", mine[0].number, "CompAuxNum", label or code, name)
                )
            else:
                alone = -sign * net if len(parties) == 1 else None
                found.rows.append(_row(mine[0], others[0], side, cents, alone, by_name, name))


def _parties(lines: list[fec.Line], accounts: tuple[str, ...]) -> dict[tuple[str, str], list[fec.Line]]:
    found: defaultdict[tuple[str, str], list[fec.Line]] = defaultdict(list)
    for line in lines:
        if line.account.startswith(accounts):
            found[line.party or line.account, line.party_name or line.account_name].append(line)
    return found


def _row(  # noqa: PLR0913, PLR0917 - each is a part of a line
    line: fec.Line, other: UUID, side: str, cents: int, net: int | None, named: bool, name: str
) -> Row:
    known_net = net if net and abs(net) <= abs(cents) and (net > 0) == (cents > 0) else None
    told = Told(line.on, cents, line.piece.strip()[:60], known_net, loose=side == BUYER)
    proof = f"{side}|{line.journal}|{line.entry}|{line.on}|{cents}|{other.hex}"
    origin = f"fec:{sha256(proof.encode()).hexdigest()[:32]}"
    return Row(line.number, other, side, told, line.label.strip()[:200], named, origin, name)


def _twice(found: Reading, name: str) -> None:
    told = [(row.other, row.side, row.told) for row in found.rows if not row.told.loose]
    rows = [row for row in found.rows if not row.told.loose]
    for rank in rules.duplicates(told):
        row = rows[rank]
        found.problems.append(Problem("twice", row.line, "PieceRef", row.told.number, name))


def _spend(found: Reading, bought: list[_Bought], places: Places) -> None:
    """Sum what was bought by year and by ring; a credit note takes away from its ring."""
    where = places({one.siren for one in bought if one.siren and not one.member})
    sums: defaultdict[int, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in bought:
        ring = MEMBERS if one.member else where.get(one.siren, UNKNOWN)
        sums[one.on.year][ring] += one.cents
        year = found.years.setdefault(one.on.year, Period())
        year.lines += 1
        year.first, year.last = min(year.first, one.on), max(year.last, one.on)
    for number, rings in sums.items():
        parts = (max(rings[ring], 0) for ring in (MEMBERS, PERIMETER, OUTSIDE, UNKNOWN))
        found.years[number].spent = Spent(*parts)


#: Sizes beyond which a file is refused before it is read, and how many invoices are taken at once.
MOST_FEC: Final = 40_000_000
MOST_INVOICE: Final = 10_000_000
MOST_INVOICES: Final = 40
