"""A pole, a member, a funder; who animates, who is of a member, who is of nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from terreau.accounts.models import User
from terreau.actors import belonging
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor
from terreau.common.errors import DomainError
from terreau.forecast import actions
from terreau.forecast.models import Funding
from terreau.poles.composition import add_member
from terreau.poles.models import Pole
from terreau.subjects.models import Subject


@dataclass
class Purse:
    """What the tests of the room stand on."""

    pole: Pole
    one: Actor
    two: Actor
    region: Actor
    by: User
    member: User
    stranger: User
    today: date = field(default_factory=timezone.localdate)

    @property
    def home(self) -> str:
        """The address of the workspace."""
        return f"/poles/{self.pole.slug}/espace/"

    def day(self, after: int) -> date:
        """Return a day, some days from today."""
        return self.today + timedelta(days=after)

    def granted(self, cents: int = 600_000, **values: object) -> Funding:
        """Return a funding of the region that is granted."""
        told = {"label": "Animation", "kind": "subsidy", "origin": "public", "state": "granted", **values}
        name = self.region.name
        return actions.begin(
            self.pole, funder=self.region, funder_name=name, granted_cents=cents, by=self.by, **told
        )

    def signed(self, user: User) -> Client:
        """Return a client that is signed in."""
        client = Client()
        client.force_login(user)
        return client


@pytest.fixture
def purse(db: None) -> Purse:
    """Return a pole that has nothing yet."""
    names = ("Pôle des essais", "Brigade verte", "Coopérative du bâti", "Région des essais")
    kinds = (Subject.Kind.POLE, *(Subject.Kind.ACTOR,) * 3)
    pole_actor, one, two, region = (
        create_actor(name, source=None, public=False, kind=kind)
        for name, kind in zip(names, kinds, strict=True)
    )
    pole = Pole.objects.create(actor=pole_actor, slug="pole-essais")
    by, member, stranger = (
        User.objects.create_user(f"{name}@people.example.org", name=name.capitalize())
        for name in ("animation", "membre", "inconnue")
    )
    belonging.found(by, pole_actor, by=by)
    belonging.found(member, one, by=by)
    belonging.found(stranger, region, by=by)
    for actor in (one, two):
        add_member(pole, actor, by=by)
    return Purse(pole, one, two, region, by, member, stranger)


def code_of(attempt: Callable[[], object]) -> str:
    """Return the code of a refusal."""
    with pytest.raises(DomainError) as refused:
        attempt()
    return refused.value.code
