"""What an answer brought: receipts, what the pole is due, hours of insertion promised and done (R-46, R-155).

Money is lines of the ledger whose purpose is the tender; hours of insertion are the employer's, kept here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.errors import DomainError
from terreau.common.money import Euro
from terreau.exchanges import rules
from terreau.exchanges.models import InsertionHours, Party, Tender
from terreau.exchanges.tenders import active
from terreau.flows import actions as flows
from terreau.flows.models import Flow
from terreau.flows.rules import Entry
from terreau.journal.actions import record
from terreau.poles.models import Pole
from terreau.subjects import actions as subjects


@dataclass(slots=True)
class Line:
    """What an organisation has of an answer; cents are ``None`` when nobody said the amount."""

    actor: Actor
    lead: bool = False
    share: Fraction | None = None
    cents: int | None = None
    received: int = 0
    commission_paid: int = 0
    minutes_promised: int = 0
    minutes_done: int = 0
    commission_due: int = 0

    @property
    def minutes_left(self) -> int:
        """Minutes promised and not done yet."""
        return max(self.minutes_promised - self.minutes_done, 0)


def lines(tender: Tender, parties: Iterable[Party] | None = None) -> list[Line]:
    """Return what each organisation has of an answer, lots added up: three queries."""
    rows = list(active(tender) if parties is None else parties)
    found: dict[UUID, Line] = {}
    for party, cents in zip(rows, agreed(tender, rows), strict=True):
        line = found.setdefault(party.actor_id, Line(party.actor))
        line.lead |= party.lead
        line.minutes_promised += party.minutes_promised
        if cents is not None:
            line.cents = (line.cents or 0) + cents
        line.share = party.share if party.lot_id is None else None
    _add_flows(tender, found)
    done = InsertionHours.objects.filter(tender=tender).values_list("actor").annotate(Sum("minutes"))
    for actor, minutes in done.order_by("actor"):
        if actor in found:
            found[actor].minutes_done = minutes
    for line in found.values():
        line.commission_due = rules.commission(Euro(line.received), tender.commission).cents
    return list(found.values())


def agreed(tender: Tender, parties: list[Party]) -> list[int | None]:
    """Return the amount of each party, exact: what it was given, or its share of the whole or of its lot.

    No query when the lots come with the parties.
    """
    if tender.sharing == rules.AMOUNTS:
        return [party.cents for party in parties]
    found: list[int | None] = [None] * len(parties)
    for lot in {party.lot_id for party in parties}:
        places = [i for i, party in enumerate(parties) if party.lot_id == lot]
        shares = [share for i in places if (share := parties[i].share) is not None]
        first = parties[places[0]].lot
        total = tender.offer_cents if first is None else first.cents
        if total is not None and len(shares) == len(places) and sum(shares) == 1:
            for i, amount in zip(places, rules.amounts(shares, Euro(total)), strict=True):
                found[i] = amount.cents
    return found


def _add_flows(tender: Tender, found: dict[UUID, Line]) -> None:
    rows = Flow.objects.filter(book=tender.pole_id, purpose=tender.pk, nature="cash")
    sums = rows.values_list("giver", "receiver").annotate(total=Sum("cents")).order_by("giver", "receiver")
    for giver, receiver, cents in sums:
        if receiver == tender.pole_id and giver in found:
            found[giver].commission_paid += cents
        elif receiver in found:
            found[receiver].received += cents


def receive(  # noqa: PLR0913 - keyword-only: each is a part of a receipt
    tender: Tender, actor: Actor, *, cents: int, on: date, by: User, label: str = "", key: str = ""
) -> Flow:
    """Write what the buyer paid an organisation of a group that won; ``key`` of the form: counted once.

    Raises ``DomainError`` when it was not won, when the buyer is not in the register, or what the ledger
    refuses.
    """
    _check_won(tender)
    buyer = tender.buyer
    if buyer is None:
        words = _("Choisissez d'abord l'acheteur au registre : un paiement va d'un acteur à un autre.")
        raise DomainError("no_buyer", words, facts={"field": "cents"})
    _check_in(tender, actor)
    return _pay(tender, buyer, actor, cents, on, label or tender.title, f"receipt:{key}" if key else "", by)


def pay_commission(  # noqa: PLR0913 - keyword-only, as above
    tender: Tender, actor: Actor, *, cents: int, on: date, by: User, key: str = ""
) -> Flow:
    """Write what an organisation gave the pole of what it received: the watch pays for itself (R-155)."""
    _check_won(tender)
    _check_in(tender, actor)
    label = _("Commission du pôle : %(title)s") % {"title": tender.title}
    return _pay(tender, actor, tender.pole.actor, cents, on, label, f"commission:{key}" if key else "", by)


def hand_over(tender: Tender, *, by: User, on: date) -> list[Flow]:
    """Write in the ledger the affair that each organisation had through the others, once (R-108, R-110).

    The giver is who brought the tender, or the pole; the value is the amount agreed, when it is known.
    """
    _check_won(tender)
    giver = tender.brought_by or tender.pole.actor
    entries = [
        Entry(
            giver=giver.pk,
            receiver=line.actor.pk,
            nature="opportunity",
            on=_open_day(tender.pole, on),
            label=tender.title[:300],
            cents=line.cents,
            method="agreed" if line.cents is not None else "",
            thousandths=1000,
            unit="units",
            purpose=tender.pk,
            instrument="agreement",
            attributable=tender.attributable,
            attributable_why=tender.attributable_why,
            origin=f"tender:{tender.pk.hex}:{line.actor.pk.hex}",
        )
        for line in lines(tender)
        if line.actor.pk != giver.pk
    ]
    with transaction.atomic():
        subjects.lock(tender.pk)
        origins = [entry.origin for entry in entries]
        held = set(
            Flow.objects.filter(book=tender.pole_id, origin__in=origins).values_list("origin", flat=True)
        )
        return flows.record(
            tender.pole.actor, [entry for entry in entries if entry.origin not in held], by=by
        )


def do_hours(  # noqa: PLR0913 - keyword-only: each is a part of what was done
    tender: Tender,
    actor: Actor,
    *,
    minutes: int,
    first: date,
    last: date,
    by: User,
    note: str = "",
    key: UUID | None = None,
) -> InsertionHours:
    """Say how many hours of insertion an organisation did; ``key`` is that of the form, counted once."""
    _check_won(tender)
    _check_in(tender, actor)
    if minutes <= 0:
        raise DomainError("no_time", _("Dites combien d'heures ont été faites."), facts={"field": "hours"})
    if last < first:
        words = _("La fin de la période suit son début.")
        raise DomainError("ends_before", words, facts={"field": "last"})
    if last > timezone.localdate():
        words = _("Ces heures ne sont pas encore faites.")
        raise DomainError("future", words, facts={"field": "last"})
    if key and (known := InsertionHours.objects.filter(pk=key, tender=tender).first()):
        return known
    with transaction.atomic():
        row = InsertionHours(tender=tender, actor=actor, minutes=minutes, first=first, last=last, by=by)
        row.note = note.strip()[:300]
        row.pk = key or row.pk
        row.save(force_insert=True)
        data = {"actor": actor.pk.hex, "minutes": minutes, "hours": row.pk.hex}
        record(tender.subject, "tender.hours_done", by=by, data=data)
    return row


def correct_hours(row: InsertionHours, *, reason: str, by: User) -> InsertionHours:
    """Take hours back by a line with the signs turned, once, with why."""
    why = reason.strip()[:300]
    if not why:
        words = _("Dites pourquoi ces heures sont reprises.")
        raise DomainError("reason_needed", words, facts={"field": "reason"})
    if row.reverses_id is not None:
        words = _("Cette ligne est déjà une correction.")
        raise DomainError("already_a_correction", words, status=409)
    values = {"tender": row.tender, "actor": row.actor, "first": row.first, "last": row.last}
    try:
        with transaction.atomic():
            back = InsertionHours.objects.create(
                **values, minutes=-row.minutes, note=why, reverses=row, by=by
            )
            data = {"hours": row.pk.hex, "minutes": back.minutes}
            record(row.tender.subject, "tender.hours_corrected", by=by, data=data)
    except IntegrityError as error:
        words = _("Ces heures ont déjà été reprises.")
        raise DomainError("already_corrected", words, status=409) from error
    return back


def _pay(  # noqa: PLR0913, PLR0917
    tender: Tender, giver: Actor, receiver: Actor, cents: int, on: date, label: str, origin: str, by: User
) -> Flow:
    if origin and (known := Flow.objects.filter(book=tender.pole_id, origin=origin, reverses=None).first()):
        return known
    entry = Entry(
        giver=giver.pk,
        receiver=receiver.pk,
        nature="cash",
        on=on,
        label=label[:300],
        cents=cents,
        purpose=tender.pk,
        instrument="invoice",
        attributable=tender.attributable,
        attributable_why=tender.attributable_why,
        origin=origin,
    )
    (flow,) = flows.record(tender.pole.actor, [entry], by=by)
    return flow


def _open_day(pole: Pole, day: date) -> date:
    """Return the day of a line: that one, or the first after what is closed."""
    closed = flows.closed_to(pole.actor)
    return day if closed is None or closed < day else closed + timedelta(days=1)


def _check_won(tender: Tender) -> None:
    if tender.state != rules.WON:
        words = _("Cela se dit d'un marché gagné.")
        raise DomainError("not_won", words, facts={"state": tender.state}, status=409)


def _check_in(tender: Tender, actor: Actor) -> None:
    if not active(tender).filter(actor=actor).exists():
        words = _("Cette organisation n'est pas du groupement.")
        raise DomainError("not_in_group", words, facts={"field": "actor"})


def total(found: Iterable[Line]) -> Line | None:
    """Return the sum of the lines; an amount that is not known for all is not summed."""
    rows = list(found)
    if not rows:
        return None
    whole = Line(rows[0].actor)
    whole.cents = None if any(one.cents is None for one in rows) else sum(one.cents or 0 for one in rows)
    for name in ("received", "commission_paid", "commission_due", "minutes_promised", "minutes_done"):
        setattr(whole, name, sum(getattr(one, name) for one in rows))
    return whole
