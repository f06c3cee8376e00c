"""A version of a grid as a document to print."""

from collections.abc import Iterable

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from terreau.design.pdf import Block, Bullets, Cell, Document, Heading, Paragraph, Row, Sources, Table
from terreau.grids.models import GridVersion
from terreau.grids.shown import CriterionShown, VersionShown
from terreau.grids.wording import Said


def of(row: GridVersion, text: VersionShown, lang: str, here: str) -> Document:
    """Return the document of a version; ``here`` is the address of its page."""
    sources = Sources()
    marks = sources.marks([(", ".join(filter(None, (text.document, text.section))), text.url)])
    blocks: list[Block] = [Paragraph(text.summary, marks)] if text.summary else []
    blocks.append(Paragraph(_standing(row, text), soft=True))
    if text.scale:
        blocks += [
            Heading(_("L'échelle"), 1),
            Bullets([Cell(f"{value} : {label}") for value, label in text.scale]),
        ]
    for group in text.groups:
        blocks.append(Heading(str(group.title), 1))
        if group.help:
            blocks.append(Paragraph(str(group.help), soft=True))
        for one in group.criteria:
            blocks += _criterion(one, sources)
    return Document(
        title=text.title,
        lang=lang,
        blocks=blocks,
        sources=sources,
        kind=_("Grille · version %(version)s") % {"version": text.version},
        lede=_("Auteur : %(owner)s") % {"owner": text.owner_name} if text.owner_name else "",
        footer=here,
        licence=text.licence,
    )


def _standing(row: GridVersion, text: VersionShown) -> str:
    parts = [str(row.get_state_display())]
    if text.valid_from:
        parts.append(_("en vigueur depuis le %(day)s") % {"day": date_format(text.valid_from, "j F Y")})
    if text.valid_to:
        parts.append(_("jusqu'au %(day)s") % {"day": date_format(text.valid_to, "j F Y")})
    if text.verified_on:
        parts.append(_("vérifiée le %(day)s") % {"day": date_format(text.verified_on, "j F Y")})
    else:
        parts.append(_("à vérifier"))
    return " · ".join(parts)


def _criterion(one: CriterionShown, sources: Sources) -> Iterable[Block]:
    place = ", ".join(filter(None, (one.document, one.section)))
    yield Heading(one.title, 2)
    if one.text and one.text != one.title:
        yield Paragraph(one.text, sources.marks([(place, "")]))
    rows: list[Row] = [[_("Sorte"), Cell(str(one.kind_label))]]
    if one.rule:
        rows.append([_("Règle"), Cell(_line(one.rule))])
    if one.facts:
        rows.append([_("Faits lus"), Cell(", ".join(fact.label for fact in one.facts))])
    if one.orient:
        rows.append([_("Vers quel dispositif"), Cell(one.orient)])
    yield Table([_("Point"), _("Ce que dit la grille")], rows, (2, 7))


def _line(said: Said) -> str:
    line = said.line()
    return line[:1].upper() + line[1:]
