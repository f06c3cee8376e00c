"""The history of a sheet, and the sheet as it was on a past day."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from terreau.actors import perms
from terreau.actors.models import Actor
from terreau.common.errors import DomainError, NotFoundError
from terreau.sheets.history import History, history
from terreau.sheets.poles import pole_sheet
from terreau.web.pole_pages import context_of, viewer_of


@require_safe
def pole(request: HttpRequest, slug: str) -> HttpResponse:
    """What changed on the sheet of a pole, the latest first."""
    viewer = viewer_of(request)
    sheet = pole_sheet(slug, viewer)
    found = _history(request, sheet.pole.actor)
    context = {
        **_context(found, sheet.name, f"/poles/{slug}/"),
        "au_url": reverse("pole_au", args=[slug]),
        "list_label": _("Pôles"),
        "list_path": "/poles/",
    }
    return render(request, "web/history.html", context)


@require_safe
def actor(request: HttpRequest, ident: UUID) -> HttpResponse:
    """What changed on the sheet of an actor, the latest first."""
    found = Actor.objects.select_related("subject").filter(pk=ident).first()
    if found is None or not perms.can_see(viewer_of(request), found, on=timezone.localdate()):
        raise NotFoundError("unknown_actor", _("Aucun acteur public n'a cet identifiant."))
    context = {
        **_context(_history(request, found), found.name, f"/acteurs/{ident}/"),
        "list_label": _("Acteurs"),
        "list_path": "/acteurs/",
    }
    return render(request, "web/history.html", context)


def _history(request: HttpRequest, of: Actor) -> History:
    values = request.GET
    return history(of, viewer_of(request), kind=values.get("genre", ""), cursor=values.get("cursor"))


def _context(found: History, name: str, address: str) -> dict[str, Any]:
    return {"history": found, "page": found.page, "name": name, "sheet_path": address}


@require_safe
def choose(request: HttpRequest, slug: str) -> HttpResponse:
    """From the form of the history to the sheet of a day: the day typed, and the day of what was known."""
    on = day_asked(request.GET.get("date", ""), "date")
    if on is None:
        return redirect("pole_history", slug)
    known = day_asked(request.GET.get("su_le", ""), "su_le")
    asked = f"?su_le={known.isoformat()}" if known else ""
    return redirect(reverse("pole_on", args=[slug, on.isoformat()]) + asked)


@require_safe
def on_day(request: HttpRequest, slug: str, day: str) -> HttpResponse:
    """The sheet of a pole on a day: what was true then, and, with ``su_le``, what the register knew then."""
    on = day_asked(day, "date")
    known = day_asked(request.GET.get("su_le", ""), "su_le")
    sheet = pole_sheet(slug, viewer_of(request), on, known_on=known)
    context = {**context_of(sheet), "known_on": known, "au_url": reverse("pole_au", args=[slug])}
    context["french_pole_path"] = f"/poles/{slug}/"
    return render(request, "web/pole_past.html", context)


def day_asked(text: str, name: str) -> date | None:
    """Read a day of an address; 422 for one that is none, or is to come."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        message = _("Écrivez une date comme 2025-03-31.")
        raise DomainError("not_a_date", message, facts={"parameter": name, "value": text[:20]}) from error
    if day > timezone.localdate() or day.year < 1900:
        message = _("Cette date est à venir, ou trop ancienne.")
        raise DomainError("out_of_reach", message, facts={"parameter": name, "value": text[:20]})
    return day
