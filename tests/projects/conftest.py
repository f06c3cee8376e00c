"""A pole with an animator, a member of one of its organisations, and somebody of another pole."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from terreau.accounts.models import User
from terreau.actors import belonging
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor
from terreau.poles.composition import add_member
from terreau.poles.models import Pole
from terreau.projects import joint_projects, strategies
from terreau.projects.models import JointProject, Objective, Strategy
from terreau.subjects.models import Subject


@dataclass
class Farm:
    """What the tests of projects stand on."""

    pole: Pole
    other_pole: Pole
    workshop: Actor
    canteen: Actor
    animator: User
    member: User
    stranger: User
    today: date

    @property
    def base(self) -> str:
        """The address of the workspace."""
        return f"/poles/{self.pole.slug}/espace/"

    def day(self, days: int) -> date:
        """Return a day, so many days from today."""
        return self.today + timedelta(days=days)

    def as_(self, client: Client, user: User) -> Client:
        """Sign somebody in."""
        client.force_login(user)
        return client

    def project(self, title: str = "Matériauthèque", **values: object) -> JointProject:
        """Open a project."""
        row = joint_projects.create(self.pole, title=title, by=self.animator, **values)
        return joint_projects.one(self.pole, row.pk)

    def strategy(self, *, adopted: bool = True) -> tuple[Strategy, Objective]:
        """Write a strategy with an axis and an objective, adopted or not."""
        row = strategies.begin(self.pole, by=self.animator)
        axis = strategies.add_axis(row, "Réemployer", by=self.animator)
        goal = strategies.add_objective(
            axis, title="Ouvrir un lieu", horizon="short", enjeux=["tissu_local"], by=self.animator
        )
        if adopted:
            row = strategies.adopt(
                row,
                on=self.day(-30),
                adopted_by="l'assemblée",
                decision=None,
                today=self.today,
                by=self.animator,
            )
        return strategies.version(self.pole, row.number), strategies.objective(self.pole, goal.pk)


def make() -> Farm:
    """Make the poles, their organisations and their people."""
    names = ("Pôle d'essai", "Autre pôle", "Atelier bois", "Cantine")
    kinds = (Subject.Kind.POLE, Subject.Kind.POLE, Subject.Kind.ACTOR, Subject.Kind.ACTOR)
    one, two, workshop, canteen = (
        create_actor(name, source=None, public=True, kind=kind)
        for name, kind in zip(names, kinds, strict=True)
    )
    pole = Pole.objects.create(actor=one, slug="pole-essai")
    other = Pole.objects.create(actor=two, slug="autre-pole")
    users = [
        User.objects.create_user(f"{name}@people.example.org", name=name.capitalize())
        for name in ("camille", "sacha", "lou")
    ]
    animator, member, stranger = users
    belonging.found(animator, one, by=animator)
    belonging.found(stranger, two, by=stranger)
    for actor in (workshop, canteen):
        add_member(pole, actor, by=animator)
    belonging.found(member, workshop, by=member)
    return Farm(pole, other, workshop, canteen, animator, member, stranger, timezone.localdate())


@pytest.fixture
def farm(db: None) -> Farm:
    """Return a pole with its people."""
    return make()
