"""What settles an invoice, written once and undone by a counter-entry; the ledger follows.

Money that moves to or from the pole, or its carrier, is a line of its ledger; what is netted is one too,
since the pole is paid what it is owed by what it no longer owes. A credit note or a debt given up moves
nothing, and what members trade was written when both agreed.
"""

from datetime import date
from typing import Final

from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.billing.models import BankLine, Invoice, Settlement
from terreau.common.errors import DomainError
from terreau.common.identifiers import uuid7
from terreau.common.inserting import insert
from terreau.flows import actions as flows
from terreau.flows.models import Flow
from terreau.flows.rules import Entry
from terreau.journal import actions as journal
from terreau.poles.models import Carrier
from terreau.subjects import actions as subjects
from terreau.subjects.actions import resolve

_How = Settlement.How
#: By which nothing is paid in money.
UNPAID: Final = frozenset({_How.CREDIT_NOTE, _How.GIVEN_UP})
_INSTRUMENT: Final = {_How.BANK: "transfer", _How.CASH: "cash"}


def settle(  # noqa: PLR0913 - keyword-only: each is a fact of the payment
    invoice: Invoice,
    cents: int,
    *,
    on: date,
    how: str,
    by: User | None,
    reference: str = "",
    bank_line: BankLine | None = None,
    origin: str = "",
) -> Settlement:
    """Write that ``cents`` (above zero) of an issued invoice are settled; never more than what is left.

    On a credit note it is what was paid back to the buyer. Two receipts of one invoice at once: the second is
    refused (409 ``too_much``, ``facts["left_cents"]``). The ledger refuses with ``flows_refused``.
    """
    with transaction.atomic():
        subjects.lock(invoice.pole_id)
        row = Invoice.objects.select_related("pole__actor__subject").get(pk=invoice.pk)
        _check(row, cents, how)
        made = Settlement(id=uuid7(), invoice=row, cents=cents, on=on, how=_How(how), by=by)
        made.reference, made.bank_line, made.origin = reference.strip()[:140], bank_line, origin
        made.flow = _moved(row, made)
        insert(made, "settlement_refused")
        _tell(row, "invoice.settled", made, by)
    return made


def undo(settlement: Settlement, *, reason: str, by: User | None) -> Settlement:
    """Write the counter-entry of a settlement, and that of its line in the ledger. Once, and with a reason.

    A credit note is undone by cancelling it.
    """
    if not reason.strip():
        raise DomainError("reason_needed", _("Dites pourquoi."), facts={"field": "reason"})
    if settlement.how == _How.CREDIT_NOTE:
        words = _("Pour défaire cela, annulez l'avoir.")
        raise DomainError("credit_note_settles", words, status=409)
    return _undo(settlement, reason.strip()[:300], by)


def settled(invoice: Invoice) -> int:
    """Return what is settled of an invoice in cents; of a credit note, what was paid back."""
    found: int | None = Settlement.objects.filter(invoice=invoice).aggregate(sum=Sum("cents"))["sum"]
    return found or 0


def left(invoice: Invoice) -> int:
    """Return what is left to pay, in cents; below zero what a credit note still owes to the buyer."""
    if not invoice.is_credit:
        return invoice.gross_cents - settled(invoice)
    applied = Settlement.objects.filter(credit=invoice).aggregate(sum=Sum("cents"))["sum"] or 0
    return invoice.gross_cents + applied + settled(invoice)


def apply_credit(invoice: Invoice, note: Invoice, *, by: User | None) -> Settlement | None:
    """Settle by a credit note what is left of an invoice, inside the transaction of its issue."""
    part = min(left(invoice), -note.gross_cents)
    if part <= 0:
        return None
    made = Settlement(id=uuid7(), invoice=invoice, cents=part, on=note.on, how=_How.CREDIT_NOTE, by=by)
    made.credit = note
    made.save(force_insert=True)
    return made


def undo_credit(note: Invoice, *, reason: str, by: User | None) -> None:
    """Take back what a credit note had settled, inside the transaction of its cancelling."""
    for row in Settlement.objects.filter(credit=note, reverses=None, reversed_by=None):
        _undo(row, reason, by)


