"""A meeting as its page shows it: each seat with its answer, who speaks for whom, the quorum as it stands."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.common.errors import NotFoundError
from terreau.governance import bodies, meetings, rules, said, voices
from terreau.governance.models import Attendance, Ballot, Decision, Item, Meeting, Seat
from terreau.poles.workspace import Workspace, require_run

#: Who holds a meeting beside those who animate the pole.
_HOLDERS = frozenset({Seat.Role.CHAIR, Seat.Role.VICE_CHAIR, Seat.Role.SECRETARY})


@dataclass(frozen=True, slots=True)
class SeatLine:
    """A seat of a meeting and how it stands there; ``holds``: the names of those who gave it their voice."""

    seat: Seat
    how: str
    label: str
    proxy: Seat | None
    mine: bool
    holds: tuple[str, ...] = ()
    aside: bool = False

    @property
    def name(self) -> str:
        """Who sits there, and for whom."""
        return name_of(self.seat)

    @property
    def key(self) -> str:
        """The identifier of the seat, as forms send it."""
        return str(self.seat.pk)


class Room:
    """The seats of a meeting, their answers and its quorum: three queries, each once."""

    def __init__(self, ws: Workspace, meeting: Meeting) -> None:
        self.ws = ws
        self.meeting = meeting

    @cached_property
    def seats(self) -> Sequence[Seat]:
        """Every seat on the day of the meeting, observers too."""
        return list(bodies.seats_on(self.meeting.body, timezone.localdate(self.meeting.starts_at)))

    @cached_property
    def answers(self) -> Mapping[UUID, Attendance]:
        """The answers by seat."""
        rows = Attendance.objects.filter(meeting=self.meeting).order_by("pk")
        return {row.seat_id: row for row in rows}

    @cached_property
    def body_rules(self) -> rules.BodyRules:
        """The rules of the convening, else those of the body today."""
        return said.read(self.meeting.said or said.of_body(self.meeting.body))

    @cached_property
    def quorum(self) -> rules.Quorum:
        """Who votes for whom and whether the quorum is reached."""
        return meetings.quorum(self.meeting, self.seats, self.answers.values())

    @cached_property
    def lines(self) -> list[SeatLine]:
        """The seats with a voice first, in the order of their colleges; observers after."""
        named = {str(seat.pk): name_of(seat) for seat in self.seats}
        by_id = {seat.pk: seat for seat in self.seats}
        aside = set(self.quorum.set_aside)
        found = [self._line(seat, named, by_id, aside) for seat in self.seats]
        return [one for one in found if one.seat.votes] + [one for one in found if not one.seat.votes]

    def _line(
        self, seat: Seat, named: Mapping[str, str], by_id: Mapping[UUID, Seat], aside: set[str]
    ) -> SeatLine:
        row = self.answers.get(seat.pk)
        key = str(seat.pk)
        held = tuple(named[one] for one in self.quorum.voices.get(key, ()) if one != key)
        return SeatLine(
            seat=seat,
            how=row.how if row else "",
            label=str(row.get_how_display()) if row else _("sans réponse"),
            proxy=by_id.get(row.proxy_id) if row and row.proxy_id else None,
            mine=voices.sits(self.ws, seat),
            holds=held,
            aside=key in aside,
        )

    @property
    def voters(self) -> int:
        """How many seats have a voice."""
        return sum(seat.votes for seat in self.seats)

    @property
    def silent(self) -> list[SeatLine]:
        """The seats with a voice that have not answered."""
        return [line for line in self.lines if line.seat.votes and not line.how]

    @property
    def mine(self) -> list[SeatLine]:
        """The seats where the person sits."""
        return [line for line in self.lines if line.mine]

    @property
    def counts(self) -> list[tuple[str, int]]:
        """How many voices answered what, in the order of the answers."""
        found = Counter(line.how for line in self.lines if line.seat.votes)
        return [(str(label), found[code]) for code, label in Attendance.How.choices if found[code]]

    @property
    def holds(self) -> bool:
        """Say whether the person holds the meeting: animates the pole, chairs or keeps the minutes."""
        return self.ws.runs or any(one.seat.role in _HOLDERS for one in self.mine)

    def quorum_words(self) -> str:
        """Return the quorum as it stands, in a sentence with its numbers."""
        numbers = {
            "counted": self.quorum.counted,
            "seats": self.voters,
            "needed": max(self.quorum.needed, 1),
        }
        if self.quorum.reached:
            words = _("Quorum atteint : %(counted)d voix sur %(seats)d, il en faut %(needed)d.")
        else:
            words = _("Quorum pas encore atteint : %(counted)d voix sur %(seats)d, il en faut %(needed)d.")
        lacking = ", ".join(name or _("sans collège") for name in self.quorum.lacking)
        more = " " + _("Il manque du monde dans : %(colleges)s.") % {"colleges": lacking} if lacking else ""
        return words % numbers + more


def name_of(seat: Seat) -> str:
    """Return who sits there and for whom: « Ada Roux (Filature Anne) », or the organisation alone."""
    person = seat.person or (seat.user.name if seat.user else "")
    return f"{person} ({seat.actor.name})" if person else str(seat.actor.name)


def find(ws: Workspace, pk: UUID) -> Meeting:
    """Return a meeting of the pole; ``NotFoundError`` for another."""
    rows = Meeting.objects.select_related("body__pole__actor__subject")
    row = rows.filter(pk=pk, body__pole=ws.pole).first()
    if row is None:
        raise NotFoundError("not_found", _("Cette séance n'existe pas dans cet espace."))
    return row


def held_by(ws: Workspace, pk: UUID, *, verb: str) -> Room:
    """Return a meeting for who holds it; the others are refused (403, counted), strangers never come here."""
    room = Room(ws, find(ws, pk))
    if not room.holds:
        require_run(ws, verb=verb)
    return room


@dataclass(frozen=True, slots=True)
class ItemLine:
    """A point of the agenda with its decision and its votes."""

    item: Item
    decision: Decision | None
    ballots: tuple[Ballot, ...]

    @property
    def open(self) -> Ballot | None:
        """The vote that is open, when there is one."""
        return next((one for one in self.ballots if one.state == Ballot.State.OPEN), None)


def items_of(meeting: Meeting) -> list[ItemLine]:
    """Return the agenda with what hangs on it: three queries."""
    decisions = {row.item_id: row for row in Decision.objects.filter(item__meeting=meeting)}
    ballots: dict[Any, list[Ballot]] = {}
    for row in Ballot.objects.filter(decision__item__meeting=meeting).order_by("opened_at", "pk"):
        ballots.setdefault(row.decision_id, []).append(row)
    found = []
    for item in Item.objects.filter(meeting=meeting).order_by("rank", "pk"):
        decision = decisions.get(item.pk)
        own = ballots.get(decision.pk, []) if decision else []
        found.append(ItemLine(item, decision, tuple(own)))
    return found


def page_of(
    ws: Workspace, *, past: bool, before: Any = None, body: UUID | None = None, limit: int = 30
) -> list[Meeting]:
    """Return meetings of the pole: those to come the nearest first, or those past the latest first."""
    rows = Meeting.objects.filter(body__pole=ws.pole).select_related("body")
    if body:
        rows = rows.filter(body=body)
    ended = Q(state__in=[Meeting.State.SIGNED, Meeting.State.CANCELLED])
    # What is being held stays in sight until the next day.
    over = ended | Q(state=Meeting.State.HELD, ends_at__lt=timezone.now() - timedelta(hours=12))
    if not past:
        return list(rows.exclude(over).order_by("starts_at", "pk")[:limit])
    rows = rows.filter(over)
    if before is not None:
        rows = rows.filter(starts_at__lt=before)
    return list(rows.order_by(F("starts_at").desc(), "pk")[:limit])
