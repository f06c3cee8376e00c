"""Holding a meeting, on a telephone too: who is there, the quorum as it moves, what is said of each point."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from terreau.common.errors import DomainError, NotFoundError, StaleWriteError
from terreau.common.text import fold
from terreau.governance import agenda, meetings, merging, room
from terreau.governance.forms_meetings import uuid_of
from terreau.governance.models import Attendance, Item, Meeting
from terreau.governance.room import Room
from terreau.governance.views_meetings import say, seat_of
from terreau.poles.workspace import enter, show

_write = require_http_methods(["GET", "HEAD", "POST"])
#: Seats shown at once.
_MOST = 60
#: What is offered with one tap; a proxy is chosen beside.
_TAPS = (Attendance.How.PRESENT, Attendance.How.REMOTE, Attendance.How.EXCUSED, Attendance.How.ABSENT)


@_write
def hold(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """The list of attendance and the agenda of a meeting, for who holds it."""
    ws = enter(request, slug)
    held = room.held_by(ws, pk, verb="meeting.hold")
    if request.method != "POST":
        return _page(request, held)
    try:
        if "ouvrir" in request.POST:
            meetings.hold(held.meeting, by=ws.user)
            messages.success(request, _("La séance est ouverte : on peut voter."))
        else:
            say(held, seat_of(held, request.POST.get("seat", "")), request.POST)
    except DomainError as error:
        if error.status == 404:
            raise
        return _page(request, Room(ws, room.find(ws, pk)), status=error.status, problem=str(error.message))
    seat = request.POST.get("seat", "")
    # The part of the list that was open stays open.
    return redirect(f"{request.get_full_path()}{f'#siege-{seat}' if seat else ''}")


def _page(request: HttpRequest, held: Room, *, status: int = 200, problem: str = "") -> HttpResponseBase:
    meeting = held.meeting
    context = {
        "meeting": meeting,
        "room": held,
        "items": room.items_of(meeting),
        **_part(request, held),
        "taps": [(one.value, one.label) for one in _TAPS],
        "proxies": [line for line in held.lines if line.seat.votes],
        "begun": meeting.starts_at <= timezone.now(),
        "open": meeting.state in {Meeting.State.CONVENED, Meeting.State.HELD},
        "problem": problem,
        "typed_seat": request.POST.get("seat", "") if problem else "",
        "typed_proxy": request.POST.get("proxy", "") if problem else "",
    }
    return show(request, held.ws, "governance/meetings/hold.html", context, status=status)


def _part(request: HttpRequest, held: Room) -> dict[str, Any]:
    """Return the part of a long list that is shown: those whose name is looked for, so many at once."""
    asked = " ".join(request.GET.get("q", "").split())[:80]
    text = request.GET.get("de", "")
    lines = [one for one in held.lines if fold(asked) in fold(one.name)] if asked else held.lines
    first = min(int(text), len(lines)) if text.isdecimal() and len(text) < 6 else 0
    return {
        "lines": lines[first : first + _MOST],
        "asked": asked,
        "long": len(held.lines) > _MOST,
        "total": len(lines),
        "before": max(0, first - _MOST) if first else None,
        "after": first + _MOST if first + _MOST < len(lines) else None,
    }


@never_cache
@require_safe
def quorum(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """The quorum alone, which pages ask again while a meeting is held; for all the people of the pole."""
    ws = enter(request, slug)
    held = Room(ws, room.find(ws, pk))
    context = {"room": held, "meeting": held.meeting, "pole": ws.pole}
    return render(request, "governance/meetings/quorum.html", context)


@_write
def notes(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """What is said of each point, kept as it is typed; several people may write at once."""
    ws = enter(request, slug)
    held = room.held_by(ws, pk, verb="minutes.write")
    if request.method != "POST":
        return _notes_page(request, held)
    row = _item(held.meeting, request.POST.get("item", ""))
    typed, seen = request.POST.get("said", ""), request.POST.get("vu", "")
    try:
        written = agenda.write_said(row, base=seen, mine=typed, by=ws.user)
    except StaleWriteError as error:
        return _both(request, held, row, error)
    except DomainError as error:
        if _typing(request):
            context = {"item": row, "seen": seen, "problem": str(error.message)}
            return render(request, "governance/meetings/notes_state.html", context)
        return _notes_page(
            request, held, status=error.status, wrong={row.pk: (typed, seen, str(error.message))}
        )
    if _typing(request):
        # What the page shows is what the next writing begins from: other people's lines are added again.
        context = {
            "item": written.item,
            "seen": merging.tidy(typed),
            "merged": written.merged,
            "kept": timezone.localtime(),
        }
        return render(request, "governance/meetings/notes_state.html", context)
    if written.merged:
        messages.info(request, _("Quelqu'un d'autre a écrit aussi : tout est gardé, relisez."))
    return redirect(f"{request.path}#point-{row.pk}")


def _typing(request: HttpRequest) -> bool:
    """Whether the page saves by itself while it is typed in."""
    return "HX-Request" in request.headers


def _both(request: HttpRequest, held: Room, row: Item, error: StaleWriteError) -> HttpResponseBase:
    """Show what both wrote; nothing is kept until somebody chooses."""
    typed, seen = request.POST.get("said", ""), request.POST.get("vu", "")
    if _typing(request):
        context = {"item": row, "seen": seen, "conflict": True}
        return render(request, "governance/meetings/notes_state.html", context)
    sides = error.facts.get("conflicts", {}).get("said")
    if not sides:
        return _notes_page(request, held, status=409, wrong={row.pk: (typed, seen, str(error.message))})
    context = {
        "meeting": held.meeting,
        "item": row,
        "theirs": sides["theirs"],
        "mine": sides["mine"],
        "both": merging.both(sides["theirs"], sides["mine"]),
    }
    return show(request, held.ws, "governance/meetings/notes_merge.html", context, status=409)


def _notes_page(
    request: HttpRequest,
    held: Room,
    *,
    status: int = 200,
    wrong: dict[Any, tuple[str, str, str]] | None = None,
) -> HttpResponseBase:
    rows = []
    for line in room.items_of(held.meeting):
        text, seen, problem = (wrong or {}).get(line.item.pk, (line.item.said, line.item.said, ""))
        rows.append({"line": line, "text": text, "seen": seen, "problem": problem})
    kept = held.meeting.state in {Meeting.State.SIGNED, Meeting.State.CANCELLED}
    context = {"meeting": held.meeting, "rows": rows, "kept": kept, "room": held}
    return show(request, held.ws, "governance/meetings/notes.html", context, status=status)


def _item(meeting: Meeting, text: str) -> Item:
    key = uuid_of(text)
    row = Item.objects.filter(meeting=meeting, pk=key).first() if key else None
    if row is None:
        raise NotFoundError("unknown_item", _("Ce point n'est pas à cet ordre du jour."))
    return row
