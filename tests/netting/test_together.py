"""Two connections: last acceptances, a payment, two proposals, a yes and a no, each pair at one moment."""

import pytest

from terreau.billing import settling as paying
from terreau.billing.models import Settlement
from terreau.billing.read import left
from terreau.common.errors import DomainError
from terreau.netting import answers, rounds
from terreau.netting.models import Consent, Round
from tests.netting.conftest import Ring, owing
from tests.two_connections import at_once

pytestmark = [pytest.mark.django_db(transaction=True)]
STATE = Round.State


def _accept(ring: Ring, row: Round, place: int) -> Round:
    return answers.accept(row, ring.members[place], today=ring.today, by=ring.people[place])


def test_two_last_acceptances_settle_it_once() -> None:
    ring = owing()
    row = ring.propose()
    _accept(ring, row, 0)
    found = at_once(lambda: _accept(ring, row, 1), lambda: _accept(ring, row, 2))
    assert sorted(str(one.state) for one in found) == ["proposed", "settled"]
    assert rounds.fresh(row).state == STATE.SETTLED
    assert Settlement.objects.count() == 3
    assert [left(one) for one in ring.invoices] == [70_000, 0, 40_000]


def test_the_same_yes_twice_is_said_once() -> None:
    ring = owing()
    row = ring.propose()
    for one in at_once(lambda: _accept(ring, row, 0), lambda: _accept(ring, row, 0)):
        assert one.state == STATE.PROPOSED
    assert Consent.objects.count() == 1


def test_a_payment_during_the_last_acceptance_never_pays_twice() -> None:
    ring = owing()
    row = ring.propose()
    _accept(ring, row, 0)
    _accept(ring, row, 1)

    def pay() -> Settlement:
        return paying.settle(ring.invoices[1], 50_000, on=ring.today, how="bank", by=ring.animator)

    paid, accepted = at_once(pay, lambda: _accept(ring, row, 2))
    if isinstance(paid, DomainError):
        # The netting came first: the invoice is settled, the payment is refused and told.
        assert (paid.code, accepted.state) == ("too_much", STATE.SETTLED)
        assert [left(one) for one in ring.invoices] == [70_000, 0, 40_000]
    else:
        assert accepted.state == STATE.STALE
        assert [left(one) for one in ring.invoices] == [120_000, 0, 90_000]
        assert not Settlement.objects.filter(how="netting").exists()


def test_two_proposals_at_once_make_one() -> None:
    ring = owing()
    found = at_once(ring.propose, ring.propose)
    refused = [one for one in found if isinstance(one, DomainError)]
    assert [one.code for one in refused] == ["already_waits"]
    assert Round.objects.count() == 1


def test_a_last_yes_and_a_no_at_once_never_both_hold() -> None:
    ring = owing()
    row = ring.propose()
    _accept(ring, row, 0)
    _accept(ring, row, 1)

    def refuse() -> Round | None:
        return answers.decline(row, ring.members[1], reason="", today=ring.today, by=ring.people[1])

    accepted, refused = at_once(lambda: _accept(ring, row, 2), refuse)
    row = rounds.fresh(row)
    if isinstance(refused, DomainError):
        assert (accepted.state, row.state) == (STATE.SETTLED, STATE.SETTLED)
    else:
        assert row.state == STATE.REPLACED
        assert not Settlement.objects.exists()
