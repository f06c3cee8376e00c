"""Pages of the indicators: who reads, who writes, in how many queries, what bad input is told, files."""

import io
from datetime import date
from zipfile import ZipFile

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from terreau.indicators import actions, library
from terreau.indicators.models import Answer, Indicator, Round, Value
from terreau.journal.models import Refusal
from terreau.sheets import rooms
from tests.indicators.conftest import HOME, Plot

LIST, ROUND = f"{HOME}indicateurs/", f"{HOME}indicateurs/tour/2025/"


def follow(plot: Plot, *codes: str) -> list[Indicator]:
    return actions.follow(plot.pole, list(codes), by=plot.animator)


def page_of(row: Indicator) -> str:
    return f"{LIST}{row.pk}/"


def answers(row: Indicator, value: str, seen: str = "", **more: str) -> dict[str, str]:
    """Return what the page of the round posts of one indicator."""
    fields = {"valeur": value, "statut": "declare", "origine": "", **more}
    base = {"amount": seen, "unknown": "", "status": "declare", "origin": ""}
    return {f"{name}-{row.pk}": text for name, text in fields.items()} | {
        f"vu-{name}-{row.pk}": text for name, text in base.items()
    }


def test_who_reads_and_who_writes(plot: Plot) -> None:
    row = follow(plot, "meetings")[0]
    reads = [LIST, f"{LIST}choisir/", page_of(row), ROUND]
    writes = [f"{LIST}choisir/", f"{LIST}nouveau/", page_of(row), f"{page_of(row)}modifier/", ROUND]
    for address in reads:
        assert Client().get(address).status_code == 404
        assert plot.sign_in(plot.stranger).get(address).status_code == 404
        assert plot.sign_in(plot.member).get(address).status_code == 200
        assert plot.sign_in(plot.animator).get(address).status_code == 200
    for address in writes:
        assert plot.sign_in(plot.stranger).post(address, {"code": "jobs"}).status_code == 404
        assert plot.sign_in(plot.member).post(address, {"code": "jobs"}).status_code == 403
    assert Refusal.objects.filter(by=plot.member.pk).count() >= 4
    assert Indicator.objects.count() == 1
    assert not Value.objects.exists()
    assert not Round.objects.exists()


def test_an_indicator_of_another_pole_is_not_found(plot: Plot) -> None:
    row = follow(plot, "meetings")[0]
    other = f"/poles/ailleurs/espace/indicateurs/{row.pk}/"
    assert plot.sign_in(plot.animator).get(other).status_code == 404
    absent = f"{LIST}{plot.pole.pk}/"
    assert plot.sign_in(plot.animator).get(absent).status_code == 404


def test_taking_from_the_core_then_creating_ones_own(plot: Plot) -> None:
    client = plot.sign_in(plot.animator)
    assert client.post(f"{LIST}choisir/", {"code": ["jobs", "trust"]}).status_code == 302
    own = {
        "label": "Repas",
        "unit": "repas",
        "family": "result",
        "target": "12 000,5",
        "beneficiaries": "direct",
    }
    assert client.post(f"{LIST}nouveau/", own).status_code == 302
    made = Indicator.objects.get(label="Repas")
    assert (made.target, made.public) == (12_000_500, False)
    bad = client.post(f"{LIST}nouveau/", {**own, "label": "Autre", "target": "beaucoup", "unit": "€"})
    assert bad.status_code == 422
    assert "beaucoup" in bad.content.decode()
    assert client.post(f"{LIST}nouveau/", own).status_code == 422


def test_a_stale_change_is_shown_and_not_written(plot: Plot) -> None:
    row = follow(plot, "meetings")[0]
    client = plot.sign_in(plot.animator)
    page = client.get(f"{page_of(row)}modifier/").content.decode()
    assert 'name="vu-target" value=""' in page
    base = {"vu-label": row.label, "vu-unit": "réunions", "vu-family": "process", "vu-method": row.method}
    mine = {"label": row.label, "unit": "réunions", "family": "process", "method": row.method}
    first = client.post(f"{page_of(row)}modifier/", {**base, **mine, "target": "10"})
    assert first.status_code == 302
    second = client.post(f"{page_of(row)}modifier/", {**base, **mine, "target": "20"})
    assert second.status_code == 422
    assert "« 10 »" in second.content.decode()
    row.refresh_from_db()
    assert row.target == 10_000
    assert (row.unit, row.label) == ("meetings", "Séances tenues par les instances")


def test_a_value_is_added_then_corrected(plot: Plot) -> None:
    row = follow(plot, "spared")[0]
    client = plot.sign_in(plot.animator)
    value = {"amount": "1 234,50", "first": "2025-01-01", "last": "2025-12-31", "status": "estime"}
    assert client.post(page_of(row), value).status_code == 302
    again = client.post(page_of(row), value)
    assert again.status_code == 422
    assert "déjà une valeur" in again.content.decode()
    held = Value.objects.get()
    assert (held.amount, held.status) == (1_234_500, "estime")
    assert client.post(page_of(row), {**value, "amount": "12,345"}).status_code == 422
    assert client.post(page_of(row), {**value, "first": "2025-13-01"}).status_code == 422
    address = f"{page_of(row)}valeurs/{held.pk}/corriger/"
    assert client.post(address, {"amount": "1 000", "status": "declare", "reason": ""}).status_code == 422
    done = {"amount": "1 000", "status": "declare", "reason": "facture annulée"}
    assert client.post(address, done).status_code == 302
    page = client.get(page_of(row)).content.decode()
    assert "facture annulée" in page
    assert "1\u202f000" in page
    assert "1\u202f234,50" in page
    assert client.post(address, done).status_code == 422


