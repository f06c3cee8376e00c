"""Pages of votes: what is proposed, the question, one's voices, raised hands, the result told exactly."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from terreau.common.errors import DomainError, NotFoundError
from terreau.governance import ballots, follow_up, room, voices
from terreau.governance.explained import explained, words_of
from terreau.governance.forms_meetings import BallotForm, DecisionForm, ReasonForm
from terreau.governance.models import Ballot, Decision, Item, Majority, Objection, Vote, Voter
from terreau.governance.room import Room, name_of
from terreau.governance.views_meetings import not_mine
from terreau.poles.workspace import Workspace, enter, refused, require_run, show

_write = require_http_methods(["GET", "HEAD", "POST"])


@_write
def propose(request: HttpRequest, slug: str, pk: UUID, item: UUID) -> HttpResponseBase:
    """Write what is to be decided on a point of the agenda."""
    ws = enter(request, slug)
    held = room.held_by(ws, pk, verb="decision.propose")
    row = Item.objects.filter(meeting=held.meeting, pk=item).select_related("meeting__body").first()
    if row is None:
        raise NotFoundError("unknown_item", _("Ce point n'est pas à cet ordre du jour."))
    if (known := Decision.objects.filter(item=row).first()) is not None:
        return redirect("espace_decision", slug, known.number)
    form = DecisionForm(request.POST if request.method == "POST" else None, initial={"title": row.title})
    status = 422 if form.is_bound and not form.is_valid() else 200
    if form.is_bound and form.is_valid():
        values = form.cleaned_data
        try:
            ballots.propose(ws.pole, title=values["title"], text=values["text"], item=row, by=ws.user)
            messages.success(request, _("La proposition est écrite."))
            return redirect(*_back(slug, held))
        except DomainError as error:
            refused(form, error)
            status = error.status
    context = {"meeting": held.meeting, "item": row, "form": form}
    return show(request, ws, "governance/meetings/propose.html", context, status=status)


def _back(slug: str, held: Room) -> tuple[Any, ...]:
    return (
        "espace_hold" if held.meeting.state in {"convened", "held"} else "espace_meeting",
        slug,
        held.meeting.pk,
    )


@_write
def open_one(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """Put a proposal to the vote in its meeting."""
    ws = enter(request, slug)
    decision = find_decision(ws, number)
    if decision.item is None:
        require_run(ws, verb="ballot.open")
        words = _("On vote dans une séance : inscrivez ce point à l'ordre du jour.")
        raise DomainError("no_meeting", words, status=409)
    held = room.held_by(ws, decision.item.meeting_id, verb="ballot.open")
    form = BallotForm(
        request.POST if request.method == "POST" else None, initial={"question": decision.title}
    )
    consent = held.meeting.said.get("majority") == Majority.CONSENT
    status = 422 if form.is_bound and not form.is_valid() else 200
    if form.is_bound and form.is_valid():
        values = form.cleaned_data
        try:
            made = ballots.open_ballot(
                decision, question=values["question"], secret=values["secret"], by=ws.user
            )
            return redirect("espace_ballot", slug, held.meeting.pk, made.pk)
        except DomainError as error:
            refused(form, error)
            status = error.status
    context = {
        "meeting": held.meeting,
        "decision": decision,
        "form": form,
        "room": held,
        "consent": consent,
        "majority": Majority(held.body_rules.majority.value).label,
    }
    return show(request, ws, "governance/meetings/ballot_open.html", context, status=status)


def find_decision(ws: Workspace, number: int) -> Decision:
    """Return a decision of the pole by its number; ``NotFoundError`` for another."""
    rows = Decision.objects.select_related("pole__actor__subject", "item__meeting__body")
    row = rows.filter(pole=ws.pole, number=number).first()
    if row is None:
        raise NotFoundError("unknown_decision", _("Cette décision n'existe pas dans cet espace."))
    return row


@_write
def ballot(request: HttpRequest, slug: str, pk: UUID, ballot: UUID) -> HttpResponseBase:
    """A vote: one's voices to cast while it is open, the raised hands for who holds it, its result after."""
    ws = enter(request, slug)
    held = Room(ws, room.find(ws, pk))
    rows = Ballot.objects.select_related("decision__pole__actor__subject", "decision__item")
    row = rows.filter(pk=ballot, decision__item__meeting=held.meeting).first()
    if row is None:
        raise NotFoundError("unknown_ballot", _("Ce scrutin n'est pas de cette séance."))
    if request.method != "POST":
        return _page(request, held, row)
    try:
        _done(request, held, row)
    except DomainError as error:
        if error.status in {403, 404}:
            raise
        return _page(request, held, Ballot.objects.get(pk=row.pk), error)
    return redirect("espace_ballot", slug, pk, row.pk)


