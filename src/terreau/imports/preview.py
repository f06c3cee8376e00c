"""What the page of an import shows: counts, lines with what they would do, cells to correct."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from terreau.common.errors import DomainError
from terreau.imports import kinds, staging
from terreau.imports.kinds import Kind
from terreau.imports.mapping import letter
from terreau.imports.models import Correction, Import, SetAside
from terreau.imports.staging import Fault, Line

PAGE = 50
#: Status → tone of its badge.
TONES = {"added": "moss", "changed": "ochre", "same": "plain", "left": "plain", "refused": "clay"}


def status_label(status: str) -> str:
    """Return the word for what a line would do."""
    return {
        "added": _("ajout"),
        "changed": _("changement"),
        "refused": _("refusé"),
        "same": _("déjà au registre"),
        "left": _("hors du registre"),
    }[status]


def count_label(status: str, number: int) -> str:
    """Return the words beside a count of lines."""
    return {
        "added": _("à ajouter"),
        "changed": _("à changer"),
        "refused": ngettext("refusée", "refusées", number),
        "same": _("déjà au registre"),
        "left": _("hors du registre"),
    }[status]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell to correct: its name in the form, where it stands, what it holds."""

    field: str
    place: str
    header: str
    value: str


@dataclass(frozen=True, slots=True)
class ShownFault:
    """A fault with its place in words: « C4, siret »."""

    message: str
    value: str
    place: str
    remark: bool


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line of the preview."""

    row: int
    status: str
    status_label: str
    tone: str
    label: str
    changes: tuple[tuple[str, str, str], ...]
    faults: tuple[ShownFault, ...]
    cells: tuple[Cell, ...]
    aside: bool
    writable: bool


@dataclass(frozen=True, slots=True)
class Count:
    """How many lines have a status; the one that is shown is current."""

    status: str
    label: str
    number: int
    current: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """One page of lines of a status, and the counts of all."""

    counts: list[Count]
    lines: list[ShownLine]
    status: str
    next: int | None
    remarks: int


def preview(brought: Import, *, status: str = "", after: int = 0) -> Preview:
    """Return a page of the lines of a status: by default those that are refused, else those to write."""
    if status and status not in kinds.STATUSES:
        message = _("Ce qui est demandé n'existe pas.")
        raise DomainError("unknown_status", message, facts={"known": list(kinds.STATUSES)})
    chosen = status or _first(brought)
    lines = staging.lines_of(brought.pk, brought.generation, statuses=[chosen], after=after, limit=PAGE + 1)
    more = lines[PAGE - 1].row if len(lines) > PAGE else None
    shown = _shown(brought, lines[:PAGE])
    counts = [
        Count(
            one,
            count_label(one, brought.counts.get(one, 0)),
            brought.counts.get(one, 0),
            current=one == chosen,
        )
        for one in kinds.STATUSES
        if brought.counts.get(one, 0)
    ]
    return Preview(counts, shown, chosen, more, brought.counts.get("remarks", 0))


def place(brought: Import, fault: Fault) -> str:
    """Return where a fault stands: « C4 · siret », or the line alone."""
    if fault.place < 0:
        return _("ligne %(row)d") % {"row": fault.row}
    return f"{letter(fault.place)}{fault.row} · {brought.header[fault.place]}"


def report_rows(brought: Import, kind: Kind) -> Any:
    """Yield the lines of the report, for its export: place, what was found, what is wrong."""
    for fault in staging.faults_of(brought.pk, brought.generation):
        column = letter(fault.place) if fault.place >= 0 else ""
        header = brought.header[fault.place] if fault.place >= 0 else ""
        yield {
            "sheet": brought.sheet,
            "row": fault.row,
            "column": column,
            "header": header,
            "asked": str(kind.column(fault.column).label) if fault.column else "",
            "value": fault.value,
            "level": _("remarque") if fault.level == kinds.REMARK else _("refus"),
            "message": fault.message,
            "code": fault.code,
        }


def corrections_of(posted: Any) -> dict[tuple[int, int], str]:
    """Return the cells of the form that changed: ``c-12-3`` beside ``avant-12-3``, what it held."""
    found: dict[tuple[int, int], str] = {}
    for name in posted:
        parts = name.split("-")
        if len(parts) != 3 or parts[0] != "c" or not (parts[1].isdecimal() and parts[2].isdecimal()):
            continue
        if posted[name].strip() != posted.get(f"avant-{parts[1]}-{parts[2]}", "").strip():
            found[int(parts[1]), int(parts[2])] = posted[name]
    return found


def _first(brought: Import) -> str:
    return next((one for one in ("refused", "changed", "added", "same") if brought.counts.get(one)), "left")


def _shown(brought: Import, lines: list[Line]) -> list[ShownLine]:
    rows = [line.row for line in lines]
    faults: dict[int, list[Fault]] = defaultdict(list)
    for fault in staging.faults_of(brought.pk, brought.generation, rows):
        faults[fault.row].append(fault)
    aside = set(SetAside.objects.filter(brought=brought, row__in=rows).values_list("row", flat=True))
    cells = _cells(brought, [row for row in rows if faults[row]])
    return [
        ShownLine(
            row=line.row,
            status=line.status,
            status_label=status_label(line.status),
            tone=TONES[line.status],
            label=line.label,
            changes=line.changes,
            faults=tuple(_fault(brought, fault) for fault in faults[line.row]),
            cells=_to_correct(brought, line, faults[line.row], cells),
            aside=line.row in aside,
            writable=line.status in kinds.WRITABLE,
        )
        for line in lines
    ]


def _fault(brought: Import, fault: Fault) -> ShownFault:
    value = "" if fault.value in fault.message else fault.value
    return ShownFault(fault.message, value, place(brought, fault), fault.level == kinds.REMARK)


def _cells(brought: Import, rows: list[int]) -> dict[tuple[int, int], str]:
    """Return the cells of some lines as they stand, corrections laid over."""
    found = {
        (row, index): cell
        for row, cells in staging.rows_of(brought.pk, only=rows)
        for index, cell in enumerate(cells)
    }
    corrected = Correction.objects.filter(brought=brought, row__in=rows)
    return found | {(one.row, one.column): one.value for one in corrected}


def _to_correct(
    brought: Import, line: Line, faults: list[Fault], cells: dict[tuple[int, int], str]
) -> tuple[Cell, ...]:
    places = dict.fromkeys(fault.place for fault in faults if fault.place >= 0)
    return tuple(
        Cell(
            field=f"{line.row}-{index}",
            place=f"{letter(index)}{line.row}",
            header=brought.header[index],
            value=cells.get((line.row, index), ""),
        )
        for index in places
    )
