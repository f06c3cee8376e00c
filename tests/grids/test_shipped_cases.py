"""The shipped grids on candidates of the documents: what each answers, criterion by criterion, and why."""

from datetime import date
from functools import cache
from typing import Any

import pytest

from terreau.common.verdicts import Answer
from terreau.grids import evaluate, loading
from terreau.grids.content_rules import check
from terreau.grids.evaluate import GridVerdict
from terreau.grids.frame import parse_frame
from terreau.grids.language import Grid

YES, NO, OPEN = Answer.YES, Answer.NO, Answer.TO_CHECK
ON = date(2015, 6, 30)


@cache
def shipped(code: str) -> Grid:
    """The grid of a shipped file."""
    path = next(path for path in loading.shipped() if path.stem == code)
    checked = check(path.read_text(encoding="utf-8"))
    assert checked.ok, checked.problems
    assert checked.grid is not None
    return checked.grid


def said(code: str, facts: dict[str, Any], on: date = ON) -> GridVerdict:
    return evaluate.verdict(shipped(code), parse_frame(facts), on=on)


def answers(found: GridVerdict) -> dict[str, str]:
    return {code.split("-")[0]: one.answer.value for code, one in found.by_code.items()}


def a(kind: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, **more}


ESS = a("ess_enterprise")
NETWORK = a("ess_network", ess=True, legal_person=True)
SME, FIRM = a("responsible_sme", legal_person=True), a("lucrative_firm", legal_person=True)
AUTHORITY, CITIZEN = a("local_authority"), a("citizen")
TRAINING = a("training", legal_person=True, ess=False, enterprise=False, other_person=True)

POLE: dict[str, Any] = {
    "members": [ESS, ESS, NETWORK, SME, AUTHORITY, TRAINING],
    "functions": ["pooled_means", "joint_projects"],
    "pole.cooperation_form": ["means", "projects"],
    "perimeter.communes": 12,
    "project.innovation": ["social"],
    "pole.legal_person": True,
    "pole.private_law": True,
    "state_aid.earlier_call": False,
    "activities": [{"recognised": True}, {"recognised": True}, {"recognised": False}],
    "judged.i3-projet": True,
    "judged.i4-integration-locale": True,
    "judged.i6-longue-duree": True,
    "judged.d4-strategie": True,
    "judged.d5-projets": True,
    "judged.l5-strategie": True,
    "judged.l7-developpement-durable": True,
}

CRITERIA, DEFINITION = "labo-2011-criteres", "labo-2011-definition"
LAW, DECREE = "loi-2014-art9", "decret-2015-431"

