"""Shared jobs: who takes what of them, hours in one tap, what each member had. The person is named to few."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from terreau.accounts.models import User
from terreau.actors.models import Actor, Belonging
from terreau.common.errors import DomainError, NotFoundError
from terreau.common.money import Euro
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.journal.actions import save_fresh
from terreau.means import jobs
from terreau.means.fields import base_of, bases, hours_said
from terreau.means.forms import ReasonForm
from terreau.means.forms_costs import DayForm, JobForm, LogForm, ShareForm
from terreau.means.models import Job, JobShare
from terreau.means.pages import one_of, people_of, require_living, voices
from terreau.means.views_costs import asked_year
from terreau.poles.workspace import Workspace, enter, refused, require_voice, show

#: Lengths of one tap, in minutes.
_TAPS = (30, 60, 120, 210, 420)


def may_name(ws: Workspace, job: Job) -> bool:
    """Say whether the person reads the name of who holds a job: she, and the people of her employer."""
    return job.user_id == ws.user.pk or job.employer_id in ws.standing.speaks_for


def name_for(ws: Workspace, job: Job) -> str:
    """Return the name of who holds a job, or what others read instead; no query."""
    return job.person if job.person and may_name(ws, job) else job.alias


def may_log(ws: Workspace, job: Job) -> bool:
    """Say whether the person writes the hours: she who holds the job, her employer, who animates."""
    return job.user_id == ws.user.pk or ws.may_speak_for(job.employer_id)


@require_safe
def index(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The shared jobs of the pole and what was worked of each this year."""
    ws = enter(request, slug)
    first, last = date(ws.today.year, 1, 1), ws.today
    rows = list(Job.objects.filter(pole=ws.pole).select_related("employer").order_by("title", "pk"))
    sums = jobs.sums(ws.pole, first=first, last=last)
    table = [(row, name_for(ws, row), *sums.get(row.pk, (0, 0))) for row in rows]
    columns = [
        Column(_("Poste"), lambda line: line[0].title),
        Column(_("Qui le tient"), lambda line: line[1]),
        Column(_("Employeur"), lambda line: line[0].employer.name),
        Column(_("Cadre juridique"), lambda line: line[0].get_frame_display()),
        Column(_("Membres qui en prennent"), lambda line: line[2], "integer"),
        Column(_("Minutes travaillées cette année"), lambda line: line[3], "integer"),
    ]
    if made := export_response(request, table, columns, "emplois", title=_("Emplois partagés")):
        return made
    context = {
        "rows": [
            (row, name, members, hours_said(minutes), may_log(ws, row))
            for row, name, members, minutes in table
        ]
    }
    return show(request, ws, "means/jobs.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Share a job in the name of its employer."""
    ws = enter(request, slug)
    require_living(ws, verb="job.share")
    employers = voices(ws)
    form = JobForm(
        employers, [], request.POST if request.method == "POST" else None, initial={"since": ws.today}
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            row = jobs.create(
                ws.pole,
                one_of(employers, values["employer"]),
                title=values["title"],
                frame=values["frame"],
                since=values["since"],
                person=values["person"].strip(),
                by=ws.user,
            )
            messages.success(request, _("Le poste est ouvert : dites quels membres en prennent une part."))
            return redirect("espace_job", slug, row.pk)
        except DomainError as error:
            refused(form, error)
    return show(request, ws, "means/job_new.html", {"form": form}, status=422 if form.errors else 200)


def _find(ws: Workspace, pk: UUID) -> Job:
    rows = Job.objects.select_related("employer", "pole__actor__subject")
    found = rows.filter(pole=ws.pole, pk=pk).first()
    if found is None:
        raise NotFoundError("unknown_job", _("Ce poste n'existe pas dans ce pôle."))
    return found


@require_safe
def one(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """A job: its shares, what was planned and worked for each member, the lines of the year."""
    ws = enter(request, slug)
    return _page(request, ws, _find(ws, pk))


def _page(
    request: HttpRequest,
    ws: Workspace,
    job: Job,
    *,
    forms: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponseBase:
    year = asked_year(request, ws.today.year)
    first, last = date(year, 1, 1), min(date(year, 12, 31), max(ws.today, date(year, 1, 1)))
    lines = jobs.statement(job, first=first, last=last)
    names = {one.pk: one.name for one in Actor.objects.filter(pk__in=[line.actor for line in lines])}
    table = sorted(((names[line.actor], line) for line in lines), key=lambda pair: pair[0])
    columns = [
        Column(_("Organisation"), lambda pair: pair[0]),
        Column(_("Minutes prévues"), lambda pair: pair[1].planned, "integer"),
        Column(_("Minutes travaillées"), lambda pair: pair[1].worked, "integer"),
        Column(
            _("Coût en euros"),
            lambda pair: _euros(pair[1].cents),
            "number",
        ),
    ]
    if made := export_response(request, table, columns, f"emploi-{job.alias}-{year}", title=job.title):
        return made
    shares = list(JobShare.objects.filter(job=job).select_related("actor").order_by("-valid_from", "pk"))
    keeps, logs = ws.may_speak_for(job.employer_id), may_log(ws, job)
    context = {
        "job": job,
        "name": name_for(ws, job),
        "named": may_name(ws, job),
        "keeps": keeps,
        "logs": logs,
        "shares": [
            (
                row,
                hours_said(row.minutes_a_month),
                None if row.cents_an_hour is None else Euro(row.cents_an_hour),
            )
            for row in shares
        ],
        "table": [_said(name, line) for name, line in table],
        "lines": [
            (row, hours_said(round(abs(row.thousandths or 0) * 60 / 1000)))
            for row in jobs.lines(job, first=first, last=last)[:100]
        ],
        "year": year,
        "years": sorted({*range(job.valid_from.year, ws.today.year + 1), year}, reverse=True),
        "taps": [(minutes, hours_said(minutes)) for minutes in _TAPS],
        **_forms(ws, job, shares, keeps=keeps, logs=logs),
        **(forms or {}),
    }
    return show(request, ws, "means/job.html", context, status=status)


def _euros(cents: int | None) -> Euro | None:
    return None if cents is None else Euro(cents)


def _said(name: str, line: jobs.Line) -> dict[str, Any]:
    gap = line.worked - line.planned
    sign = "+" if gap > 0 else "−" if gap < 0 else ""
    return {
        "name": name,
        "planned": hours_said(line.planned),
        "worked": hours_said(line.worked),
        "gap": f"{sign}{hours_said(abs(gap))}" if gap else "0",
        "cost": _euros(line.cents),
        "share": line.worked * 100 // line.planned if line.planned else 0,
    }


def _forms(ws: Workspace, job: Job, shares: list[JobShare], *, keeps: bool, logs: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"reason": ReasonForm()}
    if logs:
        takers = _takers(ws, job, shares)
        found["log"] = LogForm(takers, initial={"on": ws.today, "actor": _usual(job, takers)})
        found["takers"] = takers
    if keeps:
        members = [one for one in people_of(ws) if one.pk != job.employer_id]
        found["share"] = ShareForm(members, initial={"since": ws.today.replace(day=1)})
        found["end"] = DayForm(initial={"on": ws.today})
    return found


def _takers(ws: Workspace, job: Job, shares: list[JobShare]) -> list[Actor]:
    """Return the members for whom hours may be written: those that take a share, else all of the pole."""
    taking = {row.actor_id: row.actor for row in shares}
    found = list(taking.values()) or people_of(ws)
    return sorted((one for one in found if one.pk != job.employer_id), key=lambda one: one.sort_key)


def _usual(job: Job, takers: list[Actor]) -> str:
    """Return the member of the last hours written: most often the next ones too."""
    last = jobs.lines(job, first=date(2000, 1, 1), last=date(2200, 1, 1)).values_list("receiver", flat=True)
    held = next(iter(last[:1]), None)
    known = {one.pk for one in takers}
    return str(held) if held in known else str(takers[0].pk) if takers else ""


@require_POST
def log(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Write hours, in one tap or typed."""
    ws = enter(request, slug)
    job = _find(ws, pk)
    if not may_log(ws, job):
        require_voice(ws, job.employer_id, verb="job.log")
    require_living(ws, verb="job.log")
    shares = list(JobShare.objects.filter(job=job).select_related("actor"))
    takers = _takers(ws, job, shares)
    form = LogForm(takers, request.POST)
    tap = request.POST.get("duree", "")
    if form.is_valid():
        values = form.cleaned_data
        minutes = int(tap) if tap.isdecimal() and int(tap) in _TAPS else values["minutes"] or 0
        try:
            jobs.log(
                job,
                one_of(takers, values["actor"]),
                on=values["on"],
                minutes=minutes,
                label=values["label"],
                by=ws.user,
            )
            words = _("%(time)s au livre, pour %(name)s.")
            name = one_of(takers, values["actor"]).name
            messages.success(request, words % {"time": hours_said(minutes), "name": name})
            return redirect("espace_job", slug, pk)
        except DomainError as error:
            _told(form, error)
    return _page(request, ws, job, forms={"log": form, "takers": takers}, status=422)


def _told(form: LogForm, error: DomainError) -> None:
    """Put what the ledger refuses beside the fields of the page."""
    names = {"on": "on", "thousandths": "minutes", "receiver": "actor", "label": "label"}
    for problem in error.facts.get("problems") or []:
        form.add_error(names.get(problem["field"]), problem["message"])
    if not error.facts.get("problems"):
        refused(form, error)


@require_POST
def correct(request: HttpRequest, slug: str, pk: UUID, line: UUID) -> HttpResponseBase:
    """Correct hours written wrongly, with a reason: a counter-entry, nothing removed."""
    ws = enter(request, slug)
    job = _find(ws, pk)
    if not may_log(ws, job):
        require_voice(ws, job.employer_id, verb="job.correct")
    row = jobs.lines(job, first=date(1990, 1, 1), last=date(2200, 1, 1)).filter(pk=line).first()
    if row is None:
        raise NotFoundError("unknown_line", _("Cette ligne n'est pas de ce poste."))
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            jobs.unlog(job, row, reason=form.cleaned_data["reason"], by=ws.user)
            messages.success(request, _("La ligne est corrigée par une contre-écriture."))
            return redirect("espace_job", slug, pk)
        except DomainError as error:
            refused(form, error)
            return _page(request, ws, job, forms={"reason": form, "wrong": line}, status=error.status)
    return _page(request, ws, job, forms={"reason": form, "wrong": line}, status=422)


@require_POST
def share(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Plan what a member takes from a day on, or stop it (``fin=<id>``)."""
    ws = enter(request, slug)
    job = _find(ws, pk)
    require_voice(ws, job.employer_id, verb="job.plan")
    require_living(ws, verb="job.plan")
    if ended := request.POST.get("fin", ""):
        row = JobShare.objects.filter(job=job, pk=int(ended) if ended.isdecimal() else 0).first()
        if row is None:
            raise NotFoundError("unknown_share", _("Cette part n'existe plus."))
        jobs.stop(row, on=ws.today, by=ws.user)
        messages.success(request, _("Cette part finit aujourd'hui."))
        return redirect("espace_job", slug, pk)
    members = [one for one in people_of(ws) if one.pk != job.employer_id]
    form = ShareForm(members, request.POST)
    if form.is_valid():
        values = form.cleaned_data
        rate = values["cents_an_hour"]
        try:
            jobs.plan(
                job,
                one_of(members, values["actor"]),
                minutes_a_month=values["minutes_a_month"],
                cents_an_hour=None if rate is None else rate.cents,
                since=values["since"],
                by=ws.user,
            )
            messages.success(request, _("La part est notée ; celle d'avant finit ce jour-là."))
            return redirect("espace_job", slug, pk)
        except DomainError as error:
            refused(form, error)
    return _page(request, ws, job, forms={"share": form}, status=422)


@require_POST
def end(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """End a job and the shares of it after a day."""
    ws = enter(request, slug)
    job = _find(ws, pk)
    require_voice(ws, job.employer_id, verb="job.end")
    form = DayForm(request.POST)
    if form.is_valid():
        try:
            jobs.end(job, on=form.cleaned_data["on"], by=ws.user)
            messages.success(request, _("Le poste finit ce jour-là, et les parts avec lui."))
            return redirect("espace_job", slug, pk)
        except DomainError as error:
            refused(form, error)
    return _page(request, ws, job, forms={"end": form}, status=422)


_EDITED = ("title", "frame", "person", "user_id")


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """Change the title, the frame, and who holds the job: for the people of its employer alone."""
    ws = enter(request, slug)
    job = _find(ws, pk)
    require_voice(ws, job.employer_id, verb="job.edit")
    people = _people(job)
    shown = {"title": job.title, "frame": job.frame, "person": job.person, "user": _text(job.user_id)}
    names = ("title", "frame", "person", "user") if may_name(ws, job) else ("title", "frame")
    form = JobForm([], people, request.POST if request.method == "POST" else None, initial=shown)
    for name in set(form.fields) - set(names):
        del form.fields[name]
    if request.method == "POST" and form.is_valid():
        base = {**shown, **base_of(JobForm, request.POST, [], people)}
        try:
            save_fresh(
                job,
                subject=ws.pole.actor.subject,
                verb="job.changed",
                base=_columns({name: base[name] for name in names}),
                mine=_columns(form.cleaned_data),
                by=ws.user,
            )
            messages.success(request, _("Le poste est enregistré."))
            return redirect("espace_job", slug, pk)
        except DomainError as error:
            job.refresh_from_db()
            for name in error.facts.get("conflicts", {}):
                words = _("Quelqu'un a écrit entre-temps : %(theirs)s.")
                form.add_error(name.removesuffix("_id"), words % {"theirs": getattr(job, name) or "–"})
            if not error.facts.get("conflicts"):
                refused(form, error)
            shown = {"title": job.title, "frame": job.frame, "person": job.person, "user": _text(job.user_id)}
    context = {"job": job, "form": form, "bases": bases(form, {name: shown[name] for name in names})}
    return show(request, ws, "means/job_edit.html", context, status=422 if form.errors else 200)


def _people(job: Job) -> list[User]:
    """Return the people of the employer: one of them may hold the job."""
    rows = Belonging.objects.confirmed().filter(actor=job.employer_id, user__is_active=True)
    return [row.user for row in rows.select_related("user").order_by("user__name", "pk")]


def _columns(values: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {name: values[name] for name in ("title", "frame", "person") if name in values}
    if "user" in values:
        found["user_id"] = UUID(values["user"]) if values["user"] else None
    return found


def _text(pk: UUID | None) -> str:
    return str(pk) if pk else ""
