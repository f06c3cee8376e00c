"""The facts of a frame as JSON: what somebody who has only facts gives, and what is given back.

yes or no ``true``; a number ``3`` or ``{"min": 3, "max": null}``; a day ``"2014-09"``; codes ``["a"]`` or
``{"values": ["a"], "complete": false}``; records the same with objects, and ``"total": {"min": 12}``
when there are more than those listed. ``null`` is unknown, as is what is left out.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from terreau.common.errors import DomainError
from terreau.common.periods import PartialDate
from terreau.facts import catalogue
from terreau.grids import readables
from terreau.grids.known import JUDGED, Frame, Interval, Known, Number, Record, Scalar, Value
from terreau.grids.readables import Field, Readable, readable

_LARGEST = Decimal(10) ** 15
_MOST = 2_000
_LONGEST = 5_000
_BOUNDS = {"min", "max"}


@dataclass
class Reading:
    """Problems met while facts are read, each with the path of the field."""

    problems: list[dict[str, str]] = field(default_factory=list)

    def refuse(self, path: str, code: str, message: str) -> None:
        """Add a problem."""
        self.problems.append({"path": path, "code": code, "message": message})


def parse_frame(
    data: Mapping[str, Any],
    lang: str = "fr",
    *,
    readable: Mapping[str, Readable] | None = None,
    judged: Collection[str] | None = None,
    source: Mapping[str, Any] | None = None,
) -> Frame:
    """Return what is known from JSON facts; raise ``DomainError`` with every problem and its path.

    ``judged``: the criteria that a person may answer (any when None). ``source`` is put on each fact.
    """
    known = readables.readable() if readable is None else readable
    reading, found = Reading(), {}
    with translation.override(lang):
        if not isinstance(data, Mapping):
            reading.refuse("facts", "bad_facts", _("Donnez les faits par leur code."))
            data = {}
        for code, value in data.items():
            one = _fact(reading, known, str(code), value, judged)
            if one is not None:
                found[str(code)] = one if source is None else _with_source(one, source)
        if reading.problems:
            message = _("Certains faits ne peuvent pas être lus : voyez la liste des problèmes.")
            raise DomainError("bad_facts", message, facts={"problems": reading.problems})
    return with_counts(found, known)


def with_counts(frame: Frame, readable: Mapping[str, Readable]) -> Frame:
    """Return the frame with the numbers left out that count some of its records (``Readable.counts``)."""
    found = dict(frame)
    for one in readable.values():
        if one.counts is None or one.code in found or one.counts[0] not in found:
            continue
        records, field_name = found[one.counts[0]], one.counts[1]
        said = [row.get(field_name) for row in records.value] if isinstance(records.value, tuple) else []
        most = sum(word is not False for word in said) if records.complete else None
        bounds = Interval(sum(word is True for word in said), most)
        found[one.code] = replace(records, code=one.code, value=bounds, complete=True, total=None)
    return found


def _with_source(one: Any, source: Mapping[str, Any]) -> Any:
    return replace(one, source=source)


def _fact(
    reading: Reading,
    known: Mapping[str, Readable],
    code: str,
    value: Any,
    judged: Collection[str] | None,
) -> Any:
    path = f"facts.{code}"
    if code.startswith(JUDGED):
        criterion = code.removeprefix(JUDGED)
        if judged is not None and criterion not in judged:
            reading.refuse(path, "unknown_criterion", _("Aucune personne n'a à répondre à ce critère."))
            return None
        said = _bool(reading, path, value)
        return None if said is None else Known(code, said)
    if code not in known:
        reading.refuse(path, "unknown_fact", _("Ce fait n'est pas de ceux que les grilles lisent."))
        return None
    if value is None:
        return None
    return _typed(reading, known[code], path, value)


def _typed(reading: Reading, one: Readable, path: str, value: Any) -> Any:
    if one.type == "records":
        return _records(reading, one, path, value)
    if one.type == "codes":
        values, complete, _total = _list(reading, path, value)
        codes = _codes(reading, path, values, one.choices)
        return None if codes is None else Known(one.code, codes, complete=complete)
    read = _scalar(reading, path, value, one.type, one.choices)
    return None if read is None else Known(one.code, read)


def _scalar(reading: Reading, path: str, value: Any, kind: str, choices: str) -> Any:
    if value is None:
        return None
    if kind == "codes":
        if not isinstance(value, list):
            reading.refuse(path, "bad_codes", _("Donnez une liste de termes."))
            return None
        return _codes(reading, path, value, choices)
    if kind == "code":
        return _code(reading, path, value, choices)
    return _READERS[kind](reading, path, value)


def _bool(reading: Reading, path: str, value: Any) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    reading.refuse(path, "bad_bool", _("Répondez par true, false ou null."))
    return None


def _decimal(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    if isinstance(value, int) and abs(value) >= _LARGEST:
        return None
    try:
        number = Decimal(repr(value) if isinstance(value, float) else value)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < _LARGEST else None


def _number(reading: Reading, path: str, value: Any) -> Any:
    low = high = value
    if isinstance(value, Mapping):
        if not value or set(value) - _BOUNDS:
            reading.refuse(path, "bad_number", _("Donnez un nombre, ou min et max."))
            return None
        low, high = value.get("min"), value.get("max")
    numbers = [None if bound is None else _decimal(bound) for bound in (low, high)]
    if any(number is None and bound is not None for number, bound in zip(numbers, (low, high), strict=True)):
        reading.refuse(path, "bad_number", _("Donnez un nombre, ou min et max."))
        return None
    if numbers[0] is None and numbers[1] is None:
        return None
    if numbers[0] is not None and numbers[1] is not None and numbers[0] > numbers[1]:
        reading.refuse(path, "bad_range", _("Le minimum est plus grand que le maximum."))
        return None
    return Interval(*numbers)


def _date(reading: Reading, path: str, value: Any) -> Any:
    whole = not isinstance(value, Mapping)
    first, last = (value, value) if whole else (value.get("min"), value.get("max"))
    low, high = _days_of(first), _days_of(last)
    fits = (low or not (whole or first)) and (high or not (whole or last)) and (low or high)
    if not fits or (not whole and set(value) - _BOUNDS) or (low and high and low[0] > high[1]):
        reading.refuse(path, "bad_date", _("Donnez une date : 2014, 2014-09 ou 2014-09-19."))
        return None
    bounds = Interval(low[0] if low else None, high[1] if high else None)
    return bounds.low if bounds.exact else bounds


def _days_of(value: Any) -> tuple[date, date] | None:
    """Return the first and the last day of a year, a month or a day; None when it is none of them."""
    try:
        read = PartialDate.parse(value) if isinstance(value, str | date) else None
        return (read.first, date.fromordinal(read.next.toordinal() - 1)) if read else None
    except (ValueError, OverflowError):
        return None


def _text(reading: Reading, path: str, value: Any) -> str | None:
    if isinstance(value, str) and len(value) <= _LONGEST and "\0" not in value:
        return value
    reading.refuse(path, "bad_text", _("Donnez un texte d'au plus 5 000 caractères."))
    return None


_READERS: dict[str, Callable[[Reading, str, Any], Any]] = {
    "bool": _bool,
    "number": _number,
    "date": _date,
    "text": _text,
}


def _code(reading: Reading, path: str, value: Any, choices: str) -> str | None:
    terms = catalogue.load().vocabulary(choices)
    if isinstance(value, str) and value in terms:
        return value
    message = _("Choisissez un terme du vocabulaire : %(terms)s.") % {"terms": ", ".join(terms.terms)}
    reading.refuse(path, "unknown_term", message)
    return None


def _codes(reading: Reading, path: str, values: list[Any] | None, choices: str) -> frozenset[str] | None:
    if values is None:
        return None
    read = [_code(reading, f"{path}[{rank}]", value, choices) for rank, value in enumerate(values)]
    return frozenset(code for code in read if code is not None)


def _list(reading: Reading, path: str, value: Any) -> tuple[list[Any] | None, bool, Any]:
    """Return the values of a list, whether it is complete, and the bounds of their number."""
    complete, total = True, None
    if isinstance(value, Mapping):
        if "values" not in value or set(value) - {"values", "complete", "total"}:
            message = _("Donnez une liste, ou values, complete et total.")
            reading.refuse(path, "bad_list", message)
            return None, True, None
        told = value.get("complete", value.get("total") is None)
        complete = told if isinstance(told, bool) else True
        if not isinstance(told, bool):
            reading.refuse(f"{path}.complete", "bad_bool", _("Répondez par true, false ou null."))
        if value.get("total") is not None:
            total = _number(reading, f"{path}.total", value["total"])
        value = value["values"]
    if not isinstance(value, list) or len(value) > _MOST:
        reading.refuse(path, "bad_list", _("Donnez une liste d'au plus 2 000 éléments."))
        return None, complete, total
    return value, complete, total


def _records(reading: Reading, one: Readable, path: str, value: Any) -> Any:
    values, complete, total = _list(reading, path, value)
    if values is None:
        return None
    records = tuple(_record(reading, one.fields, f"{path}[{rank}]", each) for rank, each in enumerate(values))
    if total is not None and total.high is not None and total.high < len(records):
        message = _("Le total est plus petit que le nombre d'éléments donnés.")
        reading.refuse(f"{path}.total", "bad_total", message)
    return Known(one.code, records, complete=complete, total=None if complete else total)


def _record(reading: Reading, fields: Mapping[str, Field], path: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        reading.refuse(path, "bad_record", _("Donnez un objet, avec ses champs."))
        return {}
    read: dict[str, Any] = {}
    for name, content in value.items():
        if name not in fields:
            message = _("Ce champ n'existe pas. Champs possibles : %(fields)s.") % {
                "fields": ", ".join(fields)
            }
            reading.refuse(f"{path}.{name}", "unknown_field", message)
            continue
        one = fields[name]
        read[name] = _scalar(reading, f"{path}.{name}", content, one.type, one.choices)
    return with_implied(fields, read)


def with_implied(fields: Mapping[str, Field], record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a record with the fields left out that another of its fields says (``Field.implied``)."""
    read = dict(record)
    for name, one in fields.items():
        said = one.implied.get(str(read.get(one.implied_by))) if one.implied_by else None
        if said is not None and read.get(name) is None:
            read[name] = said
    return read


