"""Two connections: two decisions on one request, a withdrawal while renewing, two requests at once."""

from datetime import timedelta

import pytest

from terreau.common.errors import DomainError
from terreau.labels.models import Certificate, LabelDecision, LabelRequest
from tests.followup import making as followup
from tests.labels.making import Labelling
from tests.labels.making import labelling as make
from tests.two_connections import at_once

pytestmark = [pytest.mark.django_db(transaction=True)]


def _row(row: LabelRequest) -> LabelRequest:
    return LabelRequest.objects.get(pk=row.pk)


def test_two_decisions_on_one_request_make_one() -> None:
    here: Labelling = make()
    row = here.found(here.ask())
    one, two = _row(row), _row(row)
    found = at_once(lambda: here.grant(one), lambda: here.decide(two, "refuse", here.owner))
    refused = [made for made in found if isinstance(made, DomainError)]
    assert len(refused) == 1
    assert refused[0].status == 409
    assert LabelDecision.objects.filter(request=row, verb__in=["grant", "refuse"]).count() == 1
    assert Certificate.objects.count() == (1 if _row(row).state == "granted" else 0)


def test_a_withdrawal_while_renewing_never_leaves_both() -> None:
    here = make()
    held = here.granted()
    LabelRequest.objects.filter(pk=held.pk).update(valid_to=here.today + timedelta(days=30))
    followup.conclude_again(here.course)
    again = here.found(here.ask())
    withdrawn, renewed = at_once(
        lambda: here.decide(_row(held), "withdraw", here.owner), lambda: here.grant(_row(again))
    )
    states = (_row(held).state, _row(again).state)
    if isinstance(withdrawn, DomainError):
        assert states == ("renewed", "granted")
    else:
        assert isinstance(renewed, DomainError)
        assert states == ("withdrawn", "instructed")


def test_two_people_of_a_pole_ask_once() -> None:
    here = make()
    found = at_once(here.ask, here.ask)
    assert [type(one).__name__ for one in found].count("DomainError") == 1
    assert LabelRequest.objects.count() == 1
