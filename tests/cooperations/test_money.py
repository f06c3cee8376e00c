"""Money between members: written once, in the ledger; given back to the cent; read by those it concerns."""

from datetime import date
from typing import Any

import pytest

from terreau.common.errors import DomainError
from terreau.cooperations import finance, finance_statement, rules
from terreau.cooperations.models import Financing
from terreau.flows import actions as flows
from terreau.flows import read
from terreau.flows.models import Flow
from tests.cooperations.conftest import Bench, make
from tests.two_connections import at_once

SINCE = date(2024, 2, 1)


def advance(bench: Bench, cents: int = 100_000, **values: Any) -> Financing:
    lender, borrower = bench.actors[0], bench.actors[1]
    told = {"since": SINCE, "today": bench.today, "by": bench.by, **values}
    return finance.open_(bench.pole, "advance", lender, borrower, cents=cents, **told)


def repay(bench: Bench, row: Financing, cents: int) -> Financing:
    return finance.repay(row, cents, on=date(2024, 6, 1), today=bench.today, by=bench.by)


def test_an_advance_and_its_repayments_are_lines_of_the_book(bench: Bench) -> None:
    row = advance(bench)
    repay(bench, row, 30_001)
    assert finance.balances([row.pk])[row.pk].owed == 69_999
    done = repay(bench, row, 69_999)
    assert (done.ended_on, done.end_reason) == (date(2024, 6, 1), "remboursée")
    assert Flow.objects.filter(book=bench.pole.actor).count() == 3
    assert read.reconcile(bench.pole.actor).agrees
    net = read.statement(bench.pole.actor, bench.actors[0]).net_cents(("cash", ""))
    assert net == 0


def test_nobody_gives_back_more_than_is_owed(bench: Bench) -> None:
    row = advance(bench)
    with pytest.raises(DomainError) as refused:
        repay(bench, row, 100_001)
    assert (refused.value.code, refused.value.facts["left"]) == ("too_much", 100_000)
    assert Flow.objects.count() == 1


def test_a_line_corrected_in_the_book_counts_for_nothing(bench: Bench) -> None:
    row = advance(bench)
    repay(bench, row, 40_000)
    wrong = Flow.objects.get(book=bench.pole.actor, rank=2)
    flows.reverse(wrong, reason="mauvais montant", by=bench.by)
    assert finance.balances([row.pk])[row.pk].owed == 100_000


def test_a_period_that_is_closed_refuses_an_older_advance(bench: Bench) -> None:
    flows.close(bench.pole.actor, date(2024, 12, 31), by=bench.by)
    with pytest.raises(DomainError) as refused:
        advance(bench)
    assert refused.value.code == "closed_period"
    assert not Financing.objects.exists()


def test_a_holding_stands_once_and_is_paid_only_when_said(bench: Bench) -> None:
    told: dict[str, Any] = {"since": SINCE, "today": bench.today, "by": bench.by, "share": 250}
    one, other = bench.actors[:2]
    row = finance.open_(bench.pole, "holding", one, other, cents=50_000, **told)
    assert not Flow.objects.exists()
    with pytest.raises(DomainError) as refused:
        finance.open_(bench.pole, "holding", one, other, **told)
    assert refused.value.code == "holding_known"
    finance.finish(row, on=bench.today, reason="cédée", today=bench.today, by=bench.by)
    finance.open_(bench.pole, "holding", one, other, cents=60_000, paid=True, **told)
    assert Flow.objects.count() == 1


def test_a_guarantee_pays_no_more_than_it_covers(bench: Bench) -> None:
    told: dict[str, Any] = {"since": SINCE, "today": bench.today, "by": bench.by}
    row = finance.open_(
        bench.pole, "guarantee", *bench.actors[:2], cents=10_000, creditor=bench.outside, **told
    )
    assert not Flow.objects.exists()
    finance.call(row, 6_000, on=date(2025, 1, 1), today=bench.today, by=bench.by)
    flow = Flow.objects.get()
    assert (flow.giver, flow.receiver) == (bench.actors[0], bench.outside)
    with pytest.raises(DomainError) as refused:
        finance.call(row, 4_001, on=date(2025, 2, 1), today=bench.today, by=bench.by)
    assert refused.value.code == "too_much"


@pytest.mark.parametrize(
    ("kind", "values", "code"),
    [
        ("advance", {"cents": None}, "no_amount"),
        ("guarantee", {"cents": 0}, "no_amount"),
        ("advance", {"cents": 5, "due_on": date(2024, 1, 1)}, "ends_before"),
        ("advance", {"cents": 5, "since": date(2999, 1, 1)}, "to_come"),
        ("holding", {"share": 10_001}, "bad_share"),
        ("loan", {"cents": 5}, "unknown_kind"),
    ],
)
def test_what_cannot_be_says_why(bench: Bench, kind: str, values: dict[str, Any], code: str) -> None:
    told = {"since": SINCE, "today": bench.today, "by": bench.by, **values}
    with pytest.raises(DomainError) as refused:
        finance.open_(bench.pole, kind, *bench.actors[:2], **told)
    assert refused.value.code == code
    assert not Financing.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_repayments_at_once_never_pass_what_is_owed() -> None:
    bench = make(2)
    row = advance(bench)
    said = at_once(*(lambda: repay(bench, row, 60_000) for _ in range(2)))
    assert [one.code for one in said if isinstance(one, DomainError)] == ["too_much"]
    assert finance.balances([row.pk])[row.pk].owed == 40_000


