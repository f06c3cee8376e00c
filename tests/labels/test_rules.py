"""The table of moves: nothing is granted unseen, nothing taken away without a reason, nothing valid twice."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terreau.common.periods import plus_months
from terreau.labels import rules
from terreau.labels.rules import FINAL, LABELS, TABLE, State, Who, Worth

_DAY = date(2026, 11, 22)
_PICKS = st.lists(st.integers(0, 30), max_size=14)


def _walk(picks: list[int]) -> list[tuple[rules.Step, State, State | None]]:
    """Follow the moves that these numbers choose: each with where it leads and what it contests."""
    state, contested, told = State.REQUESTED, None, []
    for pick in picks:
        able = rules.steps(state)
        if not able:
            break
        one = able[pick % len(able)]
        following = rules.after(one, contested)
        contested = state if one.verb == "appeal" else None
        state = following
        told.append((one, state, contested))
    return told


@settings(max_examples=50, deadline=None)
@given(_PICKS)
def test_no_path_grants_what_nobody_instructed(picks: list[int]) -> None:
    seen: list[State] = [State.REQUESTED]
    for _one, state, _contested in _walk(picks):
        if state in LABELS:
            assert State.INSTRUCTED in seen
        if state in LABELS - {State.GRANTED}:
            assert State.GRANTED in seen
        seen.append(state)


@settings(max_examples=50, deadline=None)
@given(_PICKS)
def test_an_appeal_leads_back_or_gives_back_never_further(picks: list[int]) -> None:
    before: State | None = None
    for one, state, contested in _walk(picks):
        if one.verb == "uphold":
            assert state == before
        if one.verb == "overturn":
            given_back = {State.REFUSED: State.INSTRUCTED}.get(before, State.GRANTED)  # type: ignore[arg-type]
            assert state == given_back
        before = contested


@settings(max_examples=50, deadline=None)
@given(_PICKS, st.integers(-900, 900))
def test_what_is_withdrawn_suspended_or_past_is_never_valid(picks: list[int], days: int) -> None:
    first, last, on = _DAY, _DAY + timedelta(days=365), _DAY + timedelta(days=days)
    for _one, state, contested in _walk(picks):
        found = rules.worth(state, contested, first, last, on)
        held = contested or state
        assert found != Worth.VALID or (first <= on <= last and held in {State.GRANTED, State.RENEWED})
        assert (found == Worth.NONE) == (held not in LABELS)


def test_each_decision_that_takes_away_has_a_reason_and_an_appeal() -> None:
    for one in TABLE:
        if one.verb in {"refuse", "suspend", "withdraw", "uphold", "overturn", "grant", "reinstate"}:
            assert (one.reason, one.who) == (True, Who.DECIDES)
    contested = {one.before for one in TABLE if one.verb == "appeal"}
    assert contested == {State.REFUSED, State.SUSPENDED, State.WITHDRAWN}
    assert not [one for one in TABLE if one.before in FINAL]


def test_an_appeal_against_nothing_has_no_end() -> None:
    uphold = rules.step(State.IN_APPEAL, "uphold")
    assert uphold is not None
    with pytest.raises(ValueError, match="against"):
        rules.after(uphold, None)


def test_dates_win_over_a_clock_that_did_not_run() -> None:
    first, last = date(2023, 11, 22), date(2026, 11, 21)
    assert rules.worth(State.GRANTED, None, first, last, last) == Worth.VALID
    assert rules.worth(State.GRANTED, None, first, last, last + timedelta(days=1)) == Worth.EXPIRED
    assert rules.worth(State.GRANTED, None, first, last, first - timedelta(days=1)) == Worth.TO_COME
    assert rules.worth(State.IN_APPEAL, State.SUSPENDED, first, last, last) == Worth.SUSPENDED
    assert rules.worth(State.IN_APPEAL, State.WITHDRAWN, first, last, last) == Worth.WITHDRAWN
    # Renewed: the paper is good until its own last day, then the new one is.
    assert rules.worth(State.RENEWED, None, first, last, last) == Worth.VALID
    assert rules.worth(State.RENEWED, None, first, last, last + timedelta(days=1)) == Worth.RENEWED


def test_months_end_where_months_end() -> None:
    assert plus_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert plus_months(date(2024, 12, 15), 1) == date(2025, 1, 15)
    assert plus_months(date(2024, 3, 31), -1) == date(2024, 2, 29)
    assert rules.last_day(date(2026, 11, 22), 36) == date(2029, 11, 21)


_ABLE = {
    "published": True,
    "public": True,
    "concluded_on": date(2026, 10, 1),
    "used": False,
    "open_already": False,
    "held_until": None,
    "suspended": False,
    "renew_months": 6,
    "on": _DAY,
}


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({}, ()),
        ({"concluded_on": None}, ("no_evaluation",)),
        ({"concluded_on": _DAY + timedelta(days=1)}, ("no_evaluation",)),
        ({"used": True}, ("evaluation_used",)),
        ({"open_already": True}, ("asked_already",)),
        ({"suspended": True}, ("suspended",)),
        ({"published": False, "public": False}, ("scheme_closed", "pole_private")),
        ({"held_until": date(2027, 5, 23)}, ("too_soon",)),
        ({"held_until": date(2027, 5, 22)}, ()),
        ({"held_until": date(2020, 1, 1)}, ()),
    ],
)
def test_a_label_is_asked_for_after_a_shared_evaluation_only(
    change: dict[str, object], missing: tuple[str, ...]
) -> None:
    found = rules.may_ask(**{**_ABLE, **change})  # type: ignore[arg-type]
    assert found.missing == missing
    assert bool(found) == (not missing)


def test_alerts_come_closer_and_stop() -> None:
    end = date(2026, 12, 31)
    days = [100, 90, 45, 30, 8, 7, 0, -1]
    assert [rules.alert(end, end - timedelta(days=n)) for n in days] == [None, 90, 90, 30, 30, 7, 7, None]
