"""Who owes whom, drawn as a ring: what is owed, what stays. No script; the table says the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import cos, hypot, pi, sin
from typing import Final
from uuid import UUID

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

EARTH, MOSS, INK, STRAW, PAPER = "#8a3f1d", "#2f5d46", "#1f2a24", "#d9d0bd", "#fbf8f1"
_WIDE, _TALL, _ACROSS, _UP = 760.0, 460.0, 240.0, 165.0
_WIDEST, _THINNEST = 16.0, 2.0
#: Above this, amounts would cover one another: the table has them.
_MOST_AMOUNTS: Final = 14
_MOST_ARROWS: Final = 60
_LONGEST: Final = 28
_SIZE: Final = 15.0
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Arrow:
    """What a debtor owes a creditor, before and after, in cents; ``said`` is written along it."""

    debtor: UUID
    creditor: UUID
    before: int
    after: int
    said: str


def drawn(arrows: Sequence[Arrow], names: Mapping[UUID, str], alt: str) -> SafeString:
    """Return the drawing: a straw band as wide as what is owed, an earthen one as wide as what stays."""
    shown = list(arrows)[:_MOST_ARROWS]
    order = _order(shown)
    places = _places(order)
    most = max((one.before for one in shown), default=1)
    labels = [_name(places[pk], names[pk]) for pk in order]
    if len(shown) <= _MOST_AMOUNTS:
        labels += [_amount(one, places, most) for one in shown]
    parts = [part for one in shown for part in _arrow(one, places, most)]
    parts += [_node(places[pk]) for pk in order]
    parts += [one.svg for one in labels]
    left, right, top, bottom = _box(list(places.values()), labels)
    size = f"{left:.0f} {top:.0f} {right - left:.0f} {bottom - top:.0f}"
    svg = (
        f'<svg class="netting-drawing" viewBox="{size}" width="{right - left:.0f}" '
        f'height="{bottom - top:.0f}" role="img" aria-label="{escape(alt)}">{_HEADS}{"".join(parts)}</svg>'
    )
    return mark_safe(svg)  # noqa: S308 - numbers made here, and texts escaped above


@dataclass(frozen=True, slots=True)
class _Label:
    """A text at a place; its width is guessed, so that the drawing holds it."""

    x: float
    y: float
    anchor: str
    text: str
    bold: bool = False

    @property
    def svg(self) -> str:
        weight = ' font-weight="600"' if self.bold else ""
        return (
            f'<text x="{self.x:.1f}" y="{self.y:.1f}" font-size="{_SIZE:g}"{weight} fill="{INK}" '
            f'text-anchor="{self.anchor}" stroke="{PAPER}" stroke-width="4" paint-order="stroke" '
            f'aria-hidden="true">{escape(self.text)}</text>'
        )

    @property
    def sides(self) -> tuple[float, float]:
        """Where the text begins and ends."""
        wide = len(self.text) * _SIZE * (0.6 if self.bold else 0.54)
        begin = {"start": self.x, "middle": self.x - wide / 2, "end": self.x - wide}[self.anchor]
        return begin, begin + wide


def _box(points: Sequence[Point], labels: Sequence[_Label]) -> tuple[float, float, float, float]:
    """Return what holds every point and every text: left, right, top, bottom."""
    sides = [side for one in labels for side in one.sides] + [x for x, _y in points]
    heights = [one.y for one in labels] + [y for _x, y in points]
    return min(sides) - 16, max(sides) + 16, min(heights) - 26, max(heights) + 26


_HEADS: Final = (
    f'<defs><marker id="pointe" viewBox="0 0 10 10" refX="8" refY="5" markerWidth="13" markerHeight="13" '
    f'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L10 5L0 10z" fill="{MOSS}"/></marker></defs>'
)


def _order(arrows: Sequence[Arrow]) -> list[UUID]:
    """Return the parties so that who owes stands before whom it owes, as far as a walk goes."""
    following: dict[UUID, list[UUID]] = {}
    for one in arrows:
        following.setdefault(one.debtor, []).append(one.creditor)
    order: dict[UUID, None] = {}
    waiting = [one.debtor for one in reversed(arrows)]
    while waiting:
        here = waiting.pop()
        if here not in order:
            order[here] = None
            waiting += reversed(following.get(here, []))
    order |= dict.fromkeys(one.creditor for one in arrows if one.creditor not in order)
    return list(order)


def _places(order: Sequence[UUID]) -> dict[UUID, Point]:
    if len(order) == 2:
        middle = _TALL / 2
        return {order[0]: (_WIDE / 2 - _ACROSS * 0.7, middle), order[1]: (_WIDE / 2 + _ACROSS * 0.7, middle)}
    turn = 2 * pi / max(1, len(order))
    return {
        pk: (
            _WIDE / 2 + _ACROSS * cos(turn * rank - pi / 2),
            _TALL / 2 + _UP * sin(turn * rank - pi / 2),
        )
        for rank, pk in enumerate(order)
    }


def _bend(one: Arrow, places: Mapping[UUID, Point]) -> tuple[Point, Point, Point]:
    """Return where an arrow starts, bends (to its own right, so that two ways do not meet) and ends."""
    (x, y), (to_x, to_y) = places[one.debtor], places[one.creditor]
    far = hypot(to_x - x, to_y - y) or 1.0
    along, across = ((to_x - x) / far, (to_y - y) / far), ((to_y - y) / far, -(to_x - x) / far)
    curve = min(60.0, far * 0.2)
    middle = ((x + to_x) / 2 + across[0] * curve, (y + to_y) / 2 + across[1] * curve)
    start, stop = 16.0, 22.0
    begin = (x + along[0] * start + across[0] * 5, y + along[1] * start + across[1] * 5)
    end = (to_x - along[0] * stop + across[0] * 7, to_y - along[1] * stop + across[1] * 7)
    return begin, middle, end


def _arrow(one: Arrow, places: Mapping[UUID, Point], most: int) -> Iterator[str]:
    (x, y), (mx, my), (to_x, to_y) = _bend(one, places)
    path = f"M{x:.1f} {y:.1f}Q{mx:.1f} {my:.1f} {to_x:.1f} {to_y:.1f}"
    bands = [(STRAW, one.before), (EARTH, one.after)] if one.after else [(STRAW, one.before)]
    for rank, (colour, cents) in enumerate(bands, start=1):
        head = ' marker-end="url(#pointe)"' if rank == len(bands) else ""
        yield (
            f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{_width(cents, most):.1f}"{head}>'
            f"<title>{escape(one.said)}</title></path>"
        )


def _width(cents: int, most: int) -> float:
    return max(_THINNEST, _WIDEST * cents / most)


def _node(point: Point) -> str:
    x, y = point
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="11" fill="{MOSS}" stroke="{PAPER}" stroke-width="2"/>'


def _name(point: Point, name: str) -> _Label:
    """Return the name of a party, outside the ring."""
    x, y = point
    short = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1].rstrip()}…"
    if abs(x - _WIDE / 2) < _ACROSS * 0.55:
        return _Label(x, y + (32 if y > _TALL / 2 + 1 else -20), "middle", short, bold=True)
    right = x > _WIDE / 2
    return _Label(x + (20 if right else -20), y + 5, "start" if right else "end", short, bold=True)


def _amount(one: Arrow, places: Mapping[UUID, Point], most: int) -> _Label:
    """Return what an arrow says, beside its middle, on its outer side."""
    (x, y), (mx, my), (to_x, to_y) = _bend(one, places)
    at_x, at_y = 0.25 * x + 0.5 * mx + 0.25 * to_x, 0.25 * y + 0.5 * my + 0.25 * to_y
    far = hypot(to_x - x, to_y - y) or 1.0
    across = (to_y - y) / far, -(to_x - x) / far
    away = _width(one.before, most) / 2 + 8
    anchor = "middle" if abs(across[0]) < 0.4 else "start" if across[0] > 0 else "end"
    lift = 5 + (8 * across[1] if anchor == "middle" else 0)
    return _Label(at_x + across[0] * away, at_y + across[1] * away + lift, anchor, one.said)
