"""The embedded base, written to the database: by difference, in batches, once per content."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.db.models import Model, ProtectedError
from django.utils import timezone
from django.utils.translation import gettext_noop

from terreau.common.batches import batches
from terreau.search import index
from terreau.subjects.models import Subject
from terreau.territories.base import GEO, ORDER, TABLES, Base, Ids, Layer, load, read, records
from terreau.territories.models import BaseLoad, Level, Zone
from terreau.territories.rules import center

#: Part of the digest: raise it when the same tables must be written differently.
FORM = 1
DGCL_YEAR = 2022
_BATCH = 1000
Key = tuple[str, str]

LEVEL_OF = {
    "region": Level.REGION,
    "ancienne_region": Level.ANCIENNE_REGION,
    "departement": Level.DEPARTEMENT,
    "epci": Level.EPCI,
    "arrondissement": Level.ARRONDISSEMENT,
    "ept": Level.EPT,
}
"""Levels of the zones by layer of the base, parents first."""

PARENTS = {
    Level.ANCIENNE_REGION: ("region",),
    Level.DEPARTEMENT: ("region", "ancienne_region"),
    Level.EPCI: ("departement", "region", "ancienne_region"),
    Level.ARRONDISSEMENT: ("departement", "region", "ancienne_region"),
    Level.EPT: ("departement", "region", "ancienne_region", "epci"),
    Level.COMMUNE: ("departement", "region", "ancienne_region", "epci"),
}
COLUMN_OF = {
    "departement": "department",
    "region": "region",
    "ancienne_region": "former_region",
    "epci": "epci",
}
WEIGHTS = {
    Level.REGION: 5.0,
    Level.DEPARTEMENT: 4.0,
    Level.EPCI: 3.0,
    Level.ANCIENNE_REGION: 2.0,
    Level.ARRONDISSEMENT: 1.0,
    Level.EPT: 1.0,
}
#: Kept in French in the index; `search.models.Entry.said` gives the reader's language.
DETAILS = {
    Level.REGION: gettext_noop("Région"),
    Level.ANCIENNE_REGION: gettext_noop("Ancienne région (jusqu'en 2015)"),
    Level.DEPARTEMENT: gettext_noop("Département"),
    Level.EPCI: gettext_noop("Intercommunalité"),
    Level.ARRONDISSEMENT: gettext_noop("Arrondissement"),
    Level.EPT: gettext_noop("Établissement public territorial"),
    Level.COMMUNE: gettext_noop("Commune"),
}
#: Levels that have a page, hence an address to be found at.
WITH_PAGE = (Level.REGION, Level.ANCIENNE_REGION, Level.DEPARTEMENT, Level.EPCI, Level.COMMUNE)


@dataclass(frozen=True)
class Row:
    """A zone as the base says it: columns of `Zone`, and the zones that hold the whole of it."""

    key: Key
    columns: dict[str, Any]
    parents: dict[str, Key]


@dataclass
class Diff:
    """What a load changes. `unchanged` when the content was already there."""

    added: list[Key] = field(default_factory=list)
    changed: dict[Key, dict[str, tuple[Any, Any]]] = field(default_factory=dict)
    removed: list[Key] = field(default_factory=list)

    @property
    def unchanged(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.added or self.changed or self.removed)


def digest_of(cog: int) -> str:
    """Digest of the tables that a load reads."""
    found = hashlib.sha256(f"{cog}:{FORM}".encode())
    for name in ("communes", *TABLES.values()):
        found.update((GEO / f"{name}.parquet").read_bytes())
    return found.hexdigest()


def load_base(
    cog: int = 2026, *, force: bool = False, progress: Callable[[int, int], None] | None = None
) -> Diff:
    """Write the zones of a COG year, their subjects and their search entries; answer what changed.

    Nothing is done when this very content was loaded before, unless `force`. Batches are committed one by one
    so that a load that was stopped goes on where it was. A subject is shared by the years of one territory.
    """
    digest = digest_of(cog)
    if not force and BaseLoad.objects.filter(cog_year=cog, digest=digest).exists():
        return Diff()
    rows = {row.key: row for row in rows_of(load(cog))}
    held = {(zone.level, zone.code): zone for zone in Zone.objects.filter(cog_year=cog).order_by("id")}
    diff = compare(rows, held)
    _write(cog, rows, held, diff, progress or (lambda done, total: None))
    BaseLoad.objects.update_or_create(cog_year=cog, defaults={"digest": digest, "zones": len(rows)})
    return diff


def compare(rows: dict[Key, Row], held: dict[Key, Zone]) -> Diff:
    """Difference between the base and the zones held, by level and code."""
    keys = {zone.pk: key for key, zone in held.items()}
    diff = Diff(added=[key for key in rows if key not in held])
    diff.removed = [key for key in held if key not in rows]
    for key, zone in held.items():
        if key in rows and (changes := _changes(rows[key], zone, keys)):
            diff.changed[key] = changes
    return diff


def _changes(row: Row, zone: Zone, keys: dict[int, Key]) -> dict[str, tuple[Any, Any]]:
    before = {name: getattr(zone, name) for name in row.columns}
    before |= {name: keys.get(getattr(zone, f"{name}_id")) for name in COLUMN_OF.values()}
    after = row.columns | {name: row.parents.get(name) for name in COLUMN_OF.values()}
    return {name: (before[name], after[name]) for name in after if before[name] != after[name]}


# ------------------------------------------------------------------------------------------- reading


def rows_of(base: Base) -> Iterator[Row]:
    """Zones of the base, parents before children, communes last."""
    extra = {name: {row["code"]: row for row in records(table)} for name, table in TABLES.items()}
    for name, level in LEVEL_OF.items():
        layer = base.layers[name]
        for zone, code in enumerate(layer.codes):
            yield _zone_row(base, layer, zone, level, extra[name][code])
    yield from _commune_rows(base)


def _zone_row(base: Base, layer: Layer, zone: int, level: Level, record: dict[str, Any]) -> Row:
    ids = layer.members(layer.codes[zone])
    years = base.population_year[ids]
    point = center(base, ids)
    columns = {
        "name": layer.names[zone],
        "nature": record.get("nature") or "",
        "population": int(layer.population[zone]),
        "population_year": int(years[0]) if (years == years[0]).all() else None,
        "published_population": record.get("population_dgcl"),
        "published_population_year": DGCL_YEAR if record.get("population_dgcl") else None,
        "surface_ha": int(layer.surface[zone]),
        "lon": point[0] if point else None,
        "lat": point[1] if point else None,
        "siren": layer.codes[zone] if level in (Level.EPCI, Level.EPT) else "",
        "overseas": "drom" if record.get("zone") == "drom" else "",
    }
    return Row((level.value, layer.codes[zone]), columns, _parents(base, ids, level))


def _parents(base: Base, ids: Ids, level: Level) -> dict[str, Key]:
    """Zones that hold the whole set: none where it spans several."""
    found = {}
    for name in PARENTS.get(level, ()):
        zones = base.layers[name].zone_of[ids]
        if zones[0] >= 0 and (zones == zones[0]).all():
            found[COLUMN_OF[name]] = (LEVEL_OF[name].value, base.layers[name].codes[zones[0]])
    return found


def _commune_rows(base: Base) -> Iterator[Row]:
    table = read("communes", ORDER)
    sirens, overseas = np.ma.filled(table["siren"], ""), np.where(table["zone"] == "metro", "", table["zone"])
    parents = {COLUMN_OF[name]: (LEVEL_OF[name].value, base.layers[name]) for name in PARENTS[Level.COMMUNE]}
    for i, code in enumerate(base.codes.tolist()):
        columns = {
            "name": base.names[i],
            "nature": "",
            "population": int(base.population[i]) if base.population_known[i] else None,
            "population_year": int(base.population_year[i]) or None,
            "published_population": None,
            "published_population_year": None,
            "surface_ha": None if base.com[i] else int(base.surface[i]),
            "lon": None if np.isnan(base.lon[i]) else float(base.lon[i]),
            "lat": None if np.isnan(base.lat[i]) else float(base.lat[i]),
            "siren": sirens[i],
            "overseas": overseas[i],
        }
        within = {
            column: (level, layer.codes[layer.zone_of[i]])
            for column, (level, layer) in parents.items()
            if layer.zone_of[i] >= 0
        }
        yield Row((Level.COMMUNE.value, code), columns, within)


# ------------------------------------------------------------------------------------------- writing


def _write(
    cog: int,
    rows: dict[Key, Row],
    held: dict[Key, Zone],
    diff: Diff,
    progress: Callable[[int, int], None],
) -> None:
    ids = {key: zone.pk for key, zone in held.items()}
    subjects = _known_subjects(diff.added)
    total, done = len(diff.added) + len(diff.changed), 0
    for level in [*LEVEL_OF.values(), Level.COMMUNE]:
        for batch in batches([key for key in diff.added if key[0] == level], _BATCH):
            _add(cog, [rows[key] for key in batch], ids, subjects)
            done += len(batch)
            progress(done, total)
    for batch in batches(diff.changed, _BATCH):
        _change([(held[key], rows[key]) for key in batch], ids)
        done += len(batch)
        progress(done, total)
    diff.removed = [key for key in diff.removed if _remove(held[key])]


def _known_subjects(keys: Sequence[Key]) -> dict[Key, Subject]:
    """Subjects of the same territories in other years."""
    if not keys or not Zone.objects.exists():
        return {}
    zones = Zone.objects.select_related("subject").order_by("cog_year")
    wanted = set(keys)
    return {(z.level, z.code): z.subject for z in zones.iterator() if (z.level, z.code) in wanted}


@transaction.atomic
def _add(cog: int, rows: list[Row], ids: dict[Key, int], subjects: dict[Key, Subject]) -> None:
    fresh = [row.key for row in rows if row.key not in subjects]
    made = [Subject(kind=Subject.Kind.TERRITORY, public=True, created_at=timezone.now()) for _ in fresh]
    subjects.update(zip(fresh, made, strict=True))
    stored = {row.key: _stored(Subject, "id", subjects[row.key].pk) for row in rows}
    at = _stored(Subject, "created_at", timezone.now())
    _insert(
        Subject,
        ("id", "kind", "public", "closing_reason", "created_at", "version"),
        [(stored[key], subjects[key].kind, True, "", at, 1) for key in fresh],
    )
    _insert(
        Zone,
        ("subject", "level", "code", "cog_year", *rows[0].columns, *COLUMN_OF.values()),
        [
            (
                *(stored[row.key], *row.key, cog, *row.columns.values()),
                *(ids[row.parents[name]] if name in row.parents else None for name in COLUMN_OF.values()),
            )
            for row in rows
        ],
    )
    level = rows[0].key[0]
    if level != Level.COMMUNE:
        held = Zone.objects.filter(cog_year=cog, level=level).order_by("id")
        ids.update({(level, code): pk for code, pk in held.values_list("code", "pk")})
    _index([(subjects[row.key], row) for row in rows])


def _stored(model: type[Model], name: str, value: Any) -> Any:
    """A value as the database of the day keeps it (identifiers and instants differ)."""
    return model._meta.get_field(name).get_db_prep_save(value, connection)  # type: ignore[union-attr]


def _insert(model: type[Model], names: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    """Insert rows of plain values, ten times faster than `bulk_create`: the first start writes 73,000."""
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(model._meta.get_field(name).column)) for name in names)  # type: ignore[union-attr]
    marks = ", ".join(["%s"] * len(names))
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({marks})",  # noqa: S608
            rows,
        )


@transaction.atomic
def _change(pairs: list[tuple[Zone, Row]], ids: dict[Key, int]) -> None:
    columns = [*next(iter(pairs))[1].columns, *COLUMN_OF.values()]
    for zone, row in pairs:
        for name, value in row.columns.items():
            setattr(zone, name, value)
        for name in COLUMN_OF.values():
            setattr(zone, f"{name}_id", ids.get(row.parents[name]) if name in row.parents else None)
    Zone.objects.bulk_update([zone for zone, _ in pairs], columns, batch_size=200)
    subjects = Subject.objects.in_bulk([zone.subject_id for zone, _ in pairs])
    _index([(subjects[zone.subject_id], row) for zone, row in pairs])


def _remove(zone: Zone) -> bool:
    """Remove a zone that the base no longer has, unless something stands on it; say whether it went."""
    try:
        with transaction.atomic():
            zone.delete()
            index.remove(zone.subject_id)
    except ProtectedError:
        return False
    return True


def _index(pairs: list[tuple[Subject, Row]]) -> None:
    index.put_many(
        index.NewEntry(
            subject=subject,
            title=row.columns["name"],
            path=f"/territoires/{row.key[0]}/{row.key[1]}/",
            public=True,
            detail=_detail(row),
            words=(row.key[1], *_long_form(row)),
            weight=WEIGHTS.get(Level(row.key[0]), _weight(row.columns["population"])),
        )
        for subject, row in pairs
        if row.key[0] in WITH_PAGE
    )


def _weight(population: int | None) -> float:
    """Towns before villages of the same name, below every larger level."""
    return min((population or 0) / 3_000_000, 0.99)


@cache
def long_forms() -> dict[str, str]:
    """Return what people write for the nature of an intercommunality, whose name begins with « CC »…"""
    with (Path(__file__).parent / "content" / "epci_natures.csv").open(encoding="utf-8") as file:
        return {row["nature"]: row["en_toutes_lettres"] for row in csv.DictReader(file, delimiter=";")}


def _long_form(row: Row) -> tuple[str, ...]:
    nature = str(row.columns.get("nature") or "")
    return (long_forms()[nature],) if nature in long_forms() else ()


def _detail(row: Row) -> str:
    label = DETAILS[Level(row.key[0])]
    department = row.parents.get("department")
    return f"{label}, {department[1]}" if row.key[0] == Level.COMMUNE and department else label
