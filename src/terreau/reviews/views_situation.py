"""« Notre situation »: what the pole says of itself, for its people; what it chose to show, for everybody."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from terreau.accounts.models import User
from terreau.common.errors import DomainError, NotFoundError
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.facts.read import facts_of
from terreau.grids.models import GridVersion
from terreau.pieces.actions import attach
from terreau.pieces.models import Piece
from terreau.poles.models import Pole
from terreau.reviews import campaigns, drawing, evidence, perms, report, situation
from terreau.reviews.forms import ShowForm, SupportForm
from terreau.reviews.models import State
from terreau.reviews.rules import Said
from terreau.reviews.situation import Choice, Situation
from terreau.reviews.statements import Item, questionnaire, said
from terreau.reviews.views_campaigns import organised, pole_of, signed_in


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The situation: whole for the people of the pole, what it shows for others, else nothing (404, 403)."""
    pole = pole_of(slug)
    version = situation.version_of(pole, request.GET.get("grille", "")[:60])
    inside = bool(perms.can_read(request.user, pole))
    if not inside:
        return _public(request, pole, version)
    if version is None:
        return render(request, "reviews/situation.html", {"pole": pole, "inside": True, "held": None})
    held = situation.situation(pole, version, since=_since(request, pole, version))
    response = _exported(request, held) or render(request, "reviews/situation.html", _inside(request, held))
    response["Cache-Control"] = "private, no-store"
    return response


def _public(request: HttpRequest, pole: Pole, version: GridVersion | None) -> HttpResponseBase:
    """Show what the pole shows; when that is nothing, a stranger finds nothing and a person is refused."""
    held = situation.public(pole, version) if version else None
    if held is None:
        perms.require(request.user, perms.can_read(request.user, pole), pole, verb="situation.read")
        raise NotFoundError("not_found", _("Cette page n'existe pas."))
    if (exported := _exported(request, held)) is not None:
        return exported
    return render(request, "reviews/situation.html", _context(held) | {"inside": False})


def _since(request: HttpRequest, pole: Pole, version: GridVersion) -> Any:
    """Return the campaign to compare with: the one asked for, else the one before the last."""
    asked = request.GET.get("depuis", "")
    held = [one for one in situation.milestones(pole, version) if one.grid_version_id == version.pk]
    chosen = next((one for one in held if str(one.pk) == asked), None)
    return chosen or (held[-2] if len(held) > 1 else None)


def _context(held: Situation) -> dict[str, Any]:
    levels = {line.item.code: line.said for line in held.lines}
    before = {line.item.code: Said(level=line.before) for line in held.lines if line.before is not None}
    axes = [axis.axis for axis in held.axes]
    scale = ", ".join(f"{step.value} {step.label}" for step in held.asked.scale)
    alt = _("Une barre par item, du centre vers le bord : %(scale)s. Le tableau plus bas dit la même chose.")
    drawn = drawing.rose(report.sectors(axes, levels, before), held.asked.levels, alt % {"scale": scale})
    return {
        "pole": held.pole,
        "held": held,
        "rose": drawn,
        "total": sum(len(axis.lines) for axis in held.axes),
        "has_before": bool(before),
        "has_targets": any(line.said.target is not None for line in held.lines),
        "moved_up": [line for line in held.lines if line.moved > 0],
        "moved_down": [line for line in held.lines if line.moved < 0],
    }


def _inside(request: HttpRequest, held: Situation) -> dict[str, Any]:
    """Return what its people see more: campaigns, what is to be done, what is shown."""
    pole, reviews = held.pole, campaigns.of_pole(held.pole)
    going = {State.OPEN, State.DELIVERED, State.SIGNED}
    milestones = [
        one for one in situation.milestones(pole, held.version) if one.grid_version_id == held.version.pk
    ]
    return _context(held) | {
        "inside": True,
        "organises": bool(perms.can_organise(request.user, pole)),
        "open_reviews": [one for one in reviews if one.state in going],
        "past_reviews": [one for one in reviews if one.state not in going],
        "milestones": milestones[:-1],
        "grids": [(one.grid.code, said(one.content.get("title"))) for one in situation.scales()],
        "shown": situation.shown(pole, held.version.grid),
        "next_steps": [line for line in held.lines if line.said.first_step],
    }


def _exported(request: HttpRequest, held: Situation) -> HttpResponseBase | None:
    columns: list[Any] = [
        (gettext_lazy("Axe"), lambda line: line.item.axis),
        (gettext_lazy("Item"), lambda line: line.item.code),
        (gettext_lazy("Énoncé"), lambda line: line.item.title),
        Column(gettext_lazy("Niveau"), lambda line: line.said.level, "integer"),
        Column(gettext_lazy("Non concerné"), lambda line: line.said.not_concerned, "boolean"),
        Column(gettext_lazy("Niveau d'avant"), lambda line: line.before, "integer"),
        Column(gettext_lazy("Cible"), lambda line: line.said.target, "integer"),
        (gettext_lazy("Premier pas"), lambda line: line.said.first_step),
        (gettext_lazy("Remarque"), lambda line: line.said.words),
        (gettext_lazy("Retenu le"), lambda line: timezone.localtime(line.at).date() if line.at else None),
        (gettext_lazy("Répondu sous la version"), lambda line: line.given_under),
    ]
    name = f"{held.pole.slug}-situation"
    return export_response(
        request, held.lines, columns, name, title=_("Situation de %(name)s") % {"name": held.pole.actor.name}
    )


