"""Pages of fundings: the years to come and what ends, a funding with its parts, a new one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.census import parties
from terreau.common.errors import DomainError, NotFoundError
from terreau.design.export import download, export_response
from terreau.design.export_columns import Column
from terreau.economics.reference import BUDGET, references
from terreau.exchanges.acting import Act, Played, PressForm, play, refuse
from terreau.exchanges.forms_tenders import recognised
from terreau.flows.models import Flow
from terreau.forecast import actions, drawing, perms, read, rules
from terreau.forecast.forms import (
    FundingForm,
    GrantForm,
    NewFundingForm,
    PartForm,
    PostponeForm,
    ReceiveForm,
    RefuseForm,
    TakeBackForm,
)
from terreau.forecast.models import Funding, FundingMove, Instalment, Planned
from terreau.poles.workspace import Workspace, enter, show

_GET_POST = ["GET", "HEAD", "POST"]
_CELL = "cellule"
_OPEN_LINES = 50


def euros(cents: int | None) -> str:
    """Return an amount as a file says it."""
    return "" if cents is None else f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


_COLUMNS = (
    Column(gettext_lazy("Qui finance"), lambda one: one["row"].funder_name),
    Column(gettext_lazy("Ce qui est financé"), lambda one: one["row"].label),
    Column(gettext_lazy("Sorte de financement"), lambda one: str(one["row"].get_kind_display())),
    Column(gettext_lazy("Origine de l'argent"), lambda one: str(one["row"].get_origin_display())),
    Column(gettext_lazy("État de la demande"), lambda one: str(one["row"].get_state_display())),
    Column(gettext_lazy("Montant demandé en euros"), lambda one: euros(one["row"].asked_cents), "number"),
    Column(gettext_lazy("Montant accordé en euros"), lambda one: euros(one["row"].granted_cents), "number"),
    Column(gettext_lazy("Reçu en euros"), lambda one: euros(one["received"]), "number"),
    Column(gettext_lazy("Depuis le"), lambda one: one["row"].period_from, "date"),
    Column(gettext_lazy("Jusqu'au"), lambda one: one["row"].period_to, "date"),
    Column(gettext_lazy("Nombre d'investisseurs"), lambda one: one["row"].investors, "integer"),
)
_YEARS = (
    Column(gettext_lazy("Année"), lambda one: one.year, "integer"),
    Column(gettext_lazy("Acquis ou prévu en euros"), lambda one: euros(one.certain), "number"),
    Column(gettext_lazy("Demandé ou à demander en euros"), lambda one: euros(one.asked), "number"),
    Column(gettext_lazy("Dépenses prévues en euros"), lambda one: euros(one.spent), "number"),
    Column(gettext_lazy("Écart en euros"), lambda one: euros(one.gap), "number"),
    Column(
        gettext_lazy("Part publique au moins, en centièmes de pour cent"), lambda one: one.dependency.least
    ),
    Column(gettext_lazy("Part publique au plus, en centièmes de pour cent"), lambda one: one.dependency.most),
)


@require_safe
def index(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What ends, what each year counts on, and every funding of the pole."""
    ws = enter(request, slug)
    forecast = read.Forecast(ws.pole, on=ws.today)
    rows = [_line(forecast, one) for one in forecast.fundings]
    made = export_response(request, rows, _COLUMNS, f"financements-{ws.slug}", title=_("Financements"))
    if made is not None:
        return made
    cell = request.GET.get("pour") == _CELL
    projected = read.projection(forecast, cell=cell)
    context = {
        "cell": cell,
        "alerts": read.alerts(forecast),
        "years": projected,
        "next": projected[1],
        "kinds": _by_kind(projected),
        "chart": drawing.years(projected),
        "undated": read.undated(forecast),
        "living": [one for one in rows if one["row"].living],
        "past": [one for one in rows if not one["row"].living],
        "benchmark": references().get(BUDGET) if cell else None,
        "planned": len(forecast.planned),
        "citizens": [one for one in forecast.fundings if one.investors and one.state != rules.REFUSED],
    }
    return show(request, ws, "forecast/index.html", context)


