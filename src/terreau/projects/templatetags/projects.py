"""What templates of this room say with figures."""

from decimal import Decimal

from django import template
from django.utils.translation import get_language

from terreau.common.money import Euro
from terreau.design.numbers import grouped
from terreau.design.templatetags.design import number
from terreau.projects import gantt

register = template.Library()


@register.simple_tag
def money(cents: int | None) -> str:
    """Return an amount in euros; « inconnu » when there is none."""
    return number(None if cents is None else Euro(cents))


@register.simple_tag
def hundredths(value: int | None) -> str:
    """Return whole hundredths with their two decimals; « inconnu » when there is none."""
    if value is None:
        return number(None)
    return grouped(Decimal(value) / 100, get_language() or "fr", decimals=2)


@register.simple_tag
def watched(row: gantt.Row) -> str:
    """Return what is to be watched in a row of a calendar, in words."""
    return gantt.said(row.late, row.clash)