def test_the_page_shows_amounts_to_those_they_concern_alone(bench: Bench) -> None:
    concerned = advance(bench)
    other = advance(bench)
    Financing.objects.filter(pk=other.pk).update(giver=bench.actors[2])
    path = f"{bench.home}cooperations/finances/"
    assert bench.client().get(path).status_code == 404
    assert bench.client(bench.elsewhere).get(path).status_code == 404
    member, animator = bench.client(bench.member), bench.client(bench.by)
    seen = member.get(path).content.decode()
    assert str(concerned.pk) in seen
    assert str(other.pk) not in seen
    assert "ne concernent pas votre organisation" in seen
    assert str(other.pk) in animator.get(path).content.decode()
    assert member.get(f"{path}{other.pk}/").status_code == 404
    assert member.get(f"{path}{concerned.pk}/").status_code == 200


def test_a_member_writes_for_its_own_organisation_alone(bench: Bench) -> None:
    path = f"{bench.home}cooperations/finances/"
    typed = {"kind": "advance", "amount": "1 250,50", "since": "2024-05-01"}
    own = {**typed, "giver": str(bench.actors[0].pk), "receiver": str(bench.actors[1].pk)}
    not_own = {**typed, "giver": str(bench.actors[2].pk), "receiver": str(bench.actors[1].pk)}
    member = bench.client(bench.member)
    assert member.post(path, not_own).status_code == 403
    assert member.post(path, own).status_code == 302
    row = Financing.objects.get()
    assert row.cents == 125_050
    one = f"{path}{row.pk}/"
    answer = member.post(one, {"act": "repay", "repay-amount": "2000", "repay-on": "2024-06-01"})
    assert answer.status_code == 422
    assert "250,50" in answer.content.decode()
    assert (
        member.post(one, {"act": "repay", "repay-amount": "250,50", "repay-on": "2024-06-01"}).status_code
        == 302
    )
    assert finance.balances([row.pk])[row.pk].owed == 100_000


@pytest.mark.parametrize("parts", [1, 3, 7, 120])
def test_a_schedule_adds_up_to_the_advance_month_by_month(parts: int) -> None:
    found = rules.schedule(100_001, parts, date(2030, 3, 31))
    assert sum(one.cents for one in found) == 100_001
    assert max(one.cents for one in found) - min(one.cents for one in found) <= 1
    assert found[-1].on == date(2030, 3, 31)
    assert [one.on for one in found] == sorted({one.on for one in found})
    if parts > 1:
        assert found[-2].on == date(2030, 2, 28)


def test_what_is_late_is_what_the_schedule_expected_less_what_came_back(bench: Bench) -> None:
    row = advance(bench, 90_000, due_on=date(2024, 8, 1), parts=3)
    steps = [(one.on, one.cents) for one in finance.schedule(row)]
    assert steps == [(date(2024, 6, 1), 30_000), (date(2024, 7, 1), 30_000), (date(2024, 8, 1), 30_000)]
    row = repay(bench, row, 40_000)
    balance = finance.balances([row.pk])[row.pk]
    assert finance.late(row, balance, date(2024, 6, 2)) == 0
    assert finance.late(row, balance, date(2024, 7, 1)) == 0
    assert finance.late(row, balance, date(2024, 7, 2)) == 20_000
    assert finance.late(row, balance, date(2024, 9, 1)) == 50_000
    plan = finance_statement.plan(row, balance, date(2024, 7, 2))
    assert [(one.state, one.missing.cents) for one in plan] == [
        ("done", 0),
        ("late", 20_000),
        ("to_come", 30_000),
    ]
    assert [one.left.cents for one in finance_statement.statement(row) if one.left] == [90_000, 50_000]


def test_a_schedule_that_cannot_be_is_refused(bench: Bench) -> None:
    for values, code in (
        ({"parts": 3}, "no_last_day"),
        ({"parts": 0, "due_on": date(2024, 8, 1)}, "bad_parts"),
        ({"parts": 8, "due_on": date(2024, 8, 1)}, "begins_before"),
    ):
        with pytest.raises(DomainError) as refused:
            advance(bench, **values)
        assert refused.value.code == code


def test_the_statement_is_for_those_concerned(bench: Bench) -> None:
    row = advance(bench, 90_000, due_on=date(2024, 8, 1), parts=3)
    repay(bench, row, 30_000)
    page = f"{bench.home}cooperations/finances/{row.pk}"
    client = bench.client(bench.by)
    text = client.get(f"{page}/").content.decode()
    assert "Échéancier" in text
    assert "auraient déjà dû être rendus" in text
    assert bench.client(bench.elsewhere).get(f"{page}.pdf").status_code == 404
    pdf = client.get(f"{page}.pdf")
    assert (pdf["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    csv = client.get(f"{page}/", {"format": "csv"}).getvalue().decode("utf-8-sig")
    assert csv.splitlines()[2].split(";")[-2] == "600"
