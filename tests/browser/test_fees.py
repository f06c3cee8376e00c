"""Fees from an empty pole to a paid call: a scale written, simulated, voted, called, reminded, at 768 px."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import prepared, running_site
from tests.browser.test_entry import fits
from tests.browser.test_espace_meetings import PASSWORD, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]
HOME = "/poles/pole-du-chanvre/espace/"
FEES = f"{HOME}cotisations/"
#: A pole with three members and a meeting in preparation; Ada belongs to the canteen.
_PEOPLE = f"""
from datetime import timedelta
from allauth.account.models import EmailAddress
from django.utils import timezone
from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.actors.models import Belonging
from terreau.governance import bodies, meetings
from terreau.poles.composition import add_member
from terreau.poles.models import Pole
from terreau.subjects.models import Subject
now = timezone.now()
def user(name):
    made = User.objects.create_user(name + "@people.example.org", {PASSWORD!r}, name=name.capitalize())
    EmailAddress.objects.create(user=made, email=made.email, verified=True, primary=True)
    return made
def belongs(user, actor, role="member"):
    known = {{"asked_at": now, "confirmed_at": now, "confirmed_by": user}}
    Belonging.objects.create(user=user, actor=actor, role=role, **known)
anna, ada = user("anna"), user("ada")
actor = create_actor("Pôle du chanvre", source=None, public=False, kind=Subject.Kind.POLE)
pole = Pole.objects.create(actor=actor, slug="pole-du-chanvre")
belongs(anna, actor, "animator")
for name, nature in (("Cantine", "association"), ("Moulin", "association"), ("Ville", "local_authority")):
    member = create_actor(name, source=None, public=False, legal_nature=nature)
    add_member(pole, member, by=anna)
    if name == "Cantine":
        belongs(ada, member)
