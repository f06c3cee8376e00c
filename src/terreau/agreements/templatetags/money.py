"""Names of the buttons of the pages of money."""

from typing import Any

from django import template

register = template.Library()


@register.simple_tag
def act_of(verb: str, row: Any) -> str:
    """Return the name of a button that does ``verb`` to a row."""
    key = row.pk.hex if hasattr(row.pk, "hex") else row.pk
    return f"{verb}-{key}"
