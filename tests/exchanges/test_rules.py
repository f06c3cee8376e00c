"""Shares, prices and skills, exact."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terreau.common.money import Euro
from terreau.exchanges import rules
from terreau.exchanges.rules import Offer, Part, Taken

THIRD = Fraction(1, 3)


def codes(parts: list[Part], **values: object) -> list[str]:
    asked = {"sharing": "parts", "total": None, "lots": {}, **values}
    return [one.code for one in rules.share_problems(parts, **asked)]  # type: ignore[arg-type]


def test_three_thirds_make_one_and_three_times_33_do_not() -> None:
    assert codes([Part(share=THIRD)] * 3) == []
    near = [Part(share=rules.typed_share("33,33 %"))] * 3
    assert codes(near) == ["shares_do_not_sum"]
    (problem,) = rules.share_problems(near, sharing="parts", total=None, lots={})
    assert "99,99" in problem.message
    assert "0,01" in problem.message


def test_every_problem_of_shares_at_once() -> None:
    assert codes([]) == ["no_party"]
    assert codes([Part(), Part(share=THIRD)]) == ["share_missing"]
    lots = {1: None, 2: None, 3: None}
    parts = [Part(1, Fraction(1)), Part(2, THIRD), Part(0, THIRD)]
    assert codes(parts, lots=lots) == ["shares_do_not_sum", "empty_lot", "no_lot"]


def test_amounts_sum_to_the_cent() -> None:
    parts = [Part(cents=50_000), Part(cents=49_999)]
    amounts = {"sharing": "amounts"}
    assert codes(parts, total=99_999, **amounts) == []
    assert codes(parts, total=100_000, **amounts) == ["amounts_do_not_sum"]
    assert codes(parts, total=None, **amounts) == ["no_amount"]
    in_lots = [Part(1, cents=50_000), Part(2, cents=49_999)]
    assert codes(in_lots, total=99_999, lots={1: 50_000, 2: 49_999}, **amounts) == []
    assert codes(in_lots, total=99_999, lots={1: 50_000, 2: 50_000}, **amounts) == [
        "amounts_do_not_sum",
        "lots_do_not_sum",
    ]
    assert codes(in_lots, total=99_998, lots={1: 50_000, 2: None}, **amounts) == ["amounts_do_not_sum"]


def test_a_group_answers_with_a_lead_and_no_silence() -> None:
    found = rules.consortium_problems([Part(answered=False), Part()])
    assert [one.code for one in found] == ["no_lead", "unanswered"]
    assert rules.consortium_problems([Part(lead=True)]) == []


shares = st.lists(st.integers(1, 10**6), min_size=1, max_size=12)


@given(shares, st.integers(1, 10**12))
def test_shares_of_an_amount_add_up_to_it(weights: list[int], cents: int) -> None:
    parts = [Fraction(one, sum(weights)) for one in weights]
    assert codes([Part(share=one) for one in parts]) == []
    amounts = rules.amounts(parts, Euro(cents))
    assert sum(one.cents for one in amounts) == cents
    for share, amount in zip(parts, amounts, strict=True):
        assert abs(amount.cents - share * cents) < 1


@given(shares, st.fractions(Fraction(1, 10**6), Fraction(1)))
def test_shares_that_miss_anything_are_refused(weights: list[int], less: Fraction) -> None:
    parts = [Fraction(one, sum(weights)) for one in weights]
    assert codes([Part(share=one) for one in [*parts, less]]) == ["shares_do_not_sum"]


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("1/3", THIRD),
        (" 40 % ", Fraction(2, 5)),
        ("12,5", Fraction(1, 8)),
        ("100", Fraction(1)),
        ("0", None),
        ("101 %", None),
        ("4/3", None),
        ("1/0", None),
        ("un tiers", None),
        ("", None),
    ],
)
def test_a_share_as_typed(text: str, share: Fraction | None) -> None:
    assert rules.typed_share(text) == share


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("120", 7200),
        ("12,5", 750),
        ("12 h 30", 750),
        ("12h", 720),
        ("1h75", None),
        ("0,001", None),
        ("x", None),
    ],
)
def test_hours_as_typed(text: str, minutes: int | None) -> None:
    assert rules.typed_minutes(text) == minutes


def test_what_is_shown() -> None:
    assert rules.percent(THIRD) == "1/3 (≈\u00a033,33\u00a0%)"
    assert rules.percent(Fraction(2, 5)) == "40\u00a0%"
    assert rules.hours(750) == "12\u00a0h\u00a030"
    assert rules.hours(-60) == "−1\u00a0h"
    assert rules.whole("0,15230", 100_000) == 15_230
    assert rules.whole("0,1523001", 100_000) is None
    assert rules.commission(Euro(1_000_050), 250).cents == 25_001


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Maçonnerie", "maconneries", True),
        ("espaces verts", "Espace vert", True),
        ("Bois", "boi", False),
        ("soudure", "couture", False),
    ],
)
def test_two_writings_of_a_skill(one: str, other: str, same: bool) -> None:
    assert (rules.skill_key(one) == rules.skill_key(other)) is same


def test_the_fewest_who_hold_what_is_needed() -> None:
    held = {
        "a": frozenset({"soudure"}),
        "b": frozenset({"bois"}),
        "c": frozenset({"soudure", "bois"}),
        "d": frozenset({"plans"}),
    }
    needed = ["soudure", "bois", "plans", "vente"]
    assert rules.cover(needed, held) == rules.Cover(("c", "d"), ("vente",))
    assert rules.cover(needed, held, ["a"]) == rules.Cover(("b", "d"), ("vente",))
    assert rules.cover([], held) == rules.Cover((), ())
    assert rules.cover(["vente"], held) == rules.Cover((), ("vente",))


skill = st.sampled_from("abcdefgh")


@given(st.lists(skill, max_size=8), st.dictionaries(st.text("uvwxyz", min_size=1), st.frozensets(skill)))
def test_cover_covers_all_that_can_be(needed: list[str], held: dict[str, frozenset[str]]) -> None:
    found = rules.cover(needed, held)
    together = frozenset().union(*(held[name] for name in found.who))
    anybody = frozenset().union(*held.values())
    assert set(needed) & anybody <= together
    assert set(found.missing) == set(needed) - anybody
    for name in found.who:
        others = frozenset().union(*(held[one] for one in found.who if one != name))
        assert not set(needed) & anybody <= others


taken = st.lists(
    st.builds(
        Taken,
        st.text("abcdefghij", min_size=1),
        st.integers(0, 10**9),
        st.none() | st.integers(0, 10**9),
    ),
    max_size=12,
    unique_by=lambda one: one.name,
)


@given(taken, st.integers(0, 10**9), st.integers(0, 10**7))
def test_parts_of_an_order_add_up_to_it_and_economy_is_exact(
    found: list[Taken], price: int, fixed: int
) -> None:
    wanted = sum(one.quantity for one in found)
    cents = rules.total(Offer(price, fixed), wanted)
    lines = rules.lines(cents, found)
    assert sum(line.cents for line in lines) == (cents if wanted else 0)
    saved = rules.economy(lines)
    known = [line for line in lines if line.before is not None]
    assert saved.saved == sum(line.before or 0 for line in known) - sum(line.cents for line in known)
    assert saved.silent == len(lines) - len(known)


def test_an_offer_holds_from_a_quantity_and_until_a_day() -> None:
    offer = Offer(1, least=10_000, valid_to=date(2026, 6, 30))
    assert rules.holds(offer, 10_000, on=date(2026, 6, 30))
    assert not rules.holds(offer, 9_999, on=date(2026, 6, 30))
    assert not rules.holds(offer, 10_000, on=date(2026, 7, 1))


def test_states_lead_somewhere() -> None:
    for moves, states in (
        (rules.TENDER_MOVES, rules.TENDER_STATES),
        (rules.PURCHASE_MOVES, rules.PURCHASE_STATES),
    ):
        assert {after for _before, after in moves.values()} <= set(states)
        assert {state for before, _after in moves.values() for state in before} <= set(states)
        reached = {states[0]} | {after for _before, after in moves.values()}
        assert reached == set(states)
