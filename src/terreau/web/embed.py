"""Terreau in the pages of others: frames, fragments, and the page that writes the lines to copy.

A frame may stand in any page and sets no cookie; a fragment is HTML that another server (or script) puts in
its own page. Nothing else of the site may be framed.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from csp.constants import SELF
from csp.decorators import csp_replace, csp_update
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from terreau.common.errors import DomainError, NotFoundError
from terreau.design.context import design
from terreau.poles import directory
from terreau.poles.directory import Filters
from terreau.web import embed_content
from terreau.web.lasting import lasting

_STATIC = Path(__file__).resolve().parent / "static" / "web"
_MINUTES = 5 * 60
_DAY = 86_400
#: Filters that a map may carry, in the order of the form.
MAP_FILTERS = ("region", "departement", "secteur")
CARD_HEIGHT, MAP_HEIGHT = 560, 820

View = Callable[..., HttpResponse]
Answering = Callable[..., HttpResponseBase]


@lru_cache(maxsize=1)
def style() -> str:
    """Return the style sheet of what is embedded: every rule is under ``.terreau-embed``."""
    return (_STATIC / "embed.css").read_text("utf-8")


@lru_cache(maxsize=1)
def _style_hash() -> str:
    """Return the source that lets a fragment opened alone use its own style."""
    digest = hashlib.sha256(style().encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _framed(view: View) -> Answering:
    """Let any page frame the answer; a refusal is said in the frame, where a page of ours could not show."""

    @require_safe
    @xframe_options_exempt
    @csp_replace({"frame-ancestors": ["*"]})
    @wraps(view)
    def framed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return lasting(request, view(request, *args, **kwargs), _MINUTES)
        except DomainError as error:
            return _refused(request, error)

    return framed


def _refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    return render(request, "web/embed/refused.html", {"error": error, "frame": True}, status=error.status)


def _shared(view: View) -> Answering:
    """Let any page fetch the answer, a refusal too."""

    @require_safe
    @csp_update({"style-src": [_style_hash()]})
    @wraps(view)
    def shared(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response = lasting(request, view(request, *args, **kwargs), _MINUTES)
        except DomainError as error:
            response = HttpResponse(
                format_html('<p class="terreau-embed">{}</p>\n', error.message), status=error.status
            )
        response["Access-Control-Allow-Origin"] = "*"
        return response

    return shared


def _card(slug: str, name: str) -> dict[str, Any] | str:
    """Return the context of a card, or the address of the pole that took its place."""
    try:
        return {"card": embed_content.card(slug)}
    except NotFoundError as error:
        winner = error.facts.get("slug")
        if not winner:
            raise
        return reverse(name, args=[winner])


def _show(request: HttpRequest, name: str, slug: str) -> HttpResponse:
    found = _card(slug, name)
    if isinstance(found, str):
        return redirect(found, permanent=True)
    return _page(request, "web/embed/card.html", found, frame=name == "embed_card")


def _page(request: HttpRequest, template: str, context: dict[str, Any], *, frame: bool) -> HttpResponse:
    outside = "web/embed/frame.html" if frame else "web/embed/fragment.html"
    inside: SafeString = mark_safe(style())  # noqa: S308 (a file of ours)
    return render(request, template, {**context, "outside": outside, "style": inside})


@_framed
def card_frame(request: HttpRequest, slug: str) -> HttpResponse:
    """The card of a pole, for a frame."""
    return _show(request, "embed_card", slug)


@_shared
def card_fragment(request: HttpRequest, slug: str) -> HttpResponse:
    """The card of a pole, as HTML to put in a page."""
    return _show(request, "embed_card_fragment", slug)


@_framed
def map_frame(request: HttpRequest) -> HttpResponse:
    """The map and its list, for a frame; filters as in the directory."""
    return _page(request, "web/embed/map.html", _map(request.GET), frame=True)


@_shared
def map_fragment(request: HttpRequest) -> HttpResponse:
    """The map and its list, as HTML to put in a page; filters as in the directory."""
    return _page(request, "web/embed/map.html", _map(request.GET), frame=False)


def _map(params: Mapping[str, Any]) -> dict[str, Any]:
    filters = Filters.parse(params)
    asked = {"q": filters.q, **filters.codes}
    query = urlencode({name: value for name, value in asked.items() if value})
    return {"map": embed_content.france(filters), "query": f"?{query}" if query else ""}


@require_safe
def height_script(request: HttpRequest) -> HttpResponse:
    """The few lines that a page may load to give its frames the height they need."""
    body = (_STATIC / "embed-host.js").read_text("utf-8")
    response = HttpResponse(body, content_type="text/javascript; charset=utf-8")
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return lasting(request, response, _DAY)


@require_safe
@csp_update({"frame-src": [SELF]})
def builder(request: HttpRequest) -> HttpResponse:
    """Write the lines to copy for a map or a card, and show what they give."""
    filters = Filters.parse({name: request.GET.get(name, "") for name in MAP_FILTERS})
    text = request.GET.get("pole", "").strip()
    found = embed_content.find(text)
    chosen = found[0] if len(found) == 1 else None
    origin = design(request)["site_origin"]
    context = {
        "fields": [_field(name, filters) for name in MAP_FILTERS],
        "pole_text": text,
        "found": [] if chosen else found,
        "nothing": bool(text and not found),
        "chosen": chosen,
        "recipes": _recipes(origin, filters, chosen.slug if chosen else "", chosen.nom if chosen else ""),
    }
    return render(request, "web/embed/builder.html", context)


def _field(name: str, filters: Filters) -> dict[str, Any]:
    titles = {"region": _("Région"), "departement": _("Département"), "secteur": _("Domaine d'activité")}
    return {
        "name": name,
        "title": titles[name],
        "value": getattr(filters, name),
        "options": directory.labels(name),
    }


def _recipes(origin: str, filters: Filters, slug: str, name: str) -> dict[str, Any]:
    """Return what to copy: the address to show, the frame, the fragment."""
    if slug:
        frame, fragment = reverse("embed_card", args=[slug]), reverse("embed_card_fragment", args=[slug])
        title, height = _("%(name)s, fiche du registre Terreau") % {"name": name}, CARD_HEIGHT
    else:
        query = f"?{urlencode(filters.codes)}" if filters.codes else ""
        frame, fragment = reverse("embed_map") + query, reverse("embed_map_fragment") + query
        title, height = _("Carte des pôles, registre Terreau"), MAP_HEIGHT
    script = f"{origin}{reverse('embed_height_script')}"
    return {
        "preview": frame,
        "title": title,
        "height": height,
        "frame": format_html(
            '<iframe data-terreau src="{}" title="{}" width="100%" height="{}" loading="lazy" '
            'referrerpolicy="no-referrer" style="border: 0; max-width: 48rem"></iframe>',
            f"{origin}{frame}",
            title,
            height,
        ),
        "script": format_html('<script src="{}" async></script>', script),
        "fragment": f"{origin}{fragment}",
    }
