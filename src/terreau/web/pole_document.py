"""What the printed sheet of a pole says: the same as its page, in the same order, with the same sources."""

from collections.abc import Iterable
from html import unescape
from typing import Any

from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.html import strip_tags
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from terreau.design import pdf
from terreau.design.numbers import grouped, with_unit
from terreau.design.pdf import Block, Bullets, Cell, Note, Paragraph, Row, Sources, Table
from terreau.facts.models import Status
from terreau.facts.read import FactView, SourceView
from terreau.poles.rules import OldInformation
from terreau.sheets.facts import language
from terreau.sheets.poles import PerimeterSheet, PoleSheet, RecognitionLine, Said, Shown
from terreau.territories.models import Perimeter
from terreau.web import pole_pages
from terreau.web.drawing import Drawing


def kind(sheet: PoleSheet) -> str:
    """Return the nature of a pole, its state, and that it is invented when it is."""
    said = [sheet.pole.get_kind_display(), sheet.pole.get_register_status_display()]
    return " · ".join([*said, _("exemple fictif")] if sheet.pole.fictional else said)


def blocks(sheet: PoleSheet, sources: Sources) -> list[Block]:
    """Return the whole sheet; the sources are gathered in ``sources``."""
    found: list[Block] = [Paragraph(_old(sheet.old), soft=True)] if sheet.old else []
    found.append(_brief(sheet, sources))
    if sheet.results:
        found += [pdf.Heading(_("Avec quel résultat")), _figures(sheet.results, sources)]
    for heading in sheet.headings:
        found.append(pdf.Heading(heading.label))
        said = [Cell(line.text, cited(line.sources, sources)) for line in heading.statements]
        found += [Bullets(said)] if said else []
        facts = [shown for _label, facts in heading.facts for shown in facts]
        found += [_figures(facts, sources)] if facts else []
        if not said and not facts:
            found.append(Paragraph(_("Les sources n'en disent rien."), soft=True))
    found += _members(sheet, sources)
    found += _perimeter(sheet.perimeter, sources)
    found += _places(sheet, sources)
    found += _recognitions(sheet, sources)
    found += _story(sheet, sources)
    found += _names(sheet, sources)
    if sheet.unknowns:
        found += [pdf.Heading(_("Ce que l'on ne sait pas")), Bullets([Cell(one) for one in sheet.unknowns])]
    sources.marks(_keys(sheet.all_sources))
    return found


def _old(old: OldInformation) -> str:
    """Return what the notice of old information says (R-154)."""
    when = (
        _("Information de %(year)s, non confirmée depuis") % {"year": old.year}
        if old.year
        else _("Information sans date, jamais confirmée")
    )
    said = (
        _("Dernière confirmation le %(day)s.") % {"day": date_format(old.confirmed_on, "j F Y")}
        if old.confirmed_on
        else _(
            "Ce que cette page dit vient de documents ; le pôle ne l'a pas encore confirmé ici. Il a pu "
            "changer, ou cesser."
        )
    )
    return f"{when}. {said}"


def cited(views: Iterable[SourceView], sources: Sources) -> list[int]:
    """Return the ranks of the sources of a line."""
    return sources.marks(_keys(views))


def _keys(views: Iterable[SourceView]) -> list[tuple[str, str]]:
    return [(source_text(view), view.url) for view in views]


def source_text(view: SourceView) -> str:
    """Return a source as the list at the end writes it, with its date, and that it is to be checked."""
    to_check = _("à vérifier") if view.to_check else ""
    return " · ".join(filter(None, (str(view), view.published, to_check))) if str(view) else ""


def _plain(template: str, **context: Any) -> str:
    """Return what a part of the page says, as plain text: one wording for the page and the document."""
    return " ".join(unescape(strip_tags(render_to_string(template, context))).split())


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
    lines += [(_("Reconnaissance"), _recognition(line, sources)) for line in sheet.recognitions]
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
    remark = [Note(one.fact.note)] if one.fact.note else []
    return Cell(one.fact.display, own, notes=[*remark, *notes])


