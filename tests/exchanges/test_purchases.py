"""Buying together: quantities, offers, an order split to the cent."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from terreau.common.errors import StaleWriteError
from terreau.exchanges import purchases
from terreau.exchanges.models import Commitment, Purchase, PurchaseMove, Quote
from terreau.flows import actions as ledger
from terreau.flows.models import Flow
from tests.exchanges.conftest import Fair, code_of, make
from tests.two_connections import at_once


def begun(fair: Fair, **values: Any) -> Purchase:
    described = {"title": "Farine", "unit": "kg", **values}
    return purchases.begin(fair.pole, fair.one, by=fair.by, **described)


def taken(fair: Fair, purchase: Purchase) -> list[Commitment]:
    """Three members: 100 kg at 1,20 €, 50 kg without a price, 0,333 kg at 2 €."""
    rows = ((fair.one, 100_000, 120_000), (fair.two, 50_000, None), (fair.three, 333, 200_000))
    return [
        purchases.commit(purchase, actor, quantity=quantity, before=before, by=fair.by)
        for actor, quantity, before in rows
    ]


def quoted(fair: Fair, purchase: Purchase, **values: Any) -> Quote:
    offer = {"supplier_name": "Moulin", "price": 95_000, "fixed_cents": 1_000, **values}
    return purchases.quote(purchase, by=fair.by, **offer)


def ordered(fair: Fair, **values: Any) -> Purchase:
    purchase = begun(fair)
    taken(fair, purchase)
    purchases.choose(purchase, quoted(fair, purchase, **values), by=fair.by)
    return purchases.order(purchase, by=fair.by, on=fair.today)


def test_an_order_is_split_to_the_cent_with_its_economy(fair: Fair) -> None:
    purchase = ordered(fair)
    assert purchase.cents == 15_282  # 150,333 kg × 0,95 € + 10 €
    rows = list(purchases.taking(purchase))
    assert {row.actor.name: row.cents for row in rows} == {
        "Brigade verte": 10_165,
        "Coopérative du bâti": 5_083,
        "Atelier du fleuve": 34,
    }
    lines = {line.name: line.saved for line in purchases.shares(purchase, rows)}
    assert lines == {str(fair.one.pk): 1_835, str(fair.two.pk): None, str(fair.three.pk): 33}
    assert code_of(lambda: taken(fair, purchase)) == "ordered"
    assert code_of(lambda: purchases.order(purchase, by=fair.by, on=fair.today)) == "wrong_step"


def test_offers_are_compared_for_what_is_taken(fair: Fair) -> None:
    purchase = begun(fair)
    taken(fair, purchase)
    dear = quoted(fair, purchase, supplier_name="Cher", price=110_000)
    cheap = quoted(fair, purchase)
    large = quoted(fair, purchase, supplier_name="Gros", price=10_000, least=1_000_000)
    old = quoted(fair, purchase, supplier_name="Périmé", price=10_000, valid_to=fair.day(-1))
    rows = list(purchases.taking(purchase))
    found = purchases.compared([dear, cheap, large, old], rows, on=fair.today)
    assert [(one.quote.supplier_name, one.holds, one.cheapest) for one in found][:2] == [
        ("Moulin", True, True),
        ("Cher", True, False),
    ]
    assert not any(one.holds or one.cheapest for one in found[2:])
    purchases.choose(purchase, large, by=fair.by)
    assert code_of(lambda: purchases.order(purchase, by=fair.by, on=fair.today)) == "offer_does_not_hold"
    assert code_of(lambda: purchases.withdraw_quote(large, by=fair.by)) == "chosen"
    purchases.withdraw_quote(old, by=fair.by)
    old.refresh_from_db()
    assert code_of(lambda: purchases.choose(purchase, old, by=fair.by)) == "quote_gone"
    assert purchases.choose(purchase, dear, by=fair.by).quote == dear


def test_only_the_firm_are_ordered_for(fair: Fair) -> None:
    purchase = begun(fair)
    purchases.commit(purchase, fair.one, quantity=1_000, firm=False, by=fair.by)
    purchases.commit(purchase, fair.two, quantity=0, by=fair.by)
    purchases.choose(purchase, quoted(fair, purchase), by=fair.by)
    assert code_of(lambda: purchases.order(purchase, by=fair.by, on=fair.today)) == "nobody"
    purchases.commit(purchase, fair.three, quantity=2_000, by=fair.by)
    done = purchases.order(purchase, by=fair.by, on=fair.today)
    assert done.cents == 1_190
    assert list(Commitment.objects.exclude(cents=None).values_list("actor", "cents")) == [
        (fair.three.pk, 1_190)
    ]


def test_delivered_and_paid_once(fair: Fair) -> None:
    purchase = ordered(fair, supplier=fair.buyer)
    row = Commitment.objects.select_related("purchase__quote__supplier", "actor").get(actor=fair.two)
    flow = purchases.pay(row, on=fair.today, by=fair.by)
    assert (flow.giver_id, flow.receiver_id, flow.cents) == (fair.two.pk, fair.buyer.pk, 5_083)
    assert purchases.pay(row, on=fair.today, by=fair.by) == flow
    assert purchases.paid(purchase) == {fair.two.pk}
    ledger.reverse(flow, reason="chèque rejeté", by=fair.by)
    assert purchases.paid(purchase) == set()
    assert purchases.pay(row, on=fair.today, by=fair.by).origin.endswith(":2")
    assert code_of(lambda: purchases.deliver(purchase, on=fair.day(1), by=fair.by)) == "future"
    delivered = purchases.deliver(purchase, on=fair.today, by=fair.by)
    assert (delivered.state, delivered.delivered_on) == ("delivered", fair.today)
    assert purchases.receive(row, received=49_000, by=fair.by).received == 49_000


def test_who_organises_does_not_pay_itself(fair: Fair) -> None:
    ordered(fair)
    row = Commitment.objects.select_related("purchase__quote").get(actor=fair.one)
    assert code_of(lambda: purchases.pay(row, on=fair.today, by=fair.by)) == "to_itself"
    other = Commitment.objects.select_related("purchase__quote").get(actor=fair.two)
    assert purchases.pay(other, on=fair.today, by=fair.by).receiver_id == fair.one.pk
    assert Flow.objects.count() == 1


def test_steps_and_their_reasons(fair: Fair) -> None:
    purchase = begun(fair)
    assert code_of(lambda: begun(fair, title=" ")) == "no_title"
    assert code_of(lambda: begun(fair, unit="")) == "no_unit"
    assert code_of(lambda: purchases.step(purchase, "drop", by=fair.by)) == "reason_needed"
    purchases.step(purchase, "compare", by=fair.by)
    assert code_of(lambda: purchases.step(purchase, "compare", by=fair.by)) == "wrong_step"
    assert purchases.step(purchase, "drop", by=fair.by, reason="trop cher").state == "dropped"
    assert purchases.step(purchase, "gather", by=fair.by).state == "gathering"
    assert PurchaseMove.objects.filter(purchase=purchase).count() == 3


def test_the_database_holds_it(fair: Fair) -> None:
    purchase = begun(fair)
    rows = Purchase.objects.filter(pk=purchase.pk)
    for wrong in ({"state": "chosen"}, {"state": "delivered"}, {"delivered_on": fair.today}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        Commitment.objects.create(purchase=purchase, actor=fair.one, quantity=-1)


def test_two_colleagues_who_change_one_quantity(fair: Fair) -> None:
    purchase = begun(fair)
    purchases.commit(purchase, fair.one, quantity=1_000, by=fair.by)
    base = {"quantity": 1_000, "before": None, "firm": True, "note": ""}
    purchases.commit(purchase, fair.one, quantity=2_000, base=base, by=fair.member)
    with pytest.raises(StaleWriteError) as refused:
        purchases.commit(purchase, fair.one, quantity=3_000, base=base, by=fair.by)
    assert refused.value.facts["conflicts"]["quantity"]["theirs"] == 2_000
    merged = purchases.commit(purchase, fair.one, quantity=1_000, note="en sacs", base=base, by=fair.by)
    assert (merged.quantity, merged.note) == (2_000, "en sacs")


@pytest.mark.django_db(transaction=True)
def test_two_people_order_once_and_pay_once() -> None:
    fair = make()
    purchase = begun(fair)
    taken(fair, purchase)
    purchases.choose(purchase, quoted(fair, purchase, supplier=fair.buyer), by=fair.by)
    found = at_once(*(lambda: purchases.order(purchase, by=fair.by, on=fair.today),) * 2)
    assert sorted(str(getattr(one, "code", "")) for one in found) == ["", "wrong_step"], found
    row = Commitment.objects.select_related("purchase__quote__supplier", "actor").get(actor=fair.two)
    row = Commitment.objects.select_related(
        "purchase__pole__actor__subject", "purchase__quote__supplier"
    ).get(pk=row.pk)
    flows = at_once(*(lambda: purchases.pay(row, on=fair.today, by=fair.by),) * 2)
    assert len({one.pk for one in flows}) == 1, flows
    both = at_once(*(lambda: purchases.deliver(purchase, on=fair.today, by=fair.by),) * 2)
    assert sorted(str(getattr(one, "code", "")) for one in both) == ["", "wrong_step"]
