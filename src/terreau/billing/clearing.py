"""What a line of a statement was for: invoices that it pays, a line of the ledger, or nothing of the pole.

A person accepts; each part is written once, and undone by a counter-entry with its reason.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import BigIntegerField, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Abs, Coalesce
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.billing import matching, read
from terreau.billing.models import BankAccount, BankLine, BankUse, Invoice, Settlement
from terreau.billing.settling import in_words, settle
from terreau.common.errors import DomainError
from terreau.common.identifiers import uuid7
from terreau.common.inserting import insert
from terreau.flows import actions as flows
from terreau.flows.rules import Entry
from terreau.journal import actions as journal
from terreau.poles.models import Pole
from terreau.subjects import actions as subjects
from terreau.subjects.models import Subject


def with_left(rows: QuerySet[BankLine]) -> QuerySet[Any]:
    """Return the lines with ``left_cents``: the part of each that nothing explains yet, without its sign."""
    paid = Settlement.objects.filter(bank_line=OuterRef("pk")).order_by().values("bank_line")
    used = BankUse.objects.filter(line=OuterRef("pk")).order_by().values("line")
    whole, zero = BigIntegerField(), 0
    return rows.annotate(
        whole_cents=Abs(F("cents")),
        left_cents=Abs(F("cents"))
        - Coalesce(Subquery(paid.annotate(s=Sum("cents")).values("s"), output_field=whole), zero)
        - Coalesce(Subquery(used.annotate(s=Sum("cents")).values("s"), output_field=whole), zero),
    )


def unmatched(pole: Pole) -> QuerySet[Any]:
    """Return the lines of the pole of which a part is unexplained, the oldest first."""
    rows = with_left(BankLine.objects.filter(account__pole=pole))
    return rows.filter(left_cents__gt=0).select_related("account").order_by("on", "pk")


def left(line: BankLine) -> int:
    """Return what nothing explains yet of a line, in cents without its sign."""
    found: int = with_left(BankLine.objects.filter(pk=line.pk)).values_list("left_cents", flat=True)[0]
    return found


@dataclass(frozen=True, slots=True)
class Choice:
    """A proposal with its invoices, for a page."""

    proposal: matching.Proposal
    parts: tuple[tuple[Invoice, int], ...]

    @property
    def key(self) -> str:
        """What a button sends back: each invoice with its part."""
        return ",".join(f"{row.number}:{cents}" for row, cents in self.parts)


def proposals(pole: Pole, lines: Iterable[Any], *, on: date) -> dict[UUID, list[Choice]]:
    """Return what each line may pay, the surest first: one query for all (lines come from ``with_left``)."""
    rows = read.open_invoices(pole, on=on, notes=True)
    found = {}
    for line in lines:
        candidates = {one.invoice.pk: one for one in rows if fits(line, one.invoice)}
        owed = [
            matching.Owed(
                one.invoice.pk,
                abs(one.left_cents),
                _names(one.invoice),
                _other(line, one.invoice).name,
                one.invoice.number,
            )
            for one in candidates.values()
        ]
        words = matching.Words(line.left_cents, line.label, line.party, line.reference)
        found[line.pk] = [
            Choice(one, tuple((candidates[pk].invoice, cents) for pk, cents in one.parts))
            for one in matching.propose(words, owed)
        ]
    return found


def accept(
    line: BankLine, parts: Sequence[tuple[Invoice, int]], *, by: User | None, on: date | None = None
) -> list[Settlement]:
    """Write that a line pays these parts (in cents) of invoices, all or none.

    Dated as the line, or ``on`` when its period is closed. Raises ``DomainError``: more than what is left of
    the line or of an invoice (409), an invoice that the line cannot pay.
    """
    with transaction.atomic():
        row = _locked(line)
        _take(row, [cents for _invoice, cents in parts])
        made = []
        for invoice, cents in parts:
            if invoice.pole_id != row.account.pole_id or not fits(row, invoice):
                words = _("Cette ligne ne paie pas cette facture : le sens ou le compte ne va pas.")
                raise DomainError("wrong_way", words, status=409)
            made.append(
                settle(
                    invoice,
                    cents,
                    on=on or row.on,
                    how=Settlement.How.BANK,
                    by=by,
                    reference=row.reference or row.label,
                    bank_line=row,
                )
            )
    return made


def to_ledger(  # noqa: PLR0913 - keyword-only: a line of the ledger is made of these
    line: BankLine,
    *,
    other: Actor,
    label: str,
    by: User | None,
    cents: int | None = None,
    purpose: Subject | None = None,
    on: date | None = None,
) -> BankUse:
    """Write what is left of a line (or ``cents`` of it) in the ledger: paid to or by ``other``."""
    with transaction.atomic():
        row = _locked(line)
        part = left(row) if cents is None else cents
        _take(row, [part])
        holder = row.account.holder_id
        giver, receiver = (other.pk, holder) if row.cents > 0 else (holder, other.pk)
        made = BankUse(id=uuid7(), line=row, cents=part, why=label.strip()[:300] or row.label[:300], by=by)
        entry = Entry(
            giver=giver,
            receiver=receiver,
            nature="cash",
            on=on or row.on,
            label=made.why,
            cents=part,
            purpose=purpose.pk if purpose else None,
            instrument="transfer",
            status="justifie",
            origin=f"bank:{made.pk.hex}",
        )
        try:
            (made.flow,) = flows.record(row.account.pole.actor, [entry], by=by)
        except DomainError as error:
            raise in_words(error) from error
        insert(made, "use_refused")
        _tell(row, "bank.line_written", made, by)
    return made


def set_aside(line: BankLine, *, why: str, by: User | None) -> BankUse:
    """Say why what is left of a line is nothing of the pole: a transfer between its accounts, a mistake."""
    if not why.strip():
        raise DomainError("reason_needed", _("Dites pourquoi."), facts={"field": "why"})
    with transaction.atomic():
        row = _locked(line)
        part = left(row)
        _take(row, [part])
        made = BankUse(line=row, cents=part, why=why.strip()[:300], by=by)
        insert(made, "use_refused")
        _tell(row, "bank.line_set_aside", made, by)
    return made


def undo(use: BankUse, *, reason: str, by: User | None) -> BankUse:
    """Take back what was said of a line, and its line of the ledger with it; once, with a reason."""
    if not reason.strip():
        raise DomainError("reason_needed", _("Dites pourquoi."), facts={"field": "reason"})
    with transaction.atomic():
        line = _locked(use.line)
        row = BankUse.objects.select_related("flow").get(pk=use.pk)
        if row.reverses_id is not None or hasattr(row, "reversed_by"):
            raise DomainError("already_undone", _("C'est déjà défait."), status=409)
        made = BankUse(line=line, cents=-row.cents, why=reason.strip()[:300], reverses=row, by=by)
        if row.flow is not None:
            made.flow = flows.reverse(row.flow, reason=reason, by=by)
        insert(made, "use_refused")
        _tell(line, "bank.line_undone", made, by)
    return made


def own(account: BankAccount) -> frozenset[UUID]:
    """Return the parties whose money an account is: its holder, and the pole that it is of."""
    return frozenset({account.holder_id, account.pole_id})


def fits(line: BankLine, invoice: Invoice) -> bool:
    """Say whether money goes the way of the invoice: in for what the account's people sold."""
    came = line.cents > 0
    receives = invoice.buyer_id if invoice.is_credit else invoice.seller_id
    gives = invoice.seller_id if invoice.is_credit else invoice.buyer_id
    return (receives if came else gives) in own(line.account)


