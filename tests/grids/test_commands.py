"""The commands of automated callers: all problems, or an answer with its reasons."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from terreau.grids.loading import sync
from tests.grids.grid_files import TEXT, changed

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "essai.yaml"
    path.write_text(TEXT, "utf-8")
    return path


@pytest.fixture
def loaded(file: Path) -> None:
    sync(save=True, paths=[file])


def facts(tmp_path: Path, given: Any) -> str:
    path = tmp_path / "faits.json"
    path.write_text(given if isinstance(given, str) else json.dumps(given), "utf-8")
    return str(path)


def test_a_right_file_is_told_so(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("grids_check", str(file))
    assert capsys.readouterr().out.strip() == "essai.yaml : essai, version 1, 4 critère(s), aucun problème."


def test_every_problem_is_printed_with_its_line(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(changed(("nature: criteria", "nature: x"), ("op: at_least", "op: y")), "utf-8")
    with pytest.raises(CommandError, match="2 problème"):
        call_command("grids_check", str(file))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("essai.yaml:7: nature : « x » n'est pas possible ici.")
    assert lines[1].startswith("essai.yaml:31: criteria[0].rule.count.op :")
    with pytest.raises(CommandError):
        call_command("grids_check", str(file), "--json")
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is False
    assert [one["line"] for one in told["problems"]] == [7, 31]


def test_a_file_that_is_not_there_or_too_large_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="ne peut pas être lu"):
        call_command("grids_check", str(tmp_path / "rien.yaml"))
    large = tmp_path / "grosse.yaml"
    large.write_bytes(b"a" * 10_000_000)
    with pytest.raises(CommandError, match="1 problème"):
        call_command("grids_check", str(large))


@pytest.mark.usefixtures("loaded")
def test_facts_are_judged_on_their_day(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = {"on": "2015-06-30", "facts": {"members": [{"organisation": True}] * 2, "judged.durable": True}}
    call_command("grids_evaluate", "--grid", "essai", "--facts", facts(tmp_path, given), "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["grid"], told["version"], told["on"], told["verdict"]) == ("essai", "1", "2015-06-30", "non")
    three, durable, chamber, note = told["criteria"]
    assert (three["verdict"], three["kind"], three["source"]) == (
        "non",
        "incontournable",
        {"document": "Un texte", "section": "2"},
    )
    assert three["facts"][0]["code"] == "members"
    assert three["facts"][0]["value"] == [{"organisation": True}] * 2
    assert three["reasons"][0]["code"] == "fact_not_met"
    assert three["would_change"][0]["gives"] == "oui"
    assert three["would_change"][0]["steps"][0]["to"] == {"records": {"add": {"organisation": True}}}
    assert durable["verdict"] == "oui"
    assert (chamber["verdict"], chamber["missing"]) == ("a_verifier", ["functions"])
    assert (note["verdict"], note["would_change"]) == ("a_verifier", [])


@pytest.mark.usefixtures("loaded")
def test_facts_may_be_given_bare_with_a_version_and_in_english(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--grid", "essai@1", "--facts", facts(tmp_path, {"members": []}), "--on", "2020-01-01")
    call_command("grids_evaluate", *words, "--lang", "en")
    out = capsys.readouterr().out
    assert out.startswith("essai@1, 2020-01-01 : non")
    assert "Three members" in out
    assert "there are none" in out


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    ("given", "grid", "problem"),
    [
        ("{", "essai", r"faits\.json:1: ce n'est pas du JSON"),
        ("[]", "essai", "donnez un objet JSON"),
        ({"inconnu": 1}, "essai", r"facts\.inconnu"),
        ({"judged.trois": True}, "essai", r"facts\.judged\.trois"),
        ({"on": "hier", "facts": {}}, "essai", "n'est pas une date"),
        ({"on": "2010-01-01", "facts": {}}, "essai", "en vigueur"),
        ({}, "autre", "n'existe pas"),
        ({}, "essai@9", "n'existe pas"),
    ],
)
def test_what_cannot_be_judged_is_told(tmp_path: Path, given: Any, grid: str, problem: str) -> None:
    with pytest.raises(CommandError, match=problem):
        call_command("grids_evaluate", "--grid", grid, "--facts", facts(tmp_path, given))


@pytest.mark.usefixtures("loaded")
def test_refusals_are_json_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandError):
        call_command("grids_evaluate", "--grid", "rien", "--facts", facts(tmp_path, {}), "--json")
    assert json.loads(capsys.readouterr().out)["code"] == "unknown_grid"


@pytest.mark.usefixtures("loaded")
def test_today_is_the_day_when_none_is_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("grids_evaluate", "--grid", "essai", "--facts", facts(tmp_path, {}), "--json")
    assert date.fromisoformat(json.loads(capsys.readouterr().out)["on"]) >= date(2026, 1, 1)
