"""Pages of verdicts: every grid in one glance, one grid criterion by criterion, the same on paper.

On screen a verdict is an « appréciation », and what somebody thinks of a criterion an « avis ». Strangers are
told what is public; those who keep the sheet, what they know too.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from terreau.common.errors import NotFoundError
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.design.pdf import Document, Sources, pdf_response
from terreau.poles.perms import can_edit, can_qualify
from terreau.sheets import verdicts
from terreau.sheets.facts import language
from terreau.sheets.verdict_criteria import CriterionSheet
from terreau.sheets.verdicts import VerdictSheet
from terreau.web import documents, verdict_document
from terreau.web.pole_history import day_asked
from terreau.web.pole_pages import viewer_of

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, str, P], HttpResponseBase]

GRIDS: list[Column] = [
    Column(gettext_lazy("Grille"), lambda one: one.title),
    Column(gettext_lazy("Code"), lambda one: one.grid.code),
    Column(gettext_lazy("Version"), lambda one: one.version),
    Column(gettext_lazy("Nature"), lambda one: one.nature_label),
    Column(gettext_lazy("Appréciation"), lambda one: one.shown.word),
    Column(gettext_lazy("En une phrase"), lambda one: one.sentence),
]
CRITERIA: list[Column] = [
    Column(gettext_lazy("Critère"), lambda one: one.title),
    Column(gettext_lazy("Code"), lambda one: one.code),
    Column(gettext_lazy("Sorte de critère"), lambda one: one.kind_label),
    Column(gettext_lazy("Réponse"), lambda one: one.shown.word),
    Column(
        gettext_lazy("Faits utilisés"), lambda one: [f"{used.label} : {used.display}" for used in one.facts]
    ),
    Column(gettext_lazy("Faits qui manquent"), lambda one: [lacking.label for lacking in one.missing]),
    Column(gettext_lazy("Raisons"), lambda one: [reason.text for reason in one.reasons]),
    Column(gettext_lazy("Ce qui le changerait"), lambda one: [change.text for change in one.changes]),
    Column(gettext_lazy("Jugement d'une personne"), lambda one: one.judged.label if one.judged else ""),
    Column(gettext_lazy("Exclusion levée"), lambda one: one.lifted is not None, "boolean"),
    Column(gettext_lazy("Document"), lambda one: one.source.document),
    Column(gettext_lazy("Endroit du document"), lambda one: one.source.section),
]


def moved(name: str) -> Callable[[View[P]], View[P]]:
    """Lead from the old address of a pole to that of today, for the page ``name``."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def shown(request: HttpRequest, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            try:
                return view(request, slug, *args, **kwargs)
            except NotFoundError as error:
                if winner := error.facts.get("slug"):
                    return redirect(name, *args, slug=winner, **kwargs, permanent=True)
                raise

        return shown  # type: ignore[return-value]

    return decorate


@require_safe
@moved("verdicts")
def glance(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Every grid of poles for one pole, and the two definitions side by side."""
    on = day_asked(request.GET.get("le", ""), "le")
    found = verdicts.glance(slug, viewer_of(request), on=on)
    exported = export_response(request, found.grids, GRIDS, f"appreciations-{slug}", title=found.name)
    if exported is not None:
        return exported
    context = {
        "slug": slug,
        "pole_url": reverse("pole", args=[slug]),
        "name": found.name,
        "fictional": found.pole.fictional,
        "public": found.pole.actor.subject.public,
        "grids": found.grids,
        "sides": found.sides,
        "on": found.on,
        "today": timezone.localdate(),
        "when_query": f"?{urlencode({'le': on.isoformat()})}" if on else "",
    }
    return render(request, "web/verdict/glance.html", context)


@require_safe
@moved("verdict")
def verdict(request: HttpRequest, slug: str, grid: str) -> HttpResponseBase:
    """One grid for one pole, criterion by criterion."""
    viewer = viewer_of(request)
    sheet = sheet_of(request, slug, grid)
    title = f"{sheet.name} · {sheet.title}"
    exported = export_response(request, sheet.criteria, CRITERIA, f"{grid}-{slug}", title=title)
    if exported is not None:
        return exported
    today = timezone.localdate()
    edits = viewer is not None and bool(can_edit(viewer, sheet.of, on=today))
    asked = request.GET.urlencode()
    context = {
        "sheet": sheet,
        "today": today,
        "public": sheet.of.actor.subject.public,
        "judging": edits and not asked.count("le="),
        "may_lift": edits and bool(can_qualify(viewer, sheet.of, on=today)),
        **_ways(sheet, request),
        "fill_url": reverse("pole_edit" if edits else "pole_propose", args=[slug]),
        "fill_label": _("Compléter la fiche") if edits else _("Proposer ces informations"),
    }
    return render(request, "web/verdict/verdict.html", context)


def sheet_of(request: HttpRequest, slug: str, grid: str) -> VerdictSheet:
    """Return the verdict that the address asks for, as the viewer may see it."""
    on = day_asked(request.GET.get("le", ""), "le")
    version = request.GET.get("version", "")[:40] or None
    return verdicts.pole_verdict(slug, grid, viewer_of(request), version=version, on=on)


def _ways(sheet: VerdictSheet, request: HttpRequest) -> dict[str, str]:
    """Return the addresses of the same verdict elsewhere: PDF, JSON, the grid itself."""
    asked = {name: request.GET[name] for name in ("version", "le") if request.GET.get(name)}
    query = f"?{urlencode(asked)}" if asked else ""
    asked_of_api = {"on" if name == "le" else name: value for name, value in asked.items()}
    api = f"/api/v1/poles/{sheet.slug}/verdicts/{sheet.grid.code}"
    return {
        "pole_url": reverse("pole", args=[sheet.slug]),
        "verdicts_url": reverse("verdicts", args=[sheet.slug]),
        "pdf_url": reverse("verdict_pdf", args=[sheet.slug, sheet.grid.code]) + query,
        "json_url": api + (f"?{urlencode(asked_of_api)}" if asked_of_api else ""),
        "grid_url": grid_address(sheet.grid.code),
    }


def grid_address(code: str) -> str:
    """Return the address of the page of a grid."""
    return reverse("grid", args=[code])


@require_safe
@moved("verdict_pdf")
def pdf(request: HttpRequest, slug: str, grid: str) -> HttpResponse:
    """The same verdict as a tagged PDF."""
    sheet = sheet_of(request, slug, grid)
    sources = Sources()
    here = documents.address(request, reverse("verdict", args=[slug, grid]))
    document = Document(
        title=f"{sheet.name} · {sheet.title}",
        lang=language(),
        kind=_("Appréciation au %(day)s · version %(version)s")
        % {"day": date_format(sheet.on, "j F Y"), "version": sheet.version},
        lede=sheet.summary,
        blocks=verdict_document.blocks(sheet, sources),
        sources=sources,
        footer=documents.footer(here),
        licence=documents.licence(),
    )
    return pdf_response(document, f"{grid}-{slug}")


def criterion_of(sheet: VerdictSheet, code: str) -> CriterionSheet:
    """Return a criterion of a verdict; 404 for another code."""
    for one in sheet.criteria:
        if one.code == code:
            return one
    message = _("Ce critère n'est pas de cette grille.")
    raise NotFoundError("unknown_criterion", message, facts={"criterion": code[:60]})
