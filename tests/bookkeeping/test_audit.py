"""An auditor reads the books by a dated pass, with a second factor, seen by the journal; nobody else does."""

import time
from datetime import timedelta
from io import BytesIO

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.models import EmailAddress
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import activate

from terreau.accounts.models import User
from terreau.accounts.personal import erase, exported
from terreau.bookkeeping import audits
from terreau.bookkeeping.models import AuditPass
from terreau.common.errors import DomainError
from terreau.journal.models import Event, Refusal
from terreau.pieces.actions import attach
from tests.people import enrol
from tests.web.espace_yard import Yard

PAGES = ("", "_book", "_statements", "_accounts", "_gifts", "_invoices")


@pytest.fixture
def auditor(db: None) -> User:
    user = User.objects.create_user("audit@people.example.org", name="Vérifie")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def prove(client: Client, user: User) -> None:
    """Sign somebody in who has just given their second factor."""
    enrol(user)
    client.force_login(user)
    session = client.session
    record = {"method": "mfa", "type": "totp", "at": time.time(), "reauthenticated": True}
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [record]
    session[f"{AUTHENTICATION_METHODS_SESSION_KEY}_user"] = str(user.pk)
    session.save()


def given(yard: Yard, *, email: str = "Audit@people.example.org", days: int = 30) -> AuditPass:
    today = timezone.localdate()
    until = today + timedelta(days=days)
    ws = yard.ws(yard.animator)
    return audits.give(ws, email=email, purpose="Comptes 2025", since=today, until=until)


def at(yard: Yard, name: str = "") -> str:
    return reverse(f"pole_audit{name}", args=[yard.pole.slug])


def test_nobody_reads_without_a_pass(yard: Yard, auditor: User, client: Client) -> None:
    for user in (None, yard.stranger, yard.neighbour, yard.baker, yard.animator, auditor):
        if user:
            enrol(user)
            client.force_login(user)
        for page in PAGES:
            assert client.get(at(yard, page)).status_code == 404, (user, page)
    assert not Event.objects.filter(verb=audits.READ).exists()


def test_an_auditor_reads_everything_and_the_journal_sees_it(
    yard: Yard, auditor: User, client: Client
) -> None:
    flow = yard.line(cents=1_000, method="agreed")
    given(yard)
    client.force_login(auditor)
    assert client.get(at(yard)).status_code == 302, "led to a second factor first"
    assert Refusal.objects.get(verb=audits.READ).by == auditor.pk
    enrol(auditor)
    for path in [at(yard, page) for page in PAGES]:
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert "no-store" in answer["Cache-Control"]
        assert client.get(path + "?format=csv").getvalue()
        assert client.post(path).status_code == 405
        assert client.get("/en" + path).status_code == 200
    activate("fr")
    assert Event.objects.filter(verb=audits.READ, by=auditor.pk).count() == 3 * len(PAGES)
    assert flow.label in client.get(at(yard, "_book")).content.decode()
    assert client.get(reverse("espace", args=[yard.pole.slug])).status_code == 404
    client.force_login(yard.animator)
    page = client.get(reverse("espace_auditors", args=[yard.pole.slug])).content.decode()
    assert "Vérifie" in page


def test_a_pass_that_is_over_opens_nothing(yard: Yard, auditor: User, client: Client) -> None:
    enrol(auditor)
    client.force_login(auditor)
    row = given(yard)
    assert client.get(at(yard)).status_code == 200
    AuditPass.objects.filter(pk=row.pk).update(
        since=timezone.localdate() - timedelta(days=9), until=timezone.localdate() - timedelta(days=1)
    )
    assert client.get(at(yard)).status_code == 404
    again = given(yard)
    assert client.get(at(yard)).status_code == 200
    audits.end(yard.ws(yard.animator), again.pk)
    assert client.get(at(yard)).status_code == 404


def test_an_address_that_was_not_proved_opens_nothing(yard: Yard, auditor: User, client: Client) -> None:
    given(yard)
    enrol(auditor)
    EmailAddress.objects.filter(user=auditor).update(verified=False)
    client.force_login(auditor)
    assert client.get(at(yard)).status_code == 404


def test_passes_are_given_by_who_animates_and_has_just_proved_who_they_are(
    yard: Yard, client: Client
) -> None:
    where = reverse("espace_auditors", args=[yard.pole.slug])
    today = timezone.localdate()
    typed = {"email": "audit@people.example.org", "purpose": "Comptes", "since": today.isoformat()}
    typed |= {"until": (today + timedelta(days=30)).isoformat()}
    for user in (None, yard.stranger, yard.neighbour):
        if user:
            client.force_login(user)
        assert client.get(where).status_code == 404
        assert client.post(where, typed).status_code == 404
    client.force_login(yard.baker)
    assert client.get(where).status_code == 403
    assert client.post(where, typed).status_code == 403
    client.force_login(yard.animator)
    assert client.get(where).status_code == 200
    assert client.post(where, typed).status_code == 302
    assert not AuditPass.objects.exists(), "a proof is asked first"
    prove(client, yard.animator)
    assert client.post(where, {**typed, "until": "2001-01-01"}).status_code == 422
    assert (
        client.post(where, {**typed, "until": (today + timedelta(days=900)).isoformat()}).status_code == 422
    )
    assert client.post(where, typed).status_code == 302
    row = AuditPass.objects.get()
    twice = client.post(where, typed)
    assert twice.status_code == 422
    assert "déjà un accès" in twice.content.decode()
    end = reverse("espace_auditor_end", args=[yard.pole.slug, row.pk])
    client.force_login(yard.baker)
    assert client.post(end).status_code == 403
    client.force_login(yard.animator)
    assert client.post(end).status_code == 302
    row.refresh_from_db()
    assert row.ended_by == yard.animator


def test_a_piece_is_saved_never_run(yard: Yard, auditor: User, client: Client) -> None:
    given(yard)
    enrol(auditor)
    client.force_login(auditor)
    file = BytesIO(b"douze euros")
    piece = attach(yard.pole.actor.subject, file, "ticket.txt", by=yard.animator)
    piece.__class__.objects.filter(pk=piece.pk).update(state="clean")
    flow = yard.line(piece=piece.pk)
    plain = yard.line()
    answer = client.get(reverse("pole_audit_piece", args=[yard.pole.slug, flow.rank]))
    assert answer.status_code == 200
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer.getvalue() == b"douze euros"
    assert client.get(reverse("pole_audit_piece", args=[yard.pole.slug, plain.rank])).status_code == 404
    client.force_login(yard.baker)
    assert client.get(reverse("pole_audit_piece", args=[yard.pole.slug, flow.rank])).status_code == 404


def test_few_questions(yard: Yard, auditor: User, client: Client) -> None:
    given(yard)
    enrol(auditor)
    client.force_login(auditor)
    counts = []
    for more in (3, 27):
        for _turn in range(more):
            yard.line()
        asked = []
        for page in PAGES:
            with CaptureQueriesContext(connection) as found:
                client.get(at(yard, page))
            asked.append(len(found))
        counts.append(asked)
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 40, counts


def test_what_is_held_of_an_auditor_is_given_and_erased(yard: Yard, auditor: User) -> None:
    row = given(yard)
    assert "Comptes 2025" in str(exported(auditor))
    erase(auditor)
    row.refresh_from_db()
    assert "audit@" not in row.email


def test_a_bad_address_is_refused(yard: Yard) -> None:
    with pytest.raises(DomainError):
        given(yard, email="pas une adresse")
