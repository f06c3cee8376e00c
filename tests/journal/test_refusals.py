"""Refusals are counted after the rollback, one row an hour; a stranger's go to the log only."""

import logging
from datetime import UTC, datetime

import pytest
import time_machine
from django.db import transaction

from terreau.accounts.models import User
from terreau.common.errors import DomainError, RefusedError
from terreau.journal.actions import counting_refusals, record, refuse
from terreau.journal.models import Event, Refusal
from terreau.subjects import actions as subjects
from tests.two_connections import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    return User.objects.create_user("a@example.org")


def counts() -> list[tuple[str, int]]:
    return list(Refusal.objects.order_by("hour", "verb", "id").values_list("verb", "count"))


def test_one_row_by_subject_verb_and_hour(person: User) -> None:
    subject = subjects.create("actor")
    for at in ("12:01", "12:59", "13:00"):
        with time_machine.travel(
            datetime.fromisoformat(f"2026-05-01T{at}:00").replace(tzinfo=UTC), tick=False
        ):
            refuse(subject, "name.change", by=person, reason="pas membre")
            refuse(None, "pole.create", by=person, reason="pas inscrit")
    assert counts() == [("name.change", 2), ("pole.create", 2), ("name.change", 1), ("pole.create", 1)]


def test_what_was_refused_is_rolled_back_and_the_refusal_stays(person: User) -> None:
    subject = subjects.create("actor")

    def change() -> None:
        with counting_refusals(subject, "name.change", by=person), transaction.atomic():
            record(subject, "name.changed", by=person)
            raise RefusedError("not_member", "Vous n'êtes pas membre.")

    with pytest.raises(RefusedError):
        change()
    assert not Event.objects.exists()
    assert (counts(), Refusal.objects.get().reason) == ([("name.change", 1)], "Vous n'êtes pas membre.")


def test_another_error_is_no_refusal(person: User) -> None:
    with pytest.raises(DomainError), counting_refusals(None, "name.change", by=person):
        raise DomainError("bad", "Nom vide.")
    assert counts() == []


def test_a_stranger_writes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="terreau.journal"):
        refuse(None, "pole.create", by=None, reason="anonyme")
    assert counts() == []
    assert "pole.create" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_refusals_at_once_are_all_counted(person: User) -> None:
    subject = subjects.create("actor")

    def knock() -> None:
        for _ in range(4):
            refuse(subject, "name.change", by=person, reason="non")

    assert at_once(knock, knock, knock) == [None] * 3
    assert sum(count for _verb, count in counts()) == 12
