"""In whose name a person answers and votes: that of the seats where they sit, by name or by organisation."""

from collections.abc import Iterable

from terreau.governance.models import Ballot, Seat, Voter
from terreau.poles.workspace import Workspace


def sits(ws: Workspace, seat: Seat) -> bool:
    """Say whether the person sits there: named, or of the organisation when no account is named."""
    if seat.user_id is not None:
        return bool(seat.user_id == ws.user.pk)
    return seat.actor_id in ws.standing.speaks_for


def may_answer(ws: Workspace, seat: Seat) -> bool:
    """Say whether the person may say how a seat will stand: who sits there, its people, who animates."""
    return sits(ws, seat) or ws.may_speak_for(seat.actor_id)


def casts(ws: Workspace, voter: Voter) -> bool:
    """Say whether the voice is the person's own to cast: who sits there, or holds its proxy."""
    return sits(ws, voter.voice_of)


def may_cast(ws: Workspace, voter: Voter, ballot: Ballot) -> bool:
    """Say whether the person may cast a voice for the roll.

    Who holds the meeting writes down raised hands; in a secret ballot, only hands the device to somebody
    without an account, and nobody else's voice is theirs.
    """
    if casts(ws, voter):
        return True
    return ws.runs and (not ballot.secret or voter.voice_of.user_id is None)


def seats_of(ws: Workspace, seats: Iterable[Seat]) -> list[Seat]:
    """Return the seats where the person sits."""
    return [seat for seat in seats if sits(ws, seat)]
