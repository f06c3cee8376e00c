"""A pole without legal form, the association that bears it, members, a Region, an inhabitant."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor, Belonging, LegalNature
from terreau.flows.actions import record
from terreau.flows.models import Flow
from terreau.flows.rules import Entry
from terreau.poles.composition import add_carrier, add_member
from terreau.poles.models import Pole
from terreau.poles.qualification import move_stage
from terreau.subjects.models import Subject

DAY = date(2026, 3, 10)


@dataclass
class Purse:
    """What the tests of the economics of a pole stand on."""

    pole: Pole
    bearer: Actor
    coop: Actor
    firm: Actor
    region: Actor
    person: Actor
    by: User

    def write(self, *lines: dict[str, Any]) -> list[Flow]:
        """Write lines in the book of the pole."""
        return record(self.pole.actor, [entry(line) for line in lines], by=self.by)

    def paid(self, giver: Actor, receiver: Actor, cents: int, **more: Any) -> Flow:
        """Write one payment."""
        (flow,) = self.write({"giver": giver.pk, "receiver": receiver.pk, "cents": cents, **more})
        return flow

    def hours(self, giver: Actor, receiver: Actor, cents: int | None, **more: Any) -> Flow:
        """Write two hours given, with their value or none."""
        method = "agreed" if cents is not None else ""
        gift = {"nature": "time", "thousandths": 2_000, "unit": "hours", "method": method}
        (flow,) = self.write({"giver": giver.pk, "receiver": receiver.pk, "cents": cents, **gift, **more})
        return flow

    @property
    def actors(self) -> Iterable[Actor]:
        """Everybody who may be a party."""
        return (self.pole.actor, self.bearer, self.coop, self.firm, self.region, self.person)

    def path(self, tail: str) -> str:
        """Return an address of the workspace."""
        return f"/poles/{self.pole.slug}/espace/{tail}"


def entry(line: dict[str, Any]) -> Entry:
    """Return a line to write, with what is nearly always the same."""
    return Entry(**{"nature": "cash", "on": DAY, "label": "Ligne d'essai", **line})


def make() -> Purse:
    """Make the pole and who stands around it."""
    actor = create_actor("Pôle d'essai", source=None, public=False, kind=Subject.Kind.POLE)
    pole = Pole.objects.create(actor=actor, slug="pole-essai")
    natures = {
        "L'Association porteuse": LegalNature.ASSOCIATION,
        "La Coopérative": LegalNature.COOPERATIVE,
        "La Société": LegalNature.COMPANY,
        "La Région": LegalNature.LOCAL_AUTHORITY,
        "Une habitante": LegalNature.NATURAL_PERSON,
    }
    bearer, coop, firm, region, person = (
        create_actor(name, source=None, public=False, legal_nature=nature) for name, nature in natures.items()
    )
    by = User.objects.create_user("animation@people.example.org", name="Animation")
    now = timezone.now()
    Belonging.objects.create(
        user=by, actor=actor, role="animator", asked_at=now, confirmed_at=now, confirmed_by=by
    )
    for one in (bearer, coop, firm):
        add_member(pole, one, by=by)
    add_carrier(pole, bearer, by=by, since=date(2020, 1, 1))
    move_stage(pole, "emergence", on=date(2020, 1, 1), reason="Début", by=by)
    return Purse(pole, bearer, coop, firm, region, person, by)


@pytest.fixture
def purse(db: None) -> Purse:
    """Return a pole that its bearer keeps the money of."""
    return make()
