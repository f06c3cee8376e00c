"""What shared means say to the pages that compose the workspace."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import RequestFactory
from django.utils import timezone

from terreau.accounts.models import User
from terreau.common.money import Euro
from terreau.means import bookings, composed, jobs, premises, settling, splits
from terreau.means.models import Booking, Means
from terreau.poles.workspace import Workspace, enter
from tests.means.conftest import Crew, crew_of, make
from tests.means.test_bookings import past


def workspace(user: User) -> Workspace:
    request = RequestFactory().get("/poles/pole-essai/espace/")
    request.user = user
    return enter(request, "pole-essai")


@pytest.fixture
def asked(db: None) -> Crew:
    return crew_of(make(asks_owner=True))


def test_the_week_of_each(asked: Crew) -> None:
    yard = asked.yard
    bookings.book(yard.hall, yard.member, yard.at(9), yard.at(10), by=asked.member)
    own = bookings.book(yard.hall, yard.owner, yard.at(14), yard.at(15), by=asked.lender)
    told = {
        user: [(due.tone, due.act) for due in composed.week(workspace(user))]
        for user in (asked.member, asked.lender, asked.animator)
    }
    assert told[asked.member] == []
    assert told[asked.lender] == [("now", "Répondre à la demande"), ("info", "")]
    assert told[asked.animator] == [("now", "Répondre à la demande")]
    assert composed.week(workspace(asked.lender))[1].path.endswith(f"/reservations/{own.pk}/")
    past(yard, 6, 7, price={"cents": 10**15})
    settling.settle()
    assert [due.tone for due in composed.week(workspace(asked.animator))] == ["now", "late"]
    assert [due.tone for due in composed.week(workspace(asked.lender))] == ["now", "info"]


def test_figures_of_a_year(crew: Crew) -> None:
    yard = crew.yard
    day = timezone.localdate(yard.at(0, day=-3))
    first, last = day.replace(month=1, day=1), day.replace(month=12, day=31)
    past(yard, 9, 11, price={"cents": 2_000, "who": "member"})
    past(yard, 12, 13, price={})
    past(yard, 14, 15, actor=yard.owner, price={"cents": 0, "who": "owner"})
    past(yard, 16, 18, state="cancelled", cancelled_at=timezone.now(), price={"cents": 1, "who": "member"})
    splits.share_cost(
        yard.pole, label="Loyer", cost=Euro(5_001), paid_by=yard.owner, first=day, last=day, key="agreed",
        agreed={yard.member.pk: 1}, by=crew.animator,
    )  # fmt: skip
    job = jobs.create(yard.pole, yard.owner, title="Comptable", frame="group", since=first, by=crew.animator)
    jobs.log(job, yard.member, on=day, minutes=90, by=crew.lender)
    place = bookings.offer(yard.pole, yard.owner, name="Atelier", kind="premises", by=crew.animator)
    premises.occupy(place, yard.member, surface=2_550, since=first, by=crew.animator)
    said = {one.code: one.value for one in composed.figures(yard.pole, first, last)}
    assert said["means.bookings"] == 3
    assert said["means.hours"] == 4
    # Two hours at 25 € outside, 20 € paid: 30 € spared; the others have no two prices.
    assert said["means.spared"] == Euro(3_000)
    assert said["means.costs"] == Euro(5_001)
    assert said["means.jobs"] == Decimal("1.5")
    assert said["means.surface"] == Decimal("25.5")
    none = {one.code: one.value for one in composed.figures(yard.pole, date(2001, 1, 1), date(2001, 12, 31))}
    assert (none["means.bookings"], none["means.spared"]) == (0, None)


def test_born_published_and_found(crew: Crew) -> None:
    yard = crew.yard
    jobs.create(
        yard.pole,
        yard.owner,
        title="Comptable",
        frame="group",
        since=date(2024, 5, 1),
        person="Zoé",
        by=yard.by,
    )
    bookings.offer(yard.pole, yard.owner, name="Atelier", kind="premises", by=yard.by, place="Gare")
    assert [(one.kind, one.title) for one in composed.born(yard.pole)] == [
        ("job", "Comptable"),
        ("place", "Atelier"),
    ]
    assert composed.published(yard.pole, timezone.localdate()) == []
    Means.objects.filter(pk=yard.hall.pk).update(public=True)
    (shown,) = composed.published(yard.pole, timezone.localdate())
    assert shown.path == f"/poles/pole-essai/moyens/{yard.hall.pk}/"
    ws = workspace(crew.member)
    assert [one.title for one in composed.found(ws, "ATELIER gare", 5)] == ["Atelier"]
    assert composed.found(ws, "Zoé", 5) == []
    assert composed.found(ws, " ", 5) == []
    assert len(composed.found(ws, "a", 1)) == 1


def test_stamps_are_of_the_person_and_her_actors(crew: Crew) -> None:
    yard = crew.yard
    bookings.book(yard.hall, yard.member, yard.at(9), yard.at(10), by=crew.animator)
    bookings.book(yard.hall, yard.owner, yard.at(11), yard.at(12), by=crew.lender)
    today = timezone.localdate()
    for user, hours in ((crew.member, [9]), (crew.lender, [11]), (crew.animator, [9])):
        found = composed.stamps(workspace(user), today, today + timedelta(days=9))
        assert [one.starts.hour for one in found] == hours  # type: ignore[union-attr]
    assert Booking.objects.count() == 2
