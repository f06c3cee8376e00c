"""Reading the trade of a pole: one's own exchanges, their statement, the pairs that one may see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from terreau.actors.models import Actor
from terreau.flows.models import Flow
from terreau.poles.models import Pole
from terreau.poles.workspace import Workspace
from terreau.subjects.actions import family
from terreau.trade import attribution, rules, who
from terreau.trade.models import Declaration, Exchange, Spending
from terreau.trade.rules import BUYER, SELLER

NEAR = ("seller", "buyer", "pole")


@dataclass(frozen=True, slots=True)
class Side:
    """What one side says, and who it is; ``said`` is None as long as it says nothing."""

    side: str
    actor: Actor
    said: Declaration | None
    mine: bool


@dataclass(frozen=True, slots=True)
class Told:
    """An exchange with what both sides say of it, and what differs."""

    exchange: Exchange
    sides: tuple[Side, Side]
    differences: tuple[rules.Difference, ...] = ()

    @property
    def mine(self) -> Side | None:
        """The side in whose name the person reads."""
        return next((one for one in self.sides if one.mine), None)

    @property
    def theirs(self) -> Side:
        """The side in front; of an exchange shown by consent, the buyer."""
        return next((one for one in self.sides if not one.mine), self.sides[1])

    @property
    def said(self) -> Declaration | None:
        """What leads: the seller's saying, else the buyer's."""
        return self.sides[0].said or self.sides[1].said

    @property
    def cents(self) -> int | None:
        """The amount agreed on, else what is said first."""
        if self.exchange.cents is not None:
            return self.exchange.cents
        return self.said.cents if self.said else None

    @property
    def to_answer(self) -> bool:
        """Say whether it waits for the person: the other spoke, or both differ."""
        state, mine = self.exchange.state, self.mine
        if mine is None:
            return False
        if state == rules.WAITING:
            return mine.said is None
        return state == rules.DIFFERS or (state == rules.REFUSED and mine.said is not None)


def told(rows: Iterable[Exchange], own: Collection[UUID]) -> list[Told]:
    """Return exchanges with their sayings (one query)."""
    found = list(rows)
    held: defaultdict[UUID, dict[str, Declaration]] = defaultdict(dict)
    for one in Declaration.objects.filter(exchange__in=[row.pk for row in found]):
        held[one.exchange_id][one.side] = one
    return [_told(row, held[row.pk], own) for row in found]


def _told(row: Exchange, held: Mapping[str, Declaration], own: Collection[UUID]) -> Told:
    seller = Side(SELLER, row.seller, held.get(SELLER), row.seller_id in own)
    buyer = Side(BUYER, row.buyer, held.get(BUYER), row.buyer_id in own)
    differences: tuple[rules.Difference, ...] = ()
    if seller.said and buyer.said:
        differences = tuple(rules.differences(seller.said.told, buyer.said.told))
    return Told(row, (seller, buyer), differences)


def listed(
    ws: Workspace, own: Collection[UUID], *, state: str = "", year: int | None = None
) -> QuerySet[Exchange]:
    """Return the person's exchanges, the last first; taken back ones are left out unless asked for."""
    rows = who.own(ws, own).select_related(*NEAR)
    rows = rows.filter(state=state) if state else rows.exclude(state=rules.WITHDRAWN)
    rows = rows.filter(on__year=year) if year else rows
    return rows.order_by("-on", "-pk")


def waiting(ws: Workspace, own: Collection[UUID]) -> QuerySet[Exchange]:
    """Return what may wait for the person: what one side says, what differs, what is contested."""
    rows = who.own(ws, own).select_related(*NEAR)
    return rows.exclude(state__in=[rules.AGREED, rules.WITHDRAWN]).order_by("on", "pk")


# Sums of what is agreed


def agreed(pole: Pole, first: date, last: date) -> QuerySet[Exchange]:
    """Return what both agreed on between two days, whose line stands in the book."""
    rows = Exchange.objects.filter(pole=pole, state=rules.AGREED, on__range=(first, last))
    return rows.filter(flow__reversed_by=None)


def lines(rows: QuerySet[Exchange]) -> list[rules.Line]:
    """Return what the sums need, narrow (one query)."""
    found = rows.values_list("seller", "buyer", "cents", "why")
    return [rules.Line(seller, buyer, cents or 0, why) for seller, buyer, cents, why in found]


