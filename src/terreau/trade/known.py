"""What the workspace already knows that members exchanged, so that nobody types it again; evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from terreau.billing.models import Invoice
from terreau.exchanges import rules as exchange_rules
from terreau.exchanges.models import Commitment, Offering, Party
from terreau.flows.models import Flow
from terreau.means.models import Booking
from terreau.poles.models import Pole
from terreau.poles.workspace import Workspace
from terreau.trade import who
from terreau.trade.models import Declaration, Exchange
from terreau.trade.rules import BUYER, SELLER, Told

#: What is looked at: the last months, and no more than a page shows.
_MOST: Final = 60


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An exchange that the workspace holds and that nobody declared; ``origin`` says from what."""

    origin: str
    seller: UUID
    buyer: UUID
    told: Told
    label: str
    kind: str

    def side_of(self, own: Iterable[UUID]) -> str:
        """Return the side of the person: the seller's when it is theirs."""
        return SELLER if self.seller in set(own) else BUYER


def suggestions(ws: Workspace, members: who.Members) -> list[Suggestion]:
    """Return what concerns the person's organisations and was not declared by them (five queries)."""
    own = ws.standing.speaks_for - {ws.pole.pk}
    if not own:
        return []
    every = [*_invoices(ws, own), *_bookings(ws, own), *_purchases(ws, own), *_tenders(ws, own)]
    told = set(
        Declaration.objects.filter(pole=ws.pole, origin__in=[one.origin for one in every]).values_list(
            "origin", "side"
        )
    )
    invoiced = {one.origin for one in every if one.kind == "invoice"}
    found = [
        one
        for one in every
        if (one.origin, one.side_of(own)) not in told
        and one.seller != one.buyer
        and members.on(one.seller, one.told.on)
        and members.on(one.buyer, one.told.on)
        and not (one.kind != "invoice" and f"invoice:{one.origin}" in invoiced)
    ]
    return sorted(found, key=lambda one: one.told.on, reverse=True)[:_MOST]


def _invoices(ws: Workspace, own: frozenset[UUID]) -> Iterator[Suggestion]:
    rows = Invoice.objects.filter(pole=ws.pole, state=Invoice.State.ISSUED, credits=None, gross_cents__gt=0)
    rows = rows.filter(Q(seller__in=own) | Q(buyer__in=own)).exclude(kind="trade")
    rows = rows.exclude(seller=ws.pole.pk).exclude(buyer=ws.pole.pk)
    for row in rows.order_by("-on", "-number")[:_MOST]:
        told = Told(row.on, row.gross_cents, row.legal_number, row.net_cents)
        label = row.label or row.get_kind_display()
        yield Suggestion(f"invoice:{row.pk.hex}", row.seller_id, row.buyer_id, told, str(label), "invoice")


def _bookings(ws: Workspace, own: frozenset[UUID]) -> Iterator[Suggestion]:
    rows = Booking.objects.filter(
        means__pole=ws.pole, state=Booking.State.BOOKED, ends_at__lte=timezone.now()
    ).filter(Q(actor__in=own) | Q(means__owner__in=own))
    for row in rows.select_related("means").order_by("-ends_at", "pk")[:_MOST]:
        cents = row.price.get("cents")
        if cents:
            told = Told(timezone.localdate(row.ends_at), cents, why="means")
            origin = f"booking:{row.pk.hex}"
            yield Suggestion(origin, row.means.owner_id, row.actor_id, told, row.means.name, "booking")


def _purchases(ws: Workspace, own: frozenset[UUID]) -> Iterator[Suggestion]:
    """Give parts of group purchases that a member supplies and that are not in the book already."""
    rows = Commitment.objects.filter(
        purchase__pole=ws.pole, cents__gt=0, purchase__quote__supplier__isnull=False
    ).filter(Q(actor__in=own) | Q(purchase__quote__supplier__in=own))
    found = list(rows.select_related("purchase__quote").order_by("-purchase__made_at", "pk")[:_MOST])
    paid = set(
        Flow.objects.filter(
            book=ws.pole.pk, purpose__in=[row.purchase_id for row in found], reverses=None, reversed_by=None
        ).values_list("purpose", "giver")
    )
    for row in found:
        supplier = row.purchase.quote.supplier_id if row.purchase.quote else None
        if supplier is not None and (row.purchase_id, row.actor_id) not in paid:
            on = row.purchase.delivered_on or timezone.localdate(row.purchase.made_at)
            told = Told(on, row.cents or 0, why="purchase")
            yield Suggestion(
                f"purchase:{row.purchase_id.hex}:{row.pk}",
                supplier,
                row.actor_id,
                told,
                row.purchase.title,
                "purchase",
            )


def _tenders(ws: Workspace, own: frozenset[UUID]) -> Iterator[Suggestion]:
    """Give parts of tenders won whose buyer is a member."""
    rows = Party.objects.filter(
        tender__pole=ws.pole, tender__state=exchange_rules.WON, answer=Party.Answer.IN, cents__gt=0
    ).filter(Q(actor__in=own) | Q(tender__buyer__in=own), tender__buyer__isnull=False)
    for row in rows.select_related("tender").order_by("-tender__made_at", "pk")[:_MOST]:
        told = Told(timezone.localdate(row.tender.made_at), row.cents or 0, why="tender")
        buyer = row.tender.buyer_id
        if buyer is not None:
            yield Suggestion(f"tender:{row.pk.hex}", row.actor_id, buyer, told, row.tender.title, "tender")


def offer(pole: Pole, pk: UUID, own: frozenset[UUID]) -> Offering | None:
    """Return an offer of the catalogue that the person may have bought; none of their own."""
    rows = Offering.objects.filter(pole=pole, pk=pk).exclude(actor__in=own)
    return rows.select_related("actor").prefetch_related("prices").first()


# What bears a reason out


def evidence(row: Exchange, on: date) -> list[str]:
    """Return what the workspace shows of two members: an offer by then, a tender, a purchase, a booking."""
    two = [row.seller_id, row.buyer_id]
    offers = Offering.objects.filter(pole=row.pole_id, actor=row.seller_id, made_at__date__lte=on)
    tenders = Party.objects.filter(tender__pole=row.pole_id, tender__state=exchange_rules.WON)
    inside = set(
        tenders.filter(answer=Party.Answer.IN, actor__in=two).values_list("tender", "actor").distinct()
    )
    together = {tender for tender, actor in inside if (tender, _front(two, actor)) in inside}
    bought = Commitment.objects.filter(purchase__pole=row.pole_id, actor__in=two, cents__isnull=False)
    supplied = bought.filter(Q(purchase__quote__supplier__in=two) | Q(purchase__organiser__in=two))
    used = Booking.objects.filter(
        means__pole=row.pole_id, means__owner=row.seller_id, actor=row.buyer_id, state=Booking.State.BOOKED
    )
    found = {
        "catalogue": offers.exists(),
        "tender": bool(together),
        "purchase": supplied.exists(),
        "means": used.exists(),
    }
    return [name for name, there in found.items() if there]


def _front(two: list[UUID], actor: UUID) -> UUID:
    return two[1] if actor == two[0] else two[0]
