"""A card and a map of Terreau in the page of another site: another host, another port, its own rules."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Frame, Page

from terreau.web.embed import CARD_HEIGHT
from tests.browser.conftest import Opener
from tests.browser.test_every_page import violations

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.reads]
CARD, MAP = "/integrer/poles/pole-sud/", "/integrer/carte/"


class Host:
    """A small site of somebody else; ``pages`` are served as they are written."""

    def __init__(self) -> None:
        pages: dict[str, str] = {}

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = pages.get(self.path)
                self.send_response(200 if body else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write((body or "").encode())

            def log_message(self, *_arguments: object) -> None:
                """Say nothing."""

        self.pages = pages
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"

    def page(self, path: str, body: str) -> str:
        """Serve a page and return its address."""
        self.pages[path] = (
            '<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Un autre site</title>'
            "<style>a { font-size: 40px } p { margin: 50px } .title { display: none }</style></head>"
            f"<body><main><h1>Un autre site</h1>{body}</main></body></html>"
        )
        return self.origin + path


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    found = Host()
    thread = threading.Thread(target=found.server.serve_forever, daemon=True)
    thread.start()
    yield found
    found.server.shutdown()
    found.server.server_close()
    thread.join(10)


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    """A visitor of the other site; anything that its browser refuses fails the test."""
    context = browser.new_context(viewport={"width": 1100, "height": 900}, locale="fr-FR")
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
    yield page
    assert context.cookies() == []
    context.close()
    assert [one for one in problems if "favicon" not in one and "404" not in one] == []


def lines(page: Page, site: str, query: str = "") -> tuple[str, str]:
    """Return the two lines to copy, as the page of Terreau writes them."""
    page.goto(f"{site}/integrer/{query}")
    return page.input_value("#code-cadre"), page.input_value("#code-hauteur")


def frame_of(page: Page) -> Frame:
    page.wait_for_function("() => document.querySelector('iframe')")
    handle = page.query_selector("iframe")
    assert handle
    frame = handle.content_frame()
    assert frame
    frame.wait_for_selector(".terreau-embed")
    return frame


def test_a_card_stands_in_the_page_of_another_site_at_its_height(tab: Page, site: str, host: Host) -> None:
    frame_line, script_line = lines(tab, site, "?pole=pole-sud")
    assert f'src="{site}{CARD}"' in frame_line
    tab.goto(host.page("/carte", frame_line + script_line))
    frame = frame_of(tab)
    assert frame.url.startswith(site)
    assert not host.origin.startswith(site)
    page_link = frame.get_by_role("link", name="Pôle Sud").first
    assert page_link.get_attribute("href") == f"{site}/poles/pole-sud/"
    assert frame.get_by_role("link", name="Licence Ouverte 2.0").is_visible()
    tab.wait_for_function("() => document.querySelector('iframe').style.height")
    wanted = frame.evaluate("Math.ceil(document.body.getBoundingClientRect().height)")
    tab.wait_for_function(f"() => document.querySelector('iframe').clientHeight === {wanted}")
    assert frame.evaluate("document.documentElement.scrollHeight <= innerHeight")


def test_it_grows_when_it_is_narrow(tab: Page, site: str, host: Host) -> None:
    frame_line, script_line = lines(tab, site, "?pole=pole-sud")
    tab.goto(host.page("/etroit", frame_line + script_line))
    frame_of(tab)
    tab.wait_for_function("() => document.querySelector('iframe').style.height")
    wide = tab.locator("iframe").bounding_box()
    tab.set_viewport_size({"width": 340, "height": 800})
    assert wide
    tab.wait_for_function(f"() => document.querySelector('iframe').clientHeight > {wide['height'] + 40}")
    frame = frame_of(tab)
    assert frame.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_without_the_script_it_keeps_the_height_written(tab: Page, site: str, host: Host) -> None:
    frame_line, _script = lines(tab, site, "?pole=pole-sud")
    tab.goto(host.page("/seul", frame_line))
    frame_of(tab)
    tab.wait_for_timeout(300)
    assert tab.evaluate("document.querySelector('iframe').style.height") == ""
    assert tab.evaluate("document.querySelector('iframe').clientHeight") == CARD_HEIGHT


def test_only_the_frame_itself_gives_its_height(tab: Page, site: str, host: Host) -> None:
    frame_line, script_line = lines(tab, site, "?pole=pole-sud")
    tab.goto(host.page("/tiers", frame_line + script_line + '<iframe src="/autre" title="autre"></iframe>'))
    frame_of(tab)
    tab.wait_for_function("() => document.querySelector('iframe').style.height")
    before = tab.evaluate("document.querySelector('iframe').style.height")
    tab.evaluate("window.postMessage({terreau: {height: 9000}}, '*')")
    tab.frames[-1].evaluate("parent.postMessage({terreau: {height: 9000}}, '*')")
    tab.wait_for_timeout(200)
    assert tab.evaluate("document.querySelector('iframe').style.height") == before


def test_the_map_opens_a_pole_by_keyboard(tab: Page, site: str, host: Host) -> None:
    frame_line, script_line = lines(tab, site, "?region=53")
    tab.goto(host.page("/pays", frame_line + script_line))
    frame = frame_of(tab)
    assert frame.locator("circle").count() > 0
    frame.locator("summary").focus()
    tab.keyboard.press("Enter")
    link = frame.locator(".terreau-list a").first
    link.wait_for()
    tab.keyboard.press("Tab")
    assert frame.evaluate("document.activeElement.textContent") == link.inner_text()
    with tab.expect_navigation():
        tab.keyboard.press("Enter")
    assert tab.url.startswith(f"{site}/poles/")


def test_no_other_page_of_the_site_can_be_framed(browser: Browser, site: str, host: Host) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(host.page("/piege", f'<iframe src="{site}/poles/pole-sud/" title="piège"></iframe>'))
    page.wait_for_timeout(1000)
    assert page.frames[-1].url.startswith("chrome-error:")
    context.close()


@pytest.mark.parametrize("path", [CARD, MAP])
def test_a_fragment_keeps_to_itself(browser: Browser, site: str, host: Host, path: str) -> None:
    """Put by the other site's server, without JavaScript: no request, no style that leaks either way."""
    with urlopen(f"{site}{path}fragment.html") as response:
        fragment = response.read().decode()
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(host.page("/inclus", f'<p class="terreau-title" id="leur">Le leur</p>{fragment}'))
    assert [url for url in asked if url.startswith(site)] == []
    assert page.locator(".terreau-embed a", has_text="Licence Ouverte 2.0").is_visible()
    assert page.locator("#leur").evaluate("e => getComputedStyle(e).marginTop") == "50px"
    assert (
        page.locator(".terreau-embed .terreau-title").evaluate("e => getComputedStyle(e).marginTop") == "0px"
    )
    context.close()


