"""« Ma commune » and « Près de chez moi »: one commune named, one page that says what to do there."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from terreau.common.errors import DomainError
from terreau.design.pdf import Document, Sources, pdf_response
from terreau.sheets import near
from terreau.sheets.facts import language
from terreau.sheets.territories import territory_sheet
from terreau.sheets.town import town
from terreau.web import documents, places, town_document

_VERBS = {
    "get": gettext_lazy("Obtenir"),
    "buy": gettext_lazy("Acheter"),
    "learn": gettext_lazy("Apprendre"),
    "invest": gettext_lazy("Investir"),
    "propose": gettext_lazy("Proposer"),
}


@require_safe
def my_town(request: HttpRequest) -> HttpResponse:
    """Ask which commune; its name or its code leads to its page."""
    asked = _asked(request)
    if isinstance(asked, places.Place):
        return redirect("town", asked.code)
    return render(request, "web/town/ask.html", asked)


@require_safe
def one_town(request: HttpRequest, code: str) -> HttpResponse:
    """What a town hall needs to know of the poles; an old code leads to the commune of today."""
    held = town(code)
    if held.zone.code != code:
        return redirect("town", held.zone.code, permanent=True)
    return render(request, "web/town/town.html", {"town": held, "zone": held.zone})


@require_safe
def town_pdf(request: HttpRequest, code: str) -> HttpResponse:
    """The same on one page of paper."""
    held = town(code)
    if held.zone.code != code:
        return redirect("town_pdf", held.zone.code, permanent=True)
    sources = Sources()
    here = documents.address(request, reverse("town", args=[code]))
    document = Document(
        title=held.zone.name,
        lang=language(),
        kind=f"{_('Ma commune')} · {code}",
        lede=held.paragraph,
        blocks=town_document.blocks(held, sources),
        sources=sources,
        footer=documents.footer(here),
        licence=documents.licence(),
    )
    return pdf_response(document, f"ma-commune-{code}")


@require_safe
def near_home(request: HttpRequest) -> HttpResponse:
    """What a resident finds around a commune, by verb, with address and hours."""
    asked = _asked(request)
    radius = _radius(request)
    if not isinstance(asked, places.Place):
        return render(request, "web/town/near.html", asked)
    zone = territory_sheet("commune", asked.code).zone
    found = near.around(zone, radius)
    context = {
        "typed": zone.name,
        "zone": zone,
        "found": found,
        "verbs": [
            {"code": code, "label": label, "offers": found.offers[code]} for code, label in _VERBS.items()
        ],
        "radii": [
            {"km": km, "href": "?" + urlencode({"commune": zone.code, "rayon": km}), "current": km == radius}
            for km in sorted(near.RADII)
        ],
        "propose": [pole for pole in found.poles if pole.sure],
    }
    return render(request, "web/town/near.html", context)


def _radius(request: HttpRequest) -> int:
    text = request.GET.get("rayon", "")
    if not text:
        return near.RADII[0]
    if text.isdecimal() and int(text) in near.RADII:
        return int(text)
    allowed = ", ".join(str(km) for km in sorted(near.RADII))
    message = _("Le rayon est de %(allowed)s kilomètres.") % {"allowed": allowed}
    raise DomainError("unknown_value", message, facts={"parameter": "rayon", "allowed": sorted(near.RADII)})


def _asked(request: HttpRequest) -> places.Place | dict[str, Any]:
    """Return the commune that the address names, or what to ask again."""
    typed = request.GET.get("commune", "").replace("\0", "").strip()[:120]
    reading = places.read([typed]) if typed else places.Reading()
    communes = [place for place in reading.places if place.level == "commune"]
    if len(communes) == 1:
        return communes[0]
    options = [option for choice in reading.choices for option in choice.options if option.level == "commune"]
    return {
        "typed": typed,
        "options": options,
        "larger": next(iter(reading.places), None),
        "unknown": bool(typed) and not options and not reading.places,
    }
