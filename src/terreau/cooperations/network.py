"""The network of the members of a pole, read once in a few queries: who, since when, tied by what (R-43)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from hashlib import blake2b
from uuid import UUID

from django.db.models import QuerySet
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

from terreau.actors.models import Actor
from terreau.common.kept import Kept
from terreau.common.together import Step, run
from terreau.cooperations import rules, words
from terreau.cooperations.models import Cooperation, Level, Party
from terreau.poles.models import Membership, Pole
from terreau.subjects.models import Subject

#: Circles from the centre outwards; an unknown one stands outside.
CIRCLES = ("core", "partner", "stakeholder", "")
#: From this level on a link is counted apart: a shared place or service at least (R-43).
STRONG = "shared"
_SELECTED = mark_safe(" selected")
#: Poles whose network a process keeps at most.
_MOST = 32


@dataclass(frozen=True, slots=True)
class Member:
    """A member on a day."""

    id: rules.Id
    name: str
    circle: str


@dataclass(frozen=True, slots=True)
class Titled:
    """A cooperation as the network names it."""

    key: rules.Id
    title: str
    form: str
    public: bool

    @property
    def pk(self) -> UUID:
        """The identifier that addresses are made of."""
        return UUID(self.key)


@dataclass(frozen=True)
class Fabric:
    """All that the network of a pole is made of, in time."""

    deeds: Sequence[rules.Deed] = ()
    stays: Sequence[tuple[rules.Id, str, rules.Span]] = ()
    names: Mapping[rules.Id, str] = field(default_factory=dict)
    titles: Mapping[rules.Id, Titled] = field(default_factory=dict)

    def members_on(self, day: date) -> list[Member]:
        """Return the members on a day, in the order of their names, in the innermost of their circles."""
        inner: dict[rules.Id, int] = {}
        for actor, circle, span in self.stays:
            if span.holds(day):
                inner[actor] = min(inner.get(actor, len(CIRCLES)), CIRCLES.index(circle))
        found = [Member(actor, self.names.get(actor, ""), CIRCLES[rank]) for actor, rank in inner.items()]
        return sorted(found, key=lambda one: (one.name.casefold(), one.id))

    @cached_property
    def spans(self) -> list[tuple[rules.Id, rules.Span]]:
        """Return the stays without their circles."""
        return [(actor, span) for actor, _circle, span in self.stays]

    def in_time(self, today: date) -> list[rules.Moment]:
        """Return the pole at the end of each year since its first cooperation, and today."""
        starts = [deed.life.start for deed in self.deeds if deed.life.start]
        days = rules.days_between(min(starts), today) if starts else [today]
        return rules.in_time(self.deeds, self.spans, days, strong=words.ranks()[STRONG])


@dataclass(frozen=True, slots=True)
class Web:
    """The network on a day under a choice of forms and levels: what is drawn and what its table says."""

    day: date
    members: Sequence[Member]
    bonds: Sequence[rules.Bond]
    links: Mapping[rules.Pair, rules.Link]
    density: rules.Density

    @property
    def degrees(self) -> Mapping[rules.Id, int]:
        """How many others each linked member is tied to."""
        found: defaultdict[rules.Id, int] = defaultdict(int)
        for one, other in self.links:
            found[one] += 1
            found[other] += 1
        return dict(found)

    def around(self, actor: rules.Id) -> Web:
        """Return the part of the network that a member sees: its neighbours and what ties them."""
        near = {actor, *(one for pair in self.links if actor in pair for one in pair)}
        links = {pair: link for pair, link in self.links.items() if near >= set(pair)}
        members = [one for one in self.members if one.id in near]
        return Web(self.day, members, self.bonds, links, self.density)

    @property
    def digest(self) -> str:
        """What the places of the drawing depend on, as one short text."""
        found = blake2b(digest_size=16)
        for member in self.members:
            found.update(f"{member.id}{member.circle}\0{member.name}\0".encode())
        for pair in self.links:
            found.update("".join(pair).encode())
        return found.hexdigest()


_kept: Kept[Fabric] = Kept(_MOST)


def fabric(pole: Pole) -> Fabric:
    """Read the network of a pole in three queries, one more for each step of merges; kept until a write."""
    return _kept.get(pole.pk, lambda: run(woven(pole)))


def woven(pole: Pole) -> Step[Fabric]:
    """The step of ``fabric``."""
    rows = Cooperation.objects.filter(pole=pole).order_by("valid_from", "pk")
    taken = Party.objects.filter(cooperation__pole=pole).order_by("id")
    held = Membership.objects.filter(pole=pole).order_by("id")
    titled, parties, stays, levels = yield (
        rows.values_list("pk", "title", "form", "public", "valid_from", "valid_to"),
        taken.values_list("cooperation", "actor", "valid_from", "valid_to"),
        held.values_list("actor", "circle", "valid_from", "valid_to"),
        _levels(pole),
    )
    owners = yield from lasting({*(row[1] for row in parties), *(row[0] for row in stays)})
    ids = {actor: owner.hex for actor, owner in owners.items()}
    taking: defaultdict[UUID, list[tuple[rules.Id, rules.Span]]] = defaultdict(list)
    for cooperation, actor, start, end in parties:
        taking[cooperation].append((ids[actor], rules.Span(start, end)))
    steps = _steps(levels)
    deeds = [
        rules.Deed(pk.hex, form, rules.Span(start, end), taking[pk], steps.get(pk, ()))
        for pk, _title, form, _public, start, end in titled
    ]
    names = yield Actor.objects.filter(pk__in=set(owners.values())).order_by().values_list("pk", "name")
    return Fabric(
        deeds,
        [(ids[actor], circle, rules.Span(start, end)) for actor, circle, start, end in stays],
        {pk.hex: name for pk, name in names},
        {pk.hex: Titled(pk.hex, title, form, public) for pk, title, form, public, _start, _end in titled},
    )


def web_on(found: Fabric, day: date, *, form: str = "", level: str = "") -> Web:
    """Return the network on a day, of a form or all, from a level on or all."""
    members = found.members_on(day)
    bonds = rules.chosen(rules.bonds_on(found.deeds, day), form=form, least=words.ranks().get(level, 0))
    ids = [one.id for one in members]
    return Web(day, members, bonds, rules.links(ids, bonds), rules.density(ids, bonds))


def living(ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Return each actor → the one that it was merged into at last, itself when it was not.

    One query when nothing is merged, one more for each step of merges.
    """
    return run(lasting(ids))


