"""Calendars: what we write a client library reads; what is brought is bounded, and refused in words."""

from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terreau.common.errors import DomainError
from terreau.design import calendars
from terreau.design.calendars import Stamp

AT = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
HEAD = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//essai//FR\r\n"
WEEKLY = (
    HEAD + b"BEGIN:VEVENT\r\nUID:a@essai\r\nDTSTAMP:20261101T080000Z\r\nDTSTART:20261102T090000Z\r\n"
    b"DTEND:20261102T100000Z\r\nRRULE:FREQ=WEEKLY;COUNT=4\r\nSUMMARY:Permanence\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


def test_what_is_written_is_read_by_a_client_library() -> None:
    meeting = Stamp(
        "s1@terreau", AT, AT + timedelta(hours=2), "Assemblée, « été »; suite", "Halle", sequence=3
    )
    works = Stamp("w1@terreau", date(2026, 12, 1), date(2026, 12, 3), "Travaux", cancelled=True)
    whole = icalendar.Calendar.from_ical(calendars.write("Séances", [meeting, works]))
    first, second = whole.walk("VEVENT")
    assert first.decoded("dtstart") == AT
    assert str(first["summary"]) == "Assemblée, « été »; suite"
    assert first["sequence"] == 3
    assert second.decoded("dtend") == date(2026, 12, 4)
    assert str(second["status"]) == "CANCELLED"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=200))
def test_any_title_comes_back(title: str) -> None:
    data = calendars.write("Essai", [Stamp("x", AT, AT + timedelta(hours=1), title)])
    (read,) = calendars.read(data, first=AT.date(), last=AT.date())
    assert read.title == title
    assert read.ends == AT + timedelta(hours=1)


def test_what_repeats_is_written_out_between_the_days() -> None:
    found = calendars.read(WEEKLY, first=date(2026, 11, 8), last=date(2026, 11, 16))
    assert [one.starts for one in found] == [
        datetime(2026, 11, 9, 9, tzinfo=UTC),
        datetime(2026, 11, 16, 9, tzinfo=UTC),
    ]


def test_whole_days_keep_their_last_day() -> None:
    data = calendars.write("Essai", [Stamp("x", date(2026, 12, 1), date(2026, 12, 3), "Travaux")])
    (read,) = calendars.read(data, first=date(2026, 12, 3), last=date(2026, 12, 3))
    assert (read.starts, read.ends) == (date(2026, 12, 1), date(2026, 12, 3))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\xff",
        b"PK\x03\x04",
        b"BEGIN:VEVENT\r\nEND:VCALENDAR",
        HEAD,
        WEEKLY.replace(b"20261102", b"2026"),
    ],
)
def test_what_is_no_calendar_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(DomainError) as caught:
        calendars.read(data, first=date(2026, 1, 1), last=date(2026, 12, 31))
    assert caught.value.code == "not_a_calendar"


def test_a_calendar_without_end_is_bounded() -> None:
    endless = WEEKLY.replace(b"FREQ=WEEKLY;COUNT=4", b"FREQ=MINUTELY")
    with pytest.raises(DomainError) as caught:
        calendars.read(endless, first=date(2026, 11, 1), last=date(2027, 11, 1))
    assert caught.value.code == "calendar_too_long"
    with pytest.raises(DomainError) as heavy:
        calendars.read(b"x" * (calendars.MOST_BYTES + 1), first=date(2026, 11, 1), last=date(2027, 11, 1))
    assert heavy.value.code == "calendar_too_large"