def _note(word: str, said: Said, sources: Sources) -> Note:
    period = f"({said.fact.period})" if said.fact.period else ""
    text = " ".join(filter(None, (word, said.fact.display, period)))
    text = f"{text} · {said.fact.note}" if said.fact.note else text
    return Note(text, cited((said.fact.source, *said.more), sources))


def _members(sheet: PoleSheet, sources: Sources) -> list[Block]:
    found: list[Block] = [pdf.Heading(_("Membres"))]
    rows: list[Row] = [
        [
            Cell(
                line.actor.name,
                cited(line.sources, sources),
                strong=True,
                notes=[Note(line.note)] if line.note else [],
            ),
            line.role_label,
            line.circle_label or _("inconnu"),
            _plain("actors/ess_badge.html", ess=line.actor.ess, verified=line.actor.ess_verified),
            " – ".join(filter(None, (line.since, line.until))) or _("non datée"),
        ]
        for line in sheet.members
    ]
    headers = [_("Membre"), _("Rôle"), _("Cercle"), _("ESS"), _("Période")]
    if rows:
        found.append(Table(headers, rows, (5, 3, 2, 2, 2), _("Membres nommés par les sources")))
    else:
        found.append(Paragraph(_("Aucune source ne nomme de membre."), soft=True))
    return [*found, *_composition(sheet)]


def _composition(sheet: PoleSheet) -> list[Block]:
    """The shares of R-05 and what the note of 2011 would remark, as the page says them."""
    said = []
    for share in pole_pages.shares(sheet):
        if share["known"]:
            value = with_unit(share["least"], "%", language())
        else:
            value = _("entre %(least)s et %(most)s %% : le verdict de certains membres reste à vérifier") % {
                "least": share["least"],
                "most": share["most"],
            }
        said.append(Cell(_("%(label)s : %(value)s (calculé)") % {"label": share["label"], "value": value}))
    remarks = (_plain("web/pole_remark.html", remark=remark) for remark in sheet.composition.remarks)
    said += [Cell(text) for text in remarks]
    return [Bullets(said)] if said else []


def _perimeter(here: PerimeterSheet | None, sources: Sources) -> list[Block]:
    found: list[Block] = [pdf.Heading(_("Périmètre"))]
    if here is None:
        return [*found, Paragraph(_("Aucune source ne dit où est ce pôle."), soft=True)]
    perimeter = here.perimeter
    label = f"{perimeter.label} ({_('lieu approché')})" if perimeter.approximate else perimeter.label
    found.append(Paragraph(label, cited(here.sources, sources)))
    found += [Paragraph(here.note, soft=True)] if here.note else []
    shown = pole_pages.drawn(here)
    if shown is not None:
        alt = _("Contour du périmètre : %(label)s") % {"label": perimeter.label}
        found.append(pdf.Drawing(svg(shown, approximate=perimeter.approximate), alt))
    if perimeter.approximate:
        found.append(Paragraph(_("Zone donnée par la source : le périmètre exact est inconnu."), soft=True))
    found += [_size(here), *_crossed(here)]
    return [*found, *(Paragraph(_before(one), soft=True) for one in here.earlier)]


def _size(here: PerimeterSheet) -> Table:
    """How many communes and inhabitants, and the parts of a commune that the pole occupies."""
    perimeter = here.perimeter
    year = _("code officiel géographique %(year)s") % {"year": perimeter.cog_year}
    zone = _("de la zone donnée par la source, pas du pôle")
    people = grouped(perimeter.population, language()) if perimeter.population is not None else _("inconnus")
    communes = grouped(len(here.communes), language()) if here.communes else _("inconnues")
    rows: list[Row] = [
        [_("Communes"), Cell(communes, notes=[Note(year)])],
        [
            _("Habitants"),
            Cell(people, notes=[Note(zone)] if perimeter.approximate and perimeter.population else []),
        ],
    ]
    part_only = _(
        "Le pôle occupe une partie de la commune, jamais toute la commune : ses habitants ne sont "
        "pas comptés."
    )
    for part in here.parts:
        where = f"{part.label} ({part.commune.name})" if part.commune else part.label
        rows.append([capfirst(part.get_kind_display()), Cell(where, notes=[Note(part_only)])])
    return Table([_("Donnée"), _("Valeur")], rows, (1, 3))


