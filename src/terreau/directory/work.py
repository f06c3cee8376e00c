"""Official registers imported from the page of administrators: read first, written when asked.

The files are gigabytes: they are put in a folder of the server, not sent through a browser. Stopped or killed
while it writes, the import is taken up by asking for it again with the same files.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.common.errors import DomainError
from terreau.directory import actions
from terreau.directory.models import Batch
from terreau.directory.telling import LINES, told
from terreau.jobs import work
from terreau.jobs.models import Job
from terreau.jobs.work import Progress

KIND = "directory.import"
#: What the folder offers, by the end of its name.
_TYPES = (".csv", ".zip", ".parquet")
#: Seconds between two signs of life while the engine reads.
_BEAT = 20
_BUSY = (Job.State.WAITING, Job.State.RUNNING)


def folder() -> Path:
    """Return where the files of a register are put to be imported."""
    found = Path(settings.DIRECTORY_DIR) / "a-importer"
    found.mkdir(parents=True, exist_ok=True)
    return found


def offered() -> list[Path]:
    """Return the files that wait in the folder, by name."""
    return sorted(path for path in folder().iterdir() if path.is_file() and path.suffix.lower() in _TYPES)


def running() -> Job | None:
    """Return the import that waits or runs: one at a time."""
    return Job.objects.filter(kind=KIND, state__in=_BUSY).first()


def ask(register: str, names: list[str], *, complete: bool, save: bool, by: User) -> Job:
    """Queue the reading of files of the folder, and their writing with ``save``.

    Raises ``DomainError``: ``bad_register``, ``bad_files`` (none, or not of the folder), ``import_running``
    (409).
    """
    if register not in Batch.Register.values:
        raise DomainError("bad_register", _("Choisissez un répertoire."), facts={"field": "register"})
    known = {path.name for path in offered()}
    if not names or set(names) - known:
        message = _("Choisissez au moins un fichier du dossier.")
        raise DomainError("bad_files", message, facts={"field": "names"})
    if running():
        message = _("Un import est déjà en cours : attendez qu'il finisse, ou arrêtez-le.")
        raise DomainError("import_running", message, status=409)
    # Of two people who ask at the same moment, one is told so when it would write (``actions.exclusive``).
    asked = {"register": register, "files": sorted(names), "complete": complete, "save": save}
    return work.start(KIND, asked, by=by)


@work.register(KIND)
def import_register(job: Progress) -> dict[str, Any]:
    """Read and compare; write when it was asked."""
    asked = job.arguments
    paths = [folder() / Path(name).name for name in asked["files"]]
    by = Job.objects.select_related("by").get(pk=job.id).by
    with _beating(job), actions.Import(paths, asked["register"], complete=asked["complete"]) as one:
        report = one.report(LINES)
        batch = one.save(by=by, progress=job.step) if asked["save"] else None
    return {**report, "saved": asked["save"], "batch": told(batch) if batch else None}


@contextmanager
def _beating(job: Progress) -> Iterator[None]:
    """Give signs of life from another thread: the engine reads for minutes without a word."""
    over = Event()

    def beat() -> None:
        try:
            while not over.wait(_BEAT):
                job.alive()
        finally:
            connection.close()

    thread = Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
