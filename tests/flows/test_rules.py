"""The arithmetic of the ledger: every problem at once, and sums that agree to the cent."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terreau.flows import models, rules
from terreau.flows.rules import Bounds, Entry, Movement, check

A, B, C = (UUID(int=n) for n in (1, 2, 3))
TODAY = date(2026, 11, 21)
PAID: dict[str, Any] = {
    "giver": A,
    "receiver": B,
    "nature": "cash",
    "on": TODAY,
    "label": "Loyer",
    "cents": 100,
}
HOURS: dict[str, Any] = {
    "giver": A,
    "receiver": B,
    "nature": "time",
    "on": TODAY,
    "label": "Atelier",
    "thousandths": 2_500,
    "unit": "hours",
}


@pytest.mark.parametrize(
    ("line", "code", "field"),
    [
        ({**PAID, "receiver": A}, "same_party", "receiver"),
        ({**PAID, "receiver": C}, "unknown_party", "receiver"),
        ({**PAID, "nature": "gold"}, "unknown_nature", "nature"),
        ({**PAID, "cents": None}, "no_amount", "cents"),
        ({**PAID, "cents": 0}, "zero", "cents"),
        ({**PAID, "cents": -1}, "negative", "cents"),
        ({**PAID, "cents": rules.MOST_CENTS + 1}, "too_large", "cents"),
        ({**PAID, "thousandths": 1_000, "unit": "hours"}, "wrong_unit", "unit"),
        ({**HOURS, "thousandths": -1_000}, "negative", "thousandths"),
        ({**HOURS, "thousandths": None, "unit": ""}, "no_quantity", "thousandths"),
        ({**HOURS, "unit": ""}, "unit_missing", "unit"),
        ({**HOURS, "unit": "kg"}, "wrong_unit", "unit"),
        ({**HOURS, "cents": 5_000}, "no_method", "method"),
        ({**HOURS, "method": "hourly_rate"}, "no_value", "cents"),
        ({**HOURS, "cents": 5_000, "method": "feeling"}, "unknown_method", "method"),
        ({**PAID, "on": date(2026, 11, 22)}, "future", "on"),
        ({**PAID, "on": date(2025, 12, 31)}, "closed_period", "on"),
        ({**PAID, "period_from": TODAY}, "half_period", "period_to"),
        ({**PAID, "period_from": TODAY, "period_to": date(2026, 1, 1)}, "period_backwards", "period_to"),
        ({**PAID, "label": " "}, "no_label", "label"),
        ({**PAID, "label": "x" * 301}, "long_label", "label"),
        ({**PAID, "instrument": "word"}, "unknown_instrument", "instrument"),
        ({**PAID, "attributable": False}, "no_why", "attributable_why"),
    ],
)
def test_each_problem_says_its_field(line: dict[str, Any], code: str, field: str) -> None:
    bounds = Bounds(today=TODAY, closed_to=date(2025, 12, 31), parties=frozenset({A, B}))
    assert [(one.code, one.line, one.field) for one in check([Entry(**line)], bounds)] == [(code, 0, field)]


def test_sound_lines_have_no_problem() -> None:
    lines = [
        Entry(**PAID),
        Entry(**HOURS),
        Entry(**{**HOURS, "cents": 5_000, "method": "hourly_rate"}),
        Entry(giver=A, receiver=B, nature="opportunity", on=TODAY, label="Un client adressé"),
        Entry(**{**PAID, "attributable": True, "attributable_why": "réponse commune"}),
    ]
    assert check(lines, Bounds(today=TODAY)) == []


def test_all_problems_of_all_lines_at_once() -> None:
    lines = [Entry(**{**PAID, "cents": -1, "label": ""}), Entry(**PAID), Entry(**{**HOURS, "unit": "kg"})]
    found = check(lines, Bounds(today=TODAY))
    assert [(one.line, one.code) for one in found] == [(0, "negative"), (0, "no_label"), (2, "wrong_unit")]


def test_one_origin_twice_in_one_sending() -> None:
    lines = [
        Entry(**PAID, origin="booking:1"),
        Entry(**PAID, origin="booking:1"),
        Entry(**PAID),
        Entry(**PAID),
    ]
    assert [(one.line, one.code) for one in check(lines, Bounds(today=TODAY))] == [(1, "twice")]


def test_tables_and_rules_have_the_same_words() -> None:
    assert tuple(models.Nature.values) == rules.NATURES
    assert tuple(models.Method.values) == rules.METHODS
    assert tuple(models.Instrument.values) == rules.INSTRUMENTS


parties = st.sampled_from([UUID(int=n) for n in range(1, 6)])
movements = st.builds(
    Movement,
    giver=parties,
    receiver=parties,
    nature=st.sampled_from(rules.NATURES),
    unit=st.sampled_from(["", "hours", "m2"]),
    cents=st.none() | st.integers(-(10**12), 10**12),
    thousandths=st.none() | st.integers(-(10**12), 10**12),
)


@given(st.lists(movements, max_size=60))
def test_statements_agree_with_the_day_book(lines: list[Movement]) -> None:
    daybook, parties = rules.totals(lines), rules.statements(lines)
    assert rules.disagreements(daybook, parties.values()) == []
    for kind, total in daybook.items():
        assert total.cents == sum(one.given[kind].cents for one in parties.values() if kind in one.given)
        assert sum(one.net_cents(kind) for one in parties.values()) == 0


@given(st.lists(movements, min_size=1, max_size=20), st.data())
def test_a_touched_line_is_seen(lines: list[Movement], data: st.DataObject) -> None:
    parties = rules.statements(lines)
    index = data.draw(st.integers(0, len(lines) - 1))
    one = lines[index]
    touched = [*lines]
    touched[index] = Movement(
        one.giver, one.receiver, one.nature, one.unit, (one.cents or 0) + 1, one.thousandths
    )
    assert rules.disagreements(rules.totals(touched), parties.values()) == [
        f"{one.nature} {one.unit}".strip()
    ]


@given(st.lists(movements, max_size=30))
def test_counter_entries_bring_every_sum_back_to_zero(lines: list[Movement]) -> None:
    turned = [
        Movement(
            one.giver,
            one.receiver,
            one.nature,
            one.unit,
            None if one.cents is None else -one.cents,
            None if one.thousandths is None else -one.thousandths,
        )
        for one in lines
    ]
    for total in rules.totals([*lines, *turned]).values():
        assert (total.cents, total.thousandths) == (0, 0)
