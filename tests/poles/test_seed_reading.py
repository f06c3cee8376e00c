"""The content files are read whole; every mistake is told with its file and line before any writing."""

import re
from pathlib import Path

import pytest

from terreau.common.content import ContentError
from terreau.facts import catalogue
from terreau.poles import seed_content
from terreau.poles.seed_content import Content
from terreau.poles.seed_files import SeedError
from terreau.territories import base

SOURCES = """
documents:
  S3: {file: a.txt, title: {fr: Analyse, en: Analysis}, author: Labo, date: 2014-09}
pages:
  archer.fr: {label: archer.fr, url: https://archer.fr, mark: M}
"""
ACTOR = "- {key: halage, name: Halage, nature: association, sources: [S3 annexe 1]}\n"
POLE = """
- key: le-phares
  number: 13
  kind: pole
  name: Le Phares
  carriers: [{actor: halage, source: S3 annexe 1}]
  facts:
    - {code: pole.members, value: 10, 'on': 2014, source: S3 §2}
"""


def folder(path: Path, **files: str) -> Path:
    for name, text in {"sources": SOURCES, "organisations": ACTOR, "poles": POLE, **files}.items():
        (path / f"{name.replace('_', '-')}.yaml").write_text(text, "utf-8")
    return path


def read(path: Path) -> Content:
    return seed_content.read(catalogue.load(), base.load(), path)


def problems(path: Path) -> list[str]:
    with pytest.raises(SeedError) as caught:
        read(path)
    return [str(problem) for problem in caught.value.problems]


def test_a_small_register_is_read(tmp_path: Path) -> None:
    content = read(folder(tmp_path))
    assert [(entry.kind, entry.key) for entry in content.entries] == [
        ("actor", "halage"),
        ("pole", "le-phares"),
    ]
    kinds = [line.kind for line in content.entries[1].lines]
    assert sorted(kinds) == ["carrier", "fact"]
    assert content.citations["S3 §2"].section == "§2"
    assert content.citations["S3 §2"].published is not None


def test_the_order_of_statements_and_files_does_not_change_the_digest(tmp_path: Path) -> None:
    first = read(folder(tmp_path, poles=POLE + "    - {code: pole.jobs, value: 3, source: S3 §2}\n"))
    turned = POLE.replace("  facts:\n", "  facts:\n    - {code: pole.jobs, value: 3, source: S3 §2}\n")
    assert read(folder(tmp_path, poles=turned)).digest == first.digest
    assert read(folder(tmp_path)).digest != first.digest


def test_a_statement_with_two_sources_is_two_facts(tmp_path: Path) -> None:
    text = POLE.replace("source: S3 §2}", "sources: [S3 §2, 'P:archer.fr']}")
    entry = read(folder(tmp_path, poles=text)).entries[1]
    assert [line.citations for line in entry.lines if line.kind == "fact"] == [("S3 §2",), ("P:archer.fr",)]


def test_a_page_marked_unconfirmed_is_to_check(tmp_path: Path) -> None:
    text = POLE.replace("source: S3 §2}", "source: 'P:archer.fr p. 2'}")
    found = read(folder(tmp_path, poles=text)).citations["P:archer.fr p. 2"]
    assert (found.kind, found.section, found.to_check) == ("page", "p. 2", True)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("number: 13", "rank: 13", "poles.yaml:3: unknown key “rank”"),
        ("  kind: pole\n", "", "poles.yaml:2: “kind” is missing"),
        ("kind: pole", "kind: cluster", "poles.yaml:4: kind: 'cluster' is not one of pole, family, set"),
        ("key: le-phares", "key: Le Phares", "poles.yaml:2: key: 'Le Phares' is not a key"),
        ("key: le-phares", "key: imprimer", "poles.yaml:2: “imprimer” is an address of the site"),
        ("number: 13", "number: treize", "poles.yaml:3: number: a whole number is expected, not 'treize'"),
        ("actor: halage", "actor: halages", "poles.yaml:6: there is no actor “halages”"),
        (
            "source: S3 annexe 1",
            "source: S9 annexe 1",
            "poles.yaml:6: the source 'S9 annexe 1' is not in sources",
        ),
        (", source: S3 §2", "", "poles.yaml:8: facts: give “source” or “sources”, one of them"),
        ("pole.members", "pole.membres", "poles.yaml:8: there is no fact 'pole.membres' in the catalogue"),
        ("value: 10", "value: dix", "poles.yaml:8: pole.members: "),
        ("value: 10", "value: 10, unit: EUR", "poles.yaml:8: pole.members: "),
        ("'on': 2014", "'on': '2014-13'", "poles.yaml:8: on: "),
        ("'on': 2014", "'on': 2014, status: sure", "poles.yaml:8: status: 'sure' is not one of"),
    ],
)
def test_a_mistake_is_told_at_its_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert POLE.count(old) >= 1
    found = problems(folder(tmp_path, poles=POLE.replace(old, new)))
    assert any(problem.startswith(message) for problem in found), found


