"""A pole without a legal form, its assembly in two colleges, six seats and the people who sit there."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.actors.models import Belonging
from terreau.governance import ballots, bodies, meetings
from terreau.governance.models import Attendance, Body, Decision, Item, Meeting, Seat
from terreau.poles.composition import add_member
from terreau.poles.models import Pole
from terreau.subjects.models import Subject

SOON = timedelta(days=20)


@dataclass
class House:
    """What the tests of governance stand on."""

    pole: Pole
    body: Body
    animator: User
    seats: list[Seat] = field(default_factory=list)
    people: list[User] = field(default_factory=list)

    def meeting(self, *, held: bool = True, starts_at: datetime | None = None) -> Meeting:
        """Prepare a meeting with one point to decide; convened and held unless said otherwise."""
        begins = starts_at or timezone.now() + SOON
        row = meetings.prepare(
            self.body, title="", starts_at=begins, ends_at=begins + timedelta(hours=2), by=self.animator
        )
        meetings.add_item(row, "Louer la halle", kind=Item.Kind.DECISION, by=self.animator)
        if not held:
            return row
        row = meetings.convene(row, by=self.animator)
        for seat in self.seats:
            meetings.answer(row, seat, Attendance.How.PRESENT, by=self.animator)
        return meetings.hold(row, by=self.animator, now=begins + timedelta(minutes=1))

    def decision(self, meeting: Meeting) -> Decision:
        """Propose what the point of the meeting is about."""
        item = Item.objects.get(meeting=meeting)
        return ballots.propose(
            self.pole, title="Louer la halle", text="Le pôle loue la halle.", item=item, by=self.animator
        )


def make(**rules: Any) -> House:
    """Make the pole; ``rules`` are those of its assembly."""
    actor = create_actor("Pôle d'essai", source=None, public=False, kind=Subject.Kind.POLE)
    pole = Pole.objects.create(actor=actor, slug="pole-essai")
    animator = User.objects.create_user("animation@people.example.org", name="Animation")
    now = timezone.now()
    Belonging.objects.create(
        user=animator, actor=actor, role="animator", asked_at=now, confirmed_at=now, confirmed_by=animator
    )
    colleges = [("Structures", 60), ("Habitants", 40)]
    body = bodies.create_body(pole, name="Assemblée", colleges=colleges, by=animator, **rules)
    house = House(pole, body, animator)
    for number in range(6):
        member = create_actor(f"Membre {number}", source=None, public=False)
        add_member(pole, member, by=animator)
        user = User.objects.create_user(f"m{number}@people.example.org", name=f"Membre {number}")
        Belonging.objects.create(
            user=user, actor=member, asked_at=now, confirmed_at=now, confirmed_by=animator
        )
        college = body.colleges.get(name=colleges[number % 2][0])
        house.seats.append(bodies.give_seat(body, member, college=college, user=user, by=animator))
        house.people.append(user)
    return house


@pytest.fixture
def house(db: None) -> House:
    """Return a pole whose assembly votes one by seat, with half of the seats as its quorum."""
    return make(quorum_num=1, quorum_den=2)


@pytest.fixture
def house_with(db: None) -> Callable[..., House]:
    """Return what makes a pole with other rules."""
    return make
