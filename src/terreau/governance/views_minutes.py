"""Minutes: read as they stand, frozen, the same page and PDF each time, signed, closed, opened again."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from terreau.accounts.second_factor import sensitive
from terreau.common import canonical
from terreau.common.errors import DomainError, NotFoundError, RefusedError
from terreau.design.pdf import pdf_response
from terreau.governance import meetings, minutes, minutes_document, room, voices
from terreau.governance.forms_meetings import ReasonForm, SignForm
from terreau.governance.models import Meeting, Minutes, MinutesSignature
from terreau.governance.room import Room, name_of
from terreau.journal.actions import refuse
from terreau.poles.workspace import Workspace, enter, refused, show

_HELD = (Meeting.State.HELD, Meeting.State.SIGNED)


@require_safe
def latest(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """The minutes of a meeting: as they stand while it is held, as they were signed after."""
    ws = enter(request, slug)
    held = Room(ws, room.find(ws, pk))
    meeting = held.meeting
    versions = list(Minutes.objects.filter(meeting=meeting).order_by("-number"))
    last = versions[0] if versions else None
    if meeting.state == Meeting.State.SIGNED and last:
        return _shown(request, held, last, versions=versions)
    data = minutes.build(meeting)
    current = last is not None and canonical.canonical(data) == last.data
    return _shown(request, held, last if current else None, data=data, versions=versions)


@require_safe
def version(request: HttpRequest, slug: str, pk: UUID, number: int) -> HttpResponseBase:
    """A version of the minutes, as it was frozen."""
    ws = enter(request, slug)
    held = Room(ws, room.find(ws, pk))
    return _shown(request, held, _version(held.meeting, number))


def _version(meeting: Meeting, number: int) -> Minutes:
    row = Minutes.objects.filter(meeting=meeting, number=number).first()
    if row is None:
        raise NotFoundError("unknown_minutes", _("Ce compte rendu n'existe pas."))
    row.meeting = meeting
    return row


def _shown(  # noqa: PLR0913 - keyword-only: what the caller knows already
    request: HttpRequest,
    held: Room,
    row: Minutes | None,
    *,
    data: Any = None,
    problem: DomainError | None = None,
    versions: list[Minutes] | None = None,
) -> HttpResponseBase:
    meeting = held.meeting
    if versions is None:
        versions = list(Minutes.objects.filter(meeting=meeting).order_by("-number"))
    read = json.loads(row.data) if row else data if data is not None else minutes.build(meeting)
    last = versions[0] if versions else None
    able = _signing(held, last) if last and row and row.pk == last.pk and meeting.state in _HELD else []
    signatures = list(MinutesSignature.objects.filter(minutes=row).order_by("pk")) if row else []
    context = {
        "meeting": meeting,
        "room": held,
        "sheet": minutes_document.read(read),
        "minutes": row,
        "versions": versions,
        "latest": bool(row and last and row.pk == last.pk),
        "signatures": signatures,
        "able": able,
        "reason": ReasonForm(),
        "problem": str(problem.message) if problem else "",
    }
    status = problem.status if problem else 200
    return show(request, held.ws, "governance/meetings/minutes.html", context, status=status)


def _signing(held: Room, last: Minutes) -> list[tuple[str, str]]:
    """Return the seats for which the person may still sign."""
    done = set(MinutesSignature.objects.filter(minutes=last).values_list("seat", flat=True))
    seats = [seat for seat in held.seats if seat.votes and seat.pk not in done and voices.sits(held.ws, seat)]
    return [(str(seat.pk), name_of(seat)) for seat in seats]


@require_POST
def freeze(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Freeze the minutes, close the meeting on them, or open it again: for who holds it."""
    ws = enter(request, slug)
    held = room.held_by(ws, pk, verb="minutes.freeze")
    try:
        _done(request, held)
    except DomainError as error:
        return _shown(request, Room(ws, room.find(ws, pk)), None, problem=error)
    return redirect("espace_minutes", slug, pk)


