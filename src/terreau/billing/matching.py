"""Proposes which invoices a line of a statement pays, with why and how sure. Pure; a person accepts.

Three things speak for an invoice: its number in the words of the line, the exact amount, who paid.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import combinations
from typing import Final
from uuid import UUID

from rapidfuzz import fuzz

from terreau.common.text import search_text

#: Beyond, an invoice of the same payer is not tried with others.
_MOST_TOGETHER: Final = 12
_NAME_ALIKE: Final = 88
_NOT_WORD = re.compile(r"[^a-z0-9]+")


class Sure(StrEnum):
    """How sure a proposal is, in words on the page."""

    HIGH, FAIR, LOW = "high", "fair", "low"


class Why(StrEnum):
    """What speaks for a proposal."""

    NUMBER, AMOUNT, NAME, SEVERAL, PART = "number", "amount", "name", "several", "part"


@dataclass(frozen=True, slots=True)
class Owed:
    """An invoice that waits: ``left`` in cents, ``names`` by which the line may call it, its other party."""

    pk: UUID
    left: int
    names: tuple[str, ...]
    party: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class Words:
    """What a line says: ``left`` of it in cents, without its sign."""

    left: int
    label: str
    party: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Invoices and the part of each that the line pays, in cents; the reasons, and how sure."""

    parts: tuple[tuple[UUID, int], ...]
    reasons: tuple[Why, ...]
    sure: Sure

    @property
    def cents(self) -> int:
        """What the proposal takes of the line."""
        return sum(part for _pk, part in self.parts)


def propose(line: Words, owed: Sequence[Owed], *, most: int = 3) -> list[Proposal]:
    """Return the likeliest proposals, the surest first; none when nothing speaks for any."""
    text = f" {search_text(line.label, line.reference)} "
    squeezed = _NOT_WORD.sub("", text)
    found = [one for one in (_single(line, text, squeezed, row) for row in owed) if one is not None]
    found += _together(line, text, squeezed, owed)
    unique = _lonely(found)
    unique.sort(key=lambda one: (_ORDER[one.sure], -len(one.reasons), -one.cents))
    return unique[:most]


_ORDER: Final = {Sure.HIGH: 0, Sure.FAIR: 1, Sure.LOW: 2}


def _single(line: Words, text: str, squeezed: str, row: Owed) -> Proposal | None:
    number, name = _numbered(text, squeezed, row), _named(line, text, row)
    exact = row.left == line.left
    reasons = [Why.NUMBER] * number + [Why.AMOUNT] * exact + [Why.NAME] * name
    if not (number or exact or (name and line.left < row.left)):
        return None
    part = min(line.left, row.left)
    if not exact:
        reasons.append(Why.PART)
    if number and (exact or name):
        sure = Sure.HIGH if exact else Sure.FAIR
    elif exact and name:
        sure = Sure.HIGH
    else:
        sure = Sure.FAIR if number else Sure.LOW
    return Proposal(((row.pk, part),), tuple(reasons), sure)


def _together(line: Words, text: str, squeezed: str, owed: Sequence[Owed]) -> Iterable[Proposal]:
    """Yield sets of invoices that a line pays whole: those that it names, or some of one payer."""
    named = [row for row in owed if _numbered(text, squeezed, row)]
    if len(named) > 1 and sum(row.left for row in named) == line.left:
        yield _set(named, (Why.NUMBER, Why.AMOUNT, Why.SEVERAL), Sure.HIGH)
    parties: dict[str, list[Owed]] = {}
    for row in owed:
        parties.setdefault(row.party, []).append(row)
    for rows in parties.values():
        if len(rows) > 1 and _named(line, text, rows[0]):
            yield from _some(line, rows)


def _some(line: Words, rows: list[Owed]) -> Iterable[Proposal]:
    why = (Why.AMOUNT, Why.NAME, Why.SEVERAL)
    if sum(row.left for row in rows) == line.left:
        yield _set(rows, why, Sure.HIGH)
        return
    few = rows[:_MOST_TOGETHER]
    for size in (2, 3):
        fits = [some for some in combinations(few, size) if sum(row.left for row in some) == line.left]
        if fits:
            yield _set(fits[0], why, Sure.FAIR if len(fits) == 1 else Sure.LOW)
            return


def _set(rows: Iterable[Owed], why: tuple[Why, ...], sure: Sure) -> Proposal:
    return Proposal(tuple((row.pk, row.left) for row in rows), why, sure)


def _lonely(found: list[Proposal]) -> list[Proposal]:
    """Lower what is not alone of its kind: two invoices of the same amount and payer are not sure."""
    kept: dict[tuple[tuple[UUID, int], ...], Proposal] = {}
    for one in found:
        kept.setdefault(one.parts, one)
    rows = list(kept.values())
    high = [one for one in rows if one.sure is Sure.HIGH]
    if len(high) > 1:
        numbered = [one for one in high if Why.NUMBER in one.reasons]
        clear = numbered if len(numbered) == 1 else []
        return [replace(one, sure=Sure.FAIR) if one in high and one not in clear else one for one in rows]
    return rows


def _numbered(text: str, squeezed: str, row: Owed) -> bool:
    """Say whether the line names the invoice: whole, or without spaces and dashes when long enough."""
    for name in row.names:
        folded = search_text(name)
        plain = _NOT_WORD.sub("", folded)
        if f" {folded} " in text or (len(plain) >= 6 and _apart(squeezed, plain)):
            return True
    return False


def _apart(squeezed: str, plain: str) -> bool:
    """Say whether a number stands in the words without a digit stuck to it, which would make it another."""
    return re.search(rf"(?<!\d){re.escape(plain)}(?!\d)", squeezed) is not None


def _named(line: Words, text: str, row: Owed) -> bool:
    name = search_text(row.party)
    if not name:
        return False
    if f" {name} " in text:
        return True
    said = search_text(line.party) or text.strip()
    return fuzz.token_set_ratio(name, said) >= _NAME_ALIKE and _shares_long_word(name, said)


def _shares_long_word(name: str, said: str) -> bool:
    """Two names that share « de la » alone are not the same."""
    return bool({word for word in name.split() if len(word) > 3} & set(said.split())) or name == said
