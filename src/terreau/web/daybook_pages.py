"""The book of a pole: its lines, the statement of each party, a line and its correction, closing, adding."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from terreau.bookkeeping.views_accounts import before_closing
from terreau.common.errors import DomainError, NotFoundError
from terreau.common.money import Euro
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.design.forms import BaseForm
from terreau.flows import read, rules
from terreau.flows.actions import closed_to
from terreau.flows.models import Closing, Flow, Nature
from terreau.poles import book
from terreau.poles.workspace import Workspace, enter, show
from terreau.sheets import book as sheet
from terreau.sheets import purposes
from terreau.sheets.purposes import Purpose
from terreau.web.daybook_filters import FilterForm
from terreau.web.espace_forms import DayField, shown

_CHUNK = 1000


@require_safe
def index(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The lines of the book, the last first, and their sums by nature; exported by ``?format=``."""
    ws = enter(request, slug)
    named = purposes.of_pole(ws.pole)
    filters = FilterForm(ws, named, request.GET)
    rows, party = sheet.lines(ws.pole.actor, filters.asked, but=book.not_for(ws)), filters.asked.party
    sent = export_response(request, rows.iterator(chunk_size=_CHUNK), columns(named), "livre")
    if sent is not None:
        return sent
    context = {
        "filters": filters,
        "page": sheet.page(rows, cursor=request.GET.get("cursor")),
        "sums": sheet.sums(rows),
        "named": named,
        "closed": closed_to(ws.pole.actor),
        "statement": reverse("espace_statement", args=[slug, party]) if party else "",
    }
    return show(request, ws, "web/espace/daybook.html", context, status=filters.status)


