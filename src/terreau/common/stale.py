"""Two people on one sheet: what merges by itself and what a person must choose."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import models
from django.db.models import F
from django.utils.translation import gettext as _

from terreau.common.errors import NotFoundError, StaleWriteError

Row = TypeVar("Row", bound=models.Model)
_TRIES = 20


@dataclass(frozen=True, slots=True)
class Merge:
    """What to write, and the fields that both changed differently."""

    changes: dict[str, Any]
    conflicts: dict[str, dict[str, Any]]


def three_way(base: Mapping[str, Any], theirs: Mapping[str, Any], mine: Mapping[str, Any]) -> Merge:
    """Merge ``mine`` into ``theirs``, both born from ``base``; the three have the same keys.

    A field changed on one side only is taken from that side. A field changed on both sides to
    the same value is no conflict. Otherwise it is reported as ``{"base", "theirs", "mine"}``.
    """
    changes: dict[str, Any] = {}
    conflicts: dict[str, dict[str, Any]] = {}
    for field, wanted in mine.items():
        if wanted == base[field] or wanted == theirs[field]:
            continue
        if theirs[field] == base[field]:
            changes[field] = wanted
        else:
            conflicts[field] = {"base": base[field], "theirs": theirs[field], "mine": wanted}
    return Merge(changes, conflicts)


@dataclass(frozen=True, slots=True)
class Written(Generic[Row]):
    """The row as it stands now, and the fields that were written with their new values."""

    row: Row
    changes: dict[str, Any]


def write_fresh(row: Row, *, base: Mapping[str, Any], mine: Mapping[str, Any]) -> Written[Row]:
    """Write ``mine`` over a row that has a ``version``, as the person saw it in ``base``.

    What somebody else changed meanwhile in other fields stays; a field that both changed
    differently raises ``StaleWriteError`` with the three values, and nothing is written. The update
    is conditional on the version read, and tried again when another one came in between. Keys of
    both are names of columns (``carrier_id`` for a link). The caller journals ``changes``: see
    ``journal.actions.save_fresh``, which does.
    """
    rows = type(row)._default_manager.filter(pk=row.pk)
    for _try in range(_TRIES):
        current = rows.first()
        if current is None:
            raise NotFoundError("gone", _("Cette fiche n'existe plus."))
        merge = three_way(base, {field: getattr(current, field) for field in mine}, mine)
        if merge.conflicts:
            raise _stale(merge.conflicts)
        if not merge.changes:
            return Written(current, {})
        seen = rows.filter(version=current.version)  # type: ignore[attr-defined]
        if seen.update(**merge.changes, version=F("version") + 1):
            return Written(rows.get(), merge.changes)
    raise StaleWriteError("busy", _("Cette fiche change sans cesse : réessayez dans un instant."))


def _stale(conflicts: dict[str, dict[str, Any]]) -> StaleWriteError:
    plain = {field: {who: _json(value) for who, value in sides.items()} for field, sides in conflicts.items()}
    message = _("Quelqu'un a modifié les mêmes champs pendant ce temps : choisissez la valeur à garder.")
    return StaleWriteError("stale_write", message, facts={"conflicts": plain})


def _json(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | str | dict | list) else str(value)
