"""Votes: with a quorum, once by voice, closed by frozen rules; a secret that the database keeps too."""

from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from terreau.common.errors import DomainError
from terreau.governance import ballots, meetings, minutes
from terreau.governance.models import (
    Attendance,
    Ballot,
    Body,
    Decision,
    Meeting,
    MinutesSignature,
    Vote,
    Voter,
)
from terreau.journal.models import Event
from tests.governance.conftest import SOON, House, make
from tests.two_connections import at_once


def code_of(attempt: Callable[[], object]) -> str:
    with pytest.raises(DomainError) as refused:
        attempt()
    return refused.value.code


def opened(house: House, *, secret: bool = False) -> Ballot:
    return ballots.open_ballot(house.decision(house.meeting()), secret=secret, by=house.animator)


def test_an_open_vote_from_the_question_to_the_decision(house: House) -> None:
    ballot = opened(house)
    for seat, choice in zip(house.seats, ["for"] * 3 + ["against", "abstain"], strict=False):
        ballots.cast(ballot, seat, choice, by=None)
    closed = ballots.close(ballot, by=house.animator)
    assert closed.result["counts"] == {
        "Structures": {"for": 2, "abstain": 1},
        "Habitants": {"for": 1, "against": 1},
    }
    assert ballots.shares(closed)["for"] == Fraction(3, 5)
    decision = Decision.objects.get(pk=ballot.decision_id)
    assert (decision.outcome, decision.decided_on) == ("adopted", timezone.localdate())
    assert code_of(lambda: ballots.close(ballot, by=house.animator)) == "ballot_closed"
    assert code_of(lambda: ballots.cast(ballot, house.seats[5], "for", by=None)) == "ballot_closed"
    assert code_of(lambda: ballots.open_ballot(decision, by=house.animator)) == "decided"


def test_rules_are_those_of_the_opening(house: House) -> None:
    ballot = opened(house)
    Body.objects.filter(pk=house.body.pk).update(majority="unanimity")
    for seat, choice in zip(house.seats, ["for", "for", "against"], strict=False):
        ballots.cast(ballot, seat, choice, by=None)
    assert ballots.close(ballot, by=house.animator).result["adopted"] is True


def test_votes_by_college(house_with: Callable[..., House]) -> None:
    house = house_with(counting="college")
    ballot = opened(house)
    for seat in house.seats:
        choice = "for" if seat.college and seat.college.name == "Structures" else "against"
        ballots.cast(ballot, seat, choice, by=None)
    assert ballots.shares(ballots.close(ballot, by=house.animator))["for"] == Fraction(3, 5)


def test_no_quorum_no_vote(house: House) -> None:
    begins = timezone.now() + SOON
    meeting = meetings.convene(house.meeting(held=False, starts_at=begins), by=house.animator)
    for seat in house.seats[:2]:
        meetings.answer(meeting, seat, Attendance.How.PRESENT, by=None)
    meeting = meetings.hold(meeting, by=house.animator, now=begins + timedelta(minutes=1))
    with pytest.raises(DomainError) as refused:
        ballots.open_ballot(house.decision(meeting), by=house.animator)
    assert refused.value.code == "no_quorum"
    assert (refused.value.facts["counted"], refused.value.facts["needed"]) == (2, 3)


def test_refusals(house: House) -> None:
    early = house.decision(house.meeting(held=False))
    assert code_of(lambda: ballots.open_ballot(early, by=house.animator)) == "not_held"
    alone = ballots.propose(house.pole, title="x", text="y", by=house.animator)
    assert alone.number == 2
    assert code_of(lambda: ballots.open_ballot(alone, by=house.animator)) == "no_meeting"
    assert code_of(lambda: ballots.propose(house.pole, title="x", text=" ", by=house.animator)) == "no_words"
    today = timezone.localdate()
    assert code_of(lambda: ballots.decide(alone, "rejected", on=today, by=house.animator)) == "reason_needed"
    assert ballots.decide(alone, "adopted", on=today, by=house.animator).outcome == "adopted"
    ballot = opened(house)
    assert code_of(lambda: ballots.cast(ballot, house.seats[0], "maybe", by=None)) == "no_such_choice"
    ballots.cast(ballot, house.seats[0], "for", by=None)
    assert code_of(lambda: ballots.cast(ballot, house.seats[0], "for", by=None)) == "voted"
    assert (
        code_of(lambda: ballots.decide(ballot.decision, "adopted", on=today, by=house.animator))
        == "ballot_open"
    )
    assert ballots.void(ballot, by=house.animator, reason="question mal posée").state == "void"
    assert Decision.objects.get(pk=ballot.decision_id).outcome == "pending"
    assert opened_again(house, ballot).state == "open"


def opened_again(house: House, ballot: Ballot) -> Ballot:
    return ballots.open_ballot(ballot.decision, by=house.animator)


def test_a_vote_is_never_changed(house: House) -> None:
    ballot = opened(house)
    ballots.cast(ballot, house.seats[0], "for", by=None)
    with pytest.raises(DatabaseError), transaction.atomic():
        Vote.objects.update(choice="against")


