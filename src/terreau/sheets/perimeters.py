"""What is said of a set of communes, by the API, the command line and the pages alike."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from terreau.common.errors import DomainError
from terreau.territories import base, rules
from terreau.territories import outline as drawing


def describe(codes: Sequence[str], cog: int) -> dict[str, Any]:
    """Return the size of a perimeter and its overlaps with the embedded layers, both ways.

    Raises what ``read`` raises.
    """
    communes, resolution = read(codes, cog)
    found = rules.describe(communes, resolution.ids)
    return {
        "cog": cog,
        "communes": found.totals.communes,
        "population": found.totals.population,
        "surface_km2": found.totals.surface_km2,
        **_given(resolution),
        "overlaps": {name: [_overlap(item) for item in items] for name, items in found.overlaps.items()},
    }


def outline(codes: Sequence[str], cog: int) -> dict[str, Any]:
    """Return the outline of a perimeter as a GeoJSON feature; its geometry is None where none is known.

    Nothing is kept: a stranger may ask for any set. Raises what ``read`` raises.
    """
    communes, resolution = read(codes, cog)
    properties = {"cog": cog, "communes": len(resolution.ids), **_given(resolution)}
    return feature(drawing.outline(communes, resolution.ids), properties)


def neighbours(codes: Sequence[str], cog: int) -> dict[str, Any]:
    """Return the communes outside a perimeter that share a border with it. Raises what ``read`` raises."""
    communes, resolution = read(codes, cog)
    around = rules.neighbours(communes, rules.Communes(cog, resolution.ids))
    return {"cog": cog, **_given(resolution), "communes": _lines(communes, around.ids)}


def rings(codes: Sequence[str], cog: int, k: int) -> dict[str, Any]:
    """Return the communes of a perimeter, then those at 1, 2, … ``k`` borders; raises as ``read``."""
    communes, resolution = read(codes, cog)
    found = rules.rings(communes, rules.Communes(cog, resolution.ids), k)
    return {
        "cog": cog,
        **_given(resolution),
        "couronnes": [
            {
                "rang": rank,
                "population": int(communes.population[ring.ids].sum()),
                "communes": sorted(communes.codes[ring.ids].tolist()),
            }
            for rank, ring in enumerate(found)
        ],
    }


def feature(geometry: dict[str, Any] | None, properties: dict[str, Any]) -> dict[str, Any]:
    """Return a GeoJSON feature (RFC 7946)."""
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def read(codes: Sequence[str], cog: int) -> tuple[base.Base, rules.Resolution]:
    """Return the base of a year and the communes of codes as given.

    Old codes and municipal arrondissements are resolved, unknown codes reported and the rest is
    answered. A code that no commune could ever have, an empty list or an unknown COG year raises
    ``DomainError`` (422).
    """
    if not codes:
        message = _("Donnez au moins un code de commune, par exemple 35236.")
        raise DomainError("empty_perimeter", message)
    communes = base_of(cog)
    resolution = rules.resolve(communes, codes)
    if resolution.malformed:
        message = _(
            "Un code de commune a cinq caractères, par exemple 01004 ou 2A004. À corriger : %(codes)s."
        )
        shown = [code[:20] for code in resolution.malformed[:20]]
        raise DomainError(
            "malformed_commune_code",
            message % {"codes": ", ".join(shown)},
            facts={"malformed": shown, "count": len(resolution.malformed)},
        )
    return communes, resolution


def base_of(cog: int) -> base.Base:
    """Return the base of a COG year; ``DomainError`` (422) when it is not embedded."""
    if cog not in base.COG_YEARS:
        message = _("Le COG %(cog)s n'est pas disponible. Années disponibles : %(years)s.")
        years = ", ".join(map(str, base.COG_YEARS))
        raise DomainError(
            "unknown_cog_year",
            message % {"cog": cog, "years": years},
            facts={"cog": cog, "available": list(base.COG_YEARS)},
        )
    return base.load(cog)


def _given(resolution: rules.Resolution) -> dict[str, Any]:
    return {"unresolved": list(resolution.unresolved), "resolved": resolution.resolved}


def _lines(communes: base.Base, ids: base.Ids) -> list[dict[str, Any]]:
    lines = [
        {
            "code": str(communes.codes[i]),
            "nom": communes.names[i],
            "population": int(communes.population[i]) if communes.population_known[i] else None,
        }
        for i in ids.tolist()
    ]
    return sorted(lines, key=lambda line: str(line["code"]))


def _overlap(overlap: rules.Overlap) -> dict[str, Any]:
    return {
        "code": overlap.code,
        "nom": overlap.name,
        "communes": overlap.common.communes,
        "population": overlap.common.population,
        "part_du_perimetre": overlap.of_perimeter.main,
        "part_de_la_zone": overlap.of_zone.main,
    }
