"""A proposal of netting: computed over what is owed today, written once, made again when somebody is out.

The solver runs before any lock is taken; what it was given is read again under the lock of the pole, and the
whole is computed again when something moved meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.errors import DomainError
from terreau.exchanges.written import tell_people
from terreau.journal.actions import record
from terreau.netting import proposal, read, settling, solver, taking_part
from terreau.netting.models import Consent, Line, Round
from terreau.netting.proposal import Cut, Owed
from terreau.poles.models import Pole
from terreau.subjects import actions as subjects

#: Days that people have to answer, and the most that an animator may give.
DAYS: Final = 10
MOST_DAYS: Final = 60
_TURNS: Final = 3
_State = Round.State


def propose(
    pole: Pole,
    *,
    today: date,
    by: User | None,
    expires_on: date | None = None,
    due_until: date | None = None,
) -> Round:
    """Compute the best netting between those who take part and write it; one waits at a time.

    Raises ``DomainError``: ``already_waits``, ``nothing_to_net``, ``too_long`` (409), an unfit date.
    """
    expires = expires_on or today + timedelta(days=DAYS)
    _check(today, expires)
    _nothing_waits(pole)
    return _made(_Plan(pole, today, expires, due_until, frozenset(), by))


def again(  # noqa: PLR0913 - keyword-only: who is out, why, when
    row: Round, *, without: Collection[UUID], today: date, by: User | None, why: str, state: str = ""
) -> Round | None:
    """End a proposal that waits and make it again without some actors, in one breath.

    ``None`` when nothing is left to cancel: the proposal is then over. Those of whom the new one asks exactly
    the same are not asked again, their word holds; when all of them had agreed, it is settled at once.
    """
    left_out = frozenset(without) | frozenset(row.without.values_list("pk", flat=True))
    expires = today + timedelta(days=max(1, (row.expires_on - row.on).days))
    plan = _Plan(row.pole, today, expires, row.due_until, left_out, by, row, state or _State.REPLACED, why)
    try:
        return _made(plan)
    except DomainError as error:
        if error.code != "nothing_to_net":
            raise
    with transaction.atomic():
        subjects.lock(row.pole_id)
        end(row, state or _State.REPLACED, why, by=by)
    return None


def withdraw(row: Round, *, reason: str, by: User) -> Round:
    """Take a proposal back while it waits; nothing was settled, nothing is."""
    why = reason.strip()[:300]
    if not why:
        raise DomainError("reason_needed", _("Dites pourquoi."), facts={"field": "reason"})
    with transaction.atomic():
        subjects.lock(row.pole_id)
        end(row, _State.WITHDRAWN, why, by=by)
    return fresh(row)


def end(row: Round, state: str, why: str, *, by: User | None) -> None:
    """End a proposal that waits, under the lock of its pole; raise 409 when it waits no longer."""
    rows = Round.objects.filter(pk=row.pk, state=_State.PROPOSED)
    if not rows.update(state=state, ended_at=timezone.now(), why=why[:300], version=F("version") + 1):
        raise DomainError("not_waiting", _("Cette proposition n'attend plus de réponse."), status=409)
    data = {"round": row.pk.hex, "number": row.number}
    record(row.pole.actor.subject, f"netting.{state}", by=by, data=data)


def fresh(row: Round) -> Round:
    """Return a proposal as it stands, with its pole."""
    return Round.objects.select_related("pole__actor__subject", "after").get(pk=row.pk)


def path(row: Round) -> str:
    """Return the French address of a proposal."""
    return f"/poles/{row.pole.slug}/espace/compensations/{row.pk}/"


def _check(today: date, expires: date) -> None:
    if expires <= today:
        words = _("Laissez au moins un jour pour répondre.")
        raise DomainError("too_soon", words, facts={"field": "expires_on"})
    if (expires - today).days > MOST_DAYS:
        words = _("Laissez au plus %(days)d jours pour répondre : d'ici là, des factures seront payées.")
        raise DomainError("too_far", words % {"days": MOST_DAYS}, facts={"field": "expires_on"})


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a proposal is made of; ``after`` is ended as ``state`` because of ``why`` when it is written."""

    pole: Pole
    today: date
    expires: date
    due_until: date | None
    without: frozenset[UUID]
    by: User | None
    after: Round | None = None
    state: str = ""
    why: str = ""


