"""Voluntary contributions of a pole: the statement 86 and 87, each gift, the rates, what has no price."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from terreau.bookkeeping import chart, gift_document, gifts, said
from terreau.bookkeeping.forms_gifts import GiftForm, RateForm
from terreau.bookkeeping.models import Contribution, Rate
from terreau.bookkeeping.pages import asked_year, last_first, span, years_of
from terreau.common.errors import DomainError, NotFoundError
from terreau.common.money import Euro
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.design.pdf import pdf_response
from terreau.flows import rules as ledger
from terreau.flows.models import Flow
from terreau.poles.models import Stage
from terreau.poles.workspace import Workspace, enter, refused, require_run, show

_WAITING = 20


@require_safe
def index(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What was given in a year: both sides, by organisation, by stage, and what waits for somebody to say."""
    ws = enter(request, slug)
    year = asked_year(request, ws.today.year)
    found = gifts.read(ws.pole, *span(year))
    names = gifts.names_of(found)
    rows = gift_document.rows(found, names)
    if sent := export_response(request, rows, _COLUMNS, f"contributions-{year}"):
        return sent
    stages = dict(Stage.choices)
    context = {
        "year": year,
        "years": years_of(ws, year),
        "found": found,
        "made": found.statement,
        "sides": gift_document.sides(found),
        "by_giver": sorted(
            ((names.get(giver, ""), giver, whats) for giver, whats in found.statement.by_giver.items()),
            key=lambda one: one[0].casefold(),
        ),
        "by_phase": [
            (stages.get(stage, _("stade inconnu")), whats)
            for stage, whats in found.statement.by_phase.items()
        ],
        "by_function": _by_function(found),
        "waiting": _waiting(found, names),
        "more_waiting": max(0, len(found.waiting) - _WAITING),
        "rates": gifts.rates_on(ws.pole, min(ws.today, span(year)[1])),
    }
    return show(request, ws, "bookkeeping/gifts.html", context)


def _by_function(found: gifts.Year) -> list[tuple[Any, Any]]:
    labels = dict(gifts.FUNCTIONS.choices)
    rows = found.statement.by_function
    return [(labels[code], rows[code]) for code in labels if code in rows]


def _waiting(found: gifts.Year, names: dict[Any, str]) -> list[dict[str, Any]]:
    return [
        {
            "gift": gift,
            "name": names.get(gift.giver, ""),
            "why": gifts.said_doubt(found.doubts[gift.pk]),
            "quantity": said.quantity(gift.thousandths, gift.unit) if gift.thousandths else "",
        }
        for gift in found.waiting[:_WAITING]
    ]


_COLUMNS: list[Column] = [
    Column(gettext_lazy("Organisation"), lambda one: one.name),
    Column(gettext_lazy("Nature du don"), lambda one: str(said.WHATS[one.what])),
    Column(gettext_lazy("Compte d'emploi"), lambda one: one.use),
    Column(gettext_lazy("Compte de ressource"), lambda one: one.resource),
    Column(gettext_lazy("Nombre de lignes"), lambda one: one.sum.lines, "integer"),
    Column(gettext_lazy("Quantités"), lambda one: said.quantities(one.sum.quantities)),
    Column(gettext_lazy("Valeur en euros"), lambda one: Euro(one.sum.cents), "number"),
    Column(gettext_lazy("Lignes sans valeur"), lambda one: one.sum.unvalued, "integer"),
]


@require_safe
def document(request: HttpRequest, slug: str) -> HttpResponse:
    """The statement of a year as a PDF that screen readers read."""
    ws = enter(request, slug)
    year = asked_year(request, ws.today.year)
    found = gifts.read(ws.pole, *span(year))
    made = gift_document.document(ws.pole, year, found, gifts.names_of(found))
    return pdf_response(made, f"contributions-{ws.slug}-{year}")