def value_as_json(value: Any, *, complete: bool = True, total: Any = None) -> Any:
    """Return a value of a frame in the JSON that ``parse_frame`` reads."""
    if isinstance(value, frozenset | tuple):
        plain: list[Any] = sorted(value) if isinstance(value, frozenset) else [_record_json(r) for r in value]
        if complete:
            return plain
        given = {"values": plain, "complete": False}
        return given if total is None else {**given, "total": _plain(total)}
    return _plain(value)


def _record_json(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: None if value is None else value_as_json(value) for name, value in record.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Interval):
        if value.exact:
            return _plain(value.low)
        if isinstance(value.low, date) or isinstance(value.high, date):
            return _days(value)
        return {"min": _plain(value.low), "max": _plain(value.high)}
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, date) else value


def _days(value: Any) -> Any:
    low, high = value.low, value.high
    if low is None or high is None:
        return {"min": _plain(low), "max": _plain(high)}
    for precision in ("year", "month"):
        if date.fromordinal(PartialDate(low, precision).next.toordinal() - 1) == high:
            return PartialDate(low, precision).iso()
    return {"min": _plain(low), "max": _plain(high)}


__all__ = [
    "JUDGED",
    "Field",
    "Frame",
    "Interval",
    "Known",
    "Number",
    "Readable",
    "Record",
    "Scalar",
    "Value",
    "parse_frame",
    "readable",
    "value_as_json",
    "with_implied",
]
