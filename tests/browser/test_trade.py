"""Two members and one invoice: typed before tax by one, brought as a file by the other; they agree."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import running_site
from tests.browser.test_entry import fits

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PASSWORD = "une phrase assez longue"
HOME = "/poles/pole-des-essais/espace/commerce/"
NAMES, SIRENS = ("Ferme des rives", "Four commun"), ("552100554", "732829320")
_MAKE = f"""
from allauth.account.models import EmailAddress
from terreau.accounts.models import User
from terreau.actors import belonging
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor
from terreau.poles.composition import add_member
from terreau.poles.models import Pole
from terreau.subjects.models import Subject
actor = create_actor("Pôle des essais", source=None, public=True, kind=Subject.Kind.POLE)
pole = Pole.objects.create(actor=actor, slug="pole-des-essais", fictional=True)
made = {{}}
for name in ("camille", "sacha", "lou"):
    user = User.objects.create_user(f"{{name}}@people.example.org", "{PASSWORD}", name=name.capitalize())
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    made[name] = user
belonging.found(made["camille"], actor, by=made["camille"])
for name, siren, person in zip({NAMES!r}, {SIRENS!r}, ("sacha", "lou"), strict=True):
    one = create_actor(name, source=None, public=True)
    Actor.objects.filter(pk=one.pk).update(siren=siren)
    add_member(pole, one, by=made["camille"])
    belonging.found(made[person], one, by=made[person])
"""
_UBL = """<?xml version="1.0"?><Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID><cbc:ID>FA-2026-012</cbc:ID>
<cbc:IssueDate>2026-03-10</cbc:IssueDate><cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>
<cbc:DocumentCurrencyCode>{currency}</cbc:DocumentCurrencyCode>
<cac:AccountingSupplierParty><cac:Party><cac:PartyLegalEntity><cbc:RegistrationName>Ferme</cbc:RegistrationName>
<cbc:CompanyID schemeID="0002">552100554</cbc:CompanyID></cac:PartyLegalEntity></cac:Party>
</cac:AccountingSupplierParty><cac:AccountingCustomerParty><cac:Party><cac:PartyLegalEntity>
<cbc:RegistrationName>Four</cbc:RegistrationName><cbc:CompanyID schemeID="0002">732829320</cbc:CompanyID>
</cac:PartyLegalEntity></cac:Party></cac:AccountingCustomerParty><cac:LegalMonetaryTotal>
<cbc:TaxExclusiveAmount currencyID="EUR">1000.00</cbc:TaxExclusiveAmount>
<cbc:TaxInclusiveAmount currencyID="EUR">1200.00</cbc:TaxInclusiveAmount>
<cbc:PayableAmount currencyID="EUR">1200.00</cbc:PayableAmount></cac:LegalMonetaryTotal></Invoice>"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site with a pole and two members, each with its person."""
    with running_site.serve(tmp_path_factory.mktemp("trade"), ["shell", "-c", _MAKE]) as address:
        yield address


def signed_in(browser: Browser, address: str, name: str, width: int = 1280) -> Page:
    """Open the site as one of these people."""
    viewport = {"width": width, "height": 800}
    page = browser.new_context(base_url=address, viewport=viewport, locale="fr-FR").new_page()  # type: ignore[arg-type]
    page.goto("/compte/connexion/")
    page.get_by_label("Adresse électronique").fill(f"{name}@people.example.org")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    page.wait_for_url(lambda url: "/connexion/" not in url)
    return page


def test_two_members_agree_on_an_invoice(browser: Browser, address: str, tmp_path: Path) -> None:
    farmer = signed_in(browser, address, "sacha", 360)
    baker = signed_in(browser, address, "lou")
    path = _typed(farmer, address)
    _brought(baker, tmp_path)
    _agreed(farmer, path)
    _counted(baker)
    # Animating the pole opens nothing between two members.
    animator = signed_in(browser, address, "camille")
    assert animator.goto(path).status == 404  # type: ignore[union-attr]
    animator.goto(f"{HOME}reseau/")
    expect(animator.get_by_text("Ferme des rives")).to_have_count(0)
    for page in (farmer, baker, animator):
        page.context.close()


def _typed(farmer: Page, address: str) -> str:
    """On a telephone, the seller writes the amount before tax by mistake."""
    farmer.goto(HOME)
    farmer.get_by_role("link", name="Écrire un échange").first.click()
    farmer.get_by_label("Elle achète ou elle vend").select_option("seller")
    farmer.get_by_label("L'autre membre").select_option(label="Four commun")
    farmer.get_by_label("Date de la facture").fill("2026-03-10")
    farmer.get_by_label("Montant toutes taxes comprises (€)").fill("1000")
    farmer.get_by_label("Numéro de la facture").fill("FA-2026-12")
    farmer.get_by_label("À quoi tient cet échange ?").select_option("met")
    fits(farmer)
    farmer.get_by_role("button", name="Écrire l'échange").click()
    expect(farmer.get_by_text("L'autre organisation est prévenue")).to_be_visible()
    return farmer.url.removeprefix(address)


def _brought(baker: Page, folder: Path) -> None:
    """The buyer brings the invoice: a wrong file is told, the right one shows that both differ."""
    for name, currency in (("dollars.xml", "USD"), ("facture.xml", "EUR")):
        (folder / name).write_text(_UBL.format(currency=currency), encoding="utf-8")
    field = "Le fichier des écritures comptables (FEC), ou des factures électroniques"
    baker.goto(f"{HOME}importer/")
    baker.get_by_label(field).set_input_files(folder / "dollars.xml")
    baker.get_by_role("button", name="Lire le fichier").click()
    expect(baker.get_by_text("seul l'euro est pris ici")).to_be_visible()
    baker.get_by_label(field).set_input_files(folder / "facture.xml")
    baker.get_by_role("button", name="Lire le fichier").click()
    expect(baker.get_by_role("checkbox", name="Acheté à Ferme des rives")).to_be_checked()
    baker.get_by_label("À quoi tiennent ces échanges ?").select_option("met")
    baker.get_by_role("button", name="Garder ce que j'ai choisi").click()
    expect(baker.get_by_role("heading", name="Les deux versions diffèrent")).to_be_visible()
    expect(baker.get_by_text("L'écart est celui de la TVA")).to_be_visible()


def _agreed(farmer: Page, path: str) -> None:
    """The seller reads why, and takes the version of the other, by keyboard."""
    farmer.goto(path)
    expect(farmer.get_by_text("L'écart est celui de la TVA")).to_be_visible()
    fits(farmer)
    button = farmer.get_by_role("button", name="Je suis d'accord avec cette version")
    button.focus()
    farmer.keyboard.press("Enter")
    expect(farmer.get_by_text("Dû au pôle : Rencontré au pôle.")).to_be_visible()
    fits(farmer)


def _counted(baker: Page) -> None:
    """The statement of the buyer holds it once, and the drawing has its table."""
    baker.goto(f"{HOME}releve/?annee=2026")
    expect(baker.get_by_role("row").filter(has_text="Ferme des rives")).to_have_count(1)
    baker.goto(f"{HOME}reseau/?annee=2026")
    expect(baker.get_by_role("img", name="1 flèche")).to_be_visible()
    expect(baker.get_by_role("row").filter(has_text="Four commun")).to_have_count(1)
