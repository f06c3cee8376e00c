"""Stages, composition, old information, how sure the register is: tables of values."""

from datetime import date

import pytest

from terreau.poles.models import Stage
from terreau.poles.rules import (
    STAGES,
    TRANSITIONS,
    Member,
    OldInformation,
    composition,
    old_information,
    register_status,
    stage_move,
)

ASSOCIATION = Member("association", "oui")
COMPANY = Member("company", "non")


def test_the_stages_are_those_of_the_model_in_their_order() -> None:
    assert list(STAGES) == Stage.values
    assert set(TRANSITIONS) == {"", *STAGES}


@pytest.mark.parametrize(
    ("current", "wanted", "reason", "ok", "back", "code"),
    [
        ("", "emergence", "", True, False, ""),
        ("en_projet", "creation", "", True, False, ""),
        ("creation", "creation", "", False, False, "same_stage"),
        ("consolidation", "en_projet", "", False, True, "reason_needed"),
        ("consolidation", "en_projet", "  ", False, True, "reason_needed"),
        ("consolidation", "en_projet", "Le pôle s'est délité.", True, True, ""),
        ("creation", "", "", False, False, "unknown_stage"),
        ("creation", "etude", "", False, False, "unknown_stage"),
        ("etude", "creation", "", False, False, "unknown_stage"),
    ],
)
def test_a_stage_may_skip_and_may_go_back_with_a_reason(
    current: str, wanted: str, reason: str, ok: bool, back: bool, code: str
) -> None:
    move = stage_move(current, wanted, reason=reason)
    assert (move.ok, move.back, move.code) == (ok, back, code)


def test_a_move_is_not_dated_before_the_one_it_follows() -> None:
    move = stage_move("en_projet", "creation", last_on=date(2014, 1, 1), on=date(2013, 12, 31))
    assert (move.ok, move.code) == (False, "before_last_move")
    assert stage_move("en_projet", "creation", last_on=date(2014, 1, 1), on=date(2014, 1, 1)).ok


def codes(members: list[Member], stated: int | None = None) -> list[str]:
    return [remark.code for remark in composition(members, stated).remarks]


def test_three_enterprises_stand_below_the_minimum_and_it_is_only_an_information() -> None:
    """PES Sud-Essonne, R-153."""
    made = composition([ASSOCIATION, ASSOCIATION, Member("cooperative", "oui")])
    assert (made.organisations, made.types) == (3, 2)
    assert [(r.code, r.value, r.threshold) for r in made.remarks] == [("below_minimum", 3, 5)]


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, "no_member_known"),
        (1, "below_minimum"),
        (4, "below_minimum"),
        (5, "between_5_and_10"),
        (9, "between_5_and_10"),
    ],
)
def test_the_thresholds_are_five_and_ten(number: int, expected: str) -> None:
    members = [Member(nature, "oui") for nature in (["association", "cooperative"] * 5)[:number]]
    assert expected in codes(members)


def test_ten_organisations_of_two_types_call_for_no_remark() -> None:
    assert codes([ASSOCIATION, Member("local_authority", "non")] * 5) == []


def test_a_number_stated_by_a_source_counts_when_it_names_fewer() -> None:
    assert codes([ASSOCIATION], stated=20) == []
    assert codes([ASSOCIATION] * 6, stated=3)[0] == "between_5_and_10"


def test_persons_and_outside_funders_are_not_organisations_of_the_pole() -> None:
    made = composition(
        [ASSOCIATION, Member("natural_person", "non"), Member("company", "non", role="funder")]
    )
    assert made.organisations == 1


def test_a_share_says_how_far_the_unknown_may_move_it() -> None:
    made = composition(
        [ASSOCIATION, COMPANY, Member("unknown", "a_verifier"), Member("unknown", "a_verifier")]
    )
    assert made.ess is not None
    assert (made.ess.least, made.ess.most, made.ess.known) == (0.25, 0.75, False)
    assert made.lucrative is not None
    assert (made.lucrative.least, made.lucrative.most) == (0.25, 0.75)
    assert made.core_ess is None


def test_a_core_is_told_not_to_be_ess_only_when_it_is_sure() -> None:
    unsure = [Member("company", "a_verifier", circle="core")] * 3
    sure = [Member("company", "non", circle="core")] * 3
    assert "core_not_ess" not in codes(unsure)
    assert "core_not_ess" in codes(sure)
    assert "mostly_lucrative" in codes(sure)


TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("newest", "confirmed", "expected"),
    [
        (date(2014, 9, 1), None, OldInformation(2014, None)),
        (None, None, OldInformation(None, None)),
        (date(2014, 9, 1), date(2020, 1, 1), OldInformation(2014, date(2020, 1, 1))),
        (date(2014, 9, 1), date(2024, 11, 21), OldInformation(2014, date(2024, 11, 21))),
        (date(2014, 9, 1), date(2024, 11, 22), None),
        (date(2025, 1, 1), None, None),
    ],
)
def test_information_is_old_two_years_after_it_was_said_or_confirmed(
    newest: date | None, confirmed: date | None, expected: OldInformation | None
) -> None:
    assert old_information(newest, confirmed, TODAY) == expected


@pytest.mark.parametrize(
    ("schemes", "status"),
    [
        ([], "repere"),
        (["label-externe:PRIDES"], "repere"),
        (["engage-2014"], "declare"),
        (["label-externe:PRIDES", "temoin"], "declare"),
    ],
)
def test_a_pole_is_declared_when_it_engaged_itself(schemes: list[str], status: str) -> None:
    assert register_status(schemes) == status
