"""What a browser is told about every page: load nothing from elsewhere, run nothing that is not ours."""

import pytest
from django.test import Client

PAGE = "/compte/connexion/"


def policy(client: Client, path: str) -> dict[str, list[str]]:
    header = client.get(path).headers["Content-Security-Policy"]
    return {words[0]: words[1:] for part in header.split(";") if (words := part.split())}


@pytest.mark.django_db
def test_the_policy_is_strict(client: Client) -> None:
    said = policy(client, PAGE)
    assert said["default-src"] == ["'none'"]
    assert said["base-uri"] == said["frame-ancestors"] == ["'none'"]
    for name, sources in said.items():
        for source in sources:
            own = source in {"'self'", "'none'"} or source.startswith("'nonce-")
            image = name in {"img-src", "worker-src"} and source in {"data:", "blob:"}
            assert own or image, f"{name} {source}"
    assert not any("unsafe" in source for sources in said.values() for source in sources)


@pytest.mark.django_db
def test_the_nonce_is_never_twice_the_same(client: Client) -> None:
    nonces = [[s for s in policy(client, PAGE)["script-src"] if "nonce" in s] for _ in range(2)]
    assert nonces[0] != nonces[1] or nonces == [[], []]


@pytest.mark.django_db
@pytest.mark.parametrize("path", [PAGE, "/healthz", "/cette-page-n-existe-pas/", "/api/v1/nothing"])
def test_the_other_headers(client: Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Request-ID"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


@pytest.mark.django_db
def test_a_page_names_no_other_site(client: Client) -> None:
    """No script, style, image or font of a page comes from elsewhere, and no style stands on an element."""
    text = client.get(PAGE).content.decode()
    assert ' style="' not in text
    for mark in ('src="http', 'src="//', "@import", 'rel="stylesheet" href="http', 'rel="preconnect"'):
        assert mark not in text


def test_the_process_is_alive_without_a_database(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.django_db
def test_not_ready_without_the_territories(client: Client) -> None:
    answer = client.get("/readyz")
    checks = answer.json()["checks"]
    assert checks["database"] is checks["migrations"] is True
    assert answer.status_code == (200 if checks["territories"] else 503)
