"""« Ma semaine »: what must be done this week in one's poles, on one screen, on a telephone (look.md)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from terreau.accounts import calendar_keys
from terreau.accounts.models import User
from terreau.common.errors import NotFoundError
from terreau.design import calendars
from terreau.notices import rhythm
from terreau.poles.workspace import Workspace
from terreau.sheets import changes, week
from terreau.web import week_kept
from terreau.web.hours_pages import tapping

#: Days of the calendar of a person: what was lately, and what is planned.
_BEFORE, _AFTER = timedelta(days=60), timedelta(days=400)


@login_required
@require_safe
def my_week(request: HttpRequest) -> HttpResponse:
    """What waits, hours in one tap, what changed; over all the poles of the person, or one (``?pole=``)."""
    user = person(request)
    everywhere = week.workspaces(user, on=timezone.localdate())
    open_to = _chosen(request, everywhere)
    waits = week_kept.of(open_to)
    since = rhythm.seen_since(user, now=timezone.now())
    context = {
        "poles": [ws.pole for ws in everywhere],
        "several": len(everywhere) > 1,
        "asked": request.GET.get("pole", ""),
        "week": waits.week,
        "hours": [{"ws": ws, **tapping(ws)} for ws in open_to[:1]],
        "changed": [(ws, news) for ws in open_to if (news := _news(ws, since))],
        "begun": any(one.begun for one in waits.counts.values()),
        "since": since,
        "now": timezone.now(),
        "back": "semaine",
    }
    response = render(request, "web/espace/week.html", context)
    add_never_cache_headers(response)
    return response


def _chosen(request: HttpRequest, everywhere: list[Workspace]) -> list[Workspace]:
    asked = request.GET.get("pole", "")
    if not asked:
        return everywhere[: week.MOST_POLES]
    found = [ws for ws in everywhere if ws.slug == asked]
    if not found:
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou n'est pas pour vous."))
    return found


def _news(ws: Workspace, since: datetime) -> list[changes.News]:
    return changes.since(ws, since, week_kept.named(ws.pole))


@login_required
@require_POST
def seen(request: HttpRequest) -> HttpResponse:
    """Remember that what changed until then was seen; what came meanwhile is still news."""
    until = parse_datetime(request.POST.get("until", "")) if request.POST.get("until") else None
    if until is not None and timezone.is_aware(until):
        rhythm.mark_seen(person(request), until)
    return redirect("my_week")


@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar of a person over all their poles, for a program that holds their key."""
    user = calendar_keys.holder(token)
    if user is None:
        raise NotFoundError(
            "unknown_key", _("Cette adresse de calendrier ne mène à rien, ou n'est plus en vigueur.")
        )
    today = timezone.localdate()
    found = week.stamps(week.workspaces(user, on=today), today - _BEFORE, today + _AFTER)
    return calendars.feed(_("Ma semaine"), found)


def person(request: HttpRequest) -> User:
    """Return who is signed in."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user


@login_required
@require_safe
def arrive(request: HttpRequest) -> HttpResponse:
    """Where one arrives after signing in: one's week when one is of a pole, else one's account."""
    of_pole = week.workspaces(person(request), on=timezone.localdate())
    return redirect("my_week" if of_pole else "account_home")
