"""A call that is open, and a file that its lead writes; the clock stands on an afternoon of the call."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pytest
import time_machine

from terreau.accounts.models import User
from terreau.calls.models import Call
from terreau.dossiers.models import Dossier
from tests.dossiers import making

NOW = datetime(2026, 3, 10, 14, 30, tzinfo=making.PARIS)


@dataclass
class Desk:
    """What the tests of files stand on."""

    call: Call
    dossier: Dossier
    lead: User
    writer: User
    reader: User
    officer: User
    stranger: User


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Stop the clock on the afternoon of the 10th of March 2026."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def make() -> Desk:
    """Make the call, the file, its team, an officer of everywhere and a stranger."""
    call = making.call()
    lead, writer, reader, officer, stranger = (
        making.person(name) for name in ("Lise", "Karim", "Rose", "Odile", "Passant")
    )
    dossier = making.dossier(call, lead=lead, title="")
    making.joins(dossier, writer)
    making.joins(dossier, reader, "reader")
    making.role(officer, call)
    return Desk(call, dossier, lead, writer, reader, officer, stranger)


@pytest.fixture
def desk(db: None, clock: time_machine.Traveller) -> Desk:
    """Return a draft and its people."""
    return make()
