"""Three axes kept apart: the stage of a pole, how sure the register is of it, what bodies recognised it as.

Each move has its reason, its author and its event. Nothing is erased: a recognition ends, a pole is closed,
and may be reopened.
"""

from __future__ import annotations

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.actors.projection import project as project_actors
from terreau.common.busy import settled
from terreau.common.errors import DomainError
from terreau.common.periods import DAY, PartialDate
from terreau.facts import catalogue
from terreau.facts.models import Status
from terreau.journal import subjects as journal_subjects
from terreau.journal.actions import record
from terreau.pieces.actions import declaration
from terreau.pieces.models import Source
from terreau.poles import listing, rules
from terreau.poles.models import Pole, Recognition, RegisterMove, StageMove
from terreau.subjects.actions import lock

_LONGEST = 300


@transaction.atomic
def move_stage(  # noqa: PLR0913 - keyword-only: a move is described by this many independent facts
    pole: Pole,
    stage: str,
    *,
    on: date,
    reason: str,
    by: User | None,
    source: Source | None = None,
    status: str = Status.DECLARED,
) -> Pole:
    """Say that a pole is at another stage since a day (R-29); back too, since poles fall apart (R-151).

    Refused without a reason, before the move it follows, on a day that has one already, or after today.
    """
    why = reason_of(reason)
    lock(pole.pk)
    pole.refresh_from_db()
    last = StageMove.objects.filter(pole=pole).order_by("-on", "-pk").first()
    move = rules.stage_move(pole.stage, stage, reason=why, last_on=last.on if last else None, on=on)
    if not move.ok:
        raise _refused_stage(move.code, last)
    if on > timezone.localdate():
        raise DomainError("future_move", _("Un changement de stade a eu lieu."), facts={"field": "on"})
    said = source or declaration(by, timezone.localdate())
    row = StageMove(pole=pole, stage=stage, on=on, reason=why, by=by, source=said, status=status)
    insert(row)
    data = {"from": pole.stage, "to": stage, "on": on.isoformat(), "reason": why, "source": said.pk.hex}
    return _moved(pole, {"stage": stage}, "pole.stage_moved", data, by=by)


@transaction.atomic
def move_status(pole: Pole, status: str, *, reason: str, by: User | None) -> Pole:
    """Say how sure the register is of a pole (R-51): `repere`, `declare`, `verifie`, in any order.

    « Vérifié » is said by a person. The caller checks who (``perms.can_qualify``).
    """
    why = reason_of(reason)
    lock(pole.pk)
    pole.refresh_from_db()
    code = rules.status_problem(pole.register_status, status, by_a_person=by is not None)
    if code:
        raise DomainError(code, _STATUS_PROBLEMS[code](), facts={"field": "status"})
    insert(RegisterMove(pole=pole, before=pole.register_status, status=status, reason=why, by=by))
    data = {"from": pole.register_status, "to": status, "reason": why}
    return _moved(pole, {"register_status": status}, "pole.status_moved", data, by=by)


@transaction.atomic
def recognise(  # noqa: PLR0913 - keyword-only, as above
    pole: Pole,
    recognition: str,
    *,
    body: Actor | None,
    on: date | PartialDate,
    by: User | None,
    source: Source | None = None,
    status: str = Status.DECLARED,
    phase: str = "",
) -> Recognition:
    """Say that a body recognised a pole under a dated scheme of the vocabulary (R-150)."""
    if recognition not in catalogue.vocabulary("recognition"):
        message = _("Cette reconnaissance n'est pas au vocabulaire.")
        raise DomainError("unknown_recognition", message, facts={"field": "recognition"})
    day = on if isinstance(on, PartialDate) else PartialDate(on, DAY)
    if day.first > timezone.localdate():
        raise DomainError("future_move", _("Cette date est à venir."), facts={"field": "on"})
    lock(pole.pk)
    said = source or declaration(by, timezone.localdate())
    row = Recognition(
        pole=pole,
        scheme=recognition,
        phase=phase.strip()[:60],
        on=day.first,
        precision=day.precision,
        body=body,
        external=recognition.startswith("label-externe"),
        source=said,
        status=status,
    )
    insert(row)
    data = {"recognition": row.pk, "scheme": recognition, "on": day.iso(), "source": said.pk.hex}
    record(
        pole.actor.subject,
        "pole.recognised",
        by=by,
        data={**data, "body": body.pk.hex if body else "", "status": status},
    )
    listing.project([pole.pk])
    return row


