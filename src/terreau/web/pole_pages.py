"""Pages of the poles: the directory, its map and its printed form, the page of one pole."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from terreau.accounts.models import User
from terreau.census.invitations import can_ask
from terreau.common.errors import DomainError, NotFoundError
from terreau.design.addresses import query, varying
from terreau.design.export import export_response
from terreau.design.export_columns import Column, Columns
from terreau.facts import catalogue
from terreau.facts.rules import LEAST
from terreau.poles import directory, lines
from terreau.poles.directory import Filters, PoleRow
from terreau.poles.models import Pole, RegisterStatus
from terreau.poles.perms import can_edit
from terreau.poles.standing import standing
from terreau.reviews.models import Shown
from terreau.sheets.facts import language
from terreau.sheets.life import shows_something
from terreau.sheets.poles import PerimeterSheet, PoleSheet, pole_sheet
from terreau.territories import base
from terreau.territories import read as territories
from terreau.territories.drawing import insets
from terreau.web import drawing, maps

SORTS = {
    "nom": gettext_lazy("nom"),
    "region": gettext_lazy("région"),
    "ancienne_region": gettext_lazy("ancienne région"),
    "departement": gettext_lazy("département"),
    "porteur": gettext_lazy("structure porteuse"),
}
#: Poles drawn one by one on the map that works without JavaScript; beyond, they are counted by department.
_DOTS = 200
#: Departments drawn around a perimeter, at most.
_SHAPES = 12
COLUMNS: list[Any] = [
    (gettext_lazy("Région"), lambda row: row.labels("region")),
    (gettext_lazy("Ancienne région"), lambda row: row.labels("ancienne_region")),
    (gettext_lazy("Département"), lambda row: row.labels("departement")),
    (gettext_lazy("Pôle"), lambda row: row.nom),
    (gettext_lazy("Structure porteuse"), lambda row: row.porteur),
    (gettext_lazy("Nature"), lambda row: Pole.Kind(row.kind).label),
    (gettext_lazy("Stade"), lambda row: row.stage_label),
    (gettext_lazy("État au registre"), lambda row: RegisterStatus(row.statut_registre).label),
    (gettext_lazy("Reconnaissances"), lambda row: row.recognitions),
    (gettext_lazy("Domaines d'activité"), lambda row: row.sectors),
    Column(gettext_lazy("Lieu approché"), lambda row: row.approche, "boolean"),
    Column(gettext_lazy("Exemple fictif"), lambda row: row.fictif, "boolean"),
    Column(gettext_lazy("Longitude"), lambda row: row.lon, "number"),
    Column(gettext_lazy("Latitude"), lambda row: row.lat, "number"),
    (gettext_lazy("Adresse"), lambda row: f"/poles/{row.slug}/"),
    (gettext_lazy("Identifiant"), lambda row: row.id),
]


@require_safe
def poles(request: HttpRequest) -> HttpResponseBase:
    """The directory: words, facets, order and page in the address; the same list as a file."""
    filters = Filters.parse(request.GET)
    exported = export_response(
        request, directory.rows(filters), columns(), "poles", place=_place, title=_("Pôles")
    )
    if exported is not None:
        return exported
    held = lines.now()
    page = directory.page(filters, cursor=request.GET.get("cursor"), held=held)
    values = directory.facets(filters, held=held)
    many = (page.total or 0) > _DOTS
    features = [] if many else directory.points(filters, address=_address)
    placed = directory.placed(filters, held=held) if many else len(features)
    context = {
        "page": page,
        "facets": values,
        "filtered": bool(filters),
        "sentence": drawing.counted(page.total or 0),
        "sorts": _sorts(request, filters),
        "print_url": reverse("poles_print") + query(request, {}),
        "points_url": reverse("pole_points") + query(request, {"tri": None}),
        "dots": drawing.dots(features),
        "bubbles": drawing.linked_bubbles(values["departement"], _department(request)) if many else [],
        "insets": insets(),
        "background": maps.background_url("region"),
        "outlines": maps.outlines_url("region"),
        "unplaced": (page.total or 0) - placed,
    }
    return render(request, "web/poles.html", context)


def _place(row: PoleRow) -> tuple[float, float] | None:
    return (row.lon, row.lat) if row.lon is not None and row.lat is not None else None


def columns() -> Columns:
    """Return the columns of the export."""
    return COLUMNS


def _address(slug: str) -> str:
    return reverse("pole", args=[slug])


def _department(request: HttpRequest) -> Callable[[str], str]:
    address = varying(request, "departement")
    return lambda code: address([code])


def _sorts(request: HttpRequest, filters: Filters) -> list[dict[str, Any]]:
    current = filters.tri or next(iter(SORTS))
    return [
        {"label": label, "href": query(request, {"tri": key}), "current": key == current}
        for key, label in SORTS.items()
    ]


@require_safe
def points(request: HttpRequest) -> JsonResponse:
    """The poles whose place is known, filtered as the directory is, as GeoJSON points."""
    features = directory.points(Filters.parse(request.GET), address=_address)
    body = {"type": "FeatureCollection", "features": features}
    return JsonResponse(body, content_type="application/geo+json")


@dataclass(frozen=True)
class Group:
    """Lines of the printed list under one region and one department."""

    region: str
    department: str
    rows: list[PoleRow]


@require_safe
def printed(request: HttpRequest) -> HttpResponse:
    """The whole list by region, department and name (R-54), on one page made for paper."""
    filters = Filters.parse(request.GET)
    order = filters.tri if filters.tri in {"region", "ancienne_region"} else "region"
    rows = directory.rows(Filters.parse({**request.GET.dict(), "tri": order}))
    context = {
        "groups": list(_groups(rows, order)),
        "former": order == "ancienne_region",
        "region_url": query(request, {"tri": "region"}),
        "former_url": query(request, {"tri": "ancienne_region"}),
        "back_url": reverse("poles") + query(request, {}),
        "pdf_url": reverse("poles_pdf") + query(request, {"tri": order}),
    }
    return render(request, "web/poles_print.html", context)


def _groups(rows: Iterable[PoleRow], order: str) -> Iterable[Group]:
    for (region, department), found in groupby(rows, lambda row: place_of(row, order)):
        yield Group(region, department, list(found))


def place_of(row: PoleRow, layer: str) -> tuple[str, str]:
    """Return the region, of today or former as ``layer`` says, and the department of a line of the list."""
    regions, departments = row.labels(layer), row.labels("departement")
    many = len(departments) > directory.FEW
    region = (_("Plusieurs régions") if len(regions) > directory.FEW else ", ".join(regions)) or _("inconnue")
    return region, _("plusieurs départements") if many else ", ".join(departments)


@require_safe
def pole(request: HttpRequest, slug: str) -> HttpResponse | HttpResponsePermanentRedirect:
    """The page of a pole: who, where, what together, with what result; then everything, with its sources."""
    viewer = viewer_of(request)
    try:
        sheet = pole_sheet(slug, viewer, least=least_of(request))
    except NotFoundError as error:
        if winner := error.facts.get("slug"):
            return redirect(_address(winner), permanent=True)
        if winner := error.facts.get("actor"):
            return redirect("actor", winner, permanent=True)
        raise
    may_edit = viewer is not None and bool(can_edit(viewer, sheet.pole, on=sheet.on))
    may_ask = may_edit and bool(can_ask(viewer, sheet.pole, on=sheet.on))
    situation = may_edit or _shows_situation(sheet)
    works_here = viewer is not None and bool(standing(viewer, sheet.pole, on=sheet.on))
    more = {"may_edit": may_edit, "may_ask": may_ask, "situation": situation, "works_here": works_here}
    more["life"] = shows_something(sheet.pole)
    return render(request, "web/pole.html", {**context_of(sheet), **more})


def _shows_situation(sheet: PoleSheet) -> bool:
    """Say whether the pole shows something of « Notre situation » to everybody (one query)."""
    public = sheet.pole.actor.subject.public
    return public and any(Shown.objects.filter(pole=sheet.pole).values_list("axes", flat=True).order_by("pk"))


def viewer_of(request: HttpRequest) -> User | None:
    """Return who is signed in; nobody is looked for when the request holds no session."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    return request.user if isinstance(request.user, User) else None


