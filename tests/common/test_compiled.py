"""A question compiled once gives what Django gives, for any values, on both databases."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models import DateField, Exists, Q, QuerySet, UUIDField, Value
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from terreau.accounts.models import GlobalRole, User
from terreau.common.compiled import Compiled

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 2)


def held(user: Any, on: Any) -> QuerySet[GlobalRole]:
    return GlobalRole.objects.held_on(on).filter(user=user).order_by()


@pytest.fixture
def someone() -> User:
    user = User.objects.create_user("qui@people.example.org", name="Qui")
    GlobalRole.objects.create(user=user, role="officer", valid_from=TODAY - timedelta(days=9))
    GlobalRole.objects.create(
        user=user, role="moderator", valid_from=TODAY - timedelta(days=9), valid_to=TODAY + timedelta(days=1)
    )
    return user


def test_it_gives_what_the_queryset_gives(someone: User) -> None:
    asked = Compiled(
        lambda user, on: held(user, on).values_list("user", "role", "valid_to", "valid_from"),
        UUIDField(),
        DateField(),
    )
    other = User.objects.create_user("autre@people.example.org", name="Autre")
    for user in (someone, other, someone):
        for day in (TODAY, TODAY + timedelta(days=1), TODAY - timedelta(days=10)):
            wanted = held(user.pk, day).values_list("user", "role", "valid_to", "valid_from")
            assert sorted(asked.rows(user.pk, day)) == sorted(wanted)
    assert {row[1] for row in asked.rows(someone.pk, TODAY)} == {"officer", "moderator"}


def test_a_value_used_twice_and_values_that_do_not_change(someone: User) -> None:
    asked = Compiled(
        lambda user, on: User.objects.filter(pk=user).values_list(
            Exists(held(user, on)),
            Exists(GlobalRole.objects.filter(Q(valid_from=on) | Q(valid_to=on), user=user)),
            Value("même"),
        ),
        UUIDField(),
        DateField(),
    )
    assert asked.rows(someone.pk, TODAY) == [(True, False, "même")]
    assert asked.rows(someone.pk, TODAY + timedelta(days=1)) == [(True, True, "même")]
    assert asked.rows(uuid4(), TODAY) == []


def test_django_writes_it_once(someone: User) -> None:
    built = []

    def build(user: Any) -> QuerySet[Any, Any]:
        built.append(user)
        return User.objects.filter(pk=user).values_list("pk")

    asked = Compiled(build, UUIDField())
    assert asked.rows(someone.pk) == [(someone.pk,)]
    writing = len(built)
    with CaptureQueriesContext(connection) as queries:
        assert asked.rows(someone.pk) == [(someone.pk,)]
    assert (len(built), len(queries)) == (writing, 1)


def test_what_can_find_nothing_asks_nothing(db: None) -> None:
    asked = Compiled(
        lambda user: User.objects.filter(pk__in=[]).filter(pk=user).values_list("pk"), UUIDField()
    )
    with CaptureQueriesContext(connection) as queries:
        assert asked.rows(uuid4()) == []
    assert len(queries) == 0


@pytest.mark.parametrize(
    "build",
    [
        pytest.param(lambda user: User.objects.filter(pk=user, joined_at__lt=timezone.now()), id="instant"),
        pytest.param(lambda user: User.objects.filter(email=f"{user}@x.example.org"), id="made of a value"),
        pytest.param(
            lambda user: User.objects.filter(Q(pk=user) if user.int % 2 else Q(pk=user) | Q(email="")),
            id="another shape",
        ),
    ],
)  # fmt: skip
def test_a_question_that_changes_is_refused_at_its_first_use(build: Any) -> None:
    asked = Compiled(lambda user: build(user).values_list("pk"), UUIDField())
    with pytest.raises(TypeError):
        asked.rows(uuid4())
