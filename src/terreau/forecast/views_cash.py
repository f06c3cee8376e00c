"""The cash plan: what stands today, what comes and goes, the low point, and what if (R-112)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from terreau.common.errors import DomainError, NotFoundError
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.exchanges.acting import Act, Played, PressForm, play, refuse
from terreau.forecast import actions, drawing, perms, read, rules
from terreau.forecast.forms import BalanceForm, ChangeLineForm, LineForm, ScenarioForm
from terreau.forecast.models import Balance, Planned
from terreau.forecast.views_fundings import euros
from terreau.poles.workspace import Workspace, enter, show

_GET_POST = ["GET", "HEAD", "POST"]

_COLUMNS = (
    Column(gettext_lazy("Jour prévu"), lambda one: one["line"].on, "date"),
    Column(gettext_lazy("Ligne prévue"), lambda one: one["line"].label),
    Column(gettext_lazy("Entre ou sort, en euros"), lambda one: euros(one["line"].cents), "number"),
    Column(gettext_lazy("Solde après, en euros"), lambda one: euros(one["after"]), "number"),
    Column(gettext_lazy("Certain"), lambda one: one["line"].certain, "boolean"),
    Column(gettext_lazy("Était attendu le"), lambda one: one["line"].asked_on, "date"),
)


@require_http_methods(_GET_POST)
def cash(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The plan month by month, its low point and its day; with a scenario, beside what is expected."""
    ws = enter(request, slug)
    page = _Page(ws, request)
    made = export_response(
        request, page.rows(), _COLUMNS, f"tresorerie-{ws.slug}", title=_("Trésorerie prévue")
    )
    if made is not None:
        return made
    played = play(request, page.acts(), request.path)
    if not isinstance(played, Played):
        return played
    return show(request, ws, "forecast/cash.html", page.context(played), status=played.status)


class _Page:
    """What the page holds, read once."""

    def __init__(self, ws: Workspace, request: HttpRequest) -> None:
        self.ws = ws
        self.forecast = read.Forecast(ws.pole, on=ws.today)
        self.scenario = ScenarioForm(self.forecast.fundings, request.GET.dict())
        self.months, self.supposed = self.scenario.read()
        lines = self.forecast.lines
        self.lines = lines if perms.sees_invoices(ws) else read.folded(lines)
        self.base = self._plan(rules.Scenario())
        self.plan = self._plan(self.supposed) if self.supposed else self.base

    def _plan(self, scenario: rules.Scenario) -> rules.Plan | None:
        opening = self.forecast.opening
        if opening is None:
            return None
        lines = rules.supposed(self.lines, scenario)
        return rules.plan(opening.cents, lines, today=self.ws.today, months=self.months)

    def rows(self) -> list[dict[str, Any]]:
        """Return each line of the plan with the balance after it."""
        if self.plan is None:
            return []
        found, balance = [], self.plan.opening
        for month in self.plan.months:
            for line in month.lines:
                balance += line.cents
                found.append({"line": line, "after": balance})
        return found

    def acts(self) -> dict[str, Act]:
        """Return what the page does."""
        ws = self.ws

        def lead() -> None:
            perms.require_write(ws, verb="forecast.write")

        def form(*args: Any, **kwargs: Any) -> BalanceForm:
            return BalanceForm(*args, initial={"on": ws.today}, **kwargs)

        return {"balance": Act(lead, form, self._balance)}

    def _balance(self, form: BalanceForm) -> str:
        actions.read_balance(self.ws.pole, by=self.ws.user, **form.cleaned_data)
        return _("Le solde est noté : le plan repart de là.")

    def context(self, played: Played) -> dict[str, Any]:
        """Return what the template shows."""
        base, plan = self.base, self.plan
        unplanned = [
            one
            for one in self.forecast.fundings
            if one.state == rules.GRANTED and not self.forecast.instalments.get(one.pk)
        ]
        uncertain = [one for one in self.lines if not one.certain]
        return {
            "forms": played,
            "opening": self.forecast.opening,
            "plan": plan,
            "base": base,
            "differs": bool(self.supposed) and plan is not None,
            "scenario": self.scenario,
            "chart": drawing.balance(plan, base if self.supposed else None) if plan else "",
            "months": plan.months if plan else (),
            "planned": self.forecast.planned,
            "late": [one for one in self.lines if one.asked_on is not None],
            "unplanned": unplanned,
            "uncertain": sum(one.cents for one in uncertain),
            "folded": not perms.sees_invoices(self.ws),
            "balances": list(Balance.objects.filter(pole=self.ws.pole).order_by("-on", "-pk")[:6]),
            "late_days": rules.LATE_DAYS,
        }


@require_http_methods(_GET_POST)
def new_line(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Write a line to come."""
    ws = enter(request, slug, run=True, verb="forecast.write")
    initial = {"first": ws.today, "every": rules.MONTH}
    form = LineForm(read.purposes(ws.pole), request.POST or None, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                actions.expect(ws.pole, by=ws.user, **form.values())
                return redirect("espace_cash", slug=slug)
            except DomainError as error:
                refuse(form, error)
                status = error.status
    return show(request, ws, "forecast/line_form.html", {"form": form}, status=status)


@require_http_methods(_GET_POST)
def line(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Change a line as the person saw it, or expect it no more."""
    ws = enter(request, slug, run=True, verb="forecast.write")
    rows = Planned.objects.select_related("pole__actor__subject").filter(pole=ws.pole, dropped_at=None)
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NotFoundError("unknown_line", _("Cette ligne n'existe pas, ou n'est plus prévue."))
    sent = request.POST if request.method == "POST" else None
    if sent and sent.get("faire") == "drop":
        actions.drop_line(found, by=ws.user)
        return redirect("espace_cash", slug=slug)
    form = ChangeLineForm(read.purposes(ws.pole), sent, row=found)
    status = 200
    if sent is not None:
        status = 422
        if form.is_valid():
            try:
                actions.change_line(found, base=form.base, mine=form.mine, by=ws.user)
                return redirect("espace_cash", slug=slug)
            except DomainError as error:
                refuse(form, error)
                status = error.status
    context = {"form": form, "line": found, "drop": PressForm()}
    return show(request, ws, "forecast/line_form.html", context, status=status)
