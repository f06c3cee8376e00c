"""One's week in a browser: hours in one tap and taken back, a line and its correction, a document."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from tests import running_site
from tests.browser.test_entry import fits

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PASSWORD, SLUG = "une phrase assez longue", "pole-essai"
AXE = Path(__file__).with_name("axe.min.js")
_YARD = f"""
from allauth.account.models import EmailAddress
from tests.web import espace_yard
from terreau.means import bookings
yard = espace_yard.make("{SLUG}")
bookings.offer(yard.pole, yard.carrier, name="La halle", kind="room", by=yard.animator)
for name, user in (("animation", yard.animator), ("boulange", yard.baker), ("inconnue", yard.stranger)):
    user.set_password("{PASSWORD}")
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
"""
_TOKEN = f"""
import pathlib
from terreau.accounts.models import User
from terreau.notices import rhythm
user = User.objects.get(email="boulange.{SLUG}@people.example.org")
pathlib.Path(__import__("os").environ["TERREAU_DATA_DIR"], "token").write_text(rhythm.token(user))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("week")


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """A site of its own, with a pole without a legal form and its people."""
    with running_site.serve(folder, ["shell", "-c", _YARD], ["shell", "-c", _TOKEN]) as address:
        yield address


def signed_in(browser: Browser, address: str, name: str, width: int, *, javascript: bool = True) -> Page:
    context = browser.new_context(
        base_url=address,
        viewport={"width": width, "height": 800},
        locale="fr-FR",
        java_script_enabled=javascript,
    )
    page = context.new_page()
    page.goto("/compte/connexion/")
    page.get_by_label("Adresse électronique").fill(f"{name}.{SLUG}@people.example.org")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    page.wait_for_load_state()
    return page


def accessible(page: Page) -> None:
    page.evaluate(AXE.read_text() + ";0")
    found = page.evaluate("axe.run(document).then(r => r.violations.map(v => v.id))")
    assert found == []


def test_a_week_on_a_telephone(browser: Browser, address: str) -> None:
    page = signed_in(browser, address, "boulange", 360)
    expect(page).to_have_url(re.compile("/ma-semaine/$"))
    fits(page)
    accessible(page)
    # By keyboard: the first button of hours.
    page.get_by_role("button", name=re.compile("^1")).first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile("C'est noté : 1.h pour « Vie du pôle »"))).to_be_visible()
    page.get_by_role("button", name="Reprendre cette saisie").click()
    expect(page.get_by_text(re.compile("C'est repris : 1.h"))).to_be_visible()
    page.goto(f"/poles/{SLUG}/espace/livre/")
    expect(page.get_by_text("corrige la ligne 1")).to_be_visible()
    page.context.close()


def test_a_line_its_correction_a_document_and_a_refusal(browser: Browser, address: str) -> None:
    page = signed_in(browser, address, "animation", 1280, javascript=False)
    page.goto(f"/poles/{SLUG}/espace/livre/ajouter/")
    page.get_by_role("link", name=re.compile("De l'argent")).click()
    page.get_by_label("Qui donne").select_option(label=f"Fournil {SLUG}")
    page.get_by_label("En quelques mots").fill("Cotisation 2026")
    page.get_by_label("Montant en euros").fill("douze")
    page.get_by_role("button", name="Écrire cette ligne").click()
    expect(page.get_by_text(re.compile("n'est pas un nombre")).first).to_be_visible()
    expect(page.get_by_label("En quelques mots")).to_have_value("Cotisation 2026")
    page.get_by_label("Montant en euros").fill("12,50")
    page.get_by_role("button", name="Écrire cette ligne").click()
    page.get_by_role("link", name="Cotisation 2026").first.click()
    page.get_by_label("Pourquoi cette ligne est corrigée").fill("Mauvais montant")
    page.get_by_role("button", name="Écrire la contre-écriture").click()
    expect(page.get_by_text("Mauvais montant").first).to_be_visible()
    page.goto(f"/poles/{SLUG}/espace/livre/releves/")
    expect(page.get_by_text("Le livre et les relevés disent la même chose")).to_be_visible()

    page.goto(f"/poles/{SLUG}/espace/documents/")
    paper: FilePayload = {"name": "bail.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n%%EOF\n"}
    page.get_by_label("Fichier", exact=True).set_input_files(paper)
    page.get_by_label("Qui le lit").select_option(label="qui anime le pôle")
    page.get_by_role("button", name="Déposer", exact=True).click()
    page.locator("summary", has_text="Le citer ailleurs").click()
    page.get_by_label("Où le citer").select_option(label="La halle")
    page.get_by_role("button", name="Citer", exact=True).click()
    expect(page.get_by_role("link", name="La halle")).to_be_visible()
    closed = page.url
    page.context.close()

    member = signed_in(browser, address, "boulange", 768)
    assert member.goto(closed.removeprefix(address)).status == 404  # type: ignore[union-attr]
    member.goto(f"/poles/{SLUG}/espace/livre/cloture/")
    expect(member.get_by_text("Seul qui anime le pôle clôt le livre")).to_be_visible()
    member.context.close()
    nobody = signed_in(browser, address, "inconnue", 768)
    assert nobody.goto(f"/poles/{SLUG}/espace/").status == 404  # type: ignore[union-attr]
    nobody.context.close()


def test_digests_stop_in_one_click_signed_out(browser: Browser, address: str, folder: Path) -> None:
    page = browser.new_context(base_url=address, locale="fr-FR").new_page()
    page.goto(f"/compte/messages/arret/{(folder / 'token').read_text()}/")
    page.get_by_role("button", name="Ne plus recevoir de résumé").click()
    expect(page.get_by_text("C'est fait : vous ne recevrez plus de résumé")).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="Les recevoir à nouveau").click()
    expect(page.get_by_text("Vous recevrez à nouveau un résumé")).to_be_visible()
    page.context.close()
