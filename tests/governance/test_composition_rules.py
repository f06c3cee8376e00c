"""Who makes a pole, in time; what is said of it: tables of values, and the replay of the journal."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terreau.governance.composition_rules import (
    Holder,
    Stay,
    Told,
    changes,
    described,
    dominations,
    entered,
    on_day,
    replay,
    sizes,
    voices,
)
from terreau.poles.rules import Member

D = date(2026, 1, 1)
ASSOCIATION, COMPANY = Member("association", "oui"), Member("company", "non")


def codes(members: list[Member]) -> list[str]:
    return [remark.code for remark in described(members).remarks]


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [(1, "few_kinds"), (4, "few_kinds"), (5, "kinds_between"), (9, "kinds_between"), (10, None)],
)
def test_kinds_are_held_against_five_and_ten(kinds: int, expected: str | None) -> None:
    natures = ["association", "cooperative", "mutual", "foundation", "company", "chamber", "union", "state"]
    natures += ["local_authority", "collective"]
    said = {"few_kinds", "kinds_between"} & set(codes([Member(nature, "oui") for nature in natures[:kinds]]))
    assert said == ({expected} if expected else set())


def test_the_size_is_shown_against_the_fifteen_of_the_analysis() -> None:
    remark = next(one for one in described([ASSOCIATION] * 3).remarks if one.code == "against_the_mean")
    assert (remark.value, remark.threshold, remark.source) == (3, 15, "S3 §2 formes de gouvernance")
    assert codes([]) == ["no_member_known"]


def test_a_core_that_is_not_ess_and_lucrative_founders_are_told() -> None:
    core = [Member("company", "non", "founder", "core"), Member("company", "non", "member", "core")]
    assert {"core_not_ess", "lucrative_founders", "mostly_lucrative"} <= set(codes(core))
    fine = [Member("association", "oui", "founder", "core"), COMPANY]
    assert not {"core_not_ess", "lucrative_founders", "no_core_known"} & set(codes(fine))
    assert "no_core_known" in codes([ASSOCIATION, COMPANY])


def test_one_authority_dominates_above_half_and_not_at_half() -> None:
    half = [Holder("ville", "local_authority", Fraction(5)), Holder("asso", "association", Fraction(5))]
    assert dominations(half, "votes") == []
    more = [Holder("ville", "local_authority", Fraction(6)), Holder("asso", "association", Fraction(5))]
    found = dominations(more, "votes")
    assert [(one.actor, one.share) for one in found] == [("ville", Fraction(6, 11))]
    rich = [Holder("banque", "company", Fraction(9)), Holder("ville", "local_authority", Fraction(1))]
    assert dominations(rich, "money") == []
    assert dominations([Holder("ville", "local_authority", Fraction(0))], "money") == []


def test_several_authorities_together_are_told_apart_from_one() -> None:
    rows = [Holder(name, "local_authority", Fraction(3)) for name in ("ville", "pays")]
    found = dominations([*rows, Holder("asso", "association", Fraction(4))], "money")
    assert [(one.actor, one.share, one.number) for one in found] == [("", Fraction(3, 5), 2)]


def test_voices_by_seat_and_by_college() -> None:
    seats = [("a", "Élus"), ("b", "Structures"), ("c", "Structures")]
    assert voices(seats, {}, by_college=False)["a"] == Fraction(1, 3)
    weights = {"Élus": 60, "Structures": 40, "Habitants": 100}
    assert voices(seats, weights, by_college=True) == {
        "a": Fraction(3, 5),
        "b": Fraction(1, 5),
        "c": Fraction(1, 5),
    }
    assert voices([], {}, by_college=True) == {}


def test_an_end_and_a_beginning_on_one_day_are_a_change() -> None:
    stays = [
        Stay(1, "a", "member", "partner", D, D + timedelta(9)),
        Stay(2, "a", "member", "core", D + timedelta(9)),
        Stay(3, "b", "member", "", None, D + timedelta(3)),
    ]
    found = [(one.actor, one.what) for one in changes(stays)]
    assert found == [("a", "entered"), ("b", "left"), ("a", "changed")]
    assert sizes(stays) == [(None, 1), (D, 2), (D + timedelta(3), 1), (D + timedelta(9), 1)]


def test_a_change_of_circle_does_not_begin_a_membership_again() -> None:
    first = Stay(1, "a", "member", "partner", D, D + timedelta(9))
    second = Stay(2, "a", "member", "core", D + timedelta(9), D + timedelta(20))
    again = Stay(3, "a", "founder", "", D + timedelta(25))
    stays = [again, second, first]
    assert entered(stays, D + timedelta(12)) == first
    assert entered(stays, D + timedelta(22)) is None
    assert entered(stays, D + timedelta(30)) == again
    always = Stay(4, "a", "funder", "")
    assert entered([*stays, always], D + timedelta(30)) == always


def test_what_is_struck_never_was_and_what_is_reopened_goes_on() -> None:
    added = Told("pole.member_added", {"row": 1, "actor": "a", "role": "member", "on": "2024"})
    ended = Told("pole.member_ended", {"row": 1, "on": "2026-05-01"})
    assert replay([added, ended]) == [
        Stay(1, "a", "member", "", date(2024, 1, 1), date(2026, 5, 1), precision="year")
    ]
    assert replay([added, ended, Told("pole.member_reopened", {"row": 1})])[0].end is None
    assert replay([added, ended, Told("pole.member_struck", {"row": 1})]) == []


_DAYS = st.integers(0, 30).map(lambda n: D + timedelta(n))
_STAYS = st.builds(
    lambda row, actor, start, length: Stay(
        row, actor, "member", "", start, start + timedelta(length) if start and length else None
    ),
    st.integers(1, 9999),
    st.sampled_from("abcd"),
    st.none() | _DAYS,
    st.none() | st.integers(1, 20),
)


@given(st.lists(_STAYS, max_size=12), _DAYS)
def test_the_drawn_line_says_who_is_there(stays: list[Stay], day: date) -> None:
    """The number drawn at any day is that of the composition at that day."""
    drawn = [number for since, number in sizes(stays) if since is None or since <= day][-1]
    assert drawn == len({stay.actor for stay in on_day(stays, day)})
