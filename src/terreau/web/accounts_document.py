"""What the printed accounts of a pole say: the same figures as the pages, in the same order."""

from __future__ import annotations

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from terreau.common.money import Euro
from terreau.design import numbers, pdf
from terreau.design.pdf import Block, Bullets, Cell, Document, Note, Paragraph, Row, Sources, Table
from terreau.economics.sums import Amount
from terreau.forecast.read import Forecast, alerts, projection
from terreau.sheets import accounts as sheet
from terreau.sheets.accounts import Accounts


def document(found: Accounts, forecast: Forecast, *, kind: str, footer: str, licence: str) -> Document:
    """Return the accounts as a document, in the language of the moment."""
    name = found.pole.actor.name
    return Document(
        title=_("Comptes %(year)s de %(name)s") % {"year": found.year, "name": name},
        lang="en" if _language().startswith("en") else "fr",
        kind=" · ".join(filter(None, (kind, _("exemple fictif") if found.pole.fictional else ""))),
        lede=_("D'après le livre du pôle, ligne à ligne ; ces comptes ne remplacent pas ceux du comptable."),
        blocks=[*_levels(found), *_matrix(found), *_functions(found), *_apart(found), *_future(forecast)],
        sources=Sources(),
        footer=footer,
        licence=licence,
    )


def euros(cents: int) -> str:
    """Return an amount, exact."""
    return numbers.with_unit(Euro(cents), "", _language())


def _language() -> str:
    return get_language() or "fr"


def _said(amount: Amount | None) -> Cell:
    """Return money, and the value of gifts below it, never added."""
    if amount is None:
        return Cell("–")
    notes = []
    if amount.gifts:
        notes.append(Note(_("apports valorisés : %(amount)s") % {"amount": euros(amount.gifts)}))
    if amount.unvalued:
        notes.append(Note(_("apports sans valeur : %(count)d") % {"count": amount.unvalued}))
    return Cell(euros(amount.cash), notes=notes)


def _levels(found: Accounts) -> list[Block]:
    if found.empty:
        return [Paragraph(_("Le livre du pôle n'a aucune ligne cette année-là."))]
    headers = [_("Montants en euros"), *sheet.level_names()]
    blocks: list[Block] = [pdf.Heading(_("Trois niveaux, côte à côte"))]
    blocks.append(Bullets([Cell(one) for one in sheet.notes(found)]))
    for title, rows, totals in (
        (_("Ressources"), found.resources, [one.received for one in found.levels]),
        (_("Emplois"), found.uses, [one.spent for one in found.levels]),
    ):
        lines: list[Row] = [[Cell(row.label, strong=True), *map(_said, row.amounts)] for row in rows]
        lines.append([Cell(_("Ensemble"), strong=True), *map(_said, totals)])
        blocks.append(Table(headers, lines, (3, 2, 2, 2), title, (1, 2, 3)))
    balances: Row = [Cell(_("Reste, en argent"), strong=True)]
    balances += [Cell(euros(one.balance), strong=True) for one in found.levels]
    blocks.append(Table(headers, [balances], (3, 2, 2, 2), _("Ce qui reste de l'année"), (1, 2, 3)))
    return blocks


def _matrix(found: Accounts) -> list[Block]:
    rows = sheet.matrix_rows(found.matrix)
    if not rows:
        return []
    lines: list[Row] = [
        [Cell(label, strong=True), *map(_said, each), _said(whole)] for label, each, whole in rows
    ]
    headers = [_("Type de ressource"), *sheet.origin_names(), _("Ensemble")]
    caption = _("Ressources du pôle et de ses projets, chaque ligne une fois")
    blocks: list[Block] = [
        pdf.Heading(_("Types et origines des ressources")),
        Table(headers, lines, (3, 2, 2, 2, 2, 2), caption, (1, 2, 3, 4, 5)),
    ]
    public, whole = found.public
    if whole > 0:
        part = numbers.with_unit(round(public * 100 / whole), "%", _language())
        words = _(
            "Part d'argent public dans l'argent reçu par le pôle, prêts et capital mis à part : %(part)s."
        )
        blocks.append(Paragraph(words % {"part": part}))
    return blocks


def _functions(found: Accounts) -> list[Block]:
    if not found.functions:
        return []
    lines: list[Row] = []
    for one in found.functions:
        rate = _("inconnu") if one.rate is None else numbers.with_unit(round(one.rate / 10), "%", _language())
        name = Cell(sheet.function_name(one), strong=True)
        lines.append([name, _said(one.cost), _said(one.own), _said(one.other), rate])
    headers = [
        _("Fonction"),
        _("Coût"),
        _("Ressources propres"),
        _("Autres ressources"),
        _("Autofinancement"),
    ]
    return [
        pdf.Heading(_("Résultat par fonction")),
        Table(headers, lines, (3, 2, 2, 2, 2), _("Ce que coûte et rapporte chaque fonction"), (1, 2, 3, 4)),
    ]


def _apart(found: Accounts) -> list[Block]:
    blocks: list[Block] = [pdf.Heading(_("À part, et dans aucun total"))]
    lines: list[Row] = [
        [Cell(_("Échanges entre membres connus du livre"), strong=True), _said(found.between)],
        [Cell(_("Mouvements internes éliminés"), strong=True), _said(found.internal)],
    ]
    blocks.append(Table([_("Donnée"), _("Valeur")], lines, (3, 1), _("Hors des comptes du pôle"), (1,)))
    words = _(
        "Le poids économique des membres n'est pas celui du pôle : il n'est dans aucun de ces chiffres."
    )
    blocks.append(Paragraph(words, soft=True))
    return blocks


def _future(forecast: Forecast) -> list[Block]:
    years = projection(forecast)
    if not any(one.resources or one.uses for one in years):
        return []
    lines: list[Row] = [
        [
            Cell(str(one.year), strong=True),
            euros(one.certain),
            euros(one.asked),
            euros(one.spent),
            euros(one.gap),
        ]
        for one in years
    ]
    headers = [
        _("Année"),
        _("Acquis ou prévu"),
        _("Demandé, sans réponse"),
        _("Dépenses prévues"),
        _("Écart"),
    ]
    blocks: list[Block] = [
        pdf.Heading(_("Les années à venir")),
        Table(headers, lines, (2, 2, 2, 2, 2), _("Ce qui est prévu, année par année"), (1, 2, 3, 4)),
    ]
    ends = [
        Cell(
            _("%(what)s : fin le %(day)s") % {"what": one.funding, "day": date_format(one.funding.period_to)}
        )
        for one in alerts(forecast)
        if one.funding.period_to is not None
    ]
    return [*blocks, Bullets(ends)] if ends else blocks
