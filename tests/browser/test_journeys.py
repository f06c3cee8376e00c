"""What people come to do, from the first page to what they were looking for."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener
from tests.browser.test_every_page import map_at_rest

pytestmark = [pytest.mark.browser, pytest.mark.reads]
WIDTHS = (360, 768, 1280)


@pytest.mark.parametrize("width", WIDTHS)
def test_from_the_home_page_to_a_pole_by_its_name(open_page: Opener, width: int) -> None:
    page = open_page(width)
    page.goto("/")
    page.get_by_label("Un pôle, une commune, un acteur").press_sequentially("coursive", delay=20)
    link = page.locator("#resultats a", has_text="La Coursive").first
    expect(link).to_be_visible()
    link.click()
    expect(page.locator("h1")).to_contain_text("La Coursive")


@pytest.mark.parametrize("width", WIDTHS)
def test_the_same_without_javascript(open_page: Opener, width: int) -> None:
    page = open_page(width, javascript=False)
    page.goto("/")
    page.get_by_label("Un pôle, une commune, un acteur").fill("coursive")
    page.get_by_role("button", name="Chercher").click()
    page.locator("#resultats a", has_text="La Coursive").first.click()
    expect(page.locator("h1")).to_contain_text("La Coursive")


def test_a_dot_of_the_drawn_map_is_a_link(open_page: Opener) -> None:
    page = open_page(1280, javascript=False)
    page.goto("/")
    dot = page.locator(".dots a", has=page.locator("title", has_text="La Coursive"))
    address = dot.get_attribute("href")
    assert address
    page.goto(address)
    expect(page.locator("h1")).to_contain_text("La Coursive")


@pytest.mark.parametrize("width", WIDTHS)
def test_the_state_of_the_directory_is_in_its_address(open_page: Opener, width: int) -> None:
    page = open_page(width)
    page.goto("/poles/?region=53")
    expect(page.locator(".chosen")).to_contain_text("Bretagne")
    before = page.locator(".results-count").first.inner_text()
    page.locator(".chosen a").first.click()
    expect(page.locator(".chosen")).to_have_count(0)
    page.go_back()
    expect(page.locator(".chosen")).to_contain_text("Bretagne")
    expect(page.locator(".results-count").first).to_have_text(before)


def _tab_to(page: Page, selector: str, limit: int = 60) -> None:
    """Press Tab until the focus is on what matches; what is focused must always be visible."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} was not reached by {limit} presses of Tab")


@pytest.mark.parametrize("width", WIDTHS)
def test_my_territory_by_keyboard_alone(open_page: Opener, width: int) -> None:
    page = open_page(width)
    page.goto("/mon-territoire/")
    _tab_to(page, "#codes")
    page.keyboard.type("Saint-Denis, 35236")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Redon")
    _tab_to(page, ".options a")
    chosen = page.evaluate("document.activeElement.parentElement.textContent")
    assert "Saint-Denis" in chosen
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Saint-Denis")
    expect(page.locator("h1")).to_contain_text("Redon")
    _tab_to(page, "a[href*='voisines=1']")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("voisines")


def test_the_first_press_of_tab_leads_to_the_content(open_page: Opener) -> None:
    page = open_page(1280)
    page.goto("/territoires/region/53/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "contenu"


def test_a_long_list_that_is_pasted_is_described(open_page: Opener) -> None:
    page = open_page(360)
    page.goto("/mon-territoire/")
    page.get_by_label("Codes ou noms, un par ligne").fill("35236\n56001\n44067")
    page.get_by_role("button", name="Décrire ce territoire").click()
    expect(page.locator("h1")).to_contain_text("Redon")
    assert "codes=35236" in page.url


def test_the_communes_of_a_region_turn_page_by_page(open_page: Opener) -> None:
    page = open_page(1280)
    page.goto("/territoires/region/53/")
    first = page.locator("#resultats tbody th").first.inner_text()
    page.get_by_role("link", name="Suivants").click()
    expect(page.locator("#resultats tbody th").first).not_to_have_text(first)
    page.get_by_role("link", name="Précédents").click()
    expect(page.locator("#resultats tbody th").first).to_have_text(first)


def test_a_page_and_its_english_twin_lead_to_each_other(open_page: Opener) -> None:
    page = open_page(1280)
    page.goto("/territoires/commune/35236/")
    page.get_by_role("link", name="English").first.click()
    assert page.url.endswith("/en/territoires/commune/35236/")
    assert page.locator("html").get_attribute("lang") == "en"
    page.get_by_role("link", name="Français").first.click()
    assert page.url.endswith("/territoires/commune/35236/")
    assert "/en/" not in page.url


OUTSIDE = """() => {
  const frame = document.querySelector(".map-live").getBoundingClientRect();
  return [...document.querySelectorAll(".map-live .map-point, .map-live .map-cluster")].filter((button) => {
    const box = button.getBoundingClientRect();
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    return x < frame.left || x > frame.right || y < frame.top || y > frame.bottom;
  }).length;
}"""


def test_the_map_stays_whole_when_its_frame_narrows(open_page: Opener) -> None:
    page = open_page(1280)
    page.goto("/")
    page.wait_for_selector(".map-live.is-ready", state="attached")
    map_at_rest(page)
    assert page.evaluate(OUTSIDE) == 0
    page.set_viewport_size({"width": 360, "height": 800})
    page.wait_for_timeout(1500)
    assert page.locator(".map-live .map-cluster").count() > 0
    assert page.evaluate(OUTSIDE) == 0