#: candidate → facts that differ from those of ``POLE``; grid → the overall answer, then the criteria that
#: are not a yes (a no for exclusions).
CASES: dict[str, tuple[dict[str, Any], dict[str, tuple[Answer, dict[str, str]]]]] = {
    "a pole that meets everything": (
        {},
        {CRITERIA: (YES, {}), DEFINITION: (YES, {}), LAW: (YES, {}), DECREE: (YES, {})},
    ),
    "a chamber of commerce": (
        {"functions": ["consular_chamber"]},
        {CRITERIA: (NO, {"x3": "oui"})},
    ),
    "a chamber among the functions of a pole": (
        {"functions": ["consular_chamber", "hosting"]},
        {CRITERIA: (YES, {})},
    ),
    "a lone enterprise with a one-off project": (
        {
            "members": [ESS],
            "functions": ["single_enterprise", "one_off_project"],
            "pole.cooperation_form": [],
            "judged.i6-longue-duree": False,
        },
        {
            CRITERIA: (
                NO,
                {"i1": "non", "i2": "non", "i6": "non", "i7": "non", "i8": "non", "x1": "oui"},
            ),
            DEFINITION: (NO, {"d2": "non", "d3": "non"}),
            LAW: (NO, {"l2": "non", "l3": "non", "l4": "a_verifier"}),
            DECREE: (NO, {"c2": "non", "c2b": "non", "c2c": "non"}),
        },
    ),
    "an observatory": ({"functions": ["observatory"]}, {CRITERIA: (NO, {"x5": "oui"})}),
    "an observatory and resource centre": (
        {"functions": ["observatory", "resource_centre"]},
        {CRITERIA: (NO, {"x5": "oui"})},
    ),
    "an observatory that may do more": (
        {"functions": {"values": ["observatory"], "complete": False}},
        {CRITERIA: (OPEN, {"x5": "a_verifier"})},
    ),
    "a network that supports business creation": (
        {"functions": ["creation_support"]},
        {CRITERIA: (NO, {"x4": "oui"})},
    ),
    "a political network of the ESS": ({"functions": ["ess_network"]}, {CRITERIA: (NO, {"x2": "oui"})}),
    "functions nobody knows": (
        {"functions": None},
        {CRITERIA: (OPEN, dict.fromkeys(("x1", "x2", "x3", "x4", "x5"), "a_verifier"))},
    ),
    "a pole of 4 organisations": (
        {"members": [ESS, ESS, FIRM, AUTHORITY]},
        {CRITERIA: (NO, {"i2": "non"}), LAW: (YES, {}), DECREE: (YES, {})},
    ),
    "4 organisations and a citizen": (
        {"members": [ESS, ESS, SME, AUTHORITY, CITIZEN]},
        {CRITERIA: (NO, {"i2": "non"}), DECREE: (YES, {})},
    ),
    "a pole of 5, all of one kind": (
        {"members": [ESS] * 5},
        {
            CRITERIA: (NO, {"i1": "non", "i2": "non", "i8": "non"}),
            DEFINITION: (NO, {"d3": "non"}),
            LAW: (NO, {"l3": "non", "l4": "a_verifier"}),
            DECREE: (NO, {"c2b": "non", "c2c": "non"}),
        },
    ),
    "no local authority": (
        {"members": [ESS, ESS, NETWORK, SME, TRAINING]},
        {CRITERIA: (NO, {"i8": "non"}), DEFINITION: (YES, {}), LAW: (YES, {}), DECREE: (YES, {})},
    ),
    "no legal form": (
        {"pole.legal_person": False, "pole.private_law": None, "carrier.legal_person": True},
        {CRITERIA: (YES, {}), DEFINITION: (YES, {}), LAW: (YES, {}), DECREE: (NO, {"c1": "non"})},
    ),
    "a public body": ({"pole.private_law": False}, {CRITERIA: (YES, {}), DECREE: (NO, {"c1": "non"})}),
    "supported by the State after an earlier call": (
        {"state_aid.earlier_call": True},
        {CRITERIA: (YES, {}), LAW: (YES, {}), DECREE: (NO, {"c4": "non"})},
    ),
    "a former award that nobody knows of": (
        {"state_aid.earlier_call": None},
        {DECREE: (OPEN, {"c4": "a_verifier"})},
    ),
    "a grouping of enterprises mostly outside the ESS": (
        {
            "members": [
                ESS,
                ESS,
                a("ess_network", ess=False, legal_person=True, mostly_not_ess=True),
                AUTHORITY,
            ]
        },
        {LAW: (YES, {}), DECREE: (YES, {})},
    ),
    "two definitions: an authority and no enterprise": (
        {"members": [ESS, ESS, NETWORK, AUTHORITY, TRAINING]},
        {
            CRITERIA: (YES, {}),
            DEFINITION: (YES, {}),
            LAW: (NO, {"l3": "non"}),
            DECREE: (NO, {"c2b": "non", "c2c": "non"}),
        },
    ),
    "two definitions: any enterprise, and a natural person": (
        {"members": [ESS, ESS, FIRM, CITIZEN]},
        {DEFINITION: (NO, {"d3": "non"}), LAW: (YES, {}), DECREE: (YES, {})},
    ),
    "two members, one of whom would hold two places": (
        {"members": [a("ess_enterprise", research_training=True), FIRM]},
        {DECREE: (NO, {"c2": "non", "c2c": "non"})},
    ),
    "one more enterprise as « any other person »: the text does not say": (
        {"members": [ESS, ESS, FIRM]},
        {DECREE: (OPEN, {"c2c": "a_verifier"})},
    ),
    "an innovation that nobody established": (
        {"project.innovation": None},
        {CRITERIA: (YES, {}), LAW: (OPEN, {"l6": "a_verifier"}), DECREE: (OPEN, {"c3": "a_verifier"})},
    ),
    "no territory": (
        {"perimeter.communes": 0},
        {DEFINITION: (NO, {"d1": "non"}), LAW: (NO, {"l1": "non"}), DECREE: (NO, {"c3": "non"})},
    ),
    "Pôle Économie Solidaire Sud-Essonne: three ESS enterprises (R-153)": (
        {"members": [ESS, ESS, ESS], "functions": ["employment", "pooled_means", "multi_function"]},
        {
            CRITERIA: (NO, {"i1": "non", "i2": "non", "i8": "non"}),
            LAW: (NO, {"l3": "non", "l4": "a_verifier"}),
            DECREE: (NO, {"c2b": "non", "c2c": "non"}),
        },
    ),
    "members that nobody listed": (
        {"members": None},
        {
            CRITERIA: (OPEN, dict.fromkeys(("i1", "i2", "i8"), "a_verifier")),
            DEFINITION: (OPEN, dict.fromkeys(("d2", "d3"), "a_verifier")),
            LAW: (OPEN, dict.fromkeys(("l2", "l3", "l4"), "a_verifier")),
            DECREE: (OPEN, dict.fromkeys(("c2", "c2a", "c2b", "c2c"), "a_verifier")),
        },
    ),
    "a list of members that may be longer": (
        {"members": {"values": [ESS, AUTHORITY], "complete": False}},
        {
            CRITERIA: (OPEN, {"i2": "a_verifier"}),
            DEFINITION: (OPEN, {"d2": "a_verifier"}),
            LAW: (OPEN, {"l2": "a_verifier", "l3": "a_verifier"}),
            DECREE: (OPEN, {"c2": "a_verifier", "c2b": "a_verifier", "c2c": "a_verifier"}),
        },
    ),
    "a minority of activities of social utility": (
        {"activities": [{"recognised": True}, {"recognised": False}]},
        {CRITERIA: (NO, {"i5": "non"})},
    ),
    "nothing known": (
        dict.fromkeys(POLE),
        {code: (OPEN, {}) for code in (CRITERIA, DEFINITION, LAW, DECREE)},
    ),
}


