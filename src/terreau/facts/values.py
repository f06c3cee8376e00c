"""From what a person or a content file gives to a typed value, checked against the catalogue."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from terreau.common.errors import DomainError
from terreau.common.money import Euro
from terreau.common.periods import PartialDate
from terreau.facts.catalogue import Catalogue, CatalogueEntry
from terreau.facts.models import Qualifier
from terreau.facts.rules import Value

_LIMIT = Decimal(10) ** 15
_SMALLEST = Decimal("0.0001")


def read_value(  # noqa: PLR0913
    catalogue: Catalogue,
    code: str,
    value: Any,
    *,
    unit: str | None = None,
    qualifier: str = "",
    value_max: Any = None,
) -> Value:
    """Return the typed value of a fact; raise ``DomainError`` (with the code and the value) otherwise.

    number: int, Decimal, text of digits, float (as it is written), or ``{"min": …, "max": …}``;
    money: the same in euros, or ``Euro``; text: a text or ``{"fr": …, "en": …}``; code: a term of
    the vocabulary; date: ``PartialDate``, date, ``2014``, ``"2014-09"``; bool: True or False. The
    unit is the catalogue's unless another of the same kind is given.
    """
    if code not in catalogue:
        raise _error("unknown_fact_code", _("Ce code n'est pas au catalogue des faits."), code, value)
    entry = catalogue[code]
    if qualifier not in Qualifier.values:
        raise _error("bad_qualifier", _("Cette précision n'existe pas."), code, qualifier)
    columns = _READERS[entry.type](catalogue, entry, value, value_max)
    return Value(**columns, unit=_unit(catalogue, entry, unit), qualifier=qualifier)


def _error(kind: str, message: str, code: str, value: Any) -> DomainError:
    return DomainError(kind, message, facts={"code": code, "value": str(value)})


def _unit(catalogue: Catalogue, entry: CatalogueEntry, unit: str | None) -> str:
    if unit is None or unit == entry.unit:
        return entry.unit
    known = catalogue.units.get(unit)
    if known is None or not entry.unit or known.kind != catalogue.unit(entry.unit).kind:
        raise _error("bad_unit", _("Cette unité ne convient pas à ce fait."), entry.code, unit)
    return unit


def _range(value: Any, value_max: Any) -> tuple[Any, Any]:
    if isinstance(value, Mapping) and set(value) == {"min", "max"}:
        return value["min"], value["max"]
    return value, value_max


def _decimal(entry: CatalogueEntry, value: Any) -> Decimal:
    message = _("Écrivez un nombre d'au plus quatre décimales.")
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str | float):
        raise _error("bad_value", message, entry.code, value)
    try:
        number = Decimal(repr(value) if isinstance(value, float) else value)
        exact = number.is_finite() and abs(number) < _LIMIT and number == number.quantize(_SMALLEST)
    except InvalidOperation as error:
        raise _error("bad_value", message, entry.code, value) from error
    if not exact:
        raise _error("bad_value", message, entry.code, value)
    return number


def _number(catalogue: Catalogue, entry: CatalogueEntry, value: Any, value_max: Any) -> dict[str, Any]:
    low, high = _range(value, value_max)
    number = _decimal(entry, low)
    number_max = None if high is None else _decimal(entry, high)
    if number_max is not None and number_max < number:
        raise _error("bad_range", _("La fin de la fourchette est avant son début."), entry.code, value)
    return {"number": number, "number_max": number_max}


def _cents(entry: CatalogueEntry, value: Any) -> int:
    if isinstance(value, Euro):
        return value.cents
    try:
        return Euro.of(_decimal(entry, value)).cents
    except ValueError as error:
        message = _("Écrivez un montant en euros, au centime près.")
        raise _error("bad_value", message, entry.code, value) from error


def _money(catalogue: Catalogue, entry: CatalogueEntry, value: Any, value_max: Any) -> dict[str, Any]:
    low, high = _range(value, value_max)
    cents = _cents(entry, low)
    cents_max = None if high is None else _cents(entry, high)
    if cents_max is not None and cents_max < cents:
        raise _error("bad_range", _("La fin de la fourchette est avant son début."), entry.code, value)
    return {"cents": cents, "cents_max": cents_max}


def _text(catalogue: Catalogue, entry: CatalogueEntry, value: Any, value_max: Any) -> dict[str, Any]:
    texts = {"fr": value} if isinstance(value, str) else value
    fits = isinstance(texts, Mapping) and "fr" in texts and not set(texts) - {"fr", "en"}
    if not fits or not all(isinstance(text, str) and text.strip() for text in texts.values()):
        raise _error("bad_value", _("Écrivez un texte."), entry.code, value)
    return {"text": texts["fr"].strip(), "text_en": texts.get("en", "").strip()}


def _code(catalogue: Catalogue, entry: CatalogueEntry, value: Any, value_max: Any) -> dict[str, Any]:
    terms = catalogue.vocabulary(entry.choices)
    if not isinstance(value, str) or value not in terms:
        known = ", ".join(terms.terms)
        message = _("Choisissez un terme du vocabulaire : %(terms)s.") % {"terms": known}
        raise _error("unknown_term", message, entry.code, value)
    return {"term": value}


def _date(catalogue: Catalogue, entry: CatalogueEntry, value: Any, value_max: Any) -> dict[str, Any]:
    if isinstance(value, PartialDate):
        return {"day": value.first, "day_precision": value.precision}
    try:
        if isinstance(value, bool) or not isinstance(value, str | int | date):
            raise ValueError
        partial = PartialDate.parse(value)
    except ValueError as error:
        message = _("Écrivez une date : 2014, 2014-09 ou 2014-09-19.")
        raise _error("bad_value", message, entry.code, value) from error
    return {"day": partial.first, "day_precision": partial.precision}


def _bool(catalogue: Catalogue, entry: CatalogueEntry, value: Any, value_max: Any) -> dict[str, Any]:
    if not isinstance(value, bool):
        raise _error("bad_value", _("Répondez oui ou non."), entry.code, value)
    return {"flag": value}


_READERS = {
    "number": _number,
    "money": _money,
    "text": _text,
    "code": _code,
    "date": _date,
    "bool": _bool,
}
