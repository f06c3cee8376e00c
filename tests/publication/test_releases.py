"""A table published again: the same, held back, or new; what is kept of it."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from terreau.publication import policies, releases
from terreau.publication.models import Release
from terreau.publication.tables import Axis, Contribution, Table, build

POLES = policies.load()["poles"][-1]
ZONES = Axis("zone", {"R": "", "S": ""})
ANSWERS = Axis("answer", {"yes": "", "no": ""})
DAY = datetime(2026, 3, 1, 3, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def _table(yes: int, no: int) -> Table:
    """``yes`` and ``no`` poles of a region, known one by one by number; those of the other do not change."""
    rows = [Contribution(str(n), ("R", "yes" if n < yes else "no")) for n in range(yes + no)]
    rows += [Contribution(f"s{n}", ("S", "yes" if n % 2 else "no")) for n in range(20)]
    return build("criterion", [((ZONES, ANSWERS), rows)], known=[(), (("zone", "R"),), (("zone", "S"),)])


def test_the_same_table_is_not_published_twice() -> None:
    first = releases.publish(_table(10, 10), POLES, at=DAY)
    again = releases.publish(_table(10, 10), POLES, at=DAY + timedelta(days=1))
    assert (first.state, again.state) == ("new", "same")
    assert again.release == first.release
    assert again.release is not None
    assert again.release.checked_at == DAY + timedelta(days=1)


def test_one_pole_that_changes_its_answer_is_not_read_in_the_difference() -> None:
    releases.publish(_table(10, 10), POLES, at=DAY)
    held = releases.publish(_table(11, 9), POLES, at=DAY + timedelta(days=1))
    assert held.state == "held"
    assert held.release is not None
    shown = dict(releases.cells(held.release))
    assert shown[(("answer", "yes"), ("zone", "R"))].value == 10
    # After a month it is published, and what it would give away is hidden.
    late = releases.publish(_table(11, 9), POLES, at=DAY + timedelta(days=31))
    assert late.release is not None
    assert late.state == "new"
    assert dict(releases.cells(late.release))[(("answer", "yes"), ("zone", "R"))].reason in {
        "neighbour",
        "difference",
    }


def test_many_that_change_are_published_at_once() -> None:
    releases.publish(_table(10, 10), POLES, at=DAY)
    outcome = releases.publish(_table(14, 6), POLES, at=DAY + timedelta(days=1))
    assert outcome.state == "new"
    assert outcome.release is not None
    assert dict(releases.cells(outcome.release))[(("answer", "yes"), ("zone", "R"))].value == 14
    assert Release.objects.filter(current=True).count() == 1


def test_only_the_last_releases_keep_what_they_hide() -> None:
    for number, yes in enumerate((4, 8, 12, 16, 20)):
        releases.publish(_table(yes, 24 - yes), POLES, at=DAY + timedelta(days=number))
    assert Release.objects.count() == 5
    assert Release.objects.filter(private__isnull=False).count() == releases.MEMORY


def test_two_releases_in_force_are_refused() -> None:
    outcome = releases.publish(_table(10, 10), POLES, at=DAY)
    assert outcome.release is not None
    twin = Release.objects.get(pk=outcome.release.pk)
    twin.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save(force_insert=True)


def test_the_command_checks_every_report() -> None:
    releases.publish(_table(10, 2), POLES, at=DAY)
    out = StringIO()
    call_command("publication_audit", "--attaque", stdout=out)
    assert "criterion 2026-03-01" in out.getvalue()
    release = Release.objects.get()
    release.figures[0][1:] = ["secret", None, "few"]
    release.save()
    with pytest.raises(CommandError):
        call_command("publication_audit", stdout=StringIO())
