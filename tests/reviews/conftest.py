"""A pole, its people, a peer pole that may be invited, a small scale grid: no register is loaded."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from terreau.accounts.models import User
from terreau.actors import belonging
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor
from terreau.common.canonical import digest
from terreau.grids.models import Grid, GridVersion
from terreau.pieces.sources import source as cite
from terreau.poles import listing
from terreau.poles.models import Membership, Pole
from terreau.reviews import campaigns
from terreau.reviews.campaigns import Plan
from terreau.reviews.models import Review
from terreau.subjects.models import Subject
from tests import people as people_of_tests


@dataclass
class Scene:
    """A pole with an animator, somebody of it, a person of a member organisation; a peer and its person."""

    pole: Pole
    peer: Pole
    version: GridVersion
    animator: User
    colleague: User
    member: User
    reviewer: User
    outsider: User

    def open(self, mode: str = "self", **more: Any) -> Review:
        """Open a campaign as the animator."""
        plan = Plan(mode, more.pop("title", "Le point de 2026"), **more)
        return campaigns.open_review(self.pole, self.version, plan, by=self.animator)

    def invite_peer(self) -> Review:
        """Open a co-evaluation by the peer pole."""
        return self.open("external", reviewer=self.peer.actor, quality="peer")

    def sign_in(self, client: Client, user: User, *, proved: bool = False) -> Client:
        """Sign somebody in; ``proved``: they have just proved who they are."""
        people_of_tests.People.sign_in(_Nobody, client, user, proved=proved)  # type: ignore[arg-type]
        return client


class _Nobody:
    """Nobody here has a role that needs a second factor."""

    moderator = moderator_elsewhere = officer = administrator = User()


def content(
    code: str = "grille-essai", version: str = "1", items: tuple[str, ...] = ("A1", "A2", "B1")
) -> Any:
    """Return what a small scale grid says."""
    labels = ["pas abordé", "en discussion", "expérimenté", "organisé", "ancré et évalué"]
    return {
        "code": code,
        "version": version,
        "title": {"fr": "Grille d'essai", "en": "Trial grid"},
        "summary": {"fr": "Pour essayer", "en": "To try"},
        "owner": {"name": "Essai"},
        "licence": {"fr": "Libre", "en": "Free"},
        "source": {"document": "Essai", "section": ""},
        "prescriptive": False,
        "nature": "scale",
        "subject": "pole",
        "axes": [
            {"code": axis, "title": {"fr": f"Axe {axis}", "en": f"Axis {axis}"}}
            for axis in dict.fromkeys(item[0] for item in items)
        ],
        "scale": [{"value": n, "label": {"fr": text, "en": text}} for n, text in enumerate(labels)],
        "criteria": [
            {
                "code": item,
                "axis": item[0],
                "kind": "echelle",
                "title": {"fr": f"Item {item}", "en": f"Item {item}"},
                "text": {"fr": f"Ce que dit {item}", "en": f"What {item} says"},
                "source": {"document": "Essai", "section": item},
            }
            for item in items
        ],
    }


def published(held: Any, *, supersedes: GridVersion | None = None) -> GridVersion:
    """Publish a version of a grid."""
    grid, _made = Grid.objects.get_or_create(
        code=held["code"], defaults={"title": held["title"], "nature": "scale", "public": True}
    )
    return GridVersion.objects.create(
        grid=grid,
        version=held["version"],
        state=GridVersion.State.PUBLISHED,
        text="",
        content=held,
        digest=digest(held),
        supersedes=supersedes,
        published_at=timezone.now(),
    )


def make_pole(name: str, *, public: bool = True) -> Pole:
    """Make a pole of a name, without a place."""
    source = cite("page", "exemple", "Page d'exemple", "", "https://example.org/")
    actor = create_actor(name, kind=Subject.Kind.POLE, source=source, public=public)
    pole = Pole.objects.create(actor=actor, slug=name.lower().replace(" ", "-"))
    listing.project([pole.pk])
    return pole


def make_scene() -> Scene:
    """Make everything."""
    source = cite("page", "exemple", "Page d'exemple", "", "https://example.org/")
    pole, peer = make_pole("Pôle essai"), make_pole("Pôle pair")
    Pole.objects.filter(pk=pole.pk).update(slug="pole-essai")
    Pole.objects.filter(pk=peer.pk).update(slug="pole-pair")
    pole.slug, peer.slug = "pole-essai", "pole-pair"
    workshop: Actor = create_actor("Atelier du bois", source=source, public=True)
    Membership.objects.create(pole=pole, actor=workshop, source=source)
    names = ("animatrice", "collegue", "membre", "evaluatrice", "passante")
    made = [User.objects.create_user(f"{name}@essai.example.org", name=name.capitalize()) for name in names]
    animator, colleague, member, reviewer, outsider = made
    belonging.found(animator, pole.actor, by=animator)
    belonging.confirm(belonging.ask(colleague, pole.actor, by=colleague), by=animator)
    belonging.found(member, workshop, by=member)
    belonging.found(reviewer, peer.actor, by=reviewer)
    return Scene(pole, peer, published(content()), animator, colleague, member, reviewer, outsider)


@pytest.fixture
def scene(db: None) -> Scene:
    """A pole, its people, a peer and a grid."""
    return make_scene()
