"""A frozen copy is the same bytes for ever, whatever is written, moved or signed afterwards."""

import hashlib
import json
from typing import Any

import pytest
import rfc8785
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terreau.common.errors import DomainError
from terreau.dossiers import actions, deposit, freezing, frozen, moving
from terreau.dossiers.differences import differences
from terreau.dossiers.models import FrozenCopy, Receipt, Transition
from tests.dossiers import making
from tests.dossiers.conftest import Desk

TEXTS: st.SearchStrategy[str] = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(TEXTS, VALUES, max_size=5))
@settings(max_examples=50)
def test_the_bytes_depend_on_what_is_said_and_on_nothing_else(told: dict[str, Any]) -> None:
    written = freezing.as_bytes(told)
    assert freezing.as_bytes(json.loads(written)) == written
    assert freezing.as_bytes(dict(reversed(told.items()))) == written
    assert rfc8785.dumps(told) == written


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["title", "summary", "asked", "jobs", "take_back", "deposit", "withdraw", "reopen"]),
        st.integers(0, 10**9),
    ),
    max_size=8,
)


@given(EDITS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_sequence_of_edits_and_moves_changes_a_copy(desk: Desk, edits: list[tuple[str, int]]) -> None:
    row = making.dossier(desk.call, lead=desk.lead, answers=making.COMPLETE)
    deposit.deposit(row, by=desk.lead, key="first")
    held = {copy.pk: frozen.bytes_of(copy) for copy in FrozenCopy.objects.filter(dossier=row)}
    for rank, (what, number) in enumerate(edits):
        try:
            if what in {"title", "summary"}:
                actions.answer(row, what, f"Texte {number}", base_version=None, by=desk.lead)
            elif what in {"asked", "jobs"}:
                actions.answer(row, what, number, base_version=None, by=desk.lead)
            elif what == "deposit":
                deposit.deposit(row, by=desk.lead, key=f"again {rank}")
            else:
                moving.move(row, what, by=desk.lead, reason="Essai.")
        except DomainError:
            pass
        row.refresh_from_db()
        for copy in FrozenCopy.objects.filter(dossier=row):
            before = held.setdefault(copy.pk, frozen.bytes_of(copy))
            assert frozen.bytes_of(copy) == before
            assert hashlib.sha256(before).hexdigest() == copy.sha256
            assert rfc8785.dumps(json.loads(before)) == before


@pytest.mark.parametrize("model", [FrozenCopy, Receipt, Transition])
def test_the_database_itself_refuses_to_change_them(desk: Desk, model: Any) -> None:
    making.fill(desk.dossier, making.COMPLETE)
    deposit.deposit(desk.dossier, by=desk.lead, key="k")
    rows = model.objects.filter(dossier=desk.dossier)
    field = "verb" if model is Transition else "sha256"
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(**{field: "x"})
    with pytest.raises(IntegrityError), transaction.atomic():
        rows._raw_delete(rows.db)


def test_differences_are_told_in_words() -> None:
    content = making.CONTENT
    before = {"answers": {"title": "Une cuisine", "asked": 100_000, "jobs": 2}, "pieces": []}
    piece = {"key": "letter", "name": "lettre.pdf", "sha256": "a"}
    after = {"answers": {"title": "Une grande cuisine", "asked": 100_000, "employs": True}, "pieces": [piece]}
    found = {one.key: one for one in differences(before, after, content, content)}
    assert {key: one.kind for key, one in found.items()} == {
        "title": "changed",
        "jobs": "removed",
        "employs": "added",
        "letter": "piece_added",
    }
    told = [(run.kind, run.text.strip()) for run in found["title"].runs if run.text.strip()]
    assert told == [("same", "Une"), ("new", "grande"), ("same", "cuisine")]
    assert found["employs"].after == ("oui",)
