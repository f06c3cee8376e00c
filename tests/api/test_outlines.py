"""Outlines, neighbours and rings: GeoJSON as RFC 7946 says it, communes that touch."""

import json
from typing import Any

import pytest
from django.test import Client

from terreau.territories.models import Outline

REDON = ["35236"]


def post(client: Client, action: str, **body: Any) -> Any:
    response = client.post(f"/api/v1/perimeters/{action}", json.dumps(body), content_type="application/json")
    assert response.status_code == 200, response.content
    return response


def assert_outline(response: Any) -> dict[str, Any]:
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "application/geo+json"
    feature = response.json()
    assert (feature["type"], feature["geometry"]["type"]) == ("Feature", "MultiPolygon")
    for polygon in feature["geometry"]["coordinates"]:
        for ring in polygon:
            assert len(ring) >= 4
            assert ring[0] == ring[-1]
    return feature


@pytest.mark.django_db
def test_the_outline_of_any_set_is_drawn_and_not_kept(client: Client) -> None:
    feature = assert_outline(post(client, "outline", communes=[*REDON, "01220", "99999"]))
    assert feature["properties"] == {
        "cog": 2026,
        "communes": 2,
        "unresolved": ["99999"],
        "resolved": {"01220": "01185"},
    }
    assert not Outline.objects.exists()


def test_what_has_no_outline_has_no_geometry(client: Client) -> None:
    assert post(client, "outline", communes=["98735"]).json()["geometry"] is None


def test_neighbours_touch_and_are_outside(client: Client) -> None:
    around = post(client, "neighbours", communes=REDON).json()
    codes = [commune["code"] for commune in around["communes"]]
    assert codes == sorted(set(codes))
    assert "35236" not in codes
    assert "44185" in codes  # Saint-Nicolas-de-Redon, over the Vilaine, in another department and region


def test_rings_are_disjoint_and_the_first_is_the_neighbours(client: Client) -> None:
    rings = post(client, "rings", communes=REDON, couronnes=3).json()["couronnes"]
    assert [ring["rang"] for ring in rings] == [0, 1, 2, 3]
    assert rings[0] == {"rang": 0, "population": 9_542, "communes": REDON}
    around = post(client, "neighbours", communes=REDON).json()["communes"]
    assert rings[1]["communes"] == [commune["code"] for commune in around]
    every = [code for ring in rings for code in ring["communes"]]
    assert len(every) == len(set(every))


@pytest.mark.usefixtures("register")
@pytest.mark.parametrize(
    "path",
    [
        "territories/commune/35236/outline",
        "territories/commune/01220/outline",
        "territories/epci/243500741/outline",
        "territories/departement/974/outline",
        "territories/region/53/outline",
        "territories/ancienne-region/82/outline",
        "poles/eclis/outline",
    ],
)
def test_an_outline_is_geojson(client: Client, path: str) -> None:
    assert_outline(client.get(f"/api/v1/{path}"))


@pytest.mark.usefixtures("zones")
def test_a_collectivity_without_outline_says_null(client: Client) -> None:
    response = client.get("/api/v1/territories/commune/98735/outline")
    assert response.json()["geometry"] is None
