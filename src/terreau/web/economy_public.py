"""What a pole shows of its economy, for anybody; nothing until the pole chooses it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from terreau.actors.perms import can_see
from terreau.common.errors import NotFoundError
from terreau.forecast import publishing
from terreau.poles.models import Pole
from terreau.web.pole_pages import viewer_of


@require_safe
def economy(request: HttpRequest, slug: str) -> HttpResponse:
    """What the pole publishes: sums of a finished year, rounded, under secrecy."""
    today = timezone.localdate()
    pole = Pole.objects.select_related("actor__subject").filter(slug=slug).first()
    if pole is None or not can_see(viewer_of(request), pole.actor, on=today):
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou il faut se connecter pour la voir."))
    sections = publishing.shown(pole, on=today)
    secret = any(figure.secret for section in sections for figure in section.figures)
    context = {"pole": pole, "sections": sections, "secret": secret}
    return render(request, "web/pole_economy.html", context)
