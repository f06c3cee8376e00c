"""The launcher, really run: a copy of the repository, a data folder of its own, real processes.

The environment is the one of the tests (``TERREAU_VENV``), marked as already installed, so that
nothing is downloaded; what the launcher does to install is tested on its own decisions.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from types import ModuleType

import pytest

from tests.house.tree import ROOT, tracked

pytestmark = [pytest.mark.slow]

#: A launcher is a parent of four processes that share two cores with the other tests.
PATIENCE = 240
NEEDED = ("terreau", "manage.py", "pyproject.toml", "requirements/", "src/")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tracked files that the launcher needs, and an environment that its stamp says complete."""
    folder = tmp_path_factory.mktemp("copy")
    for path in tracked():
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(NEEDED):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, folder / name)
    (folder / "environment" / "bin").mkdir(parents=True)
    python = folder / "environment" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    return folder


def stamp(copy: Path) -> None:
    """Say that the environment holds every group of requirements."""
    python = copy / "environment" / "bin" / "python"
    values = {"python": f"{python.resolve()} {python.stat().st_size}"}
    for group in ("run", "postgres", "dev"):
        path = copy / "requirements" / f"{group}.txt"
        values[group] = sha256(f"\0requirements/{group}.txt\0".encode() + path.read_bytes()).hexdigest()
    (copy / "environment" / "terreau.json").write_text(json.dumps(values))


def variables(copy: Path, **more: str) -> dict[str, str]:
    """The environment of a launcher: nothing of the tests' own settings."""
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith(("TERREAU_", "DJANGO_", "PYTHON", "PYTEST"))
    }
    return {**kept, "TERREAU_VENV": str(copy / "environment"), "CI": "", **more}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One data folder for the whole module: the first start fills it."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "run").mkdir()
    return folder


