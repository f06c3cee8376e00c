"""Two people write a file together and deposit it, both on a telephone; nothing is typed twice nor lost."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests import running_site
from tests.browser.test_entry import fits
from tests.browser.test_espace_tender import PASSWORD, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]
_MAKE = f"""
from datetime import timedelta
from allauth.account.models import EmailAddress
from django.utils import timezone
from terreau.accounts.models import User
from terreau.actors import belonging
from terreau.actors.actions import create_actor
from terreau.calls.models import Call, FormVersion, Programme
from terreau.pieces.actions import declaration
from terreau.poles.composition import add_member
from terreau.poles.models import Carrier, Pole
from terreau.subjects.actions import create
from terreau.subjects.models import Subject
actor = create_actor("Pôle des essais", source=None, public=True, kind=Subject.Kind.POLE)
pole = Pole.objects.create(actor=actor, slug="pole-des-essais", fictional=True)
carrier = create_actor("Association des essais", source=None, public=True)
made = {{}}
for name in ("camille", "sacha", "noor"):
    user = User.objects.create_user(f"{{name}}@people.example.org", "{PASSWORD}", name=name.capitalize())
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    made[name] = user
belonging.found(made["camille"], actor, by=made["camille"])
belonging.found(made["sacha"], carrier, by=made["sacha"])
now = timezone.now()
said = declaration(made["camille"], now.date())
Carrier.objects.create(pole=pole, actor=carrier, source=said, status="declare")
add_member(pole, create_actor("Cantine partagée", source=None, public=True), by=made["camille"])
def field(key, kind, label, **more):
    return dict(key=key, kind=kind, label=label, required=True, **more)
fields = [
    field("members", "members", "Membres du pôle", source="members"),
    field("title", "text", "Intitulé du projet"),
    field("summary", "long_text", "Résumé"),
    field("employs", "yes_no", "Employez-vous déjà quelqu'un ?"),
    field("jobs", "integer", "Combien d'emplois ?", show_when=dict(field="employs", op="eq", value=True)),
]
budget = [field("budget", "budget", "Budget du projet"), field("asked", "euro", "Aide demandée")]
content = dict(pages=[
    dict(code="projet", title="Le projet", sections=[dict(code="a", title="L'essentiel", fields=fields)]),
    dict(code="argent", title="L'argent", sections=[dict(code="b", title="Budget", fields=budget)]),
])
programme = Programme.objects.create(subject=create("programme", public=True), slug="essais", name="Essais",
    owner_name="Un ministère", state="published", example=True)
call = Call.objects.create(subject=create("call", public=True), programme=programme, slug="appel-des-essais",
    title="Appel des essais", state="open", opens_at=now - timedelta(days=1),
    closes_at=now + timedelta(days=9), example=True)
