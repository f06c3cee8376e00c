"""Two members tell an exchange: joined, agreed, corrected, refused, taken back; the ledger has one line."""

from datetime import timedelta

import pytest
from django.db import transaction

from terreau.accounts.models import User
from terreau.billing.models import Invoice
from terreau.common.errors import StaleWriteError
from terreau.flows import actions as flows
from terreau.flows.models import Flow
from terreau.flows.read import reconcile
from terreau.flows.rules import Entry
from terreau.notices.models import Notice
from terreau.subjects import actions as subjects
from terreau.subjects.models import Subject
from terreau.trade import actions
from terreau.trade.actions import Draft
from terreau.trade.models import Declaration, Exchange, Step
from terreau.trade.rules import AGREED, BUYER, DIFFERS, REFUSED, SELLER, WAITING, WITHDRAWN, Told
from tests.trade import conftest
from tests.trade.conftest import Market, code_of
from tests.two_connections import at_once


def test_what_one_says_waits_and_moves_nothing(market: Market) -> None:
    row = market.sold()
    assert row.state == WAITING
    assert not Flow.objects.exists()
    assert [one.to for one in Notice.objects.all()] == [market.baker]


def test_both_say_the_same_and_one_line_is_written(market: Market) -> None:
    first = market.sold(market.told(why="met"))
    row = market.bought(market.told(number="fa 0012", before=8, why="met"))
    assert (row.pk, row.state, row.cents, row.why) == (first.pk, AGREED, 120_000, "met")
    flow = Flow.objects.get()
    assert (flow.giver, flow.receiver, flow.cents) == (market.bakery, market.farm, 120_000)
    assert (flow.origin, flow.on, flow.attributable) == (f"trade:{row.pk.hex}", market.day(10), True)
    assert flow.attributable_why == "Rencontré au pôle"


def test_a_part_of_a_group_purchase_is_one_line_whoever_writes_it_first(market: Market) -> None:
    bought = [subjects.create(Subject.Kind.PURCHASE) for _turn in range(2)]
    paid = Entry(
        giver=market.bakery.pk,
        receiver=market.farm.pk,
        nature="cash",
        on=market.day(10),
        label="Farine ensemble",
        cents=120_000,
        purpose=bought[0].pk,
        origin=f"purchase:{bought[0].pk.hex}:7",
    )
    (line,) = flows.record(market.pole.actor, [paid], by=market.animator)
    for rank, subject in enumerate(bought):
        told = market.told(number=f"FA-{rank}")
        market.sold(told, origin=f"purchase:{subject.pk.hex}:7")
        assert market.bought(told).state == AGREED
    assert Flow.objects.count() == 2
    assert {one.flow_id for one in Exchange.objects.filter(flow=line)} == {line.pk}
    # The purchase then finds the part paid, by what the line is for.
    assert Flow.objects.get(purpose=bought[1].pk).giver_id == market.bakery.pk


def test_a_difference_is_agreed_by_taking_the_others_version(market: Market) -> None:
    market.sold()
    row = market.bought(market.told(100_000))
    assert row.state == DIFFERS
    assert not Flow.objects.exists()
    row = actions.confirm(row, BUYER, seen=row.version, by=market.baker)
    assert (row.state, row.cents) == (AGREED, 120_000)
    assert Flow.objects.get().cents == 120_000


def test_who_says_otherwise_corrects_their_side_alone(market: Market) -> None:
    market.sold()
    row = market.bought(market.told(100_000))
    row = actions.correct(row, BUYER, market.told(110_000), seen=row.version, by=market.baker)
    assert row.state == DIFFERS
    cents = dict(Declaration.objects.values_list("side", "cents"))
    assert cents == {SELLER: 120_000, BUYER: 110_000}
    row = actions.correct(row, SELLER, market.told(110_000), seen=row.version, by=market.farmer)
    assert (row.state, row.cents) == (AGREED, 110_000)


