"""Services of a month: found where they happened, billed once; prices by kind of user; commissions."""

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from terreau.billing import actions, monthly, pricing
from terreau.billing.models import Charge, CommissionRule, Invoice, PriceRule
from terreau.billing.months import Month
from terreau.common.errors import DomainError
from terreau.exchanges.models import Tender
from terreau.flows import actions as flows
from terreau.flows.rules import Entry
from terreau.means.models import Booking, Means
from terreau.subjects.actions import create
from terreau.subjects.models import Subject
from tests.billing.conftest import Desk, make
from tests.two_connections import at_once

OCTOBER = Month(date(2026, 10, 1))


def hall_of(desk: Desk) -> Means:
    subject = create(Subject.Kind.MEANS)
    return Means.objects.create(
        subject=subject, pole=desk.pole, owner=desk.pole.actor, kind="room", name="La halle"
    )


def booked(desk: Desk, hall: Means, day: int, hours: int = 2, cents: int | None = 2_000) -> Booking:
    start = datetime(2026, 10, day, 9, tzinfo=timezone.get_current_timezone())
    price = {} if cents is None else {"cents": cents}
    return Booking.objects.create(
        means=hall, actor=desk.canteen, starts_at=start, ends_at=start + timedelta(hours=hours), price=price
    )


def rule(desk: Desk, **values: object) -> PriceRule:
    said: dict[str, object] = {
        "pole": desk.pole,
        "seller": desk.pole.actor,
        "label": "Salle",
        "about": "booking",
        "how": "unit",
        "cents": 1_000,
        "valid_from": date(2026, 1, 1),
        **values,
    }
    return PriceRule.objects.create(**said)


def test_bookings_become_one_draft_a_month_and_a_second_click_changes_nothing(desk: Desk) -> None:
    hall = hall_of(desk)
    booked(desk, hall, 5)
    booked(desk, hall, 12, cents=None)
    made = monthly.prepare(desk.pole, OCTOBER, by=desk.animator)
    (draft,) = made.drafts
    assert (draft.buyer, draft.net_cents, draft.kind, made.written) == (desk.canteen, 2_000, "service", 1)
    assert (draft.period_from, draft.period_to) == (date(2026, 10, 1), date(2026, 10, 31))
    assert len(made.unpriced) == 1
    again = monthly.prepare(desk.pole, OCTOBER, by=desk.animator)
    assert (again.written, Invoice.objects.count(), Charge.objects.count()) == (0, 1, 1)
    assert again.drafts[0].version == 1


def test_what_comes_after_completes_the_draft_then_makes_another(desk: Desk) -> None:
    hall = hall_of(desk)
    booked(desk, hall, 5)
    (draft,) = monthly.prepare(desk.pole, OCTOBER, by=desk.animator).drafts
    booked(desk, hall, 6)
    (same,) = monthly.prepare(desk.pole, OCTOBER, by=desk.animator).drafts
    assert (same.pk, same.net_cents) == (draft.pk, 4_000)
    actions.issue(same, by=desk.animator)
    assert monthly.prepare(desk.pole, OCTOBER, by=desk.animator).drafts == []
    booked(desk, hall, 7)
    (other,) = monthly.prepare(desk.pole, OCTOBER, by=desk.animator).drafts
    assert (other.pk != draft.pk, other.net_cents) == (True, 2_000)


def test_what_a_cancelled_invoice_held_is_billed_again(desk: Desk) -> None:
    booked(desk, hall_of(desk), 5)
    (draft,) = monthly.prepare(desk.pole, OCTOBER, by=desk.animator).drafts
    actions.cancel(draft, reason="Mauvais mois", by=desk.animator)
    (again,) = monthly.prepare(desk.pole, OCTOBER, by=desk.animator).drafts
    assert (again.pk != draft.pk, again.net_cents) == (True, 2_000)


def test_a_rule_speaks_before_the_price_of_the_booking_and_steps_open_with_hours(desk: Desk) -> None:
    hall = hall_of(desk)
    rule(desk)
    rule(desk, cents=500, at_least=5_000)
    for day in (5, 6, 7):
        booked(desk, hall, day)
    (draft,) = monthly.prepare(desk.pole, OCTOBER, by=desk.animator).drafts
    assert [row.net_cents for row in draft.lines.order_by("rank")] == [2_000, 2_000, 1_000]


def test_a_monthly_fee_is_due_by_each_member_once(desk: Desk) -> None:
    rule(desk, about="month", how="flat", cents=3_000, label="Accueil", vat_code="S", vat_rate=2000)
    drafts = monthly.prepare(desk.pole, OCTOBER, by=desk.animator).drafts
    assert {(row.buyer.name, row.gross_cents) for row in drafts} == {("Cantine", 3_600), ("Moulin", 3_600)}
    assert monthly.prepare(desk.pole, OCTOBER, by=desk.animator).written == 0


def test_hours_of_the_ledger_are_billed_under_a_price_only(desk: Desk) -> None:
    entry = Entry(
        giver=desk.mill.pk, receiver=desk.canteen.pk, nature="time", on=date(2026, 10, 6), label="Paie",
        thousandths=1_500, unit="hours",
    )  # fmt: skip
    flows.record(desk.pole.actor, [entry], by=desk.animator)
    assert monthly.prepare(desk.pole, OCTOBER, by=desk.animator).drafts == []
    rule(desk, about="hours", seller=desk.mill, cents=4_001)
    (draft,) = monthly.prepare(desk.pole, OCTOBER, by=desk.animator).drafts
    assert (draft.seller, draft.net_cents) == (desk.mill, 6_002)


