"""Pages of the trade of a member: in a glance, an exchange to write, what waits for an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from terreau.actors.models import Actor
from terreau.common.errors import DomainError, NotFoundError
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.exchanges.acting import Act, Played, PressForm, play, refuse
from terreau.poles.workspace import Workspace, enter, show
from terreau.trade import actions, attribution, known, read, rules, who, words
from terreau.trade.actions import Draft
from terreau.trade.forms import DeclareForm
from terreau.trade.models import Declaration, Exchange
from terreau.trade.read import Told

_LIMIT, _FEW = 20, 6


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What my organisations sell to and buy of the other members: what waits, sums of the year, the list."""
    ws = enter(request, slug)
    played = play(request, _consents(ws), request.path)
    if not isinstance(played, Played):
        return played
    state, year = _asked(request)
    own = who.spoken_for(ws)
    rows = read.listed(ws, own, state=state, year=year)
    if "format" in request.GET:
        made = export_response(request, read.told(rows, own), COLUMNS, f"echanges-{slug}")
        if made is not None:
            return made
    members = who.members(ws.pole)
    mine = who.mine(ws, members)
    page = Paginator(rows, _LIMIT).get_page(request.GET.get("page"))
    agreeing = who.agreeing(ws.pole)
    waits = [one for one in read.told(read.waiting(ws, own), own) if one.to_answer]
    context = {
        "mine": mine,
        "waits": waits[:_FEW],
        "waits_count": len(waits),
        "sums": read.sums(ws, mine, year or ws.today.year),
        "year": year or ws.today.year,
        "years": read.years(ws, own),
        "asked_year": year,
        "state": state,
        "states": Exchange.State.choices,
        "rows": read.told(page.object_list, own),
        "page": page,
        "known": len(known.suggestions(ws, members)),
        "consents": [(one, one.pk in agreeing) for one in mine],
        "forms": played,
    }
    return show(request, ws, "trade/index.html", context, status=played.status)


def _asked(request: HttpRequest) -> tuple[str, int | None]:
    state, year = request.GET.get("etat", ""), request.GET.get("annee", "")
    known_state = state if state in Exchange.State.values else ""
    return known_state, int(year) if year.isdigit() and len(year) == 4 else None


def _consents(ws: Workspace) -> dict[str, Act]:
    """Let each organisation say whether those who animate the pole see its pairs."""

    def choose(form: Any, *, shows: bool) -> str:
        actor = _actor(form.cleaned_data["about"])
        who.require(ws, actor, verb="trade.consent")
        found = who.members(ws.pole).actors.get(actor)
        if found is None:
            raise NotFoundError("unknown_member", _("Cette organisation n'est pas membre de ce pôle."))
        who.choose(ws.pole, found, shows=shows, by=ws.user)
        return _("C'est noté. Un échange ne se voit que si les deux membres l'acceptent.")

    return {
        "show": Act(lambda: None, PressForm, lambda form: choose(form, shows=True)),
        "hide": Act(lambda: None, PressForm, lambda form: choose(form, shows=False)),
    }


def _actor(typed: str) -> UUID:
    try:
        return UUID(typed)
    except ValueError as error:
        words_ = _("Cette organisation n'est pas membre de ce pôle.")
        raise NotFoundError("unknown_member", words_) from error


def _state(one: Told) -> str:
    return str(one.exchange.get_state_display())


def _euros(cents: int | None) -> str:
    return "" if cents is None else f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def _amount(said: Declaration | None) -> str:
    return _euros(said.cents if said else None)


COLUMNS = (
    Column(gettext_lazy("Date"), lambda one: one.exchange.on),
    Column(gettext_lazy("Qui vend"), lambda one: one.exchange.seller.name),
    Column(gettext_lazy("Qui achète"), lambda one: one.exchange.buyer.name),
    Column(gettext_lazy("Numéro de la facture"), lambda one: one.said.number if one.said else ""),
    Column(gettext_lazy("Libellé"), lambda one: one.said.label if one.said else ""),
    Column(gettext_lazy("Montant dit par qui vend, en euros"), lambda one: _amount(one.sides[0].said)),
    Column(gettext_lazy("Montant dit par qui achète, en euros"), lambda one: _amount(one.sides[1].said)),
    Column(gettext_lazy("Montant convenu, en euros"), lambda one: _euros(one.exchange.cents)),
    Column(gettext_lazy("État de l'échange"), _state),
    Column(gettext_lazy("Motif convenu"), lambda one: attribution.label(one.exchange.why)),
)


