"""Invoices: drafted, issued, never changed, cancelled or credited; what is left of them."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from terreau.billing import actions, read, settling
from terreau.billing.models import Invoice, InvoiceLine, Settlement
from terreau.billing.rules import Line, Vat
from terreau.common.errors import DomainError, StaleWriteError
from terreau.flows.models import Flow
from terreau.journal.models import Event
from terreau.poles.composition import add_carrier
from tests.billing.conftest import VAT20, Desk, make
from tests.two_connections import at_once


def test_a_draft_has_a_number_in_its_pole_and_owes_nothing(desk: Desk) -> None:
    first, second = desk.draft(), desk.draft()
    assert (first.number, second.number) == (1, 2)
    assert (first.net_cents, first.vat_cents, first.gross_cents) == (10_000, 2_000, 12_000)
    assert first.due == first.on + timedelta(days=30)
    assert read.open_invoices(desk.pole, on=desk.today) == []
    assert Event.objects.filter(verb="invoice.drafted").count() == 2


def test_the_same_origin_is_written_once_until_it_is_cancelled(desk: Desk) -> None:
    first = desk.draft(origin="fee:a:2026")
    with pytest.raises(DomainError) as refused:
        desk.draft(origin="fee:a:2026")
    assert refused.value.status == 409
    actions.cancel(first, reason="Barème revu", by=desk.animator)
    assert desk.draft(origin="fee:a:2026").number == 2


def test_what_is_wrong_in_lines_is_told_whole(desk: Desk) -> None:
    with pytest.raises(DomainError) as refused:
        desk.draft(Line("", -5), Line("Sans raison", 100, vat=Vat(code="E")))
    codes = [one["code"] for one in refused.value.facts["problems"]]
    assert codes == ["no_label", "amount", "no_why"]


def test_an_issued_invoice_is_frozen_by_the_database(desk: Desk) -> None:
    invoice = desk.issued()
    with pytest.raises(IntegrityError), transaction.atomic():
        Invoice.objects.filter(pk=invoice.pk).update(label="autre")
    with pytest.raises(IntegrityError), transaction.atomic():
        InvoiceLine.objects.filter(invoice=invoice).update(net_cents=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        InvoiceLine.objects.filter(invoice=invoice).delete()
    Invoice.objects.filter(pk=invoice.pk).update(legal_number="2026-001")
    with pytest.raises(DomainError):
        actions.issue(invoice, by=desk.animator)


def test_a_draft_is_rewritten_by_who_saw_it_last(desk: Desk) -> None:
    row = desk.draft()
    values = {"on": row.on, "due": None, "label": "Salles", "by": desk.animator}
    done = actions.rewrite(row, seen=1, lines=[Line("A", 100), Line("B", 250, 2000)], **values)  # type: ignore[arg-type]
    assert (done.gross_cents, done.lines.count(), done.due) == (600, 2, None)
    with pytest.raises(StaleWriteError):
        actions.rewrite(row, seen=1, lines=[Line("C", 100)], **values)  # type: ignore[arg-type]


def test_a_payment_to_the_pole_is_a_line_of_its_ledger(desk: Desk) -> None:
    invoice = desk.issued()
    made = settling.settle(invoice, 5_000, on=desk.today, how="bank", by=desk.animator)
    flow = Flow.objects.get()
    assert made.flow == flow
    assert (flow.giver, flow.receiver, flow.cents) == (desk.canteen, desk.pole.actor, 5_000)
    assert read.left(invoice) == 7_000
    (row,) = read.open_invoices(desk.pole, on=desk.today + timedelta(days=25))
    assert (row.left_cents, row.late_days) == (7_000, 5)
    with pytest.raises(DomainError, match="moins que cela"):
        settling.settle(invoice, 7_001, on=desk.today, how="bank", by=desk.animator)


def test_a_payment_is_undone_once_and_its_line_with_it(desk: Desk) -> None:
    invoice = desk.issued()
    made = settling.settle(invoice, 12_000, on=desk.today, how="cheque", by=desk.animator)
    settling.undo(made, reason="Chèque sans provision", by=desk.animator)
    assert read.left(invoice) == 12_000
    assert sum(Flow.objects.values_list("cents", flat=True)) == 0
    with pytest.raises(DomainError):
        settling.undo(made, reason="Encore", by=desk.animator)
    with pytest.raises(IntegrityError), transaction.atomic():
        Settlement.objects.filter(pk=made.pk).delete()


def test_what_pays_nothing_writes_no_line(desk: Desk) -> None:
    settling.settle(desk.issued(), 12_000, on=desk.today, how="given_up", by=desk.animator)
    assert not Flow.objects.exists()
    assert read.open_invoices(desk.pole, on=desk.today) == []


def test_what_is_netted_with_the_pole_is_in_its_accounts(desk: Desk) -> None:
    """A fee that is paid by what the pole no longer owes is a fee received, and a service paid."""
    owed = desk.issued()
    made = settling.settle(owed, 12_000, on=desk.today, how="netting", by=desk.animator)
    flow = Flow.objects.get()
    assert (flow.giver, flow.receiver_id, flow.cents) == (owed.buyer, desk.pole.pk, 12_000)
    settling.undo(made, reason="Défaite ensemble", by=desk.animator)
    assert sum(row.cents or 0 for row in Flow.objects.all()) == 0


def test_members_who_pay_one_another_write_nothing_but_the_carrier_stands_for_the_pole(desk: Desk) -> None:
    trade = desk.issued(kind="trade", seller=desk.mill)
    settling.settle(trade, 12_000, on=desk.today, how="bank", by=desk.animator)
    between = desk.issued(seller=desk.mill)
    settling.settle(between, 6_000, on=desk.today, how="bank", by=desk.animator)
    assert not Flow.objects.exists()
    add_carrier(desk.pole, desk.mill, by=desk.animator)
    settling.settle(between, 6_000, on=desk.today, how="bank", by=desk.animator)
    assert Flow.objects.get().receiver == desk.mill


def test_a_credit_note_settles_and_what_was_paid_is_owed_back(desk: Desk) -> None:
    invoice = desk.issued(Line("Salle", 10_000, vat=VAT20), Line("Don", 5_000, vat=Vat(why="Hors champ")))
    settling.settle(invoice, 10_000, on=desk.today, how="bank", by=desk.animator)
    note = actions.credit(invoice, cents=8_500, reason="Salle fermée", by=desk.animator)
    assert note.gross_cents == -8_500
    assert {row.vat_rate: row.net_cents + row.vat_cents for row in note.lines.all()} == {
        2000: -6_000,
        0: -2_500,
    }
    assert read.left(invoice) == 0
    assert read.left(note) == -1_500
    assert read.open_invoices(desk.pole, on=desk.today) == []
    (back,) = read.open_invoices(desk.pole, on=desk.today, notes=True)
    assert (back.invoice, back.left_cents) == (note, -1_500)
    settling.settle(note, 1_500, on=desk.today, how="bank", by=desk.animator)
    assert Flow.objects.order_by("rank").last().receiver == desk.canteen  # type: ignore[union-attr]
    with pytest.raises(DomainError):
        actions.credit(invoice, cents=8_501, reason="Trop", by=desk.animator)


def test_a_cancelled_credit_note_gives_back_what_it_settled(desk: Desk) -> None:
    invoice = desk.issued()
    note = actions.credit(invoice, reason="Erreur", by=desk.animator)
    assert read.left(invoice) == 0
    with pytest.raises(DomainError):
        actions.cancel(invoice, reason="Non", by=desk.animator)
    actions.cancel(note, reason="Avoir fait par erreur", by=desk.animator)
    assert read.left(invoice) == 12_000
    actions.cancel(invoice, reason="Doublon", by=desk.animator)
    assert read.open_invoices(desk.pole, on=desk.today) == []


def test_a_paid_invoice_is_not_cancelled(desk: Desk) -> None:
    invoice = desk.issued()
    settling.settle(invoice, 1, on=desk.today, how="cash", by=desk.animator)
    with pytest.raises(DomainError) as refused:
        actions.cancel(invoice, reason="Doublon", by=desk.animator)
    assert refused.value.status == 409


def test_a_legal_number_is_of_one_invoice_of_a_seller(desk: Desk) -> None:
    first, second = desk.issued(), desk.issued()
    assert actions.number_legally(first, " F-2026-12 ", seen=2, by=desk.animator).name == "F-2026-12"
    with pytest.raises(DomainError) as refused:
        actions.number_legally(second, "F-2026-12", seen=2, by=desk.animator)
    assert refused.value.code == "number_taken"
    with pytest.raises(StaleWriteError):
        actions.number_legally(first, "F-2026-13", seen=2, by=desk.animator)


def test_open_invoices_are_one_query_whatever_the_rows(desk: Desk, django_assert_num_queries: object) -> None:
    for _ in range(6):
        desk.issued()
    with django_assert_num_queries(1):  # type: ignore[operator]
        rows = read.open_invoices(desk.pole, on=desk.today, kinds=["service"])
        assert [row.invoice.buyer.name for row in rows] == ["Cantine"] * 6


@pytest.mark.django_db(transaction=True)
def test_two_receipts_of_one_invoice_at_once_count_once() -> None:
    desk = make()
    invoice = desk.issued()

    def pay() -> Settlement:
        return settling.settle(invoice, 12_000, on=desk.today, how="bank", by=desk.animator)

    results = at_once(pay, pay)
    assert sorted(type(one).__name__ for one in results) == ["DomainError", "Settlement"]
    assert Flow.objects.count() == Settlement.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_invoices_at_once_have_two_numbers() -> None:
    desk = make()
    results = at_once(desk.draft, desk.draft)
    assert sorted(one.number for one in results) == [1, 2]
