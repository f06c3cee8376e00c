"""Answers and their reasons: judgements, lifts, exclusions, parameters, grids not verified, days."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings

from terreau.common.verdicts import Answer
from terreau.grids import evaluate, lexicon
from terreau.grids.evaluate import CriterionVerdict, GridVerdict, Judgement, Lift, answers, verdict
from terreau.grids.known import Frame, Interval, Known
from terreau.grids.language import Grid, grid_of, questions, reads
from terreau.grids.rules import plain_of
from terreau.grids.wording import named
from tests.grids.grid_files import changed, checked, grid
from tests.grids.rules_at_random import DAY, FACTS, PARAMETERS, frames, rules

ON = date(2026, 11, 21)
CHAMBER = Known("functions", frozenset({"consular_chamber"}))
YES, NO, TO_CHECK = Answer.YES, Answer.NO, Answer.TO_CHECK


def members(count: int, *, complete: bool = True) -> Known:
    records = tuple({"organisation": True} for _ in range(count))
    source = {"document": "Annuaire", "section": "p. 3"}
    return Known("members", records, complete=complete, source=source, on="2014", status="declare")


def frame(*known: Known) -> Frame:
    return {one.code: one for one in known}


@cache
def plain() -> Grid:
    return grid()


def found(given_frame: Frame, **said: Any) -> GridVerdict:
    return verdict(plain(), given_frame, on=ON, **said)


def criterion(given_frame: Frame, code: str, **said: Any) -> CriterionVerdict:
    return found(given_frame, **said).by_code[code]


def codes(one: CriterionVerdict) -> list[str]:
    return [reason.code for reason in one.reasons]


def test_what_is_known_decides_with_its_source() -> None:
    one = criterion(frame(members(3)), "trois")
    assert (one.answer, one.computed, one.missing) == (YES, YES, ())
    assert one.known[0].on == "2014"
    (reason,) = one.reasons
    assert (reason.code, reason.source) == ("fact_met", "Annuaire, p. 3")
    assert "il y en a 3" in reason.text["fr"]
    assert "there are 3" in reason.text["en"]


def test_what_is_not_known_is_named() -> None:
    one = criterion({}, "trois")
    assert (one.answer, one.missing, codes(one)) == (TO_CHECK, ("members",), ["fact_unknown"])
    one = criterion(frame(members(2, complete=False)), "trois")
    assert (one.answer, one.missing) == (TO_CHECK, ())
    assert "il peut y en avoir d'autres" in one.reasons[0].text["fr"]
    assert criterion(frame(members(2)), "trois").answer == NO


def test_a_criterion_without_a_rule_waits_for_a_person() -> None:
    one = criterion(frame(members(3)), "durable")
    assert (one.answer, one.computed, codes(one)) == (TO_CHECK, None, ["not_judged"])
    assert "Un projet durable" in one.reasons[0].text["fr"]
    assert [known.code for known in one.known] == ["members"]
    asked = criterion(frame(Known("judged.durable", True)), "durable")
    assert (asked.answer, codes(asked)) == (YES, ["judged_yes"])


def test_a_judgement_prevails_and_the_disagreement_is_a_reason() -> None:
    said = {"trois": Judgement(NO, "Deux ont quitté le pôle.", by_name="Ada")}
    one = criterion(frame(members(3)), "trois", judgements=said)
    assert (one.answer, one.computed, one.disagrees) == (NO, YES, True)
    assert codes(one)[:2] == ["judged", "judged_otherwise"]
    assert "Deux ont quitté le pôle." in one.reasons[0].text["en"]
    assert "Ada" not in str([reason.text for reason in one.reasons])
    same = criterion(frame(members(3)), "trois", judgements={"trois": Judgement(YES, "Vu.")})
    assert not same.disagrees
    assert "judged_otherwise" not in codes(same)
    unsure = criterion({}, "trois", judgements={"trois": Judgement(YES, "Vu.")})
    assert (unsure.answer, unsure.disagrees) == (YES, False)


def test_an_exclusion_applies_to_who_is_nothing_else() -> None:
    """R-49: it leads to the right scheme, and does not apply to a pole with several functions."""
    alone = criterion(frame(CHAMBER), "chambre")
    assert (alone.answer, codes(alone)) == (YES, ["fact_met", "exclusion"])
    assert "Voyez les aides aux chambres." in alone.reasons[1].text["fr"]
    several = Known("functions", frozenset({"consular_chamber", "pooled_means"}))
    assert criterion(frame(several), "chambre").answer == NO


def test_the_overall_answer_needs_all_and_no_exclusion() -> None:
    judged = {"durable": Judgement(YES, "Vu.")}
    other = Known("functions", frozenset({"pooled_means"}))
    assert found(frame(members(3), other), judgements=judged).answer == YES
    assert found(frame(members(3), CHAMBER), judgements=judged).answer == NO
    assert found(frame(members(2), other), judgements=judged).answer == NO
    assert found(frame(members(3)), judgements=judged).answer == TO_CHECK
    lifted = {"chambre": Lift("Elle anime le pôle.")}
    assert found(frame(members(3), CHAMBER), judgements=judged, lifts=lifted).answer == YES


def test_a_lift_counts_as_not_applied_and_is_shown() -> None:
    lifts = {"chambre": Lift("Elle anime le pôle."), "trois": Lift("Rien à lever.")}
    one = criterion(frame(CHAMBER), "chambre", lifts=lifts)
    assert (one.answer, one.computed, codes(one)[0]) == (NO, YES, "lifted")
    assert criterion(frame(members(2)), "trois", lifts=lifts).lifted is None


def test_what_is_noted_is_neither_yes_nor_no() -> None:
    one = criterion({}, "note")
    assert (one.answer, one.computed, codes(one)) == (TO_CHECK, None, ["scale"])


def test_a_grid_that_is_not_prescriptive_never_concludes() -> None:
    text = changed(("prescriptive: true", "prescriptive: false"))
    text = changed(("verdict: {all_of: [incontournable], none_of: [exclusion]}\n", ""), text=text)
    every = frame(members(3), Known("judged.durable", True), Known("functions", frozenset({"pooled_means"})))
    told = verdict(grid(text), every, on=ON)
    assert (told.answer, told.by_code["trois"].answer) == (TO_CHECK, YES)
    assert [reason.code for reason in told.reasons] == ["not_prescriptive"]


def test_a_grid_whose_text_is_not_verified_says_what_it_would_give() -> None:
    unverified = grid(changed(("verified_on: 2026-11-21", "verified_on: null")))
    told = verdict(unverified, frame(members(3), Known("judged.durable", True)), on=ON)
    one = told.by_code["trois"]
    assert (told.answer, one.answer, one.would_give) == (TO_CHECK, TO_CHECK, YES)
    assert "grid_unverified" in codes(one)
    assert [reason.code for reason in told.reasons] == ["grid_unverified"]
    (quick,) = answers(unverified, [frame(members(3))], ON)
    assert set(quick.criteria) == {TO_CHECK}


def test_a_version_not_in_force_says_so() -> None:
    told = verdict(grid(), frame(members(3)), on=date(2014, 12, 31))
    assert [reason.code for reason in told.reasons] == ["not_in_force"]
    assert told.by_code["trois"].answer == YES


@cache
def _content() -> Mapping[str, Any]:
    return checked().content or {}


def of_parameter(code: str) -> Grid:
    content = dict(_content())
    content["criteria"] = [dict(one) for one in content["criteria"]]
    content["criteria"][0]["rule"] = {"count": {"of": "members", "op": "at_least", "to": {"parameter": code}}}
    return grid_of(content, "0" * 64)


@pytest.mark.parametrize(
    ("code", "on", "answer", "would", "reason"),
    [
        ("p.two", DAY, YES, None, None),
        ("p.two", date(2014, 12, 31), TO_CHECK, None, "parameter_before"),
        ("p.unverified", DAY, TO_CHECK, YES, "parameter_unverified"),
        ("p.later", DAY, TO_CHECK, None, "parameter_before"),
    ],
)
def test_a_number_of_a_text_has_its_day_and_its_proof(
    code: str, on: date, answer: Answer, would: Answer | None, reason: str | None
) -> None:
    told = verdict(of_parameter(code), frame(members(3)), on=on, known_parameters=PARAMETERS)
    one = told.by_code["trois"]
    assert (one.answer, one.would_give) == (answer, would)
    assert (reason in codes(one)) is (reason is not None)
    assert one.parameters[0].code == code


def test_a_number_not_verified_does_not_matter_when_it_changes_nothing() -> None:
    one = verdict(of_parameter("p.unverified"), {}, on=DAY, known_parameters=PARAMETERS).by_code["trois"]
    assert (one.answer, one.would_give) == (TO_CHECK, None)
    assert "parameter_unverified" not in codes(one)


def test_a_grid_says_what_it_reads_and_what_it_asks() -> None:
    assert reads(grid()) == ("members", "functions")
    assert [(one.code, text["en"]) for one, text in questions(grid())] == [("durable", "A lasting project")]


def test_many_answers_are_those_of_the_verdicts_with_what_people_said() -> None:
    several = [{}, frame(members(3)), frame(members(3), CHAMBER), frame(Known("judged.durable", False))]
    words = [({"durable": Judgement(YES, "Vu.")}, {"chambre": Lift("Non.")}) for _ in several]
    quick = list(answers(grid(), several, ON, words=iter(words)))
    slow = [
        found(one, judgements=said, lifts=lifts) for one, (said, lifts) in zip(several, words, strict=True)
    ]
    assert [one.answer for one in quick] == [one.answer for one in slow]
    assert [one.criteria for one in quick] == [tuple(c.answer for c in one.criteria) for one in slow]


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    names = lexicon.Lexicon({code: named(one) for code, one in FACTS.items()}, {})
    monkeypatch.setattr(evaluate.lexicon, "lexicon", lambda _on=None: names)


@pytest.mark.usefixtures("_small")
@settings(max_examples=100, deadline=None)
@given(rules, frames)
def test_any_rule_is_explained_in_both_languages(rule: Any, given_frame: Frame) -> None:
    content = dict(_content())
    content["criteria"] = [{**content["criteria"][0], "code": "c", "rule": plain_json(rule)}]
    content["verdict"] = {"all_of": ["incontournable"]}
    told = verdict(grid_of(content, "1" * 64), given_frame, on=DAY, known_parameters=PARAMETERS)
    (one,) = told.criteria
    assert told.answer == one.answer
    assert one.reasons
    for reason in one.reasons:
        assert reason.text["fr"].strip()
        assert reason.text["en"].strip()
        assert "{" not in reason.text["fr"]
    (quick,) = answers(grid_of(content, "1" * 64), [given_frame], DAY, known_parameters=PARAMETERS)
    assert quick.criteria == (one.answer,)


def plain_json(rule: Any) -> Any:
    """A rule as it is kept: days and decimals are texts."""

    def texts(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: texts(one) for key, one in value.items()}
        if isinstance(value, list):
            return [texts(one) for one in value]
        return value if isinstance(value, int | str) else str(value)

    return texts(plain_of(rule))


def test_a_value_is_said_with_its_bounds() -> None:
    known = Known("members", (), complete=False, total=Interval(2, 4))
    one = criterion(frame(known), "trois")
    assert "entre 0 et 4" in one.reasons[0].text["fr"]
