"""What rooms above know of the applicants of files: other State aids, co-financers. They say how to ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from terreau.common.money import Euro
from terreau.dossiers.models import Dossier


@dataclass(frozen=True, slots=True)
class Known:
    """One aid or financing known of an applicant: what, how much, since when, and who says so."""

    what: str
    source: str
    cents: int | None = None
    on: date | None = None
    path: str = ""

    @property
    def euros(self) -> Euro | None:
        """The amount, when it is known."""
        return None if self.cents is None else Euro(self.cents)


#: Given files, return file → what is known: in a few queries whatever their number.
Knows = Callable[[Sequence[Dossier]], Mapping[UUID, list[Known]]]
_KNOWS: Final[list[Knows]] = []


def also_known(knows: Knows) -> None:
    """Show this too beside each file: a room registers it once, when the site starts."""
    if knows not in _KNOWS:
        _KNOWS.append(knows)


def known(files: Sequence[Dossier]) -> dict[UUID, list[Known]]:
    """Return what is known of each file by the rooms that said how; nothing is not « none »."""
    found: dict[UUID, list[Known]] = {}
    for knows in _KNOWS:
        for one, rows in knows(files).items():
            found.setdefault(one, []).extend(rows)
    return found


def asks() -> bool:
    """Say whether any room says what it knows."""
    return bool(_KNOWS)
