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
from terreau.poles.models import Pole
from terreau.poles.workspace import Workspace
from terreau.sheets import changes, espace, purposes, week
from terreau.web.hours_pages import tapping

#: Days of the calendar of a person: what was lately, and what is planned.
_BEFORE, _AFTER = timedelta(days=60), timedelta(days=400)


@login_required
@require_safe
def my_week(request: HttpRequest) -> HttpResponse:
    """What waits, hours in one tap, what changed; over all the poles of the person, or one (``?pole=``)."""
    user = person(request)
    poles = week.poles_of(user, on=timezone.localdate())
    chosen = _chosen(request, poles)
    open_to = week.workspaces(user, chosen)
    since = rhythm.seen_since(user, now=timezone.now())
    several = len(poles) > 1
    context = {
        "poles": poles,
        "several": several,
        "asked": request.GET.get("pole", ""),
        "week": week.week(open_to),
        "hours": [{"ws": ws, **tapping(ws)} for ws in open_to[:1]],
        "changed": [(ws, news) for ws in open_to if (news := _news(ws, since))],
        "begun": any(espace.counts(ws).begun for ws in open_to[:1]),
        "since": since,
        "now": timezone.now(),
        "back": "semaine",
    }
    response = render(request, "web/espace/week.html", context)
    add_never_cache_headers(response)
    return response


def _chosen(request: HttpRequest, poles: list[Pole]) -> list[Pole]:
    asked = request.GET.get("pole", "")
    if not asked:
        return poles[: week.MOST_POLES]
    found = [pole for pole in poles if pole.slug == asked]
    if not found:
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou n'est pas pour vous."))
    return found


def _news(ws: Workspace, since: datetime) -> list[changes.News]:
    return changes.since(ws, since, purposes.of_pole(ws.pole))


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
    poles = week.poles_of(user, on=today)[: week.MOST_POLES]
    found = week.stamps(week.workspaces(user, poles), today - _BEFORE, today + _AFTER)
    return calendars.feed(_("Ma semaine"), found)


def person(request: HttpRequest) -> User:
    """Return who is signed in."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user


@login_required
@require_safe
def arrive(request: HttpRequest) -> HttpResponse:
    """Where one arrives after signing in: one's week when one is of a pole, else one's account."""
    of_pole = week.poles_of(person(request), on=timezone.localdate())
    return redirect("my_week" if of_pole else "account_home")