def _done(request: HttpRequest, held: Room, row: Ballot) -> None:
    """Do what the page asked: cast a voice, close, stop."""
    ws, verb = held.ws, request.POST.get("faire", "voter")
    if verb == "voter":
        _cast(request, held, row)
        return
    if not held.holds:
        require_run(ws, verb=f"ballot.{'close' if verb == 'clore' else 'void'}")
    if verb == "clore":
        ballots.close(row, by=ws.user)
    elif verb == "arreter":
        ballots.void(row, by=ws.user, reason=request.POST.get("reason", ""))
        messages.success(request, _("Le scrutin est arrêté : il n'a aucun effet."))
    elif verb == "entendre":
        _heard(request, held, row)


def _cast(request: HttpRequest, held: Room, row: Ballot) -> None:
    voters = _roll(row)
    asked = request.POST.getlist("seat")
    chosen = [one for one in voters if str(one.seat_id) in asked]
    if not chosen:
        raise DomainError("no_seat", _("Choisissez pour quel siège vous votez."), facts={"field": "seat"})
    for one in chosen:
        if not (voices.may_cast(held.ws, one, row) or (held.holds and not row.secret)):
            not_mine(held.ws, verb="ballot.cast")
    choice, words = request.POST.get("choice", ""), request.POST.get("words", "")
    for one in chosen:
        ballots.cast(row, one.seat, choice, by=held.ws.user, words=words)
    count = len(chosen)
    message = ngettext("%(count)d voix est dans l'urne.", "%(count)d voix sont dans l'urne.", count)
    messages.success(request, message % {"count": count})


def _heard(request: HttpRequest, held: Room, row: Ballot) -> None:
    objection = Objection.objects.select_related("ballot__decision__pole__actor__subject").filter(
        ballot=row, pk=_number(request.POST.get("objection", ""))
    )
    found = objection.first()
    if found is None:
        raise NotFoundError("unknown_objection", _("Cette objection n'est pas de ce scrutin."))
    follow_up.answer_objection(found, request.POST.get("answer", ""), by=held.ws.user)
    messages.success(request, _("L'objection est entendue : ce qui en est fait est écrit."))


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 18 else 0


def _roll(row: Ballot) -> list[Voter]:
    rows = Voter.objects.filter(ballot=row).select_related(
        "seat__actor", "seat__user", "seat__college", "voice_of__actor", "voice_of__user"
    )
    return sorted(rows, key=lambda one: (one.seat.college.rank if one.seat.college else 0, name_of(one.seat)))


def _page(
    request: HttpRequest, held: Room, row: Ballot, error: DomainError | None = None
) -> HttpResponseBase:
    ws, voters = held.ws, _roll(row)
    mine = [one for one in voters if voices.casts(ws, one)]
    hands = [one for one in voters if not one.voted and one not in mine]
    hands = [one for one in hands if voices.may_cast(ws, one, row) or (held.holds and not row.secret)]
    closed = row.state == Ballot.State.CLOSED
    words = words_of(row.said["rules"])
    votes = _votes(row, voters, words) if closed and not row.secret else []
    context = {
        "meeting": held.meeting,
        "room": held,
        "ballot": row,
        "decision": row.decision,
        "consent": ballots.by_consent(row.said["rules"]),
        "majority": Majority(row.said["rules"]["majority"]).label,
        "choices": [(code, label) for code, label in words.items()],
        "mine": [(one, name_of(one.seat)) for one in mine],
        "left": [one for one in mine if not one.voted],
        "hands": [(one, name_of(one.seat)) for one in hands],
        "roll": len(voters),
        "cast": sum(one.voted for one in voters),
        "silent": [name_of(one.seat) for one in voters if not one.voted],
        "result": explained(row.said["rules"], row.result, len(voters)) if closed else None,
        "votes": votes,
        "objections": _objections(row),
        "problem": str(error.message) if error else "",
        "words": request.POST.get("words", "") if error else "",
        "heard": request.POST.get("answer", "") if error else "",
        "stop": ReasonForm(auto_id="stop_%s"),
    }
    return show(
        request, ws, "governance/meetings/ballot.html", context, status=error.status if error else 200
    )


def _votes(row: Ballot, voters: list[Voter], words: Any) -> list[tuple[str, str]]:
    named = {one.pk: one.seat for one in voters}
    rows = Vote.objects.filter(voter__ballot=row).values_list("voter", "choice")
    return sorted((name_of(named[voter]), str(words[choice])) for voter, choice in rows)


def _objections(row: Ballot) -> list[tuple[Objection, str]]:
    rows = Objection.objects.filter(ballot=row).select_related("seat__actor", "seat__user")
    return [(one, name_of(one.seat)) for one in rows.order_by("pk")]
