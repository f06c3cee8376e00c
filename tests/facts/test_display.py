"""Values and dates in words, in both languages."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terreau.facts import catalogue, display
from terreau.facts.catalogue import CatalogueEntry
from terreau.facts.rules import Value

NARROW, NBSP = "\u202f", "\u00a0"


def entry(kind: str, choices: str = "") -> CatalogueEntry:
    label = {"fr": "x", "en": "x"}
    return CatalogueEntry("x", label, label, kind, "", choices, "one", ("pole",), "none", "public", "R-18")


def words(kind: str, lang: str, choices: str = "", **columns: object) -> str:
    return display.value(Value(**columns), entry(kind, choices), catalogue.load(), lang)  # type: ignore[arg-type]


def many(
    number: str, lang: str = "fr", qualifier: str = "", high: str | None = None, unit: str = "structures"
) -> str:
    top = Decimal(high) if high else None
    return words("number", lang, number=Decimal(number), number_max=top, unit=unit, qualifier=qualifier)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (many("1800"), f"1{NARROW}800{NBSP}structures"),
        (many("1800", "en"), f"1,800{NBSP}organisations"),
        (many("100", qualifier="more_than"), f"plus de 100{NBSP}structures"),
        (many("100", "en", qualifier="more_than"), f"more than 100{NBSP}organisations"),
        (many("15", qualifier="about"), f"environ 15{NBSP}structures"),
        (many("3", qualifier="at_least"), f"au moins 3{NBSP}structures"),
        (many("3", "en", qualifier="at_least"), f"at least 3{NBSP}organisations"),
        (many("3", qualifier="up_to"), f"jusqu'à 3{NBSP}structures"),
        (many("3", qualifier="almost"), f"près de 3{NBSP}structures"),
        (many("250", high="300"), f"de 250 à 300{NBSP}structures"),
        (many("250", "en", high="300"), f"250 to 300{NBSP}organisations"),
        (many("1.5000", unit="fte"), f"1,5{NBSP}ETP"),
        (many("1.5", "en", unit="fte"), f"1.5{NBSP}full-time equivalents"),
        (many("12.50", unit="percent"), f"12,5{NBSP}%"),
        (many("12.5", "en", unit="percent"), "12.5%"),
        (many("-3"), f"−3{NBSP}structures"),
        (many("0.5", unit=""), "0,5"),
    ],
)
def test_numbers(shown: str, expected: str) -> None:
    assert shown == expected


@pytest.mark.parametrize(
    ("cents", "french", "english"),
    [
        (180_000_000, f"1{NARROW}800{NARROW}000{NBSP}€", "€1,800,000"),
        (123_405, f"1{NARROW}234,05{NBSP}€", "€1,234.05"),
        (-5, f"−0,05{NBSP}€", "−€0.05"),
    ],
)
def test_money(cents: int, french: str, english: str) -> None:
    assert (words("money", "fr", cents=cents), words("money", "en", cents=cents)) == (french, english)


@pytest.mark.parametrize(
    ("precision", "qualifier", "french", "english"),
    [
        ("year", "", "2000", "2000"),
        ("month", "", "mai 2000", "May 2000"),
        ("day", "", "1er mai 2000", "1 May 2000"),
        ("year", "start", "début 2000", "early 2000"),
        ("year", "end", "fin 2000", "late 2000"),
        ("year", "decade", "années 2000", "the 2000s"),
    ],
)
def test_dates(precision: str, qualifier: str, french: str, english: str) -> None:
    columns = {"day": date(2000, 5, 1), "day_precision": precision, "qualifier": qualifier}
    assert (words("date", "fr", **columns), words("date", "en", **columns)) == (french, english)


def test_the_other_types() -> None:
    both = {"text": "né d'une friche", "text_en": "born of a wasteland"}
    assert (words("text", "fr", **both), words("text", "en", **both)) == tuple(both.values())
    assert words("text", "en", text="en français seulement") == "en français seulement"
    assert (words("bool", "fr", flag=False), words("bool", "en", flag=True)) == ("non", "yes")
    term = next(iter(catalogue.load().vocabulary("stage").terms.values()))
    assert words("code", "en", "stage", term=term.code) == term.labels["en"]


@pytest.mark.parametrize(
    ("start", "end", "precision", "french", "english"),
    [
        (None, None, "", "", ""),
        (date(2014, 1, 1), date(2015, 1, 1), "year", "en 2014", "in 2014"),
        (date(2014, 9, 1), date(2014, 10, 1), "month", "en septembre 2014", "in September 2014"),
        (date(2014, 9, 19), date(2014, 9, 20), "day", "le 19 septembre 2014", "on 19 September 2014"),
        (date(2010, 1, 1), date(2015, 1, 1), "year", "de 2010 à 2014", "2010 to 2014"),
        (date(2014, 9, 1), date(2014, 9, 6), "day", "du 1er septembre 2014 au 5 septembre 2014", None),
        (date(2010, 1, 1), None, "year", "depuis 2010", "since 2010"),
        (date(2010, 5, 3), None, "day", "depuis le 3 mai 2010", "since 3 May 2010"),
        (None, date(2015, 1, 1), "year", "jusqu'à 2014", "until 2014"),
        (None, date(2015, 1, 1), "day", "jusqu'au 31 décembre 2014", "until 31 December 2014"),
    ],
)
def test_periods(
    start: date | None, end: date | None, precision: str, french: str, english: str | None
) -> None:
    assert display.period(start, end, precision, "fr") == french
    assert english is None or display.period(start, end, precision, "en") == english


@given(st.decimals(-(10**12), 10**12, places=4))
def test_no_digit_is_lost(number: Decimal) -> None:
    french = display.number(number, "fr").replace(NARROW, "").replace(",", ".").replace("−", "-")
    english = display.number(number, "en").replace(",", "").replace("−", "-")
    assert Decimal(french) == Decimal(english) == number


def test_every_unit_reads_in_both_languages() -> None:
    for unit in catalogue.load().units.values():
        for lang in ("fr", "en"):
            assert many("1", lang, unit=unit.code).startswith(("1", "€1"))
            assert many("12", lang, unit=unit.code)
