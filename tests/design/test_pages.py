"""Error pages, the account pages and the frame of every page."""

import re
from typing import Any

import pytest
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.test import Client, RequestFactory

from terreau.common.errors import RefusedError
from terreau.design import errors


def test_the_gallery_shows_every_component_in_development_only(client: Client, settings: Any) -> None:
    assert client.get("/design/").status_code == 404
    settings.DEBUG = True
    assert client.get("/design/").status_code == 200
    assert client.get("/design/?format=csv")["Content-Type"].startswith("text/csv")


def test_a_missing_page_says_so_and_leads_somewhere(client: Client) -> None:
    response = client.get("/nulle-part/")
    html = response.content.decode()
    assert response.status_code == 404
    assert "<h1>Page introuvable</h1>" in html
    assert 'href="/poles/"' in html


def test_an_english_page_leads_to_english_pages(client: Client) -> None:
    html = client.get("/en/nowhere/").content.decode()
    assert '<html lang="en">' in html
    assert 'href="/en/poles/"' in html
    assert re.search(r'href="/nowhere/" lang="fr"', html)


def test_the_other_language_keeps_the_filters(client: Client) -> None:
    html = client.get("/nulle-part/?region=53").content.decode()
    assert 'href="/en/nulle-part/?region=53"' in html
    assert re.search(r'rel="canonical" href="http://testserver/nulle-part/"', html)


def test_a_refusal_shows_why_and_its_facts(rf: RequestFactory) -> None:
    error = RefusedError(
        "not_member", "Vous n'êtes pas membre.", facts={"role": "membre", "poles": ["a", "b"], "x": {}}
    )
    response = errors.error_page(_request(rf), error)
    html = response.content.decode()
    assert response.status_code == 403
    assert "Vous n&#x27;êtes pas membre." in html
    assert "<dt><code>poles</code></dt><dd>a, b</dd>" in html
    assert "<dt><code>x</code></dt>" not in html
    assert "<code>not_member</code>" in html


def test_the_page_of_500_asks_nothing_of_the_database(rf: RequestFactory) -> None:
    # No database mark: a query would fail the test.
    response = errors.server_error(_request(rf))
    html = response.content.decode()
    assert response.status_code == 500
    assert "réessayez" in html
    assert "design/layout.css" in html


def test_the_page_of_500_stands_when_its_template_does_not(
    rf: RequestFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> str:
        raise RuntimeError("no template")

    monkeypatch.setattr(errors, "render_to_string", broken)
    response = errors.server_error(_request(rf))
    assert response.status_code == 500
    assert "réessayez" in response.content.decode()


def test_a_refused_host_still_gets_a_page(rf: RequestFactory) -> None:
    request = _request(rf, HTTP_HOST="evil.example")
    assert errors.bad_request(request, SuspiciousOperation()).status_code == 400


def _request(rf: RequestFactory, **headers: str) -> HttpRequest:
    return rf.get("/", **headers)


PAGES = ["/compte/connexion/", "/compte/inscription/", "/compte/mot-de-passe/oublie/", "/compte/inactif/",
         "/compte/mot-de-passe/oublie/envoye/", "/compte/mot-de-passe/nouveau/fait/", "/compte/confirmer/",
         "/compte/confirmer/abc/", "/compte/mot-de-passe/nouveau/1-abc/"]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES)
def test_account_pages_have_the_house_frame(client: Client, path: str) -> None:
    html = client.get(path).content.decode()
    assert html.count("<h1") == 1
    assert 'class="account-panel"' in html
    assert 'id="contenu"' in html


OWN = ["adresse/", "mot-de-passe/changer/", "deconnexion/", "confirmer-acces/", "securite/",
       "securite/application/activer/"]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("path", OWN)
def test_pages_of_one_s_own_account(client: Client, django_user_model: Any, path: str) -> None:
    user = django_user_model.objects.create_user("a@example.org", "un mot de passe long")
    user.emailaddress_set.create(email=user.email, primary=True, verified=True)
    client.force_login(user)
    response = client.get(f"/compte/{path}", follow=True)
    assert response.status_code == 200
    assert 'class="account-panel"' in response.content.decode()


@pytest.mark.django_db
def test_a_wrong_password_is_said_beside_the_form(client: Client) -> None:
    html = client.post("/compte/connexion/", {"login": "a@example.org", "password": "x"}).content.decode()
    assert 'id="erreurs"' in html


@pytest.mark.django_db
def test_signing_in_and_out(client: Client, django_user_model: Any) -> None:
    user = django_user_model.objects.create_user("a@example.org", "un mot de passe long")
    user.emailaddress_set.create(email=user.email, primary=True, verified=True)
    data = {"login": "a@example.org", "password": "un mot de passe long"}
    assert client.post("/compte/connexion/", data)["Location"] == "/compte/arrivee/"
    assert "Se déconnecter" in client.get("/nulle-part/").content.decode()
    client.post("/compte/deconnexion/")
    assert "Se connecter" in client.get("/nulle-part/").content.decode()


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_every_page_leads_to_the_data_and_to_the_api(client: Client, prefix: str) -> None:
    foot = client.get(f"{prefix}/nulle-part/").content.decode().partition("<footer")[2]
    for path in ("/donnees/", "/api/"):
        assert f'href="{prefix}{path}"' in foot
