"""What a demonstration invents: actors and poles drawn from a seed. Nothing here is a statement about anyone.

The draws follow facts-poles §4.1 (members 5 to 30, mean 15; budget of the cell lognormal, median 150 k€;
46 % with a pivot sector; scale of the perimeters). Communes are real, all else is invented and says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from random import Random
from uuid import UUID

from terreau.facts import catalogue
from terreau.poles.models import Membership, Stage
from terreau.territories.base import Base

#: Begins the key of every generated actor, pole or not; nothing else may begin so.
PREFIX = "exemple-fictif-"
#: Actors that may be members, for each pole: each belongs to about four poles.
ACTORS_A_POLE = 4
#: 1 January 2026, in milliseconds: identifiers are drawn too, so that a seed gives the same ones.
_EPOCH = 1_767_225_600_000
_TODAY = date(2026, 1, 1)
#: Legal nature, legal category (INSEE) and share; the forms of members are our guess.
_NATURES = (
    ("association", "9220", 46),
    ("cooperative", "5560", 18),
    ("company", "5499", 18),
    ("local_authority", "7210", 8),
    ("public_body", "7389", 3),
    ("mutual", "8210", 3),
    ("foundation", "9300", 2),
    ("collective", "", 2),
)
_FUNCTIONS = (
    "siae",
    "training",
    "producer",
    "culture",
    "consulting",
    "landlord",
    "employer_group",
    "education",
)
_FORMS = (("association", 60), ("SCIC", 25), ("sans personnalité morale, avec un porteur", 10), ("autre", 5))
#: Shares of the scales (facts-poles §4.1): a regional perimeter is a handful of EPCI of the region.
_SCALES = (("commune", 21), ("epci", 22), ("departement", 36), ("region", 17), ("crossing", 4))
_CIRCLES = (Membership.Circle.CORE, Membership.Circle.PARTNER, Membership.Circle.UNKNOWN)
_STAGES = (5, 10, 10, 15, 15, 30, 15)


@dataclass(frozen=True, slots=True)
class DemoActor:
    """An invented organisation; ``zone`` is the code of a real commune."""

    id: UUID
    key: str
    name: str
    nature: str
    category: str
    function: str
    zone: str
    declared: str


@dataclass(frozen=True, slots=True)
class DemoMember:
    """A membership: position of the actor, role, circle, year of arrival."""

    actor: int
    role: str
    circle: str
    year: int


@dataclass(frozen=True, slots=True)
class DemoPole:
    """An invented pole. ``epci`` or ``commune`` are codes of real zones; money is in euros."""

    id: UUID
    key: str
    name: str
    label: str
    epci: tuple[str, ...]
    commune: str
    members: tuple[DemoMember, ...]
    carrier: int | None
    stages: tuple[tuple[str, int], ...]
    recognition: str
    form: str
    sectors: tuple[str, ...]
    filiere: str
    origin: str
    budget: int
    fte: str
    told_members: tuple[int, ...]


class Places:
    """The zones that perimeters are made of, drawn once from the base."""

    def __init__(self, communes: Base) -> None:
        self.communes = communes
        self.codes: list[str] = communes.codes[~communes.com].tolist()
        epci = communes.layers["epci"]
        self.epci = [code for code in epci.codes if len(epci.members(code))]
        self.department = {code: self._zone("departement", code) for code in self.epci}
        self.region = {code: self._zone("region", code) for code in self.epci}

    def _zone(self, layer: str, epci: str) -> int:
        first = self.communes.layers["epci"].members(epci)[0]
        return int(self.communes.layers[layer].zone_of[first])

    def name(self, layer: str, code: str) -> str:
        """Return the name of an EPCI or a commune (``layer`` ``commune``)."""
        if layer == "commune":
            return self.communes.names[self.communes.index[code]]
        found = self.communes.layers[layer]
        return found.names[found.index[code]]

    @lru_cache(maxsize=4096)  # noqa: B019 - one value lives as long as a generation
    def near(self, epci: str, scale: str) -> list[str]:
        """Return the other EPCI of the same department or region."""
        here = self.department if scale == "departement" else self.region
        return [code for code in self.epci if here[code] == here[epci] and code != epci]


def actors(seed: int, count: int, places: Places) -> Iterator[DemoActor]:
    """Yield ``count`` organisations, always the same ones for a seed."""
    draw = Random(f"actors {seed}")  # noqa: S311 - invented data
    weights = [weight for *_, weight in _NATURES]
    for number in range(1, count + 1):
        nature, category, _weight = draw.choices(_NATURES, weights)[0]
        zone = draw.choice(places.codes)
        declared = draw.choice(("yes", "no", "")) if nature == "company" else ""
        yield DemoActor(
            id=_identifier(draw, number),
            key=f"{PREFIX}acteur-{number}",
            name=f"Structure fictive {number} de {places.name('commune', zone)} (exemple fictif)"[:250],
            nature=nature,
            category=category,
            function="local_government" if nature == "local_authority" else draw.choice(_FUNCTIONS),
            zone=zone,
            declared=declared,
        )


def poles(seed: int, count: int, actors_known: int, places: Places) -> Iterator[DemoPole]:
    """Yield ``count`` poles whose members are among the first ``actors_known`` actors."""
    draw = Random(f"poles {seed}")  # noqa: S311 - invented data
    pool = _extents(draw, min(count, 1200), places)
    for number in range(1, count + 1):
        yield _pole(draw, number, draw.choice(pool), actors_known)


def _extents(draw: Random, count: int, places: Places) -> list[tuple[str, tuple[str, ...], str]]:
    return [_extent(draw, places) for _ in range(count)]


def _extent(draw: Random, places: Places) -> tuple[str, tuple[str, ...], str]:
    """Return a label, EPCI and a commune: one of the two is empty."""
    scale = draw.choices([name for name, _ in _SCALES], [weight for _, weight in _SCALES])[0]
    if scale == "commune":
        code = draw.choice(places.codes)
        return places.name("commune", code), (), code
    first = draw.choice(places.epci)
    name = places.name("epci", first)
    if scale == "epci":
        return name, (first,), ""
    near = places.near(first, "departement" if scale == "departement" else "region")
    more = draw.sample(near, min(len(near), {"departement": 2, "region": 6, "crossing": 1}[scale]))
    return f"{name} et alentours"[:200], (first, *more), ""


def _pole(draw: Random, number: int, extent: tuple[str, tuple[str, ...], str], actors_known: int) -> DemoPole:
    label, epci, commune = extent
    members = _members(draw, actors_known)
    form = draw.choices([name for name, _ in _FORMS], [weight for _, weight in _FORMS])[0]
    told = len(members)
    sectors = tuple(draw.sample(_terms("sector"), draw.choice((1, 1, 2, 2, 3))))
    return DemoPole(
        id=_identifier(draw, 1_000_000 + number),
        key=f"{PREFIX}pole-{number}",
        name=f"Pôle fictif {number}, {label} (exemple fictif)"[:250],
        label=label,
        epci=epci,
        commune=commune,
        members=members,
        carrier=members[0].actor if members and draw.random() < 0.7 else None,
        stages=_stages(draw),
        recognition=draw.choice(_terms("recognition")) if draw.random() < 0.12 else "",
        form=form,
        sectors=sectors,
        filiere=draw.choice(_terms("filiere")) if draw.random() < 0.46 else "",
        origin=draw.choice(_terms("origin")),
        budget=round(draw.lognormvariate(11.918, 0.98) / 100) * 100,
        fte=f"{min(10.0, draw.gammavariate(1.8, 1.83)):.1f}",
        told_members=(told, told + draw.randint(1, 5)) if draw.random() < 0.05 else (told,),
    )


def _members(draw: Random, actors_known: int) -> tuple[DemoMember, ...]:
    wanted = min(actors_known, round(draw.triangular(5, 30, 10)))
    found = []
    for rank, actor in enumerate(draw.sample(range(actors_known), wanted)):
        if rank < 3:
            role, circle = Membership.Role.FOUNDER, Membership.Circle.CORE
        else:
            role = draw.choices((Membership.Role.MEMBER, Membership.Role.PARTNER), (8, 2))[0]
            circle = draw.choice(
                (Membership.Circle.CORE, Membership.Circle.PARTNER, Membership.Circle.UNKNOWN)
            )
        found.append(DemoMember(actor, str(role), str(circle), draw.randint(2012, 2025)))
    return tuple(found)


def _stages(draw: Random) -> tuple[tuple[str, int], ...]:
    """Return one to three stages in order, with their years; a pole may have gone back (R-151)."""
    now = draw.choices(range(len(Stage.values)), _STAGES)[0]
    first = max(0, now - draw.randint(0, 2))
    years = sorted(draw.sample(range(2012, _TODAY.year), now - first + 1))
    return tuple((Stage.values[first + step], year) for step, year in enumerate(years))


@lru_cache(maxsize=8)
def _terms(vocabulary: str) -> list[str]:
    return list(catalogue.vocabulary(vocabulary).terms)


def _identifier(draw: Random, number: int) -> UUID:
    """Return a version 7 UUID whose time and chance come from the seed."""
    value = (_EPOCH + number) << 80 | 0x7 << 76 | draw.getrandbits(12) << 64 | 0b10 << 62
    return UUID(int=value | draw.getrandbits(62))
