"""An account from its opening to a passkey, in a real browser: what only a browser can prove."""

import re
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import CDPSession, Page, expect

from tests.browser.conftest import Opener
from tests.browser.test_every_page import violations

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PASSWORD = "une phrase assez longue"
_numbers = count(1)

Signup = Callable[[Page], str]


@pytest.fixture
def mailbox(site: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The log of the server, where e-mail is written when no server of e-mail is set."""
    return next(tmp_path_factory.getbasetemp().glob("site*/gunicorn.log"))


@pytest.fixture
def sign_up(mailbox: Path) -> Signup:
    """Opens an account by its pages, following the link of the e-mail; returns its address."""

    def journey(page: Page) -> str:
        email = f"personne{next(_numbers)}@example.org"
        page.goto("/compte/inscription/")
        page.get_by_label("Adresse électronique").fill(email)
        page.get_by_label("Nom affiché").fill("Camille")
        page.get_by_label("Mot de passe").fill(PASSWORD)
        page.get_by_role("button", name="Créer mon compte").click()
        expect(page.locator("h1")).to_have_text("Confirmez votre adresse")
        page.goto(_link(mailbox, email))
        page.get_by_role("button", name="Oui, confirmer").click()
        page.wait_for_url("**/compte/")
        return email

    return journey


def _link(mailbox: Path, email: str) -> str:
    for _ in range(50):
        _before, _found, after = mailbox.read_text("utf-8", "replace").partition(f"To: {email}")
        if link := re.search(r"/compte/confirmer/[^\s/]+/", after):
            return link.group()
        time.sleep(0.1)
    raise AssertionError(f"no e-mail to {email}")


def _authenticator(page: Page, *, verified: bool = True) -> tuple[CDPSession, str]:
    """Give the browser a key that answers by itself."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": verified,
        "automaticPresenceSimulation": True,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session, made["authenticatorId"]


def _prove(page: Page) -> None:
    """Give the password again when it is asked."""
    expect(page.locator("h1")).to_have_text("Confirmer que c'est vous")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Confirmer").click()


def _sign_out(page: Page) -> None:
    page.goto("/compte/deconnexion/")
    page.get_by_role("button", name="Se déconnecter").click()
    page.wait_for_url("**/")


@pytest.mark.parametrize("width", [360, 1280])
def test_a_passkey_is_made_then_opens_the_account(open_page: Opener, sign_up: Signup, width: int) -> None:
    page = open_page(width)
    session, key = _authenticator(page)
    sign_up(page)
    page.goto("/compte/securite/")
    page.get_by_role("link", name="Créer une clé d'accès").click()
    _prove(page)
    page.get_by_label("Nom de la clé").fill("Mon téléphone")
    page.get_by_role("button", name="Créer la clé").click()
    expect(page.locator("h1")).to_have_text("Codes de secours")
    expect(page.locator(".codes li")).to_have_count(10)
    held = session.send("WebAuthn.getCredentials", {"authenticatorId": key})["credentials"]
    assert [one["isResidentCredential"] for one in held] == [True]

    _sign_out(page)
    page.goto("/compte/connexion/")
    page.get_by_role("button", name="Se connecter avec une clé d'accès").click()
    page.wait_for_url("**/compte/")
    expect(page.locator("h1")).to_have_text("Camille")

    page.goto("/compte/securite/cles/")
    expect(page.locator(".entry-title")).to_have_text("Mon téléphone")
    page.get_by_role("link", name="Renommer Mon téléphone").click()
    # A key was just used to enter: it is asked again for what touches security.
    expect(page.locator("h1")).to_have_text("Confirmer que c'est vous")
    page.get_by_role("link", name=re.compile("clé", re.IGNORECASE)).click()
    page.get_by_role("button", name="Utiliser une clé d'accès").click()
    page.get_by_label("Nom de la clé").fill("Téléphone de Camille")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator(".entry-title")).to_have_text("Téléphone de Camille")
    page.get_by_role("link", name="Retirer Téléphone de Camille").click()
    page.get_by_role("button", name="Retirer").click()
    expect(page.locator("h1")).to_have_text("Clés d'accès")
    expect(page.locator(".entry-title")).to_have_count(0)


