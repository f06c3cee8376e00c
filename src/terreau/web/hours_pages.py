"""Hours of a pole: one tap, a form, the list, the sums by purpose; a slip is taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from terreau.bookkeeping import gifts
from terreau.bookkeeping.forms_gifts import named
from terreau.bookkeeping.models import Contribution, Rate
from terreau.common.errors import DomainError, NotFoundError
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.design.forms import BaseForm
from terreau.flows import rules
from terreau.flows.models import Flow
from terreau.poles import book, hours
from terreau.poles.workspace import Workspace, enter, show
from terreau.sheets import book as sheet
from terreau.sheets import purposes
from terreau.web.daybook_filters import FilterForm
from terreau.web.espace_forms import DayField, MoneyField, TimeField, new_key, shown

#: Where one goes back after a tap.
_BACK = {"semaine": "my_week", "espace": "espace", "heures": "espace_hours"}
_LABEL = 200


class HoursForm(BaseForm):
    """Hours to write down, for oneself or for a member, with or without a value."""

    giver = forms.ChoiceField(label=gettext_lazy("Au nom de"))
    time = TimeField(label=gettext_lazy("Durée"), max_length=20)
    on = DayField(label=gettext_lazy("Jour"))
    purpose = forms.ChoiceField(label=gettext_lazy("Pour quoi"))
    label = forms.CharField(
        label=gettext_lazy("En quelques mots"),
        max_length=_LABEL,
        help_text=gettext_lazy("Ce que chacun lira au livre : « Tri des invendus », « Comité de pilotage »."),
    )
    method = forms.ChoiceField(
        label=gettext_lazy("Donner une valeur"),
        required=False,
        help_text=gettext_lazy("Une heure reste une heure, sauf si vous dites par quelle méthode elle vaut."),
    )
    rate = MoneyField(label=gettext_lazy("Montant de l'heure, en euros"), required=False, max_length=20)
    role = forms.ChoiceField(
        label=gettext_lazy("En quel rôle"),
        required=False,
        choices=[("", gettext_lazy("je ne sais pas")), *Contribution.Role.choices],
    )
    function = forms.ChoiceField(
        label=gettext_lazy("Pour quelle fonction du pôle"),
        required=False,
        choices=[("", gettext_lazy("aucune en particulier")), *gifts.FUNCTIONS.choices],
    )
    worth = forms.ChoiceField(
        label=gettext_lazy("Valeur, par un taux du pôle"),
        required=False,
        help_text=gettext_lazy("Le taux dit sa méthode et sa source ; il vaut pour le jour choisi."),
    )
    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def __init__(self, ws: Workspace, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ws = ws
        rates = [("", _("sans taux")), *((one.pk.hex, named(one)) for one in _rates(ws))]
        self.fields["worth"].choices = rates  # type: ignore[attr-defined]
        of_pole = book.mine(ws, book.parties(ws.pole, on=ws.today))
        givers = [(str(one.pk), one.name) for one in of_pole if one.pk != ws.pole.pk]
        self.fields["giver"].choices = givers  # type: ignore[attr-defined]
        self.fields["purpose"].choices = purposes.choices(purposes.of_pole(ws.pole))  # type: ignore[attr-defined]
        methods = [("", _("sans valeur")), *((one.value, one.label) for one in hours.METHODS)]
        self.fields["method"].choices = methods  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Take one way of giving a value, and a rate of the day that was typed."""
        typed: dict[str, Any] = super().clean() or self.cleaned_data
        if typed.get("worth") and (typed.get("method") or typed.get("rate")):
            self.add_error("worth", _("Choisissez un taux du pôle, ou une méthode et un montant."))
        elif typed.get("worth") and typed.get("on") and self.by_rate(typed) is None:
            self.add_error("worth", _("Ce taux ne vaut pas ce jour-là."))
        return typed

    def by_rate(self, typed: dict[str, Any]) -> Rate | None:
        """Return the rate that was chosen, as it holds the day of the hours: one may have followed it."""
        chosen = next((one for one in _rates(self.ws) if one.pk.hex == typed["worth"]), None)
        return rate_named(self.ws, chosen.what, typed["on"]) if chosen else None

    def given(self, rate: Rate | None) -> hours.Given:
        """What was typed, as the room takes it."""
        typed = self.cleaned_data
        return hours.Given(
            giver=UUID(typed["giver"]),
            minutes=typed["time"],
            label=typed["label"],
            on=typed["on"],
            purpose=UUID(typed["purpose"]),
            method=rate.method if rate else typed["method"],
            rate=rate.euro if rate else typed["rate"],
            by_rate=rate is not None,
            key=typed["key"],
        )


