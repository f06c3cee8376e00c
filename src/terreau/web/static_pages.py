"""Pages that say what this site is, on which terms, and how far it can be used by everyone."""

from typing import Any

from django.conf import settings
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from terreau.design.context import design
from terreau.pieces.models import Source


def about(request: HttpRequest) -> HttpResponse:
    """Say what Terreau is, where its information comes from, what its words mean."""
    return render(request, "web/about.html")


def accessibility(request: HttpRequest) -> HttpResponse:
    """Say what was tested and what was not."""
    return render(request, "web/accessibility.html")


def legal(request: HttpRequest) -> HttpResponse:
    """Say who publishes this instance and what is kept of visitors."""
    return render(request, "web/legal.html", {"site_url": settings.SITE_URL})


def licence(request: HttpRequest) -> HttpResponse:
    """Say under which licence data are published and what they come from."""
    return render(request, "web/licence.html", {"documents": _documents()})


def _documents() -> list[Any]:
    """Documents and pages that facts come from, with the number of facts of each."""
    rows = (
        Source.objects.filter(kind__in=[Source.Kind.SEED, Source.Kind.PAGE, Source.Kind.LAW])
        .values("kind", "code", "document", "url")
        .annotate(statements=Count("facts", filter=Q(facts__superseded_at=None, facts__subject__public=True)))
        .order_by("-kind", "code", "url")
    )
    return list(rows)


def robots(request: HttpRequest) -> HttpResponse:
    """Let everything be read by robots but accounts and endless combinations of filters."""
    lines = ["User-agent: *", "Disallow: /compte/", "Disallow: /en/compte/", "Disallow: /*?*cursor=", ""]
    lines.insert(-1, f"Sitemap: {design(request)['site_origin']}{reverse('sitemap')}")
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
