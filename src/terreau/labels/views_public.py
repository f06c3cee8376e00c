"""What anybody reads of labels: the list, the register of one, a label, its certificate."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.design.pdf import pdf_response
from terreau.grids.shown import shown
from terreau.labels import addresses, document, perms, read, saying
from terreau.labels.models import Scheme
from terreau.labels.national import statements
from terreau.labels.rules import Worth
from terreau.reviews.statements import language

COLUMNS = (
    Column(gettext_lazy("Numéro"), lambda one: one.row.name),
    Column(gettext_lazy("Pôle labellisé"), lambda one: one.row.pole.actor.name),
    Column(gettext_lazy("Ce que vaut le label"), lambda one: one.worth.label),
    Column(gettext_lazy("Vaut à partir du"), lambda one: one.row.valid_from, "date"),
    Column(gettext_lazy("Vaut jusqu'au"), lambda one: one.row.valid_to, "date"),
    Column(gettext_lazy("Code de vérification"), lambda one: one.row.certificate.token),
)


@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """The labels, and what is said of the national one that never was."""
    today = timezone.localdate()
    context = {
        "schemes": read.schemes(request.user, on=today),
        "national": statements(),
        "may_begin": bool(perms.owning(request.user)),
    }
    return render(request, "labels/index.html", context)


@require_safe
def scheme(request: HttpRequest, slug: str) -> HttpResponseBase:
    """One label: what it recognises, its rules, who holds it."""
    row, hold = perms.find(slug, request.user)
    today = timezone.localdate()
    lines = read.register(row, on=today)
    title = _("Registre du label %(name)s") % {"name": row.title}
    if made := export_response(request, lines, COLUMNS, f"label-{row.slug}", title=title):
        return made
    context = {
        "scheme": row,
        "hold": hold,
        "lines": lines,
        "grid": shown(row.grid_version.content, language(), today),
        "valid_count": sum(one.valid for one in lines),
        "asks": row.state == Scheme.State.PUBLISHED,
        "national": statements(),
    }
    return render(request, "labels/scheme.html", context)


@require_safe
def label(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """One label that was given: whose, until when, what became of it."""
    held, hold = perms.find(slug, request.user)
    row, today = read.label(held, number), timezone.localdate()
    following = row.renewals.filter(read.granted()).order_by("-number").first()
    worth = row.worth(today)
    context = {
        "scheme": held,
        "hold": hold,
        "row": row,
        "worth": saying.worth(worth),
        "valid": worth == Worth.VALID,
        "sentence": saying.sentence(row, today),
        "log": read.log(row, public=True),
        "following": following,
        "grid": shown(row.grid_version.content, language(), today),
        "address": addresses.verify(request, row.certificate),
    }
    return render(request, "labels/label.html", context)


@require_safe
def certificate(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """The certificate as a PDF."""
    held, _hold = perms.find(slug, request.user)
    row, today = read.label(held, number), timezone.localdate()
    paper = row.certificate
    url = addresses.verify(request, paper)
    return pdf_response(document.certificate(row, paper, url=url, on=today), f"certificat-{row.name.lower()}")
