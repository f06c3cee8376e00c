"""A pole without SIREN nor legal form, its animator, its carrier, two members, and people of elsewhere."""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor, Belonging
from terreau.flows import actions as flows
from terreau.flows import rules
from terreau.flows.models import Flow
from terreau.pieces.actions import declaration
from terreau.poles.composition import add_member
from terreau.poles.models import Carrier, Pole
from terreau.poles.workspace import Workspace, of_person
from terreau.subjects.models import Subject


@dataclass
class Yard:
    """What the tests of the workspace stand on."""

    pole: Pole
    carrier: Actor
    bakery: Actor
    orchard: Actor
    animator: User
    baker: User
    grower: User
    stranger: User
    neighbour: User

    def ws(self, user: User) -> Workspace:
        """Return the workspace as somebody sees it."""
        return of_person(user, self.pole.slug)

    def entry(self, **values: object) -> rules.Entry:
        """Return a line: the bakery gives an hour to the pole, unless said otherwise."""
        plain: dict[str, object] = {
            "giver": self.bakery.pk,
            "receiver": self.pole.pk,
            "nature": rules.TIME,
            "on": timezone.localdate(),
            "label": "Tri des invendus",
            "thousandths": 1_000,
            "unit": "hours",
            "purpose": self.pole.pk,
        }
        return rules.Entry(**{**plain, **values})  # type: ignore[arg-type]

    def line(self, by: User | None = None, **values: object) -> Flow:
        """Write a line."""
        return flows.record(self.pole.actor, [self.entry(**values)], by=by or self.animator)[0]


def belongs(user: User, actor: Actor, role: str = "member") -> None:
    """Make a person belong to an organisation."""
    now = timezone.now()
    Belonging.objects.create(
        user=user, actor=actor, role=role, asked_at=now, confirmed_at=now, confirmed_by=user
    )


def make(slug: str = "pole-essai", *, public: bool = False) -> Yard:
    """Make the pole; two of one test have two slugs."""

    def person(name: str) -> User:
        return User.objects.create_user(f"{name}.{slug}@people.example.org", name=name.capitalize())

    def actor(name: str, kind: str = Subject.Kind.ACTOR) -> Actor:
        return create_actor(f"{name} {slug}", source=None, public=public, kind=kind)

    pole = Pole.objects.create(actor=actor("Pôle", Subject.Kind.POLE), slug=slug)
    carrier, bakery, orchard = actor("Foyer"), actor("Fournil"), actor("Verger")
    animator, baker, grower, stranger, neighbour = map(
        person, ("animation", "boulange", "verger", "inconnue", "voisine")
    )
    belongs(animator, pole.actor, "animator")
    belongs(baker, bakery)
    belongs(grower, orchard)
    said = declaration(animator, date(2024, 1, 1))
    Carrier.objects.create(pole=pole, actor=carrier, valid_from=date(2024, 1, 1), source=said)
    for one in (bakery, orchard):
        add_member(pole, one, by=animator)
    other = Pole.objects.create(
        actor=create_actor(f"Ailleurs {slug}", source=None, public=False, kind=Subject.Kind.POLE),
        slug=f"ailleurs-{slug}",
    )
    belongs(neighbour, other.actor, "animator")
    return Yard(pole, carrier, bakery, orchard, animator, baker, grower, stranger, neighbour)
