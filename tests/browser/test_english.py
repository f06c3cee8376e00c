"""What JavaScript adds to an English page is English too."""

import pytest

from tests.browser.conftest import Opener
from tests.browser.test_every_page import settled
from tests.house.english import TERMS, french_sentences
from tests.page_texts import Names, Page, Text, looks_french

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.reads]

PAGES = [
    "/en/",
    "/en/poles/",
    "/en/poles/la-coursive-boutaric/",
    "/en/territoires/epci/243500741/",
    "/en/mon-territoire/dessiner/?codes=35236",
    "/en/integrer/",
    "/en/compte/connexion/",
]


def texts(open_page: Opener, path: str, *, javascript: bool) -> set[Text]:
    """What the page says when it is at rest."""
    page = open_page(1280, javascript=javascript)
    if javascript:
        settled(page, path)
    else:
        page.goto(path)
    return set(Page(page.content()).texts)


@pytest.mark.parametrize("path", PAGES)
def test_what_javascript_adds_is_english(open_page: Opener, path: str) -> None:
    before = texts(open_page, path, javascript=False)
    added = texts(open_page, path, javascript=True) - before
    assert all(one.language == "en" for one in before if one.place == "h1")
    # What the page said already is read by tests/house/test_english.py; poles have their names there.
    names, sentence = Names([*TERMS, *(one.text for one in before)]), french_sentences()
    assert not [
        one
        for one in added
        if one.language != "fr" and (sentence.fullmatch(one.text) or looks_french(one.text, names))
    ]


def test_the_language_is_one_click_away(open_page: Opener) -> None:
    page = open_page(1280)
    page.goto("/poles/?region=53")
    page.get_by_role("link", name="English").click()
    assert page.url.endswith("/en/poles/?region=53")
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("h1").inner_text() == "Poles"
