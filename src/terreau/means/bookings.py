"""Sharing a means, booking it once, moving, cancelling; its use is written in the ledger when over."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.errors import DomainError
from terreau.flows import actions as flows
from terreau.flows.rules import Entry
from terreau.journal.actions import record
from terreau.means import rules
from terreau.means.models import Booking, Means, Tariff
from terreau.poles.models import Membership, Pole
from terreau.subjects import actions as subjects
from terreau.subjects.models import Subject

#: Bookings written in the ledger in one transaction.
_BATCH = 200


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


def quote(means: Means, actor: Actor, starts_at: datetime, ends_at: datetime) -> rules.Price | None:
    """Return what a stay would cost this actor that day; ``None`` when nobody gave a price."""
    day = timezone.localdate(starts_at)
    held = (Q(valid_from=None) | Q(valid_from__lte=day)) & (Q(valid_to=None) | Q(valid_to__gt=day))
    found = Tariff.objects.filter(held, means=means).values_list("who", "unit", "cents")
    tariffs = [rules.Tariff(*row) for row in found]
    return rules.price(tariffs, who_is(means, actor, day), starts_at, ends_at)


def who_is(means: Means, actor: Actor, day: date) -> str:
    """Return what an actor is to a means: its owner, of the core, a member, a partner, or from outside."""
    if actor.pk == means.owner_id:
        return rules.OWNER
    if actor.pk == means.pole_id:
        return rules.CORE
    held = (Q(valid_from=None) | Q(valid_from__lte=day)) & (Q(valid_to=None) | Q(valid_to__gt=day))
    circles = set(
        Membership.objects.filter(held, pole=means.pole, actor=actor).values_list("circle", flat=True)
    )
    if not circles:
        return rules.OUTSIDE
    if Membership.Circle.CORE in circles:
        return rules.CORE
    outer = {Membership.Circle.PARTNER, Membership.Circle.STAKEHOLDER}
    return rules.PARTNER if circles <= outer else rules.MEMBER


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
    _check(means, actor, starts_at, ends_at, now or timezone.now())
    found = quote(means, actor, starts_at, ends_at)
    state = Booking.State.ASKED if means.asks_owner and actor.pk != means.owner_id else Booking.State.BOOKED
    values = {"state": state, "label": label.strip()[:200], "purpose": purpose, "by": by}
    row = Booking(means=means, actor=actor, starts_at=starts_at, ends_at=ends_at, **values)
    row.price = asdict(found) if found else {}
    with transaction.atomic():
        _write(row)
        data = {"booking": row.pk.hex, "actor": actor.pk.hex, "state": state}
        record(means.subject, "booking.made", by=by, data=data)
    return row


def accept(booking: Booking, *, by: User) -> Booking:
    """Give the owner's agreement; said twice, it is given once (409)."""
    rows = Booking.objects.filter(pk=booking.pk, state=Booking.State.ASKED)
    with transaction.atomic():
        if not rows.update(state=Booking.State.BOOKED, version=F("version") + 1, sequence=F("sequence") + 1):
            raise DomainError("answered", _("Cette demande a déjà reçu une réponse."), status=409)
        record(booking.means.subject, "booking.accepted", by=by, data={"booking": booking.pk.hex})
    return Booking.objects.get(pk=booking.pk)


def move(
    booking: Booking, starts_at: datetime, ends_at: datetime, *, by: User, now: datetime | None = None
) -> Booking:
    """Take a booking to other hours, at their price; it keeps the first ones when the others are taken."""
    moment = now or timezone.now()
    if booking.starts_at <= moment:
        raise DomainError("begun", _("Cette réservation a commencé."), status=409)
    _check(booking.means, booking.actor, starts_at, ends_at, moment)
    found = quote(booking.means, booking.actor, starts_at, ends_at)
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


def settle(*, now: datetime | None = None) -> int:
    """Write in the ledgers the bookings that are over, and return how many; once each.

    A use is a gift in kind from the owner, in hours, with the value that the tariff gave: what is paid for it
    comes by an invoice, and is never added to it.
    """
    moment, number = now or timezone.now(), 0
    while rows := list(_due(moment)[:_BATCH]):
        for row in rows:
            with transaction.atomic():
                if Booking.objects.filter(pk=row.pk, settled_at=None).update(settled_at=moment):
                    number += _settle(row)
    return number


def _due(moment: datetime) -> QuerySet[Booking]:
    rows = Booking.objects.filter(settled_at=None, ends_at__lte=moment, state=Booking.State.BOOKED)
    return rows.select_related("means__pole__actor__subject", "means__owner", "actor").order_by(
        "ends_at", "pk"
    )


def _settle(row: Booking) -> int:
    if row.actor_id == row.means.owner_id:
        return 0
    minutes = (row.ends_at - row.starts_at) // timedelta(minutes=1)
    cents = row.price.get("cents")
    entry = Entry(
        giver=row.means.owner_id,
        receiver=row.actor_id,
        nature="in_kind",
        on=_day_of(row),
        label=f"{row.means.name} : {row.label}" if row.label else row.means.name,
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


def _check(means: Means, actor: Actor, starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    reasons = list(rules.refusals(means.limits, starts_at, ends_at, now=now))
    if means.ended_on is not None and timezone.localdate(ends_at) > means.ended_on:
        reasons.append("no_longer_shared")
    if not means.open_outside and who_is(means, actor, timezone.localdate(starts_at)) == rules.OUTSIDE:
        reasons.append("members_only")
    if reasons:
        words = " ".join(said for code, said in _refusals() if code in reasons)
        raise DomainError("cannot_book", words, facts={"reasons": reasons})


def _refusals() -> Iterable[tuple[str, str]]:
    return (
        ("ends_before", _("La fin suit le début.")),
        ("in_the_past", _("On réserve à l'avance : ces heures sont passées.")),
        ("off_step", _("La durée suit le pas que fixe qui prête.")),
        ("too_long", _("C'est plus long que ce que permet qui prête.")),
        ("too_late", _("Qui prête demande un délai plus long.")),
        ("too_early", _("C'est plus loin que ce que permet qui prête.")),
        ("no_longer_shared", _("Ce moyen n'est plus partagé à cette date.")),
        ("members_only", _("Ce moyen est réservé aux membres du pôle.")),
    )


def _write(row: Booking) -> None:
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
    words = _("Ce moyen vient d'être pris à ces heures : choisissez-en d'autres.")
    return DomainError("taken", words, facts={"hours": hours}, status=409)
