"""Pages of what is to come: who reads, who writes, few questions, what is typed is kept, files."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from terreau.billing import actions as billing
from terreau.billing.models import Invoice
from terreau.billing.rules import Line
from terreau.forecast import actions, demo
from terreau.forecast.models import Balance, Funding, Instalment, Planned
from terreau.journal.models import Refusal
from tests.forecast.conftest import Purse

FORECAST, CASH = "previsions/", "previsions/tresorerie/"


def text(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, address
    return answer.content.decode()


def filled(purse: Purse, number: int) -> Funding:
    for i in range(number):
        row = purse.granted(100_000 + i, label=f"Financement {i}", parts=((purse.day(20 + i), 50_000),),
                            period_from=purse.day(-100), period_to=purse.day(100 + i))  # fmt: skip
        values = {"out": True, "cents": 100, "first": purse.today, "every": "month", "kind": "staff"}
        actions.expect(purse.pole, label=f"Ligne {i}", by=purse.by, **values)
        invoice(purse, 1_000 + i)
    actions.read_balance(purse.pole, on=purse.today, cents=10_000, by=purse.by)
    return row


def invoice(purse: Purse, cents: int) -> Invoice:
    lines = [Line(label="Service", unit_cents=cents)]
    row = billing.draft(purse.pole, kind="service", seller=purse.pole.actor, buyer=purse.two,
                        on=purse.today, due=purse.day(15), lines=lines, by=purse.by)  # fmt: skip
    return billing.issue(row, by=purse.by)


def pages(row: Funding) -> list[str]:
    return [
        FORECAST,
        f"{FORECAST}?pour=cellule",
        CASH,
        f"previsions/financements/{row.pk}/",
        "previsions/annees/",
    ]


def test_who_reads_and_who_writes(purse: Purse) -> None:
    row = filled(purse, 1)
    line = Planned.objects.get()
    writing = [
        "previsions/financements/nouveau/",
        f"previsions/financements/{row.pk}/modifier/",
        "previsions/lignes/nouvelle/",
        f"previsions/lignes/{line.pk}/",
    ]
    for page in [*pages(row), *writing]:
        address = f"{purse.home}{page}"
        assert purse.signed(purse.by).get(address).status_code == 200, page
        assert purse.signed(purse.stranger).get(address).status_code == 404, page
        assert Client().get(address).status_code == 404, page
        expected = 403 if page in writing else 200
        assert purse.signed(purse.member).get(address).status_code == expected, page
    assert Refusal.objects.filter(verb__in=["funding.begin", "funding.change", "forecast.write"]).exists()


@pytest.mark.parametrize(
    "sent",
    [
        {"faire": "end"},
        {"faire": "part", "cents": "1", "due": "2030-01-01"},
        {"faire": "receive"},
        {"faire": "drop", "about": "x"},
        {"faire": "take_back", "about": "x", "reason": "x"},
    ],
)
def test_a_member_writes_nothing_of_a_funding(purse: Purse, sent: dict[str, str]) -> None:
    row = filled(purse, 1)
    address = f"{purse.home}previsions/financements/{row.pk}/"
    assert purse.signed(purse.member).post(address, sent).status_code == 403
    assert purse.signed(purse.stranger).post(address, sent).status_code == 404


def test_a_member_writes_no_balance(purse: Purse) -> None:
    sent = {"faire": "balance", "cents": "10", "on": purse.today.isoformat()}
    assert purse.signed(purse.member).post(f"{purse.home}{CASH}", sent).status_code == 403
    assert not Balance.objects.exists()


def test_what_is_of_another_pole_is_unknown(purse: Purse) -> None:
    client = purse.signed(purse.by)
    for page in ("financements/{}/", "financements/{}/modifier/", "lignes/{}/"):
        assert client.get(f"{purse.home}previsions/{page.format(uuid4())}").status_code == 404


def test_questions_do_not_grow(purse: Purse) -> None:
    def asked(page: str, client: Client) -> int:
        client.get(f"{purse.home}{page}")
        with CaptureQueriesContext(connection) as found:
            assert client.get(f"{purse.home}{page}").status_code == 200
        return len(found)

    row = filled(purse, 2)
    few = {
        (page, user.pk): asked(page, purse.signed(user))
        for page in pages(row)
        for user in (purse.by, purse.member)
    }
    filled(purse, 9)
    many = {
        (page, user.pk): asked(page, purse.signed(user))
        for page in pages(row)
        for user in (purse.by, purse.member)
    }
    assert many == few
    assert max(few.values()) <= 30


def test_empty_pages_say_what_to_do_first(purse: Purse) -> None:
    client = purse.signed(purse.by)
    assert "Écrire le premier financement" in text(client, f"{purse.home}{FORECAST}")
    page = text(client, f"{purse.home}{CASH}")
    assert "Dites ce qu'il y a sur le compte" in page.replace("&#x27;", "'")
    assert "Prévoir la première ligne" in page


def test_a_funding_is_written_then_received(purse: Purse) -> None:
    client = purse.signed(purse.by)
    address = f"{purse.home}previsions/financements/nouveau/"
    sent = {"funder_name": "Région", "label": "Animation", "kind": "subsidy", "state": "granted",
            "amount": "", "first_part": "5 000", "first_due": f"{purse.today}", "seen": "{}"}  # fmt: skip
    refused = client.post(address, sent)
    assert refused.status_code == 422
    body = refused.content.decode()
    assert "Dites le montant qui est accordé." in body
    assert 'value="5 000"' in body
    made = client.post(address, {**sent, "amount": "12 000,50", "origin": "public"})
    row = Funding.objects.get()
    assert made.headers["Location"].endswith(f"/previsions/financements/{row.pk}/")
    assert (row.granted_cents, row.origin, row.asked_cents) == (1_200_050, "public", None)
    part = Instalment.objects.get()
    page = f"{purse.home}previsions/financements/{row.pk}/"
    got = client.post(
        page, {"faire": "receive", "part": str(part.pk), "on": purse.today.isoformat(), "cents": ""}
    )
    assert got.status_code == 302
    part.refresh_from_db()
    assert part.received_cents == 500_000
    assert "reçus le" in text(client, page)
    more = client.post(page, {"faire": "part", "cents": "8 000", "due": purse.day(90).isoformat()})
    assert more.status_code == 409
    assert "Les versements feraient plus que le financement." in more.content.decode()


def test_two_people_at_one_form(purse: Purse) -> None:
    row = filled(purse, 1)
    client = purse.signed(purse.by)
    address = f"{purse.home}previsions/financements/{row.pk}/modifier/"
    form = client.get(address).context["form"]
    actions.change(row, base={"label": row.label}, mine={"label": "Écrit par un autre"}, by=purse.by)
    sent = {name: form[name].value() if form[name].value() is not None else "" for name in form.fields}
    answer = client.post(address, {**sent, "label": "Écrit par moi", "purpose": ""})
    assert answer.status_code == 409
    body = answer.content.decode()
    assert "Écrit par un autre" in body
    assert "Écrit par moi" in body


def test_a_bad_line_keeps_what_was_typed(purse: Purse) -> None:
    client = purse.signed(purse.by)
    address = f"{purse.home}previsions/lignes/nouvelle/"
    sent = {"label": "Loyer", "kind": "out:premises", "cents": "-5", "every": "month", "first": "2026-01-01"}
    assert client.post(address, sent).status_code == 422
    sent |= {"cents": "680", "until": "2025-01-01"}
    answer = client.post(address, sent)
    assert answer.status_code == 422
    assert 'value="680"' in answer.content.decode()
    assert client.post(address, {**sent, "until": "", "kind": "out:sales"}).status_code == 422
    assert client.post(address, {**sent, "until": ""}).status_code == 302
    row = Planned.objects.get()
    assert (row.out, row.kind, row.cents, row.until) == (True, "premises", 68_000, None)
    assert client.post(f"{purse.home}previsions/lignes/{row.pk}/", {"faire": "drop"}).status_code == 302
    assert text(client, f"{purse.home}previsions/lignes/{row.pk}/", 404)


def test_the_plan_says_its_low_point_and_what_if(purse: Purse) -> None:
    client = purse.signed(purse.by)
    row = purse.granted(500_000, parts=((purse.day(40), 500_000),))
    actions.read_balance(purse.pole, on=purse.today, cents=100_000, by=purse.by)
    values = {"out": True, "cents": 300_000, "first": purse.day(60), "every": "once", "kind": "staff"}
    actions.expect(purse.pole, label="Salaires", by=purse.by, **values)
    address = f"{purse.home}{CASH}"
    answer = client.get(address)
    assert answer.context["plan"].low.cents == 100_000
    later = client.get(f"{address}?retard=3&financement={row.pk}").context
    assert (later["plan"].low.cents, later["plan"].low.on) == (-200_000, purse.day(60))
    assert later["base"].low.cents == 100_000
    odd = client.get(f"{address}?retard=abc&mois=-4&financement=zzz&demandes=oui&format=")
    assert odd.status_code == 200


def test_members_read_no_invoice_of_others(purse: Purse) -> None:
    actions.read_balance(purse.pole, on=purse.today, cents=100_000, by=purse.by)
    row = invoice(purse, 12_345)
    invoice(purse, 100)
    address = f"{purse.home}{CASH}"
    assert row.name in text(purse.signed(purse.by), address)
    read = text(purse.signed(purse.member), address)
    for hidden in (row.name, purse.two.name, "123,45", f"factures/{row.number}/"):
        assert hidden not in read
    assert "124,45" in read
    file = purse.signed(purse.member).get(f"{address}?format=csv")
    told = file.getvalue().decode("utf-8-sig")
    assert purse.two.name not in told
    assert "124.45" in told


@pytest.mark.parametrize("form", ["csv", "xlsx", "ods"])
def test_lists_are_taken_away(purse: Purse, form: str) -> None:
    filled(purse, 2)
    client = purse.signed(purse.by)
    for page in (FORECAST, CASH, "previsions/annees/"):
        answer = client.get(f"{purse.home}{page}?format={form}")
        assert answer.status_code == 200
        assert answer.getvalue()
        assert "attachment" in answer.headers["Content-Disposition"]


def test_the_invented_part_fills_every_page(purse: Purse) -> None:
    demo.fill(purse.pole, purse.by)
    client = purse.signed(purse.by)
    page = text(client, f"{purse.home}{FORECAST}")
    for said in ("Ce qui prend fin", "87", "Conseil régional", "inconnue"):
        assert said in page or said == "inconnue"
    assert "Au plus bas" in text(client, f"{purse.home}{CASH}")
    for user in (purse.by, purse.member):
        assert purse.signed(user).get(f"/en{purse.home}{CASH}").status_code == 200
