"""Where the money of a dossier is: one reading, said alike to the applicant and to the officer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.agreements.models import Agreement, Deed, Instalment, Payment, PaymentRequest, Recovery
from terreau.agreements.plan import rules_of
from terreau.dossiers import states
from terreau.dossiers.models import Dossier, Transition
from terreau.envelopes import read as envelopes

DONE, NOW, TO_COME, STOPPED = "done", "now", "to_come", "stopped"
#: Days within which a request is checked and paid when the call does not say.
_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the money: where it stands, since when, how much (cents)."""

    code: str
    label: str
    standing: str
    on: date | None = None
    cents: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Money:
    """Sums of a dossier in cents; ``where``: the steps of its money in order.

    ``due``: what is accepted and not paid yet; ``recovered``: what was given back.
    """

    asked: int | None
    awarded: int | None
    agreed: int | None
    paid: int
    due: int
    recovered: int
    where: tuple[Step, ...] = field(default=())

    @property
    def left(self) -> int:
        """What the agreement still gives."""
        return max(0, (self.agreed or 0) - self.paid)

    @property
    def now(self) -> Step | None:
        """The step that the money waits at."""
        return next((one for one in self.where if one.standing in {NOW, STOPPED}), None)


@dataclass(frozen=True, slots=True)
class Part:
    """An instalment with its last request and what was paid for it (cents)."""

    instalment: Instalment
    request: PaymentRequest | None
    paid: int
    payments: tuple[Payment, ...]

    @property
    def unasked(self) -> bool:
        """Say whether no request holds it."""
        return self.request is None or self.request.state in {"refused", "withdrawn"}

    @property
    def open(self) -> bool:
        """Say whether it may be asked now."""
        return self.unasked and self.instalment.dropped_at is None

    @property
    def gone(self) -> bool:
        """Say whether it is no longer due: dropped before any request held it."""
        return self.unasked and self.instalment.dropped_at is not None


def agreement_of(dossier: Dossier) -> Agreement | None:
    """Return the agreement of a dossier, those given up aside: one query."""
    rows = Agreement.objects.filter(dossier=dossier).exclude(state=Agreement.State.CANCELLED)
    return rows.select_related("subject", "dossier__call__programme", "programme").first()


def deeds_of(agreement: Agreement) -> list[Deed]:
    """Return the deeds of an agreement, the first one first: one query, without their bytes."""
    return list(Deed.objects.filter(agreement=agreement).defer("document").order_by("number"))


def shown(deeds: Sequence[Deed]) -> Deed | None:
    """Return the deed that a page tells: the one that waits, else the last in force, else one given up."""
    for states_ in ({Deed.State.DRAFT, Deed.State.FROZEN}, {Deed.State.IN_FORCE}, {Deed.State.CANCELLED}):
        if found := [one for one in deeds if one.state in states_]:
            return found[-1]
    return None


def parts(agreement: Agreement) -> list[Part]:
    """Return the schedule of an agreement with what became of each instalment: three queries."""
    rows = Instalment.objects.filter(agreement=agreement).order_by("rank", "id")
    requests: dict[UUID, list[PaymentRequest]] = defaultdict(list)
    for one in PaymentRequest.objects.filter(agreement=agreement).order_by("number"):
        requests[one.instalment_id].append(one)
    paid: dict[UUID, list[Payment]] = defaultdict(list)
    made_all = Payment.objects.filter(request__agreement=agreement).select_related("noted", "reversed_by")
    for payment in made_all.order_by("id"):
        paid[payment.request_id].append(payment)
    found = []
    for row in rows:
        mine = requests.get(row.pk, [])
        if row.dropped_at and not mine:
            continue
        made = tuple(payment for one in mine for payment in paid.get(one.pk, ()))
        found.append(Part(row, mine[-1] if mine else None, sum(one.cents for one in made), made))
    return found


def money(dossier: Dossier) -> Money:
    """Return where the money of a dossier is: seven queries."""
    agreement = agreement_of(dossier)
    return money_of(dossier, agreement, parts(agreement) if agreement else [])


def money_of(dossier: Dossier, agreement: Agreement | None, rows: Sequence[Part]) -> Money:
    """Return where the money of a dossier is, its agreement and its schedule being read: three queries."""
    held = envelopes.held(dossier)
    paid = sum(one.paid for one in rows)
    due = sum(
        (one.request.accepted_cents or 0) - one.paid
        for one in rows
        if one.request is not None and one.request.state == PaymentRequest.State.ACCEPTED
    )
    back = Recovery.objects.filter(agreement=agreement, state=Recovery.State.RECEIVED) if agreement else []
    moves = list(Transition.objects.filter(dossier=dossier).order_by("id").values_list("to_state", "at"))
    reached = {state: timezone.localdate(at) for state, at in moves}
    found = Money(
        dossier.asked_cents,
        held.committed or None,
        agreement.cents if agreement else None,
        paid,
        max(0, due),
        sum(one.cents for one in back),
    )
    where = _where(dossier, agreement, rows, found, reached)
    return Money(
        found.asked, found.awarded, found.agreed, found.paid, found.due, found.recovered, tuple(where)
    )


