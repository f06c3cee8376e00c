"""Time as people type it; hours in the book, once, in somebody's name, worth what was said or nothing."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terreau.common.errors import DomainError, RefusedError
from terreau.common.money import Euro
from terreau.flows.models import Flow
from terreau.journal.models import Refusal
from terreau.poles import hours
from terreau.poles.hours import Given
from terreau.poles.workspace import Workspace
from tests.two_connections import at_once
from tests.web import espace_yard
from tests.web.espace_yard import Yard


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [
        ("1 h 30", 90),
        ("1h30", 90),
        ("1:30", 90),
        ("2h", 120),
        ("2 heures", 120),
        ("45 min", 45),
        ("1,5", 90),
        ("1.5 h", 90),
        ("0,25", 15),
        (" 7 ", 420),
    ],
)
def test_a_time_is_read_as_people_write_it(typed: str, minutes: int) -> None:
    assert hours.parse(typed) == minutes


@pytest.mark.parametrize("typed", ["", "bientôt", "-2", "0", "0 min", "1 h 30 h", "400 h", "1e3"])
def test_what_is_no_time_is_refused(typed: str) -> None:
    with pytest.raises(DomainError) as refusal:
        hours.parse(typed)
    assert refusal.value.facts["field"] == "time"


@given(st.integers(1, hours.MOST_MINUTES))
def test_minutes_come_back_from_thousandths(minutes: int) -> None:
    said = hours.said(hours.thousandths(minutes)).replace("\u00a0", " ").replace("\u202f", "")
    assert hours.parse(said) == minutes


@pytest.fixture
def yard(db: None) -> Yard:
    return espace_yard.make()


def habits(ws: Workspace) -> list[hours.Habit]:
    return hours.habits(ws, lately=hours.lately(ws))


def hour(yard: Yard, **values: Any) -> Given:
    ws = yard.ws(yard.baker)
    plain = {"giver": yard.bakery.pk, "minutes": 90, "label": "Tri", "on": ws.today, "key": "k1"}
    return Given(**{**plain, **values})


def test_hours_are_a_line_of_the_book_without_value(yard: Yard) -> None:
    flow = hours.log(yard.ws(yard.baker), hour(yard))
    assert (flow.thousandths, flow.unit, flow.cents, flow.method) == (1_500, "hours", None, "")
    assert (flow.giver, flow.receiver_id, flow.purpose_id) == (yard.bakery, yard.pole.pk, yard.pole.pk)


def test_a_form_sent_twice_writes_once(yard: Yard) -> None:
    ws = yard.ws(yard.baker)
    first = hours.log(ws, hour(yard))
    assert hours.log(ws, hour(yard)) == first
    assert Flow.objects.count() == 1


def test_an_hour_is_worth_what_somebody_said_by_a_method(yard: Yard) -> None:
    ws = yard.ws(yard.baker)
    flow = hours.log(ws, hour(yard, minutes=100, method="hourly_rate", rate=Euro(1_501)))
    assert flow.cents == 2_502
    assert "15,01" in flow.label
    for half in ({"method": "hourly_rate"}, {"rate": Euro(1_500)}):
        with pytest.raises(DomainError, match="méthode"):
            hours.log(ws, hour(yard, key="k2", **half))


def test_nobody_writes_in_the_name_of_another(yard: Yard) -> None:
    with pytest.raises(RefusedError):
        hours.log(yard.ws(yard.baker), hour(yard, giver=yard.orchard.pk))
    assert Refusal.objects.get().verb == "hours.log"
    assert hours.log(yard.ws(yard.animator), hour(yard, giver=yard.orchard.pk)).giver == yard.orchard


def test_a_pole_gives_no_hours_to_itself(yard: Yard) -> None:
    with pytest.raises(DomainError) as refusal:
        hours.log(yard.ws(yard.animator), hour(yard, giver=yard.pole.pk))
    assert refusal.value.facts["field"] == "giver"


def test_a_habit_is_what_was_done_lately(yard: Yard) -> None:
    ws = yard.ws(yard.baker)
    assert [one.label for one in habits(ws)] == ["Vie du pôle"]
    for key, label in enumerate(["Tri", "Comité", "Tri"]):
        hours.log(ws, hour(yard, label=label, key=str(key), on=ws.today - timedelta(days=3 - key)))
    assert [one.label for one in habits(ws)] == ["Tri", "Comité"]
    hours.undo(ws, Flow.objects.get(label="Comité"))
    assert [one.label for one in habits(ws)] == ["Tri"]


def test_who_animates_for_a_carrier_gives_its_hours(yard: Yard) -> None:
    (habit,) = habits(yard.ws(yard.animator))
    assert habit.giver == yard.carrier.pk


def test_hours_taken_back_leave_both_lines(yard: Yard) -> None:
    ws = yard.ws(yard.baker)
    flow = hours.log(ws, hour(yard))
    back = hours.undo(ws, flow)
    assert (back.thousandths, back.reverses) == (-1_500, flow)
    with pytest.raises(RefusedError):
        hours.undo(yard.ws(yard.grower), hours.log(ws, hour(yard, key="k2")))


@pytest.mark.django_db(transaction=True)
def test_two_taps_at_once_write_once() -> None:
    yard = espace_yard.make()
    ws = yard.ws(yard.baker)
    at_once(*[lambda: hours.log(ws, hour(yard))] * 2)
    assert Flow.objects.count() == 1