@require_safe
def statements(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What each party gave and received, and whether it agrees to the cent with the book."""
    ws = enter(request, slug)
    period = PeriodForm(request.GET)
    found = read.reconcile(ws.pole.actor, first=period.first, last=period.last, but=book.not_for(ws))
    names = sheet.names_of(found.statements)
    rows = sheet.sides(found.statements.values(), names)
    if (sent := export_response(request, rows, _side_columns(), "releves")) is not None:
        return sent
    context = {"period": period, "rows": rows, "found": found, "lines": _count(found.totals)}
    return show(request, ws, "web/espace/statements.html", context, status=period.status)


@require_safe
def statement(request: HttpRequest, slug: str, party: UUID) -> HttpResponseBase:
    """What one party gave and received, line by line, with its sums."""
    ws = enter(request, slug)
    period = PeriodForm(request.GET)
    name = sheet.names_of([party]).get(party)
    asked = sheet.Asked(first=period.first, last=period.last, party=party)
    rows = sheet.lines(ws.pole.actor, asked, but=book.not_for(ws))
    of_pole = {one.pk for one in book.parties(ws.pole, on=ws.today)}
    if name is None or (party not in of_pole and not rows.exists()):
        raise NotFoundError("unknown_party", _("Cette organisation n'est pas au livre de ce pôle."))
    named = purposes.of_pole(ws.pole)
    sent = export_response(request, rows.iterator(chunk_size=_CHUNK), columns(named), "releve")
    if sent is not None:
        return sent
    actor = ws.pole.actor if party == ws.pole.pk else book.actor(party)
    unseen = book.not_for(ws)
    made = read.statement(ws.pole.actor, actor, first=period.first, last=period.last, but=unseen)
    context = {
        "period": period,
        "party": party,
        "name": name,
        "mine": ws.may_speak_for(party),
        "sides": sheet.sides([made], {made.party: name}),
        "page": sheet.page(rows, cursor=request.GET.get("cursor")),
        "named": named,
    }
    return show(request, ws, "web/espace/statement.html", context, status=period.status)


class PeriodForm(BaseForm):
    """Two days, both included; nothing is everything."""

    depuis = DayField(label=gettext_lazy("Depuis le"), required=False)
    jusqu = DayField(label=gettext_lazy("Jusqu'au"), required=False)

    def __init__(self, given: Any) -> None:
        super().__init__(given, auto_id="periode_%s")
        self.is_valid()

    @property
    def first(self) -> date | None:
        """The first day, when it could be read."""
        found: date | None = self.cleaned_data.get("depuis")
        return found

    @property
    def last(self) -> date | None:
        """The last day, when it could be read."""
        found: date | None = self.cleaned_data.get("jusqu")
        return found

    @property
    def status(self) -> int:
        """422 when a day could not be read."""
        return 422 if self.errors else 200


class CorrectForm(BaseForm):
    """Why a line is taken back, and from which day."""

    reason = forms.CharField(
        label=gettext_lazy("Pourquoi cette ligne est corrigée"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    on = DayField(label=gettext_lazy("Datée du"))


@require_http_methods(["GET", "HEAD", "POST"])
def line(request: HttpRequest, slug: str, rank: int) -> HttpResponse:
    """A line with all it says; POST writes its counter-entry."""
    ws = enter(request, slug)
    flow = book.line(ws, rank)
    if flow is None:
        raise NotFoundError("unknown_line", _("Cette ligne n'est pas au livre de ce pôle."))
    form = CorrectForm(request.POST or None, initial={"on": ws.today})
    if request.method == "POST":
        book.require_correction(ws, flow)
        if form.is_valid():
            try:
                made = book.correct(ws, flow, reason=form.cleaned_data["reason"], on=form.cleaned_data["on"])
            except DomainError as error:
                if error.status in {403, 404}:
                    raise
                shown(form, error)
            else:
                words = _("La ligne %(rank)d est corrigée par la ligne %(made)d. Écrivez la ligne juste.")
                messages.success(request, words % {"rank": flow.rank, "made": made.rank})
                return redirect("espace_daybook_line", slug, flow.rank)
    named = purposes.of_pole(ws.pole, only=[flow.purpose_id] if flow.purpose_id else [])
    context = {
        "flow": flow,
        "about": named.get(flow.purpose_id) if flow.purpose_id else None,
        "author": book.author(flow.by),
        "allowed": book.can_correct(ws, flow),
        "form": form,
        "named": named,
    }
    return show(request, ws, "web/espace/daybook_line.html", context, status=422 if form.errors else 200)


class CloseForm(BaseForm):
    """The last day of what is closed."""

    to = DayField(
        label=gettext_lazy("Clore jusqu'au"),
        help_text=gettext_lazy("Ce jour compris : la fin d'un mois, d'un trimestre ou d'une année."),
    )
    sure = forms.BooleanField(
        label=gettext_lazy("Je sais qu'une clôture ne se rouvre pas"),
        error_messages={"required": gettext_lazy("Cochez cette case : une clôture ne se rouvre pas.")},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def closing(request: HttpRequest, slug: str) -> HttpResponse:
    """The closings of the book; POST closes a period, for those who animate the pole."""
    ws = enter(request, slug, run=request.method == "POST", verb="book.close")
    month_end = ws.today.replace(day=1) - timedelta(days=1)
    form = CloseForm(request.POST or None, initial={"to": month_end})
    if request.method == "POST" and form.is_valid():
        try:
            row = book.close(ws, form.cleaned_data["to"])
        except DomainError as error:
            if error.status in {403, 404}:
                raise
            shown(form, error)
        else:
            messages.success(request, _("Le livre est clos jusqu'au %(day)s.") % {"day": date_format(row.to)})
            return redirect("espace_closing", slug)
    rows = Closing.objects.filter(book=ws.pole.actor).select_related("by").order_by("-to")
    held = before_closing(ws.pole, ws.today) if ws.runs else []
    context = {
        "form": form,
        "rows": rows,
        "closed": closed_to(ws.pole.actor),
        "found": held,
        "wrong": any(one.level == "wrong" for one in held),
        "waiting": _to_close(ws, month_end),
    }
    return show(request, ws, "web/espace/closing.html", context, status=422 if form.errors else 200)


def _to_close(ws: Workspace, to: date) -> dict[str, Any]:
    """Return what a closing to the end of last month would make final: lines, and sums by nature."""
    first = closed_to(ws.pole.actor)
    after = first + timedelta(days=1) if first else None
    rows = sheet.lines(ws.pole.actor, sheet.Asked(first=after, last=to))
    return {"to": to, "sums": sheet.sums(rows)}


def _count(totals: rules.Totals) -> int:
    return sum(total.lines for total in totals.values())


def columns(named: dict[UUID, Purpose]) -> list[Column]:
    """Return the columns of the lines of a book."""

    def about(flow: Flow) -> str:
        found = named.get(flow.purpose_id) if flow.purpose_id else None
        return found.title if found else ""

    return [
        Column(gettext_lazy("Numéro"), lambda one: one.rank, "integer"),
        Column(gettext_lazy("Jour"), lambda one: one.on, "date"),
        Column(gettext_lazy("Nature"), lambda one: one.get_nature_display()),
        Column(gettext_lazy("Qui donne"), lambda one: one.giver.name),
        Column(gettext_lazy("Qui reçoit"), lambda one: one.receiver.name),
        Column(gettext_lazy("Libellé"), lambda one: one.label),
        Column(gettext_lazy("Quantité"), lambda one: one.quantity, "number"),
        Column(gettext_lazy("Unité"), lambda one: sheet.unit_name(one.unit)),
        Column(gettext_lazy("Valeur en euros"), lambda one: one.euro, "number"),
        Column(gettext_lazy("Méthode de valorisation"), lambda one: one.get_method_display()),
        Column(gettext_lazy("Pour quoi"), about),
        Column(gettext_lazy("Début de la période"), lambda one: one.period_from, "date"),
        Column(gettext_lazy("Fin de la période"), lambda one: one.period_to, "date"),
        Column(gettext_lazy("Preuve"), lambda one: one.get_instrument_display()),
        Column(gettext_lazy("Pièce"), lambda one: one.piece.name if one.piece else ""),
        Column(gettext_lazy("État"), lambda one: one.get_status_display()),
        Column(gettext_lazy("Dû au pôle"), lambda one: one.attributable, "boolean"),
        Column(gettext_lazy("Motif d'imputation"), lambda one: one.attributable_why),
        Column(gettext_lazy("Corrige le numéro"), sheet.corrects, "integer"),
        Column(gettext_lazy("Motif de la correction"), lambda one: one.reason),
        Column(gettext_lazy("Enregistré le"), lambda one: one.recorded_at.date(), "date"),
    ]


def _side_columns() -> list[Column]:
    def quantity(total: rules.Total, unit: str) -> Any:
        return total.thousandths / 1000 if unit else None

    return [
        Column(gettext_lazy("Organisation"), lambda one: one.name),
        Column(gettext_lazy("Nature"), lambda one: str(Nature(one.nature).label)),
        Column(gettext_lazy("Unité"), lambda one: sheet.unit_name(one.unit)),
        Column(gettext_lazy("Lignes données"), lambda one: one.given.lines, "integer"),
        Column(gettext_lazy("Quantité donnée"), lambda one: quantity(one.given, one.unit), "number"),
        Column(gettext_lazy("Valeur donnée en euros"), lambda one: Euro(one.given.cents), "number"),
        Column(gettext_lazy("Lignes reçues"), lambda one: one.received.lines, "integer"),
        Column(gettext_lazy("Quantité reçue"), lambda one: quantity(one.received, one.unit), "number"),
        Column(gettext_lazy("Valeur reçue en euros"), lambda one: Euro(one.received.cents), "number"),
        Column(gettext_lazy("Reçu moins donné, en euros"), lambda one: one.net, "number"),
    ]
