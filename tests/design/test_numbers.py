"""Figures in French and in English."""

from decimal import Decimal

import pytest

from terreau.common.money import Euro
from terreau.design.numbers import grouped, with_unit


@pytest.mark.parametrize(
    ("value", "french", "english"),
    [
        (0, "0", "0"),
        (1234567, "1\u202f234\u202f567", "1,234,567"),
        (Decimal("1234.50"), "1\u202f234,5", "1,234.5"),
        (0.1, "0,1", "0.1"),
        (-12, "−12", "−12"),
        (68350798, "68\u202f350\u202f798", "68,350,798"),
    ],
)
def test_thousands_and_decimals(value: object, french: str, english: str) -> None:
    assert grouped(value, "fr") == french  # type: ignore[arg-type]
    assert grouped(value, "en") == english  # type: ignore[arg-type]


def test_a_negative_that_rounds_to_nothing_has_no_sign() -> None:
    assert grouped(-0.001, "fr", decimals=1) == "0,0"


@pytest.mark.parametrize(
    ("value", "unit", "language", "shown"),
    [
        (45, "%", "fr", "45\u202f%"),
        (45, "%", "en", "45%"),
        (12, "hectares", "fr", "12\u00a0hectares"),
        (Euro(180000000), "", "fr", "1\u202f800\u202f000\u00a0€"),
        (Euro(1050), "", "fr", "10,50\u00a0€"),
        (Euro(1050), "", "en", "€10.50"),
        (Euro(-1050), "", "en", "−€10.50"),
        (3, "", "fr", "3"),
    ],
)
def test_a_unit_never_leaves_its_figure(value: object, unit: str, language: str, shown: str) -> None:
    assert with_unit(value, unit, language) == shown  # type: ignore[arg-type]
