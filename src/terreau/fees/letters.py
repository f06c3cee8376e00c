"""Letters of fees as tagged PDF: the call with its computation, the receipt, the reminder (R-103).

None of them is an invoice with tax nor a receipt for the tax on income: each says so, to be checked.
"""

from collections.abc import Sequence

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from terreau.billing.models import Settlement
from terreau.design.pdf import Block, Document, Heading, PageBreak, Paragraph, Sources, Table
from terreau.fees import wording
from terreau.fees.following import Owed


def calls(rows: Sequence[Owed]) -> Document:
    """Return the letters that call fees, one a page."""
    blocks = [block for place, one in enumerate(rows) for block in (*_break(place), *_call(one))]
    return _document(_("Appel de cotisation"), rows, blocks)


def reminder(rows: Sequence[Owed]) -> Document:
    """Return the letters that remind of unpaid fees, one a page."""
    blocks = [block for place, one in enumerate(rows) for block in (*_break(place), *_reminder(one))]
    return _document(_("Rappel de cotisation"), rows, blocks)


def receipt(one: Owed, paid: Sequence[Settlement]) -> Document:
    """Return the receipt of what a member paid."""
    fee = one.fee
    rows: list[list[object]] = [
        [date_format(row.on), str(row.get_how_display()), wording.euros(row.cents)] for row in paid
    ]
    total = wording.euros(sum(row.cents for row in paid))
    facts = {"seller": fee.call.seller.name, "name": fee.actor.name, "total": total}
    blocks: list[Block] = [
        *_head(one),
        Paragraph(_("%(seller)s atteste avoir reçu de %(name)s la somme de %(total)s.") % facts),
        Table(
            [_("Date"), _("Moyen"), _("Montant")],
            rows,  # type: ignore[arg-type]
            [3, 3, 2],
            _("Règlements reçus"),
            [2],
        ),
    ]
    if one.left > 0:
        blocks.append(Paragraph(_("Il reste à régler %(left)s.") % {"left": wording.euros(one.left)}))
    blocks.append(
        Paragraph(
            _(
                "Cette attestation n'est pas un reçu fiscal : une cotisation n'ouvre droit à une réduction "
                "d'impôt que dans les cas prévus par la loi (à vérifier)."
            ),
            soft=True,
        )
    )
    return _document(_("Attestation de versement"), [one], blocks)


def _document(title: str, rows: Sequence[Owed], blocks: list[Block]) -> Document:
    first = rows[0].fee
    return Document(
        title=title,
        lang=(get_language() or "fr")[:2],
        blocks=blocks,
        sources=Sources(),
        kind=first.pole.actor.name,
        footer=f"{first.pole.actor.name} · {title}",
    )


def _break(place: int) -> list[Block]:
    return [PageBreak()] if place else []


def _head(one: Owed) -> list[Block]:
    fee, invoice = one.fee, one.fee.invoice
    lines: list[Block] = [Heading(fee.actor.name)]
    period = {"first": date_format(fee.first), "last": date_format(fee.call.last)}
    lines.append(Paragraph(_("Cotisation du %(first)s au %(last)s.") % period))
    if invoice is not None:
        words = _("Référence à rappeler : %(name)s, du %(on)s.")
        lines.append(Paragraph(words % {"name": invoice.name, "on": date_format(invoice.on)}))
    return lines


def _call(one: Owed) -> list[Block]:
    fee, invoice = one.fee, one.fee.invoice
    due = date_format(invoice.due) if invoice and invoice.due else _("date à convenir")
    facts = {"cents": wording.euros(fee.cents), "seller": fee.call.seller.name, "due": due}
    return [
        *_head(one),
        Paragraph(_("Montant : %(cents)s, à régler à %(seller)s avant le %(due)s.") % facts),
        Heading(_("Comment ce montant est calculé"), 2),
        _steps(one),
        *_figures(one),
        _no_vat(),
    ]


def _reminder(one: Owed) -> list[Block]:
    invoice = one.fee.invoice
    due = date_format(invoice.due) if invoice and invoice.due else ""
    facts = {"left": wording.euros(one.left), "due": due, "seller": one.fee.call.seller.name}
    words = _(
        "Sauf erreur de notre part, il reste %(left)s à régler à %(seller)s ; échéance dépassée : %(due)s."
    )

    return [
        *_head(one),
        Paragraph(words % facts),
        Paragraph(
            _("Un chiffre est faux, votre situation a changé, le règlement est parti ? Dites-le-nous.")
        ),
        _no_vat(),
    ]


def _steps(one: Owed) -> Block:
    said = one.fee.said
    rows = [
        [words, cents] for words, cents in wording.steps(said.get("steps", []), said.get("reductions", {}))
    ]
    caption = _("Étapes du calcul, barème « %(name)s »") % {"name": one.fee.call.scale.name}
    return Table([_("Étape"), _("Montant")], rows, [5, 2], caption, [1])  # type: ignore[arg-type]


def _figures(one: Owed) -> list[Block]:
    found: list[Block] = []
    for told in one.fee.said.get("figures", []):
        facts = {
            "basis": wording.basis_name(told["basis"]),
            "year": told["year"],
            "value": wording.measure(told["basis"], told["value"]),
            "source": told["source"],
        }
        text = _("Chiffre retenu : %(basis)s %(year)s, %(value)s (%(source)s)") % facts
        sure = _("confirmé par le membre") if told["confirmed"] else _("à confirmer par le membre")
        found.append(Paragraph(f"{text}, {sure}.", soft=True))
    for told in one.fee.said.get("grants", []):
        facts = {"label": told["label"], "reason": told["reason"]}
        found.append(Paragraph(_("%(label)s : %(reason)s") % facts, soft=True))
    return found


def _no_vat() -> Block:
    words = _(
        "Cotisation sans contrepartie individuelle : hors du champ de la TVA (à vérifier). "
        "Cet appel n'est pas une facture, ni un reçu fiscal."
    )
    return Paragraph(words, soft=True)
