"""A form changes while files are open: what holds is carried, what does not is listed, nothing vanishes."""

from copy import deepcopy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from terreau.calls import form_editing
from terreau.calls.form_rules import fields, filled
from terreau.calls.forms_carrying import carry, changes
from tests.calls.making import ANSWERS, CONTENT


def edited(key: str, **values: Any) -> dict[str, Any]:
    """Return the form with another question under the same key."""
    return form_editing.put_field(CONTENT, key, {**form_editing.field_of(CONTENT, key), **values})


def test_answers_stay_and_a_new_question_is_named() -> None:
    new = form_editing.add_field(
        CONTENT, "projet", "aide", {"key": "why", "kind": "text", "label": "Pourquoi"}
    )
    done = carry(CONTENT, new, ANSWERS)
    assert done.answers == ANSWERS
    assert done.lost == ()
    assert done.new == ("why",)
    assert changes(CONTENT, new).added == ("why",)


def test_what_is_asked_no_more_is_listed_with_its_words() -> None:
    done = carry(CONTENT, form_editing.remove_field(CONTENT, "project"), ANSWERS)
    assert [(one.key, one.label, one.value, one.why) for one in done.lost] == [
        ("project", "Le projet", "Une légumerie partagée.", "removed")
    ]


def test_another_kind_or_option_is_lost_and_said() -> None:
    [lost] = carry(CONTENT, edited("asked", kind="date"), ANSWERS).lost
    assert (lost.key, lost.why) == ("asked", "kind")
    [lost] = carry(CONTENT, edited("category", options=[{"code": "other", "label": "Autre"}]), ANSWERS).lost
    assert (lost.key, lost.value, lost.why) == ("category", "existing", "unknown_option")


def test_a_kind_that_takes_more_keeps_the_answer() -> None:
    done = carry(CONTENT, edited("name", kind="long_text"), ANSWERS)
    assert done.answers["name"] == ANSWERS["name"]
    assert carry(CONTENT, edited("category", kind="choices"), ANSWERS).answers["category"] == ["existing"]
    # Too long for the new form: kept, so that the person shortens it.
    assert carry(CONTENT, edited("project", max=3), ANSWERS).answers["project"] == ANSWERS["project"]


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.sampled_from([one.key for one in fields(CONTENT)]), unique=True, max_size=5),
    st.sampled_from(["text", "long_text", "date", "euro", "yes_no"]),
)
def test_every_answer_is_carried_or_listed(keys: list[str], kind: str) -> None:
    new = deepcopy(CONTENT)
    for number, key in enumerate(keys):
        if number % 2:
            new = form_editing.put_field(new, key, {"kind": kind, "label": key})
        else:
            held = [one for page in new["pages"] for part in page["sections"] for one in [part["fields"]]]
            for rows in held:
                rows[:] = [one for one in rows if one["key"] != key]
    done = carry(CONTENT, new, ANSWERS)
    lost = {one.key for one in done.lost}
    assert {key for key, value in ANSWERS.items() if filled(value)} == set(done.answers) | lost
    assert not set(done.answers) & lost
