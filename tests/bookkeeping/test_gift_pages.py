"""Pages of gifts: who may, the statement and its files, saying one, rates, the value of an hour."""

from datetime import date
from io import BytesIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from terreau.bookkeeping.models import Contribution, Rate
from terreau.flows import actions as ledger
from terreau.flows.models import Flow
from terreau.journal.models import Refusal
from tests.web.espace_yard import Yard

DAY = date(2026, 3, 2)
PAGES = (
    "espace_contributions",
    "espace_gifts",
    "espace_rates",
    "espace_unpriced",
    "espace_contributions_pdf",
)


def at(yard: Yard, name: str, *more: object) -> str:
    return reverse(name, args=[yard.pole.slug, *more])


def rate(yard: Yard, **values: object) -> Rate:
    plain: dict[str, object] = {"what": "Heure", "nature": "time", "unit": "hours", "method": "hourly_rate"}
    plain |= {"cents": 1500, "since": date(2026, 1, 1), "source": "Décision du conseil"}
    return Rate.objects.create(pole=yard.pole, **{**plain, **values})


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_for_the_people_of_the_pole(yard: Yard, client: Client, name: str) -> None:
    flow = yard.line(on=DAY)
    for user in (None, yard.stranger, yard.neighbour):
        if user:
            client.force_login(user)
        assert client.get(at(yard, name)).status_code == 404
        assert client.get(at(yard, "espace_gift", flow.rank)).status_code == 404
    client.force_login(yard.baker)
    assert client.get(at(yard, name)).status_code == 200
    assert client.get("/en" + at(yard, name)).status_code == 200


def test_a_member_reads_and_does_not_write_rates(yard: Yard, client: Client) -> None:
    client.force_login(yard.baker)
    typed = {"what": "Salle", "kind": "in_kind:days", "amount": "50", "method": "market_price"}
    typed |= {"since": "2026-01-01", "source": "Devis"}
    assert client.post(at(yard, "espace_rates"), typed).status_code == 403
    assert client.post(at(yard, "espace_gifts_value"), {"rate": "x"}).status_code == 403
    assert Refusal.objects.filter(verb__in=("rate.add", "gift.value")).count() == 2
    client.force_login(yard.animator)
    assert client.post(at(yard, "espace_rates"), typed).status_code == 302
    assert Rate.objects.get().cents == 5_000
    again = client.post(at(yard, "espace_rates"), {**typed, "amount": "12.500"})
    assert again.status_code == 422
    assert "se lit de deux façons" in again.content.decode()
    assert "Devis" in again.content.decode()


def test_the_statement_and_its_files_say_the_same(yard: Yard, client: Client) -> None:
    flow = yard.line(on=DAY, thousandths=3_000)
    Contribution.objects.create(flow=flow, role="volunteer", rate=rate(yard), value=4_500)
    client.force_login(yard.baker)
    where = at(yard, "espace_contributions") + "?annee=2026"
    page = client.get(where).content.decode()
    assert "45,00" in page
    assert "864" in page
    assert "875" in page
    book = b"".join(client.get(where + "&format=xlsx"))
    cells = CalamineWorkbook.from_filelike(BytesIO(book)).get_sheet_by_index(0).to_python()
    assert cells[1][2:4] == ["864", "875"]
    assert cells[1][6] == 45
    pdf = client.get(at(yard, "espace_contributions_pdf") + "?annee=2026")
    assert pdf.content.startswith(b"%PDF")
    empty = client.get(at(yard, "espace_contributions") + "?annee=2020").content.decode()
    assert "Aucun don compté" in empty
    assert client.get(at(yard, "espace_contributions") + "?annee=20x").status_code == 422


def test_few_questions_whatever_the_lines(yard: Yard, client: Client) -> None:
    client.force_login(yard.animator)
    counts = []
    for more in (3, 27):
        entries = [yard.entry(on=DAY, thousandths=1_000 + Flow.objects.count() + one) for one in range(more)]
        for flow in ledger.record(yard.pole.actor, entries, by=yard.animator):
            Contribution.objects.create(flow=flow, role="volunteer")
        with CaptureQueriesContext(connection) as asked:
            client.get(at(yard, "espace_contributions") + "?annee=2026")
        with CaptureQueriesContext(connection) as lines:
            client.get(at(yard, "espace_gifts") + "?annee=2026")
        counts.append((len(asked), len(lines)))
    assert counts[0] == counts[1]
    assert max(counts[1]) <= 30


