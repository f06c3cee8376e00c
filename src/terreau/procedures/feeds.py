"""Calls for others' sites: a file that they read whole, and an Atom feed of what opens and closes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid5

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from terreau.calls.models import Call
from terreau.design.context import design
from terreau.procedures import openings

#: Entries of the feed.
ENTRIES = 50
_SECONDS = 300
_START = datetime(1970, 1, 1, tzinfo=UTC)


class _Feed(Atom1Feed):
    def latest_post_date(self) -> datetime:
        """Return the day of the newest entry, never now."""
        dates: list[datetime] = [item["updateddate"] for item in self.items]
        return max(dates, default=_START)


@require_safe
def calls_json(request: HttpRequest) -> HttpResponse:
    """Every public call, those that take files first: what another site shows in its own pages."""
    found = openings.everything()
    origin = design(request)["site_origin"]
    changed = openings.last_change(found)
    body = {
        "licence": "Licence Ouverte 2.0",
        "mis_a_jour": timezone.localtime(changed).isoformat(timespec="seconds") if changed else None,
        "appels": [openings.line(one, origin) for one in found],
    }
    response = JsonResponse(body, json_dumps_params={"ensure_ascii": False, "indent": 1})
    return _public(response)


@require_safe
def calls_feed(request: HttpRequest) -> HttpResponse:
    """What opened and what closed, the newest first."""
    origin = design(request)["site_origin"]
    feed = _Feed(
        title=_("Terreau · appels"),
        link=f"{origin}/appels/",
        description="",
        subtitle=_("Appels qui ouvrent et appels qui ferment."),
        language="en" if (get_language() or "fr").startswith("en") else "fr",
        author_name="Terreau",
        feed_url=f"{origin}{request.path}",
        feed_guid=f"{origin}{request.path}",
        feed_copyright=_("Licence Ouverte 2.0"),
    )
    items = [item for one in openings.public() for item in _items(one, origin)]
    for item in sorted(items, key=lambda one: (one["updateddate"], one["unique_id"]), reverse=True)[:ENTRIES]:
        feed.add_item(**item)
    response = HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
    return _public(response)


def _items(call: Call, origin: str) -> list[dict[str, Any]]:
    now, name = timezone.now(), {"title": call.title}
    told = [
        ("opens", call.opens_at, _("« %(title)s » est ouvert") % name),
        ("closes", call.last_instant, _("« %(title)s » est clos") % name),
    ]
    return [
        {
            "title": f"{words} ({_('exemple')})" if call.example else words,
            "link": f"{origin}/appels/{call.slug}/",
            "description": format_html("<p>{}</p><p>{}</p>", call.summary, _deadline(call)),
            "unique_id": f"urn:uuid:{uuid5(call.pk, key)}",
            "updateddate": at,
            "pubdate": at,
            "categories": [key],
        }
        for key, at, words in told
        if at is not None and at <= now
    ]


def _deadline(call: Call) -> str:
    if call.closes_at is None:
        return _("Sans date de clôture.")
    local = timezone.localtime(call.closes_at)
    return _("Dépôt jusqu'au %(day)s à %(hour)s, heure de Paris.") % {
        "day": local.strftime("%d/%m/%Y"),
        "hour": local.strftime("%H:%M"),
    }


def _public(response: HttpResponse) -> HttpResponse:
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = f"public, max-age={_SECONDS}"
    return response
