"""The change that is told does turn the answer, and no step of it can be left out."""

from typing import Any

import pytest
from hypothesis import given, settings

from terreau.common.verdicts import Answer
from terreau.grids import changes
from terreau.grids.changes import Change, apply, would_change
from terreau.grids.compiling import ANSWERS, compile_rule
from terreau.grids.evaluate import Judgement, Lift
from terreau.grids.known import Frame, Interval, Known
from terreau.grids.rules import rule_of
from tests.grids.rules_at_random import DAY, FACTS, PARAMETERS, criterion, frames, rules
from tests.grids.test_language import ESS, members, numbers


@pytest.fixture(autouse=True)
def _facts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "readable", lambda: FACTS)


def told(plain: dict[str, Any], frame: Frame, kind: str = "incontournable") -> tuple[Change, ...]:
    found = would_change(criterion(rule_of(plain), kind), frame, DAY, known_parameters=PARAMETERS)
    for change in found:
        after = compile_rule(rule_of(plain), numbers(), "c")(apply(frame, change))
        assert ANSWERS[after] == change.gives
    return found


def sentences(found: tuple[Change, ...]) -> list[str]:
    return [change.text["fr"] for change in found]


@settings(max_examples=400, deadline=None)
@given(rules, frames)
def test_what_is_told_turns_the_answer_and_nothing_is_too_many(rule: Any, frame: Frame) -> None:
    function = compile_rule(rule, numbers(), "c")
    before = ANSWERS[function(frame)]
    wanted = Answer.NO if before == Answer.YES else Answer.YES
    found = would_change(criterion(rule), frame, DAY, known_parameters=PARAMETERS)
    assert [len(change.steps) for change in found] == sorted(len(change.steps) for change in found)
    for change in found:
        assert change.gives == wanted
        assert ANSWERS[function(apply(frame, change))] == wanted
        assert change.text["fr"]
        assert change.text["en"]
        for step in change.steps:
            rest = tuple(one for one in change.steps if one is not step)
            assert not rest or not _gives(function, frame, Change(wanted, rest))


def _gives(function: Any, frame: Frame, change: Change) -> bool:
    try:
        return bool(ANSWERS[function(apply(frame, change))] == change.gives)
    except IndexError:
        return False


@settings(max_examples=150, deadline=None)
@given(rules, frames)
def test_a_change_leaves_what_it_does_not_name(rule: Any, frame: Frame) -> None:
    before = dict(frame)
    for change in would_change(criterion(rule), frame, DAY, known_parameters=PARAMETERS):
        after = apply(frame, change)
        assert {code for code in after if after[code] is not frame.get(code)} <= set(change.facts)
    assert frame == before


def test_one_more_member_is_enough() -> None:
    rule = {"count": {"of": "r1", "where": ESS, "op": "at_least", "to": 3}}
    (change,) = told(rule, members(True, True, False))
    assert change.to == {"records": {"add": {"ess": True}}}
    assert change.gives == Answer.YES


def test_learning_comes_before_adding() -> None:
    rule = {"count": {"of": "r1", "where": ESS, "op": "at_least", "to": 3}}
    (change,) = told(rule, members(True, None, None))
    assert [step.to for step in change.steps] == [
        {"records": {"set": {"record": 1, "fields": {"ess": True}}}},
        {"records": {"set": {"record": 2, "fields": {"ess": True}}}},
    ]
    assert "(× 2)" in change.text["fr"]


def test_what_holds_stands_on_something() -> None:
    """A yes says what would take it away."""
    rule = {"count": {"of": "r1", "where": ESS, "op": "at_least", "to": 3}}
    (change,) = told(rule, members(True, True, True, True, complete=False))
    assert change.gives == Answer.NO
    assert [step.to for step in change.steps] == [
        {"records": {"complete": True}},
        {"records": {"remove": 3}},
        {"records": {"remove": 2}},
    ]


