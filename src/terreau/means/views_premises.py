"""Premises: who is there in time, what is free for whom looks for it, and the calendar of works (R-121)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from terreau.common.errors import DomainError, NotFoundError
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.journal.actions import save_fresh
from terreau.means import drawing, premises
from terreau.means.fields import base_of, bases
from terreau.means.forms_costs import DayForm, NeedForm, OccupationForm, WorksForm
from terreau.means.models import Means, Occupation, SpaceNeed, Works
from terreau.means.pages import (
    asked_day,
    find,
    keeps,
    one_of,
    people_of,
    require_keeps,
    require_living,
    voices,
)
from terreau.poles.workspace import Workspace, enter, refused, require_voice, show

#: Occupiers are drawn in as many shades, then again from the first.
_SHADES = 6


@require_safe
def index(request: HttpRequest, slug: str) -> HttpResponseBase:
    """All the premises on a day, the needs that are not met, the works to come."""
    ws = enter(request, slug)
    return _index_page(request, ws)


def _index_page(
    request: HttpRequest, ws: Workspace, *, need: NeedForm | None = None, status: int = 200
) -> HttpResponseBase:
    on = asked_day(request, "au", ws.today)
    there = premises.places(ws.pole, on)
    columns = [
        Column(_("Locaux"), lambda row: row.means.name),
        Column(_("Lieu"), lambda row: row.means.place),
        Column(_("Titre d'occupation"), lambda row: row.means.get_tenure_display()),
        Column(_("Surface en m²"), lambda row: _m2(row.means.surface), "number"),
        Column(_("Occupés, en m²"), lambda row: _m2(row.occupied), "number"),
        Column(_("Libres, en m²"), lambda row: _m2(row.free), "number"),
        Column(_("Occupants"), lambda row: ", ".join(one.actor.name for one in row.present)),
    ]
    if made := export_response(request, there, columns, f"locaux-{on}", title=_("Locaux")):
        return made
    speakers = voices(ws)
    works = list(
        Works.objects.filter(means__pole=ws.pole)
        .exclude(state=Works.State.DROPPED)
        .select_related("means")
        .order_by("starts_on", "pk")
    )
    scale = drawing.scale([(row.starts_on, _after(row.ends_on)) for row in works], ws.today)
    context = {
        "on": on,
        "places": [
            (row, bars(row), _m2(row.occupied), _m2(row.free), _m2(row.means.surface)) for row in there
        ],
        "fits": [
            (fit, _m2(fit.need.surface), ws.may_speak_for(fit.need.actor_id))
            for fit in premises.matched(ws.pole, there)
        ],
        "works": [(row, scale.bar(row.starts_on, _after(row.ends_on))) for row in works],
        "scale": scale,
        "need": need or NeedForm(speakers),
        "totals": _totals(there),
    }
    return show(request, ws, "means/premises.html", context, status=status)


def _totals(there: list[premises.Place]) -> dict[str, Any]:
    known = [row for row in there if row.means.surface is not None]
    return {
        "surface": _m2(sum(row.means.surface or 0 for row in known)),
        "occupied": _m2(sum(row.occupied for row in there)),
        "free": _m2(sum(row.free or 0 for row in known)),
        "unknown": len(there) - len(known),
    }


def bars(place: premises.Place) -> list[tuple[drawing.Bar, int]]:
    """Return the bar of each occupier, with its shade, over the surface of the premises."""
    parts = [row.surface for row in place.present]
    found = drawing.shares(parts, place.means.surface or 0)
    return [(bar, i % _SHADES) for i, bar in enumerate(found)]


@require_safe
def one(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Premises: their occupiers in time, drawn and in a table, and their works."""
    ws = enter(request, slug)
    return _page(request, ws, find(ws, pk))


