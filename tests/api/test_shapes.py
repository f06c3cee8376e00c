"""Every route refuses in the one shape: 400, 404, 405, 413, 422, 429 and 503, each with what to do."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from terreau.api import limits, openapi
from terreau.api.urls import api
from terreau.config.environment import RateLimit

ROUTES = [where.split(" ") for where, _route in openapi.operations(openapi.document(api))]
READS = [path for method, path in ROUTES if method == "GET"]
LISTS = [
    where.split(" ")[1]
    for where, route in openapi.operations(openapi.document(api))
    if {"limit", "cursor"} <= {one["name"] for one in route.get("parameters", [])}
]
WRITES = [path for method, path in ROUTES if method == "POST"]
NOBODY = "01900000-0000-7000-8000-000000000000"
FILLED = {"{id}": NOBODY, "{slug}": "nobody", "{niveau}": "commune", "{code}": "nothing", "{nom}": "nothing",
          "{millesime}": "2024", "{name}": "nothing", "{grid}": "nothing"}  # fmt: skip


def filled(path: str) -> str:
    """Return the path of what is not there."""
    for name, value in FILLED.items():
        path = path.replace(name, value)
    assert "{" not in path, path
    return path


def shape(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.content
    assert response["Content-Type"].startswith("application/json")
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "ETag" not in response
    error: dict[str, Any] = response.json()
    assert set(error) == {"code", "message", "facts"}
    assert error["code"].islower()
    assert error["message"].endswith(".")
    return error


def ask(client: Client, method: str, path: str, **more: Any) -> Any:
    if method == "GET":
        return client.get(path, **more)
    body = json.dumps({"communes": ["35236"]})
    return client.post(path, body, content_type="application/json", **more)


def test_every_route_is_asked() -> None:
    assert len(READS) + len(WRITES) == len(ROUTES)
    assert len(WRITES) >= 4


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_400_of_every_route(client: Client, method: str, path: str) -> None:
    shape(ask(client, method, filled(path) + "?q=%00"), 400)
    shape(ask(client, method, filled(path), CONTENT_LENGTH="many"), 400)


@pytest.mark.parametrize("path", WRITES)
@pytest.mark.parametrize("body", ["{", "\xff"])
def test_400_of_what_is_not_json(client: Client, path: str, body: str) -> None:
    assert (
        shape(client.post(path, body.encode("latin-1"), content_type="application/json"), 400)["code"]
        == "bad_json"
    )


@pytest.mark.django_db
@pytest.mark.parametrize("path", [path for path in READS if "{" in path])
def test_404_of_every_route_that_names_something(client: Client, path: str) -> None:
    shape(client.get(filled(path)), 404)


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("other", ["PUT", "PATCH", "DELETE"])
def test_405_of_every_route(client: Client, method: str, path: str, other: str) -> None:
    response = client.generic(other, filled(path))
    assert method in shape(response, 405)["facts"]["allowed"]
    assert method in response["Allow"]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_413_of_every_route(client: Client, method: str, path: str) -> None:
    response = ask(client, method, filled(path), CONTENT_LENGTH="5000000")
    assert shape(response, 413)["facts"] == {"limit": 1_000_000, "size": 5_000_000}


@pytest.mark.django_db
@pytest.mark.parametrize("path", [path for path in LISTS if "{" not in path])
def test_422_of_every_list(client: Client, path: str) -> None:
    shape(client.get(path + "?limit=many"), 422)
    shape(client.get(path + "?q=redon&cursor=%21%21"), 422)


@pytest.mark.parametrize("path", WRITES)
def test_422_of_every_body(client: Client, path: str) -> None:
    error = shape(client.post(path, "[]", content_type="application/json"), 422)
    assert error["facts"]["problems"]


@pytest.fixture
def counted(settings: Any, tmp_path: Any) -> Iterator[None]:
    """One request a minute, from now on."""
    settings.RATE_LIMIT, settings.RATE_LIMIT_FILE = RateLimit(anonymous=1, token=1), tmp_path / "limits"
    yield
    if opened := limits.buckets(tmp_path / "limits"):
        opened.close()
    limits.buckets.cache_clear()


@pytest.mark.django_db
@pytest.mark.usefixtures("counted")
@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_429_of_every_route(client: Client, method: str, path: str) -> None:
    ask(client, method, filled(path))
    response = ask(client, method, filled(path))
    error = shape(response, 429)
    assert 1 <= int(response["Retry-After"]) == error["facts"]["retry_after"] <= limits.WINDOW
