"""Money between members: holdings, treasury advances and their repayments, guarantees (R-45).

What is paid is a line of the ledger; this room keeps only what ties the lines together, so that nothing is
written twice. Who reads and writes: the parties, and those who animate the pole.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.errors import DomainError
from terreau.common.money import Euro
from terreau.common.periods import plus_months
from terreau.cooperations import ledger, rules
from terreau.cooperations.models import Cooperation, Financing, FinancingMove
from terreau.flows.rules import CASH, MOST_CENTS, Entry
from terreau.journal.actions import record
from terreau.poles.models import Pole
from terreau.poles.workspace import Workspace
from terreau.subjects import actions as subjects

_KIND, _WHAT = Financing.Kind, FinancingMove.What


@dataclass(frozen=True, slots=True)
class Balance:
    """Cents paid, given back and called of a financing; lines that were corrected count for nothing."""

    paid: int = 0
    repaid: int = 0
    called: int = 0

    @property
    def owed(self) -> int:
        """What is still to give back."""
        return rules.owed(self.paid, self.repaid)


def open_(  # noqa: PLR0913 - keyword-only: each is a part of a financing
    pole: Pole,
    kind: str,
    giver: Actor,
    receiver: Actor,
    *,
    since: date,
    today: date,
    by: User,
    cents: int | None = None,
    share: int | None = None,
    paid: bool = False,
    due_on: date | None = None,
    parts: int = 1,
    creditor: Actor | None = None,
    cooperation: Cooperation | None = None,
    note: str = "",
) -> Financing:
    """Write a holding, an advance or a guarantee; an advance is paid that day, a holding when ``paid``.

    ``parts``: in how many equal monthly repayments an advance is given back, the last on ``due_on``.

    Raises ``DomainError``: the same actor twice, no amount, a day to come, an end before the beginning, a
    holding that is known already (409), what the ledger refuses.
    """
    _check(kind, giver, receiver, since, today, cents, share, due_on)
    _check_parts(kind, parts, since, due_on)
    row = Financing(
        pole=pole,
        kind=kind,
        giver=giver,
        receiver=receiver,
        creditor=creditor if kind == _KIND.GUARANTEE else None,
        cooperation=cooperation,
        cents=cents,
        share=share if kind == _KIND.HOLDING else None,
        since=since,
        due_on=due_on,
        parts=parts,
        note=note.strip()[:500],
        by=by,
    )
    with transaction.atomic():
        subjects.lock(pole.pk)
        _insert(row)
        if kind == _KIND.ADVANCE or (kind == _KIND.HOLDING and paid and cents):
            _pay(row, _WHAT.PAID, giver, receiver, cents or 0, on=since, today=today, by=by)
        data = {"financing": row.pk.hex, "kind": kind, "giver": giver.pk.hex, "receiver": receiver.pk.hex}
        record(pole.actor.subject, "financing.opened", by=by, data=data)
    return row


def repay(row: Financing, cents: int, *, on: date, today: date, by: User) -> Financing:
    """Give back a part of an advance; given back whole, it ends that day. Never more than what is owed."""
    if row.kind != _KIND.ADVANCE:
        raise DomainError("no_repayment", _("Seule une avance se rembourse."), status=409)
    with transaction.atomic():
        subjects.lock(row.pole_id)
        fresh = _living(row)
        left = balances([fresh.pk])[fresh.pk].owed
        _within(cents, left, _("Il reste %(left)s à rembourser."))
        _pay(fresh, _WHAT.REPAID, fresh.receiver, fresh.giver, cents, on=on, today=today, by=by)
        record(
            row.pole.actor.subject, "financing.repaid", by=by, data={"financing": row.pk.hex, "cents": cents}
        )
        if cents == left:
            _close(fresh, max(on, fresh.since), _("remboursée"), by)
    return _fresh(row)


def call(row: Financing, cents: int, *, on: date, today: date, by: User) -> Financing:
    """Say that a guarantee was called: the guarantor paid in the place of the one it stands for."""
    if row.kind != _KIND.GUARANTEE:
        raise DomainError("no_call", _("Seule une garantie s'appelle."), status=409)
    with transaction.atomic():
        subjects.lock(row.pole_id)
        fresh = _living(row)
        left = (fresh.cents or 0) - balances([fresh.pk])[fresh.pk].called
        _within(cents, left, _("La garantie couvre encore %(left)s."))
        whom = fresh.creditor or fresh.receiver
        _pay(fresh, _WHAT.CALLED, fresh.giver, whom, cents, on=on, today=today, by=by)
        record(
            row.pole.actor.subject, "financing.called", by=by, data={"financing": row.pk.hex, "cents": cents}
        )
    return _fresh(row)


def finish(row: Financing, *, on: date, reason: str, today: date, by: User) -> Financing:
    """End a financing and say why; an advance that is not given back may be given up, and it is said so."""
    if not reason.strip():
        raise DomainError("reason_needed", _("Dites pourquoi elle finit."), facts={"field": "reason"})
    if on > today:
        raise DomainError("to_come", _("Cette date est à venir."), facts={"field": "on"})
    if on < row.since:
        raise DomainError("ends_before", _("La fin suit le début."), facts={"field": "on"})
    with transaction.atomic():
        subjects.lock(row.pole_id)
        _close(_living(row), on, reason.strip()[:300], by)
    return _fresh(row)


def balances(ids: Iterable[UUID]) -> dict[UUID, Balance]:
    """Return what the ledger says of these financings (one query)."""
    wanted = list(ids)
    return added_up(wanted, moved(wanted))


def moved(ids: Iterable[UUID]) -> QuerySet[FinancingMove, tuple[UUID, str, int]]:
    """Return the sums of the ledger for these financings, one for each kind of move."""
    rows = FinancingMove.objects.filter(financing__in=list(ids), flow__reversed_by=None)
    return rows.values_list("financing", "what").annotate(cents=Sum("flow__cents")).order_by()


def added_up(wanted: Iterable[UUID], sums_of: Iterable[tuple[UUID, str, int]]) -> dict[UUID, Balance]:
    """Return the balance of each financing from what ``moved`` gave."""
    sums: defaultdict[UUID, dict[str, int]] = defaultdict(dict)
    for financing, what, cents in sums_of:
        sums[financing][what] = cents
    return {pk: Balance(**sums[pk]) for pk in wanted}


def seen_by(ws: Workspace) -> QuerySet[Financing]:
    """Return the financings that the person may read: all for who animates, else those of their actors."""
    rows = Financing.objects.filter(pole=ws.pole).select_related(
        "giver", "receiver", "creditor", "cooperation"
    )
    if ws.runs or ws.standing.animates:
        return rows
    mine = list(ws.standing.speaks_for)
    return rows.filter(Q(giver__in=mine) | Q(receiver__in=mine) | Q(creditor__in=mine))


def _check(  # noqa: PLR0913, PLR0917 - what is checked together
    kind: str,
    giver: Actor,
    receiver: Actor,
    since: date,
    today: date,
    cents: int | None,
    share: int | None,
    due_on: date | None,
) -> None:
    if kind not in _KIND.values:
        raise DomainError("unknown_kind", _("Cette nature n'existe pas."), facts={"field": "kind"})
    if giver.pk == receiver.pk:
        raise DomainError("same_party", _("Il faut deux organisations."), facts={"field": "receiver"})
    if since > today:
        raise DomainError("to_come", _("Cette date est à venir."), facts={"field": "since"})
    if due_on is not None and due_on < since:
        raise DomainError("ends_before", _("L'échéance suit le début."), facts={"field": "due_on"})
    if kind != _KIND.HOLDING and not cents:
        raise DomainError(
            "no_amount", _("Une avance ou une garantie a un montant."), facts={"field": "amount"}
        )
    if cents is not None and not 0 < cents <= MOST_CENTS:
        raise DomainError("bad_amount", _("Ce montant n'est pas possible."), facts={"field": "amount"})
    if share is not None and not 0 < share <= 10_000:
        message = _("Une part de capital va de 0,01 à 100 %.")
        raise DomainError("bad_share", message, facts={"field": "share"})


def _check_parts(kind: str, parts: int, since: date, due_on: date | None) -> None:
    """A schedule is that of an advance, ends on a day, and its first repayment follows the beginning."""
    if not 1 <= parts <= rules.MOST_PARTS:
        words = _("On rend une avance en 120 fois au plus.")
        raise DomainError("bad_parts", words, facts={"field": "parts"})
    if parts > 1 and (kind != _KIND.ADVANCE or due_on is None):
        words = _("Une avance rendue en plusieurs fois a une dernière échéance.")
        raise DomainError("no_last_day", words, facts={"field": "due_on"})
    if parts > 1 and due_on is not None and plus_months(due_on, 1 - parts) <= since:
        words = _("Le premier remboursement tomberait avant l'avance : moins de fois, ou plus tard.")
        raise DomainError("begins_before", words, facts={"field": "parts"})


def schedule(row: Financing) -> list[rules.Instalment]:
    """Return the days and cents of an advance to give back; none for anything else."""
    if row.kind != _KIND.ADVANCE:
        return []
    return rules.schedule(row.cents or 0, row.parts, row.due_on)


def late(row: Financing, balance: Balance, on: date) -> int:
    """Return the cents of an advance that should be given back by now and are not."""
    if row.ended_on is not None:
        return 0
    return max(0, rules.expected(schedule(row), on) - balance.repaid)


def _within(cents: int, left: int, words: str) -> None:
    if not 0 < cents <= left:
        raise DomainError("too_much", words % {"left": Euro(left)}, facts={"field": "amount", "left": left})


def _pay(  # noqa: PLR0913 - keyword-only after the parties
    row: Financing, what: str, giver: Actor, receiver: Actor, cents: int, *, on: date, today: date, by: User
) -> None:
    labels: Mapping[str, str] = {
        _WHAT.PAID: row.get_kind_display(),
        _WHAT.REPAID: _("Remboursement d'une avance de trésorerie"),
        _WHAT.CALLED: _("Appel d'une garantie"),
    }
    if on < row.since:
        raise DomainError("before", _("C'était avant le début."), facts={"field": "on"})
    number = FinancingMove.objects.filter(financing=row).count() + 1
    entry = Entry(
        giver=giver.pk,
        receiver=receiver.pk,
        nature=CASH,
        on=on,
        label=str(labels[what])[:300],
        cents=cents,
        purpose=row.cooperation_id,
        instrument="agreement" if what == _WHAT.PAID else "transfer",
        origin=f"financing:{row.pk.hex}:{number}",
    )
    flow = ledger.write(row.pole, entry, today=today, by=by)
    FinancingMove.objects.create(financing=row, what=what, flow=flow)


def _living(row: Financing) -> Financing:
    fresh = _fresh(row)
    if fresh.ended_on is not None:
        raise DomainError("ended", _("Cette coopération financière est déjà finie."), status=409)
    return fresh


def _fresh(row: Financing) -> Financing:
    return Financing.objects.select_related("pole__actor__subject", "giver", "receiver", "creditor").get(
        pk=row.pk
    )


def _close(row: Financing, on: date, reason: str, by: User) -> None:
    Financing.objects.filter(pk=row.pk).update(ended_on=on, end_reason=reason, version=F("version") + 1)
    record(row.pole.actor.subject, "financing.ended", by=by, data={"financing": row.pk.hex})


def _insert(row: Financing) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        message = _("Cette participation est déjà enregistrée : finissez-la avant d'en écrire une autre.")
        raise DomainError("holding_known", message, status=409, facts={"field": "receiver"}) from error
