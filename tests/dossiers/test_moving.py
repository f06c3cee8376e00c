"""Moves: who may, what is written, told and journalled, what is undone, who is refused from above."""

from datetime import date

import pytest

from terreau.calls.models import Call
from terreau.common.errors import RefusedError, StaleWriteError
from terreau.common.permissions import Permission
from terreau.dossiers import moving, people_data, perms
from terreau.dossiers.models import AnswerChange, Dossier, Transition, Writer
from terreau.journal.models import Event, Refusal
from terreau.notices.models import Notice
from tests.dossiers import making
from tests.dossiers.conftest import Desk


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Return the opinions that are given, whatever the file."""
    found: set[str] = set()
    monkeypatch.setattr(moving, "_GIVEN", [lambda _row: frozenset(found)])
    monkeypatch.setattr(perms, "_CHECKS", [])
    return found


@pytest.fixture
def row(desk: Desk, given: set[str]) -> Dossier:
    """Return a file that was deposited, whose region and one ministry must give an opinion."""
    stages = [{"code": "region", "opinion": "mandatory"}, {"code": "committee"}]
    Call.objects.filter(pk=desk.call.pk).update(stages=stages)
    making.role(desk.officer, desk.call, "owner")
    return making.dossier(desk.call, lead=desk.lead, state="deposited")


def test_a_move_is_written_journalled_and_told(desk: Desk, row: Dossier) -> None:
    moving.move(row, "admit", by=desk.officer)
    assert (row.state, row.version) == ("admissible", 2)
    made = Transition.objects.get(dossier=row)
    assert (made.from_state, made.to_state, made.by) == ("deposited", "admissible", desk.officer)
    assert Event.objects.get(subject=row.subject).verb == "dossier.admit"
    told = Notice.objects.get(subject=row.subject)
    assert (told.to, told.path) == (desk.lead, f"/dossiers/{row.pk}/")
    assert "recevable" in told.text


def test_no_decision_without_the_mandatory_opinions(desk: Desk, row: Dossier, given: set[str]) -> None:
    sponsor = making.sponsor(desk.call, opinion="mandatory")
    moving.move(row, "admit", by=desk.officer)
    moving.move(row, "to_region", by=desk.officer)
    for opinion in ("region", f"sponsor:{sponsor.pk}"):
        with pytest.raises(RefusedError):
            moving.move(row, "to_committee", by=desk.officer)
        given.add(opinion)
    moving.move(row, "to_committee", by=desk.officer)
    assert Refusal.objects.get(subject=row.subject, verb="dossier.to_committee").count == 2


def test_the_last_move_alone_is_undone(desk: Desk, row: Dossier) -> None:
    moving.move(row, "admit", by=desk.officer)
    moving.undo(row, by=desk.officer, reason="Fait par erreur.")
    assert row.state == "deposited"
    with pytest.raises(RefusedError):
        moving.undo(row, by=desk.officer, reason="Encore.")
    assert Transition.objects.filter(dossier=row).count() == 2


def test_complements_answered_after_an_undone_refusal_go_back_where_they_were_asked(
    desk: Desk, row: Dossier
) -> None:
    moving.move(row, "ask", by=desk.officer, reason="Précisez.")
    moving.move(row, "reject", by=desk.officer, reason="Sans réponse.")
    moving.undo(row, by=desk.officer, reason="La réponse est arrivée.")
    moving.move(row, "answer", by=desk.lead, has=("copy",))
    assert row.state == "deposited"


def test_two_officers_on_one_file_see_one_another(desk: Desk, row: Dossier) -> None:
    moving.move(row, "admit", by=desk.officer, base_version=1)
    with pytest.raises(StaleWriteError) as refused:
        moving.move(row, "to_region", by=desk.officer, base_version=1)
    assert "recevable" in str(refused.value.message)


def test_a_room_above_refuses_somebody_and_it_is_journalled(
    desk: Desk, row: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewer = making.person("Relectrice")
    making.role(reviewer, desk.call, "reviewer")
    assert perms.of_person(reviewer, row.pk).role == "reviewer"
    reason = "Vous avez déclaré un conflit d'intérêts."
    monkeypatch.setattr(perms, "_CHECKS", [lambda *_about: Permission(ok=False, reason=reason)])
    with pytest.raises(RefusedError) as refused:
        perms.of_person(reviewer, row.pk)
    assert refused.value.message == reason
    assert Refusal.objects.get(by=reviewer.pk).reason == reason
    assert perms.of_person(desk.lead, row.pk).applicant


def test_another_role_in_the_call_does_not_make_an_officer_of_another_region(
    desk: Desk, row: Dossier
) -> None:
    here, elsewhere = making.region("27"), making.region("53")
    Dossier.objects.filter(pk=row.pk).update(zone=here)
    other = making.person("Ailleurs")
    making.role(other, desk.call, zone=elsewhere)
    with pytest.raises(RefusedError):
        perms.of_person(other, row.pk)
    making.role(other, desk.call, "committee")
    assert perms.of_person(other, row.pk).roles == {"committee"}
    with pytest.raises(RefusedError):
        moving.move(row, "admit", by=other)
    with pytest.raises(RefusedError):
        perms.of_person(other, row.pk, "instruct")
    making.role(other, desk.call, zone=here)
    moving.move(row, "admit", by=other)


def test_an_account_that_ended_holds_nothing(desk: Desk, row: Dossier) -> None:
    making.role(desk.stranger, desk.call, "auditor", valid_to=date(2026, 2, 1))
    assert perms.roles_of(row, desk.stranger) == frozenset()
    desk.lead.is_active = False
    desk.lead.save()
    with pytest.raises(Exception, match="n'existe pas"):
        perms.of_person(desk.lead, row.pk)


def test_what_is_held_of_a_person_is_given_and_forgotten(desk: Desk) -> None:
    making.fill(desk.dossier, {"title": "Une cuisine"}, by=desk.writer)
    Writer.objects.create(dossier=desk.dossier, email=desk.writer.email.upper(), token_hash="x")
    told = people_data.export(desk.writer)
    assert len(told["equipes"]) == 2
    assert told["reponses"][0]["value"] == "Une cuisine"
    people_data.erase(desk.writer)
    assert not Writer.objects.exclude(email="").exists()
    assert not Writer.objects.filter(user=desk.writer, ended_at=None).exists()
    assert AnswerChange.objects.filter(by=desk.writer).exists()
