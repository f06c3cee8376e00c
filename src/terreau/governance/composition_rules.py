"""Who makes a pole, in time and at a stage, and what is worth saying of it (R-05 to R-07, R-38). Pure.

Everything said is an information with its reason and its source; nothing is ever refused because of it. The
counts of organisations and the shares are those of ``poles.rules.composition``, that the public sheet shows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any, Final

from terreau.common.periods import PartialDate
from terreau.poles import rules as poles
from terreau.poles.rules import Composition, Member, Remark

#: Who governs by public law: what R-38 calls an authority.
AUTHORITIES: Final = frozenset({"local_authority", "authority_grouping", "state", "public_body"})
#: More than half decides alone at a simple majority: that is what dominating means here.
DOMINANT: Final = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Stay:
    """An actor in the pole with a role and a circle, from a day to another excluded (None: open)."""

    row: int
    actor: str
    role: str
    circle: str
    start: date | None = None
    end: date | None = None
    precision: str = ""

    def holds(self, day: date) -> bool:
        """Say whether it was so on a day."""
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)


@dataclass(frozen=True, slots=True)
class Told:
    """An event of the journal of a pole about a member: its verb and what it holds."""

    verb: str
    data: Mapping[str, Any]


def replay(events: Iterable[Told]) -> list[Stay]:
    """Return the stays that the events of the journal tell, in the order in which they were first told.

    What was struck out never was; what was reopened (an import undone) has no end any more.
    """
    stays: dict[int, Stay] = {}
    for event in events:
        row, data = int(event.data["row"]), event.data
        if event.verb == "pole.member_added":
            since = PartialDate.parse(data["on"]) if data.get("on") else None
            stays[row] = Stay(
                row,
                data["actor"],
                data["role"],
                data.get("circle", ""),
                since.first if since else None,
                precision=since.precision if since else "",
            )
        elif event.verb == "pole.member_struck":
            stays.pop(row, None)
        elif row in stays and event.verb == "pole.member_ended":
            stays[row] = replace(stays[row], end=date.fromisoformat(data["on"]))
        elif row in stays and event.verb == "pole.member_reopened":
            stays[row] = replace(stays[row], end=None)
    return list(stays.values())


def on_day(stays: Iterable[Stay], day: date) -> list[Stay]:
    """Return who was in the pole on a day."""
    return [stay for stay in stays if stay.holds(day)]


def entered(stays: Iterable[Stay], day: date) -> Stay | None:
    """Return the stay of one actor by which it entered the pole where it is on a day; None when it is not.

    A change of role or circle does not begin a membership again; a gap does. No start is before all.
    """
    rows = [stay for stay in stays if stay.start is None or stay.start <= day]
    first = min((stay for stay in rows if stay.holds(day)), key=_start, default=None)
    while first is not None and first.start is not None:
        begins = first.start
        before = [one for one in rows if _start(one) < begins and (one.end is None or one.end >= begins)]
        if not before:
            break
        first = min(before, key=_start)
    return first


def _start(stay: Stay) -> date:
    return stay.start or date.min


@dataclass(frozen=True, slots=True)
class Change:
    """What happened on a day to an actor: ``entered``, ``left`` or ``changed`` role or circle."""

    on: date
    actor: str
    what: str
    before: Stay | None = None
    after: Stay | None = None


def changes(stays: Sequence[Stay]) -> list[Change]:
    """Return the entries, the exits and the changes that are dated, the oldest first.

    An end and a beginning of the same actor on the same day are one change.
    """
    ends: defaultdict[tuple[str, date], list[Stay]] = defaultdict(list)
    for stay in stays:
        if stay.end:
            ends[stay.actor, stay.end].append(stay)
    found = []
    for stay in stays:
        if stay.start is None:
            continue
        gone = ends.get((stay.actor, stay.start))
        before = gone.pop() if gone else None
        found.append(Change(stay.start, stay.actor, "changed" if before else "entered", before, stay))
    found += [Change(day, actor, "left", stay) for (actor, day), left in ends.items() for stay in left]
    return sorted(found, key=lambda one: (one.on, one.what, one.actor))


def sizes(stays: Sequence[Stay]) -> list[tuple[date | None, int]]:
    """Return how many actors the pole had from each day that changes it; the first, None, is before all."""
    moves: defaultdict[date, list[tuple[str, int]]] = defaultdict(list)
    here: Counter[str] = Counter()
    for stay in stays:
        if stay.start is None:
            here[stay.actor] += 1
        else:
            moves[stay.start].append((stay.actor, 1))
        if stay.end is not None:
            moves[stay.end].append((stay.actor, -1))
    found: list[tuple[date | None, int]] = [(None, len(+here))]
    for day in sorted(moves):
        for actor, move in moves[day]:
            here[actor] += move
        found.append((day, len(+here)))
    return found


def described(members: Iterable[Member], stated: int | None = None) -> Composition:
    """Describe a pole as ``poles.rules.composition`` does, with what a workspace says besides.

    The kinds of organisations against the 5 and the 10 of the note of 2011, the size against the fifteen
    observed in 2014, for-profit founders (R-05, R-07).
    """
    known = list(members)
    made = poles.composition(known, stated)
    return replace(made, remarks=(*made.remarks, *_more(made, known)))


def _more(made: Composition, members: Sequence[Member]) -> Iterator[Remark]:
    if not made.size:
        return
    if made.types < poles.MEMBERS_MINIMUM:
        yield Remark("few_kinds", "S0 annexe §6", made.types, poles.MEMBERS_MINIMUM)
    elif made.types < poles.MEMBERS_WANTED:
        yield Remark("kinds_between", "S0 annexe §6", made.types, poles.MEMBERS_WANTED)
    yield Remark("against_the_mean", "S3 §2 formes de gouvernance", made.size, poles.MEMBERS_AVERAGE)
    founders = sum(
        m.role == "founder" and m.nature in poles.LUCRATIVE and m.ess == poles.NOT_ESS for m in members
    )
    if founders:
        yield Remark("lucrative_founders", "S3 §2 les parties prenantes", founders)
    core = [m for m in members if m.circle == "core"]
    if not core:
        yield Remark("no_core_known", "S3 §2 les parties prenantes")


@dataclass(frozen=True, slots=True)
class Holder:
    """An actor with its legal nature and what it holds: voices, cents."""

    actor: str
    nature: str
    held: Fraction


@dataclass(frozen=True, slots=True)
class Domination:
    """That an authority, or several together (``actor`` empty), holds more than half of something."""

    what: str
    actor: str
    share: Fraction
    number: int = 1
    source: str = "R-38"


def dominations(holders: Iterable[Holder], what: str) -> list[Domination]:
    """Return who dominates voices or money (``what``) by more than half: one authority, else all together.

    Nothing is said when nothing is held. A pole animated by an authority may be so: it is an information.
    """
    rows = list(holders)
    total = sum((one.held for one in rows), Fraction(0))
    if total <= 0:
        return []
    shares: Counter[str] = Counter()
    for one in rows:
        if one.nature in AUTHORITIES:
            shares[one.actor] += one.held  # type: ignore[assignment]
    alone = [
        Domination(what, actor, Fraction(held) / total)
        for actor, held in sorted(shares.items())
        if Fraction(held) / total > DOMINANT
    ]
    together = Fraction(sum(shares.values())) / total
    if alone or together <= DOMINANT:
        return alone
    return [Domination(what, "", together, len(shares))]


def voices(
    seats: Iterable[tuple[str, str]], weights: Mapping[str, int], *, by_college: bool
) -> dict[str, Fraction]:
    """Return the share of the voices that each actor holds in a body, from pairs (actor, college).

    One by seat, or the weight of each college shared between its seats; a college without a seat weighs
    nothing, as in a vote.
    """
    rows = list(seats)
    sizes_of = Counter(college for _actor, college in rows)
    total = sum(weights.get(name, 0) for name in sizes_of) if by_college else len(rows)
    held: defaultdict[str, Fraction] = defaultdict(Fraction)
    for actor, college in rows:
        part = Fraction(weights.get(college, 0), sizes_of[college]) if by_college else Fraction(1)
        held[actor] += part / total if total else Fraction(0)
    return dict(held)


__all__ = [
    "AUTHORITIES",
    "Change",
    "Domination",
    "Holder",
    "Stay",
    "Told",
    "changes",
    "described",
    "dominations",
    "entered",
    "on_day",
    "replay",
    "sizes",
    "voices",
]
