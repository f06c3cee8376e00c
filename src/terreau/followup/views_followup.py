"""The follow-up of a file: what is due and when, the meetings; one report; one meeting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from terreau.agreements import read as agreements
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.dossiers.models import Dossier
from terreau.dossiers.perms import DossierSpace
from terreau.exchanges.acting import Act, Played, PressForm, play
from terreau.followup import figures, meetings, perms, planning, reporting, rules
from terreau.followup.forms import (
    AnswerForm,
    AskForm,
    DropForm,
    MeetingForm,
    MinutesForm,
    PlanForm,
    ReportForm,
)
from terreau.followup.models import Report, ReportSchedule, Steering
from terreau.followup.perms import BENEFICIARY, EITHER, OFFICER
from terreau.followup.planning import Asked

REPORTS = (
    Column(gettext_lazy("Rapport"), lambda one: one.row.name),
    Column(gettext_lazy("Attendu pour le"), lambda one: one.row.due_on, "date"),
    Column(gettext_lazy("Où en est le rapport"), lambda one: one.state),
    Column(gettext_lazy("Jours de retard"), lambda one: one.timing.days if one.timing.late else 0, "integer"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A report on the page: where it is, how late."""

    row: ReportSchedule
    report: Report | None
    timing: rules.Timing
    state: str
    tone: str

    @property
    def waits(self) -> bool:
        """Whether the beneficiary still owes it."""
        return self.report is None or self.report.state in {Report.State.DRAFT, Report.State.RETURNED}


def line(row: ReportSchedule, on: date) -> Line:
    """Return a report as the pages show it; late is counted to the day it was sent, or to today."""
    report: Report | None = getattr(row, "report", None)
    sent = timezone.localdate(report.sent_at) if report and report.sent_at else None
    waits = report is None or report.state in {Report.State.DRAFT, Report.State.RETURNED}
    timing = rules.timing(row.due_on, on, None if waits else sent)
    if report is None:
        return Line(row, None, timing, _("pas encore commencé"), "clay" if timing.late else "plain")
    tones = {"draft": "slate", "returned": "ochre", "sent": "slate", "accepted": "moss"}
    return Line(row, report, timing, str(report.get_state_display()), tones[report.state])


def anchor(dossier: Dossier) -> date | None:
    """Return the day on which the agreement of a file came into force, None before."""
    held = agreements.agreement_of(dossier)
    days = [one.in_force_on for one in agreements.deeds_of(held)] if held else []
    return min((one for one in days if one), default=None)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """What is due on a file, what was sent, the meetings; what each side does next."""
    space = perms.enter(request, pk)
    dossier, today = space.dossier, timezone.localdate()
    lines = [line(one, today) for one in planning.living(dossier)]
    title = _("Rapports de %(name)s") % {"name": dossier.name}
    if made := export_response(request, lines, REPORTS, f"rapports-{dossier.reference.lower()}", title=title):
        return made
    played = play(request, _acts(space), request.path)
    if not isinstance(played, Played):
        return played
    waiting = [one for one in lines if one.waits]
    context = {
        **common(space),
        "lines": lines,
        "next": waiting[0] if waiting else None,
        "late": [one for one in waiting if one.timing.late],
        "meetings": list(dossier.steerings.order_by("-at", "pk")[:100]),
        "forms": played,
        "planned": bool(lines),
        "now": timezone.now(),
    }
    return render(request, "followup/followup.html", context, status=played.status)


def common(space: DossierSpace) -> dict[str, Any]:
    """Return what each page of the follow-up shows."""
    return {
        "space": space,
        "dossier": space.dossier,
        "officer": perms.officer(space),
        "writes": perms.writes(space),
        "followed": space.dossier.state in perms.FOLLOWED,
        "today": timezone.localdate(),
    }


def _acts(space: DossierSpace) -> dict[str, Act]:
    dossier, user = space.dossier, space.user

    def plan(form: Any) -> str:
        planning.plan(dossier, anchor_on=form.cleaned_data["anchor_on"], by=user)
        return _("Les rapports sont demandés, et datés de la convention.")

    def ask(form: Any) -> str:
        planning.ask(dossier, Asked(**form.cleaned_data), by=user)
        return _("Le rapport est demandé, et l'équipe prévenue.")

    def meet(form: Any) -> str:
        meetings.plan(dossier, **form.cleaned_data, by=user)
        return _("La réunion est prévue, et les deux parties prévenues.")

    first = {"anchor_on": anchor(dossier)} if perms.officer(space) else {}
    return {
        "plan": Act(allow(space, OFFICER), partial(PlanForm, initial=first), plan),
        "ask": Act(allow(space, OFFICER), AskForm, ask),
        "meet": Act(allow(space, EITHER), MeetingForm, meet),
    }


