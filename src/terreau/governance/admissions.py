"""How an actor joins a pole, step by step, and what a member agrees to share with it (R-06, R-08)."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.actors.models import Actor, Belonging
from terreau.common.errors import DomainError
from terreau.common.periods import DAY, PartialDate
from terreau.governance import statutes
from terreau.governance.models import Admission, AdmissionMove, Consent, Decision, Statute
from terreau.journal.actions import record
from terreau.notices.actions import tell
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
            _tell_animators(row, by)
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
    circle: str | None = None,
    by: User,
) -> Admission:
    """Take an admission to its next step; the last one makes the membership, dated that day.

    ``circle``: the one that the pole gives, when it is not the one asked for.

    Raises ``DomainError``: a step that does not follow (409), a refusal without a reason, a passage to the
    decision that names none or one that was not adopted.
    """
    if step == _STEP.REFUSED and not note.strip():
        raise DomainError("reason_needed", _("Un refus a un motif."), facts={"field": "note"})
    with transaction.atomic():
        before = _locked(admission)
        if step not in NEXT.get(before, frozenset()):
            words = _("Cette étape ne suit pas celle où en est la demande : rouvrez la page.")
            raise DomainError("wrong_step", words, facts={"step": before}, status=409)
        if step == _STEP.DECISION:
            _check_decision(admission, decision)
        changes = {"decision": decision, "circle": circle}
        return _go(admission, before, step, on, note, by, {k: v for k, v in changes.items() if v is not None})


def accept(admission: Admission, text: Statute | None, *, on: date, by: User) -> Admission:
    """Have the newcomer accept the text of the pole: it is a member from that day.

    Who may speak for the newcomer is said by the caller. ``text`` is the last version of what ``to_accept``
    gives, None when the pole has none. Refused (409) at another step, or when a newer version came.
    """
    with transaction.atomic():
        before = _locked(admission)
        if before != _STEP.CHARTER:
            words = _("On accepte la charte une fois la demande acceptée par le pôle.")
            raise DomainError("not_yet", words, facts={"step": before}, status=409)
        wanted = to_accept(admission)
        if (text.pk if text else None) != (wanted.pk if wanted else None):
            words = _("Le pôle a déposé une version plus récente de ce texte : relisez-la.")
            raise DomainError("newer_text", words, status=409)
        return _go(admission, before, _STEP.ADMITTED, on, "", by, {"accepted": text})


def to_accept(admission: Admission) -> Statute | None:
    """Return what a newcomer accepts: the charter of the pole, else its statutes, else its rules."""
    kinds = (Statute.Kind.CHARTER, Statute.Kind.STATUTES, Statute.Kind.RULES)
    found = statutes.in_force(admission.pole)
    return next((found[kind] for kind in kinds if kind in found), None)


def _locked(admission: Admission) -> str:
    """Return the step where an admission is, its pole locked until the end of the transaction."""
    subjects.lock(admission.pole.actor_id)
    return str(Admission.objects.values_list("step", flat=True).get(pk=admission.pk))


def _go(  # noqa: PLR0913, PLR0917 - each is a part of a step
    admission: Admission, before: str, step: str, on: date, note: str, by: User, changes: Mapping[str, Any]
) -> Admission:
    Admission.objects.filter(pk=admission.pk).update(step=step, version=F("version") + 1, **changes)
    row = Admission.objects.select_related("pole__actor__subject", "actor__subject").get(pk=admission.pk)
    if step == _STEP.ADMITTED:
        composition.add_member(row.pole, row.actor, by=by, circle=row.circle, since=PartialDate(on, DAY))
    _write(row, before, step, on, note.strip(), by)
    _tell_asker(row, by)
    return row


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


_TOLD: Final = {
    _STEP.VISIT: gettext_lazy("« {pole} » propose une visite : {actor}."),
    _STEP.FILE: gettext_lazy("« {pole} » étudie le dossier de {actor}."),
    _STEP.DECISION: gettext_lazy("« {pole} » a accepté l'adhésion de {actor}."),
    _STEP.CHARTER: gettext_lazy("« {pole} » attend que {actor} accepte sa charte."),
    _STEP.ADMITTED: gettext_lazy("{actor} est membre de « {pole} »."),
    _STEP.REFUSED: gettext_lazy("« {pole} » n'a pas accepté l'adhésion de {actor}."),
    _STEP.WITHDRAWN: gettext_lazy("La demande de {actor} auprès de « {pole} » est retirée."),
}


def _tell_animators(row: Admission, by: User) -> None:
    words = format_lazy(gettext_lazy("{actor} demande à rejoindre « {pole} »."), **_names(row))
    path = f"/poles/{row.pole.slug}/espace/adhesions/{row.pk}/"
    held = Belonging.objects.confirmed().filter(actor=row.pole_id, role=Belonging.Role.ANIMATOR)
    people = User.objects.filter(is_active=True, erased_at=None, pk__in=held.values("user"))
    for user in people.exclude(pk=by.pk).order_by("pk"):
        tell(user, "admission", words, subject=row.pole.actor.subject, path=path)


def _tell_asker(row: Admission, by: User) -> None:
    """Tell who asked what became of it, unless that person did it."""
    user = row.asked_by
    if user is None or user.pk == by.pk or not user.is_active or user.erased_at is not None:
        return
    words = format_lazy(_TOLD[Admission.Step(row.step)], **_names(row))
    path = f"/poles/{row.pole.slug}/rejoindre/{row.pk}/"
    tell(user, "admission", words, subject=row.actor.subject, path=path)


def _names(row: Admission) -> dict[str, str]:
    return {"pole": row.pole.actor.name, "actor": row.actor.name}
