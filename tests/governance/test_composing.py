"""The composition at any date is what the journal replays; a departure, two at once; stages; money."""

import random
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor
from terreau.common.errors import DomainError
from terreau.common.periods import PartialDate
from terreau.flows import actions as flows
from terreau.flows.rules import Entry
from terreau.governance import composing, leaving, statutes
from terreau.governance.composition_rules import Stay, on_day
from terreau.governance.models import Statute
from terreau.pieces.actions import declaration
from terreau.poles import composition
from terreau.poles.models import Membership, Pole, StageMove
from terreau.subjects.models import Subject
from tests.governance.conftest import House, make
from tests.two_connections import at_once

FIRST = date(2020, 1, 1)
ROLES, CIRCLES = Membership.Role.values, Membership.Circle.values


def pole_named(slug: str) -> Pole:
    actor = create_actor(slug, source=None, public=False, kind=Subject.Kind.POLE)
    return Pole.objects.create(actor=actor, slug=slug)


def live(pole: Pole, actors: list[Actor], by: User, dice: random.Random) -> None:
    """Do something at random to the members of a pole; what the rules refuse is left."""
    on = FIRST + timedelta(dice.randrange(900))
    rows = list(Membership.objects.filter(pole=pole).select_related("pole__actor__subject", "actor"))
    row = dice.choice(rows) if rows else None
    what = dice.choice(["enter", "enter", "change", "end", "strike"])
    try:
        if what == "enter" or row is None:
            since = dice.choice([None, PartialDate(on, "day"), PartialDate.parse(str(on.year))])
            role, circle = dice.choice(ROLES), dice.choice(CIRCLES)
            composition.add_member(pole, dice.choice(actors), by=by, role=role, circle=circle, since=since)
        elif what == "change":
            composition.change_member(row, on=on, by=by, role=dice.choice(ROLES))
        elif what == "end":
            composition.end(row, on=on, reason="départ", by=by)
        elif dice.random() < 0.5:
            composition.strike(row, reason="erreur", by=by)
    except DomainError:
        return


def told(stays: list[Stay]) -> set[tuple[int, str, str, str]]:
    return {(stay.row, stay.actor, stay.role, stay.circle) for stay in stays}


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(8))
def test_the_composition_at_any_date_is_the_replay_of_the_events(seed: int) -> None:
    dice = random.Random(seed)
    by = User.objects.create_user(f"a{seed}@people.example.org")
    actors = [create_actor(f"Membre {n}", source=None, public=False) for n in range(3)]
    pole = pole_named(f"pole-{seed}")
    for _turn in range(14):
        live(pole, actors, by, dice)
    replayed = composing.replayed(pole)
    held = composing.rows(pole)
    assert {row.pk for row in held} == {stay.row for stay in replayed}
    for number in range(0, 930, 5):
        day = FIRST + timedelta(number)
        lines = composing.at(pole, day, held).lines
        assert told(on_day(replayed, day)) == told([stay for line in lines for stay in line.stays]), day


def test_the_composition_at_each_stage(house: House) -> None:
    source = declaration(house.animator, date(2026, 1, 1))
    for stage, on in (("en_projet", date(2015, 1, 1)), ("creation", date(2018, 1, 1))):
        StageMove.objects.create(pole=house.pole, stage=stage, on=on, source=source)
    late = create_actor("Arrivée", source=None, public=False)
    row = composition.add_member(house.pole, late, by=None, since=PartialDate.parse("2016-05-01"))
    composition.end(row, on=date(2020, 1, 1), reason="départ", by=None)
    told = composing.story(house.pole, date(2026, 1, 1))
    assert [(stage.label, stage.named) for stage in told.stages] == [("en projet", 6), ("création", 7)]
    assert told.today == 6
    assert [(move.words, move.reason) for move in told.moves] == [
        ("entre : membre", ""),
        ("sort du pôle", "départ"),
    ]


def test_who_gives_most_of_the_money_of_a_year_is_told(house: House) -> None:
    day = date(2026, 6, 1)
    city = create_actor("Ville", source=None, public=False, legal_nature="local_authority")

    def gift(giver: Actor, cents: int, on: date) -> None:
        entry = Entry(giver=giver.pk, receiver=house.pole.pk, nature="cash", on=on, label="Don", cents=cents)
        flows.record(house.pole.actor, [entry], by=house.animator)

    gift(house.seats[0].actor, 1_000, day)
    assert composing.dominations(house.pole, day) == []
    gift(city, 900, day)
    assert composing.dominations(house.pole, day) == []
    gift(city, 5_000, date(2024, 1, 1))
    assert composing.dominations(house.pole, day) == []
    gift(city, 200, day)
    found = composing.dominations(house.pole, day)
    assert [(one.what, one.actor) for one, _where in found] == [("money", city.pk.hex)]


def outcomes(*acts: Callable[[], object]) -> list[str]:
    return sorted(str(getattr(one, "code", "")) for one in at_once(*acts))


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once() -> None:
    """One departure is written, two versions have two numbers."""
    house = make()
    actor, by, day = house.seats[0].actor, house.animator, date(2030, 1, 1)
    leave = lambda: leaving.leave(house.pole, actor, on=day, reason="fin", by=by)  # noqa: E731
    assert outcomes(leave, leave)[0] == ""
    assert Membership.objects.filter(actor=actor, valid_to=day).count() == 1
    texts = [lambda n=n: statutes.deposit(house.pole, "rules", text=f"Texte {n}", by=by) for n in (1, 2)]
    assert outcomes(*texts) == ["", ""]
    assert sorted(Statute.objects.values_list("number", flat=True)) == [1, 2]