# What is shown


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, slug: str) -> HttpResponse:
    """Choose what everybody sees of the situation: for who animates the pole. Nothing until then."""
    pole = pole_of(slug)
    user = organised(request, pole, "situation.show")
    version = situation.version_of(pole, request.GET.get("grille", "")[:60])
    if version is None:
        raise NotFoundError("unknown_grid", _("Aucune grille de ce nom ne se répond ici."))
    row, asked = situation.shown(pole, version.grid), questionnaire(version)
    initial = {"seen": 0}
    if row:
        initial = {name: getattr(row, name) for name in ("axes", "targets", "steps", "progress")} | {
            "seen": row.version
        }
    form = ShowForm(asked, request.POST if request.method == "POST" else None, initial=initial)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            values = form.cleaned_data
            choice = Choice(tuple(values["axes"]), values["targets"], values["steps"], values["progress"])
            made = situation.show(pole, version, choice, seen=values["seen"], by=user)
            words = _("Ces axes sont publics.") if made.axes else _("Plus rien n'est public.")
            messages.success(request, words)
            return redirect(f"{reverse('situation', args=[slug])}?grille={version.grid.code}")
        except DomainError as error:
            form.add_error(None, str(error.message))
            status = error.status
    elif request.method == "POST":
        status = 422
    context = {
        "pole": pole,
        "form": form,
        "version": version,
        "asked": asked,
        "public": pole.actor.subject.public,
    }
    return _kept(render(request, "reviews/show.html", context, status=status))


def _kept(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "private, no-store"
    return response


# One item


@require_http_methods(["GET", "HEAD", "POST"])
def item(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """An item in time and what supports it: for the people of the pole, who add to it."""
    pole, user, version = _of_item(request, slug)
    held = _item(version, code)
    form = SupportForm(pole, questionnaire(version), _facts(pole), *_data(request))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                _supported(pole, version, held, form, user)
                messages.success(request, _("L'appui est ajouté."))
                return redirect(request.get_full_path())
            except DomainError as error:
                named = error.facts.get("field")
                form.add_error(named if named in form.fields else None, str(error.message))
    lines = {line.item.code: line for line in situation.situation(pole, version).lines}
    context = {
        "pole": pole,
        "item": held,
        "line": lines[code],
        "form": form,
        "version": version,
        "history": _history(pole, version, code),
    }
    return _kept(render(request, "reviews/item.html", context, status=status))


def _of_item(request: HttpRequest, slug: str) -> tuple[Pole, User, GridVersion]:
    pole = pole_of(slug)
    allowed = perms.can_read(request.user, pole)
    perms.require(request.user, allowed, pole, verb="situation.support")
    version = situation.version_of(pole, request.GET.get("grille", "")[:60])
    if version is None:
        raise NotFoundError("unknown_grid", _("Aucune grille de ce nom ne se répond ici."))
    return pole, signed_in(request), version


def _item(version: GridVersion, code: str) -> Item:
    found = next((one for one in questionnaire(version) if one.code == code), None)
    if found is None:
        raise NotFoundError("unknown_item", _("Cette grille n'a pas cet item."))
    return found


def _data(request: HttpRequest) -> tuple[Any, ...]:
    return (request.POST, request.FILES) if request.method == "POST" else ()


def _facts(pole: Pole) -> list[tuple[str, str]]:
    return [(str(view.id), f"{view.label} : {view.display}"[:140]) for view in facts_of(pole.pk)]


def _supported(pole: Pole, version: GridVersion, held: Item, form: SupportForm, user: User) -> None:
    values = form.cleaned_data
    piece: Piece | None = form.pieces.get(values.get("piece", ""))
    if values["file"]:
        piece = attach(pole.actor.subject, values["file"], values["file"].name, by=user)
    fact = UUID(values["fact"]) if values["fact"] and piece is None else None
    items = [held.code, *values["items"]]
    evidence.add(pole, version, items, fact=fact, piece=piece, shared=values["shared"], by=user)


def _history(pole: Pole, version: GridVersion, code: str) -> list[dict[str, Any]]:
    asked = questionnaire(version)
    rows = pole.stances.filter(grid_version=version, criterion=code).select_related("review")
    return [
        {
            "row": row,
            "level": report.level_words(asked, Said.of(row)),
            "target": asked.label(row.target),
        }
        for row in rows.order_by("-at", "-pk")
    ]


@require_POST
def unsupport(request: HttpRequest, slug: str, code: str, pk: UUID) -> HttpResponseBase:
    """Take a support back: the people of the pole."""
    pole, user, version = _of_item(request, slug)
    _item(version, code)
    evidence.remove(pole, pk, by=user)
    messages.success(request, _("L'appui est retiré ; la donnée ou la pièce reste où elle est."))
    return redirect(f"{reverse('situation_item', args=[slug, code])}?grille={version.grid.code}")
