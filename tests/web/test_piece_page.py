"""A piece is read by who may, saved and never shown; others do not learn that it exists."""

import io
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from terreau.journal.models import Refusal
from terreau.pieces import store
from terreau.pieces.actions import attach
from terreau.pieces.models import Piece
from terreau.subjects import actions as subjects
from tests.people import People

CONTENT = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"


@pytest.fixture
def piece(people: People, settings: Any, tmp_path: Path) -> Piece:
    settings.PIECES_DIR = tmp_path / "pieces"
    return attach(people.pole_actor.subject, io.BytesIO(CONTENT), "Statuts signés.pdf", by=people.member)


def address(piece: Piece) -> str:
    return f"/pieces/{piece.pk}/"


def status(client: Client, piece: Piece) -> int:
    """Ask for a piece, read what is sent to its end, and return the status."""
    response: Any = client.get(address(piece))
    if response.streaming:
        b"".join(response.streaming_content)
    return int(response.status_code)


@pytest.mark.parametrize("role", ["animator", "member", "moderator", "officer", "administrator"])
def test_who_keeps_the_sheet_saves_it(client: Client, people: People, piece: Piece, role: str) -> None:
    people.sign_in(client, getattr(people, role))
    response: Any = client.get(address(piece))
    assert response.status_code == 200
    assert b"".join(response.streaming_content) == CONTENT
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith(
        "attachment; filename*=utf-8''Statuts%20sign%C3%A9s.pdf"
    )
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert "script-src" not in response["Content-Security-Policy"]
    assert response["Cache-Control"] == "private, no-store"


def test_a_stranger_does_not_learn_that_it_exists(client: Client, piece: Piece) -> None:
    before = Refusal.objects.count()
    response = client.get(address(piece))
    unknown = client.get(f"/pieces/{uuid4()}/")
    assert (response.status_code, unknown.status_code) == (404, 404)
    assert "Statuts" not in response.content.decode()
    assert Refusal.objects.count() == before, "a stranger takes no write lock"


def test_a_reader_of_the_sheet_is_refused_and_counted(client: Client, people: People, piece: Piece) -> None:
    people.sign_in(client, people.stranger)
    assert [status(client, piece) for _ in range(2)] == [403, 403]
    refusal = Refusal.objects.get(verb="piece.read", by=people.stranger.pk)
    assert (refusal.subject_id, refusal.count) == (people.pole_actor.pk, 2)


def test_who_may_not_see_the_sheet_gets_404(client: Client, people: People, piece: Piece) -> None:
    people.pole_actor.subject.public = False
    people.pole_actor.subject.save()
    people.sign_in(client, people.stranger)
    assert status(client, piece) == 404
    people.sign_in(client, people.moderator_elsewhere)
    assert status(client, piece) == 404


def test_a_public_piece_is_for_anybody_once_it_is_clean(client: Client, people: People, piece: Piece) -> None:
    Piece.objects.filter(pk=piece.pk).update(public=True)
    assert status(client, piece) == 200
    Piece.objects.filter(pk=piece.pk).update(state=Piece.State.QUARANTINE)
    assert status(client, piece) == 404
    people.pole_actor.subject.public = False
    people.pole_actor.subject.save()
    Piece.objects.filter(pk=piece.pk).update(state=Piece.State.CLEAN)
    assert status(client, piece) == 404, "a public piece of a sheet that is not"


@pytest.mark.parametrize(
    ("state", "reason", "expected", "said"),
    [("quarantine", "", 423, "attend l&#x27;analyse"), ("refused", "Eicar", 410, "Eicar")],
)
def test_what_is_not_out_of_quarantine_is_served_to_nobody(
    client: Client, people: People, piece: Piece, state: str, reason: str, expected: int, said: str
) -> None:
    Piece.objects.filter(pk=piece.pk).update(state=state, reason=reason)
    people.sign_in(client, people.administrator)
    response = client.get(address(piece))
    assert response.status_code == expected
    assert said in response.content.decode().replace("&#39;", "&#x27;")
    assert CONTENT not in response.content


def test_a_piece_of_what_is_no_actor_is_for_who_brought_it(
    client: Client, people: People, settings: Any, tmp_path: Path
) -> None:
    settings.PIECES_DIR = tmp_path / "pieces"
    piece = attach(subjects.create("import"), io.BytesIO(b"nom\n"), "liste.csv", by=people.stranger)
    people.sign_in(client, people.stranger)
    assert status(client, piece) == 200
    people.sign_in(client, people.animator)
    assert status(client, piece) == 404
    people.sign_in(client, people.administrator)
    assert status(client, piece) == 200


def test_bytes_that_are_gone_are_said(client: Client, people: People, piece: Piece) -> None:
    store.path_of(piece.blob_id).unlink()
    people.sign_in(client, people.animator)
    assert status(client, piece) == 410


def test_it_is_only_read(client: Client, people: People, piece: Piece) -> None:
    people.sign_in(client, people.animator)
    assert client.post(address(piece)).status_code == 405
