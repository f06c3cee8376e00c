"""« Les pôles en chiffres »: what poles say, all together, or only what is sure enough (R-56)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.sheets.figures import figures
from terreau.web.pole_pages import least_of

LEVELS = (
    ("", _("Tout ce qui est dit")),
    ("justifie", _("Justifié ou vérifié")),
    ("verifie", _("Vérifié seulement")),
)
COLUMNS: list[Any] = [
    (_("Code"), lambda row: row.code),
    (_("Chiffre"), lambda row: row.label),
    (_("Unité"), lambda row: row.unit),
    Column(_("Pôles qui le donnent"), lambda row: row.poles, "integer"),
    Column(_("Laissés de côté"), lambda row: row.left_out, "integer"),
    Column(_("Le plus petit"), lambda row: row.least, "number"),
    Column(_("Médiane"), lambda row: row.middle, "number"),
    Column(_("Le plus grand"), lambda row: row.most, "number"),
]


@require_safe
def page(request: HttpRequest) -> HttpResponseBase:
    """Each figure that poles give, how many give it, how many are left out; the same as a file."""
    least = least_of(request)
    found = figures(least)
    exported = export_response(request, found, COLUMNS, "chiffres-des-poles")
    if exported is not None:
        return exported
    context = {
        "figures": [figure for figure in found if figure.poles],
        "levels": [(code, label, code == least) for code, label in LEVELS],
        "least": least,
        "left_out": sum(figure.left_out for figure in found),
        "given": sum(figure.poles for figure in found),
    }
    return render(request, "web/pole_figures.html", context)
