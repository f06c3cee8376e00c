"""The components in a real browser: by keyboard, on a telephone, without JavaScript."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Opener

pytestmark = [pytest.mark.browser, pytest.mark.reads]


@pytest.fixture
def page(open_page: Opener) -> Page:
    """Somebody at a desk."""
    return open_page(1280)


@pytest.fixture
def bare(open_page: Opener) -> Page:
    """A telephone without JavaScript."""
    return open_page(360, 800, javascript=False)


def wait(page: Page, condition: str) -> None:
    """Wait for a JavaScript condition; a function, because the policy of the site forbids eval."""
    page.wait_for_function(f"() => {condition}", timeout=20_000)


def open_map(page: Page, path: str) -> None:
    page.goto(path)
    wait(page, "window.__mapIdle === true && document.querySelector('.map-live.is-ready')")


def test_searching_as_one_types_narrows_the_list_and_says_it(page: Page) -> None:
    page.goto("/poles/")
    before = page.locator(".entry").count()
    page.get_by_label("Chercher un pôle").press_sequentially("ecl", delay=30)
    wait(page, "location.search === '?q=ecl'")
    wait(page, f"document.querySelectorAll('.entry').length < {before}")
    assert page.evaluate("document.activeElement.id") == "q"
    assert "pôle" in page.locator("#annonce").inner_text()


def test_a_filter_chosen_by_keyboard_keeps_the_focus_and_the_search(page: Page) -> None:
    open_map(page, "/poles/")
    page.locator("#filtre-region a", has_text="Bretagne").focus()
    page.keyboard.press("Enter")
    wait(page, "location.search === '?region=53'")
    wait(page, "document.querySelector('.chosen')")
    assert "Bretagne" in page.evaluate("document.activeElement.textContent")
    assert page.locator(".map-live").count() == 1
    page.fill("#q", "ecl")
    wait(page, "location.search.includes('q=ecl') && location.search.includes('region=53')")


def test_going_back_brings_the_list_and_its_map_back(page: Page) -> None:
    open_map(page, "/poles/")
    everything = page.locator(".results-count").first.inner_text()
    page.locator("#filtre-region a", has_text="Bretagne").click()
    wait(page, "document.querySelector('.chosen')")
    page.go_back()
    wait(page, "!document.querySelector('.chosen') && document.querySelector('.map-live.is-ready')")
    assert page.locator(".results-count").first.inner_text() == everything


def test_a_point_of_the_map_opens_its_page_by_keyboard(page: Page) -> None:
    open_map(page, "/poles/")
    wait(page, "document.querySelector('.map-point')")
    point = page.locator(".map-point").first
    name = point.get_attribute("aria-label")
    point.focus()
    page.keyboard.press("Enter")
    wait(page, "document.activeElement.className === 'map-popup-link'")
    assert page.evaluate("document.activeElement.textContent") == name
    page.keyboard.press("Escape")
    wait(page, "document.activeElement.classList.contains('map-point')")


def test_the_list_lights_the_map(page: Page) -> None:
    open_map(page, "/poles/?region=53")
    page.locator(".entry a").first.focus()
    wait(page, "document.querySelector('.map-halo')")


def test_the_map_takes_the_place_of_the_drawing_without_moving_the_page(page: Page, bare: Page) -> None:
    open_map(page, "/")
    bare.set_viewport_size({"width": 1280, "height": 900})
    bare.goto("/")
    assert page.locator(".map-frame").bounding_box() == bare.locator(".map-frame").bounding_box()
    assert page.locator("#contenu").bounding_box() == bare.locator("#contenu").bounding_box()


def test_a_source_opens_without_javascript(bare: Page) -> None:
    bare.goto("/territoires/region/53/")
    button = bare.locator(".source-button").first
    panel = bare.locator(f"#{button.get_attribute('popovertarget')}")
    assert not panel.is_visible()
    button.click()
    assert panel.is_visible()
    assert "Source" in panel.inner_text()
    bare.keyboard.press("Escape")
    assert not panel.is_visible()


def test_the_menu_opens_without_javascript(bare: Page) -> None:
    bare.goto("/poles/")
    link = bare.locator(".small-menu").get_by_role("link", name="Mon territoire")
    assert not link.is_visible()
    bare.locator(".small-menu summary").click()
    link.click()
    assert urlsplit(bare.url).path == "/mon-territoire/"


def test_filters_and_search_work_without_javascript(bare: Page) -> None:
    bare.goto("/poles/")
    bare.locator(".filters > summary").click()
    bare.locator("#filtre-region a", has_text="Bretagne").click()
    assert urlsplit(bare.url).query == "region=53"
    bare.fill("#q", "ecl")
    with bare.expect_navigation():
        bare.keyboard.press("Enter")
    assert sorted(urlsplit(bare.url).query.split("&")) == ["q=ecl", "region=53"]
    assert bare.locator(".entry").count() == 1


@pytest.mark.parametrize(
    "path", ["/", "/poles/", "/acteurs/", "/territoires/region/53/", "/compte/connexion/"]
)
def test_pages_reflow_at_320_pixels(page: Page, path: str) -> None:
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