def _other(line: BankLine, invoice: Invoice) -> Actor:
    return invoice.buyer if invoice.seller_id in own(line.account) else invoice.seller


def _names(invoice: Invoice) -> tuple[str, ...]:
    reference = f"{'AV' if invoice.is_credit else 'PF'}-{invoice.number:05d}"
    return (invoice.legal_number, reference) if invoice.legal_number else (reference,)


def _locked(line: BankLine) -> BankLine:
    pole = BankAccount.objects.filter(pk=line.account_id).values_list("pole", flat=True)[0]
    subjects.lock(pole)
    return BankLine.objects.select_related("account__pole__actor__subject").get(pk=line.pk)


def _take(line: BankLine, parts: Collection[int]) -> None:
    if not parts or min(parts) <= 0:
        words = _("Dites combien de cette ligne, et pour quoi.")
        raise DomainError("not_positive", words, facts={"field": "cents"})
    if sum(parts) > (rest := left(line)):
        words = _("Il reste moins que cela sur cette ligne : quelqu'un vient peut-être de la pointer.")
        raise DomainError("too_much", words, facts={"field": "cents", "left_cents": rest}, status=409)


def _tell(line: BankLine, verb: str, made: BankUse, by: User | None) -> None:
    data = {"line": line.pk.hex, "use": made.pk.hex, "cents": made.cents}
    journal.record(line.account.pole.actor.subject, verb, by=by, data=data)
