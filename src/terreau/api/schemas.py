"""What the API says: the names that others automate against."""

from typing import Any

from ninja import Field, Schema
from pydantic import ConfigDict


class ErrorOut(Schema):
    """The one error shape."""

    code: str
    message: str
    facts: dict[str, Any]


class PoleOut(Schema):
    """A line of the directory. Codes are those of the official geography and of the vocabularies."""

    id: str
    slug: str
    nom: str
    nature: str
    porteur: str | None
    stade: str | None
    statut_registre: str
    reconnaissances: list[str]
    secteurs: list[str]
    departements: list[str]
    regions: list[str]
    anciennes_regions: list[str]
    lon: float | None
    lat: float | None
    approche: bool
    exemple_fictif: bool


class PolesOut(Schema):
    """A page of the directory; ``next`` and ``previous`` are whole addresses."""

    results: list[PoleOut]
    count: int
    next: str | None
    previous: str | None


class SourceOut(Schema):
    """Where a datum comes from."""

    document: str
    section: str
    url: str


class ContradictionOut(Schema):
    """What another source says of the same thing for the same period."""

    valeur: Any
    unite: str | None
    periode: str | None
    source: SourceOut
    statut: str


class FactOut(ContradictionOut):
    """A sourced datum."""

    code: str
    libelle: str
    precision: str
    contredit: list[ContradictionOut]


class MemberOut(Schema):
    """An actor in a pole."""

    id: str
    nom: str
    role: str
    cercle: str
    depuis: str | None
    jusqu_au: str | None
    ess: str


class PerimeterOut(Schema):
    """The communes of a pole's perimeter at a COG year."""

    cog: int
    libelle: str
    communes: list[str]
    approche: bool
    parties: list[str]


class PoleDetailOut(PoleOut):
    """The sheet of a pole."""

    faits: list[FactOut]
    membres: list[MemberOut]
    perimetre: PerimeterOut | None


class PoleInZoneOut(Schema):
    """A pole whose perimeter touches a zone; parts are by population, or by communes where nobody lives."""

    slug: str
    nom: str
    part_du_perimetre: float | None
    part_de_la_zone: float | None


class TerritoryOut(Schema):
    """A territory."""

    niveau: str
    code: str
    nom: str
    cog: int
    communes: int
    population: int | None
    surface_km2: float | None
    poles: list[PoleInZoneOut]
    faits: list[FactOut]


class PerimeterIn(Schema):
    """A set of communes to describe: current or old codes, municipal arrondissements accepted."""

    model_config = ConfigDict(extra="forbid")

    communes: list[str] = Field(min_length=1, max_length=35_000)
    cog: int = 2026


class OverlapOut(Schema):
    """What a perimeter and a zone have in common."""

    code: str
    nom: str
    communes: int
    population: int
    part_du_perimetre: float | None
    part_de_la_zone: float | None


class OverlapsOut(Schema):
    """Zones crossed, largest first."""

    epci: list[OverlapOut]
    departement: list[OverlapOut]
    region: list[OverlapOut]
    ancienne_region: list[OverlapOut]


class DescriptionOut(Schema):
    """The size of a perimeter and what it crosses."""

    cog: int
    communes: int
    population: int
    surface_km2: float
    unresolved: list[str]
    resolved: dict[str, str]
    overlaps: OverlapsOut
