"""What is said of an official territory, by the pages, the API and the command line alike."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from terreau.common.errors import NotFoundError
from terreau.design.numbers import with_unit
from terreau.sheets import layers
from terreau.sheets.communes import LEVELS, Communes, PoleInZone
from terreau.sheets.facts import FactLine, SourceLine, language, lines_of
from terreau.territories import base
from terreau.territories.base import Ids
from terreau.territories.models import Zone

__all__ = ["LEVELS", "Communes", "PoleInZone", "TerritorySheet", "territory_sheet"]


@dataclass(frozen=True)
class TerritorySheet:
    """An official territory."""

    zone: Zone
    communes: Communes
    facts: list[FactLine] = field(default_factory=list)

    @property
    def level(self) -> str:
        """Level as written in addresses."""
        return self.zone.level

    @cached_property
    def measures(self) -> list[layers.Measure]:
        """Measures of a commune, secret ones included; none for a larger territory."""
        return layers.measures(self.zone.code) if self.level == "commune" else []

    def as_json(self) -> dict[str, Any]:
        """Return the territory as the API says it."""
        totals = self.communes.description.totals
        known = not self.communes.description.population_unknown
        return {
            "niveau": self.zone.level,
            "code": self.zone.code,
            "nom": self.zone.name,
            "cog": self.zone.cog_year,
            "communes": totals.communes,
            "population": totals.population if known else None,
            "surface_km2": totals.surface_km2,
            "poles": [
                {
                    "slug": pole.slug,
                    "nom": pole.name,
                    "part_du_perimetre": pole.of_perimeter,
                    "part_de_la_zone": pole.of_zone,
                }
                for pole in self.communes.poles
            ],
            "faits": [
                *(line.as_json() for line in self.facts),
                *(measure.fact().as_json() for measure in self.measures if not measure.secret),
            ],
        }


def territory_sheet(level: str, code: str, cog: int = base.COG_YEARS[-1]) -> TerritorySheet:
    """Return the sheet of an official territory; ``NotFoundError`` says which levels exist.

    The code of a former commune gives the commune of today; ``sheet.zone.code`` tells.
    """
    zone = _zone(level, code.strip().upper(), cog)
    if zone is None:
        message = _(
            "Aucun territoire ne répond à %(level)s %(code)s au code officiel géographique de %(cog)s. "
            "Cherchez-le par son nom à la page Territoires."
        )
        facts = {"niveau": level[:40], "code": code[:20], "niveaux": list(LEVELS)}
        text = message % {"level": level[:40], "code": code[:20], "cog": cog}
        raise NotFoundError("unknown_territory", text, facts=facts)
    communes = Communes(ids_of(zone), cog, zone)
    return TerritorySheet(zone, communes, [*size_facts(communes), *lines_of(zone.subject_id)])


def _zone(level: str, code: str, cog: int) -> Zone | None:
    if level not in LEVELS or "\0" in code:
        return None
    wanted = base.load(cog).former.get(code, code) if level == "commune" else code
    parents = ("department", "region", "former_region", "epci", "subject")
    return (
        Zone.objects.select_related(*parents).filter(level=level, code=wanted[:9], cog_year=cog).first()
        if len(wanted) <= 9
        else None
    )


def ids_of(zone: Zone) -> Ids:
    """Return the communes of a zone, as sorted positions in the base."""
    communes = base.load(zone.cog_year)
    layer = LEVELS[zone.level]
    return communes.ids([zone.code]) if layer is None else communes.layers[layer].members(zone.code)


def size_facts(communes: Communes) -> list[FactLine]:
    """Return the population and the surface of a set of communes, each with its source and year."""
    return [*_population(communes), *_surface(communes)]


def _population(communes: Communes) -> Iterator[FactLine]:
    found = communes.description
    unknown = len(found.population_unknown)
    if unknown == len(communes) or not communes.population_years:
        return
    summed = len(communes) > 1
    yield FactLine(
        code="territory.population",
        label=_("Population municipale"),
        value=found.totals.population,
        display=with_unit(found.totals.population, _("habitants"), language()),
        source=SourceLine(
            _("INSEE, populations de référence, au code officiel géographique de %(cog)s")
            % {"cog": communes.cog},
            _("somme des communes") if summed else "",
        ),
        status="calcule" if summed else "justifie",
        unit=_("habitants"),
        period=", ".join(map(str, communes.population_years)),
        on="/".join(
            str(year) for year in {communes.population_years[0]: 0, communes.population_years[-1]: 0}
        ),
        qualifier="at_least" if unknown else "",
    )


def _surface(communes: Communes) -> Iterator[FactLine]:
    totals = communes.description.totals
    if not totals.surface:
        return
    yield FactLine(
        code="territory.surface",
        label=_("Surface"),
        value=totals.surface_km2,
        display=_("environ %(surface)s")
        % {"surface": with_unit(_rounded(totals.surface_km2), "km²", language())},
        source=SourceLine(
            _("Contours IGN Admin Express généralisés par Etalab"),
            _("mesurés à 1 % près sur le contour simplifié"),
        ),
        status="calcule",
        unit="km²",
        period=str(communes.cog),
        on=str(communes.cog),
        qualifier="about",
    )


def _rounded(surface: float) -> float:
    """Three significant figures: the outline allows no more."""
    return round(surface, 1) if surface < 100 else round(surface)
