"""A group purchase: who takes how much, which offers, the choice, the order split to the cent (R-40)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.errors import DomainError
from terreau.common.inserting import insert
from terreau.exchanges import rules
from terreau.exchanges.models import Commitment, Purchase, PurchaseMove, Quote
from terreau.exchanges.written import required, tell_people
from terreau.flows import actions as flows
from terreau.flows.models import Flow
from terreau.flows.rules import Entry
from terreau.journal.actions import record, save_fresh
from terreau.poles.models import Pole
from terreau.subjects import actions as subjects
from terreau.subjects.models import Subject

#: What may be changed of a purchase, field by field, until it is ordered; ``LATE_FIELDS`` after too.
FIELDS: Final = (*("title", "text", "unit", "vat", "answers_by", "delivery_on", "delivery_place", "public"),)
LATE_FIELDS: Final = frozenset({"text", "delivery_on", "delivery_place", "public"})


def path(purchase: Purchase) -> str:
    """Return the French address of the page of a purchase."""
    return f"/poles/{purchase.pole.slug}/espace/achats/{purchase.pk}/"


def begin(pole: Pole, organiser: Actor, *, title: str, unit: str, by: User, **values: Any) -> Purchase:
    """Begin to gather who needs what; the members are told by « Ma semaine », not one by one."""
    called = required(title, "no_title", _("Dites ce qui est acheté ensemble."), "title")
    counted = required(unit, "no_unit", _("Dites en quoi on compte : kilogrammes, licences…"), "unit")
    with transaction.atomic():
        subject = subjects.create(Subject.Kind.PURCHASE)
        row = Purchase(subject=subject, pole=pole, organiser=organiser, title=called[:160], by=by, **values)
        row.unit = counted[:40]
        insert(row, "purchase_refused")
        record(subject, "purchase.begun", by=by, data={"organiser": organiser.pk.hex})
    return row


def change(purchase: Purchase, *, base: Mapping[str, Any], mine: Mapping[str, Any], by: User) -> Purchase:
    """Change some fields as the person saw them; the order stays what it was (409)."""
    if unknown := set(mine) - set(FIELDS):
        raise ValueError(f"no such field: {sorted(unknown)}")
    wanted = {name for name in mine if mine[name] != base.get(name)}
    if purchase.state not in rules.PURCHASE_OPEN and (late := wanted - LATE_FIELDS):
        words = _("La commande est passée : ce champ ne change plus.")
        raise DomainError("ordered", words, facts={"field": min(late)}, status=409)
    subject = purchase.subject
    return save_fresh(purchase, subject=subject, verb="purchase.changed", base=base, mine=mine, by=by)


def commit(  # noqa: PLR0913 - keyword-only: each is a part of the commitment
    purchase: Purchase,
    actor: Actor,
    *,
    quantity: int,
    by: User,
    before: int | None = None,
    firm: bool = True,
    note: str = "",
    base: Mapping[str, Any] | None = None,
) -> Commitment:
    """Say what a member takes (thousandths of the unit; zero: nothing) and pays today for the unit.

    ``base`` is what the person saw of an earlier answer: two colleagues who change it at once are told.
    """
    with transaction.atomic():
        current = _locked(purchase)
        if current.state not in rules.PURCHASE_OPEN:
            words = _("La commande est passée : les quantités ne changent plus.")
            raise DomainError("ordered", words, facts={"field": "quantity"}, status=409)
        values = {"quantity": quantity, "before": before, "firm": firm, "note": note.strip()[:300]}
        row = Commitment.objects.filter(purchase=purchase, actor=actor).first()
        if row is None:
            row = insert(Commitment(purchase=purchase, actor=actor, by=by, **values), "commitment_known")
            data = {"actor": actor.pk.hex, "quantity": quantity, "firm": firm}
            record(current.subject, "purchase.committed", by=by, data=data)
            return row
        seen = {name: getattr(row, name) for name in values} if base is None else base
        verb = "purchase.commitment_changed"
        return save_fresh(row, subject=current.subject, verb=verb, base=seen, mine=values, by=by)


def quote(  # noqa: PLR0913 - keyword-only: each is a part of the offer
    purchase: Purchase,
    *,
    supplier: Actor | None = None,
    supplier_name: str = "",
    price: int,
    by: User,
    fixed_cents: int = 0,
    least: int = 0,
    valid_to: date | None = None,
    note: str = "",
) -> Quote:
    """Add the offer of a supplier: thousandths of a cent by unit, fixed cents, from which quantity."""
    name = supplier.name if supplier is not None else supplier_name
    called = required(name, "no_supplier", _("Dites qui fait cette offre."), "supplier_name")
    with transaction.atomic():
        current = _locked(purchase)
        _check_open(current)
        row = Quote(purchase=current, supplier=supplier, supplier_name=called[:160], price=price, by=by)
        row.fixed_cents, row.least, row.valid_to, row.note = fixed_cents, least, valid_to, note.strip()[:300]
        insert(row, "quote_refused", field="price")
        record(current.subject, "purchase.quoted", by=by, data={"quote": row.pk.hex, "price": price})
    return row


def withdraw_quote(found: Quote, *, by: User) -> None:
    """Take an offer off, unless it is the one that was chosen."""
    with transaction.atomic():
        current = _locked(found.purchase)
        _check_open(current)
        if current.quote_id == found.pk:
            words = _("Cette offre est choisie : choisissez-en d'abord une autre.")
            raise DomainError("chosen", words, status=409)
        if Quote.objects.filter(pk=found.pk, withdrawn_at=None).update(withdrawn_at=timezone.now()):
            record(current.subject, "purchase.quote_withdrawn", by=by, data={"quote": found.pk.hex})


def choose(purchase: Purchase, found: Quote, *, by: User, reason: str = "") -> Purchase:
    """Choose an offer, or another one while nothing is ordered; why is kept when it is not the cheapest."""
    with transaction.atomic():
        current = _locked(purchase)
        if current.state not in rules.PURCHASE_MOVES["choose"][0]:
            raise _wrong_step(current)
        if found.purchase_id != current.pk or found.withdrawn_at is not None:
            words = _("Cette offre n'est plus proposée.")
            raise DomainError("quote_gone", words, facts={"field": "quote"}, status=409)
        Purchase.objects.filter(pk=current.pk).update(quote=found)
        _step(current, rules.CHOSEN, reason, by)
        record(current.subject, "purchase.chosen", by=by, data={"quote": found.pk.hex})
    return _again(purchase)


def order(purchase: Purchase, *, by: User, on: date) -> Purchase:
    """Place the order: quantities are frozen, and what it costs is split to the cent among those firm.

    Raises ``DomainError`` when nobody is firm, or when the offer does not hold for this quantity or day.
    """
    with transaction.atomic():
        current = _locked(purchase)
        if current.state not in rules.PURCHASE_MOVES["order"][0] or current.quote is None:
            raise _wrong_step(current)
        rows = list(Commitment.objects.filter(purchase=current, firm=True, quantity__gt=0))
        wanted = sum(row.quantity for row in rows)
        offer = offer_of(current.quote)
        if not rows:
            words = _("Personne n'a pris d'engagement ferme.")
            raise DomainError("nobody", words, status=409)
        if not rules.holds(offer, wanted, on=on):
            words = _("L'offre choisie ne vaut pas pour cette quantité, ou n'est plus valable.")
            raise DomainError("offer_does_not_hold", words, status=409)
        total = rules.total(offer, wanted)
        parts = rules.lines(total, [taken_of(row) for row in rows])
        for row in rows:
            cents = next(one.cents for one in parts if one.name == str(row.actor_id))
            Commitment.objects.filter(pk=row.pk).update(cents=cents, version=F("version") + 1)
        Purchase.objects.filter(pk=current.pk).update(cents=total)
        _step(current, rules.ORDERED, "", by)
        told = gettext_lazy("Un achat groupé est commandé : votre part est connue.")
        actors = [row.actor_id for row in rows]
        tell_people(actors, "purchase", told, path=path(current), but=by, subject=current.subject)
    return _again(purchase)


def deliver(purchase: Purchase, *, on: date, by: User) -> Purchase:
    """Say which day the order was delivered; each member then says what it received."""
    if on > timezone.localdate():
        raise DomainError("future", _("Cette date est à venir."), facts={"field": "on"})
    with transaction.atomic():
        current = _locked(purchase)
        if current.state not in rules.PURCHASE_MOVES["deliver"][0]:
            raise _wrong_step(current)
        Purchase.objects.filter(pk=current.pk).update(delivered_on=on, state=rules.DELIVERED)
        _step(current, rules.DELIVERED, "", by)
    return _again(purchase)


def step(purchase: Purchase, verb: str, *, by: User, reason: str = "") -> Purchase:
    """Compare offers, gather answers again, or drop the purchase with a reason."""
    before, after = rules.PURCHASE_MOVES[verb]
    if verb == "drop" and not reason.strip():
        words = _("Dites pourquoi l'achat est abandonné.")
        raise DomainError("reason_needed", words, facts={"field": "reason"})
    with transaction.atomic():
        current = _locked(purchase)
        if current.state not in before:
            raise _wrong_step(current)
        _step(current, after, reason, by)
    return _again(purchase)


def receive(commitment: Commitment, *, received: int, by: User) -> Commitment:
    """Say how much a member received; another quantity than ordered is shown, never hidden."""
    with transaction.atomic():
        current = _locked(commitment.purchase)
        if current.state not in {rules.ORDERED, rules.DELIVERED}:
            raise _wrong_step(current)
        values = {"received": received}
        Commitment.objects.filter(pk=commitment.pk).update(**values, version=F("version") + 1)
        data = {"actor": commitment.actor_id.hex, "received": received}
        record(current.subject, "purchase.received", by=by, data=data)
    return Commitment.objects.get(pk=commitment.pk)


def pay(commitment: Commitment, *, on: date, by: User) -> Flow:
    """Write in the ledger that a member paid its part, to the supplier when it is known, else the organiser.

    Once: said twice, it is the same line, unless it was corrected.
    """
    purchase = commitment.purchase
    if commitment.cents is None or purchase.quote is None:
        raise _wrong_step(purchase)
    to = purchase.quote.supplier or purchase.organiser
    if to.pk == commitment.actor_id:
        words = _("Qui organise l'achat ne se paie pas à soi-même.")
        raise DomainError("to_itself", words, status=409)
    with transaction.atomic():
        subjects.lock(purchase.pk)
        rows = Flow.objects.filter(book=purchase.pole_id, purpose=purchase.pk, giver=commitment.actor_id)
        known = rows.filter(reverses=None, reversed_by=None, nature="cash").first()
        if known is not None:
            return known
        again = rows.filter(reverses=None).count()
        suffix = f":{again + 1}" if again else ""
        entry = Entry(
            giver=commitment.actor_id,
            receiver=to.pk,
            nature="cash",
            on=on,
            label=purchase.title,
            cents=commitment.cents,
            purpose=purchase.pk,
            instrument="invoice",
            origin=f"purchase:{purchase.pk.hex}:{commitment.pk}{suffix}",
        )
        (flow,) = flows.record(purchase.pole.actor, [entry], by=by)
    return flow


def paid(purchase: Purchase) -> set[UUID]:
    """Return the members whose part is paid (one query)."""
    rows = Flow.objects.filter(book=purchase.pole_id, purpose=purchase.pk, nature="cash")
    return set(rows.filter(reverses=None, reversed_by=None).values_list("giver", flat=True))


def taking(purchase: Purchase) -> QuerySet[Commitment]:
    """Return what members said, by name."""
    rows = Commitment.objects.filter(purchase=purchase).select_related("actor", "purchase")
    return rows.order_by("actor__sort_key", "pk")


def offer_of(found: Quote) -> rules.Offer:
    """Return what the arithmetic needs of an offer."""
    return rules.Offer(found.price, found.fixed_cents, found.least, found.valid_to)


def taken_of(row: Commitment) -> rules.Taken:
    """Return what the arithmetic needs of a commitment."""
    return rules.Taken(str(row.actor_id), row.quantity, row.before)


@dataclass(frozen=True, slots=True)
class Compared:
    """An offer for what the members take: what it costs, whether it holds, what it saves."""

    quote: Quote
    cents: int
    holds: bool
    economy: rules.Economy
    cheapest: bool = False


def compared(quotes: Sequence[Quote], rows: Sequence[Commitment], *, on: date) -> list[Compared]:
    """Return the offers for what is taken, the cheapest that holds first; no query."""
    taken = [taken_of(row) for row in rows if row.quantity > 0]
    wanted = sum(one.quantity for one in taken)
    found = []
    for one in quotes:
        offer = offer_of(one)
        cents = rules.total(offer, wanted) if wanted else offer.fixed_cents
        saved = rules.economy(rules.lines(cents, taken))
        found.append(Compared(one, cents, rules.holds(offer, wanted, on=on), saved))
    found.sort(key=lambda one: (not one.holds, one.cents, str(one.quote.pk)))
    best = found[0].cents if found and found[0].holds and wanted else None
    return [
        Compared(one.quote, one.cents, one.holds, one.economy, one.holds and one.cents == best)
        for one in found
    ]


def shares(purchase: Purchase, rows: Sequence[Commitment]) -> list[rules.Line]:
    """Return the part of each member: frozen once ordered, else that of the offer chosen; no query."""
    if purchase.cents is not None:
        firm = [row for row in rows if row.cents is not None]
        return [
            rules.Line(
                str(row.actor_id),
                row.cents or 0,
                None if row.before is None else rules.cost(row.before, row.quantity),
            )
            for row in firm
        ]
    if purchase.quote is None:
        return []
    taken = [taken_of(row) for row in rows if row.quantity > 0 and row.firm]
    wanted = sum(one.quantity for one in taken)
    return rules.lines(rules.total(offer_of(purchase.quote), wanted), taken)


def _locked(purchase: Purchase) -> Purchase:
    subjects.lock(purchase.pk)
    return _again(purchase)


def _again(purchase: Purchase) -> Purchase:
    rows = Purchase.objects.select_related("subject", "pole__actor__subject", "organiser", "quote__supplier")
    return rows.get(pk=purchase.pk)


def _check_open(purchase: Purchase) -> None:
    if purchase.state not in rules.PURCHASE_OPEN:
        raise _wrong_step(purchase)


def _step(purchase: Purchase, after: str, reason: str, by: User) -> None:
    Purchase.objects.filter(pk=purchase.pk).update(state=after, version=F("version") + 1)
    if purchase.state != after:
        PurchaseMove.objects.create(
            purchase=purchase, before=purchase.state, after=after, reason=reason.strip()[:300], by=by
        )
        data = {"from": purchase.state, "to": after}
        record(purchase.subject, "purchase.moved", by=by, data=data)


def _wrong_step(purchase: Purchase) -> DomainError:
    words = _("Cet achat en est à une autre étape : rouvrez la page.")
    return DomainError("wrong_step", words, facts={"state": purchase.state}, status=409)
