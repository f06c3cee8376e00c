"""An answer in a spreadsheet: the model of a form is read back the same; all that is wrong is told."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terreau.calls import answer_rules
from terreau.common.errors import DomainError
from terreau.dossiers import saying, sheet_answer
from terreau.dossiers.sheet_answer import Sheet

CONTENT: dict[str, Any] = {
    "pages": [
        {
            "code": "projet",
            "title": "Le projet",
            "title_en": "The project",
            "sections": [
                {
                    "code": "un",
                    "title": "Un",
                    "fields": [
                        {"key": "title", "kind": "text", "label": "Intitulé"},
                        {"key": "story", "kind": "long_text", "label": "Récit"},
                        {"key": "jobs", "kind": "integer", "label": "Emplois", "max": 50},
                        {"key": "share", "kind": "number", "label": "Part"},
                        {"key": "asked", "kind": "euro", "label": "Aide demandée"},
                        {"key": "starts", "kind": "date", "label": "Début"},
                        {"key": "ready", "kind": "yes_no", "label": "Prêt ?"},
                        {
                            "key": "stage",
                            "kind": "choice",
                            "label": "Stade",
                            "options": [
                                {"code": "idea", "label": "Idée", "label_en": "Idea"},
                                {"code": "run", "label": "En marche", "label_en": "Running"},
                            ],
                        },
                        {
                            "key": "needs",
                            "kind": "choices",
                            "label": "Besoins",
                            "options": [
                                {"code": "room", "label": "Locaux, ateliers"},
                                {"code": "money", "label": "Argent"},
                            ],
                        },
                        {"key": "carrier", "kind": "actor", "label": "Structure porteuse"},
                        {"key": "statutes", "kind": "file", "label": "Statuts"},
                        {"key": "members", "kind": "members", "label": "Membres"},
                        {"key": "budget", "kind": "budget", "label": "Budget"},
                        {"key": "funders", "kind": "financing", "label": "Plan"},
                        {
                            "key": "sites",
                            "kind": "table",
                            "label": "Lieux",
                            "columns": [
                                {"key": "place", "label": "Lieu", "kind": "text", "required": True},
                                {"key": "surface", "label": "Surface", "kind": "integer"},
                            ],
                        },
                    ],
                }
            ],
        }
    ]
}
ANSWERS: dict[str, Any] = {
    "title": "Une conserverie",
    "story": "=SOMME(A1) n'est pas une formule\n\nDeux lignes.",
    "jobs": 12,
    "share": "12.5",
    "asked": 4_500_050,
    "starts": "2026-03-01",
    "ready": False,
    "stage": "run",
    "needs": ["room", "money"],
    "carrier": {"actor": None, "name": "La Régie", "siren": "130025265"},
    "members": [
        {"name": "Le Moulin", "siren": "130025265", "nature": "SCIC", "ess": True},
        {"name": "L'Atelier"},
    ],
    "budget": [
        {"side": "expense", "post": "Salaires", "cents": 3_000_000, "year": 2026, "kind": "cash"},
        {"side": "resource", "post": "Région", "cents": 3_000_000, "year": 2026, "kind": "cash"},
    ],
    "funders": [{"funder": "Région", "cents": 3_000_000, "status": "acquis"}],
    "sites": [{"place": "Halle", "surface": 300}, {"place": "Cour"}],
}


def _kept(path: Path, sheets: list[Sheet], form: str = "xlsx") -> Path:
    file = path / f"reponse.{form}"
    file.write_bytes((sheet_answer.as_xlsx if form == "xlsx" else sheet_answer.as_ods)(sheets))
    return file


def _typed(path: Path, lines: list[tuple[str, str]], *more: Sheet) -> Path:
    rows = tuple((code, "", "", answer, "") for code, answer in lines)
    headers = ("Code", "Page", "Question", "Réponse", "Comment répondre")
    return _kept(path, [Sheet("Réponses", headers, rows, (10,) * 5), *more])


@pytest.mark.parametrize("form", ["xlsx", "ods"])
def test_a_model_filled_from_a_file_is_read_back_the_same(tmp_path: Path, form: str) -> None:
    sheets = sheet_answer.model(CONTENT, [("Appel", "AMI 2025")], ANSWERS)
    made = sheet_answer.read(_kept(tmp_path, sheets, form), CONTENT)
    assert (made.problems, made.remarks) == ([], [])
    assert made.values == ANSWERS


def test_an_empty_model_says_nothing_and_changes_nothing(tmp_path: Path) -> None:
    made = sheet_answer.read(_kept(tmp_path, sheet_answer.model(CONTENT, [], {})), CONTENT)
    assert (made.values, made.problems) == ({}, [])


def test_the_model_says_how_to_answer_and_what_is_asked_online() -> None:
    about, answers, *tables = sheet_answer.model(CONTENT, [("Appel", "AMI 2025")], {})
    words = {row[0]: row[4] for row in answers.rows}
    assert words["stage"] == "un seul choix : Idée / En marche"
    assert "en ligne" in words["statutes"]
    assert "« members »" in words["members"]
    assert about.rows == (("Appel", "AMI 2025"),)
    assert [one.name for one in tables] == ["members", "budget", "funders", "sites"]


@pytest.mark.parametrize(
    ("code", "typed", "value"),
    [
        ("asked", "12 500,50 €", 1_250_050),
        ("starts", "22/11/2026", "2026-11-22"),
        ("ready", "Oui", True),
        ("stage", "Running", "run"),
        ("needs", "argent ; Locaux, ateliers", ["money", "room"]),
        (
            "carrier",
            "La Régie (SIREN 130 025 265)",
            {"actor": None, "name": "La Régie", "siren": "130025265"},
        ),
        ("carrier", "Sans numéro", {"actor": None, "name": "Sans numéro", "siren": ""}),
        ("share", "0,125", "0.125"),
    ],
)
def test_people_type_as_they_write(tmp_path: Path, code: str, typed: str, value: Any) -> None:
    made = sheet_answer.read(_typed(tmp_path, [(code, typed)]), CONTENT)
    assert (made.values, made.problems) == ({code: value}, [])


@pytest.mark.parametrize(
    ("code", "typed", "why"),
    [
        ("asked", "beaucoup", "not_a_number"),
        ("asked", "12.500", "ambiguous_number"),
        ("jobs", "60", "too_big"),
        ("starts", "le mois prochain", "not_a_day"),
        ("stage", "Rêve", "unknown_option"),
        ("title", "x" * 301, "too_long"),
        ("inconnu", "x", "unknown_key"),
        ("statutes", "statuts.pdf", "not_here"),
        ("budget", "30 000", "not_here"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, code: str, typed: str, why: str) -> None:
    made = sheet_answer.read(_typed(tmp_path, [("ready", "non"), (code, typed)]), CONTENT)
    (problem,) = made.problems
    assert (problem.sheet, problem.line) == ("Réponses", 3)
    assert problem.code == why
    assert list(made.values) == ["ready"]


def test_a_code_twice_is_refused(tmp_path: Path) -> None:
    made = sheet_answer.read(_typed(tmp_path, [("title", "Un"), ("title", "Deux")]), CONTENT)
    assert [one.code for one in made.problems] == ["key_twice"]


def test_a_table_is_refused_line_by_line(tmp_path: Path) -> None:
    headers = ("Nom", "SIREN", "De l'économie sociale et solidaire")
    rows = (("Le Moulin", "130025265", "oui"), ("", "130025265", ""), ("X", "12", "peut-être"))
    made = sheet_answer.read(_typed(tmp_path, [], Sheet("members", headers, rows, (9,) * 3)), CONTENT)
    assert [(one.sheet, one.line) for one in made.problems] == [
        ("members", 3),
        ("members", 4),
        ("members", 4),
    ]
    assert made.values == {}


def test_a_budget_that_does_not_balance_and_a_sheet_without_headers_are_told(tmp_path: Path) -> None:
    headers = ("Dépense ou ressource", "Poste", "Montant en euros")
    budget = Sheet("budget", headers, (("dépense", "Salaires", "10"), ("ressource", "Région", "9")), (9,) * 3)
    other = Sheet("sites", ("Rien",), (("x",),), (9,))
    made = sheet_answer.read(_typed(tmp_path, [], budget, other), CONTENT)
    assert sorted(one.code for one in made.problems) == ["no_header", "unbalanced"]


def test_a_model_in_english_is_read_on_a_french_page(tmp_path: Path) -> None:
    rows = (("ready", "", "", "no", ""), ("stage", "", "", "Running", ""), ("asked", "", "", "12500.50", ""))
    sheet = Sheet("Answers", ("Code", "Page", "Question", "Answer", "How to answer"), rows, (9,) * 5)
    made = sheet_answer.read(_kept(tmp_path, [sheet]), CONTENT)
    assert made.values == {"ready": False, "stage": "run", "asked": 1_250_050}


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "autre.csv"
    file.write_text("Nom;Ville\nA;B\n", encoding="utf-8")
    with pytest.raises(DomainError) as raised:
        sheet_answer.read(file, CONTENT)
    assert raised.value.code == "not_the_model"


def test_a_sheet_that_is_not_of_the_model_is_said_and_left(tmp_path: Path) -> None:
    made = sheet_answer.read(
        _typed(tmp_path, [("title", "A")], Sheet("Brouillon", ("x",), (("y",),), (9,))), CONTENT
    )
    assert len(made.remarks) == 1
    assert made.values == {"title": "A"}


_FIELDS = {one["key"]: one for one in CONTENT["pages"][0]["sections"][0]["fields"]}


@settings(max_examples=50, deadline=None)
@given(
    key=st.sampled_from(["asked", "jobs", "starts", "ready", "needs", "stage"]),
    cents=st.integers(-(10**9), 10**9),
    day=st.dates(),
    truth=st.booleans(),
)
def test_what_is_typed_for_an_answer_gives_that_answer(key: str, cents: int, day: Any, truth: bool) -> None:
    values: dict[str, Any] = {
        "asked": cents,
        "jobs": abs(cents) % 50,
        "starts": day.isoformat(),
        "ready": truth,
        "needs": ["room", "money"][: 1 + truth],
        "stage": "run" if truth else "idea",
    }
    one = _FIELDS[key]
    assert sheet_answer.read_value(one, saying.typed(one, values[key])) == values[key]
    assert not answer_rules.wrong(one, values[key])
