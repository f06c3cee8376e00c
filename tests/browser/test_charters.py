"""A charter signed in two ways, withdrawn, signed again in a new version; trust told by five members."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import running_site
from tests.browser.test_entry import fits

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PASSWORD = "une phrase assez longue"
LATER = (date.today() + timedelta(days=20)).isoformat()  # noqa: DTZ011 - what a person types
#: A pole whose animator keeps a charter; Ada and Bob, who animate two organisations.
_PEOPLE = f"""
from allauth.account.models import EmailAddress
from terreau.accounts.models import User
from terreau.actors import belonging
from terreau.actors.actions import create_actor
from terreau.charters import writing
from terreau.poles.actions import register_pole
def user(name):
    made = User.objects.create_user(name + "@people.example.org", {PASSWORD!r}, name=name.capitalize())
    EmailAddress.objects.create(user=made, email=made.email, verified=True, primary=True)
    return made
keeper, ada = user("keeper"), user("ada")
pole = register_pole("Pôle du lin", carrier=None, codes=[], cog_year=2026, by=keeper)
if not pole.actor.belongings.filter(user=keeper).exists():
    belonging.found(keeper, pole.actor, by=keeper)
belonging.found(ada, create_actor("Filature Anne", source=None, public=True), by=ada)
create_actor("Tissage Bob", source=None, public=True)
"""


@dataclass(frozen=True)
class Site:
    """Where it runs, and the log where e-mail is written when no server of e-mail is set."""

    address: str
    log: Path

    def links(self, path: str) -> list[str]:
        """Return the personal links sent so far under a path, in the order they left."""
        found = re.findall(rf"{path}[\w-]{{43}}/", self.log.read_text("utf-8", "replace"))
        return list(dict.fromkeys(found))

    def wait_links(self, path: str, count: int) -> list[str]:
        """Wait until so many links were sent."""
        for _ in range(100):
            if len(found := self.links(path)) >= count:
                return found
            time.sleep(0.1)
        raise AssertionError(f"{len(self.links(path))} links of {count}")


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("charters")
    with running_site.serve(folder, ["shell", "-c", _PEOPLE]) as address:
        yield Site(address, folder / "gunicorn.log")


def opened(browser: Browser, own: Site, width: int, *, javascript: bool = True) -> Page:
    context = browser.new_context(
        base_url=own.address,
        viewport={"width": width, "height": 800},
        locale="fr-FR",
        java_script_enabled=javascript,
    )
    return context.new_page()


def sign_in(page: Page, name: str) -> None:
    page.goto("/compte/connexion/")
    page.get_by_label("Adresse électronique").fill(f"{name}@people.example.org")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    page.wait_for_url(lambda url: "/connexion/" not in url)


def proved(page: Page) -> None:
    """Give the password again, when it is asked."""
    page.wait_for_load_state()
    if page.get_by_label("Mot de passe").count():
        page.get_by_label("Mot de passe").fill(PASSWORD)
        page.locator("main").get_by_role("button").first.click()
        page.wait_for_load_state()


def publish(page: Page, path: str, label: str) -> None:
    page.get_by_label("Nom de cette version").fill(label)
    page.get_by_role("button", name="Enregistrer et relire").click()
    page.wait_for_url(f"**{path}publier/")
    fits(page)
    page.get_by_label("Tout le monde").check()
    page.get_by_role("button", name="Publier ce texte").click()
    proved(page)
    expect(page.locator("h1")).to_have_text("Charte du lin")


def signs(page: Page, name: str, quality: str) -> None:
    page.get_by_label("Vos prénom et nom").fill(name)
    page.get_by_label("En qualité de").fill(quality)
    page.get_by_label("J'ai lu ce texte").check()
    page.get_by_role("button", name="Signer", exact=True).click()
    proved(page)
    expect(page.locator("h1")).to_have_text("Preuve de signature")
    expect(page.locator("main")).to_contain_text("La signature est en vigueur")


def begun(browser: Browser, own: Site) -> Page:
    """Write and publish the first version; return the page of who keeps the charter."""
    keeper = opened(browser, own, 1280)
    sign_in(keeper, "keeper")
    keeper.goto("/chartes/nouvelle/")
    keeper.get_by_label("Titre").fill("Charte du lin")
    if keeper.get_by_label("d'une page vide").count():
        keeper.get_by_label("d'une page vide").check()
    keeper.get_by_role("button", name="Commencer").click()
    keeper.locator("#id_preamble_fr").fill("Nous travaillons le lin ensemble.")
    keeper.locator("#id_commitments_fr").fill("- Répondre dans la semaine\n- Ouvrir son atelier")
    publish(keeper, "/chartes/charte-du-lin/", "2026")
    fits(keeper)
    return keeper


def invited(keeper: Page, own: Site) -> str:
    """Invite Bob; return his link."""
    keeper.goto("/chartes/charte-du-lin/inviter/")
    keeper.locator("#id_signatory").fill("Tissage Bob")
    keeper.locator("#id_email").fill("bob@example.org")
    keeper.get_by_role("button", name="Envoyer le lien").click()
    return own.wait_links("/chartes/lien/", 1)[0]


def withdrawn(page: Page) -> None:
    """Take back the signature whose proof is open."""
    page.get_by_role("link", name="Retirer cette signature").click()
    page.locator("#id_reason").fill("Nous changeons de bureau.")
    page.get_by_role("button", name="Retirer la signature").click()
    proved(page)
    expect(page.locator("main")).to_contain_text("Signature retirée")


def renewed(keeper: Page, own: Site) -> str:
    """Publish a second version and ask for it to be signed; return Bob's new link."""
    keeper.goto("/chartes/charte-du-lin/ecrire/")
    keeper.locator("#id_commitments_fr").fill("- Répondre dans la semaine\n- Mesurer notre eau")
    publish(keeper, "/chartes/charte-du-lin/", "2027")
    keeper.goto("/chartes/charte-du-lin/campagne/")
    keeper.locator("#id_due_on").fill(LATER)
    keeper.get_by_role("button", name="Ouvrir la campagne").click()
    expect(keeper.locator("main")).to_contain_text("Tissage Bob")
    return own.wait_links("/chartes/lien/", 2)[1]


