"""Who sells to whom, as SVG made by the server: no script, no style. A table beside it says the same."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, pi, sin, sqrt
from typing import Final
from uuid import UUID

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from terreau.trade.read import Pair

_MOSS, _EARTH, _INK, _PAPER, _STRAW = ("#2f5d46", "#8a3f1d", "#1f2a24", "#fbf8f1", "#857b64")
_RADIUS: Final = 170
_LETTER: Final = 7.4
#: Above, names would lie on one another: the table has them all.
MOST: Final = 24


def network(pairs: Sequence[Pair], alt: str) -> SafeString | str:
    """Draw the largest pairs: members on a circle, an arrow from who sells to who buys, thick as the amount.

    What is due to the pole, wholly or in part, is drawn full; the rest dashed.
    """
    held = [pair for pair in pairs if pair.cents > 0]
    names = _names(held)
    drawn = [pair for pair in held if pair.seller.pk in names and pair.buyer.pk in names]
    if not drawn:
        return ""
    points = {
        pk: (_RADIUS * cos(turn), _RADIUS * sin(turn))
        for rank, pk in enumerate(names)
        for turn in [2 * pi * rank / len(names) - pi / 2]
    }
    largest = max(pair.cents for pair in drawn)
    wide = max(_reach(name) for name in names.values()) + _RADIUS + 20
    tall = _RADIUS + 46
    parts = [_arrow(pair, points, largest) for pair in sorted(drawn, key=lambda one: -one.cents)]
    parts += [_member(*points[pk], name) for pk, name in names.items()]
    box = f"{-wide:.0f} {-tall} {2 * wide:.0f} {2 * tall}"
    return mark_safe(  # noqa: S308 - every text was escaped
        f'<svg class="trade-network" viewBox="{box}" width="{2 * wide:.0f}" height="{2 * tall}" role="img" '
        f'aria-label="{escape(alt)}">{_MARKS}{"".join(parts)}</svg>'
    )


_MARKS: Final = "".join(
    f'<marker id="trade-{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="9" markerHeight="9" '
    f'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8Z" fill="{colour}"/></marker>'
    for name, colour in (("due", _MOSS), ("other", _EARTH))
)


def _names(pairs: Sequence[Pair]) -> dict[UUID, str]:
    """Return the members of the largest pairs, as many as a drawing holds."""
    found: dict[UUID, str] = {}
    for pair in pairs:
        new = {one.pk: one.name for one in (pair.seller, pair.buyer) if one.pk not in found}
        if len(found) + len(new) <= MOST:
            found |= new
    return found


def _arrow(pair: Pair, points: dict[UUID, tuple[float, float]], largest: int) -> str:
    (x, y), (to_x, to_y) = points[pair.seller.pk], points[pair.buyer.pk]
    length = sqrt((to_x - x) ** 2 + (to_y - y) ** 2) or 1
    # Bent to one side, so that both ways of a pair are two arrows.
    bend_x = (x + to_x) / 2 * 0.55 - (to_y - y) / length * 26
    bend_y = (y + to_y) / 2 * 0.55 + (to_x - x) / length * 26
    back = sqrt((to_x - bend_x) ** 2 + (to_y - bend_y) ** 2) or 1
    end_x, end_y = to_x - (to_x - bend_x) / back * 13, to_y - (to_y - bend_y) / back * 13
    width = 1.2 + 6 * sqrt(pair.cents / largest)
    due = pair.due > 0
    dash = "" if due else ' stroke-dasharray="7 4"'
    colour, mark = (_MOSS, "due") if due else (_EARTH, "other")
    path = f"M{x:.1f} {y:.1f}Q{bend_x:.1f} {bend_y:.1f} {end_x:.1f} {end_y:.1f}"
    return (
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width:.1f}" opacity="0.8"{dash} '
        f'marker-end="url(#trade-{mark})"/>'
    )


def _member(x: float, y: float, name: str) -> str:
    side = 0 if abs(x) < _RADIUS * 0.2 else (1 if x > 0 else -1)
    anchor = {0: "middle", 1: "start", -1: "end"}[side]
    at_x = x + 14 * side
    at_y = y + 5 if side else y + (26 if y > 0 else -16)
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="7" fill="{_PAPER}" stroke="{_INK}" stroke-width="2.5"/>'
        f'<text x="{at_x:.1f}" y="{at_y:.1f}" font-size="14" text-anchor="{anchor}" fill="{_INK}" '
        f'stroke="{_PAPER}" stroke-width="4" paint-order="stroke">{escape(_short(name))}</text>'
    )


def _short(name: str) -> str:
    return name if len(name) <= 26 else f"{name[:25].rstrip()}…"


def _reach(name: str) -> float:
    return len(_short(name)) * _LETTER


__all__ = ["MOST", "network"]
