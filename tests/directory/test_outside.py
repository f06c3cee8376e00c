"""An outside directory that is good, slow or broken: a real server on this machine, never a double of
ours."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.test import Client

from terreau.directory import outside
from terreau.directory.outside import Circuit

GOOD = {
    "results": [
        {
            "siren": "400000011",
            "nom_complet": "FABRIQUE D'AILLEURS (FA)",
            "nom_raison_sociale": "FABRIQUE D'AILLEURS",
            "nature_juridique": "9220",
            "etat_administratif": "A",
            "statut_diffusion": "O",
            "siege": {"siret": "40000001100011", "commune": "01220", "code_postal": "01200"},
        },
        {"siren": "400000029", "nom_complet": "JEAN X", "nature_juridique": "1000", "siege": {}},
        {"siren": "400000037", "nom_complet": "CACHÉE", "nature_juridique": "5499", "statut_diffusion": "P"},
    ]
}


class Outside(ThreadingHTTPServer):
    """Behaves as ``mood`` says and counts what it was asked."""

    mood = "good"
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is what the tests want."""


class Handler(BaseHTTPRequestHandler):
    server: Outside

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        mood = self.server.mood
        if mood == "slow":
            time.sleep(3)
        if mood == "redirects":
            self.send_response(302)
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/elsewhere")
            self.end_headers()
            return
        body = json.dumps(GOOD).encode() if mood not in {"broken", "endless"} else b"<html>"
        self.send_response(503 if mood == "down" else 200)
        if mood not in {"drips", "endless"}:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if mood == "drips":
            for byte in body:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(0.1)
        for _ in range(4000 if mood == "endless" else 1):
            self.wfile.write(body * (100 if mood == "endless" else 1))

    def log_message(self, *args: Any) -> None:
        """Silent."""


@pytest.fixture
def server(settings: Any) -> Iterator[Outside]:
    with Outside() as found:
        thread = threading.Thread(target=found.serve_forever, daemon=True)
        thread.start()
        settings.OUTSIDE_DIRECTORY = f"http://127.0.0.1:{found.server_port}"
        outside.circuit.learn(ok=True)
        yield found
        outside.circuit.learn(ok=True)
        found.shutdown()


def test_what_it_finds_is_read_as_at_home(server: Outside) -> None:
    (found,) = outside.search("fabrique d'ailleurs")
    assert (found.name, found.siren, found.source) == ("FABRIQUE D'AILLEURS", "400000011", "outside")
    assert (found.commune, found.postcode) == ("01185", "01200"), "a former commune is followed"
    assert "q=fabrique+d%27ailleurs" in server.asked[0]


@pytest.mark.parametrize("mood", ["slow", "drips", "broken", "down", "redirects", "endless"])
def test_a_bad_one_is_given_up_in_time(server: Outside, mood: str) -> None:
    server.mood = mood
    started = time.monotonic()
    assert outside.search("fabrique") == []
    assert time.monotonic() - started < 2.5
    assert len(server.asked) == 1, "nothing is followed nor asked twice"


def test_one_that_fails_is_left_alone_then_tried_once(
    server: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(outside, "circuit", Circuit(clock=lambda: now[0]))
    server.mood = "down"
    for _ in range(outside.FAILURES + 2):
        assert outside.search("fabrique") == []
    assert len(server.asked) == outside.FAILURES
    now[0] += outside.PAUSE + 1
    assert outside.search("fabrique") == []
    assert outside.search("fabrique") == []
    assert len(server.asked) == outside.FAILURES + 1, "one is let through"
    now[0] += outside.PAUSE + 1
    server.mood = "good"
    assert len(outside.search("fabrique")) == 1
    assert len(outside.search("fabrique")) == 1


@pytest.mark.django_db
def test_it_is_asked_only_when_nothing_is_held(server: Outside, client: Client) -> None:
    found = client.get("/completion/organisations/", {"q": "fabrique d'ailleurs"}).json()["results"]
    assert [one["source"] for one in found] == ["outside"]
    server.mood = "slow"
    assert client.get("/completion/organisations/", {"q": "rien"}).json() == {"results": []}


@pytest.mark.django_db
def test_it_is_off_by_default(client: Client) -> None:
    assert outside.search("fabrique") == []
    assert client.get("/completion/organisations/", {"q": "fabrique d'ailleurs"}).json() == {"results": []}
