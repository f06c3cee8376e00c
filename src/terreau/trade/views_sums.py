"""Sums: the statement of a member, the pairs that one may see, where it buys, what the pole publishes."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from terreau.common.errors import DomainError, NotFoundError
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.exchanges.acting import Act, Played, PressForm, play, refuse
from terreau.poles.workspace import Workspace, enter, require_run, show
from terreau.publication.protection import SECRET, Cell
from terreau.trade import attribution, drawing, published, read, rules, spending, who
from terreau.trade.forms import PublishForm
from terreau.trade.models import Exchange
from terreau.trade.published import SPENT, TRADE
from terreau.trade.views import _euros as euros

_OLDEST = 10


def _year(request: HttpRequest, ws: Workspace) -> int:
    asked = request.GET.get("annee", "")
    year = int(asked) if asked.isdigit() and len(asked) == 4 else ws.today.year
    return year if ws.today.year - 60 <= year <= ws.today.year else ws.today.year


# The statement of a member


@require_safe
def statement(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What one of my organisations sold and bought in a year, and what of it is due to the pole (R-108)."""
    ws = enter(request, slug)
    mine = who.mine(ws, who.members(ws.pole))
    asked = request.GET.get("membre", "")
    if asked and asked not in {str(one.pk) for one in mine}:
        raise NotFoundError("unknown_member", _("Ce relevé n'existe pas, ou n'est pas pour vous."))
    actor = next((one for one in mine if str(one.pk) == asked), mine[0] if mine else None)
    year = _year(request, ws)
    found = read.account(ws.pole, actor, date(year, 1, 1), date(year, 12, 31)) if actor else None
    rows = found.rows if found else ()
    made = export_response(request, rows, _STATEMENT, f"releve-echanges-{year}")
    if made is not None:
        return made
    context = {
        "mine": mine,
        "actor": actor,
        "account": found,
        "year": year,
        "years": read.years(ws),
        "lines": [
            (row, row.seller_id == (actor.pk if actor else None), attribution.label(row.why)) for row in rows
        ],
    }
    return show(request, ws, "trade/statement.html", context)


def _due(row: Exchange) -> str:
    return {True: _("oui"), False: _("non"), None: ""}[attribution.due(row.why)]


_STATEMENT = (
    Column(gettext_lazy("Date"), lambda row: row.on),
    Column(gettext_lazy("Qui vend"), lambda row: row.seller.name),
    Column(gettext_lazy("Qui achète"), lambda row: row.buyer.name),
    Column(gettext_lazy("Montant convenu, en euros"), lambda row: euros(row.cents)),
    Column(gettext_lazy("Dû au pôle"), _due),
    Column(gettext_lazy("Motif convenu"), lambda row: attribution.label(row.why)),
)


# The pairs


