"""An invoice as a file for the tool of an accountant: XML of EN 16931, and the PDF/A-3 that holds it.

The tool keeps the legal numbering: until a number comes back the document is a pro forma (code 325 of UNTDID
1001) and says so. Amounts of a credit note are written above zero, as the norm asks of code 381.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from decimal import Decimal
from typing import Any, Final

import facturx
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from terreau.actors.models import Actor
from terreau.billing import actions, rules
from terreau.billing.models import Invoice, InvoiceLine, SellerTerms
from terreau.common.errors import DomainError
from terreau.common.money import Euro
from terreau.design import numbers
from terreau.design.pdf import Cell, Document, Heading, Paragraph, Sources, Table, rendered

LEVEL: Final = "en16931"
INVOICE, CREDIT, PRO_FORMA = "380", "381", "325"
#: Units of the room → codes of recommendation 20 of the UNECE; anything else is « one ».
UNITS: Final[Mapping[str, str]] = {
    "hours": "HUR", "days": "DAY", "kg": "KGM", "kwh": "KWH", "km": "KMT", "m2": "MTK", "month": "MON",
}  # fmt: skip
_TRANSFER = "58"


def lacks(invoice: Invoice) -> list[str]:
    """Return what the norm asks for and is not known: the tool of the accountant will ask for it too."""
    found = []
    lines = list(invoice.lines.all())
    terms = actions.terms_of(invoice.pole, invoice.seller)
    if not invoice.seller.siren:
        found.append(_("le SIREN de %(name)s") % {"name": invoice.seller.name})
    if any(row.vat_code in {rules.STANDARD, rules.REVERSE} for row in lines) and not terms.vat_number:
        found.append(_("le numéro de TVA de %(name)s") % {"name": invoice.seller.name})
    if not invoice.legal_number:
        found.append(_("le numéro légal, que donne l'outil de comptabilité"))
    return found


def xml(invoice: Invoice) -> bytes:
    """Return the XML of an issued invoice, checked against the schema of the norm.

    Raises ``DomainError`` for a draft or a cancelled invoice, or when the schema refuses it.
    """
    if invoice.state != Invoice.State.ISSUED:
        words = _("Seule une facture émise se télécharge : émettez-la d'abord.")
        raise DomainError("not_issued", words, status=409)
    try:
        made: bytes = facturx.generate_xml(
            _told(invoice), flavor="factur-x", level=LEVEL, check_xsd=True, check_schematron=False
        )
    except Exception as error:
        words = _("Cette facture ne s'écrit pas selon la norme : relisez ses lignes.")
        raise DomainError("not_en16931", words, facts={"why": str(error)[:300]}) from error
    return made


def pdf(invoice: Invoice) -> bytes:
    """Return the PDF/A-3 of an issued invoice, its XML inside."""
    data = xml(invoice)
    page = rendered(document(invoice), archive=True)
    made: bytes = facturx.generate_from_binary(
        page,
        data,
        flavor="factur-x",
        level=LEVEL,
        check_xsd=False,
        lang=get_language() or "fr",
        pdf_metadata={
            "author": invoice.seller.name,
            "keywords": "Factur-X",
            "title": title(invoice),
            "subject": invoice.label or title(invoice),
        },
    )
    return made


def title(invoice: Invoice) -> str:
    """Return what the document is called."""
    if invoice.is_credit:
        return _("Avoir %(name)s") % {"name": invoice.name}
    if not invoice.legal_number:
        return _("Facture pro forma %(name)s") % {"name": invoice.name}
    return _("Facture %(name)s") % {"name": invoice.name}


def warning(invoice: Invoice) -> str:
    """Return what says that the document is not the legal one; empty once it has its number."""
    if invoice.legal_number:
        return ""
    return _(
        "Document préparatoire : la facture légale et son numéro sont donnés par l'outil de comptabilité "
        "de %(name)s."
    ) % {"name": invoice.seller.name}


def vat_rows(lines: Sequence[InvoiceLine]) -> list[tuple[rules.Vat, int, int]]:
    """Return the tax of each rate: what it is, its base and its amount in cents."""
    found: dict[rules.Vat, list[int]] = {}
    for row in lines:
        vat = rules.Vat(code=row.vat_code, rate=row.vat_rate, why=row.why_exempt)
        sums = found.setdefault(vat, [0, 0])
        sums[0] += row.net_cents
        sums[1] += row.vat_cents
    return [(vat, base, tax) for vat, (base, tax) in found.items()]


# -------------------------------------------------------------------------------------------------- the XML


def _told(invoice: Invoice) -> dict[str, Any]:
    """Return the terms of the norm (BT, BG) that the library writes."""
    lines, sign = list(invoice.lines.order_by("rank")), -1 if invoice.is_credit else 1
    terms = actions.terms_of(invoice.pole, invoice.seller)
    told: dict[str, Any] = {
        "BT-1": invoice.name,
        "BT-2": invoice.on,
        "BT-3": CREDIT if invoice.is_credit else INVOICE if invoice.legal_number else PRO_FORMA,
        "BT-5": "EUR",
        # When it was done: the library writes no empty delivery, which the schema would refuse.
        "BT-72": invoice.period_to or invoice.on,
        "BT-83": invoice.name,
        "BG-1": [{"BT-22": one} for one in (invoice.label, warning(invoice), terms.note) if one],
        "BG-4": _party(invoice.seller, terms, lines),
        "BG-7": _party(invoice.buyer, None, lines),
        "BG-25": [_line(row, sign) for row in lines],
        "BG-23": _taxes(lines, sign),
        "BT-106": _amount(sign * invoice.net_cents),
        "BT-109": _amount(sign * invoice.net_cents),
        "BT-110": _amount(sign * invoice.vat_cents),
        "BT-112": _amount(sign * invoice.gross_cents),
        "BT-115": _amount(sign * invoice.gross_cents),
    }
    if invoice.due is not None:
        told["BT-9"] = invoice.due
    else:
        told["BT-20"] = _("Échéance non fixée")
    if invoice.period_from is not None:
        told["BT-73"], told["BT-74"] = invoice.period_from, invoice.period_to
    if terms.iban:
        told |= {"BT-81": _TRANSFER, "BT-84": terms.iban, "BT-85": invoice.seller.name}
    if invoice.credits is not None:
        told["BG-3"] = [{"BT-25": invoice.credits.name, "BT-26": invoice.credits.on}]
    return told


def _party(actor: Actor, terms: SellerTerms | None, lines: Sequence[InvoiceLine]) -> dict[str, Any]:
    """Return a party: its name, its SIREN when it has one, else the reference of Terreau."""
    found: dict[str, Any] = {"name": actor.name, "country_code": "FR"}
    if actor.siren:
        found |= {"legal_identifier": actor.siren, "legal_identifier_schemeid": "0002"}
    else:
        found["identifiers"] = {None: actor.pk.hex}
    # BR-O-02: what is outside the scope of the tax names no tax number.
    if terms is not None and terms.vat_number and all(row.vat_code != rules.OUTSIDE for row in lines):
        found["vat_identifier"] = terms.vat_number
    return found


def _line(row: InvoiceLine, sign: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "BT-126": str(row.rank),
        "BT-153": row.label,
        "BT-129": f"{Decimal(sign * row.thousandths) / 1000:f}",
        "BT-130": UNITS.get(row.unit, "C62"),
        "BT-131": _amount(sign * row.net_cents),
        "BT-146": _amount(row.unit_cents),
        "BT-151": row.vat_code,
    }
    if row.vat_code != rules.OUTSIDE:
        found["BT-152"] = _percent(row.vat_rate)
    return found


def _taxes(lines: Sequence[InvoiceLine], sign: int) -> list[dict[str, Any]]:
    """Return one row a category and rate; its reasons together."""
    sums: dict[tuple[str, int], list[int]] = {}
    reasons: dict[tuple[str, int], dict[str, None]] = {}
    for vat, base, tax in vat_rows(lines):
        total = sums.setdefault((vat.code, vat.rate), [0, 0])
        total[0], total[1] = total[0] + sign * base, total[1] + sign * tax
        if vat.why:
            reasons.setdefault((vat.code, vat.rate), {})[vat.why] = None
    found = []
    for (code, rate), (base, tax) in sums.items():
        row = {"BT-116": _amount(base), "BT-117": _amount(tax), "BT-118": code}
        if code != rules.OUTSIDE:
            row["BT-119"] = _percent(rate)
        if (code, rate) in reasons:
            row["BT-120"] = " ; ".join(reasons[code, rate])
        found.append(row)
    return found


def _amount(cents: int) -> str:
    return f"{Decimal(cents) / 100:.2f}"


def _percent(hundredths: int) -> str:
    return f"{Decimal(hundredths) / 100:.2f}"


# -------------------------------------------------------------------------------------------------- the page


def document(invoice: Invoice) -> Document:
    """Return the page of an invoice: who owes what to whom, for what, by when."""
    language = get_language() or "fr"
    lines = list(invoice.lines.order_by("rank"))
    terms = actions.terms_of(invoice.pole, invoice.seller)

    def euros(cents: int) -> str:
        return numbers.with_unit(Euro(cents), "", language)

    when = [_("Datée du %(day)s") % {"day": date_format(invoice.on)}]
    if invoice.due and not invoice.is_credit:
        when.append(_("à payer avant le %(day)s") % {"day": date_format(invoice.due)})
    rows: list[list[Cell | str]] = [
        [
            row.label,
            f"{numbers.grouped(Decimal(row.thousandths) / 1000, language)} {unit(row.unit)}".strip(),
            euros(row.unit_cents),
            vat_words(row.vat_code, row.vat_rate, language),
            euros(row.net_cents),
        ]
        for row in lines
    ]
    headers = [_("Désignation"), _("Quantité"), _("Prix unitaire"), _("TVA"), _("Hors taxe")]
    totals: list[list[Cell | str]] = [[_("Total hors taxe"), euros(invoice.net_cents)]]
    for vat, base, tax in vat_rows(lines):
        said = vat_words(vat.code, vat.rate, language)
        totals.append(
            [_("%(vat)s, sur une base de %(base)s") % {"vat": said, "base": euros(base)}, euros(tax)]
        )
    totals.append([Cell(_("Total à payer"), strong=True), Cell(euros(invoice.gross_cents), strong=True)])
    blocks: list[Any] = [
        *([Paragraph(warning(invoice))] if warning(invoice) else []),
        Paragraph(_("De %(seller)s, à %(buyer)s.") % _names(invoice)),
        Paragraph(", ".join(when) + "."),
        *(
            [Paragraph(_("Elle crédite la facture %(name)s : %(why)s") % _credited(invoice))]
            if invoice.credits
            else []
        ),
        Heading(_("Ce qui est facturé")),
        Table(headers, rows, (5, 2, 2, 3, 2), numeric=(1, 2, 4)),
        Heading(_("Sommes de la facture")),
        Table([_("Somme due"), _("Montant")], totals, (5, 2), numeric=(1,)),
        *(Paragraph(one) for one in dict.fromkeys(row.why_exempt for row in lines) if one),
        *([Paragraph(_("À régler sur le compte %(iban)s") % {"iban": terms.iban})] if terms.iban else []),
        *([Paragraph(terms.note, soft=True)] if terms.note else []),
    ]
    made = int(datetime.combine(invoice.on, time(12), timezone.get_current_timezone()).timestamp())
    return Document(
        title(invoice),
        language,
        blocks,
        Sources(),
        kind=invoice.pole.actor.name,
        lede=invoice.label,
        made=made,
    )


def _names(invoice: Invoice) -> dict[str, str]:
    def named(actor: Actor) -> str:
        return f"{actor.name} (SIREN {actor.siren})" if actor.siren else actor.name

    return {"seller": named(invoice.seller), "buyer": named(invoice.buyer)}


def _credited(invoice: Invoice) -> list[Paragraph]:
    if invoice.credits is None:
        return []
    words = _("Elle crédite la facture %(name)s : %(why)s")
    return [Paragraph(words % {"name": invoice.credits.name, "why": invoice.reason})]


def unit(code: str) -> str:
    """Return a unit in words; what somebody typed stays as it is."""
    words = {"hours": "h", "days": _("jours"), "m2": "m²", "month": _("mois"), "kg": "kg", "km": "km"}
    return str(words.get(code, code))


def vat_words(code: str, rate: int, language: str = "fr") -> str:
    """Return a tax as people read it: « TVA 20 % », « Sans TVA »."""
    if code == rules.STANDARD:
        percent = numbers.grouped(Decimal(rate) / 100, language)
        return _("TVA %(rate)s %%") % {"rate": percent}
    if code == rules.REVERSE:
        return _("Autoliquidation")
    return _("Taux zéro") if code == rules.ZERO else _("Sans TVA")