def _rates(ws: Workspace) -> list[Rate]:
    found = gifts.rates_on(ws.pole, ws.today, nature=rules.TIME, unit="hours")
    return [one for one in found if one.method in hours.METHODS]


def rate_named(ws: Workspace, what: str, day: date) -> Rate | None:
    """Return the rate of an hour of this name as it holds a day."""
    found = gifts.rates_on(ws.pole, day, nature=rules.TIME, unit="hours")
    return next((one for one in found if one.what == what and one.method in hours.METHODS), None)


def _log(ws: Workspace, given: hours.Given, words: gifts.Words) -> Flow:
    """Write hours and what is said of them, both or neither."""
    with transaction.atomic():
        flow = hours.log(ws, given)
        if (words.role or words.function or words.rate) and not hasattr(flow, "contribution"):
            gifts.say(ws, flow, words)
    return flow


@require_safe
def index(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The hours of the book, the last first, and their sums by purpose; exported by ``?format=``."""
    ws = enter(request, slug)
    named = purposes.of_pole(ws.pole)
    asked = FilterForm(ws, named, request.GET)
    rows = sheet.lines(ws.pole.actor, asked.asked.among(rules.TIME))
    sent = export_response(request, rows.iterator(chunk_size=1000), _columns(named), "heures")
    if sent is not None:
        return sent
    context = {
        "filters": asked,
        "page": sheet.page(rows, cursor=request.GET.get("cursor")),
        "named": named,
        "by_purpose": _by_purpose(sheet.sums(rows, "purpose"), named),
        **tapping(ws),
        "back": "heures",
    }
    return show(request, ws, "web/espace/hours.html", context, status=asked.status)


def _by_purpose(found: list[sheet.Summed], named: dict[UUID, purposes.Purpose]) -> list[dict[str, Any]]:
    lines = [{"sum": one, "about": named.get(one.purpose) if one.purpose else None} for one in found]
    return sorted(lines, key=lambda line: -line["sum"].thousandths)


def tapping(ws: Workspace) -> dict[str, Any]:
    """Return what the buttons of one tap need, and the last hours of the person, to be taken back."""
    lately = hours.lately(ws)
    latest = lately[0] if lately and timezone.localdate(lately[0].recorded_at) == ws.today else None
    return {
        "habits": hours.habits(ws, lately=lately),
        "taps": [(minutes, _said_tap(minutes)) for minutes in hours.TAPS],
        "key": new_key(),
        "last": None if latest is None or hasattr(latest, "reversed_by") else latest,
    }


def _said_tap(minutes: int) -> str:
    names = {hours.HALF_DAY: _("½ journée"), hours.DAY: _("Journée")}
    return names.get(minutes) or hours.said(hours.thousandths(minutes))


@require_POST
def tap(request: HttpRequest, slug: str) -> HttpResponse:
    """Write the hours of one button: the same words as the last time, today."""
    ws = enter(request, slug)
    form = TapForm(ws, request.POST)
    if not form.is_valid():
        # The button is of a page of before: the purpose has gone, or the organisation has left.
        messages.warning(request, _("Rien n'a été écrit : choisissez à nouveau pour quoi."))
        return redirect("espace_hours_write", slug)
    given = form.given(ws)
    said = _as_last_time(ws, given)
    if said.rate is not None:
        given = replace(given, method=said.rate.method, rate=said.rate.euro, by_rate=True)
    flow = _log(ws, given, said)
    words = {"time": hours.said(flow.thousandths or 0), "label": flow.label}
    messages.success(request, _("C'est noté : %(time)s pour « %(label)s ».") % words)
    return _back(request, slug)


def _as_last_time(ws: Workspace, given: hours.Given) -> gifts.Words:
    """Return what the person said of the same hours last time: role, function, and its rate as of today."""
    rows = Contribution.objects.filter(
        flow__book=ws.pole.pk,
        flow__by=ws.user,
        flow__giver=given.giver,
        flow__purpose=given.purpose,
        flow__label=given.label,
    )
    last = rows.select_related("rate").order_by("-flow__rank").first()
    if last is None:
        return gifts.Words()
    rate = rate_named(ws, last.rate.what, given.on) if last.rate else None
    return gifts.Words(role=last.role, function=last.function, person=ws.user, rate=rate)


class TapForm(BaseForm):
    """What a button of one tap sends."""

    giver = forms.UUIDField()
    purpose = forms.UUIDField()
    label = forms.CharField(max_length=300)
    minutes = forms.TypedChoiceField(choices=[(one, one) for one in hours.TAPS], coerce=int)
    key = forms.CharField(max_length=40)

    def __init__(self, ws: Workspace, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ws = ws

    def clean_purpose(self) -> UUID:
        """Refuse what is not of the workspace."""
        purpose: UUID = self.cleaned_data["purpose"]
        if purpose not in purposes.of_pole(self.ws.pole, only=[purpose]):
            raise forms.ValidationError(_("Cet objet n'existe pas."))
        return purpose

    def given(self, ws: Workspace) -> hours.Given:
        """Return the hours, dated today."""
        typed = self.cleaned_data
        return hours.Given(
            giver=typed["giver"],
            minutes=typed["minutes"],
            label=typed["label"],
            on=ws.today,
            purpose=typed["purpose"],
            key=typed["key"],
        )


@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, slug: str) -> HttpResponse:
    """The form of hours: for oneself, for a member, on another day, with a value."""
    ws = enter(request, slug)
    form = HoursForm(ws, request.POST or None, initial=_initial(ws))
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        rate = form.by_rate(typed) if typed["worth"] else None
        said = gifts.Words(role=typed["role"], function=typed["function"], person=ws.user, rate=rate)
        try:
            flow = _log(ws, form.given(rate), said)
        except DomainError as error:
            if error.status in {403, 404}:
                raise
            shown(form, error, {"thousandths": "time", "cents": "rate"})
        else:
            words = {"time": hours.said(flow.thousandths or 0), "label": flow.label}
            messages.success(request, _("C'est noté : %(time)s pour « %(label)s ».") % words)
            return redirect("espace_hours", slug)
    status = 422 if form.errors else 200
    return show(request, ws, "web/espace/hours_write.html", {"form": form}, status=status)


def _initial(ws: Workspace) -> dict[str, Any]:
    habit = next(iter(hours.habits(ws, lately=hours.lately(ws), most=1)), None)
    first = {"giver": str(habit.giver), "purpose": str(habit.purpose)} if habit else {}
    last = (
        Contribution.objects.filter(flow__book=ws.pole.pk, flow__by=ws.user).order_by("-flow__rank").first()
    )
    if last is not None:
        first |= {"role": last.role, "function": last.function}
    return {"on": ws.today, "key": new_key(), "purpose": str(ws.pole.pk), **first}


@require_POST
def undo(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """Take back hours by a counter-entry; nothing is erased."""
    ws = enter(request, slug)
    rows = Flow.objects.filter(book=ws.pole.actor, pk=pk, nature=rules.TIME)
    flow = rows.select_related("book__subject", "reversed_by").first()
    if flow is None:
        raise NotFoundError("unknown_line", _("Cette ligne n'est pas au livre de ce pôle."))
    hours.undo(ws, flow)
    words = {"time": hours.said(flow.thousandths or 0), "label": flow.label}
    messages.success(request, _("C'est repris : %(time)s pour « %(label)s ».") % words)
    return _back(request, slug)


def _back(request: HttpRequest, slug: str) -> HttpResponse:
    name = _BACK.get(request.POST.get("back", ""), "espace_hours")
    return redirect(reverse(name) if name == "my_week" else reverse(name, args=[slug]))


def _columns(named: dict[UUID, purposes.Purpose]) -> list[Column]:
    def about(flow: Flow) -> str:
        found = named.get(flow.purpose_id) if flow.purpose_id else None
        return found.title if found else ""

    def counted(unit: str) -> Callable[[Flow], Decimal | None]:
        return lambda flow: flow.quantity if flow.unit == unit else None

    return [
        Column(gettext_lazy("Numéro"), lambda one: one.rank, "integer"),
        Column(gettext_lazy("Jour"), lambda one: one.on, "date"),
        Column(gettext_lazy("Au nom de"), lambda one: one.giver.name),
        Column(gettext_lazy("Heures"), counted("hours"), "number"),
        Column(gettext_lazy("Jours comptés"), counted("days"), "number"),
        Column(gettext_lazy("Pour quoi"), about),
        Column(gettext_lazy("Libellé"), lambda one: one.label),
        Column(gettext_lazy("Valeur en euros"), lambda one: one.euro, "number"),
        Column(gettext_lazy("Méthode de valorisation"), lambda one: one.get_method_display()),
        Column(gettext_lazy("Corrige le numéro"), sheet.corrects, "integer"),
        Column(gettext_lazy("Motif de la correction"), lambda one: one.reason),
    ]