def run(copy: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the launcher to its end."""
    stamp(copy)
    command = [sys.executable, str(copy / "terreau"), *words]
    return subprocess.run(
        command, env=variables(copy, **more), capture_output=True, text=True, timeout=PATIENCE, check=False
    )


class Running:
    """A launcher that serves."""

    def __init__(self, copy: Path, *words: str, **more: str) -> None:
        stamp(copy)
        self.log = copy / "log"
        command = [sys.executable, str(copy / "terreau"), *words]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command,
                env=variables(copy, **more),
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        assert self.process.stdout
        self.address = self.process.stdout.readline().strip()
        assert re.fullmatch(r"http://localhost:\d+/", self.address), self.log.read_text()
        self.port = int(self.address.rsplit(":", 1)[1].strip("/"))

    def get(self, path: str) -> str:
        """The body of a page."""
        with urllib.request.urlopen(self.address + path, timeout=20) as answer:
            return str(answer.read().decode())

    def steps(self) -> str:
        """What the launcher said of its own steps."""
        return "\n".join(line for line in self.log.read_text().splitlines() if line.startswith("terreau |"))

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and return the exit status."""
        self.process.send_signal(number)
        return self.process.wait(30)


@contextmanager
def serving(copy: Path, *words: str, **more: str) -> Iterator[Running]:
    """A launcher on a free port, killed whatever happens."""
    running = Running(copy, "serve", "--port", "0", *words, **more)
    try:
        yield running
    finally:
        if running.process.stdout:
            running.process.stdout.close()
        if running.process.poll() is None:
            running.end(signal.SIGKILL)
            nothing_runs(running)


def commands_of(data: Path) -> list[str]:
    """Processes of this machine that work on a data folder, by their environment."""
    mark, found = f"TERREAU_DATA_DIR={data}".encode(), []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def nothing_runs(running: Running, data: Path | None = None) -> None:
    """Wait a little for the last process to end; the port is free again."""
    limit = time.monotonic() + 20
    while data and commands_of(data) and time.monotonic() < limit:
        time.sleep(0.1)
    assert not data or not commands_of(data)
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        while time.monotonic() < limit:
            try:
                probe.bind(("127.0.0.1", running.port))
                return
            except OSError:
                time.sleep(0.1)
    raise AssertionError(f"port {running.port} is still taken")


def test_first_start_then_second(copy: Path, data: Path) -> None:
    """The first start prepares everything; SIGTERM leaves nothing; the second start skips what is done."""
    words = ("--data-dir", str(data), "--no-demo")
    with serving(copy, *words) as first:
        assert json.loads(first.get("readyz"))["status"] == "ok"
        assert "<html" in first.get("compte/connexion/")
        for step in (
            "Base de données : fait",
            "Feuilles de style",
            "Territoires de France : fait",
            "Grilles fournies",
        ):
            assert step in first.steps()
        assert "Pôles" not in first.steps()
        names = " ".join(commands_of(data))
        assert "gunicorn" in names
        assert "jobs_work" in names
        assert first.end() == 0
        nothing_runs(first, data)
    with serving(copy, *words) as second:
        assert "fait en" not in second.steps(), "the second start did again what was done"
        assert json.loads(second.get("readyz"))["checks"]["territories"], (
            "the second start lost the territories"
        )
        assert second.end(signal.SIGINT) == 0
        nothing_runs(second, data)


def test_killed_by_force_it_leaves_nothing_and_no_stale_lock(copy: Path, data: Path) -> None:
    with serving(copy, "--data-dir", str(data), "--no-demo") as running:
        assert running.end(signal.SIGKILL) == -signal.SIGKILL
        nothing_runs(running, data)
    assert "processus" in (data / "run" / "serveur.lock").read_text(), (
        "the lock of the killed one should be there"
    )
    with serving(copy, "--data-dir", str(data), "--no-demo") as again:
        assert json.loads(again.get("healthz")) == {"status": "ok"}
        assert again.end(signal.SIGHUP) == 0


def test_a_second_launcher_on_the_same_folder_says_so(copy: Path, data: Path) -> None:
    with serving(copy, "--data-dir", str(data), "--no-demo") as running:
        done = run(copy, "--data-dir", str(data), "--port", "0")
        assert done.returncode == 1
        assert "tourne déjà" in done.stderr
        assert running.address in done.stderr
        assert done.stdout == ""
        assert json.loads(running.get("readyz"))["status"] == "ok"


def test_a_restored_database_is_prepared_again(copy: Path, data: Path, tmp_path: Path) -> None:
    """The stamps say that all is done; the database says that it is not: the database is right."""
    folder = tmp_path / "restored"
    shutil.copytree(data, folder, ignore=shutil.ignore_patterns("*.ctl", "terreau.sqlite3*"))
    (folder / "terreau.sqlite3").touch()
    assert json.loads((folder / "run" / "etat.json").read_text())["migrations"]
    with serving(copy, "--data-dir", str(folder), "--no-demo") as running:
        assert "préparée de nouveau" in running.steps()
        assert json.loads(running.get("readyz"))["status"] == "ok"


def test_on_postgresql(copy: Path, launcher: ModuleType, tmp_path: Path) -> None:
    """The same two starts on the other database, which a new server makes from nothing."""
    programs = launcher.postgres_programs()
    if programs is None:
        pytest.skip("PostgreSQL's server is not on this machine")
    words = ("--data-dir", str(tmp_path), "--no-demo")
    with launcher.throw_away_postgres(programs) as url:
        for already in (False, True):
            with serving(copy, *words, TERREAU_DATABASE_URL=url) as running:
                assert ("Territoires de France : fait" in running.steps()) is not already
                assert json.loads(running.get("readyz"))["status"] == "ok"
                assert running.end() == 0
                nothing_runs(running, tmp_path)
    assert not (tmp_path / "terreau.sqlite3").exists()


def test_a_taken_port_is_said_before_any_work(copy: Path, tmp_path: Path) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run(copy, "--port", str(port), "--data-dir", str(tmp_path))
    assert done.returncode == 1
    assert f"Le port {port} est déjà pris" in done.stderr
    assert "--port" in done.stderr
    assert not (tmp_path / "terreau.sqlite3").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--prot", "80"], "--prot"),
        (["--port", "eighty"], "écrire un nombre"),
        (["--port", "70000"], "écrire un nombre"),
        (["serve", "--workers", "3"], "--workers"),
        (["--data-dir"], "--data-dir"),
    ],
)
def test_a_bad_option_is_refused(copy: Path, words: list[str], said: str) -> None:
    done = run(copy, *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stdout == ""


def test_a_folder_that_cannot_be_made_is_said(copy: Path) -> None:
    done = run(copy, "--data-dir", "/proc/nowhere")
    assert done.returncode == 1
    assert "--data-dir" in done.stderr
    assert "Traceback" not in done.stderr


def test_another_word_is_a_command_whose_output_is_alone(copy: Path, data: Path, tmp_path: Path) -> None:
    done = run(copy, "--data-dir", str(tmp_path), "migrate", "--plan")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Planned operations:")
    done = run(copy, "showmigrations", "--plan", TERREAU_DATA_DIR=str(data))
    assert done.stdout.startswith("[X]"), done.stderr


def test_a_command_that_needs_the_database_finds_it_ready(copy: Path, data: Path, tmp_path: Path) -> None:
    """What no stamp says is done again, in silence on standard output; then nothing is done."""
    folder = tmp_path / "data"
    shutil.copytree(data, folder, ignore=shutil.ignore_patterns("*.ctl"))
    (folder / "run" / "etat.json").write_text('{"poles_wanted": false}')
    asked = "from terreau.territories.models import Zone; print(Zone.objects.exists())"
    words = ("shell", "--verbosity", "0", "--command", asked)
    done = run(copy, *words, TERREAU_DATA_DIR=str(folder))
    assert done.stdout == "True\n", done.stderr
    assert "Territoires de France : fait" in done.stderr
    assert "Pôles" not in done.stderr
    assert run(copy, *words, TERREAU_DATA_DIR=str(folder)).stderr == ""


def test_the_status_of_a_command_is_the_status_of_the_launcher(copy: Path, data: Path) -> None:
    assert run(copy, "check", "--tag", "nothing", TERREAU_DATA_DIR=str(data)).returncode != 0


def test_help_names_the_commands(copy: Path) -> None:
    done = run(copy, "--help")
    assert done.returncode == 0
    for word in ("--host", "--port", "--data-dir", "--no-demo", "test"):
        assert word in done.stdout


def test_a_wrong_setting_is_said_and_stops_everything(copy: Path, tmp_path: Path) -> None:
    done = run(copy, "--data-dir", str(tmp_path), "--port", "0", TERREAU_LOG="xml")
    assert done.returncode == 1
    assert "TERREAU_LOG" in done.stderr
    assert "texte ou json" in done.stderr
