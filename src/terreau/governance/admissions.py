"""How an actor joins a pole, step by step, and what a member agrees to share with it (R-06, R-08)."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.errors import DomainError
from terreau.common.periods import DAY, PartialDate
from terreau.governance.models import Admission, AdmissionMove, Consent, Decision
from terreau.journal.actions import record
from terreau.poles import composition
from terreau.poles.models import Membership, Pole
from terreau.subjects import actions as subjects

_STEP = Admission.Step
#: Where each step may lead. A pole may skip the visit or the charter; nobody skips the decision.
NEXT: Final[Mapping[str, frozenset[str]]] = {
    _STEP.INTENTION: frozenset({_STEP.VISIT, _STEP.FILE, _STEP.DECISION, _STEP.WITHDRAWN, _STEP.REFUSED}),
    _STEP.VISIT: frozenset({_STEP.FILE, _STEP.DECISION, _STEP.WITHDRAWN, _STEP.REFUSED}),
    _STEP.FILE: frozenset({_STEP.DECISION, _STEP.WITHDRAWN, _STEP.REFUSED}),
    _STEP.DECISION: frozenset({_STEP.CHARTER, _STEP.ADMITTED, _STEP.WITHDRAWN}),
    _STEP.CHARTER: frozenset({_STEP.ADMITTED, _STEP.WITHDRAWN}),
}


def ask(  # noqa: PLR0913 - keyword-only: each is a part of a note of intent
    pole: Pole,
    actor: Actor,
    *,
    intention: str,
    brings: str = "",
    expects: str = "",
    circle: str = "",
    by: User,
) -> Admission:
    """Write a note of intent for an actor. Who may speak for it is said by the caller.

    Refused (409) when a request is under way or the actor is a member already.
    """
    if not intention.strip():
        words = _("Dites en quelques mots ce que vous cherchez ici.")
        raise DomainError("no_intention", words, facts={"field": "intention"})
    if Membership.objects.filter(pole=pole, actor=actor, valid_to=None).exists():
        raise DomainError("member", _("Cette organisation est déjà membre du pôle."), status=409)
    values = {"intention": intention.strip(), "brings": brings.strip(), "expects": expects.strip()}
    try:
        with transaction.atomic():
            row = Admission.objects.create(pole=pole, actor=actor, circle=circle, asked_by=by, **values)
            _write(row, "", _STEP.INTENTION, timezone.localdate(), "", by)
    except IntegrityError as error:
        words = _("Cette organisation a déjà une demande en cours.")
        raise DomainError("asked", words, status=409) from error
    return row


def move(  # noqa: PLR0913 - keyword-only: each is a part of a step
    admission: Admission,
    step: str,
    *,
    on: date,
    note: str = "",
    decision: Decision | None = None,
    by: User,
) -> Admission:
    """Take an admission to its next step; the last one makes the membership, dated that day.

    Raises ``DomainError``: a step that does not follow (409), a refusal without a reason, a passage to the
    decision that names none or one that was not adopted.
    """
    if step == _STEP.REFUSED and not note.strip():
        raise DomainError("reason_needed", _("Un refus a un motif."), facts={"field": "note"})
    with transaction.atomic():
        subjects.lock(admission.pole.actor_id)
        before = Admission.objects.values_list("step", flat=True).get(pk=admission.pk)
        if step not in NEXT.get(before, frozenset()):
            words = _("Cette étape ne suit pas celle où en est la demande : rouvrez la page.")
            raise DomainError("wrong_step", words, facts={"step": before}, status=409)
        if step == _STEP.DECISION:
            _check_decision(admission, decision)
        changes = {"step": step, "version": F("version") + 1}
        if decision is not None:
            changes["decision"] = decision
        Admission.objects.filter(pk=admission.pk).update(**changes)
        if step == _STEP.ADMITTED:
            since = PartialDate(on, DAY)
            composition.add_member(
                admission.pole, admission.actor, by=by, circle=admission.circle, since=since
            )
        _write(admission, before, step, on, note.strip(), by)
    return Admission.objects.get(pk=admission.pk)


def agree(pole: Pole, actor: Actor, what: str, *, by: User) -> Consent:
    """Let the pole see a datum of a member, from now on; agreed already, it is the same consent."""
    with transaction.atomic():
        subjects.lock(actor.pk)
        row, made = Consent.objects.get_or_create(
            pole=pole, actor=actor, what=what, ended_at=None, defaults={"given_by": by}
        )
        if made:
            data = {"pole": pole.pk.hex, "what": what}
            record(actor.subject, "consent.given", by=by, data=data)
    return row


def take_back(consent: Consent, *, by: User) -> Consent:
    """Take a consent back: the pole sees that datum no more; what it published under it stays dated."""
    with transaction.atomic():
        rows = Consent.objects.filter(pk=consent.pk, ended_at=None)
        if rows.update(ended_at=timezone.now(), ended_by=by):
            data = {"pole": consent.pole_id.hex, "what": consent.what}
            record(consent.actor.subject, "consent.ended", by=by, data=data)
    return Consent.objects.get(pk=consent.pk)


def shared(pole: Pole, actor: Actor) -> frozenset[str]:
    """Return what a member lets the pole see now."""
    rows = Consent.objects.filter(pole=pole, actor=actor, ended_at=None)
    return frozenset(rows.values_list("what", flat=True))


def _check_decision(admission: Admission, decision: Decision | None) -> None:
    if decision is None:
        words = _("Dites quelle décision du pôle a accepté cette adhésion.")
        raise DomainError("no_decision", words, facts={"field": "decision"})
    if decision.pole_id != admission.pole_id or decision.outcome != Decision.Outcome.ADOPTED:
        words = _("Cette décision n'est pas une décision adoptée par ce pôle.")
        raise DomainError("not_adopted", words, facts={"field": "decision"})


def _write(admission: Admission, before: str, after: str, on: date, note: str, by: User) -> None:  # noqa: PLR0913, PLR0917
    AdmissionMove.objects.create(
        admission=admission, before=before, after=after, on=on, note=note[:1000], by=by
    )
    data = {"admission": admission.pk.hex, "actor": admission.actor_id.hex, "from": before, "to": after}
    record(admission.pole.actor.subject, "admission.moved", by=by, data=data)
