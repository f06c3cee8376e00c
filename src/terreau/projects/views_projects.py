"""Joint projects: their list, the page of one, its description, stage, partners and financing."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from terreau.actors.models import Actor
from terreau.common.errors import DomainError, StaleWriteError
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.flows.models import Nature
from terreau.poles.workspace import Workspace, enter, show
from terreau.projects import enjeux, gantt, joint_projects, kept, needs, results, rules, strategies, tasks
from terreau.projects.forms import EngineeringForm, ProjectForm, StageForm
from terreau.projects.joint_projects import Part
from terreau.projects.models import (
    Engineering,
    Enterprise,
    JobOutcome,
    JointProject,
    Match,
    Objective,
    Stage,
    StageMove,
    Task,
)
from terreau.projects.pages import done, form_page, posted, sent

_RUN = "project.write"
MOVES = {
    rules.STUDY: gettext_lazy("Le mettre à l'étude"),
    rules.DECIDE: gettext_lazy("Il est décidé"),
    rules.REVIEW: gettext_lazy("Le remettre à l'étude"),
    rules.START: gettext_lazy("Il commence"),
    rules.FINISH: gettext_lazy("Il est terminé"),
    rules.REOPEN: gettext_lazy("Il reprend"),
    rules.DROP: gettext_lazy("Il est abandonné"),
}
COLUMNS = (
    Column(gettext_lazy("Projet"), lambda one: one.title),
    Column(gettext_lazy("Étape"), lambda one: one.get_stage_display()),
    Column(gettext_lazy("Mené par"), lambda one: one.leader.name if one.leader else ""),
    Column(gettext_lazy("Partenaires"), lambda one: ", ".join(one.partner_names)),
    Column(gettext_lazy("Commence le"), lambda one: one.starts_on, "date"),
    Column(gettext_lazy("Finit le"), lambda one: one.ends_on, "date"),
    Column(gettext_lazy("Objectif servi"), lambda one: one.objective.title if one.objective else ""),
    Column(gettext_lazy("Enjeux servis"), lambda one: ", ".join(enjeux.labels(one.enjeux))),
    Column(gettext_lazy("Publié"), lambda one: one.public, "boolean"),
)
TASK_COLUMNS = (
    Column(gettext_lazy("Tâche"), lambda row: row.task.title),
    Column(gettext_lazy("Par"), lambda row: row.task.actor.name if row.task.actor else ""),
    Column(gettext_lazy("Commence le"), lambda row: row.task.starts_on, "date"),
    Column(gettext_lazy("Finit le"), lambda row: row.task.ends_on, "date"),
    Column(gettext_lazy("Après"), lambda row: row.after),
    Column(gettext_lazy("État"), lambda row: row.task.get_state_display()),
    Column(gettext_lazy("À surveiller"), lambda row: gantt.said(row.late, row.clash)),
)


@require_safe
def projects(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Every project of the pole, those that live first."""
    ws = enter(request, slug)
    rows = listed(ws)
    exported = export_response(request, rows, COLUMNS, f"projets-{ws.slug}")
    if exported is not None:
        return exported
    order = list(Stage.values)
    late = _late_counts(ws)
    for row in rows:
        row.late = late.get(row.pk, 0)
    context = {
        "live": [one for one in rows if one.stage not in {rules.DONE, rules.DROPPED}],
        "past": [one for one in rows if one.stage in {rules.DONE, rules.DROPPED}],
        "stages": order,
        "committed": sum(one.stage in rules.COMMITTED for one in rows),
    }
    return show(request, ws, "projects/projects.html", context)


def listed(ws: Workspace) -> list[Any]:
    """Return the projects with the names of their partners: by stage, then name (two queries)."""
    rows: list[Any] = list(joint_projects.of_pole(ws.pole).prefetch_related("partners__actor"))
    order = {stage: rank for rank, stage in enumerate((*Stage.values,))}
    for row in rows:
        row.partner_names = [
            one.actor.name for one in row.partners.all() if one.valid_to is None or one.valid_to > ws.today
        ]
    return sorted(
        rows, key=lambda one: (-order[one.stage] if one.stage not in {"done", "dropped"} else 1, one.title)
    )


