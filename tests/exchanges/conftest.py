"""A pole, three members, a buyer; somebody to animate, somebody of a member, somebody of nothing."""

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
from terreau.exchanges import consortium, skills, tenders
from terreau.exchanges.consortium import Wanted
from terreau.exchanges.models import Party, Tender
from terreau.exchanges.rules import typed_share
from terreau.poles.composition import add_member
from terreau.poles.models import Pole
from terreau.subjects.models import Subject


@dataclass
class Fair:
    """What the tests of exchanges stand on."""

    pole: Pole
    one: Actor
    two: Actor
    three: Actor
    buyer: Actor
    by: User
    member: User
    stranger: User
    today: date = field(default_factory=timezone.localdate)

    def day(self, after: int) -> date:
        """Return a day, some days from today."""
        return self.today + timedelta(days=after)

    def tender(self, title: str = "Entretien des rives", **values: object) -> Tender:
        """Return a tender that was spotted."""
        return tenders.spot(self.pole, title=title, by=self.by, **values)

    def group(self, tender: Tender, *actors: Actor) -> list[Party]:
        """Return parties who all said yes."""
        asked = [consortium.invite(tender, actor, by=self.by) for actor in actors]
        return [consortium.answer(one, comes=True, by=self.by) for one in asked]

    def share_out(self, tender: Tender, parties: list[Party], *shares: str) -> Tender:
        """Share out in parts; the first leads."""
        wanted = {
            party.pk: Wanted(share=typed_share(share), lead=i == 0)
            for i, (party, share) in enumerate(zip(parties, shares, strict=True))
        }
        fresh = Tender.objects.get(pk=tender.pk)
        values = {"sharing": "parts", "offer_cents": fresh.offer_cents, "seen": fresh.consortium}
        return consortium.share_out(fresh, wanted, by=self.by, **values)

    def won(self, *, cents: int | None = 9_000_000, **values: object) -> Tender:
        """Return a tender won by the three members, a third each."""
        found = self.tender(buyer=self.buyer, offer_cents=cents, **values)
        self.share_out(found, self.group(found, self.one, self.two, self.three), "1/3", "1/3", "1/3")
        for verb in ("decide", "submit", "win"):
            found = tenders.move(found, verb, by=self.by)
        return found

    def holds(self, actor: Actor, *names: str) -> None:
        """Say that a member holds skills."""
        for name in names:
            skills.declare(skills.named(self.pole, name), actor, "held", by=self.by)


def make() -> Fair:
    """Make the pole and its people."""
    names = ("Pôle des essais", "Brigade verte", "Coopérative du bâti", "Atelier du fleuve", "Commune")
    kinds = (Subject.Kind.POLE, *(Subject.Kind.ACTOR,) * 4)
    pole_actor, one, two, three, buyer = (
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
    belonging.found(stranger, buyer, by=by)
    for actor in (one, two, three):
        add_member(pole, actor, by=by)
    return Fair(pole, one, two, three, buyer, by, member, stranger)


@pytest.fixture
def fair(db: None) -> Fair:
    """Return a pole whose three members answer, buy and exchange."""
    return make()


def code_of(attempt: Callable[[], object]) -> str:
    """Return the code of a refusal."""
    with pytest.raises(DomainError) as refused:
        attempt()
    return refused.value.code
