"""Pages of group purchases: the list, and one from the need to the delivery."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from terreau.census import parties
from terreau.common.errors import DomainError, NotFoundError
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.exchanges import perms, purchases, rules
from terreau.exchanges.acting import Act, Played, PressForm, play, refuse
from terreau.exchanges.forms_market import (
    ChooseForm,
    CommitForm,
    DeliverForm,
    DropForm,
    GotForm,
    NewPurchaseForm,
    PurchaseForm,
    QuoteForm,
)
from terreau.exchanges.forms_tenders import recognised
from terreau.exchanges.models import Commitment, Purchase, PurchaseMove, Quote
from terreau.exchanges.written import members
from terreau.poles.workspace import Workspace, enter, require_voice, show

_GET_POST = ["GET", "HEAD", "POST"]


@require_safe
def index(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The group purchases of a pole, those that wait for an answer first."""
    ws = enter(request, slug)
    firm = Count("commitments", filter=Q(commitments__quantity__gt=0))
    rows = list(
        Purchase.objects.filter(pole=ws.pole)
        .select_related("organiser", "quote")
        .annotate(takers=firm)
        .order_by("answers_by", "title", "pk")
    )
    made = export_response(request, rows, _COLUMNS, f"achats-{ws.slug}", title=_("Achats groupés"))
    if made is not None:
        return made
    said = set(
        Commitment.objects.filter(purchase__pole=ws.pole, actor__in=ws.standing.speaks_for).values_list(
            "purchase", flat=True
        )
    )
    context = {
        "open": [(one, one.pk in said) for one in rows if one.state in rules.PURCHASE_OPEN],
        "others": [(one, one.pk in said) for one in rows if one.state not in rules.PURCHASE_OPEN],
    }
    return show(request, ws, "exchanges/purchases.html", context)


_COLUMNS = (
    Column(gettext_lazy("Achat groupé"), lambda row: row.title),
    Column(gettext_lazy("Unité"), lambda row: row.unit),
    Column(gettext_lazy("Organisé par"), lambda row: row.organiser.name),
    Column(gettext_lazy("État de l'achat"), lambda row: str(row.get_state_display())),
    Column(gettext_lazy("Organisations qui participent"), lambda row: row.takers, "integer"),
    Column(gettext_lazy("Fournisseur choisi"), lambda row: row.quote.supplier_name if row.quote else ""),
    Column(gettext_lazy("Coût de la commande en centimes"), lambda row: row.cents, "integer"),
)


