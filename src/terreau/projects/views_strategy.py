"""The strategy of a pole: its version in force, the one being written, who adheres, the enjeux served."""

from __future__ import annotations

from collections.abc import Iterable
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

from terreau.common.errors import NotFoundError
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.poles.workspace import Workspace, enter, require_voice, show
from terreau.projects import enjeux, kept, strategies
from terreau.projects.forms import (
    AdhereForm,
    AdoptForm,
    AxisForm,
    FollowForm,
    ObjectiveForm,
    ObjectiveMoveForm,
    StrategyForm,
)
from terreau.projects.models import Adherence, Axis, Objective, Strategy
from terreau.projects.pages import done, form_page, posted, sent

_RUN = "strategy.write"
COLUMNS = (
    Column(gettext_lazy("Axe"), lambda one: one.axis.title),
    Column(gettext_lazy("Objectif"), lambda one: one.title),
    Column(gettext_lazy("Horizon"), lambda one: one.get_horizon_display()),
    Column(gettext_lazy("D'ici au"), lambda one: one.due_on, "date"),
    Column(gettext_lazy("Porté par"), lambda one: one.owner.name if one.owner else ""),
    Column(gettext_lazy("État"), lambda one: one.get_state_display()),
    Column(gettext_lazy("Où l'on en est"), lambda one: one.note),
    Column(gettext_lazy("Enjeux servis"), lambda one: ", ".join(enjeux.labels(one.enjeux))),
)


