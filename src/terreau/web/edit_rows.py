"""Sections of a sheet that are lists: members, carriers, places, sentences, perimeter, stages, functions.

A line is added, ended or struck out; none is deleted. One table says what each section lists and how.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.actors import actions as actors
from terreau.actors.models import ActorFunction
from terreau.actors.tables import functions
from terreau.common.errors import DomainError, NotFoundError
from terreau.common.periods import PartialDate
from terreau.design.forms import BaseForm
from terreau.facts.read import source_view
from terreau.poles import actions
from terreau.poles.models import Carrier, Membership, PlaceLink, Pole, Stage, StageMove, Statement
from terreau.sheets.facts import language
from terreau.territories.models import Perimeter
from terreau.web import edit
from terreau.web.edit import Target
from terreau.web.edit_forms import (
    AddForm,
    Asked,
    CarrierForm,
    FunctionForm,
    MemberForm,
    PerimeterForm,
    PlaceForm,
    StageForm,
    StatementForm,
)


@dataclass(frozen=True)
class Line:
    """A row of a list: what it says, whence, and what may be done to it."""

    row: int
    title: str
    detail: str = ""
    status: str = ""
    source: Any = None
    ended: str = ""
    verbs: tuple[str, ...] = ()
    role: str = ""
    circle: str = ""


@dataclass(frozen=True)
class Rows:
    """A section that is a list: how it is called, read, filled and changed."""

    code: str
    label: Any
    hint: Any
    empty: Any
    lines: Callable[[Target], list[Line]]
    form: type[AddForm]
    change: Callable[[Target, int, str, dict[str, Any], User], None] | None = None
    names: bool = False


# What each section lists


def _pole(of: Target) -> Pole:
    if of.pole is None:
        raise NotFoundError("unknown_section", _("Cette partie de la fiche n'existe pas."))
    return of.pole


def _members(of: Target) -> list[Line]:
    rows = Membership.objects.filter(pole=_pole(of)).select_related("actor", "source")
    return [
        Line(
            row.pk,
            row.actor.name,
            ", ".join(filter(None, [row.get_role_display(), row.get_circle_display() if row.circle else ""])),
            row.status,
            source_view(row.source),
            _last(row.valid_to),
            () if row.valid_to else ("changer", "finir", "rayer"),
            row.role,
            row.circle,
        )
        for row in rows.order_by("actor__sort_key", "pk")
    ]


def _carriers(of: Target) -> list[Line]:
    rows = Carrier.objects.filter(pole=_pole(of)).select_related("actor", "source").order_by("pk")
    return [
        Line(
            row.pk,
            row.actor.name,
            "",
            row.status,
            source_view(row.source),
            _last(row.valid_to),
            () if row.valid_to else ("finir", "rayer"),
        )
        for row in rows
    ]


def _places(of: Target) -> list[Line]:
    rows = (
        PlaceLink.objects.filter(pole=_pole(of))
        .select_related("place__zone", "source")
        .order_by("place__name")
    )
    return [
        Line(
            row.pk,
            row.place.name,
            ", ".join(
                filter(None, [row.place.get_kind_display(), row.place.zone.name if row.place.zone else ""])
            ),
            row.status,
            source_view(row.source) if row.source else None,
            verbs=("rayer",),
        )
        for row in rows
    ]


def _statements(of: Target) -> list[Line]:
    rows = Statement.objects.filter(pole=_pole(of)).select_related("source").order_by("heading", "rank", "pk")
    return [
        Line(
            row.pk,
            str(row.text.get(language()) or row.text.get("fr", "")),
            row.get_heading_display(),
            row.status,
            source_view(row.source),
            verbs=("rayer",),
        )
        for row in rows
    ]


def _perimeters(of: Target) -> list[Line]:
    rows = Perimeter.objects.filter(subject=of.actor.pk, kind=Perimeter.Kind.COOPERATION)
    return [
        Line(
            row.pk,
            row.label,
            row.valid_from.isoformat() if row.valid_from else "",
            row.status,
            source_view(row.source) if row.source else None,
            _last(row.valid_to),
        )
        for row in rows.select_related("source").order_by("-valid_to", "-valid_from", "-pk")
    ]


def _stages(of: Target) -> list[Line]:
    rows = StageMove.objects.filter(pole=_pole(of)).select_related("source").order_by("-on", "-pk")
    return [
        Line(
            row.pk,
            str(Stage(row.stage).label),
            f"{PartialDate(row.on, row.precision).iso()} · {row.reason}"
            if row.reason
            else PartialDate(row.on, row.precision).iso(),
            row.status,
            source_view(row.source),
        )
        for row in rows
    ]


def _functions(of: Target) -> list[Line]:
    known = functions()
    rows = ActorFunction.objects.filter(actor=of.actor).select_related("source").order_by("function", "pk")
    return [
        Line(
            row.pk,
            known[row.function].name(language()) if row.function in known else row.function,
            "",
            "declare" if row.source else "",
            source_view(row.source) if row.source else None,
            _last(row.valid_to),
            () if row.valid_to or row.function == "pole" else ("finir",),
        )
        for row in rows
    ]


def _last(day: date | None) -> str:
    return date.fromordinal(day.toordinal() - 1).isoformat() if day else ""


# What is done to a line


def _change_member(of: Target, row: int, verb: str, values: dict[str, Any], by: User) -> None:
    held = _line(Membership, of, row)
    if verb == "changer":
        actions.change_member(held, on=values["date"], by=by, role=values["role"], circle=values["cercle"])
    else:
        _end_or_strike(held, verb, values, by)


def _change_carrier(of: Target, row: int, verb: str, values: dict[str, Any], by: User) -> None:
    _end_or_strike(_line(Carrier, of, row), verb, values, by)


def _change_place(of: Target, row: int, verb: str, values: dict[str, Any], by: User) -> None:
    actions.strike(_line(PlaceLink, of, row), reason=values["motif"], by=by)


def _change_statement(of: Target, row: int, verb: str, values: dict[str, Any], by: User) -> None:
    actions.strike(_line(Statement, of, row), reason=values["motif"], by=by)


def _change_function(of: Target, row: int, verb: str, values: dict[str, Any], by: User) -> None:
    held = ActorFunction.objects.select_related("actor__subject").filter(actor=of.actor, pk=row).first()
    if held is None or held.function == "pole":
        raise NotFoundError("unknown_line", _("Cette ligne n'existe plus."))
    actors.end_function(held, on=values["date"], by=by)


def _line(model: Any, of: Target, row: int) -> Any:
    found = model.objects.select_related("pole__actor__subject").filter(pole=_pole(of), pk=row).first()
    if found is None:
        raise NotFoundError("unknown_line", _("Cette ligne n'existe plus : rechargez la page."))
    return found


def _end_or_strike(row: Any, verb: str, values: dict[str, Any], by: User) -> None:
    if verb == "finir":
        actions.end(row, on=values["date"], reason=values["motif"], by=by)
    else:
        actions.strike(row, reason=values["motif"], by=by)


OF_POLES: dict[str, Rows] = {
    "membres": Rows(
        "membres",
        gettext_lazy("Membres"),
        gettext_lazy("Qui en est, avec quel rôle, depuis quand."),
        gettext_lazy("Aucun membre encore. Ajoutez le premier ci-dessous."),
        _members,
        MemberForm,
        _change_member,
        names=True,
    ),
    "porteur": Rows(
        "porteur",
        gettext_lazy("Structure porteuse"),
        gettext_lazy("L'organisation qui porte le pôle ou ses contrats."),
        gettext_lazy("Aucune structure porteuse connue."),
        _carriers,
        CarrierForm,
        _change_carrier,
        names=True,
    ),
    "perimetre": Rows(
        "perimetre",
        gettext_lazy("Périmètre"),
        gettext_lazy("Les communes du pôle, depuis une date."),
        gettext_lazy("Le périmètre n'est pas connu. Une commune suffit pour commencer."),
        _perimeters,
        PerimeterForm,
    ),
    "lieux": Rows(
        "lieux",
        gettext_lazy("Lieux"),
        gettext_lazy("Les bâtiments, les sites, les terrains."),
        gettext_lazy("Aucun lieu encore."),
        _places,
        PlaceForm,
        _change_place,
    ),
    "textes": Rows(
        "textes",
        gettext_lazy("Textes"),
        gettext_lazy("Les phrases des quatre rubriques."),
        gettext_lazy("Aucune phrase encore."),
        _statements,
        StatementForm,
        _change_statement,
    ),
    "stade": Rows(
        "stade",
        gettext_lazy("Stade"),
        gettext_lazy("Où en est le pôle, et pourquoi."),
        gettext_lazy("Le stade n'est pas connu."),
        _stages,
        StageForm,
    ),
}
OF_ACTORS: dict[str, Rows] = {
    "fonctions": Rows(
        "fonctions",
        gettext_lazy("Fonctions"),
        gettext_lazy("Ce que fait cet acteur."),
        gettext_lazy("Aucune fonction connue."),
        _functions,
        FunctionForm,
        _change_function,
    ),
}


class ChangeForm(BaseForm):
    """What is done to a line: when, why, and what it becomes."""

    date = forms.DateField(required=False)
    motif = forms.CharField(max_length=300, required=False)
    role = forms.ChoiceField(choices=Membership.Role.choices, required=False)
    cercle = forms.ChoiceField(choices=Membership.Circle.choices, required=False)


def answer(request: HttpRequest, of: Target, rows: Rows) -> HttpResponse:
    """Show the list, add a line, or change one."""
    by = request.user
    if request.method != "POST" or not isinstance(by, User):
        return _page(request, of, rows, _form(request, of, rows, bound=False), 200)
    if "ligne" in request.POST:
        return _change(request, of, rows, by)
    form = _form(request, of, rows, bound=True)
    if not form.is_valid():
        return _page(request, of, rows, form, 422)
    try:
        form.add(Asked(of, form.cleaned_data, form.said(by), by))
    except DomainError as error:
        named = str(error.facts.get("field", ""))
        place = "piece" if error.code.startswith("piece_") else _FIELDS.get(named, named)
        form.add_error(place if place in form.fields else None, str(error.message))
        return _page(request, of, rows, form, error.status)
    messages.success(request, _("C'est enregistré."))
    return redirect(request.path)


_FIELDS = {"on": "depuis", "name": "nom", "actor": "nom", "stage": "stade", "reason": "pourquoi"}


def _form(request: HttpRequest, of: Target, rows: Rows, *, bound: bool) -> AddForm:
    data = (request.POST, request.FILES) if bound else ()
    verifies = edit.may_verify(request, of.actor)
    initial = {"jour": timezone.localdate().isoformat()}
    form = rows.form(*data, of=of, subject=of.actor.subject, verifies=verifies, initial=initial)
    if rows.code != "fonctions":
        del form.fields["jour"]
    if rows.code in {"stade", "membres", "porteur", "lieux", "textes", "perimetre", "fonctions"}:
        del form.fields["motif"]
    return form


def _change(request: HttpRequest, of: Target, rows: Rows, by: User) -> HttpResponse:
    form = ChangeForm(request.POST)
    verb, number = request.POST.get("faire", ""), request.POST.get("ligne", "")
    lines = {str(line.row): line for line in rows.lines(of)}
    line = lines.get(number)
    if rows.change is None or line is None or verb not in line.verbs:
        raise NotFoundError("unknown_line", _("Cette ligne n'existe plus, ou a changé : rechargez la page."))
    if not form.is_valid() or (verb != "rayer" and not form.cleaned_data["date"]):
        raise DomainError("date_needed", _("Dites à quelle date, comme 2026-11-21."), facts={"field": "date"})
    values = {**form.cleaned_data, "date": form.cleaned_data["date"] or timezone.localdate()}
    rows.change(of, line.row, verb, values, by)
    messages.success(request, _("C'est enregistré ; ce qui était écrit reste dans l'historique."))
    return redirect(request.path)


def _page(request: HttpRequest, of: Target, rows: Rows, form: AddForm, status: int) -> HttpResponse:
    context = {
        "rows": rows,
        "label": rows.label,
        "hint": rows.hint,
        "lines": rows.lines(of),
        "form": form,
        "roles": Membership.Role.choices,
        "circles": Membership.Circle.choices,
    }
    return edit.page(request, "web/edit_rows.html", of, context, status)


__all__ = ["OF_ACTORS", "OF_POLES", "Line", "Rows", "answer"]
