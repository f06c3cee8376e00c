"""Two members accept a netting: on a telephone by keyboard, then the last one, who reads the statement."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import running_site
from tests.browser.test_entry import fits
from tests.browser.test_espace_tender import PASSWORD, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]
HOME = "/poles/pole-des-essais/espace/compensations/"
MEMBERS = ("Brigade des rives", "Coopérative du bâti")
_MAKE = f"""
from datetime import date
from allauth.account.models import EmailAddress
from django.utils import timezone
from terreau.accounts.models import User
from terreau.actors import belonging
from terreau.actors.actions import create_actor
from terreau.billing import actions as billing
from terreau.billing.rules import Line
from terreau.poles.composition import add_member
from terreau.poles.models import Pole
from terreau.subjects.models import Subject
actor = create_actor("Pôle des essais", source=None, public=True, kind=Subject.Kind.POLE)
pole = Pole.objects.create(actor=actor, slug="pole-des-essais", fictional=True)
made = {{}}
for name in ("camille", "sacha", "lou", "noor"):
    user = User.objects.create_user(f"{{name}}@people.example.org", "{PASSWORD}", name=name.capitalize())
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    made[name] = user
belonging.found(made["camille"], actor, by=made["camille"])
members = [create_actor(name, source=None, public=True) for name in {MEMBERS!r}]
for one, name in zip(members, ("sacha", "lou"), strict=True):
    add_member(pole, one, by=made["camille"])
    belonging.found(made[name], one, by=made[name])
for debtor, creditor, cents in ((0, 1, 120_000), (1, 0, 90_000)):
    row = billing.draft(pole, kind="trade", seller=members[creditor], buyer=members[debtor],
        on=timezone.localdate(), lines=[Line("Chantier", cents)], label="Chantier", by=made["camille"])
    billing.issue(row, by=made["camille"])
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site with a pole and two members that owe each other."""
    with running_site.serve(tmp_path_factory.mktemp("netting"), ["shell", "-c", _MAKE]) as address:
        yield address


def test_two_members_accept_a_netting(browser: Browser, address: str) -> None:
    sacha = signed_in(browser, address, "sacha", 360)
    lou = signed_in(browser, address, "lou")
    camille = signed_in(browser, address, "camille")
    _join(sacha, lou)
    path = _proposed(camille, address)
    _accepted(sacha, path, MEMBERS[0], by_keyboard=True)
    expect(sacha.get_by_text("Votre accord est noté : on attend encore 1 organisation.")).to_be_visible()
    fits(sacha)
    _accepted(lou, path, MEMBERS[1])
    expect(lou.get_by_text("Tout le monde a accepté : la compensation est réglée.")).to_be_visible()
    _read(lou)
    noor = signed_in(browser, address, "noor")
    assert noor.goto(path).status == 404  # type: ignore[union-attr]
    for page in (sacha, lou, camille, noor):
        page.context.close()


def _join(sacha: Page, lou: Page) -> None:
    """Each says yes for its own organisation."""
    for page, name in ((sacha, MEMBERS[0]), (lou, MEMBERS[1])):
        page.goto(HOME)
        page.get_by_role("button", name=f"Prendre part : {name}").click()
        expect(page.locator(".badge", has_text="prend part")).to_be_visible()
    fits(sacha)


def _proposed(camille: Page, address: str) -> str:
    """Who animates computes the proposal, reads it whole, and may agree for nobody."""
    camille.goto(HOME)
    camille.get_by_role("button", name="Calculer et envoyer").click()
    expect(camille.get_by_role("heading", level=1)).to_have_text("Compensation n° 1")
    expect(camille.locator("#reponses")).to_contain_text("pas encore")
    expect(camille.get_by_role("button", name="Accepter pour")).to_have_count(0)
    fits(camille)
    return camille.url.removeprefix(address)


def _accepted(page: Page, path: str, name: str, *, by_keyboard: bool = False) -> None:
    """Read what it changes in words, accept, prove who one is."""
    page.goto(HOME)
    page.get_by_role("link", name="Lire et répondre").click()
    expect(page.locator(".netting-words").first).to_contain_text("il restera")
    button = page.get_by_role("button", name=f"Accepter pour {name}")
    if by_keyboard:
        button.focus()
        page.keyboard.press("Enter")
    else:
        button.click()
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{path}")


def _read(lou: Page) -> None:
    """The statement: as much on the left as on the right, and a PDF."""
    lou.get_by_role("link", name="Relevé pour votre comptable").click()
    expect(lou.get_by_role("row", name="Ensemble")).to_contain_text("900\u00a0€")
    expect(lou.get_by_text("Vous deviez 900,00\u00a0€, il restait 0,00\u00a0€.")).to_be_visible()
    fits(lou)
    pdf = lou.get_by_role("link", name="Télécharger le relevé (PDF)").get_attribute("href")
    answer = lou.request.get(str(pdf))
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.body().startswith(b"%PDF-")
