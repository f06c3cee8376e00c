"""What moved, found in accounting entries: one line a counterpart of the money of the bank or of the till.

The export of accounts (FEC) says what is due and what is paid; the book of a pole says what moved. An entry
counts when it touches an account of treasury (51, 53); each of its other lines is what was received or paid.
Where that line is a party's (40, 41…), the account of the charge or of the income is found in the entry that
carries the same letter; otherwise the line keeps the account of the party. Pure.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from terreau.billing.fec import Line

TREASURY: Final = ("51", "53")
#: Money that only moves from one account of the same holder to another.
_TRANSFERS: Final = ("58",)
_PARTIES: Final = ("40", "41", "42", "43", "44", "45", "46")
_NATURES: Final = ("6", "7")
HEADER: Final = ("jour", "libellé", "tiers", "recette", "dépense", "compte", "référence")


@dataclass(frozen=True, slots=True)
class Moved:
    """An amount received (above zero) or paid (below), from or to whom, under which account."""

    number: int
    on: str
    label: str
    party: str
    cents: int
    account: str
    reference: str

    def cells(self) -> list[str]:
        """Return the cells of the line, in the order of ``HEADER``."""
        amount = f"{abs(self.cents) // 100},{abs(self.cents) % 100:02d}"
        income, expense = (amount, "") if self.cents > 0 else ("", amount)
        return [self.on, self.label, self.party, income, expense, self.account, self.reference]


def moved(
    lines: Sequence[Line], *, sections: Mapping[int, str] | None = None, section: str = ""
) -> list[Moved]:
    """Return what moved, in the order of the file. With ``section``, only entries of which a line has it.

    ``sections``: the analytic section of each line, by its number. Sums are kept: what an entry moves is what
    its treasury received less what it paid, whatever its counterparts.
    """
    entries: defaultdict[tuple[str, str, object], list[Line]] = defaultdict(list)
    for line in lines:
        entries[line.journal, line.entry, line.on].append(line)
    natures = _natures(entries.values())
    found: list[Moved] = []
    for entry in entries.values():
        if section and section not in {(sections or {}).get(line.number, "") for line in entry}:
            continue
        found += _of_entry(entry, natures)
    return sorted(found, key=lambda one: one.number)


def _of_entry(entry: Sequence[Line], natures: Mapping[tuple[str, str], str]) -> Iterator[Moved]:
    if not any(line.account.startswith(TREASURY) for line in entry):
        return
    for line in entry:
        if line.account.startswith((*TREASURY, *_TRANSFERS)) or not line.cents:
            continue
        account = line.account
        if account.startswith(_PARTIES):
            account = natures.get((line.party, line.piece), account) if line.piece else account
        yield Moved(
            number=line.number,
            on=line.on.isoformat(),
            label=(line.label or line.account_name)[:300],
            party=(line.party_name or _other_party(entry) or line.account_name).strip(),
            cents=-line.cents,
            account="".join(one for one in account if one.isdigit())[:12],
            reference=f"{line.journal}-{line.entry}-{line.number}"[:60],
        )


def _other_party(entry: Iterable[Line]) -> str:
    """Return the party of an entry when it has one only."""
    names = {line.party_name for line in entry if line.party_name}
    return names.pop() if len(names) == 1 else ""


def _natures(entries: Iterable[Sequence[Line]]) -> dict[tuple[str, str], str]:
    """Return, by party and piece, the account of the charge or income that made the debt: the largest one."""
    found: dict[tuple[str, str], tuple[int, str]] = {}
    for entry in entries:
        if any(line.account.startswith(TREASURY) for line in entry):
            continue
        largest = max(
            (line for line in entry if line.account.startswith(_NATURES)),
            key=lambda line: abs(line.cents),
            default=None,
        )
        if largest is None:
            continue
        for line in entry:
            if line.account.startswith(_PARTIES) and line.piece:
                key, weight = (line.party, line.piece), abs(largest.cents)
                if weight > found.get(key, (0, ""))[0]:
                    found[key] = (weight, largest.account)
    return {key: account for key, (_weight, account) in found.items()}


def sections_of(text: str, delimiter: str) -> tuple[list[str], dict[int, str]]:
    """Return the headers that stand after those of the law, and the first of them by line: the section."""
    rows = text.splitlines()
    header = [cell.strip() for cell in rows[0].split(delimiter)] if rows else []
    extra = header[18:]
    if not extra:
        return [], {}
    found = {}
    for number, row in enumerate(rows[1:], start=2):
        cells = row.split(delimiter)
        found[number] = cells[18].strip() if len(cells) > 18 else ""
    return extra, found
