"""What trade says to who composes: one's own to answer, what was published, nothing of a pair to others."""

from datetime import date

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.poles.composition import add_member
from terreau.poles.workspace import Workspace, of_person
from terreau.trade import composed, demo, known, people_data, published, who
from terreau.trade.models import Exchange
from tests.trade.conftest import HOME, Market


def seen(market: Market, user: User) -> Workspace:
    return of_person(user, market.pole.slug)


def test_each_is_told_what_waits_for_them_alone(market: Market) -> None:
    market.sold()
    assert composed.week(seen(market, market.farmer)) == []
    (due,) = composed.week(seen(market, market.baker))
    assert "Ferme" in due.title
    market.bought(market.told(100_000))
    for user in (market.baker, market.farmer):
        assert [one.act for one in composed.week(seen(market, user))] == ["Voir ce qui diffère"]
    for user in (market.animator, market.miller):
        assert composed.week(seen(market, user)) == []


def test_one_finds_their_own_exchanges_only(market: Market) -> None:
    market.sold(label="Farine de blé")
    assert [one.title for one in composed.found(seen(market, market.baker), "farine", 5)]
    for user in (market.animator, market.miller):
        assert composed.found(seen(market, user), "farine", 5) == []


def test_the_public_page_and_the_report_say_what_was_published(market: Market) -> None:
    year = market.today.year - 1
    before = (market.today - date(year, 6, 1)).days
    actors = [create_actor(f"Membre {n}", source=None, public=False) for n in range(6)]
    for actor in actors:
        add_member(market.pole, actor, by=market.animator)
    for rank, seller in enumerate(actors):
        for buyer in actors[rank + 1 :]:
            market.agreed(seller, buyer, 10_000, why="met", before=before)
    span = (date(year, 1, 1), date(year, 12, 31))
    assert composed.published(market.pole, market.today) == []
    assert composed.figures(market.pole, *span) == []
    published.publish(market.pole, year, by=market.animator)
    (told,) = composed.published(market.pole, market.today)
    assert "1 500" in told.text.replace("\u202f", " ").replace("\u00a0", " ")
    assert [one.code for one in composed.figures(market.pole, *span)] == ["trade.volume", "trade.due"]
    assert composed.figures(market.pole, date(year, 1, 1), date(year, 6, 30)) == []


def test_the_invented_pole_has_trade_of_every_kind(market: Market) -> None:
    assert demo.fill(market.pole, market.animator) == 6
    assert demo.fill(market.pole, market.animator) == 0
    assert {"agreed", "waiting"} <= set(Exchange.objects.values_list("state", flat=True))


def test_a_person_takes_away_what_they_wrote(market: Market) -> None:
    market.sold()
    told = people_data.export(market.farmer)
    assert len(told["echanges_ecrits"]) == 1
    assert people_data.export(market.miller)["echanges_ecrits"] == []


def test_what_the_workspace_knows_is_taken_up_by_one_button(market: Market, client: Client) -> None:
    from terreau.billing import actions as billing
    from terreau.billing.rules import Line

    draft = billing.draft(
        market.pole,
        kind="service",
        seller=market.farm,
        buyer=market.bakery,
        on=market.day(5),
        lines=[Line("Ménage", 8_000)],
        by=market.animator,
    )
    billing.issue(draft, by=market.animator)
    (one,) = known.suggestions(seen(market, market.baker), who.members(market.pole))
    assert (one.told.cents, one.kind) == (8_000, "invoice")
    assert known.suggestions(seen(market, market.miller), who.members(market.pole)) == []
    client.force_login(market.baker)
    typed = {"faire": "take", "about": one.origin}
    assert client.post(f"{HOME}declarer/", typed).status_code == 302
    assert known.suggestions(seen(market, market.baker), who.members(market.pole)) == []
    assert len(known.suggestions(seen(market, market.farmer), who.members(market.pole))) == 1
    assert client.post(f"{HOME}declarer/", typed).status_code == 404


def test_an_offer_of_the_catalogue_fills_the_form(market: Market, client: Client) -> None:
    from terreau.exchanges import catalogue

    offer = catalogue.offer(market.pole, market.farm, kind="good", title="Farine", by=market.farmer)
    catalogue.set_price(offer, "member", cents=1_250, vat="ttc", since=market.today, by=market.farmer)
    client.force_login(market.baker)
    told = client.get(f"{HOME}declarer/", {"offre": str(offer.pk)}).content.decode()
    assert 'value="12,50"' in told
    assert 'value="catalogue" selected' in told
    assert client.get(f"{HOME}declarer/", {"offre": "rien"}).status_code == 200


def test_an_empty_file_is_told(market: Market, client: Client) -> None:
    client.force_login(market.farmer)
    sent = {"actor": str(market.farm.pk), "brought": SimpleUploadedFile("f.txt", b"")}
    assert client.post(f"{HOME}importer/", sent).status_code == 422
    assert client.post(f"{HOME}importer/", {"actor": str(market.farm.pk)}).status_code == 422
