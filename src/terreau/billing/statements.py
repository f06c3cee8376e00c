"""Reads a statement of a bank: CAMT.053, the XML of ISO 20022, or the CSV that banks let people download.

Pure: bytes in, movements and balances out, all that is wrong told; nothing is kept here. Accounts of others
keep their end only.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.translation import gettext as _

from terreau.common.errors import DomainError

#: A year of a busy account is under two megabytes.
MOST_BYTES: Final = 10_000_000
MOST_LINES: Final = 50_000
CAMT, CSV = "camt", "csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """A line: ``cents`` above zero came in. ``bank_ref`` is the bank's own name for it, when it has one."""

    on: date
    cents: int
    label: str
    value_on: date | None = None
    party: str = ""
    party_account: str = ""
    reference: str = ""
    bank_ref: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file says of one account; balances in cents when they are told."""

    kind: str
    iban: str
    movements: tuple[Movement, ...]
    reference: str = ""
    opening: int | None = None
    closing: int | None = None
    problems: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None

    @property
    def moved(self) -> int:
        """The sum of the movements."""
        return sum(one.cents for one in self.movements)

    @property
    def gap(self) -> int | None:
        """Closing balance less the opening one and the movements: zero when the file holds together."""
        if self.opening is None or self.closing is None:
            return None
        return self.closing - self.opening - self.moved

    @property
    def period(self) -> tuple[date | None, date | None]:
        """The first and last days: those told, else those of the movements."""
        days = [one.on for one in self.movements]
        first, last = self.first or min(days, default=None), self.last or max(days, default=None)
        return first, last


def bounded(data: bytes) -> bytes:
    """Return a file of a likely size; raise ``DomainError`` for an empty or an enormous one."""
    if not data.strip():
        raise unreadable(_("Ce fichier est vide."))
    if len(data) > MOST_BYTES:
        raise DomainError("file_too_large", _("Ce fichier est trop gros pour un relevé."), status=413)
    return data


def unreadable(words: str) -> DomainError:
    """Return the refusal of a file."""
    return DomainError("unreadable_statement", words, facts={"field": "file"})


def is_xml(data: bytes) -> bool:
    """Say whether the file is XML, whatever its encoding."""
    start = data[:200].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return start.startswith(b"<")


def masked_end(account: str) -> str:
    """Return the end of an account number, which is all that is kept of another's."""
    plain = "".join(account.split())
    return f"•• {plain[-4:]}" if len(plain) > 4 else ""


@dataclass(frozen=True, slots=True)
class Held:
    """A line that is there already: the day, the amount, the bank's name for it."""

    on: date
    cents: int
    bank_ref: str


@dataclass(frozen=True, slots=True)
class Fresh:
    """A movement that is new, and how many of the same day and amount stand before it."""

    movement: Movement
    rank: int


def fresh(movements: Sequence[Movement], held: Iterable[Held]) -> list[Fresh]:
    """Return the movements that the account does not have yet.

    Statements overlap and banks change their words: the same movement is the same day and amount. Where the
    bank names each, the names decide; else the n-th of a day and amount is the n-th of that day and amount.
    """
    known: dict[tuple[date, int], list[Held]] = {}
    for one in held:
        known.setdefault((one.on, one.cents), []).append(one)
    counts = Counter({key: len(rows) for key, rows in known.items()})
    found = []
    for movement in movements:
        key = (movement.on, movement.cents)
        if _take(known.get(key, []), movement):
            continue
        found.append(Fresh(movement, counts[key]))
        counts[key] += 1
    return found


def _take(rows: list[Held], movement: Movement) -> bool:
    """Take out of the lines that stand the one that the movement is, if any."""
    if movement.bank_ref:
        same = [row for row in rows if row.bank_ref == movement.bank_ref]
        same = same or [row for row in rows if not row.bank_ref]
    else:
        same = rows
    if not same:
        return False
    rows.remove(same[0])
    return True