@require_safe
def every(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Each gift of a year, the last first; exported."""
    ws = enter(request, slug)
    year = asked_year(request, ws.today.year)
    rows = gifts.lines(ws.pole, gifts.own(ws.pole), *span(year)).select_related(
        "giver", "contribution__rate", "reverses", "reversed_by"
    )
    chosen = request.GET.get("quoi", "")
    if chosen == "sans-valeur":
        rows = rows.filter(cents=None, contribution__value=None, reverses=None, reversed_by=None)
    elif chosen == "sans-role":
        rows = rows.filter(nature=ledger.TIME, reverses=None, reversed_by=None).exclude(
            contribution__role__gt=""
        )
    sent = export_response(request, rows.order_by("-rank").iterator(1000), _LINES, f"dons-{year}")
    if sent:
        return sent
    page = last_first(rows, request.GET.get("cursor"))
    context = {"year": year, "years": years_of(ws, year), "page": page, "chosen": chosen}
    context["rows"] = [(flow, _value(flow), _role(flow), hasattr(flow, "reversed_by")) for flow in page.rows]
    return show(request, ws, "bookkeeping/gift_lines.html", context)


def _said(flow: Flow) -> Contribution | None:
    found: Contribution | None = getattr(flow, "contribution", None)
    return found


def _value(flow: Flow) -> Euro | None:
    known = _said(flow)
    cents = flow.cents if flow.cents is not None or known is None else known.value
    return None if cents is None else Euro(cents)


def _role(flow: Flow) -> str:
    known = _said(flow)
    return str(known.get_role_display()) if known else ""


def _elsewhere(flow: Flow) -> bool | None:
    known = _said(flow)
    return known.elsewhere if known else None


_LINES: list[Column] = [
    Column(gettext_lazy("Numéro"), lambda one: one.rank, "integer"),
    Column(gettext_lazy("Jour"), lambda one: one.on, "date"),
    Column(gettext_lazy("Qui donne"), lambda one: one.giver.name),
    Column(gettext_lazy("Nature"), lambda one: one.get_nature_display()),
    Column(gettext_lazy("Libellé"), lambda one: one.label),
    Column(gettext_lazy("Quantité"), lambda one: one.quantity, "number"),
    Column(gettext_lazy("Unité"), lambda one: str(said.UNITS.get(one.unit, ""))),
    Column(gettext_lazy("Rôle"), _role),
    Column(gettext_lazy("Valeur en euros"), _value, "number"),
    Column(gettext_lazy("Déjà payé ailleurs"), _elsewhere, "boolean"),
    Column(gettext_lazy("Motif de la correction"), lambda one: one.reason),
]


@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, slug: str, rank: int) -> HttpResponse:
    """A gift: what is said of it, what the rule found; POST says it."""
    ws = enter(request, slug)
    rows = gifts.lines(ws.pole, gifts.own(ws.pole), None, None).filter(rank=rank, reverses=None)
    flow = rows.select_related("giver", "receiver", "contribution__rate", "contribution__by").first()
    if flow is None:
        raise NotFoundError("no_gift", _("Cette ligne n'est pas un don au pôle."))
    known = _said(flow)
    rates = gifts.rates_on(ws.pole, flow.on, nature=flow.nature, unit=flow.unit)
    form = GiftForm(
        [] if flow.cents is not None else rates,
        request.POST or None,
        decides=ws.runs,
        time=flow.nature == ledger.TIME,
        initial=_initial(known),
    )
    if request.method == "POST" and form.is_valid():
        try:
            gifts.say(ws, flow, _words(form, known), seen=form.cleaned_data["seen"])
        except DomainError as error:
            if error.status in {403, 404}:
                raise
            refused(form, error)
        else:
            messages.success(request, _("C'est dit pour la ligne %(rank)d.") % {"rank": rank})
            return redirect("espace_contributions", slug)
    doubt = gifts.read(ws.pole, flow.on, flow.on).doubts.get(flow.pk)
    context = {
        "flow": flow,
        "known": known,
        "value": _value(flow),
        "quantity": said.quantity(flow.thousandths, flow.unit) if flow.thousandths else "",
        "form": form,
        "writes": ws.may_speak_for(flow.giver_id),
        "doubt": gifts.said_doubt(doubt) if doubt else "",
    }
    return show(request, ws, "bookkeeping/gift.html", context, status=422 if form.errors else 200)


def _initial(known: Contribution | None) -> dict[str, Any]:
    if known is None:
        return {"seen": 0}
    answer = {True: "oui", False: "non", None: ""}[known.elsewhere]
    return {
        "role": known.role,
        "function": known.function,
        "rate": known.rate_id.hex if known.rate_id else "",
        "elsewhere": answer,
        "elsewhere_why": known.elsewhere_why,
        "seen": known.version,
    }


def _words(form: GiftForm, known: Contribution | None) -> gifts.Words:
    typed = form.cleaned_data
    decided = "elsewhere" in form.fields
    kept = (known.elsewhere, known.elsewhere_why) if known else (None, "")
    answer = {"oui": True, "non": False}.get(typed.get("elsewhere", ""))
    rate = form.rates.get(typed["rate"]) if "rate" in form.fields else (known.rate if known else None)
    return gifts.Words(
        role=typed.get("role", ""),
        function=typed["function"],
        person=known.person if known else None,
        rate=rate,
        elsewhere=answer if decided else kept[0],
        elsewhere_why=(typed["elsewhere_why"] if answer is not None else "") if decided else kept[1],
    )


@require_http_methods(["GET", "HEAD", "POST"])
def rates(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The rates of the pole, each followed by the next; POST adds one, for those who animate it."""
    ws = enter(request, slug, run=request.method == "POST", verb="rate.add")
    rows = list(
        Rate.objects.filter(pole=ws.pole).select_related("by").order_by("nature", "what", "unit", "-since")
    )
    if sent := export_response(request, rows, _RATES, "taux"):
        return sent
    form = RateForm(request.POST or None, initial=_first_rate(request, ws.today))
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        nature, _mark, unit = typed["kind"].partition(":")
        try:
            gifts.add_rate(
                ws,
                what=typed["what"],
                nature=nature,
                unit=unit,
                method=typed["method"],
                cents=typed["amount"],
                since=typed["since"],
                until=typed["until"],
                source=typed["source"],
            )
        except DomainError as error:
            if error.status in {403, 404}:
                raise
            refused(form, error, {"unit": "kind"})
        else:
            messages.success(request, _("Le taux « %(what)s » est écrit.") % {"what": typed["what"]})
            return redirect("espace_rates", slug)
    context = {
        "rows": rows,
        "form": form,
        "now": {one.pk for one in gifts.rates_on(ws.pole, ws.today)},
        "wage": chart.minimum_wage(ws.today),
        "year": ws.today.year,
    }
    return show(request, ws, "bookkeeping/rates.html", context, status=422 if form.errors else 200)


def _first_rate(request: HttpRequest, today: date) -> dict[str, Any]:
    found: dict[str, Any] = {"since": today.replace(month=1, day=1), "kind": "time:hours"}
    wage = chart.minimum_wage(today)
    if request.GET.get("modele") == "smic" and wage:
        found |= {
            "what": _("Heure de bénévolat"),
            "amount": f"{wage.cents // 100},{wage.cents % 100:02d}",
            "method": "minimum_wage",
            "since": max(wage.since, found["since"]),
            "source": _("%(source)s : salaire minimum horaire brut, sans charges (à vérifier)")
            % {"source": wage.source},
        }
    return found


_RATES: list[Column] = [
    Column(gettext_lazy("Ce qui est valorisé"), lambda one: one.what),
    Column(gettext_lazy("Unité"), lambda one: str(said.UNITS[one.unit])),
    Column(gettext_lazy("Montant par unité, en euros"), lambda one: one.euro, "number"),
    Column(gettext_lazy("Méthode de valorisation"), lambda one: one.get_method_display()),
    Column(gettext_lazy("À compter du"), lambda one: one.since, "date"),
    Column(gettext_lazy("Jusqu'au"), lambda one: one.until, "date"),
    Column(gettext_lazy("D'où vient ce montant"), lambda one: one.source),
]


@require_POST
def value(request: HttpRequest, slug: str) -> HttpResponse:
    """Value by a rate every gift of a year that has no value and that it fits."""
    ws = enter(request, slug)
    require_run(ws, verb="gift.value")
    year = asked_year(request, ws.today.year)
    rates_now = {one.pk.hex: one for one in Rate.objects.filter(pole=ws.pole)}
    rate = rates_now.get(request.POST.get("rate", "").replace("-", ""))
    if rate is None:
        raise NotFoundError("unknown_rate", _("Ce taux n'existe pas dans ce pôle."))
    count = gifts.value_all(ws, rate, *span(year))
    words = ngettext(
        "%(count)d ligne a reçu une valeur par ce taux.",
        "%(count)d lignes ont reçu une valeur par ce taux.",
        count,
    )
    if count:
        messages.success(request, words % {"count": count})
    else:
        messages.info(request, _("Aucune ligne sans valeur ne va avec ce taux, à ces dates."))
    answer = redirect("espace_contributions", slug)
    answer["Location"] += f"?annee={year}"
    return answer


@require_safe
def unpriced(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Skills and business passed from one member to another, without a price (R-110)."""
    ws = enter(request, slug)
    year = asked_year(request, ws.today.year)
    first, last = span(year)
    rows = Flow.objects.filter(book=ws.pole.pk, on__range=(first, last)).filter(
        nature__in=(ledger.SKILL, ledger.OPPORTUNITY)
    )
    rows = rows.select_related("giver", "receiver", "reverses", "reversed_by")
    if sent := export_response(request, rows.order_by("-rank").iterator(1000), _UNPRICED, f"echanges-{year}"):
        return sent
    page = last_first(rows, request.GET.get("cursor"))
    context = {"year": year, "years": years_of(ws, year), "page": page, **_counts(ws, first, last)}
    return show(request, ws, "bookkeeping/unpriced.html", context)


def _counts(ws: Workspace, first: date, last: date) -> dict[str, int]:
    rows = Flow.objects.filter(book=ws.pole.pk, on__range=(first, last), reverses=None, reversed_by=None)
    natures = list(
        rows.values_list("nature", flat=True).filter(nature__in=(ledger.SKILL, ledger.OPPORTUNITY))
    )
    return {"skills": natures.count(ledger.SKILL), "passed": natures.count(ledger.OPPORTUNITY)}


_UNPRICED: list[Column] = [
    Column(gettext_lazy("Numéro"), lambda one: one.rank, "integer"),
    Column(gettext_lazy("Jour"), lambda one: one.on, "date"),
    Column(gettext_lazy("Nature"), lambda one: one.get_nature_display()),
    Column(gettext_lazy("Qui donne"), lambda one: one.giver.name),
    Column(gettext_lazy("Qui reçoit"), lambda one: one.receiver.name),
    Column(gettext_lazy("Libellé"), lambda one: one.label),
    Column(gettext_lazy("Quantité"), lambda one: one.quantity, "number"),
    Column(gettext_lazy("Unité"), lambda one: str(said.UNITS.get(one.unit, ""))),
    Column(gettext_lazy("Valeur en euros"), lambda one: one.euro, "number"),
    Column(
        gettext_lazy("Corrige le numéro"), lambda one: one.reverses.rank if one.reverses else None, "integer"
    ),
]