def test_a_refusal_says_why_and_may_be_answered(market: Market) -> None:
    row = market.sold()
    refuse = actions.refuse
    silent = code_of(lambda: refuse(row, BUYER, reason=" ", seen=row.version, by=market.baker))
    assert silent == "reason_needed"
    own = code_of(lambda: refuse(row, SELLER, reason="Non", seen=row.version, by=market.farmer))
    assert own == "your_own"
    said = refuse(row, BUYER, reason="Jamais livré", seen=row.version, by=market.baker)
    assert said.state == REFUSED
    assert Step.objects.filter(verb="refuse", reason="Jamais livré", side=BUYER).exists()
    again = actions.correct(said, SELLER, market.told(60_000), seen=said.version, by=market.farmer)
    assert again.state == WAITING
    gone = actions.withdraw(again, SELLER, seen=again.version, by=market.farmer)
    assert gone.state == WITHDRAWN
    assert not Declaration.objects.exists()


def test_who_takes_back_leaves_the_other_waiting(market: Market) -> None:
    market.sold()
    row = market.bought(market.told(100_000))
    row = actions.withdraw(row, SELLER, seen=row.version, by=market.farmer)
    assert row.state == WAITING
    assert Declaration.objects.get().side == BUYER


def test_what_was_agreed_is_corrected_by_a_counter_entry(market: Market) -> None:
    market.sold()
    row = market.bought()
    wrong = market.told(90_000)
    correct = actions.correct
    silent = code_of(lambda: correct(row, SELLER, wrong, seen=row.version, by=market.farmer))
    assert silent == "reason_needed"
    why = "Avoir oublié"
    row = correct(row, SELLER, wrong, reason=why, seen=row.version, by=market.farmer)
    assert (row.state, row.cents, row.flow_id) == (DIFFERS, None, None)
    row = actions.confirm(row, BUYER, seen=row.version, by=market.baker)
    assert (row.state, row.cents) == (AGREED, 90_000)
    assert sorted(one.cents or 0 for one in Flow.objects.all()) == [-120_000, 90_000, 120_000]
    assert reconcile(market.pole.actor).totals["cash", ""].cents == 90_000
    assert Flow.objects.get(cents=90_000).origin.endswith(":2")


def test_the_reason_may_be_agreed_afterwards_and_its_line_follows(market: Market) -> None:
    market.sold(market.told(why="met"))
    row = market.bought(market.told(why="before"))
    assert (row.state, row.why, row.flow.attributable if row.flow else "") == (AGREED, "", None)
    row = actions.attribute(row, BUYER, why="met", seen=row.version, by=market.baker)
    row = Exchange.objects.select_related("flow").get(pk=row.pk)
    assert (row.why, row.flow.attributable if row.flow else "") == ("met", True)
    assert reconcile(market.pole.actor).totals["cash", ""].cents == 120_000


def test_a_credit_note_moves_the_other_way(market: Market) -> None:
    market.sold(market.told(-30_000, "AV-1"))
    row = market.bought(market.told(-30_000, "AV-1"))
    assert row.cents == -30_000
    flow = Flow.objects.get()
    assert (flow.giver, flow.receiver, flow.cents) == (market.farm, market.bakery, 30_000)


def test_an_invoice_is_told_once_by_a_side(market: Market) -> None:
    market.sold()
    assert code_of(lambda: market.sold(market.told(number="fa12"))) == "already_told"
    market.sold(market.told(number="FA-13"))
    assert Exchange.objects.count() == 2


def test_only_members_of_that_day_trade(market: Market) -> None:
    from terreau.poles.models import Membership

    Membership.objects.filter(actor=market.farm).update(valid_from=market.day(5))
    assert code_of(market.sold) == "not_a_member"
    told = Told(market.today + timedelta(days=1), 100)
    assert code_of(lambda: market.sold(told)) == "future"
    assert code_of(lambda: market.sold(Told(market.day(1), 0))) == "no_amount"
    assert not Exchange.objects.exists()


