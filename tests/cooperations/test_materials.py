"""What circulates: declared by year or delivered on a day, never added to one another."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from terreau.common.errors import DomainError
from terreau.cooperations import materials
from terreau.cooperations.models import Stream, Volume
from terreau.flows.models import Flow
from tests.cooperations.conftest import Bench


def stream(bench: Bench, giver: int = 0, receiver: int = 1, **values: Any) -> Stream:
    told: dict[str, Any] = {"kind": "waste", "label": "Copeaux", "unit": "t", "by": bench.by, **values}
    return materials.describe(bench.pole, bench.actors[giver], bench.actors[receiver], **told)


def test_a_delivery_is_a_line_of_the_book_in_its_unit(bench: Bench) -> None:
    row = stream(bench)
    materials.deliver(row, 1_500, on=date(2025, 3, 1), today=bench.today, by=bench.by)
    flow = Flow.objects.get()
    assert (flow.nature, flow.unit, flow.quantity) == ("in_kind", "kg", Decimal(1500))
    assert materials.moved([row], 2025)[row.pk].quantity == Decimal("1.5")
    assert materials.moved([row], 2024)[row.pk].quantity is None


def test_a_declared_year_stands_alone(bench: Bench) -> None:
    row = stream(bench)
    materials.deliver(row, 1_500, on=date(2025, 3, 1), today=bench.today, by=bench.by)
    materials.declare(row, 2025, 4_000, estimated=True, today=bench.today, by=bench.by)
    materials.declare(row, 2025, 5_000, today=bench.today, by=bench.by)
    found = materials.moved([row], 2025)[row.pk]
    assert (found.quantity, found.provenance, found.differs) == (Decimal(5), "declare", True)
    assert Volume.objects.count() == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        Volume.objects.update(thousandths=1)


def test_cubic_metres_are_declared_by_year(bench: Bench) -> None:
    row = stream(bench, kind="water", unit="m3")
    with pytest.raises(DomainError) as refused:
        materials.deliver(row, 1, on=date(2025, 1, 1), today=bench.today, by=bench.by)
    assert refused.value.code == "not_in_ledger"


def test_a_circle_of_three_is_one_loop(bench: Bench) -> None:
    rows = [stream(bench, *pair, label=str(pair)) for pair in ((0, 1), (1, 2), (2, 0), (3, 0))]
    names = {one.pk.hex for one in bench.actors[:3]}
    assert [set(loop) for loop in materials.loops(rows, bench.today)] == [names]
    materials.change(rows[2], base={"valid_to": None}, mine={"valid_to": date(2024, 1, 1)}, by=bench.by)
    rows[2].refresh_from_db()
    assert materials.loops(rows, bench.today) == []


def test_the_page_draws_one_picture_for_each_unit_and_says_it_in_a_table(bench: Bench) -> None:
    for unit, kind in (("t", "waste"), ("mwh", "heat")):
        row = stream(bench, unit=unit, kind=kind, label=f"Flux {unit}")
        materials.declare(row, 2025, 7_000, today=bench.today, by=bench.by)
    page = bench.client(bench.by).get(f"{bench.home}matieres/?annee=2025").content.decode()
    assert page.count('class="chart"') == 2
    assert page.count("Flux mwh") >= 2
    csv = bench.client(bench.by).get(f"{bench.home}matieres/?annee=2025&format=csv")
    assert "Flux t;déchet ou coproduit;Bois;Cantine;7" in b"".join(csv).decode()


def test_who_may_write_a_stream(bench: Bench) -> None:
    path = f"{bench.home}matieres/nouveau/"
    typed = {"label": "Chaleur", "kind": "heat", "unit": "kwh", "receiver": str(bench.actors[1].pk)}
    own = {**typed, "giver": str(bench.actors[0].pk), "public": "on"}
    assert bench.client(bench.elsewhere).post(path, own).status_code == 404
    member = bench.client(bench.member)
    assert member.post(path, {**typed, "giver": str(bench.actors[2].pk)}).status_code == 403
    assert member.post(path, own).status_code == 302
    row = Stream.objects.get()
    assert row.public is False, "a member publishes nothing"
    one = f"{bench.home}matieres/{row.pk}/"
    said = member.post(one, {"act": "declare", "declare-year": "2025", "declare-quantity": "12 500,5"})
    assert said.status_code == 302
    assert Volume.objects.get().thousandths == 12_500_500
    assert (
        member.post(one, {"act": "declare", "declare-year": "2999", "declare-quantity": "1"}).status_code
        == 422
    )
    same = {"label": "Chaleur", "kind": "heat", "giver": str(bench.actors[0].pk), "unit": "kwh"}
    refused = member.post(path, {**same, "receiver": str(bench.actors[0].pk)})
    assert refused.status_code == 422
    assert "deux organisations" in refused.content.decode()
