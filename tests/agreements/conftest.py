"""A laureate with its agreement and everybody around: made directly, without territories nor register."""

import time
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from terreau.accounts.models import User
from terreau.actors import belonging
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor
from terreau.agreements import agreeing, deed_text, paying
from terreau.agreements.models import Agreement, Deed, Instalment, PaymentRequest
from terreau.calls.models import Call, FormVersion, Programme, Role
from terreau.dossiers.models import Answer, Dossier, Writer
from terreau.envelopes import actions as envelopes
from terreau.envelopes.models import Envelope
from terreau.poles.models import Pole
from terreau.subjects.models import Subject
from tests.people import enrol

_turn = count(1)
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
FORM = {
    "pages": [
        {
            "code": "argent",
            "title": "Argent",
            "sections": [
                {
                    "code": "budget",
                    "title": "Budget",
                    "fields": [
                        {"key": "budget", "kind": "budget", "label": "Budget"},
                        {"key": "plan", "kind": "financing", "label": "Plan"},
                    ],
                }
            ],
        }
    ]
}


@dataclass
class Office:
    """What the tests of agreements stand on; ``lead`` animates the applicant, which is a pole."""

    programme: Programme
    call: Call
    dossier: Dossier
    applicant: Actor
    pole: Pole
    ministry: Actor
    owner: User
    officer: User
    lead: User
    writer: User
    reviewer: User
    auditor: User
    stranger: User
    envelope: Envelope
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return timezone.localdate()

    def path(self, tail: str) -> str:
        """Return an address of the file."""
        return f"/dossiers/{self.dossier.pk}/{tail}"

    def answers(self, **values: Any) -> None:
        """Write what the file says."""
        for key, value in values.items():
            Answer.objects.update_or_create(dossier=self.dossier, key=key, defaults={"value": value})

    def award(self, cents: int = 10_000_000) -> None:
        """Commit an award to the file."""
        envelopes.commit(self.envelope, self.dossier, cents, by=self.owner, origin=f"award:{self.dossier.pk}")

    def prepared(self, cents: int = 10_000_000) -> tuple[Agreement, Deed]:
        """Prepare the agreement of the award, complete."""
        self.award(cents)
        row = agreeing.prepare(self.dossier, by=self.officer)
        deed = Deed.objects.select_related("agreement").get(agreement=row)
        half = cents // 2
        body = {
            "object": "Animer le pôle pendant deux ans.",
            "valid_from": self.today.isoformat(),
            "valid_to": (self.today + timedelta(days=730)).isoformat(),
            "cents": cents,
            "schedule": [
                {"kind": "advance", "label": "", "cents": half, "due": None, "condition": ""},
                {"kind": "balance", "label": "", "cents": cents - half, "due": None, "condition": "Rapport"},
            ],
        }
        return row, agreeing.write(deed, body, seen=deed.version, by=self.officer)

    def frozen(self, cents: int = 10_000_000) -> tuple[Agreement, Deed]:
        """Freeze it."""
        row, deed = self.prepared(cents)
        return row, agreeing.freeze(deed, seen=deed.version, by=self.officer)

    def sign_all(self, deed: Deed) -> None:
        """Have every signatory sign."""
        for one in deed_text.signatories(deed):
            by = self.lead if one.side == "applicant" else self.owner
            agreeing.sign(deed, one, sha256=deed.sha256, by=by)

    def signed(self, cents: int = 10_000_000) -> Agreement:
        """Have the agreement signed of all."""
        row, deed = self.frozen(cents)
        self.sign_all(deed)
        return Agreement.objects.get(pk=row.pk)

    def part(self, row: Agreement, rank: int = 1) -> Instalment:
        """Return an instalment of the schedule."""
        return Instalment.objects.select_related("agreement").get(agreement=row, rank=rank, dropped_at=None)

    def asked(self, row: Agreement, rank: int = 1, **values: Any) -> PaymentRequest:
        """Ask for an instalment."""
        values.setdefault("key", f"key-{next(_turn)}")
        values.setdefault("cents", None)
        return paying.ask(self.part(row, rank), by=self.lead, **values)

    def accepted(self, row: Agreement, rank: int = 1) -> PaymentRequest:
        """Have an instalment asked and accepted."""
        return paying.accept(self.asked(row, rank), cents=None, by=self.officer)

    def enter(self, client: Client, user: User) -> None:
        """Sign a person in, who has just proved who they are."""
        enrol(user)
        client.force_login(user)
        session = client.session
        proof = {"method": "mfa", "type": "totp", "at": time.time(), "reauthenticated": True}
        session[AUTHENTICATION_METHODS_SESSION_KEY] = [proof]
        session[f"{AUTHENTICATION_METHODS_SESSION_KEY}_user"] = str(user.pk)
        session.save()


def file(name: str = "lettre.pdf") -> SimpleUploadedFile:
    """Return a file to send."""
    return SimpleUploadedFile(name, PDF, content_type="application/pdf")


def office() -> Office:
    """Make a laureate of a call, with an envelope of 200 000 €."""
    turn = next(_turn)
    names = ("porteuse", "instructeur", "pilote", "redacteur", "relectrice", "controle", "inconnue")
    people = [User.objects.create_user(f"{name}{turn}@agreements.example.org", name=name) for name in names]
    owner, officer, lead, writer, reviewer, auditor, stranger = people
    ministry = create_actor(f"Ministère {turn}", source=None, public=True, by=owner)
    applicant = create_actor(f"Pôle {turn}", source=None, public=True, by=lead, kind="pole")
    pole = Pole.objects.create(actor=applicant, slug=f"pole-{turn}")
    belonging.found(lead, applicant, by=lead)
    programme = Programme.objects.create(
        subject=Subject.objects.create(kind="programme", public=True),
        slug=f"argent-{turn}",
        name="Programme",
        owner=ministry,
        owner_name=ministry.name,
        state="published",
    )
    call = Call.objects.create(
        subject=Subject.objects.create(kind="call", public=True),
        programme=programme,
        slug=f"convention-{turn}",
        title="Appel",
        state="decided",
        duration_months=24,
    )
    for user, role in ((owner, "owner"), (officer, "officer"), (reviewer, "reviewer"), (auditor, "auditor")):
        Role.objects.create(user=user, call=call, role=role, valid_from=date(2020, 1, 1))
    Role.objects.create(user=owner, programme=programme, role="owner", valid_from=date(2020, 1, 1))
    form = FormVersion.objects.create(call=call, number=1, content=FORM)
    dossier = Dossier.objects.create(
        subject=Subject.objects.create(kind="dossier"),
        call=call,
        number=1,
        form=form,
        applicant=applicant,
        pole=pole,
        title="Un pôle qui nourrit",
        asked_cents=10_000_000,
        state="laureate",
        deposited_at=timezone.now(),
    )
    for user, role in ((lead, "lead"), (writer, "writer")):
        Writer.objects.create(dossier=dossier, user=user, role=role, accepted_at=timezone.now())
    purse = envelopes.open(programme, name="Enveloppe", cents=20_000_000, by=owner)
    return Office(
        programme,
        call,
        dossier,
        applicant,
        pole,
        ministry,
        owner,
        officer,
        lead,
        writer,
        reviewer,
        auditor,
        stranger,
        purse,
    )


@pytest.fixture
def desk(db: None) -> Office:
    """A laureate of a call, with an envelope of 200 000 €."""
    return office()
