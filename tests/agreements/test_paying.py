"""Requests, payments, money asked back: never twice, never more than agreed, two connections included."""

from datetime import timedelta

import pytest

from terreau.agreements import agreeing, noting, paying, read
from terreau.agreements.models import Noted, Payment, PaymentRequest
from terreau.agreements.paying import Spent
from terreau.calls.models import Role
from terreau.common.errors import DomainError, StaleWriteError
from terreau.envelopes import read as envelopes
from terreau.envelopes.actions import OverspentError
from terreau.flows.models import Flow
from terreau.forecast.models import Funding
from terreau.notices.models import Notice
from tests.agreements.conftest import Office, office
from tests.two_connections import at_once


def _pay(desk: Office, request: PaymentRequest, origin: str = "p1", cents: int | None = None) -> Payment:
    return paying.pay(
        request, cents=cents, paid_on=desk.today, reference="VIR-1", by=desk.officer, origin=origin
    )


def test_from_request_to_payment(desk: Office) -> None:
    """Asked, returned, completed, accepted in part, paid; the steps say it each time."""
    row = desk.signed()
    request = desk.asked(row, expenses=[Spent("Imprimerie", 300_00, 300_00, "F1")])
    assert read.money(desk.dossier).now.note == "à vérifier"  # type: ignore[union-attr]
    assert Notice.objects.filter(to=desk.officer, path=desk.path("versements/")).count() == 1
    request = paying.give_back(request, why="Il manque le relevé", by=desk.officer)
    request = paying.complete(request, by=desk.lead, note="Voici")
    request = paying.accept(request, cents=4_000_000, by=desk.officer)
    assert read.money(desk.dossier).due == 4_000_000
    _pay(desk, request)
    request.refresh_from_db()
    found = read.money(desk.dossier)
    assert (request.state, found.paid, found.due, found.left) == ("paid", 4_000_000, 0, 6_000_000)
    assert envelopes.held(desk.dossier).paid == 4_000_000
    assert [one.standing for one in found.where] == ["done", "done", "done", "done", "now"]


def test_the_owner_is_told_when_nobody_instructs(desk: Office) -> None:
    row = desk.signed()
    path = desk.path("versements/")
    desk.asked(row)
    assert not Notice.objects.filter(to=desk.owner, path=path).exists()
    Role.objects.filter(user=desk.officer).update(valid_to=desk.today)
    desk.asked(row, rank=2)
    assert Notice.objects.filter(to=desk.owner, path=path).count() == 1


def test_never_more_than_was_accepted(desk: Office) -> None:
    row = desk.signed()
    request = desk.accepted(row)
    with pytest.raises(OverspentError) as caught:
        _pay(desk, request, cents=5_000_001)
    assert caught.value.facts["left_cents"] == 5_000_000
    assert _pay(desk, request, "a", 3_000_000) == _pay(desk, request, "a", 3_000_000)
    with pytest.raises(OverspentError):
        _pay(desk, request, "b", 2_000_001)
    _pay(desk, request, "c", 2_000_000)
    with pytest.raises(DomainError) as done:
        _pay(desk, request, "d", 1)
    assert done.value.code == "not_accepted"


def test_an_instalment_is_asked_once(desk: Office) -> None:
    row = desk.signed()
    first = desk.asked(row, key="k")
    assert desk.asked(row, key="k") == first
    with pytest.raises(DomainError) as caught:
        desk.asked(row, key="other")
    assert caught.value.status == 409
    paying.refuse(first, why="Pas encore dû", by=desk.officer)
    assert desk.asked(row, key="again").number == 2
    with pytest.raises(DomainError):
        desk.asked(row, rank=2, cents=5_000_001)


def test_two_officers_on_one_request(desk: Office) -> None:
    """The second, who saw the request as it was before, is told to look again."""
    row = desk.signed()
    request = desk.asked(row)
    paying.accept(request, cents=None, by=desk.officer, seen=request.version)
    with pytest.raises(StaleWriteError):
        paying.refuse(request, why="Non", by=desk.owner)