@require_http_methods(_GET_POST)
def new(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Begin a purchase in the name of a member."""
    ws = enter(request, slug)
    actors = perms.voices(ws, members(ws.pole, on=ws.today))
    form = NewPurchaseForm(actors, request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in form.columns}
        try:
            made = purchases.begin(ws.pole, form.actors[form.cleaned_data["organiser"]], by=ws.user, **values)
            return redirect("espace_purchase", slug=slug, pk=made.pk)
        except DomainError as error:
            refuse(form, error)
    status = 422 if form.errors else 200
    return show(request, ws, "exchanges/purchase_form.html", {"form": form}, status=status)


@require_http_methods(_GET_POST)
def edit(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Change what is known of a purchase."""
    ws = enter(request, slug)
    found = _fetch(ws, pk)
    perms.require_purchase(ws, found, verb="purchase.change")
    form = PurchaseForm(request.POST or None, row=found)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                purchases.change(found, base=form.base, mine=form.mine, by=ws.user)
                return redirect("espace_purchase", slug=slug, pk=pk)
            except DomainError as error:
                refuse(form, error)
                status = error.status
    context = {"form": form, "purchase": found}
    return show(request, ws, "exchanges/purchase_form.html", context, status=status)


@require_http_methods(_GET_POST)
def purchase(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """One purchase: what I take, what the offers cost, what each owes and saves."""
    ws = enter(request, slug)
    page = _Page(ws, _fetch(ws, pk))
    title = _("Parts de l'achat groupé")
    made = export_response(request, page.lines(), _SHARES, f"achat-{pk}", title=title)
    if made is not None:
        return made
    played = play(request, page.acts(), request.path)
    if not isinstance(played, Played):
        return played
    return show(request, ws, "exchanges/purchase.html", page.context(played), status=played.status)


def _fetch(ws: Workspace, pk: UUID) -> Purchase:
    rows = Purchase.objects.select_related("subject", "pole__actor__subject", "organiser", "quote__supplier")
    found = rows.filter(pole=ws.pole, pk=pk).first()
    if found is None:
        raise NotFoundError("unknown_purchase", _("Cet achat n'existe pas dans cet espace de travail."))
    return found


def _euros(cents: int | None) -> str:
    return "" if cents is None else f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


_SHARES = (
    Column(gettext_lazy("Organisation"), lambda one: one["row"].actor.name),
    Column(gettext_lazy("Quantité en millièmes"), lambda one: one["row"].quantity, "integer"),
    Column(gettext_lazy("Engagement ferme"), lambda one: one["row"].firm, "boolean"),
    Column(gettext_lazy("Part en euros"), lambda one: _euros(one["cents"])),
    Column(gettext_lazy("Payé avant en euros"), lambda one: _euros(one["before"])),
    Column(gettext_lazy("Économie en euros"), lambda one: _euros(one["saved"])),
    Column(gettext_lazy("Quantité reçue en millièmes"), lambda one: one["row"].received, "integer"),
)


class _Page:
    """What the page of a purchase holds, read once."""

    def __init__(self, ws: Workspace, found: Purchase) -> None:
        self.ws, self.purchase = ws, found
        self.rows = list(purchases.taking(found))
        self.quotes = list(
            Quote.objects.filter(purchase=found, withdrawn_at=None).select_related("supplier").order_by("pk")
        )
        self.runs = perms.runs_purchase(ws, found)
        self.mine = perms.voices(ws, members(ws.pole, on=ws.today))
        self.shares = purchases.shares(found, self.rows)

    def lines(self) -> list[dict[str, Any]]:
        """Return each member with its quantity, its part and what it saves."""
        by_name = {one.name: one for one in self.shares}
        found = []
        for row in self.rows:
            share = by_name.get(str(row.actor_id))
            values = (share.cents, share.before, share.saved) if share else (None, None, None)
            found.append({"row": row, **dict(zip(("cents", "before", "saved"), values, strict=True))})
        return found

    def acts(self) -> dict[str, Act]:
        """Return what the page does, by name of button."""
        ws, found = self.ws, self.purchase
        mine = [one for one in self.mine if ws.runs or one.pk in ws.standing.speaks_for]
        own = [one for one in mine if one.pk in ws.standing.speaks_for and one.pk != ws.pole.pk]
        taking = {row.actor_id: row.actor for row in self.rows if row.cents is not None}
        got = [actor for pk, actor in taking.items() if ws.may_speak_for(pk)]

        def lead() -> None:
            perms.require_purchase(ws, found, verb="purchase.run")

        def commit_form(*args: Any, **kwargs: Any) -> CommitForm:
            actors = own if len(own) == 1 and not ws.runs else mine
            return CommitForm(found, actors, self.rows, *args, **kwargs)

        return {
            "commit": Act(lambda: None, commit_form, self._commit),
            "quote": Act(lead, QuoteForm, self._quote),
            "no_quote": Act(lead, PressForm, self._no_quote),
            "choose": Act(lead, ChooseForm, self._choose),
            "compare": Act(lead, PressForm, lambda form: self._step("compare")),
            "gather": Act(lead, PressForm, lambda form: self._step("gather")),
            "drop": Act(lead, DropForm, lambda form: self._step("drop", form.cleaned_data["reason"])),
            "order": Act(lead, PressForm, self._order),
            "deliver": Act(lead, DeliverForm, self._deliver),
            "got": Act(lambda: None, lambda *a, **k: GotForm(got, *a, **k), self._got),
        }

    def _commit(self, form: CommitForm) -> str:
        values = {name: form.cleaned_data[name] for name in ("quantity", "before", "firm", "note")}
        require_voice(self.ws, form.whose.pk, verb="purchase.commit")
        purchases.commit(self.purchase, form.whose, base=form.base, by=self.ws.user, **values)
        return _("C'est noté pour %(name)s.") % {"name": form.whose.name}

    def _quote(self, form: QuoteForm) -> str:
        values = form.cleaned_data
        known = recognised(values["supplier_name"])
        supplier = parties.actor_of(known.party, by=self.ws.user, public=True) if known else None
        told: dict[str, Any] = {name: values[name] or 0 for name in ("fixed_cents", "least")}
        told |= {name: values[name] for name in ("supplier_name", "price", "valid_to", "note")}
        purchases.quote(self.purchase, supplier=supplier, by=self.ws.user, **told)
        return _("L'offre est ajoutée à la comparaison.")

    def _one(self, typed: Any) -> Quote:
        found = next((one for one in self.quotes if str(one.pk) == str(typed)), None)
        if found is None:
            raise NotFoundError("unknown_quote", _("Cette offre n'existe pas, ou n'est plus proposée."))
        found.purchase = self.purchase
        return found

    def _no_quote(self, form: PressForm) -> str:
        purchases.withdraw_quote(self._one(form.cleaned_data["about"]), by=self.ws.user)
        return ""

    def _choose(self, form: ChooseForm) -> str:
        values = form.cleaned_data
        found = self._one(values["about"])
        purchases.choose(self.purchase, found, reason=values["reason"], by=self.ws.user)
        return _("L'offre est choisie : voyez la part de chacun, puis commandez.")

    def _step(self, verb: str, reason: str = "") -> str:
        purchases.step(self.purchase, verb, reason=reason, by=self.ws.user)
        return ""

    def _order(self, _form: PressForm) -> str:
        purchases.order(self.purchase, by=self.ws.user, on=self.ws.today)
        return _("C'est commandé : les parts sont arrêtées au centime près.")

    def _deliver(self, form: DeliverForm) -> str:
        purchases.deliver(self.purchase, on=form.cleaned_data["on"], by=self.ws.user)
        return _("C'est livré : chacun dit ce qu'il a reçu.")

    def _got(self, form: GotForm) -> str:
        values = form.cleaned_data
        require_voice(self.ws, form.whose.pk, verb="purchase.receive")
        row = next(one for one in self.rows if one.actor_id == form.whose.pk)
        row.purchase = self.purchase
        if values["received"] is not None:
            purchases.receive(row, received=values["received"], by=self.ws.user)
        if values["paid_on"] is not None:
            purchases.pay(row, on=values["paid_on"], by=self.ws.user)
        return _("C'est noté pour %(name)s.") % {"name": form.whose.name}

    def context(self, played: Played) -> dict[str, Any]:
        """Return what the template shows."""
        found, ws = self.purchase, self.ws
        taking = [row for row in self.rows if row.quantity > 0]
        ordered = found.cents is not None
        said = {row.actor_id for row in self.rows}
        waiting = [
            one
            for one in self.mine
            if one.pk in ws.standing.speaks_for and one.pk not in said and one.pk != ws.pole.pk
        ]
        return {
            "purchase": found,
            "forms": played,
            "runs": self.runs,
            "open": found.state in rules.PURCHASE_OPEN,
            "ordered": ordered,
            "lines": self.lines(),
            "takers": len(taking),
            "wanted": sum(row.quantity for row in taking),
            "firm": sum(row.quantity for row in taking if row.firm),
            "compared": purchases.compared(self.quotes, self.rows, on=ws.today) if not ordered else [],
            "total": sum(one.cents for one in self.shares),
            "economy": rules.economy(self.shares),
            "paid": purchases.paid(found) if ordered else set(),
            "may_commit": found.state in rules.PURCHASE_OPEN and bool(self.mine),
            "may_get": ordered and any(ws.may_speak_for(one.actor_id) for one in self.rows if one.cents),
            "waiting": waiting if found.state in rules.PURCHASE_OPEN else [],
            "moves": list(PurchaseMove.objects.filter(purchase=found).order_by("pk")),
            "late": bool(found.answers_by and found.answers_by < ws.today and found.state == rules.GATHERING),
        }
