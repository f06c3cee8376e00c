"""Shared means as people use them: a room booked by keyboard on a telephone, a rent shared among twelve."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import running_site
from tests.browser.test_entry import fits, press

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PASSWORD = "une phrase assez longue"
HOME = "/poles/pole-du-canal/espace"
#: Twelve members, a room of one of them, premises that all occupy; who animates, two members, a passer-by.
_PEOPLE = f"""
from datetime import date
from allauth.account.models import EmailAddress
from terreau.accounts.models import User
from terreau.actors import belonging
from terreau.actors.actions import create_actor
from terreau.means import bookings, premises
from terreau.means.rules import Tariff
from terreau.poles.composition import add_member
from terreau.poles.models import Pole
from terreau.subjects.models import Subject
def user(name):
    made = User.objects.create_user(name + "@people.example.org", {PASSWORD!r}, name=name.capitalize())
    EmailAddress.objects.create(user=made, email=made.email, verified=True, primary=True)
    return made
keeper, ada, bob, eve = map(user, ("keeper", "ada", "bob", "eve"))
actor = create_actor("Pôle du canal", source=None, public=True, kind=Subject.Kind.POLE)
pole = Pole.objects.create(actor=actor, slug="pole-du-canal", fictional=True)
belonging.found(keeper, actor, by=keeper)
members = [create_actor("Membre %02d" % (i + 1), source=None, public=True) for i in range(12)]
for one in members:
    add_member(pole, one, by=keeper)
belonging.found(ada, members[0], by=ada)
belonging.found(bob, members[1], by=bob)
hall = bookings.offer(pole, members[1], name="Salle du port", kind="room", by=bob)
bookings.set_tariff(hall, Tariff("member", "hour", 1_250), since=None, by=bob)
place = bookings.offer(pole, members[1], name="Ancien silo", kind="premises", by=bob, surface=200_000)
for i, one in enumerate(members):
    premises.occupy(place, one, surface=1_000 + 700 * i, since=date(2020, 1, 1), by=keeper)
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("means")
    with running_site.serve(folder, ["shell", "-c", _PEOPLE]) as address:
        yield address


def arrives(browser: Browser, own: str, name: str, width: int, *, javascript: bool = True) -> Page:
    """Open the site at a width and sign in."""
    context = browser.new_context(
        base_url=own, viewport={"width": width, "height": 800}, locale="fr-FR", java_script_enabled=javascript
    )
    page = context.new_page()
    page.goto("/compte/connexion/")
    page.get_by_label("Adresse électronique").fill(f"{name}@people.example.org")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    page.wait_for_url(lambda url: "/connexion/" not in url)
    return page


def status(page: Page, path: str) -> int:
    answer = page.goto(path)
    assert answer is not None
    return answer.status


def cents(text: str) -> int:
    """Return what « 1 234,56 € » is in cents."""
    return int(Decimal(re.sub(r"[^\d,−]", "", text).replace("−", "-").replace(",", ".")) * 100)


def books_by_keyboard(page: Page) -> None:
    """Two steps on a telephone, with the keyboard alone: the hours, the price, the confirmation."""
    day = date.today() + timedelta(days=2)  # noqa: DTZ011 - what a person types
    page.goto(f"{HOME}/moyens/")
    fits(page)
    page.get_by_role("link", name="Salle du port", exact=True).focus()
    press(page, "Enter", "/moyens/")
    fits(page)
    page.locator("main").get_by_role("link", name="Réserver", exact=True).first.focus()
    press(page, "Enter", "/reserver/")
    # The order of day and month in the field is that of the system: typed as the field holds it.
    page.get_by_label("Jour", exact=True).fill(day.isoformat())
    page.get_by_label("Début").fill("10:00")
    page.get_by_label("Fin", exact=True).fill("12:00")
    page.get_by_label("Pour quoi faire").focus()
    page.keyboard.type("Conseil des membres")
    press(page, "Enter", "/reserver/")
    fits(page)
    expect(page.locator(".means-quote")).to_contain_text("25 €")
    # The confirmation has the focus already: one key more.
    expect(page.get_by_role("button", name="Confirmer la réservation")).to_be_focused()
    press(page, "Enter", "/reservations/")
    expect(page.locator("main")).to_contain_text("confirmée")
    fits(page)
    page.get_by_role("link", name="Voir la semaine de cette réservation").focus()
    press(page, "Enter", "le=")
    expect(page.locator(".cal-block.is-mine")).to_contain_text("10:00 – 12:00")