def _late_counts(ws: Workspace) -> dict[UUID, int]:
    found: dict[UUID, int] = {}
    rows = tasks.open_in(ws.pole).filter(ends_on__lt=ws.today).order_by().values_list("project", flat=True)
    for key in rows:
        found[key] = found.get(key, 0) + 1
    return found


@require_safe
def project(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """One project: what to do next, who, when, with what money and what results."""
    ws = enter(request, slug)
    row = joint_projects.one(ws.pole, pk)
    rows = tasks.of(row)
    chart = gantt.chart(rows, tasks.works(rows), ws.today)
    exported = export_response(request, _all(chart), TASK_COLUMNS, f"taches-{ws.slug}")
    if exported is not None:
        return exported
    engineering: Engineering | None = getattr(row, "engineering", None)
    held = {part: getattr(engineering, part) for part in rules.ENGINEERING} if engineering else None
    jobs = list(JobOutcome.objects.filter(project=row).select_related("actor").order_by("on", "pk"))
    everyone = joint_projects.all_partners(row)
    partners = [one for one in everyone if one.holds(ws.today)]
    lines = results.lines(row)
    mine = frozenset() if ws.runs else ws.standing.speaks_for
    account = results.account(row, lines, everyone)
    matched = Match.objects.filter(project=row, state=Match.State.KEPT)
    context = {
        "project": row,
        "chart": chart,
        "partners": [(one, rules.say_share(one.share)) for one in partners],
        "shares_said": bool(partners) and all(one.share is not None for one in partners),
        "moves": list(StageMove.objects.filter(project=row).order_by("-on", "-at", "-pk")),
        "next": [(move, MOVES[move]) for move in rules.moves_from(row.stage)],
        "engineering": engineering,
        "modes": [str(Engineering.Mode(code).label) for code in (engineering.modes if engineering else [])],
        "missing": (missing := _missing(held)),
        "finance_first": bool(missing) and row.stage == rules.STUDIED,
        "late": [one for one in (chart.rows if chart else []) if one.late],
        "todo": [one for one in _all(chart) if one.task.state in {rules.TODO, rules.DOING}],
        "over": [one for one in _all(chart) if one.task.state not in {rules.TODO, rules.DOING}],
        "account": account,
        "lines": lines,
        "jobs": jobs,
        "job_sums": results.jobs_by_kind(one for one in jobs if one.until is None or one.until > ws.today),
        "enterprises": list(
            Enterprise.objects.filter(project=row).select_related("actor").order_by("on", "pk")
        ),
        "activities": list(row.activities.order_by("name", "pk")),
        "matched": [
            (one, needs.said(one)) for one in matched.select_related("need", "resource__actor").order_by("pk")
        ],
        "served": enjeux.labels(row.enjeux),
        "may_task": {one.pk for one in rows if may_move(ws, one, mine)},
        "may_take": ws.runs or row.leader_id in mine or any(one.actor_id in mine for one in partners),
        "units": _given(account),
    }
    return show(request, ws, "projects/project.html", context)


def _all(chart: gantt.Chart | None) -> list[gantt.Row]:
    return [*chart.rows, *chart.undated] if chart else []


def may_move(ws: Workspace, task: Task, mine: frozenset[UUID]) -> bool:
    """Say whether the person may say where a task stands: theirs, of their organisation, or all."""
    return ws.runs or task.user_id == ws.user.pk or (task.actor_id is not None and task.actor_id in mine)


def _given(account: results.Account) -> list[dict[str, Any]]:
    return [
        {
            "label": str(Nature(nature).label),
            "much": Decimal(much) / 1000,
            "unit": _unit(unit),
            "cents": cents,
        }
        for (nature, unit), (much, cents) in sorted(account.given.items())
        if much or cents
    ]


def _unit(code: str) -> str:
    return {"hours": _("heures"), "days": _("jours")}.get(code, code)


def _missing(held: dict[str, Any] | None) -> list[str]:
    return [str(joint_projects.PARTS[part]) for part in rules.missing(held)]


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Open a project: a name is enough."""
    ws = enter(request, slug, run=True, verb=_RUN)
    form = ProjectForm(kept.around(ws.pole, ws.today), _offered(ws), posted(request))
    made: list[JointProject] = []
    if sent(request, form, lambda f: made.append(joint_projects.create(ws.pole, by=ws.user, **f.mine))):
        messages.success(request, _("Le projet est ouvert, au stade d'idée."))
        return redirect("espace_project", slug=slug, pk=made[0].pk)
    return form_page(
        request,
        ws,
        form,
        title=_("Ouvrir un projet commun"),
        lede=_("Un nom suffit pour commencer : le reste se complète au fil de l'eau."),
        back=reverse("espace_projects", args=[slug]),
        submit=_("Ouvrir ce projet"),
        parent=_above(slug),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Change the description of a project."""
    ws = enter(request, slug, run=True, verb=_RUN)
    row = joint_projects.one(ws.pole, pk)
    actors = {one.pk: one for one in kept.around(ws.pole, ws.today)}
    if row.leader is not None:
        actors.setdefault(row.leader.pk, row.leader)
    form = ProjectForm(actors.values(), _offered(ws, row.objective), posted(request), row=row)
    if sent(request, form, lambda f: joint_projects.change(row, base=f.base, mine=f.mine, by=ws.user)):
        messages.success(request, _("Le projet est enregistré."))
        return redirect("espace_project", slug=slug, pk=pk)
    return form_page(
        request,
        ws,
        form,
        title=_("Décrire le projet"),
        back=path(ws, row),
        submit=_("Enregistrer"),
        parent=(row.title, path(ws, row)),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def stage(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Move a project to another stage."""
    ws = enter(request, slug, run=True, verb="project.move")
    row = joint_projects.one(ws.pole, pk)
    moves = [(move, MOVES[move]) for move in rules.moves_from(row.stage)]
    asked = request.GET.get("faire", moves[0][0])
    form = StageForm(moves, posted(request), initial={"seen_stage": row.stage, "on": ws.today, "move": asked})
    lacking: list[str] = []

    def act(f: StageForm) -> None:
        values = f.cleaned_data
        try:
            joint_projects.move(
                row,
                values["move"],
                seen=values["seen_stage"],
                on=values["on"],
                today=ws.today,
                why=values["why"],
                by=ws.user,
            )
        except DomainError as error:
            lacking.extend(error.facts.get("missing", []))
            raise

    if sent(request, form, act):
        row.refresh_from_db()
        words = _("Le projet est maintenant : %(stage)s.") % {"stage": row.get_stage_display()}
        messages.success(request, words)
        return redirect("espace_project", slug=slug, pk=pk)
    return form_page(
        request,
        ws,
        form,
        title=_("Où en est le projet"),
        lede=_("Aujourd'hui : %(stage)s.") % {"stage": row.get_stage_display()},
        back=path(ws, row),
        submit=_("Écrire cette étape"),
        parent=(row.title, path(ws, row)),
        more={
            "mend_path": reverse("espace_project_financing", args=[slug, pk]) if lacking else "",
            "mend_label": _("Compléter l'ingénierie financière"),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def financing(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """The financial engineering of a project (Q-51)."""
    ws = enter(request, slug, run=True, verb=_RUN)
    row = joint_projects.one(ws.pole, pk)
    held = Engineering.objects.filter(project=row).first() or Engineering(project=row)
    form = EngineeringForm(posted(request), row=held)
    if sent(
        request, form, lambda f: joint_projects.set_engineering(row, base=f.base, mine=f.mine, by=ws.user)
    ):
        left = rules.missing(joint_projects.engineering_of(row))
        messages.success(
            request,
            _("L'ingénierie financière est enregistrée ; elle se complète encore.")
            if left
            else _("L'ingénierie financière est complète : le projet peut être décidé."),
        )
        return redirect("espace_project", slug=slug, pk=pk)
    return form_page(
        request,
        ws,
        form,
        title=_("Ingénierie financière"),
        lede=_("Comment le projet sera financé, et qui aide à le trouver : demandé avant de décider (Q-51)."),
        back=path(ws, row),
        submit=_("Enregistrer"),
        parent=(row.title, path(ws, row)),
    )


@require_POST
def publish(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Show a project on the public page of the pole, or stop."""
    ws = enter(request, slug, run=True, verb="project.publish")
    row = joint_projects.one(ws.pole, pk)
    public = request.POST.get("public") == "oui"
    said = _("Le projet est publié.") if public else _("Le projet n'est plus publié.")
    return done(
        request,
        lambda: joint_projects.publish(row, public=public, by=ws.user),
        said=said,
        to=path(ws, row),
    )


# Partners


@dataclass(slots=True)
class _Line:
    """A partner as the form shows it."""

    actor: Actor
    role: str = ""
    share: str = ""
    error: str = ""
    joins: bool = True

    @property
    def key(self) -> str:
        """What names its fields."""
        return str(self.actor.pk.hex)


@require_http_methods(["GET", "HEAD", "POST"])
def partners(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Who takes part, with which shares: every organisation of the pole with a box, a role and a share."""
    ws = enter(request, slug, run=True, verb=_RUN)
    row = joint_projects.one(ws.pole, pk)
    held = joint_projects.partners_on(row, ws.today)
    actors = {one.pk: one for one in kept.around(ws.pole, ws.today)}
    actors.update({one.actor_id: one.actor for one in held})
    now = {one.actor_id: one for one in held}
    lines = [
        _Line(actor, now[key].role, rules.say_share(now[key].share))
        if key in now
        else _Line(actor, joins=False)
        for key, actor in actors.items()
    ]
    problem, status = "", 200
    if request.method == "POST":
        try:
            parts, seen = _read_parts(request, lines)
            joint_projects.set_partners(row, parts, seen=seen, on=ws.today, by=ws.user)
            messages.success(request, _("Les partenaires sont enregistrés."))
            return redirect("espace_project", slug=slug, pk=pk)
        except StaleWriteError as error:
            problem, status = str(error.message), 409
        except DomainError as error:
            problem, status = str(error.message), 422
    context = {
        "project": row,
        "lines": sorted(lines, key=lambda line: (not line.joins, line.actor.sort_key)),
        "seen": _seen(held),
        "problem": problem,
        "back": path(ws, row),
    }
    return show(request, ws, "projects/partners.html", context, status=status)


def _seen(held: list[Any]) -> str:
    return "\n".join(f"{one.actor_id.hex}|{rules.say_share(one.share)}|{one.role}" for one in held)


def _read_parts(request: HttpRequest, lines: list[_Line]) -> tuple[list[Part], list[Part]]:
    """Read the lines of the form into them, then return what is wanted and what was seen."""
    for line in lines:
        line.joins = f"joins-{line.key}" in request.POST
        line.role = one_line(request.POST.get(f"role-{line.key}", ""))
        line.share = one_line(request.POST.get(f"share-{line.key}", ""))[:24]
    parts, wrong = [], ""
    for line in lines:
        if not line.joins:
            continue
        try:
            parts.append(Part(line.actor.pk, line.role, rules.read_share(line.share)))
        except DomainError as error:
            line.error = wrong = str(error.message)
    if wrong:
        raise DomainError("not_a_share", wrong)
    return parts, _read_seen(request.POST.get("seen", ""))


def one_line(typed: str) -> str:
    """Return what was typed on one line, without what no database holds."""
    return " ".join(typed.replace("\0", " ").split())[:160]


def _read_seen(text: str) -> list[Part]:
    parts = []
    for line in text.splitlines():
        key, _bar, rest = line.partition("|")
        share, _bar, role = rest.partition("|")
        try:
            parts.append(Part(UUID(key), role, rules.read_share(share)))
        except (ValueError, DomainError):
            continue
    return parts


def _offered(ws: Workspace, held: Objective | None = None) -> list[Objective]:
    """Return the objectives that a project may serve: of the version in force or being written."""
    current = strategies.current(ws.pole) or strategies.draft(ws.pole)
    rows = Objective.objects.filter(axis__strategy=current) if current else Objective.objects.none()
    found = list(rows.order_by("axis__rank", "rank", "pk"))
    return found if held is None or held in found else [held, *found]


def path(ws: Workspace, row: JointProject) -> str:
    """Return the address of a project."""
    return str(reverse("espace_project", args=[ws.slug, row.pk]))


def _above(slug: str) -> tuple[str, str]:
    return _("Projets communs"), reverse("espace_projects", args=[slug])
