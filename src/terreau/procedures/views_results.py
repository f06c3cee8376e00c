"""What a call gave, for anybody: those who were chosen, the files in open formats, the statistics."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from terreau.accounts.second_factor import sensitive
from terreau.calls import perms
from terreau.calls.models import Call, Programme
from terreau.common.errors import DomainError, NotFoundError
from terreau.design.context import design
from terreau.design.export import csv_response, export_response
from terreau.design.export_columns import Column
from terreau.procedures import commongrants, grants360, publishing, results, results_table, scdl, statistics
from terreau.procedures.grants import Grant
from terreau.procedures.results import Results

#: Name of the file → what it holds for a reader.
FILES = {
    "scdl.csv": "SCDL subventions 2.1.1",
    "360giving.json": "360Giving",
    "commongrants.json": "CommonGrants",
}


@require_safe
def call_results(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Who was chosen, how much, out of how many; before its publication, when it is expected."""
    call, standing = _find(request, slug)
    found = _readable(call, standing)
    made = export_response(
        request,
        found.grants if found else [],
        results_table.COLUMNS,
        f"resultats-{call.slug}",
        title=call.title,
    )
    if made is not None:
        return made
    low, high = results.amounts(found.grants) if found else (None, None)
    context = {
        "call": call,
        "found": found,
        "low": low,
        "high": high,
        "files": FILES if found and found.public else {},
        "lacking": _lacking(found) if found and standing else [],
        "standing": standing,
        "publishable": publishing.can_publish(call)
        if standing.owner and not (found and found.public)
        else None,
    }
    return render(request, "procedures/results.html", context)


@require_safe
def results_csv(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Give the table of those who were chosen at an address of its own, for spreadsheets."""
    call, standing = _find(request, slug)
    rows = _published(call, standing).grants
    return csv_response(rows, results_table.COLUMNS, f"resultats-{call.slug}")


@require_safe
def results_file(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """Give those who were chosen in an open format."""
    call, standing = _find(request, slug)
    grants = list(_published(call, standing).grants)
    if name not in FILES:
        raise NotFoundError("unknown_file", _("Ce fichier n'existe pas."), facts={"known": sorted(FILES)})
    body, kind = _file(request, call, grants, name)
    response = HttpResponse(body, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{call.slug}-{name}"'
    response["Access-Control-Allow-Origin"] = "*"
    return response


@sensitive
@require_POST
def publish(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Publish the results: the owner alone, after a proof."""
    space = perms.enter(request, slug, "owner", verb="call.publish_results")
    try:
        publishing.publish(space.call, by=space.user)
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("Les résultats sont publiés."))
    return redirect("call_results", slug=slug)


@require_safe
def programme_figures(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Who applied and who was chosen, call by call, under statistical secrecy."""
    programme = Programme.objects.select_related("owner", "subject").filter(slug=slug).first()
    if programme is None or (
        programme.state == Programme.State.DRAFT and not perms.standing_in_programme(request.user, programme)
    ):
        raise NotFoundError("unknown_programme", _("Ce programme n'existe pas."))
    found = statistics.figures(programme)
    rows = [(one.call, facet, line) for one in found for facet in one.facets for line in facet.lines]
    made = export_response(request, rows, _FIGURES, f"chiffres-{slug}", title=programme.name)
    if made is not None:
        return made
    context = {"programme": programme, "found": found}
    return render(request, "procedures/figures.html", context)


def _find(request: HttpRequest, slug: str) -> tuple[Call, perms.Standing]:
    """Return a call with how the person stands in it; 404 for a draft to a stranger."""
    named = ("programme__owner", "subject")
    call = Call.objects.select_related(*named).filter(slug=slug).first()
    if call is None or not perms.can_see(request.user, call):
        raise NotFoundError("unknown_call", _("Cet appel n'existe pas."))
    return call, perms.standing(request.user, call)


def _readable(call: Call, standing: perms.Standing) -> Results | None:
    """Return the results for who may read them: everybody once public; before, who decides and who checks."""
    early = standing.owner or standing.committee or standing.auditor
    return results.of_call(call) if call.state in results.PUBLIC or early else None


def _lacking(found: Results) -> list[tuple[str, str, int]]:
    """Return what the SCDL file lacks, what to do, and for how many grants: said once for all of them."""
    rows = [one for grant in found.grants if (one := scdl.lacking(grant))]
    return [
        (what, remedy, n) for (what, remedy), n in Counter((one.what, one.remedy) for one in rows).items()
    ]


def _published(call: Call, standing: perms.Standing) -> Results:
    found = _readable(call, standing)
    if found is None:
        raise NotFoundError("no_results", _("Les résultats de cet appel ne sont pas publiés."))
    return found


def _file(request: HttpRequest, call: Call, grants: list[Grant], name: str) -> tuple[bytes, str]:
    if name == "scdl.csv":
        return scdl.table(grants, timezone.localdate())[0], "text/csv; charset=utf-8"
    if name == "360giving.json":
        return grants360.package(grants), "application/json"
    address = f"{design(request)['site_origin']}/appels/{call.slug}/"
    return commongrants.package(results.opening(call, address), grants), "application/json"


def _cell(row: Any, name: str) -> Any:
    cell = getattr(row[2], name)
    return cell.value if cell.value is not None else statistics.shown(cell)


_FIGURES = [
    Column(gettext_lazy("Appel"), lambda row: row[0].title),
    Column(gettext_lazy("Répartition"), lambda row: row[1].title),
    Column(gettext_lazy("Valeur"), lambda row: row[2].label),
    Column(gettext_lazy("Ont candidaté"), lambda row: _cell(row, "applied")),
    Column(gettext_lazy("Ont été retenus"), lambda row: _cell(row, "chosen")),
]
