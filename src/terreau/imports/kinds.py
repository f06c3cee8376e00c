"""The kinds of files that people bring. An upper room says, in its ``import_kinds.py``, what one holds.

The kernel reads, maps, checks, previews, writes by batches and undoes; it knows nothing of poles or actors.
A kind says its columns, what names a line, how a line compares with the register, how it is written and
taken back.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.common.errors import NotFoundError
from terreau.common.permissions import Permission
from terreau.pieces.models import Source
from terreau.subjects.models import Subject

#: What a line would do: add, change, nothing (already so), nothing (not of the register), or it is refused.
ADDED, CHANGED, SAME, LEFT, REFUSED = "added", "changed", "same", "left", "refused"
STATUSES = (ADDED, CHANGED, REFUSED, SAME, LEFT)
WRITABLE = (ADDED, CHANGED)
ERROR, REMARK = "error", "remark"

Values = Mapping[str, Any]


def plain(typed: str) -> str:
    """Return a cell as text on one line."""
    return " ".join(typed.split())


@dataclass(frozen=True, slots=True)
class Column:
    """One thing that a line says. ``read`` turns a cell that is not empty into a value, or raises
    ``DomainError``; ``synonyms`` are other headers met for it, old ones included."""

    code: str
    label: Any
    read: Callable[[str], Any] = plain
    synonyms: tuple[str, ...] = ()
    required: bool = False
    #: A cell that cannot be read is left out and remarked, where a needed one refuses its line.
    lenient: bool = False
    hint: Any = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong (``error``) or doubtful (``remark``) in a cell; in a line when ``column`` is empty."""

    code: str
    message: str
    column: str = ""
    value: str = ""
    level: str = ERROR


@dataclass(frozen=True, slots=True)
class Change:
    """A value of the register as it is, and as the line would make it. Texts, as they are shown."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Row:
    """A line read without error: its number in the file and its values by column (absent when empty)."""

    number: int
    values: Values


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a line would do to the register. ``label`` names what it speaks of, for the preview."""

    status: str
    label: str = ""
    changes: tuple[Change, ...] = ()
    problems: tuple[Problem, ...] = ()
    #: What the kind found and will need to write; it never leaves the memory.
    found: Any = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Context:
    """What the file is: its subject (private, of the import), what it is about, who brings it, its source.

    ``options`` are the values that hold for the whole file. With ``writing`` the comparison is made inside
    the transaction that writes: lock what is compared.
    """

    subject: Subject
    about: Subject | None
    by: User | None
    source: Source
    options: Values
    #: Codes of the columns that the file has.
    mapped: frozenset[str] = frozenset()
    writing: bool = False


#: What a line wrote, in JSON types, so that it can be taken back.
Wrote = dict[str, Any]


def _nothing(_row: Row) -> Sequence[Problem]:
    return ()


def _no_owner(_user: User) -> Subject | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of file. ``key`` names what a line speaks of: two lines of one key are refused.

    ``compare`` returns an outcome a row, in their order. ``write`` returns what each row wrote; it runs in
    one transaction with the event of the batch. ``undo`` takes back what one row wrote, or raises
    ``DomainError`` saying what stands on it. ``settle`` brings projections up to date
    after a batch of either.
    """

    code: str
    label: Any
    lede: Any
    columns: tuple[Column, ...]
    key: Callable[[Values], tuple[str, ...] | None]
    compare: Callable[[Context, Sequence[Row]], list[Outcome]]
    write: Callable[[Context, Sequence[tuple[Row, Outcome]]], list[list[Wrote]]]
    undo: Callable[[Context, list[Wrote]], None]
    may: Callable[[User, Subject | None], Permission]
    settle: Callable[[Sequence[list[Wrote]]], None] = lambda _wrote: None
    check: Callable[[Row], Sequence[Problem]] = _nothing
    options: tuple[Column, ...] = ()
    #: Whether a line that repeats another is a mistake, or says the same again without harm.
    repeats_harm: bool = True
    #: Whether a file is about one subject (the members of one pole).
    about: bool = False
    #: What the person may bring such a file about: subjects with the words that name them.
    subjects: Callable[[User], Sequence[tuple[Subject, str]]] = lambda _user: ()
    #: The name by which ``roles_held.holds`` says that a person has one such subject at least.
    held: str = ""
    #: The organisation of a person, for which layouts are remembered.
    owner: Callable[[User], Subject | None] = _no_owner
    #: All the lines or none: what is refused is left aside by a person, or nothing is written; what meets a
    #: refusal while it is written is taken back; an undoing takes everything. For ledgers.
    whole: bool = False
    #: Most rows in one transaction; how long each takes is measured and the next made smaller.
    most: int = 8
    #: For a ``whole`` kind: say by ``DomainError`` why what was written stays; take many rows back at once.
    may_undo: Callable[[Context, Sequence[list[Wrote]]], None] = lambda _context, _wrote: None
    undo_many: Callable[[Context, Sequence[list[Wrote]]], None] | None = None
    #: French address where a person helps with what the lines leave unsaid, and its words: ``(path, words)``.
    help_at: Callable[[Subject | None, UUID], tuple[str, str] | None] = lambda _about, _import: None
    #: Columns that a header may ask for beside those declared (figures by their code).
    more: Callable[[str], Column | None] = lambda _header: None

    def column(self, code: str) -> Column:
        """Return a column by its code, declared or asked for by a header; raise ``KeyError``."""
        for column in (*self.columns, *self.options):
            if column.code == code:
                return column
        if (found := self.more(code)) is not None:
            return found
        raise KeyError(code)


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    """Declare a kind of file; its code is what commands and addresses say."""
    _kinds[kind.code] = kind
    return kind


def get(code: str) -> Kind:
    """Return a kind by its code; raise ``NotFoundError`` when no room declares it."""
    if code not in _kinds:
        message = _("Cette sorte de fichier n'existe pas.")
        raise NotFoundError("unknown_kind", message, facts={"kind": code[:40], "known": sorted(_kinds)})
    return _kinds[code]


def every() -> list[Kind]:
    """Return every kind, in the order in which the rooms declare them."""
    return list(_kinds.values())


def read_cell(column: Column, typed: str) -> Any:
    """Return the value of a cell, ``None`` when it is empty; raise ``DomainError`` otherwise."""
    return column.read(typed) if typed.strip() else None
