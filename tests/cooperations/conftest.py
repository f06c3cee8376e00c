"""A pole with its animator, a member, and organisations that work together."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from terreau.accounts.models import User
from terreau.actors import belonging
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor
from terreau.common.periods import DAY, PartialDate
from terreau.cooperations import deeds
from terreau.cooperations.models import Cooperation
from terreau.poles.composition import add_member
from terreau.poles.models import Pole
from terreau.subjects.models import Subject

NAMES = ("Bois", "Cantine", "Ferme", "Radio", "Régie")


@dataclass
class Bench:
    """What the tests of cooperations stand on."""

    pole: Pole
    by: User
    member: User
    elsewhere: User
    actors: list[Actor] = field(default_factory=list)
    outside: Actor = None  # type: ignore[assignment]

    @property
    def today(self) -> date:
        return timezone.localdate()

    @property
    def home(self) -> str:
        return f"/poles/{self.pole.slug}/espace/"

    def begin(
        self, *who: int, since: str = "2020-01-01", level: str = "information", **values: Any
    ) -> Cooperation:
        """Write a cooperation between some of the actors, by their places."""
        values = {"title": "Atelier", "object": "equipment", "by": self.by, **values}
        parties = [(self.actors[one], "takes_part") for one in who]
        return deeds.begin(
            self.pole,
            parties=parties,
            level=level,
            since=PartialDate.parse(since),
            today=self.today,
            **values,
        )

    def client(self, user: User | None = None) -> Client:
        client = Client()
        if user is not None:
            client.force_login(user)
        return client


def make(count: int = 5) -> Bench:
    """Make the pole, so many members since 2019, the animator, somebody of the first member, a stranger."""
    actor = create_actor("Pôle d'essai", source=None, public=True, kind=Subject.Kind.POLE)
    pole = Pole.objects.create(actor=actor, slug="pole-essai")
    other = create_actor("Autre pôle", source=None, public=True, kind=Subject.Kind.POLE)
    Pole.objects.create(actor=other, slug="autre-pole")
    names = ("animation", "membre", "ailleurs")
    by, member, elsewhere = (User.objects.create_user(f"{n}@people.example.org", name=n) for n in names)
    belonging.found(by, actor, by=by)
    belonging.found(elsewhere, other, by=elsewhere)
    bench = Bench(pole, by, member, elsewhere)
    for rank in range(count):
        name = NAMES[rank] if rank < len(NAMES) else f"Membre {rank:03d}"
        one = create_actor(name, source=None, public=True)
        circle = "core" if rank < 2 else "partner" if rank < 4 else ""
        add_member(pole, one, by=by, circle=circle, since=PartialDate(date(2019, 1, 1), DAY))
        bench.actors.append(one)
    bench.outside = create_actor("Banque du bourg", source=None, public=True)
    belonging.found(member, bench.actors[0], by=member)
    return bench


@pytest.fixture
def bench(db: None) -> Bench:
    """Return a pole of five members, without SIREN nor legal form, and no cooperation yet."""
    return make()
