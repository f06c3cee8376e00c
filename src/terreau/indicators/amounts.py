"""Amounts of indicators: whole thousandths of a unit, read as people type them, written as they read them."""

from decimal import Decimal

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from terreau.common import parsing
from terreau.common.errors import DomainError
from terreau.common.money import Euro
from terreau.design.numbers import with_unit
from terreau.facts import catalogue

EUR, ITEMS = "EUR", "items"
_MOST = 10**15


def read(typed: str, unit: str) -> int | None:
    """Return thousandths for « 1 234,5 », None for nothing; money holds no part of a cent.

    Raises ``DomainError`` for anything else, for a figure below zero and for one too large to be true.
    """
    text = typed.strip()
    if not text:
        return None
    if unit == EUR:
        amount = parsing.euros(text).cents * 10
    else:
        number = parsing.number(text) * 1000
        if number != number.to_integral_value():
            raise DomainError("too_precise", _("Trois décimales au plus."), facts={"value": text[:40]})
        amount = int(number)
    if not 0 <= amount <= _MOST:
        raise DomainError(
            "out_of_range", _("Ce nombre est hors de toute mesure."), facts={"value": text[:40]}
        )
    return amount


def typed(amount: int | None) -> str:
    """Return an amount as it is typed: « 1234,5 »."""
    if amount is None:
        return ""
    text = f"{Decimal(amount) / 1000:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", ",")


def said(amount: int | None, unit: str) -> str:
    """Return an amount with its unit, in the language of the moment."""
    if amount is None:
        return pgettext("valeur", "inconnu")
    language = "en" if (get_language() or "fr").startswith("en") else "fr"
    if unit == EUR and amount % 10 == 0:
        return with_unit(Euro(amount // 10), "", language)
    number = Decimal(amount) / 1000
    return with_unit(number, unit_label(unit, singular=-1000 <= amount <= 1000), language)


def unit_label(unit: str, *, singular: bool = False) -> str:
    """Return the words of a unit: its symbol, its name, nothing for plain counts, or the pole's own words."""
    units = catalogue.load().units
    if unit == ITEMS:
        return ""
    if unit not in units:
        return unit
    language = "en" if (get_language() or "fr").startswith("en") else "fr"
    return units[unit].symbol or units[unit].label(language, singular=singular)


def of_figure(value: int | Decimal | Euro | None) -> int | None:
    """Return the thousandths of a figure that a room counted, rounded to the nearest."""
    if value is None:
        return None
    if isinstance(value, Euro):
        return value.cents * 10
    return int((Decimal(value) * 1000).to_integral_value())
