"""Writing what is owed: a draft, its issue, its cancelling, a credit note. Issued lines never change.

Who may is said by the caller. Writing an invoice moves nothing in the ledger: a settlement does.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Max, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.billing import rules
from terreau.billing.models import Invoice, InvoiceLine, SellerTerms
from terreau.billing.settling import apply_credit, settled, undo_credit
from terreau.common.errors import DomainError, StaleWriteError
from terreau.common.inserting import insert
from terreau.journal import actions as journal
from terreau.pieces.models import Piece
from terreau.poles.models import Pole
from terreau.subjects import actions as subjects
from terreau.subjects.models import Subject

_LONGEST = 300


def terms_of(pole: Pole, seller: Actor) -> SellerTerms:
    """Return what the invoices of a seller say of tax and delay; unwritten terms say that it is unknown."""
    row = SellerTerms.objects.filter(pole=pole, actor=seller).first()
    return row or SellerTerms(pole=pole, actor=seller)


def vat_of(terms: SellerTerms) -> rules.Vat:
    """Return the tax of a line that says nothing of it."""
    why = terms.why_exempt
    if terms.vat_code in rules.SILENT and not why:
        why = _("Sans TVA : motif à vérifier avec votre comptable.")
    return rules.Vat(code=terms.vat_code, rate=terms.vat_rate, why=why)


def draft(  # noqa: PLR0913 - keyword-only: an invoice is described by this many independent facts
    pole: Pole,
    *,
    kind: str,
    seller: Actor,
    buyer: Actor,
    on: date,
    lines: Sequence[rules.Line],
    due: date | None = None,
    label: str = "",
    purpose: Subject | None = None,
    origin: str = "",
    piece: Piece | None = None,
    period: tuple[date, date] | None = None,
    by: User | None,
) -> Invoice:
    """Write a draft, which owes nothing until it is issued.

    ``period`` is its first and last days, both included. Without ``due`` the delay of the seller's terms
    counts. The same ``origin`` is written once in a pole, until it is cancelled. Raises ``DomainError``
    ``invoice_refused`` with ``facts["problems"]``, or 409 when the origin is written.
    """
    _parties(seller, buyer)
    _lines(lines)
    terms = terms_of(pole, seller)
    priced = rules.price(lines, vat_of(terms))
    row = Invoice(pole=pole, kind=kind, seller=seller, buyer=buyer, on=on, label=label.strip()[:_LONGEST])
    row.due = due if due is not None else on + timedelta(days=terms.due_days)
    row.purpose, row.piece, row.origin, row.by = purpose, piece, origin, by
    if period is not None:
        row.period_from, row.period_to = period
    return _write(row, priced, "invoice.drafted", by)


def rewrite(  # noqa: PLR0913 - keyword-only, as above
    invoice: Invoice,
    *,
    seen: int,
    lines: Sequence[rules.Line],
    on: date,
    due: date | None,
    label: str,
    by: User | None,
) -> Invoice:
    """Write the lines and dates of a draft again; ``seen`` is the version that the person saw.

    Raises ``StaleWriteError`` when somebody changed it meanwhile, ``DomainError`` when it is issued.
    """
    _lines(lines)
    priced = rules.price(lines, vat_of(terms_of(invoice.pole, invoice.seller)))
    with transaction.atomic():
        row = locked(invoice)
        _is_draft(row)
        if row.version != seen:
            words = _("Quelqu'un vient de modifier ce brouillon : relisez-le avant de l'enregistrer.")
            raise StaleWriteError("stale_write", words)
        row.on, row.due, row.label, row.version = on, due, label.strip()[:_LONGEST], row.version + 1
        _sums(row, priced)
        _dates(row)
        row.save()
        InvoiceLine.objects.filter(invoice=row).delete()
        InvoiceLine.objects.bulk_create(_rows(row, priced))
        _tell(row, "invoice.rewritten", by)
    return row


def issue(invoice: Invoice, *, by: User | None) -> Invoice:
    """Issue a draft: from now on it is owed and does not change. Twice at once, the second is refused."""
    with transaction.atomic():
        row = locked(invoice)
        _is_draft(row)
        _issue(row, by)
        _tell(row, "invoice.issued", by)
    return row


def cancel(invoice: Invoice, *, reason: str, by: User | None) -> Invoice:
    """Cancel a draft, or an invoice of which nothing is settled; else a credit note is needed.

    A cancelled credit note gives back what it had settled.
    """
    why = _why(reason)
    with transaction.atomic():
        row = locked(invoice)
        if row.state == Invoice.State.CANCELLED:
            raise DomainError("already_cancelled", _("Cette facture est déjà annulée."), status=409)
        if settled(row) or row.credit_notes.exclude(state=Invoice.State.CANCELLED).exists():
            words = _("Une part de cette facture est réglée ou créditée : faites un avoir de ce qui reste.")
            raise DomainError("settled_already", words, status=409)
        if row.is_credit:
            undo_credit(row, reason=why, by=by)
        row.state, row.reason = Invoice.State.CANCELLED, why
        row.cancelled_at, row.cancelled_by, row.version = timezone.now(), by, row.version + 1
        row.save()
        _tell(row, "invoice.cancelled", by, reason=why)
    return row


def credit(invoice: Invoice, *, cents: int | None = None, reason: str, by: User | None) -> Invoice:
    """Issue a credit note of an invoice, whole or for ``cents`` tax included, and return it.

    It settles what is left of the invoice; what was paid beyond is owed back to the buyer. Raises
    ``DomainError`` beyond what the invoice is of, less its other credit notes.
    """
    why = _why(reason)
    with transaction.atomic():
        row = locked(invoice)
        part = _creditable(row, cents)
        whole = part == row.gross_cents
        priced = rules.credited(_priced(row), None if whole else part)
        note = Invoice(pole=row.pole, kind=row.kind, seller=row.seller, buyer=row.buyer, credits=row, by=by)
        note.on = max(timezone.localdate(), row.on)
        note.label, note.purpose, note.reason = row.label, row.purpose, why
        note.period_from, note.period_to = row.period_from, row.period_to
        note = _write(note, priced, "invoice.credited", by)
        _issue(note, by)
        apply_credit(row, note, by=by)
    return note


def number_legally(invoice: Invoice, legal_number: str, *, seen: int, by: User | None) -> Invoice:
    """Write the number that the tool of the accountant gave (empty: take it back).

    Raises ``StaleWriteError`` when somebody changed the row meanwhile, 409 when the number is taken.
    """
    wanted = " ".join(legal_number.split())[:40]
    with transaction.atomic():
        row = locked(invoice)
        if row.state != Invoice.State.ISSUED:
            raise DomainError("not_issued", _("Seule une facture émise porte un numéro légal."), status=409)
        taken = Invoice.objects.filter(pole=row.pole_id, seller=row.seller_id, legal_number=wanted)
        if wanted and taken.exclude(pk=row.pk).exists():
            words = _("Une autre facture de ce vendeur porte déjà ce numéro.")
            raise DomainError("number_taken", words, facts={"field": "legal_number"}, status=409)
        changed = Invoice.objects.filter(pk=row.pk, version=seen)
        if not changed.update(legal_number=wanted, version=F("version") + 1):
            raise StaleWriteError("stale_write", _("Quelqu'un vient de modifier cette facture : relisez-la."))
        _tell(row, "invoice.numbered", by, legal_number=wanted)
    row.refresh_from_db()
    return row


def locked(invoice: Invoice) -> Invoice:
    """Return the invoice as it stands, its pole locked until the end of the transaction."""
    subjects.lock(invoice.pole_id)
    return Invoice.objects.select_related("pole__actor__subject", "seller", "buyer").get(pk=invoice.pk)


def _write(row: Invoice, priced: Sequence[rules.Priced], verb: str, by: User | None) -> Invoice:
    _sums(row, priced)
    if not row.is_credit and row.gross_cents <= 0:
        words = _("Une facture est plus grande que zéro : pour rendre une part, faites un avoir.")
        raise DomainError("not_positive", words, facts={"field": "lines"})
    _dates(row)
    with transaction.atomic():
        subjects.lock(row.pole_id)
        last = Invoice.objects.filter(pole=row.pole_id).aggregate(last=Max("number"))["last"]
        row.number = (last or 0) + 1
        insert(row, "invoice_refused")
        InvoiceLine.objects.bulk_create(_rows(row, priced))
        _tell(row, verb, by)
    return row


def _rows(row: Invoice, priced: Sequence[rules.Priced]) -> list[InvoiceLine]:
    return [
        InvoiceLine(
            invoice=row,
            rank=rank,
            label=one.line.label.strip()[:_LONGEST],
            thousandths=one.line.thousandths,
            unit=one.line.unit,
            unit_cents=one.line.unit_cents,
            net_cents=one.net_cents,
            vat_rate=one.vat.rate,
            vat_code=one.vat.code,
            vat_cents=one.vat_cents,
            why_exempt=one.vat.why[:200] if one.vat.code in rules.SILENT else "",
        )
        for rank, one in enumerate(priced, start=1)
    ]


def lines_of(invoice: Invoice) -> list[rules.Line]:
    """Return the lines of an invoice as they are written."""
    return [one.line for one in _priced(invoice)]


def _priced(row: Invoice) -> list[rules.Priced]:
    """Return the written lines of an invoice as the rules take them."""
    found = []
    for one in InvoiceLine.objects.filter(invoice=row).order_by("rank"):
        vat = rules.Vat(code=one.vat_code, rate=one.vat_rate, why=one.why_exempt)
        line = rules.Line(one.label, one.unit_cents, one.thousandths, one.unit, vat)
        found.append(rules.Priced(line, vat, one.net_cents, one.vat_cents))
    return found


def _issue(row: Invoice, by: User | None) -> None:
    now = timezone.now()
    row.state, row.issued_at, row.issued_by, row.version = Invoice.State.ISSUED, now, by, row.version + 1
    row.save()
    InvoiceLine.objects.filter(invoice=row).update(frozen_at=now)


def _creditable(row: Invoice, cents: int | None) -> int:
    if row.state != Invoice.State.ISSUED or row.is_credit:
        words = _("On crédite une facture émise, qui n'est pas elle-même un avoir.")
        raise DomainError("not_creditable", words, status=409)
    notes = row.credit_notes.exclude(state=Invoice.State.CANCELLED)
    rest = row.gross_cents + (notes.aggregate(sum=Sum("gross_cents"))["sum"] or 0)
    part = rest if cents is None else cents
    if not 0 < part <= rest:
        words = _("Il reste moins que cela à créditer sur cette facture.")
        raise DomainError("too_much", words, facts={"field": "cents", "left_cents": rest}, status=409)
    return part


def _parties(seller: Actor, buyer: Actor) -> None:
    if seller.pk == buyer.pk:
        words = _("Qui vend et qui achète sont le même acteur.")
        raise DomainError("same_party", words, facts={"field": "buyer"})
    for name, actor in (("seller", seller), ("buyer", buyer)):
        if actor.subject.merged_into_id is not None:
            words = _("%(name)s est fusionné avec un autre acteur : prenez celui-là.") % {"name": actor.name}
            raise DomainError("merged_party", words, facts={"field": name}, status=409)


def _lines(lines: Sequence[rules.Line]) -> None:
    if problems := rules.check(lines):
        words = " ".join(dict.fromkeys(one.message for one in problems))
        facts: dict[str, Any] = {"problems": [one.as_dict() for one in problems], "field": "lines"}
        raise DomainError("invoice_refused", words, facts=facts)


def _dates(row: Invoice) -> None:
    if row.due is not None and row.due < row.on:
        words = _("L'échéance suit la date de la facture.")
        raise DomainError("due_before", words, facts={"field": "due"})
    if row.period_from and row.period_to and row.period_to < row.period_from:
        words = _("La fin de la période suit son début.")
        raise DomainError("period_backwards", words, facts={"field": "period_to"})


def _sums(row: Invoice, priced: Sequence[rules.Priced]) -> None:
    sums = rules.totals(priced)
    row.net_cents, row.vat_cents, row.gross_cents = sums.net_cents, sums.vat_cents, sums.gross_cents


def _is_draft(row: Invoice) -> None:
    if row.state != Invoice.State.DRAFT:
        raise DomainError("not_a_draft", _("Cette facture n'est plus un brouillon."), status=409)


def _why(reason: str) -> str:
    if not reason.strip():
        raise DomainError("reason_needed", _("Dites pourquoi."), facts={"field": "reason"})
    return reason.strip()[:_LONGEST]


def _tell(row: Invoice, verb: str, by: User | None, **data: Any) -> None:
    told = {"invoice": row.pk.hex, "number": row.number, "gross_cents": row.gross_cents, **data}
    journal.record(row.pole.actor.subject, verb, by=by, data=told)
