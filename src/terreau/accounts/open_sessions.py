"""Sessions that are open: where a person is signed in, and how to close what they no longer hold.

A session is told by the day it was opened and the family of its browser, nothing else: neither the network
address nor the whole name that the browser gives of itself is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import OpenSession, User
from terreau.common.errors import DomainError

#: Where a session says under which key it was kept.
_KEPT = "kept_as"
#: In this order: Edge and Opera say that they are Chrome, Chrome that it is Safari.
_BROWSERS = (
    ("Edge", r"\bEdg(e|A|iOS)?/"),
    ("Opera", r"\bOPR/"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Firefox", r"\b(Firefox|FxiOS)/"),
    ("Chrome", r"\b(Chrome|Chromium|CriOS)/"),
    ("Safari", r"\bSafari/"),
)
_SYSTEMS = (
    ("Android", r"\bAndroid\b"),
    ("iPhone", r"\biPhone\b"),
    ("iPad", r"\biPad\b"),
    ("Windows", r"\bWindows\b"),
    ("macOS", r"\bMac OS X\b"),
    ("ChromeOS", r"\bCrOS\b"),
    ("Linux", r"\bLinux\b"),
)


def device(agent: str) -> str:
    """Return the families of a browser and of its system, "Firefox, Android"; ``""`` when not known."""
    found = [
        next((name for name, pattern in families if re.search(pattern, agent[:500])), "")
        for families in (_BROWSERS, _SYSTEMS)
    ]
    return ", ".join(filter(None, found))


def remember(request: HttpRequest, user: User) -> None:
    """Keep that the session of this request is this person's; without a session, nothing."""
    key = request.session.session_key
    if not key or not Session.objects.filter(session_key=key).exists():
        return
    values = {"user": user, "device": device(request.headers.get("User-Agent", ""))}
    OpenSession.objects.get_or_create(session_id=key, defaults=values)
    if request.session.get(_KEPT) != key:
        request.session[_KEPT] = key


class OpenSessionMiddleware:
    """Follows a session whose key changed (a new password): without it, the list would lose it.

    Costs no query, and a stranger, who has no session, none of it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            kept = request.session.get(_KEPT)
            if kept and kept != request.session.session_key and isinstance(request.user, User):
                remember(request, request.user)
        return self.get_response(request)


def of(user: User, current: str | None) -> list[OpenSession]:
    """Return the sessions of a person that still open something: ``current`` (its key) first, then by day."""
    rows = OpenSession.objects.filter(user=user, session__expire_date__gt=timezone.now())
    return sorted(rows.order_by("-opened_at", "pk"), key=lambda one: one.session_id != current)


@transaction.atomic
def close(user: User, pk: str, *, current: str | None) -> None:
    """Close one session of a person, never the one of key ``current``: one signs out of it.

    ``DomainError`` ``no_such_session`` (404) when it is somebody else's, or closed already.
    """
    found = [one for one in of(user, current) if str(one.pk) == pk and one.session_id != current]
    if not found:
        message = _("Cette session n'est plus ouverte : elle a été fermée ailleurs, ou elle a pris fin.")
        raise DomainError("no_such_session", message, status=404)
    Session.objects.filter(session_key=found[0].session_id).delete()


@transaction.atomic
def close_others(user: User, *, current: str | None) -> int:
    """Close every session of a person but the one of key ``current``; return how many were open."""
    keys = [one.session_id for one in of(user, current) if one.session_id != current]
    Session.objects.filter(session_key__in=keys).delete()
    return len(keys)