def test_every_mistake_of_a_kind_is_told_at_once(tmp_path: Path) -> None:
    text = POLE.replace("number: 13", "rank: 13").replace("kind: pole", "kind: cluster")
    assert len(problems(folder(tmp_path, poles=text))) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "- {key: a, name: A, nature: association, zone: {code: 'commune:99999', source: S3 x}}\n",
            "no commune 99999",
        ),
        ("- {key: a, name: A, nature: association, zone: {code: 'pays:1', source: S3 x}}\n", "unknown level"),
        ("- {key: a, name: A, nature: association, functions: [baker]}\n", "'baker' is not one of"),
        (
            "- {key: a, name: A, nature: association, affiliations: [{network: b, source: S3 x}]}\n",
            "no actor “b”",
        ),
        ("- {key: halage, name: A, nature: association}\n", "the key “halage” is already used"),
    ],
)
def test_a_wrong_actor_is_told(tmp_path: Path, text: str, message: str) -> None:
    found = problems(folder(tmp_path, networks=text))
    assert any(message in problem for problem in found), found


def test_a_file_that_nobody_reads_is_refused(tmp_path: Path) -> None:
    assert problems(folder(tmp_path, organisation=ACTOR)) == [
        "organisation.yaml:1: unknown file: known are sources, networks, organisations, authorities, "
        "working-groups, rtes, signatories, places, poles, national"
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- key: [\n", r"poles\.yaml:\d+"),
        ("- {key: a, key: b}\n", "given twice"),
        ("- &x {key: a}\n- *x\n", "anchors and aliases"),
    ],
)
def test_yaml_that_hides_something_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ContentError) as caught:
        read(folder(tmp_path, poles=text))
    assert re.search(message, str(caught.value))


def test_national_facts_go_to_the_entry_they_name(tmp_path: Path) -> None:
    text = "- subject: actor:halage\n  facts: [{code: actor.founded, value: 2001, source: S3 §1}]\n"
    entry = read(folder(tmp_path, national=text)).entries[0]
    assert [line.data["code"] for line in entry.lines if line.kind == "fact"] == ["actor.founded"]
    lost = text.replace("actor:halage", "actor:nobody")
    assert problems(folder(tmp_path, national=lost)) == ["national.yaml:1: there is no actor:nobody"]


def test_the_shipped_content_is_whole() -> None:
    content = seed_content.read(catalogue.load(), base.load())
    numbers = [number for entry in content.entries for number in _rows(entry.section)]
    assert set(range(1, 270)) <= set(numbers)


def _rows(section: dict[str, object]) -> list[int]:
    numbers = section.get("numbers") or [section.get("number")]
    assert isinstance(numbers, list)
    return [number for number in numbers if isinstance(number, int)]


def test_a_figure_written_with_a_plus_says_no_less_than() -> None:
    """« 25+ » is neither 25 nor « plus de 25 »."""
    content = seed_content.read(catalogue.load(), base.load())
    plus = [
        line.data
        for entry in content.entries
        for line in entry.lines
        if line.kind == "fact"
        and re.search(r"« [0-9  ]+\+", str((line.data.get("note") or {}).get("fr", "")))
    ]
    assert {data["code"] for data in plus} >= {"pole.members", "pole.persons_served"}
    assert {data.get("qualifier") for data in plus} == {"at_least"}
