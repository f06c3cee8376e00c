"""Somebody invited works on a frozen copy; the pole replies, both sign, the pole takes up item by item."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction

from terreau.common.canonical import digest
from terreau.common.errors import DomainError, StaleWriteError
from terreau.reviews import answering, campaigns, external, situation
from terreau.reviews.external import Signing, Taken
from terreau.reviews.models import Frozen, Outcome, Review, Signature, Stance
from terreau.reviews.rules import Said
from tests.reviews.conftest import Scene


def agreed(scene: Scene, given: dict[str, Said], title: str = "Atelier") -> Review:
    """Hold a workshop that agrees on this, and close it."""
    review = scene.open("internal", title=title)
    for code, one in given.items():
        answering.save(review.seats.get(), code, base=Said(), mine=one, by=scene.animator)
    return campaigns.close(review, by=scene.animator)


def reviewed(scene: Scene, given: dict[str, Said]) -> Review:
    """Invite the peer, which answers this."""
    review = scene.invite_peer()
    seat = external.accept(review, by=scene.reviewer)
    for code, one in given.items():
        answering.save(seat, code, base=Said(), mine=one, by=scene.reviewer)
    return review


def sign(review: Review, side: str, by: Any, seen: str = "") -> Signature:
    given = Signing(side, by.name, "présidente", "conseil du 3 mars", seen or external.digest_of(review))
    return external.sign(review, given, by=by)


def signed(scene: Scene) -> Review:
    """A review delivered and signed by both: A1 differs, A2 does not, B1 is new."""
    agreed(scene, {"A1": Said(level=3, first_step="écrire"), "A2": Said(level=2)})
    theirs = {
        "A1": Said(level=1, target=3, words="rien d'écrit"),
        "A2": Said(level=2),
        "B1": Said(level=4, words="vu sur place"),
    }
    review = external.deliver(reviewed(scene, theirs), by=scene.reviewer)
    sign(review, "reviewer", scene.reviewer)
    sign(review, "pole", scene.animator)
    review.refresh_from_db()
    return review


def test_the_copy_is_frozen_while_the_pole_goes_on(scene: Scene) -> None:
    agreed(scene, {"A1": Said(level=1)})
    review = scene.invite_peer()
    copy = Frozen.objects.get(review=review)
    assert copy.digest == digest(copy.content)
    second = scene.open("internal", title="Plus tard")
    answering.save(second.seats.get(), "A1", base=Said(), mine=Said(level=4), by=scene.animator)
    campaigns.close(second, by=scene.animator)
    assert external.frozen_answers(review) == {"A1": Said(level=1)}
    assert situation.answers(scene.pole, scene.version) == {"A1": Said(level=4)}
    with pytest.raises(DatabaseError), transaction.atomic():
        Frozen.objects.update(digest="0" * 64)


def test_a_difference_needs_a_reason_before_it_is_delivered(scene: Scene) -> None:
    agreed(scene, {"A1": Said(level=3)})
    review = reviewed(scene, {"A1": Said(level=1)})
    with pytest.raises(DomainError) as refused:
        external.deliver(review, by=scene.reviewer)
    assert refused.value.facts == {"items": ["A1"]}
    seat = external.seat_of(review)
    why = Said(level=1, words="rien d'écrit")
    answering.save(seat, "A1", base=Said(level=1), mine=why, by=scene.reviewer)
    assert external.deliver(review, by=scene.reviewer).state == "delivered"
    with pytest.raises(DomainError):
        answering.save(seat, "A1", base=why, mine=Said(level=2, words="x"), by=scene.reviewer)


def test_nothing_said_is_not_delivered_and_a_decline_says_why(scene: Scene) -> None:
    review = scene.invite_peer()
    with pytest.raises(DomainError, match="au moins à un item"):
        external.deliver(review, by=scene.reviewer)
    with pytest.raises(DomainError, match="pourquoi"):
        external.decline(review, reason=" ", by=scene.reviewer)
    external.decline(review, reason="Pas ce trimestre", by=scene.reviewer)
    review.refresh_from_db()
    assert (review.state, external.seat_of(review).revoked_because) == ("cancelled", "Pas ce trimestre")


def test_a_reply_is_in_the_report_that_is_signed(scene: Scene) -> None:
    review = external.deliver(reviewed(scene, {"A1": Said(level=1, words="x")}), by=scene.reviewer)
    before = external.digest_of(review)
    external.reply(review, "A1", words="C'est écrit depuis mai.", seen=0, by=scene.animator)
    assert external.digest_of(review) != before
    with pytest.raises(DomainError, match="a changé"):
        sign(review, "pole", scene.animator, seen=before)
    with pytest.raises(StaleWriteError):
        external.reply(review, "A1", words="Autre chose", seen=0, by=scene.colleague)
    sign(review, "pole", scene.animator)
    with pytest.raises(DomainError) as refused:
        external.reply(review, "A1", words="Encore", seen=1, by=scene.animator)
    assert refused.value.code == "report_signed"
    with pytest.raises(DomainError):
        external.resume(review, by=scene.reviewer)


def test_two_sides_two_people(scene: Scene) -> None:
    review = external.deliver(reviewed(scene, {"A1": Said(level=1, words="x")}), by=scene.reviewer)
    sign(review, "reviewer", scene.reviewer)
    with pytest.raises(DomainError, match="deux parties"):
        sign(review, "pole", scene.reviewer)
    with pytest.raises(DomainError, match="déjà signé"):
        sign(review, "reviewer", scene.outsider)
    with pytest.raises(DomainError, match="qualité"):
        external.sign(review, Signing("pole", "Zoé", " ", "", external.digest_of(review)), by=scene.animator)
    sign(review, "pole", scene.animator)
    review.refresh_from_db()
    assert review.state == "signed"
    with pytest.raises(DatabaseError), transaction.atomic():
        Signature.objects.update(quality="autre")


def test_item_by_item_and_nothing_is_lost(scene: Scene) -> None:
    review = signed(scene)
    assert list(external.pending(review)) == ["A1", "B1"]
    with pytest.raises(DomainError) as refused:
        external.merge(review, {"A1": Taken("keep")}, by=scene.animator)
    assert refused.value.code == "no_reason"
    external.merge(review, {"A1": Taken("keep", "Le conseil l'a voté.")}, by=scene.animator)
    assert situation.answers(scene.pole, scene.version)["A1"] == Said(level=3, first_step="écrire")
    with pytest.raises(DomainError) as late:
        external.merge(review, {"A1": Taken("take")}, by=scene.colleague)
    assert late.value.status == 409
    external.merge(review, {"B1": Taken("take")}, by=scene.animator)
    review.refresh_from_db()
    assert review.state == "closed"
    assert situation.answers(scene.pole, scene.version)["B1"] == Said(level=4, words="vu sur place")
    assert {row.criterion: row.choice for row in Outcome.objects.all()} == {"A1": "keep", "B1": "take"}
    assert Stance.objects.filter(superseded_at=None).count() == 3


def test_another_answer_needs_a_level_and_a_reason(scene: Scene) -> None:
    review = signed(scene)
    for wrong in (Taken("other", "ni l'un ni l'autre"), Taken("other", "", Said(level=2)), Taken("autre")):
        with pytest.raises(DomainError):
            external.merge(review, {"A1": wrong}, by=scene.animator)
    external.merge(review, {"A1": Taken("other", "entre les deux", Said(level=2))}, by=scene.animator)
    assert situation.answers(scene.pole, scene.version)["A1"] == Said(level=2, first_step="écrire")
