"""Pages of the follow-up: what each side reads and does, what each is refused."""

import html
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from terreau.actors.actions import create_actor
from terreau.followup import evaluating, planning
from terreau.followup.models import Conclusion, Report, ReportSchedule, Steering
from terreau.grids.models import GridVersion
from terreau.journal.models import Refusal
from terreau.reviews.models import Review
from terreau.subjects.models import Subject
from tests.followup import making
from tests.followup.making import Course
from tests.people import People


def _in(client: Client, user: Any) -> Client:
    """Sign somebody in who has just proved who they are."""

    class Nobody:
        moderator = moderator_elsewhere = officer = administrator = user

    People.sign_in(Nobody, client, user, proved=True)  # type: ignore[arg-type]
    return client


def _text(answer: Any) -> str:
    content = answer.getvalue() if answer.streaming else answer.content
    return html.unescape(content.decode())


def _planned(course: Course) -> ReportSchedule:
    return planning.plan(course.dossier, anchor_on=timezone.localdate(), by=course.officer)[0]


def test_strangers_know_of_no_follow_up(client: Client, course: Course) -> None:
    row = _planned(course)
    tails = ("suivi/", f"suivi/rapports/{row.pk}/", "evaluation/")
    for user in (None, course.stranger):
        if user:
            client.force_login(user)
        for tail in tails:
            assert client.get(course.path(tail)).status_code == 404


def test_the_auditor_reads_and_writes_nothing(client: Client, course: Course) -> None:
    _in(client, course.auditor)
    assert client.get(course.path()).status_code == 200
    answer = client.post(course.path(), {"faire": "plan", "anchor_on": "2026-01-31"})
    assert answer.status_code == 403
    assert Refusal.objects.filter(by=course.auditor.pk, verb="followup.officer").exists()
    assert "Dater les rapports" not in _text(client.get(course.path()))


def test_an_officer_dates_the_reports_and_plans_a_meeting(client: Client, course: Course) -> None:
    _in(client, course.officer)
    assert "Aucun rapport n'est demandé" in _text(client.get(course.path()))
    assert client.post(course.path(), {"faire": "plan", "anchor_on": ""}).status_code == 422
    client.post(course.path(), {"faire": "plan", "anchor_on": "2026-01-31"})
    text = _text(client.get(course.path()))
    assert "31 janvier 2027" in text
    assert "rapport final" in _text(client.get(course.path("suivi/?format=csv")))
    client.post(course.path(), {"faire": "meet", "kind": "steering", "at": "2026-01-05T10:00"})
    meeting = Steering.objects.get()
    assert "compte rendu à écrire" in _text(client.get(course.path()))
    client.post(course.path(f"suivi/reunions/{meeting.pk}/"), {"faire": "hold", "minutes": "Dit."})
    meeting.refresh_from_db()
    assert (meeting.state, meeting.minutes) == ("held", "Dit.")


def test_a_report_is_written_sent_and_answered(client: Client, course: Course) -> None:
    page = course.path(f"suivi/rapports/{_planned(course).pk}/")
    _in(client, course.officer)
    assert "Rien n'est encore envoyé" in _text(client.get(page))
    client.logout()
    _in(client, course.animator)
    assert "Enregistrer" in _text(client.get(page))
    assert not Report.objects.exists()
    blank = {"faire": "write", "gaps": "", "coming": "", "money": ""}
    assert client.post(page, {**blank, "done": "", "envoyer": "oui"}).status_code == 422
    report = Report.objects.get()
    client.post(page, {**blank, "done": "Un atelier."})
    report.refresh_from_db()
    assert report.state == "draft"
    seen = '{"done": "Un atelier.", "gaps": "", "coming": "", "money": ""}'
    answer = client.post(page, {**blank, "done": "Deux ateliers.", "seen": seen, "envoyer": "oui"})
    assert answer.status_code == 302
    assert "Enregistrer et envoyer" not in _text(client.get(page))
    client.logout()
    _in(client, course.officer)
    assert "Deux ateliers." in _text(client.get(page))
    assert client.post(page, {"faire": "answer", "accepts": "non", "words": ""}).status_code == 422
    client.post(page, {"faire": "answer", "accepts": "non", "words": "Le budget manque."})
    client.logout()
    _in(client, course.animator)
    assert "Le budget manque." in _text(client.get(course.path()))


def test_what_another_wrote_meanwhile_is_shown_and_typed_words_stay(client: Client, course: Course) -> None:
    page = course.path(f"suivi/rapports/{_planned(course).pk}/")
    _in(client, course.animator)
    schedule = ReportSchedule.objects.earliest("due_on")
    Report.objects.create(schedule=schedule, done="Écrit par une autre")
    sent = {
        "faire": "write",
        "done": "Le mien",
        "seen": '{"done": "", "gaps": "", "coming": "", "money": ""}',
    }
    answer = client.post(page, sent)
    assert answer.status_code == 409
    text = _text(answer)
    assert "Écrit par une autre" in text
    assert "Le mien" in text


def test_a_reader_of_the_team_writes_nothing(client: Client, course: Course) -> None:
    page = course.path(f"suivi/rapports/{_planned(course).pk}/")
    _in(client, course.colleague)
    assert client.get(page).status_code == 200
    assert not Report.objects.exists()
    assert (
        client.post(
            course.path(), {"faire": "meet", "kind": "steering", "at": "2026-01-05T10:00"}
        ).status_code
        == 403
    )


