"""Each month by itself: on the day that the pole chose, once, and the end of what was left unanswered."""

from datetime import date, timedelta

import pytest

from terreau.common.errors import DomainError, StaleWriteError
from terreau.netting import answers, demo, monthly
from terreau.netting.models import Consent, Habit, Round
from tests.netting.conftest import Ring

pytestmark = pytest.mark.django_db


def test_nothing_is_proposed_by_itself_until_somebody_chooses(ring: Ring) -> None:
    assert monthly.run(ring.today) == {"ended": 0, "proposed": 0}


def test_once_a_month_from_the_day_on(ring: Ring) -> None:
    first = ring.today.replace(day=1) + timedelta(days=62)
    monthly.choose(ring.pole, day=5, days_to_answer=7, seen=0, by=ring.animator)
    assert monthly.run(first.replace(day=4))["proposed"] == 0
    assert monthly.run(first.replace(day=6))["proposed"] == 1
    row = Round.objects.get()
    assert (row.by, row.expires_on) == (None, first.replace(day=13))
    assert monthly.run(first.replace(day=7)) == {"ended": 0, "proposed": 0}
    assert monthly.run(first.replace(day=14)) == {"ended": 1, "proposed": 0}
    assert Round.objects.get().state == Round.State.EXPIRED


def test_what_is_unanswered_is_made_again_without_the_silent(ring: Ring) -> None:
    ring.owes(1, 0, 10_000)
    row = ring.propose()
    for place in (0, 1):
        answers.accept(row, ring.members[place], today=ring.today, by=ring.people[place])
    assert monthly.run(row.expires_on) == {"ended": 0, "proposed": 0}
    assert monthly.run(row.expires_on + timedelta(days=1)) == {"ended": 1, "proposed": 0}
    assert Round.objects.get(after=row).cleared_cents == 20_000


def test_a_refusal_that_was_cut_short_is_taken_up(ring: Ring) -> None:
    ring.owes(1, 0, 10_000)
    row = ring.propose()
    Consent.objects.create(round=row, actor=ring.members[2], agrees=False, by=ring.people[2])
    assert monthly.run(ring.today) == {"ended": 1, "proposed": 0}
    assert Round.objects.get(after=row).cleared_cents == 20_000
    with pytest.raises(DomainError, match="attend encore"):
        answers.close(Round.objects.get(after=row), today=ring.today, by=None)


def test_the_rhythm_is_checked_and_two_people_do_not_overwrite_each_other(ring: Ring) -> None:
    for day, days, code in ((29, 10, "bad_day"), (0, 10, "bad_day"), (5, 61, "bad_days")):
        with pytest.raises(DomainError) as refused:
            monthly.choose(ring.pole, day=day, days_to_answer=days, seen=0, by=ring.animator)
        assert refused.value.code == code
    assert monthly.choose(ring.pole, day=5, days_to_answer=7, seen=0, by=ring.animator).version == 1
    with pytest.raises(StaleWriteError):
        monthly.choose(ring.pole, day=6, days_to_answer=7, seen=0, by=ring.animator)
    assert monthly.choose(ring.pole, day=None, days_to_answer=7, seen=1, by=ring.animator).day is None
    assert monthly.run(ring.today.replace(day=28))["proposed"] == 0


@pytest.mark.parametrize(
    ("last", "today", "following"),
    [
        (None, date(2026, 3, 2), date(2026, 3, 5)),
        (None, date(2026, 3, 9), date(2026, 3, 9)),
        (date(2026, 3, 5), date(2026, 3, 9), date(2026, 4, 5)),
        (date(2026, 12, 5), date(2026, 12, 31), date(2027, 1, 5)),
    ],
)
def test_the_next_day_is_told(last: date | None, today: date, following: date) -> None:
    assert monthly.next_day(Habit(day=5), last, today) == following
    assert monthly.next_day(Habit(day=None), last, today) is None


def test_the_demonstration_shows_a_proposal_that_says_it_is_invented(bare: Ring) -> None:
    demo.fill(bare.pole, bare.animator)
    row = Round.objects.get()
    assert (row.state, row.cleared_cents > 0) == (Round.State.PROPOSED, True)
    assert all(demo.FLAG in one.invoice.label for one in row.lines.select_related("invoice"))
