"""What follows a call: what is paid and left, reminders, exemptions after the fact (R-103)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Max, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.billing import actions as billing
from terreau.billing import rules as invoices
from terreau.billing.models import Invoice, Settlement
from terreau.billing.read import left, with_left
from terreau.common.errors import DomainError
from terreau.common.inserting import insert
from terreau.exchanges.written import people_of
from terreau.fees.models import CalledFee, Reminder
from terreau.journal.actions import record
from terreau.notices.actions import tell
from terreau.poles.models import Pole
from terreau.subjects import actions as subjects


@dataclass(frozen=True, slots=True)
class Owed:
    """A fee that was called, as it stands: ``left`` to pay, ``late`` by days, reminded so many times."""

    fee: CalledFee
    left: int
    late: int
    reminders: int
    reminded_on: date | None

    @property
    def state(self) -> str:
        """``free``, ``cancelled``, ``paid``, ``late`` or ``open``."""
        if self.fee.invoice is None:
            return "free"
        if self.fee.invoice.state == Invoice.State.CANCELLED:
            return "cancelled"
        if self.left <= 0:
            return "paid"
        return "late" if self.late else "open"

    @property
    def whole_year(self) -> bool:
        """Whether the period is a civil year."""
        first, last = self.fee.first, self.fee.call.last
        return (first.month, first.day, last.month, last.day, first.year) == (1, 1, 12, 31, last.year)

    @property
    def words(self) -> str:
        """The state in words."""
        return {
            "free": _("rien à payer"),
            "cancelled": _("annulée"),
            "paid": _("réglée"),
            "late": _("en retard"),
            "open": _("à payer"),
        }[self.state]


def owed(rows: QuerySet[CalledFee], *, on: date) -> list[Owed]:
    """Return fees as they stand, by name: two queries whatever the rows."""
    found = list(
        rows.filter(void_at=None)
        .select_related("actor", "call", "call__seller", "invoice", "pole__actor")
        .annotate(times=Count("reminders"), last_on=Max("reminders__on"))
        .order_by("-first", "actor__sort_key", "pk")
    )
    keys = [row.invoice_id for row in found if row.invoice_id]
    rest = (
        dict(with_left(Invoice.objects.filter(pk__in=keys)).values_list("pk", "left_cents")) if keys else {}
    )
    return [_owed(row, rest, on) for row in found]


def _owed(row: Any, rest: dict[UUID, int], on: date) -> Owed:
    cents = rest.get(row.invoice_id, 0)
    if row.invoice is not None and row.invoice.state == Invoice.State.CANCELLED:
        cents = 0
    late = invoices.late_days(row.invoice.due, on) if row.invoice is not None and cents > 0 else 0
    return Owed(row, cents, late, row.times, row.last_on)


def receipts(row: CalledFee) -> list[Settlement]:
    """Return what was paid in money of a fee, what was undone left out."""
    if row.invoice is None:
        return []
    unpaid = {Settlement.How.CREDIT_NOTE, Settlement.How.GIVEN_UP}
    found = Settlement.objects.filter(invoice=row.invoice, reverses=None, reversed_by=None)
    return list(found.exclude(how__in=unpaid).order_by("on", "pk"))


def remind(pole: Pole, fees: Collection[UUID], *, on: date, by: User) -> tuple[list[Reminder], list[str]]:
    """Remind of unpaid fees: a notice to the people of each member, a line in the log, a letter to print.

    Never twice the same day, whoever presses. Returns the reminders and the names of who was left out:
    paid meanwhile, or reminded today.
    """
    rows = CalledFee.objects.filter(pole=pole, pk__in=fees)
    made, out = [], []
    for one in owed(rows, on=on):
        row = _remind(one, on, by) if one.left > 0 else None
        if row is None:
            out.append(one.fee.actor.name)
        else:
            made.append(row)
    return made, out


def _remind(one: Owed, on: date, by: User) -> Reminder | None:
    with transaction.atomic():
        subjects.lock(one.fee.pole_id)
        rest = left(one.fee.invoice) if one.fee.invoice else 0
        known = Reminder.objects.filter(fee=one.fee).order_by("-rank").first()
        if rest <= 0 or (known is not None and known.on >= on):
            return None
        people = people_of([one.fee.actor_id])
        rank = known.rank + 1 if known else 1
        row = Reminder(fee=one.fee, rank=rank, on=on, left_cents=rest, told=len(people), by=by)
        insert(row, "reminded")
        path = f"/poles/{one.fee.pole.slug}/espace/cotisations/dues/{one.fee.pk}/"
        words = gettext_lazy(
            "Votre cotisation n'est pas encore réglée : voici ce qui reste et comment payer."
        )
        for user in people:
            tell(
                user,
                "fee",
                words,
                subject=one.fee.pole.actor.subject,
                path=path,
                dedupe=f"fee:{one.fee.pk}:{on}",
            )
        data = {"fee": one.fee.pk.hex, "rank": rank, "left_cents": rest, "told": len(people)}
        record(one.fee.pole.actor.subject, "fees.reminded", by=by, data=data)
    return row


def exempt(row: CalledFee, *, cents: int | None, reason: str, by: User) -> Invoice:
    """Take back a called fee, whole or a part, by a credit note with its reason."""
    if row.invoice is None:
        raise DomainError("nothing_owed", _("Rien n'est dû : il n'y a rien à exonérer."), status=409)
    return billing.credit(row.invoice, cents=cents, reason=reason, by=by)


def log(pole: Pole) -> list[Reminder]:
    """Return the reminders of a pole, the latest first."""
    rows = Reminder.objects.filter(fee__pole=pole).select_related("fee__actor", "by")
    return list(rows.order_by("-on", "-pk")[:200])


def totals(rows: Sequence[Owed]) -> dict[str, int]:
    """Return what is called, settled, left and late, in cents."""
    living = [one for one in rows if one.state != "cancelled"]
    called = sum(one.fee.cents for one in living)
    rest = sum(max(0, one.left) for one in living)
    return {
        "called": called,
        "settled": called - rest,
        "left": rest,
        "late": sum(one.left for one in living if one.state == "late"),
    }
