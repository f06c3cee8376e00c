"""An emerging pole registered on a telephone by keyboard alone, left in the middle and found again."""

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener
from tests.browser.test_every_page import map_at_rest, violations

pytestmark = [pytest.mark.browser, pytest.mark.slow]
BEGIN = "/poles/inscrire/"
#: Milliseconds after which what is typed must have been saved.
SAVED = 15_000


def tab_to(page: Page, selector: str, limit: int = 80) -> None:
    """Press Tab until the focus is on what matches."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} was not reached by {limit} presses of Tab")


def fits(page: Page) -> None:
    """Nothing is wider than the screen, and axe-core sees no barrier."""
    width = page.viewport_size["width"]  # type: ignore[index]
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
    assert violations(page) == [], page.url


def press(page: Page, key: str, then: str) -> None:
    """Press a key that leads to another page."""
    with page.expect_navigation(url=re.compile(then)):
        page.keyboard.press(key)
    page.wait_for_load_state()


def mailed(folder: Path, address: str, link: str) -> str:
    """Return the last address of the site written to somebody: messages go to the log of the server."""
    for _ in range(100):
        text = "".join(
            path.read_text("utf-8", "replace") for path in sorted(folder.glob("site*/gunicorn.log"))
        )
        parts = text.split(f"To: {address}")
        found = re.findall(link, parts[-1]) if len(parts) > 1 else []
        if found:
            return str(found[-1])
        time.sleep(0.1)
    raise AssertionError(f"nothing was written to {address}")


def test_a_pole_is_registered_by_keyboard_left_and_found_again(
    open_page: Opener, tmp_path_factory: pytest.TempPathFactory
) -> None:
    page = open_page(360, 740)
    _name_carrier_and_communes(page)
    # Left in the middle: the tab is closed, another is opened later.
    address = page.url
    other = page.context.new_page()
    page.close()
    _found_again_to_the_preview(other)
    _sign_up(other, tmp_path_factory.getbasetemp())
    if "/apercu/" not in other.url:
        other.goto(address.replace("/communes/", "/apercu/"))
    _submitted(other)


def _name_carrier_and_communes(page: Page) -> None:
    page.goto(BEGIN)
    fits(page)
    tab_to(page, "#id_name")
    page.keyboard.type("Pôle du lin de Redon")
    press(page, "Enter", "/porteur/")

    fits(page)
    tab_to(page, "#id_carrier")
    page.keyboard.type("Collectif du lin")
    expect(page.locator("#etat")).to_contain_text("Enregistré", timeout=SAVED)
    press(page, "Enter", "/communes/")

    map_at_rest(page)
    fits(page)
    tab_to(page, "#ajouter")
    for count, word in enumerate(("Redon", "44067"), start=1):
        page.keyboard.type(word)
        page.keyboard.press("Enter")
        expect(page.locator(".draw-total strong")).to_contain_text(str(count), timeout=SAVED)
    fits(page)


def _found_again_to_the_preview(page: Page) -> None:
    page.goto(BEGIN)
    fits(page)
    tab_to(page, ".entry-title a")
    press(page, "Enter", "/membres/")

    fits(page)
    tab_to(page, "#ajouter")
    page.keyboard.type("Filature des Marais")
    press(page, "Enter", "encore=1")
    # The focus is where one goes on typing.
    page.keyboard.type("Le Moulin")
    press(page, "Enter", "encore=1")
    expect(page.locator("#membres li")).to_have_count(2)
    fits(page)
    tab_to(page, "button[value=suite]")
    press(page, "Enter", "/intention/")

    fits(page)
    tab_to(page, "#id_intention")
    page.keyboard.type("Relier celles et ceux qui cultivent, filent et tissent le lin.")
    page.wait_for_function("() => document.querySelector('[name=vu_intention]').value.endsWith('lin.')")
    tab_to(page, "#id_stage")
    page.keyboard.press("ArrowDown")
    tab_to(page, "form[data-saves] button.button")
    press(page, "Enter", "/apercu/")

    fits(page)
    expect(page.locator(".entry-facts")).to_contain_text("Collectif du lin")
    expect(page.locator(".entry-facts")).to_contain_text("2 communes")


def _submitted(page: Page) -> None:
    fits(page)
    tab_to(page, "#parle")
    page.keyboard.press("Space")
    tab_to(page, "form[action$='/inscrire/'] button")
    press(page, "Enter", "/fait/")
    fits(page)
    expect(page.locator("h1")).to_contain_text("Le pôle est inscrit")
    tab_to(page, "main a[href*='/poles/pole-du-lin-de-redon/']")
    press(page, "Enter", "/poles/pole-du-lin-de-redon/")
    expect(page.locator("h1")).to_contain_text("Pôle du lin de Redon")


def _sign_up(page: Page, folder: Path) -> None:
    """Open an account from the preview and follow the link received."""
    tab_to(page, "a[href*='inscription']")
    press(page, "Enter", "/compte/inscription/")
    email = "lin@example.org"
    tab_to(page, "[name=email]")
    page.keyboard.type(email)
    tab_to(page, "[name=password1]")
    page.keyboard.type("un mot de passe assez long 42")
    press(page, "Enter", "/compte/")
    page.goto(mailed(folder, email, r"https?://\S+/compte/confirmer/\S+"))
    confirm = page.locator("main form button[type=submit]")
    if confirm.count():
        with page.expect_navigation():
            confirm.first.press("Enter")


def test_without_javascript_each_step_keeps_its_own(open_page: Opener) -> None:
    page = open_page(360, 740, javascript=False)
    page.goto(BEGIN)
    page.fill("#id_name", "Pôle sans script")
    page.keyboard.press("Enter")
    page.wait_for_url("**/porteur/")
    page.fill("#id_carrier", "Collectif sans script")
    page.click("text=Enregistrer et quitter")
    page.wait_for_url(f"**{BEGIN}")
    page.click("text=Pôle sans script")
    page.wait_for_url("**/communes/")
    page.fill("#ajouter", "35236")
    page.click("text=Continuer")
    page.wait_for_url("**/membres/")
    page.click("text=Continuer")
    page.wait_for_url("**/intention/")
    page.fill("#id_intention", "Essayer.")
    page.click("text=Continuer")
    page.wait_for_url("**/apercu/")
    expect(page.locator(".entry-facts")).to_contain_text("Collectif sans script")
    expect(page.locator(".entry-facts")).to_contain_text("1 commune")


def test_two_tabs_on_one_text_both_are_shown(open_page: Opener) -> None:
    first = open_page(1280)
    first.goto(BEGIN)
    first.fill("#id_name", "Pôle à deux mains")
    first.keyboard.press("Enter")
    first.wait_for_url("**/porteur/")
    address = first.url.replace("/porteur/", "/intention/")
    first.goto(address)
    second = first.context.new_page()
    second.goto(address)
    first.fill("#id_intention", "Filer.")
    expect(first.locator("[name=vu_intention]")).to_have_value("Filer.", timeout=SAVED)
    second.fill("#id_intention", "Tisser.")
    expect(second.locator(".entry-theirs")).to_contain_text("Filer.", timeout=SAVED)
    expect(second.locator("#id_intention")).to_have_value("Tisser.")
    fits(second)
    second.click("text=Continuer")
    expect(second.locator("text=Garder ce que j'ai écrit")).to_be_visible(timeout=SAVED)
    fits(second)
    second.click("text=Garder ce que j'ai écrit")
    second.wait_for_url("**/apercu/")
    expect(second.locator(".entry-facts")).to_contain_text("Tisser.")


def test_communes_are_picked_on_the_map_and_kept(open_page: Opener) -> None:
    page = open_page(1280)
    page.goto(BEGIN)
    page.fill("#id_name", "Pôle de la carte")
    page.keyboard.press("Enter")
    page.wait_for_url("**/porteur/")
    page.goto(page.url.replace("/porteur/", "/communes/"))
    page.fill("#ajouter", "Redon")
    page.keyboard.press("Enter")
    expect(page.locator(".draw-total strong")).to_contain_text("1", timeout=SAVED)
    page.reload()
    page.wait_for_selector(".map-live.is-ready", state="attached")
    map_at_rest(page)
    box = page.locator(".map-live canvas").first.bounding_box()
    assert box
    # The one commune fills the middle: a click takes it away, another brings it back.
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.click(*middle)
    expect(page.locator("#dessin-liste")).to_contain_text("Aucune commune encore", timeout=SAVED)
    page.mouse.click(*middle)
    expect(page.locator(".draw-total strong")).to_contain_text("1", timeout=SAVED)
    page.reload()
    expect(page.locator(".draw-total strong")).to_contain_text("1")


def test_an_initiative_is_reported_by_keyboard(open_page: Opener) -> None:
    page = open_page(360, 740)
    page.goto("/signaler/")
    fits(page)
    # A person takes longer than this to write; the guard refuses what is faster.
    page.wait_for_timeout(3_500)
    tab_to(page, "#id_name")
    page.keyboard.type("La Recyclerie du Marais")
    tab_to(page, "#id_what")
    page.keyboard.type("Trois associations partagent un local et un véhicule.")
    tab_to(page, "#id_communes")
    page.keyboard.type("Redon")
    press(page, "Enter", "/signaler/suivi/")
    fits(page)
    expect(page.locator("main")).to_contain_text("C'est envoyé, merci")
    expect(page.locator("main")).to_contain_text("Redon")
