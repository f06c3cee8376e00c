"""Fees: by tables for what a scale says, by properties for what none may break."""

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terreau.fees import rules
from terreau.fees.rules import Bracket, Combine, Line, Payer, Prorata, Scale

YEAR = (date(2026, 1, 1), date(2026, 12, 31))
TURNOVER = Line(
    rules.TURNOVER, (Bracket(0, 5_000), Bracket(10_000_000, 15_000), Bracket(50_000_000, 30_000, 100))
)
HEADCOUNT = Line(rules.HEADCOUNT, (Bracket(0, 4_000), Bracket(1_000, 20_000)))
TOWN = Line(rules.FLAT, (Bracket(0, 50_000),), frozenset({"local_authority"}))
PERSON = Line(rules.FLAT, (Bracket(0, 1_000),), frozenset({"person"}))
SCALE = Scale((TURNOVER, TOWN, PERSON), reductions={"first_year": 5_000, "emerging": 2_000})


def _due(scale: Scale, **values: object) -> int | None:
    return rules.fee(scale, Payer("x", **{"kind": "association", **values}), *YEAR).cents  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "cents"),
    [
        ({"turnover": 0}, 5_000),
        ({"turnover": 9_999_999}, 5_000),
        ({"turnover": 10_000_000}, 15_000),
        ({"turnover": 50_000_000}, 30_000),
        ({"turnover": 150_000_000}, 40_000),
        ({"kind": "local_authority"}, 50_000),
        ({"kind": "person"}, 1_000),
        ({"turnover": 0, "reductions": frozenset({"first_year"})}, 2_500),
        ({"turnover": 0, "reductions": frozenset({"first_year", "emerging"})}, 2_000),
        ({"turnover": 0, "reductions": frozenset({"unknown"})}, 5_000),
        ({"turnover": 0, "left": date(2025, 12, 31)}, 0),
    ],
)
def test_what_a_scale_says(values: dict[str, object], cents: int) -> None:
    assert _due(SCALE, **values) == cents


@pytest.mark.parametrize(
    ("combine", "cents"), [(Combine.LEAST, 5_000), (Combine.GREATEST, 20_000), (Combine.SUM, 25_000)]
)
def test_turnover_and_headcount_together(combine: Combine, cents: int) -> None:
    scale = Scale((TURNOVER, HEADCOUNT), combine=combine)
    assert _due(scale, turnover=100, headcount=1_000) == cents


def test_what_nobody_said_is_named_and_not_presumed() -> None:
    scale = Scale((TURNOVER, HEADCOUNT))
    found = rules.fee(scale, Payer("x", "association", turnover=5), *YEAR)
    assert (found.cents, found.missing) == (None, ("headcount",))
    assert rules.fee(Scale((TOWN,)), Payer("x", "association"), *YEAR).missing == ("line",)


@pytest.mark.parametrize(
    ("prorata", "joined", "cents"),
    [
        (Prorata.NONE, date(2026, 7, 15), 36_500),
        (Prorata.MONTHS, date(2026, 7, 15), 18_250),
        (Prorata.MONTHS, date(2026, 12, 31), 3_042),
        (Prorata.DAYS, date(2026, 7, 2), 18_300),
        (Prorata.DAYS, date(2020, 1, 1), 36_500),
        (Prorata.DAYS, date(2027, 1, 1), 0),
    ],
)
def test_a_part_of_a_year(prorata: Prorata, joined: date, cents: int) -> None:
    scale = Scale((Line(rules.FLAT, (Bracket(0, 36_500),)),), prorata=prorata)
    assert _due(scale, joined=joined) == cents


def test_limits_then_reductions_then_rounding() -> None:
    scale = replace(SCALE, least=10_000, most=20_000, round_to=500)
    assert _due(scale, turnover=0) == 10_000
    assert _due(scale, turnover=10**12) == 20_000
    assert _due(scale, turnover=0, reductions=frozenset({"emerging"})) == 8_000
    assert _due(replace(scale, round_to=3_000), turnover=0) == 9_000


@pytest.mark.parametrize(
    ("scale", "codes"),
    [
        (Scale(()), ["no_line"]),
        (Scale((Line("weight", (Bracket(0, 1),)),)), ["bad_basis"]),
        (Scale((Line(rules.TURNOVER, (Bracket(5, 1),)),)), ["bad_floors"]),
        (Scale((Line(rules.TURNOVER, (Bracket(0, 1), Bracket(0, 2))),)), ["bad_floors"]),
        (Scale((Line(rules.FLAT, (Bracket(0, 1), Bracket(5, 2))),)), ["flat_has_one"]),
        (Scale((Line(rules.HEADCOUNT, (Bracket(0, 1, 5),)),)), ["rate_of_turnover"]),
        (Scale((Line(rules.TURNOVER, (Bracket(0, -1),)),)), ["bad_amount"]),
        (Scale((TOWN, TOWN)), ["kind_twice"]),
        (replace(SCALE, least=5, most=4), ["bad_limits"]),
        (replace(SCALE, round_to=0), ["bad_rounding"]),
        (replace(SCALE, reductions={"x": 10_001}), ["bad_reduction"]),
        (SCALE, []),
    ],
)
def test_a_scale_that_cannot_be_voted_says_all_that_is_wrong(scale: Scale, codes: list[str]) -> None:
    assert [one.code for one in rules.check(scale)] == codes


