"""The page of one actor: what the rooms know of it, composed by ``sheets.actors``."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from terreau.actors.perms import can_edit
from terreau.sheets.actors import actor_sheet
from terreau.web.pole_pages import viewer_of


@require_safe
def actor(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Show an actor; lead to the one it was merged into, and a pole to its own page."""
    sheet = actor_sheet(ident, viewer=request.user)
    if sheet.pole:
        return redirect("pole", sheet.pole.slug, permanent=True)
    if sheet.actor.pk != ident:
        return redirect("actor", sheet.actor.pk, permanent=True)
    viewer = viewer_of(request)
    may_edit = viewer is not None and bool(can_edit(viewer, sheet.actor, on=timezone.localdate()))
    return render(request, "web/actor.html", {"sheet": sheet, "actor": sheet.actor, "may_edit": may_edit})
