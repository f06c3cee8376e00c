"""schema.org in pages. A block of data is no script: the policy of the site asks no nonce of it."""

import json
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

from terreau.sheets.actors import ActorSheet
from terreau.sheets.poles import PoleSheet
from terreau.territories.models import Zone
from terreau.web import structured

register = template.Library()
_ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


def _block(thing: structured.Thing | None) -> SafeString:
    if thing is None:
        return mark_safe("")
    text = json.dumps(thing, ensure_ascii=False).translate(_ESCAPES)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308 (escaped above)


def _origin(context: template.Context) -> str:
    return str(context["site_origin"])


@register.simple_tag(takes_context=True)
def structured_pole(context: template.Context, sheet: PoleSheet) -> SafeString:
    """Write a pole."""
    return _block(structured.pole(sheet, _origin(context)))


@register.simple_tag(takes_context=True)
def structured_actor(context: template.Context, sheet: ActorSheet) -> SafeString:
    """Write an actor."""
    return _block(structured.actor(sheet, _origin(context)))


@register.simple_tag(takes_context=True)
def structured_territory(context: template.Context, zone: Zone, parents: list[Any]) -> SafeString:
    """Write a territory."""
    return _block(structured.territory(zone, parents, _origin(context)))


@register.simple_tag(takes_context=True)
def structured_site(context: template.Context) -> SafeString:
    """Write the site and its open data."""
    origin = _origin(context)
    return _block(structured.website(origin)) + _block(structured.dataset(origin))


@register.simple_tag(takes_context=True)
def structured_dataset(context: template.Context) -> SafeString:
    """Write the open data."""
    return _block(structured.dataset(_origin(context)))
