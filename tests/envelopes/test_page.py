"""The page of the envelopes: opened by the owner, read by the roles of the programme, by nobody else."""

import time
from datetime import UTC, date, datetime
from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.test import Client

from terreau.accounts.models import User
from terreau.calls.models import Call, FormVersion, Role, Strand
from terreau.common.identifiers import uuid7
from terreau.envelopes import actions, read
from terreau.envelopes.models import Envelope, EnvelopeMove
from terreau.envelopes.views import MOVES
from terreau.subjects.models import Subject
from tests.envelopes.conftest import Purse
from tests.instruction.conftest import region
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


def _role(money: Purse, role: str, **where: Any) -> User:
    user = User.objects.create_user(f"{role}{uuid7().hex}@envelopes.example.org", name=role)
    where = where or {"programme": money.programme}
    Role.objects.create(user=user, role=role, valid_from=date(2020, 1, 1), **where)
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
    assert "Coupe</textarea>" in refused.content.decode()
    assert owner.post(address, {**cut, "cents": "5 000 000"}).status_code == 302
    assert read.state(row).budget == 1_500_000_000
    more = {**cut, "way": "more", "cents": "1", "reason": "Deux clics", "key": "clic-1"}
    opened = {**typed, "name": "Autre volet", "key": "clic-2"}
    for _click in range(2):
        assert owner.post(address, more).status_code == 302
        assert owner.post(address, opened).status_code == 302
    assert read.state(row).budget == 1_500_000_100
    assert Envelope.objects.count() == 2
    assert owner.get(address).content.decode().count('name="key"') == 3
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
    assert _as(_role(money, "officer", call=money.call)).get(address).status_code == 403
    assert _as(money.by).get(address).status_code == 403
    assert Client().get(address).status_code == 302
    unproved = _as(_role(money, "owner"), proved=False)
    response = unproved.post(address, {"faire": "open", "name": "x", "cents": "1"})
    assert response.status_code == 302
    assert Envelope.objects.count() == 1


def test_the_owner_of_one_call_reads_what_it_draws_on(money: Purse) -> None:
    """Its strand's envelope and its own moves: nothing of another strand nor of another call, no button."""
    study, trial = (
        Strand.objects.create(programme=money.programme, code=code, name=code, kind="other")
        for code in ("etude", "essai")
    )
    money.call.strands.add(trial)
    whole = money.envelope(1_000_000, name="Tout le programme")
    money.envelope(200_000, name="Les études", parent=whole, strand=study)
    drawn = money.envelope(300_000, name="Les essais", parent=whole, strand=trial)
    other = _other_call(money, trial)
    actions.commit(drawn, money.dossiers[0], 12_300, by=None, origin="ours")
    actions.commit(drawn, other.dossier("laureate"), 45_600, by=None, origin="theirs")
    address = f"/programmes/{money.programme.slug}/enveloppe/"
    owner = _as(_role(money, "owner", call=money.call))
    page = owner.get(address).content.decode()
    assert "Les essais" in page
    assert "Les études" not in page
    assert "Tout le programme" not in page
    assert money.dossiers[0].reference in page
    assert other.dossiers[0].reference not in page
    assert "envelope-depth-0" in page
    assert 'value="open"' not in page
    assert owner.post(address, {"faire": "open", "name": "x", "cents": "1"}).status_code == 403
    export = owner.get(f"{address}?format=csv")
    text = b"".join(export.streaming_content) if export.streaming else export.content
    assert money.dossiers[0].reference.encode() in text
    assert other.dossiers[0].reference.encode() not in text


def test_an_officer_of_a_region_reads_its_moves(money: Purse) -> None:
    """A regional officer of the programme reads its sums, and the moves of the files of the region."""
    here, away = region("53", "Bretagne"), region("76", "Occitanie")
    envelope = money.envelope(300_000)
    rows = [money.dossier("laureate", zone=zone) for zone in (here, away)]
    for row in rows:
        actions.commit(envelope, row, 1_000, by=None, origin=row.pk.hex)
    officer = _as(_role(money, "officer", programme=money.programme, zone=here))
    page = officer.get(f"/programmes/{money.programme.slug}/enveloppe/").content.decode()
    assert rows[0].reference in page
    assert rows[1].reference not in page


def _other_call(money: Purse, strand: Strand) -> Purse:
    """Return another call of the same programme, on the same strand."""
    call = Call.objects.create(
        subject=Subject.objects.create(kind="call", public=True),
        programme=money.programme,
        slug=f"{money.call.slug}-bis",
        title="Autre appel",
        state="open",
    )
    call.strands.add(strand)
    form = FormVersion.objects.create(call=call, number=1, content={"pages": []})
    return Purse(money.programme, call, form, money.by)
