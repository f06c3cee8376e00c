"""The closed language is three-valued: knowing less never turns an answer, and bounds are honest."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terreau.grids import compiling
from terreau.grids.compiling import NO, TO_CHECK, YES, compile_rule, matched
from terreau.grids.known import Frame, Interval, Known
from terreau.grids.parameters import held
from terreau.grids.rules import facts_of, parameters_of, plain_of, rule_of
from tests.grids.rules_at_random import DAY, PARAMETERS, frames, plain_rules, rules


def numbers(on: date = DAY) -> dict[str, Any]:
    found = {code: held(code, on, PARAMETERS) for code in PARAMETERS}
    return {code: one.value if one.verified else None for code, one in found.items()}


def answer(plain: dict[str, Any], frame: Frame, on: date = DAY) -> int:
    return compile_rule(rule_of(plain), numbers(on), "c")(frame)


def weaker(frame: Frame) -> list[Frame]:
    """Every frame that says one thing less."""
    found: list[Frame] = []
    for code, known in frame.items():
        found.append({key: one for key, one in frame.items() if key != code})
        found += [{**frame, code: less} for less in _less(known)]
    return found


def _less(known: Known) -> list[Known]:
    value = known.value
    if isinstance(value, Interval):
        return [
            replace(known, value=Interval(None, value.high)),
            replace(known, value=Interval(value.low, None)),
        ]
    if isinstance(value, frozenset):
        fewer = [replace(known, value=value - {code}, complete=False) for code in value]
        return [replace(known, complete=False), *fewer]
    if not isinstance(value, tuple):
        return []
    unlisted = [replace(known, complete=False), replace(known, total=None, complete=False)]
    count = Interval(len(value), len(value))
    if known.complete:
        unlisted.append(replace(known, complete=False, total=count))
    for rank, record in enumerate(value):
        others = (*value[:rank], *value[rank + 1 :])
        unlisted.append(replace(known, value=others, complete=False))
        if known.complete:
            unlisted.append(replace(known, value=others, complete=False, total=count))
        for name in record:
            less = {key: one for key, one in record.items() if key != name}
            unlisted.append(replace(known, value=(*value[:rank], less, *value[rank + 1 :])))
    return unlisted


@settings(max_examples=400, deadline=None)
@given(rules, frames)
def test_knowing_less_only_leads_to_check(rule: Any, frame: Frame) -> None:
    function = compile_rule(rule, numbers(), "c")
    found = function(frame)
    for less in weaker(frame):
        assert function(less) in {found, TO_CHECK}


@settings(max_examples=200, deadline=None)
@given(plain_rules)
def test_a_rule_is_the_same_read_and_written(plain: dict[str, Any]) -> None:
    rule = rule_of(plain)
    again = rule_of(plain_of(rule))
    assert plain_of(again) == plain_of(rule)
    assert facts_of(again) == facts_of(rule)
    assert parameters_of(again) == parameters_of(rule)


@settings(max_examples=200, deadline=None)
@given(rules, frames)
def test_not_turns_an_answer(rule: Any, frame: Frame) -> None:
    plain = plain_of(rule)
    assert answer({"not": plain}, frame) == 2 - answer(plain, frame)
    assert answer({"all": [plain]}, frame) == answer({"any": [plain]}, frame) == answer(plain, frame)


N = {"at_least": {"fact": "n1", "op": "at_least", "to": 3}}


@pytest.mark.parametrize(
    ("op", "low", "high", "expected"),
    [
        ("at_least", 3, None, YES),
        ("at_least", None, 2, NO),
        ("at_least", 2, 3, TO_CHECK),
        ("more_than", 3, 3, NO),
        ("more_than", 4, None, YES),
        ("at_most", None, 3, YES),
        ("at_most", 4, 9, NO),
        ("less_than", 3, 3, NO),
        ("less_than", None, 2, YES),
        ("equals", 3, 3, YES),
        ("equals", 3, None, TO_CHECK),
        ("equals", 4, None, NO),
        ("equals", None, None, TO_CHECK),
    ],
)
def test_bounds_are_compared(op: str, low: int | None, high: int | None, expected: int) -> None:
    frame = {"n1": Known("n1", Interval(low, high))}
    assert answer({"compare": {"fact": "n1", "op": op, "to": 3}}, frame) == expected


@pytest.mark.parametrize("value", [3, Decimal(3), Interval(Decimal(3), Decimal(3))])
def test_a_number_is_a_number_however_it_is_held(value: Any) -> None:
    assert answer({"compare": {"fact": "n1", "op": "equals", "to": "3"}}, {"n1": Known("n1", value)}) == YES


@pytest.mark.parametrize(
    ("mode", "codes", "complete", "expected"),
    [
        ("only", {"mutual"}, True, YES),
        ("only", {"mutual"}, False, TO_CHECK),
        ("only", {"mutual", "union"}, True, NO),
        ("only", {"mutual", "union"}, False, NO),
        ("only", set(), True, NO),
        ("only", set(), False, TO_CHECK),
        ("any_of", {"union"}, True, NO),
        ("any_of", {"union"}, False, TO_CHECK),
        ("any_of", {"mutual", "union"}, False, YES),
        ("all_of", {"mutual"}, False, YES),
        ("all_of", set(), True, NO),
        ("all_of", set(), False, TO_CHECK),
    ],
)
def test_codes_solely_among_others(mode: str, codes: set[str], complete: bool, expected: int) -> None:
    """R-49: an exclusion applies to who is solely that thing."""
    frame = {"c1": Known("c1", frozenset(codes), complete=complete)}
    assert answer({"has": {"fact": "c1", mode: ["mutual"]}}, frame) == expected


ESS = {"field": "ess"}
THREE = {"count": {"of": "r1", "where": ESS, "op": "at_least", "to": 3}}


def members(*ess: bool | None, complete: bool = True, total: Interval | None = None) -> Frame:
    records = tuple({} if one is None else {"ess": one} for one in ess)
    return {"r1": Known("r1", records, complete=complete, total=total)}


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (members(True, True, True), YES),
        (members(True, True, None), TO_CHECK),
        (members(True, True, False), NO),
        (members(True, True, complete=False), TO_CHECK),
        (members(True, True, True, complete=False), YES),
        (members(True, complete=False, total=Interval(2, 2)), NO),
        (members(True, complete=False, total=Interval(3, 3)), TO_CHECK),
        ({}, TO_CHECK),
    ],
)
def test_counts_have_bounds(frame: Frame, expected: int) -> None:
    assert answer(THREE, frame) == expected


def test_a_total_counts_those_that_nobody_named() -> None:
    frame = members(True, complete=False, total=Interval(5, None))
    assert answer({"count": {"of": "r1", "op": "at_least", "to": 5}}, frame) == YES
    assert answer({"count": {"of": "r1", "op": "at_most", "to": 4}}, frame) == NO
    assert answer({"count": {"of": "r1", "op": "at_least", "to": 6}}, frame) == TO_CHECK


def test_different_values_are_bounded() -> None:
    rule = {"distinct": {"of": "r1", "by": "kind", "op": "at_least", "to": 2}}
    one = {"r1": Known("r1", ({"kind": "mutual"}, {"kind": "mutual"}, {}))}
    assert answer(rule, one) == TO_CHECK
    assert answer(rule, {"r1": Known("r1", ({"kind": "mutual"}, {"kind": "mutual"}))}) == NO
    assert answer(rule, {"r1": Known("r1", ({"kind": "mutual"}, {"kind": "union"}))}) == YES


def test_a_share_of_an_unfinished_list_is_bounded() -> None:
    half = {"share": {"of": "r1", "where": ESS, "op": "more_than", "to": "0.5"}}
    assert answer(half, members(True, True, False)) == YES
    assert answer(half, members(True, False)) == NO
    assert answer(half, members(True, True, True, complete=False, total=Interval(5, 5))) == YES
    assert answer(half, members(True, True, True, complete=False, total=Interval(6, 6))) == TO_CHECK
    assert answer(half, members(True, complete=False)) == TO_CHECK
    known = members(True, False, False)["r1"]
    assert compiling.share_bounds(known, lambda record: YES if record["ess"] else NO) == (
        Fraction(1, 3),
        Fraction(1, 3),
    )


EACH = {
    "each": {
        "of": "r1",
        "different": [
            {"label": {"fr": "ESS", "en": "ESS"}, "where": ESS},
            {"label": {"fr": "entreprise", "en": "firm"}, "where": {"field": "firm"}},
        ],
    }
}


def test_each_part_asks_for_a_record_of_its_own() -> None:
    both = {"ess": True, "firm": True}
    assert answer(EACH, {"r1": Known("r1", (both,))}) == NO
    assert answer(EACH, {"r1": Known("r1", (both, both))}) == YES
    assert answer(EACH, {"r1": Known("r1", (both, {"ess": False}))}) == TO_CHECK
    assert answer(EACH, {"r1": Known("r1", (both,), complete=False)}) == TO_CHECK
    # The first takes a place that the second needs: the matching moves it.
    assert answer(EACH, {"r1": Known("r1", (both, {"ess": True, "firm": False}))}) == YES


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 4), st.integers(1, 5), st.data())
def test_the_matching_is_the_largest(parts: int, records: int, data: st.DataObject) -> None:
    row = st.lists(st.sampled_from((NO, TO_CHECK, YES)), min_size=records, max_size=records)
    table = data.draw(st.lists(row, min_size=parts, max_size=parts))
    for least in (TO_CHECK, YES):
        padded = [*range(records), *([-1] * parts)]
        best = max(
            sum(
                1 for part, record in enumerate(order[:parts]) if record >= 0 and table[part][record] >= least
            )
            for order in set(permutations(padded, parts))
        )
        assert matched(table, least) == best


def test_parameters_have_their_day_and_their_proof() -> None:
    rule = {"compare": {"fact": "n1", "op": "at_least", "to": {"parameter": "p.two"}}}
    many = {"n1": Known("n1", 9)}
    assert answer(rule, many) == YES
    assert answer(rule, many, date(2014, 12, 31)) == TO_CHECK  # before the first known date
    assert answer(
        {"compare": {"fact": "n1", "op": "at_least", "to": {"parameter": "p.unverified"}}}, many
    ) == (TO_CHECK)
    assert answer({"parameter_known": "p.two"}, {}) == YES
    assert answer({"parameter_known": "p.unverified"}, {}) == TO_CHECK
    assert answer({"parameter_known": "p.later"}, {}) == TO_CHECK


def test_a_person_answers_what_is_judged() -> None:
    rule = {"judged": {"question": {"fr": "Est-ce durable ?", "en": "Does it last?"}}}
    assert answer(rule, {}) == TO_CHECK
    assert answer(rule, {"judged.c": Known("judged.c", True)}) == YES
    assert answer(rule, {"judged.c": Known("judged.c", False)}) == NO
    assert answer(rule, {"judged.other": Known("judged.other", True)}) == TO_CHECK
