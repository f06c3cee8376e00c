"""What the API says of territories, perimeters and layers."""

from typing import Annotated

from django.utils.translation import gettext_noop as _
from ninja import Field, Schema
from pydantic import ConfigDict

from terreau.api.pages import PageOut
from terreau.api.schemas import FactOut, SourceOut
from terreau.territories.base import COG_YEARS

CODE = _("Code officiel.")
COG = _("Année du code officiel géographique.")
POPULATION = _("Habitants (populations municipales de l'INSEE) ; nul quand l'INSEE n'en publie pas.")
RESULTS = _("Les lignes de la page.")


class PoleInZoneOut(Schema):
    """A pole whose perimeter touches a zone; parts are by population, or by communes where nobody lives."""

    slug: str = Field(description=_("Mot du pôle dans les adresses."))
    nom: str = Field(description=_("Nom du pôle."))
    part_du_perimetre: float | None = Field(
        description=_("Part du périmètre qui est dans le territoire, de 0 à 1.")
    )
    part_de_la_zone: float | None = Field(
        description=_("Part du territoire qui est dans le périmètre, de 0 à 1.")
    )


class TerritoryOut(Schema):
    """A territory."""

    niveau: str = Field(description=_("Niveau : commune, epci, departement, region, ancienne-region."))
    code: str = Field(description=CODE)
    nom: str = Field(description=_("Nom du territoire."))
    cog: int = Field(description=COG)
    communes: int = Field(description=_("Nombre de communes."))
    population: int | None = Field(description=POPULATION)
    surface_km2: float | None = Field(description=_("Surface en km², juste à 1 % près."))
    poles: list[PoleInZoneOut] = Field(description=_("Pôles publics dont le périmètre touche le territoire."))
    faits: list[FactOut] = Field(description=_("Faits sourcés."))


class TerritoryLineOut(Schema):
    """A line of the list of territories."""

    niveau: str = Field(description=_("Niveau du territoire."))
    code: str = Field(description=CODE)
    nom: str = Field(description=_("Nom du territoire."))
    cog: int = Field(description=COG)
    population: int | None = Field(description=POPULATION)
    surface_km2: float | None = Field(description=_("Surface en km², juste à 1 % près."))
    lon: float | None = Field(description=_("Longitude en degrés (WGS 84)."))
    lat: float | None = Field(description=_("Latitude en degrés (WGS 84)."))
    epci: str | None = Field(description=_("Code de l'intercommunalité d'une commune."))
    departement: str | None = Field(description=_("Code du département qui contient le territoire."))
    region: str | None = Field(description=_("Code de la région qui contient le territoire."))
    ancienne_region: str | None = Field(description=_("Code de la région d'avant 2016 qui le contient."))


class TerritoriesOut(PageOut):
    """A page of territories."""

    results: list[TerritoryLineOut] = Field(description=RESULTS)


#: Said by the description, checked by the rule, whose refusal names every code that is wrong.
CommuneCode = Annotated[str, Field(json_schema_extra={"pattern": "^([0-9]{2}|2A|2B)[0-9]{3}$"})]


class PerimeterIn(Schema):
    """A set of communes: current or old codes, municipal arrondissements accepted."""

    model_config = ConfigDict(extra="forbid")

    communes: list[CommuneCode] = Field(
        min_length=1,
        max_length=35_000,
        description=_("Codes de communes, d'aujourd'hui ou d'avant ; arrondissements municipaux admis."),
        examples=[["35236", "44067", "56001"]],
    )
    cog: int = Field(2026, description=COG, json_schema_extra={"enum": list(COG_YEARS)})


class RingsIn(PerimeterIn):
    """A set of communes, and how many rings around it."""

    couronnes: Annotated[int, Field(ge=1, le=20)] = Field(1, description=_("Nombre de couronnes, de 1 à 20."))


class OverlapOut(Schema):
    """What a perimeter and a zone have in common."""

    code: str = Field(description=CODE)
    nom: str = Field(description=_("Nom du territoire."))
    communes: int = Field(description=_("Communes en commun."))
    population: int = Field(description=_("Habitants en commun."))
    part_du_perimetre: float | None = Field(
        description=_("Part du périmètre qui est dans le territoire, de 0 à 1.")
    )
    part_de_la_zone: float | None = Field(
        description=_("Part du territoire qui est dans le périmètre, de 0 à 1.")
    )


