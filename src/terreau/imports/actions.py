"""What happens to a file: it is brought, its columns are said, its cells corrected, it is written, undone."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.common.errors import DomainError
from terreau.imports import kinds, mapping, reading, staging
from terreau.imports.kinds import Kind
from terreau.imports.models import Correction, Import, ImportedRow, SetAside
from terreau.jobs import work
from terreau.jobs.models import Job
from terreau.journal.actions import record
from terreau.pieces.actions import attach
from terreau.pieces.models import Piece
from terreau.subjects import actions as subjects
from terreau.subjects.models import Subject

State = Import.State
#: Lines that are checked while the person waits; beyond, the worker does it.
AT_ONCE = 1000
#: verb → states it may start from, state it leads to.
TRANSITIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "check": ((State.READ, State.CHECKED, State.WRITTEN, State.UNDONE), State.CHECKING),
    "checked": ((State.CHECKING,), State.CHECKED),
    "check_failed": ((State.CHECKING,), State.READ),
    "write": ((State.CHECKED,), State.WRITING),
    "written": ((State.WRITING,), State.WRITTEN),
    "undo": ((State.WRITTEN, State.CHECKED), State.UNDOING),
    "undone": ((State.UNDOING,), State.UNDONE),
    "undo_stopped": ((State.UNDOING,), State.WRITTEN),
    "abandon": ((State.READ, State.CHECKED), State.ABANDONED),
}


def bring(  # noqa: PLR0913
    kind: Kind,
    stream: BinaryIO,
    name: str,
    *,
    by: User | None,
    about: Subject | None = None,
    sheet: str = "",
) -> Import:
    """Keep a file, read it and guess its columns. Nothing of the register is touched.

    ``sheet`` names a sheet of a workbook, the first that holds something by default. Raises
    ``DomainError``: too large, not a table, unknown sheet.
    """
    with _spooled(stream) as path:
        table = _sheet(path, sheet)
    top = mapping.header_row(kind, table.rows)
    header = _header(table.rows[top])
    rows = [(number, row) for number, row in enumerate(table.rows[top + 1 :], top + 2) if any(row)]
    owner = kind.owner(by) if by else None
    brought = Import(kind=kind.code, about=about, by=by, owner=owner, rows=len(rows))
    brought.sheet, brought.form, brought.header = table.name, table.form[:80], header
    brought.language = (get_language() or "fr")[:2]
    known = mapping.remembered(kind, header, owner=owner, by=by)
    brought.mapping = known if known is not None else mapping.guess(kind, header)
    staging.keep_rows(brought.pk, rows, len(header))
    stream.seek(0)
    with transaction.atomic():
        brought.subject = subjects.create(Subject.Kind.IMPORT)
        brought.piece = attach(brought.subject, stream, name or _("fichier"), by=by)
        brought.name = brought.piece.name
        brought.save(force_insert=True)
        told = {"kind": kind.code, "sha256": brought.piece.blob_id}
        record(brought.subject, "import.brought", by=by, data=told)
    return brought


def say_columns(
    brought: Import,
    columns: Mapping[str, int],
    options: Mapping[str, str],
    *,
    by: User | None,
    at_once: bool = False,
) -> Import:
    """Confirm which column says what, remember it for this layout, and check every line.

    A long file is checked by the worker, unless ``at_once``.
    """
    kind = kinds.get(brought.kind)
    chosen = mapping.checked(kind, brought.header, dict(columns))
    given = {code: text.strip() for code, text in options.items() if text.strip()}
    _check_options(kind, given)
    with transaction.atomic():
        _move(brought, "check", mapping=chosen, options=given)
        mapping.remember(kind, brought.header, chosen, owner=brought.owner, by=by)
    return start_check(brought, by=by, at_once=at_once)


def correct(
    brought: Import, cells: Mapping[tuple[int, int], str], *, by: User | None, again: bool = True
) -> Import:
    """Write other values over cells (row, index of the column) and check again; the file stays as it is."""
    with transaction.atomic():
        _move(brought, "check")
        for (row, column), value in cells.items():
            if not 0 <= column < len(brought.header):
                raise DomainError("unknown_column", _("Cette colonne n'est pas dans le fichier."))
            Correction.objects.update_or_create(
                brought=brought, row=row, column=column, defaults={"value": value.strip(), "by": by}
            )
    return start_check(brought, by=by) if again else brought


def check_again(brought: Import, *, by: User | None) -> Import:
    """Check every line again, against the register as it is now."""
    _move(brought, "check")
    return start_check(brought, by=by)


def start_check(brought: Import, *, by: User | None, at_once: bool = False) -> Import:
    """Check a short file at once, a long one by the worker."""
    if brought.rows > AT_ONCE and not at_once:
        _start("imports.check", brought, by=by)
    else:
        finish_check(brought)
    return brought


def finish_check(brought: Import, job: work.Progress | None = None) -> Import:
    """Check and say that it is done; a failure gives the import back to who brought it."""
    from terreau.imports.checking import check

    try:
        counts = check(brought, job.step if job else lambda _done, _total: None)
    except work.Lost:
        raise
    except BaseException:
        _move(brought, "check_failed")
        raise
    return _move(brought, "checked", counts=counts, generation=brought.generation + 1)


def set_aside(brought: Import, rows: Collection[int], *, aside: bool) -> None:
    """Leave some lines out of what will be written, or take them in again."""
    if brought.state != State.CHECKED:
        raise _too_late()
    if aside:
        SetAside.objects.bulk_create(
            (SetAside(brought=brought, row=row) for row in rows), ignore_conflicts=True
        )
    else:
        SetAside.objects.filter(brought=brought, row__in=rows).delete()


def write(
    brought: Import,
    *,
    by: User | None,
    take: Collection[str] = kinds.WRITABLE,
    without_refused: bool = False,
) -> Import:
    """Have the worker write the lines of these statuses that are not set aside; once (409).

    A kind that is whole is written when nothing of it is refused, or ``without_refused`` lines by choice.
    """
    if kinds.get(brought.kind).whole and brought.counts.get(kinds.REFUSED, 0) and not without_refused:
        message = _(
            "Des lignes sont refusées : corrigez-les, ou dites de les laisser de côté. Rien n'est écrit."
        )
        raise DomainError("lines_refused", message, status=409)
    wanted = [status for status in kinds.WRITABLE if status in take]
    if not sum(brought.counts.get(status, 0) for status in wanted):
        raise DomainError("nothing_to_write", _("Aucune ligne à écrire."), status=409)
    _refuse_unscanned(Piece.objects.get(pk=brought.piece_id))
    with transaction.atomic():
        _move(brought, "write", counts={**brought.counts, "take": wanted})
        _start("imports.write", brought, by=by)
    brought.refresh_from_db()
    return brought


def undo(brought: Import, *, by: User | None) -> Import:
    """Have the worker take back what this file wrote, the last first; what others built on it stays."""
    _may_undo(brought, by)
    if not ImportedRow.objects.filter(brought=brought, undone_at=None).exclude(wrote=[]).exists():
        raise DomainError(
            "nothing_to_undo", _("Ce fichier n'a rien écrit qui puisse être annulé."), status=409
        )
    with transaction.atomic():
        _move(brought, "undo")
        _start("imports.undo", brought, by=by)
    brought.refresh_from_db()
    return brought


def _may_undo(brought: Import, by: User | None) -> None:
    """Refuse at once, before the worker, what a whole kind could not take back."""
    from terreau.imports.checking import context_of

    kind = kinds.get(brought.kind)
    if not kind.whole:
        return
    rows = ImportedRow.objects.filter(brought=brought, undone_at=None).exclude(wrote=[])
    wrote = list(rows.order_by("-pk").values_list("wrote", flat=True))
    kind.may_undo(context_of(brought, kind, by=by), wrote)


def stop(brought: Import) -> Import:
    """Stop the work in hand; what was written stays written and can be undone."""
    if brought.job_id is None:
        raise _too_late()
    job = work.cancel(Job.objects.get(pk=brought.job_id))
    if job.state == Job.State.CANCELLED:
        settle_stopped(brought)
    return brought


def settle_stopped(brought: Import) -> None:
    """Give back an import whose work was stopped or failed, as it stands."""
    verbs = {State.WRITING: "written", State.UNDOING: "undo_stopped", State.CHECKING: "check_failed"}
    verb = verbs.get(State(brought.state))
    if verb:
        _move(brought, verb)


def abandon(brought: Import, *, by: User | None) -> Import:
    """Give an import up before it wrote anything; its lines are removed, the file and the event stay."""
    if ImportedRow.objects.filter(brought=brought).exists():
        raise _too_late()
    with transaction.atomic():
        _move(brought, "abandon")
        record(brought.subject, "import.abandoned", by=by)
    staging.remove(brought.pk)
    return brought


def _start(kind: str, brought: Import, *, by: User | None) -> None:
    """Queue the work under the import; it may be done before this returns, where tasks are immediate."""
    job = Job(kind=kind, arguments={"import": str(brought.pk)}, by=by)
    job.save(force_insert=True)
    Import.objects.filter(pk=brought.pk).update(job=job)
    work.run_job.enqueue(str(job.pk))
    brought.refresh_from_db()


def _move(brought: Import, verb: str, **values: object) -> Import:
    """Move an import from one state to another, once: of two people who do it one is told (409)."""
    before, after = TRANSITIONS[verb]
    if not Import.objects.filter(pk=brought.pk, state__in=before).update(state=after, **values):
        raise _too_late()
    brought.refresh_from_db()
    return brought


def _too_late() -> DomainError:
    message = _("Cet import n'en est plus là : rechargez la page.")
    return DomainError("import_moved_on", message, status=409)


def _refuse_unscanned(piece: Piece) -> None:
    """Read what is in quarantine, never write it: a scanner has its say first, where one is set."""
    if piece.state == Piece.State.REFUSED:
        raise DomainError("piece_refused", _("Ce fichier a été refusé par l'antivirus."), status=409)
    if piece.state == Piece.State.QUARANTINE:
        message = _("L'antivirus n'a pas encore vu ce fichier : réessayez dans un instant.")
        raise DomainError("piece_waiting", message, status=409)


@contextmanager
def _spooled(stream: BinaryIO) -> Iterator[Path]:
    """Give the bytes a path to be read from, before anything is locked; refused when there are too many."""
    with NamedTemporaryFile() as file:
        size = 0
        while chunk := stream.read(1 << 16):
            size += len(chunk)
            if size > settings.PIECES_MAX_BYTES:
                limit = settings.PIECES_MAX_BYTES // 1_000_000
                message = _("Ce fichier est trop gros : %(limit)s Mo au plus.") % {"limit": limit}
                raise DomainError("piece_too_large", message, status=413)
            file.write(chunk)
        file.flush()
        if not size:
            raise DomainError("piece_empty", _("Ce fichier est vide."))
        yield Path(file.name)


def _sheet(path: Path, name: str) -> reading.Table:
    tables = reading.read(path)
    if not name:
        return tables[0]
    for table in tables:
        if table.name == name:
            return table
    known = [table.name for table in tables]
    message = _("Ce classeur n'a pas de feuille « %(name)s ». Feuilles : %(known)s.")
    values = {"name": name, "known": ", ".join(known)}
    raise DomainError("unknown_sheet", message % values, facts={"sheets": known})


def _header(cells: list[str]) -> list[str]:
    """Return the headers on one line each, without empty columns at the end."""
    header = [" ".join(cell.split())[:200] for cell in cells]
    while len(header) > 1 and not header[-1]:
        header.pop()
    return header


def _check_options(kind: Kind, given: Mapping[str, str]) -> None:
    for column in kind.options:
        text = given.get(column.code, "")
        if column.required and not text:
            message = _("Dites « %(label)s », pour tout le fichier.") % {"label": column.label}
            raise DomainError("missing_option", message, facts={"field": column.code})
        try:
            kinds.read_cell(column, text)
        except DomainError as error:
            error.facts["field"] = column.code
            raise
