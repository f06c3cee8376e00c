"""Grids as every face reads them: those in force on a day, one whole with its rules, the facts it reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from terreau.common.errors import NotFoundError
from terreau.facts import catalogue
from terreau.grids import language, store
from terreau.grids.language import Criterion, Grid
from terreau.grids.models import Grid as GridRow
from terreau.grids.readables import Field, Readable, readable
from terreau.sheets.verdict_criteria import Paragraph


def one(code: str, version: str | None, on: date) -> Grid:
    """Return the version asked of a public grid, else the one in force on a day; 404 when there is none."""
    try:
        return store.grid(code, version, on, public_only=True)
    except NotFoundError as error:
        if error.code == "unknown_grid" and GridRow.objects.filter(code=code, public=True).exists():
            message = _("Le texte de cette grille n'est pas détenu : il n'y a rien à apprécier.")
            raise NotFoundError("no_text", message, facts={"grid": code[:60]}) from error
        raise


def versions(code: str) -> list[Grid]:
    """Return the published versions of a grid, the latest first."""
    return list(reversed(store.versions(code)))


# What the API says


def texts(given: Mapping[str, str] | None) -> dict[str, str]:
    """Return a text in both languages; French stands for what is not translated."""
    known = given or {}
    french = str(known.get("fr") or "")
    return {"fr": french, "en": str(known.get("en") or french)}


@dataclass(frozen=True)
class GridLine:
    """A grid in the list. ``version`` is None for a text that is not held."""

    code: str
    title: Mapping[str, str]
    nature: str
    subject: str
    version: str | None
    prescriptive: bool

    def as_json(self) -> dict[str, Any]:
        """Return the line as the API says it."""
        return {
            "code": self.code,
            "titre": texts(self.title),
            "nature": self.nature,
            "sujet": self.subject,
            "version": self.version,
            "prescriptive": self.prescriptive,
        }


def lines(on: date) -> list[GridLine]:
    """Return every public grid, with its version in force on a day when it has one."""
    held = store.grids(on)
    rows = GridRow.objects.filter(public=True).order_by("code")
    return [_line_of(held[row.code]) if row.code in held else _empty(row) for row in rows]


def _line_of(grid: Grid) -> GridLine:
    return GridLine(grid.code, grid.title, grid.nature, grid.subject, grid.version, grid.prescriptive)


def _empty(row: GridRow) -> GridLine:
    return GridLine(row.code, row.title, row.nature, row.subject_kind, None, prescriptive=False)


def as_json(code: str, version: str | None, on: date) -> dict[str, Any]:
    """Return a grid whole as the API says it, in the version asked or in force."""
    grid = one(code, version, on)
    known = readable()
    return {
        **_line_of(grid).as_json(),
        "valable_du": _iso(grid.valid_from),
        "valable_au": _iso(grid.valid_to),
        "verifiee_le": _iso(grid.verified_on),
        "source": Paragraph.of(grid.source).as_json(),
        "licence": texts(grid.licence),
        "versions": [
            {
                "version": each.version,
                "valable_du": _iso(each.valid_from),
                "valable_au": _iso(each.valid_to),
            }
            for each in versions(code)
        ],
        "criteria": [_criterion(each) for each in grid.criteria],
        "facts": [_fact(known[read]) for read in language.reads(grid) if read in known]
        + [_judged(each, question) for each, question in language.questions(grid)],
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _criterion(one: Criterion) -> dict[str, Any]:
    return {
        "code": one.code,
        "axis": one.axis or None,
        "kind": one.kind,
        "titre": texts(one.title),
        "texte": texts(one.text),
        "source": Paragraph.of(one.source).as_json(),
        "regle": _plain(one.rule) if one.rule is not None else None,
        "lit": list(one.reads),
    }


def _plain(rule: Any) -> Any:
    """Return a rule in JSON types: its days as texts, its numbers as they are read."""
    if isinstance(rule, Mapping):
        return {key: _plain(value) for key, value in rule.items()}
    if isinstance(rule, list | tuple | frozenset):
        return [_plain(value) for value in rule]
    if isinstance(rule, date):
        return rule.isoformat()
    if rule is None or isinstance(rule, bool | int | str):
        return rule
    return float(rule)


def _fact(one: Readable) -> dict[str, Any]:
    unit = catalogue.load().units[one.unit].label("fr") if one.unit else None
    return {
        "code": one.code,
        "libelle": texts(one.labels),
        "definition": texts(one.definitions),
        "type": one.type,
        "unite": unit,
        "choix": _choices(one.choices),
        "champs": [_field(each) for each in one.fields.values()] or None,
    }


def _field(one: Field) -> dict[str, Any]:
    return {
        "code": one.name,
        "libelle": texts(one.labels),
        "definition": texts({}),
        "type": one.type,
        "unite": None,
        "choix": _choices(one.choices),
        "champs": None,
    }


def _judged(one: Criterion, question: Mapping[str, str]) -> dict[str, Any]:
    return {
        "code": f"judged.{one.code}",
        "libelle": texts(question),
        "definition": texts(one.text),
        "type": "bool",
        "unite": None,
        "choix": None,
        "champs": None,
    }


def _choices(vocabulary: str) -> list[str] | None:
    return list(catalogue.vocabulary(vocabulary).terms) if vocabulary else None
