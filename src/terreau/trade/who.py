"""Who trades in a pole and who sees it: the two of a pair, and nobody else unless both agree (R-08, R-108).

Animating the pole opens nothing here: one speaks for an organisation by belonging to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.errors import DomainError, NotFoundError, RefusedError
from terreau.governance import admissions
from terreau.governance.models import Consent
from terreau.journal.actions import refuse
from terreau.poles.models import Membership, Pole
from terreau.poles.workspace import Workspace
from terreau.subjects.actions import family
from terreau.trade.models import Exchange
from terreau.trade.rules import BUYER, SELLER

#: What a member agrees to: those who animate the pole see its pairs with members who agree too.
PAIRS: Final = "trade.pairs"


@dataclass(frozen=True, slots=True)
class Members:
    """The members of a pole and when each was one: two queries, whatever is then asked."""

    actors: dict[UUID, Actor]
    periods: dict[UUID, list[tuple[date | None, date | None]]] = field(default_factory=dict)

    def on(self, actor: UUID, day: date) -> bool:
        """Say whether an actor was a member that day."""
        return any(
            (first is None or first <= day) and (last is None or last > day)
            for first, last in self.periods.get(actor, ())
        )

    def at(self, day: date) -> list[Actor]:
        """Return the members of a day, by name."""
        found = [one for pk, one in self.actors.items() if self.on(pk, day)]
        return sorted(found, key=lambda one: (one.sort_key, one.pk))


def members(pole: Pole) -> Members:
    """Return who is or was a member of a pole; the pole itself trades by its invoices, not here."""
    periods: defaultdict[UUID, list[tuple[date | None, date | None]]] = defaultdict(list)
    rows = Membership.objects.filter(pole=pole).exclude(actor=pole.pk).order_by("pk")
    for actor, first, last in rows.values_list("actor", "valid_from", "valid_to"):
        periods[actor].append((first, last))
    actors = Actor.objects.filter(pk__in=list(periods), subject__merged_into=None).select_related("subject")
    return Members({one.pk: one for one in actors}, dict(periods))


def mine(ws: Workspace, found: Members) -> list[Actor]:
    """Return the members of today that the person belongs to."""
    return [one for one in found.at(ws.today) if one.pk in ws.standing.speaks_for]


def spoken_for(ws: Workspace) -> frozenset[UUID]:
    """Return every actor in whose name the person reads: theirs, and those merged into them (one query)."""
    own = ws.standing.speaks_for - {ws.pole.pk}
    return frozenset(family(own)) if own else frozenset()


def require(ws: Workspace, actor: UUID, *, verb: str) -> None:
    """Refuse (403, counted) who does not belong to an organisation, even who animates the pole."""
    if actor not in ws.standing.speaks_for or actor == ws.pole.pk:
        reason = _("Seules les personnes de cette organisation disent ce qu'elle vend et achète.")
        refuse(ws.pole.actor.subject, verb, by=ws.user, reason=reason)
        raise RefusedError("not_yours", reason)


@dataclass(frozen=True, slots=True)
class Seen:
    """An exchange as a person sees it: the sides that they hold; none when it is shown by consent."""

    exchange: Exchange
    sides: tuple[str, ...]

    @property
    def side(self) -> str:
        """The side in whose name the person acts first."""
        return self.sides[0] if self.sides else ""


def fetch(ws: Workspace, pk: UUID) -> Seen:
    """Return an exchange to its two parties, to who animates when both agreed; else it is unknown (404)."""
    near = ("pole__actor__subject", "seller__subject", "buyer__subject", "flow", "invoice")
    row = Exchange.objects.select_related(*near).filter(pole=ws.pole, pk=pk).first()
    own = spoken_for(ws)
    sides = tuple(
        side
        for side, actor in ((SELLER, row.seller_id), (BUYER, row.buyer_id))
        if actor in own
    ) if row else ()  # fmt: skip
    if row is None or (not sides and not (ws.runs and {row.seller_id, row.buyer_id} <= agreeing(ws.pole))):
        raise NotFoundError("unknown_exchange", _("Cet échange n'existe pas, ou n'est pas pour vous."))
    return Seen(row, sides)


def own(ws: Workspace, ids: Collection[UUID] | None = None) -> QuerySet[Exchange]:
    """Return the exchanges of the organisations that the person belongs to (``ids``: as ``spoken_for``)."""
    ids = spoken_for(ws) if ids is None else ids
    return Exchange.objects.filter(Q(seller__in=ids) | Q(buyer__in=ids), pole=ws.pole)


def shown(ws: Workspace) -> QuerySet[Exchange]:
    """Return the exchanges whose pair the person may see: theirs; those of who agreed, when they animate."""
    ids = spoken_for(ws)
    seen = Q(seller__in=ids) | Q(buyer__in=ids)
    if ws.runs:
        both = agreeing(ws.pole)
        seen |= Q(seller__in=both, buyer__in=both)
    return Exchange.objects.filter(seen, pole=ws.pole)


def agreeing(pole: Pole) -> frozenset[UUID]:
    """Return the members who let those who animate the pole see their pairs (one query)."""
    rows = Consent.objects.filter(pole=pole, what=PAIRS, ended_at=None)
    return frozenset(rows.values_list("actor", flat=True))


def choose(pole: Pole, actor: Actor, *, shows: bool, by: User) -> None:
    """Let those who animate see the pairs of a member, or no longer."""
    if shows:
        admissions.agree(pole, actor, PAIRS, by=by)
        return
    for row in Consent.objects.filter(pole=pole, actor=actor, what=PAIRS, ended_at=None):
        admissions.take_back(row, by=by)


def check_pair(found: Members, pair: Collection[UUID], day: date) -> None:
    """Refuse an exchange with who was no member that day."""
    for actor in pair:
        if not found.on(actor, day):
            words = _("L'une des deux organisations n'était pas membre du pôle ce jour-là.")
            if actor in found.actors:
                named = _("%(name)s n'était pas membre du pôle ce jour-là.")
                words = named % {"name": found.actors[actor].name}
            raise DomainError("not_a_member", words, facts={"field": "on"})
