"""Gifts: what each is, what is paid elsewhere, a statement whose two sides are equal whatever is given."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terreau.bookkeeping import chart, rules
from terreau.bookkeeping.rules import Doubt, Gift, Paid, Since

DAY = date(2026, 3, 2)
BAKERY, ORCHARD = UUID(int=1), UUID(int=2)
ACCOUNTS = chart.plan().gifts


def gift(number: int = 10, **values: object) -> Gift:
    plain: dict[str, object] = {"pk": UUID(int=number), "rank": number, "giver": BAKERY, "on": DAY}
    plain |= {"nature": "time", "unit": "hours", "thousandths": 2_000}
    return Gift(**{**plain, **values})  # type: ignore[arg-type]


def test_what_a_gift_is() -> None:
    assert gift().what == "unsaid"
    assert gift(role="volunteer").what == gift(role="elected").what == "volunteer"
    assert gift(role="lent").what == "staff"
    assert gift(nature="in_kind", unit="m2_day").what == "lent"
    assert gift(nature="in_kind", unit="kg").what == "given"
    assert gift(nature="in_kind", unit="km").what == gift(nature="skill").what == "service"


def test_a_priced_booking_a_shared_job_and_an_invoice_are_not_given() -> None:
    booked = gift(nature="in_kind", origin="booking:x", cents=3_000)
    assert rules.doubts([booked], []) == {booked.pk: Doubt("booking")}
    free = replace(booked, cents=None)
    assert rules.doubts([free], []) == {}
    job = Paid("job", BAKERY, DAY, DAY, label="Poste")
    assert rules.doubts([gift(role="lent")], [job])[UUID(int=10)].code == "job"
    assert rules.doubts([gift(role="volunteer")], [job]) == {}
    bill = Paid("invoice", BAKERY, DAY - timedelta(days=3), DAY + timedelta(days=3), label="n° 4")
    assert rules.doubts([gift(role="volunteer")], [bill])[UUID(int=10)] == Doubt("invoice", "n° 4")
    assert rules.doubts([gift(on=DAY + timedelta(days=4))], [bill]) == {}
    assert rules.doubts([gift(giver=ORCHARD)], [bill]) == {}


def test_the_same_hours_twice_are_counted_once() -> None:
    found = rules.doubts([gift(10), gift(11), gift(12, thousandths=3_000)], [])
    assert found == {UUID(int=11): Doubt("twice")}
    back = gift(13, of=UUID(int=10), thousandths=-2_000)
    assert rules.doubts([gift(10), gift(11), back], []) == {}


def test_a_person_decides_against_the_rule() -> None:
    doubt = Doubt("invoice")
    assert not rules.counted(gift(), doubt)
    assert rules.counted(gift(elsewhere=False), doubt)
    assert not rules.counted(gift(elsewhere=True), None)
    assert rules.counted(gift(), None)


def test_rates_follow_one_another() -> None:
    key = ("Heure", "time", "hours")
    rates = [
        Since(key=key, since=date(2025, 1, 1), until=None, cents=1188),
        Since(key=key, since=date(2026, 1, 1), until=date(2026, 6, 30), cents=1202),
    ]
    on = {day: rules.rate_on(rates, key, day) for day in (date(2024, 12, 31), date(2025, 5, 1), DAY)}
    assert [one.cents if one else None for one in on.values()] == [None, 1188, 1202]
    assert rules.rate_on(rates, key, date(2026, 7, 1)) is None
    assert rules.worth(1202, 1_500) == 1803
    assert rules.worth(1, 500) == 1


_GIFTS = st.builds(
    gift,
    st.integers(1, 10**6),
    giver=st.sampled_from([BAKERY, ORCHARD]),
    on=st.dates(DAY, DAY + timedelta(days=400)),
    nature=st.sampled_from(["time", "in_kind", "skill"]),
    unit=st.sampled_from(["hours", "days", "units"]),
    thousandths=st.integers(1, 10**7),
    cents=st.none() | st.integers(0, 10**9),
    origin=st.sampled_from(["", "booking:1", "job:1"]),
    role=st.sampled_from(["", "volunteer", "elected", "lent"]),
    elsewhere=st.none() | st.booleans(),
)
_MANY = st.lists(_GIFTS, max_size=20, unique_by=lambda one: one.pk)
_CALM = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


@_CALM
@given(_MANY, st.lists(st.integers(0, 19), max_size=8, unique=True))
def test_uses_equal_resources_and_every_way_of_cutting_adds_up(found: list[Gift], undone: list[int]) -> None:
    back = [
        replace(
            found[at],
            pk=UUID(int=10**7 + at),
            rank=10**7 + at,
            of=found[at].pk,
            cents=None if found[at].cents is None else -(found[at].cents or 0),
            thousandths=-(found[at].thousandths or 0),
        )
        for at in undone
        if at < len(found)
    ]
    gifts = [*found, *back]
    made = rules.statement(gifts, rules.doubts(gifts, []), ACCOUNTS, [(DAY, "emergence")])
    assert made.balanced
    total = made.total.cents
    assert total == sum(one.cents for one in made.uses.values())
    assert total == sum(one.cents for rows in made.by_giver.values() for one in rows.values())
    assert total == sum(one.cents for rows in made.by_phase.values() for one in rows.values())
    assert total + made.apart.cents == sum(one.cents or 0 for one in gifts)
    assert made.total.lines + made.apart.lines == len(found) - len(back)


@_CALM
@given(_MANY)
def test_with_and_without_values_the_quantities_are_the_same(found: list[Gift]) -> None:
    doubts = rules.doubts(found, [])
    priced = rules.statement(found, doubts, ACCOUNTS)
    plain = rules.statement([rules.valued(one, None) for one in found], doubts, ACCOUNTS)
    assert plain.total.quantities == priced.total.quantities
    assert plain.total.cents == 0
    assert plain.total.unvalued == plain.total.lines == priced.total.lines
    assert {what: one.quantities for what, one in plain.by_what.items()} == {
        what: one.quantities for what, one in priced.by_what.items()
    }


def test_a_statement_is_not_balanced_by_construction() -> None:
    """Each side is summed by itself: the check can fail."""
    made = rules.statement([gift(cents=100, role="volunteer")], {}, ACCOUNTS)
    made.uses["864"].cents += 1
    assert not made.balanced
