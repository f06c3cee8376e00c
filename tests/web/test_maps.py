"""Backgrounds, outlines and points of the maps."""

import gzip
import json

import pytest
from django.test import Client

from terreau.poles.models import Listing
from terreau.territories import base
from terreau.web import maps


@pytest.mark.django_db
@pytest.mark.parametrize("level", list(maps.LEVELS))
def test_a_background_never_changes_under_its_address(client: Client, level: str) -> None:
    response = client.get(maps.background_url(level))
    assert response.status_code == 200
    assert response["Content-Type"] == "image/svg+xml"
    assert "immutable" in response["Cache-Control"]
    assert response.content.startswith(b"<svg")
    assert b"style=" not in response.content


@pytest.mark.django_db
def test_an_old_address_leads_to_the_background_of_today(client: Client) -> None:
    response = client.get("/carte/region-000000000000.svg")
    assert response.status_code == 302
    assert response["Location"] == maps.background_url("region")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/carte/commune-000000000000.svg", "/carte/contours/epci-0.geojson"])
def test_a_level_that_is_not_drawn_is_a_404(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(("level", "count"), [("region", 18), ("departement", 101), ("ancienne-region", 27)])
def test_outlines_are_geojson_packed_when_the_browser_can(client: Client, level: str, count: int) -> None:
    url = maps.outlines_url(level)
    plain = client.get(url)
    packed = client.get(url, headers={"accept-encoding": "gzip"})
    assert gzip.decompress(packed.content) == plain.content
    assert "Accept-Encoding" in packed["Vary"]
    features = json.loads(plain.content)["features"]
    assert len(features) == count
    for feature in features:
        for polygon in feature["geometry"]["coordinates"]:
            for ring in polygon:
                assert ring[0] == ring[-1]
                assert len(ring) > 3


@pytest.mark.usefixtures("register")
def test_points_lead_to_the_page_of_each_pole(client: Client) -> None:
    body = client.get("/carte/poles.geojson").json()
    assert len(body["features"]) == Listing.objects.filter(lon__isnull=False).count()
    assert all(f["properties"]["url"] == f"/poles/{f['properties']['slug']}/" for f in body["features"])
    english = client.get("/en/carte/poles.geojson").json()
    assert english["features"][0]["properties"]["url"].startswith("/en/poles/")


@pytest.mark.usefixtures("register")
def test_points_are_filtered_as_the_directory_is(client: Client) -> None:
    brittany = client.get("/carte/poles.geojson?region=53").json()["features"]
    assert 0 < len(brittany) < Listing.objects.count()
    assert client.get("/carte/poles.geojson?region=999").status_code == 422


@pytest.mark.django_db
def test_the_index_says_where_the_communes_of_each_department_are(client: Client) -> None:
    answer = client.get(maps.communes_index_url())
    assert "immutable" in answer["Cache-Control"]
    index = answer.json()
    assert len(index) == 101
    west, south, east, north = index["35"]["boite"]
    assert west < -1.68 < east
    assert south < 48.11 < north


@pytest.mark.django_db
@pytest.mark.parametrize("department", ["35", "2A", "976"])
def test_communes_are_served_for_ever_with_their_names(client: Client, department: str) -> None:
    answer = client.get(maps.communes_url(department), headers={"accept-encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert "immutable" in answer["Cache-Control"]
    shapes = json.loads(gzip.decompress(answer.content))["objects"]["communes"]["geometries"]
    known = base.load()
    assert all(shape["properties"]["nom"] == known.names[known.index[shape["id"]]] for shape in shapes)
    layer = known.layers["departement"]
    assert len(shapes) == len(layer.members(department))


@pytest.mark.django_db
def test_an_old_address_of_communes_leads_to_the_one_of_today(client: Client) -> None:
    answer = client.get("/carte/communes/35-000000000000.topojson")
    assert (answer.status_code, answer["Location"]) == (302, maps.communes_url("35"))
    assert client.get("/carte/communes-000000000000.json").status_code == 302
    assert client.get("/carte/communes/99-000000000000.topojson").status_code == 404


def test_many_poles_are_counted_by_department_each_leading_to_its_poles(
    client: Client, register: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond a number, one circle a department: the page stays small whatever the number of poles."""
    monkeypatch.setattr("terreau.web.pole_pages._DOTS", 0)
    response = client.get("/poles/")
    counts = {value.code: value.count for value in response.context["facets"]["departement"]}
    assert {bubble["code"]: bubble["count"] for bubble in response.context["bubbles"]} == counts
    assert response.context["dots"] == []
    assert 'href="?departement=59"' in response.content.decode()
