"""Amounts inside sentences, as the pages show them."""

from django.utils.translation import get_language

from terreau.common.money import Euro
from terreau.design.numbers import with_unit


def euros(cents: int) -> str:
    """Return an amount as the pages show it: without cents when there are none."""
    return with_unit(Euro(cents), "", get_language() or "fr")