body = bodies.create_body(pole, name="Assemblée du chanvre", by=anna)
at = now + timedelta(days=9)
meetings.prepare(body, title="", starts_at=at, ends_at=at + timedelta(hours=2), by=anna)
"""
#: What the meeting decided; how a meeting votes is the journey of another file.
_VOTED = """
from django.utils import timezone
from terreau.accounts.models import User
from terreau.governance import ballots
from terreau.governance.models import Decision
by = User.objects.get(email="anna@people.example.org")
ballots.decide(Decision.objects.get(), "adopted", on=timezone.localdate(), by=by)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the site of this file keeps its data."""
    return tmp_path_factory.mktemp("fees")


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """A site of its own, with these people."""
    with running_site.serve(folder, ["shell", "-c", _PEOPLE]) as address:
        yield address


def test_from_a_scale_to_a_reminder(browser: Browser, address: str, folder: Path) -> None:
    anna = signed_in(browser, address, "anna", 768)
    written(anna)
    simulated(anna)
    proposed(anna)
    url = (folder / "database").read_text("ascii")
    prepared.manage(prepared.environment(folder, url), "shell", "-c", _VOTED)
    called(anna)
    ada = signed_in(browser, address, "ada", 360)
    read_by_a_member(ada)
    reminded(anna)


def written(anna: Page) -> None:
    """Write a scale; a row is added and the scale tried without saving; what is wrong is said."""
    anna.goto(FEES)
    anna.get_by_role("link", name="Écrire un barème").click()
    anna.get_by_label("Nom du barème").fill("Barème du chanvre")
    anna.get_by_label("Applicable à partir du").fill(f"{_year()}-01-01")
    line = anna.locator("#l0")
    line.get_by_role("button", name="Ajouter une tranche").click()
    expect(anna.locator("#l0-b3-amount")).to_be_visible()
    anna.locator("#l0-b2-floor").fill("200 000")
    anna.locator("#l0-b2-amount").fill("400")
    anna.locator("#l0-b3-floor").fill("100 000")
    anna.locator("#l0-b3-amount").fill("12")
    anna.get_by_role("button", name="Enregistrer le brouillon").click()
    expect(anna.locator(".error-summary")).to_contain_text("commence plus haut que la précédente")
    anna.locator("#l0-b3-floor").fill("")
    anna.locator("#l0-b3-amount").fill("")
    anna.locator("#l0-b3-amount").press("Tab")
    expect(anna.locator("#exemple")).to_contain_text("400 €")
    fits(anna)
    anna.get_by_role("button", name="Enregistrer le brouillon").click()
    expect(anna.locator("h1")).to_have_text("Barème du chanvre")
    expect(anna.get_by_text("brouillon", exact=True)).to_be_visible()


def simulated(anna: Page) -> None:
    """The simulation names whose figure lacks; they are written at once, and counted."""
    anna.get_by_role("link", name="Simuler sur les membres").click()
    expect(anna.get_by_text("2 membres ne sont pas comptés")).to_be_visible()
    anna.get_by_role("link", name="Remplir les chiffres qui manquent").click()
    anna.get_by_label("D'où viennent les chiffres").fill("Comptes annuels reçus")
    anna.get_by_label("Chiffre d'affaires de Cantine").fill("40 000")
    anna.get_by_label("Chiffre d'affaires de Moulin").fill("beaucoup")
    anna.get_by_role("button", name="Enregistrer les chiffres").click()
    expect(anna.get_by_label("Chiffre d'affaires de Moulin")).to_have_value("beaucoup")
    anna.get_by_label("Chiffre d'affaires de Moulin").fill("250 000")
    anna.get_by_role("button", name="Enregistrer les chiffres").click()
    expect(anna.get_by_text("Rien ne manque pour cette année.")).to_be_visible()
    anna.get_by_label("Pages des cotisations").get_by_role("link", name="Simuler").click()
    expect(anna.get_by_role("row", name="Moulin")).to_contain_text("400 €")
    expect(anna.locator(".figures")).to_contain_text("950 €")
    fits(anna)


def proposed(anna: Page) -> None:
    """Put it on the agenda; from then on it cannot be changed."""
    anna.get_by_role("link", name="Mettre ce barème au vote").click()
    anna.get_by_label("Pourquoi ce barème").fill("Pour payer l'animation.")
    anna.get_by_role("button", name="Proposer au vote").click()
    expect(anna.get_by_text("Le barème est à l'ordre du jour, décision n° 1.")).to_be_visible()
    expect(anna.get_by_role("link", name="Changer", exact=True)).to_have_count(0)
    anna.get_by_role("link", name="décision n° 1").click()
    expect(anna.get_by_text("Pour payer l'animation.").first).to_be_visible()


def called(anna: Page) -> None:
    """Once it is voted, call everybody; the same page sent again calls nobody twice."""
    anna.goto(FEES)
    anna.get_by_role("link", name="Voir l'aperçu de l'appel").click()
    expect(anna.get_by_role("row", name="Total de ceux")).to_contain_text("950 €")
    day = f"{_year()}-01-02"
    anna.get_by_label("Appel daté du").fill(day)
    anna.get_by_label("À payer avant le").fill(day)
    anna.get_by_role("button", name="Voir l'aperçu").click()
    anna.get_by_role("button", name="Appeler les membres cochés").click()
    expect(anna.get_by_text("3 cotisations sont appelées.")).to_be_visible()
    letters = anna.get_by_role("link", name="Toutes les lettres (PDF)").get_attribute("href")
    assert letters
    assert anna.request.get(letters).headers["content-type"] == "application/pdf"
    fits(anna)


def read_by_a_member(ada: Page) -> None:
    """A member reads what it owes and why, confirms its figure, and sees nobody else's."""
    ada.goto(FEES)
    expect(ada.locator(".fees-mine")).to_contain_text("50 €")
    expect(ada.get_by_text("Moulin")).to_have_count(0)
    ada.get_by_role("link", name="Voir le calcul et les lettres").click()
    expect(ada.locator(".fees-steps")).to_contain_text("première tranche")
    fits(ada)
    ada.get_by_role("link", name="Voir les chiffres de ce membre").click()
    ada.get_by_role("button", name="Ce chiffre est juste").click()
    expect(ada.get_by_text("Merci : ce chiffre est confirmé.")).to_be_visible()
    fits(ada)


def reminded(anna: Page) -> None:
    """Remind those that are late, once a day."""
    anna.goto(f"{FEES}relances/")
    anna.get_by_role("button", name="Relancer les membres cochés").click()
    expect(anna.get_by_text("3 relances sont parties.")).to_be_visible()
    expect(anna.get_by_label("Relancer Moulin")).to_be_disabled()
    fits(anna)


def _year() -> int:
    return date.today().year  # noqa: DTZ011
