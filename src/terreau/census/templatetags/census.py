"""Tags of the census' pages."""

from typing import Any

from django import template

from terreau.census import differences

register = template.Library()


@register.inclusion_tag("census/difference.html")
def difference(before: str, after: str) -> dict[str, Any]:
    """Show what changes from one text to another: struck, underlined, and said in words."""
    return {"pieces": differences.words(before, after)}
