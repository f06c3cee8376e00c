"""France by region: how many files come from each, how many were chosen; the table of the page says the same.

For who owns or checks a programme, who may read each of these files: nothing is withheld here. What anybody
reads is ``statistics``, under secrecy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from terreau.procedures.steering import Region
from terreau.territories import drawing

#: Colours of the scale, from the fewest files to the most (``shape-scale-0`` to ``-4``).
_COLOURS: Final = 5
#: Pixels between two points of an outline: at this size nobody sees the others.
_STEP: Final = 2.2


@dataclass(frozen=True, slots=True)
class Shape:
    """A region: its outline, its colour (None without any file), what it says."""

    path: str
    colour: int | None
    words: str


@dataclass(frozen=True, slots=True)
class Mark:
    """How many were chosen in a region: a circle with its number, in pixels."""

    x: str
    y: str
    radius: str
    chosen: int


@dataclass(frozen=True, slots=True)
class Band:
    """A colour of the legend and the numbers of files that have it."""

    colour: int
    words: str


@dataclass(frozen=True, slots=True)
class RegionMap:
    """The drawing and its legend; ``elsewhere``: files whose region is not known, which it does not show."""

    shapes: tuple[Shape, ...]
    marks: tuple[Mark, ...]
    bands: tuple[Band, ...]
    insets: Sequence[Mapping[str, Any]]
    elsewhere: int
    width: int = drawing.WIDTH
    height: int = drawing.HEIGHT


def drawn(regions: Sequence[Region]) -> RegionMap | None:
    """Return the map of what regions give and receive, None when no file has a region of today."""
    shapes = drawing.france("region", _STEP)
    known = {shape["code"] for shape in shapes}
    placed = {one.code: one for one in regions if one.code in known}
    if not placed:
        return None
    most = max(one.files for one in placed.values())
    middles = drawing.middles("region")
    return RegionMap(
        shapes=tuple(_shape(shape, placed.get(shape["code"]), most) for shape in shapes),
        marks=tuple(_mark(one, middles[code]) for code, one in placed.items() if one.chosen),
        bands=tuple(_bands(most)),
        insets=drawing.insets(),
        elsewhere=sum(one.files for one in regions if one.code not in known),
    )


def _colour(files: int, most: int) -> int:
    return (files * _COLOURS - 1) // most


def _shape(shape: Mapping[str, Any], region: Region | None, most: int) -> Shape:
    if region is None:
        return Shape(shape["d"], None, _("%(name)s : aucun dossier") % {"name": shape["nom"]})
    return Shape(shape["d"], _colour(region.files, most), _words(region))


def _mark(region: Region, middle: tuple[float, float]) -> Mark:
    x, y = (f"{one:.1f}" for one in middle)
    return Mark(x, y, f"{min(22.0, 9 + region.chosen**0.5):.1f}", region.chosen)


def _words(region: Region) -> str:
    files = ngettext("%(n)d dossier déposé", "%(n)d dossiers déposés", region.files) % {"n": region.files}
    chosen = ngettext("%(n)d retenu", "%(n)d retenus", region.chosen) % {"n": region.chosen}
    return _("%(name)s : %(files)s, %(chosen)s") % {"name": region.name, "files": files, "chosen": chosen}


def _bands(most: int) -> list[Band]:
    """Return the colours that some number of files has, each with its first and its last."""
    ranges: dict[int, list[int]] = {}
    for files in range(1, most + 1):
        ranges.setdefault(_colour(files, most), []).append(files)
    return [Band(colour, _said(found[0], found[-1])) for colour, found in ranges.items()]


def _said(first: int, last: int) -> str:
    if first == last:
        return ngettext("%(n)d dossier", "%(n)d dossiers", first) % {"n": first}
    return _("%(first)d à %(last)d dossiers") % {"first": first, "last": last}
