"""What the people of an organisation answer to a proposal: yes, no; and what happens when a day passes.

A proposal is settled with the last yes, under the lock of the pole: two at once settle it once. An invoice
that moved meanwhile makes it stale: it is said so, and made again over what is owed now.
"""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils.formats import date_format
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.billing.models import Invoice
from terreau.common.errors import DomainError
from terreau.common.inserting import insert
from terreau.exchanges.written import people_of
from terreau.journal.actions import record
from terreau.netting import proposal, read, rounds, settling, taking_part
from terreau.netting.models import ASIDE, MOVED, NOBODY, REFUSED, SILENT, Consent, Round
from terreau.netting.proposal import Cut
from terreau.notices.actions import tell
from terreau.subjects import actions as subjects

_State: Final = Round.State


def accept(row: Round, actor: Actor, *, today: date, by: User) -> Round:
    """Agree in the name of an actor; settle when it was the last. Said already, nothing happens.

    Returns the proposal as it then is: ``settled``, still ``proposed``, or ``stale`` when an invoice to
    cancel was paid, credited or cancelled meanwhile: nothing is settled, and another proposal is made if one
    can be (``replaced_by``), where the word of those of whom nothing else is asked is kept.
    Raises ``DomainError`` (409): over, expired, not concerned.
    """
    with transaction.atomic():
        subjects.lock(row.pole_id)
        held, found = _waiting(row, actor.pk, today)
        changed = read.moved(found)
        if actor.pk not in read.agreed(held):
            insert(Consent(round=held, actor=actor, agrees=True, by=by), "answered_already")
            _tell(held, "netting.agreed", actor, by)
            if not changed:
                settling.settle_if_agreed(held, found, today=today)
    if changed:
        renew(held, today=today, by=by)
    return rounds.fresh(held)


def decline(row: Round, actor: Actor, *, reason: str, today: date, by: User) -> Round | None:
    """Refuse in the name of an actor; return the proposal made again without it, if anything is left.

    Who had said yes may still say no while others are awaited.
    """
    with transaction.atomic():
        subjects.lock(row.pole_id)
        held, _found = _waiting(row, actor.pk, today)
        answer = Consent(round=held, actor=actor, agrees=False, reason=reason.strip()[:300], by=by)
        insert(answer, "answered_already")
        _tell(held, "netting.refused", actor, by)
    return rounds.again(held, without={actor.pk}, today=today, by=by, why=REFUSED)


def keep_out(  # noqa: PLR0913 - keyword-only: which invoice, by whom, why
    row: Round, invoice: Invoice, actor: Actor, *, reason: str, today: date, by: User
) -> Round | None:
    """Keep an invoice out of nettings and make the proposal again over the others."""
    with transaction.atomic():
        subjects.lock(row.pole_id)
        held, _found = _waiting(row, actor.pk, today)
        taking_part.set_aside(invoice, actor, reason=reason, by=by)
    return rounds.again(held, without=(), today=today, by=by, why=ASIDE)


def remind(row: Round, *, today: date) -> int:
    """Tell again the people of the organisations that said nothing; once a day. Return how many were told."""
    if row.state != _State.PROPOSED or row.expires_on < today:
        raise DomainError("not_waiting", _("Cette proposition n'attend plus de réponse."), status=409)
    concerned, yes, no = _said(row)
    words = gettext_lazy("Il manque votre réponse à une compensation de vos factures, jusqu'au {day}.")
    text = format_lazy(words, day=lazy(date_format, str)(row.expires_on))
    told = 0
    for user in people_of(concerned - yes - no):
        dedupe = f"netting:{row.pk.hex}:{today.isoformat()}"
        path, subject = rounds.path(row), row.pole.actor.subject
        told += tell(user, "netting", text, subject=subject, path=path, dedupe=dedupe) is not None
    return told


def close(row: Round, *, today: date, by: User | None) -> Round | None:
    """End a proposal that cannot be settled as it is, and make it again without those who are out of it.

    While it waits: without those who refused, as ``decline`` does. After its day: without the silent too;
    nobody having agreed, it has simply expired. Raises 409 when it still waits and nobody refused.
    """
    concerned, yes, no = _said(row)
    if row.expires_on >= today:
        if not no:
            raise DomainError("still_waits", _("Cette proposition attend encore des réponses."), status=409)
        return rounds.again(row, without=no, today=today, by=by, why=REFUSED)
    if not yes:
        with transaction.atomic():
            subjects.lock(row.pole_id)
            rounds.end(row, _State.EXPIRED, NOBODY, by=by)
        return None
    return rounds.again(row, without=concerned - yes, today=today, by=by, why=SILENT)


def _said(row: Round) -> tuple[frozenset[UUID], set[UUID], set[UUID]]:
    """Return whom a proposal concerns, who agreed to it, who refused it."""
    concerned = proposal.concerned(read.cuts(read.lines(row)))
    yes = read.agreed(row)
    answered = set(row.consents.values_list("actor", flat=True))
    return concerned, yes, answered - yes


def renew(row: Round, *, today: date, by: User | None) -> Round | None:
    """End a proposal that an invoice made stale; make it again over what is owed now, for the same people."""
    found = read.cuts(read.lines(row))
    if not read.moved(found):
        raise DomainError("not_stale", _("Aucune facture n'a changé : la proposition tient."), status=409)
    return rounds.again(row, without=(), today=today, by=by, why=MOVED, state=_State.STALE)


def _waiting(row: Round, actor: UUID, today: date) -> tuple[Round, list[Cut]]:
    """Return the proposal as it stands under the lock, and its lines; raise when it takes no answer."""
    held = rounds.fresh(row)
    if held.state != _State.PROPOSED:
        words = _("Cette proposition n'attend plus de réponse.")
        raise DomainError("not_waiting", words, facts={"state": held.state}, status=409)
    if held.expires_on < today:
        words = _("On pouvait répondre jusqu'au %(day)s.") % {"day": date_format(held.expires_on)}
        raise DomainError("expired", words, status=409)
    found = read.cuts(read.lines(held))
    if actor not in proposal.concerned(found):
        words = _("Rien n'est compensé pour cette organisation : elle n'a pas à répondre.")
        raise DomainError("not_concerned", words, status=409)
    return held, found


def _tell(row: Round, verb: str, actor: Actor, by: User) -> None:
    data = {"round": row.pk.hex, "number": row.number, "actor": actor.pk.hex}
    record(row.pole.actor.subject, verb, by=by, data=data)