@require_safe
def years(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The years to come as a file."""
    ws = enter(request, slug)
    cell = request.GET.get("pour") == _CELL
    rows = read.projection(read.Forecast(ws.pole, on=ws.today), cell=cell)
    return download(request, rows, _YEARS, f"annees-{ws.slug}", title=_("Prévision par année"))


def _line(forecast: read.Forecast, one: Funding) -> dict[str, Any]:
    parts = forecast.instalments.get(one.pk, [])
    received = sum(part.received_cents or 0 for part in parts if read.is_received(part))
    waiting = [part for part in parts if not read.is_received(part)]
    planned = sum(part.cents for part in waiting)
    return {
        "row": one,
        "received": received,
        "next": waiting[0] if waiting else None,
        "late": bool(waiting and waiting[0].due < forecast.today and one.state == rules.GRANTED),
        "unplanned": max(0, (one.granted_cents or 0) - received - planned)
        if one.state == rules.GRANTED
        else 0,
    }


def _by_kind(projected: list[rules.Year]) -> list[tuple[Any, list[int], bool]]:
    """Return each type of resource, then of use, that is not always zero, with its amounts by year."""
    labels = {**dict(Planned.Kind.choices), "indirect_aid": _("aides indirectes")}
    found = []
    for out in (False, True):
        each = [dict(one.uses) if out else one.kinds() for one in projected]
        codes = [code for code in labels if any(code in one for one in each)]
        found += [(labels[code], [one.get(code, 0) for one in each], out) for code in codes]
    return found


@require_http_methods(_GET_POST)
def new(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Write a funding, for those who animate the pole."""
    ws = enter(request, slug, run=True, verb="funding.begin")
    form = NewFundingForm(read.purposes(ws.pole), request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return redirect("espace_funding", slug=slug, pk=_begun(ws, form).pk)
            except DomainError as error:
                refuse(form, error)
                status = error.status
    return show(request, ws, "forecast/funding_form.html", {"form": form}, status=status)


def _begun(ws: Workspace, form: NewFundingForm) -> Funding:
    values = form.values()
    name = values.pop("funder_name")
    return actions.begin(
        ws.pole,
        funder=_actor(name, ws.user),
        funder_name=name,
        state=form.cleaned_data["state"],
        parts=form.parts(),
        by=ws.user,
        **values,
    )


def _actor(typed: str, by: User) -> Actor | None:
    """Return the only actor of the registers that is exactly what was typed."""
    known = recognised(typed)
    return parties.actor_of(known.party, by=by, public=True) if known else None


@require_http_methods(_GET_POST)
def edit(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Change a funding as the person saw it."""
    ws = enter(request, slug, run=True, verb="funding.change")
    found = _fetch(ws, pk)
    form = FundingForm(read.purposes(ws.pole), request.POST or None, row=found)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                changed = actions.change(found, base=form.base, mine=form.mine, by=ws.user)
                _name_again(changed, found.funder_name, ws.user)
                return redirect("espace_funding", slug=slug, pk=pk)
            except DomainError as error:
                refuse(form, error)
                status = error.status
    context = {"form": form, "funding": found}
    return show(request, ws, "forecast/funding_form.html", context, status=status)


def _name_again(row: Funding, before: str, by: User) -> None:
    if row.funder_name != before:
        actions.tie(row, _actor(row.funder_name, by), by=by)


@require_http_methods(_GET_POST)
def funding(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """One funding: where it stands, its parts, what came in."""
    ws = enter(request, slug)
    page = _Page(ws, _fetch(ws, pk))
    played = play(request, page.acts(), request.path)
    if not isinstance(played, Played):
        return played
    return show(request, ws, "forecast/funding.html", page.context(played), status=played.status)


def _fetch(ws: Workspace, pk: UUID) -> Funding:
    rows = Funding.objects.select_related("pole__actor__subject", "funder", "purpose")
    found = rows.filter(pole=ws.pole, pk=pk).first()
    if found is None:
        raise NotFoundError("unknown_funding", _("Ce financement n'existe pas dans cet espace de travail."))
    return found


class _Page:
    """What the page of a funding holds, read once."""

    def __init__(self, ws: Workspace, found: Funding) -> None:
        self.ws, self.funding = ws, found
        rows = Instalment.objects.filter(funding=found, dropped_at=None).select_related("flow__reversed_by")
        self.parts = list(rows.order_by("due", "pk"))
        for one in self.parts:
            one.funding = found
        self.waiting = [one for one in self.parts if not read.is_received(one)]

    def acts(self) -> dict[str, Act]:
        """Return what the page does, by name of button."""

        def lead() -> None:
            perms.require_write(self.ws, verb="funding.write")

        return {
            "ask": Act(lead, PressForm, lambda form: self._move("ask")),
            "grant": Act(lead, self._grant_form, self._grant),
            "refuse": Act(lead, RefuseForm, lambda form: self._move("refuse", **form.cleaned_data)),
            "end": Act(lead, PressForm, lambda form: self._move("end")),
            "reopen": Act(lead, PressForm, lambda form: self._move("reopen")),
            "part": Act(lead, PartForm, self._part),
            "receive": Act(lead, self._receive_form, self._receive),
            "postpone": Act(lead, PostponeForm, self._postpone),
            "drop": Act(lead, PressForm, self._drop),
            "take_back": Act(lead, TakeBackForm, self._take_back),
        }

    def _grant_form(self, *args: Any, **kwargs: Any) -> GrantForm:
        return GrantForm(*args, initial={"cents": self.funding.asked_cents}, **kwargs)

    def _receive_form(self, *args: Any, **kwargs: Any) -> ReceiveForm:
        lines = self.lines if self.ws.runs else []
        receivers = self.receivers if self.ws.runs else []
        kwargs.setdefault("initial", {"on": self.ws.today})
        return ReceiveForm(self.waiting, receivers, lines, *args, **kwargs)

    @property
    def receivers(self) -> list[Actor]:
        """The accounts on which it may come: who carries a pole without a number of its own comes first."""
        pole = self.ws.pole.actor
        carrying = read.carriers(self.ws.pole, on=self.ws.today)
        own = [pole] if pole.siren else []
        return [*own, *carrying, *([] if own else [pole])]

    @property
    def lines(self) -> list[Flow]:
        """The lines of the book that may be one of these parts: paid by the funder and tied to none."""
        if self.funding.funder_id is None:
            return []
        rows = Flow.objects.filter(
            book=self.ws.pole.actor, giver=self.funding.funder_id, nature="cash", reverses=None
        )
        free = rows.filter(reversed_by=None, instalment=None, cents__gt=0)
        return list(free.order_by("-on", "-rank")[:_OPEN_LINES])

    def _move(self, verb: str, **values: Any) -> str:
        actions.move(self.funding, verb, by=self.ws.user, **values)
        return ""

    def _grant(self, form: GrantForm) -> str:
        self._move("grant", **form.cleaned_data)
        return _("C'est accordé : dites maintenant quand chaque versement est attendu.")

    def _part(self, form: PartForm) -> str:
        actions.instalment(self.funding, by=self.ws.user, **form.cleaned_data)
        return _("Le versement est ajouté au plan de trésorerie.")

    def _receive(self, form: ReceiveForm) -> str:
        values = form.cleaned_data
        row = form.parts[values["part"]]
        flow = form.flows.get(values.get("flow") or "")
        actions.receive(
            row,
            on=values["on"],
            cents=values["cents"],
            receiver=form.account(),
            flow=flow,
            by=self.ws.user,
        )
        if self.funding.funder_id is None:
            return _("C'est noté. Le financeur n'est pas au registre : rien n'est écrit au livre.")
        return _("C'est reçu : la ligne est au livre.")

    def _one(self, about: str) -> Instalment:
        found = next((one for one in self.parts if str(one.pk) == about), None)
        if found is None:
            raise NotFoundError("unknown_part", _("Ce versement n'existe pas, ou n'est plus attendu."))
        return found

    def _postpone(self, form: PostponeForm) -> str:
        values = form.cleaned_data
        actions.postpone(
            self._one(values["about"]), due=values["due"], seen=values["seen"] or 0, by=self.ws.user
        )
        return _("Le plan de trésorerie suit cette nouvelle date.")

    def _drop(self, form: PressForm) -> str:
        about, _sep, seen = form.cleaned_data["about"].partition(":")
        actions.drop(self._one(about), seen=int(seen) if seen.isdigit() else 0, by=self.ws.user)
        return ""

    def _take_back(self, form: TakeBackForm) -> str:
        values = form.cleaned_data
        actions.take_back(self._one(values["about"]), reason=values["reason"], by=self.ws.user)
        return _("La ligne du livre est corrigée ; le versement est de nouveau attendu.")

    def context(self, played: Played) -> dict[str, Any]:
        """Return what the template shows."""
        found = self.funding
        received = sum(one.received_cents or 0 for one in self.parts if read.is_received(one))
        planned = sum(one.cents for one in self.waiting)
        whole = found.cents
        return {
            "funding": found,
            "forms": played,
            "parts": [(one, read.is_received(one), one.due < self.ws.today) for one in self.parts],
            "waiting": self.waiting,
            "received": received,
            "planned": planned,
            "unplanned": max(0, whole - received - planned) if whole is not None and found.living else 0,
            "ending": rules.ending(found.period_to, today=self.ws.today, ask_by=found.ask_again_by)
            if found.state == rules.GRANTED
            else None,
            "allowed": rules.allowed(found.state),
            "moves": list(FundingMove.objects.filter(funding=found).order_by("pk")),
            "purpose": dict(read.purposes(self.ws.pole)).get(str(found.purpose_id or ""), ""),
        }
