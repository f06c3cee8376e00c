"""The arithmetic of what is to come, held against plain counting day by day."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terreau.common.periods import plus_months
from terreau.common.verdicts import Answer
from terreau.forecast import rules
from terreau.forecast.rules import Line, Resource, Scenario

TODAY = date(2026, 3, 17)
days = st.dates(date(2025, 11, 1), date(2028, 12, 31))
cents = st.integers(-5_000_000, 5_000_000).filter(bool)
lines = st.lists(
    st.builds(
        Line,
        on=days,
        cents=cents,
        label=st.just("x"),
        source=st.sampled_from(["planned", "instalment", "invoice"]),
        key=st.sampled_from(["a", "b"]),
        certain=st.booleans(),
    ),
    max_size=30,
)


@given(st.integers(-10_000_000, 10_000_000), lines, st.integers(1, 24))
def test_each_month_is_the_opening_and_the_sum_so_far(opening: int, some: list[Line], months: int) -> None:
    plan = rules.plan(opening, some, today=TODAY, months=months)
    assert len(plan.months) == months
    assert plan.months[0].opening == opening
    for month in plan.months:
        until = rules.last_of(month.first)
        assert month.closing == opening + sum(one.cents for one in some if TODAY < one.on <= until)
    held = [(a.closing, b.opening) for a, b in zip(plan.months, plan.months[1:], strict=False)]
    assert all(before == after for before, after in held)
    assert sum(len(month.lines) for month in plan.months) == sum(TODAY < one.on <= plan.last for one in some)


@settings(max_examples=60)
@given(st.integers(-1_000_000, 1_000_000), lines, st.integers(1, 14))
def test_the_low_point_is_the_least_balance_of_all_days(opening: int, some: list[Line], months: int) -> None:
    plan = rules.plan(opening, some, today=TODAY, months=months)
    day, balance, seen = TODAY, opening, [(opening, TODAY)]
    while day < plan.last:
        day += timedelta(days=1)
        balance += sum(one.cents for one in some if one.on == day)
        seen.append((balance, day))
    least = min(one for one, _day in seen)
    assert (plan.low.cents, plan.low.on) == (least, next(day for one, day in seen if one == least))
    assert plan.short == max(0, -least)
    assert plan.first_short == next((day for one, day in seen if one < 0), None)
    for month in plan.months:
        inside = [one for one, day in seen if rules.month_of(day) == month.first]
        assert month.low.cents == min(inside)


@given(lines, st.integers(0, 12), st.integers(0, 90))
def test_a_scenario_moves_money_and_never_makes_any(some: list[Line], months: int, late: int) -> None:
    scenario = Scenario(months=months, only=frozenset({"a"}), days=late, asked=True)
    moved = rules.supposed(some, scenario)
    assert sum(one.cents for one in moved) == sum(one.cents for one in some)
    for before, after in zip(some, moved, strict=True):
        assert after.on >= before.on
        if before.source == "instalment" and before.key == "b":
            assert after.on == before.on
    sure = rules.supposed(some, Scenario())
    assert sure == [one for one in some if one.certain]


def test_three_months_later_makes_the_low_point() -> None:
    some = [
        Line(on=date(2026, 4, 30), cents=-300_000, label="Salaires"),
        Line(on=date(2026, 5, 31), cents=-300_000, label="Salaires"),
        Line(on=date(2026, 5, 10), cents=900_000, label="Région", source="instalment", key="a"),
    ]
    base = rules.plan(400_000, some, today=TODAY, months=6)
    assert (base.low.cents, base.low.on, base.short) == (100_000, date(2026, 4, 30), 0)
    later = rules.plan(400_000, rules.supposed(some, Scenario(months=3)), today=TODAY, months=6)
    assert (later.low.cents, later.low.on) == (-200_000, date(2026, 5, 31))
    assert later.closing == base.closing


@pytest.mark.parametrize(
    ("first", "every", "until", "found"),
    [
        (date(2026, 1, 31), "month", None, ["2026-03-31", "2026-04-30", "2026-05-31"]),
        (date(2026, 1, 31), "month", date(2026, 4, 30), ["2026-03-31", "2026-04-30"]),
        (date(2026, 2, 1), "quarter", None, ["2026-05-01"]),
        (date(2024, 4, 1), "year", None, ["2026-04-01"]),
        (date(2026, 4, 1), "once", None, ["2026-04-01"]),
        (date(2026, 3, 17), "once", None, []),
        (date(2026, 9, 1), "month", None, []),
    ],
)
def test_recurring_lines(first: date, every: str, until: date | None, found: list[str]) -> None:
    kept = rules.occurrences(first, every, until, date(2026, 3, 18), date(2026, 5, 31))
    assert [one.isoformat() for one in kept] == found


@given(days, st.sampled_from(["month", "quarter", "year"]), days, st.integers(0, 500))
def test_recurring_lines_miss_none(first: date, every: str, start: date, span: int) -> None:
    end = start + timedelta(days=span)
    step = {"month": 1, "quarter": 3, "year": 12}[every]
    every_one = [plus_months(first, step * rank) for rank in range(80)]
    wanted = [one for one in every_one if start <= one <= end]
    assert list(rules.occurrences(first, every, None, start, end)) == wanted


def test_what_is_late_is_awaited_later() -> None:
    late = Line(on=date(2026, 2, 1), cents=100, label="x")
    moved = rules.awaited(late, today=TODAY)
    assert (moved.on, moved.asked_on) == (date(2026, 4, 16), date(2026, 2, 1))
    assert rules.awaited(Line(on=TODAY, cents=-100, label="x"), today=TODAY).on == date(2026, 3, 18)
    ahead = Line(on=date(2026, 3, 18), cents=1, label="x")
    assert rules.awaited(ahead, today=TODAY) is ahead


@given(st.integers(-(10**11), 10**11), days, st.integers(0, 2000))
def test_years_share_to_the_cent(amount: int, first: date, span: int) -> None:
    shared = rules.by_year(amount, first, first + timedelta(days=span))
    assert sum(shared.values()) == amount
    assert list(shared) == list(range(first.year, (first + timedelta(days=span)).year + 1))


def test_years_share_by_days() -> None:
    shared = rules.by_year(36_500, date(2026, 7, 1), date(2027, 6, 30))
    assert shared == {2026: 18_400, 2027: 18_100}


def test_dependency_has_three_values() -> None:
    public, private = Resource(600, "subsidies", "public"), Resource(400, "sales", "private")
    found = rules.dependency([public, private])
    assert (found.least, found.most, found.mostly_public) == (6_000, 6_000, Answer.YES)
    assert rules.dependency([private]).mostly_public is Answer.NO
    unknown = Resource(300, "sales", "")
    half = rules.dependency([Resource(400, "subsidies", "public"), private, unknown])
    assert (half.least, half.most, half.mostly_public) == (3_636, 6_364, Answer.TO_CHECK)
    none = rules.dependency([Resource(900, "capital_loans", "public")])
    assert (none.least, none.most, none.mostly_public) == (None, None, Answer.TO_CHECK)


@given(st.lists(st.tuples(st.integers(1, 10**8), st.sampled_from([*rules.ORIGINS, ""])), min_size=1))
def test_dependency_holds_whatever_the_unknown_are(some: list[tuple[int, str]]) -> None:
    found = rules.dependency(Resource(cents, "subsidies", origin) for cents, origin in some)
    assert found.least is not None
    assert found.most is not None
    assert 0 <= found.least <= found.most <= 10_000
    for all_public in (True, False):
        known = [(c, o or ("public" if all_public else "private")) for c, o in some]
        told = rules.dependency(Resource(c, "subsidies", o) for c, o in known)
        assert found.mostly_public in {Answer.TO_CHECK, told.mostly_public}


def test_ends_are_told_a_year_before() -> None:
    def told(last: date | None, **more: date) -> tuple[int, bool] | None:
        found = rules.ending(last, today=TODAY, **more)
        return None if found is None else (found.months, found.late)

    assert told(date(2027, 3, 17)) is None
    assert told(date(2027, 3, 16)) == (11, False)
    assert told(date(2026, 6, 16)) == (2, False)
    assert told(date(2026, 3, 16)) == (0, True)
    assert told(None) is None
    assert told(date(2028, 12, 31), ask_by=date(2026, 4, 1)) == (33, False)
    assert told(date(2026, 12, 31), ask_by=date(2026, 3, 1)) == (9, True)


def test_parts_of_a_funding_make_it() -> None:
    parts = [(TODAY, 3_333), (TODAY, 3_333), (TODAY, 3_334)]
    assert [cents for _day, cents in rules.instalments(100_00, parts)] == [3_333, 3_333, 3_334]
    assert sum(cents for _day, cents in rules.instalments(101, parts)) == 101
    with pytest.raises(ValueError, match="whole"):
        rules.instalments(100, [(TODAY, 5_000)])


def test_states_of_a_funding() -> None:
    assert set(rules.allowed("planned")) == {"ask", "grant", "refuse"}
    assert set(rules.allowed("granted")) == {"end"}
    assert set(rules.allowed("refused")) == {"ask"}