def test_who_animates_decides_on_the_page(yard: Yard, client: Client) -> None:
    yard.line(on=DAY, thousandths=2_000)
    doubtful = yard.line(on=DAY, thousandths=2_000)
    client.force_login(yard.animator)
    page = client.get(at(yard, "espace_contributions") + "?annee=2026").content.decode()
    assert "À trancher" in page
    where = at(yard, "espace_gift", doubtful.rank)
    assert "déjà écrite ce jour-là" in client.get(where).content.decode()
    typed = {"role": "volunteer", "function": "", "elsewhere": "non", "elsewhere_why": "", "seen": "0"}
    refused = client.post(where, typed)
    assert refused.status_code == 422
    assert client.post(where, {**typed, "elsewhere_why": "Deux personnes"}).status_code == 302
    assert Contribution.objects.get().elsewhere is False
    stale = client.post(where, {**typed, "elsewhere_why": "Autre"})
    assert stale.status_code == 422
    assert "Quelqu" in stale.content.decode()
    client.force_login(yard.grower)
    assert client.post(where, {"role": "volunteer", "function": "", "seen": "1"}).status_code == 403


def test_an_hour_is_written_with_its_value_then_again_by_one_tap(yard: Yard, client: Client) -> None:
    chosen = rate(yard)
    client.force_login(yard.baker)
    typed = {"giver": yard.bakery.pk, "time": "2 h", "on": "2026-03-02", "purpose": yard.pole.pk, "key": "k"}
    typed |= {"label": "Comité", "role": "elected", "function": "decision", "worth": chosen.pk.hex}
    assert client.post(at(yard, "espace_hours_write"), typed).status_code == 302
    flow = Flow.objects.get()
    assert (flow.cents, flow.method, flow.label) == (3_000, "hourly_rate", "Comité")
    assert (flow.contribution.role, flow.contribution.rate, flow.contribution.person) == (
        "elected",
        chosen,
        yard.baker,
    )
    tap = {"giver": yard.bakery.pk, "purpose": yard.pole.pk, "label": "Comité", "minutes": 60, "key": "z"}
    assert "Comité" in client.get(at(yard, "espace_hours")).content.decode()
    client.post(at(yard, "espace_tap"), tap)
    last = Flow.objects.latest("rank")
    assert (last.cents, last.contribution.role) == (1_500, "elected")
    early = client.post(at(yard, "espace_hours_write"), {**typed, "on": "2025-03-02", "key": "y"})
    assert early.status_code == 422
    assert "ne vaut pas ce jour-là" in early.content.decode()
    twice = client.post(at(yard, "espace_hours_write"), {**typed, "method": "agreed", "key": "x"})
    assert twice.status_code == 422


def test_valuing_a_year_by_a_rate(yard: Yard, client: Client) -> None:
    yard.line(on=DAY)
    chosen = rate(yard)
    client.force_login(yard.animator)
    answer = client.post(at(yard, "espace_gifts_value") + "?annee=2026", {"rate": chosen.pk.hex}, follow=True)
    assert "1 ligne a reçu une valeur" in answer.content.decode()
    assert client.post(at(yard, "espace_gifts_value"), {"rate": "zz"}).status_code == 404


def test_skills_and_business_passed_have_their_log(yard: Yard, client: Client) -> None:
    yard.line(
        on=DAY,
        nature="opportunity",
        receiver=yard.orchard.pk,
        thousandths=None,
        unit="",
        label="Cantine du lycée",
    )
    client.force_login(yard.baker)
    page = client.get(at(yard, "espace_unpriced") + "?annee=2026").content.decode()
    assert "Cantine du lycée" in page
    assert client.get(at(yard, "espace_contributions") + "?annee=2026").status_code == 200
