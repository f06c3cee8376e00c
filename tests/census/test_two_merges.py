"""Two moderators who merge the same two sheets at once, in both orders."""

from typing import Any

import pytest

from terreau.accounts.models import User
from terreau.actors.actions import create_actor, merge_actors, unmerge_actors
from terreau.actors.models import Actor
from terreau.journal.models import Event
from terreau.journal.verification import verify
from terreau.subjects.actions import resolve
from terreau.subjects.models import MergeRecord, Subject
from tests.two_connections import at_once


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("opposite", [True, False], ids=["both orders", "same order"])
def test_one_merge_is_held_and_the_other_is_told(opposite: bool) -> None:
    by = User.objects.create_user("moderation@people.example.org")
    one, two = (create_actor(name, source=None, public=True) for name in ("Le Relais", "Relais (le)"))

    def merge(loser: Any, winner: Any) -> Any:
        rows = [Actor.objects.select_related("subject").get(pk=pk) for pk in (loser, winner)]
        return merge_actors(rows[0], rows[1], by=by, reason="même structure")

    second = (two.pk, one.pk) if opposite else (one.pk, two.pk)
    results = at_once(lambda: merge(one.pk, two.pk), lambda: merge(*second))
    refused = [row for row in results if isinstance(row, Exception)]
    assert [getattr(row, "code", row) for row in refused] == ["already_merged"]
    record = MergeRecord.objects.get()
    assert resolve(record.loser_id).pk == record.winner_id
    assert Subject.objects.exclude(merged_into=None).count() == 1
    assert Event.objects.filter(verb="subject.merged").count() == 2
    unmerge_actors(record, by=by, reason="deux structures")
    assert not Subject.objects.exclude(merged_into=None).exists()
    assert verify() == []


@pytest.mark.django_db(transaction=True)
def test_of_two_who_undo_a_merge_one_is_told() -> None:
    by = User.objects.create_user("moderation@people.example.org")
    one, two = (create_actor(name, source=None, public=True) for name in ("Le Relais", "Relais (le)"))
    record = merge_actors(one, two, by=by, reason="même structure")

    def undo() -> Any:
        return unmerge_actors(MergeRecord.objects.get(pk=record.pk), by=by, reason="non")

    results = at_once(undo, undo)
    refused = [row for row in results if isinstance(row, Exception)]
    assert [getattr(row, "code", row) for row in refused] == ["already_unmerged"]
