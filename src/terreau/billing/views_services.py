"""Pages of services: what waits to be billed, prices and commissions, what invoices of a seller say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from terreau.actors.models import Actor
from terreau.billing import actions, catalogue, monthly, terms
from terreau.billing.forms import TermsForm
from terreau.billing.forms_services import (
    ChargeForm,
    CommissionForm,
    DropForm,
    EndForm,
    MonthForm,
    PriceForm,
)
from terreau.billing.models import Charge, CommissionRule, Invoice, PriceRule
from terreau.billing.months import Month
from terreau.common.errors import DomainError, NotFoundError
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.exchanges.acting import Act, Played, new_key, play, refuse
from terreau.means.models import Means
from terreau.poles import book
from terreau.poles.workspace import Workspace, enter, require_run, show

_GET_POST = ["GET", "HEAD", "POST"]
_FEW = 200


@require_http_methods(_GET_POST)
def index(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What waits to be billed, and the drafts of a month in one click; prices for everybody of the pole."""
    ws = enter(request, slug)
    rows = monthly.waiting(ws.pole)
    if not ws.runs:
        mine = ws.standing.speaks_for
        rows = rows.filter(Q(seller__in=mine) | Q(buyer__in=mine))
    made = export_response(request, rows, _COLUMNS, f"services-{ws.slug}", title=_("Services à facturer"))
    if made is not None:
        return made
    played = play(request, _acts(ws, request), request.get_full_path())
    if not isinstance(played, Played):
        return played
    current = Q(valid_to=None) | Q(valid_to__gt=ws.today)
    prices = PriceRule.objects.filter(current, pole=ws.pole).select_related("seller", "means")
    commissions = CommissionRule.objects.filter(current, pole=ws.pole).select_related("payee")
    waiting = list(rows[: _FEW + 1])
    drafts = Invoice.objects.filter(pole=ws.pole, state=Invoice.State.DRAFT, origin__startswith="month:")
    context = {
        "charges": waiting[:_FEW],
        "more": len(waiting) > _FEW,
        "sum": sum(one.net_cents for one in waiting),
        "prices": list(prices),
        "commissions": list(commissions),
        "drafts": list(drafts.select_related("seller", "buyer").order_by("number")) if ws.runs else [],
        "forms": played,
    }
    return show(request, ws, "billing/services.html", context, status=played.status)


_COLUMNS = (
    Column(gettext_lazy("Jour du service"), lambda row: row.on, "date"),
    Column(gettext_lazy("Nature de la facture"), lambda row: str(row.get_kind_display())),
    Column(gettext_lazy("Qui facture"), lambda row: row.seller.name),
    Column(gettext_lazy("Qui paie"), lambda row: row.buyer.name),
    Column(gettext_lazy("Désignation"), lambda row: row.label),
    Column(gettext_lazy("Quantité en millièmes"), lambda row: row.thousandths, "integer"),
    Column(gettext_lazy("Prix unitaire en centimes"), lambda row: row.unit_cents, "integer"),
    Column(gettext_lazy("Hors taxe en centimes"), lambda row: row.net_cents, "integer"),
)


