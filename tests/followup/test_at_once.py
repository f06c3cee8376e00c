"""Two connections: a report sent twice, both sides that sign at one moment, two officers who answer."""

from datetime import date

import pytest

from terreau.common.errors import DomainError
from terreau.followup import evaluating, planning, reporting
from terreau.followup.models import Conclusion, ConclusionSignature, Report, ReportSending
from tests.followup import making
from tests.followup.making import Course, Side
from tests.two_connections import at_once

pytestmark = [pytest.mark.django_db(transaction=True)]


def _report(course: Course) -> Report:
    schedule = planning.plan(course.dossier, anchor_on=date(2026, 1, 31), by=course.officer)[0]
    report = reporting.begin(schedule)
    blank = dict.fromkeys(reporting.PARTS, "")
    return reporting.write(report, base=blank, mine={**blank, "done": "Fait."}, by=course.animator)


def _fresh(row: Report) -> Report:
    return Report.objects.select_related("schedule__dossier__call", "schedule__dossier__pole").get(pk=row.pk)


def test_a_double_click_sends_once() -> None:
    course = making.course()
    report = _report(course)

    def send() -> ReportSending:
        return reporting.send(_fresh(report), seen=report.version, by=course.animator)

    found = at_once(send, send)
    assert [type(one).__name__ for one in found].count("DomainError") == 1
    assert ReportSending.objects.count() == 1


def test_of_two_officers_one_answers() -> None:
    course = making.course()
    report = _report(course)
    reporting.send(_fresh(report), seen=report.version, by=course.animator)
    found = at_once(
        lambda: reporting.answer(_fresh(report), accepts=True, words="", by=course.officer),
        lambda: reporting.answer(_fresh(report), accepts=False, words="Il manque.", by=course.officer),
    )
    assert [type(one).__name__ for one in found].count("DomainError") == 1


def test_both_sides_sign_at_once_and_it_is_concluded_once() -> None:
    course = making.course()
    making.evaluated(course)
    read = making.seen(course)
    found = at_once(
        lambda: making.sign(course, Side.BENEFICIARY, course.animator, read=read),
        lambda: making.sign(course, Side.FUNDER, course.officer, read=read),
    )
    assert not [one for one in found if isinstance(one, DomainError)]
    assert Conclusion.objects.get().concluded_at is not None
    assert ConclusionSignature.objects.count() == 2


def test_what_one_side_signs_is_what_stands() -> None:
    """One signs while the other writes: the signature or the words are refused, whichever comes second."""
    course = making.course()
    row = making.evaluated(course)
    read = making.seen(course)
    found = at_once(
        lambda: making.sign(course, Side.BENEFICIARY, course.animator, read=read),
        lambda: evaluating.write(
            row,
            base={"external_words": row.external_words},
            mine={"external_words": "Autre chose."},
            by=course.officer,
        ),
    )
    assert len([one for one in found if isinstance(one, DomainError)]) == 1
    held = ConclusionSignature.objects.values_list("digest", flat=True)
    assert set(held) <= {making.seen(course)}
