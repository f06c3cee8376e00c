"""Which statement is held, and which contradict one another."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terreau.facts.rules import STATUSES, Statement, Value, compatible, contradict, held, prefer

numbers = st.integers(0, 5).map(Decimal)
values = st.builds(
    Value,
    number=numbers,
    qualifier=st.sampled_from(["", "about", "almost", "more_than", "less_than", "at_least", "up_to"]),
)
statements = st.lists(
    st.builds(
        Statement,
        id=st.uuids(),
        value=values,
        status=st.sampled_from(STATUSES),
        valid_from=st.none() | st.just(date(2014, 1, 1)) | st.just(date(2016, 1, 1)),
        valid_to=st.none() | st.just(date(2017, 1, 1)),
        recorded_at=st.sampled_from([datetime(2020, 1, day, tzinfo=UTC) for day in (1, 2, 3)]),
    ),
    max_size=6,
    unique_by=lambda one: one.id,
)


def said(number: str, qualifier: str = "", high: str | None = None, unit: str = "structures") -> Value:
    return Value(
        number=Decimal(number), number_max=Decimal(high) if high else None, qualifier=qualifier, unit=unit
    )


@pytest.mark.parametrize(
    ("one", "two", "agree"),
    [
        (said("8"), said("8.00"), True),
        (said("8"), said("9"), False),
        (said("100", "more_than"), said("108"), True),
        (said("100", "more_than"), said("100"), False),
        (said("100", "at_least"), said("100"), True),
        (said("100", "at_least"), said("140"), True),
        (said("100", "at_least"), said("99"), False),
        (said("100", "at_least"), said("100", "up_to"), True),
        (said("100", "at_least"), said("100", "less_than"), False),
        (said("100", "less_than"), said("100"), False),
        (said("100", "up_to"), said("100"), True),
        (said("100", "more_than"), said("90", "less_than"), False),
        (said("100", "more_than"), said("90", "more_than"), True),
        (said("15", "about"), said("15"), True),
        (said("15", "about"), said("16"), False),
        (said("250", high="300"), said("280"), True),
        (said("250", high="300"), said("301"), False),
        (said("8"), said("8", unit="persons"), False),
        (Value(cents=100), Value(cents=101), False),
        (Value(term="a"), Value(term="b"), False),
        (Value(flag=True), Value(flag=False), False),
        (Value(text="un", text_en="one"), Value(text="un", text_en="1"), True),
        (
            Value(day=date(2014, 1, 1), day_precision="year"),
            Value(day=date(2014, 9, 1), day_precision="month"),
            True,
        ),
        (
            Value(day=date(2014, 1, 1), day_precision="year"),
            Value(day=date(2015, 1, 1), day_precision="year"),
            False,
        ),
        (
            Value(day=date(2000, 1, 1), day_precision="year", qualifier="decade"),
            Value(day=date(2007, 1, 1), day_precision="year"),
            True,
        ),
    ],
)
def test_values_that_may_both_be_true(one: Value, two: Value, agree: bool) -> None:
    assert compatible(one, two) == compatible(two, one) == agree


@given(values, values)
def test_compatible_goes_both_ways(one: Value, two: Value) -> None:
    assert compatible(one, one)
    assert compatible(one, two) == compatible(two, one)


def at(status: str = "declare", since: int | None = None, recorded: int = 1, number: int = 8) -> Statement:
    start, end = (date(since, 1, 1), date(since + 1, 1, 1)) if since else (None, None)
    when = datetime(2026, 1, recorded, tzinfo=UTC)
    return Statement(UUID(int=recorded), said(str(number)), status, start, end, when)


def test_trust_then_date_then_record() -> None:
    sure, late, recent, first = (
        at("verifie", 2010, 1),
        at("declare", 2020, 2),
        at("declare", 2014, 4),
        at("declare", 2014, 3),
    )
    undated, guessed = at("declare", None, 9), at("estime", 2025, 9)
    expected = [sure, late, recent, first, undated, guessed]
    assert prefer(reversed(expected)) == expected


def test_only_the_same_days_contradict() -> None:
    assert not contradict(at(since=2014), at(since=2016, number=9))
    assert contradict(at(since=2014), at(since=2014, number=9))
    assert contradict(at(since=None), at(since=2014, number=9)), "without a date it may speak of 2014"


@given(statements)
def test_what_is_held_does_not_depend_on_the_order(some: list[Statement]) -> None:
    for single in (True, False):
        assert held(some, single=single) == held(reversed(some), single=single)


@given(statements)
def test_one_value_is_one_line_and_several_are_distinct(some: list[Statement]) -> None:
    one, several = held(some, single=True), held(some, single=False)
    assert len(one) == min(1, len(some))
    assert {line.statement.value.key for line in several} == {one.value.key for one in some}
    assert [line.rank for line in several] == list(range(len(several)))
    if one:
        others = [other for other in some if other.id != one[0].statement.id]
        assert one[0].contested == any(contradict(one[0].statement, other) for other in others)