def least_of(request: HttpRequest) -> str:
    """Return the least provenance that the address asks for (R-56), empty when every one is."""
    least = request.GET.get("provenance", "")
    if least and least not in LEAST:
        message = _("« provenance » est justifie ou verifie.")
        facts = {"parameter": "provenance", "value": least[:40], "allowed": list(LEAST)}
        raise DomainError("unknown_value", message, facts=facts)
    return least


def context_of(sheet: PoleSheet) -> dict[str, Any]:
    """Return what the templates of a sheet read, of today or of a past day."""
    return {
        "sheet": sheet,
        "pole": sheet.pole,
        "row": sheet.row,
        "kind_label": sheet.pole.get_kind_display(),
        "register_label": RegisterStatus(sheet.row.statut_registre).label,
        "register_definition": _definition("register_status", sheet.row.statut_registre),
        "drawing": drawn(sheet.perimeter) if sheet.perimeter else None,
        "composition": sheet.composition,
        "shares": shares(sheet),
    }


def _definition(vocabulary: str, code: str) -> str:
    return catalogue.vocabulary(vocabulary).terms[code].definitions[language()]


def shares(sheet: PoleSheet) -> list[dict[str, Any]]:
    """Return the shares of R-05 that something is known of: label, least and most in percent."""
    made = sheet.composition
    named = (
        (_("Part d'entreprises de l'ESS parmi les membres nommés"), made.ess),
        (_("Part d'entreprises de l'ESS dans le noyau dur"), made.core_ess),
        (_("Part d'entreprises lucratives"), made.lucrative),
    )
    return [
        {
            "label": label,
            "least": round(share.least * 100),
            "most": round(share.most * 100),
            "known": share.known,
        }
        for label, share in named
        if share and (share.least, share.most) != (0.0, 1.0)
    ]


def drawn(perimeter: PerimeterSheet) -> drawing.Drawing | None:
    """Return the outline of the perimeter on the departments that it touches; None when it has no commune.

    Both are made of the arcs of the departments' files: the national file is simplified otherwise.
    """
    cog = perimeter.perimeter.cog_year
    outline = territories.outline_of(perimeter.ids, cog) if len(perimeter.ids) else None
    if outline is None:
        return None
    departments = base.load(cog).layers["departement"]
    around = [row.code for row in perimeter.coverage.get("departement", [])][:_SHAPES]
    land = [territories.outline_of(departments.members(code), cog) for code in around]
    shapes = [("land", shape) for shape in land if shape is not None]
    return drawing.draw([*shapes, ("zone", outline)], width=520)
