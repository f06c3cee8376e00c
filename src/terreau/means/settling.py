"""What was booked and is over is written in the ledger, once; what it refuses is set aside with its reason.

A use is a gift in kind from the owner, in hours, with the value that the tariff gave: what is paid for it
comes by an invoice, and is never added to it.
"""

import logging
from datetime import date, datetime, timedelta

from django.db import DataError, IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.common.errors import DomainError
from terreau.flows import actions as flows
from terreau.flows.rules import Entry
from terreau.jobs.work import Progress
from terreau.journal.actions import record
from terreau.means import rules
from terreau.means.models import Booking
from terreau.poles.models import Pole
from terreau.subjects.actions import resolve

#: Bookings read at a time; each is written in a transaction of its own.
_BATCH = 200
_log = logging.getLogger("terreau.means")


def settle(*, now: datetime | None = None, job: Progress | None = None) -> int:
    """Write in the ledgers the bookings that are over, and return how many; once each.

    A row that the ledger refuses is set aside (``Booking.set_aside`` says why) and stops no other; two
    workers at once write each row once.
    """
    moment, number, seen = now or timezone.now(), 0, 0
    while rows := list(due(moment)[:_BATCH]):
        for row in rows:
            number += _one(row, moment)
            seen += 1
        if job is not None:
            job.step(seen)
    return number


def due(moment: datetime) -> QuerySet[Booking]:
    """Return what is over and neither written nor set aside, the oldest first."""
    rows = Booking.objects.filter(
        settled_at=None, set_aside="", ends_at__lte=moment, state=Booking.State.BOOKED
    )
    return rows.select_related("means__pole__actor__subject", "actor").order_by("ends_at", "pk")


def waits() -> bool:
    """Say whether something is to be written: the worker asks."""
    return due(timezone.now()).exists()


def set_aside(pole: Pole) -> QuerySet[Booking]:
    """Return what the ledger of a pole refused, with its reason in ``set_aside``."""
    rows = Booking.objects.filter(means__pole=pole, settled_at=None).exclude(set_aside="")
    return rows.select_related("means", "actor").order_by("ends_at", "pk")


def try_again(booking: Booking, *, by: User) -> Booking:
    """Try once more to write what was set aside; raise ``DomainError`` with the reason when refused again."""
    Booking.objects.filter(pk=booking.pk, settled_at=None).update(set_aside="")
    _one(Booking.objects.select_related("means__pole__actor__subject", "actor").get(pk=booking.pk))
    row = Booking.objects.select_related("means__subject").get(pk=booking.pk)
    if row.set_aside:
        raise DomainError("set_aside_again", row.set_aside, status=409)
    record(row.means.subject, "booking.settled_again", by=by, data={"booking": row.pk.hex})
    return row


def forgo(booking: Booking, *, reason: str, by: User) -> None:
    """Leave out of the ledger, for good and with a reason, what was set aside: it did not take place."""
    if not reason.strip():
        words = _("Dites pourquoi cet usage n'est pas porté au livre.")
        raise DomainError("reason_needed", words, facts={"field": "reason"})
    rows = Booking.objects.filter(pk=booking.pk, settled_at=None, state=Booking.State.BOOKED)
    with transaction.atomic():
        values = {"state": Booking.State.CANCELLED, "cancelled_at": timezone.now()}
        if not rows.exclude(set_aside="").update(**values, reason=reason.strip()[:200], set_aside=""):
            raise DomainError("not_aside", _("Cet usage n'est plus mis de côté."), status=409)
        record(booking.means.subject, "booking.forgone", by=by, data={"booking": booking.pk.hex})


def _one(row: Booking, moment: datetime | None = None) -> int:
    moment = moment or timezone.now()
    mine = Booking.objects.filter(pk=row.pk, settled_at=None)
    try:
        with transaction.atomic():
            return _write(row) if mine.update(settled_at=moment) else 0
    except DomainError as error:
        reason = _reason(error)
    except (IntegrityError, DataError):
        _log.exception("booking %s could not be written", row.pk)
        reason = _("Le livre n'a pas accepté cette ligne.")
    mine.update(set_aside=reason[:300])
    return 0


def _reason(error: DomainError) -> str:
    problems = error.facts.get("problems") or []
    return " ".join(str(one["message"]) for one in problems) or str(error.message)


def _write(row: Booking) -> int:
    """Write the line of a use; nothing for who used its own. Merged actors stand for those they took in."""
    owner, user = resolve(row.means.owner_id).pk, resolve(row.actor_id).pk
    if owner == user:
        return 0
    cents = row.price.get("cents")
    minutes = rules.length(row.starts_at, row.ends_at) // timedelta(minutes=1)
    entry = Entry(
        giver=owner,
        receiver=user,
        nature="in_kind",
        on=_day_of(row),
        label=f"{row.means.name} : {row.label}"[:300] if row.label else row.means.name,
        cents=cents,
        method="agreed" if cents is not None else "",
        thousandths=(minutes * 1000 + 30) // 60,
        unit="hours",
        purpose=row.purpose_id or row.means_id,
        instrument="booking",
        origin=f"booking:{row.pk.hex}",
    )
    flows.record(row.means.pole.actor, [entry], by=None)
    return 1


def _day_of(row: Booking) -> date:
    """Return the day of the line: that of the use, or the first one after a closed period."""
    day, closed = timezone.localdate(row.ends_at), flows.closed_to(row.means.pole.actor)
    return day if closed is None or closed < day else closed + timedelta(days=1)
