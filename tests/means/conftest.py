"""A pole, its animator, two members and a hall that one of them shares."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor, Belonging
from terreau.means import bookings
from terreau.means.models import Means
from terreau.means.rules import Tariff
from terreau.poles.composition import add_member
from terreau.poles.models import Pole
from terreau.subjects.models import Subject


@dataclass
class Yard:
    """What the tests of shared means stand on."""

    pole: Pole
    owner: Actor
    member: Actor
    stranger: Actor
    hall: Means
    by: User

    def at(self, hour: int, *, day: int = 1, minute: int = 0) -> datetime:
        """Return an hour, some days from today."""
        morning = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        return morning + timedelta(days=day, hours=hour, minutes=minute)


def make(**values: object) -> Yard:
    """Make the pole and its hall; ``values`` are the owner's rules."""
    names = ("Pôle d'essai", "Foncière", "Cantine", "Ailleurs")
    kinds = (Subject.Kind.POLE, *(Subject.Kind.ACTOR,) * 3)
    actor, owner, member, stranger = (
        create_actor(name, source=None, public=False, kind=kind)
        for name, kind in zip(names, kinds, strict=True)
    )
    pole = Pole.objects.create(actor=actor, slug="pole-essai")
    by = User.objects.create_user("animation@people.example.org", name="Animation")
    for one in (owner, member):
        add_member(pole, one, by=by)
    hall = bookings.offer(pole, owner, name="La halle", kind="room", by=by, **values)
    bookings.set_tariff(hall, Tariff("member", "hour", 1_000), since=None, by=by)
    bookings.set_tariff(hall, Tariff("member", "half_day", 3_000), since=None, by=by)
    bookings.set_tariff(hall, Tariff("outside", "hour", 2_500), since=None, by=by)
    return Yard(pole, owner, member, stranger, hall, by)


@pytest.fixture
def yard(db: None) -> Yard:
    """Return a pole with a hall that members book by the half-hour."""
    return make()


@dataclass
class Crew:
    """Who stands around the yard: each animates, belongs, or is of nowhere."""

    yard: Yard
    animator: User
    member: User
    lender: User
    stranger: User
    elsewhere: User

    def path(self, tail: str) -> str:
        """Return an address of the workspace."""
        return f"/poles/{self.yard.pole.slug}/espace/{tail}"


def crew_of(yard: Yard) -> Crew:
    """Give the pole its people: an animator, some of each member, a stranger, one of another pole."""
    names = ("Anime", "Membre", "Prête", "Passante", "Autre")
    people = [
        User.objects.create_user(f"crew{i}@people.example.org", name=one) for i, one in enumerate(names)
    ]
    actors = (yard.pole.actor, yard.member, yard.owner, None, yard.stranger)
    for user, actor in zip(people, actors, strict=True):
        if actor is None:
            continue
        role = Belonging.Role.ANIMATOR if actor == yard.pole.actor else Belonging.Role.MEMBER
        now = timezone.now()
        Belonging.objects.create(
            user=user, actor=actor, role=role, asked_at=now, confirmed_at=now, confirmed_by=user
        )
    other = Pole.objects.create(
        actor=create_actor("Autre pôle", source=None, public=False, kind=Subject.Kind.POLE), slug="autre-pole"
    )
    add_member(other, yard.stranger, by=yard.by)
    return Crew(yard, *people)


@pytest.fixture
def crew(yard: Yard) -> Crew:
    """Return the people around the yard."""
    return crew_of(yard)
