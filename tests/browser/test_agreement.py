"""From a laureate to its money: the agreement is frozen and signed, an advance is asked, paid and noted."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import running_site
from tests.browser.test_entry import fits

pytestmark = [pytest.mark.browser, pytest.mark.slow]
KEYS = {name: f"{name}agreement0000000000000000000000"[:32] for name in ("camille", "sacha", "lou")}
FILE = "/dossiers/01890000-0000-7000-8000-00000000a9e1/"
_MAKE = f"""
import time
from datetime import timedelta
from uuid import UUID
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY as METHODS
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone
from terreau.accounts.models import User
from terreau.actors import belonging
from terreau.actors.actions import create_actor
from terreau.calls.models import Call, FormVersion, Programme, Role
from terreau.dossiers.models import Dossier, Writer
from terreau.envelopes import actions as envelopes
from terreau.poles.models import Pole
from terreau.subjects.models import Subject
now = timezone.now()
made = {{name: User.objects.create_user(f"{{name}}@people.example.org", name=name.capitalize())
    for name in ("camille", "sacha", "lou")}}
actor = create_actor("Pôle des essais", source=None, public=True, kind=Subject.Kind.POLE)
pole = Pole.objects.create(actor=actor, slug="pole-des-essais", fictional=True)
belonging.found(made["camille"], actor, by=made["camille"])
programme = Programme.objects.create(subject=Subject.objects.create(kind="programme", public=True),
    slug="programme-des-essais", name="Programme des essais", owner_name="Ministère des essais",
    state="published")
call = Call.objects.create(subject=Subject.objects.create(kind="call", public=True), programme=programme,
    slug="essais", title="Appel des essais", state="decided", duration_months=24)
form = FormVersion.objects.create(call=call, number=1, content={{"pages": []}})
dossier = Dossier.objects.create(id=UUID("{FILE[10:-1]}"), subject=Subject.objects.create(kind="dossier"),
    call=call, number=1, form=form, applicant=actor, pole=pole, title="Nourrir la vallée", state="laureate",
    asked_cents=8_000_000, deposited_at=now, example=True)
Writer.objects.create(dossier=dossier, user=made["camille"], role="lead", accepted_at=now)
for name, role in (("sacha", "officer"), ("lou", "owner")):
    Role.objects.create(call=call, user=made[name], role=role, valid_from=now.date() - timedelta(days=9))
