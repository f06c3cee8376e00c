"""Numbers of texts and readable facts are content, refused with their file and line."""

from datetime import date
from pathlib import Path

import pytest

from terreau.common.content import ContentError
from terreau.grids.parameters import held, parameters, read_parameters
from terreau.grids.readables import read_readable, readable

NUMBER = """\
- code: p
  label: {fr: "Un seuil", en: "A threshold"}
  source: {document: "Un décret", section: "3"}
  values:
    - {from: 2015-01-01, value: 3, verified_on: 2026-11-21}
    - {from: 2020-01-01, value: 4, verified_on: null}
    - {from: 2022-01-01, to: 2023-01-01, value: null, verified_on: 2026-11-21}
"""
FACT = """\
- code: f
  label: {fr: "Un fait", en: "A fact"}
  definition: {fr: "Ce qu'il veut dire.", en: "What it means."}
  type: bool
  subjects: [pole]
  source: "R-47"
"""


def written(folder: Path, text: str) -> list[Path]:
    path = folder / "contenu.yaml"
    path.write_text(text, "utf-8")
    return [path]


@pytest.mark.parametrize(
    ("day", "value", "verified"),
    [
        (date(2014, 12, 31), None, True),
        (date(2015, 1, 1), 3, True),
        (date(2019, 12, 31), 3, True),
        (date(2020, 1, 1), 4, False),
        (date(2022, 6, 1), None, True),
        (date(2023, 1, 1), None, True),
    ],
)
def test_a_number_holds_from_a_day_to_another(
    tmp_path: Path, day: date, value: int | None, verified: bool
) -> None:
    known = read_parameters(written(tmp_path, NUMBER))
    one = held("p", day, known)
    assert (one.value, one.verified, one.first) == (value, verified, date(2015, 1, 1))


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("value: 3", "value: trois", "value must be a number"),
        ("from: 2015-01-01", "from: hier", "from must be a day"),
        ("verified_on: 2026-11-21}", "}", "missing key: verified_on"),
        ("source:", "sources:", "unknown key: sources"),
        ("from: 2020-01-01", "from: 2015-01-01, to: 2021-01-01", "two values hold"),
    ],
)
def test_a_wrong_number_is_refused_with_its_line(
    tmp_path: Path, before: str, after: str, problem: str
) -> None:
    text = NUMBER.replace(before, after, 1)
    if problem == "two values hold":
        text = text.replace("from: 2015-01-01, value: 3", "from: 2015-01-01, to: 2021-01-01, value: 3")
        text = text.replace("from: 2015-01-01, to: 2021-01-01, value: 4", "from: 2020-01-01, value: 4")
    with pytest.raises(ContentError, match=rf"contenu\.yaml:\d+: .*{problem}"):
        read_parameters(written(tmp_path, text))


def test_a_number_declared_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="declared twice"):
        read_parameters(written(tmp_path, NUMBER + NUMBER))


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("type: bool", "type: boolean", "not one of"),
        ("code: f", "code: judged.f", "kept for what people answer"),
        ("type: bool", "type: bool\n  choices: legal_nature", "choices goes with"),
        ("type: bool", "type: codes\n  choices: rien", "no vocabulary"),
        ("type: bool", "type: number\n  unit: lieues", "unit"),
        ("type: bool", "type: bool\n  from: rien.du.tout", "the catalogue of facts holds no"),
        ("type: bool", "type: records\n  fields: [{name: x, type: bool}]", "missing key: label"),
        ("subjects: [pole]", "subjects: [bank]", "subjects is"),
        ("definition:", "def:", "unknown key"),
    ],
)
def test_a_wrong_readable_fact_is_refused_with_its_line(
    tmp_path: Path, before: str, after: str, problem: str
) -> None:
    with pytest.raises(ContentError, match=rf"contenu\.yaml:\d+: .*{problem}"):
        read_readable(written(tmp_path, FACT.replace(before, after, 1)))


def test_what_is_shipped_is_read() -> None:
    assert readable()["members"].type == "records"
    assert parameters()["labo-2011.minimum_organisations"].on(date(2011, 3, 1)).value == 5  # type: ignore[union-attr]