def _done(request: HttpRequest, held: Room) -> None:
    verb, by = request.POST.get("faire", ""), held.ws.user
    if verb == "etablir":
        row = minutes.freeze(held.meeting, by=by)
        messages.success(
            request, _("La version %(number)d est établie : on peut la signer.") % {"number": row.number}
        )
    elif verb == "clore":
        last = Minutes.objects.filter(meeting=held.meeting).order_by("-number").first()
        if last is None:
            raise DomainError("no_minutes", _("Établissez d'abord le compte rendu."), status=409)
        last.meeting = held.meeting
        minutes.close(last, by=by)
        messages.success(request, _("La séance est close sur ce compte rendu."))
    elif verb == "rouvrir":
        reason = request.POST.get("reason", "").strip()
        if not reason:
            words = _("Dites pourquoi la séance est rouverte.")
            raise DomainError("reason_needed", words, facts={"field": "reason"})
        meetings.move(held.meeting, "reopen", by=by, reason=reason[:300])
        messages.success(request, _("La séance est rouverte ; ce qui était signé reste lisible."))
    else:
        raise DomainError("no_such_verb", _("Cette page ne fait pas cela."))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Sign the latest minutes for a seat, after a proof of who signs."""
    ws = enter(request, slug)
    held = Room(ws, room.find(ws, pk))
    last = Minutes.objects.filter(meeting=held.meeting).order_by("-number").first()
    if last is None:
        raise NotFoundError("no_minutes", _("Il n'y a pas encore de compte rendu à signer."))
    last.meeting = held.meeting
    able = _signing(held, last)
    if not able:
        _refuse(ws)
    if request.method == "POST":
        return _sign_now(request, held, last, able)
    return _sign_page(request, held, last, SignForm(able, initial=_first(ws, last, able)))


def _first(ws: Workspace, last: Minutes, able: list[tuple[str, str]]) -> dict[str, str]:
    return {"seen": last.digest, "name": ws.user.name, "seat": able[0][0]}


def _refuse(ws: Workspace) -> None:
    reason = _("Signer est à qui siège dans cette instance et n'a pas encore signé.")
    refuse(ws.pole.actor.subject, "minutes.sign", by=ws.user, reason=reason)
    raise RefusedError("not_a_signatory", reason)


@sensitive
def _sign_now(
    request: HttpRequest, held: Room, last: Minutes, able: list[tuple[str, str]]
) -> HttpResponseBase:
    ws, form = held.ws, SignForm(able, request.POST)
    if not form.is_valid():
        return _sign_page(request, held, last, form, 422)
    values = form.cleaned_data
    try:
        if values["seen"] != last.digest:
            words = _("Le compte rendu a changé depuis que vous l'avez lu : relisez-le, puis signez.")
            raise DomainError("stale_minutes", words, status=409)
        seat = next(one for one in held.seats if str(one.pk) == values["seat"])
        minutes.sign(last, seat, name=values["name"], by=ws.user)
    except DomainError as error:
        if error.code == "stale_minutes":
            form = SignForm(able, request.POST.copy() | {"seen": last.digest})
            form.is_valid()
        refused(form, error)
        return _sign_page(request, held, last, form, error.status)
    messages.success(request, _("Le compte rendu est signé."))
    return redirect("espace_minutes", ws.slug, held.meeting.pk)


def _sign_page(
    request: HttpRequest, held: Room, last: Minutes, form: SignForm, status: int = 200
) -> HttpResponseBase:
    context = {
        "meeting": held.meeting,
        "form": form,
        "minutes": last,
        "sheet": minutes_document.read(json.loads(last.data)),
    }
    return show(request, held.ws, "governance/meetings/sign.html", context, status=status)


@never_cache
@require_safe
def pdf(request: HttpRequest, slug: str, pk: UUID, number: int) -> HttpResponseBase:
    """A version of the minutes as a tagged PDF: the same bytes each time, for the same signatures."""
    ws = enter(request, slug)
    row = _version(room.find(ws, pk), number)
    signatures = list(MinutesSignature.objects.filter(minutes=row).order_by("pk"))
    footer = _("%(pole)s · compte rendu, version %(number)d") % {
        "pole": ws.pole.actor.name,
        "number": row.number,
    }
    made = minutes_document.document(
        minutes_document.read(json.loads(row.data)),
        footer=footer,
        made=max([row.at, *(one.at for one in signatures)]),
        digest=row.digest,
        signatures=signatures,
    )
    return pdf_response(made, slugify(f"compte-rendu-{row.meeting.title}-v{row.number}")[:80])
