"""Every line of an import held against its kind and the register: what it would do, what is wrong."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.common.batches import batches
from terreau.common.errors import DomainError
from terreau.imports import kinds, staging
from terreau.imports.kinds import ERROR, REFUSED, REMARK, SAME, Column, Context, Kind, Outcome, Problem, Row
from terreau.imports.mending import mended
from terreau.imports.models import Correction, Import
from terreau.imports.staging import Fault, Line
from terreau.pieces.models import Source
from terreau.pieces.sources import source as cite

_BATCH = 500
#: What is shown of a cell in the report.
_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Read:
    """A line as read: the row when nothing is wrong in it, and what was found wrong or doubtful."""

    number: int
    row: Row | None
    problems: tuple[Problem, ...]


def check(brought: Import, said: Callable[[int, int], None] = lambda _done, _total: None) -> dict[str, int]:
    """Check every line and keep the result as a new generation; return the counts by status.

    ``said(done, total)`` is called between batches. Writes the staging file only, no row of the database.
    """
    kind, generation = kinds.get(brought.kind), brought.generation + 1
    lines: list[Line] = []
    faults: list[Fault] = []
    context = context_of(brought, kind)
    for batch in batches(_unique(kind, read_lines(brought, kind)), _BATCH):
        for read, outcome in compared(kind, context, batch):
            problems = (*read.problems, *outcome.problems)
            changes = tuple((one.label, one.before, one.after) for one in outcome.changes)
            lines.append(Line(read.number, outcome.status, outcome.label[:250], changes))
            faults += [_fault(brought, read.number, problem) for problem in problems]
        said(len(lines), brought.rows)
    staging.keep_check(brought.pk, generation, lines, faults)
    return staging.counts(brought.pk, generation)


def context_of(brought: Import, kind: Kind, *, by: User | None = None, writing: bool = False) -> Context:
    """Return what the kind needs to know of the file; ``by`` is who writes it or takes it back."""
    options = {
        column.code: kinds.read_cell(column, brought.options.get(column.code, "")) for column in kind.options
    }
    return Context(
        subject=brought.subject,
        about=brought.about,
        by=by if writing else brought.by,
        source=source_of(brought),
        options={code: value for code, value in options.items() if value is not None},
        mapped=frozenset(brought.mapping),
        writing=writing,
    )


def source_of(brought: Import) -> Source:
    """Return the citation of the file itself: the piece kept, under the name it was brought with.

    The same bytes are one source, so that bringing a file again says nothing new.
    """
    code = f"import-{brought.piece.blob_id[:16]}"
    return cite(Source.Kind.PIECE, code, brought.name[:300], piece=brought.piece)


def read_lines(
    brought: Import, kind: Kind, *, after: int = 0, only: Sequence[int] | None = None
) -> Iterator[Read]:
    """Yield the lines of the file, corrections laid over, in their order; empty lines are passed over."""
    columns = [(kind.column(code), index) for code, index in brought.mapping.items()]
    missing = [column for column in kind.columns if column.required and column.code not in brought.mapping]
    corrected = {(one.row, one.column): one.value for one in Correction.objects.filter(brought=brought)}
    for number, cells in staging.rows_of(brought.pk, after=after, only=only):
        texts = [corrected.get((number, index), cell) for index, cell in enumerate(cells)]
        if any(texts):
            yield _read(kind, number, [(column, texts[index]) for column, index in columns], missing)


def compared(kind: Kind, context: Context, batch: Sequence[Read]) -> Iterator[tuple[Read, Outcome]]:
    """Yield each line with what it would do; those that are wrong in themselves are not compared."""
    sound = [read.row for read in batch if read.row is not None]
    outcomes = iter(kind.compare(context, sound) if sound else [])
    for read in batch:
        if read.row is not None:
            yield read, next(outcomes)
        else:
            yield read, Outcome(REFUSED if _wrong(read.problems) else SAME)


def _read(kind: Kind, number: int, cells: Sequence[tuple[Column, str]], missing: Sequence[Column]) -> Read:
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for column, found in cells:
        text = mended(found)
        if text != found:
            message = _("Lettres abîmées par un mauvais encodage, relues : « %(text)s ».") % {
                "text": text[:80]
            }
            problems.append(Problem("mended", message, column.code, found, REMARK))
        try:
            value = kinds.read_cell(column, text)
        except DomainError as error:
            problems.append(_refused_cell(column, found, error))
            continue
        if value is not None:
            values[column.code] = value
        elif column.required:
            problems.append(_empty(column))
    problems += [_empty(column) for column in missing]
    row = Row(number, values)
    if not _wrong(problems):
        problems += kind.check(row)
    return Read(number, None if _wrong(problems) else row, tuple(problems))


def _refused_cell(column: Column, found: str, error: DomainError) -> Problem:
    if not column.lenient:
        return Problem(error.code, str(error.message), column.code, found)
    message = _("%(why)s Cette case n'est pas reprise.") % {"why": error.message}
    return Problem(error.code, message, column.code, found, REMARK)


def _empty(column: Column) -> Problem:
    message = _("%(label)s : cette case est vide, il faut la remplir.") % {"label": column.label}
    return Problem("empty_cell", message, column.code)


def _wrong(problems: Sequence[Problem]) -> bool:
    return any(problem.level == ERROR for problem in problems)


def _unique(kind: Kind, lines: Iterator[Read]) -> Iterator[Read]:
    """Refuse the lines that speak of what a line above speaks of already."""
    first: dict[tuple[str, ...], int] = {}
    for read in lines:
        key = kind.key(read.row.values) if read.row else None
        if key is None or (above := first.setdefault(key, read.number)) == read.number:
            yield read
        else:
            yield Read(read.number, None, (*read.problems, _repeated(kind, above)))


def _repeated(kind: Kind, above: int) -> Problem:
    if kind.repeats_harm:
        message = _("Cette ligne répète la ligne %(row)d : gardez l'une des deux.") % {"row": above}
        return Problem("repeated_line", message)
    message = _("Cette ligne répète la ligne %(row)d : une seule compte.") % {"row": above}
    return Problem("repeated_line", message, level=REMARK)


def _fault(brought: Import, row: int, problem: Problem) -> Fault:
    place = brought.mapping.get(problem.column, -1)
    value = problem.value[:_SHOWN]
    return Fault(row, problem.level, problem.column, place, problem.code, problem.message, value)
