"""The secret address of a person's calendar: made, shown once, ended; in the account."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from terreau.accounts import calendar_keys
from terreau.web.week_pages import person


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Say whether an address is in force; POST makes one (and ends the former) or ends it.

    The address is in the answer to the POST that made it, and nowhere else: the register keeps its digest.
    """
    user, address = person(request), ""
    if request.method == "POST" and request.POST.get("finir"):
        calendar_keys.end(user)
        messages.success(request, _("L'adresse de votre agenda n'est plus en vigueur."))
        return redirect("calendar_key")
    if request.method == "POST":
        path = reverse("week_feed", args=[calendar_keys.make(user)])
        address = f"{settings.SITE_URL}{path}" if settings.SITE_URL else request.build_absolute_uri(path)
    context = {"key": calendar_keys.current(user), "address": address}
    response = render(request, "web/calendar_key.html", context)
    add_never_cache_headers(response)
    response["Referrer-Policy"] = "same-origin"
    return response
