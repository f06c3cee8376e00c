"""Bring a file with errors, correct it in place, accept it, undo it: in a real browser, worker included."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import running_site

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
AXE = (Path(__file__).parent / "axe.min.js").read_text()
RULES = "['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice']"
SHEET = """Nom du PTCE;Structure;Codes INSEE;Stade;Membres;pole.members
Pôle de l'essai;Association d'essai;21231;En projet;Un membre d'essai;12
Pôle abîmé;;1004;presque fini;;une dizaine
La Coursive Boutaric;;;;Nouveau membre d'essai;41
"""


@dataclass(frozen=True)
class Desk:
    """A running site and the cookie of somebody who may bring files."""

    address: str
    session: str


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A site of its own, with its worker."""
    folder = tmp_path_factory.mktemp("imports")
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("TERREAU_", "DJANGO_"))},
        "TERREAU_DATA_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "terreau.config.settings",
        "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
    }
    with running_site.serve(folder) as address:
        if url := (folder / "database").read_text("ascii"):
            environment["TERREAU_DATABASE_URL"] = url
        made: Any = subprocess.run(
            [sys.executable, "-m", "tests.imports.signed_in"],
            env=environment, cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        with (folder / "worker.log").open("wb") as log:
            worker = subprocess.Popen(
                [sys.executable, str(ROOT / "manage.py"), "jobs_work", "--interval", "0.2"],
                env=environment, cwd=ROOT, stdout=log, stderr=log,
            )  # fmt: skip
            try:
                yield Desk(address, made.stdout.strip())
            finally:
                worker.terminate()
                worker.wait(20)


def open_desk(browser: Browser, desk: Desk, width: int, *, javascript: bool = True) -> Page:
    context = browser.new_context(
        base_url=desk.address,
        viewport={"width": width, "height": 900},
        locale="fr-FR",
        java_script_enabled=javascript,
    )
    host = urlsplit(desk.address).hostname or ""
    context.add_cookies([{"name": "sessionid", "value": desk.session, "domain": host, "path": "/"}])
    return context.new_page()


def look(page: Page) -> None:
    """No violation of axe, nothing wider than the screen."""
    page.evaluate(AXE + ";0")
    found = page.evaluate(
        f"axe.run(document,{{runOnly:{RULES}}}).then(r=>r.violations.map(v=>v.id+' '+v.nodes[0].target))"
    )
    assert found == [], (page.url, found)
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert over <= 0, (page.url, over)
    if folder := os.environ.get("SCREENSHOTS"):
        width = page.viewport_size["width"] if page.viewport_size else 0
        name = "-".join(urlsplit(page.url).path.strip("/").split("/")[-1:])[-12:]
        count = len(list(Path(folder).glob("*.png")))
        page.screenshot(path=f"{folder}/{width}-{count:02d}-{name}.png", full_page=True)


def bring(page: Page, folder: Path, text: str) -> None:
    file = folder / "pôles.csv"
    file.write_bytes(text.encode("cp1252"))
    page.goto("/imports/")
    page.get_by_role("link", name="Apporter un fichier : Feuille de pôles").click()
    page.get_by_label("Fichier").set_input_files(file)
    page.get_by_role("button", name="Lire le fichier").click()


def test_a_file_with_errors_is_corrected_accepted_and_undone(
    browser: Browser, desk: Desk, tmp_path: Path
) -> None:
    page = open_desk(browser, desk, 1280)
    page.goto("/imports/")
    look(page)
    bring(page, tmp_path, SHEET)
    expect(page.locator("h1")).to_have_text("Quelle colonne donne quoi ?")
    expect(page.get_by_text("Windows-1252")).to_be_visible()
    look(page)
    page.get_by_role("button", name="Vérifier les lignes").click()

    expect(page.locator(".import-refused")).to_have_count(1)
    expect(page.locator(".import-refused")).to_contain_text("C3 · Codes INSEE")
    look(page)
    page.get_by_label("C3 · Codes INSEE").fill("01004")
    page.get_by_label("D3 · Stade").fill("en projet")
    page.get_by_label("F3 · pole.members").fill("10")
    page.get_by_role("button", name="Corriger et vérifier de nouveau").click()
    expect(page.locator(".import-refused")).to_have_count(0)
    expect(page.get_by_role("link", name="2 à ajouter")).to_be_visible()
    page.get_by_role("link", name="2 à ajouter").click()
    look(page)

    page.get_by_role("button", name="Écrire ces lignes").click()
    expect(page.get_by_role("heading", name="Ce que ce fichier a écrit")).to_be_visible(timeout=20_000)
    expect(page.locator(".figures li").first).to_contain_text("2")
    look(page)
    page.get_by_role("button", name="Annuler cet import").click()
    expect(page.get_by_role("heading", name="Cet import est annulé")).to_be_visible(timeout=20_000)
    look(page)
    page.goto("/imports/")
    expect(page.locator(".entries").get_by_role("link", name="pôles.csv").first).to_be_visible()
    page.context.close()


@pytest.mark.parametrize("width", [360, 768])
def test_the_same_without_javascript(browser: Browser, desk: Desk, tmp_path: Path, width: int) -> None:
    page = open_desk(browser, desk, width, javascript=False)
    bring(page, tmp_path, SHEET.replace("essai", f"essai {width}"))
    page.get_by_role("button", name="Vérifier les lignes").click()
    expect(page.locator(".import-refused")).to_have_count(1)
    page.get_by_role("link", name="1 à ajouter").click()
    page.get_by_role("checkbox", name=f"Ligne 2 · Pôle de l'essai {width}").uncheck()
    page.get_by_role("button", name="Enregistrer ce choix").click()
    page.get_by_role("link", name="1 à ajouter").click()
    expect(page.get_by_role("checkbox", name=f"Ligne 2 · Pôle de l'essai {width}")).not_to_be_checked()
    page.get_by_role("button", name="Abandonner ce fichier").click()
    expect(page.locator(".notice-success")).to_contain_text("rien n'a été écrit")
    page.context.close()


@pytest.mark.parametrize("width", [360, 768])
def test_each_step_fits_small_screens(browser: Browser, desk: Desk, tmp_path: Path, width: int) -> None:
    page = open_desk(browser, desk, width)
    page.goto("/imports/")
    look(page)
    page.goto("/imports/nouveau/poles/")
    look(page)
    bring(page, tmp_path, SHEET)
    look(page)
    page.get_by_role("button", name="Vérifier les lignes").click()
    expect(page.locator(".import-refused")).to_have_count(1)
    look(page)
    page.goto(page.url.split("?")[0] + "?voir=added")
    look(page)
    page.get_by_role("button", name="Abandonner ce fichier").click()
    page.context.close()


def test_by_keyboard_alone(browser: Browser, desk: Desk, tmp_path: Path) -> None:
    page = open_desk(browser, desk, 1280)
    bring(page, tmp_path, SHEET)
    page.get_by_role("button", name="Vérifier les lignes").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".import-refused")).to_have_count(1)
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "c-3-2":
            break
    page.keyboard.press("Control+a")
    page.keyboard.type("01004")
    page.keyboard.press("Enter")
    expect(page.locator(".notice-success")).to_contain_text("vérifié de nouveau")
    assert page.get_by_label("C3 · Codes INSEE").count() == 0
    page.context.close()
