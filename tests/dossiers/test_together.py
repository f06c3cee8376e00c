"""Two connections: a double click on the deposit, the second of the deadline, two writers."""

from datetime import datetime, timedelta

import pytest
import time_machine

from terreau.common.errors import RefusedError, StaleWriteError
from terreau.dossiers import actions, deposit
from terreau.dossiers.models import AnswerChange, Dossier, FrozenCopy, Receipt, Transition
from tests.dossiers import making
from tests.dossiers.conftest import NOW, Desk, make
from tests.two_connections import at_once

pytestmark = [pytest.mark.django_db(transaction=True)]
CLOSES = datetime(2026, 12, 18, 12, tzinfo=making.PARIS)


def whole() -> Desk:
    desk = make()
    making.fill(desk.dossier, making.COMPLETE)
    return desk


def fresh(desk: Desk) -> Dossier:
    return Dossier.objects.select_related("subject", "call").get(pk=desk.dossier.pk)


def test_a_double_click_deposits_once() -> None:
    with time_machine.travel(NOW, tick=False):
        desk = whole()
        same = at_once(*[lambda: deposit.deposit(fresh(desk), by=desk.lead, key="k")] * 2)
        other = at_once(*[lambda: deposit.deposit(fresh(desk), by=desk.lead, key="k2")] * 2)
    assert len({receipt.pk for receipt in (*same, *other)}) == 1
    assert (FrozenCopy.objects.count(), Receipt.objects.count(), Transition.objects.count()) == (1, 1, 1)


def test_what_arrived_at_the_second_of_the_deadline_is_taken_though_its_turn_comes_later() -> None:
    with time_machine.travel(CLOSES + timedelta(seconds=3), tick=False):
        desk = whole()
        row = making.dossier(desk.call, lead=desk.lead, answers=making.COMPLETE)
        last = CLOSES + timedelta(milliseconds=999)
        taken, refused = at_once(
            lambda: deposit.deposit(fresh(desk), by=desk.lead, key="k", at=last),
            lambda: deposit.deposit(row, by=desk.lead, key="k", at=CLOSES + timedelta(seconds=1)),
        )
    assert taken.at == CLOSES
    assert not taken.late
    assert isinstance(refused, RefusedError)
    assert refused.code == "too_late"


def test_two_writers_on_one_field_and_on_two_fields() -> None:
    with time_machine.travel(NOW, tick=False):
        desk = make()

        def write(key: str, value: str, by: str) -> object:
            return actions.answer(fresh(desk), key, value, base_version=0, by=getattr(desk, by))

        one = at_once(
            lambda: write("title", "Une cuisine", "lead"), lambda: write("title", "Un four", "writer")
        )
        two = at_once(lambda: write("summary", "Du pain.", "lead"), lambda: write("jobs", 3, "writer"))  # type: ignore[arg-type]
    assert sum(isinstance(found, StaleWriteError) for found in one) == 1
    assert not any(isinstance(found, Exception) for found in two)
    assert set(actions.values_of(desk.dossier)) == {"title", "summary", "jobs"}
    assert AnswerChange.objects.filter(dossier=desk.dossier).count() == 3
