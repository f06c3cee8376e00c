"""The page of the API: no barrier that axe-core sees, no sideways scroll, everything without JavaScript."""

import pytest

from tests.browser.conftest import Opener
from tests.browser.test_every_page import settled, violations

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.reads]


@pytest.mark.parametrize("path", ["/api/", "/en/api/"])
def test_the_page_of_the_api_bars_nobody(open_page: Opener, path: str) -> None:
    page = open_page(1280)
    settled(page, path)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert violations(page) == []
    for width in (768, 360, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{width} px"
    assert violations(page) == []


def test_parameters_open_without_javascript(open_page: Opener) -> None:
    page = open_page(360, javascript=False)
    page.goto("/api/")
    operation = page.locator("#list_poles")
    assert not operation.locator("dl code", has_text="ancienne_region").first.is_visible()
    operation.locator("summary").click()
    assert operation.locator("dl code", has_text="ancienne_region").first.is_visible()
