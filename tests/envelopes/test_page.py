"""The page of the envelopes: opened by the owner, read by the roles of the programme, by nobody else."""

import time
from datetime import UTC, date, datetime

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.test import Client

from terreau.accounts.models import User
from terreau.calls.models import Role
from terreau.envelopes import read
from terreau.envelopes.models import Envelope, EnvelopeMove
from terreau.envelopes.views import MOVES
from tests.envelopes.conftest import Purse
from tests.people import enrol


def _as(user: User, *, proved: bool = True) -> Client:
    client = Client()
    enrol(user)
    client.force_login(user)
    session = client.session
    if proved:
        proof = {"method": "mfa", "type": "totp", "at": time.time(), "reauthenticated": True}
        session[AUTHENTICATION_METHODS_SESSION_KEY] = [proof]
        session[f"{AUTHENTICATION_METHODS_SESSION_KEY}_user"] = str(user.pk)
        session.save()
    return client


def _role(money: Purse, role: str) -> User:
    user = User.objects.create_user(f"{role}@envelopes.example.org", name=role)
    Role.objects.create(user=user, programme=money.programme, role=role, valid_from=date(2020, 1, 1))
    return user


def test_the_owner_opens_and_changes(money: Purse) -> None:
    owner, address = _as(_role(money, "owner")), f"/programmes/{money.programme.slug}/enveloppe/"
    assert "Aucune enveloppe" in owner.get(address).content.decode()
    typed = {"faire": "open", "name": "Volet", "cents": "20 000 000", "source": "S2, proposition 1"}
    assert owner.post(address, {**typed, "cents": ""}).status_code == 422
    assert owner.post(address, typed).status_code == 302
    row = Envelope.objects.get()
    assert row.budget_cents == 2_000_000_000
    cut = {"faire": f"budget-{row.pk.hex}", "way": "less", "cents": "20 000 001", "reason": "Coupe"}
    refused = owner.post(address, cut)
    assert refused.status_code == 409
    assert "20\u202f000\u202f000" in refused.content.decode()
    assert owner.post(address, {**cut, "cents": "5 000 000"}).status_code == 302
    assert read.state(row).budget == 1_500_000_000
    page = owner.get(f"{address}?poles=50&aid=100000&years=3").content.decode()
    assert "tient" in page
    export = owner.get(f"{address}?format=csv")
    text = b"".join(export.streaming_content) if export.streaming else export.content
    assert b"Coupe" in text


def test_a_move_of_the_night_is_of_its_day_in_paris() -> None:
    move = EnvelopeMove(at=datetime(2026, 6, 30, 22, 30, tzinfo=UTC))
    assert MOVES[0].read(move) == date(2026, 7, 1)


def test_who_reads_and_who_does_not(money: Purse) -> None:
    """Roles of the programme read and do not write; strangers are refused; the proof is asked."""
    address = f"/programmes/{money.programme.slug}/enveloppe/"
    money.envelope(100)
    auditor = _as(_role(money, "auditor"))
    assert auditor.get(address).status_code == 200
    assert auditor.post(address, {"faire": "open", "name": "x", "cents": "1"}).status_code == 403
    assert _as(_role(money, "reviewer")).get(address).status_code == 403
    assert _as(money.by).get(address).status_code == 403
    assert Client().get(address).status_code == 302
    unproved = _as(_role(money, "owner"), proved=False)
    response = unproved.post(address, {"faire": "open", "name": "x", "cents": "1"})
    assert response.status_code == 302
    assert Envelope.objects.count() == 1
