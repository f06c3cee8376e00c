"""The economy of a pole told to each of its people: my statement, the printed accounts, what is published."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from terreau.common.errors import DomainError, NotFoundError
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.design.pdf import pdf_response
from terreau.flows.models import Flow
from terreau.forecast import actions, publishing
from terreau.forecast.models import Shown
from terreau.forecast.read import Forecast
from terreau.forecast.views_fundings import euros
from terreau.poles.book import Party, actor, not_for, parties
from terreau.poles.workspace import Workspace, enter, show
from terreau.sheets import accounts as accounts_sheet
from terreau.sheets.member_economy import statement
from terreau.web.accounts_document import document
from terreau.web.documents import address

_SHOWN_LINES = 12
_COLUMNS = (
    Column(gettext_lazy("Sens de l'apport"), lambda one: _side(one[0].side)),
    Column(gettext_lazy("Rubrique du bilan"), lambda one: str(one[0].title)),
    Column(gettext_lazy("Jour"), lambda one: one[1].on, "date"),
    Column(gettext_lazy("Libellé de la ligne"), lambda one: one[1].label),
    Column(gettext_lazy("Avec qui"), lambda one: one[1].other),
    Column(gettext_lazy("Valeur en euros"), lambda one: euros(one[1].cents), "number"),
    Column(gettext_lazy("Quantité en millièmes"), lambda one: one[1].thousandths, "integer"),
    Column(gettext_lazy("Unité"), lambda one: one[1].unit),
)


def _side(code: str) -> str:
    return _("ce que le pôle m'apporte") if code == "gets" else _("ce que j'apporte")


@require_safe
def mine(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What the pole brings to a member and what the member brings; each member reads its own alone."""
    ws = enter(request, slug)
    mine_, others = _choices(ws)
    if not mine_ and not others:
        return show(request, ws, "web/espace/my_economy.html", {"nobody": True})
    chosen = _chosen(request, mine_, others)
    year = _year(request, ws)
    first, last = date(year, 1, 1), date(year, 12, 31)
    unseen = not_for(ws)
    found = statement(ws.pole, actor(chosen), first=first, last=last, on=ws.today, but=unseen)
    name = f"bilan-{ws.slug}-{year}"
    made = export_response(request, found.rows(), _COLUMNS, name, title=_("Bilan d'un membre"))
    if made is not None:
        return made
    context = {
        "nobody": False,
        "found": found,
        "year": year,
        "years": _years(ws, year),
        "choices": [*mine_, *others],
        "chosen": chosen,
        "sides": (
            ("gets", _("Ce que le pôle apporte"), found.gets),
            ("brings", _("Ce que %(name)s apporte") % {"name": found.actor.name}, found.brings),
        ),
        "activity": found.part("activity"),
        "hours": found.part("time_given"),
        "fees": found.part("fees"),
        "shown": _SHOWN_LINES,
    }
    return show(request, ws, "web/espace/my_economy.html", context)


def _choices(ws: Workspace) -> tuple[list[Party], list[Party]]:
    """Return the members in whose name the person reads: their own, then all of them for who animates."""
    members = [one for one in parties(ws.pole, on=ws.today) if one.pk != ws.pole.pk]
    own = [one for one in members if one.pk in ws.standing.speaks_for]
    return own, [one for one in members if one not in own] if ws.runs else []


def _chosen(request: HttpRequest, own: list[Party], others: list[Party]) -> UUID:
    asked = request.GET.get("pour", "")
    known = {str(one.pk): one.pk for one in [*own, *others]}
    if not asked:
        return next(iter(known.values()))
    if asked not in known:
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou n'est pas pour vous."))
    return known[asked]


def _year(request: HttpRequest, ws: Workspace) -> int:
    asked = request.GET.get("annee", "")
    if not asked:
        return ws.today.year
    if not (asked.isascii() and asked.isdecimal() and len(asked) == 4 and int(asked) >= 1900):
        raise DomainError("not_a_year", _("Une année s'écrit en quatre chiffres : 2026."))
    return int(asked)


def _years(ws: Workspace, year: int) -> list[int]:
    first = Flow.objects.filter(book=ws.pole.pk).order_by("on").values_list("on", flat=True).first()
    begin = min(first.year if first else ws.today.year, year)
    return list(range(max(ws.today.year, year), begin - 1, -1))


@require_safe
def accounts_pdf(request: HttpRequest, slug: str) -> HttpResponse:
    """The accounts of a year, as a document that screen readers can read."""
    ws = enter(request, slug)
    year = _year(request, ws)
    found = accounts_sheet.accounts(ws.pole, year)
    made = document(
        found,
        Forecast(ws.pole, on=ws.today),
        kind=_("Comptes du pôle, pour ses membres"),
        footer=_("Établi le %(day)s") % {"day": date_format(ws.today)},
        licence=_("Document du pôle, pour les personnes de ses organisations."),
    )
    return pdf_response(made, f"comptes-{ws.slug}-{year}")


@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Choose, item by item, what everybody reads of the economy of the pole; nothing at first."""
    ws = enter(request, slug, run=True, verb="economy.publish")
    held = {row.code for row in Shown.objects.filter(pole=ws.pole, shown=True)}
    years = [year for year in _years(ws, ws.today.year - 1) if year < ws.today.year]
    error, chosen, year = "", held, years[0]
    if request.method == "POST":
        chosen = {code for code in request.POST.getlist("element") if code in publishing.ITEMS}
        typed = request.POST.get("annee", "")
        year = int(typed) if typed.isdecimal() and int(typed) in years else years[0]
        try:
            waiting = publishing.publish(ws.pole, year, chosen, by=ws.user)
            actions.show(ws.pole, chosen, known=tuple(publishing.ITEMS), by=ws.user)
        except DomainError as refused:
            error = str(refused.message)
        else:
            messages.success(request, _("C'est enregistré : voyez ce que tout le monde lit."))
            for label in waiting:
                words = _("« %(item)s » attend : trop peu a changé depuis la dernière publication.")
                messages.info(request, words % {"item": label})
            return redirect("pole_economy", slug=slug)
    context = {
        "items": [(code, item, code in chosen) for code, item in publishing.ITEMS.items()],
        "years": years,
        "year": year,
        "error": error,
        "public_address": address(request, f"/poles/{slug}/economie/"),
    }
    return show(request, ws, "web/espace/economy_publish.html", context, status=422 if error else 200)
