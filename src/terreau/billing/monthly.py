"""What members owe one another for services in a month: found where it happened, billed once (R-104).

``gather`` finds what is to bill (bookings over, hours of the ledger under a price, purchases delivered,
monthly fees, commissions) and writes it once; ``prepare`` puts it in one draft a seller, a buyer and a month.
Both can be done again: nothing is written twice, a draft that stands is completed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.billing import actions, rules
from terreau.billing.models import Charge, Invoice
from terreau.billing.months import Month
from terreau.billing.searching import Search
from terreau.common.errors import DomainError
from terreau.journal import actions as journal
from terreau.poles.models import Pole
from terreau.subjects import actions as subjects

#: Lines of a monthly invoice, beyond which those of one label are added up.
_MOST_LINES = 200
_BATCH = 500


@dataclass(slots=True)
class Gathered:
    """What a search found: how many new things to bill, and uses that no price speaks of."""

    added: int = 0
    unpriced: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Prepared:
    """The drafts of a month, and how many were written or completed."""

    drafts: list[Invoice] = field(default_factory=list)
    written: int = 0
    unpriced: list[str] = field(default_factory=list)


def prepare(pole: Pole, month: Month, *, by: User | None, today: date | None = None) -> Prepared:
    """Find what is to bill up to the end of a month, and put it in drafts: one a seller, a buyer and a kind.

    Done again it writes nothing new; what was issued meanwhile stays, and what came after makes another
    draft. Raises ``DomainError`` for a month to come.
    """
    day = today or timezone.localdate()
    if month.first > day:
        words = _("Ce mois n'a pas commencé.")
        raise DomainError("month_to_come", words, facts={"field": "month"})
    with transaction.atomic():
        subjects.lock(pole.pk)
        found = gather(pole, month, by=by)
        made = Prepared(unpriced=found.unpriced)
        for group in _groups(pole, month):
            draft, changed = _draft(pole, month, group, day, by)
            made.drafts.append(draft)
            made.written += changed
        if made.written:
            data = {"month": month.code, "drafts": made.written, "charges": found.added}
            journal.record(pole.actor.subject, "service.prepared", by=by, data=data)
    return made


def gather(pole: Pole, month: Month, *, by: User | None) -> Gathered:
    """Write what is to bill in a month and was not yet, inside the transaction of the caller."""
    found = Gathered()
    search = Search(pole, month, found.unpriced)
    rows = [row for row in search.all() if row.seller_id != row.buyer_id and row.unit_cents > 0]
    known = set(
        Charge.objects.filter(pole=pole, origin__in=[row.origin for row in rows]).values_list(
            "origin", flat=True
        )
    )
    new = [row for row in {row.origin: row for row in rows}.values() if row.origin not in known]
    for row in new:
        row.by = by
    Charge.objects.bulk_create(new, batch_size=_BATCH)
    found.added = len(new)
    return found


def add(  # noqa: PLR0913 - keyword-only: each is a part of what is typed
    pole: Pole,
    *,
    seller: Actor,
    buyer: Actor,
    on: date,
    label: str,
    unit_cents: int,
    key: str,
    by: User | None,
    thousandths: int = 1000,
    unit: str = "",
    kind: str = Invoice.Kind.SERVICE,
) -> Charge:
    """Write by hand something to bill; ``key`` of the form: counted once."""
    if seller.pk == buyer.pk:
        words = _("Qui vend et qui achète sont le même acteur.")
        raise DomainError("same_party", words, facts={"field": "buyer"})
    if not label.strip() or unit_cents <= 0 or thousandths <= 0:
        words = _("Dites quoi, combien et à quel prix.")
        raise DomainError("incomplete", words, facts={"field": "label"})
    row = Charge(pole=pole, kind=kind, seller=seller, buyer=buyer, on=on, label=label.strip()[:300], by=by)
    row.thousandths, row.unit, row.unit_cents, row.origin = thousandths, unit[:20], unit_cents, f"typed:{key}"
    with transaction.atomic():
        subjects.lock(pole.pk)
        if held := Charge.objects.filter(pole=pole, origin=row.origin).first():
            return held
        row.save(force_insert=True)
        data = {"charge": row.pk.hex, "buyer": buyer.pk.hex, "cents": row.net_cents}
        journal.record(pole.actor.subject, "service.added", by=by, data=data)
    return row


def drop(charge: Charge, *, reason: str, by: User | None) -> None:
    """Say why something is not billed; refused once it stands in an invoice."""
    if not reason.strip():
        raise DomainError("reason_needed", _("Dites pourquoi."), facts={"field": "reason"})
    with transaction.atomic():
        subjects.lock(charge.pole_id)
        rows = waiting(charge.pole).filter(pk=charge.pk)
        if not rows.exists():
            raise DomainError("billed_already", _("C'est déjà facturé, ou écarté."), status=409)
        Charge.objects.filter(pk=charge.pk).update(dropped_at=timezone.now(), reason=reason.strip()[:200])
        data = {"charge": charge.pk.hex, "reason": reason.strip()[:200]}
        journal.record(charge.pole.actor.subject, "service.dropped", by=by, data=data)


def waiting(pole: Pole) -> QuerySet[Charge]:
    """Return what is to bill and stands in no invoice, or in one that was cancelled; the oldest first."""
    free = Q(invoice=None) | Q(invoice__state=Invoice.State.CANCELLED)
    rows = Charge.objects.filter(free, pole=pole, dropped_at=None)
    return rows.select_related("seller", "buyer").order_by("on", "pk")


@dataclass(frozen=True, slots=True)
class _Group:
    """What goes in one invoice."""

    kind: str
    seller: Actor
    buyer: Actor
    purpose: UUID | None
    charges: tuple[Charge, ...]

    def origin(self, month: Month, turn: int) -> str:
        """Return what makes the invoice of a month one."""
        parts = (self.seller.pk.hex, self.buyer.pk.hex, self.purpose.hex if self.purpose else "")
        key = sha256(":".join(parts).encode()).hexdigest()[:32]
        return f"month:{self.kind}:{month.code}:{key}" + (f":{turn}" if turn > 1 else "")


def _groups(pole: Pole, month: Month) -> list[_Group]:
    """Return what waits, and what stands in a draft of the month, by seller, buyer, kind and business."""
    free = Q(invoice=None) | Q(invoice__state=Invoice.State.CANCELLED)
    draft = Q(invoice__state=Invoice.State.DRAFT, invoice__origin__contains=f":{month.code}:")
    rows = Charge.objects.filter(free | draft, pole=pole, dropped_at=None, on__lt=month.next)
    near = ("seller__subject", "buyer__subject", "invoice")
    found: defaultdict[tuple[str, UUID, UUID, UUID | None], list[Charge]] = defaultdict(list)
    for row in rows.select_related(*near).order_by("on", "pk"):
        purpose = row.purpose_id if row.kind == Invoice.Kind.COMMISSION else None
        found[row.kind, row.seller_id, row.buyer_id, purpose].append(row)
    return [
        _Group(kind, charges[0].seller, charges[0].buyer, purpose, tuple(charges))
        for (kind, _seller, _buyer, purpose), charges in found.items()
    ]


def _draft(pole: Pole, month: Month, group: _Group, today: date, by: User | None) -> tuple[Invoice, bool]:
    """Return the draft of a group, written or completed; and whether it changed."""
    turn = 1
    while (
        held := Invoice.objects.filter(pole=pole, origin=group.origin(month, turn))
        .exclude(state=Invoice.State.CANCELLED)
        .first()
    ) is not None and held.state != Invoice.State.DRAFT:
        turn += 1
    inside = {row.pk for row in group.charges if held is not None and row.invoice_id == held.pk}
    if held is not None and len(inside) == len(group.charges):
        return held, False
    lines = _lines(one for one in group.charges if one.pk not in inside)
    on = max(min(month.last, today), month.first)
    label = _("Services, %(month)s") if group.kind == Invoice.Kind.SERVICE else _("Commission, %(month)s")
    if held is not None:
        row = actions.rewrite(
            held,
            seen=held.version,
            lines=[*actions.lines_of(held), *lines],
            on=held.on,
            due=held.due,
            label=held.label,
            by=by,
        )
    else:
        row = actions.draft(
            pole,
            kind=group.kind,
            seller=group.seller,
            buyer=group.buyer,
            on=on,
            lines=lines,
            label=label % {"month": month.name},
            purpose=None,
            origin=group.origin(month, turn),
            period=(month.first, month.last),
            by=by,
        )
        if group.purpose is not None:
            Invoice.objects.filter(pk=row.pk).update(purpose=group.purpose)
    Charge.objects.filter(pk__in=[one.pk for one in group.charges]).update(invoice=row)
    return row, True


def _lines(charges: Iterable[Charge]) -> list[rules.Line]:
    rows = list(charges)
    if len(rows) <= _MOST_LINES:
        return [rules.Line(row.label, row.unit_cents, row.thousandths, row.unit, row.vat) for row in rows]
    sums: dict[tuple[str, rules.Vat | None], int] = defaultdict(int)
    for row in rows:
        sums[row.label.partition(",")[0], row.vat] += row.net_cents
    return [rules.Line(label, cents, vat=vat) for (label, vat), cents in sums.items()]
