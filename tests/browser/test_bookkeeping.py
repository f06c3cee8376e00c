"""Log an hour with its value on a telephone; bring lines of the book from a sheet, then undo them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import running_site
from tests.browser.test_entry import fits
from tests.browser.test_espace_people import opened

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "une phrase assez longue"
#: A pole without a legal form, who animates it, who is of a member that gives hours.
_PEOPLE = f"""
from allauth.account.models import EmailAddress
from terreau.accounts.models import User
from terreau.actors import belonging
from terreau.actors.actions import create_actor
from terreau.poles.actions import register_pole
from terreau.poles.composition import add_member
def user(name):
    made = User.objects.create_user(name + "@people.example.org", {PASSWORD!r}, name=name.capitalize())
    EmailAddress.objects.create(user=made, email=made.email, verified=True, primary=True)
    return made
animation, ada = user("animation"), user("ada")
pole = register_pole("Pôle du lin", carrier=None, codes=[], cog_year=2026, by=animation, public=True)
if not pole.actor.belongings.filter(user=animation).exists():
    belonging.found(animation, pole.actor, by=animation)
weaver = create_actor("Tissage Ada", source=None, public=True, legal_nature="cooperative")
belonging.found(ada, weaver, by=ada)
add_member(pole, weaver, by=animation, role="founder", circle="core")
"""
SPACE = "/poles/pole-du-lin/espace/"
SHEET = """Date;Libellé;Tiers;Recette;Dépense;Pièce
02/03/2026;Cotisation de l'année;Tissage Ada;120,00;;R1
05/03/2026;Affiches;Imprimerie du Canal;;1.234;R2
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site of its own, with its worker."""
    folder: Path = tmp_path_factory.mktemp("bookkeeping")
    with running_site.serve(folder, ["shell", "-c", _PEOPLE]) as address:
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("TERREAU_", "DJANGO_"))},
            "TERREAU_DATA_DIR": str(folder),
            "PYTHONPATH": str(ROOT / "src"),
        }
        if url := (folder / "database").read_text("ascii"):
            environment["TERREAU_DATABASE_URL"] = url
        with (folder / "worker.log").open("wb") as log:
            worker = subprocess.Popen(
                [sys.executable, str(ROOT / "manage.py"), "jobs_work", "--interval", "0.2"],
                env=environment, cwd=ROOT, stdout=log, stderr=log,
            )  # fmt: skip
            try:
                yield address
            finally:
                worker.terminate()
                worker.wait(20)


def write_a_rate(page: Page) -> None:
    """Write what an hour is worth, from the minimum wage that the page offers."""
    page.goto(f"{SPACE}contributions/taux/")
    page.get_by_role("link", name="Partir du salaire minimum horaire brut").click()
    expect(page.get_by_label("Ce qui est valorisé")).to_have_value("Heure de bénévolat")
    page.get_by_role("button", name="Écrire ce taux").click()
    expect(page.get_by_role("cell", name="par heure")).to_be_visible()


def log_an_hour(page: Page) -> None:
    """Note two hours with their role and their value, then one more by a single tap."""
    page.goto(f"{SPACE}heures/ecrire/")
    fits(page)
    page.get_by_label("Durée").fill("2 h")
    page.get_by_label("En quelques mots").fill("Comité de pilotage")
    page.get_by_label("En quel rôle").select_option("elected")
    page.get_by_label("Valeur, par un taux du pôle").select_option(index=1)
    page.get_by_role("button", name="Noter ces heures").click()
    page.get_by_role("button", name="1 h pour « Comité de pilotage »").click()
    expect(page.get_by_text("C'est noté : 1 h pour « Comité de pilotage ».")).to_be_visible()


def test_an_hour_and_a_sheet(browser: Browser, desk: str, tmp_path: Path) -> None:
    animator = opened(browser, desk, "animation", 1280)
    write_a_rate(animator)
    member = opened(browser, desk, "ada", 360)
    log_an_hour(member)
    member.goto(f"{SPACE}contributions/")
    fits(member)
    expect(member.get_by_text("36,06").first).to_be_visible()
    pdf = member.request.get(f"{desk}{SPACE}contributions/etat.pdf")
    assert pdf.body().startswith(b"%PDF")

    sheet = tmp_path / "caisse.csv"
    sheet.write_text(SHEET, encoding="utf-8")
    animator.goto(f"{SPACE}livre/importer/")
    animator.get_by_role("link", name="Apporter un tableur").click()
    animator.get_by_label("Fichier").set_input_files(sheet)
    animator.get_by_role("button", name="Lire le fichier").click()
    animator.get_by_role("button", name="Vérifier les lignes").click()
    animator.get_by_role("link", name="1 refusée").click()
    expect(animator.get_by_text("se lit de deux façons")).to_be_visible()
    animator.get_by_label("E3 · Dépense").fill("123,40")
    animator.get_by_role("button", name="Corriger et vérifier de nouveau").click()
    animator.get_by_role("link", name="Dire qui sont les organisations inconnues").click()
    animator.get_by_label("Qui est-ce ?").select_option("creer")
    animator.get_by_role("button", name="Retenir et vérifier de nouveau").click()
    animator.get_by_role("button", name="Écrire ces lignes").click()
    expect(animator.get_by_role("button", name="Annuler cet import")).to_be_visible(timeout=20_000)
    here = animator.url
    animator.goto(f"{SPACE}livre/verifier/")
    expect(animator.get_by_text("Le livre tient")).to_be_visible()
    animator.goto(f"{SPACE}livre/")
    expect(animator.get_by_text("Cotisation de l'année").first).to_be_visible()

    animator.goto(here)
    animator.get_by_role("button", name="Annuler cet import").click()
    expect(animator.get_by_text("Cet import est annulé")).to_be_visible(timeout=20_000)
    animator.goto(f"{SPACE}livre/comptes/")
    expect(animator.get_by_text("120,00")).to_have_count(0)
