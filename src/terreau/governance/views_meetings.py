"""Pages of meetings: those to come and past, one prepared, convened, answered, changed, cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from terreau.common.errors import DomainError, NotFoundError, RefusedError, StaleWriteError
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.governance import agenda, meetings, reach, rhythm, room, voices
from terreau.governance.forms_meetings import (
    AddItemForm,
    HoursForm,
    ItemForm,
    MeetingForm,
    ReasonForm,
    uuid_of,
)
from terreau.governance.models import Attendance, Body, Item, Meeting, Seat
from terreau.governance.room import Room
from terreau.journal.actions import refuse
from terreau.poles.workspace import Workspace, enter, refused, show

_write = require_http_methods(["GET", "HEAD", "POST"])
_PAGE = 30


@require_safe
def listed(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The meetings of a pole: what comes, what is late, what was."""
    ws = enter(request, slug)
    body = _body(ws, request.GET.get("instance", ""))
    if (exported := _exported(request, ws, body)) is not None:
        return exported
    before = _instant(request.GET.get("avant", ""))
    past = room.page_of(ws, past=True, before=before, body=body.pk if body else None, limit=_PAGE + 1)
    context = {
        "coming": [] if before else room.page_of(ws, past=False, body=body.pk if body else None),
        "past": past[:_PAGE],
        "older": past[_PAGE - 1].starts_at.isoformat() if len(past) > _PAGE else "",
        "before": before,
        "overdue": [(one, one.late(ws.today)) for one in rhythm.overdue(ws.pole, ws.today)],
        "bodies": _living(ws),
        "body": body,
    }
    return show(request, ws, "governance/meetings/list.html", context)


def _exported(request: HttpRequest, ws: Workspace, body: Body | None) -> HttpResponseBase | None:
    rows = Meeting.objects.filter(body__pole=ws.pole).select_related("body").order_by("-starts_at", "pk")
    if body:
        rows = rows.filter(body=body)
    columns = [
        Column(_("Instance"), lambda row: row.body.name),
        Column(_("Titre"), lambda row: row.title),
        Column(_("Début de la séance"), lambda row: _minute(row.starts_at)),
        Column(_("Fin de la séance"), lambda row: _minute(row.ends_at)),
        Column(_("Lieu ou lien"), lambda row: row.place),
        Column(_("État"), lambda row: row.get_state_display()),
    ]
    return export_response(request, rows, columns, f"seances-{ws.slug}")


def _minute(at: datetime) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M")


def _body(ws: Workspace, text: str) -> Body | None:
    if not text:
        return None
    key = uuid_of(text)
    row = Body.objects.filter(pole=ws.pole, pk=key).first() if key else None
    if row is None:
        raise NotFoundError("unknown_body", _("Ce pôle n'a pas cette instance."))
    return row


def _living(ws: Workspace) -> list[Body]:
    return list(Body.objects.filter(pole=ws.pole, valid_to=None).order_by("name", "pk"))


def _instant(text: str) -> Any:
    try:
        found = parse_datetime(text) if text else None
    except ValueError:
        found = None
    if text and (found is None or timezone.is_naive(found)):
        raise DomainError("bad_instant", _("Cette adresse ne dit pas un instant : reprenez la liste."))
    return found


