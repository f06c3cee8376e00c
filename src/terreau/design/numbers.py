"""Figures as a reader expects them in French and in English."""

from decimal import Decimal

from terreau.common.money import Euro

NARROW, NO_BREAK, MINUS = "\u202f", "\u00a0", "−"


def grouped(value: int | float | Decimal, language: str, *, decimals: int | None = None) -> str:
    """Return ``1 234 567,8`` (fr, narrow no-break spaces) or ``1,234,567.8`` (en).

    ``decimals`` fixes the number of decimals; without it a whole number has none and others keep
    what they have, up to six.
    """
    number = Decimal(str(value))
    if decimals is not None:
        text = f"{abs(number):,.{decimals}f}"
    elif number == number.to_integral_value():
        text = f"{abs(number):,.0f}"
    else:
        text = f"{abs(number):,.6f}".rstrip("0")
    if language.startswith("fr"):
        text = text.replace(",", NARROW).replace(".", ",")
    sign = MINUS if number < 0 and text.strip("0.,") else ""
    return sign + text


def with_unit(
    value: int | float | Decimal | Euro, unit: str, language: str, decimals: int | None = None
) -> str:
    """Return the figure and its unit, held together by a no-break space (narrow before ``%``)."""
    if isinstance(value, Euro):
        decimals = 0 if value.cents % 100 == 0 else 2
        value, unit = Decimal(value.cents) / 100, unit or "€"
    text = grouped(value, language, decimals=decimals)
    if not unit:
        return text
    if not language.startswith("fr") and unit in {"%", "€"}:
        sign = MINUS if text.startswith(MINUS) else ""
        return f"{text}%" if unit == "%" else f"{sign}€{text.removeprefix(MINUS)}"
    return f"{text}{NARROW if unit == '%' else NO_BREAK}{unit}"
