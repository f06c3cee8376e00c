"""Stages, shares, order of tasks, majority: pure rules."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terreau.common.errors import DomainError
from terreau.projects import matching, rules
from terreau.projects.gantt import scale_of
from terreau.projects.rules import Work


@pytest.mark.parametrize(
    ("typed", "share"),
    [
        ("25 %", Fraction(1, 4)),
        ("33,3", Fraction(333, 1000)),
        ("1/3", Fraction(1, 3)),
        ("100", Fraction(1)),
        ("", None),
        ("  ", None),
    ],
)
def test_a_share_is_read_exactly_and_said_as_it_is_read(typed: str, share: Fraction | None) -> None:
    assert rules.read_share(typed) == share
    assert rules.read_share(rules.say_share(share)) == share


@pytest.mark.parametrize("typed", ["0", "-5", "101 %", "1/0", "x/3", "abc", "12,3456789", "4/3", "1/2/3"])
def test_what_is_no_share_is_refused(typed: str) -> None:
    with pytest.raises(DomainError):
        rules.read_share(typed)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.integers(1, 50), min_size=1, max_size=12))
def test_shares_of_a_whole_make_the_whole(weights: list[int]) -> None:
    shares = [Fraction(one, sum(weights)) for one in weights]
    rules.check_shares(shares)
    rules.check_shares([None] * len(shares))
    if len(shares) > 1:
        with pytest.raises(DomainError, match="chaque partenaire"):
            rules.check_shares([None, *shares[1:]])
        with pytest.raises(DomainError, match="100 %"):
            rules.check_shares(shares[1:])


def test_a_third_three_times_is_the_whole_and_33_3_is_not() -> None:
    rules.check_shares([Fraction(1, 3)] * 3)
    with pytest.raises(DomainError, match="99,9 %"):
        rules.check_shares([Fraction(333, 1000)] * 3)


def test_every_stage_is_reached_and_left_by_the_table_alone() -> None:
    for stage in rules.STAGES:
        for move in rules.TRANSITIONS:
            if move in rules.moves_from(stage):
                assert rules.target(stage, move) in rules.STAGES
            else:
                with pytest.raises(DomainError):
                    rules.target(stage, move)
    assert rules.moves_from("idea") == ["study", "drop"]
    assert all(rules.moves_from(stage) for stage in rules.STAGES)


@pytest.mark.parametrize("part", rules.ENGINEERING)
def test_each_part_of_the_engineering_is_asked(part: str) -> None:
    whole: dict[str, object] = {
        "modes": ["sales"],
        "tools": "a",
        "advisers": "personne",
        "cents": 0,
        "calendar": "b",
    }
    assert rules.missing(whole) == []
    empty: object = {"modes": [], "cents": None}.get(part, "")
    assert rules.missing({**whole, part: empty}) == [part]
    assert rules.missing(None) == list(rules.ENGINEERING)


def test_a_ring_of_tasks_is_found_and_a_chain_is_not() -> None:
    assert rules.loops({"a": ["b"], "b": ["c"], "c": []}) == []
    assert rules.loops({"a": ["b"], "b": ["c"], "c": ["a"], "d": []}) == ["a", "b", "c"]
    assert rules.loops({"a": ["a"]}) == ["a"]


def test_a_task_that_begins_too_soon_is_said() -> None:
    first = Work("a", date(2026, 1, 1), date(2026, 1, 31))
    second = Work("b", date(2026, 1, 31), date(2026, 2, 5), needs=("a",))
    assert rules.clashes([first, second]) == [("b", "a")]
    after = Work("b", date(2026, 2, 1), date(2026, 2, 5), needs=("a",))
    assert rules.clashes([first, after]) == []
    done = Work("a", date(2026, 1, 1), date(2026, 1, 31), "done")
    assert rules.clashes([done, second]) == []


def test_late_is_after_the_last_day() -> None:
    work = Work("a", None, date(2026, 1, 31))
    assert not rules.is_late(work, date(2026, 1, 31))
    assert rules.is_late(work, date(2026, 2, 1))
    assert not rules.is_late(Work("a", None, date(2026, 1, 31), "done"), date(2026, 2, 1))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.lists(
        st.tuples(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(0, 4000)), min_size=1, max_size=8
    )
)
def test_the_scale_holds_every_day_and_few_marks(days: list[tuple[date, int]]) -> None:
    works = [
        Work(str(i), first, min(date(2120, 1, 1), date.fromordinal(first.toordinal() + more)))
        for i, (first, more) in enumerate(days)
    ]
    scale = scale_of(works, date(2026, 1, 1))
    assert scale is not None
    assert 1 <= len(scale.marks) <= 4
    for work in works:
        assert work.starts_on is not None
        assert work.ends_on is not None
        assert 0 <= scale.at(work.starts_on) <= scale.at(work.ends_on) <= 100
        assert scale.first <= work.starts_on <= work.ends_on <= scale.last
    assert scale_of([], date(2026, 1, 1)) is None


@pytest.mark.parametrize(
    ("recognised", "total", "answer"), [(0, 0, None), (1, 2, False), (2, 3, True), (0, 1, False)]
)
def test_most_is_more_than_half(recognised: int, total: int, answer: bool | None) -> None:
    assert rules.majority(recognised, total) is answer


def side(kind: str, words: str, **more: object) -> matching.Side:
    from uuid import uuid4

    return matching.Side(uuid4(), kind, words, uuid4(), **more)  # type: ignore[arg-type]


def codes(first: matching.Side, second: matching.Side) -> list[str]:
    return [reason.code for reason in matching.compare(first, second)]


def test_reasons_of_a_match_are_all_said() -> None:
    need = side("premises", "200 m2 stockage au sec", commune="35360", at=(-1.2, 48.12))
    hangar = side("premises", "hangar stockages possible", commune="35360", at=(-1.2, 48.12))
    assert codes(need, hangar) == ["kind", "words", "place"]
    near = side("heritage", "ancienne gare", commune="35210", at=(-1.4, 48.13))
    assert codes(need, near) == ["kin", "near"]
    assert codes(need, side("skills", "comptabilité")) == []
    assert codes(side("other", "rien"), side("other", "chose")) == []


def test_dates_that_never_meet_set_a_resource_aside() -> None:
    need = side("premises", "salle", ends_on=date(2026, 1, 31))
    later = side("premises", "salle", starts_on=date(2026, 2, 1))
    assert codes(need, later) == []
    assert codes(need, side("premises", "salle", starts_on=date(2026, 1, 31))) == ["kind", "words", "dates"]


def test_the_most_alike_comes_first_and_a_place_alone_is_no_match() -> None:
    need = side("materials", "chutes de chene", commune="35360", at=(-1.2, 48.12))
    exact = side("materials", "chutes de chene et de frene", commune="35360", at=(-1.2, 48.12))
    kin = side("waste", "copeaux")
    only_place = side("funds", "epargne", commune="35360", at=(-1.2, 48.12))
    found = [pair.resource for pair in matching.pairs(need, [kin, only_place, exact])]
    assert found == [exact.key, kin.key]
