"""What is matched, what differs and why, what it sums to: cases, and what holds for any exchanges."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terreau.flows import rules as flows
from terreau.trade import attribution, rules
from terreau.trade.rules import Told

DAY = date(2026, 3, 10)
_ACTORS = "abcde"


def told(
    cents: int = 12_000, number: str = "", after: int = 0, net: int | None = None, why: str = ""
) -> Told:
    return Told(DAY + timedelta(days=after), cents, number, net, why)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("FA-2026-0012", "fa 2026 12", True),
        ("FA-2026-0012", "2026/12", True),
        ("FA-2026-0012", "FA-2026-0013", False),
        ("12", "F12", False),
        ("", "", False),
    ],
)
def test_numbers_are_the_same_however_they_are_written(one: str, other: str, same: bool) -> None:
    assert rules.same_number(one, other) is same
    assert rules.same_number(other, one) is same


@pytest.mark.parametrize(
    ("seller", "buyer", "causes"),
    [
        (told(), told(), []),
        (told(12_000), told(12_002), []),
        (told(12_000), told(12_003), ["unknown"]),
        (told(12_000), told(10_000), ["tax"]),
        (told(12_000, net=11_000), told(11_000), ["tax"]),
        (told(12_000), told(120_000), ["decimal_mark"]),
        (told(12_300), told(13_200), ["turned_digits"]),
        (told(12_300), told(-12_300), ["sign"]),
        (told(12_600), told(6_300), ["part"]),
        (told(number="FA-100"), told(number="FA-200"), ["number"]),
        (told(), told(after=40), ["late"]),
        (told(why="met"), told(why="before"), ["why"]),
        (told(why="met"), told(), []),
    ],
)
def test_a_difference_says_its_likely_cause(seller: Told, buyer: Told, causes: list[str]) -> None:
    assert [one.cause for one in rules.differences(seller, buyer)] == causes


def test_a_day_of_another_year_is_a_difference_even_when_near() -> None:
    seller, buyer = Told(date(2025, 12, 31), 100), Told(date(2026, 1, 2), 100)
    assert [one.cause for one in rules.differences(seller, buyer)] == ["other_year"]


def test_only_the_reason_can_be_agreed_later() -> None:
    assert rules.state_of(told(why="met"), told(why="before")) == rules.AGREED
    assert rules.state_of(told(12_000), told(15_500)) == rules.DIFFERS
    assert rules.state_of(told(), None) == rules.WAITING


def test_invoices_are_matched_by_number_first_then_by_amount_and_day() -> None:
    sellers = {"s1": told(100, "A-101"), "s2": told(100, "A-102", after=20), "s3": told(500)}
    buyers = {"b1": told(100, "A-102", after=21), "b2": told(90, "A-101"), "b3": told(500, after=9)}
    assert dict(rules.match(sellers, buyers)) == {"s1": "b2", "s2": "b1", "s3": "b3"}


def test_two_numbers_are_two_invoices_unless_day_and_amount_say_otherwise() -> None:
    assert rules.match({"s": told(100, "A-101")}, {"b": told(100, "A-201", after=5)}) == []
    assert rules.match({"s": told(100, "A-101")}, {"b": told(100, "A-201")}) == [("s", "b")]


def test_a_number_of_the_buyers_own_books_says_nothing_when_it_differs() -> None:
    mine = Told(DAY + timedelta(days=4), 100, "ACH-9", loose=True)
    assert rules.match({"s": told(100, "A-101")}, {"b": mine}) == [("s", "b")]
    assert rules.differences(told(100, "A-101"), mine) == []


_told = st.builds(
    told,
    cents=st.integers(-500, 500).filter(bool),
    number=st.sampled_from(["", "A-101", "A-102", "A-103"]),
    after=st.integers(0, 60),
)


@given(st.lists(_told, max_size=6), st.lists(_told, max_size=6))
def test_each_saying_is_matched_once_at_most(sellers: list[Told], buyers: list[Told]) -> None:
    pairs = rules.match(dict(enumerate(sellers)), dict(enumerate(buyers)))
    assert len({one for one, _ in pairs}) == len({other for _, other in pairs}) == len(pairs)
    assert all(rules.likeness(sellers[one], buyers[other]) is not None for one, other in pairs)


@given(_told, _told)
def test_differences_do_not_depend_on_who_reads_them(one: Told, other: Told) -> None:
    here = {found.field: found.cause for found in rules.differences(one, other)}
    there = {found.field: found.cause for found in rules.differences(other, one)}
    assert here == there


_lines = st.lists(
    st.builds(
        rules.Line,
        seller=st.sampled_from(_ACTORS),
        buyer=st.sampled_from(_ACTORS),
        cents=st.integers(-10_000, 10_000).filter(bool),
        why=st.sampled_from(["", *attribution.load()]),
    ).filter(lambda line: line.seller != line.buyer),
    max_size=30,
)


@given(_lines)
def test_the_matrix_balances_with_the_totals_of_both_parties(lines: list[rules.Line]) -> None:
    due = {code: one.due for code, one in attribution.load().items()}
    cells, told_ = rules.matrix(lines), rules.statements(lines, due)
    moved = [flows.Movement(one.buyer, one.seller, "cash", "", one.cents, None) for one in lines]  # type: ignore[arg-type]
    book = flows.statements(moved)
    for actor in _ACTORS:
        mine = told_.get(actor, rules.Statement())
        assert mine.sold.cents == sum(cents for (seller, _), cents in cells.items() if seller == actor)
        assert mine.bought.cents == sum(cents for (_, buyer), cents in cells.items() if buyer == actor)
        for volume in (mine.sold, mine.bought):
            assert volume.cents == volume.due + volume.other + volume.unsaid
        if actor in book:
            kind = ("cash", "")
            assert book[actor].net_cents(kind) == mine.sold.cents - mine.bought.cents  # type: ignore[index]
    assert sum(one.sold.cents for one in told_.values()) == sum(one.bought.cents for one in told_.values())


@given(*(st.integers(0, 10_000),) * 4)
def test_shares_kept_near_are_between_zero_and_one(a: int, b: int, c: int, d: int) -> None:
    found = rules.kept(rules.Spent(a, b, c, d))
    if a + b + c + d == 0:
        assert found.pole is None
        return
    assert found.pole is not None
    assert found.least is not None
    assert found.most is not None
    assert 0 <= found.pole <= found.least <= found.most <= 1


def test_a_file_that_says_an_invoice_twice_is_told() -> None:
    rows = [
        ("a", "seller", told(1, "F-1")),
        ("a", "seller", told(1, "F-01")),
        ("b", "seller", told(1, "F-1")),
    ]
    assert rules.duplicates(rows) == [1]


def test_reasons_are_data() -> None:
    assert attribution.due("met") is True
    assert attribution.due("before") is False
    assert attribution.due("") is None
    assert attribution.borne_out("catalogue", ["catalogue"]) is True
    assert attribution.borne_out("catalogue", []) is False
    assert attribution.borne_out("met", []) is None
