"""Deciding of a request and of a label: one door for every move, under the lock of the label.

Two decisions on one request, or a withdrawal while a renewal is granted: one is made, the other is told
(409).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.common.errors import DomainError, RefusedError, StaleWriteError
from terreau.journal.actions import record, save_fresh
from terreau.labels import certificates, perms, rules
from terreau.labels.models import Finding, LabelDecision, LabelRequest, PlanStep
from terreau.labels.rules import State, Who
from terreau.labels.telling import tell_pole
from terreau.subjects.actions import lock

_LONGEST = 5000


@dataclass(frozen=True, slots=True)
class Progress:
    """A step of a progress plan: what, until when."""

    text: str
    due_on: date


def move(  # noqa: PLR0913 - keyword-only: who, when, why, from what they saw
    row: LabelRequest,
    verb: str,
    *,
    reason: str = "",
    on: date,
    by: User | None,
    seen: int | None = None,
    data: dict[str, Any] | None = None,
    values: dict[str, Any] | None = None,
) -> LabelRequest:
    """Take a step of the table: the row, the log, the journal, in one transaction.

    ``seen``: the version that the person read; another one raises ``StaleWriteError`` (409), as does a step
    that the state does not have any more (``DomainError``, 409).
    """
    why = reason.strip()[:_LONGEST]
    with transaction.atomic():
        lock(row.scheme_id)
        now = LabelRequest.objects.get(pk=row.pk)
        if seen is not None and now.version != seen:
            words = _("Une autre décision vient d'être prise : ce label est « %(state)s ». Relisez la page.")
            said = words % {"state": now.get_state_display()}
            raise StaleWriteError("decided_meanwhile", said, facts={"state": now.state})
        step = rules.step(State(now.state), verb)
        if step is None:
            words = _("Un label « %(state)s » ne peut pas passer par cette étape.")
            raise DomainError("no_such_step", words % {"state": now.get_state_display()}, status=409)
        if step.reason and not why:
            raise DomainError("no_reason", _("Dites pourquoi."), facts={"field": "reason"})
        _check_person(now, step, by)
        _write(now, step, why, on=on, by=by, data=data or {}, values=values or {})
    row.refresh_from_db()
    return row


def _check_person(now: LabelRequest, step: rules.Step, by: User | None) -> None:
    if step.who not in {Who.INSTRUCTS, Who.DECIDES}:
        return
    if by is None:
        raise RefusedError("nobody_decides", _("Une personne décide d'un label."))
    perms.check_outside(now, by)
    if step.verb in {"uphold", "overturn"}:
        against = now.decisions.filter(after=now.contested).order_by("-rank").first()
        if against is not None and against.by_id == by.pk:
            words = _(
                "Qui a pris la décision contestée n'examine pas le recours : demandez à quelqu'un d'autre."
            )
            raise RefusedError("judges_oneself", words)


def _write(  # noqa: PLR0913 - what each move holds
    now: LabelRequest,
    step: rules.Step,
    why: str,
    *,
    on: date,
    by: User | None,
    data: dict[str, Any],
    values: dict[str, Any],
) -> None:
    contested = State(now.contested) if now.contested else None
    after = rules.after(step, contested)
    if step.verb == "overturn" and after in rules.OPEN:
        _check_alone(now)
    rank = now.decisions.count() + 1
    LabelDecision.objects.create(
        request=now,
        rank=rank,
        verb=step.verb,
        before=now.state,
        after=after,
        reason=why,
        on=on,
        by=by,
        data=data,
    )
    held = now.state if step.verb == "appeal" else ""
    changed = {"state": after, "contested": held, "state_since": timezone.now(), **values}
    # A decision that an appeal leaves as it is keeps its day: it is since then that it holds.
    if step.who == Who.DECIDES and step.verb != "uphold":
        changed["decided_on"] = on
    LabelRequest.objects.filter(pk=now.pk).update(**changed, version=F("version") + 1)
    told = {"request": now.pk.hex, "number": now.number, "after": str(after)}
    record(now.scheme.subject, f"label.{step.verb}", by=by, data=told)
    if step.who != Who.POLE:
        tell_pole(now, step.verb, by=by, dedupe=f"label-{now.pk.hex}-{rank}")


def _check_alone(now: LabelRequest) -> None:
    """Refuse to instruct again what the pole asked for anew meanwhile: one request waits at a time."""
    others = LabelRequest.objects.filter(scheme=now.scheme_id, pole=now.pole_id, state__in=rules.OPEN)
    if others.exists():
        words = _("Le pôle a fait depuis une autre demande de ce label : décidez d'abord de celle-là.")
        raise DomainError("asked_again", words, status=409)


def take(row: LabelRequest, *, on: date, by: User, seen: int) -> LabelRequest:
    """Begin the instruction of a request."""
    return move(row, "take", on=on, by=by, seen=seen)


def find(  # noqa: PLR0913 - keyword-only: what is found, from what was seen
    row: LabelRequest, criterion: str, *, answer: str, words: str, seen: int, by: User
) -> Finding:
    """Write what instruction finds of a criterion; ``seen``: the version on the page (0: none yet).

    Raises ``StaleWriteError`` when somebody else wrote meanwhile, ``DomainError`` without the words that a
    « no » asks, or once the request is decided.
    """
    if criterion not in codes(row):
        raise DomainError("unknown_criterion", _("Cette grille n'a pas ce critère."), status=404)
    said = words.strip()[:_LONGEST]
    if answer not in Finding.Answer.values:
        raise DomainError("no_answer", _("Choisissez un constat."), facts={"field": "answer"})
    if answer != Finding.Answer.YES and not said:
        message = _("Un critère qui manque ou reste à vérifier : dites pourquoi.")
        raise DomainError("no_reason", message, facts={"field": "words"})
    with transaction.atomic():
        lock(row.scheme_id)
        perms.check_outside(row, by)
        if LabelRequest.objects.get(pk=row.pk).state != State.INSTRUCTED:
            words_ = _("Cette demande n'est pas en instruction : ses constats ne changent plus.")
            raise DomainError("not_instructed", words_, status=409)
        held = Finding.objects.filter(request=row, criterion=criterion).first()
        if (held.version if held else 0) != seen:
            message = _(
                "Quelqu'un vient d'écrire sur ce critère : « %(answer)s ». Relisez, puis recommencez."
            )
            shown = held.get_answer_display() if held else ""
            raise StaleWriteError("stale_finding", message % {"answer": shown})
        values = {"answer": answer, "words": said, "by": by, "at": timezone.now()}
        if held is None:
            held = Finding.objects.create(request=row, criterion=criterion, **values)
        else:
            Finding.objects.filter(pk=held.pk).update(**values, version=F("version") + 1)
            held.refresh_from_db()
        told = {"request": row.pk.hex, "criterion": criterion, "answer": answer}
        record(row.scheme.subject, "label.found", by=by, data=told)
    return held


def grant(  # noqa: PLR0913 - keyword-only: the parts of a decision
    row: LabelRequest, *, reason: str, plan: Iterable[Progress] = (), on: date, by: User, seen: int
) -> LabelRequest:
    """Grant a label, or its renewal, with its progress plan; the certificate is issued in the same
    transaction.

    Every criterion must have been answered; what is missing or remains to be checked asks for a step of
    progress (R-81). A renewal begins the day after the label it renews, which must still hold (409
    otherwise).
    """
    steps = [one for one in plan if one.text.strip()]
    with transaction.atomic():
        lock(row.scheme_id)
        answers = dict(Finding.objects.filter(request=row).values_list("criterion", "answer"))
        _check_answers(row, answers, steps)
        renewed = _renewed(row, on)
        first = max(on, renewed.valid_to + timedelta(days=1)) if renewed and renewed.valid_to else on
        last = rules.last_day(first, row.scheme.months)
        findings = list(
            Finding.objects.filter(request=row).order_by("pk").values("criterion", "answer", "words")
        )
        data = {"findings": findings, "grid": row.grid_version.digest, "conclusion": row.conclusion.digest}
        made = move(
            row,
            "grant",
            reason=reason,
            on=on,
            by=by,
            seen=seen,
            data=data,
            values={"valid_from": first, "valid_to": last},
        )
        for one in steps:
            PlanStep.objects.create(request=made, text=one.text.strip()[:300], due_on=one.due_on, by=by)
        certificates.issue(made)
        if renewed is not None:
            move(renewed, "renew", on=on, by=by, data={"by": made.pk.hex})
    return made


def _check_answers(row: LabelRequest, answers: dict[str, str], steps: list[Progress]) -> None:
    if missing := rules.unjudged(codes(row), answers):
        words = _("Aucun constat encore sur : %(codes)s.") % {"codes": ", ".join(missing)}
        raise DomainError("unjudged", words, facts={"criteria": missing})
    gaps = [code for code, answer in answers.items() if answer != Finding.Answer.YES]
    if gaps and not steps:
        words = _("Ce qui manque demande un plan de progrès, avec une étape au moins : %(codes)s.")
        said = words % {"codes": ", ".join(gaps)}
        raise DomainError("no_plan", said, facts={"field": "step_1", "criteria": gaps})


def _renewed(row: LabelRequest, on: date) -> LabelRequest | None:
    """Return the label that a request renews, None when it renews none or one that ended by itself."""
    if row.renews_id is None:
        return None
    held = LabelRequest.objects.get(pk=row.renews_id)
    if held.worth(on) == rules.Worth.EXPIRED:
        return None
    if held.state != State.GRANTED:
        words = _("Le label à renouveler n'est plus en vigueur : il est « %(state)s ».")
        said = words % {"state": held.get_state_display()}
        raise DomainError("renews_nothing", said, facts={"state": held.state}, status=409)
    return held


def decide(  # noqa: PLR0913 - keyword-only: the parts of a decision
    row: LabelRequest, verb: str, *, reason: str, on: date, by: User, seen: int
) -> LabelRequest:
    """Refuse, suspend, reinstate, withdraw, or end an appeal (``uphold``, ``overturn``); always with a
    reason.
    """
    return move(row, verb, reason=reason, on=on, by=by, seen=seen)


def done(step: PlanStep, *, words: str, on: date, by: User) -> PlanStep:
    """Say that a step of the plan is done, and what was done; a second person is told
    (``StaleWriteError``).
    """
    said = words.strip()[:_LONGEST]
    if not said:
        raise DomainError("no_words", _("Dites ce qui a été fait."), facts={"field": "words"})
    return save_fresh(
        step,
        subject=step.request.scheme.subject,
        verb="label.progressed",
        base={"done_on": None, "done_words": ""},
        mine={"done_on": on, "done_words": said},
        by=by,
    )


def codes(row: LabelRequest) -> list[str]:
    """Return the codes of the criteria that a request answers to, in the order of the grid."""
    return [str(one["code"]) for one in row.grid_version.content.get("criteria", [])]


def expire(on: date) -> int:
    """Close the labels whose last day is past; return how many. What a passer-by reads never waited for
    it.
    """
    late = LabelRequest.objects.filter(
        state__in=[State.GRANTED, State.SUSPENDED], valid_to__lt=on
    ).select_related("scheme__subject", "pole__actor__subject")
    count = 0
    for row in late.order_by("pk"):
        try:
            move(row, "expire", on=on, by=None, seen=row.version)
            count += 1
        except (DomainError, StaleWriteError):
            continue
    return count
