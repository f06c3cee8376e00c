"""The composition of a pole as its rows say it: on a day, at each stage, in time (R-05 to R-07, R-38).

Few queries, the same whatever the number of members. The ESS verdict of an actor is today's: the register
does not keep what it was, and pages say so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet, Sum, TextChoices
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from terreau.actors.models import Actor, LegalNature
from terreau.flows.models import Flow, Nature
from terreau.governance import composition_rules as rules
from terreau.governance import people_rules
from terreau.governance.models import Body, Counting, Seat
from terreau.journal.models import Event
from terreau.poles.models import Carrier, Membership, Pole, Stage, StageMove
from terreau.poles.rules import Composition, Member

_ROLES: Final = ("founder", "member", "host", "partner", "stakeholder", "funder")
_CIRCLES: Final = ("core", "partner", "stakeholder", "")
#: Days over which money is looked at (R-38).
A_YEAR: Final = 365


def labels(choices: type[TextChoices]) -> Mapping[str, str]:
    """Return the labels of choices in the language of the page, made once: lists ask by hundreds."""
    return _labels(choices, get_language() or "fr")


@cache
def _labels(choices: type[TextChoices], language: str) -> Mapping[str, str]:
    return {code: str(label) for code, label in choices.choices}


@dataclass(frozen=True, slots=True)
class Line:
    """An actor in the pole on a day, with every role that it holds then."""

    actor: Actor
    stays: tuple[rules.Stay, ...]
    #: The stay by which it entered, changes of role and circle aside.
    since: rules.Stay

    @property
    def role(self) -> str:
        """The role that counts: the nearest to the heart of the pole."""
        return min((stay.role for stay in self.stays), key=_ROLES.index)

    @property
    def circle(self) -> str:
        """The circle that counts, empty when unknown."""
        return min((stay.circle for stay in self.stays), key=_CIRCLES.index)

    @property
    def role_label(self) -> str:
        """Its roles in words."""
        roles = sorted({stay.role for stay in self.stays}, key=_ROLES.index)
        return ", ".join(labels(Membership.Role)[role] for role in roles)

    @property
    def circle_label(self) -> str:
        """Its circle in words."""
        return labels(Membership.Circle)[self.circle]

    @property
    def nature_label(self) -> str:
        """Its legal nature in words."""
        return labels(LegalNature)[self.actor.legal_nature]

    @property
    def ess_label(self) -> str:
        """Whether it is an enterprise of the ESS, in words."""
        return labels(Actor.Ess)[self.actor.ess]

    @property
    def since_text(self) -> str:
        """Since when, no more precise than is known; empty when unknown."""
        return said_day(self.since.start, self.since.precision)

    @property
    def known(self) -> Member:
        """What the rules look at."""
        return Member(self.actor.legal_nature, self.actor.ess, self.role, self.circle)


@dataclass(frozen=True, slots=True)
class Composed:
    """Who makes the pole on a day, and what is worth saying of it."""

    day: date
    lines: tuple[Line, ...]
    made: Composition


@dataclass(frozen=True, slots=True)
class AtStage:
    """The composition on the day when a stage began; ``until`` is the day when the next one did."""

    label: str
    on: date
    on_text: str
    until: date | None
    made: Composition
    named: int


@dataclass(frozen=True, slots=True)
class Moved:
    """An entry, an exit or a change, with the reason that the journal keeps."""

    change: rules.Change
    name: str
    actor: UUID
    words: str
    reason: str
    on_text: str


@dataclass(frozen=True, slots=True)
class Story:
    """The composition in time: the line that is drawn, its events, its stages."""

    sizes: list[tuple[date | None, int]]
    moves: tuple[Moved, ...]
    stages: tuple[AtStage, ...]
    today: int
    years: tuple[int, ...] = field(default=())


def said_day(day: date | None, precision: str) -> str:
    """Return a day as precisely as it is known: ``2014``, ``09/2014``, ``19/09/2014``; empty for none."""
    if day is None:
        return ""
    shapes = {"year": "%Y", "month": "%m/%Y"}
    return day.strftime(shapes.get(precision, "%d/%m/%Y"))


def rows(pole: Pole) -> list[Membership]:
    """Return the memberships that are not struck out, with their actors (one query)."""
    return list(memberships(pole))


def memberships(pole: Pole) -> QuerySet[Membership]:
    """Return the memberships that are not struck out, with their actors, by name."""
    found = Membership.objects.filter(pole=pole).select_related("actor")
    return found.order_by("actor__sort_key", "pk")


def stay(row: Membership) -> rules.Stay:
    """Return a row as the rules know it."""
    return rules.Stay(
        row.pk,
        row.actor_id.hex,
        row.role,
        row.circle,
        row.valid_from,
        row.valid_to,
        row.from_precision,
    )


def at(pole: Pole, day: date, held: Sequence[Membership] | None = None) -> Composed:
    """Return who was in the pole on a day (one query, none when ``held`` is given)."""
    found = rows(pole) if held is None else held
    lines = _lines(found, day)
    return Composed(day, lines, rules.described(line.known for line in lines))


def _lines(held: Iterable[Membership], day: date) -> tuple[Line, ...]:
    actors: dict[UUID, Actor] = {}
    stays: defaultdict[UUID, list[rules.Stay]] = defaultdict(list)
    for row in held:
        actors[row.actor_id] = row.actor
        stays[row.actor_id].append(stay(row))
    found = []
    for pk, actor in actors.items():
        since = rules.entered(stays[pk], day)
        if since is not None:
            found.append(Line(actor, tuple(rules.on_day(stays[pk], day)), since))
    return tuple(found)


def story(pole: Pole, today: date) -> Story:
    """Return the composition in time: three queries, whatever the number of members and of years."""
    held = rows(pole)
    stays = [stay(row) for row in held]
    actors = {row.actor_id.hex: row.actor for row in held}
    reasons = _reasons(pole)
    moves = tuple(
        Moved(
            one,
            actors[one.actor].name,
            actors[one.actor].pk,
            _words(one),
            reasons.get((one.before.row if one.before else 0), ""),
            said_day(one.on, one.after.precision if one.after and one.what == "entered" else "day"),
        )
        for one in rules.changes(stays)
        if one.on <= today
    )
    sizes = [(day, number) for day, number in rules.sizes(stays) if day is None or day <= today]
    years = tuple(sorted({day.year for day, _number in sizes if day}))
    return Story(sizes, moves, tuple(in_stages(pole, held, today)), sizes[-1][1], years)


def _words(change: rules.Change) -> str:
    if change.what == "left":
        return _("sort du pôle")
    after = change.after
    told = _role(after)
    if after and after.circle:
        told = _("%(role)s, cercle : %(circle)s") % {"role": told, "circle": _circle(after)}
    return (
        _("entre : %(what)s") % {"what": told}
        if change.what == "entered"
        else _("devient : %(what)s") % {"what": told}
    )


def _role(one: rules.Stay | None) -> str:
    return str(Membership.Role(one.role).label) if one else ""


def _circle(one: rules.Stay | None) -> str:
    return str(Membership.Circle(one.circle).label) if one else ""


def _reasons(pole: Pole) -> dict[int, str]:
    """Return why each membership ended, as the journal keeps it."""
    events = Event.objects.filter(subject=pole.actor_id, verb="pole.member_ended").order_by("seq")
    return {data["row"]: data.get("reason", "") for data in events.values_list("data", flat=True)}


def in_stages(pole: Pole, held: Sequence[Membership], today: date) -> list[AtStage]:
    """Return the composition at each stage of the life of the pole, the oldest first (R-06, R-29)."""
    moves = list(StageMove.objects.filter(pole=pole, on__lte=today).order_by("on", "pk"))
    found = []
    for move, after in zip(moves, [*moves[1:], None], strict=False):
        composed = at(pole, move.on, held)
        found.append(
            AtStage(
                str(Stage(move.stage).label),
                move.on,
                said_day(move.on, move.precision),
                after.on if after else None,
                composed.made,
                len(composed.lines),
            )
        )
    return found


def replayed(pole: Pole) -> list[rules.Stay]:
    """Return the stays that the journal tells, which are those of the rows for what was done by verbs."""
    events = Event.objects.filter(subject=pole.actor_id, verb__startswith="pole.member_").order_by("seq")
    return rules.replay(rules.Told(verb, data) for verb, data in events.values_list("verb", "data"))


# Who weighs


def dominations(
    pole: Pole,
    day: date,
    seats: Sequence[Seat] | None = None,
    weights: Mapping[UUID, Mapping[str, int]] | None = None,
) -> list[tuple[rules.Domination, str]]:
    """Return who dominates the votes of a body or the money of a year, with the name of what is dominated.

    Three queries; one when the seats that vote and the weights of the colleges are given.
    """
    found = [(one, _("l'argent reçu en un an")) for one in _of_money(pole, day)]
    sitting = voting_seats(pole, day) if seats is None else seats
    known = weights_of(pole) if weights is None else weights
    for body in {seat.body_id: seat.body for seat in sitting if seat.body.decides}.values():
        mine = [seat for seat in sitting if seat.body_id == body.pk]
        natures = {seat.actor_id.hex: seat.actor.legal_nature for seat in mine}
        shares = rules.voices(
            [(seat.actor_id.hex, seat.college.name if seat.college else "") for seat in mine],
            known.get(body.pk, {}),
            by_college=body.counting == Counting.COLLEGE,
        )
        holders = [rules.Holder(actor, natures[actor], share) for actor, share in shares.items()]
        found += [(one, body.name) for one in rules.dominations(holders, "votes")]
    return found


def voting_seats(pole: Pole, day: date) -> list[Seat]:
    """Return the seats that vote on a day in every living body of the pole (one query)."""
    held = _held_on(day) & Q(body__valid_to=None, body__pole=pole)
    found = Seat.objects.filter(held).exclude(role=Seat.Role.OBSERVER)
    found = found.select_related("body", "college", "actor", "user")
    return list(found.order_by("body__name", "college__rank", "actor__sort_key", "pk"))


def weights_of(pole: Pole) -> dict[UUID, dict[str, int]]:
    """Return the weight of each college by body (one query)."""
    found: defaultdict[UUID, dict[str, int]] = defaultdict(dict)
    told = Body.objects.filter(pole=pole, colleges__isnull=False)
    for body, name, weight in told.values_list("pk", "colleges__name", "colleges__weight"):
        found[body][name] = weight
    return dict(found)


def _of_money(pole: Pole, day: date) -> list[rules.Domination]:
    """Who gave more than half of the cash that the pole and its carrier received in a year."""
    carriers = Carrier.objects.filter(_held_on(day), pole=pole).values("actor")
    given = (
        Flow.objects.filter(book=pole.actor_id, nature=Nature.CASH)
        .filter(Q(receiver=pole.pk) | Q(receiver__in=carriers))
        .filter(on__gt=day - timedelta(days=A_YEAR), on__lte=day)
        .values_list("giver", "giver__legal_nature")
        .annotate(cents=Sum("cents"))
        .order_by("giver")
    )
    holders = [
        rules.Holder(giver.hex, nature, Fraction(cents)) for giver, nature, cents in given if cents > 0
    ]
    return rules.dominations(holders, "money")


def dependencies(
    seats: Iterable[Seat], functions: Mapping[str, UUID | None]
) -> list[people_rules.Dependency]:
    """Return on whom the pole depends (R-35). ``functions``: who carries each alone, None when several do."""
    held = [
        people_rules.Held(who_sits(seat), seat.body_id.hex, office=seat.role in people_rules.OFFICES)
        for seat in seats
    ]
    carried = [
        people_rules.Held(actor.hex if actor else "", function) for function, actor in functions.items()
    ]
    return people_rules.dependencies(held, carried)


def who_sits(seat: Seat) -> str:
    """Return a key of the person of a seat: the account, else organisation and name; empty if unknown."""
    if seat.user_id:
        return seat.user_id.hex
    return f"{seat.actor_id.hex} {seat.person.casefold()}" if seat.person else ""


def _held_on(day: date) -> Q:
    return (Q(valid_from=None) | Q(valid_from__lte=day)) & (Q(valid_to=None) | Q(valid_to__gt=day))


__all__ = [
    "AtStage",
    "Composed",
    "Line",
    "Moved",
    "Story",
    "at",
    "dependencies",
    "dominations",
    "in_stages",
    "replayed",
    "rows",
    "said_day",
    "stay",
    "story",
    "voting_seats",
    "weights_of",
    "who_sits",
]
