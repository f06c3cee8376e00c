"""Grids read from the database: parsed once by version, since what is published never changes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from terreau.common.errors import DomainError, NotFoundError
from terreau.grids import models
from terreau.grids.language import Grid, grid_of

_READ = (models.GridVersion.State.PUBLISHED, models.GridVersion.State.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class _Row:
    id: UUID
    code: str
    version: str
    state: str
    valid_from: date | None
    valid_to: date | None
    digest: str

    def in_force(self, on: date) -> bool:
        began = self.valid_from is None or self.valid_from <= on
        return began and (self.valid_to is None or on < self.valid_to)

    @property
    def key(self) -> tuple[date, UUID]:
        """What orders versions: when they begin, then when they were deposited."""
        return self.valid_from or date.min, self.id


_FIELDS = ("id", "grid__code", "version", "state", "valid_from", "valid_to", "digest")


def _rows(found: QuerySet[models.GridVersion]) -> list[_Row]:
    return [_Row(*row) for row in found.order_by("grid__code", "id").values_list(*_FIELDS)]


def _published(
    codes: Iterable[str] | None = None, *, public_only: bool = False
) -> QuerySet[models.GridVersion]:
    found = models.GridVersion.objects.filter(state__in=_READ)
    if codes is not None:
        found = found.filter(grid__code__in=list(codes))
    return found.filter(grid__public=True) if public_only else found


def grid(code: str, version: str | None = None, on: date | None = None, *, public_only: bool = False) -> Grid:
    """Return a published version of a grid: the one named, else the one in force on a day, else the last.

    Two queries at most, one when the version was read before. Raises ``NotFoundError`` for a code or a
    version that does not exist, ``grid_not_in_force`` (404) when none is in force on that day.
    """
    rows = _rows(_published([code], public_only=public_only))
    if not rows:
        raise NotFoundError("unknown_grid", _("Cette grille n'existe pas."), facts={"grid": code})
    if version is not None:
        named = [row for row in rows if row.version == version]
        if not named:
            facts = {"grid": code, "version": version, "versions": [row.version for row in rows]}
            raise NotFoundError("unknown_version", _("Cette version n'existe pas."), facts=facts)
        return _parsed(named[0])
    chosen = _chosen(rows, on)
    if chosen is None:
        raise _not_in_force(code, on, rows)
    return _parsed(chosen)


def grids(
    on: date | None = None, *, codes: Iterable[str] | None = None, public_only: bool = True
) -> dict[str, Grid]:
    """Return by code the version of each grid in force on a day (the last without a day); two queries."""
    by_code: dict[str, list[_Row]] = {}
    for row in _rows(_published(codes, public_only=public_only)):
        by_code.setdefault(row.code, []).append(row)
    chosen = {code: _chosen(rows, on) for code, rows in by_code.items()}
    kept = {code: row for code, row in chosen.items() if row is not None}
    _fetch([row for row in kept.values() if row.id not in _grids])
    return {code: _parsed(row) for code, row in kept.items()}


def versions(code: str) -> list[Grid]:
    """Return the published versions of a grid, oldest first (withdrawn ones with their state)."""
    rows = sorted(_rows(_published([code])), key=lambda row: row.key)
    _fetch([row for row in rows if row.id not in _grids])
    return [_parsed(row) for row in rows]


def codes(*, public_only: bool = True) -> list[str]:
    """Return the codes of grids that have a published version."""
    found = _published(public_only=public_only).filter(state=models.GridVersion.State.PUBLISHED)
    return sorted(set(found.values_list("grid__code", flat=True)))


def of_row(row: models.GridVersion) -> Grid:
    """Return the grid of a row, draft or not."""
    if row.state == models.GridVersion.State.DRAFT:
        return grid_of(row.content, row.digest, row=row.pk, state=row.state)
    return _keep(row.pk, row.state, row.digest, row.content)


def _chosen(rows: list[_Row], on: date | None) -> _Row | None:
    living = [row for row in rows if row.state == models.GridVersion.State.PUBLISHED]
    if on is not None:
        living = [row for row in living if row.in_force(on)]
    return max(living, key=lambda row: row.key, default=None)


def _not_in_force(code: str, on: date | None, rows: list[_Row]) -> DomainError:
    told = [
        {
            "version": row.version,
            "valid_from": row.valid_from.isoformat() if row.valid_from else None,
            "valid_to": row.valid_to.isoformat() if row.valid_to else None,
        }
        for row in sorted(rows, key=lambda row: row.key)
    ]
    facts = {"grid": code, "on": on.isoformat() if on else None, "versions": told}
    message = _("Aucune version de cette grille n'est en vigueur ce jour-là : nommez une version.")
    return NotFoundError("grid_not_in_force", message, facts=facts)


# ---------------------------------------------------------------- what was parsed

#: Parsed grids by row and state. Bounded: drafts never come here, and a process reads few versions.
_grids: dict[UUID, Grid] = {}
_MOST = 500


def _parsed(row: _Row) -> Grid:
    kept = _grids.get(row.id)
    if kept is None or kept.digest != row.digest:
        _fetch([row])
        kept = _grids[row.id]
    return kept if kept.state == row.state else _in_state(kept, row.state)


@lru_cache(maxsize=64)
def _in_state(kept: Grid, state: str) -> Grid:
    return replace(kept, state=state)


def _fetch(rows: list[_Row]) -> None:
    if not rows:
        return
    found = models.GridVersion.objects.filter(pk__in=[row.id for row in rows])
    for pk, state, digest, content in found.order_by("pk").values_list("pk", "state", "digest", "content"):
        _keep(pk, state, digest, content)


def _keep(pk: UUID, state: str, digest: str, content: Mapping[str, Any]) -> Grid:
    kept = _grids.get(pk)
    if kept is None or kept.digest != digest:
        if len(_grids) >= _MOST:
            _grids.clear()
        kept = _grids[pk] = grid_of(content, digest, row=pk, state=state)
    return kept if kept.state == state else _in_state(kept, state)
