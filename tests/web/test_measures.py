"""A measure on the map: values, what is withheld, what is not known."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from terreau.pieces.actions import source
from terreau.territories.models import Layer, LayerValue, Level, Zone
from terreau.web import measures

pytestmark = pytest.mark.usefixtures("register")
URL = "/carte/"
NAME = "filosofi-2021-taux_pauvrete"


@pytest.fixture
def layer(register: None) -> Layer:
    """Poverty in Ille-et-Vilaine: nine communes with a value, one withheld, the others not known."""
    said = source("register", "insee-filosofi-2021", "INSEE, Filosofi 2021")
    names = {"name": "filosofi", "label": {"fr": "Filosofi"}, "digest": "0123456789abcdef" * 4}
    layer = Layer.objects.create(**names, vintage=2021, kind=Layer.Kind.MEASURES, cog_year=2026, source=said)
    communes = Zone.objects.filter(level=Level.COMMUNE, department__code="35").order_by("code")[:10]
    for rank, commune in enumerate(communes):
        value = None if rank == 9 else Decimal(rank + 5)
        LayerValue.objects.create(
            layer=layer, commune=commune, measure="taux_pauvrete", value=value, secret=value is None
        )
    return layer


def shown(client: Client, **asked: str) -> Any:
    """Return what the page shows."""
    return client.get(URL, {"mesure": NAME, "dans": "departement:35", **asked}).context["shown"]


def test_without_a_layer_it_says_so(client: Client) -> None:
    assert "Aucune mesure importée" in client.get(URL).content.decode()


@pytest.mark.usefixtures("layer")
def test_withheld_and_unknown_are_neither_zero_nor_alike(client: Client) -> None:
    found = shown(client)
    assert found.secret == 1
    assert found.absent > 300
    assert sum(line.communes for line in found.classes) == 9
    kinds = {shape["class"] for shape in found.drawing.shapes}
    assert {"land", "secret", "absent", "0", "4"} <= kinds
    html = client.get(URL, {"mesure": NAME, "dans": "departement:35"}).content.decode()
    assert 'fill="url(#motif-secret)"' in html
    assert 'fill="url(#motif-absent)"' in html
    assert "style=" not in html


@pytest.mark.usefixtures("layer")
def test_every_commune_is_drawn_and_listed_once(client: Client) -> None:
    found = shown(client)
    assert found.secret + found.absent + sum(line.communes for line in found.classes) == found.page.total
    assert all(shape["d"] for shape in found.drawing.shapes)


@pytest.mark.usefixtures("layer")
def test_the_map_is_given_numbers_nulls_and_nothing(client: Client) -> None:
    field = next(one for one in measures.fields() if one.name == NAME)
    told = client.get(measures.measure_url(field))
    assert "immutable" in told["Cache-Control"]
    body = told.json()
    assert body["bornes"] == sorted(body["bornes"])
    values = client.get(body["departements"].replace("{code}", "35")).json()
    assert sorted(values.values(), key=lambda value: value or 0)[0] is None
    assert len(values) == 10
    assert client.get(body["departements"].replace("{code}", "99")).status_code == 404


@pytest.mark.usefixtures("layer")
def test_an_old_address_of_a_measure_leads_to_the_one_of_today(client: Client) -> None:
    assert client.get(f"/carte/mesures/{NAME}-0000.json").status_code == 302
    assert client.get(f"/carte/mesures/{NAME}-0000/35.json").status_code == 302
    assert client.get("/carte/mesures/nothing-0000.json").status_code == 404


@pytest.mark.usefixtures("layer")
@pytest.mark.parametrize("asked", [{"mesure": "nothing"}, {"dans": "Redon"}, {"dans": "region:99"}])
def test_what_is_not_known_is_refused(client: Client, asked: dict[str, str]) -> None:
    assert client.get(URL, asked).status_code == 422


@pytest.mark.usefixtures("layer")
def test_a_new_import_changes_the_addresses(client: Client, layer: Layer) -> None:
    before = client.get(URL, {"mesure": NAME}).context["measure_url"]
    Layer.objects.filter(pk=layer.pk).update(digest="f" * 64)
    assert client.get(URL, {"mesure": NAME}).context["measure_url"] != before
