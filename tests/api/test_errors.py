"""Every refusal of the API has the one shape and says what to do; nothing answers 500."""

import json
from typing import Any

import pytest
from django.test import Client

DESCRIBE = "/api/v1/perimeters/describe"


def post(client: Client, body: Any, **extra: Any) -> Any:
    data = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.post(DESCRIBE, data, content_type="application/json", **extra)


def assert_shape(response: Any, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.content
    assert response["Content-Type"].startswith("application/json")
    error = response.json()
    assert set(error) == {"code", "message", "facts"}
    assert error["code"] == code
    assert error["message"].endswith(".")
    assert isinstance(error["facts"], dict)
    return error


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("{", 400, "bad_json"),
        (b"\xff\xfe", 400, "bad_json"),
        ("", 422, "invalid"),
        ("null", 422, "invalid"),
        ([], 422, "invalid"),
        ({}, 422, "invalid"),
        ({"communes": []}, 422, "invalid"),
        ({"communes": "35236"}, 422, "invalid"),
        ({"communes": [35236]}, 422, "invalid"),
        ({"communes": [None]}, 422, "invalid"),
        ({"communes": ["35236"], "cog": "x"}, 422, "invalid"),
        ({"communes": ["35236"], "cgo": 2026}, 422, "invalid"),
        ({"communes": ["35236"], "cog": 1999}, 422, "unknown_cog_year"),
        ({"communes": ["35236", "abc"]}, 422, "malformed_commune_code"),
        ({"communes": ["3523"]}, 422, "malformed_commune_code"),
        ({"communes": [""]}, 422, "malformed_commune_code"),
        ({"communes": ["35236"] * 36_000}, 422, "invalid"),
    ],
)
def test_a_bad_perimeter_is_refused_with_its_reason(
    client: Client, body: Any, status: int, code: str
) -> None:
    assert_shape(post(client, body), status, code)


def test_a_malformed_code_is_named(client: Client) -> None:
    error = assert_shape(post(client, {"communes": ["35236", "abc"]}), 422, "malformed_commune_code")
    assert error["facts"]["malformed"] == ["abc"]
    assert "abc" in error["message"]


def test_five_megabytes_are_refused_before_being_read(client: Client) -> None:
    error = assert_shape(post(client, "x" * 5_000_000), 413, "body_too_large")
    assert error["facts"]["limit"] == 1_000_000


@pytest.mark.parametrize("action", ["describe", "outline", "neighbours", "rings"])
def test_every_action_on_a_perimeter_refuses_alike(client: Client, action: str) -> None:
    path = f"/api/v1/perimeters/{action}"
    for body, code in (({}, "invalid"), ({"communes": ["abc"]}, "malformed_commune_code")):
        response = client.post(path, json.dumps(body), content_type="application/json")
        assert_shape(response, 422, code)


@pytest.mark.parametrize("rings", [0, 21, "beaucoup"])
def test_rings_are_one_to_twenty(client: Client, rings: Any) -> None:
    body = json.dumps({"communes": ["35236"], "couronnes": rings})
    response = client.post("/api/v1/perimeters/rings", body, content_type="application/json")
    assert_shape(response, 422, "invalid")


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_a_wrong_method_says_which_one_is_served(client: Client, method: str) -> None:
    response = getattr(client, method)(DESCRIBE)
    error = assert_shape(response, 405, "method_not_allowed")
    assert error["facts"]["allowed"] == ["POST"]
    assert response["Allow"] == "POST"


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/nothing", "/api/v1/", "/api/v2/poles"])
def test_an_unknown_address_is_a_404(client: Client, path: str) -> None:
    assert_shape(client.get(path), 404, "not_found")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/api/v1/poles/no-such-pole", "unknown_pole"),
        ("/api/v1/territories/commune/99999", "unknown_territory"),
        ("/api/v1/territories/commune/%F0%9F%90%99", "unknown_territory"),
        ("/api/v1/territories/canton/01", "unknown_territory"),
        ("/api/v1/territories/commune/" + "1" * 300, "unknown_territory"),
        ("/api/v1/territories/commune/99999/outline", "unknown_territory"),
        ("/api/v1/poles/no-such-pole/outline", "unknown_pole"),
        ("/api/v1/actors/01900000-0000-7000-8000-000000000000", "unknown_subject"),
        ("/api/v1/facts?sujet=01900000-0000-7000-8000-000000000000", "unknown_subject"),
        ("/api/v1/layers/qpv/2024", "unknown_layer"),
        ("/api/v1/layers/qpv/99999999999999999999/zones", "unknown_layer"),
        ("/api/v1/catalogue/pole.nothing", "unknown_fact_code"),
        ("/api/v1/vocabularies/nothing", "unknown_vocabulary"),
    ],
)
def test_what_is_not_in_the_register_is_a_404(client: Client, path: str, code: str) -> None:
    assert_shape(client.get(path), 404, code)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("poles?region=99", "unknown_value"),
        ("poles?stade=mystere", "unknown_value"),
        ("poles?cursor=%21%21", "bad_cursor"),
        ("poles?limit=many", "invalid"),
        ("poles?tri=hasard", "invalid"),
        ("actors?ess=peut-etre", "unknown_value"),
        ("actors?cursor=%21%21", "bad_cursor"),
        ("actors/redon", "invalid"),
        ("territories?niveau=canton", "invalid"),
        ("territories?departement=99", "unknown_value"),
        ("territories?cog=1999", "unknown_cog_year"),
        ("territories?cursor=WzAsMV0", "bad_cursor"),
        ("facts?code=pole.nothing", "unknown_value"),
        ("facts?statut=certain", "invalid"),
        ("facts?sujet=redon", "invalid"),
        ("facts?cursor=WzAsIngiLCJ5IiwiMSJd", "bad_cursor"),
        ("catalogue?cursor=x", "bad_cursor"),
        ("layers?cursor=x", "bad_cursor"),
        ("search", "invalid"),
        ("search?q=redon&nature=canton", "invalid"),
        ("search?q=redon&cursor=WzAsMSwyLDMsNCw1XQ", "bad_cursor"),
    ],
)
def test_a_bad_filter_is_refused_with_its_reason(client: Client, query: str, code: str) -> None:
    assert_shape(client.get(f"/api/v1/{query}"), 422, code)


def test_a_null_character_is_refused(client: Client) -> None:
    assert_shape(client.get("/api/v1/poles?q=%00"), 400, "bad_request")


def test_a_false_content_length_is_refused(client: Client) -> None:
    assert_shape(client.get("/api/v1/poles", CONTENT_LENGTH="many"), 400, "bad_request")
