"""Prices and splits to the cent."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terreau.common.money import Euro
from terreau.means import rules
from terreau.means.rules import Limits, Tariff

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
TARIFFS = [
    Tariff("member", "hour", 1_000),
    Tariff("member", "half_day", 3_000),
    Tariff("member", "day", 5_000),
    Tariff("outside", "hour", 2_500),
    Tariff("outside", "use", 20_000),
]


@pytest.mark.parametrize(
    ("who", "hours", "cents", "unit"),
    [
        ("owner", 5, 0, "use"),
        ("member", 1, 1_000, "hour"),
        ("member", 1.5, 2_000, "hour"),
        ("member", 3, 3_000, "hour"),
        ("member", 3.5, 3_000, "half_day"),
        ("member", 6, 5_000, "day"),
        ("member", 25, 10_000, "day"),
        ("core", 1, 1_000, "hour"),
        ("partner", 1, 2_500, "hour"),
        ("outside", 10, 20_000, "use"),
    ],
)
def test_price(who: str, hours: float, cents: int, unit: str) -> None:
    found = rules.price(TARIFFS, who, NOW, NOW + timedelta(hours=hours))
    assert found is not None
    assert (found.cents, found.unit) == (cents, unit)
    assert found.number * found.each == found.cents


def test_no_tariff_no_price() -> None:
    assert rules.price([Tariff("core", "hour", 1)], "member", NOW, NOW + timedelta(hours=1)) is None


def test_every_refusal_at_once() -> None:
    limits = Limits(step=30, longest=60, notice_hours=24, ahead_days=10)
    late = rules.refusals(limits, NOW - timedelta(hours=1), NOW + timedelta(minutes=15), now=NOW)
    assert late == ("in_the_past", "off_step", "too_long", "too_late")
    far = NOW + timedelta(days=11)
    assert rules.refusals(limits, far, far, now=NOW) == ("ends_before", "too_early")
    good = NOW + timedelta(days=2)
    assert rules.refusals(limits, good, good + timedelta(minutes=60), now=NOW) == ()


names = st.text("abcdefghij", min_size=1, max_size=2)
weights = st.dictionaries(names, st.integers(0, 10**9), min_size=1, max_size=12).filter(
    lambda one: any(one.values())
)


@given(st.integers(1, 10**12), weights)
def test_parts_add_up_to_the_cost_for_every_key(cents: int, found: dict[str, int]) -> None:
    parts = rules.split(Euro(cents), found)
    total = sum(found.values())
    assert sum(part.cents for part in parts.values()) == cents
    for name, part in parts.items():
        assert abs(part.cents * total - cents * found[name]) < total
        assert part.cents == 0 or found[name] > 0
    assert parts == rules.split(Euro(cents), dict(reversed(found.items())))


hours = st.integers(0, 10_000).map(lambda minutes: NOW + timedelta(minutes=minutes))


@given(st.lists(st.tuples(names, hours, st.integers(1, 500)), max_size=20))
def test_minutes_used_are_those_booked(stays: list[tuple[str, datetime, int]]) -> None:
    taken = [(name, begin, begin + timedelta(minutes=minutes)) for name, begin, minutes in stays]
    assert sum(rules.minutes_used(taken).values()) == sum(minutes for *_, minutes in stays)
