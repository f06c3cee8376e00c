"""Dates from the agreement, reminders that come once, what an evaluation lacks."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from terreau.common.periods import plus_months
from terreau.followup import rules
from terreau.followup.rules import Lack

_DUE = date(2027, 1, 31)


def test_a_year_has_its_report_and_the_end_its_own() -> None:
    assert rules.usual(24) == (("intermediate", 12), ("final", 26))
    assert rules.usual(36) == (("intermediate", 12), ("intermediate", 24), ("final", 38))
    assert rules.usual(10) == (("final", 12),)
    assert rules.usual(None) == rules.usual(24)


@settings(max_examples=50, deadline=None)
@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 120))
def test_months_after_a_day_are_that_day_or_the_end_of_a_month(day: date, months: int) -> None:
    found = plus_months(day, months)
    assert (found.year * 12 + found.month) - (day.year * 12 + day.month) == months
    assert found.day == day.day or (found + timedelta(days=1)).day == 1


def test_late_is_counted_to_the_day_it_was_sent() -> None:
    assert rules.timing(_DUE, _DUE) == rules.Timing(late=False, days=0)
    assert rules.timing(_DUE, _DUE + timedelta(days=1)) == rules.Timing(late=True, days=1)
    sent = _DUE + timedelta(days=3)
    assert rules.timing(_DUE, _DUE + timedelta(days=90), sent) == rules.Timing(late=True, days=3)


def test_a_reminder_comes_once_each_time_and_late_ones_stop() -> None:
    def key(days: int) -> str | None:
        return rules.reminder(_DUE, _DUE + timedelta(days=days))

    assert [key(n) for n in (-31, -30, -8, -7, -1, 0)] == [
        *(None, "before-30", "before-30", "before-7", "before-7", "before-0"),
    ]
    assert [key(n) for n in (1, 15, 16, 31, 46, 900)] == [
        "late-0",
        "late-0",
        "late-1",
        "late-2",
        "late-3",
        "late-3",
    ]


def test_what_an_evaluation_lacks_is_said_in_order() -> None:
    done = {"self_done": True, "external_done": True, "met": True, "written": True}
    assert rules.lacking(**done) == ()
    assert rules.lacking(**{**done, "met": False, "self_done": False}) == (Lack.SELF, Lack.MEETING)


def test_the_figures_of_a_report_are_those_of_twelve_months() -> None:
    assert rules.fiscal_year(date(2027, 3, 1)) == (date(2026, 3, 1), date(2027, 2, 28))
