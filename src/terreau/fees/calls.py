"""Calling the fees of a period: seen first, then all written or none, once whoever presses (R-103).

What was seen is signed by a digest: when a figure, a member or a call changed meanwhile, nothing is written
and the person looks again. The same form sent twice is one call.
"""

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.billing import actions as billing
from terreau.billing import rules as invoices
from terreau.billing.models import Invoice
from terreau.common.errors import DomainError, StaleWriteError
from terreau.common.inserting import insert
from terreau.exchanges.written import tell_people
from terreau.fees import payers as paying
from terreau.fees import rules, scales, wording
from terreau.fees.documents import Sheet
from terreau.fees.models import CalledFee, FeeCall, ScaleVersion
from terreau.fees.payers import Member
from terreau.fees.rules import Fee
from terreau.journal.actions import record
from terreau.poles.models import Carrier, Pole
from terreau.subjects import actions as subjects


@dataclass(frozen=True, slots=True)
class Row:
    """A member in a call that is being prepared; ``called`` when its fee of the period is called already."""

    member: Member
    fee: Fee
    called: CalledFee | None = None

    @property
    def ready(self) -> bool:
        """Whether it can be called."""
        return self.called is None and self.fee.cents is not None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a call would write."""

    scale: ScaleVersion
    sheet: Sheet
    first: date
    last: date
    rows: tuple[Row, ...]

    @property
    def ready(self) -> list[Row]:
        """Those that can be called."""
        return [one for one in self.rows if one.ready]

    @property
    def unknown(self) -> list[Row]:
        """Those whose fee cannot be computed."""
        return [one for one in self.rows if one.called is None and one.fee.cents is None]

    @property
    def total(self) -> int:
        """What would be called, in cents."""
        return sum(one.fee.cents or 0 for one in self.ready)

    @property
    def digest(self) -> str:
        """What the person saw: who, how much, and who is called already."""
        told = [
            [str(one.member.actor.pk), one.fee.cents, str(one.called.pk) if one.called else ""]
            for one in self.rows
        ]
        text = json.dumps([self.scale.pk, self.first.isoformat(), self.last.isoformat(), told])
        return hashlib.sha256(text.encode()).hexdigest()


def sellers(pole: Pole, *, on: date) -> list[Actor]:
    """Return who may call the fees: the pole first when it has a number of its own, else who carries it."""
    carriers = Carrier.objects.filter(pole=pole).exclude(valid_to__lte=on).exclude(valid_from__gt=on)
    found = [row.actor for row in carriers.select_related("actor__subject").order_by("id")]
    return [pole.actor, *found] if pole.actor.siren or not found else [*found, pole.actor]


def preview(pole: Pole, scale: ScaleVersion, first: date, last: date, *, on: date) -> Preview:
    """Return what a call would write, members by name; a constant number of queries."""
    sheet = scales.sheet_of(scale)
    members = paying.payers(pole, sheet, first, last, on=on)
    fees = paying.computed(sheet, members, first, last)
    known = living(pole, first)
    rows = (Row(one, fees[one.actor.pk], known.get(one.actor.pk)) for one in members)
    return Preview(scale, sheet, first, last, tuple(rows))


def living(pole: Pole, first: date) -> dict[UUID, CalledFee]:
    """Return the fees of a period that are called, by member; a cancelled invoice calls nothing."""
    rows = CalledFee.objects.filter(pole=pole, first=first, void_at=None).select_related("invoice")
    return {row.actor_id: row for row in rows if not _cancelled(row)}


def call(  # noqa: PLR0913 - keyword-only: each is a part of the call
    pole: Pole,
    scale: ScaleVersion,
    first: date,
    last: date,
    *,
    seller: Actor,
    members: Collection[UUID],
    on: date,
    due: date,
    key: UUID,
    seen: str,
    by: User,
) -> FeeCall:
    """Call the fees of some members, all or none: an invoice each, kind fee, issued; nothing when zero.

    Raises ``StaleWriteError`` when what was seen (``seen``: ``Preview.digest``) changed, ``DomainError`` for
    a scale that is not voted, nobody to call, or a member that cannot be called (``facts["members"]``).
    """
    _check(scale, first, last, on, due)
    with transaction.atomic():
        subjects.lock(pole.actor_id)
        if (known := FeeCall.objects.filter(pole=pole, key=key).first()) is not None:
            return known
        found = preview(pole, scale, first, last, on=timezone.localdate())
        if found.digest != seen:
            words = _("Des chiffres, des membres ou des appels ont changé depuis : relisez l'aperçu.")
            raise StaleWriteError("stale_write", words)
        rows = _chosen(found, members)
        row = FeeCall(pole=pole, scale=scale, seller=seller, first=first, last=last, on=on, due=due, key=key)
        row.by = by
        insert(row, "call_refused")
        _void_cancelled(pole, first)
        written = [_write(row, one, found.sheet, by) for one in rows]
        total = sum(one.cents for one in written)
        data = {"call": row.pk.hex, "first": first.isoformat(), "members": len(written), "cents": total}
        record(pole.actor.subject, "fees.called", by=by, data=data)
        _announce(row, written, by)
    return row


def _chosen(found: Preview, members: Collection[UUID]) -> list[Row]:
    """Return the rows to call; all of them can be, or nothing is."""
    wanted = set(members)
    rows = [one for one in found.rows if one.member.actor.pk in wanted]
    if not rows:
        words = _("Choisissez au moins un membre à appeler.")
        raise DomainError("nobody", words, facts={"field": "members"})
    if bad := [one.member.actor.name for one in rows if not one.ready]:
        words = _("Rien n'est appelé : %(names)s n'a pas de montant, ou est déjà appelé.")
        facts = {"field": "members", "members": bad}
        raise DomainError("not_ready", words % {"names": ", ".join(bad)}, facts=facts, status=409)
    return rows


def _write(row: FeeCall, one: Row, sheet: Sheet, by: User) -> CalledFee:
    actor, cents = one.member.actor, one.fee.cents or 0
    made = CalledFee(pole=row.pole, call=row, actor=actor, first=row.first, cents=cents)
    made.said = said(one, sheet)
    if cents:
        origin = f"fee:{actor.pk.hex}:{row.first.isoformat()}"
        label = _("Cotisation du %(first)s au %(last)s") % {
            "first": f"{row.first:%d/%m/%Y}",
            "last": f"{row.last:%d/%m/%Y}",
        }
        period = (row.first, row.last)
        line = invoices.Line(label, cents, vat=_no_vat())
        invoice = billing.draft(
            row.pole,
            kind=Invoice.Kind.FEE,
            seller=row.seller,
            buyer=actor,
            on=row.on,
            due=row.due,
            label=label,
            lines=[line],
            origin=origin,
            period=period,
            by=by,
        )
        made.invoice = billing.issue(invoice, by=by)
    return insert(made, "already_called")


def said(one: Row, sheet: Sheet) -> dict[str, Any]:
    """Return what is kept beside a fee: the steps, the figures with their source, the reductions."""
    figures = [
        {
            "basis": known.basis,
            "year": known.year,
            "value": known.value,
            "source": known.source,
            "status": known.status,
            "confirmed": known.confirmed,
        }
        for known in one.member.figures.values()
    ]
    grants = [
        {"code": grant.code, "label": grant.label, "reason": grant.reason} for grant in one.member.grants
    ]
    named = {reduction.code: reduction.label for reduction in sheet.reductions}
    steps = [wording.as_json(step) for step in one.fee.steps]
    return {"steps": steps, "figures": figures, "grants": grants, "reductions": named}


def _no_vat() -> invoices.Vat:
    """A fee without anything given back to its payer alone is outside the tax: to be checked, and said so."""
    why = _("Cotisation sans contrepartie individuelle : hors du champ de la TVA (à vérifier).")
    return invoices.Vat(code=invoices.OUTSIDE, why=why)


def _check(scale: ScaleVersion, first: date, last: date, on: date, due: date) -> None:
    if scale.decision is None or scale.decision.outcome != "adopted":
        words = _("On n'appelle que sur un barème voté.")
        raise DomainError("not_voted", words, facts={"field": "scale"}, status=409)
    if last < first:
        raise DomainError("period", _("La fin de la période suit son début."), facts={"field": "last"})
    if scale.valid_from > last:
        words = _("Ce barème ne s'applique qu'après cette période.")
        raise DomainError("not_yet", words, facts={"field": "first"}, status=409)
    if due < on:
        words = _("L'échéance suit le jour de l'appel.")
        raise DomainError("due_before", words, facts={"field": "due"})


def _cancelled(row: CalledFee) -> bool:
    return row.invoice is not None and row.invoice.state == Invoice.State.CANCELLED


def _void_cancelled(pole: Pole, first: date) -> None:
    """A cancelled invoice leaves its place to another call."""
    rows = CalledFee.objects.filter(pole=pole, first=first, void_at=None)
    rows.filter(invoice__state=Invoice.State.CANCELLED).update(void_at=timezone.now())


def _announce(row: FeeCall, written: list[CalledFee], by: User) -> None:
    """Tell the people of each member that its fee is called."""
    for one in written:
        if one.cents:
            path = f"/poles/{row.pole.slug}/espace/cotisations/dues/{one.pk}/"
            words = gettext_lazy("Votre cotisation est appelée : le détail du calcul est en ligne.")
            subject = row.pole.actor.subject
            tell_people([one.actor_id], "fee", words, path=path, but=by, subject=subject)


__all__ = ["Preview", "Row", "call", "living", "preview", "rules", "said", "sellers"]
