"""What the printed sheet of a territory says: its size, its measures, its poles, what it crosses."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from terreau.design import pdf
from terreau.design.numbers import grouped
from terreau.design.pdf import Block, Cell, Note, Paragraph, Row, Sources, Table
from terreau.facts.models import Status
from terreau.sheets.facts import FactLine, SourceLine, language
from terreau.sheets.territories import TerritorySheet
from terreau.web import drawing, portrait
from terreau.web.pole_document import percent, svg

#: Communes are named when they are so many at most, else counted.
_NAMED = 400
#: Zones of a division named, at most.
_ZONES = 25


def blocks(sheet: TerritorySheet, sources: Sources) -> list[Block]:
    """Return the whole sheet; the sources are gathered in ``sources``."""
    shown = portrait.of_zone(sheet)
    return [
        _figures(sheet, sources),
        *_map(shown, sheet),
        *_poles(shown),
        *_divisions(shown),
        *_communes(sheet),
    ]


def cited(source: SourceLine, sources: Sources) -> list[int]:
    """Return the rank of a source."""
    text = f"{source.document}, {source.section}" if source.section else source.document
    return sources.marks([(text, source.url)])


def _figures(sheet: TerritorySheet, sources: Sources) -> Table:
    rows: list[Row] = [_line(fact, sources) for fact in sheet.facts]
    rows += [
        [Cell(one.label, strong=True), Cell(one.display, cited(one.source, sources)), str(one.vintage), ""]
        if one.secret
        else _line(one.fact(), sources)
        for one in sheet.measures
    ]
    return Table([_("Donnée"), _("Valeur"), _("Période"), _("Degré de preuve")], rows, (4, 4, 2, 2))


def _line(fact: FactLine, sources: Sources) -> Row:
    others = [Note(f"{_('ou')} {one.display}", cited(one.source, sources)) for one in fact.contradicted_by]
    least = f"{_('au moins')} {fact.display}" if fact.qualifier == "at_least" else fact.display
    value = Cell(least, cited(fact.source, sources), notes=others)
    label = Cell(fact.label, strong=True)
    return [label, value, fact.period or _("non datée"), str(Status(fact.status).label)]


def _map(shown: portrait.Portrait, sheet: TerritorySheet) -> list[Block]:
    if shown.drawing is None:
        return []
    ground = shown.drawing.ground.replace("-", "_")
    below = [shape["d"] for shape in drawing.france(ground)] if ground else []
    alt = _("Carte de %(name)s et des pôles qui y sont ; leur liste est plus bas.") % {
        "name": sheet.zone.name
    }
    credit = _("Contours : IGN/Etalab, COG %(year)s") % {"year": sheet.zone.cog_year}
    return [pdf.Drawing(svg(shown.drawing, below), alt, 8), Paragraph(credit, soft=True)]


def _poles(shown: portrait.Portrait) -> list[Block]:
    found: list[Block] = [pdf.Heading(_("Pôles de ce territoire"))]
    poles = [*shown.sure_poles, *shown.rough_poles]
    if not poles:
        return [*found, Paragraph(_("Aucun pôle du registre ne touche ce territoire."))]
    rows: list[Row] = [
        [
            Cell(f"{one.name} ({_('exemple fictif')})" if one.fictional else one.name, strong=True),
            one.label if one.sure else _("%(place)s : peut-être ici") % {"place": one.label},
            percent(one.of_perimeter),
            percent(one.of_zone),
        ]
        for one in poles
    ]
    headers = [_("Pôle"), _("Lieu"), _("Part du périmètre"), _("Part du territoire")]
    return [*found, Table(headers, rows, (4, 3, 2, 2), numeric=(2, 3))]


def _divisions(shown: portrait.Portrait) -> list[Block]:
    found: list[Block] = []
    for division in shown.divisions:
        zones = [*division.first, *division.rest]
        rows: list[Row] = [
            [
                Cell(f"{zone.name} ({zone.code})", strong=True),
                grouped(zone.communes, language()),
                grouped(zone.population, language()),
                percent(zone.of_zone),
            ]
            for zone in zones[:_ZONES]
        ]
        title = division.title if len(zones) > 1 else division.title_one
        headers = [_("Territoire"), _("Communes"), _("Habitants"), _("Part du territoire")]
        found += [pdf.Heading(title, 2), Table(headers, rows, (5, 2, 2, 2), numeric=(1, 2, 3))]
        left = len(zones) - _ZONES
        found += [Paragraph(_("Et %(count)s autres.") % {"count": left}, soft=True)] if left > 0 else []
    return [pdf.Heading(_("Ce que ce territoire traverse")), *found] if found else []


def _communes(sheet: TerritorySheet) -> list[Block]:
    communes = sheet.communes
    if not 1 < len(communes) <= _NAMED:
        return []
    names = [f"{line.name} ({line.code})" for line in communes.lines(communes.by_name)]
    return [pdf.Heading(_("Communes")), Paragraph(_joined(names))]


def _joined(names: Iterable[str]) -> str:
    return ", ".join(names) + "."
