"""What the printed yearly report says: the same data as its page, in the same order."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from terreau.design import pdf
from terreau.design.pdf import Block, Bullets, Cell, Document, Note, Paragraph, Row, Sources, Table


def document(
    data: dict[str, Any], *, kind: str, footer: str, licence: str, made: int | None = None
) -> Document:
    """Return the report as a document, in the language of its data: the same data give the same document.

    ``made``: when it was published (seconds since 1970), for the same bytes each time.
    """
    with override(data["language"]):
        blocks: list[Block] = []
        for section in data["sections"]:
            blocks += _section(section)
            if section["code"] == "results":
                blocks += _indicators(data)
            if section["code"] == "weight":
                blocks += _weight(data["weight"])
        return Document(
            title=_("Rapport annuel %(year)s de %(name)s") % {"name": data["pole"], "year": data["year"]},
            lang=data["language"],
            kind=" · ".join(filter(None, (kind, _("exemple fictif") if data["fictional"] else ""))),
            lede=_("Rapport annuel du pôle, fait de ses données et de ses mots."),
            blocks=blocks,
            sources=Sources(),
            footer=footer,
            licence=licence,
            made=made,
        )


def _section(section: dict[str, Any]) -> list[Block]:
    found: list[Block] = [pdf.Heading(section["title"])]
    found += [Paragraph(one.strip()) for one in section["words"].split("\n\n") if one.strip()]
    if section["figures"]:
        found.append(_figures(section["figures"], _("Ce que l'espace du pôle a compté")))
    if section["things"]:
        found.append(Bullets([Cell(_thing(one)) for one in section["things"]]))
    return found


def _figures(rows: list[dict[str, Any]], caption: str) -> Table:
    lines: list[Row] = [
        [Cell(one["label"], strong=True, notes=[Note(one["how"])] if one["how"] else []), one["value"]]
        for one in rows
    ]
    return Table([_("Donnée"), _("Valeur")], lines, (3, 1), caption, (1,))


def _thing(one: dict[str, Any]) -> str:
    more = " · ".join(filter(None, (one["text"], one["on"], one["meta"])))
    return f"{one['title']} ({more})" if more else one["title"]


def _indicators(data: dict[str, Any]) -> list[Block]:
    rows: list[Row] = [
        [
            Cell(one["label"], strong=True, notes=[Note(one["how"])] if one["how"] else []),
            one["value"] or _("inconnu"),
            one["proof"],
            one["target"],
        ]
        for one in data["indicators"]
    ]
    if not rows:
        return []
    headers = [_("Nom de l'indicateur"), _("Valeur de l'année"), _("Degré de preuve"), _("Cible")]
    return [Table(headers, rows, (5, 2, 2, 2), _("Indicateurs que le pôle publie"))]


def _weight(weight: dict[str, Any]) -> list[Block]:
    found: list[Block] = [Paragraph(weight["note"], soft=True)]
    if weight["members"]:
        found.append(_figures(weight["members"], _("Poids des membres, toutes activités confondues")))
    if weight["pole"]:
        found.append(_figures(weight["pole"], _("Activité due au pôle, d'après son livre")))
    return found
