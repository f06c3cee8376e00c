"""Perimeters in time: who covers which communes from when to when, and what it makes of each zone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.common.busy import settled
from terreau.common.errors import DomainError
from terreau.journal import actions as journal
from terreau.pieces.models import Source
from terreau.subjects.models import Subject
from terreau.territories import base, rules
from terreau.territories.base import Base, Ids
from terreau.territories.loading import LEVEL_OF
from terreau.territories.models import (
    Coverage,
    Level,
    Perimeter,
    PerimeterCommune,
    PerimeterPart,
    Zone,
)

COVERED = ("epci", "departement", "region", "ancienne_region", "arrondissement")
SHOWN = 20
DRAWING = {
    "not_a_polygon": gettext_lazy("ce n'est pas un polygone GeoJSON"),
    "no_ring": gettext_lazy("il n'a pas de bord"),
    "too_short": gettext_lazy("un bord a moins de quatre positions"),
    "off_the_globe": gettext_lazy("une position n'est pas une longitude et une latitude"),
    "not_closed": gettext_lazy("un bord n'est pas fermé : sa dernière position doit être la première"),
}


@dataclass(frozen=True)
class Part:
    """An infra-communal part (R-147): a quarter, a QPV, a site, or a drawn polygon with its GeoJSON geometry.

    `commune` is the code of the commune that holds it, when it is known.
    """

    kind: str
    label: str
    commune: str = ""
    code: str = ""
    geometry: dict[str, Any] | None = None


@dataclass(frozen=True)
class _Extent:
    """Communes of a perimeter: wholly in it, and touched by a part only."""

    communes: Base
    whole: Ids
    partial: Ids

    @property
    def touched(self) -> Ids:
        return (self._set(self.whole) | self._set(self.partial)).ids

    def _set(self, ids: Ids) -> rules.Communes:
        return rules.Communes(self.communes.cog, ids)


@transaction.atomic
def set_perimeter(  # noqa: PLR0913 - a perimeter is described by this many independent facts
    subject: Subject,
    *,
    kind: str,
    label: str,
    codes: Iterable[str],
    cog_year: int,
    approximate: bool = False,
    parts: Sequence[Part] = (),
    valid_from: date | None = None,
    valid_to: date | None = None,
    source: Source | None = None,
    status: str = "declare",
    note: dict[str, str] | None = None,
    by: User | None = None,
) -> Perimeter:
    """Say which communes a subject covers, from `valid_from` (in) to `valid_to` (out).

    The perimeter of this subject, kind and first day is replaced, unless nothing changes; one that was open
    before it ends on that day (R-11, R-136). Old codes are brought to `cog_year`. A commune of which a part
    is given is touched, never covered (R-147): shares that would need its part are unknown. Raises
    DomainError for unknown or no communes, a wrong drawing, or days that another perimeter has. Journalled
    when `by` says who; a bulk load journals its own batch.
    """
    extent = _extent(codes, parts, cog_year)
    perimeter = _row(subject, kind, valid_from)
    values = {
        "label": label,
        "cog_year": cog_year,
        "approximate": approximate,
        "valid_to": valid_to,
        "source": source,
        "status": status,
        "note": note or {},
        **_size(extent),
    }
    if _unchanged(perimeter, values, extent, parts):
        return perimeter
    for name, value in values.items():
        setattr(perimeter, name, value)
    perimeter.version += bool(perimeter.pk)
    _end_previous(perimeter)
    _save(perimeter)
    _write_communes(perimeter, extent)
    _write_parts(perimeter, parts)
    cover(perimeter)
    if by is not None:
        data = {"kind": kind, "key": perimeter.key, "communes": len(extent.touched), "cog": cog_year}
        journal.record(subject, "perimeter.set", by=by, data=data)
    return perimeter


def cover(perimeter: Perimeter) -> int:
    """Write again how a perimeter and each zone overlap; answer the number of zones."""
    extent = _held(perimeter)
    rows = [row for level in COVERED for row in _coverage(perimeter, extent, level)]
    Coverage.objects.filter(perimeter=perimeter).delete()
    Coverage.objects.bulk_create(rows)
    return len(rows)


def expected_coverage(perimeter: Perimeter) -> list[Coverage]:
    """The rows that `cover` would write, unsaved: what the projection is held against."""
    extent = _held(perimeter)
    return [row for level in COVERED for row in _coverage(perimeter, extent, level)]


# -------------------------------------------------------------------------------------------- extent


def _extent(codes: Iterable[str], parts: Sequence[Part], cog_year: int) -> _Extent:
    if cog_year not in base.COG_YEARS:
        message = _("Le COG %(cog)s n'est pas disponible.") % {"cog": cog_year}
        facts = {"cog": cog_year, "available": list(base.COG_YEARS)}
        raise DomainError("unknown_cog_year", message, facts=facts)
    _check_parts(parts)
    communes = base.load(cog_year)
    whole = _resolved(communes, codes)
    partial = _resolved(communes, [part.commune for part in parts if part.commune])
    whole = (rules.Communes(cog_year, whole) - rules.Communes(cog_year, partial)).ids
    if not len(whole) and not len(partial):
        raise DomainError("empty_perimeter", _("Un périmètre a au moins une commune."))
    return _Extent(communes, whole, partial)


def _resolved(communes: Base, codes: Iterable[str]) -> Ids:
    found = rules.resolve(communes, codes)
    if found.unresolved:
        shown = list(found.unresolved[:SHOWN])
        message = _("Codes de commune inconnus : %(codes)s.") % {"codes": ", ".join(shown)}
        raise DomainError("unknown_communes", message, facts={"unresolved": shown})
    return found.ids


def _check_parts(parts: Sequence[Part]) -> None:
    for part in parts:
        drawn = part.kind == PerimeterPart.Kind.POLYGON
        problem = rules.polygon_problem(part.geometry) if drawn else ""
        if drawn and problem:
            message = _("Le contour « %(label)s » ne peut pas être utilisé : %(problem)s.")
            values = {"label": part.label, "problem": DRAWING[problem]}
            raise DomainError(
                "wrong_polygon", message % values, facts={"label": part.label, "problem": problem}
            )


def _held(perimeter: Perimeter) -> _Extent:
    communes = base.load(perimeter.cog_year)
    rows = list(perimeter.communes.order_by("id").values_list("commune__code", "partial"))
    return _Extent(
        communes,
        communes.ids(code for code, partial in rows if not partial),
        communes.ids(code for code, partial in rows if partial),
    )


def _size(extent: _Extent) -> dict[str, Any]:
    """Key, totals and point. What a part of a commune measures is not known: neither is the total."""
    totals = rules.describe(extent.communes, extent.touched, [])
    known = not len(extent.partial)
    point = rules.center(extent.communes, extent.touched)
    return {
        "key": rules.perimeter_key(extent.communes, extent.touched),
        "population": totals.totals.population if known and not totals.population_unknown else None,
        "surface_ha": totals.totals.surface if known else None,
        "lon": point[0] if point else None,
        "lat": point[1] if point else None,
    }


# ------------------------------------------------------------------------------------------- writing


def _row(subject: Subject, kind: str, valid_from: date | None) -> Perimeter:
    held = Perimeter.objects.select_for_update().filter(subject=subject, kind=kind, valid_from=valid_from)
    return held.order_by("id").first() or Perimeter(subject=subject, kind=kind, valid_from=valid_from)


def _unchanged(perimeter: Perimeter, values: dict[str, Any], extent: _Extent, parts: Sequence[Part]) -> bool:
    if perimeter.pk is None or any(getattr(perimeter, name) != value for name, value in values.items()):
        return False
    held = _held(perimeter)
    if not (np.array_equal(held.whole, extent.whole) and np.array_equal(held.partial, extent.partial)):
        return False
    kept = perimeter.parts.order_by("id").values_list("kind", "label", "code", "geometry")
    return list(kept) == [(str(part.kind), part.label, part.code, part.geometry) for part in parts]


def _end_previous(perimeter: Perimeter) -> None:
    if perimeter.valid_from is None:
        return
    before = Q(valid_from__isnull=True) | Q(valid_from__lt=perimeter.valid_from)
    Perimeter.objects.filter(
        before, subject=perimeter.subject, kind=perimeter.kind, valid_to__isnull=True
    ).update(valid_to=perimeter.valid_from, version=F("version") + 1)


def _save(perimeter: Perimeter) -> None:
    try:
        perimeter.clean_fields(exclude=["note", "source", "population", "surface_ha", "lon", "lat"])
        perimeter.validate_constraints()
        settled(perimeter.save)
    except ValidationError as error:
        facts = {"problems": error.messages}
        raise DomainError("wrong_perimeter", " ".join(error.messages), facts=facts) from error
    except IntegrityError as error:
        message = _("Un autre périmètre de même nature existe déjà à ces dates : rechargez la page.")
        raise DomainError("perimeter_overlap", message, status=409) from error


def _write_communes(perimeter: Perimeter, extent: _Extent) -> None:
    partial = set(extent.communes.codes[extent.partial].tolist())
    codes = extent.communes.codes[extent.touched].tolist()
    pks = _pks(Level.COMMUNE, codes, perimeter.cog_year)
    perimeter.communes.all().delete()
    PerimeterCommune.objects.bulk_create(
        [
            PerimeterCommune(perimeter=perimeter, commune_id=pks[code], partial=code in partial)
            for code in codes
        ]
    )


def _write_parts(perimeter: Perimeter, parts: Sequence[Part]) -> None:
    communes = base.load(perimeter.cog_year)
    current = {p.commune: communes.codes[_resolved(communes, [p.commune])][0] for p in parts if p.commune}
    pks = _pks(Level.COMMUNE, [str(code) for code in current.values()], perimeter.cog_year)
    perimeter.parts.all().delete()
    PerimeterPart.objects.bulk_create(
        [
            PerimeterPart(
                perimeter=perimeter,
                commune_id=pks[str(current[part.commune])] if part.commune else None,
                kind=PerimeterPart.Kind(part.kind),
                label=part.label,
                code=part.code,
                geometry=part.geometry,
            )
            for part in parts
        ]
    )


def _pks(level: str, codes: Sequence[str], cog: int) -> dict[str, int]:
    """Zones by code, 500 at a time. DomainError when the territories were not loaded."""
    found: dict[str, int] = {}
    for start in range(0, len(codes), 500):
        rows = Zone.objects.filter(level=level, cog_year=cog, code__in=codes[start : start + 500])
        found.update(rows.order_by("id").values_list("code", "pk"))
    if missing := [code for code in codes if code not in found]:
        message = _("Les territoires ne sont pas chargés : lancez territories_load.")
        raise DomainError("territories_not_loaded", message, facts={"missing": missing[:SHOWN]}, status=503)
    return found


def _coverage(perimeter: Perimeter, extent: _Extent, name: str) -> list[Coverage]:
    layer = extent.communes.layers[name]
    overlaps = rules.describe(extent.communes, extent.touched, [layer]).overlaps[name]
    blurred = {layer.codes[zone] for zone in set(layer.zone_of[extent.partial].tolist()) - {-1}}
    level = LEVEL_OF[name].value
    pks = _pks(level, [overlap.code for overlap in overlaps], perimeter.cog_year)
    return [
        Coverage(
            perimeter=perimeter,
            zone_id=pks[overlap.code],
            level=level,
            code=overlap.code,
            communes=overlap.common.communes,
            population=None if overlap.code in blurred else overlap.common.population,
            share_of_perimeter=None if len(extent.partial) else overlap.of_perimeter.main,
            share_of_zone=None if overlap.code in blurred else overlap.of_zone.main,
        )
        for overlap in overlaps
    ]
