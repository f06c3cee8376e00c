"""Databases made once for a whole run of the tests: each process, and each running site, takes a copy.

Three stages follow one another: ``migrated`` (empty tables), ``zones`` (the official territories) and
``register`` (the poles and actors of the seeds). Whoever needs a stage first makes it, with the commands that
an installation uses; the others wait, then copy. On SQLite a stage is a file, on PostgreSQL a database that
serves as a template.
"""

import fcntl
import os
import secrets
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent
#: The command that makes each stage from the one before.
STAGES = {"migrated": "migrate", "zones": "territories_load", "register": "poles_load_seeds"}

#: Names a folder where SQLite stages are kept for the next run; ``./terreau test`` never uses it.
KEEP = "TERREAU_TEST_KEEP"
#: What a stage is made from, beside the migrations: rooms whose code or content change what it holds.
_LOADED = ["actors", "facts", "journal", "pieces", "poles", "search", "subjects", "territories"]
READ: dict[str, list[str]] = {"migrated": [], "zones": ["territories"], "register": _LOADED}


def folder_of_run(temporary: Path) -> Path:
    """Return the folder that all the processes of a run share, given the temporary folder of one of them."""
    return temporary.parent if "PYTEST_XDIST_WORKER" in os.environ else temporary


def server() -> str:
    """Return the address of PostgreSQL when the suite runs on it, else ``""``."""
    url = os.environ.get("TERREAU_DATABASE_URL", "")
    return url if url.startswith("postgres") else ""


def on_server(name: str) -> str:
    """Return the address of a database of that server."""
    return urlunsplit(urlsplit(server())._replace(path=f"/{name}"))


def environment(folder: Path, url: str) -> dict[str, str]:
    """Return the variables of a Terreau that lives in ``folder``, on ``url`` (``""``: SQLite)."""
    return {
        **{k: v for k, v in os.environ.items() if not k.startswith(("TERREAU_", "DJANGO_"))},
        "TERREAU_DATA_DIR": str(folder),
        "PYTHONPATH": str(ROOT / "src"),
        **({"TERREAU_DATABASE_URL": url} if url else {}),
    }


def manage(variables: dict[str, str], *arguments: str) -> None:
    """Run a management command; its failure fails the test, with what it said."""
    command = [sys.executable, str(ROOT / "manage.py"), *arguments, "--verbosity", "0"]
    done = subprocess.run(command, env=variables, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{arguments[0]} failed:\n{done.stdout}{done.stderr}"


# ---------------------------------------------------------------- making


def made(run: Path, stage: str) -> str:
    """Return the database of a stage (path of a file, or name on the server), made now if nobody did."""
    folder = run / "prepared" / stage
    with _alone(run):
        if not (folder / "made").exists():
            _make(run, stage, folder)
    return (folder / "made").read_text("utf-8")


def static_files(run: Path) -> Path:
    """Return the folder of the collected static files, collected now if nobody did."""
    folder = run / "prepared" / "static"
    with _alone(run):
        if not (folder / "made").exists():
            folder.mkdir(parents=True, exist_ok=True)
            manage(environment(folder, ""), "collectstatic", "--noinput")
            (folder / "made").touch()
    return folder / "statique"


def _make(run: Path, stage: str, folder: Path) -> None:
    folder.mkdir(parents=True)
    kept = _kept(stage)
    if kept and kept.exists():
        (folder / "made").write_text(str(kept), "utf-8")
        return
    before = list(STAGES)[list(STAGES).index(stage) - 1] if stage != next(iter(STAGES)) else ""
    base = made(run, before) if before else ""
    if server():
        name = f"terreau_{stage}_{secrets.token_hex(4)}"
        copy_on_server(run, base, name)
        manage(environment(folder, on_server(name)), STAGES[stage])
    else:
        name = str(folder / "terreau.sqlite3")
        if base:
            copy_file(base, name)
        manage(environment(folder, ""), STAGES[stage])
    (folder / "made").write_text(name, "utf-8")
    _keep(name, kept)


def _kept(stage: str) -> Path | None:
    """Return where a stage of this very code is kept from one run to the next, if the developer wants it."""
    keep = os.environ.get(KEEP)
    if not keep or server():
        return None
    rooms, total = ROOT / "src" / "terreau", sha256(stage.encode())
    wanted = [ROOT / "requirements" / "run.txt", *rooms.glob("*/migrations/*.py"), *rooms.glob("common/*.py")]
    for room in READ[stage]:
        wanted += [path for path in (rooms / room).rglob("*") if path.suffix in {".py", ".yaml"}]
    for path in sorted(set(wanted)):
        total.update(f"\0{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return Path(keep) / f"{stage}-{total.hexdigest()[:24]}.sqlite3"


def _keep(name: str, kept: Path | None) -> None:
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        fresh = kept.with_suffix(f".{os.getpid()}")
        copy_file(name, str(fresh))
        fresh.replace(kept)


_held: list[Path] = []
#: The database of the tests by alias, as it was named before they were set up.
_names: dict[str, str] = {}


@contextmanager
def _alone(run: Path) -> Iterator[None]:
    """Hold the lock of the run: one process makes, the others wait. Who holds it may take it again."""
    if _held:
        yield
        return
    (run / "prepared").mkdir(exist_ok=True)
    with (run / "prepared" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _held.append(run)
        try:
            yield
        finally:
            _held.clear()


# ---------------------------------------------------------------- copying


def copy_file(base: str, name: str) -> None:
    """Copy an SQLite database whole, what is still in its journal included."""
    with closing(sqlite3.connect(base)) as source, closing(sqlite3.connect(name)) as target:
        source.backup(target)


def copy_on_server(run: Path, base: str, name: str) -> None:
    """Put a copy of the database ``base`` (an empty one when ``""``) under ``name``, whatever was there.

    One at a time: PostgreSQL does not copy a template that somebody uses.
    """
    import psycopg

    with _alone(run), psycopg.connect(server(), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())
        like = f' TEMPLATE "{base}"' if base else ""
        connection.execute(f'CREATE DATABASE "{name}"{like}'.encode())


def drop(name: str) -> None:
    """Remove a database of the server."""
    import psycopg

    with psycopg.connect(server(), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


def take(run: Path, stage: str, connection: Any) -> None:
    """Fill the database of the tests of Django's ``connection`` with a stage, whatever was there."""
    base = made(run, stage)
    connection.close()
    # Once the tests are set up, Django would add its prefix to the name a second time.
    name = _names.setdefault(connection.alias, connection.creation._get_test_db_name())
    if server():
        copy_on_server(run, base, name)
    else:
        copy_file(base, name)


def forget(run: Path) -> None:
    """Leave nothing on the server of what a run made."""
    for stage in STAGES if server() else ():
        made_here = run / "prepared" / stage / "made"
        if made_here.exists():
            drop(made_here.read_text("utf-8"))