@require_safe
def differences(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What waits for an answer: told by one side, different, contested; with what differs and why."""
    ws = enter(request, slug)
    own = who.spoken_for(ws)
    found = read.told(read.waiting(ws, own), own)
    made = export_response(request, found, COLUMNS, f"echanges-a-accorder-{slug}")
    if made is not None:
        return made
    groups = [
        (_("Les deux versions diffèrent"), [one for one in found if one.exchange.state == rules.DIFFERS]),
        (_("L'autre organisation attend votre réponse"), _one_sided(found, mine=True)),
        (_("Contestés"), [one for one in found if one.exchange.state == rules.REFUSED]),
        (_("Vous attendez la réponse de l'autre"), _one_sided(found, mine=False)),
    ]
    context = {
        "groups": [
            (title, [(one, [words.difference(each) for each in one.differences]) for one in rows])
            for title, rows in groups
            if rows
        ],
        "mine": who.mine(ws, who.members(ws.pole)),
    }
    return show(request, ws, "trade/differences.html", context)


def _one_sided(found: Sequence[Told], *, mine: bool) -> list[Told]:
    rows = [one for one in found if one.exchange.state == rules.WAITING]
    return [one for one in rows if one.to_answer is mine]


@require_http_methods(["GET", "HEAD", "POST"])
def declare(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Write an exchange in the name of an organisation of mine, or take what the workspace knows already."""
    ws = enter(request, slug)
    members = who.members(ws.pole)
    mine, today = who.mine(ws, members), members.at(ws.today)
    found = known.suggestions(ws, members)
    if request.method == "POST" and request.POST.get("faire") == "take":
        return _take(request, ws, found)
    form = DeclareForm(mine, today, request.POST or None, initial=_initial(request, ws, mine))
    if request.method == "POST" and form.is_valid():
        try:
            made = _declared(ws, form)
            messages.success(request, _said(made))
            return redirect("espace_trade_exchange", slug=slug, pk=made.pk)
        except DomainError as error:
            refuse(form, error)
    context = {
        "form": form,
        "mine": mine,
        "known": [(one, *_named(one, members)) for one in found],
    }
    return show(request, ws, "trade/declare.html", context, status=422 if form.errors else 200)


def _named(one: known.Suggestion, members: who.Members) -> tuple[str, str]:
    return members.actors[one.seller].name, members.actors[one.buyer].name


def _declared(ws: Workspace, form: DeclareForm) -> Exchange:
    typed = form.cleaned_data
    me, other = UUID(typed["actor"]), UUID(typed["other"])
    who.require(ws, me, verb="trade.declare")
    seller, buyer = (me, other) if typed["side"] == rules.SELLER else (other, me)
    draft = Draft(side=typed["side"], seller=seller, buyer=buyer, told=form.told, label=typed["label"])
    return actions.declare(ws.pole, draft, by=ws.user, today=ws.today)


def _said(made: Exchange) -> str:
    if made.state == rules.AGREED:
        return _("L'autre organisation dit la même chose : l'échange est convenu.")
    if made.state == rules.DIFFERS:
        return _("L'autre organisation a écrit cet échange autrement : voyez ce qui diffère.")
    return _("C'est écrit. L'autre organisation est prévenue et peut répondre.")


def _take(request: HttpRequest, ws: Workspace, found: Sequence[known.Suggestion]) -> HttpResponseBase:
    origin = request.POST.get("about", "")
    one = next((each for each in found if each.origin == origin), None)
    if one is None:
        raise NotFoundError("unknown_origin", _("Cet échange n'est plus à reprendre : rouvrez la page."))
    side = one.side_of(ws.standing.speaks_for)
    who.require(ws, one.seller if side == rules.SELLER else one.buyer, verb="trade.declare")
    draft = Draft(
        side=side,
        seller=one.seller,
        buyer=one.buyer,
        told=one.told,
        label=one.label,
        how="known",
        origin=origin,
    )
    try:
        made = actions.declare(ws.pole, draft, by=ws.user, today=ws.today)
        messages.success(request, _said(made))
    except DomainError as error:
        messages.error(request, str(error.message))
    return redirect("espace_trade_declare", ws.slug)


def _initial(request: HttpRequest, ws: Workspace, mine: Sequence[Actor]) -> dict[str, Any]:
    """Fill the form from an offer of the catalogue (``?offre=``) or from another member (``?avec=``)."""
    first = {"actor": str(mine[0].pk)} if mine else {}
    try:
        wanted = UUID(request.GET.get("offre", ""))
    except ValueError:
        return {**first, "other": request.GET.get("avec", "")[:40]}
    found = known.offer(ws.pole, wanted, ws.standing.speaks_for)
    if found is None:
        return first
    price = next((one for one in found.prices.all() if one.who == "member" and one.valid_to is None), None)
    values = {"side": "buyer", "other": str(found.actor_id), "label": found.title, "why": "catalogue"}
    return {**first, **values, **({"cents": price.cents} if price else {})}
