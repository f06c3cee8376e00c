"""A programme with a call, and dossiers of it: made directly, without the territories nor the register."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from django.utils import timezone

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.calls.models import Call, FormVersion, Programme, Sponsor
from terreau.dossiers.models import Dossier
from terreau.envelopes import actions
from terreau.envelopes.models import Envelope
from terreau.subjects.models import Subject

_turn = count(1)


@dataclass
class Purse:
    """What the tests of envelopes stand on."""

    programme: Programme
    call: Call
    form: FormVersion
    by: User
    dossiers: list[Dossier] = field(default_factory=list)

    def dossier(self, state: str = "draft", **values: Any) -> Dossier:
        """Add a dossier to the call."""
        number = len(self.dossiers) + 1
        subject = Subject.objects.create(kind="dossier")
        actor = create_actor(f"Candidate {number}", source=None, public=True, by=self.by)
        if state != "draft":
            values.setdefault("deposited_at", timezone.now())
        row = Dossier.objects.create(
            subject=subject,
            call=self.call,
            number=number,
            form=self.form,
            applicant=actor,
            state=state,
            **values,
        )
        self.dossiers.append(row)
        return row

    def sponsor(self, name: str, **values: Any) -> Sponsor:
        return Sponsor.objects.create(call=self.call, name=name, **values)

    def envelope(self, cents: int, **values: Any) -> Envelope:
        values.setdefault("name", "Enveloppe")
        return actions.open(self.programme, cents=cents, by=self.by, **values)


def purse() -> Purse:
    """Make a programme with one open call and one dossier."""
    turn = next(_turn)
    by = User.objects.create_user(f"porteuse{turn}@envelopes.example.org", name="Porteuse")
    programme = Programme.objects.create(
        subject=Subject.objects.create(kind="programme", public=True),
        slug=f"programme-{turn}",
        name="Programme",
        owner_name="Ministère",
        state="published",
    )
    call = Call.objects.create(
        subject=Subject.objects.create(kind="call", public=True),
        programme=programme,
        slug=f"appel-{turn}",
        title="Appel",
        state="open",
    )
    form = FormVersion.objects.create(call=call, number=1, content={"pages": []})
    made = Purse(programme, call, form, by)
    made.dossier("laureate")
    return made


@pytest.fixture
def money(db: None) -> Purse:
    """A programme with one open call and one dossier."""
    return purse()