@pytest.mark.parametrize(
    ("name", "code"), [(name, code) for name, (_facts, wanted) in CASES.items() for code in wanted]
)
def test_a_candidate_gets_its_answers(name: str, code: str) -> None:
    facts, wanted = CASES[name]
    overall, others = wanted[code]
    found = said(code, {**POLE, **facts})
    assert found.answer == overall
    decisive = {
        one.criterion.code.split("-")[0]: one.answer.value
        for one in found.criteria
        if one.criterion.kind in {"incontournable", "exclusion"}
        and one.answer != (NO if one.criterion.kind == "exclusion" else YES)
    }
    if name != "nothing known":
        assert decisive == others
    else:
        assert set(decisive.values()) == {"a_verifier"}
    for one in found.criteria:
        assert one.reasons, one.criterion.code
        assert all(reason.label("fr") and reason.label("en") for reason in one.reasons)


def test_an_exclusion_orients_to_the_right_scheme() -> None:
    one = said(CRITERIA, {**POLE, "functions": ["creation_support"]}).by_code["x4-accompagnement"]
    assert any("soutien à la création" in reason.label("fr") for reason in one.reasons)
    assert any("support the creation" in reason.label("en") for reason in one.reasons)


def test_a_pole_without_legal_form_reads_why_the_decree_says_no() -> None:
    one = said(DECREE, {**POLE, "pole.legal_person": False, "pole.private_law": None}).by_code[
        "c1-personne-morale"
    ]
    words = " ".join(reason.label("fr") for reason in one.reasons)
    assert "Le pôle est une personne morale" in words
    assert "structure porteuse" in one.criterion.text["fr"]


def test_what_is_missing_is_named() -> None:
    one = said(DECREE, {**POLE, "state_aid.earlier_call": None}).by_code["c4-aide-anterieure"]
    assert "state_aid.earlier_call" in one.missing


def test_criteria_to_be_tested_never_exclude() -> None:
    found = said(CRITERIA, {**POLE, "judged.t3-gouvernance": False, "judged.t5-evaluation": False})
    assert found.answer == YES
    assert answers(found)["t3"] == "non"


def test_the_threshold_of_2011_is_unknown_before_the_note() -> None:
    one = said(CRITERIA, POLE, on=date(2010, 1, 1)).by_code["i2-nombre"]
    assert one.answer == OPEN
    assert "parameter_before" in {reason.code for reason in one.reasons}


ASSOCIATION = {
    "actor.legal_person": True,
    "actor.private_law": True,
    "actor.family": ["association"],
    "actor.commercial_company": False,
}
COMPANY = {
    "actor.legal_person": True,
    "actor.private_law": True,
    "actor.family": [],
    "actor.commercial_company": True,
}
AUTHORITY_FACTS = {
    "actor.legal_person": True,
    "actor.private_law": False,
    "actor.family": [],
    "actor.commercial_company": False,
    "actor.ess_listed": False,
}

ESS_CASES: dict[str, tuple[dict[str, Any], Answer]] = {
    "an association": (ASSOCIATION, YES),
    "a cooperative": ({**ASSOCIATION, "actor.family": ["cooperative"]}, YES),
    "a company that declares ESS statutes": ({**COMPANY, "actor.ess_declared": True}, YES),
    "a company on an official list": ({**COMPANY, "actor.ess_listed": True}, YES),
    "a company whose statutes nobody knows": (COMPANY, OPEN),
    "a company outside the ESS": (
        {**COMPANY, "actor.ess_declared": False, "actor.ess_listed": False},
        NO,
    ),
    "a local authority": (AUTHORITY_FACTS, NO),
    "a form that nobody knows": ({}, OPEN),
}


