"""Hours: one tap and its undo, the form, the sums, the exports, and who may."""

from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from terreau.flows.models import Flow
from tests.web import espace_yard
from tests.web.espace_yard import Yard


@pytest.fixture
def yard(db: None) -> Yard:
    return espace_yard.make()


def at(yard: Yard, name: str, *more: object) -> str:
    return reverse(name, args=[yard.pole.slug, *more])


def tap(yard: Yard, **values: object) -> dict[str, object]:
    plain = {"giver": yard.bakery.pk, "purpose": yard.pole.pk, "label": "Tri", "minutes": 120, "key": "abc"}
    return {**plain, "back": "heures", **values}


def test_one_tap_writes_and_one_takes_back(yard: Yard, client: Client) -> None:
    client.force_login(yard.baker)
    page = client.get(at(yard, "espace_hours")).content.decode()
    assert 'name="minutes" value="420"' in page
    answer = client.post(at(yard, "espace_tap"), tap(yard))
    assert answer["Location"] == at(yard, "espace_hours")
    flow = Flow.objects.get()
    assert (flow.thousandths, flow.by) == (2_000, yard.baker)
    page = client.get(at(yard, "espace_hours")).content.decode()
    assert at(yard, "espace_hours_undo", flow.pk) in page
    client.post(at(yard, "espace_hours_undo", flow.pk), {"back": "heures"})
    assert sum(one.thousandths or 0 for one in Flow.objects.all()) == 0
    page = client.get(at(yard, "espace_hours")).content.decode()
    assert at(yard, "espace_hours_undo", flow.pk) not in page


@pytest.mark.parametrize("values", [{"minutes": 61}, {"giver": "x"}, {"purpose": "foreign"}, {"key": ""}])
def test_a_tap_that_was_tampered_with_writes_nothing(
    yard: Yard, client: Client, values: dict[str, object]
) -> None:
    client.force_login(yard.baker)
    if values.get("purpose") == "foreign":
        values = {"purpose": yard.orchard.pk}
    assert client.post(at(yard, "espace_tap"), tap(yard, **values)).status_code == 302
    assert not Flow.objects.exists()


def test_who_may(yard: Yard, client: Client) -> None:
    for user in (None, yard.stranger, yard.neighbour):
        if user:
            client.force_login(user)
        assert client.get(at(yard, "espace_hours")).status_code == 404
        assert client.post(at(yard, "espace_tap"), tap(yard)).status_code == 404
    client.force_login(yard.grower)
    assert client.get(at(yard, "espace_hours")).status_code == 200
    assert client.post(at(yard, "espace_tap"), tap(yard)).status_code == 403
    flow = yard.line()
    assert client.post(at(yard, "espace_hours_undo", flow.pk)).status_code == 403
    client.force_login(yard.animator)
    assert client.post(at(yard, "espace_tap"), tap(yard)).status_code == 302
    assert client.post(at(yard, "espace_hours_undo", flow.pk)).status_code == 302


def test_the_form_keeps_what_was_typed_and_says_why(yard: Yard, client: Client) -> None:
    client.force_login(yard.baker)
    typed = {"giver": yard.bakery.pk, "time": "bientôt", "on": "2026-01-05", "purpose": yard.pole.pk}
    typed |= {"label": "Marché de Noël", "method": "hourly_rate", "rate": "", "key": "k"}
    answer = client.post(at(yard, "espace_hours_write"), typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "1 h 30" in page
    assert "Marché de Noël" in page
    typed |= {"time": "1 h 30", "rate": "12,50"}
    assert client.post(at(yard, "espace_hours_write"), typed).status_code == 302
    flow = Flow.objects.get()
    assert (flow.thousandths, flow.cents, flow.on.isoformat()) == (1_500, 1_875, "2026-01-05")


def test_hours_to_come_are_refused_beside_the_day(yard: Yard, client: Client) -> None:
    client.force_login(yard.baker)
    typed = {"giver": yard.bakery.pk, "time": "1", "on": "2099-01-05", "purpose": yard.pole.pk}
    answer = client.post(at(yard, "espace_hours_write"), {**typed, "label": "Demain", "key": "k"})
    assert answer.status_code == 422
    assert "id_on_error" in answer.content.decode()


def test_the_sums_are_by_purpose_and_corrections_go(yard: Yard, client: Client) -> None:
    client.force_login(yard.baker)
    yard.line(label="Une")
    client.post(at(yard, "espace_tap"), tap(yard))
    client.post(at(yard, "espace_hours_undo", Flow.objects.get(label="Tri").pk))
    page = client.get(at(yard, "espace_hours"))
    (line,) = page.context["by_purpose"]
    assert (line["sum"].thousandths, line["sum"].lines) == (1_000, 1)


def test_the_list_is_filtered_exported_and_does_not_grow_in_queries(
    yard: Yard, client: Client, django_assert_max_num_queries: object
) -> None:
    client.force_login(yard.baker)
    counts = []
    for number in (3, 27):
        for _one in range(number):
            yard.line()
        with django_assert_max_num_queries(30) as made:  # type: ignore[operator]
            page = client.get(at(yard, "espace_hours"))
        counts.append(len(made))
    assert counts[0] == counts[1]
    assert len(page.context["page"].rows) == 30
    none = client.get(at(yard, "espace_hours"), {"acteur": yard.orchard.pk})
    assert none.context["page"].rows == []
    assert client.get(at(yard, "espace_hours"), {"depuis": "hier"}).status_code == 422
    book = client.get(at(yard, "espace_hours"), {"format": "xlsx"})
    rows = CalamineWorkbook.from_filelike(BytesIO(b"".join(book))).get_sheet_by_index(0).to_python()
    assert len(rows) == 31
    assert rows[1][3] == 1
