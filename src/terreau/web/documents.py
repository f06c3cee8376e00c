"""Documents to print or to send: a pole, a territory, a choice of the directory, as tagged PDF."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from terreau.common.errors import DomainError, NotFoundError
from terreau.design.context import design
from terreau.design.numbers import grouped
from terreau.design.pdf import Block, Cell, Document, Paragraph, Row, Sources, Table, pdf_response
from terreau.poles import directory
from terreau.poles.directory import Filters, PoleRow
from terreau.sheets.facts import language
from terreau.sheets.poles import pole_sheet
from terreau.sheets.territories import territory_sheet
from terreau.web import drawing, pole_document, pole_pages, territory_document
from terreau.web.territory_pages import kinds

#: Beyond so many lines a list is a file of data, not a document: laying it out would hold a worker too long.
MOST_LINES = 1000


@require_safe
def pole(request: HttpRequest, slug: str) -> HttpResponse | HttpResponsePermanentRedirect:
    """The sheet of a pole as a PDF; an old address leads to that of today."""
    try:
        sheet = pole_sheet(slug)
    except NotFoundError as error:
        if winner := error.facts.get("slug"):
            return HttpResponsePermanentRedirect(reverse("pole_pdf", args=[winner]))
        raise
    here = address(request, reverse("pole", args=[sheet.pole.slug]))
    sources = Sources()
    document = Document(
        title=sheet.name,
        lang=language(),
        kind=pole_document.kind(sheet),
        lede=sheet.summary,
        blocks=pole_document.blocks(sheet, sources),
        sources=sources,
        footer=footer(here),
        licence=licence(),
    )
    return pdf_response(document, sheet.pole.slug)


@require_safe
def territory(request: HttpRequest, level: str, code: str) -> HttpResponse | HttpResponsePermanentRedirect:
    """The sheet of a territory as a PDF; the old code of a commune leads to that of today."""
    sheet = territory_sheet(level, code)
    zone = sheet.zone
    if zone.code != code:
        return HttpResponsePermanentRedirect(reverse("territory_pdf", args=[level, zone.code]))
    sources = Sources()
    document = Document(
        title=zone.name,
        lang=language(),
        kind=f"{kinds()[level]} · {zone.code}",
        blocks=territory_document.blocks(sheet, sources),
        sources=sources,
        footer=footer(address(request, reverse("territory", args=[level, zone.code]))),
        licence=licence(),
    )
    return pdf_response(document, f"territoire-{level}-{zone.code}")


@require_safe
def poles(request: HttpRequest) -> HttpResponse:
    """The poles that the address chooses, in the order asked (R-54), as a PDF; 422 when they are too many."""
    filters = Filters.parse({**request.GET.dict(), "tri": request.GET.get("tri") or "region"})
    total = directory.page(filters, limit=1).total or 0
    if total > MOST_LINES:
        message = _(
            "Cette liste compte %(total)s pôles : un document en tient %(most)s au plus. Choisissez une "
            "région ou un domaine, ou prenez la liste entière en CSV, XLSX ou ODS."
        )
        shown = {"total": grouped(total, language()), "most": grouped(MOST_LINES, language())}
        raise DomainError("list_too_long", message % shown, facts={"total": total, "most": MOST_LINES})
    document = Document(
        title=_("Liste des pôles"),
        lang=language(),
        kind=_("Triée par %(order)s") % {"order": pole_pages.SORTS[filters.tri]},
        lede=_chosen(filters, total),
        blocks=_list(list(directory.rows(filters)), filters.tri),
        sources=Sources(),
        footer=footer(address(request, request.get_full_path())),
        licence=licence(),
        wide=True,
    )
    return pdf_response(document, "poles")


def _list(rows: Sequence[PoleRow], order: str) -> list[Block]:
    if not rows:
        return [Paragraph(_("Aucun pôle ne répond à cette recherche."))]
    layer = "ancienne_region" if order == "ancienne_region" else "region"
    lines: list[Row] = [
        [*pole_pages.place_of(row, layer), _name(row), row.porteur or _("inconnue")] for row in rows
    ]
    first = _("Région d'avant 2016") if layer == "ancienne_region" else _("Région")
    headers = [first, _("Département"), _("Pôle"), _("Structure porteuse")]
    return [Table(headers, lines, (3, 3, 5, 4))]


def _name(row: PoleRow) -> Cell:
    return Cell(f"{row.nom} ({_('exemple fictif')})" if row.fictif else row.nom, strong=True)


def _chosen(filters: Filters, total: int) -> str:
    """Return the number of poles and what they were chosen by."""
    chosen = [directory.labels(name)[code] for name, code in filters.codes.items()]
    chosen += [f"« {filters.q} »"] if filters.q else []
    return " · ".join([drawing.counted(total), *chosen])


def address(request: HttpRequest, path: str) -> str:
    """Return the whole address of a page, as paper needs it."""
    return f"{design(request)['site_origin']}{path}"


def footer(address: str) -> str:
    """Return what stands at the foot of each page: where it is from, and when."""
    day = date_format(timezone.localdate(), "j F Y")
    return _("%(address)s, le %(day)s") % {"address": address, "day": day}


def licence() -> str:
    """Return what may be done with what is printed."""
    return _(
        "Données de Terreau sous Licence Ouverte 2.0 : réutilisez-les en citant la source et la date. Ce qui "
        "n'est pas dit est inconnu, et non pas nul."
    )