def purchases(pole: Pole, first: date, last: date, members: Collection[UUID]) -> list[rules.Line]:
    """Return what members paid to members for group purchases: lines of the book that everybody reads."""
    rows = Flow.objects.filter(book=pole.pk, nature="cash", origin__startswith="purchase:")
    rows = rows.filter(on__range=(first, last), giver__in=members, receiver__in=members)
    rows = rows.filter(reverses=None, reversed_by=None)
    found = rows.values_list("receiver", "giver", "cents")
    return [rules.Line(seller, buyer, cents or 0, "purchase") for seller, buyer, cents in found]


def due() -> dict[str, bool]:
    """Return which reasons make an exchange due to the pole."""
    return {code: one.due for code, one in attribution.load().items()}


@dataclass(frozen=True, slots=True)
class Account:
    """The statement of a member over some days: its exchanges, its purchases in group, its sums."""

    actor: Actor
    rows: tuple[Exchange, ...]
    bought_in_group: int
    sums: rules.Statement


def account(pole: Pole, actor: Actor, first: date, last: date) -> Account:
    """Return the statement of a member: for its own people only, the caller sees to it (four queries)."""
    ids = set(family([actor.pk]))
    rows = list(
        agreed(pole, first, last)
        .filter(Q(seller__in=ids) | Q(buyer__in=ids))
        .select_related("seller", "buyer")
        .order_by("on", "pk")
    )
    everybody = set(who.members(pole).actors)
    grouped = [one for one in purchases(pole, first, last, everybody) if {one.seller, one.buyer} & ids]
    every = [*(rules.Line(one.seller_id, one.buyer_id, one.cents or 0, one.why) for one in rows), *grouped]
    mine = [
        rules.Line(
            actor.pk if one.seller in ids else one.seller,
            actor.pk if one.buyer in ids else one.buyer,
            one.cents,
            one.why,
        )
        for one in every
    ]
    sums = rules.statements(mine, due()).get(actor.pk, rules.Statement())
    return Account(actor, tuple(rows), len(grouped), sums)


@dataclass(frozen=True, slots=True)
class Pair:
    """What a member sold to another over some days, as who may see the pair reads it."""

    seller: Actor
    buyer: Actor
    cents: int
    count: int
    due: int


def pairs(ws: Workspace, first: date, last: date) -> list[Pair]:
    """Return the pairs that the person may see, the largest first (three queries)."""
    rows = who.shown(ws).filter(state=rules.AGREED, on__range=(first, last), flow__reversed_by=None)
    sums: defaultdict[tuple[UUID, UUID], list[int]] = defaultdict(lambda: [0, 0, 0])
    reasons = due()
    for seller, buyer, cents, why in rows.values_list("seller", "buyer", "cents", "why"):
        found = sums[seller, buyer]
        found[0] += cents or 0
        found[1] += 1
        found[2] += (cents or 0) if reasons.get(why) else 0
    actors = Actor.objects.in_bulk({pk for pair in sums for pk in pair})
    made = [Pair(actors[one], actors[other], *found) for (one, other), found in sums.items()]
    return sorted(made, key=lambda pair: (-pair.cents, pair.seller.sort_key, pair.buyer.sort_key))


def years(ws: Workspace, own: Collection[UUID] | None = None) -> list[int]:
    """Return the years of the person's exchanges and this one, the last first (one query)."""
    found = who.own(ws, own).order_by().values_list("on__year", flat=True).distinct()
    return sorted({*found, ws.today.year}, reverse=True)


def spendings(ws: Workspace) -> list[Spending]:
    """Return the sums that the person's organisations keep of their purchases."""
    rows = Spending.objects.filter(pole=ws.pole, actor__in=who.spoken_for(ws)).select_related("actor")
    return list(rows.order_by("actor__sort_key", "-year"))


def sums(ws: Workspace, mine: Iterable[Actor], year: int) -> list[tuple[Actor, rules.Statement]]:
    """Return what each of the person's organisations sold and bought in a year (two queries)."""
    found = list(mine)
    owners = family([one.pk for one in found])
    rows = lines(
        agreed(ws.pole, date(year, 1, 1), date(year, 12, 31)).filter(
            Q(seller__in=list(owners)) | Q(buyer__in=list(owners))
        )
    )
    named = [
        rules.Line(owners.get(row.seller, row.seller), owners.get(row.buyer, row.buyer), row.cents, row.why)  # type: ignore[call-overload]
        for row in rows
    ]
    made = rules.statements(named, due())
    return [(one, made.get(one.pk, rules.Statement())) for one in found]
