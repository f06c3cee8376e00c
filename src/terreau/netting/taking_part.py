"""Who takes part in the nettings of a pole, and which invoices are kept out of them. Nobody by default."""

from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.billing.models import Invoice
from terreau.common.errors import DomainError
from terreau.common.inserting import insert
from terreau.journal.actions import record
from terreau.netting.models import Aside, TakingPart
from terreau.poles import book
from terreau.poles.models import Pole
from terreau.subjects import actions as subjects


def start(pole: Pole, actor: Actor, *, on: date, by: User) -> TakingPart:
    """Say that an actor of the pole takes part from now on; said already, the row that says it.

    Refused to who is neither the pole, nor its carrier, nor one of its members that day.
    """
    if actor.pk not in {one.pk for one in book.parties(pole, on=on)}:
        words = _(
            "Cette organisation n'est pas de ce pôle : elle ne peut pas prendre part aux compensations."
        )
        raise DomainError("not_of_pole", words, status=409)
    with transaction.atomic():
        subjects.lock(pole.pk)
        held = TakingPart.objects.filter(pole=pole, actor=actor, until=None).first()
        if held is not None:
            return held
        made = insert(TakingPart(pole=pole, actor=actor, by=by), "takes_part")
        record(pole.actor.subject, "netting.joined", by=by, data={"actor": actor.pk.hex})
    return made


def stop(pole: Pole, actor: UUID, *, by: User | None) -> bool:
    """Say that an actor takes part no longer; a proposal that waits for it is refused by who calls."""
    with transaction.atomic():
        subjects.lock(pole.pk)
        rows = TakingPart.objects.filter(pole=pole, actor=actor, until=None)
        if not rows.update(until=timezone.now(), until_by=by):
            return False
        record(pole.actor.subject, "netting.left", by=by, data={"actor": actor.hex})
    return True


def participants(pole: Pole, *, on: date) -> frozenset[UUID]:
    """Return the actors that said yes and are of the pole that day: three queries."""
    said = TakingPart.objects.filter(pole=pole, until=None).values_list("actor", flat=True)
    return frozenset(said) & {one.pk for one in book.parties(pole, on=on)}


def set_aside(invoice: Invoice, actor: Actor, *, reason: str, by: User) -> Aside:
    """Keep an invoice out of nettings, by one of its two parties, with the reason."""
    why = reason.strip()[:300]
    if not why:
        words = _("Dites pourquoi cette facture n'est pas compensée.")
        raise DomainError("reason_needed", words, facts={"field": "reason"})
    if actor.pk not in {invoice.seller_id, invoice.buyer_id}:
        raise DomainError("not_a_party", _("Cette facture ne concerne pas cette organisation."), status=409)
    with transaction.atomic():
        subjects.lock(invoice.pole_id)
        made = insert(Aside(invoice=invoice, actor=actor, reason=why, by=by), "aside_already")
        data = {"invoice": invoice.pk.hex, "actor": actor.pk.hex}
        record(invoice.pole.actor.subject, "netting.set_aside", by=by, data=data)
    return made


def take_back(aside: Aside, *, by: User) -> None:
    """Let an invoice be netted again."""
    with transaction.atomic():
        pole = aside.invoice.pole
        subjects.lock(pole.pk)
        if not Aside.objects.filter(pk=aside.pk, until=None).update(until=timezone.now()):
            raise DomainError("not_aside", _("Cette facture peut déjà être compensée."), status=409)
        record(pole.actor.subject, "netting.taken_back", by=by, data={"invoice": aside.invoice_id.hex})
