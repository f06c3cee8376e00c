"""The key of a calendar: one a person, kept as a digest, ended with its owner."""

import pytest

from terreau.accounts import calendar_keys
from terreau.accounts.models import CalendarKey, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return User.objects.create_user("claire@people.example.org", name="Claire")


def test_a_key_opens_for_its_owner_and_is_not_kept(user: User) -> None:
    token = calendar_keys.make(user)
    assert calendar_keys.holder(token) == user
    assert token not in CalendarKey.objects.get().digest
    assert calendar_keys.holder("autre") is None
    assert calendar_keys.holder("\ud800") is None


def test_a_new_key_ends_the_former_one(user: User) -> None:
    first = calendar_keys.make(user)
    second = calendar_keys.make(user)
    assert calendar_keys.holder(first) is None
    assert calendar_keys.holder(second) == user
    assert calendar_keys.end(user) == 1
    assert calendar_keys.holder(second) is None
    assert calendar_keys.current(user) is None


def test_who_left_is_read_no_more(user: User) -> None:
    token = calendar_keys.make(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert calendar_keys.holder(token) is None
