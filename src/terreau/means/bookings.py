"""Sharing a means, booking it once, moving, answering, cancelling. ``settling`` writes its use when over."""

from dataclasses import asdict
from datetime import date, datetime, time
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.errors import DomainError
from terreau.journal.actions import record
from terreau.means import rules
from terreau.means.desk import Desk, next_free
from terreau.means.models import Booking, Means, Tariff
from terreau.poles.models import Pole
from terreau.subjects import actions as subjects
from terreau.subjects.models import Subject


def offer(pole: Pole, owner: Actor, *, name: str, kind: str, by: User, **values: Any) -> Means:
    """Share a thing of an actor with its pole. Who may speak for the owner is said by the caller."""
    if not name.strip():
        raise DomainError("no_name", _("Un moyen partagé a un nom."), facts={"field": "name"})
    with transaction.atomic():
        subject = subjects.create(Subject.Kind.MEANS)
        row = Means(subject=subject, pole=pole, owner=owner, name=name.strip(), kind=kind, **values)
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError as error:
            words = _("Le pôle partage déjà un moyen de ce nom.")
            raise DomainError("name_taken", words, status=409, facts={"field": "name"}) from error
        record(subject, "means.offered", by=by, data={"pole": pole.pk.hex, "owner": owner.pk.hex})
    return row


def set_tariff(means: Means, tariff: rules.Tariff, *, since: date | None, by: User) -> Tariff:
    """Give a price from a day on; the one before ends that day and stays; bookings keep theirs."""
    who, unit, cents = tariff.who, tariff.unit, tariff.cents
    if cents < 0:
        raise DomainError("negative", _("Un prix n'est pas négatif."), facts={"field": "cents"})
    with transaction.atomic():
        subjects.lock(means.pk)
        rows = Tariff.objects.filter(means=means, who=who, unit=unit)
        if since is None and rows.exists():
            words = _("Dites depuis quand le prix change.")
            raise DomainError("no_day", words, facts={"field": "since"})
        if since is not None:
            rows.filter(valid_to=None).filter(Q(valid_from=None) | Q(valid_from__lt=since)).update(
                valid_to=since
            )
        try:
            with transaction.atomic():
                row = Tariff.objects.create(means=means, who=who, unit=unit, cents=cents, valid_from=since)
        except IntegrityError as error:
            words = _("Un prix est déjà donné à partir de ce jour ou d'un jour qui suit.")
            raise DomainError("tariff_known", words, status=409, facts={"field": "since"}) from error
        data = {"who": who, "unit": unit, "cents": cents, "since": since.isoformat() if since else ""}
        record(means.subject, "means.priced", by=by, data=data)
    return row


def end_tariff(tariff: Tariff, *, on: date, by: User) -> None:
    """Ask this price no more from a day on; bookings taken before keep it."""
    rows = Tariff.objects.filter(pk=tariff.pk, valid_to=None)
    rows = rows.filter(Q(valid_from=None) | Q(valid_from__lt=on))
    with transaction.atomic():
        if not rows.update(valid_to=on):
            words = _("Ce prix a déjà une fin, ou commence après ce jour.")
            raise DomainError("tariff_ended", words, status=409)
        data = {"who": tariff.who, "unit": tariff.unit, "until": on.isoformat()}
        record(tariff.means.subject, "means.unpriced", by=by, data=data)


def end(means: Means, *, on: date, by: User, reason: str = "") -> Means:
    """Share a means no more after a day. Refused while bookings stand after it (``facts["bookings"]``)."""
    with transaction.atomic():
        subjects.lock(means.pk)
        after = timezone.make_aware(datetime.combine(on, time.max))
        standing = Booking.objects.filter(means=means, cancelled_at=None, ends_at__gt=after).count()
        if standing:
            words = ngettext(
                "Une réservation tient après ce jour : annulez-la d'abord, ou choisissez un jour plus tard.",
                "%(count)d réservations tiennent après ce jour : annulez-les d'abord, ou choisissez un jour "
                "plus tard.",
                standing,
            )
            facts = {"field": "on", "bookings": standing}
            raise DomainError("still_booked", words % {"count": standing}, facts=facts, status=409)
        if not Means.objects.filter(pk=means.pk, ended_on=None).update(ended_on=on, version=F("version") + 1):
            raise DomainError("ended", _("Ce moyen n'est déjà plus partagé."), status=409)
        data = {"on": on.isoformat(), "reason": reason.strip()[:200]}
        record(means.subject, "means.ended", by=by, data=data)
    return Means.objects.get(pk=means.pk)


def quote(means: Means, actor: Actor, starts_at: datetime, ends_at: datetime) -> rules.Price | None:
    """Return what a stay would cost this actor that day; ``None`` when nobody gave a price."""
    return Desk(means, actor).price(starts_at, ends_at)


def book(  # noqa: PLR0913 - keyword-only: each is a part of a booking
    means: Means,
    actor: Actor,
    starts_at: datetime,
    ends_at: datetime,
    *,
    by: User,
    label: str = "",
    purpose: Subject | None = None,
    now: datetime | None = None,
) -> Booking:
    """Book a means for an actor, once: the database refuses two at the same hours.

    Raises ``DomainError``: ``cannot_book`` with every reason of the owner's rules (``facts["reasons"]``),
    ``taken`` (409) with the hours of who has it, without saying who.
    """
    desk = Desk(means, actor)
    desk.check(starts_at, ends_at, now=now or timezone.now())
    row = drawn(desk, starts_at, ends_at, by=by, label=label, purpose=purpose)
    with transaction.atomic():
        write(row)
        data = {"booking": row.pk.hex, "actor": actor.pk.hex, "state": row.state}
        record(means.subject, "booking.made", by=by, data=data)
    return row


