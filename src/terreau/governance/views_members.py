"""Members in time: who is in the pole today, at any day, at each stage; entering, changing, leaving."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from terreau.actors.actions import create_actor
from terreau.actors.models import Actor
from terreau.census import parties
from terreau.census.entry_rules import Party
from terreau.common.errors import DomainError, NotFoundError
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.governance import composing, drawing_people, leaving, sharing, telling_people
from terreau.governance.forms_people import (
    NEW,
    AddMemberForm,
    ChangeMemberForm,
    LeaveForm,
    today_initial,
)
from terreau.governance.models import Admission, FunctionShare, Seat
from terreau.pieces.actions import declaration
from terreau.poles import composition, workspace
from terreau.poles.models import Membership
from terreau.poles.rules import MEMBERS_AVERAGE, MEMBERS_MINIMUM, MEMBERS_WANTED, Share
from terreau.poles.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Circle:
    """A circle of belonging and who stands in it."""

    code: str
    label: str
    lines: list[composing.Line]


@require_safe
def members(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Who is in the pole today."""
    ws = workspace.enter(request, slug)
    return _page(request, ws, ws.today)


@require_safe
def members_on(request: HttpRequest, slug: str, day: str) -> HttpResponseBase:
    """Who was in the pole on a day."""
    ws = workspace.enter(request, slug)
    return _page(request, ws, _day(day))


