"""Voting in pages: whose voice one casts, raised hands, secrets, consent, the result told exactly."""

from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client

from terreau.accounts.models import User
from terreau.common.errors import DomainError
from terreau.governance import ballots, meetings
from terreau.governance.models import Ballot, Decision, Meeting, Objection, Seat, Vote, Voter
from terreau.journal.models import Refusal
from tests.governance.conftest import House, make
from tests.two_connections import at_once

HOME = "/poles/pole-essai/espace/"


def signed(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(response: Any) -> str:
    return unescape(response.content.decode())


def opened(house: House, *, secret: bool = False) -> Ballot:
    return ballots.open_ballot(house.decision(house.meeting()), secret=secret, by=house.animator)


def page_of(ballot: Ballot) -> str:
    item = ballot.decision.item
    assert item is not None
    return f"{HOME}seances/{item.meeting_id}/scrutins/{ballot.pk}/"


def test_the_whole_way_in_pages(house: House) -> None:
    meeting, animator = house.meeting(), signed(house.animator)
    item = meeting.items.get()
    propose = f"{HOME}seances/{meeting.pk}/points/{item.pk}/decision/"
    assert signed(house.people[0]).get(propose).status_code == 403
    assert animator.post(propose, {"title": "Louer", "text": ""}).status_code == 422
    assert animator.post(propose, {"title": "Louer", "text": "On loue."}).status_code == 302
    vote = f"{HOME}decisions/1/scrutin/"
    assert signed(house.people[0]).get(vote).status_code == 403
    assert animator.post(vote, {"question": "Louer ?"}).status_code == 302
    ballot = Ballot.objects.get()
    for number, choice in enumerate(["for", "for", "for", "against"]):
        member = signed(house.people[number])
        sent = {"faire": "voter", "seat": house.seats[number].pk, "choice": choice}
        assert member.post(page_of(ballot), sent).status_code == 302
    assert "4 voix exprimées sur 6" in text(animator.get(page_of(ballot)))
    assert signed(house.people[0]).post(page_of(ballot), {"faire": "clore"}).status_code == 403
    assert animator.post(page_of(ballot), {"faire": "clore"}).status_code == 302
    shown = text(signed(house.people[5]).get(page_of(ballot)))
    assert "Ce qu'il fallait est atteint" in shown
    assert "3/4 (75\u202f%)" in shown
    assert "4 voix exprimées sur 6" in shown
    assert Decision.objects.get().outcome == "adopted"


def test_each_casts_the_voice_of_its_own_seat(house: House) -> None:
    ballot, member = opened(house), signed(house.people[0])
    theirs = {"faire": "voter", "seat": house.seats[1].pk, "choice": "for"}
    assert member.post(page_of(ballot), theirs).status_code == 403
    assert Refusal.objects.filter(verb="ballot.cast").exists()
    own = theirs | {"seat": house.seats[0].pk}
    assert member.post(page_of(ballot), own).status_code == 302
    again = member.post(page_of(ballot), own)
    assert again.status_code == 409
    assert "déjà voté" in text(again)
    assert member.post(page_of(ballot), {"faire": "voter", "choice": "for"}).status_code == 422
    bad = signed(house.people[1]).post(page_of(ballot), theirs | {"choice": "peut-être"})
    assert bad.status_code == 422
    assert Vote.objects.count() == 1
    assert "Vos voix sont dans l'urne" in text(member.get(page_of(ballot)))
    assert "Qui a choisi quoi" not in text(member.get(page_of(ballot)))


def test_who_sits_by_name_votes_alone_for_its_organisation(house: House) -> None:
    """Somebody else of the organisation may answer for the seat, and does not vote in its place."""
    seat = house.seats[0]
    Seat.objects.filter(pk=seat.pk).update(user=house.people[5])
    ballot, colleague = opened(house), signed(house.people[0])
    sent = {"faire": "voter", "seat": seat.pk, "choice": "for"}
    assert colleague.post(page_of(ballot), sent).status_code == 403
    assert signed(house.people[5]).post(page_of(ballot), sent).status_code == 302


def test_raised_hands_are_written_by_who_holds_the_meeting(house: House) -> None:
    ballot, animator = opened(house), signed(house.animator)
    seats = [house.seats[n].pk for n in (1, 2, 3)]
    assert (
        animator.post(page_of(ballot), {"faire": "voter", "seat": seats, "choice": "for"}).status_code == 302
    )
    assert Vote.objects.filter(choice="for", by=house.animator).count() == 3


def test_in_a_secret_ballot_nobody_votes_for_another(house: House) -> None:
    Seat.objects.filter(pk=house.seats[4].pk).update(user=None, person="Gaston")
    ballot, animator = opened(house, secret=True), signed(house.animator)
    held = {"faire": "voter", "seat": house.seats[0].pk, "choice": "for"}
    assert animator.post(page_of(ballot), held).status_code == 403
    # Somebody without an account votes on the device that is passed from hand to hand.
    assert animator.post(page_of(ballot), held | {"seat": house.seats[4].pk}).status_code == 302
    assert animator.post(page_of(ballot), {"faire": "clore"}).status_code == 409
    for number in (0, 1):
        signed(house.people[number]).post(page_of(ballot), held | {"seat": house.seats[number].pk})
    animator.post(page_of(ballot), {"faire": "clore"})
    shown = text(animator.get(page_of(ballot)))
    assert "Qui a choisi quoi" not in shown
    assert not Vote.objects.exists()


def test_a_stopped_secret_ballot_leaves_no_count(house: House) -> None:
    ballot, animator = opened(house, secret=True), signed(house.animator)
    ballots.cast(ballot, house.seats[0], "against", by=None)
    assert animator.post(page_of(ballot), {"faire": "arreter", "reason": ""}).status_code == 422
    assert animator.post(page_of(ballot), {"faire": "arreter", "reason": "mal posée"}).status_code == 302
    ballot.refresh_from_db()
    assert (ballot.state, ballot.box) == ("void", {})


def test_a_college_of_two_votes_keeps_its_secret(house_with: Callable[..., House]) -> None:
    """Counted by college, two voices cast in one would say who chose what: the roll says who voted."""
    house = house_with(counting="college")
    ballot = opened(house, secret=True)
    for seat in (house.seats[0], house.seats[2], house.seats[4], house.seats[1], house.seats[3]):
        ballots.cast(ballot, seat, "for", by=None)
    with pytest.raises(DomainError) as refused:
        ballots.close(ballot, by=house.animator)
    assert refused.value.code == "not_secret"
    ballots.cast(ballot, house.seats[5], "against", by=None)
    assert ballots.close(ballot, by=house.animator).state == "closed"


def test_proxies_vote_through_who_holds_them(house: House) -> None:
    meeting = house.meeting()
    meetings.answer(meeting, house.seats[0], "represented", proxy=house.seats[1], by=house.animator)
    ballot = ballots.open_ballot(house.decision(meeting), by=house.animator)
    absent, holder = signed(house.people[0]), signed(house.people[1])
    sent = {"faire": "voter", "seat": house.seats[0].pk, "choice": "for"}
    assert absent.post(page_of(ballot), sent).status_code == 403
    assert "vous portez son pouvoir" in text(holder.get(page_of(ballot)))
    both = sent | {"seat": [house.seats[0].pk, house.seats[1].pk]}
    assert holder.post(page_of(ballot), both).status_code == 302
    assert Voter.objects.filter(voted=True).count() == 2


def test_by_consent_an_objection_is_heard(house_with: Callable[..., House]) -> None:
    house = house_with(majority="consent")
    decision = house.decision(house.meeting())
    with pytest.raises(DomainError) as secret:
        ballots.open_ballot(decision, secret=True, by=house.animator)
    assert secret.value.code == "consent_is_open"
    with pytest.raises(DomainError) as skipped:
        ballots.decide(decision, "adopted", on=meeting_day(decision), by=house.animator)
    assert skipped.value.code == "consent_needed"
    ballot = ballots.open_ballot(decision, by=house.animator)
    member, animator = signed(house.people[0]), signed(house.animator)
    sent = {"faire": "voter", "seat": house.seats[0].pk, "choice": "against"}
    unsaid = member.post(page_of(ballot), sent)
    assert unsaid.status_code == 422
    assert "Dites votre objection" in text(unsaid)
    member.post(page_of(ballot), sent | {"words": "Trop cher pour nous."})
    assert "Trop cher pour nous." in text(signed(house.people[3]).get(page_of(ballot)))
    animator.post(page_of(ballot), {"faire": "clore"})
    decision.refresh_from_db()
    assert decision.outcome == "postponed"
    heard = {"faire": "entendre", "objection": Objection.objects.get().pk, "answer": "Loyer ramené à 300 €."}
    assert member.post(page_of(ballot), heard).status_code == 403
    animator.post(page_of(ballot), heard)
    assert Objection.objects.get().answer == "Loyer ramené à 300 €."
    amended = {
        "faire": "reprendre",
        "r-title": "Louer",
        "r-text": "On loue à 300 €.",
        "vu_title": decision.title,
        "vu_text": decision.text,
    }
    assert animator.post(f"{HOME}decisions/1/", amended).status_code == 302
    second = ballots.open_ballot(Decision.objects.get(), by=house.animator)
    for seat in house.seats[:5]:
        ballots.cast(second, seat, "for", by=None)
    silent = animator.post(page_of(second), {"faire": "clore"})
    assert silent.status_code == 409
    assert "qui ne dit rien ne consent pas" in text(silent)
    ballots.cast(second, house.seats[5], "abstain", by=None)
    animator.post(page_of(second), {"faire": "clore"})
    assert Decision.objects.get().outcome == "adopted"


def meeting_day(decision: Decision) -> Any:
    assert decision.item is not None
    return decision.item.meeting.starts_at.date()


def test_no_quorum_no_vote(house: House) -> None:
    meeting = house.meeting()
    for seat in house.seats[:4]:
        meetings.answer(meeting, seat, "absent", by=house.animator)
    house.decision(meeting)
    refused = signed(house.animator).post(f"{HOME}decisions/1/scrutin/", {"question": "Louer ?"})
    assert refused.status_code == 409
    assert "il en faut 3" in text(refused)
    assert not Ballot.objects.exists()


def test_a_ballot_of_another_meeting_is_not_found(house: House) -> None:
    ballot = opened(house)
    other = house.meeting()
    assert signed(house.animator).get(f"{HOME}seances/{other.pk}/scrutins/{ballot.pk}/").status_code == 404


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("secret", [False, True])
def test_two_devices_cast_one_voice(secret: bool) -> None:
    house = make()
    ballot = opened(house, secret=secret)
    page = page_of(ballot)
    clients = [signed(house.people[0]) for _one in range(2)]
    sent = {"faire": "voter", "seat": str(house.seats[0].pk), "choice": "for"}
    answers = at_once(*(lambda client=client: client.post(page, sent).status_code for client in clients))
    assert sorted(answers) == [302, 409]
    ballot.refresh_from_db()
    assert sum(sum(one.values()) for one in ballots.tallies(ballot).values()) == 1
    assert Meeting.objects.count() == 1