def test_a_late_report_comes_first_on_the_page(client: Client, course: Course) -> None:
    due = timezone.localdate() - timedelta(days=4)
    ReportSchedule.objects.create(dossier=course.dossier, kind="final", due_on=due)
    _in(client, course.animator)
    assert "en retard de 4 jours" in _text(client.get(course.path()))


def test_an_evaluation_is_led_to_its_two_signatures_from_the_page(client: Client, course: Course) -> None:
    page = course.path("evaluation/")
    _in(client, course.animator)
    assert "pas encore ouverte" in _text(client.get(page))
    assert client.post(page, {"faire": "open", "version": ""}).status_code == 403
    client.logout()
    _in(client, course.officer)
    client.post(page, {"faire": "open", "version": ""})
    making.evaluated(course)
    read = making.seen(course)
    sent = {"faire": "sign", "seen": read, "name": "Une cheffe", "quality": "cheffe de service"}
    assert "Signer pour le financeur" in _text(client.get(page))
    assert client.post(page, {**sent, "quality": ""}).status_code == 422
    assert client.post(page, sent).status_code == 302
    assert "Reprendre ma signature" in _text(client.get(page))
    client.logout()
    _in(client, course.animator)
    stale = client.post(page, {**sent, "seen": "0" * 64})
    assert stale.status_code == 409
    client.post(page, {**sent, "name": "Anime"})
    assert Conclusion.objects.get().concluded_at is not None
    text = _text(client.get(page))
    assert "Elle ne change plus" in text
    assert "/labels/" in text
    client.logout()
    _in(client, course.officer)
    client.post(page, {"faire": "close"})
    course.dossier.refresh_from_db()
    assert course.dossier.state == "closed"


def test_a_signature_asks_for_a_proof(client: Client, course: Course) -> None:
    making.evaluated(course)
    client.force_login(course.animator)
    sent = {"faire": "sign", "seen": making.seen(course), "name": "Anime", "quality": "animatrice"}
    answer = client.post(course.path("evaluation/"), sent)
    assert "/compte/" in answer["Location"]
    assert not Conclusion.objects.get().signatures.exists()


def test_the_workshop_and_the_reviewer_are_campaigns_of_the_pole(
    client: Client, course: Course, scale: GridVersion
) -> None:
    funder = create_actor("Région d'essai", source=None, public=True, kind=Subject.Kind.ACTOR)
    programme = course.dossier.call.programme
    programme.owner = funder
    programme.save()
    page = course.path("evaluation/")
    _in(client, course.officer)
    client.post(page, {"faire": "open", "version": str(scale.pk)})
    assert client.post(page, {"faire": "start_self"}).status_code == 403
    client.logout()
    _in(client, course.animator)
    client.post(page, {"faire": "start_self"})
    client.post(page, {"faire": "invite", "reviewer": str(funder.pk)})
    modes = dict(Review.objects.values_list("mode", "seats__actor"))
    assert modes == {"internal": None, "external": funder.pk}
    text = _text(client.get(page))
    assert "Bilan de" in text
    assert "Il reste 4 étapes" in text


def test_a_report_is_not_asked_any_more_from_its_page(client: Client, course: Course) -> None:
    page = course.path(f"suivi/rapports/{_planned(course).pk}/")
    _in(client, course.officer)
    assert "Ne plus demander ce rapport" in _text(client.get(page))
    assert client.post(page, {"faire": "drop", "reason": ""}).status_code == 422
    assert client.post(page, {"faire": "drop", "reason": "Reçu par courrier"}).status_code == 302
    text = _text(client.get(page))
    assert "Ce rapport n'est plus demandé" in text
    assert "Reçu par courrier" in text
    client.logout()
    _in(client, course.animator)
    assert client.post(page, {"faire": "drop", "reason": "Non"}).status_code == 403


@pytest.mark.parametrize("state", ["draft", "refused"])
def test_a_file_that_was_not_chosen_has_no_follow_up(client: Client, db: None, state: str) -> None:
    course = making.course(state=state)
    _in(client, course.animator)
    sent = {"faire": "meet", "kind": "steering", "at": "2026-01-05T10:00"}
    assert client.post(course.path(), sent).status_code == 403
    assert Refusal.objects.filter(by=course.animator.pk, verb="followup.either").exists()
    assert not Steering.objects.exists()


@pytest.mark.parametrize("who", ["officer", "animator"])
def test_an_evaluation_on_a_grid_asks_few_queries(
    client: Client, course: Course, scale: GridVersion, who: str, django_assert_max_num_queries: Any
) -> None:
    evaluating.open_evaluation(course.dossier, scale, by=course.officer)
    funder = create_actor("Région d'essai", source=None, public=True, kind=Subject.Kind.ACTOR)
    for part, reviewer in (("self", None), ("external", funder)):
        row = evaluating.of(course.dossier)
        assert row is not None
        evaluating.start(row, part, title="Le point", reviewer=reviewer, by=course.animator)
    making.meet(course)
    _in(client, getattr(course, who))
    with django_assert_max_num_queries(30):
        assert client.get(course.path("evaluation/")).status_code == 200


@pytest.mark.parametrize("tail", ["suivi/", "evaluation/"])
def test_pages_ask_few_queries(
    client: Client, course: Course, tail: str, django_assert_max_num_queries: Any
) -> None:
    making.conclude(course)
    for months in range(3, 33, 3):
        due = timezone.localdate() + timedelta(days=30 * months)
        ReportSchedule.objects.create(dossier=course.dossier, kind="other", due_on=due)
    _in(client, course.officer)
    with django_assert_max_num_queries(30):
        assert client.get(course.path(tail)).status_code == 200
