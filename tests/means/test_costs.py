"""Costs shared to the cent, shared jobs and their statement."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

import pytest
from django.db import DatabaseError, transaction

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.actors.models import Belonging
from terreau.common.errors import DomainError
from terreau.common.money import Euro
from terreau.means import bookings, jobs, splits
from terreau.means.models import Job, Occupation, Share, Split
from tests.means.conftest import Yard
from tests.means.test_bookings import past

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)


def code_of(attempt: Callable[[], object]) -> str:
    with pytest.raises(DomainError) as refused:
        attempt()
    return refused.value.code


def share(yard: Yard, key: str, cents: int = 100_001, **values: object) -> Split:
    cost = {"label": "Loyer", "cost": Euro(cents), "paid_by": yard.owner, "first": FIRST, "last": LAST}
    return splits.share_cost(yard.pole, key=key, by=yard.by, **{"means": yard.hall, **cost, **values})


def parts(split: Split) -> dict[UUID, int]:
    return dict(Share.objects.filter(split=split).values_list("actor", "cents"))


def test_twelve_members_share_a_rent_by_agreed_parts(yard: Yard) -> None:
    members = [create_actor(f"Membre {number}", source=None, public=False) for number in range(12)]
    split = share(yard, "agreed", agreed={one.pk: number + 1 for number, one in enumerate(members)})
    found = parts(split)
    assert len(found) == 12
    assert sum(found.values()) == 100_001
    with pytest.raises(DatabaseError), transaction.atomic():
        Share.objects.update(cents=0)


def test_by_surface_and_by_headcount_over_the_days_of_presence(yard: Yard) -> None:
    there = {"means": yard.hall, "valid_from": FIRST}
    Occupation.objects.create(actor=yard.owner, surface=5_000, headcount=1, **there)
    Occupation.objects.create(
        actor=yard.member, surface=5_000, headcount=3, valid_to=date(2026, 7, 2), **there
    )
    by_surface = parts(share(yard, "surface", 54_700))
    assert by_surface == {yard.owner.pk: 36_500, yard.member.pk: 18_200}
    by_heads = parts(share(yard, "headcount", 91_100))
    assert by_heads == {yard.owner.pk: 36_500, yard.member.pk: 54_600}


def test_by_use_of_what_was_booked(yard: Yard) -> None:
    past(yard, 9, 12)
    past(yard, 13, 14, actor=yard.owner)
    cancelled = bookings.book(yard.hall, yard.member, yard.at(9), yard.at(12), by=yard.by)
    bookings.cancel(cancelled, by=yard.by)
    first, last = yard.at(0, day=-5).date(), yard.at(0, day=5).date()
    assert parts(share(yard, "use", 400, first=first, last=last)) == {yard.member.pk: 300, yard.owner.pk: 100}


def test_refusals(yard: Yard) -> None:
    assert code_of(lambda: share(yard, "use")) == "nothing_weighs"
    assert code_of(lambda: share(yard, "agreed", agreed={yard.owner.pk: 0})) == "nothing_weighs"
    assert code_of(lambda: share(yard, "agreed", agreed={UUID(int=3): 1})) == "unknown_actor"
    assert code_of(lambda: share(yard, "surface", means=None)) == "no_means"
    assert code_of(lambda: share(yard, "use", 0)) == "no_cost"
    assert code_of(lambda: share(yard, "use", label=" ")) == "no_label"
    assert code_of(lambda: share(yard, "use", first=LAST, last=FIRST)) == "ends_before"
    split = share(yard, "agreed", agreed={yard.owner.pk: 1})
    assert code_of(lambda: splits.undo(split, reason="", by=yard.by)) == "reason_needed"
    assert splits.undo(split, reason="facture fausse", by=yard.by).undone_at
    assert code_of(lambda: splits.undo(split, reason="encore", by=yard.by)) == "undone"


def test_a_shared_job_is_planned_worked_and_told_to_each(yard: Yard) -> None:
    job = jobs.create(
        yard.pole, yard.owner, title="Comptable", frame="group", since=FIRST, person="Zoé R.", by=yard.by
    )
    jobs.plan(job, yard.member, minutes_a_month=600, cents_an_hour=2_500, since=FIRST, by=yard.by)
    jobs.plan(
        job, yard.member, minutes_a_month=1_200, cents_an_hour=3_000, since=date(2026, 3, 1), by=yard.by
    )
    jobs.log(job, yard.member, on=date(2026, 2, 3), minutes=90, by=yard.by)
    jobs.log(job, yard.member, on=date(2026, 3, 3), minutes=20, by=yard.by)
    (line,) = jobs.statement(job, first=FIRST, last=date(2026, 3, 31))
    assert (line.worked, line.cents) == (110, 3_750 + 1_000)
    assert line.planned == 600 * 3 + 1_200
    assert code_of(lambda: jobs.log(job, yard.owner, on=FIRST, minutes=5, by=yard.by)) == "at_the_employer"
    assert code_of(lambda: jobs.log(job, yard.member, on=FIRST, minutes=0, by=yard.by)) == "no_time"
    assert (
        code_of(lambda: jobs.plan(job, yard.member, minutes_a_month=0, since=FIRST, by=yard.by)) == "no_time"
    )


def test_others_read_an_alias(yard: Yard) -> None:
    job = jobs.create(
        yard.pole, yard.owner, title="Comptable", frame="group", since=FIRST, person="Zoé R.", by=yard.by
    )
    zoe, boss, other = (User.objects.create_user(f"{name}@people.example.org", name=name) for name in "zbo")
    Job.objects.filter(pk=job.pk).update(user=zoe)
    job.refresh_from_db()
    now = yard.at(0)
    Belonging.objects.create(user=boss, actor=yard.owner, asked_at=now, confirmed_at=now, confirmed_by=boss)
    assert [jobs.name_for(job, one) for one in (zoe, boss, other, yard.by, None)] == [
        "Zoé R.",
        "Zoé R.",
        "P1",
        "P1",
        "P1",
    ]