def is_told_what_is_free(page: Page) -> None:
    """Somebody else wants the same hours: refused, with the next free ones, and nothing typed is lost."""
    day = date.today() + timedelta(days=2)  # noqa: DTZ011
    page.goto(f"{HOME}/moyens/")
    page.get_by_role("link", name="Salle du port", exact=True).click()
    page.locator("main").get_by_role("link", name="Réserver", exact=True).first.click()
    page.get_by_label("Jour", exact=True).fill(day.isoformat())
    page.get_by_label("Début").fill("11:00")
    page.get_by_label("Fin", exact=True).fill("13:00")
    page.get_by_label("Pour quoi faire").fill("Répétition")
    page.get_by_role("button", name="Voir le prix").click()
    expect(page.locator(".error-summary")).to_contain_text("déjà prises")
    expect(page.locator("main")).to_contain_text("12:00 – 14:00")
    fits(page)
    page.get_by_role("link", name="Prendre ces heures").click()
    expect(page.get_by_label("Pour quoi faire")).to_have_value("Répétition")
    page.get_by_role("button", name="Voir le prix").click()
    page.get_by_role("button", name="Confirmer la réservation").click()
    expect(page.locator("main")).to_contain_text("confirmée")


def shares_a_rent(page: Page) -> str:
    """Share a rent among twelve by surface; the parts are read first and add up to the cent."""
    page.goto(f"{HOME}/couts/nouveau/")
    page.get_by_label("Quel coût").fill("Loyer du silo")
    page.get_by_label("Montant en euros").fill("1 000,01")
    page.get_by_label("Qui l'a payé").select_option(label="Membre 02")
    page.get_by_label("À compter du").fill("2025-01-01")
    page.get_by_label("Jusqu'au, compris").fill("2025-12-31")
    page.get_by_label("selon la surface").check()
    page.get_by_label("De quel moyen partagé").select_option(label="Ancien silo")
    fits(page)
    page.get_by_role("button", name="Lire les parts").click()
    rows = page.locator("tbody tr:not(.means-total)")
    expect(rows).to_have_count(12)
    read = [cents(text) for text in rows.locator("td:last-child").all_inner_texts()]
    assert sum(read) == 100_001
    assert read == sorted(read)
    fits(page)
    page.get_by_role("button", name="Garder ce partage").click()
    expect(page.locator("h1")).to_have_text("Loyer du silo")
    kept = page.locator("tbody tr:not(.means-total) td:last-child").all_inner_texts()
    assert [cents(text) for text in kept] == read
    fits(page)
    path = page.url
    page.goto(f"{HOME}/couts/?annee=2025")
    net = page.locator("tbody tr:not(.means-total) td:last-child").all_inner_texts()
    assert sum(cents(text) for text in net) == 0
    fits(page)
    return path


def test_a_room_by_keyboard_a_rent_among_twelve_and_refusals(browser: Browser, own: str) -> None:
    ada = arrives(browser, own, "ada", 360)
    books_by_keyboard(ada)
    bob = arrives(browser, own, "bob", 768, javascript=False)
    assert status(bob, f"{HOME}/moyens/") == 200
    bob.context.close()
    bob = arrives(browser, own, "bob", 768)
    is_told_what_is_free(bob)
    keeper = arrives(browser, own, "keeper", 1280)
    cost = shares_a_rent(keeper)
    # A member reads the cost and its statement, and shares none.
    assert status(ada, cost) == 200
    expect(ada.locator("main")).not_to_contain_text("Reprendre ce partage")
    fits(ada)
    assert status(ada, f"{HOME}/couts/nouveau/") == 403
    ada.goto(f"{HOME}/calendrier/?le={date.today() + timedelta(days=2)}")  # noqa: DTZ011
    expect(ada.locator(".cal-items .is-mine")).to_contain_text("10:00 – 12:00")
    fits(ada)
    # A passer-by knows of nothing.
    eve = arrives(browser, own, "eve", 360)
    for path in (f"{HOME}/moyens/", f"{HOME}/couts/", cost):
        assert status(eve, path) == 404
    for page in (ada, bob, keeper, eve):
        page.context.close()
