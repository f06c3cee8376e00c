"""What the rooms of a workspace say of themselves, in the words of ``poles.workspace``, asked all at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from types import ModuleType
from typing import Any

from terreau.cooperations import composed as cooperations
from terreau.exchanges import composed as exchanges
from terreau.governance import composed_meetings, composed_people
from terreau.indicators import composed as indicators
from terreau.means import composed as means
from terreau.poles.models import Pole
from terreau.poles.workspace import Born, Published, Said
from terreau.projects import composed as projects

#: What each room says, in the order in which people read it.
_ROOMS = (composed_people, composed_meetings, cooperations, exchanges, means, projects, indicators)

#: How the codes of each room's figures begin, so that who needs some asks those rooms alone.
_BEGIN = {
    composed_people.__name__: ("governance.",),
    composed_meetings.__name__: ("meetings_", "decisions_", "actions_"),
    cooperations.__name__: ("cooperations.",),
    exchanges.__name__: ("tenders_", "insertion_", "group_", "skill_"),
    means.__name__: ("means.",),
    projects.__name__: ("projects.",),
    indicators.__name__: ("indicators.",),
}


def rooms() -> tuple[ModuleType, ...]:
    """Return the rooms that say something of themselves."""
    return _ROOMS


def _each(verb: str, *asked: Any, codes: Collection[str] | None = None) -> Iterator[tuple[str, Any]]:
    for room in rooms():
        begin = _BEGIN.get(room.__name__, ("",))
        if codes is not None and not any(code.startswith(begin) for code in codes):
            continue
        if (say := getattr(room, verb, None)) is not None:
            for one in say(*asked):
                yield room.__name__.split(".")[1], one


def born(pole: Pole) -> list[tuple[str, Born]]:
    """Return all that was born of the pole, in its workspace, with the room that says it."""
    return [*_each("born", pole)]


def published(pole: Pole, on: date) -> list[Published]:
    """Return what the pole shows to everybody."""
    return [one for _room, one in _each("published", pole, on)]


def figures(
    pole: Pole, first: date, last: date, codes: Collection[str] | None = None
) -> list[tuple[str, Said]]:
    """Return the figures of a period, both days included, with the room that says each.

    ``codes``: ask only the rooms that may say one of these.
    """
    return [*_each("figures", pole, first, last, codes=codes)]
