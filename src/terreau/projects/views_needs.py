"""The register of needs and unused resources, and what may answer what (R-24, R-25)."""

from __future__ import annotations

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
from terreau.common.errors import RefusedError
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.journal.actions import refuse
from terreau.poles.workspace import Workspace, enter, require_voice, show
from terreau.projects import enjeux, joint_projects, kept, needs
from terreau.projects.forms import NeedForm, NeedMoveForm
from terreau.projects.models import Match, Need
from terreau.projects.pages import done, form_page, posted, sent

_VERB = "need.write"


@require_safe
def listing(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Needs and resources, open ones first; what is already matched says so."""
    ws = enter(request, slug)
    rows = list(Need.objects.filter(pole=ws.pole).select_related("actor").order_by("title", "pk"))
    names = needs.commune_names([row.commune for row in rows])
    exported = export_response(request, rows, _columns(names), f"besoins-{ws.slug}")
    if exported is not None:
        return exported
    answered = _answered(ws)
    shown = [(row, names.get(row.commune, ""), answered.get(row.pk, 0)) for row in rows]
    alive = [one for one in shown if _alive(one[0], ws)]
    context = {
        "wanted": [one for one in alive if one[0].side == Need.Side.NEED],
        "resources": [one for one in alive if one[0].side == Need.Side.RESOURCE],
        "past": [one for one in shown if one not in alive],
        "may_say": bool(ws.runs or ws.standing.speaks_for),
    }
    return show(request, ws, "projects/needs.html", context)


def _columns(names: dict[str, str]) -> tuple[Column, ...]:
    return (
        Column(gettext_lazy("Besoin ou ressource"), lambda one: one.get_side_display()),
        Column(gettext_lazy("De quoi s'agit-il ?"), lambda one: one.get_kind_display()),
        Column(gettext_lazy("En quelques mots"), lambda one: one.title),
        Column(gettext_lazy("Précisions"), lambda one: one.text),
        Column(gettext_lazy("Dit par"), lambda one: one.actor.name),
        Column(gettext_lazy("Commune"), lambda one: names.get(one.commune, "")),
        Column(gettext_lazy("Code de la commune"), lambda one: one.commune),
        Column(gettext_lazy("À partir du"), lambda one: one.starts_on, "date"),
        Column(gettext_lazy("Jusqu'au"), lambda one: one.ends_on, "date"),
        Column(gettext_lazy("État"), lambda one: one.get_state_display()),
        Column(gettext_lazy("Ce qu'il en est advenu"), lambda one: one.closed_why),
        Column(gettext_lazy("Enjeux servis"), lambda one: ", ".join(enjeux.labels(one.enjeux))),
        Column(gettext_lazy("Dit le"), lambda one: one.said_on, "date"),
    )


def _alive(row: Need, ws: Workspace) -> bool:
    return row.state == Need.State.OPEN and (row.ends_on is None or row.ends_on >= ws.today)


def _answered(ws: Workspace) -> dict[UUID, int]:
    found: dict[UUID, int] = {}
    rows = Match.objects.filter(need__pole=ws.pole, state=Match.State.KEPT).order_by()
    for need, resource in rows.values_list("need", "resource"):
        for key in (need, resource):
            found[key] = found.get(key, 0) + 1
    return found


@require_safe
def need(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """One need or resource, what may answer it and why."""
    ws = enter(request, slug)
    row = needs.one(ws.pole, pk)
    voice = ws.may_speak_for(row.actor_id)
    form = NeedMoveForm(initial={"seen_state": row.state, "state": row.state})
    return _need_page(request, ws, row, form, voice=voice)


def _need_page(
    request: HttpRequest, ws: Workspace, row: Need, form: NeedMoveForm, *, voice: bool
) -> HttpResponseBase:
    proposals = needs.proposals(row, ws.today)
    names = needs.commune_names([row.commune, *(one.other.commune for one in proposals)])
    context = {
        "need": row,
        "form": form,
        "voice": voice,
        "commune": names.get(row.commune, ""),
        "served": enjeux.labels(row.enjeux),
        "proposals": [
            (one, names.get(one.other.commune, ""))
            for one in proposals
            if one.match is None or one.match.state == Match.State.KEPT
        ],
        "aside": [one for one in proposals if one.match and one.match.state == Match.State.SET_ASIDE],
        "projects": list(joint_projects.of_pole(ws.pole).exclude(stage="dropped").order_by("title", "pk"))
        if ws.runs
        else [],
        "alive": _alive(row, ws),
    }
    return show(request, ws, "projects/need.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Say a need or a resource, in the name of an organisation of the pole."""
    ws = enter(request, slug)
    actors = _voices(request, ws)
    side = Need.Side.RESOURCE if request.GET.get("sens") == "ressource" else Need.Side.NEED
    initial = {"side": side, "actor": next(iter(actors), None) if len(actors) == 1 else None}
    form = NeedForm(actors.values(), posted(request), initial=initial)
    made: list[Need] = []
    if sent(request, form, lambda f: made.append(needs.say(ws.pole, today=ws.today, by=ws.user, **f.mine))):
        messages.success(request, _("C'est au registre. Voici ce qui peut y répondre."))
        return redirect("espace_need", slug=slug, pk=made[0].pk)
    return form_page(
        request,
        ws,
        form,
        title=_("Dire un besoin ou une ressource"),
        lede=_(
            "Des locaux vides, un savoir-faire, de la matière, du temps : tout ce qui manque ou ne sert pas."
        ),
        back=reverse("espace_needs", args=[slug]),
        submit=_("L'inscrire au registre"),
        parent=_above(slug),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Change a need or a resource, by who said it or who animates."""
    ws = enter(request, slug)
    row = needs.one(ws.pole, pk)
    require_voice(ws, row.actor_id, verb=_VERB)
    actors = _voices(request, ws)
    actors.setdefault(row.actor.pk, row.actor)
    form = NeedForm(actors.values(), posted(request), row=row)
    if sent(request, form, lambda f: needs.change(row, base=f.base, mine=f.mine, by=ws.user)):
        messages.success(request, _("C'est enregistré."))
        return redirect("espace_need", slug=slug, pk=pk)
    return form_page(
        request,
        ws,
        form,
        title=row.title,
        back=_path(ws, row),
        submit=_("Enregistrer"),
        parent=(row.title, _path(ws, row)),
    )


def _voices(request: HttpRequest, ws: Workspace) -> dict[UUID, Actor]:
    """Return the actors in whose name the person may write; another one of the pole is a refusal (403)."""
    around = {one.pk: one for one in kept.around(ws.pole, ws.today)}
    asked = request.POST.get("actor", "")
    for key in around:
        if str(key) == asked:
            require_voice(ws, key, verb=_VERB)
    return {key: one for key, one in around.items() if ws.may_speak_for(key)}


@require_POST
def move(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Say that a need is met, withdrawn, or open again."""
    ws = enter(request, slug)
    row = needs.one(ws.pole, pk)
    require_voice(ws, row.actor_id, verb=_VERB)
    form = NeedMoveForm(request.POST)

    def act(f: NeedMoveForm) -> None:
        values = f.cleaned_data
        needs.move(row, values["state"], seen=values["seen_state"], why=values["why"], by=ws.user)

    if sent(request, form, act):
        messages.success(request, _("C'est enregistré."))
        return redirect("espace_need", slug=slug, pk=pk)
    return _need_page(request, ws, row, form, voice=True)


@require_POST
def judge(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Keep a match or set it aside: who animates, or who speaks for one of the two sides."""
    ws = enter(request, slug)
    row = needs.one(ws.pole, pk)
    other = needs.one(ws.pole, _uuid(request.POST.get("autre", "")))
    if not (ws.may_speak_for(row.actor_id) or ws.may_speak_for(other.actor_id)):
        reason = _("Il faut appartenir à l'une des deux organisations, ou animer le pôle.")
        refuse(row.subject, "need.match", by=ws.user, reason=reason)
        raise RefusedError("not_yours", reason)
    state = Match.State.KEPT if request.POST.get("faire") == "rapprocher" else Match.State.SET_ASIDE
    chosen = request.POST.get("projet", "")
    project = joint_projects.one(ws.pole, _uuid(chosen)) if chosen and ws.runs else None
    seen = request.POST.get("seen", "0")[:9]
    said = (
        _("Le besoin et la ressource sont rapprochés : à ceux qui les ont dits de se parler.")
        if state == Match.State.KEPT
        else _("Ce rapprochement est écarté.")
    )
    return done(
        request,
        lambda: needs.judge(
            row, other, state, seen=int(seen) if seen.isdigit() else 0, project=project, by=ws.user
        ),
        said=said,
        to=_path(ws, row),
    )


@require_POST
def publish(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Show a need or a resource on the public page of the pole, or stop."""
    ws = enter(request, slug, run=True, verb="need.publish")
    row = needs.one(ws.pole, pk)
    public = request.POST.get("public") == "oui"
    said = _("C'est publié sur la page du pôle.") if public else _("Ce n'est plus publié.")
    return done(request, lambda: needs.publish(row, public=public, by=ws.user), said=said, to=_path(ws, row))


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def _path(ws: Workspace, row: Need) -> str:
    return reverse("espace_need", args=[ws.slug, row.pk])


def _above(slug: str) -> tuple[str, str]:
    return _("Besoins et ressources"), reverse("espace_needs", args=[slug])
