"""A pole on paper: the page as a printer takes it, and the document made for it."""

from pathlib import Path

import pytest
from playwright.sync_api import Page
from pypdf import PdfReader

from tests.browser.conftest import Opener

pytestmark = [pytest.mark.browser, pytest.mark.reads]
POLE = "/poles/pole-sud/"
HIDDEN = ("header nav", ".breadcrumbs", "footer nav", "main .button", ".map-live")


def shown(page: Page, selector: str) -> int:
    """Count what the eye would see of a selector, on the medium of the moment."""
    return int(
        page.locator(selector).evaluate_all(
            "all => all.filter(one => one.checkVisibility({visibilityProperty: true})).length"
        )
    )


@pytest.mark.parametrize("javascript", [True, False])
def test_a_printed_page_keeps_what_is_said_and_leaves_what_is_pressed(
    open_page: Opener, javascript: bool, tmp_path: Path
) -> None:
    page = open_page(1280, javascript=javascript)
    page.goto(POLE)
    name = page.locator("h1").inner_text()
    assert shown(page, "header nav"), "there is something to hide"
    page.emulate_media(media="print")
    assert {selector: shown(page, selector) for selector in HIDDEN} == dict.fromkeys(HIDDEN, 0)
    assert shown(page, "h1") == 1
    assert shown(page, "main h2") == page.locator("main h2").count()
    paper = tmp_path / "page.pdf"
    page.pdf(path=paper, format="A4")
    said = " ".join(sheet.extract_text() for sheet in PdfReader(paper).pages)
    for word in (name, "Ce que l'on ne sait pas", "archer.fr"):
        assert word in " ".join(said.split()), word
    assert "Fiche en PDF" not in said


def test_the_document_of_a_pole_is_reached_by_keyboard(open_page: Opener, tmp_path: Path) -> None:
    page = open_page(360)
    page.goto(POLE)
    link = page.get_by_role("link", name="Fiche en PDF")
    link.focus()
    assert link.evaluate("one => one === document.activeElement")
    address = link.get_attribute("href")
    answer = page.request.get(str(address))
    assert answer.headers["content-type"] == "application/pdf"
    saved = tmp_path / "fiche.pdf"
    saved.write_bytes(answer.body())
    document = PdfReader(saved)
    assert document.metadata
    assert document.metadata.title == page.locator("h1").inner_text()
    assert "Archer" in " ".join(sheet.extract_text() for sheet in document.pages)


def test_the_printed_list_leads_to_its_document(open_page: Opener) -> None:
    page = open_page(1280)
    page.goto("/poles/imprimer/?region=53")
    page.emulate_media(media="print")
    assert shown(page, "main tbody th") > 2
    address = page.locator("a[href*='liste.pdf']").first.get_attribute("href")
    assert address
    assert "region=53" in address
    assert page.request.get(address).headers["content-type"] == "application/pdf"