@require_safe
def strategy(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The version in force; before any, what a strategy is for and how to begin."""
    ws = enter(request, slug)
    versions = _versions(ws)
    return _page(request, ws, next((one for one in versions if not one.is_draft), None), versions)


@require_safe
def version(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """Any version, by its number."""
    ws = enter(request, slug)
    versions = _versions(ws)
    found = next((one for one in versions if one.number == number), None)
    if found is None:
        raise NotFoundError("not_found", _("Cette version n'existe pas."))
    return _page(request, ws, found, versions)


def _versions(ws: Workspace) -> list[Strategy]:
    return list(Strategy.objects.filter(pole=ws.pole).order_by("-number"))


def _page(
    request: HttpRequest, ws: Workspace, found: Strategy | None, versions: list[Strategy]
) -> HttpResponseBase:
    objectives = _objectives(found)
    exported = export_response(request, objectives, COLUMNS, f"strategie-{ws.slug}")
    if exported is not None:
        return exported
    adherences = list(
        Adherence.objects.filter(strategy=found).select_related("actor").order_by("on", "actor__sort_key")
        if found
        else ()
    )
    standing = {row.actor_id for row in adherences if row.ended_on is None}
    mine = [row for row in adherences if row.ended_on is None and ws.may_speak_for(row.actor_id)]
    context = {
        "strategy": found,
        "draft": next((one for one in versions if one.is_draft), None),
        "axes": _axes(found, objectives),
        "objectives": objectives,
        "enjeux": enjeux.rolled(ws.pole, objectives),
        "adherences": adherences,
        "mine": {row.pk for row in mine},
        "standing": len(standing),
        "versions": versions,
        "may_adhere": found is not None and not found.is_draft and bool(_may_adhere(ws, standing)),
        "editable": bool(found and found.is_draft and ws.runs),
    }
    return show(request, ws, "projects/strategy.html", context)


def _objectives(found: Strategy | None) -> list[Objective]:
    rows = Objective.objects.filter(axis__strategy=found) if found else Objective.objects.none()
    return list(rows.select_related("axis", "owner").order_by("axis__rank", "rank", "pk"))


def _axes(found: Strategy | None, objectives: Iterable[Objective]) -> list[dict[str, Any]]:
    rows = list(Axis.objects.filter(strategy=found).order_by("rank", "pk")) if found else []
    by_axis: dict[UUID, list[Objective]] = {}
    for one in objectives:
        by_axis.setdefault(one.axis_id, []).append(one)
    return [{"axis": row, "objectives": by_axis.get(row.pk, [])} for row in rows]


def _may_adhere(ws: Workspace, standing: set[UUID]) -> list[Any]:
    """Return the actors of the pole in whose name the person may adhere and who have not yet."""
    if not ws.runs and not ws.standing.speaks_for:
        return []
    return [
        actor
        for actor in kept.around(ws.pole, ws.today)
        if actor.pk != ws.pole.pk and actor.pk not in standing and ws.may_speak_for(actor.pk)
    ]


@require_POST
def begin(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Begin a version."""
    ws = enter(request, slug, run=True, verb=_RUN)
    existing = strategies.draft(ws.pole)
    row = existing or strategies.begin(ws.pole, by=ws.user)
    return redirect("espace_strategy_version", slug=slug, number=row.number)


@require_http_methods(["GET", "HEAD", "POST"])
def text(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """Write the words of a draft."""
    ws = enter(request, slug, run=True, verb=_RUN)
    row = strategies.version(ws.pole, number)
    form = StrategyForm(posted(request), row=row)
    if sent(request, form, lambda f: strategies.write(row, base=f.base, mine=f.mine, by=ws.user)):
        messages.success(request, _("Le texte de la stratégie est enregistré."))
        return redirect("espace_strategy_version", slug=slug, number=number)
    return form_page(
        request,
        ws,
        form,
        title=_("Les mots de la stratégie"),
        back=_version_path(ws, row),
        submit=_("Enregistrer"),
        parent=_parent(ws, row),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def adopt(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """Say by whom and when a draft was adopted."""
    ws = enter(request, slug, run=True, verb=_RUN)
    row = strategies.version(ws.pole, number)
    form = AdoptForm(posted(request), initial={"on": ws.today})

    def act(f: AdoptForm) -> None:
        strategies.adopt(
            row,
            on=f.cleaned_data["on"],
            adopted_by=f.cleaned_data["adopted_by"],
            decision=None,
            today=ws.today,
            by=ws.user,
        )

    if sent(request, form, act):
        messages.success(request, _("La stratégie est adoptée. Les organisations du pôle peuvent y adhérer."))
        return redirect("espace_strategy", slug=slug)
    return form_page(
        request,
        ws,
        form,
        title=_("Adopter cette version"),
        lede=_("Une fois adoptée, son texte ne change plus : la suite s'écrit dans une nouvelle version."),
        back=_version_path(ws, row),
        submit=_("Écrire l'adoption"),
        parent=_parent(ws, row),
    )


@require_POST
def publish(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """Show a version on the public page of the pole, or stop."""
    ws = enter(request, slug, run=True, verb="strategy.publish")
    row = strategies.version(ws.pole, number)
    public = request.POST.get("public") == "oui"
    said = _("La stratégie est publiée.") if public else _("La stratégie n'est plus publiée.")
    return done(
        request,
        lambda: strategies.publish(row, public=public, by=ws.user),
        said=said,
        to=_version_path(ws, row),
    )


# Axes and objectives


@require_http_methods(["GET", "HEAD", "POST"])
def new_axis(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """Add an axis to a draft."""
    ws = enter(request, slug, run=True, verb=_RUN)
    row = strategies.version(ws.pole, number)
    form = AxisForm(posted(request))

    def act(f: AxisForm) -> None:
        strategies.add_axis(row, f.cleaned_data["title"], text=f.cleaned_data["text"], by=ws.user)

    if sent(request, form, act):
        messages.success(request, _("L'axe est ajouté."))
        return redirect("espace_strategy_version", slug=slug, number=number)
    return form_page(
        request,
        ws,
        form,
        title=_("Ajouter un axe"),
        back=_version_path(ws, row),
        submit=_("Ajouter cet axe"),
        parent=_parent(ws, row),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def axis(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Change an axis of a draft, or take it out when it has no objective."""
    ws = enter(request, slug, run=True, verb=_RUN)
    row = _axis(ws, pk)
    if request.POST.get("faire") == "retirer":
        return done(
            request,
            lambda: strategies.remove_axis(row, by=ws.user),
            said=_("L'axe est retiré."),
            to=_version_path(ws, row.strategy),
        )
    form = AxisForm(posted(request), row=row)
    if sent(request, form, lambda f: strategies.change_axis(row, base=f.base, mine=f.mine, by=ws.user)):
        messages.success(request, _("L'axe est enregistré."))
        return redirect("espace_strategy_version", slug=slug, number=row.strategy.number)
    return form_page(
        request,
        ws,
        form,
        title=row.title,
        back=_version_path(ws, row.strategy),
        submit=_("Enregistrer"),
        parent=_parent(ws, row.strategy),
        more={"remove": _("Retirer cet axe")},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def new_objective(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Add an objective to an axis of a draft."""
    ws = enter(request, slug, run=True, verb=_RUN)
    row = _axis(ws, pk)
    form = ObjectiveForm(kept.around(ws.pole, ws.today), posted(request))
    if sent(request, form, lambda f: strategies.add_objective(row, by=ws.user, **f.mine)):
        messages.success(request, _("L'objectif est ajouté."))
        return redirect("espace_strategy_version", slug=slug, number=row.strategy.number)
    return form_page(
        request,
        ws,
        form,
        title=_("Ajouter un objectif"),
        lede=row.title,
        back=_version_path(ws, row.strategy),
        submit=_("Ajouter cet objectif"),
        parent=_parent(ws, row.strategy),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def objective(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Where an objective stands, the steps it went through; who animates says its state."""
    ws = enter(request, slug)
    row = strategies.objective(ws.pole, pk)
    form = ObjectiveMoveForm(
        posted(request), initial={"seen_state": row.state, "state": row.state, "note": row.note}
    )
    if request.method == "POST":
        require_voice(ws, row.owner_id or ws.pole.pk, verb="strategy.follow")

    def act(f: ObjectiveMoveForm) -> None:
        values = f.cleaned_data
        strategies.move_objective(
            row, values["state"], seen=values["seen_state"], note=values["note"], by=ws.user
        )

    if sent(request, form, act):
        messages.success(request, _("L'état de l'objectif est enregistré."))
        return redirect("espace_objective", slug=slug, pk=pk)
    context = {
        "objective": row,
        "strategy": row.axis.strategy,
        "form": form,
        "moves": list(row.moves.order_by("-at", "-pk")),
        "projects": list(row.projects.order_by("title", "pk")),
        "served": enjeux.labels(row.enjeux),
        "may_follow": ws.may_speak_for(row.owner_id or ws.pole.pk),
    }
    return show(request, ws, "projects/objective.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_objective(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Change an objective: all of it in a draft, who carries it and its day once adopted."""
    ws = enter(request, slug, run=True, verb=_RUN)
    row = strategies.objective(ws.pole, pk)
    back = reverse("espace_objective", args=[slug, pk])
    draft = row.axis.strategy.is_draft
    if draft and request.POST.get("faire") == "retirer":
        to = _version_path(ws, row.axis.strategy)
        said = _("L'objectif est retiré.")
        return done(request, lambda: strategies.remove_objective(row, by=ws.user), said=said, to=to)
    actors = {one.pk: one for one in kept.around(ws.pole, ws.today)}
    if row.owner is not None:
        actors.setdefault(row.owner.pk, row.owner)
    form_type = ObjectiveForm if draft else FollowForm
    form: Any = form_type(actors.values(), posted(request), row=row)
    if sent(request, form, lambda f: strategies.change_objective(row, base=f.base, mine=f.mine, by=ws.user)):
        messages.success(request, _("L'objectif est enregistré."))
        return redirect(back)
    lede = "" if draft else _("Cette version est adoptée : seuls changent qui porte l'objectif, et sa date.")
    return form_page(
        request,
        ws,
        form,
        title=row.title,
        lede=lede,
        back=back,
        submit=_("Enregistrer"),
        parent=_parent(ws, row.axis.strategy),
        more={"remove": _("Retirer cet objectif") if draft else ""},
    )


# Who adheres


@require_http_methods(["GET", "HEAD", "POST"])
def adhere(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Adhere to the version in force in the name of an organisation of the pole."""
    ws = enter(request, slug)
    row = strategies.current(ws.pole)
    if row is None:
        raise NotFoundError("not_found", _("Aucune stratégie n'est adoptée."))
    standing = set(Adherence.objects.filter(strategy=row, ended_on=None).values_list("actor", flat=True))
    actors = {str(one.pk): one for one in _may_adhere(ws, standing)}
    asked = request.POST.get("actor", "")
    if asked and asked not in actors:
        known = {str(one.pk): one for one in kept.around(ws.pole, ws.today)}
        if asked in known:
            require_voice(ws, known[asked].pk, verb="strategy.adhere")
            actors[asked] = known[asked]
    form = AdhereForm(actors.values(), posted(request), initial={"on": ws.today})

    def act(f: AdhereForm) -> None:
        actor = actors[str(f.cleaned_data["actor"])]
        strategies.adhere(row, actor, on=f.cleaned_data["on"], by=ws.user)

    if sent(request, form, act):
        messages.success(request, _("L'adhésion est écrite."))
        return redirect("espace_strategy", slug=slug)
    return form_page(
        request,
        ws,
        form,
        title=_("Adhérer à la stratégie"),
        lede=_(
            "L'organisation dit qu'elle fait sienne cette version ; elle peut en sortir, et cela se garde."
        ),
        back=reverse("espace_strategy", args=[slug]),
        submit=_("Adhérer"),
        parent=_parent(ws, row),
    )


@require_POST
def leave(request: HttpRequest, slug: str, pk: int) -> HttpResponseBase:
    """Say that an organisation no longer adheres."""
    ws = enter(request, slug)
    rows = Adherence.objects.select_related("strategy__pole__actor__subject")
    row = rows.filter(strategy__pole=ws.pole, pk=pk).first()
    if row is None:
        raise NotFoundError("not_found", _("Cette adhésion n'existe pas."))
    require_voice(ws, row.actor_id, verb="strategy.leave")
    return done(
        request,
        lambda: strategies.leave(row, on=ws.today, by=ws.user),
        said=_("L'adhésion est finie ; elle reste dans l'histoire."),
        to=_version_path(ws, row.strategy),
    )


def _axis(ws: Workspace, pk: UUID) -> Axis:
    rows = Axis.objects.select_related("strategy__pole__actor__subject")
    row = rows.filter(strategy__pole=ws.pole, pk=pk).first()
    if row is None:
        raise NotFoundError("not_found", _("Cet axe n'existe pas."))
    return row


def _version_path(ws: Workspace, row: Strategy) -> str:
    return reverse("espace_strategy_version", args=[ws.slug, row.number])


def _parent(ws: Workspace, row: Strategy) -> tuple[str, str]:
    return _("Stratégie"), _version_path(ws, row)