def test_the_round_is_filled_resumed_and_closed(plot: Plot) -> None:
    members, jobs = follow(plot, "members", "jobs")
    client = plot.sign_in(plot.animator)
    page = client.get(ROUND).content.decode()
    assert f'id="valeur-{members.pk}" name="valeur-{members.pk}" value="1"' in page
    assert not Round.objects.exists()
    posted = {**answers(members, "1"), **answers(jobs, "3,5", statut="estime", origine="bulletins de paie")}
    assert client.post(ROUND, posted).status_code == 302
    held = dict(Answer.objects.values_list("indicator__code", "status"))
    assert held == {"members": "calcule", "jobs": "estime"}
    resumed = client.get(ROUND).content.decode()
    assert 'value="3,5"' in resumed
    assert "bulletins de paie" in resumed
    assert client.post(ROUND, {**posted, **answers(jobs, "4", seen="9"), "clore": "oui"}).status_code == 409
    assert not Value.objects.exists()
    base = {f"vu-status-{members.pk}": "calcule"}
    last = {**answers(members, "1", seen="1"), **base, "clore": "oui"}
    assert client.post(ROUND, last).status_code == 302
    assert dict(Value.objects.values_list("indicator__code", "amount")) == {"members": 1_000, "jobs": 3_500}
    closed = client.get(ROUND).content.decode()
    assert "bulletins de paie" in closed
    assert 'name="valeur' not in closed
    assert client.post(ROUND, posted, follow=True).status_code == 200
    assert Value.objects.count() == 2


def test_a_round_refuses_what_is_no_figure_and_keeps_the_rest(plot: Plot) -> None:
    members, jobs = follow(plot, "members", "jobs")
    client = plot.sign_in(plot.animator)
    page = client.post(ROUND, {**answers(members, "beaucoup"), **answers(jobs, "3")})
    assert page.status_code == 422
    assert "beaucoup" in page.content.decode()
    assert dict(Answer.objects.values_list("indicator__code", "amount")) == {"jobs": 3_000}
    assert client.get(f"{HOME}indicateurs/tour/1900/").status_code == 422
    assert client.get(f"{HOME}indicateurs/tour/2999/").status_code == 422


def test_queries_do_not_grow_with_indicators_nor_years(plot: Plot) -> None:
    client = plot.sign_in(plot.animator)
    counted = []
    for number in (3, 30):
        for rank in range(number):
            row = actions.create(
                plot.pole, by=plot.animator, label=f"I{number}-{rank}", unit="u", family="result", public=True
            )
            for year in range(2024 - rank % 4, 2025):
                first, last = actions.year_of(year)
                actions.add_value(row, 1_000, first=first, last=last, by=plot.animator)
        row = Indicator.objects.order_by("pk")[0]
        for address in (LIST, page_of(row), ROUND, f"{HOME}rapports/2024/"):
            client.get(address)  # The first look classes the lines of the ledger that nobody read yet.
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            counted.append((address, len(queries)))
    half = len(counted) // 2
    assert counted[:half] == counted[half:]
    assert max(count for _address, count in counted) <= 30


def test_files_open_in_a_spreadsheet(plot: Plot) -> None:
    row = follow(plot, "spared")[0]
    actions.add_value(row, 1_234_500, first=date(2025, 1, 1), last=date(2025, 12, 31), by=plot.animator)
    client = plot.sign_in(plot.member)
    sent = io.BytesIO(b"".join(client.get(f"{LIST}?format=xlsx")))
    with CalamineWorkbook.from_filelike(sent) as book:
        rows = book.get_sheet_by_index(0).to_python()
    assert rows[1][0] == row.label
    assert 1234.5 in rows[1]
    with ZipFile(io.BytesIO(b"".join(client.get(f"{page_of(row)}?format=ods")))) as packed:
        assert b"1234.5" in packed.read("content.xml")
    assert client.get(f"{page_of(row)}?format=csv").status_code == 200


def test_an_empty_room_says_what_to_do_first(plot: Plot) -> None:
    page = plot.sign_in(plot.animator).get(LIST).content.decode()
    assert f"{LIST}choisir/" in page
    assert plot.sign_in(plot.animator).get(ROUND).status_code == 200
    assert "no-store" in plot.sign_in(plot.member).get(LIST)["Cache-Control"]


def test_the_figures_of_each_room_begin_as_it_says_and_the_core_names_figures_that_exist(plot: Plot) -> None:
    first, last = actions.year_of(2025)
    said = [room for room in rooms.rooms() if hasattr(room, "figures")]
    told = {one.code: room for room in said for one in room.figures(plot.pole, first, last)}
    for code, room in told.items():
        assert code.startswith(rooms._BEGIN[room.__name__]), code
    book = {"flows.hours", "flows.contributions", "flows.attributable"}
    # The pole follows nothing yet: what it follows is not counted.
    assert {known.said for known in library.load().values() if known.said} <= {*told, *book}
    asked = {one.code for _room, one in rooms.figures(plot.pole, first, last, {"means.hours"})}
    assert asked == {code for code in told if code.startswith("means.")}
