"""A committee on a tablet: by finger and by keyboard, a conflict, the assistant, the decisions, the list."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import running_site
from tests.browser.test_entry import fits, tab_to

pytestmark = [pytest.mark.browser, pytest.mark.slow]
HOME = "/comite/appel-des-essais/"
FILES = ("Conserverie de quartier", "Recyclerie du val", "Filière bois", "Maison du vélo")
_MAKE = f"""
import json, os, time
from datetime import timedelta
from pathlib import Path
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY as PROOFS
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.test import Client
from django.utils import timezone
from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.calls.models import Call, FormVersion, Programme, Role
from terreau.dossiers.models import Dossier
from terreau.envelopes import actions as envelopes
from terreau.instruction.models import Progress
from terreau.selection import committee
from terreau.subjects.actions import create
made = {{}}
for name in ("camille", "sacha", "lou", "noor"):
    made[name] = User.objects.create_user(f"{{name}}@people.example.org", name=name.capitalize())
now = timezone.now()
today = timezone.localdate()
programme = Programme.objects.create(subject=create("programme", public=True), slug="essais", name="Essais",
    owner_name="Un ministère", state="published", example=True)
call = Call.objects.create(subject=create("call", public=True), programme=programme, slug="appel-des-essais",
    title="Appel des essais", state="open", opens_at=now - timedelta(days=60),
    closes_at=now - timedelta(days=9), example=True, stages=[dict(code="committee")])
form = FormVersion.objects.create(call=call, number=1, content=dict(pages=[]), published_at=now)
Role.objects.create(user=made["camille"], call=call, role="owner", valid_from=today)
for number, (title, asked, score) in enumerate(
    zip({FILES!r}, (6_000_000, 5_000_000, 4_000_000, 3_000_000), (90_000, 80_000, 70_000, 60_000)), 1):
    row = Dossier.objects.create(subject=create("dossier"), call=call, number=number, form=form, title=title,
        applicant=create_actor(f"Association {{number}}", source=None, public=True), state="committee",
        asked_cents=asked, deposited_at=now, example=True)
    Progress.objects.create(dossier=row, call=call, mean=score, reviewers=2, given=2)
envelopes.open(programme, name="Enveloppe", cents=9_000_000, call=call, by=made["camille"])
body = committee.compose(call, name="Comité des essais", by=made["camille"])
for name in ("sacha", "lou"):
    committee.seat(body, name=name.capitalize(), quality="Ministère", since=today,
        email=made[name].email, by=made["camille"])
kept = {{"cookie": settings.SESSION_COOKIE_NAME}}
for name, user in made.items():
    if name != "noor":
        TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    client = Client()
    client.force_login(user)
    session = client.session
    session[PROOFS] = [dict(method="mfa", type="totp", at=time.time() + 3600, reauthenticated=True)]
    session[PROOFS + "_user"] = str(user.pk)
    session.save()
    kept[name] = client.cookies[settings.SESSION_COOKIE_NAME].value
(Path(os.environ["TERREAU_DATA_DIR"]) / "sessions.json").write_text(json.dumps(kept))
"""


@dataclass
class Site:
    """The site, and the sessions of its people: each proved who they are a moment ago."""

    address: str
    sessions: dict[str, str]

    def opened(self, browser: Browser, name: str, width: int = 768) -> Page:
        """Open the site as one of these people."""
        context = browser.new_context(
            base_url=self.address, viewport={"width": width, "height": 1024}, locale="fr-FR"
        )
        cookie = {"name": self.sessions["cookie"], "value": self.sessions[name], "url": self.address}
        context.add_cookies([cookie])  # type: ignore[list-item]
        return context.new_page()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with a call whose four files are before its committee."""
    folder: Path = tmp_path_factory.mktemp("committee")
    with running_site.serve(folder, ["shell", "-c", _MAKE]) as address:
        yield Site(address, json.loads((folder / "sessions.json").read_text()))


def test_a_committee_chooses_on_a_tablet(browser: Browser, site: Site) -> None:
    sacha, lou, camille, noor = (site.opened(browser, name) for name in ("sacha", "lou", "camille", "noor"))
    _proposed(sacha)
    _left_the_room(lou)
    _asked_the_assistant(sacha)
    _decided(camille)
    _ruled(camille)
    assert noor.goto(HOME).status == 403  # type: ignore[union-attr]
    assert noor.goto(f"{HOME}composition/").status == 403  # type: ignore[union-attr]
    camille.goto(f"{HOME}composition/")
    camille.get_by_role("button", name="Publier la liste des membres").click()
    fits(camille)
    noor.set_viewport_size({"width": 360, "height": 800})
    noor.goto(f"{HOME}composition/")
    expect(noor.get_by_role("row", name="Sacha")).to_be_visible()
    fits(noor)
    for page in (sacha, camille, noor):
        page.context.close()