def _page(
    request: HttpRequest,
    ws: Workspace,
    means: Means,
    *,
    forms: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponseBase:
    rows = list(Occupation.objects.filter(means=means).select_related("actor").order_by("valid_from", "pk"))
    columns = [
        Column(_("Qui occupe ?"), lambda row: row.actor.name),
        Column(_("Surface en m²"), lambda row: _m2(row.surface), "number"),
        Column(_("Combien de personnes"), lambda row: row.headcount, "integer"),
        Column(_("Depuis le"), lambda row: row.valid_from, "date"),
        Column(_("Jusqu'au, compris"), lambda row: _before(row.valid_to), "date"),
    ]
    if made := export_response(request, rows, columns, "occupations", title=means.name):
        return made
    works = list(Works.objects.filter(means=means).order_by("starts_on", "pk"))
    periods = [(row.valid_from, row.valid_to) for row in rows]
    scale = drawing.scale([*periods, *((row.starts_on, _after(row.ends_on)) for row in works)], ws.today)
    place = next((row for row in premises.places(ws.pole, ws.today) if row.means.pk == means.pk), None)
    context = {
        "means": means,
        "place": place,
        "surface": _m2(means.surface),
        "occupied": _m2(place.occupied) if place else 0,
        "free": _m2(place.free) if place else _m2(means.surface),
        "over": _m2(place.over) if place else 0,
        "rows": [
            (
                row,
                scale.bar(row.valid_from, row.valid_to),
                _m2(row.surface),
                _before(row.valid_to),
                i % _SHADES,
            )
            for i, row in enumerate(rows)
        ],
        "works": [(row, scale.bar(row.starts_on, _after(row.ends_on))) for row in works],
        "scale": scale,
        "keeps": keeps(ws, means),
        "occupation": OccupationForm(people_of(ws), initial={"since": ws.today}),
        "works_form": WorksForm(),
        "leave": DayForm(initial={"on": ws.today}),
        **(forms or {}),
    }
    return show(request, ws, "means/premises_one.html", context, status=status)


@require_POST
def occupy(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Say who occupies what, from a day on."""
    ws = enter(request, slug)
    means = find(ws, pk)
    require_keeps(ws, means, verb="premises.occupy")
    require_living(ws, verb="premises.occupy")
    actors = people_of(ws)
    form = OccupationForm(actors, request.POST)
    if form.is_valid():
        values = form.cleaned_data
        try:
            premises.occupy(
                means,
                one_of(actors, values["actor"]),
                surface=values["surface"],
                headcount=values["headcount"],
                since=values["since"],
                by=ws.user,
            )
            messages.success(request, _("L'occupation est notée ; celle d'avant finit ce jour-là."))
            return redirect("espace_premises_one", slug, pk)
        except DomainError as error:
            refused(form, error)
    return _page(request, ws, means, forms={"occupation": form}, status=422)


@require_POST
def leave(request: HttpRequest, slug: str, pk: UUID, row: int) -> HttpResponseBase:
    """Say until which day an organisation is there."""
    ws = enter(request, slug)
    means = find(ws, pk)
    require_keeps(ws, means, verb="premises.leave")
    held = Occupation.objects.select_related("means__subject", "actor").filter(means=means, pk=row).first()
    if held is None:
        raise NotFoundError("unknown_occupation", _("Cette occupation n'existe pas."))
    form = DayForm(request.POST)
    if form.is_valid():
        try:
            premises.leave(held, on=form.cleaned_data["on"], by=ws.user)
            messages.success(request, _("Le départ est noté."))
            return redirect("espace_premises_one", slug, pk)
        except DomainError as error:
            refused(form, error)
    return _page(request, ws, means, forms={"leave": form, "leaving": row}, status=422)


@require_POST
def need(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Say what surface an organisation looks for."""
    ws = enter(request, slug)
    require_living(ws, verb="space_need.express")
    actors = voices(ws)
    form = NeedForm(actors, request.POST)
    if form.is_valid():
        values = dict(form.cleaned_data)
        actor = one_of(actors, values.pop("actor"))
        premises.express(ws.pole, actor, by=ws.user, **values)
        messages.success(request, _("Le besoin est noté : tous les membres du pôle le lisent."))
        return redirect("espace_premises", slug)
    return _index_page(request, ws, need=form, status=422)


@require_POST
def met(request: HttpRequest, slug: str, row: int) -> HttpResponseBase:
    """Say that a need is met, or no longer felt."""
    ws = enter(request, slug)
    held = SpaceNeed.objects.select_related("pole__actor__subject").filter(pole=ws.pole, pk=row).first()
    if held is None:
        raise NotFoundError("unknown_need", _("Ce besoin n'existe pas."))
    require_voice(ws, held.actor_id, verb="space_need.meet")
    premises.meet(held, on=ws.today, by=ws.user)
    messages.success(request, _("Ce besoin n'est plus à satisfaire."))
    return redirect("espace_premises", slug)


@require_POST
def works_new(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Add works, or a study, to the calendar of premises."""
    ws = enter(request, slug)
    means = find(ws, pk)
    require_keeps(ws, means, verb="works.plan")
    require_living(ws, verb="works.plan")
    form = WorksForm(request.POST)
    if form.is_valid():
        premises.plan_works(means, by=ws.user, **form.cleaned_data)
        messages.success(request, _("Les travaux sont au calendrier."))
        return redirect("espace_premises_one", slug, pk)
    return _page(request, ws, means, forms={"works_form": form}, status=422)


_WORKS = ("title", "starts_on", "ends_on", "state", "note")


@require_http_methods(["GET", "HEAD", "POST"])
def works(request: HttpRequest, slug: str, pk: UUID, row: int) -> HttpResponseBase:
    """Change works; what somebody else wrote meanwhile is shown, and the person chooses."""
    ws = enter(request, slug)
    means = find(ws, pk)
    require_keeps(ws, means, verb="works.edit")
    held = Works.objects.filter(means=means, pk=row).first()
    if held is None:
        raise NotFoundError("unknown_works", _("Ces travaux n'existent pas."))
    shown = {name: getattr(held, name) for name in _WORKS}
    form = WorksForm(request.POST if request.method == "POST" else None, initial=shown)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            base = {**shown, **base_of(WorksForm, request.POST)}
            save_fresh(
                held,
                subject=means.subject,
                verb="works.changed",
                base=base,
                mine=form.cleaned_data,
                by=ws.user,
            )
            messages.success(request, _("Les travaux sont enregistrés."))
            return redirect("espace_premises_one", slug, pk)
        except DomainError as error:
            status = error.status
            held.refresh_from_db()
            shown = {name: getattr(held, name) for name in _WORKS}
            for name in error.facts.get("conflicts", {}):
                words = _("Quelqu'un a écrit entre-temps : %(theirs)s.")
                form.add_error(name, words % {"theirs": getattr(held, name) or "–"})
            if not error.facts.get("conflicts"):
                refused(form, error)
    if form.errors and status == 200:
        status = 422
    context = {"means": means, "works": held, "form": form, "bases": bases(form, shown)}
    return show(request, ws, "means/works.html", context, status=status)


def _m2(surface: int | None) -> Any:
    if surface is None:
        return None
    return surface // 100 if surface % 100 == 0 else surface / 100


def _after(day: date | None) -> date | None:
    return day + timedelta(days=1) if day else None


def _before(day: date | None) -> date | None:
    return day - timedelta(days=1) if day else None
