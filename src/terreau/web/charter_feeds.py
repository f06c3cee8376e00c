"""The Atom feed of a public charter: who signs it, who withdraws."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any
from uuid import uuid5

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from terreau.charters import perms, register
from terreau.charters.register import Line
from terreau.design.context import design
from terreau.sheets.facts import language
from terreau.web.lasting import lasting

ENTRIES, _MINUTES = 50, 5 * 60
_START = datetime(1970, 1, 1, tzinfo=UTC)


class _Feed(Atom1Feed):
    def latest_post_date(self) -> datetime:
        """Return the day of the newest entry, never now."""
        dates: list[datetime] = [item["updateddate"] for item in self.items]
        return max(dates, default=_START)


@require_safe
def charter(request: HttpRequest, code: str) -> HttpResponse:
    """The newest signatures and withdrawals first; that of a charter which is not public has no address."""
    found = perms.find(code, None)
    origin = design(request)["site_origin"]
    feed = _Feed(
        title=_("Qui a signé « %(title)s »") % {"title": found.title},
        link=f"{origin}{reverse('charter_signatories', args=[code])}",
        description="",
        subtitle=_("Qui signe, sous quelle version ; qui se retire."),
        language=language(),
        author_name="Terreau",
        feed_url=f"{origin}{request.path}",
        feed_guid=f"{origin}{request.path}",
    )
    for item in sorted(_items(register.lines(found), origin), key=lambda one: one["updateddate"])[-ENTRIES:]:
        feed.add_item(**item)
    feed.items.reverse()
    response = HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
    response["Access-Control-Allow-Origin"] = "*"
    return lasting(request, response, _MINUTES, changed=feed.latest_post_date())


def _items(lines: list[Line], origin: str) -> list[dict[str, Any]]:
    found = []
    for line in lines:
        said = {"name": line.actor.name, "label": line.version}
        signed = _("%(name)s a signé la version %(label)s") % said
        found.append(_item(line, "signed", signed, line.signature.at, origin))
        if line.withdrawn_on:
            gone = _("%(name)s a retiré sa signature de la version %(label)s") % said
            at = datetime.combine(line.withdrawn_on, time(12), tzinfo=UTC)
            found.append(_item(line, "withdrawn", gone, max(at, line.signature.at), origin))
    return found


def _item(line: Line, key: str, title: str, at: datetime, origin: str) -> dict[str, Any]:
    return {
        "title": title,
        "link": f"{origin}{line.path}",
        "description": line.reason if key == "withdrawn" else "",
        "unique_id": f"urn:uuid:{uuid5(line.signature.pk, key)}",
        "updateddate": at,
        "pubdate": at,
        "categories": [key],
    }