def _proposed(page: Page) -> None:
    """By finger for the first, by keyboard for the second; what the envelope would still hold is said."""
    page.goto("/comite/")
    page.get_by_role("link", name="Appel des essais").click()
    expect(page.locator(".committee-name")).to_have_text(list(FILES))
    fits(page)
    first, second, _third, last = page.locator(".committee-file").all()
    amount = first.get_by_label("Montant en euros")
    amount.fill("50 000")
    expect(first.locator("output")).to_contain_text("il resterait 40")
    box = first.get_by_role("button", name="Retenu", exact=True).bounding_box()
    assert box
    assert box["height"] >= 44
    first.get_by_role("button", name="Retenu", exact=True).click()
    expect(page.locator("#enveloppe")).to_contain_text("Reste 40")
    second.get_by_label("Montant en euros").focus()
    tab_to(page, "button.committee-reserve")
    page.keyboard.press("Enter")
    expect(second.get_by_role("button", name="Liste complémentaire")).to_have_attribute(
        "aria-pressed", "true"
    )
    last.get_by_text("Motif", exact=True).click()
    last.get_by_label("Ce que le candidat lira").fill("Le budget n'est pas décrit.")
    last.get_by_role("button", name="Non retenu").click()
    expect(page.locator(".badge", has_text="proposé : non retenu")).to_be_visible()
    fits(page)


def _left_the_room(page: Page) -> None:
    """One declares a conflict: the file is nowhere any more."""
    page.goto(HOME)
    file = page.locator(".committee-file", has_text=FILES[2])
    file.get_by_text("Je suis en conflit d'intérêts").click()
    file.get_by_label("Ce qui vous lie à ce dossier").fill("J'y siège.")
    file.get_by_role("button", name="Quitter la salle pour ce dossier").click()
    expect(page.get_by_text("1 dossier ne vous est pas montré")).to_be_visible()
    expect(page.locator("main")).not_to_contain_text(FILES[2])
    page.context.close()


def _asked_the_assistant(page: Page) -> None:
    """It is off; asked for, it searches, and the search can be stopped."""
    page.goto(f"{HOME}assistant/")
    expect(page.get_by_text("Il est éteint")).to_be_visible()
    page.get_by_label("Qui le demande, et pourquoi").fill("Le comité, à l'unanimité.")
    page.get_by_role("button", name="Le comité demande l'assistant").click()
    page.get_by_role("button", name="Chercher le meilleur choix").click()
    page.get_by_role("button", name="Arrêter la recherche").click()
    expect(page.get_by_text("La recherche a été arrêtée")).to_be_visible()
    fits(page)


def _decided(page: Page) -> None:
    """All that is proposed is decided at once; one decision replaces another, and both are read."""
    page.goto(f"{HOME}decisions/")
    page.get_by_role("button", name="Prendre ces 3 décisions").click()
    expect(page.get_by_text("3 décisions sont prises")).to_be_visible()
    page.get_by_text("Remplacer une décision").click()
    change = page.locator("#changer")
    change.get_by_label("Dossier").select_option(label=f"APPEL-DES-ESSAIS-0002 – {FILES[1]}")
    change.get_by_label("Décision", exact=True).select_option(label="retenu")
    change.get_by_label("Montant en euros").fill("50 000")
    change.get_by_label("Pourquoi").fill("Désistement annoncé.")
    change.get_by_role("button", name="Remplacer la décision").click()
    expect(change).to_contain_text("Il reste 40")
    change.get_by_label("Montant en euros").fill("40 000")
    change.get_by_role("button", name="Remplacer la décision").click()
    expect(page.get_by_role("row", name=FILES[1])).to_contain_text("auparavant")
    expect(page.locator("#enveloppe")).to_contain_text("Reste 0")
    fits(page)


def _ruled(page: Page) -> None:
    """The owner types the rules of any choice, without a file."""
    page.goto(f"{HOME}regles/")
    page.get_by_label("Nombre de lauréats au plus").fill("3")
    page.get_by_label("Part du montant en territoire rural, au moins, en %").fill("12,5")
    page.get_by_role("button", name="Enregistrer les règles").click()
    expect(page.get_by_text("Les règles du choix sont enregistrées")).to_be_visible()
    expect(page.get_by_label("Part du montant en territoire rural, au moins, en %")).to_have_value("12,5")
    fits(page)
