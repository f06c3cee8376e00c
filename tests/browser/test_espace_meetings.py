"""A meeting from its convening to its signed minutes: answers, votes open and secret, refusals, two hands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests import prepared, running_site
from tests.browser.test_entry import fits

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PASSWORD = "une phrase assez longue"
HOME = "/poles/pole-du-lin/espace/"
#: A pole with an assembly; Ada, Bob and Cleo sit there with their names, Dan has no account.
_PEOPLE = f"""
from allauth.account.models import EmailAddress
from django.utils import timezone
from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.actors.models import Belonging
from terreau.governance import bodies
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
anna = user("anna")
actor = create_actor("Pôle du lin", source=None, public=False, kind=Subject.Kind.POLE)
pole = Pole.objects.create(actor=actor, slug="pole-du-lin")
belongs(anna, actor, "animator")
body = bodies.create_body(pole, name="Assemblée du lin", quorum_num=1, quorum_den=2, by=anna)
for name in ("ada", "bob", "cleo", "dan"):
    member = create_actor("Atelier " + name.capitalize(), source=None, public=False)
    add_member(pole, member, by=anna)
    account = None if name == "dan" else user(name)
    if account:
        belongs(account, member)
    bodies.give_seat(body, member, user=account, person=name.capitalize(), by=anna)