def _undo(settlement: Settlement, reason: str, by: User | None) -> Settlement:
    with transaction.atomic():
        invoice = settlement.invoice
        subjects.lock(invoice.pole_id)
        row = Settlement.objects.select_related("invoice__pole__actor__subject", "flow").get(pk=settlement.pk)
        if row.reverses_id is not None or hasattr(row, "reversed_by"):
            words = _("Ce règlement est déjà défait, ou défait un autre.")
            raise DomainError("already_undone", words, status=409)
        made = Settlement(invoice=row.invoice, cents=-row.cents, on=max(timezone.localdate(), row.on), by=by)
        made.how, made.reference, made.origin = _How(row.how), row.reference, row.origin
        made.bank_line, made.credit, made.reverses, made.reason = row.bank_line, row.credit, row, reason
        if row.flow is not None:
            made.flow = flows.reverse(row.flow, reason=reason, by=by, on=made.on)
        insert(made, "settlement_refused")
        _tell(row.invoice, "invoice.settlement_undone", made, by)
    return made


def _check(row: Invoice, cents: int, how: str) -> None:
    if row.state != Invoice.State.ISSUED:
        raise DomainError("not_issued", _("Seule une facture émise se règle."), status=409)
    if how not in _How.values or how == _How.CREDIT_NOTE:
        raise DomainError("unknown_how", _("Ce moyen de règlement n'existe pas."), facts={"field": "how"})
    rest = abs(left(row))
    if cents <= 0:
        words = _("Un règlement est plus grand que zéro.")
        raise DomainError("not_positive", words, facts={"field": "cents"})
    if cents > rest:
        words = (
            _("Cette facture est déjà réglée.")
            if rest == 0
            else _("Il reste moins que cela à régler sur cette facture.")
        )
        raise DomainError("too_much", words, facts={"field": "cents", "left_cents": rest}, status=409)


def _moved(row: Invoice, made: Settlement) -> Flow | None:
    """Write the line of the ledger when money moved, or was netted, to or from the pole or its carrier."""
    if made.how in UNPAID or row.kind == Invoice.Kind.TRADE or not _of_pole(row, made.on):
        return None
    parties = (row.seller_id, row.buyer_id) if row.is_credit else (row.buyer_id, row.seller_id)
    giver, receiver = (resolve(party).pk for party in parties)
    if giver == receiver:
        return None
    entry = Entry(
        giver=giver,
        receiver=receiver,
        nature="cash",
        on=made.on,
        label=(row.label or _("Règlement de la facture %(name)s") % {"name": row.name})[:300],
        cents=made.cents,
        period_from=row.period_from,
        period_to=row.period_to,
        purpose=row.purpose_id,
        piece=row.piece_id,
        instrument=_INSTRUMENT.get(_How(made.how), "invoice"),
        status="justifie" if made.bank_line_id or row.piece_id else "declare",
        origin=f"settlement:{made.pk.hex}",
    )
    try:
        return flows.record(row.pole.actor, [entry], by=made.by)[0]
    except DomainError as error:
        raise in_words(error) from error


def in_words(error: DomainError) -> DomainError:
    """Return the refusal of the ledger with what is wrong in its words, beside the field of the day."""
    problems = error.facts.get("problems") or []
    if not problems:
        return error
    words = " ".join(dict.fromkeys(str(one["message"]) for one in problems))
    field = str(problems[0]["field"])
    return DomainError(error.code, words, facts={**error.facts, "field": field}, status=error.status)


def _of_pole(row: Invoice, on: date) -> bool:
    """Say whether the pole, or who carries it that day, is a party."""
    if row.pole_id in (row.seller_id, row.buyer_id):
        return True
    current = (Q(valid_from=None) | Q(valid_from__lte=on)) & (Q(valid_to=None) | Q(valid_to__gt=on))
    parties = [row.seller_id, row.buyer_id]
    return Carrier.objects.filter(current, pole=row.pole_id, actor__in=parties).exists()


def _tell(row: Invoice, verb: str, made: Settlement, by: User | None) -> None:
    data = {"invoice": row.pk.hex, "settlement": made.pk.hex, "cents": made.cents, "how": str(made.how)}
    journal.record(row.pole.actor.subject, verb, by=by, data=data)
