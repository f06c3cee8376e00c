"""Grids and their versions as pages ask for them: fetched and authorised in one call."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _

from terreau.actors.perms import Viewer
from terreau.common.errors import NotFoundError
from terreau.grids.models import Grid, GridVersion
from terreau.grids.perms import can_hold, can_see, moderates_all, owners

DRAFT, PUBLISHED = GridVersion.State.DRAFT, GridVersion.State.PUBLISHED


@dataclass(frozen=True)
class Shelf:
    """A grid with the versions that the viewer may read, the latest first."""

    grid: Grid
    versions: tuple[GridVersion, ...]
    holds: bool

    @property
    def told(self) -> tuple[GridVersion, ...]:
        """Versions that are no draft."""
        return tuple(row for row in self.versions if row.state != DRAFT)

    @property
    def draft(self) -> GridVersion | None:
        """The draft that waits, for those who hold the grid."""
        return next((row for row in self.versions if row.state == DRAFT), None)

    def current(self, on: date) -> GridVersion | None:
        """Return the published version in force on a day, else the one published last."""
        published = [row for row in self.told if row.state == PUBLISHED]
        held = [row for row in published if in_force(row, on)]
        return next(iter(held or published), None)

    def version(self, name: str) -> GridVersion:
        """Return a version by its name: 404 for one that does not exist, or a draft of others."""
        for row in self.versions:
            if row.version == name:
                return row
        message = _("Cette version n'existe pas. Versions connues : %(known)s.")
        known = [row.version for row in self.versions]
        facts = {"version": name[:40], "versions": known}
        raise NotFoundError("unknown_version", message % {"known": ", ".join(known) or "–"}, facts=facts)


def in_force(row: GridVersion, on: date) -> bool:
    """Say whether a version is in force on a day; a missing bound is open."""
    return (row.valid_from is None or row.valid_from <= on) and (row.valid_to is None or on < row.valid_to)


def shelf(request: HttpRequest, code: str) -> Shelf:
    """Return a grid that the viewer may read: 404 to others, as if there were none. Two queries."""
    grid = Grid.objects.select_related("owner__subject").filter(code=code).first()
    if grid is None or not can_see(request.user, grid):
        raise NotFoundError("unknown_grid", _("Cette grille n'existe pas, ou n'est pas publique."))
    holds = bool(can_hold(request.user, grid))
    rows = GridVersion.objects.filter(grid=grid).select_related("published_by", "supersedes")
    if not holds:
        rows = rows.exclude(state=DRAFT)
    return Shelf(grid, tuple(sorted(rows, key=_rank, reverse=True)), holds)


def _rank(row: GridVersion) -> tuple[Any, ...]:
    return (row.state == DRAFT, row.valid_from or date.min, row.created_at, row.pk.hex)


@dataclass(frozen=True)
class Line:
    """A grid in the list: its current version, None when its text is awaited or not published yet."""

    grid: Grid
    version: GridVersion | None
    count: int
    criteria: int


def lines(user: Viewer, on: date) -> list[Line]:
    """Return the grids that the viewer may read, those with a text first. Four queries at most."""
    mine = Q(public=True)
    if held := owners(user):
        mine |= Q(owner__in=held)
    if moderates_all(user):
        mine = Q()
    rows = list(Grid.objects.filter(mine).select_related("owner").order_by("code"))
    versions: dict[int, list[GridVersion]] = {}
    known = GridVersion.objects.filter(grid__in=rows).exclude(state=DRAFT).defer("text")
    for row in sorted(known, key=_rank, reverse=True):
        versions.setdefault(row.grid_id, []).append(row)
    found = [_line(grid, versions.get(grid.pk, []), on) for grid in rows]
    return sorted(
        found, key=lambda line: (line.version is None, _NATURES.index(line.grid.nature), line.grid.code)
    )


#: What a reader looks for first.
_NATURES = ["definition", "criteria", "eligibility", "status", "scale", "charter"]


def _line(grid: Grid, versions: Sequence[GridVersion], on: date) -> Line:
    current = Shelf(grid, tuple(versions), holds=False).current(on)
    criteria = len(current.content.get("criteria") or ()) if current else 0
    return Line(grid, current, len(versions), criteria)