class OverlapsOut(Schema):
    """Zones crossed, largest first."""

    epci: list[OverlapOut] = Field(description=_("Intercommunalités croisées."))
    departement: list[OverlapOut] = Field(description=_("Départements croisés."))
    region: list[OverlapOut] = Field(description=_("Régions croisées."))
    ancienne_region: list[OverlapOut] = Field(description=_("Régions d'avant 2016 croisées."))


class GivenOut(Schema):
    """What became of the codes that were given."""

    cog: int = Field(description=COG)
    unresolved: list[str] = Field(description=_("Codes inconnus, laissés de côté."))
    resolved: dict[str, str] = Field(description=_("Anciens codes et ceux qui les remplacent."))


class DescriptionOut(GivenOut):
    """The size of a perimeter and what it crosses."""

    communes: int = Field(description=_("Nombre de communes."))
    population: int = Field(description=_("Somme des habitants des communes où elle est connue."))
    surface_km2: float = Field(description=_("Surface en km², juste à 1 % près."))
    overlaps: OverlapsOut = Field(description=_("Territoires croisés, les plus peuplés d'abord."))


class CommuneOut(Schema):
    """A commune."""

    code: str = Field(description=CODE)
    nom: str = Field(description=_("Nom de la commune."))
    population: int | None = Field(description=POPULATION)


class NeighboursOut(GivenOut):
    """The communes around a perimeter."""

    communes: list[CommuneOut] = Field(description=_("Communes voisines, par code."))


class RingOut(Schema):
    """The communes at some borders from a perimeter."""

    rang: int = Field(description=_("0 pour le périmètre, 1 pour ses voisines, et ainsi de suite."))
    population: int = Field(description=_("Habitants de la couronne."))
    communes: list[str] = Field(description=_("Codes des communes de la couronne."))


class RingsOut(GivenOut):
    """A perimeter and the rings around it."""

    couronnes: list[RingOut] = Field(description=_("Le périmètre, puis ses couronnes."))


class LayerOut(Schema):
    """A layer that this register imported."""

    nom: str = Field(description=_("Nom de la couche."))
    millesime: int = Field(description=_("Millésime de la couche."))
    nature: str = Field(description=_("partition (découpage), list (liste) ou measures (mesures)."))
    libelle: str = Field(description=_("Nom de la couche dans la langue demandée."))
    cog: int = Field(description=COG)
    source: SourceOut = Field(description=_("D'où vient la donnée."))
    importee_le: str | None = Field(description=_("Instant de l'import."))


class LayersOut(PageOut):
    """A page of layers."""

    results: list[LayerOut] = Field(description=RESULTS)


class LayerZoneOut(Schema):
    """A zone of a layer."""

    code: str = Field(description=_("Code de la zone dans la couche."))
    libelle: str = Field(description=_("Nom de la zone."))
    communes: int = Field(description=_("Communes de la zone, parties de commune comprises."))
    en_partie: int = Field(description=_("Celles dont une partie seulement est dans la zone."))


class LayerZonesOut(PageOut):
    """A page of the zones of a layer."""

    results: list[LayerZoneOut] = Field(description=RESULTS)


class LayerCommuneOut(Schema):
    """That a commune is in a zone of a layer."""

    commune: str = Field(description=_("Code de la commune."))
    zone: str = Field(description=_("Code de la zone dans la couche."))
    libelle: str = Field(description=_("Nom de la zone."))
    en_partie: bool = Field(description=_("Une partie seulement de la commune est dans la zone."))


class LayerCommunesOut(PageOut):
    """A page of the communes of a layer."""

    results: list[LayerCommuneOut] = Field(description=RESULTS)


class LayerValueOut(Schema):
    """A measure of a commune; ``secret`` is neither zero nor missing."""

    commune: str = Field(description=_("Code de la commune."))
    mesure: str = Field(description=_("Nom de la mesure."))
    valeur: float | None = Field(description=_("Valeur ; nulle quand elle est secrète."))
    secret: bool = Field(description=_("Secret statistique : la valeur existe et n'est pas publiée."))


class LayerValuesOut(PageOut):
    """A page of the measures of a layer."""

    results: list[LayerValueOut] = Field(description=RESULTS)
