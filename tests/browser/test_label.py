"""A report, a shared evaluation, a label, and somebody in the street who checks the certificate."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import running_site
from tests.browser.test_entry import fits
from tests.browser.test_espace_tender import PASSWORD, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]
DOSSIER = "01a20000-0000-7000-8000-000000000001"
FILE = f"/dossiers/{DOSSIER}/"
LABEL = "/labels/pole-qui-dure/"
#: Those who decide are known by a session where they have just proved who they are.
KEYS = {"sacha": "sachasachasachasachasachasacha12", "lou": "louloulouloulouloulouloulouloul1"}
_MAKE = f"""
import time
from datetime import timedelta
from importlib import import_module
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY as METHODS
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils import timezone
from terreau.accounts.models import User
from terreau.actors import belonging
from terreau.actors.actions import create_actor
from terreau.calls.models import Call, FormVersion, Programme, Role
from terreau.common.canonical import digest
from terreau.dossiers.models import Dossier, Writer
from terreau.grids.models import Grid, GridVersion
from terreau.labels.models import Keeper, Scheme
from terreau.poles.composition import add_member
from terreau.poles.models import Pole
from terreau.subjects.actions import create
from terreau.subjects.models import Subject
now = timezone.now()
made = {{}}
for name in ("camille", "sacha", "lou"):
    user = User.objects.create_user(f"{{name}}@people.example.org", "{PASSWORD}", name=name.capitalize())
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    made[name] = user
actor = create_actor("Pôle des essais", source=None, public=True, kind=Subject.Kind.POLE)
pole = Pole.objects.create(actor=actor, slug="pole-des-essais", fictional=True)
belonging.found(made["camille"], actor, by=made["camille"])
add_member(pole, create_actor("Brigade des rives", source=None, public=True), by=made["camille"])
programme = Programme.objects.create(subject=create(Subject.Kind.PROGRAMME, public=True), slug="essai",
    name="Programme d'essai", owner_name="Région", state="published")
call = Call.objects.create(subject=create(Subject.Kind.CALL, public=True), programme=programme, slug="essai",
    title="Appel d'essai", opens_at=now - timedelta(days=900), closes_at=now - timedelta(days=800),
    duration_months=24, stages=[{{"code": "committee"}}, {{"code": "evaluation"}}], state="decided")
form = FormVersion.objects.create(call=call, number=1, content={{"pages": []}}, published_at=now)
dossier = Dossier.objects.create(id="{DOSSIER}", subject=create(Subject.Kind.DOSSIER), call=call, number=1,
    form=form, applicant=actor, pole=pole, title="Une légumerie", state="running",
    deposited_at=now - timedelta(days=850), created_by=made["camille"])
Writer.objects.create(dossier=dossier, user=made["camille"], role="lead", accepted_at=now)
Role.objects.create(call=call, user=made["sacha"], role="officer",
    valid_from=now.date() - timedelta(days=900))
held = {{"code": "essai-label", "version": "1", "title": {{"fr": "Critères d'essai", "en": "Criteria"}},
    "summary": {{"fr": "", "en": ""}}, "owner": {{"name": "Région"}},
    "licence": {{"fr": "Libre", "en": "Free"}},
    "source": {{"document": "Essai", "section": ""}}, "prescriptive": False, "nature": "criteria",
    "subject": "pole", "criteria": [{{"code": code, "kind": "a_tester", "title": {{"fr": text, "en": text}},
    "text": {{"fr": text, "en": text}}, "source": {{"document": "Essai", "section": ""}}}}
    for code, text in (("A", "Une gouvernance ouverte"), ("B", "Des moyens partagés"))]}}
grid = Grid.objects.create(code="essai-label", title=held["title"], nature="criteria", public=True)
version = GridVersion.objects.create(grid=grid, version="1", state="published", text="", content=held,
    digest=digest(held), published_at=now)
scheme = Scheme.objects.create(subject=create(Subject.Kind.LABEL, public=True), slug="pole-qui-dure",
    name="Pôle qui dure", owner=create_actor("Région des essais", source=None, public=True),
    grid_version=version, state="published")
