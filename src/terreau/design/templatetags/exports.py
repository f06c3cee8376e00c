"""Links that take a list as a file, beside the list that they take."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from django import template
from django.utils.translation import gettext as _

from terreau.design import export
from terreau.design.export import CHOOSE, formats

register = template.Library()
format_label = register.filter("format_label", export.format_label)


@register.inclusion_tag("design/components/exports.html")
def downloads(address: str, label: str = "", *, place: bool = False) -> dict[str, Any]:
    """Show the links that take a list which has an address of its own; ``place``: as GeoJSON too."""
    path, _mark, query = address.partition("?")
    links = [{"label": format_label(one), "href": _with(path, query, one)} for one in formats(place=place)]
    chosen = {"label": _("choisir les colonnes"), "href": _with(path, query, CHOOSE)}
    return {"exports": [*links, chosen], "label": label}


def _with(path: str, query: str, form: str) -> str:
    return f"{path}?{urlencode([*parse_qsl(query), ('format', form)])}"
