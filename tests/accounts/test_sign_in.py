"""Signing up, verifying an address, signing in, and the limits of that."""

import re
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from terreau.accounts.models import User
from terreau.common.file_cache import FileCache

PASSWORD = "une phrase assez longue"
pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    user = User.objects.create_user("camille@example.org", PASSWORD, name="Camille")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def sign_in(client: Client, password: str = PASSWORD, email: str = "camille@example.org") -> Any:
    return client.post("/compte/connexion/", {"login": email, "password": password})


def test_a_stranger_opens_an_account_and_confirms_the_address(client: Client) -> None:
    fields = {"email": "Dominique@Example.org", "name": "Dominique", "password1": PASSWORD, "site_web": ""}
    client.post("/compte/inscription/", fields)
    assert "_auth_user_id" not in client.session
    message = mail.outbox[0]
    assert message.subject == "Terreau – confirmez votre adresse"
    link = re.search(r"/compte/confirmer/[^\s/]+/", str(message.body))
    assert link
    assert "Confirmer l&#x27;adresse" in client.get(link.group()).content.decode()
    client.post(link.group())
    user = User.objects.get()
    assert (user.email, user.name, user.language) == ("dominique@example.org", "Dominique", "fr")
    assert EmailAddress.objects.get(user=user).verified


def test_an_address_not_confirmed_does_not_enter(client: Client) -> None:
    User.objects.create_user("camille@example.org", PASSWORD)
    response = sign_in(client)
    assert response.url == "/compte/confirmer/"
    assert "_auth_user_id" not in client.session


def test_who_signs_up_in_english_is_written_to_in_english(client: Client) -> None:
    client.post("/en/compte/inscription/", {"email": "robin@example.org", "password1": PASSWORD})
    assert User.objects.get().language == "en"


def test_a_machine_that_fills_every_field_opens_nothing(client: Client) -> None:
    fields = {"email": "machine@example.org", "password1": PASSWORD, "site_web": "http://spam.example"}
    client.post("/compte/inscription/", fields)
    assert not User.objects.exists()


def test_an_address_taken_is_told_to_its_owner_only(client: Client, person: User) -> None:
    fields = {"email": person.email, "password1": PASSWORD}
    taken = client.post("/compte/inscription/", fields)
    fresh = Client().post("/compte/inscription/", {**fields, "email": "autre@example.org"})
    assert (taken.status_code, taken.url) == (fresh.status_code, fresh.url)
    assert "vous avez déjà un compte" in mail.outbox[0].subject


def test_a_short_password_is_refused_beside_its_field(client: Client) -> None:
    page = client.post("/compte/inscription/", {"email": "x@example.org", "password1": "court"})
    assert "12 caractères" in page.content.decode()


def test_signing_in_and_out(client: Client, person: User) -> None:
    assert sign_in(client).url == "/compte/arrivee/"
    assert "Camille" in client.get("/compte/").content.decode()
    client.post("/compte/deconnexion/")
    assert client.get("/compte/").url.startswith("/compte/connexion/")


def test_a_forgotten_password(client: Client, person: User) -> None:
    client.post("/compte/mot-de-passe/oublie/", {"email": person.email})
    link = re.search(r"/compte/mot-de-passe/nouveau/\S+/", str(mail.outbox[0].body))
    assert link
    form = client.get(link.group(), follow=True)
    other = "encore une autre phrase"
    client.post(form.request["PATH_INFO"], {"password1": other, "password2": other})
    person.refresh_from_db()
    assert person.check_password(other)


def test_an_unknown_address_is_not_told_apart(client: Client, person: User) -> None:
    known = client.post("/compte/mot-de-passe/oublie/", {"email": person.email})
    unknown = client.post("/compte/mot-de-passe/oublie/", {"email": "personne@example.org"})
    assert known.url == unknown.url


def test_passwords_tried_too_often_are_refused_whatever_the_worker(
    client: Client, person: User, settings: Any, tmp_path: Path
) -> None:
    del settings.ACCOUNT_RATE_LIMITS
    backend = "terreau.common.file_cache.FileCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": str(tmp_path / "limits")}}
    for _ in range(5):
        sign_in(client, "faux mot de passe")
    page = sign_in(Client())
    assert page.status_code == 200
    assert "_auth_user_id" not in client.session
    assert "Trop de tentatives" in page.content.decode()
    assert person.email.encode() not in (tmp_path / "limits").read_bytes()


def test_too_many_accounts_from_one_place_are_refused(client: Client, settings: Any, tmp_path: Path) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"signup": "1/h/ip"}
    backend = "terreau.common.file_cache.FileCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": str(tmp_path / "limits")}}
    for number, status in enumerate((302, 429)):
        fields = {"email": f"p{number}@example.org", "password1": PASSWORD}
        response = client.post("/compte/inscription/", fields)
        assert response.status_code == status
    assert "Trop de tentatives" in response.content.decode()
    assert response["Retry-After"]


def test_the_shared_file_is_one_for_all(tmp_path: Path) -> None:
    one, other = (FileCache(str(tmp_path / "kept"), {}) for _ in range(2))
    assert one.add("a", [1.5], 60)
    assert not other.add("a", [2.5], 60)
    assert other.get("a") == [1.5]
    other.set("a", "b", 60)
    assert one.get("a") == "b"
    assert one.delete("a")
    assert other.get("a", "none") == "none"
    one.set("gone", 1, -1)
    assert one.get("gone") is None


def test_who_is_erased_or_inactive_does_not_enter(client: Client, person: User) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert sign_in(client).url == "/compte/inactif/"


def test_the_language_and_the_name_change(client: Client, person: User) -> None:
    client.force_login(person)
    client.post("/compte/", {"name": "Camille D.", "language": "en"})
    person.refresh_from_db()
    assert (person.name, person.language) == ("Camille D.", "en")
