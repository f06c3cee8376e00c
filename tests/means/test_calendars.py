"""Calendars in and out: read by a real client library, brought without being half written, never twice."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from terreau.accounts import calendar_keys
from terreau.journal.models import Event
from terreau.means import bookings, calendars, exchange
from terreau.means.models import Booking
from tests.means.conftest import Crew, Yard

HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//essai//FR\r\n"
#: A first hour written by a calendar program: in its own time zone.
_ZONE = "DTSTART;TZID=Europe/Paris:%s\r\nDTEND;TZID=Europe/Paris:%s\r\n"


def event(uid: str, first: datetime, last: datetime, *more: str) -> str:
    hours = _ZONE % (f"{first:%Y%m%dT%H%M%S}", f"{last:%Y%m%dT%H%M%S}")
    lines = "".join(f"{line}\r\n" for line in more)
    stamp = "DTSTAMP:20260101T000000Z\r\n"
    return f"BEGIN:VEVENT\r\nUID:{uid}\r\n{stamp}SUMMARY:Réunion {uid}\r\n{hours}{lines}END:VEVENT\r\n"


def file(*events: str) -> bytes:
    return (HEAD + "".join(events) + "END:VCALENDAR\r\n").encode()


def brought(yard: Yard, *events: str) -> list[exchange.Brought]:
    today = timezone.localdate()
    return exchange.events(file(*events), first=today, last=today + timedelta(days=60))


def verbs(plan: exchange.Plan) -> list[str]:
    return [line.verb for line in plan.lines]


def test_the_feed_is_read_by_a_calendar_program(crew: Crew, client: Client) -> None:
    yard = crew.yard
    kept = bookings.book(yard.hall, yard.member, yard.at(9), yard.at(12), by=crew.member, label="Conseil")
    gone = bookings.book(yard.hall, yard.member, yard.at(14), yard.at(15), by=crew.member)
    bookings.cancel(gone, by=crew.member)
    address = f"/calendrier/{calendar_keys.make(crew.lender)}/poles/pole-essai/moyens/{yard.hall.pk}.ics"
    answer = client.get(address)
    assert answer["Content-Type"].startswith("text/calendar")
    read = list(Calendar.from_ical(answer.content).walk("VEVENT"))
    assert [str(one["status"]) for one in read] == ["CONFIRMED", "CANCELLED"]
    assert read[0].decoded("dtstart").astimezone(UTC) == kept.starts_at.astimezone(UTC)
    assert str(read[0]["summary"]) == "La halle · Cantine"
    # What the feed gives, brought back, changes nothing.
    again = exchange.plan(yard.hall, yard.member, exchange.events(
        answer.content, first=timezone.localdate(), last=timezone.localdate() + timedelta(days=9)
    ))  # fmt: skip
    assert verbs(again) == ["same", "same"]


def test_a_feed_is_of_who_may_enter(crew: Crew, client: Client) -> None:
    hall = crew.yard.hall.pk
    for user in (crew.stranger, crew.elsewhere):
        address = f"/calendrier/{calendar_keys.make(user)}/poles/pole-essai/moyens/{hall}.ics"
        assert client.get(address).status_code == 404
    assert client.get(f"/calendrier/rien/poles/pole-essai/moyens/{hall}.ics").status_code == 404
    token = calendar_keys.make(crew.member)
    address = f"/calendrier/{token}/poles/pole-essai/moyens/{hall}.ics"
    assert client.get(address).status_code == 200
    assert client.get(f"/calendrier/{token}/poles/autre-pole/moyens/{hall}.ics").status_code == 404
    calendar_keys.end(crew.member)
    assert client.get(address).status_code == 404


def test_what_each_event_becomes(yard: Yard) -> None:
    bookings.book(yard.hall, yard.owner, yard.at(9, day=2), yard.at(10, day=2), by=yard.by)
    plan = exchange.plan(
        yard.hall,
        yard.member,
        brought(
            yard,
            event("weekly", yard.at(14), yard.at(15), "RRULE:FREQ=WEEKLY;COUNT=3"),
            event("taken", yard.at(9, day=2), yard.at(11, day=2)),
            event("over", yard.at(14, minute=30), yard.at(16)),
            event("odd", yard.at(18), yard.at(18, minute=20)),
            event("gone", yard.at(20), yard.at(21), "STATUS:CANCELLED"),
        ),
    )
    said = {(line.event.title, line.verb) for line in plan.lines}
    assert said == {
        ("Réunion weekly", "book"),
        ("Réunion taken", "clash"),
        ("Réunion over", "clash"),
        ("Réunion odd", "refused"),
        ("Réunion gone", "same"),
    }
    assert plan.counts["book"] == 3
    assert Booking.objects.count() == 1


def test_brought_twice_moved_and_cancelled_there(yard: Yard) -> None:
    first = [event("a", yard.at(9), yard.at(10)), event("b", yard.at(11), yard.at(12))]
    weekly = event("w", yard.at(14), yard.at(15), "RRULE:FREQ=WEEKLY;COUNT=3")
    for times in range(2):
        counts = exchange.write(yard.hall, yard.member, brought(yard, *first, weekly), by=yard.by)
        assert (counts["book"], counts["same"]) == ((5, 0), (0, 5))[times]
    assert Event.objects.filter(verb="booking.brought").count() == 1
    # They exchange their hours, and one of them leaves.
    moved = [event("a", yard.at(17), yard.at(18)), event("b", yard.at(11), yard.at(12), "STATUS:CANCELLED")]
    counts = exchange.write(yard.hall, yard.member, brought(yard, *moved, weekly), by=yard.by)
    assert (counts["move"], counts["cancel"], counts["same"]) == (1, 1, 3)
    living = Booking.objects.filter(cancelled_at=None).order_by("starts_at")
    assert [timezone.localtime(row.starts_at).hour for row in living] == [14, 17, 14, 14]


def test_one_of_a_series_moved_there_is_the_same_one_here(yard: Yard) -> None:
    weekly = event("w", yard.at(14), yard.at(15), "RRULE:FREQ=WEEKLY;COUNT=3")
    exchange.write(yard.hall, yard.member, brought(yard, weekly), by=yard.by)
    second = yard.at(14) + timedelta(days=7)
    first_meant = f"RECURRENCE-ID;TZID=Europe/Paris:{second:%Y%m%dT%H%M%S}"
    moved = event("w", second + timedelta(days=1), second + timedelta(days=1, hours=1), first_meant)
    plan = exchange.plan(yard.hall, yard.member, brought(yard, weekly, moved))
    assert sorted(verbs(plan)) == ["move", "same", "same"]
    # The last one that is left of a series is still known by the day it was meant for.
    last = exchange.events(
        file(weekly), first=second.date() + timedelta(days=3), last=second.date() + timedelta(days=60)
    )
    assert verbs(exchange.plan(yard.hall, yard.member, last)) == ["same"]


def test_another_organisation_does_not_take_them_over(yard: Yard) -> None:
    exchange.write(yard.hall, yard.member, brought(yard, event("a", yard.at(9), yard.at(10))), by=yard.by)
    again = exchange.plan(yard.hall, yard.owner, brought(yard, event("a", yard.at(11), yard.at(12))))
    assert verbs(again) == ["refused"]


@pytest.mark.parametrize("data", [b"", b"rien", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT", b"\xff\xfe\x00"])
def test_what_is_no_calendar_is_refused(crew: Crew, client: Client, data: bytes) -> None:
    client.force_login(crew.member)
    answer = client.post(crew.path(f"moyens/{crew.yard.hall.pk}/importer/"), sent(crew, data))
    assert answer.status_code == 422
    assert not Booking.objects.exists()


def sent(crew: Crew, data: bytes) -> dict[str, object]:
    until = timezone.localdate() + timedelta(days=60)
    upload = SimpleUploadedFile("agenda.ics", data, "text/calendar")
    return {"actor": str(crew.yard.member.pk), "until": f"{until}", "file": upload}


def test_read_over_then_confirmed(crew: Crew, client: Client) -> None:
    yard, address = crew.yard, crew.path(f"moyens/{crew.yard.hall.pk}/importer/")
    client.force_login(crew.member)
    data = file(event("a", yard.at(9), yard.at(10)), event("b", yard.at(11), yard.at(12)))
    answer = client.post(address, sent(crew, data))
    assert (answer.status_code, Booking.objects.count()) == (200, 0)
    held = {"lu": answer.context["sealed"], "vu": answer.context["plan"].seen}
    # Somebody takes one of the hours between the two pages: nothing is written, the plan is read again.
    row = bookings.book(yard.hall, yard.owner, yard.at(9), yard.at(10), by=crew.lender)
    again = client.post(address, held)
    assert (again.status_code, Booking.objects.count()) == (409, 1)
    bookings.cancel(row, by=crew.lender)
    assert client.post(address, held).status_code == 302
    assert Booking.objects.filter(cancelled_at=None, actor=yard.member).count() == 2
    # Sealed for one person and one means: nobody else's page takes it.
    other = bookings.offer(yard.pole, yard.owner, name="Autre", kind="room", by=crew.lender)
    assert client.post(crew.path(f"moyens/{other.pk}/importer/"), held).status_code == 409
    client.force_login(crew.lender)
    assert client.post(address, held).status_code == 409
    assert client.post(address, {"lu": "faux", "vu": ""}).status_code == 409
    client.force_login(crew.stranger)
    assert client.post(address, held).status_code == 404


def test_a_stay_over_two_days_is_on_both(yard: Yard) -> None:
    bookings.book(yard.hall, yard.member, yard.at(20), yard.at(8, day=2), by=yard.by)
    day = timezone.localdate(yard.at(0))
    sheet = calendars.sheet(yard.hall, calendars.WEEK, day, now=timezone.now())
    blocks = [block.hours for column in sheet.columns for block in column.blocks]
    late = calendars.sheet(yard.hall, calendars.DAY, day + timedelta(days=1), now=timezone.now())
    assert "20:00 – →" in blocks or late.columns[0].blocks
    assert late.columns[0].blocks[0].hours == "← – 08:00"
    assert late.columns[0].free[0].hours == "08:00 – 20:00"


def test_the_month_is_whole_weeks(yard: Yard) -> None:
    sheet = calendars.sheet(yard.hall, calendars.MONTH, date(2026, 2, 10), now=timezone.now())
    assert [len(week) for week in sheet.weeks] == [7] * 5
    assert sheet.weeks[0][0].day.isoformat() == "2026-01-26"
    assert (sheet.before.isoformat(), sheet.after.isoformat()) == ("2026-01-01", "2026-03-01")
