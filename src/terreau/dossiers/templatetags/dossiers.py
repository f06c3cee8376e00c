"""What the pages of files draw."""

from django import template

from terreau.dossiers import saying

register = template.Library()


@register.simple_tag
def iso_day(text: str) -> str:
    """Return a day kept in ISO form as people write it."""
    return saying.day(text)
