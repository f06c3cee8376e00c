"""Quorum, proxies and votes: exact, and never won by a proxy too many."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terreau.governance import rules
from terreau.governance.rules import (
    ABSTAIN,
    AGAINST,
    FOR,
    Attendance,
    BodyRules,
    Counting,
    Majority,
    Presence,
    Seat,
    Sharing,
)

SEATS = [Seat(name, college) for name, college in zip("abcdef", "xxxyyz", strict=True)]
HALF = Fraction(1, 2)


def there(*names: str) -> list[Attendance]:
    return [Attendance(name, Presence.PRESENT) for name in names]


def by_proxy(seat: str, proxy: str) -> Attendance:
    return Attendance(seat, Presence.REPRESENTED, proxy)


@pytest.mark.parametrize(
    ("attendance", "counted", "reached", "aside"),
    [
        (there("a", "b", "c"), 3, True, ()),
        (there("a", "b"), 2, False, ()),
        ([*there("a", "b"), by_proxy("c", "a")], 3, True, ()),
        ([*there("a"), by_proxy("b", "a"), by_proxy("c", "a")], 2, False, ("c",)),
        ([*there("a", "b"), by_proxy("c", "d")], 2, False, ("c",)),
        ([*there("a", "b"), by_proxy("c", "d"), by_proxy("d", "a")], 3, True, ("c",)),
        ([*there("a", "b"), by_proxy("c", "c")], 2, False, ("c",)),
        ([*there("a", "b"), by_proxy("c", "nobody")], 2, False, ("c",)),
        ([*there("a", "b"), Attendance("stranger", Presence.PRESENT)], 2, False, ()),
        ([], 0, False, ()),
    ],
)
def test_quorum(attendance: list[Attendance], counted: int, reached: bool, aside: tuple[str, ...]) -> None:
    found = rules.voices(SEATS, attendance, BodyRules(quorum=HALF, proxies=1))
    assert (found.counted, found.reached, found.set_aside, found.needed) == (counted, reached, aside, 3)


def test_quorum_of_each_college() -> None:
    asked = BodyRules(quorum=HALF, quorum_by_college=True)
    found = rules.voices(SEATS, there("a", "b", "c", "d"), asked)
    assert (found.reached, found.lacking) == (False, ("z",))
    assert rules.voices(SEATS, there("a", "b", "d", "f"), asked).reached


def test_without_a_quorum_somebody_must_still_be_there() -> None:
    assert not rules.voices(SEATS, [], BodyRules()).reached


@pytest.mark.parametrize(
    ("votes", "majority", "adopted", "reason"),
    [
        ((2, 1, 3), Majority.SIMPLE, True, "adopted"),
        ((2, 2, 0), Majority.SIMPLE, False, "tie"),
        ((1, 2, 3), Majority.SIMPLE, False, "more_against"),
        ((2, 1, 3), Majority.ABSOLUTE, False, "not_half"),
        ((4, 1, 1), Majority.ABSOLUTE, True, "adopted"),
        ((3, 3, 0), Majority.ABSOLUTE, False, "not_half"),
        ((4, 2, 0), Majority.TWO_THIRDS, True, "adopted"),
        ((3, 2, 0), Majority.TWO_THIRDS, False, "share_not_reached"),
        ((3, 1, 0), Majority.THREE_QUARTERS, True, "adopted"),
        ((0, 0, 3), Majority.TWO_THIRDS, False, "share_not_reached"),
        ((5, 0, 1), Majority.UNANIMITY, False, "not_unanimous"),
        ((6, 0, 0), Majority.UNANIMITY, True, "adopted"),
        ((1, 0, 5), Majority.CONSENT, True, "adopted"),
        ((5, 1, 0), Majority.CONSENT, False, "objection"),
        ((0, 0, 6), Majority.CONSENT, False, "nobody_for"),
        ((0, 0, 0), Majority.SIMPLE, False, "nobody_voted"),
    ],
)
def test_majorities(votes: tuple[int, int, int], majority: Majority, adopted: bool, reason: str) -> None:
    chosen = [choice for choice, number in zip(rules.CHOICES, votes, strict=True) for _ in range(number)]
    cast = {seat.id: choice for seat, choice in zip(SEATS, chosen, strict=False)}
    found = rules.result(SEATS, cast, BodyRules(majority=majority))
    assert (found.adopted, found.reason) == (adopted, reason)


WEIGHTS = {"x": 50, "y": 30, "z": 20}


def test_weights_are_shared_as_the_college_voted() -> None:
    weighted = BodyRules(counting=Counting.COLLEGE, weights=WEIGHTS)
    cast = {"a": FOR, "b": FOR, "c": AGAINST, "d": AGAINST, "e": AGAINST, "f": FOR}
    found = rules.result(SEATS, cast, weighted)
    assert found.shares == {FOR: Fraction(8, 15), AGAINST: Fraction(7, 15), ABSTAIN: 0}
    assert found.adopted


def test_weights_go_whole_to_what_most_chose() -> None:
    whole = BodyRules(counting=Counting.COLLEGE, sharing=Sharing.WHOLE, weights=WEIGHTS)
    cast = {"a": FOR, "b": FOR, "c": AGAINST, "d": AGAINST, "e": FOR, "f": AGAINST}
    assert rules.result(SEATS, cast, whole).shares == {
        FOR: HALF,
        AGAINST: Fraction(1, 5),
        ABSTAIN: Fraction(3, 10),
    }


def test_a_college_without_votes_weighs_nothing() -> None:
    weighted = BodyRules(counting=Counting.COLLEGE, weights=WEIGHTS)
    assert rules.result(SEATS, {"d": FOR, "f": AGAINST}, weighted).shares[FOR] == Fraction(3, 5)


def test_secrecy_needs_company() -> None:
    assert rules.not_secret(SEATS, BodyRules()) == ()
    assert rules.not_secret(SEATS[:2], BodyRules()) == ("",)
    assert rules.not_secret(SEATS, BodyRules(counting=Counting.COLLEGE)) == ("y", "z")


names = st.sampled_from("abcdefgh")
bodies = st.lists(
    st.builds(Seat, names, st.sampled_from("xyz")), min_size=1, max_size=8, unique_by=lambda one: one.id
)
attendances = st.lists(
    st.builds(Attendance, names, st.sampled_from(Presence), names),
    max_size=12,
    unique_by=lambda one: one.seat,
)
statutes = st.builds(
    BodyRules,
    quorum=st.fractions(0, 1, max_denominator=10),
    proxies=st.integers(0, 3),
    majority=st.sampled_from(Majority),
    counting=st.sampled_from(Counting),
    sharing=st.sampled_from(Sharing),
    weights=st.fixed_dictionaries({name: st.integers(0, 50) for name in "xyz"}),
)


@given(bodies, attendances, statutes)
def test_no_voice_beyond_the_statutes(
    seats: list[Seat], attendance: list[Attendance], said: BodyRules
) -> None:
    found = rules.voices(seats, attendance, said)
    spoken = [seat for held in found.voices.values() for seat in held]
    assert len(spoken) == len(set(spoken)) == found.counted
    assert set(spoken) | set(found.set_aside) <= {seat.id for seat in seats}
    here = {one.seat for one in attendance if one.how in {Presence.PRESENT, Presence.REMOTE}}
    for voter, held in found.voices.items():
        assert voter in here
        assert len(held) <= 1 + said.proxies
    if found.reached:
        assert found.counted >= said.quorum * len(seats)


@given(bodies, attendances, statutes, st.data())
def test_proxies_above_the_limit_change_nothing(
    seats: list[Seat], attendance: list[Attendance], said: BodyRules, data: st.DataObject
) -> None:
    """Whatever the voices set aside would have chosen, the quorum and the result are the same."""
    found = rules.voices(seats, attendance, said)
    without = [one for one in attendance if one.seat not in found.set_aside]
    assert rules.voices(seats, without, said).voices == found.voices
    choices = {voter: data.draw(st.sampled_from(rules.CHOICES)) for voter in found.voices}
    cast = {seat: choices[voter] for voter, held in found.voices.items() for seat in held}
    assert rules.result(seats, cast, said).cast == found.counted


@given(bodies, statutes, st.data())
def test_shares_are_a_whole_and_one_more_vote_for_never_hurts(
    seats: list[Seat], said: BodyRules, data: st.DataObject
) -> None:
    cast = {seat.id: data.draw(st.sampled_from(rules.CHOICES)) for seat in seats}
    before = rules.result(seats, cast, said)
    weighing = said.counting is Counting.SEAT or any(said.weights[seat.college] for seat in seats)
    assert sum(before.shares.values()) == (1 if weighing else 0)
    assert not before.adopted or before.shares[FOR] > 0
    turned = data.draw(st.sampled_from(sorted(cast)))
    after = rules.result(seats, {**cast, turned: FOR}, said)
    assert after.adopted or not before.adopted


@given(bodies, statutes, st.data())
def test_a_secret_ballot_gives_what_an_open_one_does(
    seats: list[Seat], said: BodyRules, data: st.DataObject
) -> None:
    cast = {seat.id: data.draw(st.sampled_from(rules.CHOICES)) for seat in seats}
    tallies: dict[str, dict[str, int]] = {}
    for seat in seats:
        counts = tallies.setdefault(seat.college, {})
        counts[cast[seat.id]] = counts.get(cast[seat.id], 0) + 1
    assert rules.tallied(tallies, said) == rules.result(seats, cast, said)
