"""Minutes: frozen as canonical data, made again identically, signed by their digest.

A secret ballot says its counts; an open one says who chose what. The data hold identifiers and names as they
were that day: minutes are a record, and stay when an account is erased, which the page says.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.common import canonical
from terreau.common.errors import DomainError
from terreau.governance import bodies, meetings
from terreau.governance.models import (
    Action,
    Attendance,
    Ballot,
    Decision,
    Item,
    Meeting,
    Minutes,
    MinutesSignature,
    Objection,
    Seat,
    Vote,
)
from terreau.journal.actions import record
from terreau.subjects import actions as subjects

FORMAT = 1


def build(meeting: Meeting) -> dict[str, Any]:
    """Return what the minutes say, in JSON types without floats, in an order that never varies."""
    day = timezone.localdate(meeting.starts_at)
    seats = list(bodies.seats_on(meeting.body, day))
    rows = {row.seat_id: row for row in Attendance.objects.filter(meeting=meeting).order_by("pk")}
    found = meetings.quorum(meeting, seats, rows.values())
    return {
        "format": FORMAT,
        "meeting": meeting.pk.hex,
        "pole": meeting.body.pole.actor.name,
        "body": meeting.body.name,
        "title": meeting.title,
        "starts_at": meeting.starts_at.isoformat(),
        "ends_at": meeting.ends_at.isoformat(),
        "place": meeting.place,
        "rules": meeting.said,
        "attendance": _attendance(seats, rows),
        "quorum": {"reached": found.reached, "counted": found.counted, "needed": found.needed},
        "items": _items(meeting),
    }


def freeze(meeting: Meeting, *, by: User) -> Minutes:
    """Freeze the minutes of a held meeting; when nothing changed since, the same version is returned.

    Raises ``DomainError`` (409) while a ballot is open or the meeting is not held.
    """
    if meeting.state != Meeting.State.HELD:
        raise DomainError("not_held", _("Le compte rendu s'établit quand la séance est tenue."), status=409)
    if Ballot.objects.filter(decision__item__meeting=meeting, state=Ballot.State.OPEN).exists():
        raise DomainError("ballot_open", _("Un scrutin est encore ouvert : fermez-le d'abord."), status=409)
    with transaction.atomic():
        subjects.lock(_subject(meeting).pk)
        text = canonical.canonical(build(meeting))
        last = Minutes.objects.filter(meeting=meeting).order_by("-number").first()
        if last is not None and last.data == text:
            return last
        number = (Minutes.objects.filter(meeting=meeting).aggregate(last=Max("number"))["last"] or 0) + 1
        found = canonical.digest(json.loads(text))
        row = Minutes.objects.create(meeting=meeting, number=number, data=text, digest=found, by=by)
        data = {"meeting": meeting.pk.hex, "digest": found, "number": number}
        record(_subject(meeting), "minutes.frozen", by=by, data=data)
    return row


def sign(minutes: Minutes, seat: Seat, *, name: str, by: User) -> MinutesSignature:
    """Sign the minutes for a seat of the body; the view has just asked for a proof of who signs.

    Raises ``DomainError`` when they are not the latest, or the seat signed already (409).
    """
    meeting = minutes.meeting
    if Minutes.objects.filter(meeting=meeting, number__gt=minutes.number).exists():
        words = _("Le compte rendu a changé depuis : relisez la nouvelle version avant de signer.")
        raise DomainError("stale_minutes", words, status=409)
    if not name.strip():
        raise DomainError("no_name", _("Écrivez votre nom."), facts={"field": "name"})
    if seat not in meetings.voters(meeting):
        raise DomainError("not_a_seat", _("Ce siège n'est pas de cette séance."), status=403)
    try:
        with transaction.atomic():
            subjects.lock(_subject(meeting).pk)
            row = MinutesSignature.objects.create(
                minutes=minutes, seat=seat, name=name.strip()[:120], digest=minutes.digest, by=by
            )
            data = {"meeting": meeting.pk.hex, "digest": minutes.digest, "seat": seat.pk.hex}
            record(_subject(meeting), "minutes.signed", by=by, data=data)
    except IntegrityError as error:
        raise DomainError("signed", _("Ce siège a déjà signé."), status=409) from error
    return row


def close(minutes: Minutes, *, by: User) -> Meeting:
    """Close a meeting on its signed minutes: nothing in it changes any more, unless it is opened again."""
    if not MinutesSignature.objects.filter(minutes=minutes).exists():
        raise DomainError("not_signed", _("Personne n'a signé ce compte rendu."), status=409)
    return meetings.move(minutes.meeting, "sign", by=by)


def is_current(minutes: Minutes) -> bool:
    """Say whether the minutes made again from the register now are those that were frozen."""
    return canonical.canonical(build(minutes.meeting)) == minutes.data


def _attendance(seats: list[Seat], rows: Mapping[Any, Attendance]) -> list[dict[str, Any]]:
    found = []
    for seat in seats:
        row = rows.get(seat.pk)
        found.append(
            {
                "seat": seat.pk.hex,
                "actor": seat.actor.name,
                "person": seat.person,
                "role": seat.role,
                "college": seat.college.name if seat.college else "",
                "how": row.how if row else "",
                "proxy": row.proxy_id.hex if row and row.proxy_id else "",
            }
        )
    return sorted(found, key=lambda one: str(one["seat"]))


def _items(meeting: Meeting) -> list[dict[str, Any]]:
    """Return the points with what was decided on each, in six queries whatever their number."""
    held = _Held.of(meeting)
    rows = Item.objects.filter(meeting=meeting).order_by("rank", "pk")
    return [_item(item, held) for item in rows]


@dataclass
class _Held:
    """What hangs on the points of a meeting, by what it hangs on."""

    decisions: dict[Any, Decision]
    ballots: dict[Any, list[Ballot]]
    votes: dict[Any, list[list[str]]]
    objections: dict[Any, list[dict[str, str]]]
    actions: dict[Any, list[Action]]

    @classmethod
    def of(cls, meeting: Meeting) -> "_Held":
        decisions = {row.item_id: row for row in Decision.objects.filter(item__meeting=meeting)}
        held = cls(decisions, defaultdict(list), defaultdict(list), defaultdict(list), defaultdict(list))
        ballots = Ballot.objects.filter(decision__item__meeting=meeting).exclude(state=Ballot.State.OPEN)
        for ballot in ballots.order_by("opened_at", "pk"):
            held.ballots[ballot.decision_id].append(ballot)
        votes = Vote.objects.filter(voter__ballot__in=ballots.filter(secret=False))
        for key, seat, choice in votes.values_list("voter__ballot", "voter__seat", "choice"):
            held.votes[key].append([seat.hex, choice])
        for one in Objection.objects.filter(ballot__in=ballots).order_by("pk"):
            held.objections[one.ballot_id].append(
                {"seat": one.seat_id.hex, "words": one.words, "answer": one.answer}
            )
        actions = Action.objects.filter(decision__item__meeting=meeting).select_related("who")
        for action in actions.order_by("pk"):
            held.actions[action.decision_id].append(action)
        return held


def _item(item: Item, held: _Held) -> dict[str, Any]:
    decision = held.decisions.get(item.pk)
    return {
        "rank": item.rank,
        "title": item.title,
        "kind": item.kind,
        "text": item.text,
        "said": item.said,
        "decision": _decision(decision, held) if decision else None,
    }


def _decision(decision: Decision, held: _Held) -> dict[str, Any]:
    actions = held.actions.get(decision.pk, [])
    return {
        "number": decision.number,
        "title": decision.title,
        "text": decision.text,
        "outcome": decision.outcome,
        "why": decision.why,
        "decided_on": decision.decided_on.isoformat() if decision.decided_on else "",
        "ballots": [_ballot(one, held) for one in held.ballots.get(decision.pk, [])],
        "actions": [
            {
                "what": one.what,
                "who": one.who.name if one.who else "",
                "person": one.person,
                "due": one.due.isoformat() if one.due else "",
            }
            for one in actions
        ],
    }


def _ballot(ballot: Ballot, held: _Held) -> dict[str, Any]:
    return {
        "question": ballot.question,
        "text": ballot.said.get("text", ""),
        "secret": ballot.secret,
        "state": ballot.state,
        "rules": ballot.said["rules"],
        "roll": ballot.said.get("voices", 0),
        "result": ballot.result,
        "votes": sorted(held.votes.get(ballot.pk, [])),
        "objections": held.objections.get(ballot.pk, []),
    }


def _subject(meeting: Meeting) -> Any:
    return meeting.body.pole.actor.subject
