"""Small files and the people who bring them."""

import csv
import io
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pytest

from terreau.accounts.models import GlobalRole, User
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor
from terreau.imports import actions, kinds
from terreau.imports.models import Import

#: Real legal units of the samples (digital sector), and one that does not exist.
TEAM_MOVE, JUNIOR_ISEN, ANCDAIO = "100070044", "100029172", "100094655"
NOBODY = "123456789"
LIST = {"on": "2026-03-01", "document": "Liste d'essai"}


@pytest.fixture
def officer(db: None) -> User:
    user = User.objects.create_user("officer@example.org")
    GlobalRole.objects.create(user=user, role="officer", valid_from=date(2026, 1, 1))
    return user


@pytest.fixture
def stranger(db: None) -> User:
    return User.objects.create_user("reader@example.org")


@pytest.fixture
def actor(db: None) -> Actor:
    return create_actor("Team Move", source=None, public=True, siren=TEAM_MOVE)


def sheet(*rows: Sequence[str], separator: str = ";", encoding: str = "utf-8") -> io.BytesIO:
    """Return a CSV file of these rows."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows(rows)
    return io.BytesIO(text.getvalue().encode(encoding))


Bring = Callable[..., Import]


@pytest.fixture
def bring(officer: User) -> Bring:
    """Bring rows as a file of a kind and check them with the columns guessed."""

    def do(kind: str, *rows: Sequence[str], options: dict[str, str] | None = None, **more: Any) -> Import:
        brought = actions.bring(
            kinds.get(kind), sheet(*rows), "essai.csv", by=more.pop("by", officer), **more
        )
        given = LIST if options is None and kind == "ess" else options or {}
        return actions.say_columns(brought, brought.mapping, given, by=brought.by)

    return do
