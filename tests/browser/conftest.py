"""A real Chromium on the real server: what every page must hold, seen from outside."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

# A busy machine is slow to answer: what is awaited is awaited longer, and fails no less.
expect.set_options(timeout=20_000)

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
#: What a site may leave with a visitor, the cache of files apart.
KEPT_BY_SITES = "cookies,file_systems,indexeddb,local_storage,service_workers,cache_storage"


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; one while a process runs tests of this folder."""
    if not Path(CHROMIUM).exists():
        pytest.skip("Chromium absent: apt-get install chromium, or set CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Visitors:
    """Visitors who come back with nothing but their cache: files that do not change are read once.

    A visitor is lent to one test at a time, without cookies, storage or pages of before.
    """

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.free: dict[tuple[str, bool], list[BrowserContext]] = {}
        self.lent: list[tuple[tuple[str, bool], BrowserContext]] = []

    def lend(self, site: str, *, javascript: bool) -> BrowserContext:
        """Return a visitor of the site that nobody else has."""
        kind = (site, javascript)
        waiting = self.free.setdefault(kind, [])
        context = waiting.pop() if waiting else self._new(site, javascript=javascript)
        self.lent.append((kind, context))
        return context

    def _new(self, site: str, *, javascript: bool) -> BrowserContext:
        return self.browser.new_context(base_url=site, locale="fr-FR", java_script_enabled=javascript)

    def take_back(self) -> None:
        """Close the pages of every visitor lent and forget what the site left with them."""
        for kind, context in self.lent:
            first, *others = context.pages or [context.new_page()]
            for page in others:
                page.close()
            cdp = context.new_cdp_session(first)
            cdp.send("Storage.clearDataForOrigin", {"origin": kind[0], "storageTypes": KEPT_BY_SITES})
            first.close()
            context.clear_cookies()
            self.free[kind].append(context)
        self.lent.clear()


@pytest.fixture(scope="package")
def visitors(browser: Browser) -> Visitors:
    """The visitors that tests of this folder share, one after the other."""
    return Visitors(browser)


@pytest.fixture
def open_page(visitors: Visitors, site: str) -> Iterator[Opener]:
    """Opens pages of a given width; at the end nothing may have failed in the console or left the site."""
    problems: list[str] = []

    def start(width: int = 1280, height: int = 900, *, javascript: bool = True) -> Page:
        page = visitors.lend(site, javascript=javascript).new_page()
        page.set_viewport_size({"width": width, "height": height})
        _watch(page, site, problems)
        return page

    yield start
    visitors.take_back()
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