def drawn(  # noqa: PLR0913 - keyword-only, as above
    desk: Desk,
    starts_at: datetime,
    ends_at: datetime,
    *,
    by: User,
    label: str = "",
    purpose: Subject | None = None,
    **values: Any,
) -> Booking:
    """Return a booking that is not written yet, with its price and whether the owner is asked."""
    asked = desk.means.asks_owner and desk.actor.pk != desk.means.owner_id
    found = desk.price(starts_at, ends_at)
    return Booking(
        means=desk.means,
        actor=desk.actor,
        starts_at=starts_at,
        ends_at=ends_at,
        state=Booking.State.ASKED if asked else Booking.State.BOOKED,
        label=label.strip()[:200],
        purpose=purpose,
        by=by,
        price=asdict(found) if found else {},
        **values,
    )


def accept(booking: Booking, *, by: User) -> Booking:
    """Give the owner's agreement; said twice, it is given once (409)."""
    rows = Booking.objects.filter(pk=booking.pk, state=Booking.State.ASKED)
    with transaction.atomic():
        if not rows.update(state=Booking.State.BOOKED, version=F("version") + 1, sequence=F("sequence") + 1):
            raise DomainError("answered", _("Cette demande a déjà reçu une réponse."), status=409)
        record(booking.means.subject, "booking.accepted", by=by, data={"booking": booking.pk.hex})
    return Booking.objects.get(pk=booking.pk)


def refuse(booking: Booking, *, reason: str, by: User) -> Booking:
    """Say no to what was asked, with the reason; the hours are free again."""
    if not reason.strip():
        words = _("Dites à qui demande pourquoi ce n'est pas possible.")
        raise DomainError("reason_needed", words, facts={"field": "reason"})
    rows = Booking.objects.filter(pk=booking.pk, state=Booking.State.ASKED)
    values = {"state": Booking.State.REFUSED, "cancelled_at": timezone.now(), "reason": reason.strip()[:200]}
    with transaction.atomic():
        if not rows.update(**values, version=F("version") + 1, sequence=F("sequence") + 1):
            raise DomainError("answered", _("Cette demande a déjà reçu une réponse."), status=409)
        record(booking.means.subject, "booking.refused", by=by, data={"booking": booking.pk.hex})
    return Booking.objects.get(pk=booking.pk)


def move(
    booking: Booking, starts_at: datetime, ends_at: datetime, *, by: User, now: datetime | None = None
) -> Booking:
    """Take a booking to other hours, at their price; it keeps the first ones when the others are taken."""
    moment = now or timezone.now()
    if booking.starts_at <= moment:
        raise DomainError("begun", _("Cette réservation a commencé."), status=409)
    desk = Desk(booking.means, booking.actor)
    desk.check(starts_at, ends_at, now=moment)
    found = desk.price(starts_at, ends_at)
    values = {"starts_at": starts_at, "ends_at": ends_at, "price": asdict(found) if found else {}}
    with transaction.atomic():
        _update(booking, **values)
        record(booking.means.subject, "booking.moved", by=by, data={"booking": booking.pk.hex})
    return Booking.objects.get(pk=booking.pk)


def cancel(booking: Booking, *, by: User, reason: str = "", now: datetime | None = None) -> Booking:
    """Cancel a booking that is not over; somebody else than its author says why."""
    moment = now or timezone.now()
    if booking.ends_at <= moment:
        raise DomainError("over", _("Cette réservation est passée."), status=409)
    if by.pk != booking.by_id and not reason.strip():
        words = _("Dites à qui l'avait prise pourquoi elle est annulée.")
        raise DomainError("reason_needed", words, facts={"field": "reason"})
    rows = Booking.objects.filter(pk=booking.pk, cancelled_at=None)
    values = {"state": Booking.State.CANCELLED, "cancelled_at": moment, "reason": reason.strip()[:200]}
    with transaction.atomic():
        if not rows.update(**values, version=F("version") + 1, sequence=F("sequence") + 1):
            raise DomainError("cancelled", _("Cette réservation est déjà annulée."), status=409)
        record(booking.means.subject, "booking.cancelled", by=by, data={"booking": booking.pk.hex})
    return Booking.objects.get(pk=booking.pk)


def busy(means: Means, first: datetime, last: datetime) -> QuerySet[Booking]:
    """Return what stands between two instants, in order."""
    rows = Booking.objects.filter(means=means, cancelled_at=None, starts_at__lt=last, ends_at__gt=first)
    return rows.select_related("actor").order_by("starts_at", "pk")


def write(row: Booking) -> None:
    """Insert a booking; raise ``DomainError`` ``taken`` when the hours are somebody else's."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise _taken(row.means, row.starts_at, row.ends_at, error) from error


def _update(booking: Booking, **values: Any) -> None:
    rows = Booking.objects.filter(pk=booking.pk, cancelled_at=None)
    try:
        with transaction.atomic():
            done = rows.update(**values, version=F("version") + 1, sequence=F("sequence") + 1)
    except IntegrityError as error:
        raise _taken(booking.means, values["starts_at"], values["ends_at"], error) from error
    if not done:
        raise DomainError("cancelled", _("Cette réservation est annulée."), status=409)


def _taken(means: Means, starts_at: datetime, ends_at: datetime, error: IntegrityError) -> Exception:
    if "means_no_double_booking" not in str(error):
        return error
    others = busy(means, starts_at, ends_at).values_list("starts_at", "ends_at")
    hours = [[first.isoformat(), last.isoformat()] for first, last in others]
    free = next_free(means, starts_at, ends_at)
    words = _("Ce moyen vient d'être pris à ces heures : choisissez-en d'autres.")
    facts = {"hours": hours, "next": [one.isoformat() for one in free] if free else None}
    return DomainError("taken", words, facts=facts, status=409)
