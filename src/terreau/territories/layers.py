"""Layers that are not embedded, in the database: a readable difference, then the writing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.common.batches import batches
from terreau.common.errors import DomainError, NotFoundError
from terreau.pieces.actions import source
from terreau.territories import base
from terreau.territories.base import COG_YEARS, load
from terreau.territories.layer_files import (
    Definition,
    LayerFileError,
    Membership,
    Problem,
    Reading,
    definitions,
    read_layer,
)
from terreau.territories.models import Layer, LayerValue, LayerZone, Level, Zone

_BATCH = 4000
Key = tuple[str, str]
"""Code of a commune, and code of a zone or of a measure."""


@dataclass
class LayerDiff:
    """What an import changes. Keys are (commune, zone or measure); values are before and after."""

    added: dict[Key, Any] = field(default_factory=dict)
    changed: dict[Key, tuple[Any, Any]] = field(default_factory=dict)
    removed: dict[Key, Any] = field(default_factory=dict)

    @property
    def unchanged(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.added or self.changed or self.removed)


@dataclass(frozen=True)
class Import:
    """A file read as a layer: what it changes, and the lines that are not used as they are."""

    definition: Definition
    reading: Reading
    diff: LayerDiff
    digest: str

    @property
    def problems(self) -> list[Problem]:
        """Lines that are not used as they are, in the order of the file."""
        return sorted(self.reading.problems, key=lambda problem: problem.line)


def prepare(path: Path, name: str, *, cog: int = COG_YEARS[-1]) -> Import:
    """Read a file as the layer `name` and compare it with what is held; nothing is written.

    NotFoundError for a layer that Terreau does not know or a file that is not there, DomainError for a file
    that has not the columns of the layer.
    """
    definition = definitions().get(name)
    if definition is None:
        known = sorted(definitions())
        message = _("Couche inconnue : %(name)s. Couches connues : %(known)s.")
        values = {"name": name, "known": ", ".join(known)}
        raise NotFoundError("unknown_layer", message % values, facts={"layer": name, "known": known})
    if not path.is_file():
        message = _("Le fichier %(path)s n'existe pas.") % {"path": path}
        raise NotFoundError("file_not_found", message, facts={"path": str(path)})
    try:
        reading = read_layer(path, definition, load(cog))
    except LayerFileError as error:
        message = _("Ce fichier n'est pas celui de la couche %(name)s (%(problem)s).")
        facts = {"layer": name, "problem": str(error), "columns": error.columns}
        values = {"name": name, "problem": str(error)}
        raise DomainError("wrong_layer_file", message % values, facts=facts) from error
    wanted: dict[Key, Any] = {**reading.members, **reading.values}
    return Import(definition, reading, _compare(wanted, _held(definition)), _digest(wanted))


def save(prepared: Import, *, cog: int = COG_YEARS[-1]) -> Layer:
    """Write what an import changes, in batches; a stopped import is taken up by importing again."""
    definition = prepared.definition
    layer, _made = Layer.objects.get_or_create(
        name=definition.name,
        vintage=definition.vintage,
        defaults={
            "kind": definition.kind,
            "label": definition.label,
            "cog_year": cog,
            "source": source("register", definition.source["code"], definition.source["document"]),
        },
    )
    if not prepared.diff.unchanged:
        _write(layer, prepared.diff, cog)
    if layer.digest != prepared.digest:
        Layer.objects.filter(pk=layer.pk).update(digest=prepared.digest, imported_at=timezone.now())
        layer.refresh_from_db()
    return layer


def _held(definition: Definition) -> dict[Key, Any]:
    layer = Layer.objects.filter(name=definition.name, vintage=definition.vintage).first()
    if layer is None:
        return {}
    if definition.kind == "measures":
        values = layer.values.values_list("commune__code", "measure", "value").order_by("id")
        return {(commune, measure): value for commune, measure, value in values}
    members = layer.memberships.values_list("commune__code", "code", "label", "partial").order_by("id")
    return {(commune, code): Membership(label, partial) for commune, code, label, partial in members}


def _compare(wanted: dict[Key, Any], held: dict[Key, Any]) -> LayerDiff:
    return LayerDiff(
        added={key: value for key, value in wanted.items() if key not in held},
        changed={key: (held[key], wanted[key]) for key in wanted if key in held and held[key] != wanted[key]},
        removed={key: value for key, value in held.items() if key not in wanted},
    )


def _digest(wanted: dict[Key, Any]) -> str:
    found = hashlib.sha256()
    for key in sorted(wanted):
        found.update(f"{key}={wanted[key]}\n".encode())
    return found.hexdigest()


def _write(layer: Layer, diff: LayerDiff, cog: int) -> None:
    communes = dict(
        Zone.objects.filter(level=Level.COMMUNE, cog_year=cog).order_by("id").values_list("code", "pk")
    )
    if not communes:
        message = _("Les territoires ne sont pas chargés : lancez territories_load.")
        raise DomainError("territories_not_loaded", message, status=503)
    gone = [*diff.removed, *diff.changed]
    wanted = {**diff.added, **{key: after for key, (_before, after) in diff.changed.items()}}
    make = _value_row if layer.kind == Layer.Kind.MEASURES else _member_row
    model = LayerValue if layer.kind == Layer.Kind.MEASURES else LayerZone
    _remove(layer, gone, communes)
    for batch in batches(wanted.items(), _BATCH):
        with transaction.atomic():
            rows: Iterable[Any] = [make(layer, communes[key[0]], key[1], value) for key, value in batch]
            model._default_manager.bulk_create(rows)


def _value_row(layer: Layer, commune: int, code: str, value: Decimal | None) -> LayerValue:
    return LayerValue(layer=layer, commune_id=commune, measure=code, value=value, secret=value is None)


def _member_row(layer: Layer, commune: int, code: str, value: Membership) -> LayerZone:
    return LayerZone(layer=layer, commune_id=commune, code=code, label=value.label, partial=value.partial)


def _remove(layer: Layer, keys: list[Key], communes: dict[str, int]) -> None:
    rows: Any = layer.values if layer.kind == Layer.Kind.MEASURES else layer.memberships
    name = "measure" if layer.kind == Layer.Kind.MEASURES else "code"
    gone = set(keys)
    for batch in batches(sorted({commune for commune, _code in keys}), 500):
        held = rows.filter(commune_id__in=[communes[code] for code in batch]).order_by("id")
        pks = [pk for pk, *key in held.values_list("pk", "commune__code", name) if tuple(key) in gone]
        for some in batches(pks, 500):
            rows.filter(pk__in=some).delete()


# ------------------------------------------------------------------------------------------- reading


def as_layer(layer: Layer) -> base.Layer:
    """An imported partition or list, as a layer that `rules.describe` takes: shares both ways.

    A commune of which only a part is in a zone is in none here: what the part measures is not known. See
    `LayerZone.partial`.
    """
    communes = base.load(layer.cog_year)
    rows = list(
        layer.memberships.order_by("code", "id").values_list("commune__code", "code", "label", "partial")
    )
    names = {code: label for _commune, code, label, _partial in rows}
    index = {code: zone for zone, code in enumerate(names)}
    zone_of = np.full(len(communes.codes), -1, np.int32)
    for commune, code, _label, partial in rows:
        if not partial:
            zone_of[communes.index[commune]] = index[code]
    return base.Layer.build(layer.name, names, zone_of, (communes.population, communes.surface))


# -------------------------------------------------------------------------------------------- telling

_PROBLEMS: dict[str, Callable[[], str]] = {
    "unknown_code": lambda: _("code de commune inconnu, ligne laissée"),
    "malformed_code": lambda: _("ce n'est pas un code de commune, ligne laissée"),
    "former_code": lambda: _("ancien code, pris comme une partie de la commune actuelle"),
    "former_measure": lambda: _("mesure d'une ancienne commune, laissée : ce n'est pas celle de l'actuelle"),
    "grown_commune": lambda: _("mesure de cette commune avant qu'elle en absorbe d'autres, laissée"),
    "unknown_value": lambda: _("valeur vide ou inconnue, laissée"),
    "not_a_number": lambda: _("ce n'est pas un nombre, laissé"),
    "given_twice": lambda: _("donnée deux fois différemment, la première est gardée"),
}


def told(prepared: Import, shown: int = 20) -> list[str]:
    """An import as a person reads it: counts, the first changes, then every line not used as it is."""
    diff, reading = prepared.diff, prepared.reading
    counts = {"added": len(diff.added), "changed": len(diff.changed), "removed": len(diff.removed)}
    lines = [
        _("%(lines)s lignes lues.") % {"lines": reading.lines},
        _("added %(added)s / changed %(changed)s / removed %(removed)s") % counts,
    ]
    lines += [f"  + {' '.join(key)} : {_said(value)}" for key, value in list(diff.added.items())[:shown]]
    lines += [
        f"  ~ {' '.join(key)} : {_said(before)} → {_said(after)}"
        for key, (before, after) in list(diff.changed.items())[:shown]
    ]
    lines += [f"  - {' '.join(key)} : {_said(value)}" for key, value in list(diff.removed.items())[:shown]]
    secrets = sum(value is None for value in reading.values.values())
    if secrets:
        lines.append(_("%(count)s valeurs sous secret statistique.") % {"count": secrets})
    for problem in prepared.problems:
        where = _("ligne %(line)s") % {"line": problem.line}
        lines.append(f"  ! {where} : {problem.text} : {_PROBLEMS[problem.code]()}")
    return lines


def _said(value: Membership | Decimal | None) -> str:
    if value is None:
        return _("secret")
    if isinstance(value, Membership):
        return f"{value.label} ({_('en partie')})" if value.partial else value.label
    return f"{value.normalize():f}"
