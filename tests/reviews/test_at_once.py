"""Two people at the same moment, each on a connection: nobody's words are lost, one of two is told."""

import pytest

from terreau.common.errors import DomainError, StaleWriteError
from terreau.reviews import answering, campaigns, external, seats
from terreau.reviews.external import Signing, Taken
from terreau.reviews.models import Answer, Outcome, Reply, Review, Seat
from terreau.reviews.rules import Said
from tests.reviews.conftest import Scene, make_scene
from tests.two_connections import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def delivered() -> tuple[Scene, Review]:
    scene = make_scene()
    review = scene.invite_peer()
    seat = external.accept(review, by=scene.reviewer)
    answering.save(seat, "A1", base=Said(), mine=Said(level=1, words="rien"), by=scene.reviewer)
    return scene, external.deliver(review, by=scene.reviewer)


def test_two_answers_of_one_item_in_a_workshop() -> None:
    scene = make_scene()
    seat = scene.open("internal").seats.get()

    def write(said: Said) -> Answer:
        mine = Seat.objects.select_related("review__grid_version").get(pk=seat.pk)
        return answering.save(mine, "A1", base=Said(), mine=said, by=scene.animator)

    apart = at_once(lambda: write(Said(level=2)), lambda: write(Said(target=4)))
    assert all(isinstance(one, Answer) for one in apart), apart
    assert Said.of(Answer.objects.get()) == Said(level=2, target=4)
    Answer.objects.all().delete()
    same = at_once(lambda: write(Said(level=1)), lambda: write(Said(level=3)))
    assert sorted(type(one).__name__ for one in same) == ["Answer", "StaleWriteError"], same


def test_a_reply_beside_a_signature_is_in_the_report_or_refused() -> None:
    scene, review = delivered()
    seen = external.digest_of(review)
    given = Signing("pole", "Zoé", "présidente", "", seen)
    replied, signed = at_once(
        lambda: external.reply(
            Review.objects.get(pk=review.pk), "A1", words="Si.", seen=0, by=scene.colleague
        ),
        lambda: external.sign(Review.objects.get(pk=review.pk), given, by=scene.animator),
    )
    errors = [one for one in (replied, signed) if isinstance(one, DomainError)]
    assert [one.code for one in errors] in (["report_signed"], ["report_changed"]), (replied, signed)
    if errors[0] is signed:
        assert Reply.objects.get().words == "Si."


def test_two_replies_at_once_one_is_shown_the_other() -> None:
    scene, review = delivered()

    def reply(words: str) -> Reply:
        held = Review.objects.get(pk=review.pk)
        return external.reply(held, "A1", words=words, seen=0, by=scene.animator)

    found = at_once(lambda: reply("un"), lambda: reply("deux"))
    assert sum(isinstance(one, StaleWriteError) for one in found) == 1, found
    assert Reply.objects.get().version == 1


def test_two_decisions_and_a_reply_beside_a_merge() -> None:
    scene, review = delivered()
    for side, by in (("reviewer", scene.reviewer), ("pole", scene.animator)):
        given = Signing(side, "Zoé", "présidente", "", external.digest_of(review))
        external.sign(review, given, by=by)

    def decide(taken: Taken) -> Review:
        return external.merge(Review.objects.get(pk=review.pk), {"A1": taken}, by=scene.animator)

    def reply() -> Reply:
        held = Review.objects.get(pk=review.pk)
        return external.reply(held, "A1", words="Trop tard.", seen=0, by=scene.colleague)

    found = at_once(lambda: decide(Taken("take")), lambda: decide(Taken("keep", "le vote")), reply)
    assert sum(isinstance(one, Review) for one in found) == 1, found
    assert isinstance(found[2], DomainError)
    assert Outcome.objects.count() == 1
    assert not Reply.objects.exists()


def test_an_answer_beside_the_closing_is_adopted_or_refused() -> None:
    scene = make_scene()
    review = scene.open("internal")
    seat = review.seats.get()

    def write() -> Answer:
        mine = Seat.objects.select_related("review__grid_version").get(pk=seat.pk)
        return answering.save(mine, "A1", base=Said(), mine=Said(level=2), by=scene.animator)

    wrote, closed = at_once(
        write, lambda: campaigns.close(Review.objects.get(pk=review.pk), by=scene.animator)
    )
    assert isinstance(closed, Review), closed
    assert scene.pole.stances.count() == (1 if isinstance(wrote, Answer) else 0)


def test_one_person_takes_one_seat() -> None:
    scene = make_scene()
    review = scene.open()
    found = at_once(*[lambda: seats.take(Review.objects.get(pk=review.pk), scene.member)] * 2)
    assert found[0] == found[1]
    assert Seat.objects.count() == 1
