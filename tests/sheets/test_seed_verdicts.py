"""The poles of the documents under the shipped grids: honest answers, each saying what is missing."""

import json
from datetime import date
from functools import cache
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from terreau.accounts.models import User
from terreau.common.permissions import Permission
from terreau.common.verdicts import Answer
from terreau.grids import evaluate, judging, loading, store
from terreau.grids.content_rules import check
from terreau.grids.evaluate import GridVerdict
from terreau.grids.language import Grid
from terreau.poles.models import Pole
from terreau.sheets.appraisals import appraisals, grids_of_poles
from terreau.sheets.frames import frame_of, frames

pytestmark = pytest.mark.usefixtures("register")
TODAY = date(2026, 11, 21)
LAW = "loi-2014-art9"
GRIDS = ("labo-2011-criteres", "labo-2011-definition", "loi-2014-art9", "decret-2015-431")


@pytest.fixture
def animator(register: None) -> User:
    return User.objects.create_user("apprecie@example.org")


@cache
def shipped(code: str) -> Grid:
    """The grid of a shipped file."""
    path = next(path for path in loading.shipped() if path.stem == code)
    grid = check(path.read_text(encoding="utf-8")).grid
    assert grid is not None
    return grid


def said(slug: str, code: str, on: date) -> GridVerdict:
    return evaluate.verdict(shipped(code), frame_of(Pole.objects.get(slug=slug), on), on=on)


@pytest.mark.parametrize("code", GRIDS)
def test_poles_of_the_documents_get_honest_answers(code: str) -> None:
    poles = list(Pole.objects.filter(kind="pole", fictional=False).order_by("slug"))
    found = dict(frames([pole.pk for pole in poles], TODAY))
    answers: dict[str, Answer] = {}
    for pole in poles:
        verdict = evaluate.verdict(shipped(code), found[pole.pk], on=TODAY)
        answers[pole.slug] = verdict.answer
        for one in verdict.criteria:
            assert one.reasons, (pole.slug, one.criterion.code)
            if one.answer == Answer.TO_CHECK:
                asked = one.criterion.question is not None
                incomplete = [known.code for known in one.known if not known.complete]
                assert one.missing or asked or incomplete, (pole.slug, one.criterion.code)
    decided = {slug: answer.value for slug, answer in answers.items() if answer != Answer.TO_CHECK}
    laureates = set(
        Pole.objects.filter(recognitions__scheme="laureat", slug__in=answers).values_list("slug", flat=True)
    )
    assert decided == (dict.fromkeys(laureates, "non") if code == "decret-2015-431" else {})
    assert len(answers) > 40
    assert len(laureates) == 5


def test_three_enterprises_stand_below_the_minimum_of_the_note_that_cites_them() -> None:
    """R-153, at the date of the note; years later the same count proves nothing any more."""
    slug, code = "pes-sud-essonne", "labo-2011-criteres"
    then, now = said(slug, code, date(2011, 6, 30)), said(slug, code, TODAY)
    assert (then.answer, then.by_code["i2-nombre"].answer) == (Answer.NO, Answer.NO)
    assert any("3" in reason.label("fr") for reason in then.by_code["i2-nombre"].reasons)
    assert (now.answer, now.by_code["i2-nombre"].answer) == (Answer.TO_CHECK, Answer.TO_CHECK)
    evidence = {known.code: known for known in now.by_code["i2-nombre"].known}
    assert "2008" in evidence["pole.members"].note


def test_ten_enterprises_of_a_cluster_reach_it() -> None:
    found = said("lille-metropole-solidaire", "labo-2011-criteres", date(2011, 6, 30))
    assert {known.code for known in found.by_code["i2-nombre"].known} >= {"organisations"}


def test_an_award_of_2013_is_a_former_one_in_2015_and_not_yet_before() -> None:
    before, after = (said("pole-sud", "decret-2015-431", on) for on in (date(2013, 7, 1), date(2015, 6, 30)))
    assert before.by_code["c4-aide-anterieure"].answer == Answer.TO_CHECK
    assert after.by_code["c4-aide-anterieure"].answer == Answer.NO
    assert after.answer == Answer.NO


def test_partners_that_are_authorities_meet_the_eighth_criterion() -> None:
    found = said("sud-aquitain", "labo-2011-criteres", date(2014, 9, 19))
    assert found.by_code["i8-collectivite"].answer == Answer.YES
    assert found.by_code["i1-parties-prenantes"].answer == Answer.YES


# The command


@pytest.fixture
def loaded(register: None) -> None:
    """The shipped grids are in the database."""
    call_command("grids_load", "--save", verbosity=0)


def appraise(*options: str) -> dict[str, Any]:
    out = StringIO()
    call_command("sheets_appraise", "--json", *options, stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


@pytest.mark.usefixtures("loaded")
def test_the_command_counts_the_answers_of_every_pole() -> None:
    poles = Pole.objects.filter(
        kind="pole", actor__subject__public=True, actor__subject__closed_at=None
    ).count()
    found = {one["grid"]: one for one in appraise("--on", TODAY.isoformat())["grids"]}
    assert set(found) == {*GRIDS, "grille-terreau"}
    assert found["decret-2015-431"]["verdicts"] == {"a_verifier": poles - 5, "non": 5}
    assert found["grille-terreau"]["verdicts"] is None
    for one in found.values():
        assert all(sum(criterion["verdicts"].values()) == poles for criterion in one["criteria"])
    assert [one["grid"] for one in appraise("--grid", LAW)["grids"]] == [LAW]


@pytest.mark.usefixtures("loaded")
def test_quick_answers_are_those_that_explain() -> None:
    poles = list(Pole.objects.filter(kind="pole").order_by("slug").values_list("pk", flat=True))
    grids = grids_of_poles(TODAY)
    quick, known = dict(appraisals(poles, grids, TODAY)), dict(frames(poles, TODAY))
    for pole in poles:
        for grid in grids:
            told = evaluate.verdict(grid, known[pole], on=TODAY)
            assert quick[pole][grid.code].answer == told.answer
            assert quick[pole][grid.code].criteria == tuple(one.answer for one in told.criteria)


@pytest.mark.usefixtures("loaded")
def test_what_people_said_counts(animator: User) -> None:
    pole = Pole.objects.get(slug="pole-sud")
    grid = store.grid("labo-2011-criteres")
    judging.judge(
        pole.actor.subject,
        grid,
        "i3-projet",
        Answer.YES,
        reason="Le projet est écrit.",
        by=animator,
        may=Permission(ok=True),
    )
    counted = appraise("--grid", grid.code)["grids"][0]["criteria"]
    assert {one["code"]: one["verdicts"].get("oui", 0) for one in counted}["i3-projet"] == 1


@pytest.mark.parametrize("options", [("--grid", "inconnue"), ("--on", "hier"), ("--on", "2999-01-01")])
def test_the_command_refuses_what_it_cannot_read(options: tuple[str, str]) -> None:
    with pytest.raises(CommandError) as refused:
        appraise(*options)
    assert refused.value.returncode == 2
