"""A call instructed: a complement asked and answered, a conflict declared, two sealed reviews opened."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import running_site
from tests.browser.test_entry import fits

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TITLE, OTHER = "Une conserverie de quartier", "Filière laine"
#: People come with their session: who decides has a second factor, and has just proved who they are.
_MAKE = f"""
import json, os
from pathlib import Path
from django.conf import settings
from django.test import Client
from terreau.dossiers.models import Dossier
from tests.instruction.conftest import make, sign_in
office = make(slug="appel-des-essais", title="Appel des essais")
Dossier.objects.filter(pk=office.files[0].pk).update(title={TITLE!r})
Dossier.objects.filter(pk=office.files[1].pk).update(title={OTHER!r})
office.give(0, 0, 1)
office.give(1, 0)
first, second = office.reviewers[:2]
people = dict(officer=office.officer, first=first, second=second, lead=office.leads[0])
cookie = settings.SESSION_COOKIE_NAME
keys = {{name: sign_in(Client(), user).cookies[cookie].value for name, user in people.items()}}
keys["cookie"] = cookie
keys["file"] = str(office.files[0].pk)
(Path(os.environ["TERREAU_DATA_DIR"]) / "people.json").write_text(json.dumps(keys))
"""


@pytest.fixture(scope="module")
def site_of_call(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    """A site with a call, its people signed in."""
    import json

    folder = tmp_path_factory.mktemp("instruction")
    with running_site.serve(folder, ["shell", "-c", _MAKE]) as address:
        yield address, json.loads(next(folder.rglob("people.json")).read_text())


def test_a_file_is_instructed(browser: Browser, site_of_call: tuple[str, dict[str, str]]) -> None:
    address, keys = site_of_call
    officer = _opened(browser, address, keys, "officer")
    lead = _opened(browser, address, keys, "lead", width=360)
    first, second = (_opened(browser, address, keys, name) for name in ("first", "second"))
    _complement(officer, lead, keys["file"])
    _conflict(first)
    _reviews(officer, first, second, keys["file"])
    for page in (officer, lead, first, second):
        page.context.close()


def _opened(browser: Browser, address: str, keys: dict[str, str], name: str, *, width: int = 1280) -> Page:
    context = browser.new_context(base_url=address, viewport={"width": width, "height": 800}, locale="fr-FR")
    context.add_cookies([{"name": keys["cookie"], "value": keys[name], "url": address}])
    return context.new_page()


def _complement(officer: Page, lead: Page, pk: str) -> None:
    """The officer asks, with a delay; the applicant answers from a telephone; the officer goes on."""
    officer.goto("/instruction/appel-des-essais/")
    officer.get_by_role("link", name=TITLE).click()
    officer.get_by_role("link", name="Demander des compléments").click()
    officer.get_by_label("Ce que vous demandez").fill("Précisez le résumé du projet.")
    officer.get_by_role("button", name="Envoyer la demande").click()
    expect(officer.get_by_text("le délai est arrêté jusqu'à la réponse").first).to_be_visible()
    lead.goto(f"/dossiers/{pk}/echanges/")
    expect(lead.get_by_text("rien n'est refusé d'office")).to_be_visible()
    fits(lead)
    lead.get_by_label("Un mot pour l'instruction").fill("Voilà.")
    lead.get_by_role("button", name="Envoyer mes compléments").press("Enter")
    expect(lead.get_by_text("l'instruction reprend").first).to_be_visible()
    officer.goto(f"/instruction/dossiers/{pk}/")
    officer.get_by_role("button", name="Déclarer recevable").click()
    expect(officer.locator(".badge", has_text="recevable")).to_be_visible()


def _conflict(first: Page) -> None:
    """A reviewer declares a conflict: the file leaves their pages at once."""
    first.goto("/instruction/")
    first.get_by_role("link", name=OTHER).click()
    path = first.url
    first.get_by_role("link", name="Je suis lié à ce dossier").click()
    first.get_by_label("Ce qui vous lie à ce dossier").fill("Ma sœur y travaille.")
    first.get_by_role("button", name="Déclarer et quitter ce dossier").click()
    expect(first.get_by_text("ne vous est plus montré").first).to_be_visible()
    expect(first.get_by_role("link", name=OTHER)).to_have_count(0)
    assert first.goto(path).status == 403  # type: ignore[union-attr]


def _reviews(officer: Page, first: Page, second: Page, pk: str) -> None:
    """Two reviews: nothing is read of the first until the second is given."""
    for page, score, seen in ((first, "4", "1 relecture rendue sur 2"), (second, "2", "Relit A")):
        page.goto(f"/instruction/dossiers/{pk}/relecture/")
        page.get_by_label("Note sur 5").select_option(score)
        page.get_by_label("Appréciation").first.fill("Un vrai besoin.")
        page.get_by_label("Note sur 10").select_option("7")
        page.get_by_role("button", name="Rendre ma relecture").click()
        officer.goto(f"/instruction/dossiers/{pk}/")
        expect(officer.get_by_text(seen).first).to_be_visible()
        if page is first:
            expect(officer.get_by_text("Un vrai besoin.")).to_have_count(0)
    expect(officer.get_by_text("63,334")).to_be_visible()
