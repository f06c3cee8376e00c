"""The calendar of all that is shared; feeds for calendar programs; calendars that are brought."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from terreau.accounts.calendar_keys import holder
from terreau.actors.models import Actor
from terreau.common.errors import DomainError, NotFoundError
from terreau.design.calendars import feed
from terreau.design.export import export_response
from terreau.means import calendars, exchange
from terreau.means.composed import stamp_of
from terreau.means.forms import ImportForm
from terreau.means.models import Booking, Means
from terreau.means.pages import asked_day, find, midnight, one_of, require_living, voices
from terreau.means.views_means import booking_columns
from terreau.poles.workspace import Workspace, enter, of_person, refused, require_voice, show

#: What a calendar program is given: a little of what was, a year of what comes.
_BACK, _AHEAD = timedelta(days=31), timedelta(days=366)
_YEAR = timedelta(days=366)


@require_safe
def everything(request: HttpRequest, slug: str) -> HttpResponseBase:
    """All that is shared, by week or by day."""
    ws = enter(request, slug)
    view = request.GET.get("vue", calendars.WEEK)
    if view not in (calendars.DAY, calendars.WEEK):
        raise DomainError("unknown_view", _("Ce calendrier se lit par jour ou par semaine."))
    kind = request.GET.get("sorte", "")
    if kind and kind not in Means.Kind.values:
        raise DomainError("unknown_kind", _("Cette sorte de moyen n'existe pas."))
    day = asked_day(request, "le", ws.today)
    mine = ws.standing.speaks_for
    sheet, rows = calendars.everything(ws.pole, view, day, now=timezone.now(), mine=mine, kind=kind)
    flat = [
        block.booking for row in rows for column in row.columns for block in column.blocks if not block.before
    ]
    if made := export_response(
        request, flat, booking_columns(), f"calendrier-{sheet.first}", title=_("Calendrier des moyens")
    ):
        return made
    context = {
        "sheet": sheet,
        "rows": rows,
        "count": len(flat),
        "kinds": Means.Kind.choices,
        "kind": kind,
        "views": (calendars.DAY, calendars.WEEK),
    }
    return show(request, ws, "means/calendar.html", context)


@require_safe
def feed_of(request: HttpRequest, token: str, slug: str, pk: UUID) -> HttpResponse:
    """One means as a calendar that programs read; what the holder may see is asked at every reading."""
    user = holder(token)
    if user is None:
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou n'est pas pour vous."))
    ws = of_person(user, slug)
    means = find(ws, pk)
    today = ws.today
    # Cancelled ones too: a calendar program forgets only what it is told.
    rows = Booking.objects.filter(
        means=means,
        starts_at__lt=midnight(today + _AHEAD),
        ends_at__gt=midnight(today - _BACK),
    ).exclude(state=Booking.State.REFUSED)
    stamps = [
        stamp_of(row) for row in rows.select_related("actor", "means__pole").order_by("starts_at", "pk")
    ]
    return feed(means.name, stamps)


@require_http_methods(["GET", "HEAD", "POST"])
def bring(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Bring a calendar: read it over, then confirm; nothing is half written."""
    ws = enter(request, slug)
    means = find(ws, pk)
    require_living(ws, verb="booking.bring")
    actors = voices(ws)
    if request.method == "POST" and "lu" in request.POST:
        return _confirmed(request, ws, means, actors)
    posted = (request.POST, request.FILES) if request.method == "POST" else ()
    form = ImportForm(actors, *posted, initial={"until": ws.today + timedelta(days=180)})
    if request.method == "POST" and form.is_valid():
        actor = one_of(actors, form.cleaned_data["actor"])
        require_voice(ws, actor.pk, verb="booking.bring")
        try:
            brought = _read(ws, form)
            return _preview(request, ws, means, actor, brought)
        except DomainError as error:
            refused(form, error)
    context = {"means": means, "form": form}
    return show(request, ws, "means/bring.html", context, status=422 if form.errors else 200)


def _read(ws: Workspace, form: ImportForm) -> list[exchange.Brought]:
    until: date = form.cleaned_data["until"]
    if not ws.today <= until <= ws.today + _YEAR:
        words = _("Choisissez un jour à venir, dans l'année.")
        raise DomainError("until_out", words, facts={"field": "until"})
    # One byte more than what is accepted, so that a larger file is refused without being read whole.
    data = form.cleaned_data["file"].read(2_000_001)
    found = exchange.events(data, first=ws.today, last=until)
    now = timezone.now()
    coming = [one for one in found if one.starts_at > now]
    if not coming:
        words = _("Ce calendrier n'a aucun événement à venir jusqu'à ce jour.")
        raise DomainError("nothing_to_come", words, facts={"field": "file"})
    return coming


def _preview(  # noqa: PLR0913 - keyword-only at the end
    request: HttpRequest,
    ws: Workspace,
    means: Means,
    actor: Actor,
    brought: list[exchange.Brought],
    *,
    warned: bool = False,
) -> HttpResponse:
    plan = exchange.plan(means, actor, brought)
    context = {
        "means": means,
        "actor": actor,
        "plan": plan,
        "counts": {verb: plan.counts[verb] for verb in exchange.VERBS},
        "sealed": exchange.sealed(means, actor, brought, ws.user),
        "warned": warned,
    }
    return show(request, ws, "means/bring_preview.html", context, status=409 if warned else 200)


def _confirmed(request: HttpRequest, ws: Workspace, means: Means, actors: list[Actor]) -> HttpResponseBase:
    try:
        held, brought = exchange.opened(request.POST["lu"], means, ws.user)
    except DomainError as error:
        form = ImportForm(actors, {})
        form.errors.clear()
        refused(form, error)
        return show(request, ws, "means/bring.html", {"means": means, "form": form}, status=error.status)
    require_voice(ws, held, verb="booking.bring")
    actor = Actor.objects.get(pk=held)
    if request.POST.get("vu", "") != exchange.plan(means, actor, brought).seen:
        return _preview(request, ws, means, actor, brought, warned=True)
    try:
        counts = exchange.write(means, actor, brought, by=ws.user)
    except DomainError as error:
        if error.code != "taken":
            raise
        return _preview(request, ws, means, actor, brought, warned=True)
    total = counts["book"] + counts["move"] + counts["cancel"]
    words = ngettext(
        "%(count)d réservation écrite depuis le calendrier.",
        "%(count)d réservations écrites depuis le calendrier.",
        total,
    )
    messages.success(request, words % {"count": total})
    return redirect("espace_one_means", ws.slug, means.pk)
