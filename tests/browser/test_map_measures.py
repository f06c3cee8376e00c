"""A measure on the map: patterns for what is withheld and for what is not known, map and list alike."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from terreau.territories import base
from tests import running_site
from tests.browser.conftest import Opener
from tests.browser.test_every_page import map_at_rest, violations

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.reads]
URL = "/carte/?mesure=filosofi-2021-taux_pauvrete&dans=departement:35"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site whose layer of measures has values, withheld values, and communes that it does not know."""
    folder = tmp_path_factory.mktemp("site-measures")
    communes = base.load()
    codes = communes.codes[communes.layers["departement"].members("35")].tolist()
    header = "codgeo;nbmenfisc21;nbpersmenfisc21;med21;tp6021;ppsoc21;d121;d921"
    values = ("s" if i % 3 == 0 else 5 + i % 20 for i in range(len(codes)))
    lines = [
        f"{code};;;;{value};;;" for i, (code, value) in enumerate(zip(codes, values, strict=True)) if i % 5
    ]
    file = folder / "filosofi.csv"
    file.write_text("\n".join([header, *lines]), "utf-8")
    with running_site.serve(
        folder, ["territories_import_layer", str(file), "--layer", "filosofi", "--save"]
    ) as address:
        yield address


def settled(page: Page) -> None:
    """Open the measure and wait until its map is ready."""
    page.goto(URL)
    page.wait_for_selector(".map-live.is-ready", state="attached")
    map_at_rest(page)


def test_the_map_and_its_list_say_the_same(open_page: Opener) -> None:
    page = open_page(1280)
    settled(page)
    box = page.locator(".map-live canvas").bounding_box()
    assert box
    said = set()
    for step in range(1, 12):
        page.mouse.move(box["x"] + box["width"] * step / 12, box["y"] + box["height"] / 2)
        page.wait_for_timeout(120)
        said.add(page.locator(".map-hint").inner_text())
    named = {text for text in said if " : " in text}
    assert named, said
    assert any("%" in text or "secret" in text or "pas de donnée" in text for text in named)
    page.goto(URL.replace("35", "22"))
    expect(page.locator("#resultats .absent").first).to_have_text("pas de donnée")


def test_no_violation_and_no_sideways_scroll(open_page: Opener) -> None:
    page = open_page(1280)
    settled(page)
    assert violations(page) == []
    for width in (768, 360, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width, f"{width} px"
    page.wait_for_timeout(500)
    map_at_rest(page)
    assert violations(page) == []


def test_without_javascript_the_drawing_has_its_patterns(open_page: Opener) -> None:
    page = open_page(360, javascript=False)
    page.goto(URL)
    for pattern in ("secret", "absent"):
        assert page.locator(f"svg.drawing path[fill='url(#motif-{pattern})']").count() == 1
        assert page.locator(f"#motif-{pattern}").count() == 1
    expect(page.locator(".measure-legend li")).to_have_count(7)
