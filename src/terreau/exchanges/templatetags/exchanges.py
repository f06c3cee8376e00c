"""Figures of the room in the language of the page: cents, hours, quantities, prices of a unit, shares."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django import template
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from terreau.common.money import Euro
from terreau.design import addresses, numbers
from terreau.exchanges import rules

register = template.Library()


@register.filter
def euros(cents: int | None) -> str:
    """Return an amount; « inconnu » when nobody said it."""
    return _("inconnu") if cents is None else numbers.with_unit(Euro(cents), "", _language())


@register.filter
def hours(minutes: int | None) -> str:
    """Return « 12 h 30 »."""
    return _("inconnu") if minutes is None else rules.hours(minutes)


@register.filter
def quantity(thousandths: int | None) -> str:
    """Return a quantity without its unit."""
    if thousandths is None:
        return _("inconnu")
    return numbers.grouped(Decimal(thousandths) / 1000, _language())


@register.filter
def unit_price(price: int | None) -> str:
    """Return the price of a unit, two to five decimals."""
    if price is None:
        return _("inconnu")
    decimals = max(2, len(f"{price % 100_000:05d}".rstrip("0")))
    text = numbers.grouped(Decimal(price) / 100_000, _language(), decimals=decimals)
    return f"€{text}" if _language().startswith("en") else f"{text}{numbers.NO_BREAK}€"


@register.filter
def share(part: Fraction | None) -> str:
    """Return a share in per cent, with the fraction when the per cent is not exact."""
    if part is None:
        return ""
    text = rules.percent(part)
    return text.replace(",", ".").replace("\u00a0%", "%") if _language().startswith("en") else text


@register.filter
def hundredths(value: int) -> str:
    """Return hundredths of a per cent as a percentage."""
    return share(Fraction(value, 10_000))


@register.inclusion_tag("exchanges/press.html")
def press(
    *, act: str, about: Any, label: str, look: str = "button button-quiet", said: str = ""
) -> dict[str, Any]:
    """Show a button that does one thing at once; ``said`` is what it says to who does not see around it."""
    return {"act": act, "about": about, "label": label, "look": look, "said": said}


@register.inclusion_tag("exchanges/small_form.html")
def small_form(*, form: Any, act: str, label: str, look: str = "button") -> dict[str, Any]:
    """Show a form of a page that has several, with its button."""
    return {"form": form, "act": act, "label": label, "look": look}


@register.inclusion_tag("exchanges/price.html")
def price_of(prices: Mapping[str, Any], who: str, unit: str) -> dict[str, Any]:
    """Show a price with its tax and its day, or that nobody said it."""
    return {"price": prices.get(who), "unit": unit}


@register.inclusion_tag("exchanges/refusal.html")
def refusal_of(forms: Any) -> dict[str, Any]:
    """Say why the button that was pressed did nothing."""
    return {"messages": forms.refusal}


@register.inclusion_tag("exchanges/pages.html", takes_context=True)
def pages_of(context: template.Context, page: Any) -> dict[str, Any]:
    """Show the links to the rows before and after; ``page`` is one of ``django.core.paginator``."""
    request: HttpRequest = context["request"]

    def link(number: int) -> str:
        return addresses.query(request, {"page": str(number)})

    return {
        "previous": link(page.previous_page_number()) if page.has_previous() else "",
        "next": link(page.next_page_number()) if page.has_next() else "",
        "number": page.number,
        "count": page.paginator.num_pages,
    }


@register.simple_tag
def form_of(forms: Any, name: str) -> Any:
    """Return a form of a page that has several."""
    return forms[name]


def _language() -> str:
    return get_language() or "fr"
