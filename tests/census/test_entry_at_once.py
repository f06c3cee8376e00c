"""Two pages, or two people, on one draft at the same moment."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress

from terreau.accounts.models import User
from terreau.census import entry
from terreau.census.entry_rules import Entry, Party
from terreau.census.models import Draft
from terreau.poles.models import Pole
from tests.two_connections import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def held(draft: Draft) -> Entry:
    return Entry.read(Draft.objects.get(pk=draft.pk).data)


def _one_commune() -> tuple[Draft, User]:
    """Without the territories: a test that commits for real begins with an empty database."""
    user = User.objects.create_user("twice@example.org")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return entry.start("Pôle", by=user)[0], user


def test_two_pages_at_once_lose_nothing() -> None:
    draft, _user = _one_commune()

    def add(name: str) -> Any:
        return lambda: entry.add_members(draft, [Party(name)])

    at_once(*(add(f"Asso {n}") for n in range(4)))
    assert sorted(one.name for one in held(draft).members) == [f"Asso {n}" for n in range(4)]


def test_two_pages_at_once_on_one_field_one_is_told() -> None:
    draft, _user = _one_commune()

    def write(tab: str) -> Any:
        return lambda: entry.save(draft, {"intention": f"Texte {tab}"}, base={"intention": ""}, tab=tab)

    results = at_once(write("1"), write("2"))
    assert sorted(type(one).__name__ for one in results) == ["Draft", "StaleWriteError"]


def test_two_submissions_at_once_make_one_pole(monkeypatch: pytest.MonkeyPatch) -> None:
    draft, user = _one_commune()
    monkeypatch.setattr(entry.entry_rules, "lacks", lambda _entry: [])

    def submit() -> Any:
        return entry.submit(draft, by=user, version=draft.version, public=False)

    results = at_once(submit, submit)
    assert sorted(type(one).__name__ for one in results) == ["DomainError", "Pole"], results
    assert Pole.objects.count() == 1
