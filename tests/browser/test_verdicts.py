"""Appraisals: a visitor types facts, a moderator lifts an exclusion with a reason, a reader is refused."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests import running_site
from tests.browser.test_entry import fits
from tests.browser.test_every_page import violations
from tests.browser.test_moderation import _MODERATOR, opened, session  # noqa: F401 - a fixture

pytestmark = [pytest.mark.browser, pytest.mark.slow]
READER, PASSWORD = "lectrice@people.example.org", "une phrase assez longue"
#: Makes somebody who reads, and is nothing here.
_READER = f"""
from allauth.account.models import EmailAddress
from terreau.accounts.models import User
user = User.objects.create_user("{READER}", "{PASSWORD}", name="Lectrice")
EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
"""
POLE = "/poles/pole-sud/appreciations/"
TRY = "/grilles/decret-2015-431/apprecier/"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site of its own, with its grids, where one person moderates and another reads."""
    commands = (["grids_load", "--save"], ["shell", "-c", _MODERATOR], ["shell", "-c", _READER])
    with running_site.serve(tmp_path_factory.mktemp("verdicts"), *commands) as address:
        yield address


def answered(page: Page, kinds: list[str]) -> None:
    """Type the facts of a pole that answers a call of 2015."""
    page.locator("#le").fill("2015-06-30")
    for code in ("pole.legal_person", "pole.private_law"):
        page.locator(f"[id='q-{code}']").get_by_label("oui").check()
    for number, kind in enumerate(kinds, start=1):
        page.locator(f"[name='members.{number}.combien']").fill("1")
        page.locator(f"[name='members.{number}.kind']").select_option(kind)
    page.locator("summary", has_text="Préciser").nth(1).click()
    page.locator("[name='members.2.legal_person']").select_option("oui")
    page.locator("[name='members.whole']").check()
    page.locator("[name='project.innovation'][value='social']").check()
    page.locator("[name='perimeter.communes']").fill("12")
    page.locator("[id='q-state_aid.earlier_call']").get_by_label("non").check()


@pytest.mark.parametrize("javascript", [True, False])
def test_a_visitor_types_facts_and_sees_what_would_change(
    browser: Browser, address: str, javascript: bool
) -> None:
    page = opened(browser, address, 360, javascript=javascript)
    page.goto(TRY)
    answered(page, ["ess_enterprise", "lucrative_firm"])
    page.get_by_role("button", name="Voir ce que cela donne").click()
    expect(page.locator(".verdict-word")).to_have_text("Non")
    expect(page.locator(".verdict")).to_contain_text("Ce qui le changerait")
    expect(page.locator("[name='members.1.kind']")).to_have_value("ess_enterprise")
    page.locator("[name='members.3.combien']").fill("1")
    page.locator("[name='members.3.kind']").select_option("local_authority")
    page.get_by_role("button", name="Voir ce que cela donne").click()
    expect(page.locator(".verdict-word")).to_have_text("Oui")
    if javascript:
        fits(page)
        assert violations(page) == []


def test_a_moderator_lifts_an_exclusion_and_a_reader_is_refused(
    browser: Browser,
    address: str,
    session: StorageState,  # noqa: F811
) -> None:
    moderator = opened(browser, address, 1280, session=session)
    moderator.goto(f"{POLE}labo-2011-criteres/")
    link = moderator.get_by_role("link", name="Se prononcer, ou lever l'exclusion").first
    where = link.get_attribute("href") or ""
    link.click()
    fits(moderator)
    assert violations(moderator) == []
    form = moderator.locator("#lever form")
    form.get_by_role("button").click()
    expect(moderator.locator("#lever .field-error")).to_be_visible()
    moderator.locator("#lever textarea").fill("Ce pôle fait bien davantage : visite du 12 mars.")
    moderator.locator("#lever form").get_by_role("button").click()
    expect(moderator.locator("main")).to_contain_text("L'exclusion est levée")
    expect(moderator.locator(".answer", has_text="Levée")).to_have_count(1)
    stranger = opened(browser, address, 768)
    stranger.goto(f"{POLE}labo-2011-criteres/")
    expect(stranger.locator("main")).to_contain_text("Ce pôle fait bien davantage")
    expect(stranger.locator("main")).not_to_contain_text("Camille")
    fits(stranger)
    stranger.goto("/compte/connexion/")
    stranger.get_by_label("Adresse électronique").fill(READER)
    stranger.get_by_label("Mot de passe").fill(PASSWORD)
    stranger.get_by_role("button", name="Se connecter", exact=True).click()
    stranger.wait_for_load_state()
    answer = stranger.goto(where)
    assert answer is not None
    assert answer.status == 403
