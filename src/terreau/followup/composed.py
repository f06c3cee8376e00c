"""What the follow-up of a pole's files says to « Ma semaine », the calendar and the search: reports due,
meetings.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from terreau.common.together import Step, run
from terreau.followup.models import Report, ReportSchedule, Steering
from terreau.followup.planning import OWING
from terreau.poles.workspace import Due, Found, Stamp, Tone, Workspace

#: Days before a report is due on which « Ma semaine » begins to say it.
_SOON: Final = 30


def week(ws: Workspace) -> list[Due]:
    """Return the reports that the pole owes, and the minutes that nobody wrote, to who animates it."""
    return run(due(ws))


def due(ws: Workspace) -> Step[list[Due]]:
    """The step of ``week``: two questions asked together."""
    if not ws.runs:
        return []
    reports, meetings = yield (
        _owed(ws.pole.pk).filter(due_on__lte=ws.today + timedelta(days=_SOON)),
        Steering.objects.filter(
            dossier__pole=ws.pole, state=Steering.State.PLANNED, at__lt=timezone.now()
        ).select_related("dossier"),
    )
    return [*(_report(one, ws.today) for one in reports), *(_minutes(one) for one in meetings)]


def _owed(pole: Any) -> Any:
    waits = Q(report=None) | Q(report__state__in=[Report.State.DRAFT, Report.State.RETURNED])
    rows = ReportSchedule.objects.filter(waits, dossier__pole=pole, dossier__state__in=OWING, dropped_at=None)
    return rows.select_related("dossier").order_by("due_on", "pk")


def _report(row: ReportSchedule, on: date) -> Due:
    late = row.due_on < on
    words = (
        _("%(name)s de « %(dossier)s » : attendu depuis le %(day)s.")
        if late
        else _("%(name)s de « %(dossier)s » : à envoyer pour le %(day)s.")
    )
    name = row.name[:1].upper() + row.name[1:]
    said = words % {"name": name, "dossier": row.dossier.title, "day": date_format(row.due_on)}
    tone = Tone.LATE if late else Tone.NOW if (row.due_on - on).days <= 7 else Tone.SOON
    path = f"/dossiers/{row.dossier_id}/suivi/rapports/{row.pk}/"
    detail = _("Les chiffres du pôle y sont déjà.")
    return Due("followup", said, path, row.due_on, tone.value, detail, act=_("Écrire le rapport"))


def _minutes(row: Steering) -> Due:
    day = timezone.localdate(row.at)
    words = _("Écrire le compte rendu de la réunion du %(day)s sur « %(dossier)s ».")
    said = words % {"day": date_format(day), "dossier": row.dossier.title}
    path = f"/dossiers/{row.dossier_id}/suivi/reunions/{row.pk}/"
    return Due("followup", said, path, day, Tone.SOON.value, act=_("Écrire le compte rendu"))


def stamps(ws: Workspace, first: date, last: date) -> list[Stamp]:
    """Return the days on which reports are due, to who animates the pole (one query)."""
    if not ws.runs:
        return []
    rows = _owed(ws.pole.pk).filter(due_on__range=(first, last))
    return [
        Stamp(
            uid=f"report-{row.pk.hex}",
            starts=row.due_on,
            ends=row.due_on,
            title=_("%(name)s à envoyer : %(dossier)s") % {"name": row.name, "dossier": row.dossier.title},
            path=f"/dossiers/{row.dossier_id}/suivi/rapports/{row.pk}/",
            sequence=row.version,
        )
        for row in rows
    ]


def found(ws: Workspace, words: str, limit: int) -> list[Found]:
    """Return the meetings of the pole's files whose minutes hold these words."""
    return run(sought(ws, words, limit))


def sought(ws: Workspace, words: str, limit: int) -> Step[list[Found]]:
    """The step of ``found``: one question, for who animates the pole."""
    if not ws.runs:
        return []
    held = Q(minutes__icontains=words) | Q(decisions__icontains=words)
    rows = yield Steering.objects.filter(held, dossier__pole=ws.pole).select_related("dossier")[:limit]
    return [
        Found(
            title=f"{row.get_kind_display()} · {row.dossier.title}",
            path=f"/dossiers/{row.dossier_id}/suivi/reunions/{row.pk}/",
            extract=(row.decisions or row.minutes)[:200],
            kind=_("réunion de suivi"),
        )
        for row in rows
    ]