def _where(
    dossier: Dossier,
    agreement: Agreement | None,
    rows: Sequence[Part],
    found: Money,
    reached: dict[str, date],
) -> list[Step]:
    deposited = timezone.localdate(dossier.deposited_at) if dossier.deposited_at else None
    refused = dossier.state in {states.REFUSED, states.INADMISSIBLE, states.WITHDRAWN}
    chosen = dossier.state in states.CHOSEN
    signed = agreement is not None and agreement.state in {Agreement.State.SIGNED, Agreement.State.ENDED}
    steps = [
        Step("asked", _("Aide demandée"), DONE if deposited else NOW, deposited, dossier.asked_cents),
        Step(
            "decided",
            _("Décision"),
            STOPPED if refused else DONE if chosen else NOW if deposited else TO_COME,
            reached.get(states.LAUREATE) if chosen else None,
            found.awarded if chosen else None,
            str(dossier.get_state_display()) if refused else "",
        ),
        Step(
            "signed",
            _("Convention signée"),
            DONE if signed else NOW if chosen else TO_COME,
            agreement.valid_from if agreement and signed else None,
            found.agreed,
            "" if signed or agreement is None else str(agreement.get_state_display()),
        ),
    ]
    now = signed
    living = [one for one in rows if not one.gone]
    for one in living:
        step = _part_step(one, now=now)
        steps.append(step)
        now = now and step.standing == DONE
    if not living and (agreement is None or agreement.state != Agreement.State.ENDED):
        steps.append(Step("paid", _("Versements"), TO_COME))
    return steps


def _part_step(one: Part, *, now: bool) -> Step:
    row, request = one.instalment, one.request
    label = row.label or str(row.get_kind_display()).capitalize()
    if request is None or one.unasked:
        note = _("à demander") if now else ""
        return Step("instalment", label, NOW if now else TO_COME, row.due, row.cents, note)
    if request.state == PaymentRequest.State.PAID:
        last = one.payments[-1].paid_on if one.payments else None
        return Step("instalment", label, DONE, last, one.paid, _("versé"))
    note = str(request.get_state_display())
    day = timezone.localdate(request.checked_at or request.sent_at)
    return Step("instalment", label, NOW, day, request.accepted_cents or request.cents, note)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request as the desk of payments lists it; ``late`` says by how many days, none when it is not."""

    request: PaymentRequest
    paid: int
    by: date
    today: date

    @property
    def late(self) -> int:
        """Days since it should have been paid."""
        return max(0, (self.today - self.by).days)

    @property
    def left(self) -> int:
        """What is to be paid (accepted) or asked (not checked yet), in cents."""
        return (self.request.accepted_cents or self.request.cents) - self.paid


def desk(scope: Q, *, today: date) -> list[Waiting]:
    """Return the requests to check and to pay of some calls, the oldest first: three queries."""
    rows = _requests(scope).filter(state__in=["sent", "accepted"]).order_by("sent_at", "id")
    found = list(rows)
    paid = _paid_by_request([one.pk for one in found])
    return [_waiting(one, paid.get(one.pk, 0), today) for one in found]


def overdue(scope: Q, *, today: date) -> list[Instalment]:
    """Return the instalments whose day passed and that nobody asked: one query."""
    rows = Instalment.objects.filter(dropped_at=None, due__lt=today, agreement__state="signed")
    rows = rows.filter(agreement__dossier__in=Dossier.objects.filter(scope)).exclude(
        requests__state__in=["sent", "returned", "accepted", "paid"]
    )
    rows = rows.select_related("agreement__dossier__call", "agreement__dossier__applicant")
    return list(rows.order_by("due", "id")[:500])


def history(scope: Q) -> QuerySet[Payment]:
    """Return what was paid, the last first."""
    rows = Payment.objects.filter(request__agreement__dossier__in=Dossier.objects.filter(scope))
    return rows.select_related(
        "request__agreement__dossier__call", "request__agreement__dossier__applicant", "request__instalment"
    ).order_by("-paid_on", "-id")


def _requests(scope: Q) -> QuerySet[PaymentRequest]:
    rows = PaymentRequest.objects.filter(agreement__dossier__in=Dossier.objects.filter(scope))
    return rows.select_related(
        *("agreement__dossier__call__money_rules", "agreement__dossier__applicant", "instalment"),
        "agreement__dossier__pole__actor",
    )


def _paid_by_request(keys: Sequence[UUID]) -> dict[UUID, int]:
    found: dict[UUID, int] = defaultdict(int)
    for request, cents in Payment.objects.filter(request__in=keys).values_list("request", "cents"):
        found[request] += cents
    return found


def _waiting(one: PaymentRequest, paid: int, today: date) -> Waiting:
    dossier = one.agreement.dossier
    rules = getattr(dossier.call, "money_rules", None) if dossier else None
    days = (rules.pay_days if rules else None) or _DAYS
    return Waiting(one, paid, timezone.localdate(one.sent_at) + timedelta(days=days), today)


def pay_days(dossier: Dossier) -> tuple[int, bool]:
    """Return within how many days a request is paid, and whether the call says it."""
    said = rules_of(dossier.call).pay_days
    return said or _DAYS, said is not None
