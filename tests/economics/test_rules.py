"""What a line is: level, side, kind, origin, function, for each case that the seed names."""

from dataclasses import replace
from datetime import date

import pytest

from terreau.economics import models, rules
from terreau.economics.rules import Given, How, Kind, Level, Origin, Role, Said, Side, classify
from terreau.economics.tables import tables, words
from terreau.governance.models import FunctionShare

POLE, CARRIER, MEMBER, OUTSIDE = Role.POLE, Role.CARRIER, Role.MEMBER, Role.OUTSIDE
CASH = Given("cash", OUTSIDE, POLE)
FEE = Given("cash", MEMBER, POLE, written_by="fee")
HELD = Given("cash", OUTSIDE, MEMBER, purpose="project")


def answer(given: Given, said: Said = rules.NO_SAID) -> tuple[str, str, str, str]:
    """Return level, side, kind and how."""
    found = classify(given, tables(), said)
    return str(found.level), str(found.side), str(found.kind), str(found.how)


@pytest.mark.parametrize(
    ("given", "level", "side", "kind", "how"),
    [
        # Money for the pole itself is the cell's; with no purpose, the pole's.
        (replace(CASH, purpose="pole", account="74"), "cell", "in", "subsidies", "account"),
        (replace(CASH, account="7061"), "pole", "in", "sales", "account"),
        (FEE, "cell", "in", "fees", "written_by"),
        (
            replace(CASH, giver=MEMBER, written_by="fee", purpose="project"),
            "project",
            "in",
            "fees",
            "written_by",
        ),
        (replace(CASH, receiver=CARRIER), "pole", "in", "unknown", "nobody"),
        (Given("cash", POLE, OUTSIDE, account="6132"), "pole", "out", "premises", "account"),
        (Given("cash", CARRIER, OUTSIDE, account="641", purpose="pole"), "cell", "out", "staff", "account"),
        (Given("cash", POLE, OUTSIDE, account="164"), "pole", "out", "repayment", "account"),
        (Given("cash", POLE, OUTSIDE, account="706"), "pole", "out", "unknown", "nobody"),
        # Money between the pole and its bearer is one purse; hours of the bearer are a gift.
        (Given("cash", CARRIER, POLE), "pole", "none", "", "internal"),
        (Given("time", CARRIER, POLE, purpose="pole"), "cell", "in", "voluntary", "nature"),
        (Given("time", POLE, CARRIER), "pole", "none", "", "internal"),
        # Gifts: help of a public body from outside, contributions of all the others.
        (Given("in_kind", OUTSIDE, POLE, Origin.PUBLIC), "pole", "in", "indirect_aid", "nature"),
        (Given("in_kind", MEMBER, POLE, Origin.PUBLIC), "pole", "in", "voluntary", "nature"),
        (Given("time", OUTSIDE, POLE, Origin.INDIVIDUALS), "pole", "in", "voluntary", "nature"),
        (Given("time", MEMBER, POLE, elsewhere=True), "pole", "none", "", "paid_elsewhere"),
        (Given("in_kind", POLE, MEMBER), "pole", "out", "other", "nature"),
        (Given("opportunity", MEMBER, POLE), "pole", "none", "", "exchange"),
        # Between members: never a resource of the pole.
        (Given("cash", MEMBER, MEMBER), "members", "none", "", "between_members"),
        (Given("cash", MEMBER, CARRIER, written_by="trade"), "members", "none", "", "between_members"),
        (Given("cash", OUTSIDE, MEMBER, Origin.PUBLIC), "members", "none", "", "between_members"),
        # A project held by members: what comes from outside, what goes outside, what stays between them.
        (
            Given("cash", OUTSIDE, MEMBER, purpose="project", account="74"),
            "project",
            "in",
            "subsidies",
            "account",
        ),
        (Given("cash", MEMBER, OUTSIDE, purpose="project"), "project", "out", "unknown", "nobody"),
        (Given("cash", MEMBER, MEMBER, purpose="cooperation"), "project", "none", "", "between_members"),
        (Given("cash", MEMBER, MEMBER, Origin.PUBLIC, "project"), "project", "in", "unknown", "nobody"),
        (Given("cash", OUTSIDE, OUTSIDE, purpose="project"), "project", "none", "", "apart"),
    ],
)
def test_each_case_of_the_seed(given: Given, level: str, side: str, kind: str, how: str) -> None:
    assert answer(given) == (level, side, kind, how)


