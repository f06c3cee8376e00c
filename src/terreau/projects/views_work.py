"""What is done in a project: tasks, budget, jobs, enterprises born of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor
from terreau.census import parties
from terreau.common.errors import DomainError, NotFoundError, RefusedError
from terreau.journal.actions import refuse
from terreau.poles.workspace import Workspace, enter
from terreau.projects import joint_projects, kept, results, tasks
from terreau.projects.forms import BudgetForm, EndForm, EnterpriseForm, JobForm, TaskForm
from terreau.projects.models import JobOutcome, JointProject, Task
from terreau.projects.pages import done, form_page, posted, sent
from terreau.projects.views_projects import may_move, path

_RUN = "project.write"


@require_http_methods(["GET", "HEAD", "POST"])
def new_task(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Add a task."""
    ws = enter(request, slug, run=True, verb=_RUN)
    row = joint_projects.one(ws.pole, pk)
    form = TaskForm(_doers(ws, row), tasks.of(row), posted(request))
    if sent(request, form, lambda f: tasks.add(row, needs=f.wanted, by=ws.user, **f.mine)):
        messages.success(request, _("La tâche est ajoutée."))
        if "encore" in request.POST:
            return redirect("espace_task_new", slug=slug, pk=pk)
        return redirect(f"{path(ws, row)}#calendrier")
    return form_page(
        request,
        ws,
        form,
        title=_("Ajouter une tâche"),
        back=path(ws, row),
        submit=_("Ajouter cette tâche"),
        parent=(row.title, path(ws, row)),
        more={"again": _("Ajouter, puis une autre")},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def task(request: HttpRequest, slug: str, pk: UUID, task: UUID) -> HttpResponseBase:
    """Change a task."""
    ws = enter(request, slug, run=True, verb=_RUN)
    row = joint_projects.one(ws.pole, pk)
    found = tasks.one(row, task)
    others = [one for one in tasks.of(row) if one.pk != found.pk]
    held = [str(key) for key in found.needs.values_list("pk", flat=True)]
    form = TaskForm(_doers(ws, row, found.actor), others, posted(request), row=found, initial={"needs": held})

    def act(f: TaskForm) -> None:
        tasks.change(found, base=f.base, mine=f.mine, needs=f.wanted, by=ws.user)

    if sent(request, form, act):
        messages.success(request, _("La tâche est enregistrée."))
        return redirect(f"{path(ws, row)}#calendrier")
    return form_page(
        request,
        ws,
        form,
        title=found.title,
        back=path(ws, row),
        submit=_("Enregistrer"),
        parent=(row.title, path(ws, row)),
    )


@require_POST
def move_task(request: HttpRequest, slug: str, pk: UUID, task: UUID) -> HttpResponseBase:
    """Say where a task stands, take it on, or leave it: who animates, who has it, or its organisation."""
    ws = enter(request, slug)
    row = joint_projects.one(ws.pole, pk)
    found = tasks.one(row, task)
    asked = request.POST.get("faire", "")
    mine = ws.standing.speaks_for
    if asked in {"prendre", "laisser"}:
        allowed = ws.runs or joint_projects.takes_part(row, mine, ws.today) or found.user_id == ws.user.pk
    else:
        allowed = may_move(ws, found, mine)
    if not allowed:
        _refuse(ws, row)
    return done(
        request,
        lambda: _moved(found, asked, request, ws),
        said=_said(asked),
        to=f"{path(ws, row)}#calendrier",
    )


def _moved(found: Task, asked: str, request: HttpRequest, ws: Workspace) -> None:
    if asked in {"prendre", "laisser"}:
        tasks.take(found, by=ws.user, leave=asked == "laisser")
        return
    seen = request.POST.get("seen", "")
    tasks.move(found, request.POST.get("state", ""), seen=seen, today=ws.today, by=ws.user)


def _said(asked: str) -> str:
    if asked == "prendre":
        return _("Vous vous chargez de cette tâche.")
    if asked == "laisser":
        return _("Vous ne vous chargez plus de cette tâche.")
    return _("L'état de la tâche est enregistré.")


def _refuse(ws: Workspace, row: JointProject) -> None:
    reason = _("Il faut mener cette tâche, appartenir à qui la mène, ou animer le pôle.")
    refuse(row.subject, "task.move", by=ws.user, reason=reason)
    raise RefusedError("not_yours", reason)


def _doers(ws: Workspace, row: JointProject, held: Actor | None = None) -> list[Actor]:
    """Return who may do something in a project: its partners first, then the pole."""
    found = {one.pk: one for one in joint_projects.leader_or_partners(row, ws.today)}
    if not found:
        found = {one.pk: one for one in kept.around(ws.pole, ws.today)}
    if held is not None:
        found.setdefault(held.pk, held)
    return list(found.values())


# Budget


@require_http_methods(["GET", "HEAD", "POST"])
def new_line(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Plan an expense or a receipt."""
    ws = enter(request, slug, run=True, verb=_RUN)
    row = joint_projects.one(ws.pole, pk)
    form = BudgetForm(_doers(ws, row), posted(request), initial={"side": "expense"})
    if sent(request, form, lambda f: results.add_line(row, by=ws.user, **f.mine)):
        messages.success(request, _("La ligne est ajoutée au budget."))
        return redirect(f"{path(ws, row)}#budget")
    return form_page(
        request,
        ws,
        form,
        title=_("Prévoir une dépense ou une recette"),
        back=path(ws, row),
        submit=_("Ajouter au budget"),
        parent=(row.title, path(ws, row)),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def line(request: HttpRequest, slug: str, pk: UUID, line: UUID) -> HttpResponseBase:
    """Change a line of the budget, or take it out."""
    ws = enter(request, slug, run=True, verb=_RUN)
    row = joint_projects.one(ws.pole, pk)
    found = results.line_of(row, line)
    to = f"{path(ws, row)}#budget"
    if request.POST.get("faire") == "retirer":
        said = _("La ligne est retirée du budget.")
        return done(request, lambda: results.remove_line(found, by=ws.user), said=said, to=to)
    form = BudgetForm(_doers(ws, row, found.actor), posted(request), row=found)
    if sent(request, form, lambda f: results.change_line(found, base=f.base, mine=f.mine, by=ws.user)):
        messages.success(request, _("La ligne du budget est enregistrée."))
        return redirect(to)
    return form_page(
        request,
        ws,
        form,
        title=found.label,
        back=path(ws, row),
        submit=_("Enregistrer"),
        parent=(row.title, path(ws, row)),
        more={"remove": _("Retirer cette ligne")},
    )


# Jobs and enterprises


@require_http_methods(["GET", "HEAD", "POST"])
def new_job(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Say that a project created, kept, took over or opened jobs."""
    ws = enter(request, slug, run=True, verb=_RUN)
    row = joint_projects.one(ws.pole, pk)
    form = JobForm(kept.around(ws.pole, ws.today), posted(request), initial={"on": ws.today})

    def act(f: JobForm) -> None:
        values = f.cleaned_data
        results.add_job(
            row,
            kind=values["kind"],
            actor_id=values["actor"],
            people=values["people"],
            fte_hundredths=f.hundredths,
            on=values["on"],
            note=values["note"],
            today=ws.today,
            by=ws.user,
        )

    if sent(request, form, act):
        messages.success(request, _("Les emplois sont enregistrés."))
        return redirect(f"{path(ws, row)}#emplois")
    return form_page(
        request,
        ws,
        form,
        title=_("Dire des emplois"),
        lede=_("Créés, maintenus, repris ou d'insertion : chaque nature se compte à part, jamais ensemble."),
        back=path(ws, row),
        submit=_("Enregistrer ces emplois"),
        parent=(row.title, path(ws, row)),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def end_job(request: HttpRequest, slug: str, pk: UUID, job: UUID) -> HttpResponseBase:
    """Say that jobs ended."""
    ws = enter(request, slug, run=True, verb=_RUN)
    row = joint_projects.one(ws.pole, pk)
    found = JobOutcome.objects.select_related("project__subject", "actor").filter(project=row, pk=job).first()
    if found is None:
        raise NotFoundError("not_found", _("Ces emplois n'existent pas."))
    form = EndForm(posted(request), initial={"on": ws.today})
    if sent(request, form, lambda f: results.end_job(found, on=f.cleaned_data["on"], by=ws.user)):
        messages.success(request, _("La fin de ces emplois est écrite."))
        return redirect(f"{path(ws, row)}#emplois")
    return form_page(
        request,
        ws,
        form,
        title=_("Ces emplois sont finis"),
        lede=f"{found.get_kind_display()} · {found.actor.name}",
        back=path(ws, row),
        submit=_("Écrire la fin"),
        parent=(row.title, path(ws, row)),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def new_enterprise(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Say that an enterprise was born of a project: one that is known, or one that nobody knows yet."""
    ws = enter(request, slug, run=True, verb=_RUN)
    row = joint_projects.one(ws.pole, pk)
    form = EnterpriseForm(posted(request), initial={"on": ws.today})

    def act(f: EnterpriseForm) -> None:
        values: dict[str, Any] = f.cleaned_data
        actor = _enterprise(values["name"], unknown=values["unknown"], by=ws.user)
        results.add_enterprise(row, actor, on=values["on"], note=values["note"], today=ws.today, by=ws.user)

    if sent(request, form, act):
        messages.success(request, _("L'entreprise est écrite comme née de ce projet."))
        return redirect(f"{path(ws, row)}#emplois")
    return form_page(
        request,
        ws,
        form,
        title=_("Une entreprise est née"),
        back=path(ws, row),
        submit=_("L'écrire"),
        parent=(row.title, path(ws, row)),
    )


def _enterprise(typed: str, *, unknown: bool, by: User) -> Actor:
    """Return the organisation of this name or number; a new one, not public, when that is asked for."""
    facts = {"field": "name"}
    found = parties.recognised(typed)
    if len(found) > 1:
        names = ", ".join(one.said for one in found[:6])
        words = _("Plusieurs organisations portent ce nom : %(names)s. Donnez le SIREN.")
        raise DomainError("ambiguous", words % {"names": names}, facts=facts)
    actor = parties.actor_of(found[0].party, by=by, public=True) if found else None
    if actor is not None:
        return actor
    if unknown:
        return create_actor(kept.need_title(typed, "name"), source=None, public=False, by=by)
    words = _("Aucune organisation de ce nom n'est connue ici : donnez son SIREN, ou cochez la case.")
    raise DomainError("unknown_organisation", words, facts=facts)
