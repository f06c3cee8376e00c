"""What the register knows of poles and actors on a day, as the frames that grids read.

What it does not know is absent from the frame: a list of members is never held to be whole, a silence is
never a no. Private facts and actors are left out unless the viewer keeps the sheet, and a list that hides
one of them only says less. The number of queries of a batch does not depend on its size.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor, ActorFunction, Affiliation
from terreau.actors.perms import Viewer
from terreau.actors.perms import can_edit as can_edit_actor
from terreau.common.batches import batches
from terreau.common.periods import DAY, PartialDate
from terreau.facts.models import Fact
from terreau.facts.rules import STATUSES
from terreau.grids.known import Frame, Interval, Known, Record, Value
from terreau.poles import perms
from terreau.poles.models import Carrier, Membership, Pole, Recognition, StageMove
from terreau.projects import listed
from terreau.sheets import frame_facts, frame_members
from terreau.sheets.frame_facts import Sources
from terreau.sheets.frame_members import About, Grouped
from terreau.subjects.actions import family
from terreau.territories.models import Perimeter

_BATCH = 500
_STATED, _AFFILIATES = "pole.members", "actor.members"
#: Codes of the catalogue that composed facts read.
_COMPOSED = (_STATED, "pole.cooperation_form", "pole.function")
_OF_ACTORS = ("name", "legal_nature", "legal_category", "ess", "ess_verified", "ess_declared")
#: Recognitions by which the State supported a pole with money under a call for projects (decree, art. 3, 4°).
_STATE_SUPPORT = frozenset({"laureat", "ami-phase-2"})


def frame_of(pole: Pole, on: date, *, viewer: Viewer = None) -> Frame:
    """Return what the viewer (a stranger by default) may know of a pole on a day.

    The pole itself must already be one that the viewer may see.
    """
    inside = isinstance(viewer, User) and bool(perms.can_edit(viewer, pole, on=on))
    return next(frame for _pole, frame in frames([pole.pk], on, inside=inside))


def frame_of_actor(actor: Actor, on: date, *, viewer: Viewer = None) -> Frame:
    """Return what the viewer (a stranger by default) may know of an actor on a day."""
    inside = isinstance(viewer, User) and bool(can_edit_actor(viewer, actor, on=on))
    return next(frame for _actor, frame in actor_frames([actor.pk], on, inside=inside))


def frames(
    poles: Iterable[UUID], on: date, *, inside: bool = False, reading: Collection[str] | None = None
) -> Iterator[tuple[UUID, Frame]]:
    """Yield each pole and its frame on a day, by batches; as a stranger knows it unless ``inside``.

    ``reading``: the readable facts that will be read, when answers alone are wanted and nothing is shown:
    other facts of the catalogue are left out, and no source is cited.
    """
    actors = _Actors(on, shown=reading is None)
    for batch in batches(poles, _BATCH):
        gathered = _gather(batch, actors, inside=inside, reading=reading)
        for pole in batch:
            yield pole, _pole_frame(gathered, pole)


def actor_frames(actors: Iterable[UUID], on: date, *, inside: bool = False) -> Iterator[tuple[UUID, Frame]]:
    """Yield each actor and its frame on a day, by batches."""
    for batch in batches(actors, _BATCH):
        known = _Actors(on)
        known.read(batch)
        codes = frame_facts.codes(inside=inside)
        told = _told(batch, on, codes, rows=known.rows.values())
        for actor in batch:
            yield actor, _actor_frame(known, told, codes, actor, on)


# Reading


@dataclass(frozen=True)
class _Actors:
    """Actors with what they do on the day and who belongs to them; each is read once a run."""

    on: date
    shown: bool = True
    rows: dict[UUID, Actor] = field(default_factory=dict)
    functions: dict[UUID, frozenset[str]] = field(default_factory=dict)
    grouped: dict[UUID, Grouped] = field(default_factory=dict)
    records: dict[UUID, Record] = field(default_factory=dict)

    def read(self, ids: Iterable[UUID]) -> None:
        """Read those that are not known yet (four queries at most)."""
        wanted = [one for one in ids if one not in self.rows]
        if not wanted:
            return
        columns = (*_OF_ACTORS, "source") if self.shown else _OF_ACTORS
        self.rows.update(Actor.objects.only(*columns).in_bulk(wanted))
        functions: dict[UUID, set[str]] = defaultdict(set)
        held = ActorFunction.objects.filter(_at(self.on), actor__in=wanted).order_by()
        for actor, function in held.values_list("actor", "function"):
            functions[actor].add(function)
        self.functions.update({actor: frozenset(codes) for actor, codes in functions.items()})
        self.grouped.update(_grouped(wanted, self.on))

    def about(self, actor: UUID) -> About:
        """Return an actor with what is known around it."""
        return About(
            self.rows[actor],
            self.functions.get(actor, frozenset()),
            self.grouped.get(actor, Grouped()),
        )

    def record(self, actor: UUID) -> Record:
        """Return an actor as a member of a pole."""
        if actor not in self.records:
            self.records[actor] = frame_members.record(self.about(actor))
        return self.records[actor]


def _grouped(actors: Collection[UUID], on: date) -> dict[UUID, Grouped]:
    answers: dict[UUID, list[str]] = defaultdict(list)
    rows = Affiliation.objects.filter(_at(on), network__in=actors).order_by("network", "pk")
    for network, ess in rows.values_list("network", "member__ess"):
        answers[network].append(ess)
    stated: dict[UUID, set[int | None]] = defaultdict(set)
    for fact in frame_facts.living(list(answers), [_AFFILIATES], on) if answers else ():
        stated[fact.subject_id].add(_exactly(fact))
    return {
        actor: Grouped(tuple(said), next(iter(stated[actor])) if len(stated[actor]) == 1 else None)
        for actor, said in answers.items()
    }


def _exactly(fact: Fact) -> int | None:
    if fact.qualifier or fact.number is None or fact.number_max is not None:
        return None
    return int(fact.number)


@dataclass(frozen=True)
class _Told:
    """Living facts by subject and code of the catalogue, merged subjects read with who they became."""

    facts: Mapping[UUID, Mapping[str, list[Fact]]]
    sources: Sources


def _told(
    ids: Collection[UUID], on: date, codes: Iterable[str], *, rows: Iterable[Any] = (), cited: bool = True
) -> _Told:
    owners = family(ids)
    wanted = {*codes, *_COMPOSED}
    found: dict[UUID, dict[str, list[Fact]]] = defaultdict(lambda: defaultdict(list))
    facts = frame_facts.living(list(owners), wanted, on)
    for fact in facts:
        found[owners[fact.subject_id]][fact.code].append(fact)
    return _Told(found, Sources.of((row.source_id for row in (*facts, *rows)), cited=cited))


@dataclass(frozen=True)
class _Gathered:
    """All that a batch of poles needs."""

    on: date
    inside: bool
    poles: Mapping[UUID, Pole]
    actors: _Actors
    told: _Told
    members: Mapping[UUID, list[Any]]
    carriers: Mapping[UUID, list[Any]]
    perimeters: Mapping[UUID, list[Any]]
    recognitions: Mapping[UUID, list[Recognition]]
    stages: Mapping[UUID, list[StageMove]]
    networks: Mapping[UUID, int]
    activities: Mapping[UUID, listed.Listed] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    shown: bool = True


def _gather(ids: list[UUID], actors: _Actors, *, inside: bool, reading: Collection[str] | None) -> _Gathered:
    on, shown = actors.on, actors.shown
    columns = ("pole_id", "actor_id", *(("status", "source_id") if shown else ()))
    seen = Q() if inside else Q(actor__subject__public=True)
    belonging = Membership.objects.filter(_at(on), seen, pole__in=ids).order_by("pole", "pk")
    members = list(belonging.values_list(*columns, "role", named=True))
    carrying = Carrier.objects.filter(_at(on), seen, pole__in=ids).order_by("pole", "pk")
    carriers = list(carrying.values_list(*columns, named=True))
    perimeters = list(
        Perimeter.objects.filter(_at(on), subject__in=ids, kind=Perimeter.Kind.COOPERATION)
        .annotate(size=Count("communes"))
        .order_by("subject", "pk")
    )
    recognitions = list(
        Recognition.objects.filter(
            Q(on__isnull=True) | Q(on__lte=on), Q(ended_on__isnull=True) | Q(ended_on__gt=on), pole__in=ids
        ).order_by("pole", "on", "pk")
    )
    stages = list(StageMove.objects.filter(pole__in=ids, on__lte=on).order_by("pole", "on", "pk"))
    everyone = {*ids, *(row.actor_id for row in (*members, *carriers))}
    wanted = reading is None or "activities" in reading
    activities = listed.of_poles(ids, on, inside=inside) if wanted else {}
    joined = Affiliation.objects.filter(_at(on), member__in=ids, kind=Affiliation.Kind.NETWORK).order_by()
    counted = joined.values_list("member").annotate(number=Count("pk"))
    actors.read(everyone)
    codes = frame_facts.codes(inside=inside)
    if reading is not None:
        codes = {code: name for code, name in codes.items() if name in reading}
    rows: list[Any] = []
    if shown:
        rows = [*members, *carriers, *perimeters, *recognitions, *stages, *map(actors.rows.get, ids)]
    return _Gathered(
        on=on,
        inside=inside,
        poles=Pole.objects.in_bulk(ids),
        actors=actors,
        told=_told(ids, on, codes, rows=rows, cited=shown),
        members=_by_pole(members),
        carriers=_by_pole(carriers),
        perimeters=_grouped_by(perimeters, "subject_id"),
        recognitions=_by_pole(recognitions),
        stages=_by_pole(stages),
        networks=dict(counted),
        activities=activities,
        codes=codes,
        shown=shown,
    )


def _at(on: date) -> Q:
    """Return the rows that hold on a day; a bound that nobody knows is open."""
    return Q(Q(valid_from__isnull=True) | Q(valid_from__lte=on)) & Q(
        Q(valid_to__isnull=True) | Q(valid_to__gt=on)
    )


def _by_pole(rows: Iterable[Any]) -> dict[UUID, list[Any]]:
    return _grouped_by(rows, "pole_id")


def _grouped_by(rows: Iterable[Any], key: str) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, key)].append(row)
    return found


# Composing


def _pole_frame(held: _Gathered, pole: UUID) -> Frame:
    composed = [
        *_members(held, pole),
        _functions(held, pole),
        *_own_law(held, pole),
        *_carrier_law(held, pole),
        _perimeter(held, pole),
        *_recognised(held, pole),
        _stage(held, pole),
        _networks(held, pole),
        _activities(held, pole),
    ]
    found = {one.code: one for one in composed if one is not None}
    return {**found, **_direct(held.told, held.codes, pole, held.on, _confirmed(held, pole))}


def _confirmed(held: _Gathered, pole: UUID) -> date | None:
    return held.poles[pole].last_confirmed_on


def _direct(
    told: _Told, codes: Mapping[str, str], subject: UUID, on: date, confirmed: date | None
) -> dict[str, Known]:
    """Return the facts of the catalogue that grids read as they are."""
    found = {}
    for code, facts in told.facts.get(subject, {}).items():
        if code in codes:
            one = frame_facts.known(
                codes[code], facts, told.sources, lambda fact: _old_words(fact, told, on, confirmed)
            )
            if one is not None:
                found[one.code] = one
    return found


def _old_words(fact: Fact, told: _Told, on: date, confirmed: date | None) -> str:
    if fact.valid_from is None:
        return ""
    spoken = frame_facts.spoken_on(fact, told.sources)
    if spoken is None or not frame_facts.is_old(spoken, confirmed, on):
        return ""
    return _("information de %(year)d, non confirmée depuis") % {"year": fact.valid_from.year}


def _known(
    held: _Gathered, code: str, value: Value, rows: Iterable[Any] = (), *, complete: bool = True
) -> Known:
    """Return a fact composed of rows: their sources together, the least sure of their statuses."""
    said = list(rows)
    statuses = [row.status for row in said if getattr(row, "status", "")]
    return Known(
        code,
        value,
        complete=complete,
        source=held.told.sources.cite(row.source_id for row in said) if said and held.shown else {},
        status=max(statuses, key=STATUSES.index) if statuses else "",
    )


def _members(held: _Gathered, pole: UUID) -> Iterator[Known]:
    """Members and partners, never held to be whole; then how many organisations, as far as is known."""
    rows = [row for row in held.members.get(pole, ()) if row.role != Membership.Role.FUNDER]
    once = {row.actor_id: row for row in rows}
    records = tuple(held.actors.record(actor) for actor in once)
    if records:
        yield _known(held, "members", records, rows, complete=False)
    named = sum(record["organisation"] is True for record in records)
    fact, stated = _stated(held, pole)
    low, high = max(named, _number(stated.low)), stated.high
    if low or high is not None:
        bounds = Interval(low, None if high is None else max(low, _number(high)))
        told = [*rows, fact] if fact is not None else rows
        yield _known(held, "organisations", bounds, told)


def _number(value: Any) -> int:
    return int(value or 0)


def _stated(held: _Gathered, pole: UUID) -> tuple[Fact | None, Interval]:
    """Return the bounds that a source gives to the number of organisations, if it is recent on the day.

    « Environ » bounds nothing, and a count of years ago says nothing of the day.
    """
    facts = [
        fact
        for fact in held.told.facts.get(pole, {}).get(_STATED, ())
        if fact.qualifier not in frame_facts.ROUGHLY
        and not frame_facts.is_old(
            frame_facts.spoken_on(fact, held.told.sources), _confirmed(held, pole), held.on
        )
    ]
    if not facts:
        return None, Interval()
    ranges = [frame_facts.bounds(fact) for fact in facts]
    low = min((_number(one.low) for one in ranges), default=0)
    highs = [one.high for one in ranges]
    high = None if None in highs else max(_number(one) for one in highs)
    return facts[0], Interval(low, high)


def _functions(held: _Gathered, pole: UUID) -> Known | None:
    facts = held.told.facts.get(pole, {})
    cooperation, kinds = facts.get("pole.cooperation_form", []), facts.get("pole.function", [])
    functions = held.actors.functions.get(pole, frozenset())
    found = frame_members.candidate_functions(
        functions, [fact.term for fact in cooperation], [fact.term for fact in kinds]
    )
    if not found:
        return None
    return _known(held, "functions", frozenset(found), [*cooperation, *kinds], complete=False)


def _own_law(held: _Gathered, pole: UUID) -> Iterator[Known]:
    actor = held.actors.rows[pole]
    said = {
        "pole.legal_person": frame_members.is_legal_person(actor),
        "pole.private_law": frame_members.is_private(actor),
    }
    for code, value in said.items():
        if value is not None:
            yield _known(held, code, value, [actor])


def _carrier_law(held: _Gathered, pole: UUID) -> Iterator[Known]:
    """Whether one of the carriers is a legal person, and under private law: yes as soon as one is."""
    rows = held.carriers.get(pole, [])
    actors = [held.actors.rows[row.actor_id] for row in rows]
    for code, rule in (
        ("carrier.legal_person", frame_members.is_legal_person),
        ("carrier.private_law", frame_members.is_private),
    ):
        words = [rule(actor) for actor in actors]
        if True in words or (words and None not in words):
            yield _known(held, code, True in words, rows)


def _perimeter(held: _Gathered, pole: UUID) -> Known | None:
    rows = held.perimeters.get(pole, [])
    if not rows:
        return None
    row = rows[-1]
    size = Interval(1, None) if row.approximate or not row.size else Interval(row.size, row.size)
    return _known(held, "perimeter.communes", size, [row])


def _recognised(held: _Gathered, pole: UUID) -> Iterator[Known]:
    """Recognitions in force, and that the State already supported the pole: never that it did not."""
    rows = held.recognitions.get(pole, [])
    if rows:
        schemes = frozenset(row.scheme for row in rows)
        yield _known(held, "recognitions", schemes, rows, complete=False)
    support = [
        row for row in rows if row.scheme in _STATE_SUPPORT and row.on and _wholly_before(row, held.on)
    ]
    if support:
        yield _known(held, "state_aid.earlier_call", value=True, rows=support)


def _activities(held: _Gathered, pole: UUID) -> Known | None:
    """What the pole lists of its activities: whole when it says so, and a silence is never a no (R-146)."""
    one = held.activities.get(pole)
    if one is None:
        return None
    records: tuple[Record, ...] = tuple(
        {"name": line.name, "recognised": line.recognised, "sector": line.sector or None}
        for line in one.lines
    )
    return Known("activities", records, complete=one.whole, status="declare")


def _wholly_before(row: Recognition, on: date) -> bool:
    return row.on is not None and PartialDate(row.on, row.precision or DAY).next <= on


def _stage(held: _Gathered, pole: UUID) -> Known | None:
    rows = held.stages.get(pole, [])
    return _known(held, "stage", rows[-1].stage, rows[-1:]) if rows else None


def _networks(held: _Gathered, pole: UUID) -> Known | None:
    number = held.networks.get(pole, 0)
    return _known(held, "networks", Interval(number, None)) if number else None


def _actor_frame(actors: _Actors, told: _Told, codes: Mapping[str, str], actor: UUID, on: date) -> Frame:
    about = actors.about(actor)
    row = about.actor
    said: dict[str, Value | None] = {
        "actor.legal_person": frame_members.is_legal_person(row),
        "actor.private_law": frame_members.is_private(row),
        "actor.family": frame_members.families(row),
        "actor.commercial_company": frame_members.is_company(row),
        "actor.ess": frame_members.is_ess(row),
        "actor.ess_listed": True if row.ess_verified and row.ess == Actor.Ess.YES else None,
        "actor.ess_declared": {"yes": True, "no": False}.get(row.ess_declared),
        "actor.functions": about.functions or None,
        "esus.by_right": True if "siae" in about.functions else None,
    }
    cited = told.sources.cite([row.source_id])
    found = {
        code: Known(code, value, complete=code != "actor.functions", source=cited)
        for code, value in said.items()
        if value is not None
    }
    return {**_direct(told, codes, actor, on, None), **found}
