"""The description of the API: its snapshot, its refusals, its examples, and the page made of it."""

import json
import re
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.utils import translation

from terreau.api import openapi
from terreau.api.management.commands import api_openapi
from terreau.api.urls import api

ROUTES = dict(openapi.operations(openapi.document(api)))


def test_the_snapshot_is_what_the_routes_say() -> None:
    call_command("api_openapi", "--check", verbosity=0)


def test_another_description_is_refused_with_the_command_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_openapi, "snapshot", lambda: "{}")
    with pytest.raises(CommandError, match="api_openapi --save"):
        call_command("api_openapi", "--check")


def test_the_description_is_openapi_3_1_and_served(client: Client) -> None:
    response = client.get("/api/v1/openapi.json")
    assert response["Content-Type"] == "application/json"
    found = response.json()
    assert found["openapi"].startswith("3.1")
    assert found == json.loads(api_openapi.snapshot())
    assert client.get("/api/v1/openapi.json", headers={"if-none-match": response["ETag"]}).status_code == 304


def test_every_reference_leads_somewhere() -> None:
    found = openapi.document(api)
    for reference in set(re.findall(r'"#/([^"]+)"', json.dumps(found))):
        part: Any = found
        for step in reference.split("/"):
            part = part[step]


@pytest.mark.parametrize("where", ROUTES)
def test_a_route_says_what_it_is_and_what_it_refuses(where: str) -> None:
    route = ROUTES[where]
    assert route["summary"]
    assert route["description"]
    assert route["tags"][0] in openapi.TAGS
    wanted = {"400", "429"}
    wanted |= {"304"} if where.startswith("GET ") else {"413", "422"}
    wanted |= {"404"} if "{" in where else set()
    assert wanted <= set(route["responses"])
    assert all(one["description"] for one in route.get("parameters", []) if one["in"] == "query")


@pytest.mark.parametrize("path", sorted({where.split(" ")[1] for where in ROUTES}))
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "GET", "QUERY"])
def test_a_method_that_is_not_described_is_refused(client: Client, path: str, method: str) -> None:
    if f"{method} {path}" in ROUTES:
        return
    response = client.generic(method, path.replace("{millesime}", "2024"), "")
    assert response.status_code == 405
    assert response.json()["code"] == "method_not_allowed"
    assert response["Allow"] == ", ".join(response.json()["facts"]["allowed"])


@pytest.mark.usefixtures("grids")
@pytest.mark.parametrize("where", [where for where, route in ROUTES.items() if "x-example" in route])
def test_an_example_answers(client: Client, where: str) -> None:
    route = ROUTES[where]
    path = f"/api/v1{route['x-example']}"
    body = route.get("x-body")
    response = client.post(path, body, content_type="application/json") if body else client.get(path)
    assert response.status_code == 200, response.content
    shows = response.json().get("results", True)
    # Layers are imported, charters are signed by people, calls are opened by them: nothing is before them.
    empty = {"/api/v1/layers", "/api/v1/charters/charte-nationale/signatories", "/api/v1/calls?limit=5"}
    assert shows or path in empty, "an example that shows nothing"


def test_every_route_but_those_of_unknown_identifiers_has_an_example() -> None:
    without = {where for where, route in ROUTES.items() if "x-example" not in route}
    assert all("{id}" in where or "/layers/" in where or "/calls/" in where for where in without)


@pytest.mark.parametrize(("path", "language"), [("/api/", "fr"), ("/en/api/", "en")])
@pytest.mark.django_db
def test_the_page_shows_every_route_and_shape(client: Client, path: str, language: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    page = response.content.decode()
    assert f'<html lang="{language}"' in page
    with translation.override(language):
        found = openapi.document(api)
    for where, route in openapi.operations(found):
        assert f'id="{route["operationId"]}"' in page, where
    for name in found["components"]["schemas"]:
        assert f'id="forme-{name}"' in page
    targets = re.findall(r'href="#([^"]+)"', page)
    ids = re.findall(r' id="([^"]+)"', page)
    assert set(targets) <= set(ids)
    assert len(ids) == len(set(ids))


def test_docs_lead_to_the_page(client: Client) -> None:
    assert client.get("/api/v1/docs")["Location"] == "/api/"
    assert client.get("/api/v1/docs", headers={"accept-language": "en"})["Location"] == "/en/api/"
