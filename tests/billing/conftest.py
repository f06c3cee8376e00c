"""A pole with its animator, two members and a stranger, and what they owe one another."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from django.utils import timezone

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor, Belonging
from terreau.billing import actions
from terreau.billing.models import Invoice
from terreau.billing.rules import Line, Vat
from terreau.poles.composition import add_member
from terreau.poles.models import Pole
from terreau.subjects.models import Subject

VAT20 = Vat(code="S", rate=2000)


@dataclass
class Desk:
    """What the tests of billing stand on. ``animator`` runs the pole, ``member`` is of the canteen."""

    pole: Pole
    canteen: Actor
    mill: Actor
    animator: User
    member: User
    miller: User
    stranger: User
    elsewhere: User

    @property
    def today(self) -> date:
        return timezone.localdate()

    def path(self, tail: str = "factures/") -> str:
        """Return an address of the workspace."""
        return f"/poles/{self.pole.slug}/espace/{tail}"

    def draft(self, *lines: Line, **values: object) -> Invoice:
        """Write a draft of the pole to the canteen: 120 € of which 20 € of tax when no line is given."""
        said: dict[str, object] = {
            "kind": "service",
            "seller": self.pole.actor,
            "buyer": self.canteen,
            "on": self.today - timedelta(days=10),
            "label": "Salle",
            "by": self.animator,
            **values,
        }
        return actions.draft(self.pole, lines=lines or (Line("Salle", 10_000, vat=VAT20),), **said)  # type: ignore[arg-type]

    def issued(self, *lines: Line, **values: object) -> Invoice:
        """Write and issue an invoice."""
        return actions.issue(self.draft(*lines, **values), by=self.animator)


def belong(user: User, actor: Actor, role: str) -> None:
    """Make a person of an actor."""
    now = timezone.now()
    Belonging.objects.create(
        user=user, actor=actor, role=role, asked_at=now, confirmed_at=now, confirmed_by=user
    )


def make() -> Desk:
    """Make the pole and its people."""
    names = ("Pôle d'essai", "Cantine", "Moulin", "Ailleurs")
    kinds = (Subject.Kind.POLE, *(Subject.Kind.ACTOR,) * 3)
    actor, canteen, mill, away = (
        create_actor(name, source=None, public=False, kind=kind)
        for name, kind in zip(names, kinds, strict=True)
    )
    pole = Pole.objects.create(actor=actor, slug="pole-essai")
    people = [
        User.objects.create_user(f"desk{i}@people.example.org", name=name)
        for i, name in enumerate(("Anime", "Membre", "Meunière", "Passante", "Autre"))
    ]
    add_member(pole, canteen, by=people[0])
    add_member(pole, mill, by=people[0])
    belong(people[0], actor, Belonging.Role.ANIMATOR)
    belong(people[1], canteen, Belonging.Role.MEMBER)
    belong(people[2], mill, Belonging.Role.MEMBER)
    other = Pole.objects.create(
        actor=create_actor("Autre pôle", source=None, public=False, kind=Subject.Kind.POLE), slug="autre-pole"
    )
    add_member(other, away, by=people[0])
    belong(people[4], away, Belonging.Role.MEMBER)
    return Desk(pole, canteen, mill, *people)


@pytest.fixture
def desk(db: None) -> Desk:
    """Return a pole, its animator and its members."""
    return make()
