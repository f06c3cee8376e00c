"""What waits for a person, kept until anything at all is written: each room is asked once after a change.

A dozen rooms say what is due, in some thirty queries; between two writes their answers are the same. They are
kept by process, under the state of the database that they were read from (``web.caching.state``), the person,
the language and the hour, because some of them speak of the hour. Inside a transaction nothing is kept.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import get_language

from terreau.poles.workspace import Due, Workspace
from terreau.sheets import week
from terreau.sheets.espace import Counts
from terreau.web import caching

#: People whose week a process keeps at most.
MOST = 256
Key = tuple[Any, ...]
_held: OrderedDict[Key, tuple[caching.State, list[tuple[UUID, Due]]]] = OrderedDict()
_lock = threading.Lock()


def of(open_to: Sequence[Workspace], held: Mapping[UUID, Counts]) -> week.Week:
    """Return what waits in these workspaces, the most pressing first: kept, or asked of the rooms."""
    state = caching.state() if open_to else None
    if state is None:
        return week.week(open_to, held)
    key = _key(open_to)
    with _lock:
        known = _held.get(key)
    if known is not None and known[0] == state:
        return _again(known[1], open_to)
    found = week.week(open_to, held)
    # Written meanwhile: what was read may be half old, half new.
    if caching.state() == state:
        _keep(key, state, [(one.ws.pole.pk, one.due) for one in found.everything])
    return found


def _key(open_to: Sequence[Workspace]) -> Key:
    first = open_to[0]
    stands = tuple((ws.pole.pk, ws.runs, ws.standing.speaks_for) for ws in open_to)
    return (first.user.pk, get_language(), first.today, timezone.now().hour, stands)


def _again(rows: list[tuple[UUID, Due]], open_to: Sequence[Workspace]) -> week.Week:
    spaces = {ws.pole.pk: ws for ws in open_to}
    return week.sorted_out([week.Waiting(due, spaces[pole]) for pole, due in rows])


def _keep(key: Key, state: caching.State, rows: list[tuple[UUID, Due]]) -> None:
    with _lock:
        _held[key] = (state, rows)
        _held.move_to_end(key)
        while len(_held) > MOST:
            _held.popitem(last=False)
