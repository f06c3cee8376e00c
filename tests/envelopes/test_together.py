"""Two connections: two awards of the last euros, two payments of one commitment, one award sent twice."""

import pytest

from terreau.envelopes import actions, read
from terreau.envelopes.actions import OverspentError
from terreau.envelopes.models import EnvelopeMove
from tests.envelopes.conftest import purse
from tests.two_connections import at_once

pytestmark = [pytest.mark.django_db(transaction=True)]


def test_two_awards_of_the_last_euros() -> None:
    money = purse()
    first, second = money.dossiers[0], money.dossier("laureate")
    envelope = money.envelope(100_000)
    found = at_once(
        lambda: actions.commit(envelope, first, 60_000, by=None, origin="award:1"),
        lambda: actions.commit(envelope, second, 60_000, by=None, origin="award:2"),
    )
    (refused,) = [one for one in found if isinstance(one, OverspentError)]
    assert refused.facts["left_cents"] == 40_000
    assert read.state(envelope) == read.counted(envelope)
    assert read.state(envelope).committed == 60_000


def test_two_payments_of_one_commitment() -> None:
    money = purse()
    (dossier,) = money.dossiers
    envelope = money.envelope(100_000)
    actions.commit(envelope, dossier, 60_000, by=None, origin="award:1")
    found = at_once(
        lambda: actions.pay(dossier, 40_000, by=None, origin="payment:1"),
        lambda: actions.pay(dossier, 40_000, by=None, origin="payment:2"),
    )
    assert [isinstance(one, OverspentError) for one in found].count(True) == 1
    assert read.held(dossier).paid == 40_000


def test_one_award_sent_twice_is_written_once() -> None:
    money = purse()
    (dossier,) = money.dossiers
    envelope = money.envelope(100_000)

    def award() -> EnvelopeMove:
        return actions.commit(envelope, dossier, 60_000, by=None, origin="award:1")

    first, second = at_once(award, award)
    assert first == second
    assert read.state(envelope).committed == 60_000
