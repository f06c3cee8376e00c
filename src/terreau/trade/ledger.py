"""The one line of the ledger of an exchange that both agreed on, and its invoice when they ask for one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from uuid import UUID

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.billing import actions as billing
from terreau.billing import rules as billing_rules
from terreau.billing.models import Invoice
from terreau.common.errors import DomainError
from terreau.flows import actions as flows
from terreau.flows.models import Flow
from terreau.flows.rules import Entry
from terreau.subjects import actions as subjects
from terreau.subjects.actions import resolve
from terreau.trade import rules
from terreau.trade.attribution import load as attribution
from terreau.trade.models import Declaration, Exchange
from terreau.trade.rules import BUYER, SELLER

_FILES = frozenset({Declaration.How.FEC, Declaration.How.INVOICE_FILE})


def write(row: Exchange, held: Mapping[str, Declaration], *, why: str, by: User) -> Flow:
    """Write the line of an exchange, at the amount of its invoice; a credit note moves the other way.

    Dated the day of the invoice, or the first one after a closed period. A part of a group purchase is one
    line of the book, whoever writes it first: what the purchase itself wrote is taken as it stands.
    """
    said = held[SELLER]
    purchase = _purchase(held)
    buyer, seller = resolve(row.buyer_id).pk, resolve(row.seller_id).pk
    back = said.cents < 0
    rule, number = attribution().get(why), row.written + 1
    day = _day(row, said.on)
    entry = Entry(
        giver=seller if back else buyer,
        receiver=buyer if back else seller,
        nature="cash",
        on=day,
        label=_label(said),
        cents=abs(said.cents),
        period_from=said.on if day != said.on else None,
        period_to=said.on if day != said.on else None,
        instrument="invoice",
        status="justifie" if any(one.how in _FILES for one in held.values()) else "declare",
        attributable=None if rule is None else rule.due,
        attributable_why="" if rule is None else rule.labels["fr"],
        purpose=purchase,
        origin=f"trade:{row.pk.hex}" + (f":{number}" if number > 1 else ""),
    )
    flow = _paid(row, entry) or flows.record(row.pole.actor, [entry], by=by)[0]
    Exchange.objects.filter(pk=row.pk).update(
        flow=flow,
        cents=said.cents,
        why=why,
        agreed_at=timezone.now(),
        state=rules.AGREED,
        written=F("written") + 1,
    )
    row.flow, row.cents, row.why, row.state, row.written = flow, said.cents, why, rules.AGREED, number
    return flow


def _purchase(held: Mapping[str, Declaration]) -> UUID | None:
    """Return the group purchase that an exchange is a part of (``purchase:<id>:<part>``)."""
    for one in held.values():
        kind, _sep, rest = one.origin.partition(":")
        if kind == "purchase":
            return UUID(rest.partition(":")[0])
    return None


def _paid(row: Exchange, entry: Entry) -> Flow | None:
    """Return the line by which the buyer paid its part of the purchase already, if it still stands."""
    if entry.purpose is None:
        return None
    subjects.lock(entry.purpose)
    lines = Flow.objects.filter(book=row.pole_id, purpose=entry.purpose, giver=entry.giver, nature="cash")
    return lines.filter(reverses=None, reversed_by=None, trade=None).first()


def take_back(row: Exchange, *, reason: str, by: User) -> None:
    """Write the counter-entry of the line of an exchange, unless it was corrected in the book already."""
    flow = Flow.objects.select_related("book__subject").filter(trade=row).first()
    if flow is None or Flow.objects.filter(reverses=flow).exists():
        return
    flows.reverse(flow, reason=reason, by=by, on=_day(row, timezone.localdate()))


def write_invoice(row: Exchange, held: Mapping[str, Declaration], *, by: User) -> Invoice:
    """Write and issue the invoice of an exchange: its lines are what the seller said, tax included."""
    said = held[SELLER]
    made = billing.draft(
        row.pole,
        kind="trade",
        seller=row.seller,
        buyer=row.buyer,
        on=said.on,
        lines=[_line(said)],
        label=_label(said),
        origin=f"trade:{row.pk.hex}:{row.written}",
        by=by,
    )
    issued = billing.issue(made, by=by)
    if said.number:
        _number(issued, said.number, by)
    Exchange.objects.filter(pk=row.pk).update(invoice=issued)
    return issued


def cancel_invoice(row: Exchange, *, reason: str, by: User) -> None:
    """Cancel the invoice of an exchange; refused (409) once a part of it is settled."""
    if row.invoice is None:
        return
    billing.cancel(row.invoice, reason=reason, by=by)
    Exchange.objects.filter(pk=row.pk).update(invoice=None)


def _number(invoice: Invoice, number: str, by: User) -> None:
    """Give the invoice the number that its seller wrote, unless another one has it."""
    taken = Invoice.objects.filter(pole=invoice.pole_id, seller=invoice.seller_id, legal_number=number[:40])
    if not taken.exists():
        billing.number_legally(invoice, number[:40], seen=invoice.version, by=by)


def _line(said: Declaration) -> billing_rules.Line:
    """Return one line that gives the amount to the cent; without its tax when that is not known."""
    if said.net_cents is not None:
        for rate in rules.RATES:
            if billing_rules.half_up(said.net_cents * rate, 10_000) == said.cents - said.net_cents:
                vat = billing_rules.Vat(code=billing_rules.STANDARD, rate=rate)
                return billing_rules.Line(_label(said), said.net_cents, vat=vat)
    words = _("Montant toutes taxes comprises, repris de la facture du vendeur.")
    return billing_rules.Line(_label(said), said.cents, vat=billing_rules.Vat(why=words))


def _label(said: Declaration) -> str:
    words = said.label or (_("Avoir entre membres") if said.cents < 0 else _("Vente entre membres"))
    return f"{words} ({said.number})" if said.number and said.number not in words else words


def _day(row: Exchange, on: date) -> date:
    closed = flows.closed_to(row.pole.actor)
    day = on if closed is None or closed < on else closed + timedelta(days=1)
    if day > timezone.localdate():
        words = _("Le livre du pôle est clos jusqu'à ce jour : cette ligne s'écrira demain.")
        raise DomainError("closed_period", words, status=409)
    return day


__all__ = ["BUYER", "SELLER", "cancel_invoice", "take_back", "write", "write_invoice"]
