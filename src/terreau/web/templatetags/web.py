"""Small words of the pages that cross rooms."""

from typing import Any

from django import template
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from terreau.design.numbers import with_unit
from terreau.web.portrait import Portrait

register = template.Library()


@register.simple_tag
def share(value: float | None) -> str:
    """Return a part of a whole as a percentage a reader trusts: never a false 0 % nor a false 100 %."""
    if value is None:
        return _("inconnue")
    percent = value * 100
    if 0 < percent < 1:
        return _("moins de 1 %")
    if 99 < percent < 100:
        return _("plus de 99 %")
    return with_unit(round(percent), "%", get_language() or "fr")


@register.filter
def percent(value: float | None) -> int:
    """Return a part of a whole as a whole number for a bar, at least 1 when there is something."""
    if not value:
        return 0
    return max(1, min(100, round(value * 100)))


@register.simple_tag
def list_address(portrait: Portrait, name: str) -> str:
    """Return where a list of a portrait is taken as a file, empty when it has no address."""
    return portrait.list_address(name)


@register.simple_tag(takes_context=True)
def local(context: template.Context, path: str) -> str:
    """Return a French address of the site as it is in the language of the page."""
    prefix: Any = context.get("language_prefix", "")
    return f"{prefix}{path}"
