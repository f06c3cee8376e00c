"""An owner of a grid: writes one from nothing, publishes it, follows it with a split and a merge."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import running_site
from tests.browser.test_entry import fits

pytestmark = [pytest.mark.browser, pytest.mark.slow]
EMAIL, PASSWORD = "claude@grids.example.org", "une phrase assez longue"
#: Makes an organisation and one of its people.
_OWNER = f"""
from allauth.account.models import EmailAddress
from terreau.accounts.models import User
from terreau.actors import belonging
from terreau.actors.actions import create_actor
user = User.objects.create_user("{EMAIL}", "{PASSWORD}", name="Claude")
EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
belonging.found(user, create_actor("Le Réseau d'essai", source=None, public=True), by=user)
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site with the grids of Terreau, where one person belongs to an organisation."""
    folder = tmp_path_factory.mktemp("grids")
    with running_site.serve(folder, ["grids_load", "--save"], ["shell", "-c", _OWNER]) as address:
        yield address


def signed_in(browser: Browser, address: str, width: int, *, javascript: bool) -> Page:
    """Open the site as the person of the organisation."""
    context = browser.new_context(
        base_url=address,
        viewport={"width": width, "height": 800},
        locale="fr-FR",
        java_script_enabled=javascript,
    )
    page = context.new_page()
    page.goto("/compte/connexion/")
    page.get_by_label("Adresse électronique").fill(EMAIL)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    page.wait_for_url(lambda url: "/connexion/" not in url)
    return page


def question(page: Page, code: str, title: str) -> None:
    """Add a question to the draft that is open."""
    page.get_by_role("link", name="Ajouter un critère").click()
    page.get_by_label("Code", exact=True).fill(code)
    page.get_by_label("Sorte").select_option("echelle")
    page.get_by_label("Titre en français").fill(title)
    page.get_by_label("Titre en anglais").fill(f"{title} (en)")
    page.get_by_label("Texte en français").fill(title)
    page.get_by_label("Texte en anglais").fill(f"{title} (en)")
    page.get_by_label("Document d'où vient le texte").fill("Atelier du réseau")
    page.get_by_role("button", name="Enregistrer dans le brouillon").click()
    expect(page.locator("#criteres")).to_contain_text(title)


def published(page: Page, version: str) -> None:
    """Publish the draft that is open, after a proof of who one is."""
    page.get_by_role("button", name=f"Publier la version {version}").click()
    if "/grilles/" not in page.url:
        page.get_by_label("Mot de passe").fill(PASSWORD)
        page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/grilles/grille-d-essai/")
    expect(page.locator(".page-head")).to_contain_text(f"version {version}")


def begun(page: Page) -> None:
    """Begin a grid from nothing: a title, a head, three degrees."""
    page.goto("/grilles/deposer/")
    page.get_by_label("Code de la grille").fill("grille-d-essai")
    page.get_by_label("Titre en français").fill("Grille d'essai")
    page.get_by_label("Titre en anglais").fill("Trial grid")
    page.get_by_role("button", name="Commencer").click()
    expect(page.locator("main")).to_contain_text("Réglez d'abord les points plus haut")
    page.get_by_role("link", name="L'en-tête", exact=True).click()
    for label in ("Résumé", "Licence"):
        page.get_by_label(f"{label} en français").fill("Exemple fictif")
        page.get_by_label(f"{label} en anglais").fill("Fictional example")
    page.get_by_label("Document d'où vient le texte").fill("Atelier du réseau")
    page.get_by_role("button", name="Enregistrer dans le brouillon").click()
    page.get_by_role("link", name="L'échelle", exact=True).click()
    for rank, word in enumerate(("Non", "En partie", "Oui")):
        page.locator(f"#id_{rank}_code").fill(str(rank))
        page.locator(f"#id_{rank}_fr").fill(word)
        page.locator(f"#id_{rank}_en").fill(f"{word} (en)")
    page.get_by_role("button", name="Enregistrer dans le brouillon").click()


def mapped(page: Page) -> None:
    """Say what becomes of the three old questions."""
    page.get_by_role("link", name=re.compile("Ce que deviennent les critères")).click()
    fates = {
        "accueil": ("split", "voisins salaries"),
        "argent": ("merge", "moyens"),
        "salaires": ("merge", "moyens"),
    }
    for code, (fate, to) in fates.items():
        page.locator(f"[id='id_{code}|fate']").select_option(fate)
        page.locator(f"[id='id_{code}|to']").fill(to)
    fits(page)
    page.get_by_role("button", name="Enregistrer dans le brouillon").click()
    expect(page.locator("main")).to_contain_text("Le brouillon est complet")


def test_a_grid_from_nothing_then_a_split_and_a_merge(browser: Browser, address: str) -> None:
    """On a telephone without JavaScript; then, on a computer, a version with a split and a merge."""
    page = signed_in(browser, address, 360, javascript=False)
    begun(page)
    for code, title in (("accueil", "Accueillir"), ("argent", "Financer"), ("salaires", "Payer")):
        question(page, code, title)
    expect(page.locator("main")).to_contain_text("Le brouillon est complet")
    published(page, "1")
    page.context.close()

    page = signed_in(browser, address, 1280, javascript=True)
    page.goto("/grilles/grille-d-essai/modifier/")
    page.get_by_label("Nom de la nouvelle version").fill("2")
    page.get_by_role("button", name="Commencer le brouillon").click()
    for code, title in (("voisins", "Les voisins"), ("salaries", "Les salariés"), ("moyens", "Les moyens")):
        question(page, code, title)
    for title in ("Accueillir", "Financer", "Payer"):
        page.get_by_role("button", name=f"Retirer : {title}", exact=True).click()
    fits(page)
    mapped(page)
    page.get_by_role("link", name=re.compile("Ce qui change depuis la version 1")).click()
    expect(page.locator("main")).to_contain_text("issu d'un partage")
    expect(page.locator("main")).to_contain_text("issu d'une fusion")
    fits(page)
    page.goto("/grilles/grille-d-essai/modifier/")
    published(page, "2")
    page.goto("/grilles/grille-d-essai/versions/1/")
    expect(page.locator("main")).to_contain_text("Une autre version est en vigueur")
    fits(page)
    page.set_viewport_size({"width": 360, "height": 740})
    for path in (
        "",
        "grille-terreau/",
        "grille-terreau/comparer/",
        "charte-nationale/",
        "grille-d-essai/modifier/",
    ):
        page.goto(f"/grilles/{path}")
        fits(page)
    page.context.close()


def test_a_wrong_file_says_every_line(browser: Browser, address: str) -> None:
    """Deposited on a telephone: the lines are read beside the form, and nothing is kept."""
    page = signed_in(browser, address, 360, javascript=True)
    page.goto("/grilles/deposer/")
    page.get_by_label("Le fichier YAML de la grille").set_input_files(
        {
            "name": "fausse.yaml",
            "mimeType": "application/yaml",
            "buffer": b"code: fausse\nversion: '1'\ncouleur: vert\n",
        }
    )
    page.get_by_role("button", name="Déposer", exact=True).click()
    expect(page.locator(".fault-list")).to_contain_text("Ligne 3")
    fits(page)
    page.goto("/grilles/")
    expect(page.locator("main")).not_to_contain_text("fausse")
    page.context.close()