def commission(desk: Desk, **values: object) -> CommissionRule:
    said: dict[str, object] = {
        "pole": desk.pole, "label": "Apport", "about": "opportunity", "hundredths": 500,
        "valid_from": date(2026, 1, 1), **values,
    }  # fmt: skip
    return CommissionRule.objects.create(**said)


def test_who_passes_a_business_on_is_due_a_share_under_a_cap(desk: Desk) -> None:
    entry = Entry(
        giver=desk.mill.pk, receiver=desk.canteen.pk, nature="opportunity", on=date(2026, 10, 6),
        label="Repas du congrès", cents=1_000_000, method="owner_estimate", thousandths=1_000, unit="units",
    )  # fmt: skip
    flows.record(desk.pole.actor, [entry], by=desk.animator)
    commission(desk, cap_cents=20_000, vat_code="S", vat_rate=2000)
    (draft,) = monthly.prepare(desk.pole, OCTOBER, by=desk.animator).drafts
    assert (draft.kind, draft.seller, draft.buyer) == ("commission", desk.mill, desk.canteen)
    assert (draft.net_cents, draft.vat_cents) == (20_000, 4_000)


def test_an_answer_won_is_due_what_was_agreed_less_what_was_given_by_hand(desk: Desk) -> None:
    subject = create(Subject.Kind.TENDER)
    tender = Tender.objects.create(
        subject=subject, pole=desk.pole, title="Cantines", state=Tender.State.WON, commission=300
    )

    def paid(giver: object, receiver: object, cents: int, day: int) -> None:
        line = Entry(
            giver=giver, receiver=receiver, nature="cash", on=date(2026, 10, day), label="x", cents=cents,
            purpose=tender.pk,
        )  # fmt: skip
        flows.record(desk.pole.actor, [line], by=desk.animator)

    paid(desk.mill.pk, desk.canteen.pk, 100_000, 5)
    paid(desk.canteen.pk, desk.pole.pk, 1_000, 6)
    (draft,) = monthly.prepare(desk.pole, OCTOBER, by=desk.animator).drafts
    assert (draft.net_cents, draft.seller) == (2_000, desk.pole.actor)
    assert Invoice.objects.get(pk=draft.pk).purpose_id == tender.pk
    assert monthly.prepare(desk.pole, OCTOBER, by=desk.animator).written == 0


def test_something_typed_counts_once_and_is_dropped_with_a_reason(desk: Desk) -> None:
    values = {"seller": desk.pole.actor, "buyer": desk.canteen, "on": date(2026, 10, 9), "key": "k"}
    row = monthly.add(
        desk.pole, label="Photocopies", unit_cents=10, thousandths=250_000, by=desk.animator, **values
    )  # type: ignore[arg-type]
    same = monthly.add(desk.pole, label="Photocopies", unit_cents=10, by=desk.animator, **values)  # type: ignore[arg-type]
    assert (row.pk, row.net_cents) == (same.pk, 2_500)
    with pytest.raises(DomainError):
        monthly.drop(row, reason=" ", by=desk.animator)
    monthly.drop(row, reason="Offert", by=desk.animator)
    assert monthly.prepare(desk.pole, OCTOBER, by=desk.animator).drafts == []


def test_a_month_to_come_is_refused(desk: Desk) -> None:
    with pytest.raises(DomainError):
        monthly.prepare(desk.pole, Month(date(2027, 1, 1)), by=desk.animator, today=date(2026, 11, 22))


@pytest.mark.parametrize(
    ("who", "expected"), [("core", 5), ("member", 6), ("partner", 9), ("outside", 9), ("owner", 9)]
)
def test_the_nearest_price_is_taken(who: str, expected: int) -> None:
    seller = UUID(int=1)
    prices = {"core": 5, "member": 6, "": 9}
    rows = [
        pricing.Rule(pk=UUID(int=i), about="booking", how="flat", seller=seller, who=name, cents=cents)
        for i, (name, cents) in enumerate(prices.items())
    ]
    found = pricing.pick(rows, "booking", pricing.Use(seller, who))
    assert found is not None
    assert found.cents == expected


@pytest.mark.parametrize(
    ("made", "base", "due"),
    [
        (pricing.Commission(500), 100_000, 5_000),
        (pricing.Commission(500, 1_000), 100_000, 6_000),
        (pricing.Commission(500, 1_000, 5_500), 100_000, 5_500),
        (pricing.Commission(0, 1_000), 500, 500),
        (pricing.Commission(0, 1_000), 0, 1_000),
        (pricing.Commission(333), 50, 2),
    ],
)
def test_a_commission_is_a_share_an_amount_and_a_cap(made: pricing.Commission, base: int, due: int) -> None:
    assert made.of(base) == due


def test_somebody_who_left_is_charged_the_price_from_outside(desk: Desk) -> None:
    hall = hall_of(desk)
    rule(desk, who="member", cents=100)
    rule(desk, who="outside", cents=900)
    booked(desk, hall, 5, hours=1)
    desk.pole.memberships.filter(actor=desk.canteen).update(valid_to=date(2026, 9, 1))
    (draft,) = monthly.prepare(desk.pole, OCTOBER, by=desk.animator).drafts
    assert draft.net_cents == 900


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_make_one_draft() -> None:
    desk = make()
    booked(desk, hall_of(desk), 5)

    def press() -> object:
        return monthly.prepare(desk.pole, OCTOBER, by=desk.animator)

    results = at_once(press, press)
    assert sorted(one.written for one in results) == [0, 1]  # type: ignore[attr-defined]
    assert Invoice.objects.count() == Charge.objects.count() == 1
