"""A pole, three members that owe one another in a ring, and their people."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from django.utils import timezone

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor, Belonging
from terreau.billing import actions as billing
from terreau.billing.models import Invoice
from terreau.billing.rules import Line
from terreau.netting import rounds, taking_part
from terreau.netting.models import Round
from terreau.poles.composition import add_member
from terreau.poles.models import Pole
from terreau.subjects.models import Subject

NAMES = ("Cantine", "Moulin", "Atelier", "Régie")


@dataclass
class Ring:
    """What the tests of netting stand on: ``people[i]`` is of ``members[i]``; the animator of nobody else."""

    pole: Pole
    members: list[Actor]
    people: list[User]
    animator: User
    stranger: User
    elsewhere: User
    invoices: list[Invoice] = field(default_factory=list)

    @property
    def today(self) -> date:
        return timezone.localdate()

    def path(self, tail: str = "compensations/") -> str:
        """Return an address of the workspace."""
        return f"/poles/{self.pole.slug}/espace/{tail}"

    def owes(self, debtor: int, creditor: int, cents: int, *, due: int = 20) -> Invoice:
        """Issue an invoice that one member owes another, due in some days."""
        made = billing.draft(
            self.pole,
            kind="trade",
            seller=self.members[creditor],
            buyer=self.members[debtor],
            on=self.today - timedelta(days=10),
            due=self.today + timedelta(days=due),
            lines=[Line("Farine", cents)],
            label="Farine",
            by=self.animator,
        )
        issued = billing.issue(made, by=self.animator)
        self.invoices.append(issued)
        return issued

    def join(self, *places: int) -> None:
        """Say yes in the name of these members."""
        for place in places:
            taking_part.start(self.pole, self.members[place], on=self.today, by=self.people[place])

    def propose(self, **values: object) -> Round:
        """Compute a proposal as the animator does."""
        return rounds.propose(self.pole, today=self.today, by=self.animator, **values)  # type: ignore[arg-type]


def belong(user: User, actor: Actor, role: str = Belonging.Role.MEMBER) -> None:
    """Make a person of an actor."""
    now = timezone.now()
    Belonging.objects.create(
        user=user, actor=actor, role=role, asked_at=now, confirmed_at=now, confirmed_by=user
    )


def make() -> Ring:
    """Make the pole, its members and their people; nobody takes part yet, nothing is owed."""
    actor = create_actor("Pôle d'essai", source=None, public=False, kind=Subject.Kind.POLE)
    pole = Pole.objects.create(actor=actor, slug="pole-essai")
    members = [create_actor(name, source=None, public=False, kind=Subject.Kind.ACTOR) for name in NAMES]
    users = [
        User.objects.create_user(f"ring{i}@people.example.org", name=name)
        for i, name in enumerate(("Anime", "Passante", "Autre", *(f"De {name}" for name in NAMES)))
    ]
    animator, stranger, elsewhere, *people = users
    for one, user in zip(members, people, strict=True):
        add_member(pole, one, by=animator)
        belong(user, one)
    belong(animator, actor, Belonging.Role.ANIMATOR)
    away = create_actor("Ailleurs", source=None, public=False, kind=Subject.Kind.ACTOR)
    other = create_actor("Autre pôle", source=None, public=False, kind=Subject.Kind.POLE)
    add_member(Pole.objects.create(actor=other, slug="autre-pole"), away, by=animator)
    belong(elsewhere, away)
    return Ring(pole, members, people, animator, stranger, elsewhere)


def owing() -> Ring:
    """Make a ring of debts: 1 200 € → 500 € → 900 €; the three take part, the fourth does not."""
    ring = make()
    ring.owes(0, 1, 120_000)
    ring.owes(1, 2, 50_000)
    ring.owes(2, 0, 90_000)
    ring.join(0, 1, 2)
    return ring


@pytest.fixture
def bare(db: None) -> Ring:
    """Return the members, who owe nothing and take part in nothing."""
    return make()


@pytest.fixture
def ring(db: None) -> Ring:
    """Return three members who owe one another in a ring and take part."""
    return owing()
