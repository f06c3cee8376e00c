"""The statement of an advance, a holding or a guarantee: paid, left, to come (R-45)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from terreau.common.money import Euro
from terreau.cooperations import finance, rules
from terreau.cooperations.models import Financing, FinancingMove
from terreau.design.export_columns import Column
from terreau.design.pdf import Block, Document, Heading, Paragraph, Row, Sources, Table
from terreau.flows.models import Flow


@dataclass(frozen=True, slots=True)
class Paid:
    """A line of the book, what it did, and what of an advance is left after it."""

    what: str
    flow: Flow
    corrected: bool
    left: Euro | None


@dataclass(frozen=True, slots=True)
class Step:
    """A repayment of the schedule: ``state`` is given back, late, or to come; what is missing of it."""

    on: date
    euro: Euro
    missing: Euro
    state: str


def statement(row: Financing) -> list[Paid]:
    """Return the lines of a financing in their order, the corrected ones too: one query."""
    rows = FinancingMove.objects.filter(financing=row).select_related("flow__reversed_by").order_by("pk")
    found, left = [], 0
    for one in rows:
        corrected = hasattr(one.flow, "reversed_by")
        cents = 0 if corrected else (one.flow.cents or 0)
        left += {rules.PAID: cents, rules.REPAID: -cents}.get(one.what, 0)
        shown = Euro(max(0, left)) if row.kind == Financing.Kind.ADVANCE else None
        found.append(Paid(one.get_what_display(), one.flow, corrected, shown))
    return found


def plan(row: Financing, balance: finance.Balance, on: date) -> list[Step]:
    """Return the schedule of an advance with what is given back of each part, the oldest first."""
    repaid, found = balance.repaid, []
    for one in finance.schedule(row):
        given = min(repaid, one.cents)
        repaid -= given
        missing = one.cents - given
        state = "done" if not missing else "late" if one.on < on and row.ended_on is None else "to_come"
        found.append(Step(one.on, Euro(one.cents), Euro(missing), state))
    return found


COLUMNS = (
    Column(gettext_lazy("Payé le"), lambda one: one.flow.on, "date"),
    Column(gettext_lazy("Mouvement"), lambda one: one.what),
    Column(gettext_lazy("Montant en euros"), lambda one: one.flow.euro, "number"),
    Column(gettext_lazy("Corrigée"), lambda one: one.corrected, "boolean"),
    Column(gettext_lazy("Reste dû en euros"), lambda one: one.left, "number"),
    Column(gettext_lazy("Ligne du livre"), lambda one: one.flow.rank, "integer"),
)


def document(row: Financing, balance: finance.Balance, on: date) -> Document:
    """Return the statement as a tagged PDF, as it stands on a day."""
    blocks: list[Block] = [Paragraph(one) for one in _sentences(row, balance, on)]
    blocks += [Heading(_("Ce qui a été payé")), *_paid(statement(row))]
    if steps := plan(row, balance, on):
        blocks += [Heading(_("Échéancier")), _plan(steps)]
    return Document(
        title=f"{row.giver.name} → {row.receiver.name}",
        lang=(get_language() or "fr")[:2],
        blocks=blocks,
        sources=Sources(),
        kind=row.pole.actor.name,
        lede=str(row.get_kind_display()).capitalize(),
        footer=_("Relevé au %(day)s, d'après le livre du pôle") % {"day": date_format(on)},
        licence=_("Document réservé aux organisations concernées et à ceux à qui elles le remettent."),
    )


def _sentences(row: Financing, balance: finance.Balance, on: date) -> list[str]:
    found = [_("Depuis le %(day)s.") % {"day": date_format(row.since)}]
    if row.cents:
        found.append(_("Montant : %(amount)s.") % {"amount": Euro(row.cents)})
    if row.kind == Financing.Kind.ADVANCE:
        found.append(_("Reste dû : %(amount)s.") % {"amount": Euro(balance.owed)})
    if late := finance.late(row, balance, on):
        found.append(_("En retard : %(amount)s.") % {"amount": Euro(late)})
    if row.ended_on:
        words = _("Finie le %(day)s : %(why)s")
        found.append(words % {"day": date_format(row.ended_on), "why": row.end_reason})
    return found


def _paid(lines: Sequence[Paid]) -> list[Block]:
    if not lines:
        return [Paragraph(_("Aucun paiement n'est écrit."), soft=True)]
    headers = [_("Payé le"), _("Mouvement"), _("Montant"), _("Reste dû"), _("Ligne du livre")]
    rows: list[Row] = [
        [
            date_format(one.flow.on),
            f"{one.what} ({_('corrigée')})" if one.corrected else one.what,
            str(one.flow.euro),
            str(one.left) if one.left is not None else "",
            str(one.flow.rank),
        ]
        for one in lines
    ]
    return [
        Table(headers, rows, [3, 4, 3, 3, 2], caption=_("Les lignes du livre du pôle"), numeric=[2, 3, 4])
    ]


def _plan(steps: Sequence[Step]) -> Table:
    said = {"done": _("déjà rendu"), "late": _("en retard"), "to_come": _("à venir")}
    headers = [_("À rendre le"), _("Montant"), _("Ce qui manque"), _("État du remboursement")]
    rows: list[Row] = [
        [date_format(one.on), str(one.euro), str(one.missing), said[one.state]] for one in steps
    ]
    return Table(headers, rows, [3, 3, 3, 3], caption=_("Remboursements prévus"), numeric=[1, 2])
