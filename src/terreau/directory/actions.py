"""Importing an official register: read and check, show the difference, write it by a batch, take it back."""

import fcntl
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.common.errors import DomainError
from terreau.directory import problems, undoing, writing
from terreau.directory.difference import Difference, compare, sample
from terreau.directory.engine import opened
from terreau.directory.held import unit_numbers
from terreau.directory.models import Batch
from terreau.directory.stage import Staged, bring, stage
from terreau.directory.tables import TABLES
from terreau.directory.writing import Progress
from terreau.journal.actions import record_batch
from terreau.subjects import actions as subjects
from terreau.subjects.models import Subject

_STALE = 2 * 86400


def _no_progress(done: int, total: int) -> None:
    """Nobody looks."""


class Import:
    """The files of one import in the engine, from reading to writing; a context manager.

    ``complete`` says that the files are the whole register: what they do not have is removed. Raises
    ``DomainError`` for a file that cannot be read; what is wrong inside is told by ``report``.
    """

    def __init__(self, paths: Iterable[Path], register: str, *, complete: bool = False) -> None:
        self.paths, self.register, self.complete = list(paths), register, complete
        self.started = time.monotonic()
        self._closing = ExitStack()

    def __enter__(self) -> "Import":
        self.folder = self._closing.enter_context(_workspace())
        try:
            brought = bring(self.paths, self.register, self.folder)
            self.db = self._closing.enter_context(opened(self.folder))
            self.staged: Staged = stage(self.db, brought, self.register, unit_numbers())
        except BaseException:
            self._closing.close()
            raise
        problems.add_those_of_files(self.db, brought)
        return self

    def __exit__(self, *error: object) -> None:
        self._closing.close()

    @cached_property
    def differences(self) -> list[Difference]:
        """What the files change of what is held, by table; computed once."""
        return [
            compare(self.db, table, self.folder, complete=self.complete)
            for table in TABLES[self.register]
            if table.name in self.staged.sound
        ]

    @cached_property
    def problem_counts(self) -> dict[str, int]:
        """How many problems of each kind."""
        return problems.counts(self.db, self.staged.files)

    def report(self, shown: int = problems.SHOWN) -> dict[str, Any]:
        """What was read, what would change, and the first problems of each kind, as JSON types."""
        return {
            "register": self.register,
            "files": [_told(one) for one in self.staged.files],
            "read": self.staged.read,
            "natural_persons_dropped": self.staged.persons,
            "tables": {one.table.name: self._counted(one) for one in self.differences},
            "problems": self.problem_counts,
            "first_problems": [
                one.as_dict() for one in problems.listed(self.db, self.staged.files, min(shown, 1000))
            ],
            "seconds": round(time.monotonic() - self.started, 1),
        }

    def _counted(self, one: Difference) -> dict[str, Any]:
        sound = self.staged.sound[one.table.name]
        return {
            "sound": sound,
            "added": one.added,
            "changed": one.changed,
            "unchanged": sound - one.added - one.changed,
            "removed": one.removed,
            "absent_from_the_files": one.absent,
            "first": sample(self.db, one),
        }

    def write_problems(self, path: Path) -> int:
        """Write every problem as a CSV; return how many."""
        return problems.write_all(self.db, self.staged.files, path)

    def save(
        self, *, by: User | None, published_on: date | None = None, progress: Progress = _no_progress
    ) -> Batch | None:
        """Write the difference; None when there is nothing to write.

        Takes up the batch that a kill interrupted when the files are the same. ``DomainError``
        ``import_running`` (409) while another import of this register writes, ``import_interrupted`` (409)
        when the one that was interrupted had other files.
        """
        with exclusive(self.register):
            batch = self._interrupted()
            self.__dict__.pop("differences", None)
            if batch is None and not any(one.total for one in self.differences):
                return None
            batch = batch or self._open(by, published_on)
            writing.write(self.db, batch, self.differences, self.folder, progress)
            return _finish(batch, Batch.State.DONE, "directory.written", by=by)

    def _interrupted(self) -> Batch | None:
        batch = Batch.objects.filter(register=self.register, state__in=_UNFINISHED).first()
        same = batch and batch.fingerprint == self.staged.fingerprint and batch.complete == self.complete
        if batch is None or (same and batch.state == Batch.State.WRITING):
            return batch
        names = ", ".join(file["name"] for file in batch.files)
        message = _(
            "Le lot %(batch)d (%(files)s) a été interrompu : relancez-le avec les mêmes fichiers et les "
            "mêmes options, ou annulez-le par --undo %(batch)d."
        )
        facts = {"batch": batch.pk, "files": names}
        raise DomainError("import_interrupted", message % facts, facts=facts, status=409)

    @transaction.atomic
    def _open(self, by: User | None, published_on: date | None) -> Batch:
        return Batch.objects.create(
            subject=subjects.create(Subject.Kind.IMPORT),
            register=self.register,
            files=[_told(one) for one in self.staged.files],
            fingerprint=self.staged.fingerprint,
            digest=self.staged.digest,
            published_on=published_on,
            complete=self.complete,
            read=self.staged.read,
            problems=self.problem_counts,
            by=by,
        )


