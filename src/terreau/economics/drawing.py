"""Where the money comes from and where it goes, drawn as ribbons: origins, types, levels.

Drawn for two widths, of which style sheets show one: words stay readable on a telephone and on paper.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from terreau.common.money import Euro
from terreau.design.numbers import with_unit
from terreau.economics.rules import RESOURCES, Kind, Level, Origin
from terreau.economics.sums import Link

WIDE, NARROW = 720, 340
_NODE, _GAP, _SLOT, _TALL, _HEAD = 12, 8, 32, 240, 22
_COLOURS: Final[Mapping[str, str]] = {
    Origin.INDIVIDUALS: "#c9822b",
    Origin.PRIVATE: "#2c6e8f",
    Origin.PUBLIC: "#2f5d46",
    Origin.ESS: "#8a3f1d",
    Origin.UNKNOWN: "#857b64",
}
_MIDDLE, _INK = "#857b64", "#1f2a24"


@dataclass(slots=True)
class _Node:
    code: str
    name: str
    cents: int
    x: float = 0
    y: float = 0
    tall: float = 0
    into: float = 0
    out: float = 0


def names() -> dict[str, str]:
    """Return the short names of the nodes: the whole ones stand in the table."""
    return {
        "individuals": _("Particuliers"),
        "private": _("Privé"),
        "public": _("Public"),
        "ess": _("ESS"),
        "unknown": _("À préciser"),
        "sales": _("Ventes"),
        "subsidies": _("Subventions"),
        "fees": _("Cotisations"),
        "capital_loans": _("Capital, emprunts"),
        "indirect_aid": _("Aides indirectes"),
        "voluntary": _("Contributions"),
        "cell": _("Cellule"),
        "pole": _("Reste du pôle"),
        "project": _("Projets"),
    }


def sankey(left: Sequence[Link], right: Sequence[Link]) -> SafeString:
    """Return both drawings of the ribbons, the narrow one for small screens; empty when no money came."""
    if not left:
        return mark_safe("")
    return mark_safe(  # noqa: S308 - each part is numbers of ours and escaped words
        f'<div class="eco-narrow">{_draw(left, right, NARROW)}</div>'
        f'<div class="eco-wide">{_draw(left, right, WIDE)}</div>'
    )


def _draw(left: Sequence[Link], right: Sequence[Link], width: int) -> str:
    total = sum(link.cents for link in left)
    columns = (
        _nodes([(link.source, link.cents) for link in left], [str(one) for one in Origin], total, 0),
        _nodes(
            [(link.target, link.cents) for link in left],
            [*map(str, RESOURCES), str(Kind.UNKNOWN)],
            total,
            (width - _NODE) / 2,
        ),
        _nodes(
            [(link.target, link.cents) for link in right],
            [str(one) for one in Level],
            total,
            width - _NODE,
        ),
    )
    height = round(max(_bottom(nodes.values()) for nodes in columns) + 4)
    ribbons = [
        *(_ribbon(columns[0], columns[1], link, total, _COLOURS[link.source]) for link in left),
        *(_ribbon(columns[1], columns[2], link, total, _MIDDLE) for link in right),
    ]
    marks = [_mark(node, place, width) for place, nodes in enumerate(columns) for node in nodes.values()]
    label = escape(_("Argent reçu, par origine, par type, puis par niveau. Le tableau le dit aussi."))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="eco-sankey" role="img" aria-label="{label}" '
        f'viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f"{_heads(width)}{''.join(ribbons)}{''.join(marks)}</svg>"
    )


def _nodes(flows: Iterable[tuple[str, int]], order: Sequence[str], total: int, x: float) -> dict[str, _Node]:
    sums: dict[str, int] = {}
    for code, cents in flows:
        sums[code] = sums.get(code, 0) + cents
    named, y, found = names(), float(_HEAD), {}
    for code in (one for one in order if one in sums):
        tall = max(_TALL * sums[code] / total, 2)
        found[code] = _Node(code, named.get(code, code), sums[code], x, y, tall, y, y)
        y += max(tall, _SLOT) + _GAP
    return found


def _bottom(nodes: Iterable[_Node]) -> float:
    return max(node.y + max(node.tall, _SLOT) for node in nodes)


def _ribbon(
    sources: Mapping[str, _Node], targets: Mapping[str, _Node], link: Link, total: int, colour: str
) -> str:
    start, end = sources[link.source], targets[link.target]
    thick = max(_TALL * link.cents / total, 0.8)
    a, b = start.out, end.into
    start.out, end.into = a + thick, b + thick
    x, far = start.x + _NODE, end.x
    middle = (x + far) / 2
    path = (
        f"M{x:.1f} {a:.1f}C{middle:.1f} {a:.1f} {middle:.1f} {b:.1f} {far:.1f} {b:.1f}"
        f"V{b + thick:.1f}C{middle:.1f} {b + thick:.1f} {middle:.1f} {a + thick:.1f} {x:.1f} {a + thick:.1f}Z"
    )
    return f'<path d="{path}" fill="{colour}" fill-opacity="0.38"/>'


def _mark(node: _Node, place: int, width: int) -> str:
    colour = _COLOURS.get(node.code, _INK) if place == 0 else _INK
    x, anchor = (node.x + _NODE + 4, "start") if place < 2 else (node.x - 4, "end")
    money = escape(with_unit(Euro(round(node.cents / 100) * 100), "€", get_language() or "fr"))
    common = f'x="{x:.1f}" text-anchor="{anchor}" class="eco-word"'
    return (
        f'<rect x="{node.x:.1f}" y="{node.y:.1f}" width="{_NODE}" height="{node.tall:.1f}" fill="{colour}"/>'
        f'<text {common} y="{node.y + 12:.1f}">{escape(node.name)}</text>'
        f'<text {common} y="{node.y + 27:.1f}">{money}</text>'
    )


def _heads(width: int) -> str:
    heads = (_("De qui"), _("Quel type"), _("Pour quoi"))
    places = zip((0, width / 2, width), ("start", "middle", "end"), heads, strict=True)
    return "".join(
        f'<text x="{x:.0f}" y="12" text-anchor="{anchor}" class="eco-head">{escape(words)}</text>'
        for x, anchor, words in places
    )
