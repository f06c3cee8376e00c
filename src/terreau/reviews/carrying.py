"""Answers given under an earlier version of a grid, read under a later one with a stated confidence.

The owner's moves are those of ``grids.mappings``; nothing is written: an old answer stays what it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from terreau.grids.models import GridVersion
from terreau.poles.models import Pole
from terreau.reviews.rules import Said
from terreau.reviews.statements import Texts


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
    lost: Mapping[str, str] = field(default_factory=dict)


def carried(pole: Pole, version: GridVersion) -> Old:
    """Return the pole's answers of the nearest earlier version that has some, read under ``version``."""
    return Old()