def test_parts_share_the_records_that_are_there() -> None:
    rule = {
        "each": {
            "of": "r1",
            "different": [
                {"label": {"fr": "une ESS", "en": "an ESS"}, "where": ESS},
                {"label": {"fr": "une entreprise", "en": "a firm"}, "where": {"field": "firm"}},
            ],
        }
    }
    frame = {"r1": Known("r1", ({"ess": True, "firm": True},))}
    (change,) = told(rule, frame)
    assert change.to == {"records": {"add": {"firm": True}}}
    assert "une entreprise" in change.text["fr"]
    (lost,) = told(rule, {"r1": Known("r1", ({"ess": True}, {"firm": True, "ess": False}))})
    assert len(lost.steps) == 1


def test_the_same_member_serves_two_conditions() -> None:
    rule = {
        "all": [
            {"count": {"of": "r1", "op": "at_least", "to": 2}},
            {"count": {"of": "r1", "where": ESS, "op": "at_least", "to": 1}},
        ]
    }
    (change, *_more) = told(rule, members(False))
    assert change.steps[0].to == {"records": {"add": {"ess": True}}}
    assert len(change.steps) == 1


def test_those_that_are_counted_and_not_named_are_told_too() -> None:
    rule = {"count": {"of": "r1", "where": ESS, "op": "at_least", "to": 1}}
    (change,) = told(rule, members(True, complete=False, total=Interval(3, 5)))
    assert change.gives == Answer.NO
    assert [step.to for step in change.steps] == [
        {"records": {"rest": {"count": 2, "fields": {"ess": False}}}},
        {"records": {"remove": 0}},
    ]


def test_terms_that_serve_alike_are_told_together() -> None:
    rule = {"has": {"fact": "c1", "any_of": ["mutual", "association"]}}
    (change,) = told(rule, {})
    assert "mutual ou association" in change.text["fr"]
    assert change.to == {"add": ["mutual"]}


def test_either_way_is_told() -> None:
    found = told({"any": [{"fact": "b1"}, {"fact": "b2"}]}, {})
    assert {change.fact for change in found} == {"b1", "b2"}
    (both,) = told({"all": [{"fact": "b1"}, {"fact": "b2"}]}, {"b2": Known("b2", False)})
    assert both.facts == ("b1", "b2")
    assert both.to is None


def test_a_number_goes_to_the_threshold() -> None:
    rule = {"compare": {"fact": "n1", "op": "more_than", "to": {"parameter": "p.two"}}}
    (change,) = told(rule, {"n1": Known("n1", Interval(1, 2))})
    assert change.to == 3
    (lost,) = told(rule, {"n1": Known("n1", 9)})
    assert (lost.gives, lost.to) == (Answer.NO, 2)


def test_a_parameter_that_nobody_knows_is_turned_by_no_fact() -> None:
    rule = {"compare": {"fact": "n1", "op": "at_least", "to": {"parameter": "p.later"}}}
    assert told(rule, {"n1": Known("n1", 9)}) == ()
    assert told({"parameter_known": "p.later"}, {}) == ()


def test_an_exclusion_is_turned_the_other_way() -> None:
    rule = {"has": {"fact": "c1", "only": ["mutual"]}}
    (unknown,) = told(rule, {}, "exclusion")
    assert unknown.gives == Answer.NO
    (applied,) = told(rule, {"c1": Known("c1", frozenset({"mutual"}))}, "exclusion")
    assert applied.gives == Answer.NO
    assert applied.to["add"]


def test_only_a_person_turns_what_a_person_judged() -> None:
    judged = Judgement(Answer.NO, "Projet ponctuel.")
    (change,) = would_change(criterion(rule_of({"fact": "b1"})), {}, DAY, judged)
    assert (change.fact, change.to, change.gives) == ("judged.c", True, Answer.YES)


def test_nothing_turns_what_is_set_aside_nor_what_is_noted() -> None:
    rule = rule_of({"has": {"fact": "c1", "only": ["mutual"]}})
    frame = {"c1": Known("c1", frozenset({"mutual"}))}
    assert would_change(criterion(rule, "exclusion"), frame, DAY, lifted=Lift("Multifonctions.")) == ()
    assert would_change(criterion(rule, "echelle"), frame, DAY) == ()
