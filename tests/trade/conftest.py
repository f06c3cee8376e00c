"""A pole, three members with somebody of each, who animates it, a stranger."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from django.utils import timezone

from terreau.accounts.models import User
from terreau.actors import belonging
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor
from terreau.common.errors import DomainError
from terreau.poles.composition import add_member
from terreau.poles.models import Pole
from terreau.subjects.models import Subject
from terreau.trade import actions
from terreau.trade.actions import Draft
from terreau.trade.models import Exchange
from terreau.trade.rules import BUYER, SELLER, Told

HOME = "/poles/pole-essais/espace/commerce/"
#: Real numbers in form (they pass the check), of nobody here.
SIRENS = ("732829320", "552100554", "404833048")


@dataclass
class Market:
    """What the tests of trade stand on."""

    pole: Pole
    bakery: Actor
    farm: Actor
    mill: Actor
    animator: User
    baker: User
    farmer: User
    miller: User
    stranger: User
    today: date = field(default_factory=timezone.localdate)

    def day(self, before: int) -> date:
        """Return a day, some days ago."""
        return self.today - timedelta(days=before)

    def told(self, cents: int = 120_000, number: str = "FA-12", before: int = 10, why: str = "") -> Told:
        """Return what a side may say."""
        return Told(self.day(before), cents, number, None, why)

    def sold(self, told: Told | None = None, **values: str) -> Exchange:
        """Have the farm say what it sold to the bakery."""
        said = Draft(
            side=SELLER, seller=self.farm.pk, buyer=self.bakery.pk, told=told or self.told(), **values
        )
        return actions.declare(self.pole, said, by=self.farmer)

    def bought(self, told: Told | None = None, **values: str) -> Exchange:
        """Have the bakery say what it bought of the farm."""
        said = Draft(
            side=BUYER, seller=self.farm.pk, buyer=self.bakery.pk, told=told or self.told(), **values
        )
        return actions.declare(self.pole, said, by=self.baker)

    def agreed(self, seller: Actor, buyer: Actor, cents: int, *, why: str = "", before: int = 10) -> Exchange:
        """Have two members agree on an exchange."""
        told = Told(self.day(before), cents, "", None, why)
        for side in (SELLER, BUYER):
            said = Draft(side=side, seller=seller.pk, buyer=buyer.pk, told=told)
            found = actions.declare(self.pole, said, by=self.animator)
        return found


def make() -> Market:
    """Make the pole and its people."""
    names = ("Pôle des essais", "Boulangerie", "Ferme", "Moulin", "Passage")
    kinds = (Subject.Kind.POLE, *(Subject.Kind.ACTOR,) * 4)
    pole_actor, bakery, farm, mill, other = (
        create_actor(name, source=None, public=False, kind=kind)
        for name, kind in zip(names, kinds, strict=True)
    )
    for actor, siren in zip((bakery, farm, mill), SIRENS, strict=True):
        Actor.objects.filter(pk=actor.pk).update(siren=siren)
        actor.refresh_from_db()
    pole = Pole.objects.create(actor=pole_actor, slug="pole-essais")
    users = [
        User.objects.create_user(f"{name}@people.example.org", name=name.capitalize())
        for name in ("animation", "boulangere", "fermier", "meuniere", "inconnue")
    ]
    for user, actor in zip(users, (pole_actor, bakery, farm, mill, other), strict=True):
        belonging.found(user, actor, by=user)
    for actor in (bakery, farm, mill):
        add_member(pole, actor, by=users[0])
    animator, baker, farmer, miller, stranger = users
    return Market(pole, bakery, farm, mill, animator, baker, farmer, miller, stranger)


@pytest.fixture
def market(db: None) -> Market:
    """Return a pole whose three members sell to one another."""
    return make()


def code_of(attempt: Callable[[], object]) -> str:
    """Return the code of a refusal."""
    with pytest.raises(DomainError) as refused:
        attempt()
    return refused.value.code
