"""Facts as JSON: what is given is read whole, every problem has its path, and it can be given back."""

from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terreau.common.errors import DomainError
from terreau.grids.frame import Interval, parse_frame, value_as_json
from tests.grids.rules_at_random import FACTS


def parse(data: Any, lang: str = "fr", **more: Any) -> Any:
    return parse_frame(data, lang, readable=FACTS, **more)


def refused(data: Any, **more: Any) -> list[tuple[str, str]]:
    with pytest.raises(DomainError) as caught:
        parse(data, **more)
    assert caught.value.status == 422
    return [(one["path"], one["code"]) for one in caught.value.facts["problems"]]


@pytest.mark.parametrize(
    ("code", "given_value", "value"),
    [
        ("b1", False, False),
        ("n1", 3, Interval(Decimal(3), Decimal(3))),
        ("n1", 0.5, Interval(Decimal("0.5"), Decimal("0.5"))),
        ("n1", {"min": 100}, Interval(Decimal(100), None)),
        ("n1", {"min": None, "max": 4}, Interval(None, Decimal(4))),
        ("d1", "2014-09-19", date(2014, 9, 19)),
        ("d1", "2014-02", Interval(date(2014, 2, 1), date(2014, 2, 28))),
        ("d1", "2014", Interval(date(2014, 1, 1), date(2014, 12, 31))),
        ("d1", {"max": "2014-09"}, Interval(None, date(2014, 9, 30))),
        ("c1", ["mutual"], frozenset({"mutual"})),
        ("r1", [{"ess": True, "size": 3}], ({"ess": True, "size": Interval(Decimal(3), Decimal(3))},)),
        ("r1", [{"ess": None}], ({"ess": None},)),
    ],
)
def test_each_type_is_read_and_given_back(code: str, given_value: Any, value: Any) -> None:
    known = parse({code: given_value})[code]
    assert known.value == value
    assert known.complete
    again = value_as_json(known.value)
    assert parse({code: again})[code].value == value


def test_null_is_unknown_and_so_is_what_is_left_out() -> None:
    assert parse({"b1": None, "n1": None, "r1": None}) == {}
    assert parse({"n1": {"min": None, "max": None}}) == {}


def test_lists_say_whether_they_are_complete() -> None:
    assert not parse({"c1": {"values": ["mutual"], "complete": False}})["c1"].complete
    known = parse({"r1": {"values": [{}], "total": {"min": 12}}})["r1"]
    assert (known.complete, known.total) == (False, Interval(Decimal(12), None))
    told = value_as_json(known.value, complete=known.complete, total=known.total)
    assert told == {"values": [{}], "complete": False, "total": {"min": 12, "max": None}}
    assert parse({"r1": told})["r1"] == known


def test_what_a_person_answers_is_among_the_facts() -> None:
    assert parse({"judged.c3": True}, judged={"c3"})["judged.c3"].value is True
    assert refused({"judged.c4": True}, judged={"c3"}) == [("facts.judged.c4", "unknown_criterion")]
    assert refused({"judged.c3": "oui"}) == [("facts.judged.c3", "bad_bool")]


def test_every_problem_is_told_with_its_path() -> None:
    found = refused(
        {
            "inconnu": 1,
            "b1": "oui",
            "n1": {"min": 4, "max": 3},
            "d1": "le 3 mai",
            "c1": ["mutual", "banque"],
            "r1": [{"ess": 1}, {"nom": "x"}, 3, {"kind": "x"}],
        }
    )
    assert found == [
        ("facts.inconnu", "unknown_fact"),
        ("facts.b1", "bad_bool"),
        ("facts.n1", "bad_range"),
        ("facts.d1", "bad_date"),
        ("facts.c1[1]", "unknown_term"),
        ("facts.r1[0].ess", "bad_bool"),
        ("facts.r1[1].nom", "unknown_field"),
        ("facts.r1[2]", "bad_record"),
        ("facts.r1[3].kind", "unknown_term"),
    ]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ([], "bad_facts"),
        ({"n1": True}, "bad_number"),
        ({"n1": float("nan")}, "bad_number"),
        ({"n1": 10**30}, "bad_number"),
        ({"n1": {"least": 3}}, "bad_number"),
        ({"n1": {}}, "bad_number"),
        ({"d1": 20140101}, "bad_date"),
        ({"d1": {"from": "2014"}}, "bad_date"),
        ({"d1": "9999"}, "bad_date"),
        ({"c1": "mutual"}, "bad_list"),
        ({"c1": {"values": ["mutual"], "complete": "no"}}, "bad_bool"),
        ({"r1": {"values": [{}, {}], "total": 1}}, "bad_total"),
        ({"r1": [{}] * 2_001}, "bad_list"),
    ],
)
def test_what_is_not_a_fact_is_refused(data: Any, code: str) -> None:
    assert code in {one for _path, one in refused(data)}


def test_problems_are_said_in_the_language_asked() -> None:
    with pytest.raises(DomainError) as caught:
        parse({"b1": "yes"}, "fr")
    assert caught.value.facts["problems"][0]["message"] == "Répondez par true, false ou null."


def test_a_source_is_put_on_each_fact() -> None:
    known = parse({"b1": True}, source={"document": "Saisie"})["b1"]
    assert known.source == {"document": "Saisie"}


_json = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["values", "complete", "total", "min", "max", "ess", "kind"]), inner, max_size=3
        ),
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from([*FACTS, "judged.c", "x"]), _json, max_size=4))
def test_whatever_is_given_is_read_or_refused(data: Any) -> None:
    frame: Any = {}
    with suppress(DomainError):
        frame = parse(data)
    for known in frame.values():
        value_as_json(known.value, complete=known.complete, total=known.total)
