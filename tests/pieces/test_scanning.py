"""Pieces wait in quarantine until the scanner has looked at them."""

import io
import json
import socket
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from terreau.accounts.models import User
from terreau.jobs.models import Job
from terreau.journal.models import Event
from terreau.notices.models import Notice
from terreau.pieces import actions, scanning, store
from terreau.pieces.actions import SCAN, attach, move
from terreau.pieces.clamd import Clamd, ScannerDownError
from terreau.pieces.models import Piece
from terreau.subjects import actions as subjects
from tests.pieces.scanner import EICAR, clamd, real, spoken
from tests.two_connections import at_once

pytestmark = pytest.mark.django_db
State = Piece.State


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.PIECES_DIR = tmp_path / "pieces"
    return tmp_path / "pieces"


@pytest.fixture
def nobody(settings: Any) -> str:
    """A scanner that is set and does not answer."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
    settings.CLAMD = address
    return address


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker is busy elsewhere."""
    monkeypatch.setattr(actions, "ask_for_scan", lambda: None)


@pytest.fixture
def scanner(settings: Any) -> Iterator[str]:
    with spoken() as address:
        settings.CLAMD = address
        yield address


def deposit(content: bytes = b"nom;siren\n", name: str = "liste.csv", by: User | None = None) -> Piece:
    return attach(subjects.create("actor"), io.BytesIO(content), name, by=by)


def state_of(piece: Piece) -> str:
    piece.refresh_from_db()
    return piece.state


def test_without_a_scanner_the_type_is_enough(settings: Any) -> None:
    settings.CLAMD = ""
    piece = deposit()
    assert (piece.state, piece.scanned_at, piece.scanner) == (State.CLEAN, None, "")
    assert not scanning.due()
    with pytest.raises(CommandError, match="TERREAU_CLAMD"):
        call_command("pieces_scan")


@pytest.mark.usefixtures("later")
def test_what_the_scanner_finds_is_refused_and_said(scanner: str) -> None:
    person = User.objects.create_user("a@example.org")
    clean, bad = deposit(by=person), deposit(EICAR, "eicar.txt", by=person)
    assert {clean.state, bad.state} == {State.QUARANTINE}
    report = scanning.scan(scanning.waiting())
    assert (report.accepted, report.refused, report.waiting, report.scanner) == (1, 1, 0, "Essai 1.0")
    assert (state_of(clean), state_of(bad), bad.reason) == (State.CLEAN, State.REFUSED, "Eicar")
    assert clean.scanned_at
    assert "eicar.txt" in Notice.objects.get(to=person).text
    (event,) = Event.objects.filter(subject=bad.subject)
    assert (event.verb, event.data["reason"]) == ("piece.refused", "Eicar")
    assert "eicar.txt" not in str(event.data)


def test_a_scanner_that_is_down_leaves_pieces_waiting_and_says_so(nobody: str) -> None:
    piece = deposit()
    report = scanning.scan(scanning.waiting())
    assert (report.accepted, report.waiting) == (0, 1)
    assert nobody in report.trouble
    assert state_of(piece) == State.QUARANTINE
    assert scanning.due()
    out = StringIO()
    with pytest.raises(CommandError, match="pas tout analysé"):
        call_command("pieces_scan", "--json", stdout=out)
    assert json.loads(out.getvalue())["waiting"] == 1


@pytest.mark.parametrize("answer", ["stream: weird ERROR", "INSTREAM size limit exceeded. ERROR", "", "\n"])
def test_an_answer_that_is_no_verdict_accepts_nothing(settings: Any, answer: str) -> None:
    with spoken(answer or "stream:") as address:
        settings.CLAMD = address
        piece = deposit()
        report = scanning.scan(scanning.waiting())
    assert str(piece.pk) in report.trouble
    assert state_of(piece) == State.QUARANTINE


def test_a_piece_that_cannot_be_scanned_holds_no_other(scanner: str) -> None:
    lost, other = deposit(b"perdue"), deposit(b"autre")
    Piece.objects.update(state=State.QUARANTINE)
    store.path_of(lost.blob_id).unlink()
    report = scanning.scan(scanning.waiting())
    assert (report.accepted, report.waiting) == (1, 1)
    assert state_of(other) == State.CLEAN


def test_the_worker_scans_what_waits(scanner: str) -> None:
    piece = deposit()
    (job,) = Job.objects.filter(kind=SCAN)
    assert (job.state, job.report["accepted"], job.report["trouble"]) == (Job.State.DONE, 1, "")
    assert state_of(piece) == State.CLEAN


def test_the_worker_says_that_pieces_wait_and_comes_back(nobody: str) -> None:
    deposit()
    (job,) = Job.objects.filter(kind=SCAN)
    assert (job.state, job.report["waiting"]) == (Job.State.DONE, 1)
    assert nobody in job.report["trouble"]
    assert scanning.due()


def test_the_worker_is_asked_once_for_all_that_waits(scanner: str) -> None:
    Job.objects.create(kind=SCAN)
    deposit()
    assert Job.objects.filter(kind=SCAN).count() == 1


def test_newer_signatures_refuse_what_was_accepted_and_its_copies(scanner: str, settings: Any) -> None:
    settings.CLAMD = ""
    first, copy = deposit(EICAR, "a.txt"), deposit(EICAR, "b.txt")
    assert first.state == State.CLEAN
    settings.CLAMD = scanner
    out = StringIO()
    call_command("pieces_scan", "--json", stdout=out)
    assert json.loads(out.getvalue())["refused"] == 0, "only what waits"
    call_command("pieces_scan", "--all", "--json", stdout=StringIO())
    assert {state_of(first), state_of(copy)} == {State.REFUSED}
    with pytest.raises(Exception, match="en attente"):
        move(first, "accept")


def test_a_refused_piece_has_a_reason() -> None:
    piece = deposit()
    with pytest.raises(IntegrityError), transaction.atomic():
        Piece.objects.filter(pk=piece.pk).update(state=State.REFUSED, reason="")


@pytest.mark.usefixtures("later")
@pytest.mark.django_db(transaction=True)
def test_two_workers_move_a_piece_once(scanner: str) -> None:
    piece = deposit()

    def work() -> int:
        return scanning.scan(scanning.waiting()).accepted

    done = at_once(work, work)
    assert [one for one in done if isinstance(one, Exception)] == []
    assert sum(done) == 1
    assert Event.objects.filter(subject=piece.subject).count() == 1


@pytest.mark.slow
@pytest.mark.usefixtures("later")
@pytest.mark.skipif(not clamd(), reason="clamd is not installed: apt install clamav-daemon")
def test_the_real_scanner(tmp_path: Path, settings: Any) -> None:
    with real(tmp_path) as address:
        settings.CLAMD = address
        clean, bad = deposit(), deposit(EICAR, "eicar.txt")
        large = deposit(b"a" * 1_500_000, "gros.txt")
        report = scanning.scan(scanning.waiting())
        assert report.scanner.startswith("ClamAV")
        assert (report.accepted, report.refused, report.waiting) == (1, 1, 1)
        assert "limit" in report.trouble
        assert (state_of(clean), state_of(bad), state_of(large)) == (
            State.CLEAN,
            State.REFUSED,
            State.QUARANTINE,
        )
        assert "Terreau.Test" in bad.reason
    with pytest.raises(ScannerDownError):
        Clamd(address).scan(io.BytesIO(b"a"))
