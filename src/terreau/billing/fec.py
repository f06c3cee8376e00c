"""Reads the accounting export that every French firm can give: the fichier des écritures comptables.

Its columns are those of article A47 A-1 of the Livre des procédures fiscales: eighteen, of which debit and
credit may be an amount and a sense. Tabs or pipes, dates as AAAAMMJJ, commas in amounts, UTF-8 or ISO
8859-15. All that is wrong is told line by line; what is read is whole cents. Nothing is kept here: who reads
the file of a member keeps of it only what concerns the other members of its pole (R-108).
"""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

_COMMON: Final = (
    *("JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "CompAuxNum"),
    *("CompAuxLib", "PieceRef", "PieceDate", "EcritureLib"),
)
_AFTER: Final = ("EcritureLet", "DateLet", "ValidDate", "Montantdevise", "Idevise")
COLUMNS: Final = (*_COMMON, "Debit", "Credit", *_AFTER)
SENSED: Final = (*_COMMON, "Montant", "Sens", *_AFTER)
NEEDED: Final = ("JournalCode", "EcritureNum", "EcritureDate", "CompteNum", "EcritureLib")
MOST_BYTES: Final = 200_000_000
#: Beyond, they are counted and not told: a file of the wrong kind has one a line.
MOST_PROBLEMS: Final = 500
_AMOUNT = re.compile(r"[+-]?\d{1,15}(,\d{1,2})?")
_DATE = re.compile(r"\d{8}")
_NAME = re.compile(r"(\d{9})FEC(\d{8})(?:\.txt)?", re.IGNORECASE)
_SENSES: Final[Mapping[str, int]] = {"D": 1, "C": -1, "+1": 1, "-1": -1, "1": 1}


@dataclass(frozen=True, slots=True)
class Line:
    """One line: ``cents`` is debit less credit. ``number`` is its place in the file, the heading being 1."""

    number: int
    journal: str
    entry: str
    on: date
    account: str
    account_name: str
    party: str
    party_name: str
    piece: str
    label: str
    cents: int


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, at which line (0: the file itself), in which column; ``value`` as written."""

    code: str
    line: int
    column: str = ""
    value: str = ""


@dataclass(slots=True)
class Reading:
    """What a file gave: its lines when it is whole, all its problems, its columns, its encoding."""

    lines: list[Line] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    untold: int = 0
    encoding: str = ""

    @property
    def whole(self) -> bool:
        """Say whether nothing is wrong."""
        return not self.problems

    def tell(self, *found: Problem) -> None:
        """Keep problems, as many as are told."""
        room = MOST_PROBLEMS - len(self.problems)
        self.problems.extend(found[: max(room, 0)])
        self.untold += max(len(found) - max(room, 0), 0)


def named(filename: str) -> tuple[str, date] | None:
    """Return the SIREN and the closing day that the name of a file says; ``None`` when it says neither."""
    found = _NAME.fullmatch(filename.strip())
    on = _day(found[2]) if found else None
    return (found[1], on) if found and on else None


def read(data: bytes, *, first: date | None = None, last: date | None = None) -> Reading:
    """Read a file whole and check it: columns, cells, dates, amounts, currency, entries that balance.

    With ``first`` and ``last``, an entry of another day is a problem (the financial year of the file).
    """
    reading = Reading()
    if len(data) > MOST_BYTES:
        reading.tell(Problem("too_large", 0))
        return reading
    text = _text(data, reading)
    if text is None:
        return reading
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), quoting=csv.QUOTE_NONE)
    columns = _heading(next(rows, []), reading)
    if columns is None:
        return reading
    for number, row in enumerate(rows, start=2):
        if any(cell.strip() for cell in row):
            _take(number, row, columns, reading, (first, last))
    if not reading.lines and not reading.problems:
        reading.tell(Problem("empty", 0))
    reading.tell(*_unbalanced(reading.lines))
    return reading


def _text(data: bytes, reading: Reading) -> str | None:
    for encoding in ("utf-8-sig", "iso8859-15"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        reading.encoding = encoding
        return text
    reading.tell(Problem("not_text", 0))
    return None


def _delimiter(text: str) -> str:
    heading = text.partition("\n")[0]
    return max(("\t", "|", ";"), key=heading.count)


def _heading(row: list[str], reading: Reading) -> tuple[str, ...] | None:
    found = tuple(cell.strip() for cell in row)
    folded = tuple(cell.lower() for cell in found)
    for columns in (COLUMNS, SENSED):
        if folded[: len(columns)] == tuple(name.lower() for name in columns):
            return columns
    missing = [name for name in COLUMNS if name.lower() not in folded]
    reading.tell(*[Problem("column_missing", 1, name) for name in missing] or [Problem("columns_moved", 1)])
    return None


def _take(
    number: int,
    row: list[str],
    columns: tuple[str, ...],
    reading: Reading,
    year: tuple[date | None, date | None],
) -> None:
    if len(row) < len(columns):
        reading.tell(Problem("cut", number, columns[len(row) - 1], str(len(row))))
        return
    cells = {name: cell.strip() for name, cell in zip(columns, row, strict=False)}
    cents, wrong = _cents(number, cells)
    on = _day(cells["EcritureDate"])
    wrong += [Problem("blank", number, name) for name in NEEDED if not cells[name]]
    if cells["EcritureDate"] and on is None:
        wrong.append(Problem("bad_date", number, "EcritureDate", cells["EcritureDate"][:20]))
    if on is not None and not _within(on, year):
        wrong.append(Problem("other_year", number, "EcritureDate", cells["EcritureDate"]))
    if cells["Idevise"] not in {"", "EUR", "eur"}:
        wrong.append(Problem("currency", number, "Idevise", cells["Idevise"][:10]))
    reading.tell(*wrong)
    if not wrong and on is not None:
        reading.lines.append(_line(number, cells, on, cents))


def _line(number: int, cells: Mapping[str, str], on: date, cents: int) -> Line:
    return Line(
        number,
        journal=cells["JournalCode"],
        entry=cells["EcritureNum"],
        on=on,
        account=cells["CompteNum"],
        account_name=cells["CompteLib"],
        party=cells["CompAuxNum"],
        party_name=cells["CompAuxLib"],
        piece=cells["PieceRef"],
        label=cells["EcritureLib"],
        cents=cents,
    )


def _cents(number: int, cells: Mapping[str, str]) -> tuple[int, list[Problem]]:
    if "Sens" in cells:
        amount, wrong = _amount(number, "Montant", cells["Montant"])
        sign = _SENSES.get(cells["Sens"].upper())
        if sign is None:
            wrong.append(Problem("bad_sense", number, "Sens", cells["Sens"][:10]))
        return amount * (sign or 0), wrong
    debit, wrong = _amount(number, "Debit", cells["Debit"])
    credit, more = _amount(number, "Credit", cells["Credit"])
    if debit and credit:
        more.append(Problem("both_sides", number, "Debit", cells["Debit"][:20]))
    return debit - credit, wrong + more


def _amount(number: int, column: str, written: str) -> tuple[int, list[Problem]]:
    """Return cents. A point for a comma, a separator of thousands or a third decimal is never guessed."""
    if not written:
        return 0, []
    if not _AMOUNT.fullmatch(written):
        return 0, [Problem("bad_amount", number, column, written[:20])]
    sign = -1 if written.startswith("-") else 1
    whole, _, part = written.lstrip("+-").partition(",")
    return sign * (int(whole) * 100 + int(part.ljust(2, "0") or 0)), []


def _day(written: str) -> date | None:
    if not _DATE.fullmatch(written):
        return None
    try:
        return date(int(written[:4]), int(written[4:6]), int(written[6:]))
    except ValueError:
        return None


def _within(on: date, year: tuple[date | None, date | None]) -> bool:
    first, last = year
    return (first is None or on >= first) and (last is None or on <= last)


def _unbalanced(lines: Iterable[Line]) -> Iterator[Problem]:
    """Tell the entries whose debits are not their credits, by journal and number, at their first line."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    firsts: dict[tuple[str, str], int] = {}
    for line in lines:
        key = (line.journal, line.entry)
        sums[key] += line.cents
        firsts.setdefault(key, line.number)
    for key, cents in sums.items():
        if cents:
            yield Problem("unbalanced", firsts[key], "EcritureNum", f"{key[0]} {key[1]} : {cents}")
