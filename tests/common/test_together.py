"""Many questions as one: the same values as asked one by one, on both databases."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count, F, IntegerField
from django.utils import timezone

from terreau.accounts.models import User
from terreau.common import together
from terreau.governance.models import Attendance, Body, Meeting, Seat
from tests.governance.conftest import House, make

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    return make()


def test_values_are_those_of_the_models(house: House, django_assert_num_queries: Any) -> None:
    # Asked of each connection once, by Django.
    assert connection.features.supports_json_field
    begins = timezone.now() + timedelta(days=3)
    Meeting.objects.create(
        body=house.body, title="Été", starts_at=begins, ends_at=begins + timedelta(hours=1)
    )
    Seat.objects.filter(pk=house.seats[0].pk).update(valid_to=date(2027, 1, 31))
    asked: dict[str, Any] = {
        "meetings": (
            Meeting.objects.all(),
            ["pk", "title", "starts_at", "convened_at", "said", "body__decides"],
        ),
        "seats": (Seat.objects.filter(body=house.body), ["pk", "actor", "actor__name", "valid_to", "user"]),
        "people": (User.objects.all(), ["pk", "email", "is_active"]),
        "none": (Attendance.objects.all(), ["pk", "how"]),
    }
    with django_assert_num_queries(1):
        found = together.ask(asked)
    for name, (rows, fields) in asked.items():
        alone = sorted(rows.values(*fields), key=lambda row: str(row["pk"]))
        assert sorted(found[name], key=lambda row: str(row["pk"])) == alone, name


def test_what_is_counted_comes_back_too(house: House) -> None:
    rows = Body.objects.annotate(held=Count("seats", output_field=IntegerField()), called=F("name"))
    asked = {"bodies": (rows, ["held", "called"])}
    assert together.ask(asked) == {"bodies": [{"held": 6, "called": "Assemblée"}]}
    assert together.ask({}) == {}
