"""Many answers of one file written at once: the same rules and history as one by one, in few queries."""

from typing import Any

import pytest

from terreau.common.errors import DomainError, NotFoundError
from terreau.dossiers import actions
from terreau.dossiers.models import Answer, AnswerChange
from tests.dossiers import making

pytestmark = pytest.mark.django_db


def test_answers_keep_their_history_and_show_in_lists(django_assert_max_num_queries: Any) -> None:
    lead = making.person()
    row = making.dossier(making.call(), lead=lead)
    with django_assert_max_num_queries(16):
        assert actions.answer_all(row, making.COMPLETE, by=lead) == 3
    assert (row.title, row.asked_cents) == (making.COMPLETE["title"], making.COMPLETE["asked"])
    changed = making.COMPLETE | {"title": "Un autre titre"}
    assert actions.answer_all(row, changed, by=lead) == 1
    assert Answer.objects.get(dossier=row, key="title").version == 2
    kept = AnswerChange.objects.filter(dossier=row, key="title").order_by("version")
    assert [one.value for one in kept] == [making.COMPLETE["title"], "Un autre titre"]


def test_one_wrong_answer_writes_none() -> None:
    row = making.dossier(making.call())
    with pytest.raises(DomainError):
        actions.answer_all(row, {"title": "Bien", "asked": "beaucoup"}, by=None)
    with pytest.raises(NotFoundError):
        actions.answer_all(row, {"title": "Bien", "inconnue": 1}, by=None)
    assert not Answer.objects.exists()
    closed = making.dossier(making.call(), state="refused")
    with pytest.raises(DomainError):
        actions.answer_all(closed, {"title": "Trop tard"}, by=None)
