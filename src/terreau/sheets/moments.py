"""A sheet at a past day, on both axes: what was true then, and what the register knew at an instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.actors.models import ActorName
from terreau.common.errors import NotFoundError
from terreau.journal.models import Event
from terreau.poles.models import Pole, Recognition, RegisterMove, StageMove
from terreau.subjects.models import Subject
from terreau.territories.models import Perimeter

_NAMES = (ActorName.Kind.OFFICIAL, ActorName.Kind.FORMER)


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, and the instant when the register is asked: ``known_at`` is now when left out."""

    on: date
    known_at: datetime | None = None

    @classmethod
    def of(cls, on: date, known_on: date | None = None) -> Moment:
        """Return the moment of two days: a day is known at its end."""
        return cls(on, end_of(known_on) if known_on else None)

    def recorded(self, row: Any) -> bool:
        """Say whether the register knew of a row, and did not know it wrong."""
        if self.known_at is None:
            return getattr(row, "struck_at", None) is None
        struck = getattr(row, "struck_at", None)
        learnt = row.recorded_at
        return (learnt is None or learnt <= self.known_at) and (struck is None or struck > self.known_at)

    def ended(self, row: Any) -> date | None:
        """Return the end of a row, as far as the register knew of it."""
        end: date | None = row.valid_to
        told = getattr(row, "end_recorded_at", None)
        return None if end and self.known_at and told and told > self.known_at else end

    def holds(self, row: Any) -> bool:
        """Say whether a dated row was known and true on the day."""
        end = self.ended(row)
        started = row.valid_from is None or row.valid_from <= self.on
        return self.recorded(row) and started and (end is None or end > self.on)

    @property
    def known_on(self) -> date | None:
        """The day of what the register knew, None for today."""
        return timezone.localdate(self.known_at) if self.known_at else None

    @property
    def instant(self) -> datetime:
        """The earliest of the two axes: what the register said by then."""
        end = end_of(self.on)
        return min(self.known_at, end) if self.known_at else end


def end_of(day: date) -> datetime:
    """Return the last instant of a day, here."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time())) - timedelta(microseconds=1)


def public_since(subject: Subject) -> datetime | None:
    """Return the instant since when everybody may see a subject, None when nobody may."""
    if not subject.public:
        return None
    published = Event.objects.filter(subject=subject, verb="subject.published").order_by("-seq")
    return published.values_list("at", flat=True).first() or subject.created_at


def check_known(pole: Pole, moment: Moment, *, inside: bool) -> None:
    """Raise `NotFoundError` when the register did not know the pole yet, or not for everybody.

    ``inside``: the viewer keeps the sheet, and reads what came before it was published.
    """
    subject = pole.actor.subject
    since = subject.created_at if inside else public_since(subject)
    if moment.known_at and since and moment.known_at < since:
        day = timezone.localdate(since)
        message = _("Ce pôle n'était pas encore au registre public : il y est depuis le %(day)s.")
        facts = {"since": day.isoformat()}
        raise NotFoundError("not_known_yet", message % {"day": day.strftime("%d/%m/%Y")}, facts=facts)


def name_at(pole: Pole, moment: Moment) -> str:
    """Return the name that the pole had on the day, as far as the register knew."""
    rows = list(ActorName.objects.filter(actor=pole.actor, kind__in=_NAMES).order_by("valid_from", "pk"))
    late = _learnt_late(pole.pk, moment)
    starts = {row.valid_from for row in rows if row.pk in late}
    for row in rows:
        if row.pk in late:
            continue
        end = None if row.valid_to in starts else row.valid_to
        if (row.valid_from is None or row.valid_from <= moment.on) and (end is None or end > moment.on):
            return row.text
    return pole.actor.name


def _learnt_late(subject: UUID, moment: Moment) -> set[int]:
    """Return the names that the register learnt after the instant asked."""
    if moment.known_at is None:
        return set()
    events = Event.objects.filter(
        subject=subject, verb__in=["actor.renamed", "actor.name_added"], at__gt=moment.known_at
    )
    return {data["name"] for data in events.values_list("data", flat=True) if "name" in data}


def stages_at(pole: Pole, moment: Moment) -> list[StageMove]:
    """Return the changes of stage known and past on the day, the oldest first."""
    rows = StageMove.objects.filter(pole=pole, on__lte=moment.on).select_related("source")
    return [row for row in rows.order_by("on", "pk") if moment.recorded(row)]


def status_at(pole: Pole, moment: Moment) -> str:
    """Return how sure the register was of the pole."""
    later = RegisterMove.objects.filter(pole=pole, recorded_at__gt=moment.instant).order_by("pk").first()
    return later.before if later else pole.register_status


def recognised_at(row: Recognition, moment: Moment) -> bool:
    """Say whether a recognition was known and in force on the day."""
    told = row.end_recorded_at
    ended = row.ended_on and not (moment.known_at and told and told > moment.known_at)
    begun = row.on is None or row.on <= moment.on
    return moment.recorded(row) and begun and not (ended and row.ended_on and row.ended_on <= moment.on)


def perimeters_at(rows: list[Perimeter], moment: Moment) -> list[Perimeter]:
    """Return the perimeters known and in force on the day; an end that another gave counts once known."""
    known = [row for row in rows if moment.recorded(row)]
    late = {row.valid_from for row in rows if row not in known}
    return [
        row
        for row in known
        if (row.valid_from is None or row.valid_from <= moment.on)
        and (row.valid_to is None or row.valid_to > moment.on or row.valid_to in late)
    ]


__all__ = [
    "Moment",
    "check_known",
    "end_of",
    "name_at",
    "perimeters_at",
    "public_since",
    "recognised_at",
    "stages_at",
    "status_at",
]
