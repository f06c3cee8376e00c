"""What a proposal holds, what is left of its invoices now, what each answered: few queries."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from terreau.actors.models import Actor
from terreau.billing.models import Invoice
from terreau.billing.read import open_invoices, with_left
from terreau.netting import proposal
from terreau.netting.models import Aside, Consent, Line, Round
from terreau.netting.models import said as words
from terreau.netting.proposal import Cut, Gain, Owed
from terreau.poles.models import Pole

YES, NO, SILENT = "yes", "no", ""


def owed(pole: Pole, *, on: date, due_until: date | None = None) -> list[Owed]:
    """Return what is left of the issued invoices of a pole that nobody keeps out of netting: two queries.

    Credit notes are no debt to net: they reduce the invoice that they credit. ``due_until`` leaves out what
    is due later; an invoice without a day is due at once.
    """
    aside = set(Aside.objects.filter(invoice__pole=pole, until=None).values_list("invoice", flat=True))
    return [
        Owed(row.pk, row.buyer_id, row.seller_id, one.left_cents, row.due or row.on, row.number)
        for one in open_invoices(pole, on=on)
        if (row := one.invoice).pk not in aside
        and one.left_cents > 0
        and (due_until is None or (row.due or row.on) <= due_until)
    ]


def lines(row: Round) -> list[Line]:
    """Return the lines of a proposal with their invoices and parties: one query."""
    return list(row.lines.select_related("invoice", "debtor", "creditor").order_by("rank"))


def cuts(found: Iterable[Line]) -> list[Cut]:
    """Return the lines as the rules take them."""
    return [
        Cut(one.invoice_id, one.debtor_id, one.creditor_id, one.before_cents, one.after_cents)
        for one in found
    ]


def left_now(invoices: Collection[UUID]) -> dict[UUID, int]:
    """Return what is left of invoices now, nothing for one that is not issued any more: one query."""
    rows = with_left(Invoice.objects.filter(pk__in=invoices, state=Invoice.State.ISSUED)).order_by()
    return dict(rows.values_list("pk", "left_cents"))


def moved(found: Collection[Cut]) -> list[Cut]:
    """Return the lines to cancel whose invoice is no longer what it was: one query."""
    return proposal.moved(found, left_now([one.invoice for one in found if one.cleared]))


@dataclass(frozen=True, slots=True)
class Party:
    """An actor that must agree: what it gains, what it answered, when, and whether it said so before."""

    actor: Actor
    gain: Gain
    answer: str
    at: datetime | None = None
    kept: bool = False
    reason: str = ""


def parties(row: Round, found: Collection[Line]) -> list[Party]:
    """Return the actors that something is cancelled of, by name, with their answers: one query."""
    values = cuts(found)
    actors = {end.pk: end for one in found for end in (one.debtor, one.creditor)}
    said = {one.actor_id: one for one in row.consents.order_by("at", "pk")}
    wanted = sorted(proposal.concerned(values), key=lambda pk: (actors[pk].sort_key, pk))
    return [_party(actors[pk], proposal.gain(values, pk), said.get(pk)) for pk in wanted]


def _party(actor: Actor, gain: Gain, said: Consent | None) -> Party:
    if said is None:
        return Party(actor, gain, SILENT)
    return Party(actor, gain, YES if said.agrees else NO, said.at, said.kept, words(said.reason))


def agreed(row: Round) -> set[UUID]:
    """Return the actors whose last word is yes: one query."""
    said: dict[UUID, bool] = {}
    for actor, agrees in row.consents.order_by("at", "pk").values_list("actor", "agrees"):
        said[actor] = agrees
    return {actor for actor, agrees in said.items() if agrees}


def waiting(pole: Pole) -> Round | None:
    """Return the proposal that waits for answers in a pole."""
    return Round.objects.filter(pole=pole, state=Round.State.PROPOSED).first()
