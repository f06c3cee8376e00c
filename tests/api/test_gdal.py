"""GDAL reads every GeoJSON of the API: poles as points, outlines of poles, territories and perimeters."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.files import gdal, layer

pytestmark = [pytest.mark.usefixtures("register"), gdal]
OUTLINES = ["poles/le-phares/outline", "territories/region/53/outline", "territories/commune/35236/outline"]


def taken(response: Any, folder: Path) -> dict[str, Any]:
    """Return what GDAL says of an answer, once it is known to be GeoJSON."""
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "application/geo+json"
    path = folder / "answer.geojson"
    path.write_bytes(response.content)
    return layer(path)


def test_the_poles_of_the_api(client: Client, tmp_path: Path) -> None:
    response = client.get("/api/v1/poles.geojson?region=53")
    found = taken(response, tmp_path)
    assert (found["geometry"], found["wgs84"]) == ("Point", True)
    assert found["count"] == len(response.json()["features"]) > 0
    assert {"slug", "nom", "approche"} <= found["fields"]


@pytest.mark.parametrize("path", OUTLINES)
def test_an_outline_of_the_api(client: Client, tmp_path: Path, path: str) -> None:
    found = taken(client.get(f"/api/v1/{path}"), tmp_path)
    assert (found["count"], found["wgs84"]) == (1, True)
    assert found["geometry"] in {"Polygon", "Multi Polygon"}


def test_the_outline_of_a_perimeter(client: Client, tmp_path: Path) -> None:
    body = json.dumps({"communes": ["35236", "44067", "56001"]})
    response = client.post("/api/v1/perimeters/outline", body, content_type="application/json")
    found = taken(response, tmp_path)
    assert (found["count"], found["wgs84"]) == (1, True)
    assert found["geometry"] in {"Polygon", "Multi Polygon"}
