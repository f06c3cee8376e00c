"""Statements of banks as files: CAMT.053 with pycamt, CSV as French banks write it, and what is refused."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terreau.billing import bank_csv, camt
from terreau.billing.statements import Held, Movement, fresh
from terreau.common.errors import DomainError
from tests.billing.camt_files import IBAN, balance, document, entry, statement

BOMB = "<!DOCTYPE l [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;'>]>"
FETCH = "<!DOCTYPE l [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"


def test_a_camt_statement_is_read_whole() -> None:
    data = document(
        statement(
            [
                entry(12_000, "2026-10-03", "Facture PF-00001", party="Cantine", ref="B1"),
                entry(-3_050, "2026-10-04", "Electricite", party="Fournisseur"),
            ],
            opening=100_000,
            closing=108_950,
        )
    )
    (sheet,) = camt.read(data)
    assert (sheet.iban, sheet.opening, sheet.closing, sheet.gap) == (IBAN, 100_000, 108_950, 0)
    first, second = sheet.movements
    assert (first.on, first.cents, first.party, first.label) == (
        date(2026, 10, 3), 12_000, "Cantine", "Facture PF-00001",
    )  # fmt: skip
    assert (first.bank_ref, first.reference, first.party_account) == ("B1", "", "•• 2606")
    assert second.cents == -3_050


@pytest.mark.parametrize(("version", "prefix"), [("08", ""), ("02", "ns2"), ("13", "")])
def test_versions_and_prefixes_of_names_change_nothing(version: str, prefix: str) -> None:
    data = document(statement([entry(500, "2026-10-03", "x")]), version=version, prefix=prefix)
    (sheet,) = camt.read(data)
    assert [one.cents for one in sheet.movements] == [500]


def test_a_negative_balance_and_a_balance_before_are_read() -> None:
    body = statement([entry(500, "2026-10-03")], closing=-99_500).replace("OPBD", "PRCD")
    body = body.replace(balance("PRCD", 0, "2026-10-01"), balance("PRCD", -100_000, "2026-10-01"))
    (sheet,) = camt.read(document(body))
    assert (sheet.opening, sheet.closing, sheet.gap) == (-100_000, -99_500, 0)


def test_one_transfer_of_several_is_cut_when_parts_add_up_and_kept_whole_else() -> None:
    def part(cents: int, words: str) -> str:
        return (
            f'<TxDtls><AmtDtls><InstdAmt><Amt Ccy="USD">9.99</Amt></InstdAmt><TxAmt><Amt Ccy="EUR">'
            f"{cents / 100:.2f}</Amt></TxAmt></AmtDtls><RmtInf><Ustrd>{words}</Ustrd></RmtInf></TxDtls>"
        )

    good = entry(3_000, "2026-10-03", details=part(1_000, "a") + part(2_000, "b"))
    bad = entry(3_000, "2026-10-04", details=part(1_000, "a") + part(1_500, "b"))
    (sheet,) = camt.read(document(statement([good, bad])))
    assert [(one.cents, one.label) for one in sheet.movements] == [(1_000, "a"), (2_000, "b"), (3_000, "")]


def test_what_is_announced_or_in_another_currency_is_told_and_left() -> None:
    rows = [entry(500, "2026-10-03", status="PDNG"), entry(600, "2026-10-03", currency="CHF")]
    (sheet,) = camt.read(document(statement([*rows, entry(700, "2026-10-03")])))
    assert [one.cents for one in sheet.movements] == [700]
    assert len(sheet.problems) == 2


@pytest.mark.parametrize("before", [BOMB, FETCH, "<!DOCTYPE l>"])
def test_a_document_type_is_refused(before: str) -> None:
    with pytest.raises(DomainError, match="type de document"):
        camt.read(document(statement([entry(500, "2026-10-03")]), before=before))


@pytest.mark.parametrize("data", [b"<a", b"<a/>", b"", document(), b"<?xml version='1.0'?><html/>"])
def test_what_is_no_statement_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(DomainError) as refused:
        camt.read(data)
    assert refused.value.code == "unreadable_statement"


CSV = (
    "Compte courant;30006 00001\r\nSolde au 31/10/2026;1 089,50\r\n\r\n"
    "Date opération;Date de valeur;Libellé;Débit;Crédit\r\n"
    "03/10/2026;03/10/2026;VIR CANTINE PF-00001;;1 200,00\r\n"
    "04/10/2026;05/10/2026;PRLV ELECTRICITE;-30,50;\r\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_the_csv_of_a_french_bank_is_read(encoding: str) -> None:
    sheet = bank_csv.read(CSV.encode(encoding))
    assert [(one.on, one.cents) for one in sheet.movements] == [
        (date(2026, 10, 3), 120_000),
        (date(2026, 10, 4), -3_050),
    ]
    assert sheet.movements[1].value_on == date(2026, 10, 5)
    assert sheet.gap is None


@pytest.mark.parametrize("turned", [False, True])
def test_balances_of_lines_are_checked_in_either_order(turned: bool) -> None:
    rows = ["01/10/26;a;10,00;110,00", "02/10/26;b;-5,00;105,00", "03/10/26;c;2,00;107,00"]
    rows = rows[::-1] if turned else rows
    sheet = bank_csv.read("\n".join(["Date;Libellé;Montant;Solde", *rows]).encode())
    assert (sheet.opening, sheet.closing, sheet.gap) == (10_000, 10_700, 0)


def test_a_line_missing_in_the_middle_shows_in_the_balance() -> None:
    rows = ["01/10/26;a;10,00;110,00", "03/10/26;c;2,00;107,00"]
    sheet = bank_csv.read("\n".join(["Date;Libellé;Montant;Solde", *rows]).encode())
    assert sheet.gap == -500


def test_columns_that_nobody_knows_are_asked_for_and_then_read() -> None:
    data = b"Quand;Quoi;Combien\n03/10/2026;Loyer;-500,00\n"
    with pytest.raises(DomainError) as refused:
        bank_csv.read(data)
    assert refused.value.code == "columns_unknown"
    assert bank_csv.mapping_of(data) == ["Quand", "Quoi", "Combien"]
    mapping = {"on": "Quand", "label": "Quoi", "amount": "Combien"}
    assert bank_csv.read(data, mapping).movements[0].cents == -50_000


def test_lines_that_cannot_be_read_are_told_with_their_number() -> None:
    sheet = bank_csv.read(b"Date;Libelle;Montant\n03/10/2026;a;10,00\n32/10/2026;b;1,00\n04/10/2026;c;x\n")
    assert [one.cents for one in sheet.movements] == [1_000]
    assert [one.split(" :")[0] for one in sheet.problems] == ["Ligne 3", "Ligne 4"]


DAYS = st.dates(min_value=date(2026, 10, 1), max_value=date(2026, 10, 4))
MOVES = st.lists(st.tuples(DAYS, st.sampled_from([100, 200, -100])), max_size=12)


@given(MOVES, MOVES)
def test_a_longer_statement_adds_what_the_shorter_one_lacks_and_nothing_else(
    first: list[tuple[date, int]], more: list[tuple[date, int]]
) -> None:
    """Whatever the order: what the longer file has beyond the shorter one is new, once."""
    short = [Movement(on=on, cents=cents, label="a") for on, cents in first]
    long = [Movement(on=on, cents=cents, label="other words") for on, cents in [*more, *first]]
    held = [Held(one.on, one.cents, "") for one in short]
    assert len(fresh(long, held)) == len(more)
    assert fresh(short, [Held(one.on, one.cents, "") for one in long]) == []


def test_names_given_by_the_bank_decide_when_there_are_some() -> None:
    day = date(2026, 10, 3)
    held = [Held(day, 500, "A")]
    assert fresh([Movement(on=day, cents=500, label="", bank_ref="A")], held) == []
    (new,) = fresh([Movement(on=day, cents=500, label="", bank_ref="B")], held)
    assert new.rank == 1
