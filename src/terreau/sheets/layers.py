"""What imported layers say of communes: zones crossed, measures, what is withheld, what is absent."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from terreau.design.numbers import with_unit
from terreau.sheets.facts import FactLine, SourceLine, language, source_line
from terreau.territories.layer_files import Measure as MeasureDefinition
from terreau.territories.layer_files import definitions
from terreau.territories.models import Layer, LayerValue, LayerZone, Level

#: Symbols of the units that layers bring.
UNITS = {"EUR": "€", "percent": "%"}


@dataclass(frozen=True)
class LayerCrossing:
    """A zone of an imported layer that a set of communes crosses."""

    code: str
    label: str
    communes: int
    partial: bool


@dataclass(frozen=True)
class CrossedLayer:
    """An imported layer, and the zones of it that are crossed."""

    name: str
    label: str
    vintage: int
    source: SourceLine
    zones: tuple[LayerCrossing, ...]


@dataclass(frozen=True)
class Measure:
    """A measure of a commune: a value, or the statement that it is withheld (``secret``)."""

    label: str
    display: str
    value: Decimal | None
    unit: str
    secret: bool
    layer: str
    vintage: int
    source: SourceLine

    def fact(self) -> FactLine:
        """Return the measure as a sourced fact."""
        return FactLine(
            code=f"layer.{self.layer}",
            label=self.label,
            value=None if self.value is None else float(self.value),
            display=self.display,
            source=self.source,
            status="calcule",
            unit=self.unit,
            period=str(self.vintage),
            on=str(self.vintage),
        )


def missing() -> list[str]:
    """Return the names of the layers that this register knows of and has not imported."""
    held = " ".join(Layer.objects.order_by("name").values_list("name", flat=True)).casefold()
    known = {
        ("emploi", "ze2020"): _("zones d'emploi"),
        ("bassin", "bv2022"): _("bassins de vie"),
        ("qpv", "qp_"): _("quartiers prioritaires de la politique de la ville (QPV)"),
        ("zrr",): _("zones de revitalisation rurale (ZRR)"),
        ("filosofi",): _("niveaux de vie et pauvreté (Filosofi)"),
    }
    return [label for marks, label in known.items() if not any(mark in held for mark in marks)]


def any_measures() -> bool:
    """Say whether a layer of measures was imported."""
    return Layer.objects.filter(kind=Layer.Kind.MEASURES).exists()


def crossed(chunks: Sequence[Sequence[str]]) -> Iterator[CrossedLayer]:
    """Yield the imported layers that some communes cross, given their codes in lists."""
    for layer in Layer.objects.exclude(kind=Layer.Kind.MEASURES).select_related("source"):
        counts: dict[tuple[str, str], list[bool]] = defaultdict(list)
        for chunk in chunks:
            rows = LayerZone.objects.filter(
                layer=layer, commune__level=Level.COMMUNE, commune__code__in=chunk
            ).order_by("code", "pk")
            for code, label, partial in rows.values_list("code", "label", "partial"):
                counts[code, label].append(partial)
        zones = (LayerCrossing(code, label, len(p), any(p)) for (code, label), p in counts.items())
        ordered = tuple(sorted(zones, key=lambda zone: (-zone.communes, zone.label)))
        if ordered:
            yield CrossedLayer(
                layer.name, text_of(layer.label), layer.vintage, source_line(layer.source), ordered
            )


def measures(code: str) -> list[Measure]:
    """Return the measures of one commune, secret ones included; what no layer says is absent."""
    rows = LayerValue.objects.filter(commune__level=Level.COMMUNE, commune__code=code).select_related(
        "layer", "layer__source"
    )
    found = sorted((_measure(row) for row in rows.order_by("layer", "pk")), key=lambda pair: _rank(pair[0]))
    return [measure for _name, measure in found]


def _rank(code: str) -> int:
    order = list(_known())
    return order.index(code) if code in order else len(order)


def _known() -> dict[str, MeasureDefinition]:
    return {measure.code: measure for layer in definitions().values() for measure in layer.measures}


def _measure(row: LayerValue) -> tuple[str, Measure]:
    known = _known().get(row.measure)
    unit = UNITS.get(known.unit, "") if known else ""
    withheld = row.secret or row.value is None
    shown = _("secret statistique") if withheld else with_unit(row.value or 0, unit, language())
    label = text_of(known.label) if known else row.measure
    layer = row.layer
    return row.measure, Measure(
        label[:1].upper() + label[1:],
        shown,
        row.value,
        unit,
        row.secret,
        layer.name,
        layer.vintage,
        source_line(layer.source),
    )


def text_of(texts: dict[str, str]) -> str:
    """Return a text in the language of the moment, French when there is no other."""
    return texts.get(language()) or texts.get("fr", "")
