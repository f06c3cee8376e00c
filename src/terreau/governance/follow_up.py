"""What follows a decision: who does what by when, how it ended, what is published of it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.errors import DomainError
from terreau.governance.models import Action, Ballot, Decision, Objection
from terreau.journal.actions import record, save_fresh
from terreau.poles.models import Pole
from terreau.subjects.models import Subject

_OPEN = (Decision.Outcome.PENDING, Decision.Outcome.POSTPONED)


def ask(  # noqa: PLR0913 - keyword-only: each is a part of what is asked
    decision: Decision,
    what: str,
    *,
    who: Actor | None = None,
    person: str = "",
    due: date | None = None,
    by: User,
) -> Action:
    """Write what a decision asks of somebody; a decision refused asks nothing."""
    if not what.strip():
        raise DomainError("no_words", _("Dites ce qui est à faire."), facts={"field": "what"})
    if decision.outcome == Decision.Outcome.REJECTED:
        raise DomainError("rejected", _("Cette décision est rejetée : elle n'a pas de suite."), status=409)
    with transaction.atomic():
        values = {"what": what.strip()[:200], "who": who, "person": person.strip()[:120], "due": due}
        row = Action.objects.create(decision=decision, **values)
        data = {"decision": decision.pk.hex, "action": row.pk}
        record(_subject(decision), "decision.action_asked", by=by, data=data)
    return row


def end(action: Action, state: str, *, result: str = "", on: date | None = None, by: User) -> Action:
    """Say how an action ended; of two people at once one is told that it ended already (409)."""
    if state == Action.State.DROPPED and not result.strip():
        words = _("Dites pourquoi cette suite est abandonnée.")
        raise DomainError("reason_needed", words, facts={"field": "result"})
    if state not in {Action.State.DONE, Action.State.DROPPED}:
        raise DomainError("no_such_state", _("Cette fin n'existe pas."), facts={"field": "state"})
    day = on or timezone.localdate()
    with transaction.atomic():
        rows = Action.objects.filter(pk=action.pk, state=Action.State.TODO)
        values = {"state": state, "result": result.strip()[:300], "ended_on": day}
        if not rows.update(**values, version=F("version") + 1):
            raise DomainError("ended", _("Quelqu'un a déjà dit comment cette suite a fini."), status=409)
        data = {"decision": action.decision_id.hex, "action": action.pk, "state": state}
        record(_subject(action.decision), "decision.action_ended", by=by, data=data)
    return Action.objects.get(pk=action.pk)


def reopen(action: Action, *, by: User) -> Action:
    """Take back that an action ended: it is to be done again; the journal keeps both."""
    with transaction.atomic():
        rows = Action.objects.filter(pk=action.pk).exclude(state=Action.State.TODO)
        if rows.update(state=Action.State.TODO, ended_on=None, version=F("version") + 1):
            data = {"decision": action.decision_id.hex, "action": action.pk}
            record(_subject(action.decision), "decision.action_reopened", by=by, data=data)
    return Action.objects.get(pk=action.pk)


def amend(decision: Decision, *, base: Mapping[str, Any], mine: Mapping[str, Any], by: User) -> Decision:
    """Change the words of what is not decided yet; not while a vote is open on them."""
    if decision.outcome not in _OPEN:
        words = _("Cette décision est prise : une autre peut la remplacer.")
        raise DomainError("decided", words, status=409)
    if Ballot.objects.filter(decision=decision, state=Ballot.State.OPEN).exists():
        words = _("On vote en ce moment sur ces mots : ils ne changent pas.")
        raise DomainError("ballot_open", words, status=409)
    for name in ("title", "text"):
        if not str(mine.get(name, "x")).strip():
            words = _("Une décision a un titre et un texte.")
            raise DomainError("no_words", words, facts={"field": name})
    subject = _subject(decision)
    return save_fresh(decision, subject=subject, verb="decision.amended", base=base, mine=mine, by=by)


def publish(decision: Decision, *, public: bool, by: User) -> Decision:
    """Show a decision that was taken to everybody, or to the people of the pole alone."""
    if public and decision.outcome in _OPEN:
        raise DomainError("not_decided", _("On publie une décision prise."), status=409)
    with transaction.atomic():
        if Decision.objects.filter(pk=decision.pk).exclude(public=public).update(public=public):
            data = {"decision": decision.pk.hex, "public": public}
            record(_subject(decision), "decision.published", by=by, data=data)
    return Decision.objects.get(pk=decision.pk)


def answer_objection(objection: Objection, answer: str, *, by: User) -> Objection:
    """Write what the body made of an objection: it was heard."""
    if not answer.strip():
        words = _("Dites ce que le groupe fait de cette objection.")
        raise DomainError("no_words", words, facts={"field": "answer"})
    decision = objection.ballot.decision
    base, mine = {"answer": objection.answer}, {"answer": answer.strip()[:1000]}
    return save_fresh(
        objection, subject=_subject(decision), verb="objection.answered", base=base, mine=mine, by=by
    )


def left(pole: Pole) -> QuerySet[Action]:
    """Return what is still to be done in a pole, the most pressing first."""
    rows = Action.objects.filter(decision__pole=pole, state=Action.State.TODO)
    return rows.select_related("decision", "who").order_by(F("due").asc(nulls_last=True), "pk")


def _subject(decision: Decision) -> Subject:
    subject: Subject = decision.pole.actor.subject
    return subject
