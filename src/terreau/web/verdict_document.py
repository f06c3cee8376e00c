"""What the printed verdict says: the same as its page, in the same order, with the same sources."""

from collections.abc import Iterable

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from terreau.design.marks import MARKS
from terreau.design.pdf import Block, Bullets, Cell, Heading, Note, Paragraph, Row, Sources, Table
from terreau.sheets.verdict_criteria import CriterionSheet, FactUsed, Said
from terreau.sheets.verdicts import VerdictSheet


def blocks(sheet: VerdictSheet, sources: Sources) -> list[Block]:
    """Return the whole verdict; the sources are gathered in ``sources``."""
    found: list[Block] = [Paragraph(f"{sheet.shown.word}. {sheet.sentence}")]
    if sheet.to_check:
        found.append(Paragraph(_("Le texte de cette grille n'a pas été relu sur l'original."), soft=True))
    found.append(_summary(sheet))
    if sheet.missing:
        found += [
            Heading(_("Ce qu'il faudrait savoir")),
            Bullets([Cell(one.label) for one in sheet.missing]),
        ]
    for group in sheet.groups:
        found.append(Heading(group.title))
        for one in group.criteria:
            found += _criterion(one, sources)
    return found


def _summary(sheet: VerdictSheet) -> Table:
    rows: list[Row] = [[Cell(one.title), one.kind_label, one.shown.word] for one in sheet.criteria]
    return Table([_("Critère"), _("Sorte de critère"), _("Réponse")], rows, (6, 2, 2), caption=_("En bref"))


def _criterion(one: CriterionSheet, sources: Sources) -> Iterable[Block]:
    yield Heading(f"{one.title} : {one.shown.word}", level=2)
    if one.text:
        yield Paragraph(one.text, sources.marks([(one.source.text, one.source.url)]))
    if one.facts:
        rows: list[Row] = [_fact(used, sources) for used in one.facts]
        yield Table([_("Donnée"), _("Valeur"), _("Période"), _("Degré de preuve")], rows, (4, 4, 2, 2))
    if one.missing:
        known = ", ".join(lacking.label for lacking in one.missing)
        yield Paragraph(_("Il manque : %(facts)s.") % {"facts": known})
    if one.lifted:
        yield Paragraph(f"{_('Exclusion levée')} : {_said(one.lifted)}")
    for said in [*([one.judged] if one.judged else []), *one.opinions]:
        yield Paragraph(f"{said.label} : {_said(said)}")
    if one.reasons:
        yield Bullets([Cell(reason.text) for reason in one.reasons])
    if one.changes:
        yield Paragraph(_("Ce qui le changerait"), soft=True)
        yield Bullets([Cell(change.text) for change in one.changes])
    if one.orient:
        yield Paragraph(one.orient, soft=True)


def _fact(used: FactUsed, sources: Sources) -> Row:
    mark = MARKS.get(used.status)
    ranks = sources.marks([(used.place.text, used.place.url)])
    notes = [Note(line) for line in used.lines]
    if not used.complete:
        notes.append(Note(_("liste peut-être incomplète")))
    return [
        Cell(used.label, strong=True),
        Cell(used.display, ranks, notes=notes),
        used.period or _("non datée"),
        str(mark.word) if mark else "",
    ]


def _said(said: Said) -> str:
    return f"{said.quality}, {date_format(said.on, 'j F Y')}. « {said.reason} »"
