"""The page of one actor: what the rooms know of it, composed by ``sheets.actors``."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from terreau.sheets.actors import actor_sheet


@require_safe
def actor(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Show an actor; lead to the one it was merged into, and a pole to its own page."""
    sheet = actor_sheet(ident, viewer=request.user)
    prefix = "/en" if request.path.startswith("/en/") else ""
    if sheet.pole:
        return HttpResponseRedirect(f"{prefix}/poles/{sheet.pole.slug}/")
    if sheet.actor.pk != ident:
        return HttpResponseRedirect(f"{prefix}/acteurs/{sheet.actor.pk}/")
    return render(request, "web/actor.html", {"sheet": sheet, "actor": sheet.actor})
