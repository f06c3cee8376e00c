"""« Une mesure sur la carte »: a measure of an imported layer, by commune, in a region or a department.

A value, a value that is withheld (statistical secrecy) and no value are three different things: the last two
are hatched, each in its way, and never coloured.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from terreau.common.errors import DomainError
from terreau.common.text import sort_key
from terreau.design.numbers import with_unit
from terreau.design.paging import Page
from terreau.sheets.communes import CommuneLine, Communes
from terreau.sheets.facts import SourceLine, language, source_line
from terreau.sheets.layers import UNITS, text_of
from terreau.territories import base
from terreau.territories.base import Ids
from terreau.territories.drawing import insets
from terreau.territories.layer_files import definitions
from terreau.territories.models import Layer, LayerValue
from terreau.web import drawing, maps, places, portrait

Values = dict[str, float | None]
"""Value of each commune that the layer knows; ``None``: withheld."""

_CLASSES = 5
_DIGEST = 12


@dataclass(frozen=True)
class Field:
    """A measure of an imported layer, and its name in addresses."""

    layer: Layer
    code: str
    label: str
    unit: str

    @property
    def name(self) -> str:
        """The layer, its year and the measure, as an address says them."""
        return f"{self.layer.name}-{self.layer.vintage}-{self.code}"

    @property
    def digest(self) -> str:
        """Digest of the layer as it was imported: values never change under it."""
        return self.layer.digest[:_DIGEST] or "0"

    def said(self, value: float) -> str:
        """Return a value with its unit in the language of the moment."""
        return with_unit(round(value, 1), self.unit, language())


@dataclass(frozen=True)
class Class:
    """A line of the legend: values from ``low`` to ``high`` (excluded), and how many communes."""

    number: int
    said: str
    communes: int


@dataclass(frozen=True)
class Row:
    """A line of the list twin; ``display`` says the value, or that it is withheld or absent."""

    commune: CommuneLine
    kind: str
    display: str


@dataclass(frozen=True)
class MeasureMap:
    """A measure in a zone: drawing, legend, counts of what is withheld and of what is not known."""

    field: Field
    zone: places.Place
    drawing: drawing.Drawing
    classes: list[Class]
    secret: int
    absent: int
    page: Page[CommuneLine]
    rows: list[Row]
    source: SourceLine


def fields() -> list[Field]:
    """Return the measures that imported layers bring, the latest year of each layer."""
    latest: dict[str, Layer] = {}
    for layer in Layer.objects.filter(kind=Layer.Kind.MEASURES).select_related("source").order_by("vintage"):
        latest[layer.name] = layer
    known = definitions()
    return [
        Field(layer, measure.code, text_of(measure.label), UNITS.get(measure.unit, ""))
        for name, layer in latest.items()
        if name in known
        for measure in known[name].measures
    ]


def page(request: HttpRequest) -> HttpResponse:
    """Show a measure (``mesure``) in a zone (``dans``: ``region:53``, ``departement:35``)."""
    known = fields()
    field = _field(known, request.GET.get("mesure", ""))
    zone = _zone(request.GET.get("dans", ""))
    shown = measure_map(field, zone, request.GET.get("cursor")) if field and zone else None
    context = {
        "fields": known,
        "field": field,
        "zone": places.address_code(zone) if zone else "",
        "zones": [(_("Régions"), _zones("region")), (_("Départements"), _zones("departement"))],
        "shown": shown,
        "bounds": _bounds(zone) if zone else "",
        "outlines": maps.outlines_url("departement"),
        "communes_index": maps.communes_index_url(),
        "measure_url": measure_url(field) if field else "",
        "background": maps.background_url("departement"),
        "insets": insets(),
    }
    return render(request, "web/measure_map.html", context)


def _field(known: list[Field], name: str) -> Field | None:
    if not name:
        return known[0] if known else None
    found = next((field for field in known if field.name == name), None)
    if found is None:
        message = _("Cette mesure n'est pas dans ce registre.")
        raise DomainError("unknown_measure", message, facts={"known": [field.name for field in known]})
    return found


def _zone(word: str) -> places.Place | None:
    if not word:
        return None
    found = [place for place in places.named(word[:60]) if place.level in ("region", "departement")]
    if not found:
        message = _("« dans » est une région ou un département, comme region:53 ou departement:35.")
        raise DomainError("unknown_zone", message, facts={"parameter": "dans"})
    return found[0]


def _zones(level: str) -> list[tuple[str, str]]:
    layer = base.load().layers[level]
    named = [(f"{level}:{code}", name) for code, name in zip(layer.codes, layer.names, strict=True)]
    return sorted(named, key=lambda pair: sort_key(pair[1]))


def _bounds(zone: places.Place) -> str:
    polygons = drawing.zone_geometry(zone.level, zone.code)["coordinates"]
    points = np.concatenate([np.asarray(polygon[0]) for polygon in polygons])
    return ",".join(f"{value:.3f}" for value in (*points.min(axis=0), *points.max(axis=0)))


def measure_map(field: Field, zone: places.Place, cursor: str | None = None) -> MeasureMap:
    """Return a measure in a region or a department, as its page shows it."""
    communes = Communes(places.ids_of([zone]), base.COG_YEARS[-1])
    kinds = _kinds(field, zone)
    limits = breaks(field)
    counts = {kind: len(ids) for kind, ids in _by_kind(communes.ids, kinds).items()}
    rows = portrait.page_of(communes, cursor)
    known = _values_of(field, zone)
    return MeasureMap(
        field=field,
        zone=zone,
        drawing=_drawing(field.layer.digest, field, zone),
        classes=[Class(i, _between(field, limits, i), counts.get(str(i), 0)) for i in range(len(limits) + 1)],
        secret=counts.get("secret", 0),
        absent=counts.get("absent", 0),
        page=rows,
        rows=[
            Row(line, _kind(known, line.code, limits), _said(field, known, line.code)) for line in rows.rows
        ],
        source=source_line(field.layer.source),
    )


def _said(field: Field, known: Values, code: str) -> str:
    if code not in known:
        return _("pas de donnée")
    value = known[code]
    return _("secret statistique") if value is None else field.said(value)


def _between(field: Field, limits: list[float], number: int) -> str:
    if number == 0:
        return _("moins de %(high)s") % {"high": field.said(limits[0])}
    if number == len(limits):
        return _("%(low)s et plus") % {"low": field.said(limits[-1])}
    values = {"low": field.said(limits[number - 1]), "high": field.said(limits[number])}
    return _("de %(low)s à moins de %(high)s") % values


def breaks(field: Field) -> list[float]:
    """Return the limits of five classes of as many communes in all France, to three figures, each once."""
    return list(_breaks(field.layer.pk, field.layer.digest, field.code))


@lru_cache(maxsize=64)
def _breaks(layer: int, _digest: str, code: str) -> tuple[float, ...]:
    rows = LayerValue.objects.filter(layer_id=layer, measure=code, value__isnull=False)
    values = np.array([float(v) for v in rows.order_by().values_list("value", flat=True) if v is not None])
    if not len(values):
        return (0.0,)
    limits = np.quantile(values, np.arange(1, _CLASSES) / _CLASSES).tolist()
    return tuple(sorted({float(f"{limit:.3g}") for limit in limits}))


def _values_of(field: Field, zone: places.Place) -> Values:
    departments = [zone.code]
    if zone.level == "region":
        layer = base.load().layers["departement"]
        inside = np.unique(layer.zone_of[places.ids_of([zone])])
        departments = [layer.codes[number] for number in inside.tolist() if number >= 0]
    found: Values = {}
    for department in departments:
        found |= values(field, department)
    return found


def values(field: Field, department: str) -> Values:
    """Return what a measure says of the communes of a department; what is not there is not known."""
    return _values(field.layer.pk, field.layer.digest, field.code, department)


@lru_cache(maxsize=256)
def _values(layer: int, _digest: str, code: str, department: str) -> Values:
    rows = LayerValue.objects.filter(layer_id=layer, measure=code, commune__department__code=department)
    listed = rows.order_by("commune__code").values_list("commune__code", "value", "secret")
    return {commune: None if secret or value is None else float(value) for commune, value, secret in listed}


def _kind(known: Values, code: str, limits: list[float]) -> str:
    if code not in known:
        return "absent"
    value = known[code]
    return "secret" if value is None else str(sum(value >= limit for limit in limits))


def _kinds(field: Field, zone: places.Place) -> list[str]:
    known, limits = _values_of(field, zone), breaks(field)
    codes = base.load().codes[places.ids_of([zone])].tolist()
    return [_kind(known, code, limits) for code in codes]


def _by_kind(ids: Ids, kinds: list[str]) -> dict[str, Ids]:
    named = np.array(kinds)
    return {str(kind): ids[named == kind] for kind in np.unique(named)}


@lru_cache(maxsize=64)
def _drawing(_digest: str, field: Field, zone: places.Place) -> drawing.Drawing:
    ids = places.ids_of([zone])
    parts = list(_by_kind(ids, _kinds(field, zone)).items())
    return drawing.patches(drawing.zone_geometry(zone.level, zone.code), parts)


# What the map that pans and zooms asks for


def measure_url(field: Field) -> str:
    """Return the address of what colours the communes: limits, unit, where the values are."""
    return f"/carte/mesures/{field.name}-{field.digest}.json"


def serve_measure(request: HttpRequest, name: str, digest: str) -> HttpResponse:
    """Serve the limits of a measure for ever; an old address leads to the one of today."""
    field = _served(name)
    if digest != field.digest:
        return redirect(measure_url(field))
    told = {
        "bornes": breaks(field),
        "unite": field.unit,
        "departements": f"/carte/mesures/{field.name}-{field.digest}/{{code}}.json",
    }
    return _json(request, told)


def serve_values(request: HttpRequest, name: str, digest: str, department: str) -> HttpResponse:
    """Serve the values of a department for ever: a number, or null when it is withheld."""
    field = _served(name)
    if department not in base.load().layers["departement"].index:
        raise Http404
    if digest != field.digest:
        return redirect(f"/carte/mesures/{field.name}-{field.digest}/{department}.json")
    return _json(request, values(field, department))


def _served(name: str) -> Field:
    found = next((field for field in fields() if field.name == name), None)
    if found is None:
        raise Http404
    return found


def _json(request: HttpRequest, told: Any) -> HttpResponse:
    return maps.packed_response(
        request, maps.Asset.make(json.dumps(told, separators=(",", ":")), "application/json")
    )
