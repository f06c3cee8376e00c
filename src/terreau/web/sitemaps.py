"""Site maps for robots: every page worth finding, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Max, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import override
from django.views.decorators.http import require_safe

from terreau.actors.models import Actor, LegalNature
from terreau.design.context import design
from terreau.facts.models import Fact
from terreau.poles.models import Listing
from terreau.territories.models import Coverage, Perimeter, PerimeterCommune, Zone
from terreau.web.lasting import lasting

#: Places in a file: each is two addresses, far below the 50,000 of sitemaps.org.
SIZE = 5000
_HOUR = 3600
_XML = "application/xml; charset=utf-8"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SCHEMA = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XHTML = "http://www.w3.org/1999/xhtml"
PAGES = ("home", "poles", "actors", "territories", "my_territory", "draw", "map_measures", "embed", "data",
         "licence", "api_docs", "networks", "groupings", "about", "accessibility", "legal")  # fmt: skip
WITH_PAGE = ("region", "ancienne-region", "departement", "epci", "commune")
_ALWAYS = ("region", "ancienne-region", "departement")


@dataclass(frozen=True)
class Spot:
    """A page: the name of its address, its arguments, the last day that it is known to have changed."""

    name: str
    arguments: tuple[str, ...] = ()
    changed: datetime | None = None


def _pages(start: int, end: int) -> list[Spot]:
    return [Spot(name) for name in PAGES[start:end]]


def _poles(start: int, end: int) -> list[Spot]:
    rows = Listing.objects.order_by("pole").values_list("pole", "pole__slug")[start:end]
    slugs = dict(rows)
    known = Fact.objects.filter(subject__in=slugs, superseded_at=None).order_by()
    changed = dict(known.values_list("subject").annotate(Max("recorded_at")))
    return [Spot("pole", (slug,), changed.get(pole)) for pole, slug in slugs.items()]


def _known_actors() -> QuerySet[Actor]:
    """Public living organisations that are not poles; a person's page is not announced to robots."""
    living = Actor.objects.filter(
        subject__public=True, subject__closed_at=None, subject__merged_into=None, pole=None
    )
    return living.exclude(legal_nature=LegalNature.NATURAL_PERSON)


def _actors(start: int, end: int) -> list[Spot]:
    rows = _known_actors().order_by("pk").values_list("pk", flat=True)[start:end]
    return [Spot("actor", (str(pk),)) for pk in rows]


def _known_zones() -> QuerySet[Zone]:
    """Regions and departments; smaller zones where a pole or an actor is known to be."""
    perimeters = Perimeter.objects.filter(subject__in=Listing.objects.values("pole"))
    covered = Coverage.objects.filter(perimeter__in=perimeters).values("zone")
    exact = PerimeterCommune.objects.filter(perimeter__in=perimeters.filter(approximate=False))
    zones = Zone.objects.filter(level__in=WITH_PAGE, cog_year=settings.COG_YEAR)
    return (
        zones.filter(level__in=_ALWAYS)
        | zones.filter(pk__in=covered)
        | zones.filter(pk__in=exact.values("commune"))
        | zones.filter(pk__in=_known_actors().values("zone"))
    )


def _territories(start: int, end: int) -> list[Spot]:
    rows = _known_zones().order_by("level", "code").values_list("level", "code")[start:end]
    return [Spot("territory", (level, code)) for level, code in rows]


@dataclass(frozen=True)
class Section:
    """A kind of page: how many there are, and a slice of them."""

    count: Callable[[], int]
    spots: Callable[[int, int], list[Spot]]


SECTIONS = {
    "pages": Section(lambda: len(PAGES), _pages),
    "poles": Section(Listing.objects.count, _poles),
    "acteurs": Section(lambda: _known_actors().count(), _actors),
    "territoires": Section(lambda: _known_zones().count(), _territories),
}


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Name the files."""
    origin = design(request)["site_origin"]
    with override(settings.LANGUAGE_CODE):
        files = [
            (f"{origin}{reverse('sitemap_section', args=[name, number])}",)
            for name, section in SECTIONS.items()
            for number in range(1, -(-section.count() // SIZE) + 1)
        ]
    body = format_html_join("", "<sitemap><loc>{}</loc></sitemap>\n", files)
    return _answer(request, format_html('<sitemapindex xmlns="{}">\n{}</sitemapindex>\n', _SCHEMA, body))


@require_safe
def section(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """Give one file: each page in French and in English, each naming the other."""
    found = SECTIONS.get(name)
    spots = found.spots((number - 1) * SIZE, number * SIZE) if found and number > 0 else []
    if not spots:
        raise Http404
    origin = design(request)["site_origin"]
    body = format_html_join("", "{}", ((_urls(spot, origin),) for spot in spots))
    text = '<urlset xmlns="{}" xmlns:xhtml="{}">\n{}</urlset>\n'
    return _answer(request, format_html(text, _SCHEMA, _XHTML, body))


def _urls(spot: Spot, origin: str) -> str:
    addresses = {}
    for code, _label in settings.LANGUAGES:
        with override(code):
            addresses[code] = f"{origin}{reverse(spot.name, args=spot.arguments)}"
    others: Iterable[tuple[str, str]] = [*addresses.items(), ("x-default", addresses["fr"])]
    links = format_html_join("", '<xhtml:link rel="alternate" hreflang="{}" href="{}"/>', others)
    day = format_html("<lastmod>{}</lastmod>", spot.changed.date().isoformat()) if spot.changed else ""
    return format_html_join(
        "", "<url><loc>{}</loc>{}{}</url>\n", ((address, day, links) for address in addresses.values())
    )


def _answer(request: HttpRequest, body: str) -> HttpResponse:
    return lasting(request, HttpResponse(_HEAD + body, content_type=_XML), _HOUR)
