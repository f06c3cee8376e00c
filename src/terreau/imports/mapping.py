"""Which column of a file says what: guessed by its header, confirmed by a person, remembered."""

import hashlib
import re
from collections.abc import Sequence

from django.db.models import Q
from django.utils.translation import gettext as _
from rapidfuzz import fuzz

from terreau.accounts.models import User
from terreau.common.errors import DomainError
from terreau.common.text import fold
from terreau.imports.kinds import Column, Kind
from terreau.imports.models import Layout
from terreau.subjects.models import Subject

#: Below it two headers are two headers.
ALIKE = 88
#: The header is looked for above this row.
_TOP = 20
_NOT_WORD = re.compile(r"[^a-z0-9]+")

#: Code of a column → index of the column of the file.
Mapping = dict[str, int]


def compact(header: str) -> str:
    """Return a header without case, accents, spaces nor marks: « Nom Bénéficiaire » → ``nombeneficiaire``."""
    return _NOT_WORD.sub("", fold(header))


def fingerprint(header: Sequence[str]) -> str:
    """Return the digest of a layout: the same headers in the same order, however they are spelt."""
    return hashlib.sha256("\n".join(compact(cell) for cell in header).encode()).hexdigest()


def header_row(kind: Kind, rows: Sequence[Sequence[str]]) -> int:
    """Return the index of the row of headers: the one of the first rows that says most columns."""
    known = {name for column in kind.columns for name in _names(column)}

    def weight(index: int) -> tuple[int, int]:
        cells = [cell for cell in rows[index] if cell]
        return sum(compact(cell) in known for cell in cells), min(len(cells), 2)

    candidates = range(min(_TOP, len(rows)))
    return max(candidates, key=lambda index: (*weight(index), -index))


def guess(kind: Kind, header: Sequence[str]) -> Mapping:
    """Return the columns that headers name, exactly or nearly; each header says one column."""
    scored = [
        (score, -rank, column.code, index)
        for rank, column in enumerate(kind.columns)
        for index, cell in enumerate(header)
        if cell and (score := _score(column, compact(cell))) >= ALIKE
    ]
    found: Mapping = {}
    for _alike, _rank, code, index in sorted(scored, reverse=True):
        if code not in found and index not in found.values():
            found[code] = index
    for index, cell in enumerate(header):
        if index not in found.values() and (more := kind.more(cell)) is not None and more.code not in found:
            found[more.code] = index
    return found


def remembered(
    kind: Kind, header: Sequence[str], *, owner: Subject | None, by: User | None
) -> Mapping | None:
    """Return how this layout was understood last by the organisation, else by the person; else ``None``."""
    mine = Q(owner=owner) if owner else Q(owner__isnull=True, by=by)
    rows = Layout.objects.filter(mine, kind=kind.code, fingerprint=fingerprint(header))
    layout = rows.order_by("-used_at", "-id").first()
    return dict(layout.mapping) if layout else None


def remember(
    kind: Kind, header: Sequence[str], mapping: Mapping, *, owner: Subject | None, by: User | None
) -> None:
    """Keep how this layout is understood, over what was kept before."""
    Layout.objects.update_or_create(
        kind=kind.code,
        fingerprint=fingerprint(header),
        owner=owner,
        by=None if owner else by,
        defaults={"mapping": mapping},
    )


def checked(kind: Kind, header: Sequence[str], mapping: Mapping) -> Mapping:
    """Return a mapping that fits; ``DomainError`` when a needed column is missing or one is said twice."""
    for code, index in mapping.items():
        try:
            kind.column(code)
        except KeyError as error:
            raise DomainError(
                "unknown_column", _("Cette colonne n'existe pas."), facts={"column": code}
            ) from error
        if not 0 <= index < len(header):
            raise DomainError(
                "unknown_column", _("Cette colonne n'est pas dans le fichier."), facts={"column": code}
            )
    missing = [str(column.label) for column in kind.columns if column.required and column.code not in mapping]
    if missing:
        message = _("Dites quelle colonne du fichier donne : %(columns)s.") % {"columns": ", ".join(missing)}
        raise DomainError("missing_columns", message, facts={"missing": missing})
    twice = {index for index in mapping.values() if list(mapping.values()).count(index) > 1}
    if twice:
        names = ", ".join(header[index] for index in sorted(twice))
        message = _("La colonne « %(names)s » ne peut pas servir deux fois.") % {"names": names}
        raise DomainError("column_twice", message, facts={"columns": names})
    return mapping


def letter(index: int) -> str:
    """Return the letters of a column as spreadsheets write them: 0 → A, 26 → AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def _names(column: Column) -> set[str]:
    return {compact(name) for name in (column.code, str(column.label), *column.synonyms)}


def _score(column: Column, header: str) -> float:
    if not header:
        return 0.0
    names = _names(column)
    if header in names:
        return 101.0
    return max(fuzz.ratio(header, name) for name in names if name) if len(header) > 3 else 0.0