Keeper.objects.create(scheme=scheme, user=made["lou"], role="decides",
    valid_from=now.date() - timedelta(days=9), named_by=made["lou"])
for name, key in {KEYS!r}.items():
    user = made[name]
    TOTP.activate(user, generate_totp_secret())
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    proof = {{"method": "mfa", "type": "totp", "at": time.time() + 7200, "reauthenticated": True}}
    session.update({{SESSION_KEY: str(user.pk), BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
        HASH_SESSION_KEY: user.get_session_auth_hash(), METHODS: [proof], METHODS + "_user": str(user.pk)}})
    session._session_key = key
    session.save(must_create=True)
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site with a file that runs, an officer, a label and who keeps it."""
    with running_site.serve(tmp_path_factory.mktemp("label"), ["shell", "-c", _MAKE]) as address:
        yield address


def _decider(browser: Browser, address: str, name: str, width: int = 1280) -> Page:
    viewport: Any = {"width": width, "height": 800}
    context = browser.new_context(base_url=address, viewport=viewport, locale="fr-FR")
    context.add_cookies([{"name": "sessionid", "value": KEYS[name], "url": address}])
    return context.new_page()


def test_from_a_report_to_a_label_that_a_passer_by_checks(browser: Browser, address: str) -> None:
    camille = signed_in(browser, address, "camille", 360)
    sacha = _decider(browser, address, "sacha")
    lou = _decider(browser, address, "lou", 768)
    _reported(camille, sacha)
    _evaluated(camille, sacha)
    _asked(camille)
    _granted(lou)
    _checked(browser, address, lou)
    for page in (camille, sacha, lou):
        page.context.close()


def _open(page: Page, summary: str) -> None:
    page.locator("summary", has_text=summary).first.click()


def _reported(camille: Page, sacha: Page) -> None:
    """The officer dates the reports; the pole writes and sends one on a telephone; it is accepted."""
    sacha.goto(f"{FILE}suivi/")
    sacha.get_by_label("Date de la convention").fill("2025-01-31")
    sacha.get_by_role("button", name="Dater les rapports").click()
    expect(sacha.locator("#rapports")).to_contain_text("31 janvier 2026")
    camille.goto(f"{FILE}suivi/")
    camille.get_by_role("link", name="Écrire ce rapport").click()
    camille.get_by_role("button", name="Enregistrer et envoyer").click()
    expect(camille.get_by_text("Dites au moins ce qui a été fait.").first).to_be_visible()
    camille.get_by_label("Ce qui a été fait").fill("Deux ateliers, trois emplois.")
    camille.get_by_role("button", name="Enregistrer et envoyer").click()
    expect(camille.locator("#envoi")).to_contain_text("Deux ateliers, trois emplois.")
    fits(camille)
    sacha.goto(f"{FILE}suivi/")
    sacha.get_by_role("link", name="rapport d'étape").first.click()
    sacha.get_by_label("Accepter le rapport").check()
    sacha.get_by_role("button", name="Envoyer la réponse").click()
    expect(sacha.locator(".badge", has_text="accepté")).to_be_visible()


def _evaluated(camille: Page, sacha: Page) -> None:
    """Each side says what it finds, they meet, conclude and sign the same text."""
    page = f"{FILE}evaluation/"
    sacha.goto(page)
    sacha.get_by_role("button", name="Ouvrir et prévenir").click()
    sacha.get_by_label("Ce que vous constatez").fill("Trois emplois, dont deux durables.")
    sacha.get_by_role("button", name="Enregistrer", exact=True).click()
    camille.goto(page)
    camille.get_by_label("Ce que vous constatez").fill("Trois emplois.")
    camille.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(camille.get_by_role("heading", name="Le bénéficiaire s'évalue fait")).to_be_visible()
    sacha.goto(f"{FILE}suivi/")
    _open(sacha, "Prévoir une réunion")
    sacha.locator("#meet-kind").select_option("contradictory")
    sacha.get_by_label("Quand").fill("2026-01-15T10:00")
    sacha.get_by_role("button", name="Prévoir et prévenir").click()
    sacha.get_by_role("link", name="Réunion contradictoire").click()
    sacha.get_by_label("Compte rendu").fill("Chacun a dit ce qu'il constate.")
    sacha.get_by_role("button", name="Enregistrer le compte rendu").click()
    sacha.goto(page)
    sacha.get_by_label("Résultats constatés").fill("Trois emplois, dont deux durables.")
    sacha.get_by_label("Ce que les deux parties recommandent").select_option("go_on")
    sacha.get_by_role("button", name="Enregistrer la conclusion").click()
    camille.goto(page)
    camille.get_by_label("En quelle qualité").fill("animatrice")
    camille.get_by_role("button", name="Signer la conclusion").click()
    camille.get_by_label("Mot de passe").fill(PASSWORD)
    camille.keyboard.press("Enter")
    expect(camille.get_by_text("Une partie a signé : l'autre lit et signe.")).to_be_visible()
    fits(camille)
    sacha.goto(page)
    sacha.get_by_label("En quelle qualité").fill("cheffe de service")
    sacha.get_by_role("button", name="Signer la conclusion").click()
    expect(sacha.locator(".lede")).to_contain_text("Elle ne change plus.")


def _asked(camille: Page) -> None:
    """The pole asks for the label; nothing is typed twice."""
    camille.goto(LABEL)
    camille.get_by_role("link", name="Demander ce label").click()
    expect(camille.locator("main")).to_contain_text("ESSAI-0001")
    camille.get_by_label("seront publics").check()
    camille.get_by_role("button", name="Envoyer la demande").click()
    expect(camille.locator(".lede")).to_contain_text("Votre demande est envoyée")
    fits(camille)


def _granted(lou: Page) -> None:
    """Each criterion is answered, then the label granted with its reason."""
    lou.goto(f"{LABEL}instruire/")
    lou.get_by_role("link", name="Pôle des essais").first.click()
    lou.get_by_role("button", name="Commencer l'instruction").click()
    for group in lou.locator(".criterion").all():
        group.get_by_label("Constat").select_option("oui")
    lou.get_by_role("button", name="Enregistrer les constats").click()
    expect(lou.locator("#criteres")).to_contain_text("2 constats sur 2 critères.")
    fits(lou)
    _open(lou, "Accorder le label")
    lou.locator("#grant-reason").fill("Les critères sont remplis.")
    lou.get_by_role("button", name="Accorder", exact=True).click()
    expect(lou.locator(".lede")).to_contain_text("Ce label est en vigueur")


def _checked(browser: Browser, address: str, lou: Page) -> None:
    """Without an account nor JavaScript: the register, the paper, its code; then it is suspended."""
    viewport: Any = {"width": 360, "height": 800}
    context = browser.new_context(
        base_url=address, viewport=viewport, locale="fr-FR", java_script_enabled=False
    )
    street = context.new_page()
    street.goto(LABEL)
    street.get_by_role("link", name="Pôle des essais").click()
    paper = context.request.get(f"{LABEL}1.pdf")
    assert paper.headers["content-type"] == "application/pdf"
    code = street.locator(".certificate-code").inner_text()
    street.goto("/verifier/")
    street.get_by_label("Code du certificat").fill(code.lower().replace("-", " "))
    street.get_by_role("button", name="Vérifier").click()
    expect(street.locator(".worth-word")).to_have_text("En vigueur")
    expect(street.locator("#preuve")).to_contain_text("tout correspond")
    _open(lou, "Suspendre le label")
    lou.locator("#suspend-reason").fill("Comptes absents.")
    lou.get_by_role("button", name="Suspendre le label").click()
    expect(lou.locator(".lede")).to_contain_text("suspendu")
    street.reload()
    expect(street.locator(".worth-word")).to_have_text("Suspendu")
    expect(street.locator("main")).not_to_contain_text("Comptes absents.")
    context.close()
