"""Faces of the economy: a member's statement, the printed accounts, what a pole shows to everybody."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from terreau.actors.actions import create_actor
from terreau.billing import actions as billing
from terreau.billing import settling
from terreau.billing.rules import Line
from terreau.cooperations import finance
from terreau.exchanges import purchases
from terreau.flows import actions as flows
from terreau.flows.rules import Entry
from terreau.forecast import actions, publishing
from terreau.forecast.models import Shown
from terreau.journal.models import Refusal
from terreau.poles.composition import add_member
from terreau.sheets import accounts, member_economy
from terreau.subjects.models import Subject
from tests.forecast.conftest import Purse, code_of

MINE, PUBLISH = "mon-bilan/", "economie/publier/"


def line(purse: Purse, giver: Any, receiver: Any, cents: int | None, **more: Any) -> None:
    entry = Entry(
        giver=giver.pk,
        receiver=receiver.pk,
        nature=more.pop("nature", "cash"),
        on=more.pop("on", purse.today),
        label=more.pop("label", "ligne"),
        cents=cents,
        **more,
    )
    flows.record(purse.pole.actor, [entry], by=purse.by)


def lived(purse: Purse) -> None:
    """A year of a member: each thing once."""
    due = {"attributable": True, "attributable_why": "appel d'offres commun"}
    line(purse, purse.two, purse.one, 10_000, label="Vente due", **due)
    line(purse, purse.region, purse.one, 5_000, label="Vente d'ailleurs")
    line(purse, purse.one, purse.two, 700, label="Achat")
    line(purse, purse.one, purse.pole.actor, 900, label="Don au pôle")
    line(purse, purse.one, purse.pole.actor, None, nature="time", thousandths=12_500, unit="hours")
    line(purse, purse.two, purse.one, 4_000, nature="in_kind", thousandths=2_000, unit="days", method="cost")
    fee = [Line(label="Cotisation", unit_cents=3_000)]
    values = {"kind": "fee", "on": purse.today, "due": purse.day(30), "lines": fee, "by": purse.by}
    row = billing.draft(purse.pole, seller=purse.pole.actor, buyer=purse.one, **values)
    row = billing.issue(row, by=purse.by)
    settling.settle(row, 1_000, on=purse.today, how="bank", by=purse.by)
    values = {"since": purse.today, "today": purse.today, "by": purse.by}
    finance.open_(purse.pole, "advance", purse.one, purse.two, cents=50_000, **values)
    bought = purchases.begin(purse.pole, purse.pole.actor, title="Farine", unit="kg", by=purse.by)
    purchases.commit(bought, purse.one, quantity=10_000, before=200_000, by=purse.by)
    offer = purchases.quote(bought, supplier_name="Moulin", price=150_000, by=purse.by)
    purchases.step(bought, "compare", by=purse.by)
    purchases.choose(bought, offer, by=purse.by)
    purchases.order(bought, by=purse.by, on=purse.today)
    purchases.deliver(bought, on=purse.today, by=purse.by)


def told(purse: Purse, actor: Any) -> member_economy.Statement:
    year = purse.today.year
    days = {"first": date(year, 1, 1), "last": date(year, 12, 31), "on": purse.today}
    return member_economy.statement(purse.pole, actor, **days)


def test_a_member_reads_each_thing_once_and_no_sum_of_all(purse: Purse) -> None:
    lived(purse)
    found = told(purse, purse.one)
    sums = {part.code: (part.cents, dict(part.quantities)) for part in found.parts}
    assert sums == {
        "activity": (10_000, {}),
        "unsaid": (5_000, {}),
        "bought": (700, {}),
        "paid_pole": (900, {}),
        "fees": (1_000, {}),
        "time_given": (None, {"hours": 12_500}),
        "kind_got": (4_000, {"days": 2_000}),
        "lent": (50_000, {}),
        "saved": (500, {}),
    }
    assert [(one.cents, one.other) for one in found.to_pay] == [(2_000, purse.pole.actor.name)]
    other = {part.code for part in told(purse, purse.two).parts}
    assert {"kind_given", "borrowed"} <= other
    assert not hasattr(found, "total")


def test_a_correction_takes_the_line_away(purse: Purse) -> None:
    line(purse, purse.one, purse.pole.actor, 900)
    flow = purse.pole.actor.flows.get()
    assert told(purse, purse.one).part("paid_pole") is not None
    flows.reverse(flow, reason="erreur", by=purse.by)
    assert told(purse, purse.one).parts == ()


def test_who_reads_whose_statement(purse: Purse) -> None:
    lived(purse)
    address = f"{purse.home}{MINE}"
    member, runs = purse.signed(purse.member), purse.signed(purse.by)
    page = member.get(address)
    assert page.status_code == 200
    body = page.content.decode()
    assert "Vente due" in body
    assert "Il reste à payer" in body
    assert "private" in page["Cache-Control"]
    assert member.get(f"{address}?pour={purse.two.pk}").status_code == 404
    assert member.get(f"{address}?pour={purse.one.pk}&annee=20x6").status_code == 422
    assert runs.get(f"{address}?pour={purse.two.pk}").status_code == 200
    assert runs.get(f"{address}?pour={purse.region.pk}").status_code == 404
    for client in (purse.signed(purse.stranger), Client()):
        assert client.get(address).status_code == 404
        assert client.get(f"{purse.home}economie/comptes.pdf").status_code == 404
        assert client.get(f"{purse.home}{PUBLISH}").status_code == 404
    file = member.get(f"{address}?format=csv").getvalue().decode("utf-8-sig")
    assert "Vente due" in file
    assert purse.signed(purse.member).get(f"/en{address}").status_code == 200


def test_a_pole_without_members_says_what_is_missing(purse: Purse) -> None:
    purse.pole.memberships.update(valid_to=purse.day(-1))
    assert "Aucune organisation" in purse.signed(purse.by).get(f"{purse.home}{MINE}").content.decode()


def test_questions_do_not_grow(purse: Purse) -> None:
    def asked(address: str, client: Client) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as found:
            assert client.get(address).status_code == 200
        return len(found)

    lived(purse)
    pages = {f"{purse.home}{MINE}": purse.member, f"{purse.home}economie/comptes.pdf": purse.by}
    few = {page: asked(page, purse.signed(user)) for page, user in pages.items()}
    for _turn in range(6):
        lived(purse)
    assert {page: asked(page, purse.signed(user)) for page, user in pages.items()} == few
    assert max(few.values()) <= 30


def test_the_printed_accounts_are_those_of_the_book(purse: Purse) -> None:
    lived(purse)
    found = accounts.accounts(purse.pole, purse.today.year)
    pole = found.levels[1]
    assert pole.received.cash == 1_900
    assert found.between.cash == 10_700 + 50_000 + 5_000 or found.between.cash >= 10_700
    answer = purse.signed(purse.member).get(f"{purse.home}economie/comptes.pdf")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    assert b"pdfuaid" in answer.content
    empty = purse.signed(purse.by).get(f"{purse.home}economie/comptes.pdf?annee=1999")
    assert empty.status_code == 200
    assert purse.signed(purse.by).get(f"{purse.home}economie/comptes.pdf?annee=zz").status_code == 422


def shared(purse: Purse, public: bool = True) -> None:
    Subject.objects.filter(pk=purse.pole.pk).update(public=public)


def test_nothing_is_public_until_it_is_chosen(purse: Purse) -> None:
    lived(purse)
    address = f"/poles/{purse.pole.slug}/economie/"
    assert Client().get(address).status_code == 404
    shared(purse)
    page = Client().get(address).content.decode()
    assert "Rien n'est publié" in page.replace("&#x27;", "'")
    assert publishing.shown(purse.pole, on=purse.today) == []


def test_who_publishes(purse: Purse) -> None:
    address = f"{purse.home}{PUBLISH}"
    assert purse.signed(purse.member).get(address).status_code == 403
    assert purse.signed(purse.member).post(address, {"element": "hours"}).status_code == 403
    assert Refusal.objects.filter(verb="economy.publish").exists()
    assert not Shown.objects.exists()
    sent = {"element": ["hours", "zzz"], "annee": str(purse.today.year - 1)}
    assert purse.signed(purse.by).post(address, sent).status_code == 302
    assert list(Shown.objects.filter(shown=True).values_list("code", flat=True)) == ["hours"]


def last_year(purse: Purse, givers: int) -> None:
    on = date(purse.today.year - 1, 6, 1)
    for rank in range(givers):
        actor = create_actor(f"Donneuse {rank}", source=None, public=False)
        add_member(purse.pole, actor, by=purse.by)
        values = {"nature": "time", "thousandths": 33_333, "unit": "hours"}
        line(purse, actor, purse.pole.actor, None, on=on, **values)


def test_hours_of_two_are_secret_and_of_four_are_rounded(purse: Purse) -> None:
    shared(purse)
    last_year(purse, 2)
    year = purse.today.year - 1
    actions.show(purse.pole, ["hours"], known=tuple(publishing.ITEMS), by=purse.by)
    publishing.publish(purse.pole, year, ["hours"], by=purse.by)
    (section,) = publishing.shown(purse.pole, on=purse.today)
    assert section.figures[0].secret
    page = Client().get(f"/poles/{purse.pole.slug}/economie/").content.decode()
    assert "secret" in page
    assert "66" not in page.partition("<main")[2].partition("</main>")[0]
    assert (
        code_of(lambda: publishing.publish(purse.pole, year + 1, ["hours"], by=purse.by)) == "year_not_over"
    )


def test_enough_givers_are_shown(purse: Purse) -> None:
    last_year(purse, 5)
    actions.show(purse.pole, ["hours"], known=tuple(publishing.ITEMS), by=purse.by)
    publishing.publish(purse.pole, purse.today.year - 1, ["hours"], by=purse.by)
    (section,) = publishing.shown(purse.pole, on=purse.today)
    assert (section.figures[0].number, section.year) == (170, purse.today.year - 1)


def test_investors_and_public_money(purse: Purse) -> None:
    shared(purse)
    known = tuple(publishing.ITEMS)
    actions.show(purse.pole, ["citizens", "fundings"], known=known, by=purse.by)
    values = {"label": "Titres", "kind": "citizen", "origin": "individuals", "period_to": None}
    purse.granted(1_234_567, investors=10, **values)
    assert publishing.shown(purse.pole, on=purse.today) == []
    purse.granted(1_000_000, investors=5, **values)
    purse.granted(2_000_000, label="Animation", period_to=purse.today + timedelta(days=90))
    purse.granted(9_000, label="Secret privé", origin="private")
    found = {one.code: one for one in publishing.shown(purse.pole, on=purse.today)}
    assert [(one.cents, one.number) for one in found["citizens"].figures] == [(2_200_000, None), (None, 15)]
    assert [(one.note, one.cents) for one in found["fundings"].figures] == [("Animation", 2_000_000)]
    page = Client().get(f"/poles/{purse.pole.slug}/economie/").content.decode()
    assert "Secret privé" not in page
    assert purse.signed(purse.by).get(f"/en/poles/{purse.pole.slug}/economie/").status_code == 200


def test_what_is_received_of_a_funding_is_classed_and_published(purse: Purse) -> None:
    on = date(purse.today.year - 1, 5, 4)
    row = purse.granted(7_250_000, parts=((on, 7_250_000),), purpose_id=purse.pole.pk)
    actions.receive(row.instalments.get(), on=on, by=purse.by)
    gift = purse.granted(90_000, parts=((on, 90_000),), kind="donation", origin="private")
    actions.receive(gift.instalments.get(), on=on, by=purse.by)
    found = accounts.accounts(purse.pole, on.year)
    assert found.levels[0].resources["subsidies"].cash == 7_250_000
    assert found.public == (7_250_000, 7_340_000)
    assert found.unclassed == 0
    known = tuple(publishing.ITEMS)
    actions.show(purse.pole, ["resources", "origins", "cell"], known=known, by=purse.by)
    assert publishing.publish(purse.pole, on.year, known, by=purse.by) == []
    told = {one.code: one for one in publishing.shown(purse.pole, on=purse.today)}
    assert "cell" not in told
    figures = {one.code: one for one in told["origins"].figures}
    assert figures["private"].secret
    # The public part is known to all: with the whole, it would tell the gift of one.
    assert (figures["public"].cents, figures[""].secret) == (7_300_000, True)
    answer = purse.signed(purse.by).get(f"{purse.home}economie/comptes.pdf?annee={on.year}")
    assert answer.content.startswith(b"%PDF")


def test_public_money_alone_is_shown(purse: Purse) -> None:
    on = date(purse.today.year - 1, 5, 4)
    row = purse.granted(7_250_000, parts=((on, 7_250_000),))
    actions.receive(row.instalments.get(), on=on, by=purse.by)
    actions.show(purse.pole, ["origins"], known=tuple(publishing.ITEMS), by=purse.by)
    publishing.publish(purse.pole, on.year, ["origins"], by=purse.by)
    (section,) = publishing.shown(purse.pole, on=purse.today)
    assert {one.code: one.cents for one in section.figures}["public"] == 7_300_000
    shared(purse)
    told = Client().get(f"/api/v1/poles/{purse.pole.slug}/economics").json()
    assert told["elements"][0]["code"] == "origins"
    assert told["elements"][0]["chiffres"][0]["centimes"] == 7_300_000


def test_the_api_says_nothing_of_a_pole_that_is_not_public(purse: Purse) -> None:
    assert Client().get(f"/api/v1/poles/{purse.pole.slug}/economics").status_code == 404
    shared(purse)
    assert Client().get(f"/api/v1/poles/{purse.pole.slug}/economics").json()["elements"] == []
