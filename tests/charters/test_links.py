"""Signing by a personal link, without an account."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from terreau.census import tokens
from terreau.charters import held, links, signing
from terreau.charters.models import Request, Signature, Signer, Text
from terreau.common.errors import DomainError
from tests.charters.conftest import World, published, signed

SIGN = {"name": "Ada Martin", "quality": "présidente", "mandate": "", "agreed": "on"}


@pytest.fixture(autouse=True)
def _after_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    """What leaves after the commit leaves at once: a test never commits."""
    monkeypatch.setattr("terreau.charters.links.transaction.on_commit", lambda leave: leave())


def asked(world: World, **more: str) -> Request:
    values = {"email": "ada@example.org", "message": "À bientôt."} | more
    return links.ask(world.charter, world.a, by=world.keeper, link=world.link, **values)


def test_a_link_is_sent_and_only_its_digest_is_kept(world: World, text: Text) -> None:
    row = asked(world)
    assert row.token_hash == tokens.digest(world.secrets[0])
    assert world.secrets[0] in mail.outbox[0].body
    assert "À bientôt." in mail.outbox[0].body
    assert mail.outbox[0].subject == "Pôle du Lin vous invite à signer une charte"
    row.refresh_from_db()
    assert row.sent_at


def test_somebody_signs_by_a_link_reads_the_proof_and_withdraws(
    world: World, text: Text, client: Client
) -> None:
    asked(world)
    path = f"/chartes/lien/{world.secrets[0]}/"
    page = client.get(path)
    assert "Nous tenons parole." in page.content.decode()
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert client.post(path, SIGN | {"sha256": text.sha256}).status_code == 302
    row = Signature.objects.get()
    assert (row.proof, row.by, row.sha256) == ("link", None, text.sha256)
    assert signing.problems(row) == []
    assert row.seal in client.get(path).content.decode()
    client.post(path, {"faire": "retirer", "reason": "Erreur."})
    assert "Signature retirée" in client.get(path).content.decode()
    assert client.post(path, {"faire": "retirer"}).status_code == 409


@pytest.mark.parametrize("end", ["revoked", "expired"])
def test_a_closed_link_takes_no_signature(world: World, text: Text, client: Client, end: str) -> None:
    row = asked(world)
    if end == "revoked":
        links.revoke(row, by=world.keeper)
    else:
        Request.objects.update(expires_at=timezone.now() - timedelta(days=1))
    answer = client.post(f"/chartes/lien/{world.secrets[0]}/", SIGN | {"sha256": text.sha256})
    assert answer.status_code == 410
    assert not Signature.objects.exists()


def test_a_link_to_the_text_before_signs_nothing(world: World, text: Text, client: Client) -> None:
    asked(world)
    published(world.charter, world.keeper, label="2027", preamble_fr="Mieux.")
    page = client.get(f"/chartes/lien/{world.secrets[0]}/")
    assert "nouvelle version a été publiée" in page.content.decode()
    client.post(f"/chartes/lien/{world.secrets[0]}/", SIGN | {"sha256": text.sha256})
    assert not Signature.objects.exists()


def test_a_reminder_replaces_the_link_and_waits_two_days(world: World, text: Text, client: Client) -> None:
    row = asked(world)
    with pytest.raises(DomainError, match="moins de deux jours"):
        links.remind(row, by=world.keeper, link=world.link)
    Request.objects.update(sent_at=timezone.now() - timedelta(days=3))
    links.remind(row, by=world.keeper, link=world.link)
    assert client.get(f"/chartes/lien/{world.secrets[0]}/").status_code == 404
    assert client.get(f"/chartes/lien/{world.secrets[-1]}/").status_code == 200


@pytest.mark.parametrize(
    ("more", "code"),
    [({"email": "pas une adresse"}, "bad_email"), ({"email": "ADA@example.org"}, "asked_already")],
)
def test_what_is_not_sent_says_why(world: World, text: Text, more: dict[str, str], code: str) -> None:
    asked(world)
    with pytest.raises(DomainError) as error:
        asked(world, **more)
    assert error.value.code == code


def test_who_has_signed_is_not_invited(world: World, text: Text) -> None:
    signed(text, world.a, world.ada)
    with pytest.raises(DomainError, match="a déjà signé"):
        asked(world)


def test_an_address_is_forgotten_and_its_link_leads_nowhere(world: World, text: Text, client: Client) -> None:
    asked(world)
    held.erase(world.ada)
    row = Request.objects.get()
    assert "ada@" not in row.email
    assert (
        client.post(f"/chartes/lien/{world.secrets[0]}/", SIGN | {"sha256": text.sha256}).status_code == 410
    )


def test_what_is_old_is_forgotten(world: World, text: Text, client: Client) -> None:
    asked(world)
    client.post(f"/chartes/lien/{world.secrets[0]}/", SIGN | {"sha256": text.sha256})
    signing.withdraw(Signature.objects.get(), by=None)
    later = timezone.localdate() + timedelta(days=400)
    assert held.expire(on=later, save=False) == {"charters.links": 0, "charters.withdrawn": 1}
    assert Signer.objects.get().name == "Ada Martin"
    held.expire(on=later, save=True)
    assert Signer.objects.get().name == ""
    assert "ada@" not in Request.objects.get().email


def test_the_keeper_invites_from_the_page(world: World, text: Text, client: Client) -> None:
    client.force_login(world.keeper)
    sent = {"signatory": "Filature Anne", "email": "a@example.org", "message": "", "language": "fr"}
    assert client.post("/chartes/charte-du-lin/inviter/", sent).status_code == 302
    assert Request.objects.get().signatory == world.a
    page = client.post("/chartes/charte-du-lin/inviter/", sent | {"signatory": "Nulle part"})
    assert "Aucune organisation de ce nom" in page.content.decode()