def test_a_secret_ballot_cannot_be_tied_to_a_voter(house: House) -> None:
    """Everything that the database holds after two sets of votes that differ only by who chose what."""
    ballot = opened(house, secret=True)
    choices = ["for", "against", "for", "abstain", "for", "against"]
    for seat, choice in zip(house.seats, choices, strict=True):
        ballots.cast(ballot, seat, choice, by=None)
    assert not Vote.objects.exists()
    columns = {field.column for field in Voter._meta.get_fields() if hasattr(field, "column")}
    assert columns == {"id", "ballot_id", "seat_id", "voice_of_id", "voted"}
    assert set(Voter.objects.filter(ballot=ballot).values_list("voted", flat=True)) == {True}
    ballot.refresh_from_db()
    assert ballot.box == {"": {"for": 3, "against": 2, "abstain": 1}}
    said = str(list(Event.objects.filter(subject=house.pole.actor.subject).values_list("data", flat=True)))
    assert not [choice for choice in ("against", "abstain") if choice in said]
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM governance_ballot")
        rows = str(cursor.fetchall())
    assert not [
        seat for seat in house.seats if f"{seat.pk.hex}': 'for" in rows or f"{seat.pk}': 'for" in rows
    ]


def test_a_secret_needs_company(house_with: Callable[..., House]) -> None:
    house = house_with(counting="college")
    begins = timezone.now() + SOON
    meeting = meetings.convene(house.meeting(held=False, starts_at=begins), by=house.animator)
    for seat in house.seats[:5]:
        meetings.answer(meeting, seat, Attendance.How.PRESENT, by=None)
    meeting = meetings.hold(meeting, by=house.animator, now=begins + timedelta(minutes=1))
    decision = house.decision(meeting)
    with pytest.raises(DomainError) as refused:
        ballots.open_ballot(decision, secret=True, by=house.animator)
    assert (refused.value.code, refused.value.facts["colleges"]) == ("not_secret", ["Habitants"])
    assert ballots.open_ballot(decision, by=house.animator).secret is False


def test_a_secret_result_of_two_voices_is_not_told(house: House) -> None:
    ballot = opened(house, secret=True)
    for seat in house.seats[:2]:
        ballots.cast(ballot, seat, "for", by=None)
    assert code_of(lambda: ballots.close(ballot, by=house.animator)) == "not_secret"
    ballots.cast(ballot, house.seats[2], "for", by=None)
    assert ballots.close(ballot, by=house.animator).result["adopted"] is True


def test_minutes_are_made_again_identically_and_signed(house: House) -> None:
    ballot = opened(house)
    meeting = Meeting.objects.get()
    assert code_of(lambda: minutes.freeze(meeting, by=house.animator)) == "ballot_open"
    for seat in house.seats:
        ballots.cast(ballot, seat, "for", by=None)
    ballots.close(ballot, by=house.animator)
    first = minutes.freeze(meeting, by=house.animator)
    assert minutes.freeze(meeting, by=house.animator) == first
    assert minutes.is_current(first)
    minutes.sign(first, house.seats[0], name="Membre 0", by=house.people[0])
    again = {"name": "Membre 0", "by": house.people[0]}
    assert code_of(lambda: minutes.sign(first, house.seats[0], **again)) == "signed"
    item = first.meeting.items.get()
    meetings.write_item(item, base={"said": ""}, mine={"said": "Accord de tous."}, by=house.animator)
    assert not minutes.is_current(first)
    second = minutes.freeze(meeting, by=house.animator)
    assert second.number == 2
    assert code_of(lambda: minutes.sign(first, house.seats[1], **again)) == "stale_minutes"
    assert code_of(lambda: minutes.close(second, by=house.animator)) == "not_signed"
    minutes.sign(second, house.seats[1], **again)
    assert minutes.close(second, by=house.animator).state == "signed"
    kept = Meeting.objects.get()
    refused = code_of(
        lambda: meetings.write_item(kept.items.get(), base={"said": ""}, mine={"said": ""}, by=house.animator)
    )
    assert refused == "meeting_kept"
    assert MinutesSignature.objects.get(minutes=second).digest == second.digest


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("secret", [False, True])
def test_two_votes_of_one_seat(secret: bool) -> None:
    house = make()
    ballot = opened(house, secret=secret)
    seat = house.seats[0]
    results = at_once(*(lambda: ballots.cast(ballot, seat, "for", by=None),) * 3)
    assert sorted(str(getattr(one, "code", "")) for one in results) == ["", "voted", "voted"]
    both = at_once(
        *[lambda one=one: ballots.cast(ballot, one, "against", by=None) for one in house.seats[1:]]
    )  # type: ignore[misc]
    assert both == [None] * 5
    ballot.refresh_from_db()
    counts = ballots.tallies(ballot)
    assert sum(one.get("for", 0) for one in counts.values()) == 1
    assert sum(one.get("against", 0) for one in counts.values()) == 5


@pytest.mark.django_db(transaction=True)
def test_two_closings_and_two_openings() -> None:
    house = make()
    decision = house.decision(house.meeting())
    opening = at_once(*(lambda: ballots.open_ballot(decision, by=house.animator),) * 2)
    assert sorted(str(getattr(one, "code", "")) for one in opening) == ["", "already_there"]
    ballot = Ballot.objects.get()
    for seat in house.seats:
        ballots.cast(ballot, seat, "for", by=None)
    closing = at_once(*(lambda: ballots.close(ballot, by=house.animator),) * 2)
    assert sorted(str(getattr(one, "code", "")) for one in closing) == ["", "ballot_closed"]
