"""Three axes kept apart; each move has its reason; nothing is erased; of two people, one is told."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from terreau.accounts.models import User
from terreau.common.errors import DomainError
from terreau.common.periods import PartialDate
from terreau.journal.models import Event
from terreau.poles import rules
from terreau.poles.actions import (
    close_pole,
    end_recognition,
    move_stage,
    move_status,
    recognise,
    register_pole,
    reopen_pole,
)
from terreau.poles.models import Listing, Pole, Recognition, RegisterMove, StageMove

pytestmark = pytest.mark.usefixtures("zones")


@pytest.fixture
def person() -> User:
    return User.objects.create_user("moderation@example.org")


@pytest.fixture
def pole(person: User) -> Pole:
    return register_pole(
        "Pôle qualifié", carrier=None, codes=["26311"], cog_year=2026, by=person, public=True
    )


@pytest.mark.parametrize("current", rules.STATUSES)
@pytest.mark.parametrize("wanted", rules.STATUSES)
def test_a_status_moves_to_any_other(current: str, wanted: str) -> None:
    code = rules.status_problem(current, wanted, by_a_person=True)
    assert code == ("same_status" if current == wanted else "")


def test_no_source_says_verified() -> None:
    assert rules.status_problem("declare", "verifie", by_a_person=False) == "person_needed"
    assert rules.status_problem("declare", "gloire", by_a_person=True) == "unknown_status"


def test_a_status_moves_with_its_reason(pole: Pole, person: User) -> None:
    moved = move_status(pole, "verifie", reason="  visite du   3 mai ", by=person)
    assert moved.register_status == "verifie"
    row = RegisterMove.objects.get(pole=pole)
    assert (row.before, row.status, row.reason, row.by) == ("declare", "verifie", "visite du 3 mai", person)
    event = Event.objects.get(subject=pole.pk, verb="pole.status_moved")
    assert event.data == {"from": "declare", "to": "verifie", "reason": "visite du 3 mai"}
    for reason, code in (("", "reason_needed"), ("x" * 301, "reason_too_long")):
        with pytest.raises(DomainError) as caught:
            move_status(pole, "repere", reason=reason, by=person)
        assert caught.value.code == code


def test_the_database_refuses_a_move_without_reason_or_person(pole: Pole) -> None:
    for wrong in ({"reason": ""}, {"status": "verifie"}, {"before": "repere"}):
        fields = {"before": "declare", "status": "repere", "reason": "m", **wrong}
        with pytest.raises(IntegrityError), transaction.atomic():
            RegisterMove.objects.create(pole=pole, **fields)


def test_a_stage_goes_back_and_never_before_the_last_move(pole: Pole, person: User) -> None:
    move_stage(pole, "developpement", on=date(2024, 1, 1), reason="deux ans", by=person)
    move_stage(pole, "emergence", on=date(2025, 1, 1), reason="le pôle se délite", by=person)
    assert Pole.objects.get(pk=pole.pk).stage == "emergence"
    assert list(StageMove.objects.filter(pole=pole).values_list("stage", flat=True)) == [
        "developpement",
        "emergence",
    ]
    wrong = [
        ("creation", date(2024, 6, 1), "tard", "before_last_move"),
        ("creation", date(2025, 6, 1), "", "reason_needed"),
        ("emergence", date(2025, 6, 1), "x", "same_stage"),
        ("creation", date(2999, 1, 1), "x", "future_move"),
        ("gloire", date(2025, 6, 1), "x", "unknown_stage"),
        ("creation", date(2025, 1, 1), "x", "bad_stagemove"),
    ]
    for stage, on, reason, code in wrong:
        with pytest.raises(DomainError) as caught:
            move_stage(pole, stage, on=on, reason=reason, by=person)
        assert caught.value.code == code


def test_a_recognition_ends_and_stays(pole: Pole, person: User) -> None:
    row = recognise(pole, "signataire", body=None, on=PartialDate.parse("2024"), by=person)
    with pytest.raises(DomainError) as caught:
        recognise(pole, "signataire", body=None, on=PartialDate.parse("2024"), by=person)
    assert caught.value.code == "bad_recognition"
    ended = end_recognition(row, on=date(2025, 2, 1), reason="charte dénoncée", by=person)
    assert (ended.ended_on, ended.end_reason) == (date(2025, 2, 1), "charte dénoncée")
    with pytest.raises(DomainError) as caught:
        end_recognition(row, on=date(2025, 3, 1), reason="encore", by=person)
    assert (caught.value.code, caught.value.status) == ("already_ended", 409)
    with pytest.raises(IntegrityError), transaction.atomic():
        Recognition.objects.filter(pk=row.pk).update(end_reason="")
    with pytest.raises(DomainError, match="vocabulaire"):
        recognise(pole, "label-national", body=None, on=date(2024, 1, 1), by=person)


def test_closed_then_reopened(pole: Pole, person: User, client: Client) -> None:
    close_pole(pole, by=person, reason="dissolution votée", at=timezone.now())
    assert not Listing.objects.filter(pole=pole).exists()
    assert client.get(f"/poles/{pole.slug}/").status_code == 404
    reopen_pole(pole, by=person, reason="erreur")
    assert client.get(f"/poles/{pole.slug}/").status_code == 200
    with pytest.raises(DomainError) as caught:
        reopen_pole(pole, by=person, reason="encore")
    assert caught.value.code == "not_closed"
    verbs = Event.objects.filter(subject=pole.pk, verb__startswith="subject.").values_list("verb", flat=True)
    assert list(verbs) == ["subject.closed", "subject.reopened"]
