"""A new version is asked to be signed again; signatories consult one another, one voice each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from terreau.charters import campaigns, community, links, signing
from terreau.charters.models import Campaign, Charter, Consultation, Request, Text, Voice
from terreau.common.errors import DomainError
from terreau.journal.models import Refusal
from terreau.notices.models import Notice
from tests.charters.conftest import WHO, World, published, signed

LATER = timezone.localdate() + timedelta(days=30)
As = Callable[..., Client]


@pytest.fixture(autouse=True)
def _after_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("terreau.charters.links.transaction.on_commit", lambda leave: leave())


@pytest.fixture
def second(world: World, text: Text) -> Text:
    """A second version: A signed the first as Ada, B by a link."""
    signed(text, world.a, world.ada)
    row = links.ask(world.charter, world.b, email="b@example.org", by=world.keeper, link=world.link)
    signing.sign_by_link(row, WHO, agreed=True, sha256=text.sha256)
    return published(world.charter, world.keeper, label="2027", preamble_fr="Mieux.")


def consulted(world: World) -> Consultation:
    return community.consult(
        world.charter,
        question="Se voir quand ?",
        context="",
        options=["Mai", "Juin"],
        due_on=LATER,
        by=world.keeper,
    )


def test_a_campaign_tells_people_and_sends_links(world: World, second: Text) -> None:
    campaign = campaigns.open_campaign(second, due_on=LATER, by=world.keeper, link=world.link)
    told = Notice.objects.get(to=world.ada, kind="charter")
    assert told.path == "/chartes/charte-du-lin/signer/"
    assert Request.objects.get(text=second).email == "b@example.org"
    assert [(one.actor.name, one.done) for one in campaigns.standing(second)] == [
        ("Filature Anne", False),
        ("Tissage Bob", False),
    ]
    signed(second, world.a, world.ada)
    assert [one.done for one in campaigns.standing(second)] == [True, False]
    with pytest.raises(DomainError, match="moins de deux jours"):
        campaigns.remind(campaign, by=world.keeper, link=world.link)
    Campaign.objects.update(opened_at=timezone.now() - timedelta(days=3))
    assert campaigns.remind(campaign, by=world.keeper, link=world.link) == 1
    assert Notice.objects.filter(to=world.ada, kind="charter").count() == 1
    assert Notice.objects.filter(to=world.bob, kind="charter").count() == 2


def test_who_does_not_sign_again_stays_a_signatory(world: World, second: Text) -> None:
    campaigns.close(
        campaigns.open_campaign(second, due_on=LATER, by=world.keeper, link=world.link), by=world.keeper
    )
    assert len(community.members(world.charter)) == 2


@pytest.mark.parametrize("case", ["twice", "past", "old"])
def test_what_opens_no_campaign_says_why(world: World, second: Text, text: Text, case: str) -> None:
    if case == "twice":
        campaigns.open_campaign(second, due_on=LATER, by=world.keeper, link=world.link)
    due = timezone.localdate() if case == "past" else LATER
    with pytest.raises(DomainError) as error:
        campaigns.open_campaign(
            text if case == "old" else second, due_on=due, by=world.keeper, link=world.link
        )
    codes = {"twice": "campaign_exists", "past": "due_too_soon", "old": "not_in_force"}
    assert error.value.code == codes[case]


def test_one_voice_each_until_it_closes_then_everybody_reads(world: World, second: Text) -> None:
    row = consulted(world)
    assert Notice.objects.filter(kind="consultation").count() == 2
    first = community.speak(row, world.a, 0, version=0, by=world.ada)
    with pytest.raises(DomainError, match="vient de donner sa voix"):
        community.speak(row, world.a, 1, version=0, by=world.ada)
    community.speak(row, world.a, 1, version=first.version, by=world.ada)
    community.speak(row, world.b, 1, version=0, by=world.bob)
    assert community.outcome(row) == []
    community.close(row, by=world.keeper)
    row.refresh_from_db()
    assert [(one.option, one.count) for one in community.outcome(row)] == [("Mai", 0), ("Juin", 2)]
    with pytest.raises(DomainError, match="close"):
        community.speak(row, world.a, 0, version=2, by=world.ada)


def test_who_withdrew_has_no_voice(world: World, second: Text) -> None:
    row = consulted(world)
    for one in signing.living_all(world.charter, world.a):
        signing.withdraw(one, by=world.ada)
    with pytest.raises(DomainError, match="signataires en vigueur"):
        community.speak(row, world.a, 0, version=0, by=world.ada)


@pytest.mark.parametrize(
    ("options", "code"),
    [(["Mai"], "bad_options"), (["Mai", "mai "], "same_option"), ([str(n) for n in range(9)], "bad_options")],
)
def test_options_are_two_to_eight_and_differ(
    world: World, second: Text, options: list[str], code: str
) -> None:
    with pytest.raises(DomainError) as error:
        community.consult(
            world.charter, question="Quand ?", context="", options=options, due_on=LATER, by=world.keeper
        )
    assert error.value.code == code


def test_the_community_is_of_its_signatories(world: World, second: Text, as_: As) -> None:
    row = consulted(world)
    path = f"/chartes/charte-du-lin/communaute/{row.pk}/"
    client = as_(world.ada)
    assert client.get("/chartes/charte-du-lin/communaute/").status_code == 200
    sent = {"signatory": str(world.a.pk), "option": "1", "version": "0"}
    assert client.post(path, sent).status_code == 302
    assert Voice.objects.get().option == 1
    assert client.post(path, sent | {"signatory": str(world.b.pk)}).status_code == 403
    assert client.post(path, sent).status_code == 422
    assert client.post(f"{path}clore/").status_code == 403
    client = as_(world.stranger)
    assert client.get(path).status_code == 403
    assert Refusal.objects.filter(by=world.stranger.pk, verb="community.read").exists()
    client.logout()
    assert client.get(path).status_code == 404


def test_the_keeper_asks_closes_and_leads_the_campaign_from_the_pages(
    world: World, second: Text, as_: As
) -> None:
    client = as_(world.keeper)
    page = client.post("/chartes/charte-du-lin/campagne/", {"faire": "ouvrir", "due_on": LATER.isoformat()})
    assert page.status_code == 302
    assert 'max="2" value="0"' in client.get("/chartes/charte-du-lin/campagne/").content.decode()
    assert client.post("/chartes/charte-du-lin/campagne/", {"faire": "clore"}).status_code == 302
    sent = {"question": "Quand ?", "context": "", "options": "Mai\nJuin", "due_on": LATER.isoformat()}
    made = client.post("/chartes/charte-du-lin/communaute/", sent)
    client.post(f"{made['Location']}clore/")
    page = client.get(made["Location"])
    assert "Résultat" in page.content.decode()
    bad = client.post("/chartes/charte-du-lin/communaute/", sent | {"options": "Mai"})
    assert bad.status_code == 422


def test_a_private_charter_is_seen_by_its_signatories(world: World, second: Text, as_: As) -> None:
    Charter.objects.update(public=False)
    assert as_(world.ada).get("/chartes/charte-du-lin/").status_code == 200
    assert as_(world.stranger).get("/chartes/charte-du-lin/").status_code == 404