FormVersion.objects.create(call=call, number=1, content=content, published_at=now)
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site with a call, a pole without legal form and the association that carries it."""
    with running_site.serve(tmp_path_factory.mktemp("dossier"), ["shell", "-c", _MAKE]) as address:
        yield address


def test_a_file_is_written_by_two_and_deposited_on_a_telephone(browser: Browser, address: str) -> None:
    camille = signed_in(browser, address, "camille", 360)
    sacha = signed_in(browser, address, "sacha", 360)
    path = _begun(camille)
    _written_together(camille, sacha, path)
    _same_question(camille, sacha, path)
    _budget(sacha)
    _deposited(camille, path)
    noor = signed_in(browser, address, "noor")
    assert noor.goto(path).status == 404  # type: ignore[union-attr]
    for page in (camille, sacha, noor):
        page.context.close()


def _begun(page: Page) -> str:
    """Begin the file in the name of who carries the pole; what the register knows is there already."""
    page.goto("/appels/appel-des-essais/deposer/")
    page.get_by_label("Au nom de").select_option(label="Pôle des essais, porté par Association des essais")
    page.get_by_role("button", name="Commencer").click()
    expect(page.get_by_role("heading", name="Il reste 5 réponses à donner")).to_be_visible()
    fits(page)
    path = page.url
    page.get_by_role("link", name="Continuer à écrire").click()
    expect(page.get_by_text("Déjà connu : membres au registre")).to_be_visible()
    expect(page.get_by_role("cell", name="Cantine partagée")).to_be_visible()
    return path


def _kept(page: Page, key: str, words: str = "Enregistré.") -> None:
    """Wait for what saves as one types."""
    expect(page.locator(f"#etat-{key}")).to_contain_text(words, timeout=20_000)


def _written_together(camille: Page, sacha: Page, path: str) -> None:
    """Each writes other questions of the same page: all of it is kept, nothing was pressed."""
    sacha.goto(f"{path}ecrire/projet/")
    camille.get_by_label("Intitulé du projet").fill("Une conserverie de quartier")
    sacha.get_by_label("Résumé").fill("Transformer les invendus du marché.")
    _kept(camille, "title")
    _kept(sacha, "summary")
    expect(camille.get_by_label("Combien d'emplois ?")).to_have_count(0)
    camille.get_by_role("radio", name="oui").check()
    camille.get_by_label("Combien d'emplois ?").fill("2")
    _kept(camille, "jobs")
    fits(camille)


def _same_question(camille: Page, sacha: Page, path: str) -> None:
    """Both answer the same question: the second sees both answers, and chooses."""
    sacha.get_by_label("Intitulé du projet").fill("Une cuisine centrale")
    both = sacha.get_by_text("Camille a répondu pendant que vous écriviez :")
    expect(both).to_be_visible(timeout=20_000)
    expect(sacha.get_by_text("Une conserverie de quartier")).to_be_visible()
    fits(sacha)
    sacha.get_by_role("button", name="Prendre l'autre réponse").click()
    expect(sacha.get_by_label("Intitulé du projet")).to_have_value("Une conserverie de quartier")
    expect(sacha.get_by_label("Résumé")).to_have_value("Transformer les invendus du marché.")
    sacha.goto(f"{path}ecrire/argent/")


def _budget(page: Page) -> None:
    """Fill a budget on a telephone: it says what it lacks until it balances."""
    rows = page.get_by_role("group", name="Ligne")
    for rank, (side, post, euros) in enumerate(
        (("dépense", "Étude", "60 000"), ("ressource", "État", "45000"), ("ressource", "Région", "15 000,00"))
    ):
        rows.nth(rank).get_by_label("Dépense ou ressource").select_option(label=side)
        rows.nth(rank).get_by_label("Poste").fill(post)
        rows.nth(rank).get_by_label("Montant en euros").fill(euros)
        if rank == 1:
            _kept(page, "budget", "Il manque 15")
    _kept(page, "budget", "ressources : 60")
    page.get_by_label("Aide demandée").fill("45 000")
    _kept(page, "asked")
    expect(page.get_by_text("Toutes les réponses attendues sont données.")).to_be_visible()
    fits(page)


def _deposited(page: Page, path: str) -> None:
    """Deposit with a nervous thumb: one receipt, with the second and the hash; the copy does not change."""
    page.goto(path)
    page.get_by_role("link", name="Relire et déposer").click()
    expect(page.get_by_role("heading", name="Tout est prêt")).to_be_visible()
    fits(page)
    page.get_by_role("button", name="Déposer le dossier").dblclick()
    expect(page.get_by_role("heading", name="Récépissé de dépôt")).to_be_visible()
    expect(page.get_by_text("APPEL-DES-ESSAIS-0001-1", exact=True)).to_be_visible()
    expect(page.get_by_text("(heure de Paris)")).to_be_visible()
    fits(page)
    page.goto(f"{path}copies/")
    expect(page.get_by_text("empreinte vérifiée")).to_have_count(1)
    page.goto(f"{path}ecrire/projet/")
    expect(page.get_by_role("heading", name="Déposé")).to_be_visible()


def test_the_page_is_sent_once_what_saves_as_one_types_is_heard(browser: Browser, address: str) -> None:
    """Sent together, the older words could be written last: the end of an answer was lost on a slow line."""
    sacha = signed_in(browser, address, "sacha")
    sacha.goto("/appels/appel-des-essais/deposer/")
    sacha.get_by_label("Au nom de").select_option(label="Association des essais")
    sacha.get_by_role("button", name="Commencer").click()
    sacha.get_by_role("link", name="Continuer à écrire").click()
    held: list[Route] = []
    whole: list[str] = []

    def heard(route: Route) -> None:
        if "hx-request" in route.request.headers:
            held.append(route)
            return
        whole.append(route.request.method)
        route.continue_()

    sacha.route("**/ecrire/projet/", heard)
    title = sacha.get_by_label("Intitulé du projet")
    title.fill("Une halle")
    title.blur()
    sacha.wait_for_timeout(200)
    assert len(held) == 1
    sacha.get_by_role("button", name="Enregistrer et continuer").click(no_wait_after=True)
    sacha.wait_for_timeout(300)
    assert whole == []
    held[0].continue_()
    sacha.wait_for_url("**/ecrire/argent/*")
    assert whole == ["POST"]
    sacha.context.close()
