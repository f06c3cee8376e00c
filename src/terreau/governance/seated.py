"""The seats of a pole with their mandates, and how colleges take part: read once for pages and sentences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet

from terreau.actors.models import Actor, LegalNature
from terreau.common.money import Euro
from terreau.governance import composing, people_rules, telling_people
from terreau.governance.models import Attendance, Body, College, Counting, FunctionShare, Meeting, Seat
from terreau.poles.models import Carrier, Membership, Pole

#: Meetings looked at to say how colleges take part (R-33).
LAST_DAYS: Final = 366
#: Days before its end when a mandate is told (R-32).
SOON: Final = 90


@dataclass(frozen=True, slots=True)
class Carried:
    """A function of the pole: who carries it, hours a month and cents a year, None when nobody said."""

    code: str
    label: str
    shares: tuple[FunctionShare, ...]

    @property
    def hours(self) -> int | None:
        """Hours a month of everybody; None when nothing is known."""
        told = [one.hours_a_month for one in self.shares if one.hours_a_month is not None]
        return sum(told) if told else None

    @property
    def cents(self) -> int | None:
        """Cost a year of everybody, in cents; None when nothing is known."""
        told = [one.cents_a_year for one in self.shares if one.cents_a_year is not None]
        return sum(told) if told else None

    @property
    def lines(self) -> list[tuple[FunctionShare, Euro | None]]:
        """Each share with its cost a year."""
        return [(one, euros(one.cents_a_year)) for one in self.shares]


def euros(cents: int | None) -> Euro | None:
    """Return an amount in cents as money, None when unknown."""
    return None if cents is None else Euro(cents)


def functions(pole: Pole, day: date) -> list[Carried]:
    """Return every function, carried or not, on a day (one query); « autre » only when carried."""
    held = (Q(valid_from=None) | Q(valid_from__lte=day)) & (Q(valid_to=None) | Q(valid_to__gt=day))
    rows: defaultdict[str, list[FunctionShare]] = defaultdict(list)
    shares = FunctionShare.objects.filter(held, pole=pole).select_related("actor")
    for share in shares.order_by("function", "actor__sort_key", "pk"):
        rows[share.function].append(share)
    known = [(code, label) for code, label in FunctionShare.Function.choices if code != "other" or rows[code]]
    return [Carried(code, str(label), tuple(rows[code])) for code, label in known]


def alone(carried: Iterable[Carried]) -> dict[str, UUID | None]:
    """Return who carries each function alone, None when several share it; what nobody carries is left out."""
    return {
        one.code: one.shares[0].actor_id if len({share.actor_id for share in one.shares}) == 1 else None
        for one in carried
        if one.shares
    }


def taken_part(bodies: Sequence[Body], day: date) -> dict[UUID, list[people_rules.TakenPart]]:
    """Return how each college took part in the meetings held in the last year, by body: two queries.

    A seat is called when its mandate held on the day of the meeting; observers are left aside.
    """
    since = day - timedelta(days=LAST_DAYS)
    states = (Meeting.State.HELD, Meeting.State.SIGNED)
    meetings = Meeting.objects.filter(body__in=bodies, state__in=states, starts_at__date__gte=since)
    days = [(pk, body, at.date()) for pk, body, at in meetings.values_list("pk", "body", "starts_at")]
    how = {
        (meeting, seat): said
        for meeting, seat, said in Attendance.objects.filter(
            meeting__in=[pk for pk, _b, _d in days]
        ).values_list("meeting", "seat", "how")
    }
    seats: defaultdict[UUID, list[Seat]] = defaultdict(list)
    for seat in Seat.objects.filter(body__in=bodies).exclude(role="observer").select_related("college"):
        seats[seat.body_id].append(seat)
    pairs: defaultdict[UUID, list[tuple[str, str]]] = defaultdict(list)
    for pk, body, on in days:
        for seat in seats[body]:
            if _holds(seat, on):
                college = seat.college.name if seat.college else ""
                pairs[body].append((college, how.get((pk, seat.pk), "")))
    return {body: people_rules.participation(told) for body, told in pairs.items()}


def _holds(seat: Seat, day: date) -> bool:
    return (seat.valid_from is None or seat.valid_from <= day) and (
        seat.valid_to is None or day < seat.valid_to
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """A college in a body with how it took part."""

    represented: people_rules.Represented
    part: people_rules.TakenPart | None
    natures: str
    share: str
    took: str


def standings(
    body: Body,
    seats: Iterable[Seat],
    colleges: Sequence[College],
    part: Sequence[people_rules.TakenPart],
) -> list[Standing]:
    """Return the colleges of a body: seats, voices, natures of organisations, participation (R-33, R-34)."""
    pairs = [(seat.college.name if seat.college else "", seat.actor.legal_nature) for seat in seats]
    told = [(one.name, one.seats_planned, one.weight) for one in colleges]
    by_college = body.counting == Counting.COLLEGE
    parts: Mapping[str, people_rules.TakenPart] = {one.college: one for one in part}
    found = []
    for one in people_rules.representation(pairs, told, by_college=by_college):
        took = parts.get(one.college)
        natures = sorted(one.natures.items(), key=lambda pair: (-pair[1], pair[0]))
        words = ", ".join(f"{LegalNature(code).label} ({number})" for code, number in natures)
        share = telling_people.percent(one.share) if pairs else ""
        found.append(Standing(one, took, words, share, _percent(took)))
    return found


def _percent(took: people_rules.TakenPart | None) -> str:
    return telling_people.percent(took.share) if took and took.share is not None else ""


def ending(pole: Pole, day: date) -> QuerySet[Seat]:
    """Return the mandates that end soon, or ended in the last year without a word, the oldest first."""
    rows = Seat.objects.filter(body__pole=pole, body__valid_to=None, end_reason="")
    rows = rows.filter(valid_to__gt=day - timedelta(days=LAST_DAYS), valid_to__lte=day + timedelta(days=SOON))
    return rows.select_related("body", "actor").order_by("valid_to", "pk")


def actors(pole: Pole, day: date) -> list[Actor]:
    """Return who may hold a seat or carry a function: members, carriers, the pole itself (three queries)."""
    held = (Q(valid_from=None) | Q(valid_from__lte=day)) & (Q(valid_to=None) | Q(valid_to__gt=day))
    ids = set(Membership.objects.filter(held, pole=pole).values_list("actor", flat=True))
    ids |= set(Carrier.objects.filter(held, pole=pole).values_list("actor", flat=True)) | {pole.pk}
    rows = Actor.objects.filter(pk__in=ids).select_related("subject")
    return list(rows.order_by("sort_key", "pk"))


def dependencies_said(seats: Sequence[Seat], carried: Sequence[Carried]) -> list[telling_people.Sentence]:
    """Return on whom the pole depends, in sentences (R-35)."""
    people = {composing.who_sits(seat): seat.person or _name(seat) for seat in seats}
    people |= {one.actor_id.hex: one.actor.name for row in carried for one in row.shares}
    return [
        telling_people.dependency(one, people[one.who])
        for one in composing.dependencies(seats, alone(carried))
    ]


def _name(seat: Seat) -> str:
    return seat.user.name or seat.actor.name if seat.user else seat.actor.name
