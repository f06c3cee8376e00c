"""How gifts, quantities and accounts are said, on pages, in files and in documents alike."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from terreau.bookkeeping import chart
from terreau.design import numbers
from terreau.poles import hours

WHATS: Final[Mapping[str, Any]] = {
    "volunteer": gettext_lazy("Bénévolat"),
    "staff": gettext_lazy("Personnes prêtées, mécénat de compétences"),
    "lent": gettext_lazy("Locaux et matériel prêtés"),
    "given": gettext_lazy("Dons en nature"),
    "service": gettext_lazy("Services et compétences donnés"),
    "unsaid": gettext_lazy("Temps dont le rôle n'est pas dit"),
}
UNITS: Final[Mapping[str, Any]] = {
    "hours": gettext_lazy("heures"),
    "days": gettext_lazy("jours"),
    "m2": gettext_lazy("mètres carrés"),
    "m2_day": gettext_lazy("mètres carrés par jour"),
    "units": gettext_lazy("unités"),
    "kg": gettext_lazy("kilogrammes"),
    "kwh": gettext_lazy("kilowattheures"),
    "km": gettext_lazy("kilomètres"),
}
#: One of a unit, after a price.
EACH: Final[Mapping[str, Any]] = {
    "hours": gettext_lazy("par heure"),
    "days": gettext_lazy("par jour"),
    "m2": gettext_lazy("par mètre carré"),
    "m2_day": gettext_lazy("par mètre carré et par jour"),
    "units": gettext_lazy("par unité"),
    "kg": gettext_lazy("par kilogramme"),
    "kwh": gettext_lazy("par kilowattheure"),
    "km": gettext_lazy("par kilomètre"),
}
SIGNS: Final[Mapping[str, str]] = {
    "days": "j",
    "m2": "m²",
    "m2_day": "m²·j",
    "kg": "kg",
    "kwh": "kWh",
    "km": "km",
}


def quantity(thousandths: int, unit: str) -> str:
    """Return a quantity with its unit: « 12 h 30 », « 40 m² »."""
    if unit == "hours":
        return hours.said(thousandths)
    value, language = Decimal(thousandths) / 1000, get_language() or "fr"
    if unit == "units":
        return numbers.with_unit(value, "", language).strip()
    return numbers.with_unit(value, SIGNS.get(unit, unit), language)


def quantities(held: Mapping[str, int]) -> str:
    """Return quantities of several units, which are never added to one another."""
    return " · ".join(quantity(value, unit) for unit, value in sorted(held.items()) if value)


def euros(cents: int) -> str:
    """Return cents as euros, to the cent."""
    return numbers.with_unit(Decimal(cents) / 100, "€", get_language() or "fr", 2)


def account(code: str) -> str:
    """Return an account with its heading: « 756 · Cotisations »; what no account says is said."""
    if not code:
        return _("aucun compte dit")
    heading = chart.plan().of(code)
    return f"{code} · {heading.name(get_language() or 'fr')}" if heading else code


def gift_account(code: str) -> str:
    """Return an account of gifts with its heading; the class alone is what nobody said the role of."""
    if code in {"86", "87"}:
        return _("%(code)s · rôle à préciser") % {"code": code}
    return account(code)