def _crossed(here: PerimeterSheet) -> list[Block]:
    rows: list[Row] = [
        [
            Cell(f"{line.zone.name} ({line.get_level_display()})", strong=True),
            grouped(line.communes, language()),
            percent(line.share_of_perimeter),
            percent(line.share_of_zone),
        ]
        for line in here.crossed
    ]
    if not rows:
        return []
    headers = [_("Territoire"), _("Communes"), _("Part du périmètre"), _("Part du territoire")]
    found: list[Block] = [
        Table(headers, rows, (5, 2, 2, 2), _("Territoires que le périmètre touche"), (1, 2, 3))
    ]
    if count := here.epci_count:
        text = ngettext("%(n)s intercommunalité touchée.", "%(n)s intercommunalités touchées.", count)
        found.append(Paragraph(text % {"n": count}, soft=True))
    credit = _("Contours : IGN/Etalab, COG %(year)s") % {"year": here.perimeter.cog_year}
    return [*found, Paragraph(credit, soft=True)]


def _before(perimeter: Perimeter) -> str:
    """Return a perimeter that was, with its dates."""
    parts = [perimeter.label]
    if perimeter.valid_from:
        parts.append(f"{_('depuis')} {date_format(perimeter.valid_from, 'j F Y')}")
    if perimeter.valid_to:
        parts.append(_("jusqu'au") + " " + date_format(perimeter.valid_to, "j F Y"))
    return ", ".join(parts)


def _places(sheet: PoleSheet, sources: Sources) -> list[Block]:
    rows: list[Row] = []
    for line in sheet.places:
        zone = line.place.zone.name if line.place.zone else ""
        where = " · ".join(filter(None, (zone, line.place.zone_note))) or _("inconnu")
        notes = [Note(f"{fact.label} : {fact.display}", cited([fact.source], sources)) for fact in line.facts]
        name = Cell(line.place.name, cited(line.sources, sources), strong=True, notes=notes)
        rows.append([name, capfirst(line.place.get_kind_display()), where])
    if not rows:
        return []
    return [pdf.Heading(_("Lieux")), Table([_("Lieu"), _("Nature"), _("Où")], rows, (5, 2, 3))]


def _recognition(line: RecognitionLine, sources: Sources) -> Cell:
    """What it is, its dates, who gave it and at which phase."""
    dates = " – ".join(filter(None, (line.on, line.ended))) or _("date inconnue")
    body = line.body.name if line.body else ""
    parts = (line.label, dates, body, line.phase)
    return Cell(" · ".join(filter(None, parts)), cited(line.sources, sources))


def _recognitions(sheet: PoleSheet, sources: Sources) -> list[Block]:
    found: list[Block] = [pdf.Heading(_("Reconnaissances"))]
    if sheet.recognitions:
        found.append(Bullets([_recognition(line, sources) for line in sheet.recognitions]))
    else:
        found.append(Paragraph(_("Aucune reconnaissance connue."), soft=True))
    if sheet.listed:
        found.append(Paragraph(_("Ce qu'écrit la liste de 2014 :")))
        found.append(
            Bullets(
                [
                    Cell(
                        f"{one.label} : {one.plain if one.unit == 'items' else one.display}",
                        cited([one.source], sources),
                    )
                    for one in sheet.listed
                ]
            )
        )
    label = _("Le label national proposé en 2011 n'a jamais été institué.")
    return [*found, Paragraph(label, soft=True)]


def _names(sheet: PoleSheet, sources: Sources) -> list[Block]:
    if not sheet.names:
        return []
    said = [Cell(f"{line.text} ({line.kind})", cited(line.sources, sources)) for line in sheet.names]
    return [pdf.Heading(_("Noms et graphies")), Bullets(said)]


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
