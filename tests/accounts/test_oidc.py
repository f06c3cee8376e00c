"""Signing in through a provider of identity that answers as ProConnect does; nothing leaves the machine."""

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from terreau.accounts.models import User
from terreau.actors.models import Actor, Belonging
from terreau.config.environment import Environment
from tests.people import People

ISSUER = "https://identite.example.org"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Answer:
    """What the provider answers."""

    def __init__(self, body: Any, kind: str = "application/json") -> None:
        self.text = body if isinstance(body, str) else json.dumps(body)
        self.headers = {"content-type": kind}
        self.status_code = 200
        self.content = self.text.encode()

    def raise_for_status(self) -> None:
        """Nothing fails here."""

    def json(self) -> Any:
        return json.loads(self.text)


class FakeProvider:
    """A provider of identity in memory; tests change what it says."""

    def __init__(self) -> None:
        self.nonce = ""
        self.claims: dict[str, Any] = {
            "sub": "abc-123",
            "email": "camille@ville.example.org",
            "email_verified": True,
            "given_name": "Camille",
            "usual_name": "Martin",
            "phone_number": "not to be kept",
        }
        self.identity: dict[str, Any] = {}
        self.key = KEY
        self.verifier = ""

    def __enter__(self) -> "FakeProvider":
        return self

    def __exit__(self, *_args: object) -> None:
        return None

    def signed(self, claims: dict[str, Any]) -> str:
        now = int(time.time())
        told = {"iss": ISSUER, "aud": "terreau", "iat": now, "exp": now + 60, **claims}
        return jwt.encode(told, self.key, algorithm="RS256", headers={"kid": "one"})

    def get(self, url: str, **_more: Any) -> Answer:
        path = urlsplit(url).path
        if path.endswith("openid-configuration"):
            names = {"issuer": "", "authorization_endpoint": "/authorize", "token_endpoint": "/token"}
            names |= {"userinfo_endpoint": "/userinfo", "jwks_uri": "/jwks"}
            methods = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
            return Answer({name: ISSUER + end for name, end in names.items()} | methods)
        if path == "/jwks":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
            return Answer({"keys": [{**public, "kid": "one", "alg": "RS256"}]})
        assert path == "/userinfo"
        return Answer(self.signed(self.claims), "application/jwt")

    def request(self, _method: str, url: str, *, data: dict[str, Any], **_more: Any) -> Answer:
        assert urlsplit(url).path == "/token"
        self.verifier = data["code_verifier"]
        identity = {"sub": self.claims["sub"], "nonce": self.nonce, **self.identity}
        return Answer({"access_token": "x", "token_type": "Bearer", "id_token": self.signed(identity)})


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch, settings: Any) -> FakeProvider:
    fake = FakeProvider()
    monkeypatch.setattr(DefaultSocialAccountAdapter, "get_requests_session", lambda _self: fake)
    values = {f"TERREAU_OIDC_PROCONNECT_{name}": "terreau" for name in ("ID", "SECRET")}
    apps = Environment({**values, "TERREAU_OIDC_PROCONNECT_URL": ISSUER}).identity_providers()
    providers = settings.SOCIALACCOUNT_PROVIDERS
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {**providers["openid_connect"], "APPS": apps}}
    return fake


@pytest.fixture
def come_back(client: Client, provider: FakeProvider) -> Callable[[], Any]:
    """Leaves for the provider and comes back with its answer."""

    def journey() -> Any:
        leaving = client.post("/oidc/proconnect/")
        asked = parse_qs(urlsplit(leaving["Location"]).query)
        assert len(asked["state"][0]) >= 32
        assert set(asked["scope"][0].split()) == {"openid", "given_name", "usual_name", "email", "siret"}
        assert asked["code_challenge_method"] == ["S256"]
        provider.nonce = provider.nonce or asked["nonce"][0]
        return client.get("/oidc/proconnect/retour/", {"code": "c", "state": asked["state"][0]})

    return journey


@pytest.mark.django_db
def test_the_button_stands_beside_the_other_ways(client: Client, provider: FakeProvider) -> None:
    page = client.get("/compte/connexion/").content.decode()
    assert "Se connecter avec ProConnect" in page
    assert 'name="password"' in page


@pytest.mark.django_db
def test_a_new_person_has_an_account_with_what_serves(come_back: Callable[[], Any], client: Client) -> None:
    come_back()
    user = User.objects.get()
    assert (user.email, user.name) == ("camille@ville.example.org", "Camille Martin")
    assert client.session["_auth_user_id"] == str(user.pk)
    kept = SocialAccount.objects.get().extra_data
    assert kept["userinfo"]["sub"] == "abc-123"
    assert "phone_number" not in str(kept)


@pytest.mark.django_db
def test_an_address_that_the_provider_did_not_verify_is_verified(
    come_back: Callable[[], Any], client: Client, provider: FakeProvider
) -> None:
    provider.claims["email_verified"] = False
    assert come_back()["Location"] == "/compte/confirmer/"
    assert "_auth_user_id" not in client.session


@pytest.mark.django_db
def test_an_account_of_the_same_address_is_not_opened(come_back: Callable[[], Any], client: Client) -> None:
    user = User.objects.create_user("camille@ville.example.org", "une phrase assez longue")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    come_back()
    assert "_auth_user_id" not in client.session
    assert not SocialAccount.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"nonce": "of another sign-in"},
        {"sub": "somebody-else"},
        {"aud": "another-site"},
        {"iss": "https://elsewhere.example"},
        {"exp": 1},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_token_that_is_not_ours_is_refused(
    come_back: Callable[[], Any], client: Client, provider: FakeProvider, wrong: dict[str, Any]
) -> None:
    provider.identity = wrong
    page = come_back()
    assert "La connexion n&#x27;a pas abouti" in page.content.decode()
    assert not User.objects.exists()
    assert "_auth_user_id" not in client.session


@pytest.mark.django_db
def test_a_token_of_another_key_is_refused(come_back: Callable[[], Any], provider: FakeProvider) -> None:
    provider.key = OTHER_KEY
    come_back()
    assert not User.objects.exists()


@pytest.mark.django_db
def test_an_unknown_provider_is_not_found(client: Client) -> None:
    assert client.get("/oidc/inconnu/").status_code == 404


def test_its_siret_proposes_an_organisation_and_confirms_nothing(
    come_back: Callable[[], Any], provider: FakeProvider, people: People
) -> None:
    Actor.objects.filter(pk=people.pole_actor.pk).update(siret="13002526500013", siren="130025265")
    provider.claims["siret"] = "130 025 265 00013"
    come_back()
    row = Belonging.objects.get(user__email="camille@ville.example.org")
    assert (row.actor_id, row.state, row.role) == (people.pole_actor.pk, "asked", "member")
    come_back()
    assert Belonging.objects.filter(user=row.user).count() == 1


@pytest.mark.parametrize("siret", ["", "abc", "99999999999999"])
def test_a_siret_of_nobody_proposes_nothing(
    come_back: Callable[[], Any], provider: FakeProvider, people: People, siret: str
) -> None:
    provider.claims["siret"] = siret
    come_back()
    assert not Belonging.objects.filter(user__email="camille@ville.example.org").exists()


def test_a_provider_said_by_half_stops_the_start() -> None:
    with pytest.raises(ImproperlyConfigured, match="TERREAU_OIDC_SECRET"):
        Environment({"TERREAU_OIDC_URL": ISSUER, "TERREAU_OIDC_ID": "x"}).identity_providers()