@require_safe
def network(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Who sells to whom in a year, among the pairs that the person may see: drawn and in a table."""
    ws = enter(request, slug)
    year = _year(request, ws)
    pairs = read.pairs(ws, date(year, 1, 1), date(year, 12, 31))
    made = export_response(request, pairs, _PAIRS, f"reseau-echanges-{year}")
    if made is not None:
        return made
    alt = ngettext(
        "Échanges entre membres : %(count)d flèche, de qui vend vers qui achète.",
        "Échanges entre membres : %(count)d flèches, de qui vend vers qui achète.",
        len(pairs),
    ) % {"count": len(pairs)}
    context = {
        "pairs": pairs,
        "drawing": drawing.network(pairs, alt),
        "most": drawing.MOST,
        "year": year,
        "years": read.years(ws),
        "total": sum(pair.cents for pair in pairs),
        "due": sum(pair.due for pair in pairs),
        "agreeing": len(who.agreeing(ws.pole)) if ws.runs else 0,
        "mine": who.mine(ws, who.members(ws.pole)),
    }
    return show(request, ws, "trade/network.html", context)


_PAIRS = (
    Column(gettext_lazy("Qui vend"), lambda one: one.seller.name),
    Column(gettext_lazy("Qui achète"), lambda one: one.buyer.name),
    Column(gettext_lazy("Nombre d'échanges"), lambda one: one.count, "integer"),
    Column(gettext_lazy("Montant convenu, en euros"), lambda one: euros(one.cents)),
    Column(gettext_lazy("Dont dû au pôle, en euros"), lambda one: euros(one.due)),
)


# Where a member buys


@require_http_methods(["GET", "HEAD", "POST"])
def places(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Where my organisations buy: of members, in the perimeter, outside; what stays and what leaks."""
    ws = enter(request, slug)
    rows = read.spendings(ws)
    by_key = {str(row.pk): row for row in rows}

    def forget(form: Any) -> str:
        row = by_key.get(form.cleaned_data["about"])
        if row is None:
            raise NotFoundError("unknown_spending", _("Ces sommes n'existent pas, ou ne sont pas à vous."))
        who.require(ws, row.actor_id, verb="trade.forget")
        spending.forget(row, by=ws.user)
        return _("Ces sommes sont oubliées.")

    played = play(request, {"forget": Act(lambda: None, PressForm, forget)}, request.path)
    if not isinstance(played, Played):
        return played
    made = export_response(request, rows, _PLACES, "ou-nous-achetons")
    if made is not None:
        return made
    context = {
        "rows": [(row, rules.kept(row.spent), _bars(row.spent)) for row in rows],
        "figures": [
            (one, _cells(one, SPENT), published.kept(one)) for one in published.every(ws.pole, SPENT)
        ],
        "mine": who.mine(ws, who.members(ws.pole)),
        "forms": played,
    }
    return show(request, ws, "trade/places.html", context, status=played.status)


def _bars(spent: rules.Spent) -> list[tuple[Any, int, Fraction | None]]:
    whole = spent.cents
    return [
        (RINGS[code], getattr(spent, code), Fraction(getattr(spent, code), whole) if whole else None)
        for code in published.CODES[SPENT]
    ]


RINGS = {
    "members": gettext_lazy("aux membres du pôle"),
    "perimeter": gettext_lazy("à d'autres, dans le périmètre"),
    "outside": gettext_lazy("hors du périmètre"),
    "unknown": gettext_lazy("lieu inconnu"),
}
DUE = {
    "due": gettext_lazy("dû au pôle"),
    "other": gettext_lazy("pas dû au pôle"),
    "unsaid": gettext_lazy("motif non convenu"),
}
_PLACES = (
    Column(gettext_lazy("Organisation"), lambda row: row.actor.name),
    Column(gettext_lazy("Année"), lambda row: row.year, "integer"),
    Column(gettext_lazy("Achats aux membres du pôle, en euros"), lambda row: euros(row.members_cents)),
    Column(gettext_lazy("Achats dans le périmètre, en euros"), lambda row: euros(row.perimeter_cents)),
    Column(gettext_lazy("Achats hors du périmètre, en euros"), lambda row: euros(row.outside_cents)),
    Column(gettext_lazy("Achats de lieu inconnu, en euros"), lambda row: euros(row.unknown_cents)),
    Column(gettext_lazy("Nombre d'achats comptés"), lambda row: row.lines, "integer"),
)


# What the pole publishes


@require_http_methods(["GET", "HEAD", "POST"])
def figures(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What the pole shows of its trade: sums of finished years, in which nobody finds a pair."""
    ws = enter(request, slug)
    years = list(range(ws.today.year - 1, ws.today.year - 1 - _OLDEST, -1))
    form = PublishForm(years, request.POST or None)
    status = 200
    if request.method == "POST":
        require_run(ws, verb="trade.publish")
        status = 422
        if form.is_valid():
            try:
                published.publish(ws.pole, form.cleaned_data["year"], by=ws.user)
                messages.success(
                    request, _("Les sommes de l'année sont publiées, sous le secret statistique.")
                )
                return redirect("espace_trade_figures", slug)
            except DomainError as error:
                refuse(form, error)
                status = error.status
    traded = published.every(ws.pole, TRADE)
    rows = [(one.year, label, cell) for one in traded for label, cell in _cells(one, TRADE)]
    made = export_response(request, rows, _FIGURES, f"echanges-publies-{slug}")
    if made is not None:
        return made
    context = {
        "form": form,
        "traded": [(one, _cells(one, TRADE)) for one in traded],
        "spent": [(one, _cells(one, SPENT), published.kept(one)) for one in published.every(ws.pole, SPENT)],
    }
    return show(request, ws, "trade/figures.html", context, status=status)


def _cells(found: published.Figures, what: str) -> list[tuple[Any, Cell]]:
    names = DUE if what == TRADE else RINGS
    cells = [(names[code], found.cells.get(code, Cell(SECRET))) for code in published.CODES[what]]
    return [*cells, (_("en tout"), found.cells.get("", Cell(SECRET)))]


_FIGURES = (
    Column(gettext_lazy("Année"), lambda row: row[0], "integer"),
    Column(gettext_lazy("Échanges entre membres"), lambda row: str(row[1])),
    Column(
        gettext_lazy("Somme en euros"), lambda row: euros(row[2].value) if row[2].status != SECRET else ""
    ),
    Column(gettext_lazy("Secret statistique"), lambda row: row[2].status == SECRET, "boolean"),
)

__all__ = ["DUE", "RINGS", "figures", "network", "places", "statement"]
