"""How bodies represent colleges, how colleges take part, what hangs on one person (R-32 to R-35). Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

#: Roles in a body without which it does not run.
OFFICES: Final = frozenset({"chair", "vice_chair", "secretary", "treasurer"})
#: Below that many offices, seats or functions, « most of them » says nothing.
ENOUGH: Final = 3


@dataclass(frozen=True, slots=True)
class Represented:
    """A college (empty name: outside any) in a body: seats filled and planned, its share of the voices."""

    college: str
    seats: int
    planned: int | None
    share: Fraction
    natures: Mapping[str, int]

    @property
    def vacant(self) -> int:
        """How many planned seats nobody holds."""
        return max(0, (self.planned or 0) - self.seats)


def representation(
    seats: Iterable[tuple[str, str]],
    colleges: Sequence[tuple[str, int | None, int]],
    *,
    by_college: bool,
) -> list[Represented]:
    """Return how each college stands in a body (R-34).

    ``seats``: pairs (college, legal nature of the actor) of the seats that vote; ``colleges``: (name, seats
    planned, weight) in their order.
    """
    rows = list(seats)
    sizes = Counter(college for college, _nature in rows)
    natures: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for college, nature in rows:
        natures[college][nature] += 1
    weights = {name: weight for name, _planned, weight in colleges if sizes[name]}
    known = [(name, planned) for name, planned, _weight in colleges]
    known += [(name, None) for name in sorted(set(sizes) - {name for name, _planned in known})]
    total = sum(weights.values()) if by_college else len(rows)

    def share(name: str) -> Fraction:
        part = weights.get(name, 0) if by_college else sizes[name]
        return Fraction(part, total) if total else Fraction(0)

    return [
        Represented(name, sizes[name], planned, share(name), dict(natures[name])) for name, planned in known
    ]


@dataclass(frozen=True, slots=True)
class TakenPart:
    """How a college took part: ``there`` of ``called`` presences (a proxy is there), over some meetings."""

    college: str
    called: int
    there: int
    in_person: int

    @property
    def share(self) -> Fraction | None:
        """The share of the presences; None when nobody was called."""
        return Fraction(self.there, self.called) if self.called else None


def participation(attendances: Iterable[tuple[str, str]]) -> list[TakenPart]:
    """Return how each college took part in meetings held, from pairs (college, how); R-33.

    ``how`` is that of an attendance, empty for a seat that said nothing: it was called and is not there.
    """
    called, there, person = Counter[str](), Counter[str](), Counter[str]()
    for college, how in attendances:
        called[college] += 1
        there[college] += how in {"present", "remote", "represented"}
        person[college] += how in {"present", "remote"}
    return [TakenPart(name, called[name], there[name], person[name]) for name in sorted(called)]


@dataclass(frozen=True, slots=True)
class Held:
    """That somebody holds something: ``who`` is a key, ``where`` a body or a function."""

    who: str
    where: str
    office: bool = False


@dataclass(frozen=True, slots=True)
class Dependency:
    """That most of ``what`` (offices, bodies, functions) hangs on one: R-35, an information."""

    what: str
    who: str
    held: int
    total: int
    source: str = "R-35"


def dependencies(seats: Iterable[Held], functions: Iterable[Held]) -> list[Dependency]:
    """Return on whom a pole depends: more than half of the offices, of the bodies, or of the functions.

    Offices and bodies are those of a person, functions those of an organisation. Nothing is said below
    three of them: one person alone in a pole that is born is no surprise.
    """
    rows, shares = list(seats), list(functions)
    offices = [one for one in rows if one.office]
    found = [_most("offices", [(one.who, f"{one.where}/{n}") for n, one in enumerate(offices)])]
    found.append(_most("bodies", [(one.who, one.where) for one in rows]))
    found.append(_most("functions", [(one.who, one.where) for one in shares]))
    return [one for one in found if one]


def _most(what: str, pairs: Iterable[tuple[str, str]]) -> Dependency | None:
    places: defaultdict[str, set[str]] = defaultdict(set)
    for who, where in pairs:
        places[who].add(where)
    total = len({where for held in places.values() for where in held})
    if total < ENOUGH:
        return None
    named = {who: held for who, held in places.items() if who}
    who = max(sorted(named), key=lambda one: len(named[one]), default="")
    if not who or 2 * len(named[who]) <= total:
        return None
    return Dependency(what, who, len(named[who]), total)
