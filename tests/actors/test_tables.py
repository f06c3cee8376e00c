"""The content of the room: complete, consistent with the rooms above, refused when wrong."""

from itertools import pairwise

import pytest

from terreau.actors import tables
from terreau.common.content import ContentError
from terreau.facts import catalogue


def test_the_table_of_legal_categories_is_whole():
    rows = tables.legal_categories()
    assert len(rows) == 79
    assert all(len(code) == 4 and code.isdigit() for code in rows)


def test_every_listed_category_stands_in_a_known_division():
    assert {code[:2] for code in tables.legal_categories()} <= set(tables.legal_divisions())


def test_the_naf_is_whole():
    levels = [row.level for row in tables.activities().values()]
    assert [levels.count(level) for level in range(1, 6)] == [21, 88, 272, 615, 732]
    assert all(row.parent in tables.activities() for row in tables.activities().values() if row.level > 1)


def test_size_classes_follow_one_another_without_a_hole():
    bounds = [(row.low, row.high) for row in tables.size_classes().values() if row.low is not None]
    assert bounds[0] == (0, 0)
    assert all(left[1] + 1 == right[0] for left, right in pairwise(bounds))
    assert bounds[-1] == (10_000, None)


def test_functions_are_the_vocabulary_that_facts_read():
    terms = catalogue.vocabulary("actor_function").terms
    assert {code: dict(term.labels) for code, term in terms.items()} == {
        code: dict(term.label) for code, term in tables.functions().items()
    }


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("divisions", "divisions: [{code: '10', kind: person, label: {fr: a, en: b}, colour: red}]"),
        ("divisions", "divisions: [{code: '10', kind: monarchy, label: {fr: a, en: b}}]"),
        ("divisions", "divisions: [{code: '10', kind: person, label: {fr: a}}]"),
        (
            "divisions",
            "divisions: [{code: '1', kind: person, label: {fr: a, en: b}}, "
            "{code: '1', kind: person, label: {fr: a, en: b}}]",
        ),
    ],
)
def test_a_wrong_table_refuses_to_load(tmp_path, monkeypatch, name, text):
    (tmp_path / "wrong.yaml").write_text(text, "utf-8")
    monkeypatch.setattr(tables, "CONTENT", tmp_path)
    with pytest.raises(ContentError, match=r"wrong\.yaml"):
        tables._terms("wrong.yaml", name)
