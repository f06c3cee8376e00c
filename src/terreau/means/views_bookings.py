"""Booking in two steps, the price said before; then accepting, refusing, moving, cancelling."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest
from django.http.response import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from terreau.actors.models import Actor
from terreau.census.outside import OUTSIDE
from terreau.common.canonical import digest
from terreau.common.errors import DomainError
from terreau.common.money import Euro
from terreau.journal.models import Event
from terreau.means import bookings, series, telling
from terreau.means.desk import Answer, Desk, next_free
from terreau.means.forms import BookForm, MoveForm, ReasonForm, WhyForm
from terreau.means.models import Booking, Means
from terreau.means.pages import (
    asked_day,
    find,
    find_booking,
    keeps,
    one_of,
    require_keeps,
    require_living,
    span_said,
    voices,
)
from terreau.poles.workspace import Workspace, enter, refused, require_voice, show

#: Organisations from outside that a list offers at most.
_MOST_MET = 60


@dataclass(frozen=True, slots=True)
class Quoted:
    """What is said before booking: each stay, how many are free, what all of them cost, what is free next."""

    answers: list[Answer]
    cents: int | None
    free: int
    after: str
    after_link: str

    @property
    def seen(self) -> str:
        """What the page says back: nobody books other hours, or at another price, than were read."""
        return digest(
            [
                [
                    one.starts_at.isoformat(),
                    one.ends_at.isoformat(),
                    one.price.cents if one.price else None,
                    one.free,
                ]
                for one in self.answers
            ]
        )

    @property
    def clashes(self) -> int:
        """How many cannot be booked."""
        return len(self.answers) - self.free


@require_http_methods(["GET", "HEAD", "POST"])
def book(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Say the hours, read the price, book: two steps, and nothing to draw."""
    ws = enter(request, slug)
    means = find(ws, pk)
    require_living(ws, verb="booking.make")
    actors = voices(ws)
    initial = _initial(request, ws)
    asked = request.POST.get("actor") or initial.get("actor", "")
    met = _met(ws, means, actors, asked) if ws.runs and means.open_outside else None
    form = BookForm(actors, request.POST if request.method == "POST" else None, initial=initial, met=met)
    if request.method != "POST" or not form.is_valid():
        return _page(request, ws, means, form, None, status=422 if form.errors else 200)
    actor = _actor(ws, form)
    require_voice(ws, actor.pk, verb="booking.make")
    quoted = _quote(means, actor, form)
    if request.POST.get("etape") == "reserver":
        return _confirmed(request, ws, means, actor, form, quoted)
    if not quoted.free:
        form.add_error(None, quoted.answers[0].words)
    return _page(request, ws, means, form, quoted, status=200 if quoted.free else 422)


def _met(ws: Workspace, means: Means, of_pole: Sequence[Actor], asked: str) -> list[Actor]:
    """Return who from outside booked this thing before, and who is asked for by its identifier.

    That one is public, or was added by the person a moment ago: private actors of others are not shown.
    """
    booked = Booking.objects.filter(means=means).order_by().values("actor")
    wanted = Q(pk__in=booked)
    with suppress(ValueError):
        added = Event.objects.filter(subject=UUID(asked), by=ws.user.pk).order_by().values("subject")
        wanted |= Q(pk=UUID(asked)) & (Q(subject__public=True) | Q(pk__in=added))
    rows = Actor.objects.filter(wanted, subject__merged_into=None, subject__closed_at=None)
    rows = rows.exclude(pk__in=[one.pk for one in of_pole])
    return list(rows.order_by("sort_key", "pk")[:_MOST_MET])


def _actor(ws: Workspace, form: BookForm) -> Actor:
    """Return for whom one books; somebody from outside is added to the register when it must be.

    From then on the form says who by an identifier: the second step adds nobody again.
    """
    asked = form.cleaned_data["actor"]
    if asked != OUTSIDE:
        return one_of(form.actors, asked)
    pk = form.chosen("actor", by=ws.user, on=ws.today, public=ws.pole.actor.subject.public)
    found = Actor.objects.get(pk=pk)
    form.actors.append(found)
    data: Any = form.data.copy()  # type: ignore[attr-defined]
    data["actor"], data["outside"] = str(pk), ""
    form.data = data
    form.fields["actor"].choices = [*form.fields["actor"].choices, (str(pk), found.name)]  # type: ignore[attr-defined]
    return found


