"""The dashboard of who owns a programme or checks it, and the way to it."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from terreau.calls import perms
from terreau.calls.models import Call, Programme, Role
from terreau.common.money import Euro
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.procedures import audit, region_map, steering

_REGIONS = (
    Column(gettext_lazy("Région"), lambda one: one.name),
    Column(gettext_lazy("Dossiers déposés"), lambda one: one.files, "integer"),
    Column(gettext_lazy("Dossiers retenus"), lambda one: one.chosen, "integer"),
    Column(gettext_lazy("Engagé (€)"), lambda one: Euro(one.cents), "number"),
)


@never_cache
@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponseBase:
    """The programmes that a person owns or checks; straight to the only one."""
    roles = Role.objects.held_on(timezone.localdate()).filter(role__in=("owner", "auditor"))
    held = roles.filter(user=request.user.pk)
    programmes = Programme.objects.filter(pk__in=held.values("programme"))
    calls = Call.objects.filter(pk__in=held.values("call")).select_related("programme")
    owned, single = list(programmes.order_by("name")), list(calls.order_by("title"))
    if len(owned) == 1 and not single:
        return redirect("programme_steering", slug=owned[0].slug)
    return render(request, "procedures/steering_home.html", {"programmes": owned, "calls": single})


@never_cache
@require_safe
def programme(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The dashboard of a programme, for who owns it and who checks it."""
    found, standing, user = perms.enter_programme(request, slug, "owner", "auditor", verb="programme.steer")
    if standing.auditor and not standing.owner:
        audit.look(found.subject, "steering", by=user)
    board = steering.of_programme(found)
    made = export_response(request, board.regions, _REGIONS, f"regions-{slug}", title=found.name)
    if made is not None:
        return made
    context = {
        "programme": found,
        "board": board,
        "map": region_map.drawn(board.regions),
        "envelope_path": steering.path_of("envelope", slug),
    }
    return render(request, "procedures/steering.html", context)
