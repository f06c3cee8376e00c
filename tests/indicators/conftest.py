"""A pole without a legal form, who animates it, a member and somebody of nowhere."""

from dataclasses import dataclass

import pytest
from django.test import Client
from django.utils import timezone

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.actors.models import Belonging
from terreau.poles.composition import add_member
from terreau.poles.models import Pole
from terreau.subjects.models import Subject

HOME = "/poles/pole-essai/espace/"


@dataclass
class Plot:
    """What the tests of indicators stand on."""

    pole: Pole
    animator: User
    member: User
    stranger: User

    def sign_in(self, user: User) -> Client:
        """Return a browser where somebody is signed in."""
        client = Client()
        client.force_login(user)
        return client


def make(*, public: bool = False) -> Plot:
    """Make the pole and its people."""
    actor = create_actor("Pôle d'essai", source=None, public=public, kind=Subject.Kind.POLE)
    pole = Pole.objects.create(actor=actor, slug="pole-essai")
    users = [
        User.objects.create_user(f"{name}@people.example.org", name=name) for name in ("ani", "mem", "str")
    ]
    now = timezone.now()
    member = create_actor("Cantine", source=None, public=public)
    add_member(pole, member, by=users[0])
    for user, of, role in ((users[0], actor, "animator"), (users[1], member, "member")):
        Belonging.objects.create(
            user=user, actor=of, role=role, asked_at=now, confirmed_at=now, confirmed_by=users[0]
        )
    return Plot(pole, *users)


@pytest.fixture
def plot(db: None) -> Plot:
    """Return a private pole that follows nothing yet."""
    return make()