def test_a_change_is_seen_before_it_is_voted() -> None:
    payers = [
        Payer("small", "association", turnover=100),
        Payer("large", "company", turnover=60_000_000),
        Payer("town", "local_authority"),
        Payer("unknown", "association"),
    ]
    dearer = replace(SCALE, lines=(Line(rules.TURNOVER, (Bracket(0, 20_000),)), TOWN))
    found = rules.simulate(SCALE, dearer, payers, *YEAR)
    assert [(one.key, one.difference) for one in found.more] == [("small", 15_000)]
    assert [(one.key, one.difference) for one in found.less] == [("large", -11_000)]
    assert [one.key for one in found.unknown] == ["unknown"]
    assert (found.before, found.after) == (86_000, 90_000)


AMOUNTS = st.integers(0, 10**9)


@st.composite
def _scales(draw: st.DrawFn) -> Scale:
    floors = sorted(draw(st.sets(st.integers(1, 10**9), max_size=4)))
    cents = sorted(draw(st.lists(AMOUNTS, min_size=len(floors) + 1, max_size=len(floors) + 1)))
    brackets = tuple(Bracket(floor, one) for floor, one in zip([0, *floors], cents, strict=True))
    least = draw(st.integers(0, 10_000))
    return Scale(
        (Line(rules.TURNOVER, brackets),),
        least=least,
        most=draw(st.none() | st.integers(least, 10**9)),
        prorata=draw(st.sampled_from(list(Prorata))),
        reductions={"a": draw(st.integers(0, rules.WHOLE)), "b": draw(st.integers(0, rules.WHOLE))},
    )


DAYS = st.none() | st.dates(date(2025, 1, 1), date(2027, 12, 31))
PAYERS = st.builds(
    Payer,
    key=st.just("x"),
    kind=st.just("company"),
    turnover=AMOUNTS,
    reductions=st.frozensets(st.sampled_from(["a", "b", "c"])),
    joined=DAYS,
    left=DAYS,
)


@given(_scales(), PAYERS, AMOUNTS)
def test_no_fee_is_below_zero_nor_falls_when_turnover_grows(scale: Scale, payer: Payer, more: int) -> None:
    assert not rules.check(scale)
    found = rules.fee(scale, payer, *YEAR).cents
    grown = rules.fee(scale, replace(payer, turnover=(payer.turnover or 0) + more), *YEAR).cents
    assert found is not None
    assert grown is not None
    assert 0 <= found <= grown


@given(_scales(), PAYERS)
def test_reductions_and_parts_of_a_year_never_raise_a_fee(scale: Scale, payer: Payer) -> None:
    whole = replace(payer, reductions=frozenset(), joined=None, left=None)
    reduced, full = rules.fee(scale, payer, *YEAR).cents, rules.fee(scale, whole, *YEAR).cents
    assert reduced is not None
    assert full is not None
    assert reduced <= full


@given(_scales(), st.lists(PAYERS, max_size=6))
def test_the_totals_of_a_simulation_add_up(scale: Scale, payers: list[Payer]) -> None:
    found = rules.simulate(scale, replace(scale, least=0), payers, *YEAR)
    assert found.before is not None
    assert found.after - found.before == sum(one.difference or 0 for one in found.changes)


def test_who_is_exempt_owes_nothing_and_is_asked_nothing() -> None:
    found = rules.fee(SCALE, Payer("x", "association", exempt=True), *YEAR)
    assert (found.cents, found.missing) == (0, ())
    assert [one.code for one in found.steps] == ["exempt", "due"]


def test_without_a_scale_before_a_simulation_says_what_each_would_pay() -> None:
    payers = [Payer("a", "association", turnover=1), Payer("b", "association")]
    found = rules.simulate(None, SCALE, payers, *YEAR)
    assert (found.before, found.after, found.more) == (None, 5_000, ())
    assert [one.key for one in found.unknown] == ["b"]


def test_a_scale_that_falls_is_said() -> None:
    falling = Scale((Line(rules.TURNOVER, (Bracket(0, 100, 10_000), Bracket(100_000, 500))),))
    assert [one.code for one in rules.cautions(falling)] == ["falls"]
    assert rules.cautions(SCALE) == []


@given(st.lists(st.integers(-(10**9), 10**9), max_size=30))
def test_a_histogram_counts_every_difference_once(differences: list[int]) -> None:
    found = rules.bins(differences)
    assert sum(one.count for one in found) == len(differences)
    assert len(found) <= 9
    for one in found:
        assert one.count == sum(_inside(one, difference) for difference in differences)
    assert all(before.high == after.low for before, after in pairwise(found))


def _inside(one: rules.Bin, difference: int) -> bool:
    if one.low == one.high:
        return difference == one.low
    return one.low < difference <= one.high if one.high > 0 else one.low <= difference < one.high
