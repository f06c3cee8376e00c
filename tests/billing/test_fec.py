"""The French accounting export: whole files read to the cent, bad ones told line by line."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terreau.billing import fec
from terreau.billing.fec import Problem

SALE = (
    "VE|Ventes|12|20260331|{account}|{name}|{party}|{called}|F2026-12|20260331|Facture 12|"
    "{debit}|{credit}|||20260401||"
)


def _row(account: str, debit: str, credit: str, party: str = "", called: str = "", **cells: str) -> str:
    text = SALE.format(account=account, name="Compte", party=party, called=called, debit=debit, credit=credit)
    values = dict(zip(fec.COLUMNS, text.split("|"), strict=True))
    return "|".join({**values, **cells}.values())


SOLD = _row("411000", "1200,00", "0,00", "CASSO", "Association L'Été")
TAX = _row("445710", "0,00", "200,00")
REVENUE = _row("706000", "", "1000")


def _file(*rows: str, columns: tuple[str, ...] = fec.COLUMNS, delimiter: str = "|") -> bytes:
    text = "\r\n".join(["|".join(columns), *rows]) + "\r\n"
    return text.replace("|", delimiter).encode()


@pytest.mark.parametrize("delimiter", ["|", "\t", ";"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "iso8859-15"])
def test_a_whole_file_is_read_to_the_cent(delimiter: str, encoding: str) -> None:
    data = _file(SOLD, TAX, REVENUE, delimiter=delimiter).decode().encode(encoding)
    found = fec.read(data)
    assert found.problems == []
    assert [(one.account, one.cents) for one in found.lines] == [
        ("411000", 120_000),
        ("445710", -20_000),
        ("706000", -100_000),
    ]
    assert (found.lines[0].party_name, found.lines[0].on) == ("Association L'Été", date(2026, 3, 31))


def test_an_amount_and_a_sense_say_the_same() -> None:
    def turned(row: str, sense: str) -> str:
        cells = row.split("|")
        cells[11:13] = [cells[11] if cells[11] not in {"", "0,00"} else cells[12], sense]
        return "|".join(cells)

    data = _file(turned(SOLD, "D"), turned(TAX, "C"), turned(REVENUE, "-1"), columns=fec.SENSED)
    assert [one.cents for one in fec.read(data).lines] == [120_000, -20_000, -100_000]
    bad = fec.read(_file(turned(SOLD, "X"), columns=fec.SENSED))
    assert bad.problems == [Problem("bad_sense", 2, "Sens", "X")]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (_row("706000", "", "1000.00"), Problem("bad_amount", 4, "Credit", "1000.00")),
        (_row("706000", "", "1 000,00"), Problem("bad_amount", 4, "Credit", "1 000,00")),
        (_row("706000", "", "1,000"), Problem("bad_amount", 4, "Credit", "1,000")),
        (_row("706000", "5,00", "5,00"), Problem("both_sides", 4, "Debit", "5,00")),
        (_row("706000", "", "1000", Idevise="USD"), Problem("currency", 4, "Idevise", "USD")),
        (_row("", "", "1000"), Problem("blank", 4, "CompteNum")),
        ("VE|Ventes|12|2026", Problem("cut", 4, "EcritureDate", "4")),
    ],
)
def test_what_is_wrong_is_told_where_it_is(row: str, problem: Problem) -> None:
    found = fec.read(_file(SOLD, TAX, row), first=date(2026, 1, 1), last=date(2026, 12, 31))
    assert problem in found.problems
    assert not found.whole


@pytest.mark.parametrize(
    ("on", "code"), [("31/03/2026", "bad_date"), ("20260231", "bad_date"), ("20250331", "other_year")]
)
def test_a_date_that_is_none_or_of_another_year(on: str, code: str) -> None:
    row = _row("706000", "", "1000", EcritureDate=on)
    found = fec.read(_file(SOLD, TAX, row), first=date(2026, 1, 1), last=date(2026, 12, 31))
    assert Problem(code, 4, "EcritureDate", on) in found.problems


def test_an_entry_that_does_not_balance_is_told_once() -> None:
    found = fec.read(_file(SOLD, TAX))
    assert found.problems == [Problem("unbalanced", 2, "EcritureNum", "VE 12 : 100000")]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "column_missing"),
        (b"\x00\x01\x02", "not_text"),
        (b"a;b;c\n1;2;3\n", "column_missing"),
        (_file(), "empty"),
        (_file(columns=(fec.COLUMNS[1], fec.COLUMNS[0], *fec.COLUMNS[2:])), "columns_moved"),
    ],
)
def test_what_is_no_such_file_says_so(data: bytes, code: str) -> None:
    found = fec.read(data)
    assert {one.code for one in found.problems} == {code}
    assert not found.lines


def test_problems_are_told_up_to_a_number_and_counted_beyond() -> None:
    found = fec.read(_file(*[_row("706000", "", "x")] * (fec.MOST_PROBLEMS + 20)))
    assert len(found.problems) == fec.MOST_PROBLEMS
    assert found.untold == 20


def test_the_name_of_a_file_says_whose_it_is_and_of_when() -> None:
    assert fec.named("123456789FEC20261231.txt") == ("123456789", date(2026, 12, 31))
    assert fec.named("123456789fec20261331.txt") is None
    assert fec.named("grand-livre.csv") is None


@given(st.lists(st.integers(-(10**11), 10**11), min_size=1, max_size=20))
def test_any_amount_comes_back(amounts: list[int]) -> None:
    def said(cents: int) -> str:
        return f"{'-' if cents < 0 else ''}{abs(cents) // 100},{abs(cents) % 100:02d}"

    rows = [_row("706000", said(one), "") for one in amounts]
    found = fec.read(_file(*rows, _row("580000", "", said(sum(amounts)))))
    assert [one.cents for one in found.lines[:-1]] == amounts
    assert found.problems == []


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    found = fec.read(_file(SOLD, TAX, REVENUE)[:-30] + data)
    assert found.problems or found.lines
