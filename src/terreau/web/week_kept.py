"""What a person's first page gathers, kept until anything is written: each room is asked once after it.

It is kept by process, with the state of the database (``common.kept``), for the person, the language and the
hour, because some of it speaks of the hour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import get_language

from terreau.common.kept import Kept
from terreau.poles.models import Pole
from terreau.poles.workspace import Due, Workspace
from terreau.sheets import espace, purposes, week
from terreau.sheets.espace import Counts
from terreau.sheets.purposes import Purpose

#: People whose week, and poles whose contents, a process keeps at most.
MOST = 256


@dataclass(frozen=True, slots=True)
class Waits:
    """What waits for a person in their poles, and how much each pole holds."""

    week: week.Week
    counts: dict[UUID, Counts]


_Said = tuple[list[tuple[UUID, Due]], dict[UUID, Counts]]
_weeks: Kept[_Said] = Kept(MOST)
_named: Kept[dict[UUID, Purpose]] = Kept(MOST)


def of(open_to: Sequence[Workspace]) -> Waits:
    """Return what waits in these workspaces, the most pressing first: kept, or asked of the rooms."""
    if not open_to:
        return Waits(week.Week(), {})
    rows, counts = _weeks.get(_key(open_to), lambda: _asked(open_to))
    spaces = {ws.pole.pk: ws for ws in open_to}
    return Waits(week.sorted_out([week.Waiting(due, spaces[pole]) for pole, due in rows]), counts)


def named(pole: Pole) -> dict[UUID, Purpose]:
    """Return everything of a workspace that has a subject (``purposes.of_pole``); nobody changes it."""
    return _named.get((pole.pk, get_language()), lambda: purposes.of_pole(pole))


def clear() -> None:
    """Keep nothing."""
    _weeks.clear()
    _named.clear()


def _asked(open_to: Sequence[Workspace]) -> _Said:
    counts = espace.counts(open_to)
    found = week.week(open_to, counts)
    return [(one.ws.pole.pk, one.due) for one in found.everything], counts


def _key(open_to: Sequence[Workspace]) -> tuple[Any, ...]:
    first = open_to[0]
    stands = tuple((ws.pole.pk, ws.runs, ws.standing.speaks_for) for ws in open_to)
    return (first.user.pk, get_language(), first.today, timezone.now().hour, stands)
