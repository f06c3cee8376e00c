"""Figures of the room in the language of the page."""

from django import template
from django.utils.translation import get_language

from terreau.design import numbers

register = template.Library()


@register.filter
def percent(hundredths: int | None) -> str:
    """Return hundredths of a per cent as a whole percentage; empty when it is not known."""
    if hundredths is None:
        return ""
    return numbers.with_unit((hundredths + 50) // 100, "%", get_language() or "fr")


@register.filter
def negative(cents: int) -> int:
    """Return the amount with its sign turned."""
    return -cents