@transaction.atomic
def end_recognition(row: Recognition, *, on: date, reason: str, by: User | None) -> Recognition:
    """Say that a recognition ended on a day, and why; it stays readable with its end."""
    why = reason_of(reason)
    lock(row.pole_id)
    row.ended_on, row.end_reason, row.end_recorded_at = on, why, timezone.now()
    check(row)
    ended = {"ended_on": on, "end_reason": why, "end_recorded_at": row.end_recorded_at}
    if not Recognition.objects.filter(pk=row.pk, ended_on=None).update(**ended):
        raise DomainError("already_ended", _("Une fin est déjà enregistrée."), status=409)
    data = {"recognition": row.pk, "scheme": row.scheme, "on": on.isoformat(), "reason": why}
    record(row.pole.actor.subject, "pole.recognition_ended", by=by, data=data)
    listing.project([row.pole_id])
    row.refresh_from_db()
    return row


@transaction.atomic
def close_pole(pole: Pole, *, by: User | None, reason: str, at: datetime | None = None) -> Pole:
    """Close a pole with its date and its reason (R-51): lists leave it out, its history stays readable."""
    journal_subjects.close(pole.actor.subject, by=by, reason=reason_of(reason), at=at)
    return _shown(pole)


@transaction.atomic
def reopen_pole(pole: Pole, *, by: User | None, reason: str) -> Pole:
    """Reopen a pole that was closed, and say why."""
    journal_subjects.reopen(pole.actor.subject, by=by, reason=reason_of(reason))
    return _shown(pole)


def reason_of(typed: str) -> str:
    """Return a reason, spaces tidied; refused when empty or longer than 300 characters."""
    why = " ".join(typed.split())
    if not why:
        raise DomainError("reason_needed", _("Dites pourquoi."), facts={"field": "reason"})
    if len(why) > _LONGEST:
        raise DomainError("reason_too_long", _("300 caractères au plus."), facts={"field": "reason"})
    return why


def insert(row: models.Model) -> None:
    """Insert a row after its own checks; what the database alone can see is refused alike (409)."""
    check(row)
    try:
        settled(lambda: row.save(force_insert=True))
    except IntegrityError as error:
        message = _("C'est déjà enregistré, à ces dates : rechargez la page.")
        raise DomainError(f"twice_{row._meta.model_name}", message, status=409) from error


def check(row: models.Model) -> None:
    """Raise ``DomainError`` with the French sentences of the constraints that a row breaks."""
    try:
        row.clean_fields(exclude={field.name for field in row._meta.concrete_fields if field.is_relation})
        row.validate_unique()
        row.validate_constraints()
    except ValidationError as error:
        sentences = " ".join(one for found in error.message_dict.values() for one in found)
        facts = {"problems": error.message_dict}
        raise DomainError(f"bad_{row._meta.model_name}", sentences, facts=facts) from error


def _moved(pole: Pole, columns: dict[str, str], verb: str, data: dict[str, str], *, by: User | None) -> Pole:
    Pole.objects.filter(pk=pole.pk).update(**columns, version=F("version") + 1)
    record(pole.actor.subject, verb, by=by, data=data)
    listing.project([pole.pk])
    pole.refresh_from_db()
    return pole


def _shown(pole: Pole) -> Pole:
    project_actors([pole.pk])
    listing.project([pole.pk])
    pole.actor.subject.refresh_from_db()
    return pole


def _refused_stage(code: str, last: StageMove | None) -> DomainError:
    said = {
        "unknown_stage": _("Ce stade n'existe pas."),
        "same_stage": _("C'est déjà son stade."),
        "reason_needed": _("Dites pourquoi."),
        "before_last_move": _("Le dernier changement de stade est plus récent que cette date."),
    }
    facts = {"field": "on" if code == "before_last_move" else "stage"}
    if last:
        facts["last"] = last.on.isoformat()
    return DomainError(code, said[code], facts=facts)


_STATUS_PROBLEMS = {
    "unknown_status": lambda: _("Cet état n'existe pas."),
    "same_status": lambda: _("C'est déjà son état."),
    "person_needed": lambda: _("« Vérifié » se dit par une personne."),
}

__all__ = [
    "check",
    "close_pole",
    "end_recognition",
    "insert",
    "move_stage",
    "move_status",
    "reason_of",
    "recognise",
    "reopen_pole",
]
