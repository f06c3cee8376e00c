"""Zones and outlines, as the rooms above ask for them."""

from __future__ import annotations

from django.utils.translation import gettext as _

from terreau.common.errors import NotFoundError
from terreau.territories import base, outline, rules
from terreau.territories.base import COG_YEARS, Ids
from terreau.territories.models import Level, Outline, Perimeter, Zone


def zone(level: str, code: str, cog: int = COG_YEARS[-1]) -> Zone:
    """The zone of a level and code. NotFoundError otherwise; an old commune code says the current one.

    The error has `facts["current"]` when the code is that of a former commune or a municipal arrondissement.
    """
    found = Zone.objects.filter(level=level, code=code, cog_year=cog).first()
    if found is not None:
        return found
    facts = {"level": level, "code": code, "cog": cog}
    if level == Level.COMMUNE and cog in COG_YEARS and (current := base.load(cog).former.get(code)):
        message = _("La commune %(code)s n'existe plus : voir la commune %(current)s.")
        values = {"code": code, "current": current}
        raise NotFoundError("former_commune", message % values, facts={**facts, "current": current})
    message = _("Aucun territoire de ce niveau n'a le code %(code)s en %(cog)s.")
    raise NotFoundError("unknown_zone", message % {"code": code, "cog": cog}, facts=facts)


def communes_of(perimeter: Perimeter) -> tuple[Ids, Ids]:
    """Ids of the communes of a perimeter: those wholly in it, and those of which only a part is."""
    communes = base.load(perimeter.cog_year)
    rows = perimeter.communes.values_list("commune__code", "partial")
    whole = communes.ids(code for code, partial in rows if not partial)
    part = communes.ids(code for code, partial in rows if partial)
    return whole, part


def outline_of(ids: Ids, cog: int = COG_YEARS[-1]) -> outline.Geometry | None:
    """Outline of a set of communes, kept in the database once computed. None when it has none."""
    communes = base.load(cog)
    key = rules.perimeter_key(communes, ids)
    kept = Outline.objects.filter(key=key).values_list("geometry", flat=True).first()
    if kept is not None:
        geometry: outline.Geometry = kept
        return geometry
    drawn = outline.outline(communes, ids)
    if drawn is not None:
        Outline.objects.bulk_create([Outline(key=key, geometry=drawn)], ignore_conflicts=True)
    return drawn
