"""A call with its officer, three reviewers, a sponsor and four files deposited: rows alone."""

import time
from dataclasses import dataclass, field
from typing import Any

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.test import Client

from terreau.accounts.models import User
from terreau.calls.models import Call, Sponsor
from terreau.calls.perms import Standing, standing
from terreau.dossiers.models import Dossier
from terreau.instruction import assigning
from terreau.subjects.actions import create
from terreau.subjects.models import Subject
from terreau.territories.models import Zone
from tests.dossiers import making
from tests.people import enrol

GRID = {
    "criteria": [
        {"code": "utility", "label": "Utilité", "weight": 2, "max": 5, "text": True},
        {"code": "team", "label": "Équipe", "weight": 1, "max": 10, "text": False},
    ]
}
STAGES = [{"code": "national", "opinion": "none"}, {"code": "committee", "opinion": "none"}]
WORDS = {"score:utility": 4, "text:utility": "Répond à un besoin.", "score:team": 7, "advice": "Oui."}


@dataclass
class Office:
    """What the tests of instruction stand on: ``files[i]`` are deposited, ``leads[i]`` wrote them."""

    call: Call
    owner: User
    officer: User
    reviewers: list[User]
    leads: list[User]
    files: list[Dossier]
    sponsor: Sponsor
    ministry: User
    extra: dict[str, Any] = field(default_factory=dict)

    def held(self, user: User) -> Standing:
        """How a person stands in the call."""
        return standing(user, self.call)

    def give(self, place: int, *reviewers: int) -> None:
        """Give a file to some reviewers."""
        for one in reviewers:
            assigning.assign(self.files[place], self.reviewers[one], assigning.REVIEWER, by=self.owner)

    def path(self, place: int, tail: str = "") -> str:
        """Return the address of a file under instruction."""
        return f"/instruction/dossiers/{self.files[place].pk}/{tail}"

    def fresh(self, place: int) -> Dossier:
        """Return a file as the base holds it."""
        return Dossier.objects.select_related("call__programme", "subject", "form", "zone").get(
            pk=self.files[place].pk
        )


def make(**values: Any) -> Office:
    """Make the call, its people and its files."""
    call = making.call(**({"review": GRID, "stages": STAGES} | values))
    names = ("Porteuse", "Instructrice", "Ministère", "Relit A", "Relit B", "Relit C")
    owner, officer, ministry, *reviewers = [making.person(name) for name in names]
    sponsor = making.sponsor(call)
    making.role(owner, call, "owner")
    making.role(officer, call, "officer")
    making.role(ministry, call, "sponsor", sponsor=sponsor)
    for one in reviewers:
        making.role(one, call, "reviewer")
    for one in (owner, officer, ministry, *reviewers):
        enrol(one)
    leads = [making.person(f"Candidate {i}") for i in range(4)]
    files = [
        making.dossier(call, lead=lead, state="deposited", answers=making.COMPLETE, title=f"Projet {i}")
        for i, lead in enumerate(leads)
    ]
    return Office(call, owner, officer, reviewers, leads, files, sponsor, ministry)


@pytest.fixture
def office(db: None) -> Office:
    """A call whose files were just deposited."""
    return make()


def region(code: str, name: str) -> Zone:
    """Make a region."""
    subject = create(Subject.Kind.TERRITORY, public=True)
    return Zone.objects.create(subject=subject, level="region", code=code, name=name, cog_year=2026)


def sign_in(client: Client, user: User) -> Client:
    """Sign a person in, who has just proved who they are: what decisions ask."""
    enrol(user)
    client.force_login(user)
    session = client.session
    record = {"method": "mfa", "type": "totp", "at": time.time(), "reauthenticated": True}
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [record]
    session[f"{AUTHENTICATION_METHODS_SESSION_KEY}_user"] = str(user.pk)
    session.save()
    return client
