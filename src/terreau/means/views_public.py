"""A means that a pole publishes: what it is, its prices from outside, when it is free. Nobody is named."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from terreau.common.errors import DomainError, NotFoundError
from terreau.means import calendars
from terreau.means.models import Means, Tariff
from terreau.means.pages import asked_day


@require_safe
def page(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """Show a published means of a public pole; 404 for any other."""
    today = timezone.localdate()
    means = (
        Means.objects.select_related("pole__actor__subject", "owner")
        .filter(Q(ended_on=None) | Q(ended_on__gte=today), pole__slug=slug, pk=pk, public=True)
        .filter(pole__actor__subject__public=True, pole__actor__subject__merged_into=None)
        .first()
    )
    if means is None:
        raise NotFoundError("unknown_means", _("Ce moyen n'existe pas, ou le pôle ne le publie pas."))
    day = asked_day(request, "le", today)
    if not -62 <= (day - today).days <= 366:
        raise DomainError("too_far", _("Ce calendrier se lit à un an au plus."))
    held = (Q(valid_from=None) | Q(valid_from__lte=today)) & (Q(valid_to=None) | Q(valid_to__gt=today))
    whose = [Tariff.Who.OUTSIDE, Tariff.Who.MEMBER] if means.open_outside else [Tariff.Who.MEMBER]
    context = {
        "means": means,
        "pole": means.pole,
        "sheet": calendars.sheet(means, calendars.WEEK, day, now=timezone.now()),
        "tariffs": Tariff.objects.filter(held, means=means, who__in=whose).order_by("-who", "cents"),
        "owner": means.owner if means.owner_id != means.pole_id else None,
    }
    return render(request, "means/public.html", context)
