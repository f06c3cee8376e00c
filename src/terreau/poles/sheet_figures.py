"""Figures of a pole in a sheet: a header that is a code or a label of the catalogue is read as such."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from terreau.common import parsing
from terreau.common.errors import DomainError
from terreau.common.money import Euro
from terreau.common.periods import PartialDate
from terreau.common.text import search_text
from terreau.facts import actions as facts
from terreau.facts import catalogue
from terreau.facts.catalogue import CatalogueEntry
from terreau.facts.models import Fact
from terreau.imports.kinds import Change, Column, Context
from terreau.poles.models import Pole

#: What has its own column in a sheet.
_OTHER = frozenset({"pole.sector", "pole.stage"})
_TYPES = frozenset({"number", "money", "date", "bool", "code"})


def column(header: str) -> Column | None:
    """Return the column of a figure whose header is its code or its label, in French or English."""
    code = _headers().get(search_text(header))
    if code is None:
        return None
    entry = catalogue.load()[code]
    label = entry.label((get_language() or "fr")[:2])
    return Column(code, label, _reader(entry))


def of(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures among the values of a line, by their code."""
    known = catalogue.load()
    return {code: value for code, value in values.items() if code in known}


def new(given: Mapping[str, Any], living: Sequence[Fact], year: int | None) -> dict[str, Any]:
    """Return the figures that no living fact of the pole says already, for that year."""
    said = {(fact.code, fact.valid_from.year if fact.valid_from else None, shown(fact)) for fact in living}
    return {code: value for code, value in given.items() if (code, year, text(value)) not in said}


def changes(given: Mapping[str, Any], living: Sequence[Fact]) -> Iterable[Change]:
    """Yield the figures that a line gives, beside the last that the register has."""
    known, lang = catalogue.load(), (get_language() or "fr")[:2]
    before = {fact.code: shown(fact) for fact in sorted(living, key=lambda one: one.recorded_at)}
    for code, value in given.items():
        yield Change(known[code].label(lang), before.get(code, ""), text(value))


def record(context: Context, pole: Pole, code: str, value: Any) -> Fact:
    """Record a figure of a line, for the year of the file when it has one."""
    year = context.options.get("year") if catalogue.load()[code].period != "none" else None
    on = PartialDate.parse(year) if year else None
    subject = pole.actor.subject
    return facts.record(subject, code, value, source=context.source, by=context.by, on=on)


def text(value: Any) -> str:
    """Return a value as a text that compares: numbers without useless zeros, days in ISO form."""
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.iso() if isinstance(value, PartialDate) else str(value)


def shown(fact: Fact) -> str:
    """Return the value of a fact as ``text`` writes it."""
    if fact.number is not None:
        return text(fact.number)
    if fact.cents is not None:
        return text(Euro(fact.cents))
    if fact.day is not None:
        return text(PartialDate(fact.day, fact.day_precision))
    return text(fact.flag) if fact.flag is not None else fact.term or fact.text


def term(vocabulary: str, typed: str) -> str:
    """Return a term of a vocabulary by its code or its label, in French or English; ``DomainError`` else."""
    words = catalogue.vocabulary(vocabulary)
    wanted = search_text(typed)
    for code, one in words.terms.items():
        if wanted in {search_text(code), *(search_text(label) for label in one.labels.values())}:
            return code
    known = " ; ".join(one.labels["fr"] for one in words.terms.values())
    message = _("« %(text)s » n'est pas au vocabulaire : écrivez %(known)s.")
    raise DomainError("unknown_term", message % {"text": typed.strip(), "known": known})


@cache
def _headers() -> dict[str, str]:
    """Return the code of each header that names a figure of a pole."""
    found: dict[str, str] = {}
    for entry in catalogue.load():
        if "pole" in entry.subjects and entry.type in _TYPES and entry.code not in _OTHER:
            for words in (*entry.labels.values(), entry.code):
                found.setdefault(search_text(words), entry.code)
    return found


def _reader(entry: CatalogueEntry) -> Callable[[str], Any]:
    if entry.type == "number":
        return parsing.number
    if entry.type == "money":
        return parsing.euros
    if entry.type == "bool":
        return parsing.yes_no
    if entry.type == "date":
        return date
    return lambda typed: term(entry.choices, typed)


def date(typed: str) -> PartialDate:
    """Return a day, a month or a year, in ISO or French form."""
    try:
        return PartialDate.parse(typed.strip())
    except ValueError:
        return PartialDate.parse(parsing.day(typed))