@require_safe
def choose_day(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Lead to the day that a form asks for."""
    ws = workspace.enter(request, slug)
    return redirect("espace_members_on", ws.slug, _day(request.GET.get("jour", "")).isoformat())


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError as error:
        words = _("Écrivez un jour comme 2026-11-22.")
        raise DomainError("bad_day", words, facts={"typed": typed[:40]}) from error


def _page(request: HttpRequest, ws: Workspace, day: date) -> HttpResponseBase:
    composed = composing.at(ws.pole, day)
    name = f"membres-{ws.slug}-{day.isoformat()}"
    exported = export_response(request, composed.lines, _COLUMNS, name)
    if exported is not None:
        return exported
    today = day == ws.today
    said = [telling_people.remark(one) for one in composed.made.remarks]
    if today:
        said += dominations_said(ws)
    context: dict[str, Any] = {
        "composed": composed,
        "circles": _circles(composed.lines),
        "today": today,
        "day": day,
        "look": [one for one in said if one.look],
        "placed": [one for one in said if not one.look],
        "ess": shared(composed.made.ess),
        "core_ess": shared(composed.made.core_ess),
        "lucrative": shared(composed.made.lucrative),
        "thresholds": (MEMBERS_MINIMUM, MEMBERS_WANTED, MEMBERS_AVERAGE),
        "waiting": _waiting(ws) if today else 0,
    }
    return workspace.show(request, ws, "governance/people/members.html", context)


def _waiting(ws: Workspace) -> int:
    closed = (Admission.Step.ADMITTED, Admission.Step.REFUSED, Admission.Step.WITHDRAWN)
    return Admission.objects.filter(pole=ws.pole).exclude(step__in=closed).count()


def _circles(lines: tuple[composing.Line, ...]) -> list[Circle]:
    found = []
    for code, label in Membership.Circle.choices:
        mine = [line for line in lines if line.circle == code]
        if mine:
            found.append(Circle(code, str(label), mine))
    return found


def shared(share: Share | None) -> str:
    """Return a share as it is known: « 60 % », « entre 40 % et 60 % », empty when there is nobody."""
    if share is None:
        return ""
    least, most = telling_people.percent(share.least), telling_people.percent(share.most)
    if share.known:
        return least
    return _("au moins %(least)s, au plus %(most)s") % {"least": least, "most": most}


def dominations_said(
    ws: Workspace, seats: Sequence[Seat] | None = None, weights: Any = None
) -> list[telling_people.Sentence]:
    """Return who dominates votes or money today, in sentences."""
    found = composing.dominations(ws.pole, ws.today, seats, weights)
    names = {seat.actor_id.hex: seat.actor.name for seat in seats or ()}
    lacking = [UUID(one.actor) for one, _where in found if one.actor and one.actor not in names]
    if lacking:
        rows = Actor.objects.filter(pk__in=lacking).values_list("pk", "name")
        names |= {pk.hex: name for pk, name in rows}
    return [telling_people.domination(one, names.get(one.actor, ""), where) for one, where in found]


_COLUMNS = (
    Column(gettext_lazy("Organisation"), lambda line: line.actor.name),
    Column("SIREN", lambda line: line.actor.siren),
    Column(gettext_lazy("Nature juridique"), lambda line: line.nature_label),
    Column(gettext_lazy("Entreprise de l'ESS"), lambda line: line.ess_label),
    Column(gettext_lazy("Rôle"), lambda line: line.role_label),
    Column(gettext_lazy("Cercle"), lambda line: line.circle_label),
    Column(gettext_lazy("Membre depuis"), lambda line: line.since_text),
)


@require_safe
def story(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The composition in time: drawn, and its table twin; at each stage."""
    ws = workspace.enter(request, slug)
    told = composing.story(ws.pole, ws.today)
    name = f"histoire-des-membres-{ws.slug}"
    exported = export_response(request, told.moves, _MOVES, name)
    if exported is not None:
        return exported
    context = {
        "story": told,
        "drawn": drawing_people.drawn(told, ws.today),
        "stages": [(stage, shared(stage.made.ess), shared(stage.made.core_ess)) for stage in told.stages],
    }
    return workspace.show(request, ws, "governance/people/story.html", context)


_MOVES = (
    Column(gettext_lazy("Date de l'événement"), lambda move: move.change.on, "date"),
    Column(gettext_lazy("Organisation"), lambda move: move.name),
    Column(gettext_lazy("Événement"), lambda move: move.words),
    Column(gettext_lazy("Motif"), lambda move: move.reason),
)


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Write that an organisation is a member, apart from any request."""
    ws = workspace.enter(request, slug, run=True, verb="members.add")
    form = AddMemberForm(request.POST or None)
    if form.is_valid():
        values = form.cleaned_data
        try:
            actor = _party(ws, form)
            composition.add_member(
                ws.pole,
                actor,
                by=ws.user,
                role=values["role"],
                circle=values["circle"],
                since=values["since"],
            )
            messages.success(request, _("%(name)s est au pôle.") % {"name": actor.name})
            return redirect("espace_members", ws.slug)
        except DomainError as error:
            workspace.refused(form, error, {"actor": "name", "on": "since"})
    context = {"form": form}
    status = 422 if form.errors else 200
    return workspace.show(request, ws, "governance/people/member_add.html", context, status=status)


def _party(ws: Workspace, form: AddMemberForm) -> Actor:
    """Return the organisation that was named; a new one is public when the pole is."""
    public = ws.pole.actor.subject.public
    name, chosen = form.cleaned_data["name"], form.chosen
    if chosen != NEW and (actor := parties.actor_of(Party(name, chosen), by=ws.user, public=public)):
        return actor
    return create_actor(name, source=declaration(ws.user, ws.today), public=public, by=ws.user)


@require_http_methods(["GET", "HEAD", "POST"])
def member(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """One member: its roles in time, its mandates, what it shares; changing, leaving."""
    ws = workspace.enter(request, slug)
    held = Membership.objects.filter(pole=ws.pole, actor=pk).select_related("actor__subject", "source")
    rows = list(held.order_by("valid_from", "pk"))
    if not rows:
        raise NotFoundError("not_a_member", _("Cette organisation n'a jamais été membre de ce pôle."))
    if request.method == "POST":
        return _changed(request, ws, rows)
    return _member_page(request, ws, rows)


def _changed(request: HttpRequest, ws: Workspace, rows: list[Membership]) -> HttpResponseBase:
    actor = rows[0].actor
    if request.POST.get("faire") == "changer":
        workspace.require_run(ws, verb="members.change")
        form: Any = ChangeMemberForm(request.POST)
    else:
        if actor.pk == ws.pole.pk or not (ws.runs or actor.pk in ws.standing.speaks_for):
            workspace.require_voice(ws, actor.pk, verb="members.leave")
        form = LeaveForm(request.POST)
    if form.is_valid():
        try:
            return _done(request, ws, rows, form)
        except DomainError as error:
            workspace.refused(form, error, {"role": "role", "actor": "on"})
    return _member_page(request, ws, rows, form, status=422)


def _done(request: HttpRequest, ws: Workspace, rows: list[Membership], form: Any) -> HttpResponseBase:
    values, actor = form.cleaned_data, rows[0].actor
    if isinstance(form, LeaveForm):
        leaving.leave(
            ws.pole, actor, on=values["on"], reason=values["reason"], mandates=values["mandates"], by=ws.user
        )
        words = _("Le départ de %(name)s est écrit. Sa fiche et tout ce qu'elle a fait restent.")
        messages.success(request, words % {"name": actor.name})
        stays = ws.runs or values["on"] > ws.today or ws.standing.speaks_for - {actor.pk}
        return redirect("espace_member", ws.slug, actor.pk) if stays else redirect("pole", ws.slug)
    row = next((one for one in rows if one.pk == values["row"] and one.valid_to is None), None)
    if row is None:
        words = _("Cette ligne a changé pendant ce temps : rouvrez la page.")
        raise DomainError("changed_since", words, status=409)
    composition.change_member(row, on=values["on"], by=ws.user, role=values["role"], circle=values["circle"])
    messages.success(request, _("C'est écrit ; ce qui était vrai avant reste dans l'histoire."))
    return redirect("espace_member", ws.slug, actor.pk)


def _member_page(
    request: HttpRequest, ws: Workspace, rows: list[Membership], form: Any = None, *, status: int = 200
) -> HttpResponseBase:
    actor = rows[0].actor
    own = actor.pk in ws.standing.speaks_for
    stays = [(row, composing.stay(row)) for row in rows]
    current = [row for row, stay in stays if stay.holds(ws.today)]
    open_rows = [row for row in current if row.valid_to is None]
    seats = Seat.objects.filter(body__pole=ws.pole, actor=actor).select_related("body", "college")
    functions = FunctionShare.objects.filter(pole=ws.pole, actor=actor).order_by("function", "pk")
    context: dict[str, Any] = {
        "actor": actor,
        "own": own,
        "stays": [
            (row, composing.said_day(row.valid_from, row.from_precision), row in current) for row, _ in stays
        ],
        "current": current,
        "open_rows": open_rows,
        "seats": list(seats.order_by("body__name", "valid_from", "pk")),
        "functions": list(functions),
        "shared": sharing.of_member(ws.pole, actor, owner=own) if own or ws.runs else None,
        "admissions": list(Admission.objects.filter(pole=ws.pole, actor=actor).order_by("-asked_at")),
        "may_leave": bool(open_rows) and (ws.runs or own),
        "change": form if isinstance(form, ChangeMemberForm) else _change_form(ws, open_rows),
        "leave": form if isinstance(form, LeaveForm) else LeaveForm(initial=today_initial(ws.today)),
        "changing": isinstance(form, ChangeMemberForm),
        "going": isinstance(form, LeaveForm),
    }
    return workspace.show(request, ws, "governance/people/member.html", context, status=status)


def _change_form(ws: Workspace, rows: list[Membership]) -> ChangeMemberForm | None:
    if not ws.runs or not rows:
        return None
    row = rows[0]
    initial = {"row": row.pk, "role": row.role, "circle": row.circle, **today_initial(ws.today)}
    return ChangeMemberForm(initial=initial)


__all__ = ["add", "choose_day", "dominations_said", "member", "members", "members_on", "shared", "story"]
