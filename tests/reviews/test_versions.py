"""Answers given under one version, read under the next with a stated confidence; none disappears."""

from typing import Any

from terreau.reviews import answering, campaigns, situation
from terreau.reviews.models import Stance
from terreau.reviews.rules import Said
from tests.reviews.conftest import Scene, content, published


def test_old_answers_read_under_a_later_version_and_none_disappears(scene: Scene) -> None:
    review = scene.open("internal")
    given = {"A1": Said(level=3, target=4, first_step="écrire"), "A2": Said(level=2), "B1": Said(level=1)}
    for code, one in given.items():
        answering.save(review.seats.get(), code, base=Said(), mine=one, by=scene.animator)
    campaigns.close(review, by=scene.animator)
    moves: list[Any] = [
        {"split": {"from": "A1", "to": ["A1", "A3"]}},
        {"drop": {"from": "A2", "reason": {"fr": "redite de A1", "en": "repeats A1"}}},
        {"move": {"from": "B1", "to": "C1"}},
    ]
    later = content(version="2", items=("A1", "A3", "C1")) | {"mapping": {"from": "1", "moves": moves}}
    version = published(later, supersedes=scene.version)
    held = situation.situation(scene.pole, version)
    lines = {line.item.code: line for line in held.lines}
    assert lines["A1"].said == lines["A3"].said == given["A1"]
    assert (lines["A3"].confidence, lines["A3"].given_under) == ("to_check", "1")
    assert lines["A3"].why
    assert (lines["C1"].said.level, lines["C1"].confidence) == (1, "stated")
    assert len(held.lost) == 1
    assert "A2" in held.lost[0]
    assert "redite de A1" in held.lost[0]
    assert Stance.objects.filter(superseded_at=None).count() == 3


def test_a_new_answer_takes_the_place_of_what_was_read(scene: Scene) -> None:
    review = scene.open("internal")
    answering.save(review.seats.get(), "A1", base=Said(), mine=Said(level=3), by=scene.animator)
    campaigns.close(review, by=scene.animator)
    scene.version = published(content(version="2"), supersedes=scene.version)
    second = scene.open("internal", title="Sous la version 2")
    answering.save(second.seats.get(), "A1", base=Said(), mine=Said(level=1), by=scene.animator)
    lines = {one.item.code: one for one in situation.situation(scene.pole, scene.version).lines}
    assert (lines["A1"].said.level, lines["A1"].confidence != "") == (3, True)
    campaigns.close(second, by=scene.animator)
    lines = {one.item.code: one for one in situation.situation(scene.pole, scene.version).lines}
    assert (lines["A1"].said.level, lines["A1"].confidence) == (1, "")
