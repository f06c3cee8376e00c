"""An identity is created, closed, merged and unmerged; nothing is deleted."""

from uuid import uuid4

import pytest
from django.db import IntegrityError

from terreau.accounts.models import User
from terreau.common.errors import DomainError, NotFoundError
from terreau.journal import subjects as told
from terreau.journal.models import Event
from terreau.subjects import actions
from terreau.subjects.models import MergeRecord, Subject
from tests.two_connections import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    return User.objects.create_user("mod@example.org")


def actor() -> Subject:
    return actions.create("actor")


def test_a_new_subject_is_private() -> None:
    subject = actor()
    assert (subject.public, subject.closed_at, subject.merged_into) == (False, None, None)
    assert actions.create("pole", public=True) in Subject.objects.public()


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="licorne"):
        actions.create("licorne")


def test_closing_keeps_who_when_and_why(person: User) -> None:
    subject = actions.close(actor(), by=person, reason="dissoute")
    assert (subject.closed_by, subject.closing_reason, subject.version) == (person, "dissoute", 2)
    assert subject not in Subject.objects.living()
    with pytest.raises(DomainError, match="déjà fermé"):
        actions.close(subject, by=person, reason="encore")


def test_the_database_refuses_a_closing_without_a_reason(person: User) -> None:
    with pytest.raises(IntegrityError):
        actions.close(actor(), by=person, reason="")


def test_merge_resolve_unmerge(person: User) -> None:
    first, second, third = actor(), actor(), actor()
    record = actions.merge(first, second, by=person, reason="même SIREN")
    actions.merge(second, third, by=person, reason="même SIREN")
    assert actions.resolve(first.pk) == third
    assert actions.family([third.pk]) == {third.pk: third.pk, second.pk: third.pk, first.pk: third.pk}
    actions.unmerge(record, by=person)
    assert actions.resolve(first.pk) == first
    with pytest.raises(DomainError, match="déjà défaite"):
        actions.unmerge(record, by=person)
    again = actions.merge(first, third, by=person, reason="finalement si")
    assert (again.loser, again.winner) == (first, third)


@pytest.mark.parametrize("case", ["itself", "twice", "into a merged one", "other kind"])
def test_a_wrong_merge_is_refused(case: str, person: User) -> None:
    one, two, three = actor(), actor(), actor()
    actions.merge(one, two, by=person, reason="doublon")
    pair = {
        "itself": (three, three),
        "twice": (one, three),
        "into a merged one": (three, one),
        "other kind": (three, actions.create("territory")),
    }[case]
    with pytest.raises(DomainError):
        actions.merge(*pair, by=person, reason="doublon")
    assert MergeRecord.objects.count() == 1


def test_an_unknown_subject_is_said(person: User) -> None:
    ghost = Subject(pk=uuid4(), kind="actor")
    with pytest.raises(NotFoundError):
        actions.merge(actor(), ghost, by=person, reason="x")
    with pytest.raises(NotFoundError):
        actions.resolve(ghost.pk)


def test_resolve_stops_on_a_cycle() -> None:
    one, two = actor(), actor()
    Subject.objects.filter(pk=one.pk).update(merged_into=two.pk)
    Subject.objects.filter(pk=two.pk).update(merged_into=one.pk)
    assert actions.resolve(one.pk) in (one, two)
    assert set(actions.family([one.pk])) == {one.pk, two.pk}


def test_both_subjects_are_told_of_a_merge(person: User) -> None:
    one, two = actor(), actor()
    record = told.merge(one, two, by=person, reason="doublon")
    told.unmerge(record, by=person, reason="erreur")
    told.close(one, by=person, reason="dissoute")
    verbs = [event.verb for event in Event.objects.filter(subject=one)]
    assert verbs == ["subject.merged", "subject.unmerged", "subject.closed"]
    assert Event.objects.filter(subject=two).count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("crossed", [False, True])
def test_of_two_concurrent_merges_one_wins(crossed: bool) -> None:
    one, two, three = actor(), actor(), actor()
    second = (two, one) if crossed else (one, three)
    results = at_once(
        lambda: actions.merge(one, two, by=None, reason="doublon"),
        lambda: actions.merge(*second, by=None, reason="doublon"),
    )
    assert sorted(type(result).__name__ for result in results) == ["DomainError", "MergeRecord"]
    assert Subject.objects.filter(merged_into__isnull=False).count() == 1
    assert MergeRecord.objects.count() == 1
