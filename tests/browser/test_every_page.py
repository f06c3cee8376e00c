"""What every page holds: no barrier axe-core sees, no sideways scroll, nothing lost without JavaScript."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Opener

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.reads]

AXE = (Path(__file__).parent / "axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = [
    "/",
    "/en/",
    "/recherche/",
    "/recherche/?q=redon",
    "/recherche/?q=xqzwk",
    "/poles/",
    "/poles/?q=xqzwk",
    "/poles/?region=53",
    "/poles/la-coursive-boutaric/",
    "/poles/la-coursive-boutaric/rejoindre/",
    "/poles/la-coursive-boutaric/appreciations/",
    "/poles/pole-sud/appreciations/decret-2015-431/",
    "/poles/pole-sud/arbre/",
    "/grilles/decret-2015-431/apprecier/",
    "/poles/imprimer/",
    "/poles/?format=choisir",
    "/territoires/epci/243500741/liste/communes/",
    "/territoires/",
    "/territoires/?q=saint",
    "/territoires/commune/35236/",
    "/territoires/commune/2A004/",
    "/territoires/commune/98735/",
    "/territoires/epci/243500741/",
    "/territoires/departement/974/",
    "/territoires/region/84/",
    "/territoires/ancienne-region/82/",
    "/mon-territoire/",
    "/mon-territoire/?codes=Saint-Denis,99999,01220,69004,redn,35236&voisines=1",
    "/en/mon-territoire/?codes=243500741",
    "/appels/",
    "/appels/ami-2025/",
    "/appels/ami-2025/puis-je/",
    "/programmes/",
    "/programmes/ami-ptce/",
    "/labels/",
    "/verifier/",
    "/acteurs/",
    "/acteurs/?q=xqzwk",
    "/reseaux/",
    "/autres-regroupements/",
    "/poles/inscrire/",
    "/signaler/",
    "/ma-commune/",
    "/poles/la-coursive-boutaric/proposer/",
    "/poles/la-coursive-boutaric/proposer/?champ=pole.jobs&champ=pole.sector&champ=other",
    "/a-propos/",
    "/accessibilite/",
    "/mentions-legales/",
    "/chartes/",
    "/chartes/charte-nationale/",
    "/donnees/",
    "/donnees/licence/",
    "/chiffres/economie/",
    "/compte/connexion/",
    "/nulle-part/",
    "/poles/?region=999",
    "/territoires/commune/99999/",
]


def settled(page: Page, path: str) -> None:
    """Open a page and wait until nothing moves or loads any more."""
    page.goto(path)
    page.evaluate("document.fonts.ready.then(() => null)")
    map_at_rest(page)


def map_at_rest(page: Page) -> None:
    """Wait until the map of the page, if it has one, no longer moves."""
    if page.locator("[data-map]").count():
        page.wait_for_function("() => window.__mapIdle === true", timeout=30_000)


def violations(page: Page) -> list[str]:
    """Return what axe-core refuses on the page as it stands, contrast included."""
    page.evaluate(AXE + ";0")
    found: list[dict[str, Any]] = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})"
        ".then(result => result.violations)",
        RULES,
    )
    return [f"{one['id']}: {node['target']}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("path", PAGES)
def test_no_violation_and_no_sideways_scroll(open_page: Opener, path: str) -> None:
    page = open_page(1280)
    settled(page, path)
    assert violations(page) == []
    for width in (768, 360, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{width} px"
    # The telephone gets the same page: its other places and sizes are looked at where they are.
    page.set_viewport_size({"width": 360, "height": 900})
    if page.locator("[data-map]").count():
        page.wait_for_timeout(500)
    map_at_rest(page)
    assert violations(page) == []


@pytest.mark.parametrize("path", PAGES)
def test_without_javascript_a_page_says_its_name_and_shows_its_content(open_page: Opener, path: str) -> None:
    page = open_page(360, javascript=False)
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.locator("h1").count() == 1
    assert page.locator("h1").is_visible()
    assert len(page.locator("main").inner_text()) > 80