def test_a_closed_period_dates_the_line_after_it(market: Market) -> None:
    flows.close(market.pole.actor, market.day(3), by=market.animator)
    market.sold()
    market.bought()
    flow = Flow.objects.get()
    assert (flow.on, flow.period_from) == (market.day(2), market.day(10))


def test_an_agreed_exchange_is_held_as_an_invoice_when_asked(market: Market) -> None:
    told = Told(market.day(10), 120_000, "FA-12", 100_000)
    market.sold(told)
    row = market.bought(told)
    row = actions.invoice(row, SELLER, seen=row.version, by=market.farmer)
    held = Invoice.objects.get()
    assert (held.kind, held.net_cents, held.gross_cents, held.legal_number) == (
        "trade",
        100_000,
        120_000,
        "FA-12",
    )
    assert Flow.objects.count() == 1
    assert code_of(lambda: actions.invoice(row, BUYER, seen=row.version, by=market.baker)) == "not_agreed"
    wrong = market.told(90_000)
    row = actions.correct(row, SELLER, wrong, reason="Erreur", seen=row.version, by=market.farmer)
    held.refresh_from_db()
    assert (held.state, row.invoice_id) == ("cancelled", None)


def test_a_file_is_told_whole_or_not_at_all(market: Market) -> None:
    def drafts(*numbers: str) -> list[Draft]:
        pair = {"side": SELLER, "seller": market.farm.pk, "buyer": market.bakery.pk}
        return [Draft(**pair, told=market.told(number=number)) for number in numbers]

    made, refused = actions.declare_all(market.pole, drafts("A-1", "A-2", "A-2"), by=market.farmer)
    assert (made, [(one.row, one.code) for one in refused]) == ([], [(2, "already_told")])
    assert not Exchange.objects.exists()
    made, refused = actions.declare_all(market.pole, drafts("A-1", "A-2"), by=market.farmer)
    assert (len(made), refused) == (2, [])
    assert Notice.objects.filter(to=market.baker).count() == 1


def test_who_answers_an_old_version_is_told(market: Market) -> None:
    market.sold()
    row = market.bought(market.told(100_000))
    actions.correct(row, SELLER, market.told(115_000), seen=row.version, by=market.farmer)
    with pytest.raises(StaleWriteError):
        actions.confirm(row, BUYER, seen=row.version, by=market.baker)
    assert not Flow.objects.exists()


# Two at once


def _again(market: Market) -> tuple[Exchange, User, User]:
    return Exchange.objects.get(), market.farmer, market.baker


@pytest.mark.django_db(transaction=True)
def test_both_agree_at_once_and_one_line_is_written() -> None:
    market = conftest.make()
    market.sold()
    row = market.bought(market.told(100_000))
    answers = at_once(
        lambda: actions.confirm(row, SELLER, seen=row.version, by=market.farmer),
        lambda: actions.confirm(row, BUYER, seen=row.version, by=market.baker),
    )
    assert sorted(type(one).__name__ for one in answers) == ["Exchange", "StaleWriteError"]
    row = Exchange.objects.get()
    assert row.state == AGREED
    assert Flow.objects.get().cents == row.cents


@pytest.mark.django_db(transaction=True)
def test_both_say_the_same_at_once_and_it_is_one_exchange() -> None:
    market = conftest.make()
    at_once(market.sold, market.bought)
    assert Exchange.objects.get().state == AGREED
    assert Flow.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_correction_during_the_agreement_is_agreed_on_by_nobody_unread() -> None:
    market = conftest.make()
    row = market.sold()
    answers = at_once(
        lambda: actions.confirm(row, BUYER, seen=row.version, by=market.baker),
        lambda: actions.correct(row, SELLER, market.told(90_000), seen=row.version, by=market.farmer),
    )
    assert sorted(type(one).__name__ for one in answers) == ["Exchange", "StaleWriteError"]
    with transaction.atomic():
        row = Exchange.objects.get()
    assert Flow.objects.count() == (row.state == AGREED)
    if row.state == AGREED:
        assert row.cents == 120_000
