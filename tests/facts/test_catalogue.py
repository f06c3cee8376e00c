"""The catalogue is read whole and strictly: a mistake names its file and its line."""

from pathlib import Path

import pytest

from terreau.common.content import ContentError
from terreau.facts import catalogue
from terreau.facts.models import Status
from terreau.facts.rules import STATUS_WORDS, STATUSES

UNITS = "structures: {fr: structures, en: organisations, kind: count}\n"
WORDS = """name: colour
source: R-1
terms:
  - {code: red, label: {fr: rouge, en: red}, definition: {fr: Rouge., en: Red.}, source: R-1}
"""
ENTRY = """- code: pole.members
  label: {fr: Membres, en: Members}
  definition: {fr: Nombre., en: Number.}
  unit: structures
  type: number
  cardinality: one
  subjects: [pole]
  period: instant
  secrecy: public
  source: R-18
"""


def read(
    folder: Path, *, units: str = UNITS, words: str = WORDS, entries: str = ENTRY
) -> catalogue.Catalogue:
    paths = {name: folder / f"{name}.yaml" for name in ("units", "colour", "poles")}
    for path, text in zip(paths.values(), (units, words, entries), strict=True):
        path.write_text(text, "utf-8")
    return catalogue.read(catalogue=[paths["poles"]], vocabularies=[paths["colour"]], units=paths["units"])


def test_a_catalogue_is_read(tmp_path: Path) -> None:
    found = read(tmp_path)
    members = found["pole.members"]
    assert (members.label("fr"), members.label("en"), members.unit, members.single) == (
        "Membres",
        "Members",
        "structures",
        True,
    )
    assert found.vocabulary("colour").label("red", "fr") == "rouge"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("unit: structures", "unit: parsecs", r"poles\.yaml:1: there is no unit 'parsecs'"),
        ("type: number", "type: code", "choices goes with type: code"),
        ("type: number", "type: code\n  choices: taste", "there is no vocabulary 'taste'"),
        ("type: number", "type: real", "type is 'real', not one of number"),
        ("type: number", "type: text", "unit goes with type: number or money"),
        ("cardinality: one", "cardinality: few", "cardinality is 'few'"),
        ("subjects: [pole]", "subjects: [unicorn]", "subjects is"),
        ("subjects: [pole]", "subjects: []", "subjects is"),
        ("secrecy: public", "secret: public", "unknown key: secret"),
        ("source: R-18\n", "", "missing key: source"),
        ("en: Members", "de: Mitglieder", "unknown key: de"),
        ("fr: Membres", "fr: ''", "label.fr must be a text"),
    ],
)
def test_a_wrong_entry_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(ContentError, match=said):
        read(tmp_path, entries=ENTRY.replace(old, new))


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"entries": ENTRY + ENTRY}, r"poles\.yaml:11: the code pole\.members is already"),
        ({"words": WORDS.replace("name: colour", "name: color")}, "not that of the file"),
        ({"words": WORDS + WORDS[WORDS.index("  - ") :]}, r"colour\.yaml:5: the term red is given twice"),
        ({"words": WORDS.replace("source: R-1}", "source: R-1, parent: blue}")}, "the parent blue"),
        ({"units": UNITS.replace("kind: count", "kind: magic")}, r"units\.yaml:1: kind is 'magic'"),
        ({"units": UNITS + UNITS}, r"units\.yaml:2: the key structures is given twice"),
        ({"units": "- structures\n"}, "must map each unit"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, parts: dict[str, str], said: str) -> None:
    with pytest.raises(ContentError, match=said):
        read(tmp_path, **parts)


def test_the_catalogue_that_ships_is_sound() -> None:
    found = catalogue.load()
    assert len(found) > 100
    assert {unit.kind for unit in found.units.values()} <= set(catalogue.UNIT_KINDS)
    for name in ("stage", "sector", "recognition", "origin"):
        assert found.vocabulary(name).terms


def test_every_status_of_the_content_is_understood() -> None:
    assert set(STATUS_WORDS.values()) == set(STATUSES) == set(Status.values)
