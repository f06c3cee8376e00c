"""What the tests of actors start from."""

from datetime import date
from typing import Any

import pytest

from terreau.accounts.models import GlobalRole, User
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor
from terreau.pieces.models import Source
from terreau.pieces.sources import source as cite
from terreau.search import index
from terreau.subjects.models import Subject
from tests.people import enrol


@pytest.fixture
def source(db: None) -> Source:
    """A public page that everything is said by."""
    return cite("page", "exemple", "Page d'exemple", "présentation", "https://example.org/")


@pytest.fixture
def nobody_else(db: None) -> None:
    """Hide the actors that the session may have loaded for other tests; they come back at its end."""
    others = Subject.objects.filter(kind__in=[Subject.Kind.ACTOR, Subject.Kind.POLE])
    index.remove(*others.filter(public=True).values_list("pk", flat=True))
    others.update(public=False)


@pytest.fixture
def make(source: Source, nobody_else: None) -> Any:
    """Make a public actor: ``make("Archer", legal_nature="cooperative")``."""

    def made(name: str, **more: Any) -> Actor:
        return create_actor(name, **{"source": source, "public": True, **more})

    return made


@pytest.fixture
def moderator(db: None) -> User:
    """Somebody who keeps the register."""
    user = User.objects.create_user("moderation@example.org")
    GlobalRole.objects.create(user=user, role=GlobalRole.Role.MODERATOR, valid_from=date(2020, 1, 1))
    enrol(user)
    return user


@pytest.fixture
def member(db: None) -> User:
    """Somebody with an account and no role."""
    return User.objects.create_user("quelquun@example.org")
