"""What pages of calls draw: texts in the language of the page, amounts, what is left to the owner."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from terreau.calls import wording
from terreau.common.money import Euro
from terreau.design import numbers

register = template.Library()


@register.filter
def said(row: Any, name: str) -> str:
    """Return a text of a row in the language of the page."""
    return wording.said(row, name)


@register.filter
def cents(value: int | None) -> str | SafeString:
    """Return an amount, or that it is left to the owner of the programme."""
    return left() if value is None else numbers.with_unit(Euro(value), "", get_language() or "fr")


@register.filter
def or_left(value: Any) -> Any:
    """Return a value, or that it is left to the owner of the programme when there is none."""
    return left() if value is None or value == "" else value


@register.filter
def hundredths(value: int | None) -> str | SafeString:
    """Return a rate held in hundredths of a percent."""
    return left() if value is None else percent(value)


def percent(value: int) -> str:
    """Return « 12,5 % »."""
    text = f"{value / 100:.2f}".rstrip("0").rstrip(".")
    english = (get_language() or "fr").startswith("en")
    return f"{text}%" if english else f"{text.replace('.', ',')}\u00a0%"


def left() -> SafeString:
    """Return the words for a value that the sources do not give and the owner will."""
    return format_html('<span class="soft">{}</span>', _("laissé au porteur du programme"))


@register.filter
def kind_words(kind: str) -> Any:
    """Return a kind of question in words."""
    return wording.KINDS.get(kind, kind)
