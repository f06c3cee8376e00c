"""Fill the round on a telephone, write words, publish; a visitor reads the report, the tree, nothing else."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import running_site
from tests.browser.test_entry import fits
from tests.browser.test_every_page import violations

pytestmark = [pytest.mark.browser, pytest.mark.slow]
POLE, YEAR = "pole-sud", 2025
HERE = f"/poles/{POLE}/espace"
PASSWORD = "une phrase assez longue"
_PEOPLE = f"""
from allauth.account.models import EmailAddress
from terreau.accounts.models import User
from terreau.actors import belonging
from terreau.indicators import actions
from terreau.poles.models import Pole
pole = Pole.objects.select_related("actor__subject").get(slug="{POLE}")
user = User.objects.create_user("camille@people.example.org", "{PASSWORD}", name="Camille")
EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
belonging.found(user, pole.actor, by=user)
actions.create(pole, by=user, label="Chiffre gardé pour nous", unit="tonnes", family="result")
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site of its own, with who animates a pole."""
    folder: Path = tmp_path_factory.mktemp("report")
    with running_site.serve(folder, ["shell", "-c", _PEOPLE]) as found:
        yield found


def opened(browser: Browser, address: str, width: int, *, javascript: bool = True) -> Page:
    """Open the site as a stranger."""
    context = browser.new_context(
        base_url=address,
        viewport={"width": width, "height": 800},
        locale="fr-FR",
        java_script_enabled=javascript,
    )
    return context.new_page()


def sign_in(page: Page) -> None:
    page.goto("/compte/connexion/")
    page.get_by_label("Adresse électronique").fill("camille@people.example.org")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    page.wait_for_url(lambda url: "/connexion/" not in url)


def test_the_whole_way(browser: Browser, address: str) -> None:
    phone = opened(browser, address, 360)
    sign_in(phone)
    choose(phone)
    fill_the_round(phone)
    desk = opened(browser, address, 1280)
    sign_in(desk)
    write_and_publish(desk)
    read_as_a_visitor(browser, address)
    the_tree_by_keyboard(desk)


def choose(page: Page) -> None:
    """Take two indicators of the core."""
    page.goto(f"{HERE}/indicateurs/choisir/")
    page.get_by_label("Structures membres du pôle").check()
    page.get_by_label("Heures données au pôle").check()
    page.get_by_role("button", name="Suivre ce qui est coché").click()
    expect(page.get_by_role("link", name="Structures membres du pôle")).to_be_visible()
    page.get_by_role("link", name="Structures membres du pôle").click()
    page.get_by_role("link", name="Régler : cible, départ, publication").click()
    page.get_by_label("Montrer cet indicateur à tout le monde").check()
    page.locator("#id_target").fill("12")
    page.get_by_role("button", name="Enregistrer l'indicateur").click()
    expect(page.get_by_text("Tout le monde le voit.")).to_be_visible()


def fill_the_round(page: Page) -> None:
    """What was counted is there already; a wrong figure says why, and the rest is kept."""
    page.goto(f"{HERE}/indicateurs/tour/{YEAR}/")
    fits(page)
    assert violations(page) == []
    members = page.get_by_role("group", name="Structures membres du pôle").get_by_role("textbox").first
    expect(members).not_to_have_value("")
    hours = page.get_by_role("group", name="Heures données au pôle")
    hours.get_by_role("textbox").first.fill("beaucoup")
    page.get_by_role("button", name="Enregistrer mes réponses").click()
    expect(page.get_by_role("alert")).to_contain_text("1 réponse à revoir")
    hours = page.get_by_role("group", name="Heures données au pôle")
    hours.get_by_role("textbox").first.fill("320,5")
    page.get_by_role("button", name="Enregistrer et clore le tour").click()
    expect(page.get_by_text("gardé tel quel")).to_be_visible()
    expect(page.get_by_text("320,5")).to_be_visible()


def write_and_publish(page: Page) -> None:
    """Words are saved while one types; publishing shows what everybody will read."""
    page.goto(f"{HERE}/rapports/{YEAR}/textes/foreword/")
    page.get_by_label("Votre texte").press_sequentially("Une année de chantier.", delay=5)
    expect(page.locator("#etat")).to_have_text("Enregistré.")
    page.reload()
    expect(page.get_by_label("Votre texte")).to_have_value("Une année de chantier.")
    page.get_by_role("link", name="Revenir au rapport").click()
    page.get_by_role("link", name="Relire et publier").click()
    expect(page.get_by_text("Une année de chantier.")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Publier ce rapport").click()
    expect(page.get_by_text("La version 1 est publiée.")).to_be_visible()


def read_as_a_visitor(browser: Browser, address: str) -> None:
    """A stranger, without JavaScript, reads the report and nothing of the workspace."""
    page = opened(browser, address, 360, javascript=False)
    page.goto(f"/poles/{POLE}/rapports/{YEAR}/")
    expect(page.get_by_text("Une année de chantier.")).to_be_visible()
    expect(page.get_by_role("rowheader", name="Structures membres du pôle")).to_be_visible()
    for private in ("Chiffre gardé pour nous", "320,5", "Heures données au pôle"):
        expect(page.get_by_text(private)).to_have_count(0)
    for closed in (f"{HERE}/rapports/{YEAR}/", f"{HERE}/indicateurs/", f"{HERE}/arbre/"):
        answer = page.goto(closed)
        assert answer is not None
        assert answer.status == 404
    page.goto(f"/poles/{POLE}/arbre/")
    expect(page.locator(".tree-list")).to_be_visible()
    expect(page.locator("svg.tree")).to_be_hidden()
    page.context.close()


def the_tree_by_keyboard(page: Page) -> None:
    """On a screen the tree is drawn, grows by its buttons, and no two labels overlap as they are drawn."""
    page.goto(f"{HERE}/arbre/")
    fits(page)
    assert violations(page) == []
    width = page.locator("svg.tree").evaluate("drawing => drawing.getBoundingClientRect().width")
    page.get_by_role("button", name="Grossir le dessin").press("Enter")
    assert page.locator("svg.tree").evaluate("drawing => drawing.getBoundingClientRect().width") > width
    page.get_by_role("button", name="Tout le dessin").press("Enter")
    assert page.locator("svg.tree").evaluate(_OVERLAPS) == 0


_OVERLAPS = """drawing => {
  const boxes = [...drawing.querySelectorAll("g[data-key] text")].map((text) => text.getBoundingClientRect());
  const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom - 3 && b.top < a.bottom - 3;
  return boxes.filter((one, rank) => boxes.slice(0, rank).some((other) => meet(one, other))).length;
}"""
