"""Numbers, amounts, dates and official numbers as people and spreadsheets write them."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from terreau.common import parsing
from terreau.common.errors import DomainError
from terreau.common.money import Euro
from terreau.common.official_numbers import check_siret, luhn, siret_holds

CENTS = some.integers(min_value=-(10**13), max_value=10**13)
DAYS = some.dates(min_value=date(1000, 1, 1), max_value=date(2999, 12, 31))


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("12500", "12500"),
        ("12 500,50", "12500.50"),
        ("12\u202f500,50", "12500.50"),
        ("17\xa0833", "17833"),
        ("12.500,50", "12500.50"),
        ("12,500.50", "12500.50"),
        ("99786.57", "99786.57"),
        ("10000.0", "10000.0"),
        ("0.125", "0.125"),
        ("-3,5", "-3.5"),
        ("−3", "-3"),
    ],
)
def test_numbers(typed: str, found: str) -> None:
    assert parsing.number(typed) == Decimal(found)


@pytest.mark.parametrize(
    ("read", "typed", "code"),
    [
        (parsing.number, "12.500", "ambiguous_number"),
        (parsing.number, "1,234,567", "ambiguous_number"),
        (parsing.number, "12,5,1", "not_a_number"),
        (parsing.number, "1e5", "not_a_number"),
        (parsing.number, "douze", "not_a_number"),
        (parsing.number, "NaN", "not_a_number"),
        (parsing.whole, "12,5", "not_whole"),
        (parsing.euros, "12,345678", "part_of_a_cent"),
        (parsing.day, "12/2017", "not_a_day"),
        (parsing.day, "12/04/17", "not_a_day"),
        (parsing.day, "42735", "not_a_day"),
        (parsing.day, "31/02/2017", "no_such_day"),
        (parsing.day, "2017-30-05", "no_such_day"),
        (parsing.days, "2017-12-31/2017-01-01", "ends_before"),
        (parsing.yes_no, "peut-être", "not_yes_no"),
    ],
)
def test_what_is_not_sure_is_refused(read: Callable[[str], Any], typed: str, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        read(typed)
    assert refused.value.code == code
    assert str(refused.value.message).strip()


@pytest.mark.parametrize(
    "typed",
    [
        "2017-12-21",
        "21/12/2017",
        "21.12.2017",
        "21 décembre 2017",
        "2017-12-21 00:00:00",
        "2017-12-21T00:00:00Z",
    ],
)
def test_days(typed: str) -> None:
    assert parsing.day(typed) == date(2017, 12, 21)


def test_the_first_of_a_month_and_periods() -> None:
    assert parsing.day("1er août 2020") == date(2020, 8, 1)
    assert parsing.days("2018-01-01_2018-03-31") == (date(2018, 1, 1), date(2018, 3, 31))
    assert parsing.days("2018-01-01/2018-03-31") == (date(2018, 1, 1), date(2018, 3, 31))
    assert parsing.days("21/12/2017") == (date(2017, 12, 21), None)


@given(CENTS)
def test_an_amount_reads_back_as_it_is_shown(cents: int) -> None:
    assert parsing.euros(str(Euro(cents))) == Euro(cents)
    assert parsing.euros(f"{Decimal(cents) / 100:.2f}") == Euro(cents)


@given(DAYS)
def test_a_day_reads_back_however_it_is_written(day: date) -> None:
    assert parsing.day(day.isoformat()) == day
    assert parsing.day(f"{day:%d/%m/}{day.year:04d}") == day


@given(some.text())
def test_whatever_is_typed_is_read_or_explained(typed: str) -> None:
    for read in (parsing.number, parsing.euros, parsing.day, parsing.days, parsing.yes_no, check_siret):
        with suppress(DomainError):
            read(typed)


@given(some.integers(min_value=10**12, max_value=10**14 - 1))
def test_a_siret_that_a_float_spoilt_never_passes(number: int) -> None:
    """Nine or ten figures kept, the rest zero: the key of the SIREN may hold, the SIRET is refused."""
    spoilt = f"{number // 10**5 * 10**5:014d}"
    assert not siret_holds(spoilt)
    for written in (spoilt, f"{spoilt}.0", f"{float(spoilt):.8E}", f"{spoilt},0"):
        with pytest.raises(DomainError):
            check_siret(written)


@given(some.integers(min_value=0, max_value=10**12), some.integers(min_value=0, max_value=9))
def test_one_wrong_figure_is_seen(number: int, figure: int) -> None:
    digits = f"{number:013d}"
    key = next(str(k) for k in range(10) if luhn(digits + str(k)))
    whole = digits + key
    changed = f"{figure}{whole[1:]}"
    assert luhn(changed) == (changed == whole)
