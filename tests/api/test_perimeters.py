"""POST /api/v1/perimeters/describe, the names that others automate against."""

import json
from typing import Any

import pytest
from django.test import Client

from terreau.territories import base


def describe(client: Client, communes: list[str], **more: Any) -> dict[str, Any]:
    body = json.dumps({"communes": communes, **more})
    response = client.post("/api/v1/perimeters/describe", body, content_type="application/json")
    assert response.status_code == 200, response.content
    return response.json()


def test_redon_agglomeration_crosses_three_departments_and_two_regions(client: Client) -> None:
    communes = base.load()
    redon = communes.codes[communes.layers["epci"].members("243500741")].tolist()
    found = describe(client, redon, cog=2026)
    overlaps = found["overlaps"]
    assert set(overlaps) == {"epci", "departement", "region", "ancienne_region"}
    assert [zone["code"] for zone in overlaps["epci"]] == ["243500741"]
    assert overlaps["epci"][0]["part_de_la_zone"] == 1
    assert overlaps["epci"][0]["part_du_perimetre"] == 1
    assert {zone["code"] for zone in overlaps["departement"]} == {"35", "44", "56"}
    assert {zone["code"] for zone in overlaps["region"]} == {"53", "52"}
    assert sum(zone["population"] for zone in overlaps["departement"]) == found["population"]
    assert set(overlaps["epci"][0]) == {
        "code",
        "nom",
        "communes",
        "population",
        "part_du_perimetre",
        "part_de_la_zone",
    }


def test_old_codes_are_resolved_and_unknown_ones_reported(client: Client) -> None:
    found = describe(client, ["01220", "99999", "35236", "75111"])
    assert found["resolved"] == {"01220": "01185", "75111": "75056"}
    assert found["unresolved"] == ["99999"]
    assert found["communes"] == 3
    assert found["cog"] == 2026


def test_a_code_and_its_old_one_count_once(client: Client) -> None:
    assert describe(client, ["01220", "01185", "01185"])["communes"] == 1


def test_every_commune_of_france_adds_up(client: Client) -> None:
    communes = base.load()
    found = describe(client, communes.codes[~communes.com].tolist())
    assert (found["communes"], found["population"]) == (34_875, 68_350_798)
    sizes = {name: len(zones) for name, zones in found["overlaps"].items()}
    assert sizes == {"epci": 1255, "departement": 101, "region": 18, "ancienne_region": 27}
    for name, zones in found["overlaps"].items():
        missing = 6_435 if name == "epci" else 0
        assert sum(zone["population"] for zone in zones) == 68_350_798 - missing


def test_only_unknown_codes_are_an_empty_perimeter(client: Client) -> None:
    found = describe(client, ["99999"])
    assert (found["communes"], found["population"], found["unresolved"]) == (0, 0, ["99999"])
    assert all(zones == [] for zones in found["overlaps"].values())


@pytest.mark.parametrize("code", ["22016", "29083", "29155", "85113"])
def test_an_island_without_epci_is_described(client: Client, code: str) -> None:
    found = describe(client, [code])
    assert found["overlaps"]["epci"] == []
    assert len(found["overlaps"]["departement"]) == 1
