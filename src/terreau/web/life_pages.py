"""The life of a pole as it chose to show it, for anybody."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from terreau.actors.perms import can_see
from terreau.common.errors import NotFoundError
from terreau.poles.models import Pole
from terreau.sheets import life
from terreau.web.pole_pages import viewer_of


@require_safe
def pole_life(request: HttpRequest, slug: str) -> HttpResponse:
    """All that a pole publishes of its workspace; a pole that is not public is shown to its people alone."""
    today = timezone.localdate()
    pole = Pole.objects.select_related("actor__subject").filter(slug=slug).first()
    if pole is None or not can_see(viewer_of(request), pole.actor, on=today):
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou il faut se connecter pour la voir."))
    return render(request, "web/pole_life.html", {"pole": pole, "parts": life.life(pole, today)})
