"""Statements kept, lines paid by a person, undone, written in the ledger or set aside; twice at once too."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from terreau.billing import actions, banking, clearing, read, settling
from terreau.billing.models import BankAccount, BankLine, BankStatement, BankUse, Settlement
from terreau.billing.rules import Line
from terreau.common.errors import DomainError
from terreau.flows import actions as flows
from terreau.flows.models import Flow
from tests.billing.camt_files import IBAN, OTHER_IBAN, document, entry, statement
from tests.billing.conftest import Desk, make
from tests.two_connections import at_once

DAY = "2026-10-03"


def account_of(desk: Desk, iban: str = IBAN) -> BankAccount:
    return banking.open_account(
        desk.pole, holder=desk.pole.actor, name="Courant", iban=iban, by=desk.animator
    )


def brought(desk: Desk, *entries: str, account: BankAccount | None = None, closing: int = 0) -> BankAccount:
    """Follow an account and read a file in it."""
    account = account or account_of(desk)
    banking.bring(account, document(statement(entries, closing=closing)), name="r.xml", by=desk.animator)
    return account


def lines_of(desk: Desk) -> list[BankLine]:
    return list(clearing.unmatched(desk.pole))


def test_a_wrong_account_number_is_refused(desk: Desk) -> None:
    for wrong in ("FR7630006000011234567890188", "FR76", "0" * 20, "ÉÉ7630006000011234567890189"):
        with pytest.raises(DomainError, match="IBAN"):
            account_of(desk, wrong)


def test_the_same_file_is_read_once_and_overlaps_are_known(desk: Desk) -> None:
    account = brought(desk, entry(500, DAY), entry(500, DAY), closing=1_000)
    with pytest.raises(DomainError) as refused:
        brought(desk, entry(500, DAY), entry(500, DAY), account=account, closing=1_000)
    assert refused.value.code == "already_read"
    brought(desk, entry(500, DAY), entry(500, DAY), entry(700, "2026-10-05"), account=account, closing=1_700)
    assert sorted(BankLine.objects.values_list("cents", flat=True)) == [500, 500, 700]
    assert [row.added for row in BankStatement.objects.order_by("at")] == [2, 1]
    assert {row.gap_cents for row in BankStatement.objects.all()} == {0}


def test_a_csv_knows_the_lines_that_a_camt_gave(desk: Desk) -> None:
    account = brought(desk, entry(50_000, DAY, "VIR A", ref="B1"), closing=50_000)
    data = "Date;Libellé;Montant\n03/10/2026;VIREMENT A;500,00\n06/10/2026;B;1,00\n".encode()
    (row,) = banking.bring(account, data, name="r.csv", by=desk.animator).statements
    assert (row.read, row.added) == (2, 1)


def test_columns_named_once_are_remembered(desk: Desk) -> None:
    account = account_of(desk)
    mapping = {"on": "Quand", "label": "Quoi", "amount": "Combien"}
    first, second = (f"Quand;Quoi;Combien\n{day}/10/2026;x;1,00\n".encode() for day in ("01", "02"))
    banking.bring(account, first, name="a.csv", by=desk.animator, mapping=mapping)
    account.refresh_from_db()
    assert banking.bring(account, second, name="b.csv", by=desk.animator).statements[0].added == 1


def test_a_statement_of_another_account_is_refused_and_one_without_a_number_learns_it(desk: Desk) -> None:
    account = account_of(desk)
    other = document(statement([entry(1, DAY)], iban=OTHER_IBAN))
    with pytest.raises(DomainError) as refused:
        banking.bring(account, other, name="r.xml", by=desk.animator)
    assert refused.value.code == "another_account"
    assert OTHER_IBAN not in str(refused.value.message)
    new = banking.open_account(desk.pole, holder=desk.mill, name="Livret", by=desk.animator)
    banking.bring(new, other, name="r.xml", by=desk.animator)
    new.refresh_from_db()
    assert new.iban == OTHER_IBAN


def test_a_file_of_two_accounts_reads_those_that_are_followed(desk: Desk) -> None:
    account = account_of(desk)
    data = document(statement([entry(1, DAY)]), statement([entry(2, DAY)], iban=OTHER_IBAN))
    brought = banking.bring(account, data, name="r.xml", by=desk.animator)
    assert len(brought.statements) == 1
    assert "2606" in brought.problems[0]
    second = banking.open_account(
        desk.pole, holder=desk.pole.actor, name="Livret", iban=OTHER_IBAN, by=desk.animator
    )
    (row,) = banking.bring(second, data, name="r.xml", by=desk.animator).statements
    assert row.account == second


def test_days_without_a_statement_are_told(desk: Desk) -> None:
    account = brought(desk, entry(500, "2026-10-01"), closing=500)
    later = statement([entry(100, "2026-12-01")], opening=900, closing=1_000)
    banking.bring(account, document(later), name="b.xml", by=desk.animator)
    (hole,) = banking.holes(list(BankStatement.objects.all()))
    assert (hole.after, hole.before, hole.cents) == (date(2026, 10, 1), date(2026, 12, 1), 400)


def test_a_line_pays_several_invoices_and_an_invoice_several_lines(desk: Desk) -> None:
    first, second = desk.issued(Line("A", 5_000)), desk.issued(Line("B", 9_000))
    brought(desk, entry(10_000, DAY, "PF-00001 PF-00002"), entry(4_000, "2026-10-04", "solde PF-00002"))
    line, more = lines_of(desk)
    clearing.accept(line, [(first, 5_000), (second, 5_000)], by=desk.animator)
    clearing.accept(more, [(second, 4_000)], by=desk.animator)
    assert lines_of(desk) == []
    assert (read.left(first), read.left(second)) == (0, 0)
    assert Flow.objects.count() == 3
    assert {flow.status for flow in Flow.objects.all()} == {"justifie"}
    with pytest.raises(DomainError, match="Il reste moins"):
        clearing.accept(line, [(first, 1)], by=desk.animator)


def test_a_match_undone_gives_both_back(desk: Desk) -> None:
    invoice = desk.issued(Line("A", 5_000))
    brought(desk, entry(5_000, DAY))
    (line,) = lines_of(desk)
    (made,) = clearing.accept(line, [(invoice, 5_000)], by=desk.animator)
    settling.undo(made, reason="Mauvaise facture", by=desk.animator)
    assert (read.left(invoice), clearing.left(line)) == (5_000, 5_000)
    clearing.accept(line, [(invoice, 5_000)], by=desk.animator)
    assert read.left(invoice) == 0


def test_all_or_nothing(desk: Desk) -> None:
    invoice, other = desk.issued(Line("A", 5_000)), desk.issued(Line("B", 1_000))
    brought(desk, entry(9_000, DAY))
    (line,) = lines_of(desk)
    with pytest.raises(DomainError):
        clearing.accept(line, [(invoice, 5_000), (other, 2_000)], by=desk.animator)
    assert not Settlement.objects.exists()
    assert not Flow.objects.exists()


def test_money_that_goes_out_pays_what_the_pole_bought_and_credit_notes(desk: Desk) -> None:
    bought = desk.issued(Line("Pain", 3_000), seller=desk.canteen, buyer=desk.pole.actor)
    sold = desk.issued(Line("Salle", 3_000))
    brought(desk, entry(-3_000, DAY, "pain"), entry(-1_000, "2026-10-04", "remboursement"))
    out, back = lines_of(desk)
    with pytest.raises(DomainError) as refused:
        clearing.accept(out, [(sold, 3_000)], by=desk.animator)
    assert refused.value.code == "wrong_way"
    clearing.accept(out, [(bought, 3_000)], by=desk.animator)
    settling.settle(sold, 3_000, on=desk.today, how="cash", by=desk.animator)
    note = actions.credit(sold, cents=1_000, reason="Salle froide", by=desk.animator)
    found = clearing.proposals(desk.pole, lines_of(desk), on=desk.today)
    assert [row for row, _cents in found[back.pk][0].parts] == [note]
    clearing.accept(back, [(note, 1_000)], by=desk.animator)
    assert read.left(note) == 0


def test_what_is_left_is_written_in_the_ledger_or_set_aside_and_undone(desk: Desk) -> None:
    brought(desk, entry(-3_000, DAY, "Assurance"), entry(2_000, "2026-10-04", "Virement interne"))
    fees, inner = lines_of(desk)
    use = clearing.to_ledger(fees, other=desk.mill, label="Assurance", by=desk.animator)
    assert use.flow is not None
    assert (use.flow.giver, use.flow.receiver, use.flow.cents) == (desk.pole.actor, desk.mill, 3_000)
    clearing.set_aside(inner, why="Entre deux comptes du pôle", by=desk.animator)
    assert lines_of(desk) == []
    clearing.undo(use, reason="Mauvais tiers", by=desk.animator)
    assert clearing.left(fees) == 3_000
    assert sum(row.cents or 0 for row in Flow.objects.all()) == 0
    with pytest.raises(DomainError):
        clearing.undo(use, reason="Encore", by=desk.animator)
    with pytest.raises(IntegrityError), transaction.atomic():
        BankUse.objects.all().delete()


def test_a_closed_period_says_so_and_takes_another_day(desk: Desk) -> None:
    invoice = desk.issued(Line("A", 5_000))
    brought(desk, entry(5_000, DAY))
    flows.close(desk.pole.actor, date(2026, 10, 31), by=desk.animator)
    (line,) = lines_of(desk)
    with pytest.raises(DomainError, match="close") as refused:
        clearing.accept(line, [(invoice, 5_000)], by=desk.animator)
    assert refused.value.facts["field"] == "on"
    clearing.accept(line, [(invoice, 5_000)], by=desk.animator, on=desk.today)
    assert read.left(invoice) == 0


def test_proposals_are_one_query_whatever_the_lines(
    desk: Desk, django_assert_max_num_queries: object
) -> None:
    for _ in range(4):
        desk.issued()
    brought(desk, *[entry(100 * i, DAY, "PF-00002", party="Cantine") for i in range(1, 9)])
    rows = lines_of(desk)
    with django_assert_max_num_queries(2):  # type: ignore[operator]
        found = clearing.proposals(desk.pole, rows, on=desk.today)
    assert all(found[row.pk] for row in rows)


@pytest.mark.django_db(transaction=True)
def test_the_same_statement_twice_at_once_is_read_once() -> None:
    desk = make()
    account = account_of(desk)
    data = document(statement([entry(500, DAY), entry(-200, DAY)]))

    def bring() -> object:
        return banking.bring(account, data, name="r.xml", by=desk.animator)

    results = at_once(bring, bring)
    assert sorted(type(one).__name__ for one in results) == ["Brought", "DomainError"]
    assert BankLine.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_line_given_to_two_invoices_at_once_pays_once() -> None:
    desk = make()
    first, second = desk.issued(Line("A", 5_000)), desk.issued(Line("B", 5_000))
    brought(desk, entry(5_000, DAY))
    (line,) = lines_of(desk)
    results = at_once(
        lambda: clearing.accept(line, [(first, 5_000)], by=desk.animator),
        lambda: clearing.accept(line, [(second, 5_000)], by=desk.animator),
    )
    assert sorted(type(one).__name__ for one in results) == ["DomainError", "list"]
    assert clearing.left(line) == 0