purse = envelopes.open(programme, name="Enveloppe", cents=10_000_000, by=made["lou"])
envelopes.commit(purse, dossier, 8_000_000, by=made["lou"], origin="award:essai")
for name, key in {KEYS!r}.items():
    user = made[name]
    TOTP.activate(user, generate_totp_secret())
    proof = {{"method": "mfa", "type": "totp", "at": time.time() + 7200, "reauthenticated": True}}
    told = {{SESSION_KEY: str(user.pk), BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
        HASH_SESSION_KEY: user.get_session_auth_hash(), METHODS: [proof], METHODS + "_user": str(user.pk)}}
    Session.objects.create(session_key=key, session_data=SessionStore().encode(told),
        expire_date=now + timedelta(days=1))
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site with a laureate, an officer and the owner of the call."""
    with running_site.serve(tmp_path_factory.mktemp("agreement"), ["shell", "-c", _MAKE]) as address:
        yield address


def _enter(browser: Browser, address: str, name: str, width: int = 1280) -> Page:
    viewport: Any = {"width": width, "height": 800}
    context = browser.new_context(base_url=address, viewport=viewport, locale="fr-FR")
    context.add_cookies([{"name": "sessionid", "value": KEYS[name], "url": address}])
    return context.new_page()


def test_from_a_laureate_to_its_money(browser: Browser, address: str) -> None:
    camille = _enter(browser, address, "camille", 360)
    sacha = _enter(browser, address, "sacha")
    lou = _enter(browser, address, "lou", 768)
    _frozen(sacha)
    _signed(camille, lou)
    _asked(camille)
    _paid(sacha)
    _noted(camille)
    for page in (camille, sacha, lou):
        page.context.close()


def _frozen(sacha: Page) -> None:
    """An officer prepares it; what lacks is said; then the text is frozen."""
    sacha.goto(f"{FILE}convention/")
    sacha.get_by_role("button", name="Préparer la convention").click()
    expect(sacha.get_by_role("heading", level=1)).to_have_text("Convention ESSAIS-0001-C")
    expect(sacha.get_by_label("Montant de l'aide en euros")).to_have_value("80000,00")
    first = sacha.locator(".money-row").nth(0)
    first.get_by_label("Nature").select_option("advance")
    first.get_by_label("Montant").fill("30 000")
    sacha.get_by_role("button", name="Enregistrer le texte").click()
    lacks = "La somme des versements diffère du montant de 50\u202f000\u00a0€"
    expect(sacha.locator("#suite")).to_contain_text(lacks)
    second = sacha.locator(".money-row").nth(1)
    second.get_by_label("Nature").select_option("balance")
    second.get_by_label("Montant").fill("50 000")
    second.get_by_label("Pièces demandées").fill("Rapport final")
    sacha.get_by_role("button", name="Enregistrer le texte").click()
    sacha.get_by_role("button", name="Figer le texte et proposer la signature").click()
    expect(sacha.get_by_text("Le document est figé : chacun peut le signer.").first).to_be_visible()


def _signed(camille: Page, lou: Page) -> None:
    """The pole signs on a telephone, by keyboard; the owner of the call then puts it in force."""
    camille.goto(f"{FILE}convention/")
    fits(camille)
    camille.get_by_label("J'ai lu ce document").focus()
    camille.keyboard.press("Space")
    camille.get_by_role("button", name="Signer", exact=True).focus()
    camille.keyboard.press("Enter")
    expect(camille.get_by_text("Vous avez signé pour Pôle des essais.")).to_be_visible()
    lou.goto(f"{FILE}convention/")
    lou.get_by_role("button", name="Signer", exact=True).click()
    expect(lou.get_by_text("Cochez la case pour signer.").first).to_be_visible()
    lou.get_by_label("J'ai lu ce document").check()
    lou.get_by_role("button", name="Signer", exact=True).click()
    expect(lou.locator(".lede")).to_contain_text("Signée de tous : 80\u202f000\u00a0€")


def _asked(camille: Page) -> None:
    """The pole asks for its advance; too much says why and keeps what was typed."""
    camille.goto(f"{FILE}versements/")
    expect(camille.locator(".lede")).to_contain_text("Avance, à demander")
    advance = camille.locator("#versement-1")
    advance.locator("summary", has_text="Demander ce versement").click()
    advance.get_by_label("Montant demandé en euros").fill("30 001")
    advance.get_by_label("Ce qui a été fait").fill("Le poste est pourvu.")
    advance.get_by_role("button", name="Envoyer la demande").click()
    expect(advance.locator(".field-error").first).to_contain_text("30\u202f000\u00a0€ au plus")
    expect(advance.get_by_label("Ce qui a été fait")).to_have_value("Le poste est pourvu.")
    advance.get_by_label("Montant demandé en euros").fill("30 000")
    advance.get_by_role("button", name="Envoyer la demande").click()
    expect(camille.locator(".lede")).to_contain_text("Avance, à vérifier")
    fits(camille)


def _paid(sacha: Page) -> None:
    """The officer finds it at the desk, accepts it, writes the payment."""
    sacha.goto("/versements/")
    expect(sacha.get_by_role("heading", level=1)).to_have_text("Versements à suivre")
    sacha.get_by_role("link", name="ESSAIS-0001").click()
    advance = sacha.locator("#versement-1")
    advance.get_by_role("button", name="Accepter la demande").click()
    advance.get_by_label("Référence du virement").fill("VIR-1")
    advance.get_by_role("button", name="Enregistrer le versement").click()
    expect(advance).to_contain_text("référence VIR-1")


def _noted(camille: Page) -> None:
    """The pole reads it and writes it in its own forecast with one button."""
    camille.goto(f"{FILE}versements/")
    expect(camille.locator(".money-steps .is-done")).to_have_count(4)
    camille.get_by_role("button", name="Noter ce versement dans l'espace du pôle").click()
    expect(camille.locator("#versement-1")).to_contain_text("Noté dans les financements du pôle.")
    fits(camille)
