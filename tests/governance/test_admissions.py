"""Joining a pole: intention, visit, file, decision, charter; and what a member shares."""

from collections.abc import Callable
from datetime import date

import pytest

from terreau.actors.actions import create_actor
from terreau.actors.models import Actor
from terreau.common.errors import DomainError
from terreau.governance import admissions, ballots
from terreau.governance.models import Admission, AdmissionMove, Consent, Decision
from terreau.poles.models import Membership
from tests.governance.conftest import House, make
from tests.two_connections import at_once

DAY = date(2026, 11, 2)


def code_of(attempt: Callable[[], object]) -> str:
    with pytest.raises(DomainError) as refused:
        attempt()
    return refused.value.code


@pytest.fixture
def newcomer(db: None) -> Actor:
    return create_actor("Cantine", source=None, public=False)


def adopted(house: House) -> Decision:
    row = ballots.propose(house.pole, title="Accueillir la cantine", text="Oui.", by=house.animator)
    return ballots.decide(row, "adopted", on=DAY, by=house.animator)


def test_from_the_intention_to_the_membership(house: House, newcomer: Actor) -> None:
    by = house.animator
    row = admissions.ask(house.pole, newcomer, intention="Cuisiner ensemble", circle="partner", by=by)
    assert code_of(lambda: admissions.ask(house.pole, newcomer, intention="Encore", by=by)) == "asked"
    row = admissions.move(row, "visit", on=DAY, note="Vu l'atelier.", by=by)
    assert code_of(lambda: admissions.move(row, "admitted", on=DAY, by=by)) == "wrong_step"
    assert code_of(lambda: admissions.move(row, "decision", on=DAY, by=by)) == "no_decision"
    pending = ballots.propose(house.pole, title="x", text="y", by=by)
    wrong = {"on": DAY, "by": by, "decision": pending}
    assert code_of(lambda: admissions.move(row, "decision", **wrong)) == "not_adopted"
    row = admissions.move(row, "decision", on=DAY, decision=adopted(house), by=by)
    row = admissions.move(row, "charter", on=DAY, by=by)
    row = admissions.move(row, "admitted", on=DAY, by=by)
    member = Membership.objects.get(pole=house.pole, actor=newcomer)
    assert (member.valid_from, member.circle) == (DAY, "partner")
    steps = list(AdmissionMove.objects.filter(admission=row).values_list("after", flat=True))
    assert steps == ["intention", "visit", "decision", "charter", "admitted"]
    assert code_of(lambda: admissions.ask(house.pole, newcomer, intention="Encore", by=by)) == "member"


def test_refused_with_a_reason_then_asked_again(house: House, newcomer: Actor) -> None:
    row = admissions.ask(house.pole, newcomer, intention="Cuisiner", by=house.animator)
    assert code_of(lambda: admissions.move(row, "refused", on=DAY, by=house.animator)) == "reason_needed"
    admissions.move(row, "refused", on=DAY, note="Hors du territoire.", by=house.animator)
    assert not Membership.objects.filter(actor=newcomer).exists()
    assert admissions.ask(house.pole, newcomer, intention="Autrement", by=house.animator)


@pytest.mark.parametrize("step", Admission.Step.values)
def test_nobody_skips_the_decision(step: str) -> None:
    """Every path to the membership goes through the decision."""
    if step in {"decision", "charter", "admitted"}:
        return
    assert "admitted" not in admissions.NEXT.get(step, ())
    assert "charter" not in admissions.NEXT.get(step, ())


def test_consent_is_given_datum_by_datum_and_taken_back(house: House, newcomer: Actor) -> None:
    row = admissions.agree(house.pole, newcomer, "actor.employees", by=house.animator)
    assert admissions.agree(house.pole, newcomer, "actor.employees", by=house.animator) == row
    assert admissions.shared(house.pole, newcomer) == {"actor.employees"}
    admissions.take_back(row, by=house.animator)
    assert admissions.shared(house.pole, newcomer) == frozenset()
    assert Consent.objects.get().ended_by == house.animator


@pytest.mark.django_db(transaction=True)
def test_two_people_admit_one_actor() -> None:
    house = make()
    newcomer = create_actor("Cantine", source=None, public=False)
    row = admissions.ask(house.pole, newcomer, intention="Cuisiner", by=house.animator)
    row = admissions.move(row, "decision", on=DAY, decision=adopted(house), by=house.animator)
    results = at_once(*(lambda: admissions.move(row, "admitted", on=DAY, by=house.animator),) * 2)
    assert sorted(str(getattr(one, "code", "")) for one in results) == ["", "wrong_step"]
    assert Membership.objects.filter(actor=newcomer).count() == 1
