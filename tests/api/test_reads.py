"""What every answer has: a strong tag and 304, CORS without credentials, HEAD, OPTIONS, a language."""

import pytest
from django.test import Client

UNITS = "/api/v1/units?limit=1"
DESCRIBE = "/api/v1/perimeters/describe"


def test_an_answer_has_a_strong_tag_that_follows_its_bytes(client: Client) -> None:
    first, again, other = client.get(UNITS), client.get(UNITS), client.get("/api/v1/units?limit=2")
    assert first["ETag"].startswith('"')
    assert first["ETag"].endswith('"')
    assert first["ETag"] == again["ETag"] != other["ETag"]


@pytest.mark.parametrize("given", ["{tag}", "W/{tag}", '"other", {tag}', "*"])
def test_who_has_the_answer_gets_304_and_no_body(client: Client, given: str) -> None:
    tag = client.get(UNITS)["ETag"]
    response = client.get(UNITS, headers={"if-none-match": given.format(tag=tag)})
    assert (response.status_code, response.content) == (304, b"")
    assert response["ETag"] == tag
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "Content-Type" not in response


@pytest.mark.parametrize("given", ['"other"', "", "garbage"])
def test_who_has_another_answer_gets_this_one(client: Client, given: str) -> None:
    response = client.get(UNITS, headers={"if-none-match": given})
    assert response.status_code == 200
    assert response.json()["count"] > 1


def test_a_refusal_has_no_tag(client: Client) -> None:
    assert "ETag" not in client.get("/api/v1/vocabularies/nothing")


@pytest.mark.parametrize("path", [UNITS, "/api/v1/nothing", "/api/v1/vocabularies/nothing", DESCRIBE])
def test_any_origin_may_read_and_none_with_credentials(client: Client, path: str) -> None:
    response = client.get(path, headers={"origin": "https://elsewhere.example"})
    assert response["Access-Control-Allow-Origin"] == "*"
    exposed = response["Access-Control-Expose-Headers"].split(", ")
    assert {"ETag", "Link", "Retry-After"} <= set(exposed)
    assert "Access-Control-Allow-Credentials" not in response
    assert not response.cookies


def test_pages_of_the_site_are_not_shared(client: Client) -> None:
    assert "Access-Control-Allow-Origin" not in client.get("/api/")


@pytest.mark.parametrize(("path", "methods"), [(UNITS, "GET, HEAD, OPTIONS"), (DESCRIBE, "POST, OPTIONS")])
def test_a_browser_asks_first_and_is_told(client: Client, path: str, methods: str) -> None:
    asks = {
        "origin": "https://elsewhere.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
    }
    response = client.options(path, headers=asks)
    assert (response.status_code, response.content) == (204, b"")
    assert response["Allow"] == response["Access-Control-Allow-Methods"] == methods
    assert "Content-Type" in response["Access-Control-Allow-Headers"]
    assert "Authorization" not in response["Access-Control-Allow-Headers"]


def test_head_says_what_get_says_without_the_body(client: Client) -> None:
    told, read = client.head(UNITS), client.get(UNITS)
    assert (told.status_code, told.content) == (200, b"")
    assert told["ETag"] == read["ETag"]
    assert told["Content-Length"] == str(len(read.content))


@pytest.mark.parametrize(
    ("asked", "language", "word"),
    [
        ("", "fr", "adresse"),
        ("en", "en", "address"),
        ("en-GB,en;q=0.9,fr;q=0.5", "en", "address"),
        ("fr;q=0.9,en;q=0.5", "fr", "adresse"),
        ("de,es", "fr", "adresse"),
    ],
)
@pytest.mark.django_db
def test_sentences_are_in_the_language_asked(client: Client, asked: str, language: str, word: str) -> None:
    response = client.get("/api/v1/poles/no-such-pole", headers={"accept-language": asked})
    assert response["Content-Language"] == language
    assert "Accept-Language" in response["Vary"]
    assert word in response.json()["message"]


def test_the_language_of_a_request_does_not_stay(client: Client) -> None:
    client.get(UNITS, headers={"accept-language": "en"})
    refused = client.post(DESCRIBE, "x" * 2_000_000, content_type="application/json")
    assert refused.status_code == 413
    assert "octets" in refused.json()["message"]


def test_pages_around_are_in_the_link_header(client: Client) -> None:
    first = client.get("/api/v1/units?limit=2")
    assert first["Link"] == f'<{first.json()["next"]}>; rel="next"'
    second = client.get(first.json()["next"])
    assert f'<{second.json()["previous"]}>; rel="prev"' in second["Link"]
