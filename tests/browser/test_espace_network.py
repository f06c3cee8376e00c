"""A cooperation of three members is written, goes further, and the network shows it; also on a telephone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import running_site
from tests.browser.test_entry import fits
from tests.browser.test_every_page import violations

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PASSWORD = "une phrase assez longue"
HOME = "/poles/pole-du-bocage/espace/"
_PEOPLE = f"""
from allauth.account.models import EmailAddress
from terreau.accounts.models import User
from terreau.actors import belonging
from terreau.actors.actions import create_actor
from terreau.poles.actions import register_pole
from terreau.poles.composition import add_member
def user(name):
    made = User.objects.create_user(name + "@people.example.org", {PASSWORD!r}, name=name.capitalize())
    EmailAddress.objects.create(user=made, email=made.email, verified=True, primary=True)
    return made
keeper, ada = user("keeper"), user("ada")
pole = register_pole("Pôle du bocage", carrier=None, codes=[], cog_year=2026, by=keeper)
if not pole.actor.belongings.filter(user=keeper).exists():
    belonging.found(keeper, pole.actor, by=keeper)
names = ["Atelier", "Bois", "Cantine", "Ferme", "Foncière", "Garage", "Halle", "Jardin", "Lavoir", "Moulin"]
names += ["Presse", "Radio", "Scierie", "Tissage"]
made = [create_actor(one + " du bocage", source=None, public=True) for one in names]
for one in made:
    add_member(pole, one, by=keeper)
belonging.found(ada, made[3], by=ada)
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_site.serve(tmp_path_factory.mktemp("network"), ["shell", "-c", _PEOPLE]) as address:
        yield address


def signed_in(browser: Browser, own: str, name: str, width: int) -> Page:
    context = browser.new_context(base_url=own, viewport={"width": width, "height": 800}, locale="fr-FR")
    page = context.new_page()
    page.goto("/compte/connexion/")
    page.get_by_label("Adresse électronique").fill(f"{name}@people.example.org")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    page.wait_for_url(lambda url: "/connexion/" not in url)
    return page


def begun(page: Page) -> None:
    """Write a cooperation of three members; without a title it is refused, and nothing typed is lost."""
    page.goto(f"{HOME}cooperations/")
    page.get_by_role("link", name="Écrire la première").click()
    page.get_by_placeholder("Chercher dans la liste").fill("canti")
    expect(page.get_by_label("Bois du bocage")).to_be_hidden()
    page.get_by_label("Cantine du bocage").check()
    page.get_by_placeholder("Chercher dans la liste").fill("")
    for name in ("Bois", "Ferme"):
        page.get_by_label(f"{name} du bocage").check()
    page.get_by_role("button", name="Enregistrer la coopération").click()
    expect(page.locator("#erreurs")).to_contain_text("Donnez un titre")
    expect(page.get_by_label("Ferme du bocage", exact=True)).to_be_checked()
    page.get_by_label("Que faites-vous ensemble ?").fill("Repas de chantier")
    page.get_by_label("Sur quoi porte-t-elle").select_option("common_offer")
    page.get_by_role("button", name="Enregistrer la coopération").click()
    expect(page.locator("h1")).to_have_text("Repas de chantier")
    expect(page.locator(".lede")).to_contain_text("Coopération de moyens structurée")


def raised(page: Page) -> None:
    """Say that it goes further, from the page of the cooperation, by keyboard alone."""
    page.get_by_text("Elle va plus loin, ou moins loin").focus()
    page.keyboard.press("Enter")
    page.get_by_label("On partage").focus()
    page.keyboard.press("Space")
    page.get_by_label("Ce qui a changé").focus()
    page.keyboard.type("Une cuisine louée à trois")
    page.keyboard.press("Enter")
    expect(page.locator(".coop-now")).to_have_text("On partage")
    expect(page.locator(".timeline")).to_contain_text("Une cuisine louée à trois")


def density(page: Page) -> str:
    return page.locator(".figure-value").first.inner_text()


def test_a_cooperation_makes_the_network_denser(browser: Browser, own: str) -> None:
    page = signed_in(browser, own, "keeper", 1280)
    begun(page)
    page.goto(f"{HOME}reseau/")
    assert density(page).replace("\u202f", " ") == "3,3 %"
    expect(page.locator(".lede")).to_contain_text("3 paires de membres coopèrent sur 91 possibles")
    page.goto(f"{HOME}reseau/?intensite=shared")
    expect(page.locator("main")).to_contain_text("Aucun lien ne répond")
    page.goto(f"{HOME}cooperations/")
    page.get_by_role("link", name="Repas de chantier").click()
    raised(page)
    page.goto(f"{HOME}reseau/?intensite=shared")
    expect(page.locator("svg.network a")).to_have_count(3)
    assert violations(page) == []
    # A dot leads to the network of its member; the keyboard goes through the table.
    page.locator("svg.network a").first.click()
    expect(page.locator("h1")).to_contain_text("Le réseau de")
    page.locator("#liens .table-scroll").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Le réseau de")


def test_a_member_finds_it_on_a_telephone_and_writes_what_is_its_own(browser: Browser, own: str) -> None:
    page = signed_in(browser, own, "ada", 360)
    page.goto(f"{HOME}reseau/")
    fits(page)
    assert violations(page) == []
    page.goto(f"{HOME}matieres/nouveau/")
    page.get_by_label("Ce qui circule").fill("Biodéchets")
    page.get_by_label("De quelle nature").select_option("waste")
    page.get_by_label("Qui donne").select_option(label="Cantine du bocage")
    page.get_by_label("Qui reçoit").select_option(label="Ferme du bocage")
    page.get_by_label("Compté en").select_option("t")
    page.get_by_role("button", name="Enregistrer le flux").click()
    page.get_by_label("Année", exact=True).fill("2025")
    page.get_by_label("Quantité de l'année").fill("8,5")
    page.get_by_role("button", name="Déclarer cette quantité").click()
    page.goto(f"{HOME}matieres/?annee=2025")
    expect(page.locator("table")).to_contain_text("8,5")
    expect(page.locator("svg.chart")).to_have_count(1)
    fits(page)
    assert violations(page) == []
