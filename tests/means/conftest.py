"""A pole, its animator, two members and a hall that one of them shares."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor
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
