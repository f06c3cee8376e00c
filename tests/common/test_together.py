"""Many questions as one: the rows that each queryset gives alone, in its order, on both databases."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db.models import Count, F, Max, Q, QuerySet
from django.utils import timezone

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common import together
from terreau.governance.models import Attendance, Body, Meeting, Seat
from terreau.subjects.models import Subject
from tests.governance.conftest import House, make

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    house = make()
    begins = timezone.now() + timedelta(days=3)
    for number in range(3):
        at = begins + timedelta(days=number)
        values = {"title": f"Été « {number} » 100 %", "starts_at": at, "ends_at": at + timedelta(hours=1)}
        Meeting.objects.create(body=house.body, **values)
    Seat.objects.filter(pk=house.seats[0].pk).update(valid_to=date(2027, 1, 31))
    return house


def _asked(house: House) -> list[QuerySet[Any]]:
    return [
        Meeting.objects.filter(title__contains="100 %").order_by("-starts_at")[:2],
        Seat.objects.filter(body=house.body)
        .select_related("actor__subject", "user", "body__pole", "college")
        .order_by("-pk"),
        Body.objects.annotate(held=Count("seats", distinct=True), last=Max("meetings__starts_at")).order_by(
            "pk"
        ),
        User.objects.order_by("email").values("pk", "email", "is_active", "joined_at"),
        Attendance.objects.all().order_by("pk"),
        Seat.objects.filter(pk__in=[]).order_by("pk"),
        Seat.objects.order_by("actor__sort_key", "pk").values_list("actor__name", "valid_to", "role"),
        Actor.objects.order_by("sort_key", "pk").values_list("pk", flat=True),
        Subject.objects.order_by("pk").values(called=F("kind")).annotate(n=Count("pk")),
        Meeting.objects.filter(Q(said=[]) | Q(place="")).order_by("starts_at").values_list("said", "body"),
    ]


def _deep(row: Any, seen: tuple[Any, ...] = ()) -> Any:
    """What a row holds, with what it names: asked of nothing that is not already there."""
    if not hasattr(row, "_state") or row in seen:
        return row
    known = {name: _deep(one, (*seen, row)) for name, one in row._state.fields_cache.items()}
    return {name: value for name, value in vars(row).items() if name != "_state"}, known


def test_rows_are_those_of_each_queryset(house: House, django_assert_num_queries: Any) -> None:
    alone = [list(rows) for rows in _asked(house)]
    with django_assert_num_queries(1):
        found = together.ask(*_asked(house))
    for mine, theirs in zip(found, alone, strict=True):
        assert [_deep(row) for row in mine] == [_deep(row) for row in theirs]
    assert alone[1][0].actor.subject.pk == alone[1][0].actor_id
    assert [row._state.adding for row in found[1]] == [False] * 6, "known to be in the database"


def test_nothing_asked_is_no_query(house: House, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert together.ask() == []
        assert together.ask(Seat.objects.filter(pk__in=[]), Seat.objects.none()) == [[], []]


def _names(house: House) -> together.Step[list[str]]:
    seats = yield Seat.objects.filter(body=house.body).order_by("pk")
    actors = yield Actor.objects.filter(pk__in=[one.actor_id for one in seats]).order_by("sort_key")
    return [one.name for one in actors]


def _pair(house: House) -> together.Step[tuple[int, int]]:
    bodies, meetings = yield (Body.objects.all(), Meeting.objects.order_by("pk"))
    return len(bodies), len(meetings)


def _silent() -> together.Step[str]:
    if timezone.now().year < 2000:
        yield Body.objects.all()
    return "nothing asked"


def _all(house: House) -> together.Step[list[Any]]:
    found = yield from together.abreast(_names(house), _pair(house), _silent())
    return found


def test_steps_run_side_by_side(house: House, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):
        names, counts, silent, inner = together.gather(_names(house), _pair(house), _silent(), _all(house))
    assert names == [row.actor.name for row in Seat.objects.order_by("actor__sort_key")]
    assert (counts, silent, inner) == ((1, 3), "nothing asked", [names, counts, silent])


def test_a_step_that_fails_says_so(house: House) -> None:
    def broken() -> together.Step[None]:
        yield Body.objects.all()
        raise LookupError("no such body")

    with pytest.raises(LookupError):
        together.gather(_names(house), broken())


def test_what_it_cannot_give_back_is_refused(house: House) -> None:
    for rows in (Seat.objects.prefetch_related("body"), Seat.objects.defer("person")):
        with pytest.raises(TypeError):
            together.ask(rows)
