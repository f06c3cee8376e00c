"""Who pays fees in a period, and what is known of each: roles, days, figures with their source, reductions.

A figure is what was said for the fee; else what the member shares with the pole for that year (R-08). What
nobody said stays unknown and is named. A constant number of queries, whatever the members.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import Q

from terreau.actors.models import Actor
from terreau.common.money import Euro
from terreau.facts.read import FactView
from terreau.fees import rules
from terreau.fees.documents import Sheet
from terreau.fees.models import Grant, Measure
from terreau.fees.rules import Fee, Payer
from terreau.governance import sharing
from terreau.poles.models import Carrier, Membership, Pole

#: The figure that a member may share with its pole, for each basis.
CODES: Final = {rules.TURNOVER: "member.turnover", rules.HEADCOUNT: "member.employees_fte"}


@dataclass(frozen=True, slots=True)
class Known:
    """A figure of a member: said for its fee (``measure``), or shared by the member (``fact``)."""

    basis: str
    year: int
    value: int
    measure: Measure | None = None
    fact: FactView | None = None

    @property
    def confirmed(self) -> bool:
        """Whether the member itself says it."""
        return self.measure is None or self.measure.confirmed_at is not None

    @property
    def status(self) -> str:
        """How sure it is, in the words of provenance."""
        return self.fact.status if self.fact is not None else "declare"

    @property
    def source(self) -> str:
        """Where it comes from, in words."""
        if self.measure is not None:
            return self.measure.source
        return str(self.fact.source) if self.fact is not None else ""


@dataclass(frozen=True, slots=True)
class Member:
    """A member that pays, what is known of it, and the payer that a scale computes on."""

    actor: Actor
    payer: Payer
    figures: dict[str, Known]
    grants: tuple[Grant, ...] = ()
    #: The day of arrival is known to the month or the year only.
    rough: bool = False


@dataclass(frozen=True, slots=True)
class _Span:
    """A member from the first day to the last that it pays for, both in."""

    actor: Actor
    joined: date | None
    left: date | None
    rough: bool


def payers(  # noqa: PLR0913 - of which pole, by what, when
    pole: Pole, sheet: Sheet, first: date, last: date, *, on: date, older: int = 0
) -> list[Member]:
    """Return the members that pay between two days, both in, by name; ``on`` is today.

    ``older``: by how many years a figure may be older than what the scale asks for, when that one is not
    known yet. A call takes none; what may be next year is simulated on the last known.
    """
    spans = _spans(pole, sheet, first, last)
    year = first.year - sheet.years_back
    figures = known(pole, list(spans), year, on=on, older=older)
    given = _grants(pole, first, last)
    return [
        _member(span, figures.get(actor, {}), given.get(actor, []), first) for actor, span in spans.items()
    ]


def _member(span: _Span, own: dict[str, Known], given: list[Grant], first: date) -> Member:
    day = max(first, span.joined or first)
    living = tuple(
        one for one in given if one.valid_from <= day and (one.valid_to is None or one.valid_to >= day)
    )
    payer = Payer(
        str(span.actor.pk),
        span.actor.legal_nature,
        turnover=own[rules.TURNOVER].value if rules.TURNOVER in own else None,
        headcount=own[rules.HEADCOUNT].value if rules.HEADCOUNT in own else None,
        reductions=frozenset(one.code for one in living if one.code),
        joined=span.joined,
        left=span.left,
        exempt=any(not one.code for one in living),
    )
    return Member(span.actor, payer, own, living, span.rough)


def _spans(pole: Pole, sheet: Sheet, first: date, last: date) -> dict[UUID, _Span]:
    """Return who pays, from which day to which, both in; the carrier and the pole do not pay themselves."""
    during = (Q(valid_from=None) | Q(valid_from__lte=last)) & (Q(valid_to=None) | Q(valid_to__gt=first))
    carriers = Carrier.objects.filter(during, pole=pole).values("actor")
    rows = Membership.objects.filter(during, pole=pole, role__in=sheet.roles)
    rows = rows.exclude(actor__in=carriers).exclude(actor=pole.pk)
    rows = rows.filter(actor__subject__merged_into=None).select_related("actor__subject")
    found: dict[UUID, _Span] = {}
    for row in rows.order_by("actor__sort_key", "actor", "id"):
        begins, ends = row.valid_from, row.valid_to - timedelta(days=1) if row.valid_to else None
        rough = bool(begins and begins > first and row.from_precision not in {"", "day"})
        if (known := found.get(row.actor_id)) is not None:
            begins = min(begins, known.joined) if begins and known.joined else None
            ends = max(ends, known.left) if ends and known.left else None
            rough = rough and known.rough
        found[row.actor_id] = _Span(row.actor, begins, ends, rough)
    return found


def known(
    pole: Pole, actors: list[UUID], year: int, *, on: date, older: int = 0
) -> dict[UUID, dict[str, Known]]:
    """Return the figures of some members for a year: what was said for the fee, else what they share.

    The latest of the years allowed by ``older`` is kept; of one year, what was said for the fee.
    """
    found: defaultdict[UUID, dict[str, Known]] = defaultdict(dict)
    for actor, told in sharing.by_member(pole, on).items():
        for basis, code in CODES.items():
            for view in told.get(code, []):
                of = view.valid_from.year if view.valid_from else 0
                value = _whole(view.value)
                if year - older <= of <= year and value is not None:
                    _keep(found[actor], Known(basis, of, value, fact=view))
    rows = Measure.objects.filter(pole=pole, actor__in=actors, year__range=(year - older, year))
    for row in rows:
        _keep(found[row.actor_id], Known(row.basis, row.year, row.value, measure=row))
    return found


def _keep(held: dict[str, Known], one: Known) -> None:
    """Keep the latest; said for the fee rather than shared, for one year."""
    other = held.get(one.basis)
    if other is None or (one.year, one.fact is None) > (other.year, other.fact is None):
        held[one.basis] = one


def _whole(value: Any) -> int | None:
    """Return cents, or hundredths of a full-time equivalent."""
    if isinstance(value, Euro):
        return value.cents
    if isinstance(value, int | Decimal):
        return int((Decimal(value) * 100).quantize(Decimal(1), ROUND_HALF_UP))
    return None


def _grants(pole: Pole, first: date, last: date) -> dict[UUID, list[Grant]]:
    near = Q(valid_to=None) | Q(valid_to__gte=first)
    found: defaultdict[UUID, list[Grant]] = defaultdict(list)
    for row in Grant.objects.filter(near, pole=pole, valid_from__lte=last).order_by("valid_from", "pk"):
        found[row.actor_id].append(row)
    return found


def computed(sheet: Sheet, members: list[Member], first: date, last: date) -> dict[UUID, Fee]:
    """Return the fee of each member, with its steps."""
    return {one.actor.pk: rules.fee(sheet.scale, one.payer, first, last) for one in members}