@_write
def new(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Prepare a meeting; nobody is told yet."""
    ws = enter(request, slug, run=True, verb="meeting.prepare")
    known = _living(ws)
    form = MeetingForm(known, *([request.POST] if request.method == "POST" else []), initial=_first(request))
    if form.is_valid():
        body = next(one for one in known if str(one.pk) == form.cleaned_data["body"])
        try:
            return redirect("espace_meeting", slug, _prepared(ws, body, form).pk)
        except DomainError as error:
            refused(form, error, {"starts_at": "day", "ends_at": "ends"})
    context = {"form": form, "bodies": known}
    return show(request, ws, "governance/meetings/new.html", context, status=422 if form.errors else 200)


def _first(request: HttpRequest) -> dict[str, Any]:
    return {"body": request.GET.get("instance", ""), "begins": "18:00", "ends": "20:00"}


def _prepared(ws: Workspace, body: Body, form: MeetingForm) -> Meeting:
    values = form.cleaned_data
    starts_at, ends_at = form.times()
    row = meetings.prepare(
        body, title=values["title"], starts_at=starts_at, ends_at=ends_at, place=values["place"], by=ws.user
    )
    for title, kind in form.points():
        meetings.add_item(row, title, kind=kind, by=ws.user)
    return row


@require_safe
def page(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """A meeting for its people: when, where, what about, who comes, what waits for me."""
    ws = enter(request, slug)
    return _page(request, Room(ws, room.find(ws, pk)))


def _page(
    request: HttpRequest, held: Room, *, status: int = 200, problem: str = "", **more: Any
) -> HttpResponseBase:
    meeting = held.meeting
    context = {
        "meeting": meeting,
        "room": held,
        "items": room.items_of(meeting),
        "answers_open": meeting.state == Meeting.State.CONVENED,
        "begun": meeting.starts_at <= timezone.now(),
        "proxies": [line for line in held.lines if line.seat.votes],
        "problem": problem,
        "add": AddItemForm(),
        "last_day": timezone.localdate(meeting.starts_at) - timedelta(days=meeting.body.notice_days),
        **more,
    }
    return show(request, held.ws, "governance/meetings/meeting.html", context, status=status)


@require_http_methods(["POST"])
def answer(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Say in one tap how a seat will stand: who sits there, its organisation, or who animates."""
    ws = enter(request, slug)
    held = Room(ws, room.find(ws, pk))
    try:
        seat = seat_of(held, request.POST.get("seat", ""))
        if not (voices.may_answer(ws, seat) or held.holds):
            not_mine(ws, verb="meeting.answer")
        said = say(held, seat, request.POST)
    except DomainError as error:
        if error.status in {403, 404}:
            raise
        return _page(request, Room(ws, held.meeting), status=error.status, problem=str(error.message))
    messages.success(request, _("C'est noté : %(answer)s.") % {"answer": said.get_how_display()})
    return redirect("espace_meeting", slug, pk)


def say(held: Room, seat: Seat, sent: Mapping[str, str]) -> Attendance:
    """Write how a seat stands, as a form sent it. ``DomainError`` says what hinders."""
    how = sent.get("how", "")
    if how not in Attendance.How.values:
        raise DomainError("no_such_answer", _("Cette réponse n'existe pas."), facts={"field": "how"})
    proxy = seat_of(held, sent.get("proxy", "")) if how == "represented" and sent.get("proxy") else None
    return meetings.answer(held.meeting, seat, how, proxy=proxy, by=held.ws.user)


def seat_of(held: Room, text: str) -> Seat:
    """Return a seat of the meeting. Raises ``NotFoundError`` for any other, ``DomainError`` for none."""
    if not text:
        raise DomainError("no_seat", _("Choisissez d'abord un siège."), facts={"field": "seat"})
    found = next((one for one in held.seats if str(one.pk) == text), None)
    if found is None:
        raise NotFoundError("not_a_seat", _("Ce siège n'est pas de cette séance."))
    return found


def not_mine(ws: Workspace, *, verb: str) -> None:
    """Refuse, and count the refusal: the voice is somebody else's."""
    reason = _("Cette voix n'est pas la vôtre : seule la personne qui siège, ou son organisation, la donne.")
    refuse(ws.pole.actor.subject, verb, by=ws.user, reason=reason)
    raise RefusedError("not_my_voice", reason)


@_write
def convene(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """See who is told, who must be told otherwise and the notice that is given; then convene."""
    ws = enter(request, slug)
    held = room.held_by(ws, pk, verb="meeting.convene")
    if request.method == "POST":
        try:
            meetings.convene(held.meeting, by=ws.user)
        except DomainError as error:
            return _preview(request, held, status=error.status, problem=str(error.message))
        messages.success(request, _("La séance est convoquée ; chacun est prévenu."))
        return redirect("espace_meeting", slug, pk)
    return _preview(request, held)


def _preview(request: HttpRequest, held: Room, *, status: int = 200, problem: str = "") -> HttpResponseBase:
    meeting, told = held.meeting, reach.reached(held.seats)
    day = timezone.localdate(meeting.starts_at)
    days = meeting.body.notice_days
    context = {
        "meeting": meeting,
        "items": room.items_of(meeting),
        "told": [(line, told[line.seat.pk]) for line in held.lines if told[line.seat.pk]],
        "otherwise": [line for line in held.lines if not told[line.seat.pk]],
        "given": (day - held.ws.today).days,
        "asked": days,
        "short": (day - held.ws.today).days < days,
        "first_day": held.ws.today + timedelta(days=days),
        "problem": problem,
        "rules": held.body_rules,
        "majority": meeting.body.get_majority_display(),
        "needed": max(held.quorum.needed, 1),
        "voters": held.voters,
    }
    return show(request, held.ws, "governance/meetings/convene.html", context, status=status)


@_write
def edit(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Change when, where or the title; who was convened is told, calendars follow."""
    ws = enter(request, slug)
    held = room.held_by(ws, pk, verb="meeting.change")
    meeting, conflicts = held.meeting, []
    form = HoursForm(request.POST if request.method == "POST" else None, initial=_hours(meeting))
    seen = _seen(request, meeting)
    if form.is_valid():
        try:
            meetings.change(meeting, base=seen, mine=_typed(form, meeting), by=ws.user)
            messages.success(request, _("La séance est à jour."))
            return redirect("espace_meeting", slug, pk)
        except StaleWriteError as error:
            meeting = room.find(ws, pk)
            conflicts = _sides(error)
            seen = _base(meeting)
        except DomainError as error:
            refused(form, error, {"starts_at": "day", "ends_at": "ends"})
    context = {
        "meeting": meeting,
        "form": form,
        "conflicts": conflicts,
        "seen": {name: _text(value) for name, value in seen.items()},
    }
    status = 409 if conflicts else 422 if form.errors else 200
    return show(request, ws, "governance/meetings/edit.html", context, status=status)


def _hours(meeting: Meeting) -> dict[str, Any]:
    start, end = timezone.localtime(meeting.starts_at), timezone.localtime(meeting.ends_at)
    return {
        "title": meeting.title,
        "day": start.date(),
        "begins": start.time(),
        "ends": end.time(),
        "place": meeting.place,
    }


def _typed(form: HoursForm, meeting: Meeting) -> dict[str, Any]:
    starts_at, ends_at = form.times()
    title = form.cleaned_data["title"].strip() or meeting.body.name
    return {"title": title, "starts_at": starts_at, "ends_at": ends_at, "place": form.cleaned_data["place"]}


def _base(meeting: Meeting) -> dict[str, Any]:
    return {name: getattr(meeting, name) for name in meetings.FIELDS}


def _seen(request: HttpRequest, meeting: Meeting) -> dict[str, Any]:
    """Return what the person saw when the form was opened; what was not sent is as it stands."""
    seen = _base(meeting)
    for name in seen:
        if (text := request.POST.get(f"vu_{name}")) is None:
            continue
        seen[name] = (parse_datetime(text) or seen[name]) if name.endswith("_at") else text
    return seen


def _text(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _sides(error: StaleWriteError) -> list[dict[str, str]]:
    """Return each field that two people wrote, in words."""
    labels = {
        "title": _("Titre"),
        "starts_at": _("Début de la séance"),
        "ends_at": _("Fin de la séance"),
        "place": _("Lieu ou lien"),
        "kind": _("Nature"),
        "minutes": _("Durée prévue en minutes"),
        "text": _("Présentation"),
    }
    conflicts = error.facts.get("conflicts", {})
    return [
        {"label": labels.get(name, name), **{who: _shown(one) for who, one in sides.items()}}
        for name, sides in conflicts.items()
    ]


def _shown(value: Any) -> str:
    try:
        at = parse_datetime(str(value))
    except ValueError:
        at = None
    return date_format(timezone.localtime(at), "DATETIME_FORMAT") if at else str(value or "–")


@_write
def cancel(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Cancel a meeting with a reason; who was convened is told."""
    ws = enter(request, slug)
    held = room.held_by(ws, pk, verb="meeting.cancel")
    form = ReasonForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_valid():
        try:
            meetings.cancel(held.meeting, reason=form.cleaned_data["reason"], by=ws.user)
            messages.success(request, _("La séance est annulée ; chacun est prévenu."))
            return redirect("espace_meeting", slug, pk)
        except DomainError as error:
            refused(form, error)
            status = error.status
    elif form.is_bound:
        status = 422
    context = {"meeting": held.meeting, "form": form}
    return show(request, ws, "governance/meetings/cancel.html", context, status=status)


@require_http_methods(["POST"])
def put_agenda(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Add a point, take one away, move one: one thing at a time."""
    ws = enter(request, slug)
    held = room.held_by(ws, pk, verb="meeting.agenda")
    try:
        if "monter" in request.POST or "descendre" in request.POST:
            up = "monter" in request.POST
            item = _item(held.meeting, request.POST["monter" if up else "descendre"])
            agenda.move_item(item, -1 if up else 1, by=ws.user)
        elif "retirer" in request.POST:
            agenda.drop_item(_item(held.meeting, request.POST["retirer"]), by=ws.user)
        else:
            form = AddItemForm(request.POST)
            if not form.is_valid():
                return _page(request, held, status=422, add=form)
            meetings.add_item(
                held.meeting, form.cleaned_data["title"], kind=form.cleaned_data["kind"], by=ws.user
            )
    except DomainError as error:
        return _page(request, held, status=error.status, problem=str(error.message))
    return redirect(f"{_address(slug, pk)}#ordre-du-jour")


def _address(slug: str, pk: UUID) -> str:
    return reverse("espace_meeting", args=[slug, pk])


def _item(meeting: Meeting, text: str) -> Item:
    key = uuid_of(text)
    row = Item.objects.filter(meeting=meeting, pk=key).first() if key else None
    if row is None:
        raise NotFoundError("unknown_item", _("Ce point n'est pas à cet ordre du jour."))
    row.meeting = meeting
    return row


@_write
def item(request: HttpRequest, slug: str, pk: UUID, item: UUID) -> HttpResponseBase:
    """Change a point of an agenda; of two people on it both keep what they wrote, or one chooses."""
    ws = enter(request, slug)
    held = room.held_by(ws, pk, verb="meeting.agenda")
    row, conflicts = _item(held.meeting, str(item)), []
    names = ("title", "kind", "minutes", "text")
    seen: dict[str, Any] = {name: getattr(row, name) for name in names}
    form = ItemForm(request.POST if request.method == "POST" else None, initial=dict(seen))
    if request.method == "POST":
        seen = _seen_item(request, seen)
    status = 200
    if form.is_valid():
        try:
            meetings.write_item(row, base=seen, mine=form.cleaned_data, by=ws.user)
            return redirect(f"{_address(slug, pk)}#ordre-du-jour")
        except StaleWriteError as error:
            conflicts, status = _sides(error), 409
            row = _item(held.meeting, str(item))
            seen = {name: getattr(row, name) for name in names}
        except DomainError as error:
            refused(form, error)
            status = error.status
    elif form.is_bound:
        status = 422
    context = {"meeting": held.meeting, "item": row, "form": form, "conflicts": conflicts, "seen": seen}
    return show(request, ws, "governance/meetings/item.html", context, status=status)


def _seen_item(request: HttpRequest, now: Mapping[str, Any]) -> dict[str, Any]:
    seen = dict(now)
    for name in seen:
        if (text := request.POST.get(f"vu_{name}")) is not None:
            text = text.replace("\r\n", "\n")
            seen[name] = (int(text) if text.isdecimal() else None) if name == "minutes" else text
    return seen
