"""Drawings of a situation and of a spread, as SVG made by the server: no script, no style, the same in a PDF.

A bar for each item, from the centre: nothing is averaged, an axis is the items that it holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, pi, sin

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from terreau.reviews.rules import Spread

MOSS, MOSS_LIGHT, OCHRE, SLATE, STRAW, STRAW_DEEP, INK, PAPER = (
    "#2f5d46",
    "#6f8150",
    "#a9681a",
    "#2c6e8f",
    "#d9d0bd",
    "#857b64",
    "#1f2a24",
    "#fbf8f1",
)
_SIZE, _INNER, _OUTER, _LETTERS = 520.0, 44.0, 222.0, 242.0
#: Room between two axes, in bars.
_GAP = 0.7


@dataclass(frozen=True, slots=True)
class Bar:
    """An item: its level, target and level before, None when not known; ``aside``: not concerned."""

    level: int | None
    target: int | None = None
    before: int | None = None
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Sector:
    """An axis: its letter and its bars."""

    letter: str
    bars: Sequence[Bar]


def rose(sectors: Sequence[Sector], levels: Sequence[int], alt: str) -> SafeString:
    """Return the drawing of a situation: sectors of bars, rings for the levels; ``alt`` says it in words."""
    top = max(levels, default=1) or 1
    step = 2 * pi / (sum(len(one.bars) + _GAP for one in sectors) or 1)
    parts = [_ring(level, top) for level in levels]
    turn = -pi / 2 + step * _GAP / 2
    for rank, sector in enumerate(sectors):
        parts.append(_letter(sector.letter, turn + step * len(sector.bars) / 2))
        for bar in sector.bars:
            parts.append(_bar(bar, turn, turn + step * 0.9, top, MOSS if rank % 2 == 0 else MOSS_LIGHT))
            turn += step
        turn += step * _GAP
    parts += [_ring_label(level, top) for level in levels]
    return format_html(
        '<svg class="rose" viewBox="0 0 {} {}" role="img" aria-label="{}" xmlns="http://www.w3.org/2000/svg">'
        "{}</svg>",
        *(f"{_SIZE:g}", f"{_SIZE:g}", alt, mark_safe("".join(parts))),  # noqa: S308 - made of numbers here
    )


def _radius(level: float, top: int) -> float:
    return _INNER + (_OUTER - _INNER) * (level / top)


def _at(radius: float, angle: float) -> str:
    return f"{_SIZE / 2 + radius * cos(angle):.1f} {_SIZE / 2 + radius * sin(angle):.1f}"


def _ring(level: int, top: int) -> SafeString:
    return format_html(
        '<circle cx="{c}" cy="{c}" r="{}" fill="none" stroke="{}" stroke-width="1"/>',
        f"{_radius(level, top):.1f}",
        STRAW,
        c=f"{_SIZE / 2:g}",
    )


def _ring_label(level: int, top: int) -> SafeString:
    return format_html(
        '<text x="{}" y="{}" font-size="13" fill="{}" text-anchor="middle" stroke="#fbf8f1" stroke-width="3" '
        'paint-order="stroke">{}</text>',
        *(f"{_SIZE / 2:g}", f"{_SIZE / 2 - _radius(level, top) + 4:.1f}", INK, level),
    )


def _letter(letter: str, angle: float) -> SafeString:
    x, y = _at(_LETTERS, angle).split()
    return format_html(
        '<text x="{}" y="{}" font-size="17" font-weight="700" fill="{}" text-anchor="middle" '
        'dominant-baseline="middle">{}</text>',
        *(x, y, INK, letter),
    )


def _bar(bar: Bar, start: float, end: float, top: int, colour: str) -> SafeString:
    drawn = []
    if bar.level is not None:
        # Level 0 is a thin foot: it was answered, and differs from an item without an answer.
        outer = max(_radius(bar.level, top), _INNER + 3)
        drawn.append(format_html('<path d="{}" fill="{}"/>', _slice(_INNER - 4, outer, start, end), colour))
    elif bar.aside:
        shape = _slice(_INNER - 4, _INNER + 3, start, end)
        drawn.append(format_html('<path d="{}" fill="none" stroke="{}"/>', shape, STRAW_DEEP))
    if bar.before is not None:
        # A pale line below: the mark of before shows on a bar as on the paper.
        drawn.append(_arc(_radius(bar.before, top), start, end, PAPER, 'stroke-linecap="butt"', 8))
        drawn.append(_arc(_radius(bar.before, top), start, end, SLATE, 'stroke-dasharray="3 2"'))
    if bar.target is not None:
        drawn.append(_arc(_radius(bar.target, top), start, end, OCHRE, ""))
    return mark_safe("".join(drawn))  # noqa: S308 - drawings made here


def _slice(inner: float, outer: float, start: float, end: float) -> str:
    return (
        f"M{_at(inner, start)}L{_at(outer, start)}A{outer:.1f} {outer:.1f} 0 0 1 {_at(outer, end)}"
        f"L{_at(inner, end)}A{inner:.1f} {inner:.1f} 0 0 0 {_at(inner, start)}Z"
    )


def _arc(  # noqa: PLR0913, PLR0917 - numbers of a drawing
    radius: float, start: float, end: float, colour: str, more: str, width: int = 4
) -> SafeString:
    path = f"M{_at(radius, start)}A{radius:.1f} {radius:.1f} 0 0 1 {_at(radius, end)}"
    return format_html(
        '<path d="{}" fill="none" stroke="{}" stroke-width="{}" {}/>',
        *(path, colour, width, mark_safe(more)),  # noqa: S308 - a constant
    )


_COLUMN, _HEIGHT, _TALL = 34, 74, 46


def histogram(spread: Spread, alt: str) -> SafeString:
    """Return how answers spread: a column for each level, one more for « not concerned »; counts above."""
    columns = [(str(level), count, MOSS) for level, count in sorted(spread.counts.items())]
    if spread.not_concerned:
        columns.append(("NC", spread.not_concerned, STRAW_DEEP))
    most = max((count for _label, count, _colour in columns), default=0) or 1
    drawn = format_html_join("", "{}", ((part,) for part in _columns(columns, most)))
    return format_html(
        '<svg class="spread" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">{}</svg>',
        *(_COLUMN * len(columns), _HEIGHT, _COLUMN * len(columns), _HEIGHT, alt, drawn),
    )


def _columns(columns: Iterable[tuple[str, int, str]], most: int) -> Iterable[SafeString]:
    base = _HEIGHT - 16
    for rank, (label, count, colour) in enumerate(columns):
        middle, tall = rank * _COLUMN + _COLUMN / 2, round((_TALL - 6) * count / most)
        if count:
            yield format_html(
                '<rect x="{}" y="{}" width="{}" height="{}" fill="{}"/>',
                *(f"{middle - 11:g}", base - tall, 22, tall, colour),
            )
            yield _figure(middle, base - tall - 4, count)
        yield format_html(
            '<path d="M{} {}h26" stroke="{}"/>', *(f"{middle - 13:g}", f"{base + 0.5:g}", STRAW_DEEP)
        )
        yield _figure(middle, _HEIGHT - 3, label)


def _figure(x: float, y: float, text: object) -> SafeString:
    return format_html(
        '<text x="{}" y="{}" font-size="13" fill="{}" text-anchor="middle">{}</text>',
        *(f"{x:g}", f"{y:g}", INK, text),
    )