_UNFINISHED = (Batch.State.WRITING, Batch.State.UNDOING)


def undo(batch: Batch, *, by: User | None, progress: Progress = _no_progress) -> Batch:
    """Take a batch back: what it changed or removed is as before, what it added is gone.

    Only the last batch of a register that is not undone can be (409 ``not_the_last``): a later one may have
    changed the same rows. Goes on after a kill by being asked again.
    """
    with exclusive(batch.register):
        batch = Batch.objects.get(pk=batch.pk)
        last = Batch.objects.filter(register=batch.register).exclude(state=Batch.State.UNDONE).first()
        if batch.state == Batch.State.UNDONE:
            raise DomainError("already_undone", _("Ce lot est déjà annulé."), status=409)
        if last is None or last.pk != batch.pk:
            message = _("Seul le dernier lot d'un répertoire s'annule : annulez d'abord le lot %(last)d.")
            facts = {"batch": batch.pk, "last": last.pk if last else 0}
            raise DomainError("not_the_last", message % facts, facts=facts, status=409)
        Batch.objects.filter(pk=batch.pk).update(state=Batch.State.UNDOING, finished_at=None)
        total = batch.added + batch.changed + batch.removed
        undoing.undo(batch, lambda done: progress(done, total))
        return _finish(batch, Batch.State.UNDONE, "directory.undone", by=by)


@transaction.atomic
def _finish(batch: Batch, state: str, verb: str, *, by: User | None) -> Batch:
    Batch.objects.filter(pk=batch.pk).update(state=state, finished_at=timezone.now())
    batch.refresh_from_db()
    counts = {"added": batch.added, "changed": batch.changed, "removed": batch.removed}
    data = {"register": batch.register, "files": batch.fingerprint, **counts}
    record_batch(batch.subject, verb, by=by, digest=batch.digest, count=sum(counts.values()), data=data)
    if connection.vendor == "postgresql":
        _settle(batch.register)
    return batch


def _settle(register: str) -> None:
    """Bring what was written into the index of words, and count it for the planner."""
    with connection.cursor() as cursor:
        for table in TABLES[register]:
            if "words" in table.columns:
                cursor.execute("SELECT gin_clean_pending_list(%s)", [f"{table.name}_fts"])
            cursor.execute(f"ANALYZE {table.name}")


@contextmanager
def exclusive(register: str) -> Iterator[None]:
    """Let one process at a time write a register; ``DomainError`` (409) to the others, at once."""
    folder = _folder()
    with (folder / f"{register}.lock").open("w") as file:
        if not (_locked(file) and _advisory(register, take=True)):
            message = _("Un autre import de ce répertoire est en train d'écrire. Attendez qu'il finisse.")
            raise DomainError("import_running", message, facts={"register": register}, status=409)
        try:
            yield
        finally:
            _advisory(register, take=False)


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _advisory(register: str, *, take: bool) -> bool:
    """Take or give back PostgreSQL's lock, which several machines share; it goes with the connection."""
    if connection.vendor != "postgresql":
        return True
    verb = "pg_try_advisory_lock" if take else "pg_advisory_unlock"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {verb}(hashtext(%s))", [f"terreau.directory.{register}"])
        return bool(cursor.fetchone()[0])


def _folder() -> Path:
    folder = Path(settings.DIRECTORY_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def _workspace() -> Iterator[Path]:
    """A folder of the data folder for the engine and what is unpacked; those of killed imports are
    removed."""
    parent = _folder()
    for old in parent.glob("import-*"):
        if old.stat().st_mtime < time.time() - _STALE:
            shutil.rmtree(old, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix="import-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _told(one: Any) -> dict[str, Any]:
    return {
        "name": one.file.name,
        "layout": one.match.layout.code,
        "sha256": one.file.sha256,
        "bytes": one.file.size,
        "missing_columns": one.match.missing,
    }
