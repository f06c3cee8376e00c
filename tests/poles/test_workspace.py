"""Who enters the workspace of a pole, and what surrounds its pages."""

from datetime import date

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from terreau.accounts.models import User
from terreau.common.errors import NotFoundError, RefusedError
from terreau.journal.models import Refusal
from terreau.poles import workspace
from terreau.subjects.actions import close
from tests.governance.conftest import House, make

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    return make()


def _enter(house: House, user: object, *, run: bool = False) -> workspace.Workspace:
    request = RequestFactory().get(f"/poles/{house.pole.slug}/espace/seances/")
    request.user = user  # type: ignore[assignment]
    return workspace.enter(request, house.pole.slug, run=run, verb="essai")


def test_its_people_enter_and_who_animates_runs_it(house: House) -> None:
    assert _enter(house, house.animator, run=True).runs
    member = _enter(house, house.people[0])
    assert not member.runs
    assert member.may_speak_for(house.seats[0].actor_id)
    assert not member.may_speak_for(house.seats[1].actor_id)


def test_a_member_who_may_not_run_it_is_told_so_and_counted(house: House) -> None:
    with pytest.raises(RefusedError):
        _enter(house, house.people[0], run=True)
    assert Refusal.objects.get().verb == "essai"


def test_nobody_else_is_told_that_it_exists(house: House) -> None:
    other = User.objects.create_user("autre@people.example.org", name="Autre")
    for user in (AnonymousUser(), other):
        with pytest.raises(NotFoundError):
            _enter(house, user)
    request = RequestFactory().get("/poles/aucun/espace/")
    request.user = house.animator
    with pytest.raises(NotFoundError):
        workspace.enter(request, "aucun")


def test_a_closed_pole_is_read_and_run_no_more(house: House) -> None:
    close(house.pole.actor.subject, by=house.animator, reason="fin")
    ws = _enter(house, house.animator)
    assert not ws.runs
    with pytest.raises(RefusedError, match="fermée"):
        _enter(house, house.animator, run=True)


def test_the_page_says_where_it_stands(house: House) -> None:
    ws = _enter(house, house.animator)
    request = RequestFactory().get(f"/en/poles/{house.pole.slug}/espace/seances/1/voter/")
    groups = workspace.sections(request, ws)
    (here,) = [group for group in groups if group.current]
    assert [link.href for link in here.links if link.current] == [f"/poles/{house.pole.slug}/espace/seances/"]
    home = workspace.sections(RequestFactory().get(ws.home), ws)
    assert [group.current for group in home] == [True, *[False] * (len(home) - 1)]


def test_of_person_asks_the_standing_of_a_day(house: House) -> None:
    before = date(1990, 1, 1)
    assert workspace.of_person(house.people[0], house.pole.slug, on=before).today == before
