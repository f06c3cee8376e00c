"""What is owed and what is settled, in few queries whatever the rows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import BigIntegerField, Case, F, OuterRef, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce

from terreau.billing import rules
from terreau.billing.models import Invoice, Settlement
from terreau.billing.settling import left, settled
from terreau.poles.models import Pole


@dataclass(frozen=True, slots=True)
class Open:
    """An invoice with what is left to pay, in cents, and by how many days it is late."""

    invoice: Invoice
    left_cents: int
    late_days: int


def with_left(rows: QuerySet[Invoice]) -> QuerySet[Any]:
    """Return the invoices with ``left_cents``: to pay; below zero for what a credit note still owes back."""
    mine = Settlement.objects.filter(invoice=OuterRef("pk")).order_by().values("invoice")
    theirs = Settlement.objects.filter(credit=OuterRef("pk")).order_by().values("credit")
    zero, whole = 0, BigIntegerField()
    return rows.annotate(
        settled_cents=Coalesce(Subquery(mine.annotate(s=Sum("cents")).values("s"), output_field=whole), zero),
        applied_cents=Coalesce(
            Subquery(theirs.annotate(s=Sum("cents")).values("s"), output_field=whole), zero
        ),
    ).annotate(
        left_cents=Case(
            When(credits=None, then=F("gross_cents") - F("settled_cents")),
            default=F("gross_cents") + F("applied_cents") + F("settled_cents"),
            output_field=whole,
        )
    )


def open_invoices(
    pole: Pole, *, on: date, kinds: Collection[str] | None = None, notes: bool = False
) -> list[Open]:
    """Return the issued invoices of a pole of which something is left to pay, the oldest due first.

    One query, seller and buyer joined. ``notes``: with credit notes that owe something back, below zero.
    """
    rows = with_left(Invoice.objects.filter(pole=pole, state=Invoice.State.ISSUED))
    if kinds is not None:
        rows = rows.filter(kind__in=list(kinds))
    if not notes:
        rows = rows.filter(credits=None)
    rows = (
        rows.exclude(left_cents=0)
        .select_related("seller", "buyer")
        .order_by(F("due").asc(nulls_last=True), "number")
    )
    return [Open(row, row.left_cents, rules.late_days(row.due, on)) for row in rows]


__all__ = ["Open", "left", "open_invoices", "settled", "with_left"]
