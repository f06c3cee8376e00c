"""The statement of a netting for the accountant of one organisation, as a page and as a PDF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from terreau.actors.models import Actor
from terreau.billing.models import Invoice
from terreau.common.money import Euro
from terreau.design.export_columns import Column
from terreau.design.pdf import Block, Bullets, Cell, Document, Heading, Paragraph, Row, Sources, Table
from terreau.netting import accounting, proposal, read
from terreau.netting.models import Line, Round
from terreau.netting.proposal import Gain


@dataclass(frozen=True, slots=True)
class Entry:
    """An invoice of the organisation: with whom, bought or sold, what is cancelled of it, its account."""

    invoice: Invoice
    other: Actor
    bought: bool
    before: Euro
    cleared: Euro
    after: Euro
    account: str

    @property
    def debit(self) -> Euro | None:
        """What is written on the left: a supplier that is owed less."""
        return self.cleared if self.bought else None

    @property
    def credit(self) -> Euro | None:
        """What is written on the right: a customer that owes less."""
        return None if self.bought else self.cleared


@dataclass(frozen=True, slots=True)
class Statement:
    """What one organisation hands to its accountant. ``gain``: over all the invoices that were looked at."""

    round: Round
    actor: Actor
    entries: tuple[Entry, ...]
    gain: Gain

    @property
    def total(self) -> Euro:
        """What is cancelled of what it owes; as much is cancelled of what it is owed."""
        return Euro(self.gain.cleared)

    @property
    def words(self) -> str:
        """What it changes for the organisation, in a sentence."""
        return in_words(self.gain, done=self.round.settled_on is not None)

    @property
    def state(self) -> str:
        """Where the netting stands, in a sentence: a statement of what is not settled is only a project."""
        row = self.round
        if row.state == Round.State.SETTLED and row.settled_on:
            return _("Réglée le %(day)s.") % {"day": date_format(row.settled_on)}
        if row.state == Round.State.UNDONE:
            words = _("Annulée après règlement : les factures sont dues comme avant. Motif : %(why)s")
            return words % {"why": row.why_said}
        if row.state == Round.State.PROPOSED:
            return _("Projet : rien n'est réglé tant que chaque organisation n'a pas accepté.")
        return _("Sans effet : cette proposition n'a pas été réglée.")


def statement(row: Round, actor: Actor, found: Sequence[Line]) -> Statement:
    """Return the statement of an actor over the lines of a proposal: no query."""
    accounts = accounting.content()
    mine = [one for one in found if actor.pk in {one.debtor_id, one.creditor_id}]
    entries = tuple(
        Entry(
            invoice=one.invoice,
            other=one.creditor if bought else one.debtor,
            bought=bought,
            before=Euro(one.before_cents),
            cleared=Euro(one.before_cents - one.after_cents),
            after=Euro(one.after_cents),
            account=(accounts.bought if bought else accounts.sold).code,
        )
        for one in mine
        if one.before_cents > one.after_cents
        for bought in (one.debtor_id == actor.pk,)
    )
    return Statement(row, actor, entries, proposal.gain(read.cuts(found), actor.pk))


def _side(one: Entry) -> str:
    return _("facture reçue") if one.bought else _("facture émise")


COLUMNS = (
    Column(gettext_lazy("Numéro de facture"), lambda one: one.invoice.name),
    Column(gettext_lazy("Datée du"), lambda one: one.invoice.on, "date"),
    Column(gettext_lazy("Reçue ou émise"), _side),
    Column(gettext_lazy("Autre organisation"), lambda one: one.other.name),
    Column(gettext_lazy("Reste dû avant en euros"), lambda one: one.before, "number"),
    Column(gettext_lazy("Compensé en euros"), lambda one: one.cleared, "number"),
    Column(gettext_lazy("Reste dû après en euros"), lambda one: one.after, "number"),
    Column(gettext_lazy("Compte à vérifier"), lambda one: one.account),
    Column(gettext_lazy("Débit en euros"), lambda one: one.debit, "number"),
    Column(gettext_lazy("Crédit en euros"), lambda one: one.credit, "number"),
)


def document(found: Statement, *, footer: str) -> Document:
    """Return the statement as a tagged PDF; a settled one is the same bytes each time."""
    row = found.round
    blocks: list[Block] = [Paragraph(found.state), Paragraph(found.words)]
    blocks += [Heading(_("Factures compensées")), _invoices(found)]
    blocks += [Heading(_("Écriture proposée, à vérifier")), _postings(found)]
    blocks += [Paragraph(_("Débits et crédits sont égaux : la compensation ne change pas votre position."))]
    blocks += [Heading(_("À vérifier")), Bullets([Cell(one.text) for one in accounting.content().notes])]
    made = row.ended_at or row.made_at
    return Document(
        title=_("Relevé de compensation n° %(number)d") % {"number": row.number},
        lang=(get_language() or "fr")[:2],
        blocks=blocks,
        sources=Sources(),
        kind=row.pole.actor.name,
        lede=found.actor.name,
        footer=footer,
        licence=_("Document réservé à cette organisation et à ceux à qui elle le remet."),
        wide=True,
        made=int(made.timestamp()),
    )


def in_words(gain: Gain, *, done: bool = False) -> str:
    """Return what a netting changes, or changed, as one says it to somebody."""
    words = (
        _(
            "Vous deviez %(owes)s, il restait %(will_owe)s. "
            "On vous devait %(owed)s, il restait %(will_be_owed)s."
        )
        if done
        else _(
            "Vous devez %(owes)s, il restera %(will_owe)s. "
            "On vous doit %(owed)s, il restera %(will_be_owed)s."
        )
    )
    return words % {
        "owes": Euro(gain.owes),
        "will_owe": Euro(gain.will_owe),
        "owed": Euro(gain.owed),
        "will_be_owed": Euro(gain.will_be_owed),
    }


def _invoices(found: Statement) -> Table:
    headers = [
        _("Facture"),
        _("Datée du"),
        _("Reçue ou émise"),
        _("Autre organisation"),
        _("Avant"),
        _("Compensé"),
        _("Après"),
    ]
    rows: list[Row] = [
        [
            one.invoice.name,
            date_format(one.invoice.on, "j F Y"),
            _side(one),
            one.other.name,
            *(str(amount) for amount in (one.before, one.cleared, one.after)),
        ]
        for one in found.entries
    ]
    caption = _("Ce qui restait dû, ce qui est compensé, ce qui reste dû")
    return Table(headers, rows, [3, 3, 3, 5, 3, 3, 3], caption=caption, numeric=[4, 5, 6])


def _postings(found: Statement) -> Table:
    headers = [_("Compte"), _("Autre organisation"), _("Facture"), _("Débit"), _("Crédit")]
    rows: list[Row] = [
        [
            f"{one.account} {_account(one)}",
            one.other.name,
            one.invoice.name,
            str(one.debit) if one.debit else "",
            str(one.credit) if one.credit else "",
        ]
        for one in found.entries
    ]
    total = str(found.total)
    rows.append(
        [Cell(_("Ensemble"), strong=True), "", "", Cell(total, strong=True), Cell(total, strong=True)]
    )
    caption = _("Comptes de tiers proposés, à vérifier par votre comptable")
    return Table(headers, rows, [4, 5, 3, 3, 3], caption=caption, numeric=[3, 4])


def _account(one: Entry) -> str:
    accounts = accounting.content()
    return (accounts.bought if one.bought else accounts.sold).text
