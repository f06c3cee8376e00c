"""What is said, how it spreads, what differs, what is taken: on values alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terreau.reviews import rules
from terreau.reviews.rules import Said

SCALE = (0, 1, 2, 3, 4)
levels = st.one_of(st.none(), st.sampled_from(SCALE))
said = st.builds(Said, level=levels, target=levels, first_step=st.text(max_size=5), words=st.text(max_size=5))


@pytest.mark.parametrize(
    ("one", "codes"),
    [
        (Said(), []),
        (Said(level=4, target=0), []),
        (Said(level=5), ["off_scale"]),
        (Said(target=-1), ["off_scale"]),
        (Said(not_concerned=True), []),
        (Said(level=1, not_concerned=True), ["concerned_or_not"]),
        (Said(target=1, not_concerned=True), ["concerned_or_not"]),
        (Said(words="a" * 2001, first_step="b" * 2001), ["too_long", "too_long"]),
    ],
)
def test_what_is_refused(one: Said, codes: list[str]) -> None:
    assert [problem.code for problem in rules.problems(one, SCALE)] == codes


@given(st.lists(st.one_of(st.none(), said), max_size=12))
def test_nobody_disappears_from_a_spread(answers: list[Said | None]) -> None:
    found = rules.spread(answers, SCALE)
    assert found.answered + found.not_concerned + found.silent == len(answers)
    assert set(found.counts) == set(SCALE)


def test_what_stands_furthest_apart_comes_first() -> None:
    spreads = {
        "A1": rules.spread([Said(level=1), Said(level=2)], SCALE),
        "A2": rules.spread([Said(level=0), Said(level=4), None], SCALE),
        "B1": rules.spread([Said(level=1), Said(level=3)], SCALE),
        "B2": rules.spread([Said(not_concerned=True)], SCALE),
    }
    assert rules.most_apart(spreads) == ["A2", "B1"]
    assert (spreads["A2"].lowest, spreads["A2"].highest, spreads["A2"].silent) == (0, 4, 1)
    assert spreads["B2"].apart == 0


def test_a_difference_is_a_level_or_a_target() -> None:
    ours = {"A1": Said(level=2, target=3), "A2": Said(level=2), "B1": Said(level=1)}
    theirs = {
        "A1": Said(level=2, target=4),
        "A2": Said(level=2, words="d'accord"),
        "B1": Said(not_concerned=True, words="pas ici"),
        "B2": Said(level=0),
    }
    found = rules.differences(["A1", "A2", "B1", "B2", "C1"], ours, theirs)
    assert list(found) == ["A1", "B1", "B2"]
    assert found["B2"].gap is None
    assert rules.unexplained(found) == ["A1", "B2"]


@given(ours=said, theirs=said, other=said)
def test_what_is_kept_is_whole_and_what_is_taken_loses_no_words(
    ours: Said, theirs: Said, other: Said
) -> None:
    assert rules.merged("keep", ours, theirs, other) == ours
    for choice, chosen in (("take", theirs), ("other", other)):
        kept = rules.merged(choice, ours, theirs, other)
        assert (kept.level, kept.not_concerned) == (chosen.level, chosen.not_concerned)
        assert kept.first_step == (chosen.first_step or ours.first_step)
        assert kept.words == (chosen.words or ours.words)
        assert rules.problems(kept, SCALE) == []
