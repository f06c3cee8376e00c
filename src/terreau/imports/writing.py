"""Writing an import, and taking it back: short transactions, each with its event and where the work stands.

A batch holds the write lock of SQLite for less than 200 ms: its size follows what the batch before it took.
What a kill interrupts goes on from the last batch that was kept.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from terreau.accounts.models import User
from terreau.common import canonical
from terreau.common.errors import DomainError
from terreau.imports import actions, kinds, staging
from terreau.imports.checking import Read, compared, context_of, read_lines
from terreau.imports.kinds import LEFT, SAME, WRITABLE, Context, Kind, Outcome, Row, Wrote
from terreau.imports.models import Import, ImportedRow, SetAside
from terreau.imports.staging import Line
from terreau.jobs.models import Job
from terreau.jobs.work import Progress
from terreau.journal.actions import record_batch

#: A batch aims at this long, so that one twice as slow still ends before 200 ms.
AIM_MS = 90.0
#: Lines cost from 1 to 20 ms: after many light ones, as many heavy ones must still fit.
MOST_ROWS = 8


@dataclass
class _Pace:
    """How many rows the next batch takes."""

    rows: int = 2
    longest: float = 0.0
    most: int = MOST_ROWS

    def took(self, milliseconds: float, rows: int) -> None:
        """Follow what a batch took; grow slowly, shrink at once."""
        self.longest = max(self.longest, milliseconds)
        fitting = int(rows * AIM_MS / max(milliseconds, 1.0))
        self.rows = max(1, min(self.most, self.rows * 2, fitting))


def write(job: Progress) -> dict[str, Any]:
    """Write what was accepted, batch by batch; the report says how many and how long the longest took."""
    brought = _import_of(job)
    with override(brought.language):
        kind = kinds.get(brought.kind)
        context = context_of(brought, kind, by=_who(job), writing=True)
        pace, total = _Pace(), _expected(brought)
        done, batch = job.checkpoint.get("done", 0), job.checkpoint.get("batch", 0)
        pace.most = kind.most
        try:
            for lines in _accepted(brought, job.checkpoint.get("row", 0), pace):
                batch += 1
                reads = list(read_lines(brought, kind, only=[line.row for line in lines]))
                done += len(lines)
                with transaction.atomic():
                    start = time.perf_counter()
                    _write_batch(context, brought, batch, lines, reads)
                    job.step(done, total, done=done, batch=batch, row=lines[-1].row)
                    took = (time.perf_counter() - start) * 1000
                pace.took(took, len(lines))
        except _Broken as broken:
            return _taken_back(brought, kind, context, batch, broken.refused)
        actions._move(brought, "written")
        return {**outcomes_of(brought.pk), "batches": batch, "longest_ms": round(pace.longest)}


class _Broken(Exception):  # noqa: N818 - no error: what was written goes back
    """A line of a kind that is whole is no longer accepted: nothing of the file stays."""

    def __init__(self, refused: list[ImportedRow]) -> None:
        super().__init__()
        self.refused = refused


def _taken_back(
    brought: Import, kind: Kind, context: Context, batch: int, refused: list[ImportedRow]
) -> dict[str, Any]:
    """Take back what a whole file wrote before a refusal, and keep which lines were refused and why."""
    with transaction.atomic():
        rows = list(ImportedRow.objects.filter(brought=brought, undone_at=None).exclude(wrote=[]))
        if rows and kind.undo_many is not None:
            kind.undo_many(context, [row.wrote for row in reversed(rows)])
            kind.settle([row.wrote for row in rows])
        ImportedRow.objects.filter(pk__in=[row.pk for row in rows]).update(undone_at=timezone.now())
        ImportedRow.objects.bulk_create(sorted(refused, key=lambda row: row.row))
        _tell(brought, "import.batch_undone", batch, rows, by=context.by)
        actions._move(brought, "written")
        actions._move(brought, "undo")
        actions._move(brought, "undone")
    return {**outcomes_of(brought.pk), "undone": len(rows), "kept": 0, "batches": batch}


def undo(job: Progress) -> dict[str, Any]:
    """Take back what an import wrote, the last line first; what others built on stays, and says why."""
    brought = _import_of(job)
    with override(brought.language):
        kind = kinds.get(brought.kind)
        context = context_of(brought, kind, by=_who(job), writing=True)
        living = ImportedRow.objects.filter(brought=brought, undone_at=None).exclude(wrote=[])
        pace, total = _Pace(most=kind.most), living.count() + job.checkpoint.get("done", 0)
        if kind.undo_many is not None:
            # Every row can be taken back, which was checked: as many at a time as the lock allows.
            pace.rows = kind.most
        done, last = job.checkpoint.get("done", 0), job.checkpoint.get("last")
        batch = job.checkpoint.get("batch", 0)
        while rows := list(_before(living, last).order_by("-pk")[: pace.rows]):
            batch, done, last = batch + 1, done + len(rows), rows[-1].pk
            with transaction.atomic():
                start = time.perf_counter()
                _undo_batch(brought, kind, context, batch, rows)
                job.step(done, total, done=done, batch=batch, last=last)
                took = (time.perf_counter() - start) * 1000
            pace.took(took, len(rows))
        kept = living.count()
        actions._move(brought, "undo_stopped" if kept else "undone")
        return {"undone": done - kept, "kept": kept, "longest_ms": round(pace.longest)}


def outcomes_of(brought: UUID) -> dict[str, int]:
    """Return how many lines an import added, changed and refused when it wrote."""
    found = dict.fromkeys(ImportedRow.Outcome.values, 0)
    for outcome in ImportedRow.objects.filter(brought=brought).order_by().values_list("outcome", flat=True):
        found[outcome] += 1
    return found


def _import_of(job: Progress) -> Import:
    rows = Import.objects.select_related("subject", "about", "by", "piece")
    return rows.get(pk=UUID(job.arguments["import"]))


def _who(job: Progress) -> User | None:
    """Return the person who asked for this work: not always who brought the file."""
    return Job.objects.select_related("by").get(pk=job.id).by


def _expected(brought: Import) -> int:
    take = brought.counts.get("take", WRITABLE)
    return sum(brought.counts.get(status, 0) for status in take)


def _accepted(brought: Import, after: int, pace: _Pace) -> Iterator[list[Line]]:
    """Yield the lines to write, in the order of the file, as many at a time as the pace allows."""
    take = brought.counts.get("take", WRITABLE)
    aside = set(SetAside.objects.filter(brought=brought).values_list("row", flat=True))
    lines = staging.lines_of(brought.pk, brought.generation, statuses=take, after=after)
    wanted = [line for line in lines if line.row not in aside]
    start = 0
    while start < len(wanted):
        taken = wanted[start : start + pace.rows]
        start += len(taken)
        yield taken


def _write_batch(
    context: Context, brought: Import, batch: int, lines: Sequence[Line], reads: Sequence[Read]
) -> None:
    """Compare again under the lock, write what is still as the preview said, refuse what is not."""
    kind = kinds.get(brought.kind)
    shown = {line.row: line for line in lines}
    ready: list[tuple[Row, Outcome]] = []
    results: list[ImportedRow] = []
    for read, outcome in compared(kind, context, reads):
        line = shown[read.number]
        refusal = _refusal(line, outcome)
        if read.row is not None and outcome.status in WRITABLE and not refusal:
            ready.append((read.row, outcome))
        elif refusal:
            results.append(
                _row(brought, batch, read.number, ImportedRow.Outcome.REFUSED, line.label, refusal)
            )
    written = _write_all(kind, context, ready)
    for (row, outcome), wrote in zip(ready, written, strict=True):
        if isinstance(wrote, DomainError):
            refused = ImportedRow.Outcome.REFUSED
            results.append(_row(brought, batch, row.number, refused, outcome.label, str(wrote.message)))
        else:
            results.append(_row(brought, batch, row.number, outcome.status, outcome.label, "", wrote))
    gone = [one for one in results if one.outcome == ImportedRow.Outcome.REFUSED]
    if kind.whole and gone:
        raise _Broken(gone)
    kind.settle([row.wrote for row in results if row.wrote])
    ImportedRow.objects.bulk_create(sorted(results, key=lambda row: row.row))
    _tell(brought, "import.batch_written", batch, results, by=context.by)


def _refusal(line: Line, outcome: Outcome) -> str:
    """Why a line is no longer written: the register changed since the preview was read."""
    if outcome.status in {SAME, LEFT}:
        return ""
    now = tuple((one.label, one.before, one.after) for one in outcome.changes)
    if outcome.status == line.status and now == line.changes:
        return ""
    if outcome.problems:
        return " ".join(problem.message for problem in outcome.problems)
    held = "; ".join(f"{label} : « {before} »" for label, before, _after in now)
    message = _("La fiche a changé depuis l'aperçu (%(held)s). Vérifiez de nouveau avant d'écrire.")
    return message % {"held": held or outcome.label}


def _write_all(
    kind: Kind, context: Context, ready: Sequence[tuple[Row, Outcome]]
) -> list[list[Wrote] | DomainError]:
    """Write a batch at once; when a line of it is refused, line by line, so that the others are written."""
    if not ready:
        return []
    try:
        with transaction.atomic():
            return list(kind.write(context, ready))
    except DomainError as error:
        if len(ready) == 1:
            return [error]
        if kind.whole:
            return [error] * len(ready)
    return [found for one in ready for found in _write_all(kind, context, [one])]


def _undo_batch(
    brought: Import, kind: Kind, context: Context, batch: int, rows: Sequence[ImportedRow]
) -> None:
    taken: list[ImportedRow] = []
    if kind.undo_many is not None:
        _undo_many(kind, context, rows, taken)
    for row in () if kind.undo_many is not None else rows:
        try:
            with transaction.atomic():
                kind.undo(context, row.wrote)
        except DomainError as error:
            row.undo_refusal = str(error.message)
        else:
            row.undone_at, row.undo_refusal = timezone.now(), ""
            taken.append(row)
    kind.settle([row.wrote for row in taken])
    ImportedRow.objects.bulk_update(rows, ["undone_at", "undo_refusal"])
    _tell(brought, "import.batch_undone", batch, taken, by=context.by)


def _undo_many(kind: Kind, context: Context, rows: Sequence[ImportedRow], taken: list[ImportedRow]) -> None:
    """Take rows back together: all of them, or none with the same reason."""
    assert kind.undo_many is not None  # noqa: S101
    try:
        with transaction.atomic():
            kind.undo_many(context, [row.wrote for row in rows])
    except DomainError as error:
        for row in rows:
            row.undo_refusal = str(error.message)
        return
    for row in rows:
        row.undone_at, row.undo_refusal = timezone.now(), ""
        taken.append(row)


def _before(living: Any, last: int | None) -> Any:
    return living if last is None else living.filter(pk__lt=last)


def _row(  # noqa: PLR0913, PLR0917
    brought: Import,
    batch: int,
    number: int,
    outcome: str,
    label: str,
    message: str,
    wrote: list[Wrote] | None = None,
) -> ImportedRow:
    return ImportedRow(
        brought=brought,
        row=number,
        batch=batch,
        outcome=outcome,
        label=label[:250],
        message=message,
        wrote=wrote or [],
    )


def _tell(brought: Import, verb: str, batch: int, rows: Sequence[ImportedRow], *, by: User | None) -> None:
    """Add the one event of a batch: the digest of what its lines wrote. Nothing written, no event."""
    told = [row for row in rows if row.wrote]
    if told:
        content = [{"row": row.row, "wrote": row.wrote} for row in told]
        record_batch(
            brought.subject,
            verb,
            by=by,
            digest=canonical.digest(content),
            count=len(told),
            data={"batch": batch},
        )
