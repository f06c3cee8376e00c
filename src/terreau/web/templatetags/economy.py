"""Figures of the faces of the economy, in the language of the page."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import template
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from terreau.design import numbers

register = template.Library()


@register.filter
def amount_of(thousandths: int, unit: str) -> str:
    """Return a quantity with its unit in words: « 12,5 heures »."""
    value = Decimal(thousandths) / 1000
    if unit == "hours":
        return _hours(value)
    if unit == "days":
        return ngettext("%(count)s jour", "%(count)s jours", _plural(value)) % {"count": _said(value)}
    names = {"m2": "m²", "m2_day": _("m² par jour"), "kwh": "kWh", "units": _("unités")}
    return numbers.with_unit(value, names.get(unit, unit), _language())


@register.filter
def whole_hours(count: int) -> str:
    """Return hours without a decimal."""
    return _hours(Decimal(count))


@register.filter
def as_day(text: str) -> date:
    """Return the day that was written as ISO."""
    return date.fromisoformat(text)


@register.filter
def largest(section: Any) -> int:
    """Return the largest amount of a section that is no sum, for bars."""
    return max((one.cents for one in section.figures if one.cents and one.code), default=1)


def _hours(value: Decimal) -> str:
    return ngettext("%(count)s heure", "%(count)s heures", _plural(value)) % {"count": _said(value)}


def _plural(value: Decimal) -> int:
    return 1 if abs(value) < 2 else 2


def _said(value: Decimal) -> str:
    return numbers.grouped(value, _language())


def _language() -> str:
    return get_language() or "fr"
