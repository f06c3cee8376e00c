"""What the database refuses is said in the words of the constraint that refused, on both databases."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError

from terreau.common.errors import DomainError
from terreau.common.inserting import insert, refusal
from terreau.governance.models import College, Seat
from tests.governance.conftest import House

TODAY, DAY = date(2026, 3, 1), timedelta(days=1)

pytestmark = pytest.mark.django_db


def test_a_unique_constraint_is_named_by_its_words(house: House) -> None:
    insert(College(body=house.body, name="Riverains"))
    with pytest.raises(DomainError) as refused:
        insert(College(body=house.body, name="Riverains"), "college_known", field="name")
    assert str(refused.value) == "L'instance a déjà un collège de ce nom."
    assert (refused.value.code, refused.value.status) == ("college_known", 409)
    assert refused.value.facts == {"field": "name"}
    assert College.objects.filter(body=house.body, name="Riverains").count() == 1


def test_a_check_constraint_is_named_by_its_words(house: House) -> None:
    with pytest.raises(DomainError) as refused:
        insert(Seat(body=house.body, actor=house.seats[0].actor, valid_from=TODAY, valid_to=TODAY - DAY))
    assert str(refused.value) in {str(one.violation_error_message) for one in Seat._meta.constraints}


def test_what_no_constraint_explains_is_said_plainly(house: House) -> None:
    error = refusal(College(body=house.body), IntegrityError("FOREIGN KEY constraint failed"))
    assert (str(error), error.facts) == ("La base refuse cette ligne.", {})
