"""The guide of who writes a grid says what the language takes: its rules and its facts are read."""

import json
import re
from typing import Any

import pytest

from terreau.common.content import Section
from terreau.grids.frame import parse_frame
from terreau.grids.problems import Problems
from terreau.grids.readables import readable
from terreau.grids.reading import read
from terreau.grids.rule_checks import RuleChecker
from terreau.grids.rules import LEAVES
from tests.house.tree import ROOT

GUIDE = (ROOT / "docs" / "grids.md").read_text("utf-8")
_TEXTS = '{fr: "x", en: "y"}'
_WHERE = "{field: ess}"


def _filled(rule: str) -> str:
    """A rule of the table with what it leaves out."""
    for before, after in (
        ("{all: […]} {any: […]} {not: …}", "{all: [{any: [{not: {fact: pole.legal_person}}]}]}"),
        ("fact: F, op", "fact: pole.members, op"),
        ("fact: F, any_of: [a, b]", "fact: functions, any_of: [observatory, hosting]"),
        ("{label: {fr, en}, where: …}, …", f"{{label: {_TEXTS}, where: {_WHERE}}}"),
        ("question: {fr, en}", f"question: {_TEXTS}"),
        ("parameter_known: CODE", "parameter_known: decret-2015-431.minimum_legal_persons"),
    ):
        rule = rule.replace(before, after)
    return rule


def _rules() -> list[str]:
    rows = [line for line in GUIDE.splitlines() if line.startswith("| `{")]
    found = [" ".join(re.findall(r"`([^`]+)`", row.split("|")[1])) for row in rows]
    return [_filled(rule) for rule in found]


@pytest.mark.parametrize("rule", _rules())
def test_every_rule_of_the_table_is_one_of_the_language(rule: str) -> None:
    problems = Problems()
    document: Any = read(f"rule: {rule}\n", problems)
    assert isinstance(document, Section)
    numbers = {"decret-2015-431.minimum_legal_persons"}
    RuleChecker(problems, readable(), numbers, "pole").check(document, "rule")
    assert not problems


def test_the_table_has_every_form() -> None:
    told = " ".join(_rules())
    assert not [verb for verb in LEAVES if f"{{{verb}:" not in told]


def test_the_facts_of_the_guide_are_read() -> None:
    given = re.search(r'`(\{"on": .*?\}\})`', GUIDE, re.DOTALL)
    assert given is not None
    frame = parse_frame(json.loads(given[1])["facts"])
    assert not frame["members"].complete
