"""Deciding of a file: it moves, the envelope is engaged and the decision written, all of it or nothing.

Order of locks: the file, its subject, the envelopes (``envelopes.actions``). Two awards of the last euros on
two connections: one is written, the other is told what is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from terreau.accounts import roles_held
from terreau.accounts.models import User
from terreau.common.errors import DomainError, StaleWriteError
from terreau.common.identifiers import uuid7
from terreau.common.inserting import insert
from terreau.dossiers import moving, states
from terreau.dossiers.models import Dossier, Transition
from terreau.envelopes import actions as envelopes
from terreau.envelopes import read as money
from terreau.journal.actions import counting_refusals, record
from terreau.selection import perms, proposing
from terreau.selection.models import Decision, Outcome, Session

VERBS: Final = {Outcome.LAUREATE: "award", Outcome.RESERVE: "reserve", Outcome.REFUSED: "refuse"}
#: Not « not looked at »: a person who saw no decision says None.
UNSEEN: Final = uuid7()


def current(dossiers: Iterable[UUID]) -> dict[UUID, Decision]:
    """Return the decision that stands for each of these files: one query."""
    rows = Decision.objects.filter(dossier__in=list(dossiers), superseded_by=None).select_related(
        "by", "session"
    )
    return {row.dossier_id: row for row in rows.order_by("at", "pk")}


def decide(  # noqa: PLR0913 - keyword-only: each is a part of the decision
    dossier: Dossier,
    outcome: str,
    *,
    cents: int | None = None,
    reason: str = "",
    by: User | None,
    rank: int | None = None,
    session: Session | None = None,
    seen: UUID | None = UNSEEN,
) -> Decision:
    """Decide of a file, or decide again; ``dossier`` is refreshed.

    A refusal says why, and so does a second decision. ``seen``: the decision that the person had before their
    eyes, None for none; left out, it is not looked at. Raises ``OverspentError`` (409) with what is left in
    the envelopes, ``StaleWriteError`` when another decision was taken meanwhile, ``RefusedError`` for who may
    not decide of this file.
    """
    if outcome not in VERBS:
        raise DomainError("unknown_outcome", _("Choisissez une décision."), facts={"field": "outcome"})
    perms.require_decides(dossier, by)
    why = reason.strip()
    with (
        counting_refusals(dossier.subject, "dossier.decide", by=by),
        transaction.atomic(),
        roles_held.during(),
    ):
        row = moving.lock(dossier)
        before = current([row.pk]).get(row.pk)
        if seen is not UNSEEN and seen != (before.pk if before else None):
            raise _moved(row, before)
        _check(row, outcome, cents, why, before)
        made = Decision(dossier=row, outcome=outcome, reason=why, by=by, rank=rank, supersedes=before)
        made.cents = cents if outcome != Outcome.REFUSED else None
        made.session = session
        _release(row, outcome, made.cents, why, before, by)
        _move(row, outcome, why, by)
        insert(made, "decided_already")
        _commit(row, made, before, by)
        data = {"decision": made.pk.hex, "outcome": outcome, "cents": made.cents or 0}
        record(row.subject, "dossier.decided", by=by, data=data)
    dossier.refresh_from_db(fields=["state", "stage_since", "version"])
    return made


def decide_all(
    dossiers: Iterable[Dossier],
    *,
    by: User | None,
    session: Session | None = None,
    ranks: Mapping[UUID, int] | None = None,
) -> list[Decision]:
    """Decide what is proposed for each of these files, all or nothing; the first that cannot be is told."""
    rows = list(dossiers)
    keys = [one.pk for one in rows]
    proposed, before = proposing.standing_ones(keys), current(keys)
    made = []
    with transaction.atomic(), roles_held.during():
        for one in rows:
            what = proposed.get(one.pk)
            if what is None or not what.outcome:
                words = _("Rien n'est proposé pour « %(name)s ».") % {"name": one.name}
                raise DomainError("not_proposed", words, facts={"dossier": one.pk.hex}, status=409)
            try:
                made.append(
                    decide(
                        one,
                        what.outcome,
                        cents=what.cents,
                        reason=what.reason,
                        by=by,
                        rank=(ranks or {}).get(one.pk),
                        session=session,
                        seen=_stood(one, before.get(one.pk)),
                    )
                )
            except DomainError as error:
                raise _about(one, error) from error
    return made


def _stood(one: Dossier, before: Decision | None) -> UUID | None:
    """Return what stands of a file that is to be decided: nothing, or a decision that was undone."""
    return before.pk if before and one.state not in states.DECIDED else None


def follow(dossier: Dossier, made: Transition) -> None:
    """Give back to the envelopes what a laureate who withdraws, or whose award is undone, no longer needs."""
    if made.from_state != states.LAUREATE or made.verb not in {"withdraw", "undo"}:
        return
    if left := money.held(dossier).to_pay:
        reason = made.reason or str(states.VERBS[made.verb])
        envelopes.release(dossier, left, reason=reason, by=made.by, origin=f"move:{made.pk}:released")


def _about(one: Dossier, error: DomainError) -> DomainError:
    """Return the refusal of one file among many, which says of which."""
    words = _("« %(name)s » : %(why)s") % {"name": one.name, "why": error.message}
    facts = error.facts | {"dossier": one.pk.hex}
    return type(error)(error.code, words, facts=facts, status=error.status)


def _check(row: Dossier, outcome: str, cents: int | None, why: str, before: Decision | None) -> None:
    if outcome == Outcome.REFUSED and not why:
        words = _("Un refus dit pourquoi : le motif est transmis au candidat.")
        raise DomainError("reason_needed", words, facts={"field": "reason"})
    if before is not None and not why:
        words = _("Une décision remplace l'autre : dites pourquoi, cela reste écrit.")
        raise DomainError("reason_needed", words, facts={"field": "reason"})
    same = before is not None and (before.outcome, before.cents) == (outcome, cents)
    if same and row.state in states.DECIDED:
        raise DomainError("decided_already", _("C'est déjà ce qui est décidé."), status=409)
    if outcome == Outcome.LAUREATE:
        proposing.check_amount(row, cents)


def _release(  # noqa: PLR0913, PLR0917 - each is a part of what is given back
    row: Dossier, outcome: str, cents: int | None, why: str, before: Decision | None, by: User | None
) -> None:
    """Give back to the envelopes what the new decision does not need: before anything else is engaged."""
    held = money.held(row).committed if before else 0
    kept = (cents or 0) if outcome == Outcome.LAUREATE else 0
    if before and held > kept:
        envelopes.release(row, held - kept, reason=why, by=by, origin=f"decision:{before.pk}:released")


def _move(row: Dossier, outcome: str, why: str, by: User | None) -> None:
    """Move the file where the decision says; out of another decision it goes back first, when it may."""
    if row.state == outcome:
        return
    if states.find(row.state, VERBS[Outcome(outcome)], moving.stages_of(row.call)) is None:
        moving.undo(row, by=by, reason=why)
    if row.state != outcome:
        moving.move(row, VERBS[Outcome(outcome)], by=by, reason=why)


def _commit(row: Dossier, made: Decision, before: Decision | None, by: User | None) -> None:
    if made.outcome != Outcome.LAUREATE or not made.cents:
        return
    held = money.held(row).committed if before else 0
    if made.cents > held:
        more = made.cents - held
        envelopes.commit_shared(money.of_call(row.call), row, more, by=by, origin=f"decision:{made.pk}")


def _moved(row: Dossier, before: Decision | None) -> StaleWriteError:
    said = before.get_outcome_display() if before else row.get_state_display()
    words = _("Une autre décision vient d'être prise pour ce dossier : %(said)s. Relisez-la d'abord.")
    return StaleWriteError("decision_moved", words % {"said": said}, facts={"state": row.state})