def _confirmed(  # noqa: PLR0913, PLR0917 - what is confirmed
    request: HttpRequest, ws: Workspace, means: Means, actor: Actor, form: BookForm, quoted: Quoted
) -> HttpResponseBase:
    """Book what was read; what is no more so is shown again, and a button pressed twice books once."""
    same = _mine_already(means, actor, form)
    if same is None and quoted.seen == request.POST.get("vu"):
        try:
            return _booked(request, ws, means, actor, form)
        except DomainError as error:
            refused(form, error)
            same = _mine_already(means, actor, form)
            quoted = _quote(means, actor, form)
    if same is not None:
        return redirect("espace_booking", ws.slug, means.pk, same.pk)
    if not form.errors:
        words = _("Les heures libres ou le prix ont changé : lisez-les, puis confirmez.")
        form.add_error(None, words if quoted.free else quoted.answers[0].words)
    return _page(request, ws, means, form, quoted, status=409)


def _booked(
    request: HttpRequest, ws: Workspace, means: Means, actor: Actor, form: BookForm
) -> HttpResponseBase:
    values = {"by": ws.user, "label": form.cleaned_data["label"]}
    stays = form.stays
    if len(stays) == 1:
        row = bookings.book(means, actor, *stays[0], **values)
        words = _("C'est réservé.")
        if row.state == Booking.State.ASKED:
            telling.asked(row)
            words = _("C'est demandé à qui prête : vous serez prévenu de la réponse.")
        messages.success(request, words)
        return redirect("espace_booking", ws.slug, means.pk, row.pk)
    rows = series.book_all(means, actor, stays, only_free=request.POST.get("libres") == "oui", **values)
    if rows[0].state == Booking.State.ASKED:
        telling.asked(rows[0])
    count = len(rows)
    words = ngettext("%(count)d réservation prise.", "%(count)d réservations prises.", count)
    messages.success(request, words % {"count": count})
    first = timezone.localdate(rows[0].starts_at)
    return redirect(f"{reverse('espace_one_means', args=[ws.slug, means.pk])}?vue=mois&le={first}")


def _mine_already(means: Means, actor: Actor, form: BookForm) -> Booking | None:
    """Return the same booking taken a moment ago by the same organisation: a button pressed twice."""
    if len(form.stays) != 1:
        return None
    starts_at, ends_at = form.stays[0]
    rows = Booking.objects.filter(means=means, actor=actor, cancelled_at=None)
    return rows.filter(starts_at=starts_at, ends_at=ends_at).first()


def _quote(means: Means, actor: Actor, form: BookForm) -> Quoted:
    answers = Desk(means, actor).foresee(form.stays, now=timezone.now())
    free = [one for one in answers if one.free]
    prices = [one.price.cents for one in free if one.price is not None]
    cents = sum(prices) if free and len(prices) == len(free) else None
    after, link = "", ""
    if not free and (found := next_free(means, *form.stays[0])):
        first, last = (timezone.localtime(one) for one in found)
        asked = {"le": first.date().isoformat(), "de": f"{first:%H:%M}", "a": f"{last:%H:%M}"}
        if last.date() != first.date():
            asked["fin"] = last.date().isoformat()
        asked |= {"pour": str(actor.pk), "objet": form.cleaned_data["label"]}
        after = span_said(first, last)
        link = "?" + urlencode(asked)
    return Quoted(answers, cents, len(free), after, link)


def _initial(request: HttpRequest, ws: Workspace) -> dict[str, Any]:
    """Read what a link of the calendar says: a day, hours, an organisation."""
    get = request.GET
    day = asked_day(request, "le", ws.today)
    now = timezone.localtime()
    start = max(now.hour + 1, 9) if day == now.date() else 9
    with suppress(ValueError):
        start = time.fromisoformat(get.get("de", "")).hour
    found: dict[str, Any] = {
        "day": day,
        "starts": f"{min(start, 23):02d}:00",
        "ends": f"{(start + 1) % 24:02d}:00",
    }
    names = {"starts": "de", "ends": "a", "last_day": "fin", "actor": "pour", "label": "objet"}
    return {**found, **{name: get[key][:200] for name, key in names.items() if get.get(key)}}


def _page(  # noqa: PLR0913 - keyword-only at the end
    request: HttpRequest,
    ws: Workspace,
    means: Means,
    form: BookForm,
    quoted: Quoted | None,
    *,
    status: int,
) -> HttpResponse:
    context = {
        "means": means,
        "form": form,
        "quoted": quoted,
        "total": Euro(quoted.cents) if quoted and quoted.cents is not None else None,
        "confirming": bool(quoted and quoted.free),
        "actor": next((one for one in form.actors if str(one.pk) == form["actor"].value()), None),
    }
    return show(request, ws, "means/book.html", context, status=status)


@require_safe
def booking(request: HttpRequest, slug: str, pk: UUID, booking: UUID) -> HttpResponseBase:
    """One booking: hours, price and how it was found, what one may do with it."""
    ws = enter(request, slug)
    means = find(ws, pk)
    return _booking_page(request, ws, means, find_booking(ws, means, booking))


