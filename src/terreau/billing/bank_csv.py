"""Reads the CSV of French banks: semicolons, commas in amounts, debit and credit apart.

Columns are found by their names, or named once by a person and remembered. Lines above the header (the name
of the account, a balance) are stepped over.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from django.utils.translation import gettext as _

from terreau.billing.statements import CSV, MOST_LINES, Movement, Sheet, bounded, masked_end, unreadable
from terreau.common import parsing
from terreau.common.errors import DomainError
from terreau.common.text import search_text
from terreau.imports.reading import decode, separator_of

#: Part of a line → the names that banks give its column, folded; the first that is there counts.
NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "on": (
        *("date operation", "date de l operation", "date comptable", "date de comptabilisation", "dateop"),
        *("date", "date d operation", "date ecriture", "booking date"),
    ),
    "value_on": ("date de valeur", "date valeur", "dateval", "value date"),
    "label": (
        *("libelle", "libelle operation", "libelle de l operation", "libelle simplifie", "label"),
        *("libelle complet", "description", "nature de l operation", "detail de l ecriture", "operation"),
    ),
    "more": ("informations complementaires", "details", "libelle complementaire", "detail", "communication"),
    "debit": ("debit", "debit euros", "montant debit", "debit eur"),
    "credit": ("credit", "credit euros", "montant credit", "credit eur"),
    "amount": ("montant", "montant euros", "montant eur", "montant de l operation", "amount"),
    "balance": ("solde", "solde progressif", "solde apres operation", "accountbalance", "balance"),
    "reference": ("reference", "reference operation", "numero d operation", "ref"),
    "party": ("tiers", "emetteur", "beneficiaire", "nom du tiers", "supplierfound", "contrepartie"),
    "party_account": ("compte du tiers", "iban du tiers", "iban contrepartie"),
}
NEEDED: Final = ("on", "label")
#: Lines above the header that are stepped over at most.
_ABOVE: Final = 30
_SHORT_YEAR: Final = re.compile(r"^(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{2})$")


@dataclass(slots=True)
class _Said:
    """What reading lines gathers."""

    movements: list[Movement] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    #: Balances told after each movement, with it.
    balances: list[tuple[int, int]] = field(default_factory=list)


def read(data: bytes, mapping: Mapping[str, str] | None = None) -> Sheet:
    """Return what the file says; ``mapping`` is part of a line → header, as a person named them.

    Raises ``DomainError`` ``columns_unknown`` with ``facts["headers"]`` when the day, the label or the amount
    is not found; ``unreadable_statement`` when it is no table.
    """
    text, _encoding = decode(bounded(data))
    if "\x00" in text:
        raise unreadable(_("Ce fichier n'est ni un CSV ni un relevé CAMT.053."))
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator_of(text)))
    if len(rows) > MOST_LINES:
        raise unreadable(_("Ce relevé a trop de lignes."))
    at, columns = _header(rows, mapping or {})
    said = _Said()
    for number, row in enumerate(rows[at + 1 :], start=at + 2):
        if any(cell.strip() for cell in row):
            _line(number, row, columns, said)
    if not said.movements:
        raise unreadable(said.problems[0] if said.problems else _("Ce relevé n'a aucune ligne."))
    opening, closing = _ends(said)
    return Sheet(
        CSV, "", tuple(said.movements), opening=opening, closing=closing, problems=tuple(said.problems)
    )


def mapping_of(data: bytes) -> list[str]:
    """Return the headers of a file for a person to say which is which: its widest line among the first."""
    text, _encoding = decode(bounded(data))
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator_of(text)))[:_ABOVE]
    widest = max(rows, key=lambda row: len([cell for cell in row if cell.strip()]), default=[])
    return [cell.strip()[:80] for cell in widest if cell.strip()]


def _header(rows: Sequence[Sequence[str]], mapping: Mapping[str, str]) -> tuple[int, dict[str, int]]:
    for at, row in enumerate(rows[:_ABOVE]):
        columns = _columns(row, mapping)
        if _enough(columns):
            return at, columns
    raise DomainError(
        "columns_unknown",
        _(
            "Dites quelles colonnes portent le jour, le libellé et le montant, puis choisissez de nouveau "
            "le fichier."
        ),
        facts={"field": "file"},
    )


def _columns(row: Sequence[str], mapping: Mapping[str, str]) -> dict[str, int]:
    headers = [search_text(cell) for cell in row]
    found: dict[str, int] = {}
    for part, names in NAMES.items():
        wanted = (search_text(mapping[part]),) if mapping.get(part) else () if mapping else names
        place = next((headers.index(name) for name in wanted if name and name in headers), None)
        if place is not None:
            found[part] = place
    return found


def _enough(columns: Mapping[str, int]) -> bool:
    amount = "amount" in columns or ("debit" in columns and "credit" in columns)
    return amount and all(name in columns for name in NEEDED)


def _line(number: int, row: Sequence[str], columns: Mapping[str, int], said: _Said) -> None:
    def cell(part: str) -> str:
        place = columns.get(part)
        return " ".join(row[place].split()) if place is not None and place < len(row) else ""

    try:
        on, cents = _day(cell("on")), _amount(cell("debit"), cell("credit"), cell("amount"))
        value_on = _day(cell("value_on")) if cell("value_on") else None
    except DomainError as error:
        said.problems.append(_("Ligne %(n)d : %(why)s") % {"n": number, "why": error.message})
        return
    if not cents:
        return
    label = cell("label") if cell("more") in ("", cell("label")) else f"{cell('label')} {cell('more')}"
    said.movements.append(
        Movement(
            on=on,
            cents=cents,
            label=label[:500],
            value_on=value_on,
            party=cell("party")[:140],
            party_account=masked_end(cell("party_account")),
            reference=cell("reference")[:140],
        )
    )
    if balance := cell("balance"):
        try:
            said.balances.append((len(said.movements) - 1, parsing.euros(balance).cents))
        except DomainError:
            return


def _amount(debit: str, credit: str, amount: str) -> int:
    """Return what came in (above zero) or went out, whatever the sign that the bank writes before a debit."""
    if amount and not debit and not credit:
        return parsing.euros(amount).cents
    came = parsing.euros(credit).cents if credit else 0
    went = abs(parsing.euros(debit).cents) if debit else 0
    if came and went:
        raise unreadable(_("un débit et un crédit à la fois."))
    return came - went


def _day(text: str) -> date:
    short = _SHORT_YEAR.match(text)
    return parsing.day(f"{short[1]}/{short[2]}/20{short[3]}" if short else text)


def _ends(said: _Said) -> tuple[int | None, int | None]:
    """Return the balances before and after, when every line tells its own, in either order of days."""
    rows = said.balances
    if len(rows) != len(said.movements):
        return None, None
    moved = [one.cents for one in said.movements]
    after = [balance for _rank, balance in rows]
    if all(after[i] - after[i - 1] == moved[i] for i in range(1, len(after))):
        return after[0] - moved[0], after[-1]
    if all(after[i - 1] - after[i] == moved[i - 1] for i in range(1, len(after))):
        return after[-1] - moved[-1], after[0]
    return after[0] - moved[0], after[-1]
