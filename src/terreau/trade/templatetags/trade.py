"""Shares in the language of the page."""

from fractions import Fraction

from django import template
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from terreau.design import numbers

register = template.Library()


@register.filter
def part(value: Fraction | None) -> str:
    """Return a share in per cent, to a tenth; « inconnu » when it is not known."""
    if value is None:
        return _("inconnu")
    return numbers.with_unit(round(float(value) * 100, 1), "%", get_language() or "fr", 1)
