"""What files say to the week, the calendar, the search and the report; people's data; the example."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from terreau.accounts import personal
from terreau.actors.models import Belonging
from terreau.common.errors import NotFoundError
from terreau.dossiers import composed, demo, mine, people_data, perms, presence
from terreau.dossiers.models import Dossier, Presence, Transition, Writer
from terreau.poles.models import Pole
from terreau.poles.workspace import Workspace, of_person
from tests.dossiers import making

NOW = datetime(2026, 12, 14, 11, tzinfo=making.PARIS)


@pytest.fixture(autouse=True)
def _four_days_before() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def _animated() -> tuple[Pole, Any, Workspace]:
    pole, user = making.pole("Pôle du lin"), making.person("Ana")
    Belonging.objects.create(
        user=user, actor=pole.actor, role="animator", asked_at=NOW, confirmed_at=NOW, confirmed_by=user
    )
    return pole, user, of_person(user, pole.slug)


def _file(pole: Pole, **values: Any) -> Dossier:
    return making.dossier(
        values.pop("call", None) or making.call(), pole=pole, applicant=pole.actor, **values
    )


def test_a_draft_and_complements_are_due_in_the_week(db: None) -> None:
    pole, _user, ws = _animated()
    _file(pole, title="Filature")
    asked = _file(pole, title="Teinture", state="complements")
    Transition.objects.create(
        dossier=asked, from_state="deposited", to_state="complements", verb="ask", data={"due": "2026-12-10"}
    )
    _file(pole, title="Instruit", state="region")
    _file(pole, title="Trop tard", call=making.call(closes_at=NOW - timedelta(days=1)))
    told = [(one.title, one.on, str(one.tone)) for one in composed.week(ws)]
    assert sorted(told) == [
        ("Compléments demandés pour « Teinture ».", date(2026, 12, 10), "late"),
        ("Dossier à déposer le 18 décembre au plus tard : « Filature ».", date(2026, 12, 18), "now"),
    ]


def test_what_an_officer_is_still_typing_is_closed_to_the_applicant(db: None) -> None:
    pole, user, ws = _animated()
    row = _file(pole, title="Filature", channel="paper")
    assert (composed.week(ws), mine.of(user)) == ([], [])
    with pytest.raises(NotFoundError):
        perms.of_person(user, row.pk)
    Dossier.objects.filter(pk=row.pk).update(state="deposited", deposited_at=NOW)
    assert perms.of_person(user, row.pk).role == "lead"
    assert [one.dossier for one in mine.of(user)] == [row]


def test_who_does_not_write_a_file_reads_nothing_of_it_in_the_workspace(db: None) -> None:
    pole, _user, ws = _animated()
    row = _file(pole, title="Filature")
    other = making.person()
    Belonging.objects.create(
        user=other, actor=pole.actor, role="member", asked_at=NOW, confirmed_at=NOW, confirmed_by=other
    )
    theirs = of_person(other, pole.slug)
    first, last = NOW.date(), NOW.date() + timedelta(days=10)
    for seen, count in ((ws, 1), (theirs, 0)):
        assert len(composed.week(seen)) == count
        assert len(composed.found(seen, "filature", 5)) == count
        assert len(composed.stamps(seen, first, last)) == count
    making.joins(row, other)
    assert len(composed.week(theirs)) == 1


def test_the_search_finds_by_every_word_of_title_call_and_number(db: None) -> None:
    pole, _user, ws = _animated()
    row = _file(pole, title="Filature de lin", call=making.call(title="AMI des pôles"))
    for words in ("lin filature", "ami poles", row.reference):
        assert [one.path for one in composed.found(ws, words, 5)] == [f"/dossiers/{row.pk}/"]
    assert composed.found(ws, "filature coton", 5) == []
    assert composed.found(ws, "  ", 5) == []


def test_the_report_counts_files_once_and_names_none(db: None) -> None:
    pole, _user, _ws = _animated()
    row = _file(pole, title="Filature", state="laureate", call=making.call(state="decided"))
    for verb in ("deposit", "take_back", "deposit", "award"):
        Transition.objects.create(dossier=row, from_state="draft", to_state="deposited", verb=verb, at=NOW)
    said = {one.code: one.value for one in composed.figures(pole, date(2026, 1, 1), date(2026, 12, 31))}
    assert said == {"dossiers.deposited": 1, "dossiers.chosen": 1}
    assert composed.figures(pole, date(2025, 1, 1), date(2025, 12, 31)) == []


def test_each_says_it_in_one_round_of_questions(db: None, django_assert_num_queries: Any) -> None:
    pole, _user, ws = _animated()
    for rank in range(5):
        _file(pole, title=f"Dossier {rank}")
    with django_assert_num_queries(1):
        assert len(composed.week(ws)) == 5


# People


def test_a_person_takes_all_away_and_leaves_files_whole_when_erased(db: None) -> None:
    ana, bea = making.person("Ana"), making.person("Bea")
    row = making.dossier(making.call(), lead=ana, answers={"title": "Filature"})
    Writer.objects.create(dossier=row, email=bea.email.upper(), token_hash="a" * 64, invited_by=ana)
    presence.beat(row, ana, key="title")
    found = personal.exported(ana)["dossiers"]
    assert [one["value"] for one in found["reponses"]] == ["Filature"]
    assert len(found["invitations_envoyees"]) == len(found["presences"]) == 1
    assert len(personal.exported(bea)["dossiers"]["equipes"]) == 1
    personal.erase(bea)
    personal.erase(ana)
    assert not Presence.objects.exists()
    assert not Writer.objects.exclude(email="", token_hash="").exists()
    assert not Writer.objects.filter(ended_at=None).exists()
    assert row.changes.get().value == "Filature"


def test_invitations_that_nobody_answered_are_forgotten_in_time(db: None) -> None:
    row = making.dossier(making.call(), lead=making.person())
    for days in (10, 400):
        Writer.objects.create(
            dossier=row,
            email=f"{days}@x.example.org",
            token_hash="b" * 64,
            invited_at=NOW - timedelta(days=days),
        )
    presence.beat(row, making.person(), now=NOW - timedelta(days=2))
    assert people_data.expire(on=NOW.date(), save=False) == {
        "dossiers.invitations": 1,
        "dossiers.presences": 1,
    }
    assert Presence.objects.exists()
    people_data.expire(on=NOW.date(), save=True)
    assert list(Writer.objects.exclude(email="").values_list("email", flat=True)) == ["10@x.example.org"]
    assert not Presence.objects.exists()


# The example


def test_the_example_is_flagged_and_made_once(db: None) -> None:
    pole, user, _ws = _animated()
    demo.fill(pole, user)
    demo.fill(pole, user)
    row = Dossier.objects.get()
    assert (row.example, row.call.example, row.call.phase(timezone.now())) == (True, True, "open")
    assert "exemple fictif" in row.name
    (one,) = mine.of(user)
    assert one.group == "do"
    assert 0 < (one.done or 0) <= (one.asked or 0)
