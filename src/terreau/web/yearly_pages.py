"""The yearly report of a pole: its words beside its figures, published, frozen, read by everybody."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from terreau.common.errors import DomainError, NotFoundError, StaleWriteError
from terreau.design.pdf import pdf_response
from terreau.indicators import reports, rounds
from terreau.indicators.models import Edition, Round, Words
from terreau.poles.models import Pole
from terreau.poles.workspace import Workspace, enter, show
from terreau.sheets import yearly
from terreau.sheets.facts import language
from terreau.sheets.poles import seen
from terreau.web.documents import address, licence
from terreau.web.pole_pages import viewer_of
from terreau.web.yearly_document import document

#: Years proposed in the list of reports, this one included.
_SHOWN = 6


@require_safe
def index(request: HttpRequest, slug: str) -> HttpResponse:
    """The years, and where the report of each stands."""
    ws = enter(request, slug)
    editions: dict[int, Edition] = {}
    for one in Edition.objects.filter(pole=ws.pole).order_by("number"):
        editions[one.year] = one
    begun = set(Words.objects.filter(pole=ws.pole).exclude(text="").values_list("year", flat=True))
    closed = set(Round.objects.filter(pole=ws.pole, closed_at__isnull=False).values_list("year", flat=True))
    years = {*range(ws.today.year, ws.today.year - _SHOWN, -1), *editions, *begun}
    rows = [(year, editions.get(year), year in begun, year in closed) for year in sorted(years, reverse=True)]
    return show(request, ws, "web/reports.html", {"rows": rows, "last_year": ws.today.year - 1})


@require_safe
def one(request: HttpRequest, slug: str, year: int) -> HttpResponse:
    """The report as it stands: figures of today, words of the pole, editions published."""
    ws = enter(request, slug)
    _check_year(ws, year)
    words = {row.section: row for row in Words.objects.filter(pole=ws.pole, year=year).select_related("by")}
    data = yearly.report(ws.pole, year)
    drawn = {section["code"]: section for section in data["sections"]}
    parts = [
        (code, str(label), words.get(code), drawn.get(code, {"figures": [], "things": []}))
        for code, label in Words.Section.choices
    ]
    context = {
        "data": data,
        "year": year,
        "parts": parts,
        "editions": list(Edition.objects.filter(pole=ws.pole, year=year).order_by("-number")),
        "closed": Round.objects.filter(pole=ws.pole, year=year, closed_at__isnull=False).exists(),
    }
    return show(request, ws, "web/report_year.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, slug: str, year: int, section: str) -> HttpResponseBase:
    """Write one part; a page open elsewhere is never overwritten, and a script saves while one types."""
    ws = enter(request, slug, run=True, verb="report.write")
    _check_year(ws, year)
    if section not in Words.Section.values:
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou n'est pas pour vous."))
    held = Words.objects.filter(pole=ws.pole, year=year, section=section).first()
    text, error, status = (held.text if held else ""), "", 200
    base = text
    if request.method == "POST":
        base, text = request.POST.get("vu", ""), request.POST.get("texte", "")
        try:
            held = reports.write(ws.pole, year, section, base=base, text=text, by=ws.user)
        except DomainError as refused:
            error, status = str(refused.message), refused.status
            if isinstance(refused, StaleWriteError):
                held = Words.objects.get(pole=ws.pole, year=year, section=section)
                base = held.text
        if request.headers.get("Accept") == "application/json":
            told = {
                "saved": not error,
                "message": error or _("Enregistré."),
                "text": held.text if held else "",
            }
            return JsonResponse(told, status=status)
        if not error:
            return redirect(reverse("espace_report", args=[slug, year]) + f"#{section}")
    context = {
        "year": year,
        "section": section,
        "label": str(Words.Section(section).label),
        "text": text,
        "base": base,
        "error": error,
        "theirs": base if status == 409 else "",
        "most": reports.MOST,
    }
    return show(request, ws, "web/report_words.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: HttpRequest, slug: str, year: int) -> HttpResponseBase:
    """Choose the figures to publish, read what everybody will read, publish."""
    ws = enter(request, slug, run=True, verb="report.publish")
    _check_year(ws, year)
    made_of = yearly.material(ws.pole, year)
    counted = [one for one in made_of.figures if one]
    codes = [one.said.code for one in counted]
    kept = request.POST.getlist("chiffre") if request.method == "POST" else codes
    leave_out = [code for code in codes if code not in kept]
    error, why = "", request.POST.get("pourquoi", "")
    if request.method == "POST" and "publier" in request.POST:
        try:
            made = reports.publish(
                ws.pole, year, yearly.frozen(ws.pole, year, leave_out=leave_out), by=ws.user, why=why
            )
        except DomainError as refused:
            error = str(refused.message)
        else:
            messages.success(request, _("La version %(number)s est publiée.") % {"number": made.number})
            return redirect("espace_report", slug, year)
    context = {
        "year": year,
        "figures": [(one, one.said.code in kept) for one in counted],
        "data": yearly.report_of(ws.pole, year, made_of, leave_out=leave_out),
        "latest": Edition.objects.filter(pole=ws.pole, year=year).order_by("-number").first(),
        "error": error,
        "why": why,
        "public_pole": ws.pole.actor.subject.public,
    }
    return show(request, ws, "web/report_publish.html", context, status=422 if error else 200)


@require_POST
def withdraw(request: HttpRequest, slug: str, year: int) -> HttpResponseBase:
    """Close the latest edition to the public, with why."""
    ws = enter(request, slug, run=True, verb="report.withdraw")
    latest = Edition.objects.filter(pole=ws.pole, year=year).order_by("-number").first()
    if latest is None:
        raise NotFoundError("not_found", _("Ce rapport n'est pas publié."))
    latest.pole = ws.pole
    try:
        reports.withdraw(latest, why=request.POST.get("pourquoi", ""), by=ws.user)
    except DomainError as refused:
        messages.error(request, str(refused.message))
    else:
        messages.success(request, _("Le rapport n'est plus montré à tout le monde."))
    return redirect("espace_report", slug, year)


@require_safe
def draft_pdf(request: HttpRequest, slug: str, year: int) -> HttpResponse:
    """The report as it stands, as a document that says it is a draft."""
    ws = enter(request, slug)
    _check_year(ws, year)
    footer = _("%(address)s, brouillon du %(day)s") % {
        "address": address(request, reverse("espace_report", args=[slug, year])),
        "day": date_format(timezone.localdate(), "j F Y"),
    }
    made = document(yearly.report(ws.pole, year), kind=_("brouillon"), footer=footer, licence="")
    return pdf_response(made, f"rapport-{slug}-{year}-brouillon")


@require_safe
def public(request: HttpRequest, slug: str, year: int) -> HttpResponse:
    """The report that the pole published, as it was published."""
    pole, edition, data = _published(request, slug, year)
    others = Edition.objects.filter(pole=pole, year=year, public=True).order_by("-number")
    years = Edition.objects.filter(pole=pole, public=True).values_list("year", flat=True).distinct()
    context = {
        "pole": pole,
        "year": year,
        "data": data,
        "edition": edition,
        "others": [one for one in others if one.pk != edition.pk],
        "years": sorted(set(years) - {year}, reverse=True),
    }
    return render(request, "web/report_public.html", context)


@require_safe
def public_pdf(request: HttpRequest, slug: str, year: int) -> HttpResponse:
    """The same as a document: the same edition gives the same bytes."""
    _pole, edition, data = _published(request, slug, year)
    footer = _("%(address)s, version %(number)s publiée le %(day)s") % {
        "address": address(request, reverse("pole_report", args=[slug, year])),
        "number": edition.number,
        "day": date_format(timezone.localdate(edition.published_at), "j F Y"),
    }
    at = int(edition.published_at.timestamp())
    made = document(data, kind=_("Rapport annuel"), footer=footer, licence=licence(), made=at)
    return pdf_response(made, f"rapport-{slug}-{year}-v{edition.number}")


def _published(request: HttpRequest, slug: str, year: int) -> tuple[Pole, Edition, dict[str, Any]]:
    """Return what everybody may read: the latest edition, or the one asked for, of a public pole."""
    pole = seen(slug, viewer_of(request))
    edition = reports.shown(pole, year)
    asked = request.GET.get("version", "")
    if edition is not None and asked:
        wanted = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 5 else 0
        edition = Edition.objects.filter(pole=pole, year=year, number=wanted, public=True).first()
    if edition is None:
        raise NotFoundError("no_report", _("Ce pôle n'a pas publié de rapport de cette année."))
    return pole, edition, edition.data[language()]


def _check_year(ws: Workspace, year: int) -> None:
    if not rounds.FIRST_YEAR <= year <= ws.today.year:
        raise NotFoundError("not_found", _("Le rapport d'une année s'écrit quand elle a commencé."))