def test_a_key_that_does_not_answer_is_said(open_page: Opener, sign_up: Signup) -> None:
    page = open_page(360)
    _authenticator(page, verified=False)
    sign_up(page)
    page.goto("/compte/securite/cles/ajouter/")
    _prove(page)
    page.get_by_role("button", name="Créer la clé").click()
    problem = page.locator("[data-passkey-problem]")
    expect(problem).to_contain_text("Rien n'a été confirmé")
    expect(page.get_by_role("button", name="Créer la clé")).to_be_enabled()


def test_an_application_is_enrolled_then_asked(open_page: Opener, sign_up: Signup) -> None:
    page = open_page(768)
    email = sign_up(page)
    page.goto("/compte/securite/application/activer/")
    _prove(page)
    secret = page.locator(".account-panel code").inner_text()
    page.get_by_label(re.compile("Code")).fill(_code(secret))
    page.get_by_role("button", name="Activer").click()
    expect(page.locator("h1")).to_have_text("Codes de secours")
    spare = page.locator(".codes code").first.inner_text()

    _sign_out(page)
    page.goto("/compte/connexion/")
    page.get_by_label("Adresse électronique").fill(email)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    expect(page.locator("h1")).to_have_text("Votre second facteur")
    page.get_by_label("Code").fill(spare)
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url("**/compte/")


def _code(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def test_without_javascript_an_account_opens_and_enters(open_page: Opener, sign_up: Signup) -> None:
    page = open_page(360, javascript=False)
    sign_up(page)
    page.goto("/compte/securite/cles/ajouter/")
    _prove(page)
    expect(page.get_by_role("button", name="Créer la clé")).to_be_hidden()
    page.get_by_role("link", name="Utiliser une application d'authentification").click()
    expect(page.locator(".account-panel code")).to_be_visible()


def test_the_menu_of_the_person_by_keyboard(open_page: Opener, sign_up: Signup) -> None:
    page = open_page(1280)
    sign_up(page)
    page.goto("/poles/")
    menu = page.locator(".person-menu")
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(menu.get_by_text("Camille")).to_be_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "/compte/messages/"
    page.keyboard.press("Escape")
    expect(menu.get_by_text("Camille")).to_be_hidden()


SIGNED_IN = [
    "/compte/",
    "/compte/messages/",
    "/compte/organisations/",
    "/compte/organisations/?q=coursive",
    "/compte/organisations/demandes/",
    "/compte/securite/",
    "/compte/securite/obligatoire/",
    "/compte/securite/sessions/",
    "/compte/securite/cles/",
    "/compte/mes-donnees/",
    "/compte/adresse/",
    "/compte/mot-de-passe/changer/",
    "/compte/fournisseurs/",
    "/compte/mes-donnees/effacer/",
    "/en/compte/organisations/",
]
STRANGER = [
    "/compte/connexion/",
    "/compte/inscription/",
    "/compte/mot-de-passe/oublie/",
    "/donnees-personnelles/",
]


def test_no_page_of_the_account_has_a_barrier(open_page: Opener, sign_up: Signup) -> None:
    page = open_page(1280)
    wrong: dict[str, list[str]] = {}
    for paths in (STRANGER, SIGNED_IN):
        if paths is SIGNED_IN:
            sign_up(page)
        for path in paths:
            page.set_viewport_size({"width": 1280, "height": 900})
            page.goto(path)
            found = violations(page)
            for width in (768, 360):
                page.set_viewport_size({"width": width, "height": 900})
                wide = page.evaluate("document.documentElement.scrollWidth")
                found += [f"{wide} px"] if wide > width else []
            if found := found + violations(page):
                wrong[path] = found
    assert wrong == {}
