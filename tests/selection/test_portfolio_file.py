"""The JSON of a portfolio: what is read, every problem with its place, what the command answers."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from terreau.selection import portfolio_file, portfolio_words
from terreau.selection.portfolio_rules import Rule

GOOD: dict[str, Any] = {
    "envelope_cents": 12_000,
    "files": [
        {"id": "a", "score": 90_000, "asked_cents": 5_000, "region": "53", "qpv": True},
        {"id": "b", "score": 80_000, "asked_cents": 4_000, "region": "53"},
        {"id": "c", "score": 70_000, "asked_cents": 4_000, "region": "84", "rural": True},
        {"id": "e", "score": 10_500, "asked_cents": 3_000, "region": "93", "category": "project"},
    ],
    "rules": [{"on": "region", "value": "93", "of": "files", "at_least": 1}],
}


def _file(folder: Path, told: Any) -> Path:
    path = folder / "portefeuille.json"
    path.write_text(told if isinstance(told, str) else json.dumps(told), encoding="utf-8")
    return path


def _asked(folder: Path, told: Any) -> dict[str, Any]:
    out = StringIO()
    call_command("procedures_portfolio", input=_file(folder, told), json=True, stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def test_the_command_answers_as_its_contract_says(tmp_path: Path) -> None:
    found = _asked(tmp_path, GOOD)
    assert (found["status"], found["proven"], found["score"], found["gap"]) == ("optimal", True, 180_500, 0)
    assert [(one["id"], one["cents"]) for one in found["awards"]] == [("a", 5000), ("b", 4000), ("e", 3000)]
    (rule,) = found["rules"]
    assert (rule["code"], rule["reached"], rule["kept"]) == ("region:93:files:at_least", 1, True)
    assert (rule["price"]["gain_at_least"], rule["price"]["proven"]) == (0, True) or rule["price"]
    assert found["left_cents"] == 0
    assert found == _asked(tmp_path, {**GOOD, "files": GOOD["files"][::-1]})


def test_rules_that_cannot_hold_are_said_in_words(tmp_path: Path) -> None:
    found = _asked(tmp_path, {**GOOD, "rules": [*GOOD["rules"], {"on": "all", "of": "files", "at_least": 4}]})
    assert found["status"] == "infeasible"
    assert [one["words"] for one in found["conflict"]["rules"]] == [
        "l'enveloppe de 120\u00a0€",
        "au moins 4 dossiers, en tout",
    ]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("{", "Ligne 1"),
        ([], "un objet JSON"),
        ({}, "envelope_cents : cette clé manque"),
        ({**GOOD, "envelope_cents": 12.5}, "envelope_cents : un nombre entier de centimes"),
        ({**GOOD, "envelope_cents": True}, "envelope_cents : un nombre entier"),
        ({**GOOD, "colour": 1}, "colour : clé inconnue"),
        ({**GOOD, "files": {}}, "files : une liste"),
        ({**GOOD, "files": []}, "files : il n'y a aucun dossier"),
        ({**GOOD, "files": [{"id": 3, "score": 1, "asked_cents": 1}]}, "files\\[0\\].id : un texte"),
        ({**GOOD, "files": [*GOOD["files"], GOOD["files"][0]]}, "files\\[4\\].id : un autre dossier"),
        ({**GOOD, "rules": [{"on": "moon", "at_least": 1}]}, "rules\\[0\\].on : écrivez"),
        ({**GOOD, "rules": [{"on": "qpv"}]}, "rules\\[0\\] : donnez at_least"),
        (
            {**GOOD, "rules": [{"on": "qpv", "at_least_share": 25.5}]},
            "at_least_share : un nombre entier de cent",
        ),
        (
            {**GOOD, "rules": [{"on": "region", "value": "11", "at_least": 1}]},
            "rules\\[0\\].value : aucun dossier",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, told: Any, said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("procedures_portfolio", input=_file(tmp_path, told))


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="chemin"):
        call_command("procedures_portfolio", input=tmp_path / "rien.json")


def test_a_problem_is_written_as_it_is_read() -> None:
    one = portfolio_file.read(GOOD)
    assert portfolio_file.read(json.loads(json.dumps(portfolio_file.written(one)))) == one


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (
            Rule("qpv", "cents", "at_least_share", 2550),
            "au moins 25,5\u00a0% du montant, en quartier prioritaire",
        ),
        (Rule("region", "files", "at_most", 1, "53"), "au plus 1 dossier, région 53"),
        (
            Rule("rural", "files", "at_most_share", 5000),
            "au plus 50\u00a0% des dossiers, en territoire rural",
        ),
    ],
)
def test_a_rule_is_said_in_words(rule: Rule, words: str) -> None:
    assert portfolio_words.rule(rule) == words
