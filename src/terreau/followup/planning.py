"""Which reports are due: the usual ones, dated from the agreement; one more, or one dropped, by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.common.errors import DomainError
from terreau.common.periods import plus_months
from terreau.dossiers import states
from terreau.dossiers.models import Dossier, Transition
from terreau.dossiers.moving import lock
from terreau.followup import rules
from terreau.followup.models import ReportSchedule
from terreau.followup.telling import tell_team
from terreau.journal.actions import record

#: States in which a file owes its reports: before there is nothing to tell, after it is over.
OWING: Final = (states.AGREEMENT, states.RUNNING, states.EVALUATION)


@dataclass(frozen=True, slots=True)
class Asked:
    """A report to ask for: ``months`` after the agreement, or on a day."""

    kind: str
    due_on: date
    months: int | None = None
    title: str = ""
    asked: str = ""


def plan(dossier: Dossier, *, anchor_on: date, by: User | None) -> list[ReportSchedule]:
    """Write the usual reports of a file, dated from its agreement; those that stand already stay.

    Call it again after an amendment: reports not begun move with the new day, the others do not, and those
    that are not asked for any more do not come back. Raises ``DomainError`` (409) when one falls on the day
    of another of its kind.
    """
    with transaction.atomic():
        row = lock(dossier)
        standing = _dated(row)
        # Moved on, the last goes first: none falls for a moment on the day that the next one leaves.
        later = any(one.anchor_on is not None and one.anchor_on < anchor_on for one in standing.values())
        usual = rules.usual(row.call.duration_months)
        for kind, months in sorted(usual, key=lambda pair: pair[1], reverse=later):
            due = plus_months(anchor_on, months)
            held = standing.get((kind, months))
            if held is None:
                _add(row, Asked(kind, due, months), anchor_on, by)
            elif held.due_on != due and held.dropped_at is None and not hasattr(held, "report"):
                _move(row, held, due, anchor_on, by)
        return living(row)


def follow(dossier: Dossier, made: Transition) -> None:
    """Date the usual reports from the day on which the agreement comes into force."""
    if made.verb == "start":
        plan(dossier, anchor_on=timezone.localdate(made.at), by=made.by)


def ask(dossier: Dossier, asked: Asked, *, by: User) -> ReportSchedule:
    """Ask for one more report, and tell the team. Raises ``DomainError`` with its field."""
    if asked.due_on < timezone.localdate():
        raise DomainError("past_day", _("Cette date est passée."), facts={"field": "due_on"})
    if asked.kind not in ReportSchedule.Kind.values:
        raise DomainError("unknown_kind", _("Choisissez la nature."), facts={"field": "kind"})
    with transaction.atomic():
        row = lock(dossier)
        made = _add(row, asked, None, by)
        tell_team(row, "asked", name=made.name, by=by, dedupe=f"report-asked-{made.pk.hex}")
    return made


def drop(schedule: ReportSchedule, *, reason: str, by: User) -> ReportSchedule:
    """Say that a report is not asked for any more, and why; what was written of it stays."""
    words = " ".join(reason.split())[:300]
    if not words:
        raise DomainError("no_reason", _("Dites pourquoi."), facts={"field": "reason"})
    with transaction.atomic():
        row = lock(schedule.dossier)
        changed = ReportSchedule.objects.filter(pk=schedule.pk, dropped_at=None).update(
            dropped_at=timezone.now(), drop_reason=words
        )
        if not changed:
            raise DomainError("dropped_already", _("Ce rapport n'est déjà plus demandé."), status=409)
        record(row.subject, "report.dropped", by=by, data={"report": schedule.pk.hex})
        tell_team(row, "dropped", name=schedule.name, by=by, dedupe=f"report-dropped-{schedule.pk.hex}")
    schedule.refresh_from_db()
    return schedule


def living(dossier: Dossier) -> list[ReportSchedule]:
    """Return the reports that are asked for, by day."""
    rows = ReportSchedule.objects.filter(dossier=dossier, dropped_at=None).select_related("report")
    return list(rows.order_by("due_on", "pk"))


def _dated(dossier: Dossier) -> dict[tuple[str, int | None], ReportSchedule]:
    """Return the reports that are dated from the agreement; one that is asked for before one dropped."""
    rows = ReportSchedule.objects.filter(dossier=dossier, months__isnull=False).select_related("report")
    found = sorted(rows, key=lambda one: one.dropped_at is None)
    return {(one.kind, one.months): one for one in found}


def _move(row: Dossier, held: ReportSchedule, due: date, anchor_on: date, by: User | None) -> None:
    try:
        with transaction.atomic():
            ReportSchedule.objects.filter(pk=held.pk).update(
                due_on=due, anchor_on=anchor_on, version=F("version") + 1
            )
    except IntegrityError as error:
        raise _asked_already() from error
    record(row.subject, "report.moved", by=by, data=_said(held.pk.hex, due))


def _add(row: Dossier, asked: Asked, anchor_on: date | None, by: User | None) -> ReportSchedule:
    try:
        with transaction.atomic():
            made = ReportSchedule.objects.create(
                dossier=row,
                kind=asked.kind,
                title=asked.title.strip()[:160],
                asked=asked.asked.strip()[:5000],
                months=asked.months,
                anchor_on=anchor_on,
                due_on=asked.due_on,
                by=by,
            )
    except IntegrityError as error:
        raise _asked_already() from error
    record(row.subject, "report.asked", by=by, data=_said(made.pk.hex, made.due_on))
    return made


def _asked_already() -> DomainError:
    words = _("Un rapport de cette nature est déjà demandé pour ce jour.")
    return DomainError("asked_already", words, facts={"field": "due_on"}, status=409)


def _said(key: str, due: date) -> dict[str, str]:
    return {"report": key, "due": due.isoformat()}
