"""Look ahead, note a payment, print the accounts, publish; a member reads a statement on a telephone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import running_site
from tests.browser.test_entry import fits
from tests.browser.test_espace_report import PASSWORD, opened
from tests.browser.test_every_page import violations

pytestmark = [pytest.mark.browser, pytest.mark.slow]
POLE = "pole-sud"
HERE = f"/poles/{POLE}/espace"
_PEOPLE = f"""
from datetime import date
from allauth.account.models import EmailAddress
from django.utils import timezone
from terreau.accounts.models import User
from terreau.actors import belonging
from terreau.flows import actions as flows
from terreau.flows.rules import Entry
from terreau.forecast import demo
from terreau.poles.models import Membership, Pole
pole = Pole.objects.select_related("actor__subject").get(slug="{POLE}")
member = Membership.objects.filter(pole=pole).select_related("actor").order_by("pk")[0].actor
for name, actor in (("camille", pole.actor), ("driss", member)):
    user = User.objects.create_user(f"{{name}}@people.example.org", "{PASSWORD}", name=name.capitalize())
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    belonging.found(user, actor, by=user)
demo.fill(pole, user)
today = timezone.localdate()
common = dict(on=today, instrument="")
flows.record(pole.actor, [
    Entry(giver=pole.pk, receiver=member.pk, nature="cash", cents=4_500, label="Remboursement", **common),
    Entry(giver=member.pk, receiver=pole.pk, nature="time", thousandths=3_500, unit="hours",
          label="Comité de pilotage", **common),
], by=user)
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site of its own, with who animates a pole and somebody of a member."""
    folder: Path = tmp_path_factory.mktemp("faces")
    with running_site.serve(folder, ["shell", "-c", _PEOPLE]) as found:
        yield found


def sign_in(page: Page, name: str) -> None:
    page.goto("/compte/connexion/")
    page.get_by_label("Adresse électronique").fill(f"{name}@people.example.org")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    page.wait_for_url(lambda url: "/connexion/" not in url)


def test_the_whole_way(browser: Browser, address: str) -> None:
    desk = opened(browser, address, 1280)
    sign_in(desk, "camille")
    look_ahead(desk)
    receive(desk)
    what_if_by_keyboard(desk)
    print_and_publish(desk)
    read_as_a_visitor(browser, address)
    phone = opened(browser, address, 360, javascript=False)
    sign_in(phone, "driss")
    read_my_statement(phone)


def look_ahead(page: Page) -> None:
    page.goto(f"{HERE}/previsions/")
    expect(page.get_by_role("heading", name="Ce qui prend fin")).to_be_visible()
    expect(page.get_by_role("table", name="Ressources et dépenses prévues")).to_contain_text(
        "Acquis ou prévu"
    )
    assert not violations(page)


def receive(page: Page) -> None:
    """Write a funding that is granted, then the line of the book that pays it."""
    page.get_by_role("link", name="Ajouter un financement").click()
    page.get_by_label("Qui finance").fill("Fondation des Rives – exemple fictif")
    page.get_by_label("Ce qui est financé").fill("Essai de prévision")
    page.get_by_label("Sorte de financement").select_option("donation")
    page.get_by_label("accordé", exact=True).check()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("alert")).to_contain_text("Dites le montant qui est accordé.")
    page.get_by_label("Montant (€)").fill("2 000")
    page.get_by_label("Premier versement (€)").fill("800,50")
    page.get_by_label("Attendu le", exact=False).first.fill("2027-06-15")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("heading", name="Essai de prévision")).to_be_visible()
    page.get_by_role("button", name="C'est reçu").click()
    expect(page.get_by_role("table")).to_contain_text("reçus le")
    assert not violations(page)


def what_if_by_keyboard(page: Page) -> None:
    page.goto(f"{HERE}/previsions/tresorerie/")
    summary = page.locator("#et-si > summary")
    summary.focus()
    page.keyboard.press("Enter")
    page.get_by_label("Les versements de financements arrivent").select_option("3")
    page.get_by_role("button", name="Voir ce que cela change").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Point bas comme prévu", exact=False)).to_be_visible()
    assert "retard=3" in page.url
    assert not violations(page)


def print_and_publish(page: Page) -> None:
    page.goto(f"{HERE}/previsions/")
    link = page.get_by_role("link", name="Imprimer les comptes (PDF)")
    answer = page.request.get(str(link.get_attribute("href")))
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert b"pdfuaid" in answer.body()
    page.get_by_role("link", name="Montrer notre économie").click()
    page.get_by_label("Investissement citoyen").check()
    page.get_by_label("Financements publics en cours").check()
    assert not violations(page)
    page.get_by_role("button", name="Publier ces éléments").click()
    expect(page.get_by_role("heading", name="L'économie du pôle")).to_be_visible()


def read_as_a_visitor(browser: Browser, address: str) -> None:
    page = opened(browser, address, 360)
    page.goto(f"/poles/{POLE}/economie/")
    expect(page.get_by_text("Conseil régional – exemple fictif")).to_be_visible()
    expect(page.get_by_text("87")).to_be_visible()
    assert "Essai de prévision" not in page.content()
    assert not violations(page)
    fits(page)


def read_my_statement(page: Page) -> None:
    """Read what the pole brings, on a telephone without JavaScript."""
    page.goto(f"{HERE}/mon-bilan/")
    expect(page.get_by_role("heading", name="Ce que le pôle apporte")).to_be_visible()
    page.get_by_text("Versé par le pôle").click()
    expect(page.get_by_role("link", name="Remboursement").first).to_be_visible()
    page.get_by_text("Heures données", exact=True).click()
    expect(page.get_by_role("link", name="Comité de pilotage").first).to_be_visible()
    # Without JavaScript axe-core would wait for ever.
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
