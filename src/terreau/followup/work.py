"""Reminders of reports, each day: before they are due, then while they are late; once each."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from terreau.followup import rules
from terreau.followup.models import Report, ReportSchedule
from terreau.followup.planning import OWING
from terreau.followup.telling import tell_officers, tell_team
from terreau.jobs.work import Progress, not_done_today, register

_KIND = "followup.remind"


@register(_KIND, due=lambda: not_done_today(_KIND))
def remind(job: Progress) -> dict[str, Any]:
    """Remind of the reports that are due; a second run the same day tells nothing more."""
    found = waiting(timezone.localdate())
    for done, schedule in enumerate(found, 1):
        tell(schedule, timezone.localdate())
        if done % 50 == 0:
            job.step(done, len(found))
    return {"reports": len(found)}


def waiting(on: date) -> list[ReportSchedule]:
    """Return the reports due soon or late, that nobody has sent."""
    rows = ReportSchedule.objects.filter(
        Q(report=None) | Q(report__state__in=[Report.State.DRAFT, Report.State.RETURNED]),
        dropped_at=None,
        due_on__lte=on + timedelta(days=max(rules.REMINDERS)),
        dossier__state__in=OWING,
    )
    chosen = rows.select_related(
        "dossier__call", "dossier__subject", "dossier__pole__actor", "dossier__applicant"
    )
    return list(chosen.order_by("due_on", "pk"))


def tell(schedule: ReportSchedule, on: date) -> None:
    """Remind the team; once it is late who instructs is told too."""
    key = rules.reminder(schedule.due_on, on)
    if key is None:
        return
    dedupe = f"report-{schedule.pk.hex}-{schedule.due_on.isoformat()}-{key}"
    late = key.startswith("late")
    tell_team(schedule.dossier, "late" if late else "soon", name=schedule.name, dedupe=dedupe)
    if late:
        tell_officers(schedule.dossier, "late", name=schedule.name, dedupe=dedupe)
