"""Fundings, their parts, lines to come, balances: written, refused, and done by two people at once."""

from datetime import date

import pytest
from django.db import DatabaseError, transaction

from terreau.common.errors import DomainError, StaleWriteError
from terreau.flows import actions as flows
from terreau.flows.models import Flow
from terreau.flows.rules import Entry
from terreau.forecast import actions, read
from terreau.forecast.models import Balance, Funding, FundingMove, Instalment, Planned, Shown
from terreau.journal.models import Event
from tests.forecast.conftest import Purse, code_of
from tests.two_connections import at_once


def test_a_funding_from_the_request_to_its_end(purse: Purse) -> None:
    row = actions.begin(
        purse.pole,
        funder_name="Région",
        label=" Animation  2027 ",
        kind="subsidy",
        asked_cents=900_000,
        by=purse.by,
    )
    assert (row.label, row.state, row.cents, row.certain) == ("Animation 2027", "planned", 900_000, False)
    row = actions.move(row, "ask", by=purse.by)
    row = actions.move(row, "grant", cents=800_000, reason="CP 12", by=purse.by)
    assert (row.state, row.granted_cents, row.cents) == ("granted", 800_000, 800_000)
    assert code_of(lambda: actions.move(row, "refuse", by=purse.by)) == "wrong_step"
    row = actions.move(row, "end", by=purse.by)
    assert actions.move(row, "reopen", by=purse.by).state == "granted"
    states = list(FundingMove.objects.filter(funding=row).order_by("pk").values_list("before", "after"))
    assert states == [
        ("", "planned"),
        ("planned", "asked"),
        ("asked", "granted"),
        ("granted", "ended"),
        ("ended", "granted"),
    ]
    verbs = set(Event.objects.filter(subject=purse.pole.actor.subject).values_list("verb", flat=True))
    assert {"funding.begun", "funding.moved"} <= verbs


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"funder_name": " "}, "no_funder"),
        ({"label": ""}, "no_label"),
        ({"asked_cents": 0}, "no_amount"),
        ({"asked_cents": 10**12}, "too_large"),
        ({"state": "granted"}, "no_amount"),
        ({"state": "ended"}, "unknown_state"),
        ({"investors": 3}, "no_investors"),
        ({"period_from": date(2027, 1, 2), "period_to": date(2027, 1, 1)}, "period_order"),
    ],
)
def test_what_a_funding_refuses(purse: Purse, values: dict[str, object], code: str) -> None:
    whole = {"funder_name": "Région", "label": "Animation", "kind": "subsidy", **values}
    assert code_of(lambda: actions.begin(purse.pole, by=purse.by, **whole)) == code
    assert not Funding.objects.exists()


def test_parts_never_make_more_than_the_funding(purse: Purse) -> None:
    row = purse.granted(1_000, parts=((purse.day(30), 600),))
    assert code_of(lambda: actions.instalment(row, cents=401, due=purse.day(60), by=purse.by)) == "too_much"
    part = actions.instalment(row, cents=400, due=purse.day(60), by=purse.by)
    actions.drop(part, seen=1, by=purse.by)
    assert code_of(lambda: actions.drop(part, seen=1, by=purse.by)) == "changed"
    actions.instalment(row, cents=400, due=purse.day(61), by=purse.by)


def test_a_receipt_is_one_line_of_the_book(purse: Purse) -> None:
    row = purse.granted(parts=((purse.day(-3), 600_000),), purpose_id=purse.pole.pk)
    (part,) = row.instalments.all()
    got = actions.receive(part, on=purse.today, cents=590_000, by=purse.by)
    line = Flow.objects.get(book=purse.pole.actor)
    assert got.flow == line
    assert (line.giver, line.receiver, line.cents, line.purpose_id) == (
        *(purse.region, purse.pole.actor, 590_000, purse.pole.pk),
    )
    assert code_of(lambda: actions.receive(part, on=purse.today, by=purse.by)) == "already_received"
    assert code_of(lambda: actions.take_back(part, reason=" ", by=purse.by)) == "reason_needed"
    actions.take_back(part, reason="Pas sur le relevé", by=purse.by)
    assert sum(Flow.objects.values_list("cents", flat=True)) == 0
    again = actions.receive(part, on=purse.today, by=purse.by)
    assert again.flow is not None
    assert again.flow.origin.endswith(":2")


def test_a_receipt_corrected_in_the_book_is_awaited_again(purse: Purse) -> None:
    row = purse.granted(parts=((purse.today, 600_000),))
    (part,) = row.instalments.all()
    got = actions.receive(part, on=purse.today, by=purse.by)
    assert got.flow is not None
    assert read.Forecast(purse.pole, on=purse.today).lines == []
    flows.reverse(got.flow, reason="erreur", by=purse.by)
    (line,) = read.Forecast(purse.pole, on=purse.today).lines
    assert line.cents == 600_000
    assert actions.receive(part, on=purse.today, by=purse.by).flow is not None


def test_a_receipt_may_be_a_line_that_is_there_already(purse: Purse) -> None:
    entry = Entry(
        giver=purse.region.pk, receiver=purse.pole.pk, nature="cash", on=purse.day(-2), label="x", cents=555
    )
    (line,) = flows.record(purse.pole.actor, [entry], by=purse.by)
    row = purse.granted(parts=((purse.today, 300_000), (purse.today, 300_000)))
    one, two = row.instalments.order_by("pk")
    got = actions.receive(one, on=purse.today, flow=line, by=purse.by)
    assert (got.received_cents, got.received_on, got.flow) == (555, purse.day(-2), line)
    assert code_of(lambda: actions.receive(two, on=purse.today, flow=line, by=purse.by)) == "not_this_line"
    assert Flow.objects.count() == 1
    actions.take_back(one, reason="autre versement", by=purse.by)
    assert Flow.objects.count() == 1


