"""What nettings say in « Ma semaine », in the calendar and in the report of the year."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from terreau.common.money import Euro
from terreau.netting import answers, composed, settling
from terreau.netting.models import Consent, Round
from terreau.poles.workspace import of_person
from tests.netting.conftest import Ring

pytestmark = pytest.mark.django_db


def _titles(ring: Ring, user: object, *, days: int = 0) -> list[tuple[str, str]]:
    ws = of_person(user, ring.pole.slug, on=ring.today + timedelta(days=days))
    return [(str(one.tone), one.title) for one in composed.week(ws)]


def _settled(ring: Ring) -> Round:
    row = ring.propose()
    for place, actor in enumerate(ring.members):
        if row.lines.filter(debtor=actor).exists():
            row = answers.accept(row, actor, today=ring.today, by=ring.people[place])
    return row


def test_what_waits_is_said_to_whom_it_waits_for(ring: Ring) -> None:
    assert _titles(ring, ring.people[0]) == []
    row = ring.propose()
    assert [tone for tone, _title in _titles(ring, ring.people[0])] == ["now"]
    assert "500,00\u00a0€ de dettes de Cantine" in _titles(ring, ring.people[0])[0][1]
    assert _titles(ring, ring.people[3]) == []
    assert "attend 3 organisations" in _titles(ring, ring.animator)[0][1]
    answers.accept(row, ring.members[0], today=ring.today, by=ring.people[0])
    assert _titles(ring, ring.people[0]) == []
    assert "attend 2 organisations" in _titles(ring, ring.animator)[0][1]
    assert _titles(ring, ring.people[1], days=11) == []
    assert [tone for tone, _title in _titles(ring, ring.animator, days=11)] == ["late"]
    Consent.objects.create(round=row, actor=ring.members[1], agrees=False, by=ring.people[1])
    assert "à refaire" in _titles(ring, ring.animator)[0][1]


def test_few_questions(ring: Ring) -> None:
    ring.propose()
    ws = of_person(ring.people[0], ring.pole.slug)
    with CaptureQueriesContext(connection) as asked:
        composed.week(ws)
    assert len(asked) <= 2


def test_the_last_day_is_in_the_calendar_of_those_concerned(ring: Ring) -> None:
    row = ring.propose()
    for user, count in ((ring.people[0], 1), (ring.people[3], 0), (ring.animator, 1)):
        ws = of_person(user, ring.pole.slug)
        found = composed.stamps(ws, ring.today, ring.today + timedelta(days=30))
        assert len(found) == count
    assert composed.stamps(ws, row.expires_on + timedelta(days=1), row.expires_on + timedelta(days=9)) == []


def test_the_sum_is_said_only_when_it_hides_what_each_owed(ring: Ring) -> None:
    assert composed.figures(ring.pole, ring.today, ring.today) == []
    row = _settled(ring)
    said = {one.code: one.value for one in composed.figures(ring.pole, ring.today, ring.today)}
    assert said == {"netting.settled": 1}
    settling.undo(row, reason="Pour voir", by=ring.animator)
    assert composed.figures(ring.pole, ring.today, ring.today) == []
    ring.members.append(ring.pole.actor)
    ring.people.append(ring.animator)
    ring.join(3, 4)
    ring.owes(3, 4, 700)
    ring.owes(4, 3, 700)
    _settled(ring)
    said = {one.code: one.value for one in composed.figures(ring.pole, ring.today, ring.today)}
    assert said == {"netting.settled": 1, "netting.cleared": Euro(151_400)}