@pytest.mark.parametrize("name", ESS_CASES)
def test_who_is_an_ess_enterprise(name: str) -> None:
    facts, wanted = ESS_CASES[name]
    assert said("ess-art1", facts).answer == wanted


def test_a_second_hand_number_only_says_what_it_would_give() -> None:
    one = said("ess-art1", {**COMPANY, "management.development_fund_share": 30}, on=date(2026, 1, 1)).by_code[
        "s3-fonds"
    ]
    assert (one.answer, one.would_give) == (OPEN, YES)
    assert "parameter_unverified" in {reason.code for reason in one.reasons}


@pytest.mark.parametrize(
    ("facts", "wanted"),
    [
        ({"utility.support": True}, YES),
        ({"utility.sustainability": True, "utility.sustainability_impact": True}, YES),
        ({"utility.sustainability": True}, OPEN),
        (
            {
                "utility.support": False,
                "utility.cohesion": False,
                "utility.citizenship": False,
                "utility.sustainability": True,
                "utility.sustainability_impact": False,
            },
            NO,
        ),
    ],
)
def test_social_utility_needs_one_condition(facts: dict[str, Any], wanted: Answer) -> None:
    assert said("ess-art2", facts, on=date(2020, 1, 1)).answer == wanted


ESUS = {
    "actor.ess": True,
    "statutes.social_utility": True,
    "accounts.utility_cost_share": 70,
    "pay.top_five_mean": 5,
    "pay.top": 9.5,
    "capital.traded": False,
    "statutes.pay_policy": True,
}


@pytest.mark.parametrize(
    ("changed", "wanted", "criterion"),
    [
        ({}, YES, ""),
        ({"pay.top": 11}, NO, "e5"),
        ({"pay.top_five_mean": 7.5}, NO, "e4"),
        ({"capital.traded": True}, NO, "e6"),
        ({"actor.ess": False}, NO, "e1"),
        ({"accounts.utility_cost_share": 40}, OPEN, "e3"),
        (
            {"accounts.utility_cost_share": 40, "accounts.utility_effect": False, "esus.by_right": False},
            NO,
            "e3",
        ),
        ({"pay.top": {"min": 9, "max": 12}}, OPEN, "e5"),
    ],
)
def test_esus(changed: dict[str, Any], wanted: Answer, criterion: str) -> None:
    facts = {"esus.by_right": False, **ESUS, **changed} if wanted == NO else {**ESUS, **changed}
    found = said("esus", facts, on=date(2020, 1, 1))
    assert found.answer == wanted
    if criterion:
        assert answers(found)[criterion] == wanted.value


def test_a_structure_approved_by_right_still_belongs_to_the_ess() -> None:
    by_right = {"esus.by_right": True, "capital.traded": False}
    assert said("esus", {**by_right, "actor.ess": True}, on=date(2020, 1, 1)).answer == YES
    assert said("esus", {**by_right, "actor.ess": False}, on=date(2020, 1, 1)).answer == NO


def test_the_length_of_an_approval_is_to_be_checked() -> None:
    one = said("esus", {**ESUS, "esus.years_since_approval": 3}, on=date(2020, 1, 1)).by_code["e8-duree"]
    assert (one.answer, one.would_give) == (OPEN, YES)


def test_the_terreau_grid_gives_no_total() -> None:
    grid = shipped("grille-terreau")
    assert [len(grid.of_axis(axis.code)) for axis in grid.axes] == [5, 5, 5, 6, 5, 4, 6, 4, 5, 4, 5]
    assert [degree.value for degree in grid.scale] == [0, 1, 2, 3, 4]
    assert (grid.prescriptive, grid.outcome, len(grid.criteria)) == (False, None, 54)
    assert said("grille-terreau", POLE).answer == OPEN


def test_no_score_comes_out_of_a_charter() -> None:
    grid = shipped("charte-modele")
    assert (grid.prescriptive, grid.outcome) == (False, None)
    assert {criterion.kind for criterion in grid.criteria} == {"engagement"}
    assert [axis.code for axis in grid.axes] == ["preambule", "valeurs", "engagements"]


@pytest.mark.parametrize("code", ["referentiel-labo", "charte-nationale"])
def test_a_text_that_is_not_held_is_awaited_and_not_imitated(code: str) -> None:
    path = next(path for path in loading.shipped() if path.stem == code)
    checked = check(path.read_text(encoding="utf-8"))
    assert checked.ok
    assert checked.grid is None
    assert checked.awaited is not None
    assert checked.awaited["awaited"]["fr"].startswith("Texte non détenu")
    assert checked.awaited["awaited"]["en"].startswith("Text not held")
