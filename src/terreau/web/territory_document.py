"""What the printed sheet of a territory says: its size, its measures, its poles, what it crosses."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from terreau.design import pdf
from terreau.design.numbers import grouped, with_unit
from terreau.design.pdf import Block, Bullets, Cell, Note, Paragraph, Row, Sources, Table
from terreau.facts.models import Status
from terreau.sheets.communes import PoleInZone
from terreau.sheets.facts import FactLine, SourceLine, language
from terreau.sheets.territories import TerritorySheet
from terreau.territories.drawing import france
from terreau.web import portrait
from terreau.web.pole_document import svg
from terreau.web.templatetags.web import share

#: Communes are named when they are so many at most, else counted.
_NAMED = 400
#: Zones of a division, and actors, named at most.
_ZONES, _MOST_ACTORS = 25, 200


def blocks(sheet: TerritorySheet, sources: Sources) -> list[Block]:
    """Return the whole sheet; the sources are gathered in ``sources``."""
    shown = portrait.of_zone(sheet)
    return [
        _figures(sheet, sources),
        *_map(shown, sheet),
        *_poles(shown),
        *_divisions(shown),
        *_layers(shown, sources),
        *_actors(shown),
        *_communes(sheet),
        *_unknown(shown),
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
    below = [shape["d"] for shape in france(ground)] if ground else []
    alt = _("Carte de %(name)s et des pôles qui y sont ; leur liste est plus bas.") % {
        "name": sheet.zone.name
    }
    credit = _("Contours : IGN/Etalab, COG %(year)s") % {"year": sheet.zone.cog_year}
    return [pdf.Drawing(svg(shown.drawing, below), alt, 8), Paragraph(credit, soft=True)]


def _poles(shown: portrait.Portrait) -> list[Block]:
    found: list[Block] = [pdf.Heading(_("Pôles de ce territoire"))]
    poles = [*shown.sure_poles, *shown.rough_poles]
    if not poles:
        return [*found, *_no_pole(shown)]
    rows: list[Row] = [
        [
            Cell(f"{one.name} ({_('exemple fictif')})" if one.fictional else one.name, strong=True),
            one.label if one.sure else _("%(place)s : peut-être ici") % {"place": one.label},
            *_shares(one),
        ]
        for one in poles
    ]
    headers = [
        _("Pôle"),
        _("Lieu"),
        _("Part du pôle qui est ici"),
        _("Part du territoire dans le pôle"),
    ]
    return [*found, Table(headers, rows, (4, 3, 2, 2), numeric=(2, 3))]


def _shares(pole: PoleInZone) -> tuple[str, str]:
    """The shares as the page says them: what is only roughly known is unknown, or « au plus »."""
    here = _("inconnue") if pole.approximate and not pole.inside else share(pole.of_perimeter)
    part = share(pole.of_zone)
    return here, _("au plus %(part)s") % {"part": part} if pole.approximate and pole.of_zone else part


def _no_pole(shown: portrait.Portrait) -> list[Block]:
    """Nobody knows a pole here: that proves nothing, and the nearest are said."""
    found: list[Block] = [
        Paragraph(_("Aucun pôle du registre ne touche ce territoire.")),
        Paragraph(_("Cela ne prouve pas qu'il n'y en a pas : le registre n'en connaît pas."), soft=True),
    ]
    near = [
        Cell(
            f"{one.name}, {_('vers') if one.approximate else ''} {_kilometres(one.distance)}".replace(
                "  ", " "
            )
        )
        for one in shown.communes.nearest_poles
    ]
    if near:
        found += [Paragraph(_("Les plus proches, à vol d'oiseau :")), Bullets(near)]
    return found


def _kilometres(distance: float) -> str:
    return with_unit(round(distance), "km", language())


def _layers(shown: portrait.Portrait, sources: Sources) -> list[Block]:
    """The imported layers that the territory crosses, each with its year and its source."""
    found: list[Block] = []
    for layer in shown.communes.layers:
        names = []
        for zone in layer.zones:
            count = ngettext("%(n)s commune", "%(n)s communes", zone.communes) % {"n": zone.communes}
            notes = ", ".join(filter(None, (count, _("en partie") if zone.partial else "")))
            names.append(Cell(f"{zone.label} ({notes})"))
        title = f"{layer.label} ({layer.vintage})"
        found += [pdf.Heading(title, 2), Bullets(names)]
        found += [Paragraph(_("Source :"), cited(layer.source, sources), soft=True)]
    return [pdf.Heading(_("Ce que l'on sait d'autre")), *found] if found else []


def _actors(shown: portrait.Portrait) -> list[Block]:
    found: list[Block] = [pdf.Heading(_("Acteurs connus ici"))]
    actors = list(shown.communes.actors[: _MOST_ACTORS + 1])
    if not actors:
        return [*found, Paragraph(_("Aucun acteur connu n'y est situé."), soft=True)]
    named = [Cell(actor.name) for actor in actors[:_MOST_ACTORS]]
    more = _("et d'autres, dans l'annuaire des acteurs")
    return [*found, Bullets(named), *([Paragraph(more, soft=True)] if len(actors) > _MOST_ACTORS else [])]


def _unknown(shown: portrait.Portrait) -> list[Block]:
    """What is not known, as the page says it."""
    said = []
    if names := shown.unknown_population:
        text = _("La population de %(names)s : la source ne la donne pas.")
        said.append(text % {"names": ", ".join(names)})
    if shown.no_measure:
        said.append(_("Les niveaux de vie : pas de donnée pour cette commune."))
    if missing := shown.communes.missing_layers:
        text = _("Ce que disent d'autres découpages, que ce registre n'a pas importés : %(names)s.")
        said.append(text % {"names": ", ".join(missing)})
    said.append(
        _("Les entreprises, les emplois, l'épargne et le crédit du territoire : pas encore dans ce registre.")
    )
    said.append(_("Les pôles que personne n'a encore signalés."))
    return [pdf.Heading(_("Ce que l'on ne sait pas")), Bullets([Cell(one) for one in said])]


def _divisions(shown: portrait.Portrait) -> list[Block]:
    found: list[Block] = []
    for division in shown.divisions:
        zones = [*division.first, *division.rest]
        rows: list[Row] = [
            [
                Cell(f"{zone.name} ({zone.code})", strong=True),
                grouped(zone.communes, language()),
                grouped(zone.population, language()),
                share(zone.of_set),
                share(zone.of_zone),
            ]
            for zone in zones[:_ZONES]
        ]
        title = division.title if len(zones) > 1 else division.title_one
        headers = [_("Nom"), _("Communes"), _("Habitants"), _("Part du territoire"), _("Part de la zone")]
        found += [pdf.Heading(title, 2), Table(headers, rows, (5, 2, 2, 2, 2), numeric=(1, 2, 3, 4))]
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
