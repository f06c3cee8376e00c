"""Pages of the catalogue: search, one offer with its prices in time, and what everybody may see."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from terreau.accounts.models import User
from terreau.common.errors import DomainError, NotFoundError
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.exchanges import catalogue, perms
from terreau.exchanges.acting import Act, Played, PressForm, play, refuse
from terreau.exchanges.forms_market import NewOfferingForm, OfferingForm, PriceForm
from terreau.exchanges.models import Offering, OfferingPrice
from terreau.exchanges.written import members
from terreau.poles.workspace import Workspace, enter, require_voice, show

_GET_POST = ["GET", "HEAD", "POST"]
#: Offers of a page of the catalogue.
_A_PAGE = 100


@require_safe
def index(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What members offer to one another: search by word, by nature."""
    ws = enter(request, slug)
    typed, kind = request.GET.get("q", "")[:120].replace("\x00", ""), request.GET.get("nature", "")
    kind = kind if kind in Offering.Kind.values else ""
    rows = list(catalogue.search(ws.pole, typed, on=ws.today, kind=kind))
    made = export_response(request, rows, _COLUMNS, f"offres-{ws.slug}", title=_("Catalogue des membres"))
    if made is not None:
        return made
    page = Paginator(rows, _A_PAGE).get_page(request.GET.get("page"))
    context = {
        "rows": [(row, prices(row)) for row in page.object_list],
        "page": page,
        "count": len(rows),
        "typed": typed,
        "kind": kind,
        "kinds": Offering.Kind.choices,
        "may": bool(perms.voices(ws, members(ws.pole, on=ws.today))),
    }
    return show(request, ws, "exchanges/offers.html", context)


def prices(row: Any) -> dict[str, OfferingPrice]:
    """Return the prices of the day of an offer that a search found, by whom they are for."""
    return {one.who: one for one in row.priced}


def _cents(who: str) -> Any:
    def read(row: Any) -> int | None:
        found = prices(row).get(who)
        return found.cents if found else None

    return read


_COLUMNS = (
    Column(gettext_lazy("Offre du membre"), lambda row: row.title),
    Column(gettext_lazy("Nature de l'offre"), lambda row: str(row.get_kind_display())),
    Column(gettext_lazy("Offert par"), lambda row: row.actor.name),
    Column(gettext_lazy("Prix donnés pour"), lambda row: row.unit),
    Column(gettext_lazy("Prix des membres en centimes"), _cents("member"), "integer"),
    Column(gettext_lazy("Prix hors du pôle en centimes"), _cents("outside"), "integer"),
    Column(
        gettext_lazy("TVA des prix"),
        lambda row: str(row.priced[0].get_vat_display()) if row.priced else "",
    ),
    Column(gettext_lazy("Publiée"), lambda row: row.public, "boolean"),
)


@require_http_methods(_GET_POST)
def new(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Add a good or a service of a member, with its prices of today."""
    ws = enter(request, slug)
    actors = perms.voices(ws, members(ws.pole, on=ws.today))
    form = NewOfferingForm(actors, request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            with transaction.atomic():
                told = {name: values[name] for name in form.columns}
                made = catalogue.offer(ws.pole, form.actors[values["actor"]], by=ws.user, **told)
                _price(made, values, ws.today, ws.user)
            return redirect("espace_offer", slug=slug, pk=made.pk)
        except DomainError as error:
            refuse(form, error)
    status = 422 if form.errors else 200
    return show(request, ws, "exchanges/offer_form.html", {"form": form}, status=status)


def _price(row: Offering, values: dict[str, Any], since: date, by: User) -> None:
    for who in OfferingPrice.Who.values:
        cents = values[f"{who}_cents"]
        catalogue.set_price(row, who, cents=cents, vat=values["vat"], since=since, by=by)


@require_http_methods(_GET_POST)
def offer(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """One offer, its prices now and before; its member changes them."""
    ws = enter(request, slug)
    found = _fetch(ws, pk)
    may = ws.may_speak_for(found.actor_id)
    history = list(found.prices.order_by("-valid_from", "who", "pk"))
    now = {
        one.who: one
        for one in history
        if one.valid_from <= ws.today and (one.valid_to is None or one.valid_to > ws.today)
    }
    initial: dict[str, Any] = {f"{who}_cents": one.cents for who, one in now.items()}
    initial["vat"] = next((one.vat for one in now.values()), "")

    def allow() -> None:
        require_voice(ws, found.actor_id, verb="offering.change")

    def price(form: PriceForm) -> str:
        with transaction.atomic():
            _price(found, form.cleaned_data, form.cleaned_data["since"], ws.user)
        return _("Les prix sont changés ; ceux d'avant restent lisibles.")

    def end(_form: PressForm) -> str:
        catalogue.end(found, on=ws.today, by=ws.user)
        return _("L'offre est retirée du catalogue.")

    acts = {
        "price": Act(allow, lambda *a, **k: PriceForm(*a, initial=dict(initial), **k), price),
        "end": Act(allow, PressForm, end),
    }
    played = play(request, acts, request.path)
    if not isinstance(played, Played):
        return played
    context = {"offer": found, "may": may, "now": now, "history": history, "forms": played}
    return show(request, ws, "exchanges/offer.html", context, status=played.status)


@require_http_methods(_GET_POST)
def edit(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Change the words of an offer, or publish it."""
    ws = enter(request, slug)
    found = _fetch(ws, pk)
    require_voice(ws, found.actor_id, verb="offering.change")
    form = OfferingForm(request.POST or None, row=found)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                catalogue.change(found, base=form.base, mine=form.mine, by=ws.user)
                return redirect("espace_offer", slug=slug, pk=pk)
            except DomainError as error:
                refuse(form, error)
                status = error.status
    return show(request, ws, "exchanges/offer_form.html", {"form": form, "offer": found}, status=status)


def _fetch(ws: Workspace, pk: UUID) -> Offering:
    rows = Offering.objects.select_related("pole__actor__subject", "actor")
    found = rows.filter(pole=ws.pole, pk=pk).first()
    if found is None:
        raise NotFoundError("unknown_offering", _("Cette offre n'existe pas dans cet espace de travail."))
    return found
