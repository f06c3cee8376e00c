"""Invoices from end to end: written on a telephone, issued, paid by a line of a statement, undone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import running_site
from tests.billing.camt_files import document, entry, statement
from tests.browser.test_entry import fits
from tests.browser.test_espace_tender import PASSWORD, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]
HOME = "/poles/pole-des-essais/espace/"
_MAKE = f"""
from allauth.account.models import EmailAddress
from terreau.accounts.models import User
from terreau.actors import belonging
from terreau.actors.actions import create_actor
from terreau.poles.composition import add_member
from terreau.poles.models import Pole
from terreau.subjects.models import Subject
actor = create_actor("Pôle des essais", source=None, public=True, kind=Subject.Kind.POLE)
pole = Pole.objects.create(actor=actor, slug="pole-des-essais", fictional=True)
made = {{}}
for name in ("camille", "sacha"):
    user = User.objects.create_user(f"{{name}}@people.example.org", "{PASSWORD}", name=name.capitalize())
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    made[name] = user
belonging.found(made["camille"], actor, by=made["camille"])
canteen = create_actor("Cantine des rives", source=None, public=True)
add_member(pole, canteen, by=made["camille"])
belonging.found(made["sacha"], canteen, by=made["sacha"])
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site with a pole and a member."""
    with running_site.serve(tmp_path_factory.mktemp("billing"), ["shell", "-c", _MAKE]) as address:
        yield address


def test_an_invoice_is_written_paid_by_a_statement_and_undone(browser: Browser, address: str) -> None:
    animator = signed_in(browser, address, "camille", 360)
    _written(animator)
    _paid(animator)
    _member(browser, address)
    _undone(animator)
    animator.context.close()


def _written(page: Page) -> None:
    """An empty line is refused where it lacks, what was typed stays; the keyboard is enough."""
    page.goto(f"{HOME}factures/")
    page.get_by_role("link", name="Écrire une facture").click()
    page.get_by_label("Qui paie").select_option(label="Cantine des rives")
    page.get_by_label("Objet").fill("Salle d'octobre")
    first = page.get_by_role("group", name="Ligne 1 de la facture")
    first.get_by_label("Désignation").fill("La halle, deux matinées")
    page.get_by_role("button", name="Garder le brouillon").last.click()
    expect(first.get_by_text("Donnez un prix.")).to_be_visible()
    expect(first.get_by_label("Désignation")).to_have_value("La halle, deux matinées")
    first.get_by_label("Quantité").fill("2")
    first.get_by_label("Prix unitaire hors taxe").fill("40,50")
    first.get_by_label("TVA en %").fill("20")
    first.get_by_label("TVA en %").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Facture pro forma PF-00001")
    fits(page)
    page.get_by_role("button", name="Émettre la facture").click()
    expect(page.get_by_text("La facture est émise")).to_be_visible()
    expect(page.locator(".figure-value")).to_contain_text("97,20")
    with page.expect_download() as found:
        page.get_by_role("link", name="Factur-X (PDF)").click()
    assert found.value.suggested_filename == "PF-00001.pdf"


def _paid(page: Page) -> None:
    """A statement is read; the line proposes the invoice, the person accepts."""
    page.goto(f"{HOME}banque/")
    page.get_by_label("Nom du compte").fill("Compte courant")
    page.get_by_role("button", name="Suivre ce compte").click()
    rows = [entry(9_720, "2026-10-03", "VIR PF-00001", party="CANTINE DES RIVES"), entry(-500, "2026-10-04")]
    file = {"name": "octobre.xml", "mimeType": "text/xml", "buffer": document(statement(rows, closing=9_220))}
    page.get_by_label("Fichier de la banque").set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="Lire ce fichier").click()
    expect(page.get_by_text("2 lignes nouvelles.")).to_be_visible()
    expect(page.get_by_text("presque sûr")).to_be_visible()
    fits(page)
    page.get_by_role("button", name="Accepter pour la ligne du 3 octobre").click()
    expect(page.get_by_role("heading", name="1 ligne à pointer")).to_be_visible()


def _member(browser: Browser, address: str) -> None:
    """Who pays reads its invoice, moves nothing, and does not see the bank."""
    page = signed_in(browser, address, "sacha")
    page.goto(f"{HOME}factures/?voir=toutes")
    page.get_by_role("link", name="PF-00001").click()
    expect(page.get_by_text("réglée")).to_be_visible()
    expect(page.get_by_role("button", name="Défaire ce règlement")).to_have_count(0)
    page.goto(f"{HOME}banque/")
    expect(page.get_by_text("Les relevés sont lus par qui anime le pôle")).to_be_visible()
    page.context.close()


def _undone(page: Page) -> None:
    """A payment is undone with a reason; without one it says so and nothing moves."""
    page.goto(f"{HOME}factures/1/")
    page.get_by_text("Défaire 97,20").click()
    page.get_by_role("button", name="Défaire ce règlement").click()
    expect(page.get_by_text("Ce champ est obligatoire").first).to_be_visible()
    page.get_by_label("Pourquoi", exact=True).first.fill("Mauvaise facture")
    page.get_by_role("button", name="Défaire ce règlement").click()
    expect(page.get_by_text("Défait : Mauvaise facture")).to_be_visible()
    expect(page.locator(".figure-value")).to_contain_text("97,20")