def test_a_person_is_heard_part_by_part() -> None:
    assert answer(CASH, Said(kind="sales")) == ("pole", "in", "sales", "person")
    assert answer(CASH, Said(level="cell")) == ("cell", "in", "unknown", "nobody")
    assert answer(replace(CASH, account="74"), Said(kind="sales"))[2:] == ("sales", "person")
    assert classify(CASH, tables(), Said(origin="ess")).origin == "ess"
    # A kind of the other side is no answer: a receipt is no salary.
    assert answer(CASH, Said(kind="staff"))[2:] == ("unknown", "nobody")
    assert answer(CASH, Said(level="members"))[1] == "none"


def test_the_function_is_said_or_follows_from_what_the_line_is_for() -> None:
    def function(given: Given, said: Said = rules.NO_SAID) -> str:
        return str(classify(given, tables(), said).function)

    assert function(replace(CASH, written_by="fee")) == "membership"
    assert function(replace(CASH, purpose="tender")) == "watch"
    assert function(replace(CASH, purpose="decision")) == "decision"
    assert function(replace(CASH, purpose="pole")) == "animation"
    assert function(replace(CASH, purpose="tender", function="animation")) == "animation"
    assert function(CASH, Said(function="communication")) == "communication"
    assert function(CASH) == ""
    assert classify(replace(CASH, function="watch"), tables()).level == Level.CELL


def test_a_use_has_no_origin_and_what_is_inside_has_no_kind() -> None:
    use = classify(Given("cash", POLE, OUTSIDE, Origin.PUBLIC), tables())
    inside = classify(Given("cash", MEMBER, MEMBER, Origin.ESS), tables())
    assert use.origin == ""
    assert (inside.kind, inside.origin, inside.side) == ("", "", Side.NONE)


@pytest.mark.parametrize(
    ("nature", "ess", "category", "found"),
    [
        ("natural_person", "a_verifier", "", "individuals"),
        ("collective", "a_verifier", "", "individuals"),
        ("local_authority", "non", "", "public"),
        ("chamber", "a_verifier", "7381", "public"),
        ("chamber", "a_verifier", "", "unknown"),
        ("association", "a_verifier", "", "ess"),
        ("association", "non", "", "private"),
        ("company", "oui", "", "ess"),
        ("company", "a_verifier", "", "private"),
        ("unknown", "a_verifier", "", "unknown"),
        ("unknown", "oui", "", "ess"),
    ],
)
def test_four_origins(nature: str, ess: str, category: str, found: str) -> None:
    assert rules.trait(nature, ess, category) == found


def test_the_phase_is_the_stage_of_the_day() -> None:
    moves = [(date(2020, 1, 1), "emergence"), (date(2024, 6, 1), "creation")]
    assert rules.phase(moves, date(2019, 12, 31)) == ""
    assert rules.phase(moves, date(2024, 5, 31)) == "emergence"
    assert rules.phase(moves, date(2024, 6, 1)) == "creation"
    assert rules.phase([], date(2024, 6, 1), current="en_projet") == "en_projet"


def test_the_longest_prefix_of_an_account_wins() -> None:
    found = tables()
    assert found.of_account("6132", Side.OUT) == Kind.PREMISES
    assert found.of_account("6181", Side.OUT) == Kind.SERVICES
    assert found.of_account("6132", Side.IN) == ""
    assert found.of_account("", Side.IN) == ""


def test_the_tables_and_the_rules_say_the_same_words() -> None:
    pairs = (
        (models.Level, rules.Level),
        (models.Kind, rules.Kind),
        (models.Origin, rules.Origin),
        (models.Function, rules.Function),
    )
    for shown, known in pairs:
        assert list(shown.values) == [str(one) for one in known]
    assert list(FunctionShare.Function.values) == [str(one) for one in rules.Function]
    assert {*rules.RESOURCES, *rules.USES, Kind.UNKNOWN} == set(Kind)
    assert all(entry.words for entry in words())
    assert {str(How.PERSON), str(How.NOBODY)} < set(map(str, How))
