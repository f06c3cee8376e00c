"""Drawings of cooperations as SVG made by the server: no script, no style. Each has its table twin."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from terreau.cooperations.layout import Places
from terreau.cooperations.rules import FORMS, MEANS, PROJECTS, STRATEGIC, STRUCTURED, Id, Link, Pair

OCHRE, OCHRE_DEEP, EARTH, MOSS, SLATE, INK, SOFT, STRAW, STRAW_DEEP, PAPER = (
    *("#c9822b", "#a9681a", "#8a3f1d", "#2f5d46", "#2c6e8f"),
    *("#1f2a24", "#444f49", "#d9d0bd", "#857b64", "#fbf8f1"),
)
SEVERAL: Final = "several"
#: Each form has its colour and its dashes, so that colour alone says nothing.
STROKES: Final[Mapping[str, tuple[str, str]]] = {
    MEANS: (OCHRE_DEEP, ""),
    STRUCTURED: (OCHRE, "9 3"),
    PROJECTS: (EARTH, "2 4"),
    STRATEGIC: (MOSS, "12 4 2 4"),
    SEVERAL: (SLATE, ""),
}
_WIDTHS: Final = (1.0, 1.0, 1.5, 2.2, 3.0, 4.0)


@dataclass(frozen=True, slots=True)
class Node:
    """A member in the drawing: its name, how many it is tied to, where its name leads."""

    name: str
    degree: int
    href: str
    said: str


def form_of(link: Link) -> str:
    """Return the form that a link is drawn in: its own, or « several »."""
    return next(iter(link.forms)) if len(link.forms) == 1 else SEVERAL


def network(  # noqa: PLR0913 - keyword-only: each is a part of the drawing
    places: Places,
    *,
    links: Mapping[Pair, Link],
    nodes: Mapping[Id, Node],
    circles: Mapping[str, str],
    alt: str,
    focus: Id | None = None,
) -> SafeString:
    """Return the drawing of the network: circles, links by form and level, members, the names that fit.

    ``circles`` names the circles. The members lead to their own network; they are left out of the keyboard's
    way, which has the table.
    """
    side, tall = _box(places)
    parts = [_rings(places), *_links(places, links), *_nodes(places, nodes, focus)]
    parts += [_ring_names(places, circles), *_names(places)]
    size = f"{-side:g} {-tall:g} {2 * side:g} {2 * tall:g}"
    return _safe(
        f'<svg class="network" viewBox="{size}" width="{2 * side:g}" height="{2 * tall:g}" role="group" '
        f'aria-label="{escape(alt)}">{"".join(parts)}</svg>'
    )


def _box(places: Places) -> tuple[float, float]:
    """Return half the width and half the height that hold the circles and every name."""
    side, tall = places.radius + 24, places.radius + 34
    for label in places.labels:
        wide = len(label.text) * 7.6
        reach = {"start": label.x + wide, "end": label.x - wide, "middle": abs(label.x) + wide / 2}
        side = max(side, abs(reach[label.anchor]) + 8)
        tall = max(tall, abs(label.y) + 12)
    return round(side), round(tall)


def _rings(places: Places) -> str:
    if len(places.rings) < 2:
        return ""
    return "".join(
        f'<circle r="{ring.radius:g}" fill="none" stroke="{STRAW}" stroke-width="1.5"/>'
        for ring in places.rings
    )


def _ring_names(places: Places, circles: Mapping[str, str]) -> str:
    """Name the circles over what they hold: a name that the members hide says nothing."""
    if len(places.rings) < 2:
        return ""
    return "".join(
        f'<text y="{-ring.radius - 5:g}" font-size="13" font-weight="600" fill="{SOFT}" '
        f'text-anchor="middle" stroke="{PAPER}" stroke-width="5" paint-order="stroke" aria-hidden="true">'
        f"{escape(circles.get(ring.circle, ''))}</text>"
        for ring in places.rings
    )


def _links(places: Places, links: Mapping[Pair, Link]) -> Iterator[str]:
    """Return one path for each form and level: fifteen hundred links are a dozen elements."""
    groups: defaultdict[tuple[int, str], list[str]] = defaultdict(list)
    for (one, other), link in links.items():
        x, y = places.points[one]
        to_x, to_y = places.points[other]
        bend_x, bend_y = (x + to_x) * 0.3, (y + to_y) * 0.3
        path = f"M{x:g} {y:g}Q{bend_x:.1f} {bend_y:.1f} {to_x:g} {to_y:g}"
        groups[link.rank, form_of(link)].append(path)
    for (rank, form), paths in sorted(groups.items()):
        colour, dashes = STROKES[form]
        faint = _opacity(len(links), rank)
        dash = f' stroke-dasharray="{dashes}"' if dashes else ""
        yield (
            f'<path d="{"".join(paths)}" fill="none" stroke="{colour}" stroke-width="{_WIDTHS[rank]:g}" '
            f'stroke-opacity="{faint:g}"{dash}/>'
        )


def _opacity(count: int, rank: int) -> float:
    """Return how plain a link is drawn: where there are many, those that go far come out of the others."""
    if count < 120:
        return 0.75
    return (0.55 if rank >= 4 else 0.3) if count < 500 else (0.5 if rank >= 5 else 0.28 if rank == 4 else 0.1)


def _nodes(places: Places, nodes: Mapping[Id, Node], focus: Id | None) -> Iterator[str]:
    smallest = 5.0 if len(places.points) < 80 else 2.5
    for actor, (x, y) in places.points.items():
        node = nodes[actor]
        radius = smallest + min(sqrt(node.degree), 5)
        fill = EARTH if actor == focus else MOSS
        yield (
            f'<a href="{escape(node.href)}" tabindex="-1" aria-label="{escape(node.said)}">'
            f"<title>{escape(node.said)}</title>"
            f'<circle cx="{x:g}" cy="{y:g}" r="{radius:.1f}" fill="{fill}" stroke="{PAPER}" '
            f'stroke-width="1.5"/></a>'
        )


def _names(places: Places) -> Iterator[str]:
    for label in places.labels:
        yield (
            f'<text x="{label.x:g}" y="{label.y:g}" font-size="14" fill="{INK}" text-anchor="{label.anchor}" '
            f'stroke="{PAPER}" stroke-width="4" paint-order="stroke" aria-hidden="true">'
            f"{escape(label.text)}</text>"
        )


# In time

_WIDE, _LEFT, _RIGHT = 680.0, 54.0, 20.0


@dataclass(frozen=True, slots=True)
class Dot:
    """A value of a curve: its label below, what is drawn (from 0 to 1), what is written above."""

    label: str
    value: float
    text: str


def curve(dots: Sequence[Dot], second: Sequence[Dot], alt: str, top: float, top_text: str) -> SafeString:
    """Return a curve, and a dashed one under it on the same scale; both from 0 to ``top``."""
    tall, base = 210.0, 168.0
    parts = [_frame(base, top_text)]
    for rank, (line, colour, dash) in enumerate(((second, OCHRE_DEEP, "6 4"), (dots, MOSS, ""))):
        if line:
            parts += _line(line, colour, dash, base, top, named=rank == 1)
    parts += _axis([dot.label for dot in dots], base)
    return _chart(tall, alt, parts)


def _frame(base: float, top_text: str) -> str:
    return (
        f'<path d="M{_LEFT:g} {base:g}H{_WIDE - _RIGHT:g}M{_LEFT:g} 30H{_WIDE - _RIGHT:g}" '
        f'stroke="{STRAW}" fill="none"/>'
        f'<text x="{_LEFT - 8:g}" y="{base + 4:g}" font-size="13" fill="{SOFT}" text-anchor="end">0</text>'
        f'<text x="{_LEFT - 8:g}" y="34" font-size="13" fill="{SOFT}" text-anchor="end">'
        f"{escape(top_text)}</text>"
    )


def _spread(count: int) -> list[float]:
    if count == 1:
        return [(_LEFT + _WIDE - _RIGHT) / 2]
    step = (_WIDE - _RIGHT - _LEFT - 40) / (count - 1)
    return [_LEFT + 20 + step * rank for rank in range(count)]


def _line(  # noqa: PLR0913 - keyword-only after the scale
    dots: Sequence[Dot], colour: str, dash: str, base: float, top: float, *, named: bool
) -> Iterator[str]:
    xs = _spread(len(dots))
    ys = [base - (base - 30) * (dot.value / top if top else 0) for dot in dots]
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in zip(xs, ys, strict=True))
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    yield f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="3"{dashed}/>'
    for rank, (x, y, dot) in enumerate(zip(xs, ys, dots, strict=True)):
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>'
        if named and (rank in {0, len(dots) - 1} or len(dots) <= 8):
            yield _text(x, y - 10, dot.text)


def _axis(labels: Sequence[str], base: float) -> Iterator[str]:
    every = max(1, -(-len(labels) // 9))
    last = len(labels) - 1
    for rank, (x, label) in enumerate(zip(_spread(len(labels)), labels, strict=True)):
        if rank == last or (rank % every == 0 and last - rank >= every):
            yield _text(x, base + 22, label)


@dataclass(frozen=True, slots=True)
class Row:
    """A form in time: its name, and how many cooperations of it lived at each moment."""

    form: str
    label: str
    counts: Sequence[int]


def strata(rows: Sequence[Row], labels: Sequence[str], alt: str) -> SafeString:
    """Return a band of columns for each form, on one scale: none stands above another (R-44)."""
    most = max((count for row in rows for count in row.counts), default=0) or 1
    band = 84.0
    xs = _spread(len(labels))
    wide = min(34.0, (xs[1] - xs[0]) * 0.62) if len(xs) > 1 else 34.0
    parts: list[str] = []
    for rank, row in enumerate(rows):
        base = band * (rank + 1) - 6
        colour, _dash = STROKES[row.form]
        parts.append(f'<path d="M{_LEFT:g} {base:g}H{_WIDE - _RIGHT:g}" stroke="{STRAW_DEEP}"/>')
        parts.append(
            f'<text x="0" y="{base - band + 22:g}" font-size="14" font-weight="600" fill="{INK}">'
            f"{escape(row.label)}</text>"
        )
        for x, count in zip(xs, row.counts, strict=True):
            if count:
                tall = max((band - 46) * count / most, 2)
                parts.append(
                    f'<rect x="{x - wide / 2:.1f}" y="{base - tall:.1f}" width="{wide:.1f}" '
                    f'height="{tall:.1f}" fill="{colour}"/>'
                )
                parts.append(_text(x, base - tall - 4, str(count)))
    parts += _axis(labels, band * len(rows) - 6)
    return _chart(band * len(rows) + 26, alt, parts)


# What circulates


@dataclass(frozen=True, slots=True)
class Ribbon:
    """What goes from an actor to another: its kind, how much (one unit for a whole drawing), in words."""

    giver: str
    receiver: str
    kind: str
    amount: int
    said: str


_KINDS: Final[Mapping[str, str]] = {
    "material": STRAW_DEEP,
    "waste": EARTH,
    "heat": "#a8432f",
    "energy": OCHRE,
    "water": SLATE,
    "service": MOSS,
}
_COLUMN, _HIGH, _EACH, _GAP = 230.0, 260.0, 46.0, 30.0


def kind_colour(kind: str) -> str:
    """Return the colour of a kind of stream, for the legend."""
    return _KINDS.get(kind, STRAW_DEEP)


def ribbons(found: Sequence[Ribbon], alt: str) -> SafeString:
    """Return who gives on the left, who receives on the right, ribbons as wide as what goes between."""
    total = sum(one.amount for one in found) or 1
    high = min(_HIGH, _EACH * len(found))
    givers = _stack([(one.giver, one.amount) for one in found], high / total)
    receivers = _stack([(one.receiver, one.amount) for one in found], high / total)
    left, right = _COLUMN, _WIDE - _COLUMN
    at_left, at_right = ({name: top for name, (top, _tall) in side.items()} for side in (givers, receivers))
    parts = []
    for one in sorted(found, key=lambda one: (givers[one.giver][0], receivers[one.receiver][0])):
        tall = max(high * one.amount / total, 1.5)
        y, to_y = at_left[one.giver] + tall / 2, at_right[one.receiver] + tall / 2
        at_left[one.giver] += tall
        at_right[one.receiver] += tall
        middle = (left + right) / 2
        parts.append(
            f'<path d="M{left + 8:g} {y:.1f}C{middle:g} {y:.1f} {middle:g} {to_y:.1f} '
            f'{right - 8:g} {to_y:.1f}" '
            f'fill="none" stroke="{kind_colour(one.kind)}" stroke-width="{tall:.1f}" stroke-opacity="0.55">'
            f"<title>{escape(one.said)}</title></path>"
        )
    parts += _ends(givers, left, "end", left - 8)
    parts += _ends(receivers, right - 8, "start", right + 8)
    tallest = max(top + tall for side in (givers, receivers) for top, tall in side.values())
    return _chart(tallest + 16, alt, parts)


def _stack(ends: Iterable[tuple[str, int]], scale: float) -> dict[str, tuple[float, float]]:
    sums: dict[str, float] = {}
    for name, amount in ends:
        sums[name] = sums.get(name, 0.0) + max(amount * scale, 1.5)
    found, y = {}, 14.0
    for name, tall in sums.items():
        found[name] = (y, tall)
        y += max(tall, 6) + _GAP
    return found


def _ends(side: Mapping[str, tuple[float, float]], x: float, anchor: str, text_x: float) -> Iterator[str]:
    for name, (top, tall) in side.items():
        short = name if len(name) <= 28 else f"{name[:27].rstrip()}…"
        yield f'<rect x="{x:g}" y="{top:.1f}" width="8" height="{max(tall, 2):.1f}" fill="{INK}"/>'
        yield (
            f'<text x="{text_x:g}" y="{top + tall / 2 + 5:.1f}" font-size="14" fill="{INK}" '
            f'text-anchor="{anchor}">{escape(short)}</text>'
        )


def _text(x: float, y: float, text: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="13" fill="{INK}" text-anchor="middle" stroke="{PAPER}" '
        f'stroke-width="3" paint-order="stroke">{escape(text)}</text>'
    )


def _chart(tall: float, alt: str, parts: Iterable[str]) -> SafeString:
    return _safe(
        f'<svg class="chart" viewBox="0 0 {_WIDE:g} {tall:.0f}" width="{_WIDE:g}" height="{tall:.0f}" '
        f'role="img" aria-label="{escape(alt)}">{"".join(parts)}</svg>'
    )


def _safe(svg: str) -> SafeString:
    return mark_safe(svg)  # noqa: S308 - numbers made here, and texts escaped above


__all__ = [
    "FORMS",
    "Dot",
    "Node",
    "Ribbon",
    "Row",
    "curve",
    "form_of",
    "kind_colour",
    "network",
    "ribbons",
    "strata",
]
