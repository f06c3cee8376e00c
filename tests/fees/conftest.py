"""A pole, its members of several natures, a scale, and people: who animates, who belongs, who is neither."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor, Belonging
from terreau.fees import calls, documents, saying, scales
from terreau.fees.documents import Sheet
from terreau.fees.models import CalledFee, FeeCall, ScaleVersion
from terreau.poles.composition import add_member
from terreau.poles.models import Pole
from terreau.subjects.models import Subject

#: 50 € below 100 000 €, 150 € above; 500 € for an authority; half in the first year.
SAID: dict[str, Any] = {
    "lines": [
        {
            "label": "Structures",
            "basis": "turnover",
            "brackets": [{"floor": 0, "cents": 5_000}, {"floor": 10_000_000, "cents": 15_000}],
        },
        {
            "label": "Collectivités",
            "basis": "flat",
            "kinds": ["local_authority"],
            "brackets": [{"floor": 0, "cents": 50_000}],
        },
    ],
    "prorata": "months",
    "reductions": [{"code": "first_year", "label": "Première année", "part": 5_000}],
}


@dataclass
class Till:
    """What the tests of fees stand on: ``canteen`` and ``mill`` are associations, ``town`` an authority."""

    pole: Pole
    canteen: Actor
    mill: Actor
    town: Actor
    animator: User
    member: User
    miller: User
    stranger: User
    elsewhere: User

    @property
    def today(self) -> date:
        return timezone.localdate()

    @property
    def year(self) -> tuple[date, date]:
        """The year that is called."""
        return date(self.today.year, 1, 1), date(self.today.year, 12, 31)

    def path(self, tail: str = "") -> str:
        """Return an address of the room."""
        return f"/poles/{self.pole.slug}/espace/cotisations/{tail}"

    def draft(self, name: str = "Barème", said: dict[str, Any] | None = None) -> ScaleVersion:
        """Write a draft that holds since long ago."""
        sheet = documents.read(said or SAID)
        since = date(2020, 1, 1)
        return scales.draft(self.pole, name=name, sheet=sheet, valid_from=since, by=self.animator)

    def voted(self, name: str = "Barème", said: dict[str, Any] | None = None) -> ScaleVersion:
        """Write a scale that was voted."""
        row = self.draft(name, said)
        scales.record_vote(row, on=self.today, by=self.animator)
        return ScaleVersion.objects.select_related("decision", "pole__actor__subject").get(pk=row.pk)

    def figure(self, actor: Actor, cents: int, **values: Any) -> None:
        """Say the turnover of a member for the year before."""
        told = {"source": "Comptes annuels", "by": self.animator, "confirms": False, **values}
        saying.say(self.pole, actor, "turnover", year=self.today.year - 1, value=cents, **told)

    def figures(self) -> None:
        """Say those of the two associations."""
        self.figure(self.canteen, 4_000_000)
        self.figure(self.mill, 20_000_000)

    def call(self, scale: ScaleVersion, *actors: Actor, **values: Any) -> FeeCall:
        """Call the fees of some members, of all that can be when none is given."""
        seen = calls.preview(self.pole, scale, *self.year, on=self.today)
        told: dict[str, Any] = {
            "seller": self.pole.actor,
            "members": [one.pk for one in actors] or [one.member.actor.pk for one in seen.ready],
            "on": self.today - timedelta(days=60),
            "due": self.today - timedelta(days=30),
            "key": uuid4(),
            "seen": seen.digest,
            "by": self.animator,
            **values,
        }
        return calls.call(self.pole, scale, *self.year, **told)

    def called(self) -> dict[str, CalledFee]:
        """Return the fees that were called, by the name of the member."""
        rows = CalledFee.objects.filter(pole=self.pole, void_at=None)
        return {
            row.actor.name: row for row in rows.select_related("actor", "invoice", "pole__actor__subject")
        }


def sheet() -> Sheet:
    """Return the scale of the tests."""
    return documents.read(SAID)


def belong(user: User, actor: Actor, role: str = "member") -> None:
    """Make a person of an actor."""
    now = timezone.now()
    Belonging.objects.create(
        user=user, actor=actor, role=role, asked_at=now, confirmed_at=now, confirmed_by=user
    )


def make() -> Till:
    """Make the pole and its people."""
    names = ("Pôle d'essai", "Cantine", "Moulin", "Ville", "Autre pôle")
    kinds = (Subject.Kind.POLE, *(Subject.Kind.ACTOR,) * 3, Subject.Kind.POLE)
    natures = ("unknown", "association", "association", "local_authority", "unknown")
    actor, canteen, mill, town, other = (
        create_actor(name, source=None, public=False, kind=kind, legal_nature=nature)
        for name, kind, nature in zip(names, kinds, natures, strict=True)
    )
    pole = Pole.objects.create(actor=actor, slug="pole-essai")
    Pole.objects.create(actor=other, slug="autre-pole")
    people = [
        User.objects.create_user(f"till{i}@people.example.org", name=name)
        for i, name in enumerate(("Anime", "Membre", "Meunière", "Passante", "Autre"))
    ]
    belong(people[0], actor, "animator")
    belong(people[1], canteen)
    belong(people[2], mill)
    belong(people[4], other, "animator")
    for one in (canteen, mill, town):
        add_member(pole, one, by=people[0])
    return Till(pole, canteen, mill, town, *people)


@pytest.fixture
def till(db: None) -> Till:
    """Return a pole with three members and no scale."""
    return make()
