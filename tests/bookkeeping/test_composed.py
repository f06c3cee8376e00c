"""What the books say to « Ma semaine », the year and the search; the example of an invented pole."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from terreau.bookkeeping import audits, checks, composed, demo, gifts
from terreau.bookkeeping.models import Contribution, Rate
from terreau.flows.models import Flow
from tests.web.espace_yard import Yard


def test_what_waits_is_said_to_who_animates(yard: Yard) -> None:
    today = timezone.localdate()
    yard.line()
    yard.line()
    ws = yard.ws(yard.animator)
    audits.give(
        ws, email="a@people.example.org", purpose="Comptes", since=today, until=today + timedelta(days=5)
    )
    kinds = [one.kind for one in composed.week(ws)]
    assert kinds == ["gift", "audit"]
    assert composed.week(yard.ws(yard.baker)) == []


def test_the_year_counts_what_stands(yard: Yard) -> None:
    yard.line(on=date(2026, 3, 2), cents=1_000, method="agreed", thousandths=1_500)
    said = {one.code: one.value for one in composed.figures(yard.pole, date(2026, 1, 1), date(2026, 12, 31))}
    assert said["gifts.lines"] == 1
    assert str(said["gifts.hours"]) == "1.5"
    assert said["gifts.value"].cents == 1_000  # type: ignore[union-attr]
    empty = composed.figures(yard.pole, date(2020, 1, 1), date(2020, 12, 31))
    assert [one.value for one in empty] == [0, 0, None]


def test_a_rate_is_found_by_its_words(yard: Yard) -> None:
    Rate.objects.create(
        pole=yard.pole,
        what="Heure de bénévolat",
        nature="time",
        unit="hours",
        method="agreed",
        cents=1,
        since=date(2026, 1, 1),
        source="Décision",
    )
    ws = yard.ws(yard.baker)
    assert [one.title for one in composed.found(ws, "benevolat", 5)] == ["Heure de bénévolat"]
    assert composed.found(ws, "autre", 5) == []
    assert composed.found(ws, " ", 5) == []


@pytest.mark.filterwarnings("error")
def test_the_example_is_flagged_and_holds_together(yard: Yard) -> None:
    count = demo.fill(yard.pole, yard.animator)
    assert Flow.objects.count() == count
    assert all(demo.FLAG in one.label for one in Flow.objects.all())
    assert Contribution.objects.exclude(rate=None).exists()
    today = timezone.localdate()
    assert gifts.read(yard.pole, today - timedelta(days=99), today).statement.balanced
    assert checks.whole(checks.run(yard.pole, today=today))
