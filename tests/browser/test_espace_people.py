"""Admit a member from the intention to the charter: who asks, who animates, a member who reads, refusals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import running_site
from tests.browser.test_entry import fits

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PASSWORD = "une phrase assez longue"
#: A pole without a legal form, who animates it, a member, and an organisation that wants to join.
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
animation, ada, cleo = user("animation"), user("ada"), user("cleo")
pole = register_pole("Pôle du lin", carrier=None, codes=[], cog_year=2026, by=animation, public=True)
if not pole.actor.belongings.filter(user=animation).exists():
    belonging.found(animation, pole.actor, by=animation)
weaver = create_actor("Tissage Ada", source=None, public=True, legal_nature="cooperative")
belonging.found(ada, weaver, by=ada)
add_member(pole, weaver, by=animation, role="founder", circle="core")
belonging.found(cleo, create_actor("Cantine Cléo", source=None, public=True), by=cleo)
"""
SPACE, JOIN = "/poles/pole-du-lin/espace/", "/poles/pole-du-lin/rejoindre/"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("espace-people")
    with running_site.serve(folder, ["shell", "-c", _PEOPLE]) as address:
        yield address


def opened(browser: Browser, address: str, name: str, width: int, *, javascript: bool = True) -> Page:
    """Open the site as somebody, signed in."""
    context = browser.new_context(
        base_url=address,
        viewport={"width": width, "height": 800},
        locale="fr-FR",
        java_script_enabled=javascript,
    )
    page = context.new_page()
    page.goto("/compte/connexion/")
    page.get_by_label("Adresse électronique").fill(f"{name}@people.example.org")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    page.wait_for_url(lambda url: "/connexion/" not in url)
    return page


def step(page: Page, name: str, note: str = "") -> None:
    page.get_by_label(name).check()
    page.get_by_label("Ce qui s'est passé").fill(note)
    page.get_by_role("button", name="Écrire cette étape").click()
    page.wait_for_load_state()


@dataclass
class Desk:
    """The three who take part, each at the width of their screen; the member has no JavaScript."""

    asker: Page
    animator: Page
    member: Page


@pytest.fixture
def desk(browser: Browser, own: str) -> Desk:
    return Desk(
        opened(browser, own, "cleo", 360),
        opened(browser, own, "animation", 1280),
        opened(browser, own, "ada", 768, javascript=False),
    )


def test_from_the_note_of_intent_to_the_charter(desk: Desk) -> None:
    deposit_charter(desk.animator)
    mine = ask(desk.asker)
    read_as_a_member(desk.member)
    decide(desk.animator)
    accept(desk.asker, mine)
    share(desk.asker, desk.animator)
    write_rules(desk.animator)


def deposit_charter(page: Page) -> None:
    """The charter that newcomers accept."""
    page.goto(f"{SPACE}statuts/deposer/?texte=charter")
    page.get_by_label("Le texte").fill("Chacun garde son autonomie.\nNous décidons ensemble.")
    page.get_by_role("button", name="Déposer cette version").click()
    expect(page.locator("h1")).to_have_text("Charte du pôle, version 1")
    fits(page)


def ask(page: Page) -> str:
    """Write a note of intent on a telephone: what lacks is told and the rest is kept; return its address."""
    assert page.goto(f"{SPACE}membres/").status == 404  # type: ignore[union-attr]
    page.goto(JOIN)
    page.get_by_label("Au nom de quelle organisation ?").select_option(label="Cantine Cléo")
    page.get_by_label("Ce que vous pouvez apporter").fill("Une cuisine")
    page.get_by_role("button", name="Envoyer notre demande").click()
    expect(page.locator(".error-summary")).to_be_visible()
    expect(page.get_by_label("Ce que vous pouvez apporter")).to_have_value("Une cuisine")
    fits(page)
    page.get_by_label("Pourquoi voulez-vous rejoindre ce pôle ?").fill("Cuisiner avec le pôle.")
    page.get_by_role("button", name="Envoyer notre demande").click()
    expect(page.locator("[aria-current=step]")).to_contain_text("Intention")
    fits(page)
    return page.url


def read_as_a_member(page: Page) -> None:
    """A member reads the request and cannot write its next step."""
    page.goto(f"{SPACE}adhesions/")
    page.get_by_role("link", name="Cantine Cléo").click()
    expect(page.locator("main")).to_contain_text("Cuisiner avec le pôle.")
    assert page.get_by_role("button", name="Écrire cette étape").count() == 0
    assert page.goto(f"{SPACE}membres/ajouter/").status == 403  # type: ignore[union-attr]


def decide(page: Page) -> None:
    """A visit; an acceptance without a decision is refused; one taken apart from any meeting; the charter."""
    page.goto(f"{SPACE}adhesions/")
    page.get_by_role("link", name="Cantine Cléo").click()
    fits(page)
    step(page, "Proposer une visite", "Vu la cuisine.")
    step(page, "Accepter, par une décision")
    expect(page.locator(".error-summary")).to_contain_text("décision")
    page.get_by_label("La décision qui accepte cette adhésion").select_option("nouvelle")
    page.get_by_label("Le cercle donné par le pôle").select_option("partner")
    step(page, "Accepter, par une décision")
    expect(page.locator("[aria-current=step]")).to_contain_text("Décision")
    step(page, "Envoyer la charte à accepter")


def accept(page: Page, mine: str) -> None:
    """Read the charter; without agreeing, nothing; by keyboard, a member that enters the workspace."""
    page.goto(mine)
    expect(page.locator("main")).to_contain_text("Chacun garde son autonomie.")
    button = page.get_by_role("button", name="Accepter et devenir membre")
    button.click()
    expect(page.locator(".error-summary")).to_be_visible()
    page.get_by_label("Nous avons lu ce texte").check()
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("Votre organisation est membre.")
    fits(page)
    page.goto(f"{SPACE}membres/")
    expect(page.get_by_role("link", name="Cantine Cléo")).to_be_visible()


def share(page: Page, animator: Page) -> None:
    """Share one figure of one's own; who animates reads that one alone."""
    page.goto(f"{SPACE}consentements/")
    fits(page)
    page.get_by_label("Bénévoles du membre", exact=True).check()
    page.get_by_role("button", name="Enregistrer nos choix").click()
    animator.goto(f"{SPACE}consentements/")
    expect(animator.get_by_role("row", name="Cantine Cléo")).to_contain_text("partagé, vide")
    fits(animator)


def write_rules(page: Page) -> None:
    """The rules of a body are said as they are typed; the story of the members tells who entered."""
    page.goto(f"{SPACE}gouvernance/instances/nouvelle/")
    page.get_by_label("Nom de l'instance").fill("Réunion des membres")
    page.get_by_role("button", name="Continuer vers ses règles").click()
    page.get_by_label("Combien de sièges doivent être là").select_option("1/2")
    expect(page.locator("#exemple")).to_contain_text("sur 40 sièges il en faut 20")
    fits(page)
    page.get_by_role("button", name="Enregistrer ces règles").click()
    expect(page.locator("h1")).to_have_text("Réunion des membres")
    page.goto(f"{SPACE}membres/histoire/")
    expect(page.locator("main")).to_contain_text("entre : membre, cercle : partenaires")
    fits(page)
