"""A call whose files are before its committee, with an envelope of 100,000 €: rows alone."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from terreau.accounts.models import User
from terreau.calls.models import Call
from terreau.dossiers.models import Dossier
from terreau.envelopes import actions as envelopes
from terreau.envelopes.models import Envelope
from terreau.selection import committee
from terreau.selection.models import Committee
from tests.dossiers import making
from tests.people import enrol

STAGES = [{"code": "committee", "opinion": "none"}]
ASKED = (6_000_000, 5_000_000, 4_000_000, 3_000_000)


@dataclass
class Table:
    """What the tests of the committee stand on."""

    call: Call
    owner: User
    member: User
    officer: User
    stranger: User
    files: list[Dossier]
    envelope: Envelope
    body: Committee

    def path(self, tail: str = "") -> str:
        """Return an address of the committee."""
        return f"/comite/{self.call.slug}/{tail}"

    def fresh(self, place: int) -> Dossier:
        """Return a file as the base holds it."""
        return Dossier.objects.select_related("call__programme", "subject").get(pk=self.files[place].pk)


def make(cents: int = 10_000_000, **values: Any) -> Table:
    """Make the call, its committee, four files and the envelope."""
    call = making.call(**({"stages": STAGES, "ranking": {"by": "score"}} | values))
    owner, member, officer, stranger = [making.person(n) for n in ("Porteuse", "Membre", "Odile", "Passant")]
    for user, kind in ((owner, "owner"), (member, "committee"), (officer, "officer")):
        making.role(user, call, kind)
        enrol(user)
    files = [
        making.dossier(call, lead=making.person(f"Candidate {i}"), state="committee", title=f"Projet {i}")
        for i in range(len(ASKED))
    ]
    for one, asked in zip(files, ASKED, strict=True):
        Dossier.objects.filter(pk=one.pk).update(asked_cents=asked)
        one.refresh_from_db()
    purse = envelopes.open(call.programme, name="Enveloppe", cents=cents, call=call, by=owner)
    body = committee.compose(call, name="Comité interministériel", by=owner)
    committee.seat(
        body,
        name="Membre",
        quality="Ministère de la ville",
        since=date(2026, 1, 1),
        email=member.email,
        by=owner,
    )
    return Table(call, owner, member, officer, stranger, files, purse, body)


@pytest.fixture
def table(db: None) -> Table:
    """A call before its committee."""
    return make()
