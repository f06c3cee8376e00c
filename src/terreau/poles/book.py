"""The book of a pole: who reads it, who writes, corrects and closes it (R-38, R-108, R-109, R-149).

One plain rule, said on the page: the people of the pole read the whole book, but for what two members trade,
which is theirs; who speaks for a party writes its lines and corrects what they wrote; who animates the pole
writes, corrects and closes everything.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.errors import DomainError
from terreau.common.permissions import Permission
from terreau.flows import actions, rules
from terreau.flows.models import Closing, Flow
from terreau.poles.models import Carrier, Membership, Pole
from terreau.poles.workspace import Workspace, require_run, require_voice

#: How the lines begin that are of two members and of nobody else: what they trade (R-108).
BETWEEN_TWO = "trade:"


def between_two() -> Q:
    """The lines of what members trade: not shown to who is of neither, an auditor of the pole among them."""
    return Q(origin__startswith=BETWEEN_TWO)


def not_for(ws: Workspace) -> Q:
    """The lines that a person does not read: what members trade, unless one of the two is theirs."""
    mine = ws.standing.speaks_for - {ws.pole.pk}
    return between_two() & ~Q(giver__in=mine) & ~Q(receiver__in=mine)


@dataclass(frozen=True, slots=True)
class Party:
    """An actor of a pole, as lists offer it."""

    pk: UUID
    name: str


def parties(pole: Pole, *, on: date) -> list[Party]:
    """Return the pole, its carriers and its members that day, by name: two queries and one."""
    current = (Q(valid_from=None) | Q(valid_from__lte=on)) & (Q(valid_to=None) | Q(valid_to__gt=on))
    of_pole = Membership.objects.filter(current, pole=pole).values("actor")
    carrying = Carrier.objects.filter(current, pole=pole).values("actor")
    rows = Actor.objects.filter(Q(pk__in=of_pole) | Q(pk__in=carrying)).exclude(pk=pole.pk)
    found = [Party(pk, name) for pk, name in rows.order_by("sort_key", "pk").values_list("pk", "name")]
    return [Party(pole.pk, pole.actor.name), *found]


def outside(pole: Pole, within: Iterable[Party]) -> list[Party]:
    """Return who is in the book of a pole without being of it, by name: funders, suppliers… (one query)."""
    known = {one.pk for one in within}
    rows = Flow.objects.filter(book=pole.pk).order_by()
    met = rows.values("giver").union(rows.values("receiver"))
    found = Actor.objects.filter(pk__in=met).order_by("sort_key", "pk").values_list("pk", "name")
    return [Party(pk, name) for pk, name in found if pk not in known]


def mine(ws: Workspace, of_pole: Iterable[Party]) -> list[Party]:
    """Return the parties in whose name the person writes."""
    return [one for one in of_pole if ws.may_speak_for(one.pk)]


def write(ws: Workspace, entries: list[rules.Entry], *, verb: str = "book.write") -> list[Flow]:
    """Write lines in the book of the pole, in the name of one of the two parties of each.

    Raises ``RefusedError`` (counted) for who speaks for neither, and what ``flows.actions.record`` raises.
    """
    for entry in entries:
        if not ws.may_speak_for(entry.giver):
            require_voice(ws, entry.receiver, verb=verb)
    _living(ws)
    return actions.record(ws.pole.actor, entries, by=ws.user, today=ws.today)


def can_correct(ws: Workspace, flow: Flow) -> Permission:
    """Who animates the pole corrects any line; a member what they wrote for an organisation of theirs."""
    if flow.reverses_id is not None or hasattr(flow, "reversed_by"):
        return Permission(ok=False, reason=_("Cette ligne est déjà corrigée, ou est une correction."))
    speaks = ws.standing.speaks_for & {flow.giver_id, flow.receiver_id}
    if ws.runs or (flow.by_id == ws.user.pk and speaks):
        return Permission(ok=True)
    reason = _("Une ligne est corrigée par qui l'a écrite, ou par qui anime le pôle.")
    return Permission(ok=False, reason=reason)


def correct(ws: Workspace, flow: Flow, *, reason: str, on: date | None = None) -> Flow:
    """Write the counter-entry of a line; see ``flows.actions.reverse``.

    A line of hours, of a booking or of a project is corrected the same way: the room that wrote it reads the
    book, so nothing is counted twice.
    """
    require_correction(ws, flow)
    _living(ws)
    return actions.reverse(flow, reason=reason[:300], by=ws.user, on=on or ws.today)


def require_correction(ws: Workspace, flow: Flow) -> None:
    """Refuse, and count the refusal, when the person may not correct a line that still stands."""
    settled = flow.reverses_id is not None or hasattr(flow, "reversed_by")
    if not settled and not can_correct(ws, flow):
        require_run(ws, verb="book.correct")


def actor(party: UUID) -> Actor:
    """Return a party of a book by its key."""
    return Actor.objects.get(pk=party)


def close(ws: Workspace, to: date) -> Closing:
    """Close the book up to a day, for those who animate the pole."""
    require_run(ws, verb="book.close")
    return actions.close(ws.pole.actor, to, by=ws.user)


def line(ws: Workspace, rank: int) -> Flow | None:
    """Return a line of the book with its parties, its purpose, its piece and its correction; or none."""
    rows = Flow.objects.filter(book=ws.pole.actor, rank=rank).exclude(not_for(ws))
    near = ("giver", "receiver", "purpose", "piece", "reverses", "reversed_by", "by")
    return rows.select_related(*near).first()


def author(user: User | None) -> str:
    """Return who wrote a line, as the people of the pole read it."""
    return str(user) if user else _("le site lui-même")


def _living(ws: Workspace) -> None:
    subject = ws.pole.actor.subject
    if subject.closed_at or subject.merged_into_id:
        words = _("Cette fiche est fermée ou fusionnée avec une autre.")
        raise DomainError("closed_pole", words, status=409)
