"""What every shipped grid keeps: both languages, sources, and answers that knowing less never turns."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from random import Random
from typing import Any

import pytest

from terreau.common.verdicts import Answer
from terreau.facts import catalogue
from terreau.grids import evaluate, loading
from terreau.grids.changes import apply, would_change
from terreau.grids.content_rules import check
from terreau.grids.frame import parse_frame
from terreau.grids.known import JUDGED, Frame, Interval, Known
from terreau.grids.language import Grid, reads
from terreau.grids.parameters import parameters
from terreau.grids.readables import Readable, readable

ON = date(2026, 11, 21)
#: Words that are the same in both languages.
_SAME = {"Animation", "Innovation", "Observatoire"}


@cache
def shipped() -> dict[str, Grid]:
    """Every shipped grid that has a text, by code."""
    checked = [check(path.read_text(encoding="utf-8")) for path in loading.shipped()]
    return {one.grid.code: one.grid for one in checked if one.grid is not None}


CODES = sorted(path.stem for path in loading.shipped())
TEXTS = sorted(set(CODES) - {"referentiel-labo", "charte-nationale"})


def test_the_grids_of_the_contract_are_shipped() -> None:
    wanted = {"labo-2011-criteres", "labo-2011-definition", "loi-2014-art9", "decret-2015-431"}
    wanted |= {"ess-art1", "ess-art2", "esus", "grille-terreau", "charte-modele"}
    assert set(shipped()) == wanted == set(TEXTS)
    kinds = [one.kind for one in shipped()["labo-2011-criteres"].criteria]
    assert [kinds.count(kind) for kind in ("incontournable", "a_tester", "exclusion")] == [8, 6, 5]


@pytest.mark.parametrize("code", TEXTS)
def test_everything_is_said_in_both_languages(code: str) -> None:
    grid = shipped()[code]
    texts = [grid.title, grid.summary, grid.licence]
    texts += [words for axis in grid.axes for words in (axis.title, axis.text) if words]
    texts += [degree.label for degree in grid.scale]
    for one in grid.criteria:
        texts += [one.title, one.text, *([one.orient] if one.orient else [])]
        texts += [one.question] if one.question else []
    for words in texts:
        assert set(words) == {"fr", "en"}, words
        assert words["fr"] != words["en"] or words["fr"] in _SAME, words


@pytest.mark.parametrize("code", TEXTS)
def test_each_criterion_cites_a_document_and_a_place(code: str) -> None:
    grid = shipped()[code]
    for one in grid.criteria:
        assert one.source["document"], one.code
        assert one.source["section"], one.code
    assert len({one.title["fr"] for one in grid.criteria}) == len(grid.criteria)


def test_a_number_of_a_text_that_was_not_checked_there_has_no_date() -> None:
    unverified = {code for code, one in parameters().items() if one.values[-1].verified_on is None}
    assert unverified == {"ess.development_fund_share", "esus.years", "esus.years_young"}


# Knowing less


def whole(code: str, draw: Random) -> Frame:
    """A frame where everything that a grid reads is known, drawn at random."""
    grid = shipped()[code]
    facts = {one: _drawn(readable()[one], draw) for one in reads(grid)}
    facts |= {f"{JUDGED}{one.code}": draw.random() < 0.8 for one in grid.criteria if one.question}
    return parse_frame({code: value for code, value in facts.items() if value is not None})


def _drawn(one: Readable, draw: Random) -> Any:
    if one.type != "records":
        return _value(one.type, one.choices, draw)
    fields = {name: field for name, field in one.fields.items() if field.type in {"bool", "code"}}
    return [
        {name: _value(field.type, field.choices, draw) for name, field in fields.items()}
        for _ in range(draw.randint(0, 9))
    ]


def _value(kind: str, choices: str, draw: Random) -> Any:
    if kind == "bool":
        return draw.random() < 0.6
    if kind == "number":
        return draw.choice([0, 1, 3, 5, 10, 66, 100])
    if kind in {"code", "codes"}:
        terms = list(catalogue.vocabulary(choices).terms)
        return (
            draw.choice(terms) if kind == "code" else draw.sample(terms, draw.randint(0, min(3, len(terms))))
        )
    return "2014-09-19" if kind == "date" else "texte"


def less(frame: Frame, draw: Random) -> Iterator[Frame]:
    """Frames that know less: a fact hidden, a list said to be longer, a field hidden, a number widened."""
    for code, known in frame.items():
        yield {other: one for other, one in frame.items() if other != code}
        if isinstance(known.value, Interval):
            yield {**frame, code: replace(known, value=Interval(None, known.value.high))}
            yield {**frame, code: replace(known, value=Interval(known.value.low, None))}
        if isinstance(known.value, frozenset | tuple):
            yield {**frame, code: replace(known, complete=False)}
        if isinstance(known.value, tuple) and known.value:
            yield {**frame, code: _hidden_record(known, draw)}
            yield {**frame, code: _hidden_field(known, draw)}
    yield {code: one for code, one in frame.items() if draw.random() < 0.5}
    yield {}


def _hidden_record(known: Known, draw: Random) -> Known:
    assert isinstance(known.value, tuple)
    kept = list(known.value)
    kept.pop(draw.randrange(len(kept)))
    return replace(known, value=tuple(kept), complete=False)


def _hidden_field(known: Known, draw: Random) -> Known:
    assert isinstance(known.value, tuple)
    records = [dict(one) for one in known.value]
    record = draw.choice(records)
    record[draw.choice(list(record))] = None
    return replace(known, value=tuple(records))


@pytest.mark.parametrize("code", TEXTS)
def test_knowing_less_never_decides_nor_turns_an_answer(code: str) -> None:
    grid, draw = shipped()[code], Random(2015)
    decided = 0
    for _ in range(40):
        frame = whole(code, draw)
        known = next(evaluate.answers(grid, [frame], ON))
        decided += sum(answer != Answer.TO_CHECK for answer in known.criteria)
        poorer = list(less(frame, draw))
        for frame_less, found in zip(poorer, evaluate.answers(grid, poorer, ON), strict=True):
            pairs = [*zip(found.criteria, known.criteria, strict=True), (found.answer, known.answer)]
            for less_known, fully_known in pairs:
                assert less_known in {Answer.TO_CHECK, fully_known}, (code, frame.keys() - frame_less.keys())
    assert decided or code in {"grille-terreau", "charte-modele"}


@pytest.mark.parametrize("code", TEXTS)
def test_the_change_that_is_told_turns_the_criterion(code: str) -> None:
    grid, draw = shipped()[code], Random(431)
    told = 0
    for _ in range(8):
        rich = whole(code, draw)
        for frame in (rich, {name: one for name, one in rich.items() if draw.random() < 0.5}, {}):
            for rank, criterion in enumerate(grid.criteria):
                for change in would_change(criterion, frame, ON):
                    (after,) = evaluate.answers(grid, [apply(frame, change)], ON)
                    assert after.criteria[rank] == change.gives, (criterion.code, change.text["fr"])
                    told += 1
    assert told or code in {"grille-terreau", "charte-modele"}
