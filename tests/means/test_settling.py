"""What the ledger refuses is set aside with its reason; it stops no other, and waits for somebody."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from terreau.actors.actions import create_actor
from terreau.common.errors import DomainError
from terreau.flows.models import Flow
from terreau.jobs.models import Job
from terreau.jobs.work import run_job, start, start_due
from terreau.journal import subjects
from terreau.means import settling
from terreau.means.models import Booking
from tests.means.conftest import Crew, Yard
from tests.means.test_bookings import past


def test_one_refused_row_stops_no_other(yard: Yard) -> None:
    wrong = past(yard, 6, 7, price={"cents": 10**15})
    right = past(yard, 9, 12)
    assert settling.settle() == 1
    wrong.refresh_from_db()
    right.refresh_from_db()
    assert "trop grand" in wrong.set_aside
    assert wrong.settled_at is None
    assert right.settled_at is not None
    assert (settling.settle(), settling.waits()) == (0, False)
    assert list(settling.set_aside(yard.pole)) == [wrong]


def test_a_merged_party_is_written_under_who_took_it_in(yard: Yard) -> None:
    winner = create_actor("Cantine et traiteur", source=None, public=False)
    past(yard, 9, 12)
    subjects.merge(yard.member.subject, winner.subject, by=yard.by, reason="doublon")
    assert settling.settle() == 1
    assert Flow.objects.get().receiver == winner


def test_who_animates_tries_again_or_leaves_it_out(crew: Crew, client: Client) -> None:
    yard = crew.yard
    rows = [past(yard, hour, hour + 1, price={"cents": 10**15}) for hour in (6, 8)]
    settling.settle()
    address = "moyens/{}/reservations/{}/livre/"
    first, second = (crew.path(address.format(yard.hall.pk, row.pk)) for row in rows)
    client.force_login(crew.member)
    assert client.post(first, {"faire": "essayer"}).status_code == 403
    assert "trop grand" not in client.get(crew.path("moyens/")).content.decode()
    client.force_login(crew.animator)
    assert "trop grand" in client.get(crew.path("moyens/")).content.decode()
    client.post(first, {"faire": "essayer"})
    assert Flow.objects.count() == 0
    Booking.objects.filter(pk=rows[0].pk).update(price={"cents": 1_000})
    client.post(first, {"faire": "essayer"})
    assert Flow.objects.get().cents == 1_000
    client.post(second, {"faire": "laisser", "reason": ""})
    assert settling.set_aside(yard.pole).count() == 1
    client.post(second, {"faire": "laisser", "reason": "Saisie d'essai"})
    assert settling.set_aside(yard.pole).count() == 0
    rows[1].refresh_from_db()
    assert (rows[1].state, rows[1].reason) == ("cancelled", "Saisie d'essai")
    assert client.post(second, {"faire": "laisser", "reason": "encore"}).status_code == 409


def test_forgone_only_with_a_reason(yard: Yard) -> None:
    row = past(yard, 6, 7, price={"cents": 10**15})
    settling.settle()
    with pytest.raises(DomainError) as refused:
        settling.forgo(row, reason=" ", by=yard.by)
    assert refused.value.code == "reason_needed"


def test_the_worker_writes_it_by_itself(yard: Yard) -> None:
    past(yard, 9, 12)
    start_due()
    job = Job.objects.get(kind="means.settle")
    run_job.call(str(job.pk))
    assert Flow.objects.count() == 1
    job.refresh_from_db()
    assert (job.state, job.report) == ("done", {"written": 1})
    # What is not over waits.
    soon = timezone.now() + timedelta(hours=2)
    Booking.objects.create(means=yard.hall, actor=yard.member, starts_at=timezone.now(), ends_at=soon)
    assert not settling.waits()
    assert start("means.settle", by=None)