def test_a_page_may_fetch_a_fragment(tab: Page, site: str, host: Host) -> None:
    tab.goto(host.page("/demande", '<div id="ici"></div>'))
    tab.evaluate(
        "async address => { ici.innerHTML = await (await fetch(address)).text() }",
        f"{site}{CARD}fragment.html",
    )
    assert tab.locator("#ici .terreau-embed").is_visible()


BARE = [CARD, MAP, "/en" + CARD, "/en" + MAP, "/integrer/poles/nulle-part/"]
WHOLE = ["/integrer/", "/integrer/?pole=pole-sud", "/integrer/?pole=pole", "/en/integrer/?region=53"]


@pytest.mark.parametrize("path", BARE + WHOLE)
def test_no_barrier(open_page: Opener, path: str) -> None:
    page = open_page(1280)
    page.goto(path)
    page.wait_for_load_state("networkidle")
    around = ("landmark-one-main", "page-has-heading-one", "region") if path in BARE else ()
    assert [one for one in violations(page) if not one.startswith(tuple(around))] == []
    for width in (768, 360, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{width} px"


@pytest.mark.parametrize("path", [CARD, MAP])
def test_no_barrier_in_the_page_of_another(tab: Page, site: str, host: Host, path: str) -> None:
    with urlopen(f"{site}{path}fragment.html") as response:
        fragment = response.read().decode()
    tab.goto(host.page("/barrieres", fragment))
    assert [one for one in violations(tab) if ".terreau-" in one] == []