def _booking_page(  # noqa: PLR0913 - keyword-only: what was typed and refused
    request: HttpRequest,
    ws: Workspace,
    means: Means,
    row: Booking,
    *,
    move: MoveForm | None = None,
    reason: ReasonForm | None = None,
    after: str = "",
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    mine, living = ws.may_speak_for(row.actor_id), row.cancelled_at is None
    first, last = timezone.localtime(row.starts_at), timezone.localtime(row.ends_at)
    initial = {"day": first.date(), "starts": first.time(), "ends": last.time()}
    if last.date() != first.date():
        initial["last_day"] = last.date()
    rest = 0
    if row.series is not None and living:
        rest = Booking.objects.filter(
            series=row.series, means=means, cancelled_at=None, starts_at__gt=row.starts_at
        ).count()
    context = {
        "means": means,
        "row": row,
        "when": span_said(row.starts_at, row.ends_at),
        "price": Euro(row.price["cents"]) if row.price else None,
        "each": Euro(row.price["each"]) if row.price else None,
        "may_answer": keeps(ws, means) and row.state == Booking.State.ASKED and row.ends_at > now,
        "may_move": mine and living and row.starts_at > now,
        "may_cancel": living and row.ends_at > now and (mine or keeps(ws, means)),
        "owes_reason": row.by_id != ws.user.pk,
        "move": move or MoveForm(initial=initial),
        "reason": reason or WhyForm(),
        "rest": rest,
        "after": after,
        "over": row.ends_at <= now,
    }
    return show(request, ws, "means/booking.html", context, status=status)


@require_POST
def answer(request: HttpRequest, slug: str, pk: UUID, booking: UUID) -> HttpResponseBase:
    """The owner accepts, or refuses with a reason."""
    ws = enter(request, slug)
    means = find(ws, pk)
    require_keeps(ws, means, verb="booking.answer")
    row, form = find_booking(ws, means, booking), WhyForm(request.POST)
    try:
        if request.POST.get("faire") == "refuser":
            done = bookings.refuse(row, reason=request.POST.get("reason", ""), by=ws.user)
            telling.refused(done, by=ws.user)
            messages.success(request, _("La demande est refusée ; les heures sont libres."))
        else:
            done = bookings.accept(row, by=ws.user)
            telling.accepted(done, by=ws.user)
            messages.success(request, _("La demande est acceptée."))
    except DomainError as error:
        if form.is_valid():
            refused(form, error)
        return _booking_page(
            request, ws, means, find_booking(ws, means, booking), reason=form, status=error.status
        )
    return redirect("espace_booking", slug, pk, booking)


@require_POST
def move(request: HttpRequest, slug: str, pk: UUID, booking: UUID) -> HttpResponseBase:
    """Take a booking to other hours; it keeps its own when the others are taken."""
    ws = enter(request, slug)
    means = find(ws, pk)
    row = find_booking(ws, means, booking)
    require_voice(ws, row.actor_id, verb="booking.move")
    form, after, status = MoveForm(request.POST), "", 422
    if form.is_valid():
        stay = form.cleaned_data["stay"]
        try:
            done = bookings.move(row, *stay, by=ws.user)
            messages.success(request, _("La réservation est déplacée."))
            return redirect("espace_booking", slug, pk, done.pk)
        except DomainError as error:
            refused(form, error)
            status = error.status
            if error.code == "taken" and (found := next_free(means, *stay)):
                after = span_said(*found)
    return _booking_page(request, ws, means, row, move=form, after=after, status=status)


@require_POST
def cancel(request: HttpRequest, slug: str, pk: UUID, booking: UUID) -> HttpResponseBase:
    """Cancel a booking, or this one and those of its series that follow."""
    ws = enter(request, slug)
    means = find(ws, pk)
    row = find_booking(ws, means, booking)
    if not keeps(ws, means):
        require_voice(ws, row.actor_id, verb="booking.cancel")
    form = (ReasonForm if row.by_id == ws.user.pk else WhyForm)(request.POST)
    try:
        reason = request.POST.get("reason", "")[:200]
        if request.POST.get("suite") == "oui":
            count = series.cancel_rest(row, by=ws.user, reason=reason)
            words = ngettext("%(count)d réservation annulée.", "%(count)d réservations annulées.", count)
            messages.success(request, words % {"count": count})
        else:
            bookings.cancel(row, by=ws.user, reason=reason)
            messages.success(request, _("La réservation est annulée ; les heures sont libres."))
    except DomainError as error:
        if form.is_valid():
            refused(form, error)
        return _booking_page(request, ws, means, row, reason=form, status=error.status)
    row.refresh_from_db()
    telling.cancelled(row, by=ws.user)
    return redirect("espace_booking", slug, pk, booking)


def week_of(row: Booking) -> str:
    """Return the first day of the week of a booking, as an address writes it."""
    day = timezone.localdate(row.starts_at)
    return (day - timedelta(days=day.weekday())).isoformat()
