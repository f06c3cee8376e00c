"""What the rooms of a workspace say of themselves, in the words of ``poles.workspace``, asked all at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from terreau.poles.models import Pole
from terreau.poles.workspace import Born, Published, Said

#: Where each room says what others compose, in the order in which people read it.
MODULES = (
    "terreau.governance.composed_people",
    "terreau.governance.composed_meetings",
    "terreau.cooperations.composed",
    "terreau.exchanges.composed",
    "terreau.means.composed",
    "terreau.projects.composed",
    "terreau.indicators.composed",
)


@cache
def rooms() -> tuple[ModuleType, ...]:
    """Return the rooms that say something of themselves."""
    return tuple(import_module(name) for name in MODULES if find_spec(name))


def _each(verb: str, *asked: Any) -> Iterator[tuple[str, Any]]:
    for room in rooms():
        if (say := getattr(room, verb, None)) is not None:
            for one in say(*asked):
                yield room.__name__.split(".")[1], one


def born(pole: Pole) -> list[Born]:
    """Return all that was born of the pole, in its workspace."""
    return [one for _room, one in _each("born", pole)]


def published(pole: Pole, on: date) -> list[Published]:
    """Return what the pole shows to everybody."""
    return [one for _room, one in _each("published", pole, on)]


def figures(pole: Pole, first: date, last: date) -> list[tuple[str, Said]]:
    """Return the figures of a period, both days included, with the room that says each."""
    return [*_each("figures", pole, first, last)]
