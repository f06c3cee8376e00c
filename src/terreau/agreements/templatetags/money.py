"""What the pages of the money of a file draw: amounts that may be unknown, names of buttons."""

from typing import Any

from django import template
from django.utils.translation import gettext as _

from terreau.common.money import Euro

register = template.Library()


@register.filter
def euros_or(cents: int | None) -> str:
    """Return an amount in cents as euros, « inconnu » when nobody said it."""
    return _("inconnu") if cents is None else str(Euro(cents))


@register.simple_tag
def act_of(verb: str, row: Any) -> str:
    """Return the name of a button that does ``verb`` to a row."""
    key = row.pk.hex if hasattr(row.pk, "hex") else row.pk
    return f"{verb}-{key}"
