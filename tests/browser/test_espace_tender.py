"""Three members answer a tender: asked, in, shares that do not sum refused, sent, won, hours of insertion."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import running_site
from tests.browser.test_entry import fits

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PASSWORD = "une phrase assez longue"
HOME = "/poles/pole-des-essais/espace/"
NAMES = ("Brigade des rives", "Coopérative du bâti", "Atelier du fleuve")
_MAKE = f"""
from allauth.account.models import EmailAddress
from terreau.accounts.models import User
from terreau.actors import belonging
from terreau.actors.actions import create_actor
from terreau.exchanges import skills
from terreau.poles.composition import add_member
from terreau.poles.models import Pole
from terreau.subjects.models import Subject
actor = create_actor("Pôle des essais", source=None, public=True, kind=Subject.Kind.POLE)
pole = Pole.objects.create(actor=actor, slug="pole-des-essais", fictional=True)
made = {{}}
for name in ("camille", "sacha", "lou"):
    user = User.objects.create_user(f"{{name}}@people.example.org", "{PASSWORD}", name=name.capitalize())
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    made[name] = user
belonging.found(made["camille"], actor, by=made["camille"])
members = [create_actor(name, source=None, public=True) for name in {NAMES!r}]
for one in members:
    add_member(pole, one, by=made["camille"])
belonging.found(made["sacha"], members[0], by=made["sacha"])
belonging.found(made["lou"], create_actor("Ailleurs", source=None, public=True), by=made["lou"])
for one, skill in zip(members, ("Élagage", "Génie écologique", "Plans"), strict=True):
    skills.declare(skills.named(pole, skill), one, "held", by=made["camille"])
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site with a pole, three members and what each can do."""
    with running_site.serve(tmp_path_factory.mktemp("tender"), ["shell", "-c", _MAKE]) as address:
        yield address


def signed_in(browser: Browser, address: str, name: str, width: int = 1280) -> Page:
    """Open the site as one of these people."""
    viewport = {"width": width, "height": 800}
    page = browser.new_context(base_url=address, viewport=viewport, locale="fr-FR").new_page()  # type: ignore[arg-type]
    page.goto("/compte/connexion/")
    page.get_by_label("Adresse électronique").fill(f"{name}@people.example.org")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    page.wait_for_url(lambda url: "/connexion/" not in url)
    return page


def test_three_members_answer_a_tender(browser: Browser, address: str) -> None:
    member = signed_in(browser, address, "sacha", 360)
    animator = signed_in(browser, address, "camille")
    path = _reported(member, animator, address)
    _asked(animator)
    others = _answered(member, animator, path)
    _shared_out(animator)
    _won(member, animator, path)
    # Nobody answers for another; a stranger sees nothing.
    assert member.goto(others[0]).status == 403  # type: ignore[union-attr]
    stranger = signed_in(browser, address, "lou")
    assert stranger.goto(path).status == 404  # type: ignore[union-attr]
    for page in (member, animator, stranger):
        page.context.close()


def _reported(member: Page, animator: Page, address: str) -> str:
    """A member reports a tender on a telephone; who animates takes it up in one click."""
    member.goto(f"{HOME}marches/")
    member.get_by_text("Signaler un marché, un appel ou une nouvelle").click()
    member.get_by_label("Titre").fill("Entretien des berges")
    member.get_by_label("Compétences qu'il faut").fill("élagage, génie écologique, plans, plongée")
    member.get_by_role("button", name="Partager avec le pôle").click()
    fits(member)
    animator.goto(f"{HOME}marches/")
    animator.get_by_role("button", name="Y répondre ensemble : Entretien des berges").click()
    expect(animator.get_by_role("heading", level=1)).to_have_text("Entretien des berges")
    return animator.url.removeprefix(address)


def _asked(animator: Page) -> None:
    """Who together holds what is needed, what nobody holds; the group is asked in one click."""
    proposal = animator.locator("#competences-necessaires")
    for name in NAMES:
        expect(proposal).to_contain_text(name)
    expect(proposal).to_contain_text("Aucun membre ne sait faire cela")
    animator.get_by_role("button", name="Leur proposer d'en être").click()
    animator.get_by_role("button", name="Nous y répondons").click()


def _answered(member: Page, animator: Page, path: str) -> list[str]:
    """The member answers on the telephone, by keyboard, with hours of insertion; the others too."""
    member.goto(path)
    member.get_by_role("link", name="Répondre", exact=True).click()
    member.get_by_label("Nous en sommes").focus()
    member.keyboard.press("Space")
    member.get_by_label("Heures d'insertion que nous promettons").fill("120")
    member.get_by_role("button", name="Envoyer la réponse").press("Enter")
    expect(member.locator("#groupement")).to_contain_text("120\u00a0h")
    fits(member)
    links = []
    for name in NAMES[1:]:
        animator.goto(path)
        animator.get_by_role("row", name=name).get_by_role("link").click()
        links.append(animator.url)
        animator.get_by_label("Nous en sommes").check()
        animator.get_by_role("button", name="Envoyer la réponse").click()
    return links


def _shared_out(animator: Page) -> None:
    """It does not leave without shares; shares that do not sum are refused, and what was typed stays."""
    animator.get_by_role("button", name="La réponse est déposée").click()
    expect(animator.locator("#suite")).to_contain_text("Il manque la part de 3 organisations.")
    animator.get_by_role("link", name="Partager la réponse").click()
    animator.get_by_label("Mandataire du groupement").select_option(label=NAMES[0])
    animator.get_by_label("Montant de l'offre (€)").fill("100 000")
    for name in NAMES:
        animator.get_by_label(f"Part de {name}").fill("33,33 %")
    animator.get_by_role("button", name="Enregistrer le partage").click()
    expect(animator.locator(".notice-refusal")).to_contain_text("il manque 0,01")
    expect(animator.get_by_label(f"Part de {NAMES[0]}")).to_have_value("33,33 %")
    for name in NAMES:
        animator.get_by_label(f"Part de {name}").fill("1/3")
    animator.get_by_role("button", name="Enregistrer le partage").click()


def _won(member: Page, animator: Page, path: str) -> None:
    """Sent, won; the member counts its hours of insertion."""
    animator.get_by_role("button", name="La réponse est déposée").click()
    animator.get_by_role("button", name="Nous avons gagné").click()
    expect(animator.locator("#resultat")).to_contain_text("33\u202f333,34\u00a0€")
    member.goto(f"{path}resultat/")
    member.get_by_label("Heures faites").fill("7 h 30")
    member.get_by_label("Premier jour").fill("2026-01-05")
    member.get_by_label("Dernier jour").fill("2026-01-09")
    member.get_by_role("button", name="Compter ces heures").click()
    expect(member.get_by_role("row", name=NAMES[0])).to_contain_text("7\u00a0h\u00a030")
