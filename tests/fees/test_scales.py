"""Scales: read strictly, frozen by their proposal, in force by their decision."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given

from terreau.common.errors import DomainError, StaleWriteError
from terreau.fees import documents, scales, wording
from terreau.fees.documents import Reduction, Sheet
from terreau.fees.models import ScaleVersion
from terreau.fees.rules import Scale
from terreau.governance import ballots, bodies, meetings
from terreau.governance.models import Decision, Item
from terreau.journal.models import Event
from tests.fees.conftest import SAID, Till, sheet
from tests.fees.test_rules import _scales


@given(_scales())
def test_what_is_written_is_read_again(scale: Scale) -> None:
    named = tuple(Reduction(code, code.upper(), part) for code, part in scale.reductions.items())
    told = Sheet(scale, ("Structures",), named)
    assert documents.read(json.loads(json.dumps(documents.write(told)))) == told


@pytest.mark.parametrize(
    "change",
    [
        {"lines": []},
        {"lines": [{"basis": "weight", "brackets": [{"floor": 0, "cents": 1}]}]},
        {"lines": [{"basis": "flat", "brackets": [{"floor": 0, "cents": 1.5}]}]},
        {"lines": [{"basis": "flat", "brackets": [{"floor": 0, "cents": True}]}]},
        {"lines": [{"basis": "flat", "brackets": [{"floor": 0}]}]},
        {"lines": "flat"},
        {"combine": "mean"},
        {"least": "12"},
        {"years_back": 9},
        {"roles": "member"},
        {"surprise": 1},
        {"reductions": [{"code": "a", "part": 1}, {"code": "a", "part": 2}]},
        {"reductions": [{"code": "", "part": 1}]},
    ],
)
def test_a_scale_that_cannot_be_read_is_refused_in_words(change: dict[str, Any]) -> None:
    with pytest.raises(DomainError) as caught:
        documents.read({**SAID, **change})
    assert caught.value.code == "scale_refused"
    assert caught.value.facts["problems"][0]["message"]


@pytest.mark.parametrize("told", [None, 12, "barème", []])
def test_what_is_no_scale_is_refused(told: Any) -> None:
    with pytest.raises(DomainError):
        documents.read(told)


def test_a_scale_in_words_says_every_amount() -> None:
    text = "\n".join(wording.scale(sheet(), date(2027, 1, 1)))
    for part in ("1 janvier 2027", "50", "150", "500", "100", "Première année", "mois commencés"):
        assert part in text


def test_a_draft_is_changed_until_it_is_proposed(till: Till) -> None:
    row = till.draft()
    scales.change(row, base={"name": "Barème"}, mine={"name": "Barème 2027"}, by=till.animator)
    with pytest.raises(StaleWriteError):
        scales.change(row, base={"name": "Barème"}, mine={"name": "Autre"}, by=till.animator)
    scales.record_vote(row, on=till.today, by=till.animator)
    fresh = ScaleVersion.objects.get(pk=row.pk)
    assert fresh.name == "Barème 2027"
    with pytest.raises(DomainError) as caught:
        scales.change(fresh, base={"name": fresh.name}, mine={"name": "Autre"}, by=till.animator)
    assert caught.value.code == "proposed"
    with pytest.raises(DomainError):
        scales.drop(fresh, by=till.animator)


def test_the_database_keeps_what_was_voted(till: Till) -> None:
    row = till.voted()
    changes: list[dict[str, Any]] = [{"said": {}}, {"valid_from": till.today}, {"decision": None}]
    for values in changes:
        with pytest.raises(IntegrityError), transaction.atomic():
            ScaleVersion.objects.filter(pk=row.pk).update(**values)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.delete()


def test_a_scale_is_in_force_from_its_day_when_it_is_adopted(till: Till) -> None:
    assert scales.in_force(till.pole, till.today) is None
    old = till.voted("Ancien")
    later = scales.draft(
        till.pole, name="Suivant", sheet=sheet(), valid_from=till.today + timedelta(days=10), by=till.animator
    )
    scales.record_vote(later, on=till.today, by=till.animator)
    assert scales.in_force(till.pole, till.today) == old
    assert scales.in_force(till.pole, till.today + timedelta(days=10)) == later
    fresh = ScaleVersion.objects.select_related("decision").get(pk=later.pk)
    assert scales.state(fresh, old, till.today) == "voted"
    assert scales.state(old, later, till.today + timedelta(days=10)) == "replaced"


def test_a_proposal_waits_for_the_vote_of_its_meeting(till: Till) -> None:
    body = bodies.create_body(till.pole, name="Assemblée", by=till.animator)
    soon = timezone.now() + timedelta(days=20)
    meeting = meetings.prepare(
        body, title="", starts_at=soon, ends_at=soon + timedelta(hours=2), by=till.animator
    )
    row = till.draft()
    decision = scales.propose(row, meeting, text="Total : 700 €.", by=till.animator)
    assert Item.objects.get(meeting=meeting).kind == Item.Kind.DECISION
    assert "500" in decision.text
    assert decision.text.endswith("Total : 700 €.")
    assert scales.in_force(till.pole, till.today) is None
    ballots.decide(decision, Decision.Outcome.REJECTED, on=till.today, why="Trop cher", by=till.animator)
    fresh = ScaleVersion.objects.select_related("decision").get(pk=row.pk)
    assert scales.state(fresh, None, till.today) == "rejected"
    again = scales.copy(fresh, by=till.animator)
    assert (again.number, again.said, again.copied_from) == (2, fresh.said, fresh)


def test_another_pole_does_not_vote_our_scale(till: Till) -> None:
    other = type(till.pole).objects.get(slug="autre-pole")
    body = bodies.create_body(other, name="Assemblée", by=till.elsewhere)
    soon = timezone.now() + timedelta(days=20)
    meeting = meetings.prepare(
        body, title="", starts_at=soon, ends_at=soon + timedelta(hours=2), by=till.elsewhere
    )
    with pytest.raises(DomainError):
        scales.propose(till.draft(), meeting, by=till.animator)
    assert not Item.objects.filter(meeting=meeting).exists()


def test_a_vote_to_come_is_refused_and_a_draft_can_be_dropped(till: Till) -> None:
    row = till.draft()
    with pytest.raises(DomainError):
        scales.record_vote(row, on=till.today + timedelta(days=1), by=till.animator)
    scales.drop(row, by=till.animator)
    fresh = ScaleVersion.objects.get(pk=row.pk)
    assert scales.state(fresh, None, till.today) == "dropped"
    verbs = set(Event.objects.filter(subject=till.pole.actor.subject).values_list("verb", flat=True))
    assert {"fees.scale_drafted", "fees.scale_dropped"} <= verbs
