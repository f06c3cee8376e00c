"""What the printed sheet of a pole says: the same as its page, in the same order, with the same sources."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from terreau.design import pdf
from terreau.design.numbers import grouped, with_unit
from terreau.design.pdf import Block, Bullets, Cell, Note, Paragraph, Row, Sources, Table
from terreau.facts.models import Status
from terreau.facts.read import FactView, SourceView
from terreau.sheets.facts import language
from terreau.sheets.poles import PerimeterSheet, PoleSheet, Said, Shown
from terreau.web import pole_pages
from terreau.web.drawing import Drawing


def kind(sheet: PoleSheet) -> str:
    """Return the nature of a pole, its state, and that it is invented when it is."""
    said = [sheet.pole.get_kind_display(), sheet.pole.get_register_status_display()]
    return " · ".join([*said, _("exemple fictif")] if sheet.pole.fictional else said)


def blocks(sheet: PoleSheet, sources: Sources) -> list[Block]:
    """Return the whole sheet; the sources are gathered in ``sources``."""
    found: list[Block] = []
    if sheet.old:
        found.append(Paragraph(_("Ces informations sont peut-être anciennes."), soft=True))
    found.append(_brief(sheet, sources))
    if sheet.results:
        found += [pdf.Heading(_("Avec quel résultat")), _figures(sheet.results, sources)]
    for heading in sheet.headings:
        if heading:
            found.append(pdf.Heading(heading.label))
            said = [Cell(line.text, cited(line.sources, sources)) for line in heading.statements]
            found += [Bullets(said)] if said else []
            facts = [shown for _label, facts in heading.facts for shown in facts]
            found += [_figures(facts, sources)] if facts else []
    found += _members(sheet, sources)
    found += _perimeter(sheet.perimeter, sources) if sheet.perimeter else []
    found += _story(sheet, sources)
    if sheet.unknowns:
        found += [pdf.Heading(_("Ce que l'on ne sait pas")), Bullets([Cell(one) for one in sheet.unknowns])]
    sources.marks(_keys(sheet.all_sources))
    return found


def cited(views: Iterable[SourceView], sources: Sources) -> list[int]:
    """Return the ranks of the sources of a line."""
    return sources.marks(_keys(views))


def _keys(views: Iterable[SourceView]) -> list[tuple[str, str]]:
    return [(str(view), view.url) for view in views]


def _brief(sheet: PoleSheet, sources: Sources) -> Table:
    row = sheet.row
    carriers = [
        Note(line.actor.name, cited(line.sources, sources)) for line in sheet.carriers if not line.until
    ]
    lines = [
        (_("Structure porteuse"), _first(carriers)),
        (_("Départements"), Cell(", ".join(row.labels("departement")) or _("inconnus"))),
        (_("Régions"), Cell(", ".join(row.labels("region")) or _("inconnues"))),
        (_("Domaines d'activité"), Cell(", ".join(row.sectors) or _("inconnus"))),
        (_("Stade"), Cell(row.stage_label or pgettext("stage", "inconnu"))),
    ]
    lines += [
        (
            _("Reconnaissance"),
            Cell(" · ".join(filter(None, (line.label, line.on))), cited(line.sources, sources)),
        )
        for line in sheet.recognitions
    ]
    rows: list[Row] = [[Cell(label, strong=True), value] for label, value in lines]
    return Table([_("En bref"), _("Ce que l'on sait")], rows, (1, 3))


def _first(notes: list[Note]) -> Cell:
    """Return several sourced texts as one cell."""
    if not notes:
        return Cell(_("inconnue"))
    return Cell(notes[0].text, notes[0].sources, notes=notes[1:])


def _figures(facts: Iterable[Shown], sources: Sources) -> Table:
    rows: list[Row] = [
        [Cell(one.fact.label, strong=True), _value(one, sources), *_dated(one.fact)] for one in facts
    ]
    return Table([_("Donnée"), _("Valeur"), _("Période"), _("Degré de preuve")], rows, (3, 5, 2, 2))


def _dated(fact: FactView) -> tuple[str, str]:
    return fact.period or _("non datée"), str(Status(fact.status).label)


def _value(one: Shown, sources: Sources) -> Cell:
    """The value held, then what others say of the same days, then the values of other days."""
    notes = [_note(_("ou"), other, sources) for other in one.others]
    notes += [_note(_("avant :"), other, sources) for other in one.earlier]
    own = cited((one.fact.source, *one.more), sources)
    return Cell(one.fact.display, own, notes=notes)


def _note(word: str, said: Said, sources: Sources) -> Note:
    text = " ".join(
        filter(None, (word, said.fact.display, f"({said.fact.period})" if said.fact.period else ""))
    )
    return Note(text, cited((said.fact.source, *said.more), sources))


def _members(sheet: PoleSheet, sources: Sources) -> list[Block]:
    if not sheet.members:
        return []
    rows: list[Row] = [
        [
            Cell(line.actor.name, cited(line.sources, sources), strong=True),
            line.role_label,
            line.circle_label,
            " – ".join(filter(None, (line.since, line.until))) or _("non datée"),
        ]
        for line in sheet.members
    ]
    headers = [_("Membre"), _("Rôle"), _("Cercle"), _("Période")]
    return [pdf.Heading(_("Membres nommés par les sources")), Table(headers, rows, (5, 3, 2, 2))]


def _perimeter(here: PerimeterSheet, sources: Sources) -> list[Block]:
    perimeter = here.perimeter
    label = f"{perimeter.label} ({_('lieu approché')})" if perimeter.approximate else perimeter.label
    found: list[Block] = [pdf.Heading(_("Périmètre")), Paragraph(label, cited(here.sources, sources))]
    found += [Paragraph(here.note, soft=True)] if here.note else []
    shown = pole_pages.drawn(here)
    if shown is not None:
        alt = _("Contour du périmètre : %(label)s") % {"label": perimeter.label}
        found.append(pdf.Drawing(svg(shown, approximate=perimeter.approximate), alt))
    if perimeter.approximate:
        found.append(Paragraph(_("Zone donnée par la source : le périmètre exact est inconnu."), soft=True))
    rows: list[Row] = [
        [
            Cell(f"{line.zone.name} ({line.get_level_display()})", strong=True),
            grouped(line.communes, language()),
            percent(line.share_of_perimeter),
            percent(line.share_of_zone),
        ]
        for line in here.crossed
    ]
    if rows:
        headers = [_("Territoire"), _("Communes"), _("Part du périmètre"), _("Part du territoire")]
        caption = _("Territoires que le périmètre touche")
        found.append(Table(headers, rows, (5, 2, 2, 2), caption, (1, 2, 3)))
        credit = _("Contours : IGN/Etalab, COG %(year)s") % {"year": perimeter.cog_year}
        found.append(Paragraph(credit, soft=True))
    return found


def percent(share: float | None) -> str:
    """Return a share as whole percents, in the language of the moment."""
    return with_unit(round(share * 100), "%", language()) if share is not None else _("inconnue")


def _story(sheet: PoleSheet, sources: Sources) -> list[Block]:
    rows: list[Row] = []
    for moment in sheet.timeline:
        views = (*((moment.fact.source,) if moment.fact else ()), *moment.sources)
        notes = [_note(_("ou"), other, sources) for other in moment.others]
        text = moment.text or moment.label
        what = f"{moment.label} : {moment.text}" if moment.text else text
        rows.append([moment.period or _("non datée"), Cell(what, cited(views, sources), notes=notes)])
    if not rows:
        return []
    return [pdf.Heading(_("Son histoire")), Table([_("Date"), _("Ce qui s'est passé")], rows, (1, 4))]


_STYLES = {
    "land": 'fill="#ece2c9" stroke="#857b64" stroke-width="0.8"',
    "zone": 'fill="#c9822b" fill-opacity="0.6" stroke="#8a3f1d" stroke-width="1.5"',
    "area": 'fill="#c9822b" fill-opacity="0.6" stroke="#8a3f1d" stroke-width="1.5"',
    "rough": 'fill="#c9822b" fill-opacity="0.25" stroke="#8a3f1d" stroke-width="1.5" stroke-dasharray="5 4"',
}


def svg(drawing: Drawing, ground: Iterable[str] = (), *, approximate: bool = False) -> str:
    """Return a drawing as one SVG whose look is written in it; ``ground`` are paths that go below.

    An ``approximate`` zone is pale and dashed, as on the page.
    """
    land = [f'<path d="{d}" {_STYLES["land"]}/>' for d in ground]
    shapes = [
        f'<path d="{shape["d"]}" fill-rule="evenodd" {_style(shape["class"], approximate)}/>'
        for shape in drawing.shapes
    ]
    dots = [
        f'<circle cx="{dot["x"]}" cy="{dot["y"]}" r="6" fill="{"#fffdf8" if dot["approche"] else "#8a3f1d"}"'
        ' stroke="#8a3f1d" stroke-width="2"/>'
        for dot in drawing.dots
    ]
    size = f'width="{drawing.width}" height="{drawing.height}" viewBox="0 0 {drawing.width} {drawing.height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{"".join([*land, *shapes, *dots])}</svg>'


def _style(name: str, approximate: bool) -> str:
    return _STYLES["rough" if approximate and name == "zone" else name]
