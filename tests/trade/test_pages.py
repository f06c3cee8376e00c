"""The pages of trade: each pair's own, for its two members; few questions; bad input says why."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from terreau.actors.actions import create_actor
from terreau.flows.models import Flow
from terreau.journal.models import Event, Refusal
from terreau.poles.composition import add_member
from terreau.trade import actions, published, who
from terreau.trade.models import Declaration, Exchange, Spending
from terreau.trade.rules import AGREED, BUYER, DIFFERS, REFUSED, SELLER, WAITING
from tests.trade.conftest import HOME, SIRENS, Market
from tests.trade.test_files import fec, purchase, sale, ubl

PAGES = ("", "declarer/", "importer/", "ecarts/", "releve/", "reseau/", "lieux/", "chiffres/")


def page(client: Client, user: Any, tail: str = "", **asked: str) -> Any:
    client.force_login(user)
    return client.get(f"{HOME}{tail}", asked)


def send(client: Client, user: Any, tail: str, **typed: Any) -> Any:
    client.force_login(user)
    return client.post(f"{HOME}{tail}", typed)


def words(answer: Any) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(body.decode()).replace("\u202f", " ").replace("\u00a0", " ")


@pytest.mark.parametrize("tail", PAGES)
def test_pages_are_for_the_people_of_the_pole(market: Market, client: Client, tail: str) -> None:
    assert client.get(f"{HOME}{tail}").status_code == 404
    assert page(client, market.stranger, tail).status_code == 404
    for user in (market.animator, market.baker, market.miller):
        assert page(client, user, tail).status_code == 200
    assert client.get(f"/en{HOME}{tail}").status_code == 200


def test_a_pair_is_of_its_two_members_and_of_nobody_else(market: Market, client: Client) -> None:
    row = market.agreed(market.farm, market.bakery, 98_765, why="met")
    where = f"{row.pk}/"
    for user in (market.farmer, market.baker):
        assert page(client, user, where).status_code == 200
    for user in (market.miller, market.animator, market.stranger):
        assert page(client, user, where).status_code == 404
        for tail in PAGES:
            told = page(client, user, tail)
            assert "987,65" not in words(told), tail
        made = page(client, user, "", format="csv")
        assert "987.65" not in words(made)
        assert "987.65" not in words(page(client, user, "reseau/", format="csv"))


def test_the_book_shows_a_pair_to_its_two_members_alone(market: Market, client: Client) -> None:
    row = market.agreed(market.farm, market.bakery, 98_765, why="met")
    assert row.flow is not None
    book = HOME.replace("commerce/", "livre/")
    where = ("", "releves/", f"releves/{market.farm.pk}/", "?format=csv", f"{row.flow.rank}/")
    for tail in where:
        client.force_login(market.baker)
        assert "987" in words(client.get(f"{book}{tail}")), tail
        for user in (market.animator, market.miller):
            client.force_login(user)
            told = client.get(f"{book}{tail}")
            assert "987" not in words(told), tail
    assert told.status_code == 404
    account = HOME.replace("commerce/", "mon-bilan/")
    for user, sees in ((market.farmer, True), (market.animator, False)):
        client.force_login(user)
        told = client.get(account, {"pour": str(market.farm.pk), "annee": str(market.day(10).year)})
        assert ("987" in words(told)) is sees, user


def test_who_animates_sees_a_pair_when_both_agree_and_answers_nothing(market: Market, client: Client) -> None:
    row = market.sold()
    for user, actor in ((market.farmer, market.farm), (market.baker, market.bakery)):
        assert page(client, market.animator, f"{row.pk}/").status_code == 404
        assert send(client, user, "", faire="show", about=str(actor.pk)).status_code == 302
    assert page(client, market.animator, f"{row.pk}/").status_code == 200
    assert page(client, market.miller, f"{row.pk}/").status_code == 404
    typed = {"faire": "confirm", "side": "buyer", "seen": row.version, "why": ""}
    assert send(client, market.animator, f"{row.pk}/", **typed).status_code == 403
    assert Refusal.objects.get().verb == "trade.answer"
    send(client, market.baker, "", faire="hide", about=str(market.bakery.pk))
    assert page(client, market.animator, f"{row.pk}/").status_code == 404


def test_nobody_consents_for_another(market: Market, client: Client) -> None:
    for user in (market.animator, market.farmer):
        assert send(client, user, "", faire="show", about=str(market.bakery.pk)).status_code == 403
    assert who.agreeing(market.pole) == frozenset()


def typed_exchange(market: Market, **values: str) -> dict[str, str]:
    return {
        "actor": str(market.bakery.pk),
        "other": str(market.farm.pk),
        "side": "buyer",
        "on": market.day(10).isoformat(),
        "cents": "1 200,00",
        "number": "FA-12",
        "label": "Farine",
        "why": "catalogue",
        **values,
    }


def test_an_exchange_is_written_answered_and_agreed(market: Market, client: Client) -> None:
    sent = send(client, market.baker, "declarer/", **typed_exchange(market))
    row = Exchange.objects.get()
    assert sent.headers["Location"] == f"{HOME}{row.pk}/"
    assert "Boulangerie" in words(page(client, market.farmer, "ecarts/"))
    typed = {"faire": "confirm", "side": "seller", "seen": row.version, "why": "catalogue"}
    assert send(client, market.farmer, f"{row.pk}/", **typed).status_code == 302
    assert Flow.objects.get().attributable is True
    assert "1 200" in words(page(client, market.farmer, "releve/"))


def test_a_form_that_is_refused_keeps_what_was_typed(market: Market, client: Client) -> None:
    later = market.today.replace(year=market.today.year + 1, day=1).isoformat()
    for values in ({"on": later}, {"cents": "1.200"}, {"other": str(market.bakery.pk)}, {"net": "5000"}):
        answer = send(client, market.baker, "declarer/", **typed_exchange(market, **values))
        assert answer.status_code == 422, values
        assert 'value="FA-12"' in words(answer)
    assert not Exchange.objects.exists()


def test_nobody_writes_for_another_member(market: Market, client: Client) -> None:
    for user in (market.animator, market.miller):
        answer = send(client, user, "declarer/", **typed_exchange(market))
        assert answer.status_code in {403, 422}
    assert not Exchange.objects.exists()


def test_every_answer_has_its_form(market: Market, client: Client) -> None:
    row = market.sold()
    where = f"{row.pk}/"
    typed = typed_exchange(market, cents="1000", faire="correct", seen=str(row.version))
    assert send(client, market.baker, where, **typed).status_code == 302
    row.refresh_from_db()
    assert row.state == DIFFERS
    told = words(page(client, market.farmer, where))
    assert "L&#x27;écart est celui de la TVA" in told
    assert "L&#x27;écart est celui de la TVA" in words(page(client, market.baker, where))
    stale = {"faire": "confirm", "side": "seller", "seen": row.version - 1, "why": ""}
    answer = send(client, market.farmer, where, **stale)
    assert answer.status_code == 409
    assert f'name="seen" value="{row.version}"' in words(answer)
    silent = {"faire": "refuse", "side": "seller", "seen": row.version, "reason": ""}
    assert send(client, market.farmer, where, **silent).status_code == 422
    assert send(client, market.farmer, where, **{**silent, "reason": "Non"}).status_code == 302
    row.refresh_from_db()
    assert row.state == REFUSED
    gone = {"faire": "withdraw", "side": "buyer", "seen": row.version}
    assert send(client, market.baker, where, **gone).status_code == 302
    assert page(client, market.baker, where).status_code == 200
    wrong = {"faire": "withdraw", "side": "seller", "seen": row.version}
    assert send(client, market.baker, where, **wrong).status_code == 403


def test_an_agreed_exchange_is_corrected_and_counted_from_its_page(market: Market, client: Client) -> None:
    row = market.agreed(market.farm, market.bakery, 120_000)
    where = f"{row.pk}/"
    why = {"faire": "attribute", "side": "buyer", "seen": row.version, "why": "met"}
    assert send(client, market.baker, where, **why).status_code == 302
    row.refresh_from_db()
    counted = {"faire": "invoice", "side": "seller", "seen": row.version}
    assert send(client, market.farmer, where, **counted).status_code == 302
    row.refresh_from_db()
    assert row.invoice
    typed = typed_exchange(market, cents="900", faire="correct", seen=str(row.version))
    assert send(client, market.baker, where, **typed).status_code == 422
    assert send(client, market.baker, where, **typed, reason="Avoir").status_code == 302
    row.refresh_from_db()
    assert row.state == DIFFERS
    assert not row.invoice


# Files


def upload(name: str, data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def test_a_file_of_a_member_is_shown_then_kept_as_chosen_and_nothing_else(
    market: Market, client: Client
) -> None:
    data = fec(
        *sale("1", (SIRENS[0], "Boul"), "120,00", "100,00", "20,00", "FA-1"),
        *sale("2", (SIRENS[2], "Moulin"), "240,00", "200,00", "40,00", "FA-2"),
        *sale("3", ("C9", "Client Secret"), "360,00", "300,00", "60,00", "FA-3"),
        *purchase("4", ("F9", "Fournisseur Secret"), "60,00", "50,00", "10,00"),
    )
    answer = send(
        client, market.farmer, "importer/", actor=str(market.farm.pk), brought=upload("f.txt", data)
    )
    told = words(answer)
    assert answer.status_code == 200
    assert ("Boulangerie" in told, "Moulin" in told, "Secret" in told) == (True, True, False)
    assert not Exchange.objects.exists()
    assert not Spending.objects.exists()
    packed = answer.context["keep"].initial["read"]
    kept = {"read": packed, "row": ["0"], "why": "met", "spending": "on"}
    assert send(client, market.farmer, "importer/", **kept).status_code == 302
    row = Declaration.objects.get()
    assert (row.buyer, row.cents, row.net_cents, row.number, row.how) == (
        market.bakery,
        *(12_000, 10_000, "FA-1", "fec"),
    )
    spent = Spending.objects.get()
    assert (spent.unknown_cents, spent.members_cents, spent.lines) == (6_000, 0, 1)
    assert "Secret" not in repr([*Declaration.objects.values(), *Spending.objects.values()])
    assert "Secret" not in repr(list(Event.objects.values_list("data", flat=True)))
    again = send(client, market.farmer, "importer/", actor=str(market.farm.pk), brought=upload("f.txt", data))
    assert "déjà écrit" in words(again)
    twice = send(client, market.farmer, "importer/", **kept)
    assert twice.status_code == 422
    assert Exchange.objects.count() == 1


def test_what_was_read_is_of_who_read_it(market: Market, client: Client) -> None:
    data = fec(*sale("1", (SIRENS[0], "Boul"), "120,00", "100,00", "20,00"))
    answer = send(
        client, market.farmer, "importer/", actor=str(market.farm.pk), brought=upload("f.txt", data)
    )
    packed = answer.context["keep"].initial["read"]
    for user, read in ((market.baker, packed), (market.farmer, packed[:-3]), (market.farmer, "")):
        assert send(client, user, "importer/", read=read, row=["0"]).status_code == 409
    assert not Exchange.objects.exists()


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("f.txt", fec(*sale("1", (SIRENS[0], ""), "120.00", "100,00", "20,00")), "120.00"),
        ("f.txt", fec(*sale("1", (SIRENS[0], ""), "120,00", "100,00", "20,00"))[:-30], "incomplet"),
        ("f.xml", ubl(currency="USD"), "USD"),
        ("f.pdf", b"%PDF-1.7 rien", "lisible"),
        ("f.txt", b"\x00\x01", "fichier de texte"),
    ],
)
def test_a_bad_file_is_told_line_by_line_and_nothing_is_written(
    market: Market, client: Client, name: str, data: bytes, said: str
) -> None:
    answer = send(client, market.farmer, "importer/", actor=str(market.farm.pk), brought=upload(name, data))
    assert answer.status_code == 422
    assert said in words(answer)
    assert not Exchange.objects.exists()


def test_invoices_are_taken_several_at_once(market: Market, client: Client) -> None:
    market.bought()
    sent = {
        "actor": str(market.farm.pk),
        "brought": [upload("a.xml", ubl()), upload("b.xml", ubl(number="FA-99"))],
    }
    answer = send(client, market.farmer, "importer/", **sent)
    packed = answer.context["keep"].initial["read"]
    kept = {"read": packed, "row": ["0", "1"], "why": ""}
    assert send(client, market.farmer, "importer/", **kept).status_code in {302, 422}
    states = set(Exchange.objects.values_list("state", flat=True))
    assert states <= {AGREED, WAITING, DIFFERS}
    mixed = {"actor": str(market.farm.pk), "brought": [upload("a.xml", ubl()), upload("f.txt", b"x")]}
    assert send(client, market.farmer, "importer/", **mixed).status_code == 422


def test_purchases_are_forgotten_by_their_member_alone(market: Market, client: Client) -> None:
    row = Spending.objects.create(
        pole=market.pole,
        actor=market.farm,
        year=2025,
        members_cents=1,
        perimeter_cents=2,
        outside_cents=3,
        unknown_cents=4,
        lines=4,
        first=date(2025, 1, 1),
        last=date(2025, 12, 31),
    )
    assert "Ferme" not in words(page(client, market.baker, "lieux/")).split("<main", 1)[1]
    typed = {"faire": "forget", "about": str(row.pk)}
    assert send(client, market.baker, "lieux/", **typed).status_code == 404
    assert send(client, market.farmer, "lieux/", **typed).status_code == 302
    assert not Spending.objects.exists()


def test_only_who_animates_publishes_and_a_finished_year(market: Market, client: Client) -> None:
    year = str(market.today.year - 1)
    assert send(client, market.baker, "chiffres/", year=year).status_code == 403
    assert send(client, market.animator, "chiffres/", year="1999").status_code == 422
    assert send(client, market.animator, "chiffres/", year=year).status_code == 302
    assert published.every(market.pole, published.TRADE) == []
    market.agreed(market.farm, market.bakery, 55_555, before=(market.today - date(int(year), 5, 2)).days)
    send(client, market.animator, "chiffres/", year=year)
    told = words(page(client, market.baker, "chiffres/"))
    assert "secret" in told
    assert "555,55" not in told


# Many rows


def fill(market: Market, number: int) -> None:
    for rank in range(number):
        other = create_actor(f"Membre {rank}", source=None, public=False)
        add_member(market.pole, other, by=market.animator)
        market.agreed(market.farm, other, 10_000 + rank, why="met", before=rank + 1)
        told = market.told(5_000 + rank, f"A-{rank + 100}", before=rank + 1)
        for side, cents in ((SELLER, 0), (BUYER, 700)):
            said = actions.Draft(
                side=side,
                seller=market.bakery.pk,
                buyer=market.farm.pk,
                told=market.told(told.cents + cents, told.number, before=rank + 1),
            )
            actions.declare(market.pole, said, by=market.baker)
        Spending.objects.create(
            pole=market.pole,
            actor=market.farm,
            year=2000 + rank,
            members_cents=1,
            perimeter_cents=2,
            outside_cents=3,
            unknown_cents=4,
            lines=4,
            first=date(2025, 1, 1),
            last=date(2025, 12, 31),
        )


@pytest.fixture
def counted(client: Client) -> Callable[[Any], dict[str, int]]:
    def count(user: Any) -> dict[str, int]:
        client.force_login(user)
        found = {}
        one = Exchange.objects.order_by("pk")[0]
        for tail in (*PAGES, f"{one.pk}/"):
            client.get(f"{HOME}{tail}")
            with CaptureQueriesContext(connection) as asked:
                assert client.get(f"{HOME}{tail}").status_code == 200
            found[tail if len(tail) < 20 else "one"] = len(asked)
        return found

    return count


def test_pages_ask_as_few_questions_whatever_the_rows(
    market: Market, counted: Callable[[Any], dict[str, int]]
) -> None:
    fill(market, 3)
    few = counted(market.farmer)
    for rank in range(3, 30):
        other = create_actor(f"Membre {rank}", source=None, public=False)
        add_member(market.pole, other, by=market.animator)
        market.agreed(market.farm, other, 10_000 + rank, before=rank + 1)
    many = counted(market.farmer)
    assert all(many[tail] <= few[tail] + 2 for tail in few), (few, many)
    assert max(many.values()) <= 30, many


@pytest.mark.parametrize("tail", ["", "ecarts/", "releve/", "reseau/", "lieux/", "chiffres/"])
@pytest.mark.parametrize("form", ["csv", "xlsx", "ods"])
def test_lists_are_taken_away(market: Market, client: Client, tail: str, form: str) -> None:
    fill(market, 2)
    answer = page(client, market.farmer, tail, format=form)
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.getvalue()
