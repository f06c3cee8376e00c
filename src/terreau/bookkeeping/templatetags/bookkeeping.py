"""How the pages of books say quantities, euros and accounts."""

from collections.abc import Mapping

from django import template

from terreau.bookkeeping import said
from terreau.flows.models import Flow

register = template.Library()


@register.filter
def cents(value: int) -> str:
    """Show cents as euros, to the cent."""
    return said.euros(value)


@register.filter
def quantities(held: Mapping[str, int]) -> str:
    """Show quantities of several units."""
    return said.quantities(held)


@register.filter
def what(code: str) -> str:
    """Say what a gift is."""
    return str(said.WHATS[code])


@register.filter
def gift_account(code: str) -> str:
    """Say an account of gifts."""
    return said.gift_account(code)


@register.filter
def account(code: str) -> str:
    """Say an account."""
    return said.account(code)


@register.filter
def unit_each(unit: str) -> str:
    """Say « per unit »."""
    return str(said.EACH.get(unit, unit))


@register.simple_tag
def gift_quantity(flow: Flow) -> str:
    """Show the quantity of a line in its unit; the sign of a correction before."""
    return said.quantity(flow.thousandths or 0, flow.unit)


@register.simple_tag
def unit_quantity(thousandths: int, unit: str) -> str:
    """Show a quantity in its unit."""
    return said.quantity(thousandths, unit)
