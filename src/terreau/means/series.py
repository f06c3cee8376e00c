"""Booking the same hours several times in one go: all of them, or those that are free."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.canonical import digest
from terreau.common.errors import DomainError
from terreau.common.identifiers import uuid7
from terreau.journal.actions import record_batch
from terreau.means import bookings
from terreau.means.desk import Answer, Desk
from terreau.means.models import Booking, Means

#: A year of weeks.
MOST = 52


def book_all(  # noqa: PLR0913 - keyword-only: each is a part of a booking
    means: Means,
    actor: Actor,
    stays: Sequence[tuple[datetime, datetime]],
    *,
    by: User,
    label: str = "",
    only_free: bool = False,
    now: datetime | None = None,
) -> list[Booking]:
    """Book every stay, or none; ``only_free``: those that can be.

    Raises ``DomainError`` ``some_taken`` (409, ``facts["stays"]``: which, why) when one cannot be, or none.
    """
    if not 0 < len(stays) <= MOST:
        words = _("On répète au plus %(most)d fois.") % {"most": MOST}
        raise DomainError("too_many", words, facts={"field": "times"})
    desk, series, written = Desk(means, actor), uuid7(), []
    answers = desk.foresee(stays, now=now or timezone.now())
    refused = [one for one in answers if not one.free]
    if refused and not only_free:
        raise _refusal(refused)
    with transaction.atomic():
        for answer in answers:
            if not answer.free:
                continue
            row = bookings.drawn(desk, answer.starts_at, answer.ends_at, by=by, label=label, series=series)
            try:
                bookings.write(row)
                written.append(row)
            except DomainError:
                # Taken between what was read and this line.
                refused.append(
                    Answer(row.starts_at, row.ends_at, None, taken=((row.starts_at, row.ends_at),))
                )
                if not only_free:
                    raise _refusal(refused) from None
        if not written:
            raise _refusal(refused)
        journal(means, "booking.repeated", written, by=by)
    return written


def cancel_rest(booking: Booking, *, by: User, reason: str = "", now: datetime | None = None) -> int:
    """Cancel this booking and those of its series that come after it; return how many."""
    moment = now or timezone.now()
    if booking.series is None:
        raise DomainError("no_series", _("Cette réservation ne se répète pas."), status=409)
    rows = Booking.objects.filter(
        means=booking.means, series=booking.series, cancelled_at=None, ends_at__gt=moment
    ).filter(starts_at__gte=booking.starts_at)
    if not reason.strip() and rows.exclude(by=by).exists():
        words = _("Dites à qui l'avait prise pourquoi elle est annulée.")
        raise DomainError("reason_needed", words, facts={"field": "reason"})
    with transaction.atomic():
        found = list(rows.select_for_update().order_by("pk"))
        values = {"state": Booking.State.CANCELLED, "cancelled_at": moment, "reason": reason.strip()[:200]}
        Booking.objects.filter(pk__in=[row.pk for row in found]).update(
            **values, version=F("version") + 1, sequence=F("sequence") + 1
        )
        if found:
            journal(booking.means, "booking.series_cancelled", found, by=by)
    return len(found)


def journal(means: Means, verb: str, rows: Sequence[Booking], *, by: User) -> None:
    """Write one event for many bookings of a means."""
    held: list[list[str]] = [[row.pk.hex, row.starts_at.isoformat(), row.ends_at.isoformat()] for row in rows]
    record_batch(means.subject, verb, by=by, digest=digest(held), count=len(rows))


def _refusal(refused: Sequence[Answer]) -> DomainError:
    stays = [[one.starts_at.isoformat(), one.ends_at.isoformat(), one.words] for one in refused]
    words = _("Rien n'a été réservé : certaines de ces heures ne sont pas libres.")
    return DomainError("some_taken", words, facts={"stays": stays}, status=409)
