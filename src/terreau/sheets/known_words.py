"""What a grid reads, in words: a value with its unit, a list of terms, members one by one. Pure."""

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from terreau.common.periods import DAY, PartialDate
from terreau.facts import catalogue, display
from terreau.grids.known import Interval, Known
from terreau.grids.readables import Field, Readable

#: Beyond so many lines, records are counted and no longer listed.
MOST_LINES = 60


def words(known: Known, read: Readable | None, lang: str) -> str:
    """Return the whole value of a known fact in words."""
    if isinstance(known.value, tuple):
        return _records(known, lang)
    if isinstance(known.value, frozenset):
        return _codes(known.value, read.choices if read else "", lang)
    return scalar(known.value, read.choices if read else "", read.unit if read else "", lang)


def scalar(value: Any, choices: str, unit: str, lang: str) -> str:
    """Return a single value: yes or no, a number with its unit, a term, a day, a text."""
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(value, Interval):
        return _interval(value, unit, lang)
    if isinstance(value, int | Decimal):
        return _amount(value, unit, lang)
    if isinstance(value, date):
        return display.day(value, DAY, lang)
    if isinstance(value, frozenset):
        return _codes(value, choices, lang)
    return _term(str(value), choices, lang) if choices else str(value)


def _interval(value: Interval, unit: str, lang: str) -> str:
    low, high = value.low, value.high
    if value.exact:
        return _amount(low, unit, lang)
    if low is not None and high is not None:
        return _("de %(low)s à %(high)s") % {"low": _amount(low, "", lang), "high": _amount(high, unit, lang)}
    if high is None:
        return pgettext("number", "au moins %(low)s") % {"low": _amount(low, unit, lang)}
    return pgettext("number", "au plus %(high)s") % {"high": _amount(high, unit, lang)}


def _amount(value: Any, unit: str, lang: str) -> str:
    if isinstance(value, date):
        return display.day(value, DAY, lang)
    text = display.number(value, lang)
    if not unit:
        return text
    known = catalogue.load().units[unit]
    if known.symbol and lang == "fr":
        return f"{text}\u00a0{known.symbol}"
    singular = abs(value) < 2 if lang == "fr" else abs(value) == 1
    return f"{text}\u00a0{known.label(lang, singular=singular)}"


def _codes(codes: Collection[str], choices: str, lang: str) -> str:
    if not codes:
        return _("rien")
    return ", ".join(sorted(_term(code, choices, lang) for code in codes))


def _term(code: str, choices: str, lang: str) -> str:
    known = catalogue.load().vocabularies.get(choices)
    return known.label(code, lang) if known and code in known else code


def _records(known: Known, lang: str) -> str:
    number = len(known.value)  # type: ignore[arg-type]
    text = ngettext("%(n)s connu", "%(n)s connus", number) % {"n": number}
    if known.total is None or known.complete:
        return text
    total = _interval(known.total, "", lang)
    return _("%(known)s, sur un total de %(total)s") % {"known": text, "total": total}


def lines(known: Known, read: Readable | None, fields: Collection[str], lang: str) -> tuple[str, ...]:
    """Return the records one by one, alike ones together, with the fields that matter; () when too many."""
    if not isinstance(known.value, tuple) or read is None:
        return ()
    told: dict[str, int] = {}
    for record in known.value:
        text = _line(record, read, fields, lang)
        told[text] = told.get(text, 0) + 1
    if len(told) > MOST_LINES:
        return ()
    return tuple(text if number == 1 else f"{number} × {text}" for text, number in told.items())


def _line(record: Mapping[str, Any], read: Readable, fields: Collection[str], lang: str) -> str:
    """Return a record by its name and what is known of the fields that matter; the rest is not said."""
    name = str(record.get("name") or _("sans nom"))
    told = [
        _field(one, record[one.name], lang)
        for one in read.fields.values()
        if one.name in fields and one.name != "name" and record.get(one.name) is not None
    ]
    return f"{name} · {' · '.join(told)}" if told else name


def _field(one: Field, value: Any, lang: str) -> str:
    label = one.labels.get(lang) or one.labels["fr"]
    return _("%(label)s : %(said)s") % {"label": label, "said": scalar(value, one.choices, "", lang)}


def fields_of(rule: Any) -> frozenset[str]:
    """Return the fields of records that a rule looks at."""
    if isinstance(rule, Mapping):
        own = {str(rule["field"])} if isinstance(rule.get("field"), str) else set()
        own |= {str(rule["by"])} if isinstance(rule.get("by"), str) else set()
        return frozenset(own).union(*(fields_of(part) for part in rule.values()))
    if isinstance(rule, list | tuple):
        return frozenset[str]().union(*(fields_of(part) for part in rule))
    return frozenset()


def period(on: str, lang: str) -> str:
    """Return the dates of a fact (``2014``, ``2014-09/2015-03``, ``2014/..``) in words."""
    if not on:
        return ""
    first, _slash, last = on.partition("/")
    try:
        start = PartialDate.parse(first) if first != ".." else None
        end = PartialDate.parse(last) if last not in {"", ".."} else None
    except ValueError:
        return on
    precision = (start or end or PartialDate(date.min, DAY)).precision
    stop = end.next if end else start.next if start and not _slash else None
    return display.period(start.first if start else None, stop, precision, lang)
