"""A deed as a tagged PDF: what is signed, by whom, under which hash. A draft says so on each page's title."""

from __future__ import annotations

from typing import Any

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from terreau.agreements import deed_text
from terreau.agreements.amounts import euros
from terreau.agreements.models import Agreement, Annex, Deed, Instalment, Signature
from terreau.common.parsing import day as read_day
from terreau.design.pdf import Block, Bullets, Cell, Document, Heading, Paragraph, Row, Sources, Table


def document(deed: Deed) -> Document:
    """Return the PDF of a deed: four queries."""
    agreement = deed.agreement
    body = deed_text.told(deed)["body"] if deed.frozen_at else deed.body
    blocks: list[Block] = []
    if not deed.frozen_at:
        words = _("Ce texte se prépare encore : il n'engage personne.")
        blocks.append(Paragraph(words, soft=True))
    if agreement.example:
        blocks.append(Paragraph(_("Exemple fictif."), soft=True))
    blocks += [Heading(_("Entre les signataires")), _parties(deed)]
    blocks += [Heading(_("Objet")), *[Paragraph(one) for one in _paragraphs(body.get("object"))]]
    blocks += _commitments(body)
    blocks += _money(body)
    blocks += _period(body)
    blocks += _annexes(deed)
    blocks += _signed(deed)
    footer = f"{agreement.number} – {deed.sha256[:16]}" if deed.sha256 else agreement.number
    lang = (get_language() or "fr")[:2]
    return Document(name(deed), lang, blocks, Sources(), lede=agreement.title, footer=footer)


def name(deed: Deed) -> str:
    """Return what a deed is called: the agreement itself, an amendment, a yearly one with its year."""
    number = deed.agreement.number
    if deed.number == 0:
        words = (
            _("Convention %(number)s")
            if deed.agreement.kind == Agreement.Kind.AWARD
            else _("Contrat %(number)s")
        )
        return words % {"number": number}
    if deed.year:
        words = _("Avenant n° %(rank)d pour %(year)d à %(number)s")
        return words % {"rank": deed.number, "year": deed.year, "number": number}
    return _("Avenant n° %(rank)d à %(number)s") % {"rank": deed.number, "number": number}


def file_name(deed: Deed) -> str:
    """Return the name of the file, readable in a folder."""
    tail = f"-avenant-{deed.number}" if deed.number else ""
    return f"{deed.agreement.number.lower()}{tail}"


def _parties(deed: Deed) -> Table:
    rows: list[Row] = [
        [Cell(one.name, strong=True), str(one.get_side_display()), one.person or "–"]
        for one in deed_text.signatories(deed)
    ]
    headers = [_("Signataire"), _("Au titre de"), _("Représenté par")]
    return Table(headers, rows, widths=[3, 2, 2], caption=_("Signataires"))


def _commitments(body: dict[str, Any]) -> list[Block]:
    rows = [one for one in body.get("commitments") or () if one.get("text")]
    if not rows:
        return []
    items = [Cell(f"{one.get('who') or '–'} : {one['text']}") for one in rows]
    return [Heading(_("Engagements de chacun")), Bullets(items)]


def _money(body: dict[str, Any]) -> list[Block]:
    cents = body.get("cents")
    if not cents:
        return []
    kinds = dict(Instalment.Kind.choices)
    rows: list[Row] = [
        [
            str(one.get("label") or str(kinds.get(one.get("kind"), "")).capitalize()),
            _day(one.get("due")),
            str(one.get("condition") or "–"),
            euros(one["cents"]),
        ]
        for one in body.get("schedule") or ()
    ]
    words = _("L'aide est de %(cents)s au plus.") % {"cents": euros(cents)}
    headers = [_("Versement"), _("À demander à partir du"), _("Pièces demandées"), _("Montant")]
    table = Table(headers, rows, widths=[3, 2, 4, 2], caption=_("Échéancier"), numeric=[3])
    return [Heading(_("Montant et versements")), Paragraph(words), table]


def _period(body: dict[str, Any]) -> list[Block]:
    if not (body.get("valid_from") and body.get("valid_to")):
        return []
    words = _("Du %(first)s au %(last)s.")
    values = {"first": _day(body["valid_from"]), "last": _day(body["valid_to"])}
    blocks: list[Block] = [Heading(_("Durée")), Paragraph(words % values)]
    if body.get("reason"):
        blocks += [Heading(_("Motif de l'avenant")), Paragraph(str(body["reason"]))]
    return blocks


def _annexes(deed: Deed) -> list[Block]:
    rows = Annex.objects.filter(deed=deed, removed_at=None).select_related("piece").order_by("id")
    items = [Cell(f"{one.name} (SHA-256 {one.piece.blob_id})") for one in rows]
    return [Heading(_("Annexes")), Bullets(items)] if items else []


def _signed(deed: Deed) -> list[Block]:
    if not deed.sha256:
        return []
    found = {one.signatory_id: one for one in Signature.objects.filter(deed=deed)}
    rows: list[Row] = []
    for one in deed_text.signatories(deed):
        signature = found.get(one.pk)
        said = _("pas encore") if signature is None else date_format(signature.signed_on, "j F Y")
        how = "" if signature is None else str(signature.get_how_display())
        rows.append([one.name, said, how or "–"])
    words = _("Chaque signature porte sur le document dont l'empreinte SHA-256 est : %(sha)s")
    headers = [_("Signataire"), _("Signé le"), _("Mode de signature")]
    table = Table(headers, rows, widths=[3, 2, 3], caption=_("Signatures"))
    return [Heading(_("Signatures")), Paragraph(words % {"sha": deed.sha256}), table]


def _paragraphs(text: Any) -> list[str]:
    return [part for part in str(text or "").splitlines() if part.strip()] or ["–"]


def _day(text: Any) -> str:
    return date_format(read_day(str(text)), "j F Y") if text else "–"
