"""Answers given under earlier versions of a grid, read under a later one with a stated confidence.

The owner's moves are those of ``grids.rereading``; nothing is written: an old answer stays what it was, under
the words that it answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from terreau.common.errors import NotFoundError
from terreau.grids.mappings import Carried, Item, Record
from terreau.grids.models import GridVersion
from terreau.grids.rereading import reread
from terreau.poles.models import Pole
from terreau.reviews.models import Stance
from terreau.reviews.rules import Said
from terreau.reviews.statements import Texts, said


@dataclass(frozen=True, slots=True)
class Read:
    """An old answer as it reads now: its values, how surely, why, under which version it was given."""

    said: Said
    confidence: str
    why: tuple[Texts, ...]
    version: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Old:
    """What earlier versions give: by item of the later one, and what no longer leads anywhere, in words."""

    items: Mapping[str, Read] = field(default_factory=dict)
    lost: tuple[str, ...] = ()


def carried(pole: Pole, version: GridVersion) -> Old:
    """Return the pole's answers under earlier versions of the grid, read under ``version``.

    Where two earlier versions lead to one item, the answer given last is read. One query when there is no
    earlier answer, and two more by earlier version.
    """
    rows = Stance.objects.filter(pole=pole, grid_version__grid=version.grid_id, superseded_at=None).exclude(
        grid_version=version
    )
    by_version: dict[str, dict[str, Stance]] = {}
    for row in rows.select_related("grid_version").order_by("at", "pk"):
        by_version.setdefault(row.grid_version.version, {})[row.criterion] = row
    items: dict[str, Read] = {}
    lost: dict[str, str] = {}
    for old, held in by_version.items():
        try:
            found, gone = _read(held, version, old)
        except NotFoundError:
            # Versions that do not come from one another: said, and the old answers stay where they are.
            gone, found = (
                {old: _("Version %(version)s : rien ne dit comment la lire ici.") % {"version": old}},
                {},
            )
        for code, one in found.items():
            if code not in items or _later(one, items[code]):
                items[code] = one
        lost |= gone
    return Old(items, tuple(lost.values()))


def _read(
    held: Mapping[str, Stance], version: GridVersion, old: str
) -> tuple[dict[str, Read], dict[str, str]]:
    levels = reread({code: row.level for code, row in held.items()}, version.grid.code, old, version.version)
    aimed = {code: row.target for code, row in held.items() if row.target is not None}
    targets = reread(aimed, version.grid.code, old, version.version) if aimed else Carried({})
    items = {code: _item(item, targets.items.get(code), held, old) for code, item in levels.items.items()}
    return items, {one: words for record in levels.records for one, words in _lost(record, held, old)}


def _item(item: Item, target: Item | None, held: Mapping[str, Stance], old: str) -> Read:
    rows = [held[origin.code] for origin in item.origins if origin.code in held]
    aside = bool(rows) and all(row.not_concerned for row in rows)
    aimed = target.value if target else None
    given = Said(
        level=item.value if isinstance(item.value, int) else None,
        not_concerned=aside,
        target=aimed if isinstance(aimed, int) and not aside else None,
        first_step="\n".join(dict.fromkeys(row.first_step for row in rows if row.first_step)),
        words="\n".join(dict.fromkeys(row.words for row in rows if row.words)),
    )
    at = max((row.at for row in rows), default=None)
    return Read(given, str(item.confidence), item.why, old, at)


def _lost(record: Record, held: Mapping[str, Stance], old: str) -> list[tuple[str, str]]:
    """Return what no longer leads anywhere, in words, by version and item."""
    if record.to:
        return []
    words = _("%(item)s (version %(version)s, réponse : %(level)s) : %(why)s")
    found = []
    for origin in record.origins:
        row = held.get(origin.code)
        level = "–" if row is None or row.level is None else str(row.level)
        facts = {"item": origin.code, "version": old, "level": level, "why": said(record.why)}
        found.append((f"{old}/{origin.code}", words % facts))
    return found


def _later(one: Read, other: Read) -> bool:
    return one.at is not None and (other.at is None or one.at >= other.at)
