"""Old answers read under a later version of the same grid, through every version between the two.

The moves are those of the published versions; where a version declares none, what cannot be followed is told
in a record: the answers stay as they were given, under their own version.
"""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from uuid import UUID

from django.utils.translation import gettext as _

from terreau.common.errors import NotFoundError
from terreau.grids.language import Grid, grid_of
from terreau.grids.mappings import Carried, Value, carry
from terreau.grids.models import GridVersion
from terreau.grids.moves import Move, Shape, check


def shape(grid: Grid) -> Shape:
    """Return what mappings need of a version: words of its criteria, degrees, which criteria are noted."""
    return Shape(
        version=grid.version,
        texts={one.code: (dict(one.title), dict(one.text)) for one in grid.criteria},
        degrees=tuple(degree.value for degree in grid.scale),
        scaled=frozenset(one.code for one in grid.criteria if one.kind == "echelle"),
    )


def reread(answers: Mapping[str, Value | None], code: str, version: str, to: str | None = None) -> Carried:
    """Read answers given under ``version`` of the grid ``code`` under the version ``to`` (the last one).

    ``answers`` by criterion, None for « non concerné ». Raises ``NotFoundError`` when a version does not
    exist or when ``to`` does not come from ``version``. One query.
    """
    way = between(code, version, to)
    steps = [(shape(old), moves_of(old, new), shape(new)) for old, new in pairwise(way)]
    return carry(answers, steps, version)


def moves_of(old: Grid, new: Grid) -> tuple[Move, ...]:
    """Return the moves from one version to the next; without any declared, criteria of one code stay."""
    if new.mapping and str(new.mapping.get("from")) == old.version:
        return check(new.mapping.get("moves"), shape(old), shape(new))[0]
    if shape(old).degrees != shape(new).degrees:
        return ()
    kept = tuple(one.code for one in old.criteria if _same_kind(one.code, old, new))
    return (Move("keep", kept, kept),) if kept else ()


def _same_kind(code: str, old: Grid, new: Grid) -> bool:
    return code in new.by_code and (old.by_code[code].kind == "echelle") == (
        new.by_code[code].kind == "echelle"
    )


def between(code: str, version: str, to: str | None = None) -> list[Grid]:
    """Return the versions from ``version`` to ``to`` included, oldest first; one alone for the same."""
    rows = {
        row.pk: row
        for row in GridVersion.objects.filter(grid__code=code).exclude(state=GridVersion.State.DRAFT)
    }
    names = {row.version: row for row in rows.values()}
    last = names.get(to) if to else _last(rows)
    if version not in names or last is None:
        raise NotFoundError("unknown_version", _("Cette version n'existe pas."), facts={"version": version})
    way = [last]
    while way[0].version != version:
        before = rows.get(way[0].supersedes_id) if way[0].supersedes_id else None
        if before is None or before in way:
            message = _("La version %(to)s ne vient pas de la version %(version)s.")
            facts = {"version": version, "to": last.version}
            raise NotFoundError("unrelated_versions", message % facts, facts=facts)
        way.insert(0, before)
    return [replace(grid_of(row.content, row.digest, row=row.pk), state=row.state) for row in way]


def _last(rows: Mapping[UUID, GridVersion]) -> GridVersion | None:
    """Return the version that no other one follows, the latest published when there are several."""
    followed = {row.supersedes_id for row in rows.values()}
    ends = [row for row in rows.values() if row.pk not in followed]
    return max(ends, key=lambda row: (row.published_at, row.pk)) if ends else None


__all__ = ["between", "moves_of", "reread", "shape"]
