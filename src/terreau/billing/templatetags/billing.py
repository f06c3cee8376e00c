"""Words of invoices in the language of the page: taxes, units, quantities, masked account numbers."""

from decimal import Decimal
from typing import Any

from django import template
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from terreau.billing import electronic, rules
from terreau.billing.matching import Sure, Why
from terreau.design import numbers

register = template.Library()


@register.filter
def vat(row: Any) -> str:
    """Return the tax of a line."""
    return electronic.vat_words(row.vat_code, row.vat_rate, get_language() or "fr")


@register.filter
def vat_of(found: rules.Vat) -> str:
    """Return a tax."""
    return electronic.vat_words(found.code, found.rate, get_language() or "fr")


@register.filter
def counted(row: Any) -> str:
    """Return a quantity with its unit."""
    text = numbers.grouped(Decimal(row.thousandths) / 1000, get_language() or "fr")
    unit = electronic.unit(row.unit)
    return f"{text}{numbers.NO_BREAK}{unit}" if unit else text


@register.filter
def masked(iban: str) -> str:
    """Return the ends of an account number."""
    return rules.masked(iban)


@register.filter
def why(reason: Why) -> str:
    """Return what speaks for a proposal."""
    return {
        Why.NUMBER: _("son numéro est dans le libellé"),
        Why.AMOUNT: _("le montant est exact"),
        Why.NAME: _("le nom correspond"),
        Why.SEVERAL: _("plusieurs factures ensemble"),
        Why.PART: _("une partie seulement"),
    }[reason]


@register.filter
def sure(level: Sure) -> tuple[str, str]:
    """Return how sure a proposal is, and the tone of its mark."""
    return {
        Sure.HIGH: (_("presque sûr"), "moss"),
        Sure.FAIR: (_("probable"), "ochre"),
        Sure.LOW: (_("à vérifier"), "plain"),
    }[level]


@register.inclusion_tag("billing/tabs.html", takes_context=True)
def billing_tabs(context: template.Context, here: str) -> dict[str, Any]:
    """Show the three parts of the room: invoices, bank, services."""
    return {"here": here, "ws": context["ws"]}
