"""How money and shares are said on the pages of the economics of a pole."""

from decimal import Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from terreau.common.money import Euro
from terreau.design import numbers
from terreau.economics.models import Function, Imputation, Kind, Level, Line, Origin
from terreau.poles.models import Stage

register = template.Library()


@register.simple_tag
def euros(cents: int | None) -> str:
    """Show cents as euros, exact: with its cents only when there are some."""
    return "" if cents is None else numbers.with_unit(Euro(cents), "€", _language())


@register.simple_tag
def thousandths(value: int) -> str:
    """Show thousandths as a percentage with one decimal at most."""
    return numbers.with_unit((Decimal(value) / 10).normalize() + 0, "%", _language())


@register.simple_tag
def bar(start: int, cents: int, most: int, tone: str = "moss") -> SafeString:
    """Draw one bar of a table, decorative: the figure stands beside it. ``most``: the end of the scale."""
    scale = max(most, 1)
    left, width = max(start, 0) * 1000 / scale, max(cents, 0) * 1000 / scale
    return format_html(
        '<svg class="eco-bar eco-{}" viewBox="0 0 1000 20" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="eco-rail" width="1000" height="20"/>'
        '<rect class="eco-part" x="{}" width="{}" height="20"/></svg>',
        tone,
        f"{left:.1f}",
        f"{max(width, 3 if cents > 0 else 0):.1f}",
    )


@register.filter
def kind_name(code: str) -> str:
    """Return the name of a kind of resource or of use."""
    return str(Kind(code).label) if code else ""


@register.filter
def origin_name(code: str) -> str:
    """Return the name of an origin."""
    return str(Origin(code).label) if code else ""


@register.filter
def level_name(code: str) -> str:
    """Return the name of a level."""
    return str(Level(code).label) if code else ""


@register.filter
def function_name(code: str) -> str:
    """Return the name of a function."""
    return str(Function(code).label) if code else ""


@register.filter
def phase_name(code: str) -> str:
    """Return the name of a stage; empty when nobody said."""
    return str(Stage(code).label) if code in Stage.values else ""


def _language() -> str:
    return get_language() or "fr"


@register.simple_tag
def line_key(line: Line) -> str:
    """Return a line as the form sends it: its identifier, and the version of what was said of it."""
    try:
        version = line.flow.imputation.version
    except Imputation.DoesNotExist:
        version = 0
    return f"{line.pk.hex}:{version}"
