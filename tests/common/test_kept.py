"""What was read is kept until anything is written, by anybody; nothing is kept inside a transaction."""

from collections.abc import Callable

import pytest
from django.db import transaction

from terreau.accounts.models import User
from terreau.common.kept import Kept, state


def _counting() -> tuple[list[int], Callable[[], int]]:
    made: list[int] = []

    def make() -> int:
        made.append(User.objects.count())
        return made[-1]

    return made, make


@pytest.mark.django_db(transaction=True)
def test_it_is_made_again_after_a_write_and_not_before() -> None:
    held: Kept[int] = Kept(4)
    made, make = _counting()
    assert [held.get("all", make) for _ in range(3)] == [0, 0, 0]
    assert made == [0]
    User.objects.create_user("claire@people.example.org", name="Claire")
    assert [held.get("all", make) for _ in range(2)] == [1, 1]
    assert made == [0, 1]
    held.clear()
    assert held.get("all", make) == 1
    assert made == [0, 1, 1]


@pytest.mark.django_db(transaction=True)
def test_what_is_written_while_it_is_made_is_not_missed() -> None:
    held: Kept[int] = Kept(4)

    def slow() -> int:
        count = User.objects.count()
        User.objects.create_user(f"p{count}@people.example.org", name="Paul")
        return count

    assert [held.get("all", slow) for _ in range(2)] == [0, 1]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_kept_inside_a_transaction() -> None:
    held: Kept[int] = Kept(4)
    made, make = _counting()
    with transaction.atomic():
        assert state() is None
        held.get("all", make)
        User.objects.create_user("claire@people.example.org", name="Claire")
        assert held.get("all", make) == 1
        transaction.set_rollback(True)
    assert held.get("all", make) == 0
    assert made == [0, 1, 0]


@pytest.mark.django_db(transaction=True)
def test_it_keeps_so_many_and_no_more() -> None:
    held: Kept[int] = Kept(2)
    made, make = _counting()
    for key in ("a", "b", "c", "c", "b", "a"):
        held.get(key, make)
    assert len(made) == 4, "a, b, c, then a again: it was the oldest"
