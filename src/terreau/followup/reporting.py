"""Reports: written by the beneficiary, sent, answered by who instructs. What was sent never changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.common.canonical import digest
from terreau.common.errors import DomainError, NotFoundError, StaleWriteError
from terreau.dossiers.models import Dossier
from terreau.dossiers.moving import lock
from terreau.followup import figures
from terreau.followup.models import Report, ReportSchedule, ReportSending
from terreau.followup.telling import tell_officers, tell_team
from terreau.journal.actions import record, save_fresh

#: What the beneficiary writes.
PARTS: Final = ("done", "gaps", "coming", "money")
_WRITTEN: Final = (Report.State.DRAFT, Report.State.RETURNED)


def find(dossier: Dossier, pk: Any) -> ReportSchedule:
    """Return a report that is asked of a file. Raises ``NotFoundError``."""
    rows = ReportSchedule.objects.select_related("report", "dossier__call", "dossier__subject")
    row = rows.filter(dossier=dossier, pk=pk).first()
    if row is None:
        raise NotFoundError("unknown_report", _("Ce dossier n'a pas ce rapport."))
    return row


def begin(schedule: ReportSchedule) -> Report:
    """Return the report, begun when it was not."""
    report, _made = Report.objects.get_or_create(schedule=schedule)
    return report


def write(report: Report, *, base: Mapping[str, Any], mine: Mapping[str, Any], by: User) -> Report:
    """Save what is written so far. Raises ``StaleWriteError`` when somebody wrote the same part meanwhile."""
    with transaction.atomic():
        subject = lock(report.schedule.dossier).subject
        _writable(report)
        return save_fresh(report, subject=subject, verb="report.written", base=base, mine=mine, by=by)


def leave_out(report: Report, codes: list[str], *, by: User) -> None:
    """Say which figures are not joined."""
    _writable(report)
    if sorted(codes) != sorted(report.left_out):
        Report.objects.filter(pk=report.pk).update(left_out=sorted(codes))
        data = {"report": report.pk.hex, "left_out": len(codes)}
        record(report.schedule.dossier.subject, "report.figures_chosen", by=by, data=data)


def send(report: Report, *, seen: int, by: User) -> ReportSending:
    """Send a report with its figures; a frozen copy of it is kept for ever.

    ``seen``: the version that the person read; another one is refused (409).
    """
    schedule = report.schedule
    with transaction.atomic():
        dossier = lock(schedule.dossier)
        row = Report.objects.select_related("schedule").get(pk=report.pk)
        if row.state not in _WRITTEN:
            raise DomainError("sent_already", _("Ce rapport est déjà envoyé."), status=409)
        _check_asked(row)
        if row.version != seen:
            words = _("Quelqu'un a écrit dans ce rapport pendant ce temps : relisez-le, puis envoyez-le.")
            raise StaleWriteError("report_changed", words, facts={"version": row.version})
        if not row.done.strip():
            words = _("Dites au moins ce qui a été fait.")
            raise DomainError("nothing_said", words, facts={"field": "done"})
        made = _freeze(row, schedule, by)
        Report.objects.filter(pk=row.pk).update(
            state=Report.State.SENT, sent_at=made.at, version=F("version") + 1
        )
        data = {"report": row.pk.hex, "number": made.number, "digest": made.digest}
        record(dossier.subject, "report.sent", by=by, data=data)
        key = f"report-sent-{row.pk.hex}-{made.number}"
        tell_officers(dossier, "sent", name=schedule.name, by=by, dedupe=key)
    report.refresh_from_db()
    return made


def answer(report: Report, *, accepts: bool, words: str, by: User) -> Report:
    """Accept a report, or give it back with what is missing; of two officers one answers (409)."""
    said = words.strip()[:5000]
    if not accepts and not said:
        raise DomainError("no_reason", _("Dites ce qu'il faut compléter."), facts={"field": "words"})
    state = Report.State.ACCEPTED if accepts else Report.State.RETURNED
    schedule = report.schedule
    with transaction.atomic():
        dossier = lock(schedule.dossier)
        now = timezone.now()
        changed = Report.objects.filter(pk=report.pk, state=Report.State.SENT).update(
            state=state, answer=said, answered_at=now, answered_by=by, version=F("version") + 1
        )
        if not changed:
            words = _("Ce rapport n'attend plus de réponse : rechargez la page.")
            raise DomainError("not_sent", words, status=409)
        data = {"report": report.pk.hex, "state": str(state)}
        record(dossier.subject, "report.answered", by=by, data=data)
        key = f"report-answer-{report.pk.hex}-{now.isoformat()}"
        tell_team(dossier, str(state), name=schedule.name, by=by, dedupe=key)
    report.refresh_from_db()
    return report


def _freeze(row: Report, schedule: ReportSchedule, by: User) -> ReportSending:
    joined = figures.of_pole(schedule.dossier.pole, schedule.due_on, row.left_out)
    content = {
        "dossier": schedule.dossier.reference,
        "kind": schedule.kind,
        "title": schedule.name,
        "due_on": schedule.due_on.isoformat(),
        **{part: getattr(row, part) for part in PARTS},
        "figures": [one.as_dict() for one in joined],
    }
    number = row.sendings.count() + 1
    return ReportSending.objects.create(
        report=row, number=number, content=content, digest=digest(content), by=by
    )


def _writable(report: Report) -> None:
    now = Report.objects.select_related("schedule").get(pk=report.pk)
    if now.state not in _WRITTEN:
        words = _("Ce rapport est envoyé : il ne s'écrit plus, sauf s'il est rendu à compléter.")
        raise DomainError("report_sent", words, status=409)
    _check_asked(now)


def _check_asked(row: Report) -> None:
    if row.schedule.dropped_at is not None:
        raise DomainError("report_dropped", _("Ce rapport n'est plus demandé."), status=409)
