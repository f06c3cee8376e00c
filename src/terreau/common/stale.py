"""Two people on one sheet: what merges by itself and what a person must choose."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


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
