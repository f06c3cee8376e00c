"""Runs the real server on its own database, for the browser and for tools that speak HTTP."""

import os
import secrets
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
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def serve(folder: Path, *more: list[str]) -> Iterator[str]:
    """Migrate and load a fresh database under ``folder``, start gunicorn, yield its address, stop it.

    ``more`` are management commands to run before the start, beyond those of every site. The address of the
    database is left in ``folder/database``, empty for SQLite, for who starts a worker beside.
    """
    with _database(folder) as url:
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("TERREAU_", "DJANGO_"))},
            "TERREAU_DATA_DIR": str(folder),
            "PYTHONPATH": str(ROOT / "src"),
            **({"TERREAU_DATABASE_URL": url} if url else {}),
        }
        (folder / "database").write_text(url or "", "ascii")
        always = (["migrate"], ["collectstatic", "--noinput"], ["territories_load"], ["poles_load_seeds"])
        for command in (*always, *more):
            _manage(environment, command)
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


def _manage(environment: dict[str, str], arguments: list[str]) -> None:
    command = [sys.executable, str(ROOT / "manage.py"), *arguments, "--verbosity", "0"]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{arguments[0]} failed:\n{done.stdout}{done.stderr}"


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
def _database(folder: Path) -> Iterator[str]:
    """Yield the address of a fresh PostgreSQL database when the suite runs on PostgreSQL, else ``""``."""
    url = os.environ.get("TERREAU_DATABASE_URL", "")
    if not url.startswith("postgres"):
        yield ""
        return
    import psycopg

    name = f"terreau_site_{secrets.token_hex(4)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
