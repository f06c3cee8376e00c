"""What a page says of itself when its address is shared: its own title and description, said once."""

from html import unescape
from typing import Any

from django import template
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.utils.html import strip_tags

register = template.Library()


def _block(context: template.Context, name: str) -> str:
    """Return the text of a block of the page being made, empty when it has none."""
    blocks = context.render_context.get(BLOCK_CONTEXT_KEY)
    found = blocks.get_block(name) if blocks else None
    return unescape(strip_tags(found.render(context))).strip() if found else ""


@register.inclusion_tag("design/social.html", takes_context=True)
def social(context: template.Context) -> dict[str, Any]:
    """Show the Open Graph card of the page."""
    english = context.get("language_prefix") == "/en"
    origin = context.get("site_origin", "")
    return {
        "title": _block(context, "title"),
        "description": _block(context, "description"),
        "address": f"{origin}{context.get('english_path' if english else 'french_path', '')}",
        "origin": origin,
        "locale": "en_GB" if english else "fr_FR",
        "other": "fr_FR" if english else "en_GB",
        "image": f"design/card-{'en' if english else 'fr'}.png",
    }
