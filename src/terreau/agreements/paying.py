"""Requests of payment, their check, payments and money asked back. Never paid twice, never more than agreed.

Locks: the dossier, then the agreement; what is paid is counted in its envelopes in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Max, Sum
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.agreements import telling
from terreau.agreements.amounts import euros
from terreau.agreements.models import (
    Agreement,
    Expense,
    Instalment,
    Payment,
    PaymentPiece,
    PaymentRequest,
    Recovery,
)
from terreau.common.errors import DomainError, StaleWriteError
from terreau.common.identifiers import uuid7
from terreau.common.inserting import insert
from terreau.dossiers import moving
from terreau.dossiers.models import Dossier
from terreau.envelopes import actions as envelopes
from terreau.envelopes.actions import OverspentError
from terreau.envelopes.models import EnvelopeMove
from terreau.journal.actions import record
from terreau.pieces.models import Piece

_State = PaymentRequest.State


@dataclass(frozen=True, slots=True)
class Spent:
    """An expense as it is typed."""

    supplier: str
    cents: int
    charged: int
    number: str = ""
    on: date | None = None
    post: str = ""


def ask(  # noqa: PLR0913 - keyword-only: each is a part of the request
    instalment: Instalment,
    *,
    cents: int | None,
    key: str,
    by: User,
    note: str = "",
    expenses: Sequence[Spent] = (),
    pieces: Sequence[tuple[Piece, str]] = (),
) -> PaymentRequest:
    """Ask for an instalment; the same ``key`` again gives the request that is there."""
    with transaction.atomic():
        agreement = _hold(instalment.agreement)
        if known := PaymentRequest.objects.filter(agreement=agreement, key=key).first():
            return known
        held = Instalment.objects.get(pk=instalment.pk)
        if held.dropped_at or agreement.state != Agreement.State.SIGNED:
            raise DomainError("not_open", _("Ce versement ne peut pas être demandé."), status=409)
        wanted = _wanted(held, held.cents if cents is None else cents)
        last = PaymentRequest.objects.filter(agreement=agreement).aggregate(last=Max("number"))["last"]
        row = PaymentRequest(agreement=agreement, instalment=held, number=(last or 0) + 1, cents=wanted)
        row.key, row.note, row.sent_by = key, note.strip(), by
        insert(row, "asked_already")
        _joined(row, expenses, pieces, by)
        data = {"request": row.pk.hex, "number": row.number, "cents": wanted}
        record(agreement.subject, "payment.asked", by=by, data=data)
        _tell_officers(agreement, by, f"asked-{row.pk.hex}")
    return row


def complete(  # noqa: PLR0913 - keyword-only: each is a part of the request
    row: PaymentRequest,
    *,
    by: User,
    cents: int | None = None,
    note: str = "",
    expenses: Sequence[Spent] = (),
    pieces: Sequence[tuple[Piece, str]] = (),
) -> PaymentRequest:
    """Send again a request that was returned, with what was missing; for another amount when it is said."""
    with transaction.atomic():
        agreement = _hold(row.agreement)
        values: dict[str, Any] = {"state": _State.SENT, "why": "", "sent_at": timezone.now()}
        if cents is not None:
            values["cents"] = _wanted(Instalment.objects.get(pk=row.instalment_id), cents)
        if note.strip():
            values["note"] = note.strip()
        _move(row, (_State.RETURNED,), values)
        _joined(row, expenses, pieces, by)
        data = {"request": row.pk.hex} | ({"cents": cents} if cents is not None else {})
        record(agreement.subject, "payment.completed", by=by, data=data)
        _tell_officers(agreement, by, f"completed-{row.pk.hex}-{row.version}")
    return _fresh(row)


def withdraw(row: PaymentRequest, *, by: User) -> PaymentRequest:
    """Take back a request that is not accepted: its instalment may be asked again."""
    with transaction.atomic():
        agreement = _hold(row.agreement)
        _move(row, (_State.SENT, _State.RETURNED), {"state": _State.WITHDRAWN})
        record(agreement.subject, "payment.withdrawn", by=by, data={"request": row.pk.hex})
    return _fresh(row)


def give_back(row: PaymentRequest, *, why: str, by: User) -> PaymentRequest:
    """Return a request to be completed, saying what is missing."""
    words = gettext_lazy("Votre demande de versement est à compléter ({name}).")
    return _checked(row, {"state": _State.RETURNED, "why": _why(why)}, "returned", words, by)


def refuse(row: PaymentRequest, *, why: str, by: User) -> PaymentRequest:
    """Refuse a request, saying why; the instalment may be asked again."""
    words = gettext_lazy("Votre demande de versement n'est pas acceptée ({name}) : le motif est sur sa page.")
    return _checked(row, {"state": _State.REFUSED, "why": _why(why)}, "refused", words, by)


def accept(row: PaymentRequest, *, cents: int | None, by: User, seen: int | None = None) -> PaymentRequest:
    """Accept a request for an amount, never more than was asked; then it waits for its payment."""
    wanted = row.cents if cents is None else cents
    if not 0 < wanted <= row.cents:
        words = _("On accepte %(most)s au plus : c'est ce qui est demandé.")
        raise _amount("too_much", words % {"most": euros(row.cents)}, row.cents)
    values = {"state": _State.ACCEPTED, "accepted_cents": wanted, "why": ""}
    told = gettext_lazy("Votre demande de versement est acceptée : le paiement suit ({name}).")
    return _checked(row, values, "accepted", told, by, seen=seen)


def pay(  # noqa: PLR0913 - keyword-only: each is a part of the payment
    row: PaymentRequest, *, cents: int | None, paid_on: date, reference: str, by: User, origin: str
) -> Payment:
    """Write a payment. The same ``origin`` again gives the one that is written.

    Raises ``OverspentError`` (409) when more would be paid than was accepted, agreed or committed.
    """
    told = " ".join(reference.split())[:120]
    if not told:
        raise DomainError("no_reference", _("Dites la référence du virement."), facts={"field": "reference"})
    if paid_on > timezone.localdate():
        raise DomainError("future", _("Cette date est à venir."), facts={"field": "paid_on"})
    with transaction.atomic():
        agreement = _hold(row.agreement)
        if known := Payment.objects.filter(origin=origin).first():
            if known.request_id != row.pk:
                words = _("Un autre versement est déjà écrit sous cette origine.")
                raise DomainError("origin_taken", words, status=409)
            return known
        held = PaymentRequest.objects.get(pk=row.pk)
        if held.state != _State.ACCEPTED:
            words = _("Cette demande est « %(state)s » : on ne paie que ce qui est accepté.")
            raise DomainError("not_accepted", words % {"state": held.get_state_display()}, status=409)
        left = min((held.accepted_cents or 0) - _paid(held), (agreement.cents or 0) - paid_of(agreement))
        wanted = left if cents is None else cents
        if not 0 < wanted <= left:
            words = _("Il reste %(most)s à payer : on ne paie pas plus.")
            facts = {"left_cents": left, "field": "cents"}
            raise OverspentError("over_paid", words % {"most": euros(left)}, facts=facts)
        made = Payment(pk=uuid7(), request=held, cents=wanted, paid_on=paid_on, reference=told, origin=origin)
        made.by = by
        insert(made, "payment_refused")
        if agreement.dossier is not None:
            envelopes.pay(agreement.dossier, wanted, by=by, origin=f"payment:{made.pk.hex}")
        if wanted == (held.accepted_cents or 0) - (_paid(held) - wanted):
            _move(held, (_State.ACCEPTED,), {"state": _State.PAID})
        data = {"payment": made.pk.hex, "request": held.pk.hex, "cents": wanted}
        record(agreement.subject, "payment.made", by=by, data=data)
        text = gettext_lazy("Un versement vient d'être fait ({name}).")
        _tell(agreement, text, by, f"paid-{made.pk.hex}")
    return made


def come_back(payment: Payment, *, reason: str, by: User) -> Payment:
    """Say that a payment came back (a wrong account): it is undone, its request is to be paid again."""
    why = _why(reason)
    with transaction.atomic():
        agreement = _hold(payment.request.agreement)
        back = Payment(request=payment.request, cents=-payment.cents, paid_on=timezone.localdate(), by=by)
        back.reference, back.reason, back.reverses = payment.reference, why, payment
        back.origin = f"back:{payment.pk.hex}"
        insert(back, "came_back_already")
        for move in EnvelopeMove.objects.filter(
            origin__startswith=f"payment:{payment.pk.hex}", reversed_by=None
        ).select_related("dossier", "envelope"):
            envelopes.undo(move, reason=why, by=by)
        rows = PaymentRequest.objects.filter(pk=payment.request_id, state=_State.PAID)
        rows.update(state=_State.ACCEPTED, version=F("version") + 1)
        data = {"payment": payment.pk.hex, "cents": payment.cents}
        record(agreement.subject, "payment.came_back", by=by, data=data)
    return back


def ask_back(  # noqa: PLR0913 - keyword-only: each is a part of the recovery
    agreement: Agreement,
    *,
    cents: int | None,
    reason: str,
    by: User,
    origin: str,
    due: date | None = None,
) -> Recovery:
    """Ask for money back: never more than what was paid and is not asked back yet."""
    why = _why(reason)
    with transaction.atomic():
        held = _hold(agreement)
        if known := Recovery.objects.filter(origin=origin).first():
            return known
        asked = Recovery.objects.filter(agreement=held).exclude(state=Recovery.State.DROPPED)
        left = paid_of(held) - (asked.aggregate(sum=Sum("cents"))["sum"] or 0)
        if cents is None or not 0 < cents <= left:
            words = _("On peut redemander %(most)s au plus : c'est ce qui a été versé.")
            raise _amount("not_paid", words % {"most": euros(max(0, left))}, max(0, left))
        row = Recovery(agreement=held, cents=cents, reason=why, due=due, by=by, origin=origin)
        row.asked_on = timezone.localdate()
        insert(row, "recovery_refused")
        data = {"recovery": row.pk.hex, "cents": cents}
        record(held.subject, "recovery.asked", by=by, data=data)
        text = gettext_lazy("Un reversement vous est demandé ({name}) : le motif est sur sa page.")
        _tell(held, text, by, f"recovery-{row.pk.hex}")
    return row


def received(row: Recovery, *, on: date, reference: str, by: User) -> Recovery:
    """Say that money came back; it goes back to its envelope when it is released."""
    if on > timezone.localdate():
        raise DomainError("future", _("Cette date est à venir."), facts={"field": "on"})
    with transaction.atomic():
        agreement = _hold(row.agreement)
        rows = Recovery.objects.filter(pk=row.pk, state=Recovery.State.ASKED)
        values = {"state": Recovery.State.RECEIVED, "received_on": on, "reference": reference.strip()[:120]}
        if not rows.update(**values, version=F("version") + 1):
            raise DomainError("received_already", _("Ce reversement n'est plus attendu."), status=409)
        if agreement.dossier is not None:
            origin = f"recovery:{row.pk.hex}"
            envelopes.recover(agreement.dossier, row.cents, reason=row.reason, by=by, origin=origin)
            if agreement.state == Agreement.State.ENDED:
                envelopes.release(
                    agreement.dossier, row.cents, reason=row.reason, by=by, origin=f"{origin}:free"
                )
        data = {"recovery": row.pk.hex, "cents": row.cents}
        record(agreement.subject, "recovery.received", by=by, data=data)
    return Recovery.objects.get(pk=row.pk)


def drop_recovery(row: Recovery, *, why: str, by: User) -> Recovery:
    """Give up money asked back, saying why."""
    told = _why(why)
    with transaction.atomic():
        agreement = _hold(row.agreement)
        rows = Recovery.objects.filter(pk=row.pk, state=Recovery.State.ASKED)
        if not rows.update(state=Recovery.State.DROPPED, why=told, version=F("version") + 1):
            raise DomainError("received_already", _("Ce reversement n'est plus attendu."), status=409)
        record(agreement.subject, "recovery.dropped", by=by, data={"recovery": row.pk.hex})
    return Recovery.objects.get(pk=row.pk)


def paid_of(agreement: Agreement) -> int:
    """Return what was paid of an agreement and did not come back, in cents: one query."""
    rows = Payment.objects.filter(request__agreement=agreement)
    return int(rows.aggregate(sum=Sum("cents"))["sum"] or 0)


def _wanted(instalment: Instalment, cents: int) -> int:
    """Return an amount asked of an instalment; raise when it is not within it."""
    if not 0 < cents <= instalment.cents:
        words = _("Ce versement est de %(most)s au plus.")
        raise _amount("too_much", words % {"most": euros(instalment.cents)}, instalment.cents)
    return cents


def _paid(row: PaymentRequest) -> int:
    return int(Payment.objects.filter(request=row).aggregate(sum=Sum("cents"))["sum"] or 0)


def _checked(  # noqa: PLR0913, PLR0917 - the parts of one check
    row: PaymentRequest, values: dict[str, Any], verb: str, words: Any, by: User, seen: int | None = None
) -> PaymentRequest:
    with transaction.atomic():
        agreement = _hold(row.agreement)
        values |= {"checked_at": timezone.now(), "checked_by": by}
        _move(row, (_State.SENT,), values, seen=seen)
        record(agreement.subject, f"payment.{verb}", by=by, data={"request": row.pk.hex})
        _tell(agreement, words, by, f"{verb}-{row.pk.hex}-{timezone.now():%Y%m%d%H%M%S}")
    return _fresh(row)


def _move(
    row: PaymentRequest, before: Sequence[str], values: dict[str, Any], *, seen: int | None = None
) -> None:
    rows = PaymentRequest.objects.filter(pk=row.pk, state__in=before)
    rows = rows.filter(version=seen) if seen is not None else rows
    if not rows.update(**values, version=F("version") + 1):
        words = _("Cette demande a changé entre-temps : regardez-la de nouveau.")
        raise StaleWriteError("request_moved", words, facts={"request": row.pk.hex})


def _joined(
    row: PaymentRequest, expenses: Sequence[Spent], pieces: Sequence[tuple[Piece, str]], by: User
) -> None:
    for one in expenses:
        supplier = " ".join(one.supplier.split())[:160]
        if not supplier or one.cents <= 0 or not 0 < one.charged <= one.cents:
            words = _("Une dépense a un fournisseur, un montant et une part demandée, qui ne le dépasse pas.")
            raise DomainError("bad_expense", words, facts={"field": "expenses"})
        expense = Expense(request=row, supplier=supplier, cents=one.cents, charged_cents=one.charged)
        expense.number, expense.on, expense.post = one.number.strip()[:80], one.on, one.post.strip()[:160]
        insert(expense, "bad_expense")
    PaymentPiece.objects.bulk_create(
        PaymentPiece(request=row, piece=piece, name=(name or piece.name)[:200], by=by)
        for piece, name in pieces
    )


def _hold(agreement: Agreement) -> Agreement:
    """Return the agreement held until the end of the transaction, its dossier first."""
    if agreement.dossier_id is not None:
        moving.lock(Dossier(pk=UUID(str(agreement.dossier_id))))
    rows = Agreement.objects.select_for_update(of=("self",))
    return rows.select_related("subject", "dossier__subject", "dossier__call__programme").get(pk=agreement.pk)


def _fresh(row: PaymentRequest) -> PaymentRequest:
    return PaymentRequest.objects.select_related("agreement", "instalment").get(pk=row.pk)


def _why(reason: str) -> str:
    why = " ".join(reason.split())[:300]
    if not why:
        raise DomainError("reason_needed", _("Dites pourquoi."), facts={"field": "why"})
    return why


def _amount(code: str, words: str, most: int) -> DomainError:
    return DomainError(code, words, facts={"field": "cents", "most_cents": most}, status=409)


def _tell_officers(agreement: Agreement, by: User, dedupe: str) -> None:
    if agreement.dossier is not None:
        words = gettext_lazy("Une demande de versement attend d'être vérifiée ({name}).")
        text = format_lazy(words, name=agreement.number)
        telling.officers(agreement.dossier, text, tail="versements/", by=by, dedupe=dedupe)


def _tell(agreement: Agreement, words: Any, by: User | None, dedupe: str) -> None:
    if agreement.dossier is not None:
        text = format_lazy(words, name=agreement.number)
        telling.applicant(agreement.dossier, text, tail="versements/", by=by, dedupe=dedupe)
