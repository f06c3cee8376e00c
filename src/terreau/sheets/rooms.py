"""What the rooms of a workspace say of themselves, in the words of ``poles.workspace``, asked all at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from types import ModuleType
from typing import Any

from terreau.billing import composed as billing
from terreau.bookkeeping import composed as bookkeeping
from terreau.common.together import Step, abreast, run
from terreau.cooperations import composed as cooperations
from terreau.dossiers import composed as dossiers
from terreau.economics import composed as economics
from terreau.exchanges import composed as exchanges
from terreau.fees import composed as fees
from terreau.followup import composed as followup
from terreau.forecast import composed as forecast
from terreau.governance import composed_meetings, composed_people
from terreau.indicators import composed as indicators
from terreau.labels import composed as labels
from terreau.means import composed as means
from terreau.netting import composed as netting
from terreau.poles.models import Pole
from terreau.poles.workspace import Born, Published, Said
from terreau.projects import composed as projects
from terreau.trade import composed as trade

#: What each room says, in the order in which people read it.
_ROOMS = (
    composed_people,
    composed_meetings,
    cooperations,
    exchanges,
    means,
    projects,
    indicators,
    economics,
    netting,
    trade,
    bookkeeping,
    fees,
    billing,
    forecast,
    dossiers,
    followup,
    labels,
)

#: How the codes of each room's figures begin, so that who needs some asks those rooms alone.
_BEGIN = {
    composed_people.__name__: ("governance.",),
    composed_meetings.__name__: ("meetings_", "decisions_", "actions_"),
    cooperations.__name__: ("cooperations.",),
    exchanges.__name__: ("tenders_", "insertion_", "group_", "skill_"),
    means.__name__: ("means.",),
    projects.__name__: ("projects.",),
    indicators.__name__: ("indicators.",),
    economics.__name__: ("economics.",),
    netting.__name__: ("netting.",),
    trade.__name__: ("trade.",),
    bookkeeping.__name__: ("gifts.",),
    forecast.__name__: ("forecast.",),
    billing.__name__: ("billing.",),
    fees.__name__: ("fees.",),
    dossiers.__name__: ("dossiers.",),
    followup.__name__: ("followup.",),
    labels.__name__: ("labels.",),
}


def rooms() -> tuple[ModuleType, ...]:
    """Return the rooms that say something of themselves."""
    return _ROOMS


def _steps(step: str, *asked: Any, codes: Collection[str] | None = None) -> Iterator[tuple[str, Step[Any]]]:
    for room in rooms():
        begin = _BEGIN.get(room.__name__, ("",))
        if codes is not None and not any(code.startswith(begin) for code in codes):
            continue
        if (say := getattr(room, step, None)) is not None:
            yield room.__name__.split(".")[1], say(*asked)


def _each(step: str, *asked: Any, codes: Collection[str] | None = None) -> Step[list[tuple[str, Any]]]:
    """The step that asks each room the same, side by side: what each says, with its name."""
    named = list(_steps(step, *asked, codes=codes))
    found = yield from abreast(*(one for _room, one in named))
    return [(room, one) for (room, _step), part in zip(named, found, strict=True) for one in part]


def born(pole: Pole) -> list[tuple[str, Born]]:
    """Return all that was born of the pole, in its workspace, with the room that says it."""
    said = [room for room in rooms() if hasattr(room, "born")]
    return [(room.__name__.split(".")[1], one) for room in said for one in room.born(pole)]


def published(pole: Pole, on: date) -> list[Published]:
    """Return what the pole shows to everybody."""
    return run(shown(pole, on))


def shown(pole: Pole, on: date) -> Step[list[Published]]:
    """The step of ``published``."""
    found = yield from _each("shown", pole, on)
    return [one for _room, one in found]


def figures(
    pole: Pole, first: date, last: date, codes: Collection[str] | None = None
) -> list[tuple[str, Said]]:
    """Return the figures of a period, both days included, with the room that says each.

    ``codes``: ask only the rooms that may say one of these.
    """
    return run(counted(pole, first, last, codes))


def counted(
    pole: Pole, first: date, last: date, codes: Collection[str] | None = None
) -> Step[list[tuple[str, Said]]]:
    """The step of ``figures``."""
    return (yield from _each("counted", pole, first, last, codes=codes))
