"""Answers field by field: what is written, refused, stale, kept in the history; the form carried along."""

import pytest

from terreau.calls.models import FormVersion
from terreau.common.errors import DomainError, StaleWriteError
from terreau.dossiers import actions
from terreau.dossiers.models import AnswerChange
from tests.dossiers import making
from tests.dossiers.conftest import Desk


def write(desk: Desk, key: str, value: object, base: int | None = 0, by: str = "lead") -> int:
    """Write an answer as one of the people; return its version."""
    return actions.answer(desk.dossier, key, value, base_version=base, by=getattr(desk, by)).version


def test_an_answer_shows_in_the_lists(desk: Desk) -> None:
    write(desk, "title", "  Une conserverie   de quartier ")
    write(desk, "asked", 4_500_000)
    desk.dossier.refresh_from_db()
    assert desk.dossier.title == "Une conserverie de quartier"
    assert desk.dossier.asked_cents == 4_500_000


def test_two_fields_merge_and_one_field_is_shown_to_both(desk: Desk) -> None:
    write(desk, "title", "Une conserverie")
    write(desk, "summary", "Des bocaux.", by="writer")
    assert write(desk, "title", "Une conserverie mobile", base=1, by="writer") == 2
    with pytest.raises(StaleWriteError) as refused:
        write(desk, "title", "Une cuisine", base=1)
    told = refused.value.facts["conflicts"]["title"]
    assert (told["theirs"], told["mine"], told["version"], told["by"]) == (
        "Une conserverie mobile",
        "Une cuisine",
        2,
        "Karim",
    )
    assert actions.values_of(desk.dossier)["title"] == "Une conserverie mobile"


def test_the_same_words_twice_are_written_once(desk: Desk) -> None:
    assert write(desk, "title", "Une conserverie") == write(desk, "title", "Une conserverie") == 1
    assert AnswerChange.objects.filter(dossier=desk.dossier, key="title").count() == 1


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("title", 12, "wrong_kind"),
        ("asked", "beaucoup", "wrong_kind"),
        ("asked", 10**21, "wrong_kind"),
        ("jobs", 10**21, "wrong_kind"),
        ("unknown", "x", "unknown_field"),
    ],
)
def test_what_has_no_place_is_refused(desk: Desk, key: str, value: object, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        write(desk, key, value)
    assert refused.value.code == code


def test_a_deposited_file_is_not_written(desk: Desk) -> None:
    done = making.dossier(desk.call, state="deposited")
    with pytest.raises(DomainError) as refused:
        actions.answer(done, "title", "Autre", base_version=None, by=desk.lead)
    assert refused.value.code == "not_writable"


def test_complements_open_the_questions_they_are_about(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = making.dossier(desk.call, state="complements")
    monkeypatch.setattr(actions, "_LIMITS", [lambda _dossier: frozenset({"summary"})])
    assert actions.answer(asked, "summary", "Précisé.", base_version=0, by=desk.lead).value == "Précisé."
    with pytest.raises(DomainError) as refused:
        actions.answer(asked, "title", "Autre", base_version=0, by=desk.lead)
    assert refused.value.code == "not_asked"


def test_an_open_file_is_carried_to_the_next_form(desk: Desk) -> None:
    write(desk, "title", "Une conserverie")
    write(desk, "jobs", 3)
    content = {
        "pages": [
            {
                "code": "projet",
                "title": "Le projet",
                "sections": [
                    {
                        "code": "essentiel",
                        "title": "L'essentiel",
                        "fields": [
                            {"key": "title", "kind": "long_text", "label": "Intitulé"},
                            {"key": "partners", "kind": "text", "label": "Partenaires"},
                        ],
                    }
                ],
            }
        ]
    }
    form = FormVersion.objects.create(
        call=desk.call, number=2, content=content, published_at=desk.dossier.created_at
    )
    lost = actions.carry_along(desk.dossier, form, by=None)
    assert [(one.key, one.why) for one in lost] == [("jobs", "removed")]
    assert actions.values_of(desk.dossier) == {"title": "Une conserverie"}
    assert desk.dossier.form_id == form.pk
    assert AnswerChange.objects.filter(dossier=desk.dossier, key="jobs", value=3).exists()
