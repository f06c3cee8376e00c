"""Three members answer (one by a link, on a telephone), the workshop agrees, a peer reviews, both sign."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests import running_site
from tests.browser.test_entry import fits

pytestmark = [pytest.mark.browser, pytest.mark.slow]
POLE = "la-coursive-boutaric"
PASSWORD = "une phrase assez longue"
HERE = f"/poles/{POLE}/situation/"
_PEOPLE = f"""
from allauth.account.models import EmailAddress
from terreau.accounts.models import User
from terreau.actors import belonging
from terreau.poles.models import Pole
pole = Pole.objects.get(slug="{POLE}")
peer = Pole.objects.filter(kind="pole", actor__subject__public=True).exclude(pk=pole.pk)
peer = peer.order_by("slug").first()
made = {{}}
for name in ("camille", "sacha", "lou", "dominique"):
    user = User.objects.create_user(f"{{name}}@people.example.org", "{PASSWORD}", name=name.capitalize())
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    made[name] = user
belonging.found(made["camille"], pole.actor, by=made["camille"])
for name in ("sacha", "lou"):
    belonging.confirm(belonging.ask(made[name], pole.actor, by=made[name]), by=made["camille"])
belonging.found(made["dominique"], peer.actor, by=made["dominique"])
from pathlib import Path
from django.conf import settings
Path(settings.DATA_DIR, "peer.txt").write_text(peer.actor.name)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the site of this file keeps its data and what it mails."""
    return tmp_path_factory.mktemp("reviews")


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """A site of its own, with the shipped grids and these people."""
    with running_site.serve(folder, ["grids_load", "--save"], ["shell", "-c", _PEOPLE]) as address:
        yield address


def opened(browser: Browser, address: str, width: int) -> Page:
    """Open the site as a stranger."""
    context: BrowserContext = browser.new_context(
        base_url=address, viewport={"width": width, "height": 800}, locale="fr-FR"
    )
    return context.new_page()


def signed_in(browser: Browser, address: str, name: str, width: int = 1280) -> Page:
    """Open the site as one of these people."""
    page = opened(browser, address, width)
    page.goto("/compte/connexion/")
    page.get_by_label("Adresse électronique").fill(f"{name}@people.example.org")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    page.wait_for_url(lambda url: "/connexion/" not in url)
    return page


def choose(page: Page, item: str, level: str) -> None:
    """Choose a level of an item, and wait until it is kept."""
    card = page.locator(f"#item-{item}")
    card.get_by_role("radio", name=level).check()
    expect(card.locator("[data-saved]")).to_have_text("Enregistré.")


def prove(page: Page) -> None:
    """Confirm who one is when it is asked, by the password."""
    if "reauthenticate" in page.url or page.get_by_label("Mot de passe").count():
        page.get_by_label("Mot de passe").fill(PASSWORD)
        page.locator("main form button[type=submit]").first.click()


def test_the_whole_way(browser: Browser, address: str, folder: Path) -> None:
    camille = signed_in(browser, address, "camille")
    campaign = everybody_answers(browser, address, folder, camille)
    the_workshop(camille)
    the_peer(browser, address, (folder / "peer.txt").read_text(), camille)
    assert campaign.startswith(address)


def everybody_answers(browser: Browser, address: str, folder: Path, camille: Page) -> str:
    camille.goto(HERE)
    expect(camille.get_by_text("encore rien répondu")).to_be_visible()
    camille.get_by_role("link", name="Demander à chacun").click()
    camille.get_by_label("Nom de la campagne").fill("Le point de tous")
    camille.get_by_role("button", name="Ouvrir la campagne").click()
    campaign = camille.url
    camille.get_by_label("Qui répond, sans compte").fill("Zoé Martin <zoe@ici.example.org>")
    camille.get_by_role("button", name="Envoyer les liens").click()
    expect(camille.get_by_text("Une invitation est partie.")).to_be_visible()
    link = re.findall(r"/evaluations/[\w-]{20,}/", (folder / "gunicorn.log").read_text("utf-8"))[-1]
    zoe = opened(browser, address, 360)
    zoe.goto(link)
    fits(zoe)
    zoe.get_by_role("link", name="Commencer").click()
    fits(zoe)
    choose(zoe, "A1", "0 ")
    zoe.goto(link)
    zoe.get_by_role("link", name="Reprendre").click()
    expect(zoe.locator("#item-A1").get_by_role("radio", name="0 ")).to_be_checked()
    zoe.context.close()
    for name, level in (("sacha", "4 "), ("lou", "2 ")):
        page = signed_in(browser, address, name, 768)
        page.goto(campaign)
        page.get_by_role("link", name="Répondre", exact=True).click()
        choose(page, "A1", level)
        page.context.close()
    camille.goto(campaign)
    expect(camille.get_by_text("3 personnes ont commencé à répondre.")).to_be_visible()
    camille.get_by_role("button", name="Clore la campagne").click()
    expect(camille.locator("#item-A1 svg")).to_be_visible()
    expect(camille.get_by_role("heading", name="À discuter d'abord")).to_be_visible()
    return campaign


def the_workshop(camille: Page) -> None:
    camille.get_by_role("link", name="En parler en atelier").click()
    camille.get_by_role("button", name="Ouvrir la campagne").click()
    camille.get_by_role("link", name="Commencer l'atelier").click()
    card = camille.locator("#item-A1")
    expect(card.locator("svg.spread")).to_be_visible()
    choose(camille, "A1", "3 ")
    card.get_by_text("Noter un désaccord").click()
    card.get_by_label("Qui n'est pas d'accord").fill("Zoé Martin")
    card.get_by_label("Ce qu'il en dit").fill("Deux membres sur dix, c'est peu.")
    card.get_by_role("button", name="Garder ce désaccord").click()
    expect(camille.locator("#item-A1 .dissents")).to_contain_text("Zoé Martin")
    camille.goto(HERE)
    camille.get_by_role("link", name=re.compile("L'atelier de")).first.click()
    camille.get_by_role("button", name="Clore la campagne").click()
    camille.goto(HERE)
    expect(camille.locator("svg.rose")).to_be_visible()


def the_peer(browser: Browser, address: str, peer: str, camille: Page) -> None:
    camille.get_by_role("link", name="Inviter quelqu'un").click()
    camille.get_by_label("Qui vous invitez").fill(peer)
    camille.get_by_role("button", name="Chercher").click()
    camille.get_by_role("radio", name=peer).first.check()
    camille.get_by_role("button", name="Figer une copie et inviter").click()
    expect(camille.get_by_text("L'évaluateur travaille")).to_be_visible()
    review = camille.url
    dominique = signed_in(browser, address, "dominique")
    dominique.goto(review)
    dominique.get_by_role("button", name="Accepter et commencer").click()
    expect(dominique.locator("#item-A1")).to_contain_text("Le pôle répond")
    choose(dominique, "A1", "1 ")
    dominique.goto(review)
    dominique.get_by_role("button", name="Remettre au pôle").click()
    expect(dominique.get_by_text("Dites pourquoi vous répondez autrement")).to_be_visible()
    dominique.get_by_role("link", name="Reprendre", exact=True).click()
    card = dominique.locator("#item-A1")
    card.get_by_label("Pourquoi cette réponse").fill("Nous n'avons rien vu d'écrit.")
    expect(card.locator("[data-saved]")).to_have_text("Enregistré.")
    dominique.goto(review)
    dominique.get_by_role("button", name="Remettre au pôle").click()
    camille.goto(review)
    camille.get_by_text("Répondre à cet écart").click()
    camille.get_by_label("Réponse du pôle").fill("Si : la convention du 3 mai.")
    camille.get_by_role("button", name="Garder notre réponse").click()
    sign(dominique, review, "Signer pour l'évaluateur", "Dominique", "co-président")
    sign(camille, review, "Signer pour le pôle", "Camille", "animatrice, mandatée par le bureau")
    camille.get_by_role("link", name="Décider item par item").click()
    camille.get_by_role("radio", name="Garder la nôtre").check()
    camille.get_by_role("button", name="Décider").click()
    expect(camille.get_by_text("dites pourquoi").first).to_be_visible()
    camille.get_by_label("Pourquoi").fill("La convention est signée.")
    camille.get_by_role("button", name="Décider").click()
    expect(camille.get_by_text("Suite donnée")).to_be_visible()
    answer = dominique.request.get(f"{review}rapport.pdf")
    assert answer.body().startswith(b"%PDF")
    dominique.context.close()
    camille.context.close()


def sign(page: Page, review: str, action: str, name: str, quality: str) -> None:
    """Read the report again and sign it, proving who one is when it is asked."""
    page.goto(review)
    page.get_by_role("link", name=action).click()
    page.get_by_label("Vos prénom et nom").fill(name)
    page.get_by_label("En quelle qualité").fill(quality)
    page.get_by_label("J'ai lu ce rapport et je le signe").check()
    page.get_by_role("button", name="Signer", exact=True).click()
    prove(page)
    expect(page.get_by_text("Le rapport est signé.")).to_be_visible()
