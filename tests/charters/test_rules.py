"""The text of a charter as values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terreau.charters import rules
from terreau.charters.rules import Step

ITEM = st.text(alphabet="abcdé '", min_size=1, max_size=12).map(str.strip).filter(bool)


def test_a_list_is_typed_an_item_a_line() -> None:
    assert rules.lines("- Écouter\n\n  • Partager \n– Rendre compte\n-\n") == [
        "Écouter",
        "Partager",
        "Rendre compte",
    ]


def test_english_answers_french_line_by_line() -> None:
    made = rules.typed({"preamble_fr": "Nous.", "values_fr": "Un\nDeux", "values_en": "One\nTwo"})
    assert made.values == ({"fr": "Un", "en": "One"}, {"fr": "Deux", "en": "Two"})
    assert not made.english
    assert rules.uneven({"values_fr": "Un\nDeux", "values_en": "One"}) == "values"
    assert rules.uneven({"values_fr": "Un\nDeux"}) == ""


@given(st.lists(ITEM, max_size=6), st.lists(ITEM, max_size=6))
def test_what_is_typed_is_read_back(values: list[str], commitments: list[str]) -> None:
    fields = {"values_fr": "\n".join(values), "commitments_fr": "\n".join(commitments)}
    made = rules.typed(fields)
    assert rules.typed(rules.as_typed(made)) == made
    assert rules.content(made.as_json()) == made


@given(st.lists(ITEM, max_size=6), st.lists(ITEM, max_size=6))
def test_no_item_is_lost_between_two_versions(before: list[str], after: list[str]) -> None:
    found = rules.steps(before, after)
    assert [one.before for one in found if one.kind != "added"] == before
    assert [one.after for one in found if one.kind != "removed"] == after
    assert all(one.before == one.after for one in found if one.kind == "kept")


def test_a_changed_line_is_shown_beside_what_it_was() -> None:
    assert rules.steps(["a", "b"], ["a", "c", "d"]) == [
        Step("kept", "a", "a"),
        Step("changed", "b", "c"),
        Step("added", "", "d"),
    ]


@pytest.mark.parametrize("part", ["code", "label", "text"])
def test_the_digest_covers_everything(part: str) -> None:
    held = {"code": "charte", "label": "2026", "text": {"preamble": {"fr": "Nous.", "en": ""}}}
    other = held | {part: "autre" if part != "text" else {"preamble": {"fr": "Vous.", "en": ""}}}
    made = [rules.text_digest(str(one["code"]), str(one["label"]), one["text"]) for one in (held, other)]  # type: ignore[arg-type]
    assert made[0] != made[1]
