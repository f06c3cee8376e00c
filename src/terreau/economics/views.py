"""The economics of a pole as its people read it: three levels, the matrix, functions, the analytic account.

Who animates says which function a thing serves; the others read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from terreau.actors.models import Actor
from terreau.common.errors import DomainError
from terreau.common.money import Euro
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.design.forms import BaseForm
from terreau.economics import actions, drawing, projection, read, sums
from terreau.economics.models import Function, Kind, Level, Line, Origin, Serves
from terreau.economics.pages import VIEWS, Asked, Thing, asked, common, things, view_of
from terreau.economics.reference import references
from terreau.economics.rules import ORIGINS, RESOURCES, USES, Side
from terreau.economics.sums import Account, Amount, Cell, Matrix, View
from terreau.economics.templatetags.economics import phase_name
from terreau.economics.weight import weight
from terreau.governance.models import FunctionShare
from terreau.poles.models import Carrier
from terreau.poles.workspace import Workspace, enter, refused, require_run, show

_LEVELS: Final = (View.CELL, View.POLE, View.PROJECTS)
_CHUNK: Final = 1_000


@dataclass(frozen=True, slots=True)
class Row:
    """One kind in the three levels: the amount of each, none where the level has no line of it."""

    code: str
    amounts: tuple[Amount | None, ...]


@require_safe
def economy(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The three levels side by side, how they fit together, what is left out, the members' weight apart."""
    ws = enter(request, slug)
    year = asked(request, ws)
    cells = read.classified(ws.pole, year.period.first, year.period.last)
    accounts = [sums.account(cells, view) for view in _LEVELS]
    columns = _level_columns()
    if sent := export_response(request, _level_rows(accounts), columns, f"economie-{slug}-{year.word}"):
        return sent
    public, came = sums.public_share(cells, View.CELL)
    context = {
        **common(ws, year, "economy"),
        "accounts": accounts,
        "inside": sums.total(c for c in _came(cells) if c.level == Level.PROJECT and c.through).cash,
        "resources": _rows(accounts, "resources", (*RESOURCES, Kind.UNKNOWN)),
        "uses": _rows(accounts, "uses", (*USES, Kind.UNKNOWN)),
        "steps": sums.waterfall(cells),
        "most": max((step.start + step.cents for step in sums.waterfall(cells)), default=0),
        "outside": sums.outside(cells),
        "empty": not cells,
        "public": (public, came, sums.round_half_even(public * 1000, came)) if came > 0 else None,
        "weight": weight(ws),
        "known": references(),
        "borne": not projection.has_form(ws.pole.actor),
    }
    return show(request, ws, "economics/economy.html", context)


def _came(cells: list[Cell]) -> Iterator[Cell]:
    return (cell for cell in sums.held(cells, View.WHOLE) if cell.side == Side.IN)


def _rows(accounts: list[Account], side: str, kinds: tuple[str, ...]) -> list[Row]:
    found = []
    for kind in map(str, kinds):
        amounts = tuple(getattr(account, side).get(kind) for account in accounts)
        if any(amounts):
            found.append(Row(kind, amounts))
    return found


def _level_rows(accounts: list[Account]) -> Iterator[tuple[View, str, str, Amount]]:
    for account in accounts:
        for side, kinds in (("in", account.resources), ("out", account.uses)):
            for kind, amount in kinds.items():
                yield account.view, side, kind, amount


def _level_columns() -> list[Column]:
    sides = {"in": _("ressource"), "out": _("dépense")}
    names = {view: str(name) for view, name in VIEWS.values()}
    return [
        Column(_("Niveau (ne s'additionnent pas)"), lambda row: names[row[0]]),
        Column(_("Ressource ou dépense"), lambda row: sides[row[1]]),
        Column(_("Type"), lambda row: str(Kind(row[2]).label)),
        *_amount_columns(lambda row: row[3]),
    ]


def _amount_columns(amount: Any) -> list[Column]:
    return [
        Column(_("Argent, en euros"), lambda row: Euro(amount(row).cash), "number"),
        Column(_("Apports valorisés, en euros"), lambda row: Euro(amount(row).gifts), "number"),
        Column(_("Nombre de lignes"), lambda row: amount(row).lines, "integer"),
        Column(_("Dont apports sans valeur"), lambda row: amount(row).unvalued, "integer"),
    ]


