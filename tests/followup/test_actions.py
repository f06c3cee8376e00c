"""Reports planned, written by two, sent once, answered once; reminders; a conclusion that both sides sign."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from terreau.common.errors import DomainError, RefusedError, StaleWriteError
from terreau.dossiers import moving, states
from terreau.dossiers.models import Dossier
from terreau.followup import concluding, evaluating, figures, meetings, people_data, planning, reporting, work
from terreau.followup.models import Conclusion, ConclusionSignature, Report, ReportSchedule, ReportSending
from terreau.indicators.models import Indicator, Value
from terreau.journal.models import Event, Refusal
from terreau.journal.verification import verify
from terreau.notices.models import Notice
from terreau.reviews import campaigns
from tests.followup import making
from tests.followup.making import Course, Side
from tests.reviews.conftest import content, published

BLANK = dict.fromkeys(reporting.PARTS, "")


def _plan(course: Course) -> list[ReportSchedule]:
    return planning.plan(course.dossier, anchor_on=date(2026, 1, 31), by=course.officer)


def _written(course: Course) -> Report:
    report = reporting.begin(_plan(course)[0])
    return reporting.write(report, base=BLANK, mine={**BLANK, "done": "Deux ateliers."}, by=course.animator)


def test_reports_are_dated_from_the_agreement_and_follow_it(course: Course) -> None:
    found = _plan(course)
    assert [(one.kind, one.due_on) for one in found] == [
        ("intermediate", date(2027, 1, 31)),
        ("final", date(2028, 3, 31)),
    ]
    reporting.begin(found[0])
    moved = planning.plan(course.dossier, anchor_on=date(2026, 3, 1), by=course.officer)
    # What is begun stays where its people expect it.
    assert [one.due_on for one in moved] == [date(2027, 1, 31), date(2028, 5, 1)]


def test_reports_a_year_apart_move_a_year_on_and_back(db: None) -> None:
    course = making.course(months=36)
    for year in (2026, 2027, 2026):
        found = planning.plan(course.dossier, anchor_on=date(year, 1, 31), by=course.officer)
        assert [one.due_on.year - year for one in found] == [1, 2, 3]


def test_a_report_does_not_move_onto_another_and_says_so(course: Course) -> None:
    found = _plan(course)
    asked = planning.Asked("intermediate", date(2027, 3, 1))
    planning.ask(course.dossier, asked, by=course.officer)
    with pytest.raises(DomainError, match="déjà demandé"):
        planning.plan(course.dossier, anchor_on=date(2026, 3, 1), by=course.officer)
    assert found[-1] in planning.living(course.dossier)
    assert ReportSchedule.objects.get(pk=found[-1].pk).due_on == found[-1].due_on


def test_what_is_not_asked_any_more_does_not_come_back(course: Course) -> None:
    first, last = _plan(course)
    planning.drop(first, reason="Reçu par courrier", by=course.officer)
    assert planning.plan(course.dossier, anchor_on=date(2026, 3, 1), by=course.officer) == [last]


def test_one_more_report_is_told_and_dropped_with_a_reason(course: Course) -> None:
    due = timezone.localdate() + timedelta(days=60)
    made = planning.ask(course.dossier, planning.Asked("other", due, title="Attestation"), by=course.officer)
    assert Notice.objects.filter(to=course.animator, text__contains="Attestation").count() == 1
    with pytest.raises(DomainError, match="déjà demandé"):
        planning.ask(course.dossier, planning.Asked("other", due), by=course.officer)
    with pytest.raises(DomainError, match="pourquoi"):
        planning.drop(made, reason=" ", by=course.officer)
    planning.drop(made, reason="Reçue par courrier", by=course.officer)
    assert planning.living(course.dossier) == []


def test_two_people_write_one_report_and_nothing_is_lost(course: Course) -> None:
    report = _written(course)
    merged = reporting.write(report, base=BLANK, mine={**BLANK, "gaps": "Un retard."}, by=course.colleague)
    assert (merged.done, merged.gaps) == ("Deux ateliers.", "Un retard.")
    with pytest.raises(StaleWriteError):
        reporting.write(report, base=BLANK, mine={**BLANK, "done": "Trois."}, by=course.colleague)


def test_what_is_sent_is_frozen_with_its_figures(course: Course) -> None:
    indicator = Indicator.objects.create(pole=course.pole, label="Emplois", unit="count")
    Value.objects.create(
        indicator=indicator,
        period_from=date(2026, 1, 1),
        period_to=date(2027, 1, 1),
        amount=3_000,
        by=course.animator,
    )
    report = _written(course)
    with pytest.raises(StaleWriteError):
        reporting.send(report, seen=report.version - 1, by=course.animator)
    made = reporting.send(report, seen=report.version, by=course.animator)
    assert [one["label"] for one in made.content["figures"]] == ["Emplois"]
    assert made.content["done"] == "Deux ateliers."
    with pytest.raises(DomainError, match="déjà envoyé"):
        reporting.send(report, seen=report.version, by=course.animator)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportSending.objects.update(digest="0" * 64)
    assert Notice.objects.filter(to=course.officer, text__contains="arrivé").count() == 1


def test_figures_left_out_are_not_sent(course: Course) -> None:
    indicator = Indicator.objects.create(pole=course.pole, label="Emplois", unit="count")
    Value.objects.create(
        indicator=indicator, period_from=date(2026, 1, 1), period_to=date(2027, 1, 1), amount=3_000
    )
    report = _written(course)
    code = figures.of_pole(course.pole, report.schedule.due_on)[0].code
    reporting.leave_out(report, [code], by=course.animator)
    report.refresh_from_db()
    made = reporting.send(report, seen=report.version, by=course.animator)
    assert made.content["figures"] == []


def test_a_report_is_given_back_then_accepted(course: Course) -> None:
    report = _written(course)
    reporting.send(report, seen=report.version, by=course.animator)
    with pytest.raises(DomainError, match="compléter"):
        reporting.answer(report, accepts=False, words="", by=course.officer)
    reporting.answer(report, accepts=False, words="Il manque le budget.", by=course.officer)
    with pytest.raises(DomainError, match="n'attend plus"):
        reporting.answer(report, accepts=True, words="", by=course.officer)
    reporting.write(report, base={"money": ""}, mine={"money": "12 000 €"}, by=course.animator)
    report.refresh_from_db()
    assert reporting.send(report, seen=report.version, by=course.animator).number == 2
    assert reporting.answer(report, accepts=True, words="", by=course.officer).state == "accepted"
    with pytest.raises(DomainError, match="ne s'écrit plus"):
        reporting.write(report, base={"money": ""}, mine={"money": "0"}, by=course.animator)


def test_a_late_report_is_recalled_once_to_both_sides(course: Course) -> None:
    due = timezone.localdate() - timedelta(days=3)
    late = ReportSchedule.objects.create(dossier=course.dossier, kind="final", due_on=due)
    for _turn in range(2):
        for one in work.waiting(timezone.localdate()):
            work.tell(one, timezone.localdate())
    told = Notice.objects.filter(text__contains="en retard").values_list("to", flat=True)
    assert set(told) == {course.animator.pk, course.colleague.pk, course.officer.pk}
    assert len(told) == 3
    Report.objects.create(schedule=late, state="sent", sent_at=timezone.now(), done="Fait.")
    assert work.waiting(timezone.localdate()) == []


def test_minutes_make_a_meeting_held_never_before_its_hour(course: Course) -> None:
    later = timezone.now() + timedelta(days=1)
    coming = meetings.plan(course.dossier, kind="steering", at=later, by=course.officer)
    with pytest.raises(DomainError, match="pas encore"):
        meetings.hold(coming, base={"minutes": ""}, mine={"minutes": "Dit."}, by=course.officer)
    meetings.cancel(coming, by=course.officer)
    with pytest.raises(DomainError, match="plus prévue"):
        meetings.cancel(coming, by=course.officer)


def test_an_evaluation_opens_once_and_moves_the_file(course: Course) -> None:
    made = evaluating.open_evaluation(course.dossier, None, by=course.officer)
    assert course.dossier.state == "evaluation"
    assert evaluating.open_evaluation(course.dossier, None, by=course.animator) == made


def test_no_door_closes_a_file_before_both_sides_signed(course: Course) -> None:
    with pytest.raises(RefusedError, match="signée par les deux"):
        moving.move(course.dossier, "close", by=course.officer)
    making.evaluated(course)
    making.sign(course, Side.BENEFICIARY, course.animator)
    with pytest.raises(RefusedError, match="signée par les deux"):
        moving.move(course.dossier, "close", by=course.officer)
    assert Refusal.objects.get(verb="dossier.close").count == 2
    making.sign(course, Side.FUNDER, course.officer)
    moving.move(course.dossier, "close", by=course.officer)
    assert course.dossier.state == "closed"


def test_no_evaluation_of_what_does_not_run(db: None) -> None:
    early = making.course(state="laureate")
    with pytest.raises(DomainError, match="en cours"):
        evaluating.open_evaluation(early.dossier, None, by=early.officer)


def test_nobody_signs_before_each_step_is_done(course: Course) -> None:
    evaluating.open_evaluation(course.dossier, None, by=course.officer)
    with pytest.raises(DomainError) as found:
        making.sign(course, Side.FUNDER, course.officer)
    assert found.value.facts["lacks"] == ["self", "external", "meeting", "words"]


def test_both_sides_sign_the_same_text_and_it_never_changes(course: Course) -> None:
    making.evaluated(course)
    with pytest.raises(DomainError, match="a changé"):
        making.sign(course, Side.FUNDER, course.officer, read="0" * 64)
    making.sign(course, Side.BENEFICIARY, course.animator)
    with pytest.raises(DomainError, match="deux parties"):
        making.sign(course, Side.FUNDER, course.animator)
    row = Conclusion.objects.select_related("evaluation__dossier").get()
    with pytest.raises(DomainError, match="reprendre sa signature"):
        concluding.write(row, base={"impacts": ""}, mine={"impacts": "Ajout"}, by=course.officer)
    making.sign(course, Side.FUNDER, course.officer)
    row.refresh_from_db()
    assert row.concluded_at is not None
    assert {one.digest for one in row.signatures.all()} == {row.digest}
    with pytest.raises(IntegrityError), transaction.atomic():
        Conclusion.objects.update(results="Autre chose")
    with pytest.raises(DomainError, match="conclue"):
        evaluating.write(row.evaluation, base={"self_words": ""}, mine={"self_words": "x"}, by=course.officer)
    moving.move(course.dossier, "close", by=course.officer)
    assert course.dossier.state == "closed"
    assert verify() == []


def test_a_signature_is_taken_back_until_the_other_signs(course: Course) -> None:
    making.evaluated(course)
    making.sign(course, Side.BENEFICIARY, course.animator)
    row = making.evaluating.of(course.dossier)
    assert row is not None
    concluding.take_back(row, Side.BENEFICIARY, by=course.animator)
    concluding.write(row.conclusion, base={"impacts": ""}, mine={"impacts": "Ajout"}, by=course.officer)
    making.sign(course, Side.BENEFICIARY, course.animator)
    making.sign(course, Side.FUNDER, course.officer)
    with pytest.raises(DomainError, match="conclu"):
        concluding.take_back(row, Side.FUNDER, by=course.officer)
    assert ConclusionSignature.objects.count() == 3


def test_nothing_of_what_one_side_signed_changes_before_the_other_signs(course: Course) -> None:
    making.evaluated(course)
    making.sign(course, Side.BENEFICIARY, course.animator)
    row = making.evaluating.of(course.dossier)
    assert row is not None
    with pytest.raises(DomainError, match="reprendre sa signature"):
        evaluating.write(row, base={"self_words": ""}, mine={"self_words": "Autre"}, by=course.animator)
    later = timezone.now() - timedelta(days=1)
    again = meetings.plan(course.dossier, kind="contradictory", at=later, by=course.officer)
    meetings.hold(again, base={"minutes": ""}, mine={"minutes": "Encore."}, by=course.officer)
    with pytest.raises(DomainError, match="un texte qui a changé"):
        making.sign(course, Side.FUNDER, course.officer)
    assert Conclusion.objects.get().concluded_at is None


def test_the_minutes_of_the_meeting_are_signed_too(course: Course) -> None:
    making.evaluated(course)
    making.sign(course, Side.BENEFICIARY, course.animator)
    meeting = course.dossier.steerings.get()
    meetings.hold(
        meeting, base={"minutes": meeting.minutes}, mine={"minutes": "Autre chose."}, by=course.officer
    )
    with pytest.raises(DomainError, match="un texte qui a changé"):
        making.sign(course, Side.FUNDER, course.officer)


def test_an_evaluation_rests_on_campaigns_of_its_pole_alone(course: Course, scale: Any) -> None:
    row = evaluating.open_evaluation(course.dossier, scale, by=course.officer)
    review = evaluating.start(row, "self", title="Le point", by=course.animator)
    fresh = evaluating.of(course.dossier)
    assert fresh is not None
    assert (fresh.self_review, evaluating.progress(fresh).self_done) == (review, False)
    evaluating.campaigns.close(review, by=course.animator)
    fresh = evaluating.of(course.dossier)
    assert fresh is not None
    assert evaluating.progress(fresh).self_done
    other = making.pole("Autre", slug="autre")
    review.pk, review.pole = None, other
    with pytest.raises(DomainError, match="pas cette campagne"):
        evaluating.rest_on(fresh, "self", review, by=course.animator)
    with pytest.raises(DomainError, match="pas cette campagne"):
        evaluating.rest_on(fresh, "external", fresh.self_review, by=course.animator)  # type: ignore[arg-type]


def test_an_evaluation_rests_on_its_own_grid(course: Course, scale: Any) -> None:
    row = evaluating.open_evaluation(course.dossier, scale, by=course.officer)
    other = published(content("autre-grille"))
    review = campaigns.open_review(
        course.pole, other, campaigns.Plan("internal", "Le point"), by=course.animator
    )
    assert evaluating.usable(row, "self") == []
    with pytest.raises(DomainError, match="pas à la grille"):
        evaluating.rest_on(row, "self", review, by=course.animator)


def test_names_go_and_signatures_stay_when_somebody_asks(course: Course) -> None:
    making.conclude(course)
    assert people_data.export(course.animator)["signatures"][0]["name"] == "Anime"
    people_data.erase(course.animator)
    held = ConclusionSignature.objects.get(side=Side.BENEFICIARY)
    assert (held.name, held.quality) == (people_data.ERASED, "mandatée")


def test_the_journal_names_what_was_done(course: Course) -> None:
    making.conclude(course)
    verbs = set(Event.objects.filter(subject=course.dossier.subject).values_list("verb", flat=True))
    assert {"evaluation.opened", "meeting.held", "conclusion.signed", "evaluation.concluded"} <= verbs


def test_the_agreement_dates_the_usual_reports(course: Course) -> None:
    Dossier.objects.filter(pk=course.dossier.pk).update(state=states.AGREEMENT)
    moving.move(course.dossier, "start", by=None)
    found = planning.living(course.dossier)
    assert found
    assert {one.anchor_on for one in found} == {timezone.localdate()}
