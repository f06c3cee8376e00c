"""Colleges represented and taking part, dependency on one person, differences between two texts."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from terreau.governance.people_rules import Held, dependencies, participation, representation
from terreau.governance.text_differences import (
    ADDED,
    CHANGED,
    REMOVED,
    SAME,
    Paragraph,
    differences,
    paragraphs,
)


def test_each_college_with_its_seats_its_vacancies_and_its_voices() -> None:
    seats = [("Élus", "local_authority"), ("Structures", "association"), ("Structures", "company")]
    colleges = [("Élus", 2, 40), ("Structures", 2, 60), ("Habitants", 3, 10)]
    by_seat = representation(seats, colleges, by_college=False)
    assert [(one.college, one.seats, one.vacant, one.share) for one in by_seat] == [
        ("Élus", 1, 1, Fraction(1, 3)),
        ("Structures", 2, 0, Fraction(2, 3)),
        ("Habitants", 0, 3, Fraction(0)),
    ]
    assert by_seat[1].natures == {"association": 1, "company": 1}
    weighted = representation(seats, colleges, by_college=True)
    assert [one.share for one in weighted] == [Fraction(2, 5), Fraction(3, 5), Fraction(0)]


def test_seats_outside_a_college_are_told_too() -> None:
    assert [one.college for one in representation([("", "union")], [], by_college=False)] == [""]


def test_a_seat_that_says_nothing_was_called_and_is_not_there() -> None:
    found = participation([("A", "present"), ("A", "represented"), ("A", ""), ("B", "excused")])
    assert [(one.college, one.called, one.there, one.in_person) for one in found] == [
        ("A", 3, 2, 1),
        ("B", 1, 0, 0),
    ]
    assert found[0].share == Fraction(2, 3)


def test_a_pole_hangs_on_one_person_above_half_of_three() -> None:
    two = [Held("ada", "Bureau", office=True), Held("ada", "Conseil", office=True)]
    assert dependencies(two, []) == []
    three = [*two, Held("bob", "Comité", office=True)]
    assert {(one.what, one.who, one.held, one.total) for one in dependencies(three, [])} == {
        ("offices", "ada", 2, 3),
        ("bodies", "ada", 2, 3),
    }
    shared = [Held("ada", "A"), Held("bob", "A"), Held("ada", "B"), Held("bob", "C"), Held("bob", "D")]
    assert [(one.what, one.who) for one in dependencies(shared, [])] == [("bodies", "bob")]


def test_nobody_named_is_nobody() -> None:
    assert dependencies([Held("", name, office=True) for name in "abcd"], []) == []
    functions = [Held("asso", name) for name in ("animation", "watch", "decision")]
    assert [one.what for one in dependencies([], functions)] == ["functions"]


def test_a_paragraph_that_changes_shows_its_words() -> None:
    before = "Article 1\nLe quorum est la moitié des sièges.\nArticle 9"
    after = "Article 1\nLe quorum est le tiers des sièges.\nArticle 2 nouveau, tout autre chose"
    found = differences(before, after)
    assert [one.kind for one in found] == [SAME, CHANGED, REMOVED, ADDED]
    assert [(one.kind, one.text) for one in found[1].pieces if one.kind != SAME] == [
        (REMOVED, "la"),
        (ADDED, "le"),
        (REMOVED, "moitié"),
        (ADDED, "tiers"),
    ]


def _side(found: list[Paragraph], gone: str) -> list[str]:
    sides = ("".join(piece.text for piece in one.pieces if piece.kind != gone) for one in found)
    return [line for line in sides if line.strip()]


_LINES = st.lists(st.sampled_from(["un deux trois", "un deux quatre", "cinq six", "sept"]), max_size=6)


@given(_LINES, _LINES)
def test_both_texts_are_found_again(old: list[str], new: list[str]) -> None:
    before, after = "\n".join(old), "\n".join(new)
    found = differences(before, after)
    assert _side(found, ADDED) == paragraphs(before)
    assert _side(found, REMOVED) == paragraphs(after)