@require_safe
def matrix(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Resources by type, origin and phase (R-106), for the level that is asked; drawn and exported."""
    ws = enter(request, slug)
    year = asked(request, ws)
    word, view = view_of(request, "pole")
    cells = read.classified(ws.pole, year.period.first, year.period.last)
    found = sums.matrix(cells, view, order=read.PHASES)
    name = f"matrice-{word}-{slug}-{year.word}"
    if sent := export_response(request, list(_flat(found)), _matrix_columns(), name):
        return sent
    left, right = sums.links(cells, view)
    context = {
        **common(ws, year, "matrix"),
        "views": [(code, name) for code, (_view, name) in VIEWS.items()],
        "word": word,
        "view_name": VIEWS[word][1],
        "matrix": found,
        "tables": _tables(found),
        "origins": [str(one) for one in ORIGINS],
        "drawing": drawing.sankey(left, right),
        "ribbons": (left, right),
    }
    return show(request, ws, "economics/matrix.html", context)


def _flat(found: Matrix) -> Iterator[tuple[str, str, str, Amount]]:
    for phase in found.phases:
        for kind in RESOURCES:
            for origin in ORIGINS:
                yield phase, str(kind), str(origin), found.cell(kind, origin, phase)


def _matrix_columns() -> list[Column]:
    return [
        Column(_("Phase"), lambda row: phase_name(row[0]) or _("phase inconnue")),
        Column(_("Type"), lambda row: str(Kind(row[1]).label)),
        Column(_("Origine"), lambda row: str(Origin(row[2]).label)),
        *_amount_columns(lambda row: row[3]),
    ]


@dataclass(frozen=True, slots=True)
class Table:
    """The matrix of one phase (or of all): rows of a type, its four origins, its total; then the totals."""

    title: str
    rows: list[tuple[str, list[Amount], Amount]]
    foot: list[Amount]
    whole: Amount


def _tables(found: Matrix) -> list[Table]:
    phases = [("*", _("Toutes phases"))] if len(found.phases) != 1 else []
    phases += [(phase, phase_name(phase) or _("Phase inconnue")) for phase in found.phases]
    return [
        Table(
            title,
            [
                (str(kind), [found.cell(kind, one, phase) for one in ORIGINS], found.row(kind, phase))
                for kind in RESOURCES
            ],
            [found.column(one, phase) for one in ORIGINS],
            found.all(phase),
        )
        for phase, title in phases
    ]


class ServesForm(BaseForm):
    """The function that one thing serves, and what was shown of it."""

    purpose = forms.UUIDField(widget=forms.HiddenInput)
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    function = forms.ChoiceField(
        label=gettext_lazy("Sert à la fonction"),
        required=False,
        choices=[("", gettext_lazy("aucune en particulier")), *Function.choices],
    )


@require_http_methods(["GET", "HEAD", "POST"])
def functions(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What each function costs and brings, and how far it pays for itself (R-105)."""
    ws = enter(request, slug)
    year = asked(request, ws)
    sent_form = None
    if request.method == "POST":
        require_run(ws, verb="economics.serve")
        sent_form = ServesForm(request.POST)
        if sent_form.is_valid():
            try:
                given = sent_form.cleaned_data
                purpose, version = given["purpose"], given["version"]
                actions.serve(ws.pole, purpose, given["function"], version=version, by=ws.user)
            except DomainError as error:
                refused(sent_form, error)
                return _functions(request, ws, year, sent_form, status=error.status)
            messages.success(request, _("La fonction est dite, et les sommes sont refaites."))
            return redirect(f"{request.path}?annee={year.word}#choses")
    return _functions(request, ws, year, sent_form, status=422 if sent_form else 200)


def _functions(
    request: HttpRequest, ws: Workspace, year: Asked, sent_form: ServesForm | None, *, status: int
) -> HttpResponseBase:
    cells = read.classified(ws.pole, year.period.first, year.period.last)
    rows = sums.by_function(cells)
    name = f"fonctions-{ws.slug}-{year.word}"
    if request.method != "POST" and (sent := export_response(request, rows, _function_columns(), name)):
        return sent
    context = {
        **common(ws, year, "functions"),
        "rows": rows,
        "carried": _carried(ws),
        "things": _served(ws, sent_form),
        "refusal": sent_form,
    }
    return show(request, ws, "economics/functions.html", context, status=status)


def _function_columns() -> list[Column]:
    def rate(row: sums.OfFunction) -> Any:
        return None if row.rate is None else Decimal(row.rate) / 10

    none = _("aucune fonction dite")
    return [
        Column(_("Fonction"), lambda row: str(Function(row.function).label) if row.function else none),
        Column(_("Coût, en euros"), lambda row: Euro(row.cost.cash), "number"),
        Column(_("Ressources propres, en euros"), lambda row: Euro(row.own.cash), "number"),
        Column(_("Autres ressources, en euros"), lambda row: Euro(row.other.cash), "number"),
        Column(_("Résultat, en euros"), lambda row: Euro(row.result), "number"),
        Column(_("Autofinancement, en pourcentage"), rate, "number"),
        Column(_("Apports reçus, en euros"), lambda row: Euro(row.other.gifts), "number"),
    ]


def _carried(ws: Workspace) -> dict[str, list[FunctionShare]]:
    """Return who says that they carry each function today, with hours and cost (R-36): declared, apart."""
    current = (Q(valid_from=None) | Q(valid_from__lte=ws.today)) & (
        Q(valid_to=None) | Q(valid_to__gt=ws.today)
    )
    found: dict[str, list[FunctionShare]] = {}
    rows = FunctionShare.objects.filter(current, pole=ws.pole).select_related("actor")
    for row in rows.order_by("function", "actor__sort_key", "pk"):
        found.setdefault(row.function, []).append(row)
    return found


def _served(ws: Workspace, sent_form: ServesForm | None) -> list[tuple[Thing, ServesForm, str]]:
    """Return what lines of the book are for, each with the form of the function that it serves."""
    held = Line.objects.filter(book=ws.pole.pk).exclude(purpose=None).exclude(side=str(Side.NONE))
    subjects = list(held.order_by().values_list("purpose", flat=True).distinct())
    named = things(ws.pole, [pk for pk in subjects if pk != ws.pole.pk])
    said = {row.purpose_id: row for row in Serves.objects.filter(book=ws.pole.pk)}
    refused_for = str(sent_form.data.get("purpose", "")) if sent_form else ""
    found = []
    for pk, thing in sorted(named.items(), key=_by_name):
        row = said.get(pk)
        first = {"purpose": pk, "version": row.version if row else 0, "function": row.function if row else ""}
        form = ServesForm(initial=first, auto_id=f"sert-{pk.hex}-%s")
        if sent_form is not None and refused_for == str(pk):
            form.initial["function"] = sent_form.data.get("function", "")
        found.append((thing, form, row.function if row else ""))
    return found


def _by_name(one: tuple[UUID, Thing]) -> tuple[str, str, str]:
    pk, thing = one
    return thing.kind, thing.title.casefold(), str(pk)


@require_safe
def analytic(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The account of the pole inside the organisation that bears it (R-102): what it paid, put and gave."""
    ws = enter(request, slug)
    year = asked(request, ws)
    bearers = _bearers(ws)
    own = projection.setting(ws.pole)
    owners = {pk: pk for pk in own.carriers}
    rows = _bearer_lines(ws, year, list(owners))
    name = f"compte-analytique-{slug}-{year.word}"
    if sent := export_response(request, rows.iterator(chunk_size=_CHUNK), _bearer_columns(), name):
        return sent
    found = read.borne(ws.pole, owners, year.period) if owners else {}
    context = {
        **common(ws, year, "analytic"),
        "bearers": [(actor, found.get(actor.pk) or read.Borne(actor.pk)) for actor in bearers],
        "rows": rows[:100],
        "count": sum(one.lines for one in found.values()),
        "has_form": projection.has_form(ws.pole.actor),
        "carried": [one for held in _carried(ws).values() for one in held if one.actor_id in owners],
    }
    return show(request, ws, "economics/analytic.html", context)


def _bearers(ws: Workspace) -> list[Actor]:
    if projection.has_form(ws.pole.actor):
        return []
    actors = Carrier.objects.filter(pole=ws.pole).values("actor")
    return list(Actor.objects.filter(pk__in=actors).order_by("sort_key", "pk"))


def _bearer_lines(ws: Workspace, year: Asked, actors: list[UUID]) -> QuerySet[Line]:
    rows = Line.objects.filter(book=ws.pole.pk).exclude(level=str(Level.MEMBERS))
    rows = rows.filter(bearer__in=actors)
    near = ("flow__giver", "flow__receiver")
    return read.between(rows, year.period).select_related(*near).order_by("-on", "-pk")


def _bearer_columns() -> list[Column]:
    sides = {"in": _("ressource"), "out": _("dépense"), "none": _("interne ou hors compte")}
    return [
        Column(_("Numéro"), lambda row: row.flow.rank, "integer"),
        Column(_("Date"), lambda row: row.on, "date"),
        Column(_("Libellé"), lambda row: row.flow.label),
        Column(_("De"), lambda row: row.flow.giver.name),
        Column(_("Vers"), lambda row: row.flow.receiver.name),
        Column(_("Nature"), lambda row: row.flow.get_nature_display()),
        Column(_("Ressource ou dépense"), lambda row: sides[row.side]),
        Column(_("Type"), lambda row: str(Kind(row.kind).label) if row.kind else ""),
        Column(_("Valeur, en euros"), lambda row: None if row.cents is None else Euro(row.cents), "number"),
    ]
