"""What poles say in figures, all together: how many say it, how sure, how much (R-55, R-56)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from typing import Any

from terreau.design.numbers import with_unit
from terreau.facts import catalogue, display
from terreau.facts.catalogue import CatalogueEntry
from terreau.facts.models import CurrentFact
from terreau.facts.rules import at_least
from terreau.poles import headings
from terreau.sheets.facts import language


@dataclass(frozen=True)
class Figure:
    """A figure that poles give: how many give it, the least, the one in the middle, the most.

    A range counts for its middle, « environ 15 » for 15. ``left_out``: poles whose figure is less sure than
    what was asked. The three values are ``None`` when nobody gives it.
    """

    code: str
    label: str
    definition: str
    unit: str
    poles: int
    left_out: int
    least: Decimal | None
    middle: Decimal | None
    most: Decimal | None

    def shown(self, value: Decimal | None) -> str:
        """Return a value in words, empty when there is none."""
        if value is None:
            return ""
        if self.unit == "EUR":
            return display.euros(int(value * 100), language())
        unit = catalogue.load().unit(self.unit)
        return with_unit(float(round(value, 1)), unit.symbol or unit.label(language()), language())

    @property
    def from_to(self) -> tuple[str, str, str]:
        """The least, the middle and the most, in words."""
        return self.shown(self.least), self.shown(self.middle), self.shown(self.most)


def figures(least: str = "") -> list[Figure]:
    """Return the figures that some public pole gives, in the order of reading; one query.

    ``least``: `justifie` or `verifie`, those less sure are counted apart. Invented poles are not counted.
    """
    wanted = {entry.code: entry for entry in _entries()}
    rows = CurrentFact.objects.filter(
        code__in=wanted,
        rank=0,
        subject__public=True,
        subject__closed_at=None,
        subject__merged_into=None,
        subject__actor__pole__kind="pole",
        subject__actor__pole__fictional=False,
    )
    sure = set(at_least(least))
    values: dict[str, list[Decimal]] = defaultdict(list)
    aside: dict[str, int] = defaultdict(int)
    for code, status, *amounts in rows.order_by().values_list(
        "code", "status", "number", "number_max", "cents", "cents_max"
    ):
        value = _value(amounts)
        if value is not None and status in sure:
            values[code].append(value)
        elif value is not None:
            aside[code] += 1
    codes = [code for code in wanted if code in values or code in aside]
    return [_figure(wanted[code], values[code], aside[code]) for code in codes]


def _entries() -> list[CatalogueEntry]:
    known = headings.load()
    order = [code for codes in known.headings.values() for code in codes]
    found = [
        entry
        for entry in catalogue.load()
        if entry.type in {"number", "money"} and entry.secrecy == "public" and entry.code in order
    ]
    return sorted(found, key=lambda entry: order.index(entry.code))


def _value(amounts: Sequence[Any]) -> Decimal | None:
    number: Decimal | None
    number, number_max, cents, cents_max = amounts
    if cents is not None:
        number, number_max = Decimal(cents) / 100, None if cents_max is None else Decimal(cents_max) / 100
    if number is None:
        return None
    return number if number_max is None else (number + number_max) / 2


def _figure(entry: CatalogueEntry, values: list[Decimal], left_out: int) -> Figure:
    lang = language()
    return Figure(
        code=entry.code,
        label=entry.label(lang),
        definition=entry.definition(lang),
        unit=entry.unit,
        poles=len(values),
        left_out=left_out,
        least=min(values, default=None),
        middle=median(values) if values else None,
        most=max(values, default=None),
    )


__all__ = ["Figure", "figures"]
