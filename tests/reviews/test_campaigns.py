"""Opening, answering, closing: what a self-diagnosis and a workshop leave."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import DatabaseError, transaction
from django.utils import timezone

from terreau.accounts import personal
from terreau.common.errors import DomainError, NotFoundError, StaleWriteError
from terreau.journal.models import Event
from terreau.notices.models import Notice
from terreau.reviews import answering, campaigns, held, seats, situation
from terreau.reviews.models import Answer, Dissent, Review, Seat, Stance
from terreau.reviews.rules import Said
from tests.reviews.conftest import Scene


def write(seat: Seat, code: str, mine: Said, base: Said = Said(), by: Any = None) -> Answer:  # noqa: B008
    return answering.save(seat, code, base=base, mine=mine, by=by)


def test_a_campaign_is_told_to_the_people_of_the_pole(scene: Scene) -> None:
    review = scene.open()
    assert [one.to for one in Notice.objects.filter(kind="review")] == [scene.colleague]
    assert Event.objects.filter(subject=scene.pole.pk, verb="review.opened").exists()
    assert review.state == "open"


@pytest.mark.parametrize(
    ("mode", "more", "code"),
    [
        ("self", {"title": "  "}, "no_title"),
        ("self", {"due_on": timezone.localdate() - timedelta(days=1)}, "due_too_soon"),
        ("external", {}, "no_reviewer"),
    ],
)
def test_a_campaign_that_cannot_be(scene: Scene, mode: str, more: Any, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        scene.open(mode, **more)
    assert refused.value.code == code


def test_a_pole_does_not_invite_itself_nor_for_no_quality(scene: Scene) -> None:
    with pytest.raises(DomainError, match="lui-même"):
        scene.open("external", reviewer=scene.pole.actor, quality="peer")
    with pytest.raises(DomainError, match="à quel titre"):
        scene.open("external", reviewer=scene.peer.actor, quality="ami")


def test_one_workshop_at_a_time(scene: Scene) -> None:
    scene.open("internal")
    with pytest.raises(DomainError) as refused:
        scene.open("internal")
    assert refused.value.status == 409


def test_a_person_answers_and_finds_it_again(scene: Scene) -> None:
    seat = seats.take(scene.open(), scene.member)
    write(seat, "A1", Said(level=2, first_step="une réunion"), by=scene.member)
    again = seats.take(seat.review, scene.member)
    assert again == seat
    assert campaigns.answers_of(again) == {"A1": Said(level=2, first_step="une réunion")}


def test_what_is_wrong_writes_nothing(scene: Scene) -> None:
    seat = seats.take(scene.open(), scene.member)
    with pytest.raises(DomainError) as refused:
        write(seat, "A1", Said(level=9))
    assert refused.value.facts == {"field": "level", "item": "A1"}
    with pytest.raises(NotFoundError):
        write(seat, "Z9", Said(level=1))
    assert not Answer.objects.exists()


def test_two_people_type_in_different_fields_and_in_the_same(scene: Scene) -> None:
    seat = scene.open("internal").seats.get()
    write(seat, "A1", Said(level=2), by=scene.animator)
    write(seat, "A1", Said(level=2, target=4), base=Said(level=2), by=scene.animator)
    write(seat, "A1", Said(level=3), base=Said(level=2), by=scene.member)
    assert Said.of(Answer.objects.get()) == Said(level=3, target=4)
    with pytest.raises(StaleWriteError) as stale:
        write(seat, "A1", Said(level=1), base=Said(level=2), by=scene.animator)
    assert stale.value.facts["conflicts"] == {"level": {"base": 2, "theirs": 3, "mine": 1}}


def test_the_workshop_becomes_the_answers_of_the_pole_and_dissent_stays(scene: Scene) -> None:
    review = scene.open("internal")
    seat = review.seats.get()
    write(seat, "A1", Said(level=2, target=3), by=scene.animator)
    row = answering.dissent(review, "A1", name="Zoé", level=0, words="Rien n'est écrit.", by=scene.member)
    gone = answering.dissent(review, "A2", name="Zoé", level=None, words="Hum.", by=scene.member)
    answering.take_back(review, gone.pk, by=scene.member)
    campaigns.close(review, by=scene.animator)
    assert situation.answers(scene.pole, scene.version) == {"A1": Said(level=2, target=3)}
    assert list(Dissent.objects.filter(withdrawn_at=None)) == [row]
    with pytest.raises(DomainError) as refused:
        write(seat, "A1", Said(level=4), base=Said(level=2, target=3))
    assert refused.value.status == 410
    with pytest.raises(DomainError):
        answering.dissent(review, "A1", name="Zoé", level=0, words="Trop tard.", by=scene.member)


def test_a_later_workshop_supersedes_and_the_past_is_read_as_it_was(scene: Scene) -> None:
    first = scene.open("internal", title="2025")
    write(first.seats.get(), "A1", Said(level=1), by=scene.animator)
    campaigns.close(first, by=scene.animator)
    second = scene.open("internal", title="2026")
    write(second.seats.get(), "A1", Said(level=3), by=scene.animator)
    write(second.seats.get(), "A2", Said(level=0), by=scene.animator)
    campaigns.close(second, by=scene.animator)
    held = situation.stances(scene.pole, scene.version, at=first.closed_at)
    assert {code: row.level for code, row in held.items()} == {"A1": 1}
    assert Stance.objects.count() == 3
    assert [one.title for one in situation.milestones(scene.pole, scene.version)] == ["2025", "2026"]
    since = situation.before_last(scene.pole, scene.version)
    lines = {
        line.item.code: line for line in situation.situation(scene.pole, scene.version, since=since).lines
    }
    assert (lines["A1"].before, lines["A1"].moved, lines["A2"].before) == (1, 2, None)


def test_an_answer_of_the_pole_is_frozen_by_the_database(scene: Scene) -> None:
    review = scene.open("internal")
    write(review.seats.get(), "A1", Said(level=1), by=scene.animator)
    campaigns.close(review, by=scene.animator)
    with pytest.raises(DatabaseError), transaction.atomic():
        Stance.objects.update(level=4)
    with pytest.raises(DatabaseError), transaction.atomic():
        Stance.objects.all().delete()


# Personal links


def invited(scene: Scene, email: str = "zoe@ici.example.org") -> tuple[Seat, str]:
    links: list[str] = []
    review = scene.pole.reviews.first() or scene.open()
    seat = seats.invite(
        review, email=email, name="Zoé", by=scene.animator, link=lambda t: links.append(t) or t
    )
    return seat, links[0]


def test_a_link_opens_a_seat_and_only_its_digest_is_kept(scene: Scene) -> None:
    seat, token = invited(scene)
    assert token in mail.outbox[0].body
    assert "Pôle essai" in mail.outbox[0].subject
    assert seats.of_link(token) == seat
    assert token not in str(Seat.objects.values())
    write(seats.of_link(token), "A1", Said(level=2))
    with pytest.raises(NotFoundError):
        seats.of_link("autre")


def test_a_second_invitation_a_reminder_too_soon_and_a_seat_taken_back(scene: Scene) -> None:
    seat, token = invited(scene)
    with pytest.raises(DomainError, match="déjà invitée"):
        invited(scene, "ZOE@ici.example.org")
    with pytest.raises(DomainError, match="deux jours"):
        seats.remind(seat, by=scene.animator, link=str)
    Seat.objects.update(sent_at=timezone.now() - timedelta(days=3))
    again: list[str] = []
    seats.remind(seat, by=scene.animator, link=lambda t: again.append(t) or t)
    with pytest.raises(NotFoundError):
        seats.of_link(token)
    seats.revoke(seats.of_link(again[0]), by=scene.animator)
    with pytest.raises(DomainError, match="retirée"):
        write(seats.of_link(again[0]), "A1", Said(level=2))


def test_a_link_that_expired_answers_no_more(scene: Scene) -> None:
    seat, token = invited(scene)
    Seat.objects.filter(pk=seat.pk).update(expires_at=timezone.now() - timedelta(minutes=1))
    with pytest.raises(DomainError) as refused:
        write(seats.of_link(token), "A1", Said(level=2))
    assert refused.value.status == 410


def test_the_account_of_an_invited_address_takes_the_same_seat(scene: Scene) -> None:
    seat, _token = invited(scene, scene.member.email)
    assert seats.take(seat.review, scene.member) == seat


def test_who_is_forgotten_leaves_levels_and_no_words(scene: Scene) -> None:
    seat = seats.take(scene.open(), scene.member)
    write(seat, "A1", Said(level=2, words="moi, Zoé"), by=scene.member)
    assert personal.exported(scene.member)["evaluations"]["reponses"][0]["words"] == "moi, Zoé"
    personal.erase(scene.member)
    row = Answer.objects.get()
    assert (row.level, row.words, row.by, Seat.objects.get(pk=seat.pk).user) == (2, "", None, None)


def test_who_answered_is_forgotten_a_year_after_the_closing(scene: Scene) -> None:
    seat, token = invited(scene)
    write(seats.of_link(token), "A1", Said(level=2, words="bien"))
    campaigns.close(seat.review, by=scene.animator)
    today = timezone.localdate()
    assert held.expire(on=today, save=True) == {"reviews.seats": 0}
    Review.objects.update(opened_at=timezone.now() - timedelta(days=400))
    Review.objects.update(closed_at=timezone.now() - timedelta(days=366))
    assert held.expire(on=today, save=False) == {"reviews.seats": 1}
    held.expire(on=today, save=True)
    seat.refresh_from_db()
    assert (seat.name, seat.token_hash, Answer.objects.get().level) == ("", None, 2)
    assert held.expire(on=today, save=True) == {"reviews.seats": 0}
