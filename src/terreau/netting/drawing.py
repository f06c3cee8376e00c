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
_LONGEST: Final = 24
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
    parts = [part for one in shown for part in _arrow(one, places, most)]
    parts += [part for pk in order for part in _node(places[pk], names[pk])]
    if len(shown) <= _MOST_AMOUNTS:
        parts += [_amount(one, places) for one in shown]
    svg = (
        f'<svg class="netting-drawing" viewBox="0 0 {_WIDE:g} {_TALL:g}" width="{_WIDE:g}" '
        f'height="{_TALL:g}" role="img" aria-label="{escape(alt)}">{_HEADS}{"".join(parts)}</svg>'
    )
    return mark_safe(svg)  # noqa: S308 - numbers made here, and texts escaped above


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
    waiting = [one.debtor for one in reversed(arrows)] + [one.creditor for one in reversed(arrows)][:0]
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
    title = f"<title>{escape(one.said)}</title>"
    yield (
        f'<path d="{path}" fill="none" stroke="{STRAW}" stroke-width="{_width(one.before, most):.1f}" '
        f'marker-end="url(#pointe)">{title}</path>'
    )
    if one.after:
        yield (
            f'<path d="{path}" fill="none" stroke="{EARTH}" '
            f'stroke-width="{_width(one.after, most):.1f}">{title}</path>'
        )


def _width(cents: int, most: int) -> float:
    return max(_THINNEST, _WIDEST * cents / most)


def _node(point: Point, name: str) -> Iterator[str]:
    x, y = point
    short = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1].rstrip()}…"
    yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="11" fill="{MOSS}" stroke="{PAPER}" stroke-width="2"/>'
    low, side = y > _TALL / 2 + 1, abs(x - _WIDE / 2) > _ACROSS * 0.55
    at = (y + 5) if side else (y + 30 if low else y - 20)
    anchor = ("start" if x > _WIDE / 2 else "end") if side else "middle"
    shift = (18 if x > _WIDE / 2 else -18) if side else 0
    yield (
        f'<text x="{x + shift:.1f}" y="{at:.1f}" font-size="15" font-weight="600" fill="{INK}" '
        f'text-anchor="{anchor}" stroke="{PAPER}" stroke-width="4" paint-order="stroke" '
        f'aria-hidden="true">{escape(short)}</text>'
    )


def _amount(one: Arrow, places: Mapping[UUID, Point]) -> str:
    (x, y), (mx, my), (to_x, to_y) = _bend(one, places)
    at_x, at_y = 0.25 * x + 0.5 * mx + 0.25 * to_x, 0.25 * y + 0.5 * my + 0.25 * to_y
    return (
        f'<text x="{at_x:.1f}" y="{at_y + 5:.1f}" font-size="13.5" fill="{INK}" text-anchor="middle" '
        f'stroke="{PAPER}" stroke-width="5" paint-order="stroke" aria-hidden="true">{escape(one.said)}</text>'
    )