user("zoe")
"""
#: What brings the hour of the meeting: nobody waits for it in a test.
_NOW = """
from datetime import timedelta
from django.utils import timezone
from terreau.governance.models import Meeting
at = timezone.now() - timedelta(minutes=5)
Meeting.objects.update(starts_at=at, ends_at=at + timedelta(hours=2))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the site of this file keeps its data."""
    return tmp_path_factory.mktemp("meetings")


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """A site of its own, with these people."""
    with running_site.serve(folder, ["shell", "-c", _PEOPLE]) as address:
        yield address


def signed_in(browser: Browser, address: str, name: str, width: int, *, javascript: bool = True) -> Page:
    """Open the site as one of these people."""
    context = browser.new_context(
        base_url=address,
        viewport={"width": width, "height": 800},
        locale="fr-FR",
        java_script_enabled=javascript,
    )
    page = context.new_page()
    page.goto("/compte/connexion/")
    page.get_by_label("Adresse électronique").fill(f"{name}@people.example.org")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    page.wait_for_url(lambda url: "/connexion/" not in url)
    return page


def test_from_the_convening_to_the_signed_minutes(browser: Browser, address: str, folder: Path) -> None:
    anna = signed_in(browser, address, "anna", 1280)
    meeting = convened(anna)
    ada = signed_in(browser, address, "ada", 360)
    bob = signed_in(browser, address, "bob", 360, javascript=False)
    answered(ada, bob, meeting)
    refused(browser, address, meeting)
    held(anna, folder, meeting)
    open_vote(anna, ada, bob)
    secret_vote(anna, ada, bob, signed_in(browser, address, "cleo", 768))
    two_hands(anna, signed_in(browser, address, "anna", 768), meeting)
    minutes_signed(anna, ada, meeting)


def convened(anna: Page) -> str:
    anna.goto(f"{HOME}seances/")
    expect(anna.get_by_text("Aucune séance n'est prévue")).to_be_visible()
    anna.get_by_role("link", name="Préparer une séance").first.click()
    anna.get_by_label("Jour", exact=True).fill((date.today() + timedelta(days=9)).isoformat())  # noqa: DTZ011
    anna.get_by_label("Ordre du jour").fill("Nouvelles de chacun\nLouer un rouet ?\nQui représente le pôle ?")
    anna.get_by_role("button", name="Préparer", exact=True).click()
    expect(anna.locator("h1")).to_have_text("Assemblée du lin")
    meeting = anna.url
    anna.get_by_role("link", name="Convoquer").click()
    expect(anna.get_by_role("heading", name="À prévenir autrement")).to_be_visible()
    expect(anna.get_by_text("Dan (Atelier Dan)")).to_be_visible()
    anna.get_by_role("button", name="Convoquer").click()
    expect(anna.get_by_text("chacun est prévenu")).to_be_visible()
    return meeting


def answered(ada: Page, bob: Page, meeting: str) -> None:
    for page, answer in ((ada, "Je viens"), (bob, "Je viens à distance")):
        page.goto(meeting)
        page.get_by_role("button", name=answer, exact=True).click()
        expect(page.get_by_role("button", name=answer, exact=True)).to_have_attribute("aria-pressed", "true")
    expect(bob.locator("#quorum")).to_contain_text("Quorum atteint : 2 voix sur 4")
    fits(ada)


def status(page: Page, address: str) -> int:
    """Open an address; return what the server answers."""
    answer = page.goto(address)
    assert answer is not None
    return answer.status


def line_of(page: Page, name: str) -> Locator:
    """Return the line of a seat in the list of attendance."""
    return page.locator(".attendance-line").filter(has=page.locator(".attendance-name", has_text=name))


def refused(browser: Browser, address: str, meeting: str) -> None:
    zoe = signed_in(browser, address, "zoe", 360)
    assert status(zoe, meeting) == 404
    bob = signed_in(browser, address, "bob", 360)
    assert status(bob, f"{meeting}convoquer/") == 403
    expect(bob.locator("main")).to_contain_text("Il faut animer ce pôle")


def held(anna: Page, folder: Path, meeting: str) -> None:
    anna.goto(f"{meeting}tenir/")
    line = line_of(anna, "Dan (Atelier Dan)")
    line.get_by_role("button", name="présent").click()
    expect(line).to_have_class(re.compile("is-present"))
    expect(anna.locator("#quorum")).to_contain_text("3 voix sur 4")
    anna.set_viewport_size({"width": 360, "height": 800})
    fits(anna)
    url = (folder / "database").read_text()
    prepared.manage(prepared.environment(folder, url), "shell", "-c", _NOW)
    anna.goto(f"{meeting}tenir/")
    anna.get_by_role("button", name="Ouvrir la séance").click()
    expect(anna.get_by_text("on peut voter")).to_be_visible()


def proposed(anna: Page, point: str, words: str, *, secret: bool) -> str:
    """Write a proposal on a point and put it to the vote; return the address of the ballot."""
    anna.get_by_role("link", name=f"Écrire la proposition : {point}").click()
    anna.get_by_label("Ce qui est décidé").fill(words)
    anna.get_by_role("button", name="Écrire la proposition").click()
    anna.get_by_role("link", name="Mettre au vote").click()
    if secret:
        anna.get_by_label("Scrutin secret").check()
    anna.get_by_role("button", name="Ouvrir le vote").click()
    expect(anna.locator("#avancement")).to_contain_text("sur")
    return anna.url


def open_vote(anna: Page, ada: Page, bob: Page) -> None:
    ballot = proposed(anna, "Louer un rouet ?", "Le pôle loue un rouet.", secret=False)
    for page, choice in ((ada, "Pour"), (bob, "Contre")):
        page.goto(ballot)
        page.get_by_role("button", name=choice, exact=True).click()
        expect(page.get_by_text("Vos voix sont dans l'urne")).to_be_visible()
    anna.goto(ballot)
    anna.locator("#mains").get_by_label("Dan (Atelier Dan)").check()
    anna.locator("#mains").get_by_role("button", name="Pour", exact=True).click()
    expect(anna.locator("#avancement")).to_contain_text("3 voix exprimées sur 3")
    anna.get_by_role("button", name="Clore et compter").click()
    expect(anna.locator(".result-title")).to_contain_text("adoptée")
    expect(anna.locator("main")).to_contain_text("2/3")
    fits(anna)
    anna.get_by_role("link", name="Revenir à la séance").click()


def secret_vote(anna: Page, ada: Page, bob: Page, cleo: Page) -> None:
    line = line_of(anna, "Cleo (Atelier Cleo)")
    line.get_by_role("button", name="présent").click()
    expect(line).to_have_class(re.compile("is-present"))
    ballot = proposed(anna, "Qui représente le pôle ?", "Ada représente le pôle.", secret=True)
    ada.goto(ballot)
    ada.get_by_role("button", name="Pour", exact=True).click()
    anna.reload()
    anna.get_by_role("button", name="Clore et compter").click()
    expect(anna.locator(".notice-error")).to_contain_text("Moins de 3 voix")
    for page in (bob, cleo):
        page.goto(ballot)
        page.get_by_role("button", name="Pour", exact=True).click()
        expect(page.get_by_text("Vos voix sont dans l'urne")).to_be_visible()
    anna.get_by_role("button", name="Clore et compter").click()
    expect(anna.locator(".result-title")).to_contain_text("adoptée")
    expect(anna.get_by_role("heading", name="Qui a choisi quoi")).to_have_count(0)


def two_hands(anna: Page, other: Page, meeting: str) -> None:
    """Two pages write on one point: the lines of both stay, and nothing is pressed to keep them."""
    for page in (anna, other):
        page.goto(f"{meeting}notes/")
    fits(anna)
    for page, words in ((anna, "Ada a vu le rouet."), (other, "Bob préfère en acheter un.")):
        note = page.locator(".note").nth(1)
        note.get_by_role("textbox").fill(words)
        expect(note.locator(".note-state")).to_contain_text("Enregistré")
    other.reload()
    expect(other.locator(".note").nth(1).get_by_role("textbox")).to_have_value(
        "Ada a vu le rouet.\nBob préfère en acheter un."
    )


def minutes_signed(anna: Page, ada: Page, meeting: str) -> None:
    anna.goto(f"{meeting}compte-rendu/")
    expect(anna.locator(".minutes")).to_contain_text("Bob préfère en acheter un.")
    anna.get_by_role("button", name="Établir le compte rendu").click()
    expect(anna.get_by_text("La version 1 est établie")).to_be_visible()
    expect(anna.get_by_role("link", name="Signer")).to_have_count(0)
    ada.goto(f"{meeting}compte-rendu/")
    fits(ada)
    ada.get_by_role("link", name="Signer").click()
    ada.get_by_label("J'ai relu ce compte rendu").check()
    ada.get_by_role("button", name="Signer").click()
    ada.wait_for_load_state()
    if ada.get_by_label("Mot de passe").count():
        ada.get_by_label("Mot de passe").fill(PASSWORD)
        ada.locator("main").get_by_role("button").first.click()
    expect(ada.get_by_text("Le compte rendu est signé.")).to_be_visible()
    anna.reload()
    anna.get_by_role("button", name="Clore la séance sur ce compte rendu").click()
    expect(anna.get_by_text("La séance est close")).to_be_visible()
    anna.goto(f"{HOME}decisions/")
    expect(anna.locator("main")).to_contain_text("2 décisions")
