"""Meetings: convened with the rules of that day, answered, changed by several hands, cancelled."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from terreau.common.errors import DomainError, StaleWriteError
from terreau.governance import bodies, meetings
from terreau.governance.models import Attendance, Body, Form, Item, Meeting, Move, Seat
from terreau.notices.models import Notice
from tests.governance.conftest import SOON, House, make
from tests.two_connections import at_once

PRESENT, REPRESENTED = Attendance.How.PRESENT, Attendance.How.REPRESENTED


def code_of(attempt: Callable[[], object]) -> str:
    with pytest.raises(DomainError) as refused:
        attempt()
    return refused.value.code


def test_the_three_forms_stand_together(house: House) -> None:
    for kind in Form.Kind.values:
        bodies.found_form(house.pole, kind, by=house.animator)
    names = set(Body.objects.filter(pole=house.pole).values_list("name", flat=True))
    assert {"Assemblée générale", "Bureau", "Comité de pilotage", "Réunion des membres"} <= names
    assert (
        code_of(lambda: bodies.found_form(house.pole, Form.Kind.CIRCLES, by=house.animator)) == "form_known"
    )


def test_bodies_refuse_nonsense(house: House) -> None:
    by = house.animator
    assert code_of(lambda: bodies.create_body(house.pole, name=" ", by=by)) == "no_name"
    assert code_of(lambda: bodies.create_body(house.pole, name="Assemblée", by=by)) == "name_taken"
    wrong = {"quorum_num": 3, "quorum_den": 2}
    assert code_of(lambda: bodies.create_body(house.pole, name="Bureau", by=by, **wrong)) == "bad_quorum"
    assert code_of(lambda: bodies.give_seat(house.body, house.pole.actor, by=by)) == "no_college"
    other = bodies.create_body(house.pole, name="Bureau", colleges=[("Tous", 1)], by=by)
    alien = other.colleges.get()
    assert (
        code_of(lambda: bodies.give_seat(house.body, house.pole.actor, college=alien, by=by))
        == "other_college"
    )
    first = house.seats[0]
    again = {"college": first.college, "by": by}
    assert code_of(lambda: bodies.give_seat(house.body, first.actor, **again)) == "seat_known"
    assert (
        code_of(lambda: bodies.end_seat(first, on=timezone.localdate(), reason="", by=by)) == "reason_needed"
    )


def test_mandates_end_and_are_announced(house: House) -> None:
    today = timezone.localdate()
    first = house.seats[0]
    bodies.end_seat(first, on=today, reason="départ", by=house.animator)
    assert first not in bodies.seats_on(house.body, today)
    assert first in bodies.seats_on(house.body, today - timedelta(days=1))
    Seat.objects.filter(pk=house.seats[1].pk).update(valid_to=today + timedelta(days=10))
    found = bodies.ending(house.pole, after=today, before=today + timedelta(days=30))
    assert [one.pk for one in found] == [house.seats[1].pk]


def test_convening_freezes_the_rules_and_tells_the_seats(house: House) -> None:
    meeting = meetings.convene(house.meeting(held=False), by=house.animator)
    assert meeting.said["quorum"] == [1, 2]
    assert Notice.objects.filter(kind="meeting").count() == 6
    bodies.change_body(house.body, base={"quorum_num": 1}, mine={"quorum_num": 0}, by=house.animator)
    again = Meeting.objects.get(pk=meeting.pk)
    assert meetings.quorum(again).needed == 3
    assert list(Move.objects.values_list("before", "after")) == [("draft", "convened")]


def test_refusals_of_a_convening(house: House) -> None:
    by, now = house.animator, timezone.now()
    bare = meetings.prepare(
        house.body, title="Vide", starts_at=now + SOON, ends_at=now + SOON + timedelta(hours=1), by=by
    )
    assert code_of(lambda: meetings.convene(bare, by=by)) == "no_agenda"
    meeting = house.meeting(held=False)
    assert code_of(lambda: meetings.convene(meeting, by=by, now=now + timedelta(days=30))) == "in_the_past"
    Body.objects.filter(pk=house.body.pk).update(notice_days=30)
    late = Meeting.objects.get(pk=meeting.pk)
    assert code_of(lambda: meetings.convene(late, by=by)) == "notice_too_short"
    assert code_of(lambda: meetings.hold(late, by=by, now=now + timedelta(days=30))) == "wrong_state"
    assert code_of(lambda: meetings.cancel(late, reason=" ", by=by)) == "reason_needed"
    assert meetings.cancel(late, reason="salle fermée", by=by).state == Meeting.State.CANCELLED
    assert code_of(lambda: meetings.add_item(Meeting.objects.get(pk=late.pk), "x", by=by)) == "meeting_kept"


def test_a_proxy_that_would_not_count_is_refused(house: House) -> None:
    meeting = meetings.convene(house.meeting(held=False), by=house.animator)
    a, b, c, d, *_ = house.seats

    def give(seat: Seat, proxy: Seat | None) -> Attendance:
        return meetings.answer(meeting, seat, REPRESENTED, proxy=proxy, by=None)

    assert code_of(lambda: give(a, None)) == "no_proxy"
    assert code_of(lambda: give(a, a)) == "no_proxy"
    give(a, b)
    assert code_of(lambda: give(c, b)) == "proxy_full"
    assert code_of(lambda: give(c, a)) == "proxy_away"
    meetings.answer(meeting, b, PRESENT, by=None)
    assert code_of(lambda: give(b, c)) == "holds_proxies"
    watcher = bodies.give_seat(house.body, house.pole.actor, role=Seat.Role.OBSERVER, by=None)
    assert code_of(lambda: give(d, watcher)) == "proxy_observes"
    give(a, d)
    assert Attendance.objects.get(seat=a).proxy == d
    assert watcher not in meetings.silent(meeting)
    assert {one.pk for one in meetings.silent(meeting)} == {one.pk for one in house.seats} - {a.pk, b.pk}


def test_a_changed_meeting_is_announced_again(house: House) -> None:
    meeting = meetings.convene(house.meeting(held=False), by=house.animator)
    Notice.objects.all().delete()
    row = meetings.change(meeting, base={"place": ""}, mine={"place": "La halle"}, by=house.animator)
    assert (row.place, row.sequence) == ("La halle", meeting.sequence + 1)
    assert Notice.objects.count() == 6
    wrong = {"ends_at": meeting.starts_at}
    base = {"ends_at": meeting.ends_at}
    assert code_of(lambda: meetings.change(row, base=base, mine=wrong, by=house.animator)) == "ends_before"


def test_the_log_of_a_meeting_never_changes(house: House) -> None:
    meetings.convene(house.meeting(held=False), by=house.animator)
    with pytest.raises(DatabaseError), transaction.atomic():
        Move.objects.update(reason="autre")


@pytest.mark.django_db(transaction=True)
def test_two_hands_on_one_point() -> None:
    house = make()
    item = Item.objects.get(meeting=house.meeting())
    seen = {"title": item.title, "said": ""}

    def write(**mine: str) -> Callable[[], Item]:
        base = {name: seen[name] for name in mine}
        return lambda: meetings.write_item(
            Item.objects.get(pk=item.pk), base=base, mine=mine, by=house.animator
        )

    apart = at_once(write(title="Louer la halle aux grains"), write(said="Chacun a parlé."))
    assert not [one for one in apart if isinstance(one, Exception)]
    item.refresh_from_db()
    assert (item.title, item.said) == ("Louer la halle aux grains", "Chacun a parlé.")
    same = at_once(write(said="Oui."), write(said="Non."))
    assert {type(one) for one in same} == {StaleWriteError}
    item.refresh_from_db()
    assert item.said == "Chacun a parlé."


@pytest.mark.django_db(transaction=True)
def test_two_people_convene_and_cancel_at_once() -> None:
    house = make()
    meeting = house.meeting(held=False)
    results = at_once(
        lambda: meetings.convene(Meeting.objects.get(pk=meeting.pk), by=house.animator),
        lambda: meetings.cancel(Meeting.objects.get(pk=meeting.pk), reason="non", by=house.animator),
    )
    moves = list(Move.objects.order_by("pk").values_list("before", "after"))
    state = Meeting.objects.get(pk=meeting.pk).state
    assert moves[-1][1] == state
    assert [one[0] for one in moves] == ["draft", *[one[1] for one in moves[:-1]]]
    assert len(moves) == sum(not isinstance(one, Exception) for one in results)