def test_a_payment_that_came_back_is_paid_again(desk: Office) -> None:
    row = desk.signed()
    request = desk.accepted(row)
    payment = _pay(desk, request)
    paying.come_back(payment, reason="Compte fermé", by=desk.officer)
    assert read.money(desk.dossier).paid == 0
    assert envelopes.held(desk.dossier).paid == 0
    with pytest.raises(DomainError):
        paying.come_back(payment, reason="Encore", by=desk.officer)
    _pay(desk, request, "p2")
    assert read.money(desk.dossier).paid == 5_000_000
    assert envelopes.state(desk.envelope) == envelopes.counted(desk.envelope)


def test_what_was_refused_is_due_no_more_once_ended(desk: Office) -> None:
    """Its instalment is dropped with the others: nobody is told to ask for it, nor offered to."""
    row = desk.signed()
    paying.refuse(desk.asked(row), why="Non justifié", by=desk.officer)
    assert "à demander" in {one.note for one in read.money(desk.dossier).where}
    row = agreeing.end(row, reason="Renoncement", by=desk.owner)
    parts = read.parts(row)
    assert [one.open for one in parts] == [False]
    assert {one.code for one in read.money(desk.dossier).where} == {"asked", "decided", "signed"}


def test_money_asked_back(desk: Office) -> None:
    row = desk.signed()
    _pay(desk, desk.accepted(row))
    back = paying.ask_back(row, cents=1_000_000, reason="Non dépensé", by=desk.officer, origin="r")
    same = paying.ask_back(row, cents=1_000_000, reason="Non dépensé", by=desk.officer, origin="r")
    assert back == same
    with pytest.raises(DomainError):
        paying.ask_back(row, cents=4_000_001, reason="Trop", by=desk.officer, origin="r2")
    paying.received(back, on=desk.today, reference="R1", by=desk.officer)
    assert read.money(desk.dossier).recovered == 1_000_000
    assert envelopes.held(desk.dossier).out == 4_000_000
    with pytest.raises(DomainError):
        paying.received(back, on=desk.today, reference="R1", by=desk.officer)
    assert envelopes.state(desk.envelope) == envelopes.counted(desk.envelope)


def test_a_payment_is_noted_by_the_pole_once(desk: Office) -> None:
    """The funding is begun in the forecast, the instalment received, the line of the ledger written."""
    row = desk.signed()
    payment = _pay(desk, desk.accepted(row))
    first = noting.note(row, payment, by=desk.lead)
    assert noting.note(row, payment, by=desk.lead) == first
    funding = Funding.objects.get(pole=desk.pole)
    assert (funding.state, funding.granted_cents, funding.funder) == ("granted", 10_000_000, desk.ministry)
    assert Flow.objects.get(book=desk.applicant).cents == 5_000_000
    second = _pay(desk, desk.accepted(row, 2), "p2")
    noting.note(row, second, by=desk.lead)
    assert Funding.objects.count() == 1
    assert Noted.objects.count() == 2


def test_a_day_to_come_is_no_payment(desk: Office) -> None:
    request = desk.accepted(desk.signed())
    with pytest.raises(DomainError) as caught:
        paying.pay(
            request,
            cents=None,
            paid_on=desk.today + timedelta(days=1),
            reference="V",
            by=desk.officer,
            origin="p",
        )
    assert caught.value.code == "future"


@pytest.mark.django_db(transaction=True)
def test_two_payments_at_once() -> None:
    """Two officers pay the same request: one payment, the other is told."""
    desk = office()
    request = desk.accepted(desk.signed())
    found = at_once(lambda: _pay(desk, request, "a"), lambda: _pay(desk, request, "b"))
    assert [isinstance(one, Payment) for one in found].count(True) == 1, found
    assert read.money(desk.dossier).paid == 5_000_000
    assert envelopes.held(desk.dossier).paid == 5_000_000


@pytest.mark.django_db(transaction=True)
def test_a_payment_sent_twice_is_made_once() -> None:
    desk = office()
    request = desk.accepted(desk.signed())
    first, second = at_once(lambda: _pay(desk, request), lambda: _pay(desk, request))
    assert first == second
    assert Payment.objects.count() == 1
