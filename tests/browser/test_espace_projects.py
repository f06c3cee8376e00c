"""An animator writes a strategy and runs a project by keyboard; a member finds an answer; refusals too."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import running_site
from tests.browser.test_entry import fits

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PASSWORD = "une phrase assez longue"
SPACE = "/poles/pole-essai/espace/"
_PEOPLE = f"""
from allauth.account.models import EmailAddress
from terreau.accounts.models import User
from terreau.actors import belonging
from terreau.actors.actions import create_actor
from terreau.poles.composition import add_member
from terreau.poles.models import Pole
from terreau.subjects.models import Subject
made = {{}}
for name in ("camille", "sacha"):
    user = User.objects.create_user(f"{{name}}@people.example.org", "{PASSWORD}", name=name.capitalize())
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    made[name] = user
actor = create_actor("Pôle d'essai", source=None, public=True, kind=Subject.Kind.POLE)
pole = Pole.objects.create(actor=actor, slug="pole-essai")
belonging.found(made["camille"], actor, by=made["camille"])
for name in ("Atelier bois", "Foncière du Gué"):
    member = create_actor(name, source=None, public=True)
    add_member(pole, member, by=made["camille"])
    if name == "Atelier bois":
        belonging.found(made["sacha"], member, by=made["sacha"])
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site of its own, with a pole without SIREN nor legal form and these people."""
    with running_site.serve(tmp_path_factory.mktemp("projects"), ["shell", "-c", _PEOPLE]) as address:
        yield address


def signed_in(browser: Browser, address: str, name: str, width: int) -> Page:
    """Open the site as one of these people."""
    context = browser.new_context(base_url=address, viewport={"width": width, "height": 800}, locale="fr-FR")
    page = context.new_page()
    page.goto("/compte/connexion/")
    page.get_by_label("Adresse électronique").fill(f"{name}@people.example.org")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    page.wait_for_url(lambda url: "/connexion/" not in url)
    return page


def test_the_whole_way(browser: Browser, address: str) -> None:
    camille = signed_in(browser, address, "camille", 1280)
    a_strategy(camille)
    a_project(camille)
    tasks_by_keyboard(camille)
    refused_without_financing(camille)
    sacha = signed_in(browser, address, "sacha", 360)
    a_need_and_its_answer(camille, sacha)
    camille.context.close()
    sacha.context.close()


def a_strategy(page: Page) -> None:
    page.goto(f"{SPACE}strategie/")
    page.get_by_role("button", name="Commencer à l'écrire").click()
    page.get_by_role("link", name="Adopter cette version").click()
    page.get_by_label("Adoptée par").fill("l'assemblée des membres")
    page.get_by_role("button", name="Écrire l'adoption").click()
    expect(page.get_by_text("Écrivez au moins un objectif avant d'adopter")).to_be_visible()
    expect(page.get_by_label("Adoptée par")).to_have_value("l'assemblée des membres")
    page.get_by_role("link", name="Renoncer").click()
    page.get_by_role("link", name="Ajouter un axe").first.click()
    page.get_by_label("Axe").fill("Réemployer")
    page.get_by_role("button", name="Ajouter cet axe").click()
    page.get_by_role("link", name="Ajouter un objectif").click()
    page.get_by_label("Objectif").fill("Ouvrir une matériauthèque")
    page.get_by_role("radio", name="court terme").check()
    page.get_by_role("checkbox", name="Reconversion écologique").check()
    page.get_by_role("button", name="Ajouter cet objectif").click()
    page.get_by_role("link", name="Adopter cette version").click()
    page.get_by_label("Adoptée par").fill("l'assemblée des membres")
    page.get_by_role("button", name="Écrire l'adoption").click()
    expect(page.get_by_text("Adoptée par l'assemblée des membres, le")).to_be_visible()
    page.get_by_role("link", name="Adhérer à la stratégie").click()
    page.get_by_label("Organisation").select_option(label="Atelier bois")
    page.get_by_role("button", name="Adhérer", exact=True).click()
    expect(page.get_by_text("1 organisation adhère à cette version.")).to_be_visible()


def a_project(page: Page) -> None:
    page.goto(f"{SPACE}projets/")
    page.get_by_role("link", name="Ouvrir le premier projet").click()
    page.get_by_label("Nom du projet").fill("Matériauthèque du Gué")
    page.get_by_label("Objectif servi").select_option(label="Ouvrir une matériauthèque")
    page.get_by_role("button", name="Ouvrir ce projet").click()
    page.get_by_role("link", name="Dire les partenaires et leurs parts").click()
    for name, share in (("Atelier bois", "1/3"), ("Foncière du Gué", "50 %")):
        page.get_by_role("checkbox", name=name).check()
        page.get_by_label(f"Part du projet : {name}").fill(share)
    page.get_by_role("button", name="Enregistrer les partenaires").click()
    expect(page.get_by_text("elles doivent faire 100 % exactement").first).to_be_visible()
    expect(page.get_by_label("Part du projet : Atelier bois")).to_have_value("1/3")
    page.get_by_label("Part du projet : Foncière du Gué").fill("2/3")
    page.get_by_role("button", name="Enregistrer les partenaires").click()
    expect(page.get_by_role("row", name="Atelier bois")).to_contain_text("1/3")


def tasks_by_keyboard(page: Page) -> None:
    page.get_by_role("link", name="Ajouter une tâche").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Tâche").focus()
    page.keyboard.type("Signer le bail")
    page.get_by_label("Commence le").fill("2026-01-05")
    page.get_by_label("Finit le").fill("2026-02-01")
    page.get_by_role("button", name="Ajouter, puis une autre").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Tâche").focus()
    page.keyboard.type("Aménager")
    page.get_by_label("Commence le").fill("2026-01-20")
    page.get_by_label("Finit le").fill("2026-03-01")
    page.get_by_role("checkbox", name="Signer le bail").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Ajouter cette tâche").focus()
    page.keyboard.press("Enter")
    rows = page.locator(".gantt-rows > li")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("en retard")
    expect(rows.nth(1)).to_contain_text("commence avant la fin de ce qu'elle attend")
    page.get_by_text("Les mêmes tâches en tableau").focus()
    page.keyboard.press("Enter")
    table = page.get_by_role("table", name="Tâches du projet")
    expect(table.get_by_role("row", name="Aménager")).to_contain_text("Signer le bail")
    page.get_by_role("button", name="C'est fait : Signer le bail").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 tâche faite ou laissée")).to_be_visible()


def refused_without_financing(page: Page) -> None:
    page.get_by_role("link", name="Le mettre à l'étude").click()
    page.get_by_role("button", name="Écrire cette étape").click()
    page.get_by_role("link", name="Il est décidé").click()
    page.get_by_role("button", name="Écrire cette étape").click()
    expect(page.get_by_text("Un projet se décide avec son ingénierie financière")).to_be_visible()
    page.get_by_role("link", name="Compléter l'ingénierie financière").click()
    page.get_by_role("checkbox", name="subventions").check()
    page.get_by_label("Outils et dispositifs").fill("Appel à projets")
    page.get_by_label("Qui conseille").fill("personne")
    page.get_by_label("Coût de cette ingénierie, en euros").fill("12.500")
    page.get_by_label("Calendrier du financement").fill("avant l'été")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("se lit de deux façons").first).to_be_visible()
    page.get_by_label("Coût de cette ingénierie, en euros").fill("0")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("le projet peut être décidé")).to_be_visible()
    page.get_by_role("link", name="Il est décidé").click()
    page.get_by_role("button", name="Écrire cette étape").click()
    expect(page.get_by_text("Le projet est maintenant : décidé.")).to_be_visible()


def a_need_and_its_answer(camille: Page, sacha: Page) -> None:
    camille.goto(f"{SPACE}besoins/nouveau/?sens=ressource")
    expect(camille.get_by_role("radio", name="une ressource inemployée")).to_be_checked()
    camille.get_by_label("De quoi s'agit-il ?").select_option(label="locaux")
    camille.get_by_label("En quelques mots").fill("Hangar à moitié vide, stockage possible")
    camille.get_by_label("Qui le dit").select_option(label="Foncière du Gué")
    camille.get_by_label("Commune").fill("Vitré")
    camille.get_by_role("button", name="L'inscrire au registre").click()
    sacha.goto(f"{SPACE}besoins/")
    fits(sacha)
    sacha.get_by_role("link", name="Dire un besoin").click()
    sacha.get_by_label("De quoi s'agit-il ?").select_option(label="locaux")
    sacha.get_by_label("En quelques mots").fill("Du stockage au sec")
    sacha.get_by_label("Commune").fill("35360")
    fits(sacha)
    sacha.get_by_role("button", name="L'inscrire au registre").click()
    expect(sacha.get_by_text("même nature · mêmes mots : stockage · même commune")).to_be_visible()
    fits(sacha)
    sacha.get_by_role("button", name="Rapprocher : Hangar").click()
    expect(sacha.get_by_text("à ceux qui les ont dits de se parler")).to_be_visible()
    sacha.goto(f"{SPACE}projets/")
    sacha.get_by_role("link", name="Matériauthèque du Gué").click()
    fits(sacha)
    expect(sacha.get_by_role("link", name="Décrire")).to_have_count(0)
    camille.goto(f"{SPACE}besoins/")
    camille.get_by_role("link", name="Du stockage au sec").click()
    camille.get_by_label("Projet : Hangar").select_option(label="Matériauthèque du Gué")
    camille.get_by_role("button", name="Relier à ce projet").click()
    camille.get_by_role("link", name="Matériauthèque du Gué").click()
    expect(camille.get_by_text("Besoins et ressources rapprochés pour lui")).to_be_visible()
