"""Pages of actors: the directory. The page of one actor crosses rooms: see ``web.actor_pages``."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from terreau.actors import directory
from terreau.design.export import export_response
from terreau.design.export_columns import Column, Columns
from terreau.design.numbers import grouped

COLUMNS: list[Any] = [
    (_("Identifiant"), lambda row: row.id),
    (_("Nom"), lambda row: row.nom),
    (_("Nature juridique"), lambda row: row.nature_label),
    (_("Fonctions"), lambda row: row.function_labels),
    (_("Entreprise de l'ESS"), lambda row: row.ess_label),
    Column(_("Confirmé par une liste officielle"), lambda row: row.ess_verifie, "boolean"),
    (_("SIREN"), lambda row: row.siren),
    (_("Lieu"), lambda row: row.lieu),
    (_("Niveau du lieu"), lambda row: row.lieu_niveau),
    (_("Code du lieu"), lambda row: row.lieu_code),
    (_("Région"), lambda row: row.region_label),
    (_("Réseaux"), lambda row: row.reseaux),
]


@require_safe
def actors(request: HttpRequest) -> HttpResponseBase:
    """The directory: words, facets, pages in the address; the same list as a file."""
    filters = directory.Filters.parse(request.GET)
    today = timezone.localdate()
    rows = directory.rows(filters, on=today)
    exported = export_response(request, rows, columns(), "acteurs", place=place, title=gettext("Acteurs"))
    if exported is not None:
        return exported
    page = directory.page(filters, on=today, cursor=request.GET.get("cursor"))
    context = {
        "page": page,
        "facets": directory.facets(filters, on=today),
        "filtered": bool(filters),
        "sentence": counted(page.total or 0),
    }
    return render(request, "actors/directory.html", context)


def columns() -> Columns:
    """Return the columns of the export."""
    return COLUMNS


def place(row: directory.ActorRow) -> tuple[float, float] | None:
    """Return where a line of the directory is."""
    return row.at


def counted(total: int) -> str:
    """Return « 3 acteurs » in the current language."""
    shown = grouped(total, get_language() or "fr")
    return ngettext("%(count)s acteur", "%(count)s acteurs", total) % {"count": shown}
