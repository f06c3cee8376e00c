"""Two people on one sheet, in two browsers: both keep what they wrote, or one chooses; then its history."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import running_site
from tests.browser.test_entry import fits, tab_to

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PASSWORD, SLUG = "une phrase assez longue", "la-coursive-boutaric"
PEOPLE = ("ada@people.example.org", "zoe@people.example.org")
_PEOPLE = f"""
from allauth.account.models import EmailAddress
from terreau.accounts.models import User
from terreau.actors import belonging
from terreau.poles.models import Pole
actor = Pole.objects.get(slug="{SLUG}").actor
first = None
for address in {PEOPLE!r}:
    user = User.objects.create_user(address, "{PASSWORD}", name=address[:3].title())
    EmailAddress.objects.create(user=user, email=address, verified=True, primary=True)
    if first is None:
        first = user
        belonging.found(user, actor, by=user)
    else:
        belonging.confirm(belonging.ask(user, actor, by=user), by=first)
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site of its own, where two people animate one pole."""
    with running_site.serve(tmp_path_factory.mktemp("edit"), ["shell", "-c", _PEOPLE]) as address:
        yield address


def signed_in(browser: Browser, address: str, email: str, width: int, *, javascript: bool = True) -> Page:
    context = browser.new_context(
        base_url=address,
        viewport={"width": width, "height": 800},
        locale="fr-FR",
        java_script_enabled=javascript,
    )
    page = context.new_page()
    page.goto("/compte/connexion/")
    page.get_by_label("Adresse électronique").fill(email)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    page.wait_for_load_state()
    return page


def figures(page: Page) -> None:
    page.goto(f"/poles/{SLUG}/modifier/chiffres/")


def write(page: Page, code: str, value: str) -> None:
    box = page.locator(f'[name="v.{code}"]')
    if not box.is_visible():
        page.locator("details", has=box).locator("summary").first.click()
    box.fill(value)


def save(page: Page) -> None:
    page.get_by_role("button", name="Enregistrer").click()
    page.wait_for_load_state()


@pytest.mark.parametrize("javascript", [True, False])
def test_two_browsers_on_one_sheet(browser: Browser, address: str, javascript: bool) -> None:
    one = signed_in(browser, address, PEOPLE[0], 1280)
    two = signed_in(browser, address, PEOPLE[1], 360, javascript=javascript)
    first, second, third = ("pole.ideas", "pole.workshops", "pole.associates")
    mine, theirs = ("21", "34") if javascript else ("22", "35")
    for page in (one, two):
        figures(page)
    write(one, first, mine)
    save(one)
    expect(one.get_by_role("status").filter(has_text="enregistré")).to_be_visible()
    # Another field: both stay.
    write(two, second, theirs)
    save(two)
    expect(two.get_by_role("status").filter(has_text="enregistré")).to_be_visible()
    figures(one)
    expect(one.locator(f'[name="v.{first}"]')).to_have_value(mine)
    expect(one.locator(f'[name="v.{second}"]')).to_have_value(theirs)
    # The same field: both values are shown, and the person chooses.
    figures(two)
    write(one, first, "50")
    save(one)
    write(two, first, "60")
    write(two, third, "7")
    save(two)
    expect(two.get_by_role("heading", name="Deux personnes ont écrit le même champ")).to_be_visible()
    fits(two) if javascript else None
    expect(two.get_by_label("Ce que l'autre personne a écrit")).to_be_checked()
    two.get_by_label("Ce que vous avez écrit").check()
    save(two)
    figures(one)
    expect(one.locator(f'[name="v.{first}"]')).to_have_value("60")
    expect(one.locator(f'[name="v.{third}"]')).to_have_value("7")
    for page in (one, two):
        page.context.close()


def test_a_sheet_is_changed_by_keyboard_and_its_history_says_so(browser: Browser, address: str) -> None:
    page = signed_in(browser, address, PEOPLE[0], 360)
    page.goto(f"/poles/{SLUG}/")
    page.get_by_role("link", name="Modifier la fiche").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/modifier/")
    fits(page)
    page.get_by_role("link", name="Textes").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/modifier/textes/")
    fits(page)
    tab_to(page, "#id_texte")
    page.keyboard.type("Un quartier entier s'y retrouve.")
    tab_to(page, "#ajouter button[type=submit]")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Un quartier entier s'y retrouve.")).to_be_visible()
    page.goto(f"/poles/{SLUG}/historique/?genre=textes")
    expect(page.get_by_text("Phrase ajoutée").first).to_be_visible()
    expect(page.get_by_text("Par Ada").first).to_be_visible()
    fits(page)
    page.context.close()


def test_who_else_is_there_is_said(browser: Browser, address: str) -> None:
    one = signed_in(browser, address, PEOPLE[0], 1280)
    two = signed_in(browser, address, PEOPLE[1], 1280)
    figures(one)
    one.wait_for_timeout(1_000)
    figures(two)
    expect(two.get_by_text("Ada modifie aussi cette fiche").first).to_be_visible()
    for page in (one, two):
        page.context.close()