def _made(plan: _Plan) -> Round:
    """Compute outside any lock, write under the lock of the pole what was computed over the same invoices."""
    for _turn in range(_TURNS):
        given = _given(plan)
        found = _solved(*given)
        with transaction.atomic():
            subjects.lock(plan.pole.pk)
            if _given(plan) != given:
                continue
            if plan.after is not None:
                end(plan.after, plan.state, plan.why, by=plan.by)
            _nothing_waits(plan.pole)
            row = _written(plan, found)
            _keep_words(row, found)
            settling.settle_if_agreed(row, found, today=plan.today)
        return fresh(row)
    words = _("Des factures changent en ce moment même : recommencez dans un instant.")
    raise DomainError("moving", words, status=409)


def _given(plan: _Plan) -> tuple[list[Owed], frozenset[UUID]]:
    among = taking_part.participants(plan.pole, on=plan.today) - plan.without
    if len(among) < 2:
        return [], among
    return read.owed(plan.pole, on=plan.today, due_until=plan.due_until), among


def _solved(owed: list[Owed], among: frozenset[UUID]) -> list[Cut]:
    try:
        found = proposal.propose(owed, among=among)
    except solver.TooLong as error:
        words = _("Il y a trop de factures pour une seule fois : limitez-vous aux plus anciennes.")
        raise DomainError("too_long", words, facts={"field": "due_until"}, status=409) from error
    except solver.Failed as error:
        words = _("Le calcul n'a pas abouti : recommencez dans un instant.")
        raise DomainError("solver_failed", words, status=503) from error
    if any(one.cleared for one in found):
        return found
    if len(among) < 2:
        words = _("Il faut au moins deux organisations qui prennent part aux compensations.")
    else:
        words = _("Rien ne se compense : aucune suite de factures ne revient à son point de départ.")
    raise DomainError("nothing_to_net", words, status=409)


def _nothing_waits(pole: Pole) -> None:
    if read.waiting(pole) is not None:
        words = _("Une proposition attend déjà des réponses dans ce pôle : attendez ou retirez-la d'abord.")
        raise DomainError("already_waits", words, status=409)


def _written(plan: _Plan, found: list[Cut]) -> Round:
    last = Round.objects.filter(pole=plan.pole).aggregate(last=Max("number"))["last"] or 0
    row = Round.objects.create(
        pole=plan.pole,
        number=last + 1,
        on=plan.today,
        expires_on=plan.expires,
        due_until=plan.due_until,
        total_cents=sum(one.before for one in found),
        cleared_cents=sum(one.cleared for one in found),
        after=plan.after,
        by=plan.by,
    )
    row.without.set(Actor.objects.filter(pk__in=plan.without))
    Line.objects.bulk_create(
        [_line(row, rank, one) for rank, one in enumerate(found, start=1)], batch_size=500
    )
    data = {"round": row.pk.hex, "number": row.number, "cleared_cents": row.cleared_cents}
    record(plan.pole.actor.subject, "netting.proposed", by=plan.by, data=data)
    return row


def _line(row: Round, rank: int, one: Cut) -> Line:
    return Line(
        round=row,
        rank=rank,
        invoice_id=one.invoice,
        debtor_id=one.debtor,
        creditor_id=one.creditor,
        before_cents=one.before,
        after_cents=one.after,
    )


def _keep_words(row: Round, found: list[Cut]) -> None:
    """Keep the yes of those of whom nothing else is asked, and tell the others that they are asked."""
    asked = set(proposal.concerned(found))
    if row.after is not None:
        before = read.cuts(read.lines(row.after))
        yes = read.agreed(row.after)
        held = {actor for actor in asked & yes if proposal.unchanged(before, found, actor)}
        said = row.after.consents.filter(actor__in=held, agrees=True).order_by("pk")
        Consent.objects.bulk_create(
            Consent(round=row, actor_id=one.actor_id, agrees=True, kept=True, at=one.at, by_id=one.by_id)
            for one in said
        )
        asked -= held
    words = gettext_lazy("Une compensation de vos factures est proposée : répondez jusqu'au {day}.")
    told = format_lazy(words, day=lazy(date_format, str)(row.expires_on))
    tell_people(asked, "netting", told, path=path(row), but=None, subject=row.pole.actor.subject)
