"""Runs the real server on its own database, for the browser and for tools that speak HTTP."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import prepared

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def serve(folder: Path, *more: list[str]) -> Iterator[str]:
    """Start gunicorn on a register of its own under ``folder``, yield its address, stop it.

    ``folder`` is a new one of ``tmp_path_factory``: what every site starts from is made once for the run
    (tests/prepared.py) and copied. ``more`` are management commands to run before the start. The address of
    the database is left in ``folder/database``, empty for SQLite, for who starts a worker beside.
    """
    run = prepared.folder_of_run(folder.parent)
    with _database(run, folder) as url:
        environment = prepared.environment(folder, url)
        (folder / "database").write_text(url, "ascii")
        shutil.copytree(prepared.static_files(run), folder / "statique", copy_function=os.link)
        for command in more:
            prepared.manage(environment, *command)
        port = free_port()
        arguments = ["-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--threads", "4"]
        arguments += ["--control-socket", str(folder / "gunicorn.ctl"), "terreau.config.wsgi:application"]
        log = (folder / "gunicorn.log").open("wb")
        server = subprocess.Popen(
            [sys.executable, *arguments], env=environment, cwd=ROOT, stdout=log, stderr=log
        )
        try:
            _wait(f"http://localhost:{port}/readyz", server)
            yield f"http://localhost:{port}"
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(20)
            log.close()


def free_port() -> int:
    """Return a TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert server.poll() is None, "the server stopped while starting"
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise AssertionError(f"{url} did not answer in 30 s")


@contextmanager
def _database(run: Path, folder: Path) -> Iterator[str]:
    """Put a copy of the register in ``folder`` (``""``), or on the server of the suite (its address)."""
    register = prepared.made(run, "register")
    if not prepared.server():
        prepared.copy_file(register, str(folder / "terreau.sqlite3"))
        yield ""
        return
    name = f"terreau_site_{secrets.token_hex(4)}"
    prepared.copy_on_server(run, register, name)
    try:
        yield prepared.on_server(name)
    finally:
        prepared.drop(name)
