"""The yearly round of a pole: opened, answered by several people, closed and frozen (R-16, R-92)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.common.canonical import digest
from terreau.common.errors import DomainError, StaleWriteError
from terreau.common.stale import write_fresh
from terreau.facts.models import Status
from terreau.indicators import actions
from terreau.indicators.models import Answer, Indicator, Round, Value
from terreau.journal.actions import record
from terreau.poles.models import Pole
from terreau.subjects import actions as subjects

#: First year of which a round may be held, and what a person may say of a figure.
FIRST_YEAR = 1990
FIELDS = ("amount", "unknown", "status", "origin")
BLANK: dict[str, Any] = {"amount": None, "unknown": False, "status": Status.DECLARED.value, "origin": ""}


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says of an indicator: the fields as they saw them (``base``) and as they want them."""

    indicator: Indicator
    base: Mapping[str, Any]
    mine: Mapping[str, Any]


@dataclass
class Outcome:
    """What was written, and by indicator what two people said differently, or what is refused."""

    written: int = 0
    conflicts: dict[UUID, dict[str, dict[str, Any]]] = field(default_factory=dict)
    refusals: dict[UUID, DomainError] = field(default_factory=dict)


def open_round(pole: Pole, year: int, *, by: User | None) -> Round:
    """Return the round of a year, opened now if nobody did; refused for a year to come."""
    if not FIRST_YEAR <= year <= timezone.localdate().year:
        message = _("Le tour d'une année se fait quand elle a commencé.")
        raise DomainError("bad_year", message, facts={"year": year})
    with transaction.atomic():
        subjects.lock(pole.pk)
        found = Round.objects.filter(pole=pole, year=year).first()
        if found is None:
            found = Round.objects.create(pole=pole, year=year, opened_by=by)
            record(pole.actor.subject, "indicator.round_opened", by=by, data={"year": year})
    return found


def answer(row: Round, said: Sequence[Said], *, by: User) -> Outcome:
    """Write what is said of several indicators; each stands alone, so that a refusal costs nothing else.

    Raises ``DomainError`` (409) when the round was closed meanwhile.
    """
    made = Outcome()
    with transaction.atomic():
        subjects.lock(row.pole_id)
        _open_still(row)
        for one in said:
            if dict(one.base) != dict(one.mine):
                _answer(row, one, made, by=by)
        if made.written:
            data = {"year": row.year, "answers": made.written}
            record(row.pole.actor.subject, "indicator.round_answered", by=by, data=data)
    return made


def _answer(row: Round, one: Said, made: Outcome, *, by: User) -> None:
    pk = one.indicator.pk
    if problem := _problem(one.mine):
        made.refusals[pk] = problem
        return
    try:
        with transaction.atomic():
            held, _new = Answer.objects.get_or_create(round=row, indicator=one.indicator)
            wanted = {**one.mine, "by_id": by.pk}
            base = {**one.base, "by_id": held.by_id}
            made.written += bool(write_fresh(held, base=base, mine=wanted).changes)
    except StaleWriteError as error:
        made.conflicts[pk] = error.facts["conflicts"]
    except IntegrityError:
        # Two people, two halves of one sentence: « unknown » here, a figure there.
        message = _("Quelqu'un a répondu autrement pendant ce temps : rechargez la page.")
        made.refusals[pk] = DomainError("two_answers", message, status=409)


def _problem(mine: Mapping[str, Any]) -> DomainError | None:
    if mine["unknown"] and mine["amount"] is not None:
        message = _("Donnez une valeur, ou dites que vous ne savez pas.")
        return DomainError("two_answers", message, facts={"field": "amount"})
    if mine["status"] == Status.JUSTIFIED and not mine["origin"].strip():
        message = _("Ce qui est justifié dit par quoi : un document, un relevé, une page.")
        return DomainError("not_justified", message, facts={"field": "origin"})
    return None


def close(row: Round, *, by: User) -> Round:
    """Close a round: each answer becomes a value, and what was answered is frozen with its digest.

    Raises ``DomainError`` (409) when somebody closed it first, (422) when nothing was answered.
    """
    with transaction.atomic():
        subjects.lock(row.pole_id)
        _open_still(row)
        answers = list(Answer.objects.filter(round=row).select_related("indicator").order_by("pk"))
        if not any(one.amount is not None or one.unknown for one in answers):
            raise DomainError("nothing_answered", _("Répondez au moins à un indicateur avant de clore."))
        for one in answers:
            if one.amount is not None:
                _keep(row, one, by=by)
        data = {"year": row.year, "answers": [_frozen(one) for one in answers]}
        changed = Round.objects.filter(pk=row.pk, closed_at=None).update(
            closed_at=timezone.now(), closed_by=by, data=data, digest=digest(data)
        )
        assert changed == 1  # noqa: S101 - the subject is locked
        told = {"year": row.year, "digest": digest(data)}
        record(row.pole.actor.subject, "indicator.round_closed", by=by, data=told)
    row.refresh_from_db()
    return row


def _open_still(row: Round) -> None:
    if Round.objects.filter(pk=row.pk, closed_at__isnull=False).exists():
        message = _("Ce tour vient d'être clos : corrigez la valeur de l'indicateur lui-même.")
        raise DomainError("round_closed", message, status=409)


def _keep(row: Round, one: Answer, *, by: User) -> None:
    """Write an answer as the value of the year, or correct the one that the year has."""
    first, last = actions.year_of(row.year)
    held = Value.objects.filter(indicator=one.indicator, period_from=first, period_to=last)
    current = held.filter(superseded_by=None).first()
    indicator = one.indicator
    indicator.pole = row.pole
    said: dict[str, Any] = {"status": one.status, "how": one.origin, "round": row, "by": by}
    if current is None:
        actions.add_value(indicator, int(one.amount or 0), first=first, last=last, **said)
    elif current.amount != one.amount:
        current.indicator = indicator
        reason = _("tour annuel %(year)s") % {"year": row.year}
        actions.correct(current, one.amount, reason=reason, **said)


def _frozen(one: Answer) -> dict[str, Any]:
    row = one.indicator
    return {
        "indicator": row.pk.hex,
        "code": row.code,
        "label": row.label,
        "unit": row.unit,
        "amount": one.amount,
        "unknown": one.unknown,
        "status": one.status,
        "origin": one.origin,
    }
