"""How official files are laid out: which columns they have had, and which file is in hand."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.translation import gettext as _

from terreau.common.content import Section, read_list
from terreau.common.errors import DomainError
from terreau.common.text import fold

CONTENT = Path(__file__).parent / "content" / "layouts.yaml"
_MARKS = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is read: its name here, those it has had in the files."""

    field: str
    names: tuple[str, ...]
    required: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """One kind of official file."""

    code: str
    register: str
    label: Mapping[str, str]
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """A layout found in a file: for each field the name of its column there, ``""`` when it has none."""

    layout: Layout
    columns: Mapping[str, str]

    @property
    def missing(self) -> list[str]:
        """Columns that may be absent, and are."""
        return [c.names[0] for c in self.layout.columns if not self.columns[c.field]]


@cache
def layouts() -> tuple[Layout, ...]:
    """The layouts that are known; ``ContentError`` when the file that says them is wrong."""
    return tuple(_layout(entry) for entry in read_list(CONTENT))


def _layout(entry: Section) -> Layout:
    entry.expect(["code", "register", "label", "columns"])
    columns = [column.expect(["field", "names"], ["required"]) for column in entry["columns"]]
    return Layout(
        entry["code"],
        entry["register"],
        entry.section("label").expect(["fr", "en"]),
        tuple(Column(c["field"], tuple(c["names"]), bool(c.get("required", False))) for c in columns),
    )


def plain(name: str) -> str:
    """Return a column's name as it is compared: ``Code_Commune`` and ``codeCommune`` are one."""
    return _MARKS.sub("", fold(name))


def recognise(names: Sequence[str], register: str) -> Match:
    """Return the layout of a file of this register from its column names, as they stand in the file.

    The layout that has all its required columns and most columns wins. ``DomainError`` says which columns
    lack for the layout that comes nearest.
    """
    held = {plain(name): name for name in reversed(names)}
    found = [_match(layout, held) for layout in layouts() if layout.register == register]
    whole = [match for match in found if not _lacking(match)]
    if not whole:
        raise _unknown(found, names)
    return max(whole, key=lambda match: sum(map(bool, match.columns.values())))


def _match(layout: Layout, held: Mapping[str, str]) -> Match:
    return Match(
        layout,
        {c.field: next((held[plain(n)] for n in c.names if plain(n) in held), "") for c in layout.columns},
    )


def _lacking(match: Match) -> list[str]:
    return [c.names[0] for c in match.layout.columns if c.required and not match.columns[c.field]]


def _unknown(found: list[Match], names: Sequence[str]) -> DomainError:
    nearest = min(found, key=lambda match: len(_lacking(match)) / len(match.layout.columns))
    lacking = _lacking(nearest)
    message = _(
        "Ce fichier n'a pas les colonnes attendues. Pour « %(layout)s » il manque : %(columns)s. "
        "Reprenez le fichier tel qu'il est publié, avec sa ligne d'en-tête."
    )
    values = {"layout": nearest.layout.label["fr"], "columns": ", ".join(lacking)}
    facts = {"missing": lacking, "layout": nearest.layout.code, "columns": [n[:60] for n in names[:60]]}
    return DomainError("missing_columns", message % values, facts=facts)