def lasting(ids: Iterable[UUID]) -> Step[dict[UUID, UUID]]:
    """The step of ``living``."""
    wanted = set(ids)
    into: dict[UUID, UUID] = {}
    level = wanted
    while level:
        rows = Subject.objects.filter(pk__in=level, merged_into__isnull=False).order_by()
        merged = yield rows.values_list("pk", "merged_into")
        step = {pk: winner for pk, winner in merged if winner is not None}
        into |= step
        level = set(step.values()) - set(into)
    return {pk: _last(pk, into) for pk in wanted}


@dataclass(frozen=True, slots=True)
class Line:
    """A pair of members in the table that says the same as the drawing."""

    one: Member
    other: Member
    level: str
    forms: Sequence[str]
    cooperations: Sequence[Titled]


def ordered(web: Web) -> list[rules.Pair]:
    """Return the linked pairs, the strongest first, then in the order of names."""
    order = {one.id: rank for rank, one in enumerate(web.members)}
    names = {pair: sorted((order[pair[0]], order[pair[1]])) for pair in web.links}
    return sorted(web.links, key=lambda pair: (-web.links[pair].rank, names[pair]))


def lines(found: Fabric, web: Web, pairs: Sequence[rules.Pair] | None = None) -> Iterator[Line]:
    """Return the lines of some pairs, of all in their order when left out: no query."""
    members = {one.id: one for one in web.members}
    order = {one.id: rank for rank, one in enumerate(web.members)}
    for pair in ordered(web) if pairs is None else pairs:
        link = web.links[pair]
        first, second = sorted(pair, key=lambda pk: order[pk])
        titles = [found.titles[key] for key in link.bonds]
        forms = [form for form in rules.FORMS if form in link.forms]
        yield Line(members[first], members[second], words.level_of(link.rank), forms, titles)


def options(members: Iterable[Member], chosen: rules.Id) -> SafeString:
    """Return the members as the options of a list: four hundred of them are one text, not a template each."""
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((one.id, _SELECTED if one.id == chosen else "", one.name) for one in members),
    )


def _levels(pole: Pole) -> QuerySet[Level, tuple[UUID, str, date]]:
    rows = Level.objects.filter(cooperation__pole=pole).order_by("on", "id")
    return rows.values_list("cooperation", "level", "on")


def _steps(rows: Iterable[tuple[UUID, str, date]]) -> dict[UUID, list[rules.Step]]:
    known = words.ranks()
    found: defaultdict[UUID, list[rules.Step]] = defaultdict(list)
    for cooperation, level, on in rows:
        found[cooperation].append(rules.Step(on, known.get(level, 0)))
    return dict(found)


def _last(pk: UUID, into: Mapping[UUID, UUID]) -> UUID:
    seen = {pk}
    while pk in into and into[pk] not in seen:
        pk = into[pk]
        seen.add(pk)
    return pk
