"""What the pages of the committee draw: scores, amounts to type."""

from django import template

from terreau.selection import portfolio_words

register = template.Library()


@register.filter
def points(thousandths: int | None) -> str:
    """Return a score in points; a dash while it is not known."""
    return "–" if thousandths is None else portfolio_words.points(thousandths)


@register.filter
def typed(cents: int | None) -> str:
    """Return an amount as it is typed in a field."""
    if cents is None:
        return ""
    whole, rest = divmod(cents, 100)
    grouped = f"{whole:,}".replace(",", " ")
    return f"{grouped},{rest:02d}" if rest else grouped