def _acts(ws: Workspace, request: HttpRequest) -> Mapping[str, Act]:
    def allow() -> None:
        require_run(ws, verb="service.write")

    parties = book.parties(ws.pole, on=ws.today) if ws.runs else []

    def prepare(form: MonthForm) -> str:
        month: Month = form.cleaned_data["month"]
        made = monthly.prepare(ws.pole, month, by=ws.user, today=ws.today)
        if made.unpriced:
            words = ngettext(
                "%(n)d usage sans prix n'est pas facturé : %(what)s",
                "%(n)d usages sans prix ne sont pas facturés : %(what)s",
                len(made.unpriced),
            )
            what = " ; ".join(made.unpriced[:5])
            messages.warning(request, words % {"n": len(made.unpriced), "what": what})
        if not made.written:
            return _("Rien de nouveau à facturer pour %(month)s.") % {"month": month.name}
        words = ngettext("%(n)d brouillon est prêt.", "%(n)d brouillons sont prêts.", made.written)
        return words % {"n": made.written}

    def typed(form: ChargeForm) -> str:
        values = form.cleaned_data
        if form.payer is not None:
            monthly.add(
                ws.pole,
                seller=book.actor(values["seller"]),
                buyer=form.payer,
                on=values["on"],
                label=values["label"],
                unit_cents=values["price"],
                thousandths=values["quantity"] or 1000,
                key=values["key"],
                by=ws.user,
            )
        return _("C'est à facturer : ce sera dans le brouillon du mois.")

    def drop(form: DropForm) -> str:
        row = Charge.objects.filter(pole=ws.pole, pk=form.cleaned_data["about"]).first()
        if row is None:
            raise NotFoundError("not_found", _("Ce service n'est pas de ce pôle."))
        monthly.drop(row, reason=form.cleaned_data["reason"], by=ws.user)
        return _("Ce ne sera pas facturé.")

    def end(form: EndForm) -> str:
        catalogue.end(ws.pole, form.cleaned_data["about"], on=ws.today, by=ws.user)
        return _("Ce prix ne sert plus à partir d'aujourd'hui.")

    last = Month.of(Month.of(ws.today).first - timedelta(days=1))
    initial = {"seller": str(ws.pole.pk), "on": ws.today, "key": new_key()}
    return {
        "prepare": Act(
            allow, lambda *a, **k: MonthForm(*a, **{"initial": {"month": last.code}, **k}), prepare
        ),
        "typed": Act(allow, lambda *a, **k: ChargeForm(parties, *a, **{"initial": initial, **k}), typed),
        "drop": Act(allow, DropForm, drop),
        "end": Act(allow, EndForm, end),
    }


@require_http_methods(_GET_POST)
def price(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Write a price."""
    ws = enter(request, slug, run=True, verb="service.price")
    parties = book.parties(ws.pole, on=ws.today)
    means = Means.objects.filter(pole=ws.pole, ended_on=None)
    initial = {"seller": str(ws.pole.pk), "valid_from": ws.today}
    form = PriceForm(parties, means, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            catalogue.set_price(ws.pole, form.columns, by=ws.user)
            messages.success(request, _("Le prix est écrit."))
            return redirect("espace_services", slug=slug)
        except DomainError as error:
            refuse(form, error)
    context = {"form": form, "title": _("Écrire un prix")}
    status = 422 if form.errors else 200
    return show(request, ws, "billing/service_form.html", context, status=status)


@require_http_methods(_GET_POST)
def commission(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Write a commission."""
    ws = enter(request, slug, run=True, verb="service.commission")
    parties = book.parties(ws.pole, on=ws.today)
    form = CommissionForm(parties, request.POST or None, initial={"valid_from": ws.today})
    if request.method == "POST" and form.is_valid():
        try:
            catalogue.set_commission(ws.pole, form.columns, by=ws.user)
            messages.success(request, _("La commission est écrite."))
            return redirect("espace_services", slug=slug)
        except DomainError as error:
            refuse(form, error)
    context = {"form": form, "title": _("Écrire une commission")}
    status = 422 if form.errors else 200
    return show(request, ws, "billing/service_form.html", context, status=status)


@require_http_methods(_GET_POST)
def conditions(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What the invoices of a seller say: tax, delay, account."""
    ws = enter(request, slug, run=True, verb="billing.terms")
    parties = book.parties(ws.pole, on=ws.today)
    seller = _seller(request, parties)
    held = actions.terms_of(ws.pole, seller)
    form = TermsForm.of(held, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            terms.set_terms(
                ws.pole, seller, form.cleaned_data, seen=form.cleaned_data["seen"] or 0, by=ws.user
            )
            said = _("Les conditions sont écrites : elles valent pour les brouillons à venir.")
            messages.success(request, said)
            return redirect(f"{request.path}?vendeur={seller.pk}")
        except DomainError as error:
            refuse(form, error)
    context = {"form": form, "parties": parties, "seller": seller}
    return show(request, ws, "billing/terms.html", context, status=422 if form.errors else 200)


def _seller(request: HttpRequest, parties: list[book.Party]) -> Actor:
    wanted = request.GET.get("vendeur", "") or str(parties[0].pk)
    known = {str(one.pk) for one in parties}
    if wanted not in known:
        raise NotFoundError("not_found", _("Ce vendeur n'est pas de ce pôle."))
    return book.actor(UUID(wanted))