def test_a_charter_from_its_first_word_to_its_second_version(browser: Browser, own: Site) -> None:
    keeper = begun(browser, own)
    ada = opened(browser, own, 360, javascript=False)
    sign_in(ada, "ada")
    ada.goto("/chartes/charte-du-lin/")
    ada.get_by_role("link", name="Signer cette charte").click()
    signs(ada, "Ada Martin", "présidente")
    bob = opened(browser, own, 360)
    bob.goto(invited(keeper, own))
    fits(bob)
    signs(bob, "Bob Durand", "gérant")
    withdrawn(ada)
    stranger = opened(browser, own, 768)
    stranger.goto("/chartes/charte-du-lin/signataires/")
    expect(stranger.locator("main")).to_contain_text("Nous changeons de bureau.")
    expect(stranger.locator("main")).not_to_contain_text("Bob Durand")
    fits(stranger)
    bob.goto(renewed(keeper, own))
    expect(bob.locator("main")).to_contain_text("Mesurer notre eau")
    signs(bob, "Bob Durand", "gérant")
    keeper.reload()
    expect(keeper.locator("main progress")).to_have_attribute("value", "1")
    stranger.goto("/chartes/charte-du-lin/comparer/")
    expect(stranger.locator("ins")).to_have_text("Mesurer notre eau")
    fits(stranger)


def test_five_members_tell_their_trust(browser: Browser, own: Site) -> None:
    keeper = opened(browser, own, 1280)
    sign_in(keeper, "keeper")
    keeper.goto("/poles/pole-du-lin/confiance/")
    keeper.get_by_label("Adresses électroniques").fill("\n".join(f"m{n}@example.org" for n in range(5)))
    keeper.get_by_label("Réponses attendues pour le").fill(LATER)
    keeper.get_by_role("button", name="Ouvrir et envoyer les liens").click()
    links = own.wait_links("/confiance/", 5)
    member = opened(browser, own, 360)
    for rank, link in enumerate(links):
        member.goto(link)
        if not rank:
            fits(member)
        for field in member.locator("fieldset").all():
            field.get_by_label("plutôt d'accord", exact=True).check()
        member.get_by_role("button", name="Envoyer ma réponse").click()
        expect(member.locator("main")).to_contain_text("Rien ne la relie à vous.")
        keeper.reload()
        expect(keeper.locator("main")).not_to_contain_text("réponses sur")
    expect(keeper.locator("main")).to_contain_text("Ce nombre est atteint.")
    keeper.get_by_role("button", name="Clore maintenant").click()
    expect(keeper.locator("main")).to_contain_text("5 réponses sur 5 personnes invitées")
    fits(keeper)
    member.goto(links[0])
    expect(member.locator("h1")).not_to_have_text("Merci")
