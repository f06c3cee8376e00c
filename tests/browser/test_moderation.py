"""Report and qualify: somebody reports an initiative, a moderator answers, the reporter reads the answer."""

import re
import time
from collections.abc import Iterator

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, expect

from tests import running_site
from tests.browser.test_entry import fits, press, tab_to

pytestmark = [pytest.mark.browser, pytest.mark.slow]
EMAIL, PASSWORD, SECRET = "camille@people.example.org", "une phrase assez longue", "JBSWY3DPEHPK3PXP"
#: Makes the moderator of the whole site, with an application that gives codes.
_MODERATOR = f"""
from datetime import date
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from terreau.accounts.models import GlobalRole, User
user = User.objects.create_user("{EMAIL}", "{PASSWORD}", name="Camille")
EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
TOTP.activate(user, "{SECRET}")
GlobalRole.objects.create(user=user, role="moderator", valid_from=date(2026, 1, 1))
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site of its own, where one person moderates."""
    with running_site.serve(tmp_path_factory.mktemp("moderation"), ["shell", "-c", _MODERATOR]) as address:
        yield address


def opened(
    browser: Browser,
    address: str,
    width: int,
    *,
    javascript: bool = True,
    session: StorageState | None = None,
) -> Page:
    """Open the site as a stranger, or with the session of somebody."""
    context: BrowserContext = browser.new_context(
        base_url=address,
        viewport={"width": width, "height": 800},
        locale="fr-FR",
        java_script_enabled=javascript,
        storage_state=session,
    )
    return context.new_page()


@pytest.fixture(scope="module")
def session(browser: Browser, address: str) -> StorageState:
    """The session of the moderator, who signed in once: a code of the second factor is taken once."""
    page = opened(browser, address, 1280)
    page.goto("/compte/connexion/")
    page.get_by_label("Adresse électronique").fill(EMAIL)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    expect(page.locator("h1")).to_have_text("Votre second facteur")
    # A code typed at the end of its half-minute would be late when the server reads it.
    if (left := 30 - time.time() % 30) < 8:
        page.wait_for_timeout(left * 1_000 + 200)
    page.get_by_label("Code").fill(str(format_hotp_value(hotp_value(SECRET, int(time.time()) // 30))))
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url(lambda url: not url.endswith("/connexion/code/"))
    state = page.context.storage_state()
    page.context.close()
    return state


def reported(browser: Browser, address: str, name: str) -> Page:
    """Report an initiative; the page is that of the private link."""
    page = opened(browser, address, 360)
    page.goto("/signaler/")
    page.locator("#id_name").fill(name)
    page.locator("#id_what").fill("Trois associations partagent un atelier et un véhicule.")
    page.locator("#id_communes").fill("Dijon")
    # A person takes longer than this to write; the guard refuses what is faster.
    page.wait_for_timeout(3_500)
    page.locator("#id_communes").press("Enter")
    page.wait_for_url("**/signaler/suivi/**")
    return page


def test_report_and_qualify(browser: Browser, address: str, session: StorageState) -> None:
    reporter = reported(browser, address, "La Recyclerie des Lentillères")
    moderator = opened(browser, address, 1280, session=session)
    moderator.goto("/moderation/")
    fits(moderator)
    moderator.get_by_role("button", name="Je m'en occupe : La Recyclerie").click()
    expect(moderator.get_by_text("Vous vous en occupez.")).to_be_visible()
    moderator.get_by_role("link", name="La Recyclerie des Lentillères").click()
    expect(moderator.locator("#id_name")).to_be_hidden()
    moderator.get_by_label(re.compile("L'accepter")).check()
    expect(moderator.locator("#id_name")).to_have_value("La Recyclerie des Lentillères")
    fits(moderator)
    moderator.get_by_role("button", name="Envoyer la réponse").click()
    moderator.wait_for_url("**/moderation/poles/la-recyclerie-des-lentilleres/")
    moderator.get_by_label(re.compile("vérifié :")).check()
    moderator.get_by_label("Pourquoi", exact=True).first.fill("Visite de l'atelier.")
    moderator.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(moderator.locator(".timeline")).to_contain_text("Visite de l'atelier.")
    fits(moderator)
    reporter.reload()
    fits(reporter)
    expect(reporter.locator("main")).to_contain_text("La Recyclerie des Lentillères")
    reporter.locator("main").get_by_role(
        "link", name=re.compile("fiche|La Recyclerie", re.IGNORECASE)
    ).first.click()
    expect(reporter.locator("h1")).to_have_text("La Recyclerie des Lentillères")
    moderator.goto("/moderation/")
    expect(moderator.locator("main")).not_to_contain_text("La Recyclerie")


def test_a_refusal_by_keyboard_on_a_telephone(browser: Browser, address: str, session: StorageState) -> None:
    reporter = reported(browser, address, "Une annonce commerciale")
    moderator = opened(browser, address, 360, session=session)
    moderator.goto("/moderation/")
    fits(moderator)
    tab_to(moderator, "a[href*='/moderation/signalements/']")
    press(moderator, "Enter", "/moderation/signalements/")
    fits(moderator)
    tab_to(moderator, "[name=decision]")
    moderator.keyboard.press("ArrowDown")
    moderator.keyboard.press("ArrowDown")
    expect(moderator.get_by_label("Le refuser")).to_be_checked()
    tab_to(moderator, "#id_reason")
    moderator.keyboard.type("Ce n'est pas une coopération d'acteurs d'un territoire.")
    tab_to(moderator, "button")
    press(moderator, "Enter", "/moderation/$")
    reporter.reload()
    expect(reporter.locator("main")).to_contain_text(
        "Ce n'est pas une coopération d'acteurs d'un territoire."
    )


def test_without_javascript_a_change_is_proposed_and_decided(
    browser: Browser, address: str, session: StorageState
) -> None:
    stranger = opened(browser, address, 360, javascript=False)
    stranger.goto("/poles/la-coursive-boutaric/proposer/")
    stranger.locator("[name=champ][value='pole.jobs']").check()
    stranger.get_by_role("button", name="Continuer").click()
    stranger.get_by_label("Nouvelle valeur").fill("42")
    stranger.get_by_label("Votre adresse électronique").fill("voisine@example.org")
    stranger.wait_for_timeout(3_500)
    stranger.get_by_role("button", name="Envoyer la proposition").click()
    stranger.wait_for_url("**/propositions/suivi/**")
    moderator = opened(browser, address, 768, javascript=False, session=session)
    moderator.goto("/moderation/?nature=proposition")
    moderator.get_by_role("link", name="La Coursive Boutaric").click()
    expect(moderator.locator(".compare-new")).to_contain_text("42")
    moderator.get_by_label("Accepter").check()
    moderator.get_by_role("button", name="Enregistrer la décision").click()
    stranger.reload()
    expect(stranger.locator("main")).to_contain_text("Acceptée")
