"""A netting is settled when all agreed, whole or not at all; undone while nothing else moved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.billing import settling as billing
from terreau.billing.models import Invoice, Settlement
from terreau.common.errors import DomainError
from terreau.exchanges.written import tell_people
from terreau.journal.actions import record
from terreau.netting import proposal, read
from terreau.netting.models import Round
from terreau.netting.proposal import Cut
from terreau.subjects import actions as subjects

_State = Round.State


def settle_if_agreed(row: Round, found: Sequence[Cut], *, today: date) -> bool:
    """Settle a proposal when all whom it concerns agreed; call it under the lock of the pole.

    Every invoice is settled in the transaction of the caller, or none. Who agreed last is their author.
    Raises what ``billing.settling.settle`` raises, ``ValueError`` if an invoice does not end as proposed.
    """
    concerned = proposal.concerned(found)
    if not concerned <= read.agreed(row):
        return False
    last = row.consents.filter(agrees=True).order_by("-at", "-pk").select_related("by").first()
    by = last.by if last else None
    invoices = Invoice.objects.in_bulk([one.invoice for one in found if one.cleared])
    for rank, one in enumerate(found, start=1):
        if one.cleared:
            billing.settle(
                invoices[one.invoice],
                one.cleared,
                on=today,
                how=Settlement.How.NETTING,
                by=by,
                reference=f"C-{row.number}",
                origin=origin(row, rank),
            )
    left = read.left_now(list(invoices))
    if any(left.get(one.invoice) != one.after for one in found if one.cleared):
        raise ValueError("an invoice does not end as it was proposed")
    rows = Round.objects.filter(pk=row.pk, state=_State.PROPOSED)
    rows.update(state=_State.SETTLED, settled_on=today, ended_at=timezone.now(), version=F("version") + 1)
    data = {"round": row.pk.hex, "number": row.number, "cleared_cents": row.cleared_cents}
    record(row.pole.actor.subject, "netting.settled", by=by, data=data)
    words = gettext_lazy("La compensation n° {number} est réglée : le relevé pour votre comptable est prêt.")
    _tell(row, concerned, format_lazy(words, number=row.number), but=by)
    return True


def undo(row: Round, *, reason: str, by: User) -> Round:
    """Take a settled netting back whole: each invoice is owed again as before.

    Refused (409 ``moved_since``, ``facts["invoices"]``) once one of them was paid, credited or cancelled
    since: what is settled elsewhere stays settled.
    """
    why = reason.strip()[:300]
    if not why:
        raise DomainError("reason_needed", _("Dites pourquoi."), facts={"field": "reason"})
    with transaction.atomic():
        subjects.lock(row.pole_id)
        held = Round.objects.select_related("pole__actor__subject").get(pk=row.pk)
        if held.state != _State.SETTLED:
            raise DomainError("not_settled", _("Cette compensation n'est pas réglée."), status=409)
        found = [one for one in read.cuts(read.lines(held)) if one.cleared]
        _still(found)
        for one in settlements(held):
            billing.undo(one, reason=why, by=by)
        Round.objects.filter(pk=held.pk).update(
            state=_State.UNDONE, why=why, ended_at=timezone.now(), version=F("version") + 1
        )
        data = {"round": held.pk.hex, "number": held.number}
        record(held.pole.actor.subject, "netting.undone", by=by, data=data)
        words = gettext_lazy("La compensation n° {number} est annulée : vos factures sont dues comme avant.")
        _tell(held, proposal.concerned(found), format_lazy(words, number=held.number), but=by)
    held.refresh_from_db()
    return held


def may_undo(row: Round, found: Sequence[Cut]) -> bool:
    """Say whether nothing moved since a netting was settled: one query."""
    cleared = [one for one in found if one.cleared]
    left = read.left_now([one.invoice for one in cleared])
    return row.state == _State.SETTLED and all(left.get(one.invoice) == one.after for one in cleared)


def settlements(row: Round) -> list[Settlement]:
    """Return what a netting settled, invoice by invoice: one query."""
    rows = Settlement.objects.filter(origin__startswith=f"netting:{row.pk.hex}:", reverses=None)
    return list(rows.select_related("invoice").order_by("pk"))


def origin(row: Round, rank: int) -> str:
    """Return the name under which a line is settled, once for all."""
    return f"netting:{row.pk.hex}:{rank}"


def _still(found: Sequence[Cut]) -> None:
    left = read.left_now([one.invoice for one in found])
    if other := [one.invoice for one in found if left.get(one.invoice) != one.after]:
        rows = Invoice.objects.filter(pk__in=other).order_by("number")
        names = ", ".join(row.name for row in rows[:5])
        words = _("Depuis, autre chose a changé sur : %(names)s. Faites plutôt un avoir ou un paiement.")
        facts = {"invoices": sorted(pk.hex for pk in other)}
        raise DomainError("moved_since", words % {"names": names}, facts=facts, status=409)


def _tell(row: Round, actors: frozenset[UUID], text: object, *, but: User | None) -> None:
    path = f"/poles/{row.pole.slug}/espace/compensations/{row.pk}/"
    tell_people(actors, "netting", text, path=path, but=but, subject=row.pole.actor.subject)
