"""Two people on one sheet."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terreau.common.errors import NotFoundError, StaleWriteError
from terreau.common.stale import three_way, write_fresh
from terreau.journal.actions import save_fresh
from terreau.journal.models import Event
from terreau.subjects import actions as subjects
from terreau.subjects.models import Subject
from tests.two_connections import at_once

states = st.fixed_dictionaries({name: st.integers(0, 2) for name in "abc"})


@given(states, states, states)
def test_three_way_loses_nothing_that_anybody_wrote(
    base: dict[str, int], theirs: dict[str, int], mine: dict[str, int]
) -> None:
    merge = three_way(base, theirs, mine)
    result = {**theirs, **merge.changes}
    for field, before in base.items():
        if field in merge.conflicts:
            sides = {"base": before, "theirs": theirs[field], "mine": mine[field]}
            assert len(set(sides.values())) == 3
            assert merge.conflicts[field] == sides
        elif mine[field] != before:
            assert result[field] == mine[field], "what I changed is there"
        else:
            assert result[field] == theirs[field], "what I left alone is theirs"


@given(states, states, states)
def test_three_way_does_not_depend_on_who_comes_first(
    base: dict[str, int], one: dict[str, int], two: dict[str, int]
) -> None:
    first, second = three_way(base, one, two), three_way(base, two, one)
    assert set(first.conflicts) == set(second.conflicts)
    if not first.conflicts:
        assert {**one, **first.changes} == {**two, **second.changes}


def seen(row: Subject, **changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    base = {"public": row.public, "kind": row.kind}
    return base, {**base, **changes}


@pytest.mark.django_db
class TestWriteFresh:
    def test_different_fields_merge(self) -> None:
        row = subjects.create("actor")
        base, mine = seen(row, kind="pole")
        Subject.objects.filter(pk=row.pk).update(public=True, version=2)
        written = write_fresh(row, base=base, mine=mine)
        assert (written.row.public, written.row.kind, written.row.version) == (True, "pole", 3)
        assert written.changes == {"kind": "pole"}

    def test_the_same_field_is_shown_three_times(self) -> None:
        row = subjects.create("actor")
        base, mine = seen(row, kind="pole")
        Subject.objects.filter(pk=row.pk).update(kind="place", version=2)
        with pytest.raises(StaleWriteError) as stale:
            write_fresh(row, base=base, mine=mine)
        assert stale.value.facts == {
            "conflicts": {"kind": {"base": "actor", "theirs": "place", "mine": "pole"}}
        }
        assert stale.value.status == 409

    def test_nothing_changed_writes_nothing(self) -> None:
        row = subjects.create("actor")
        base, mine = seen(row)
        assert save_fresh(row, subject=row, verb="subject.edited", base=base, mine=mine, by=None).version == 1
        assert not Event.objects.exists()

    def test_a_row_that_is_gone_is_said(self) -> None:
        row = subjects.create("actor")
        Subject.objects.all().delete()
        with pytest.raises(NotFoundError):
            write_fresh(row, base={"kind": "actor"}, mine={"kind": "pole"})


@pytest.mark.django_db(transaction=True)
def test_two_people_on_different_fields_are_both_kept() -> None:
    row = subjects.create("actor")

    def save(**changes: Any) -> Any:
        base, mine = seen(row, **changes)
        return save_fresh(row, subject=row, verb="subject.edited", base=base, mine=mine, by=None)

    results = at_once(lambda: save(kind="pole"), lambda: save(public=True))
    assert [type(result) for result in results] == [Subject, Subject]
    row.refresh_from_db()
    assert (row.kind, row.public, row.version) == ("pole", True, 3)
    assert [event.data for event in Event.objects.order_by("data")] == [
        {"fields": ["kind"]},
        {"fields": ["public"]},
    ]


@pytest.mark.django_db(transaction=True)
def test_two_people_on_the_same_field_one_is_told() -> None:
    row = subjects.create("actor")

    def save(kind: str) -> Any:
        base, mine = seen(row, kind=kind)
        return save_fresh(row, subject=row, verb="subject.edited", base=base, mine=mine, by=None)

    results = at_once(lambda: save("pole"), lambda: save("place"))
    assert sorted(type(result).__name__ for result in results) == ["StaleWriteError", "Subject"]
    assert Event.objects.count() == 1