def allow(space: DossierSpace, who: str) -> Callable[[], object]:
    """Return what refuses who is not of a side."""
    return lambda: perms.require(space, who)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, pk: UUID, schedule: UUID) -> HttpResponseBase:
    """One report: written and sent by the beneficiary, read and answered by who instructs."""
    space = perms.enter(request, pk)
    row = reporting.find(space.dossier, schedule)
    drawn = line(row, timezone.localdate())
    held = _held(request, space, row)
    found = figures.of_pole(space.dossier.pole, row.due_on) if _writable(space, held) else []
    played = play(request, _report_acts(space, row, held, found), request.path)
    if not isinstance(played, Played):
        return played
    if request.method == "POST":
        row = reporting.find(space.dossier, schedule)
        held, drawn = getattr(row, "report", None), line(row, timezone.localdate())
    sendings = list(held.sendings.order_by("-number")) if held else []
    context = {
        **common(space),
        "row": row,
        "line": drawn,
        "report": held,
        "writable": _writable(space, held),
        "sendings": sendings,
        "last": sendings[0] if sendings else None,
        "forms": played,
    }
    return render(request, "followup/report.html", context, status=played.status)


def _held(request: HttpRequest, space: DossierSpace, row: ReportSchedule) -> Report | None:
    """Return the report, begun by the first word that is sent; one that nobody began is drawn blank."""
    held: Report | None = getattr(row, "report", None)
    if held is None and perms.writes(space) and row.dropped_at is None:
        return reporting.begin(row) if request.method == "POST" else Report(schedule=row)
    return held


def _writable(space: DossierSpace, held: Report | None) -> bool:
    states = {Report.State.DRAFT, Report.State.RETURNED}
    return held is not None and perms.writes(space) and held.state in states


def _report_acts(
    space: DossierSpace, row: ReportSchedule, held: Report | None, found: list[figures.Figure]
) -> dict[str, Act]:
    def drop(form: Any) -> str:
        planning.drop(row, reason=form.cleaned_data["reason"], by=space.user)
        return _("Ce rapport n'est plus demandé.")

    acts = {"drop": Act(allow(space, OFFICER), DropForm, drop)}
    return acts if held is None else {**acts, **_writing_acts(space, held, found)}


def _writing_acts(space: DossierSpace, held: Report, found: list[figures.Figure]) -> dict[str, Act]:
    user = space.user

    def write(form: ReportForm) -> str:
        row = reporting.write(held, base=form.base, mine=form.mine, by=user)
        reporting.leave_out(row, form.left_out, by=user)
        if not form.sends:
            return _("C'est enregistré. Rien n'est envoyé encore.")
        if any(getattr(row, part) != words for part, words in form.mine.items()):
            return _("C'est enregistré, et quelqu'un d'autre avait écrit : relisez le tout, puis envoyez.")
        reporting.send(row, seen=row.version, by=user)
        return _("Le rapport est envoyé ; une copie en est gardée telle quelle.")

    def answer(form: Any) -> str:
        accepts = form.cleaned_data["accepts"] == "oui"
        reporting.answer(held, accepts=accepts, words=form.cleaned_data["words"], by=user)
        return _("Le rapport est accepté.") if accepts else _("Le rapport est rendu à compléter.")

    writing = partial(ReportForm, row=held, found=found, left_out=held.left_out)
    return {
        "write": Act(allow(space, BENEFICIARY), writing, write),
        "answer": Act(allow(space, OFFICER), AnswerForm, answer),
    }


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def meeting(request: HttpRequest, pk: UUID, meeting_pk: UUID) -> HttpResponseBase:
    """One meeting: when and where; its minutes, that both sides write."""
    space = perms.enter(request, pk)
    row = meetings.find(space.dossier, meeting_pk)
    played = play(request, _meeting_acts(space, row), request.path)
    if not isinstance(played, Played):
        return played
    row.refresh_from_db()
    able = perms.writes(space) or perms.officer(space)
    past = row.at <= timezone.now()
    context = {
        **common(space),
        "row": row,
        "forms": played,
        "may_write": able and past and row.state != Steering.State.CANCELLED,
        "may_cancel": able and row.state == Steering.State.PLANNED,
        "past": past,
    }
    return render(request, "followup/meeting.html", context, status=played.status)


def _meeting_acts(space: DossierSpace, row: Steering) -> dict[str, Act]:
    def hold(form: Any) -> str:
        meetings.hold(row, base=form.base, mine=form.mine, by=space.user)
        return _("Le compte rendu est enregistré.")

    def cancel(_form: Any) -> str:
        meetings.cancel(row, by=space.user)
        return _("La réunion est annulée.")

    return {
        "hold": Act(allow(space, EITHER), partial(MinutesForm, row=row), hold),
        "cancel": Act(allow(space, EITHER), PressForm, cancel),
    }
