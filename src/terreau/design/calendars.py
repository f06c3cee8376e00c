"""Calendars in and out, in the format that every calendar program reads (iCalendar, RFC 5545)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

import recurring_ical_events
from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from icalendar import Calendar, Component, Event

from terreau.common.errors import DomainError

#: A file that is brought: bytes, and events once those that repeat are written out.
MOST_BYTES: Final = 2_000_000
MOST_EVENTS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Stamp:
    """An event of a calendar: two days (the last one included) or two instants with their zone.

    ``path`` is a French address of the site; ``status`` is CONFIRMED or TENTATIVE; ``occurrence`` is when one
    of an event that repeats was first meant to be, whatever moved it since (RECURRENCE-ID).
    """

    uid: str
    starts: datetime | date
    ends: datetime | date
    title: str
    place: str = ""
    text: str = ""
    path: str = ""
    sequence: int = 0
    cancelled: bool = False
    status: str = "CONFIRMED"
    occurrence: datetime | date | None = None


def feed(name: str, stamps: Iterable[Stamp]) -> HttpResponse:
    """Return a calendar as a response that programs read again by themselves; nobody else keeps it."""
    response = HttpResponse(write(name, stamps), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'inline; filename="{slugify(name) or "terreau"}.ics"'
    response["Cache-Control"] = "private, no-store"
    return response


def write(name: str, stamps: Iterable[Stamp]) -> bytes:
    """Return the bytes of a calendar."""
    calendar = Calendar()
    calendar.add("prodid", "-//Terreau//terreau//FR")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", timedelta(hours=4), {"value": "DURATION"})
    for stamp in stamps:
        calendar.add_component(_event(stamp))
    return bytes(calendar.to_ical())


def read(data: bytes, *, first: date, last: date) -> list[Stamp]:
    """Return the events of a brought calendar between two days, both included, those that repeat written out.

    Raises ``DomainError``: too large, not a calendar, or too many events (``facts["most"]``).
    """
    if len(data) > MOST_BYTES:
        words = _("Ce calendrier est trop lourd : %(most)d Mo au plus.") % {"most": MOST_BYTES // 1_000_000}
        raise DomainError("calendar_too_large", words, facts={"field": "file", "most": MOST_BYTES})
    found: list[Stamp] = []
    try:
        calendar = Calendar.from_ical(data)
        repeating = _repeating(calendar)
        # Read as they come: an event that repeats each minute must not be written out before it is refused.
        for event in recurring_ical_events.of(calendar).after(first):
            if _instant(event.decoded("dtstart")) >= _instant(last + timedelta(days=1)):
                break
            if len(found) >= MOST_EVENTS:
                words = _("Ce calendrier a plus de %(most)d événements à ces dates.")
                raise DomainError(
                    "calendar_too_long",
                    words % {"most": MOST_EVENTS},
                    facts={"field": "file", "most": MOST_EVENTS},
                )
            found.append(_stamp(event, repeats=str(event.get("uid", "")) in repeating))
    except DomainError:
        raise
    except Exception as error:
        # The libraries raise whatever a broken line makes them meet: none of it is an error of ours.
        words = _("Ce fichier n'est pas un calendrier lisible (.ics).")
        raise DomainError("not_a_calendar", words, facts={"field": "file"}) from error
    return sorted(found, key=lambda one: (_instant(one.starts), one.uid))


def _event(stamp: Stamp) -> Event:
    event = Event()
    event.add("uid", stamp.uid)
    event.add("dtstamp", timezone.now())
    event.add("sequence", stamp.sequence)
    event.add("summary", stamp.title)
    event.add("dtstart", stamp.starts)
    event.add("dtend", stamp.ends if isinstance(stamp.ends, datetime) else stamp.ends + timedelta(days=1))
    event.add("status", "CANCELLED" if stamp.cancelled else stamp.status)
    for key, value in (("location", stamp.place), ("description", stamp.text)):
        if value:
            event.add(key, value)
    if stamp.path and settings.SITE_URL:
        event.add("url", settings.SITE_URL.rstrip("/") + stamp.path)
    return event


def _repeating(calendar: Component) -> set[str]:
    """Return the identifiers of the events that repeat, or of which one occurrence was moved."""
    named = ("rrule", "rdate", "recurrence-id")
    return {str(one.get("uid", "")) for one in calendar.walk("VEVENT") if any(name in one for name in named)}


def _stamp(event: Event, *, repeats: bool) -> Stamp:
    starts = event.decoded("dtstart")
    ends = event.decoded("dtend", default=starts)
    if not isinstance(ends, datetime):
        # The last day of an event of whole days is the day before its end.
        ends = max(starts, ends - timedelta(days=1))
    status = str(event.get("status", "CONFIRMED"))
    return Stamp(
        uid=f"{event.get('uid', '')}",
        starts=_zoned(starts),
        ends=_zoned(ends),
        title=str(event.get("summary", ""))[:300],
        place=str(event.get("location", ""))[:300],
        text=str(event.get("description", ""))[:2_000],
        sequence=int(event.get("sequence", 0)),
        cancelled=status.upper() == "CANCELLED",
        status=status.upper(),
        occurrence=_zoned(event.decoded("recurrence-id", default=starts)) if repeats else None,
    )


def _zoned(moment: datetime | date) -> datetime | date:
    """Return the instant in its zone; one without a zone is of the place where the reader is."""
    if isinstance(moment, datetime) and timezone.is_naive(moment):
        return timezone.make_aware(moment)
    return moment


def _instant(moment: datetime | date) -> datetime:
    if isinstance(moment, datetime):
        return timezone.make_aware(moment) if timezone.is_naive(moment) else moment
    return timezone.make_aware(datetime.combine(moment, time.min))
