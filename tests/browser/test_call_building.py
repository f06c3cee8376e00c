"""A call from nothing to its first visitor: written without code, published, and « Puis-je répondre ? »."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests import running_site
from tests.browser.test_entry import fits

pytestmark = [pytest.mark.browser, pytest.mark.slow]
#: An officer of the site with a second factor just proved: the address of the session is left in a file.
_OFFICER = """
from datetime import date
from pathlib import Path
from django.conf import settings
from django.test import Client
from terreau.accounts.models import GlobalRole
from tests.calls import making
user = making.user("Ola", factor=True)
GlobalRole.objects.create(user=user, role="officer", valid_from=date(2020, 1, 1))
client = making.sign_in(Client(), user, proved=True)
Path({file!r}).write_text(client.cookies[settings.SESSION_COOKIE_NAME].value)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the site of this file keeps its data."""
    return tmp_path_factory.mktemp("calls")


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """A site of its own, with the grids, the register, and an officer."""
    seed = _OFFICER.format(file=str(folder / "session"))
    with running_site.serve(folder, ["grids_load", "--save"], ["shell", "-c", seed]) as address:
        yield address


def opened(browser: Browser, address: str, width: int, session: str = "") -> Page:
    """Open the site: as a stranger without JavaScript, or with a session."""
    context: BrowserContext = browser.new_context(
        base_url=address,
        viewport={"width": width, "height": 800},
        locale="fr-FR",
        java_script_enabled=bool(session),
    )
    if session:
        context.add_cookies([{"name": "sessionid", "value": session, "url": address}])
    return context.new_page()


def test_a_call_is_built_then_read_by_who_wonders(browser: Browser, address: str, folder: Path) -> None:
    owner = opened(browser, address, 768, (folder / "session").read_text())
    begun(owner)
    framed(owner)
    asked(owner)
    written(owner)
    published(owner)
    wondering(opened(browser, address, 360))


def begun(page: Page) -> None:
    """A programme, then its first call."""
    page.goto("/appels/nouveau/")
    page.get_by_label("Nom du programme").fill("Fonds du val")
    page.get_by_label("En quelques phrases", exact=True).fill("Soutenir la coopération.")
    page.get_by_label("Porteur du programme").fill("Agglomération du val")
    page.get_by_role("button", name="Commencer").click()
    page.get_by_role("link", name="Écrire un appel").click()
    page.get_by_label("Titre de l'appel").fill("Appel du val 2027")
    page.get_by_role("button", name="Commencer").click()
    expect(page.get_by_role("button", name="Publier l'appel")).to_be_disabled()
    fits(page)


def framed(page: Page) -> None:
    """What lacks is said, and mended where it is."""
    page.get_by_role("link", name="Le faire").first.click()
    summary = page.get_by_label("À quoi sert cet appel (facultatif)", exact=True)
    summary.fill("Créer un poste d'animation partagé.")
    page.get_by_label("Ouvre le, heure de Paris").fill("2026-01-05T09:00:00")
    page.get_by_label("Aide maximale").fill("beaucoup")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("#erreurs")).to_be_visible()
    expect(summary).to_have_value("Créer un poste d'animation partagé.")
    page.get_by_label("Aide maximale").fill("40 000")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("Le cadre est enregistré.")).to_be_visible()


def asked(page: Page) -> None:
    """Who may answer: poles, the legal definition, a rule of its own."""
    page.get_by_role("link", name="Qui peut répondre").click()
    page.get_by_label("pôle", exact=True).check()
    page.get_by_label("Définition légale").check()
    page.get_by_label("Condition (facultatif)").first.fill("Un poste d'animation partagé est prévu")
    page.get_by_role("button", name="Enregistrer").last.click()
    expect(page.get_by_text("C'est enregistré.")).to_be_visible()
    page.get_by_role("link", name="Financeurs").click()
    page.get_by_label("Financeur", exact=False).first.fill("Agglomération")
    page.get_by_role("button", name="Ajouter une ligne").click()
    expect(page.get_by_label("Financeur", exact=False).first).to_have_value("Agglomération")
    page.get_by_role("button", name="Enregistrer").last.click()
    expect(page.get_by_text("Les financeurs sont enregistrés.")).to_be_visible()


def written(page: Page) -> None:
    """A question that shows on a condition, then moved."""
    page.get_by_role("link", name="Formulaire").click()
    page.get_by_role("link", name="Ajouter une question : En mots").click()
    page.get_by_label("La question", exact=True).fill("Combien de membres partagent le poste ?")
    page.get_by_label("Sorte de réponse").select_option("nombre entier")
    page.get_by_label("Montrer seulement si").select_option("Titre du projet")
    page.get_by_label("Comparaison").select_option("est remplie")
    page.get_by_role("button", name="Enregistrer la question").click()
    question = page.locator("#q-combien_de_membres_partagent_le_poste")
    expect(question).to_contain_text("seulement si « Titre du projet » est remplie")
    question.get_by_role("button", name="Monter").click()
    expect(page.locator("#p-projet .call-questions > li").nth(1)).to_contain_text("Combien de membres")
    fits(page)


def published(page: Page) -> None:
    """Published: visible of all, open by the clock."""
    page.get_by_role("link", name="Où en est l'appel").click()
    page.get_by_role("button", name="Publier l'appel").click()
    expect(page.get_by_text("L'appel est publié")).to_be_visible()


def wondering(page: Page) -> None:
    """A stranger on a telephone, without JavaScript, reads the verdict before typing anything of a file."""
    page.goto("/appels/")
    page.get_by_role("link", name="Appel du val 2027").click()
    expect(page.locator("#bref")).to_contain_text("laissé au porteur du programme")
    page.get_by_role("link", name="Puis-je répondre ?").click()
    page.get_by_label("Nom du pôle ou de l'organisation").fill("coursive")
    page.get_by_role("button", name="Chercher").click()
    page.get_by_role("link", name="La Coursive Boutaric").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("La Coursive Boutaric peut-il répondre ?")
    expect(page.locator("#partie-call")).to_contain_text("Être l'un de ces candidats : pôle")
    expect(page.locator("#partie-loi-2014-art9")).to_contain_text("Sur un même territoire")
    page.get_by_label("Votre réponse").select_option("non")
    page.get_by_role("button", name="Voir ce que cela donne").click()
    expect(page.locator("#verdict")).to_contain_text("Non, d'après ce que l'on sait")
    expect(page.locator("#verdict")).to_contain_text("Un poste d'animation partagé est prévu")
