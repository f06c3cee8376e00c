"""A territory drawn by hand: by keyboard in the list, by clicks on the map, always the same in both."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener
from tests.browser.test_every_page import map_at_rest, violations

pytestmark = [pytest.mark.browser, pytest.mark.reads]
URL = "/mon-territoire/dessiner/"


def drawing(page: Page, query: str = "") -> None:
    """Open the tool and wait until its map is ready."""
    page.goto(URL + query)
    page.wait_for_selector(".map-live.is-ready", state="attached")
    map_at_rest(page)


def codes(page: Page) -> list[str]:
    """Return what the list holds."""
    return sorted(filter(None, page.locator("#dessin [name=codes]").input_value().split(",")))


def tab_to(page: Page, selector: str, limit: int = 60) -> None:
    """Press Tab until the focus is on what matches."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} was not reached by {limit} presses of Tab")


def add(page: Page, word: str, count: int) -> None:
    """Type a name or a code and press Enter; the list then holds ``count`` communes."""
    page.keyboard.type(word)
    page.keyboard.press("Enter")
    expect(page.locator(".draw-total strong")).to_contain_text(str(count))
    expect(page.locator("#ajouter")).to_have_value("")


def test_three_departments_by_keyboard_exported_and_pasted_back(open_page: Opener, tmp_path: Path) -> None:
    page = open_page(1280)
    drawing(page)
    tab_to(page, "#ajouter")
    for count, word in enumerate(("Redon", "44067", "Allaire"), start=1):
        add(page, word, count)
    assert codes(page) == ["35236", "44067", "56001"]
    expect(page.locator(".draw-group")).to_have_count(3)
    expect(page.locator("#annonce")).to_contain_text("Allaire ajoutée")
    assert "35236" in page.url

    for kind in ("geojson", "csv"):
        tab_to(page, f"[value={kind}]")
        with page.expect_download() as download:
            page.keyboard.press("Enter")
        saved = tmp_path / f"territoire.{kind}"
        download.value.save_as(saved)
        text = saved.read_text("utf-8")

        other = open_page(1280)
        drawing(other)
        tab_to(other, ".draw summary")
        other.keyboard.press("Enter")
        tab_to(other, "#coller")
        other.keyboard.insert_text(text)
        tab_to(other, "[value=coller]")
        other.keyboard.press("Enter")
        expect(other.locator(".draw-total strong")).to_contain_text("3")
        assert codes(other) == ["35236", "44067", "56001"]


def test_removing_a_line_keeps_the_focus_in_the_list(open_page: Opener) -> None:
    page = open_page(1280)
    drawing(page, "?codes=35236,44067,56001")
    tab_to(page, "[name=retirer][value='44067']")
    page.keyboard.press("Enter")
    expect(page.locator(".draw-total strong")).to_contain_text("2")
    assert codes(page) == ["35236", "56001"]
    assert page.evaluate("() => document.activeElement.name") == "retirer"
    expect(page.locator("#annonce")).to_contain_text("retirée")


def clicked(page: Page, dx: float, dy: float) -> None:
    """Click on the map, away from its middle by a part of its size."""
    box: Any = page.locator(".map-live canvas").bounding_box()
    page.mouse.click(box["x"] + box["width"] * (0.5 + dx), box["y"] + box["height"] * (0.5 + dy))


def test_a_click_on_the_map_changes_the_list_and_the_list_changes_the_map(open_page: Opener) -> None:
    page = open_page(1280)
    drawing(page, "?codes=35236")
    clicked(page, 0.3, 0.3)
    expect(page.locator(".draw-total strong")).to_contain_text("2")
    assert len(codes(page)) == 2
    clicked(page, 0.3, 0.3)
    expect(page.locator(".draw-total strong")).to_contain_text("1")
    assert codes(page) == ["35236"]
    clicked(page, 0, 0)
    expect(page.locator(".draw-total")).to_have_count(0)
    assert codes(page) == []


def test_quick_clicks_are_all_kept(open_page: Opener) -> None:
    page = open_page(1280)
    drawing(page, "?codes=35236")
    for dx, dy in ((0.3, 0.3), (-0.3, 0.3), (0.3, -0.3), (-0.3, -0.3)):
        clicked(page, dx, dy)
    expect(page.locator(".draw-total strong")).to_contain_text("5")


def test_names_are_completed(open_page: Opener) -> None:
    page = open_page(1280)
    drawing(page)
    page.locator("#ajouter").press_sequentially("redon", delay=20)
    # The first letters have their own answers.
    expect(page.locator("#noms option").first).to_have_attribute("value", "Redon (35)")


def test_the_names_of_my_territory_are_completed_one_after_the_other(open_page: Opener) -> None:
    page = open_page(360)
    page.goto("/mon-territoire/")
    page.locator("#codes").press_sequentially("Allaire, redon", delay=20)
    first = page.locator("#noms option").first
    expect(first).to_have_attribute("value", "Allaire, Redon (35)")
    page.locator("#codes").fill("Allaire, Redon (35)")
    page.locator("#codes").press("Enter")
    expect(page.locator("h1")).to_have_text("Allaire, Redon")


@pytest.mark.parametrize("width", [360, 1280])
def test_without_javascript_the_form_does_it_all(open_page: Opener, width: int) -> None:
    page = open_page(width, javascript=False)
    page.goto(URL)
    for word in ("Redon", "44067"):
        page.locator("#ajouter").fill(word)
        page.locator("#ajouter").press("Enter")
    assert codes(page) == ["35236", "44067"]
    page.locator("[name=retirer][value='35236']").click()
    assert codes(page) == ["44067"]
    assert page.locator("svg.drawing .shape-area").count() == 1


def test_only_what_is_seen_is_loaded(open_page: Opener) -> None:
    page = open_page(1280)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    drawing(page, "?codes=974")
    loaded = [url for url in asked if "/carte/communes/" in url]
    assert len(loaded) == 1
    assert "/974-" in loaded[0]


@pytest.mark.parametrize("query", ["", "?codes=35236,44067,56001", "?codes=region:53"])
def test_no_violation_and_no_sideways_scroll(open_page: Opener, query: str) -> None:
    page = open_page(1280)
    drawing(page, query)
    assert violations(page) == []
    for width in (768, 360, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width, f"{width} px"
    page.wait_for_timeout(500)
    map_at_rest(page)
    assert violations(page) == []
