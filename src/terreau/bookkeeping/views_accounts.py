"""The accounts by nature of a pole, and the checks of its books."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from terreau.bookkeeping import accounts, chart, checks, said
from terreau.bookkeeping.pages import asked_year, last_first, span, years_of
from terreau.common.errors import DomainError, NotFoundError
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.flows import rules as ledger
from terreau.flows.actions import closed_to
from terreau.flows.models import Flow, Nature
from terreau.poles.workspace import enter, require_run, show

#: What the address says of lines without an account.
NONE = "aucun"


def heading(one: accounts.Balance) -> str:
    """Return the heading of a balance, in the language of the reader."""
    return one.heading.name(get_language() or "fr") if one.heading else str(_("aucun compte dit"))


COLUMNS: list[Column] = [
    Column(gettext_lazy("Numéro de compte"), lambda one: one.code),
    Column(gettext_lazy("Intitulé"), heading),
    Column(gettext_lazy("Nature"), lambda one: one.nature_label),
    Column(gettext_lazy("Nombre de lignes"), lambda one: one.lines, "integer"),
    Column(gettext_lazy("Entré, en euros"), lambda one: one.came_euro, "number"),
    Column(gettext_lazy("Sorti, en euros"), lambda one: one.went_euro, "number"),
    Column(gettext_lazy("Entré moins sorti, en euros"), lambda one: one.net, "number"),
    Column(gettext_lazy("Quantités"), lambda one: said.quantities(one.quantities)),
    Column(gettext_lazy("Source de l'intitulé"), lambda one: one.heading.source if one.heading else ""),
]


@require_safe
def index(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The balance of a year by account, money and gifts apart."""
    ws = enter(request, slug)
    year = asked_year(request, ws.today.year)
    rows = accounts.balances(ws.pole, *span(year))
    if sent := export_response(request, rows, COLUMNS, f"comptes-{year}"):
        return sent
    context = {"year": year, "years": years_of(ws, year), **tables(rows)}
    return show(request, ws, "bookkeeping/accounts.html", context)


def tables(rows: list[accounts.Balance]) -> dict[str, Any]:
    """Return the balances as a page shows them: money, gifts, what no account says."""
    cash = [one for one in rows if one.nature == ledger.CASH]
    return {
        "cash": cash,
        "kind": [one for one in rows if one.nature != ledger.CASH],
        "open_lines": sum(one.lines for one in cash if not one.code),
        "came": sum(one.came for one in cash),
        "went": sum(one.went for one in cash),
        "none": NONE,
    }


@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, slug: str, nature: str, code: str) -> HttpResponseBase:
    """The lines of an account in a year; POST says the account of those that are ticked."""
    ws = enter(request, slug)
    year = asked_year(request, ws.today.year)
    if nature not in Nature.values:
        raise NotFoundError("unknown_nature", _("Cette nature de flux n'existe pas."))
    held = "" if code == NONE else code
    if held and chart.plan().of(held) is None:
        raise NotFoundError("unknown_account", _("Ce compte n'est pas du plan."))
    rows = accounts.on_account(ws.pole, held, nature, *span(year))
    if request.method == "POST":
        require_run(ws, verb="account.say")
        error = _say(request, ws, rows)
        if error is None:
            answer = redirect("espace_book_account", slug, nature, code)
            answer["Location"] += f"?annee={year}"
            return answer
    else:
        error = None
    if sent := export_response(request, rows.iterator(1000), _LINES, f"compte-{code}-{year}"):
        return sent
    context = {
        "year": year,
        "years": years_of(ws, year),
        "code": held,
        "nature": nature,
        "nature_label": str(Nature(nature).label),
        "page": last_first(rows, request.GET.get("cursor")),
        "choices": _choices(),
        "error": error,
        "chosen": request.POST.get("account", ""),
        "ticked": request.POST.getlist("ligne"),
        "closed": closed_to(ws.pole.actor),
    }
    return show(request, ws, "bookkeeping/account.html", context, status=422 if error else 200)


def _say(request: HttpRequest, ws: Any, rows: Any) -> str | None:
    """Say the account of the lines that were ticked; return why not."""
    ids = [UUID(one) for one in request.POST.getlist("ligne") if _is_key(one)]
    flows = list(Flow.objects.filter(book=ws.pole.pk, pk__in=ids))
    if not flows:
        return str(_("Cochez au moins une ligne."))
    try:
        count = accounts.classify(ws, flows, request.POST.get("account", ""))
    except DomainError as error:
        if error.status in {403, 404}:
            raise
        return str(error.message)
    words = ngettext("%(count)d ligne a changé de compte.", "%(count)d lignes ont changé de compte.", count)
    messages.success(request, words % {"count": count})
    return None


def _is_key(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _choices() -> list[tuple[str, str]]:
    language = get_language() or "fr"
    found = chart.plan().accounts.values()
    return [
        (one.code, f"{one.code} · {one.name(language)}") for one in sorted(found, key=lambda one: one.code)
    ]


_LINES: list[Column] = [
    Column(gettext_lazy("Numéro"), lambda one: one.rank, "integer"),
    Column(gettext_lazy("Jour"), lambda one: one.on, "date"),
    Column(gettext_lazy("Libellé"), lambda one: one.label),
    Column(gettext_lazy("Qui donne"), lambda one: one.giver.name),
    Column(gettext_lazy("Qui reçoit"), lambda one: one.receiver.name),
    Column(gettext_lazy("Valeur en euros"), lambda one: one.euro, "number"),
    Column(gettext_lazy("Quantité"), lambda one: one.quantity, "number"),
    Column(gettext_lazy("Unité"), lambda one: str(said.UNITS.get(one.unit, ""))),
]


@require_safe
def check(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Every check of the books, done as the page is asked."""
    ws = enter(request, slug)
    found = checks.run(ws.pole, today=ws.today)
    if sent := export_response(request, _findings(found), FINDINGS, "verifications"):
        return sent
    return show(request, ws, "bookkeeping/check.html", {"found": found, "sound": checks.whole(found)})


def _findings(found: list[checks.Checked]) -> list[tuple[checks.Checked, checks.Finding | None]]:
    return [(one, finding) for one in found for finding in (one.findings or (None,))]


LEVELS = {
    "": gettext_lazy("rien à signaler"),
    checks.REMARK: gettext_lazy("à regarder"),
    checks.WRONG: gettext_lazy("à reprendre"),
}
FINDINGS: list[Column] = [
    Column(gettext_lazy("Vérification"), lambda row: row[0].title),
    Column(gettext_lazy("Constat"), lambda row: str(LEVELS[row[1].level if row[1] else ""])),
    Column(gettext_lazy("Ce qui a été trouvé"), lambda row: row[1].message if row[1] else ""),
    Column(gettext_lazy("Lignes du livre"), lambda row: ", ".join(map(str, row[1].ranks)) if row[1] else ""),
]
findings = _findings


def before_closing(pole: Any, today: date) -> list[checks.Checked]:
    """Return what was found wrong or to look at, for who is about to close a period."""
    return [one for one in checks.run(pole, today=today) if one.findings]