def test_what_is_not_granted_is_not_received(purse: Purse) -> None:
    row = purse.granted(state="asked", asked_cents=100, parts=((purse.today, 100),))
    (part,) = row.instalments.all()
    assert code_of(lambda: actions.receive(part, on=purse.today, by=purse.by)) == "not_granted"
    actions.move(row, "grant", by=purse.by)
    part.refresh_from_db()
    assert (
        code_of(lambda: actions.receive(Instalment.objects.get(), on=purse.day(1), by=purse.by)) == "future"
    )


def test_somebody_unknown_to_the_register_leaves_no_line(purse: Purse) -> None:
    row = actions.begin(
        purse.pole, funder_name="Habitants", label="Titres", kind="citizen", investors=87, state="granted",
        granted_cents=100, parts=((purse.today, 100),), by=purse.by,
    )  # fmt: skip
    got = actions.receive(row.instalments.get(), on=purse.today, by=purse.by)
    assert (got.flow, got.received_cents) == (None, 100)
    assert not Flow.objects.exists()


def test_two_people_change_one_funding(purse: Purse) -> None:
    row = purse.granted()
    base = {"label": row.label, "conditions": row.conditions}
    actions.change(row, base=base, mine={**base, "label": "Autre"}, by=purse.by)
    merged = actions.change(row, base=base, mine={**base, "conditions": "bilan"}, by=purse.by)
    assert (merged.label, merged.conditions) == ("Autre", "bilan")
    with pytest.raises(StaleWriteError):
        actions.change(row, base=base, mine={**base, "label": "Encore"}, by=purse.by)


def test_lines_to_come(purse: Purse) -> None:
    values = {"out": True, "cents": 100, "first": purse.today, "every": "month", "kind": "staff"}
    row = actions.expect(purse.pole, label="Salaire", by=purse.by, **values)
    base = {"cents": 100, "label": "Salaire"}
    actions.change_line(row, base=base, mine={**base, "cents": 200}, by=purse.by)
    with pytest.raises(StaleWriteError):
        actions.change_line(row, base=base, mine={**base, "cents": 300}, by=purse.by)
    assert code_of(lambda: actions.change_line(row, base=base, mine={"cents": 0}, by=purse.by)) == "no_amount"
    bad = {**values, "kind": "sales"}
    assert code_of(lambda: actions.expect(purse.pole, label="x", by=purse.by, **bad)) == "wrong_kind"
    actions.drop_line(row, by=purse.by)
    actions.drop_line(row, by=purse.by)
    assert Event.objects.filter(verb="forecast.line_dropped").count() == 1
    assert Planned.objects.get().dropped_at is not None
    assert not read.Forecast(purse.pole, on=purse.today).lines


def test_balances_are_read_and_stay(purse: Purse) -> None:
    assert (
        code_of(lambda: actions.read_balance(purse.pole, on=purse.day(1), cents=1, by=purse.by)) == "future"
    )
    row = actions.read_balance(purse.pole, on=purse.day(-10), cents=-5_000, by=purse.by)
    actions.read_balance(purse.pole, on=purse.day(-10), cents=7_000, by=purse.by)
    with pytest.raises(DatabaseError), transaction.atomic():
        Balance.objects.filter(pk=row.pk).update(cents=1)
    entries = [
        Entry(
            giver=giver.pk, receiver=receiver.pk, nature="cash", on=purse.day(after), label="x", cents=cents
        )
        for giver, receiver, after, cents in (
            (purse.region, purse.pole.actor, -10, 1_000_000),
            (purse.region, purse.pole.actor, -9, 300),
            (purse.pole.actor, purse.two, 0, 40),
            (purse.one, purse.two, -1, 999),
        )
    ]
    flows.record(purse.pole.actor, entries, by=purse.by)
    opening = read.Forecast(purse.pole, on=purse.today).opening
    assert opening is not None
    assert (opening.cents, opening.since_lines, opening.stale) == (7_260, 2, False)


def test_what_is_shown_is_chosen_one_by_one(purse: Purse) -> None:
    known = ("a", "b", "c")
    actions.show(purse.pole, ["a", "b"], known=known, by=purse.by)
    actions.show(purse.pole, ["b"], known=known, by=purse.by)
    actions.show(purse.pole, ["b"], known=known, by=purse.by)
    assert dict(Shown.objects.values_list("code", "shown")) == {"a": False, "b": True}
    assert Event.objects.filter(verb="economy.shown").count() == 2
    with pytest.raises(ValueError, match="no such item"):
        actions.show(purse.pole, ["z"], known=known, by=purse.by)


@pytest.mark.django_db(transaction=True)
def test_two_receipts_at_once_write_one_line(purse: Purse) -> None:
    row = purse.granted(parts=((purse.today, 600_000),))
    part = row.instalments.get()

    def receive() -> Instalment:
        mine = Instalment.objects.select_related("funding__pole__actor__subject").get(pk=part.pk)
        return actions.receive(mine, on=purse.today, by=purse.by)

    told = at_once(receive, receive)
    (refused,) = (one for one in told if isinstance(one, DomainError))
    assert refused.code == "already_received"
    assert sum(isinstance(one, Instalment) for one in told) == 1
    assert Flow.objects.count() == 1
