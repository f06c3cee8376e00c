"""An owner, its animator, two organisations that sign: no territory nor seed is needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from django.test import Client

from terreau.accounts.models import User
from terreau.actors import belonging
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor
from terreau.charters import signing, writing
from terreau.charters.models import Charter, Draft, Signature, Text
from terreau.charters.signing import Person
from tests.people import enrol

WORDS = {
    "preamble_fr": "Nous tenons parole.",
    "values_fr": "- Écouter\n- Partager",
    "commitments_fr": "Venir",
}
WHO = Person("Ada Martin", "présidente", "décision du 3 mars 2026")


def user(name: str) -> User:
    """Return a person."""
    return User.objects.create_user(f"{name}@example.org", name=name.capitalize())


def organisation(name: str, animator: User | None = None, *, public: bool = True) -> Actor:
    """Return an organisation, animated by somebody."""
    actor = create_actor(name, source=None, public=public)
    if animator:
        belonging.found(animator, actor, by=animator)
    return actor


def published(charter: Charter, by: User, *, label: str = "2026", public: bool = True, **words: str) -> Text:
    """Write and publish a version."""
    draft = Draft.objects.get(charter=charter)
    draft = writing.save_draft(charter, WORDS | words, label=label, note="", version=draft.version, by=by)
    return writing.publish(charter, public=public, version=draft.version, by=by)


def signed(text: Text, actor: Actor, by: User, who: Person = WHO) -> Signature:
    """Sign as somebody who proved who they are."""
    return signing.sign(text, actor, who, agreed=True, sha256=text.sha256, by=by)


@dataclass
class World:
    """``keeper`` animates the owner; ``ada`` and ``bob`` animate the organisations A and B."""

    keeper: User
    owner: Actor
    charter: Charter
    ada: User
    a: Actor
    bob: User
    b: Actor
    stranger: User
    secrets: list[str] = field(default_factory=list)

    def link(self, token: str) -> str:
        """Make the address of a secret, and keep the secret."""
        self.secrets.append(token)
        return f"https://t.example/chartes/lien/{token}/"


def make_world() -> World:
    """Make the people, the organisations and a charter without a text."""
    keeper, ada, bob, stranger = (user(name) for name in ("keeper", "ada", "bob", "stranger"))
    owner = organisation("Pôle du Lin", keeper)
    a, b = organisation("Filature Anne", ada), organisation("Tissage Bob", bob)
    charter = writing.begin("Charte du lin", owner=owner, by=keeper)
    return World(keeper, owner, charter, ada, a, bob, b, stranger)


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.fixture
def text(world: World) -> Text:
    """The first version, public."""
    return published(world.charter, world.keeper)


@pytest.fixture
def as_(client: Client) -> Callable[..., Client]:
    """Sign somebody in: ``as_(user)``; ``proved``: they have just given a proof again."""
    from tests.people import People

    def start(who: User, *, proved: bool = False) -> Client:
        client.logout()
        enrol(who)
        nobody = People(*[who] * 8)  # type: ignore[arg-type]
        nobody.sign_in(client, who, proved=proved)
        return client

    return start
