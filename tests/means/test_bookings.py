"""Booking: once, whoever comes at the same moment; at the price that was said; written when it is over."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from terreau.common.errors import DomainError
from terreau.flows import actions as flows
from terreau.flows.models import Flow
from terreau.means import bookings, settling
from terreau.means.models import Booking, Means, Tariff
from terreau.means.rules import Tariff as Price
from tests.means.conftest import Yard, make
from tests.two_connections import at_once


def code_of(attempt: Callable[[], object]) -> str:
    with pytest.raises(DomainError) as refused:
        attempt()
    return refused.value.code


def test_booked_at_the_price_of_the_day(yard: Yard) -> None:
    row = bookings.book(yard.hall, yard.member, yard.at(9), yard.at(12), by=yard.by, label="Réunion")
    assert (row.state, row.price["cents"], row.price["who"]) == ("booked", 3_000, "member")
    since = timezone.localdate(yard.at(0, day=5))
    bookings.set_tariff(yard.hall, Price("member", "hour", 2_000), since=since, by=yard.by)
    later = bookings.book(yard.hall, yard.member, yard.at(9, day=6), yard.at(10, day=6), by=yard.by)
    assert later.price["cents"] == 2_000
    assert Booking.objects.get(pk=row.pk).price["cents"] == 3_000
    assert list(
        Tariff.objects.filter(who="member", unit="hour").values_list("cents", "valid_to").order_by("pk")
    ) == [
        (1_000, since),
        (2_000, None),
    ]
    again = Price("member", "hour", 1)
    assert code_of(lambda: bookings.set_tariff(yard.hall, again, since=since, by=yard.by)) == "tariff_known"
    assert code_of(lambda: bookings.set_tariff(yard.hall, again, since=None, by=yard.by)) == "no_day"


@pytest.mark.parametrize(
    ("first", "last", "free"),
    [
        (8, 9, True),
        (8, 10, False),
        (9, 12, False),
        (10, 11, False),
        (11, 13, False),
        (12, 13, True),
        (8, 13, False),
    ],
)
def test_two_at_the_same_hours(yard: Yard, first: int, last: int, free: bool) -> None:
    bookings.book(yard.hall, yard.member, yard.at(9), yard.at(12), by=yard.by)

    def second() -> Booking:
        return bookings.book(yard.hall, yard.owner, yard.at(first), yard.at(last), by=yard.by)

    if free:
        assert second().pk
    else:
        with pytest.raises(DomainError) as refused:
            second()
        assert (refused.value.code, refused.value.status) == ("taken", 409)
        assert len(refused.value.facts["hours"]) == 1


def test_the_database_holds_it(yard: Yard) -> None:
    values = {"means": yard.hall, "actor": yard.member, "starts_at": yard.at(9), "ends_at": yard.at(10)}
    Booking.objects.create(**values)
    for wrong in (values, {**values, "starts_at": yard.at(10), "ends_at": yard.at(10)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Booking.objects.create(**wrong)


def test_members_only_unless_open(yard: Yard) -> None:
    hours = (yard.at(9), yard.at(10))
    with pytest.raises(DomainError) as refused:
        bookings.book(yard.hall, yard.stranger, *hours, by=yard.by)
    assert refused.value.facts["reasons"] == ["members_only"]
    Means.objects.filter(pk=yard.hall.pk).update(open_outside=True)
    opened = Means.objects.get(pk=yard.hall.pk)
    assert bookings.book(opened, yard.stranger, *hours, by=yard.by).price["cents"] == 2_500


def test_asked_of_the_owner(db: None) -> None:
    yard = make(asks_owner=True)
    row = bookings.book(yard.hall, yard.member, yard.at(9), yard.at(10), by=yard.by)
    assert row.state == "asked"
    assert (
        code_of(lambda: bookings.book(yard.hall, yard.owner, yard.at(9), yard.at(10), by=yard.by)) == "taken"
    )
    assert bookings.accept(row, by=yard.by).state == "booked"
    assert code_of(lambda: bookings.accept(row, by=yard.by)) == "answered"
    assert bookings.book(yard.hall, yard.owner, yard.at(14), yard.at(15), by=yard.by).state == "booked"


def test_moved_and_cancelled(yard: Yard) -> None:
    row = bookings.book(yard.hall, yard.member, yard.at(9), yard.at(10), by=yard.by)
    other = bookings.book(yard.hall, yard.member, yard.at(14), yard.at(16), by=yard.by)
    assert code_of(lambda: bookings.move(row, yard.at(15), yard.at(16), by=yard.by)) == "taken"
    moved = bookings.move(row, yard.at(10), yard.at(14), by=yard.by)
    assert (moved.price["cents"], moved.sequence) == (3_000, 1)
    somebody = type(yard.by).objects.create_user("autre@people.example.org", name="Autre")
    assert code_of(lambda: bookings.cancel(other, by=somebody)) == "reason_needed"
    assert bookings.cancel(other, by=yard.by).state == "cancelled"
    assert code_of(lambda: bookings.cancel(other, by=yard.by)) == "cancelled"
    assert code_of(lambda: bookings.move(other, yard.at(17), yard.at(18), by=yard.by)) == "cancelled"
    assert bookings.move(moved, yard.at(14), yard.at(15), by=yard.by).starts_at == yard.at(14)
    late = yard.at(20)
    assert code_of(lambda: bookings.cancel(moved, by=yard.by, now=late)) == "over"
    assert code_of(lambda: bookings.move(moved, yard.at(21), yard.at(22), by=yard.by, now=late)) == "begun"


def past(yard: Yard, first: int, last: int, **values: object) -> Booking:
    booked = {"means": yard.hall, "actor": yard.member, "price": {"cents": 3_000}, **values}
    return Booking.objects.create(starts_at=yard.at(first, day=-3), ends_at=yard.at(last, day=-3), **booked)


def test_written_in_the_ledger_once_when_over(yard: Yard) -> None:
    past(yard, 9, 12, label="Réunion")
    past(yard, 13, 14, actor=yard.owner)
    past(yard, 15, 16, price={})
    past(yard, 17, 18, state="cancelled", cancelled_at=timezone.now())
    bookings.book(yard.hall, yard.member, yard.at(9), yard.at(12), by=yard.by)
    assert settling.settle() == 2
    assert settling.settle() == 0
    lines = list(
        Flow.objects.values_list("nature", "cents", "thousandths", "unit", "giver", "receiver", "purpose")
    )
    assert lines == [
        ("in_kind", 3_000, 3_000, "hours", yard.owner.pk, yard.member.pk, yard.hall.pk),
        ("in_kind", None, 1_000, "hours", yard.owner.pk, yard.member.pk, yard.hall.pk),
    ]


def test_what_a_closed_period_holds_is_dated_after_it(yard: Yard) -> None:
    past(yard, 9, 12)
    yesterday = timezone.localdate() - timedelta(days=1)
    flows.close(yard.pole.actor, yesterday, by=yard.by)
    assert settling.settle() == 1
    assert Flow.objects.get().on == timezone.localdate()


@pytest.mark.django_db(transaction=True)
def test_two_people_book_one_room() -> None:
    yard = make()
    first, last = yard.at(9), yard.at(12)
    results = at_once(*(lambda: bookings.book(yard.hall, yard.member, first, last, by=yard.by),) * 4)
    assert sorted(str(getattr(one, "code", "")) for one in results) == ["", "taken", "taken", "taken"]
    assert Booking.objects.count() == 1
    apart = at_once(
        *[
            lambda hour=hour: bookings.book(
                yard.hall, yard.member, yard.at(hour), yard.at(hour + 1), by=yard.by
            )  # type: ignore[misc]
            for hour in (13, 14, 15)
        ]
    )
    assert not [one for one in apart if isinstance(one, Exception)]


@pytest.mark.django_db(transaction=True)
def test_two_workers_settle_once() -> None:
    yard = make()
    for hour in range(8, 14):
        past(yard, hour, hour + 1)
    results = at_once(*(settling.settle,) * 2)
    assert not [one for one in results if isinstance(one, Exception)], results
    assert Flow.objects.count() == 6
