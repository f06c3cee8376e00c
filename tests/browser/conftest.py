"""A real Chromium on the real server: what every page must hold, seen from outside."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
Opener = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; one for a file of tests."""
    if not Path(CHROMIUM).exists():
        pytest.skip("Chromium absent: apt-get install chromium, or set CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, site: str) -> Iterator[Opener]:
    """Opens pages of a given width; at the end nothing may have failed in the console or left the site."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def start(width: int = 1280, height: int = 900, *, javascript: bool = True) -> Page:
        context = browser.new_context(
            base_url=site,
            viewport={"width": width, "height": height},
            locale="fr-FR",
            java_script_enabled=javascript,
        )
        contexts.append(context)
        page = context.new_page()
        _watch(page, site, problems)
        return page

    yield start
    for context in contexts:
        context.close()
    assert problems == []


def _watch(page: Page, site: str, problems: list[str]) -> None:
    host = urlsplit(site).netloc

    def leaving(url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https"} and parts.netloc != host:
            problems.append(f"leaves the site: {url}")

    def failing(text: str) -> None:
        # A page that is an error page on purpose is reported by the browser too.
        if "status of 404" not in text and "status of 422" not in text:
            problems.append(text)

    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: failing(message.text) if message.type == "error" else None)
    page.on("request", lambda request: leaving(request.url))
