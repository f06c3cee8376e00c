"""What is said of a set of communes, by the API, the command line and the pages alike."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from terreau.common.errors import DomainError
from terreau.territories import base, rules


def describe(codes: Sequence[str], cog: int) -> dict[str, Any]:
    """Return the size of a perimeter and its overlaps with the embedded layers, both ways.

    Old codes and municipal arrondissements are resolved, unknown codes reported and the rest is
    answered. A code that no commune could ever have, an empty list or an unknown COG year raises
    ``DomainError`` (422).
    """
    if not codes:
        message = _("Donnez au moins un code de commune, par exemple 35236.")
        raise DomainError("empty_perimeter", message)
    if cog not in base.COG_YEARS:
        message = _("Le COG %(cog)s n'est pas disponible. Années disponibles : %(years)s.")
        years = ", ".join(map(str, base.COG_YEARS))
        raise DomainError(
            "unknown_cog_year",
            message % {"cog": cog, "years": years},
            facts={"cog": cog, "available": list(base.COG_YEARS)},
        )
    communes = base.load(cog)
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
    found = rules.describe(communes, resolution.ids)
    return {
        "cog": cog,
        "communes": found.totals.communes,
        "population": found.totals.population,
        "surface_km2": found.totals.surface_km2,
        "unresolved": list(resolution.unresolved),
        "resolved": resolution.resolved,
        "overlaps": {name: [_overlap(item) for item in items] for name, items in found.overlaps.items()},
    }


def _overlap(overlap: rules.Overlap) -> dict[str, Any]:
    return {
        "code": overlap.code,
        "nom": overlap.name,
        "communes": overlap.common.communes,
        "population": overlap.common.population,
        "part_du_perimetre": overlap.of_perimeter.main,
        "part_de_la_zone": overlap.of_zone.main,
    }
