"""The tree of a pole drawn as one SVG: soil, trunk, branches, leaves, in time from the bottom to the top.

Colours are written in it, so that pages, print and PDF show the same; the same tree gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from terreau.sheets.tree import KINDS, Node, Tree
from terreau.web.tree_layout import AXIS, Plan, Spot, at, look_for, planned

_FONT = "Atkinson Hyperlegible Next, Atkinson Hyperlegible, Verdana, sans-serif"
_TITLES = "Fraunces, Georgia, serif"
_INK, _SOFT, _STRAW, _MOSS, _PAPER = "#1f2a24", "#444f49", "#d9d0bd", "#2f5d46", "#fffdf8"
_BARK, _ROOT, _SHOOT, _LEAVES = "#6b4a2f", "#8a6a48", "#7f8f63", "#e3ebda"
_STRATA = ("#ecdcc0", "#e2cba6", "#d6b98d")
#: Fill of the mark of each kind; shapes differ too, colours never speak alone.
_FILLS = {
    "terreau": "#8a6a48",
    "event": _PAPER,
    "stage": _STRAW,
    "recognition": "#c9822b",
    "member": "#b98a3c",
    "cooperation": "#2c6e8f",
    "project": "#a9681a",
    "activity": _MOSS,
    "enterprise": "#a8432f",
    "job": "#7d3717",
    "place": "#8a3f1d",
    "meeting": _SOFT,
}
_OUTLINED = {"event", "stage"}
_RADII = {"enterprise": 7.5, "member": 5.5, "meeting": 4}
_WIDE, _THIN = set("mwMWOQGDCHNUAV%@œŒæ—…"), set("iljtfrI.,;:!'’|()[] -·")


def svg(tree: Tree, *, width: float = 1120, links: Mapping[str, str] | None = None) -> SafeString:
    """Return the drawing, empty for a tree without any node.

    ``links`` gives, by key, the address of the nodes that lead somewhere.
    """
    plan = _plan(tree, width)
    if not plan.spots:
        return mark_safe("")
    parts = [*_land(plan), *_axis(plan), *_crown(plan), *_wood(plan), *_nodes(plan, links or {})]
    name = escape(_("L'arbre de %(name)s, de son terreau à ce qui en est né") % {"name": tree.name})
    size = f'width="{_n(width)}" height="{_n(plan.height)}" viewBox="0 0 {_n(width)} {_n(plan.height)}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" class="tree" role="group" aria-label="{name}" {size}'
    # Every value is a number or a colour of ours, or escaped.
    return mark_safe(f'{head} font-family="{_FONT}">{"".join(parts)}</svg>')  # noqa: S308


def height_of(tree: Tree, *, width: float) -> float:
    """Return the height of a drawing, in pixels."""
    return _plan(tree, width).height


def legend(kinds: Iterable[str]) -> list[tuple[str, SafeString]]:
    """Return the kinds that a drawing holds, each with a small drawing of its mark."""
    found, made = set(kinds), []
    for kind in (kind for kind in KINDS if kind in found):
        drawn = f'<svg viewBox="-12 -14 24 24" width="24" height="24" aria-hidden="true">{_mark(kind)}</svg>'
        made.append((str(KINDS[kind]), mark_safe(drawn)))  # noqa: S308 - numbers and colours of ours
    return made


def _plan(tree: Tree, width: float) -> Plan:
    return planned(tree, look_for(len(tree.nodes), width=width), undated=_("sans date"))


def _land(plan: Plan) -> list[str]:
    """The soil in three strata, as the mark of the house, and the grass."""
    width, ground, bottom = plan.look.width, plan.ground, plan.height
    parts = []
    for rank, fill in enumerate(_STRATA):
        y, wave = ground + (bottom - ground) * rank / 3, 5 if rank else 0
        top = _d("M", 0, y, "C", width * 0.25, y - wave, width * 0.3, y + wave, width * 0.5, y)
        d = top + _d("S", width * 0.8, y - wave, width, y, "V", bottom, "H", 0, "Z")
        parts.append(f'<path d="{d}" fill="{fill}"/>')
    parts.append(f'<path d="{_d("M", 0, ground, "H", width)}" stroke="{_MOSS}" stroke-width="3"/>')
    tufts = "".join(_d("M", x, ground) + "q-1 -4 -5 -6m5 6q1 -5 4 -9" for x in range(14, int(width), 47))
    return [*parts, f'<path d="{tufts}" stroke="{_MOSS}" stroke-width="1.4" fill="none"/>']


def _axis(plan: Plan) -> list[str]:
    """Years on both sides, with a dotted line where each begins."""
    width, parts = plan.look.width, []
    for band in plan.bands:
        stroke = "#b99c6c" if band.soil else _STRAW
        line = _d("M", 0, band.bottom, "H", width)
        parts.append(f'<path d="{line}" stroke="{stroke}" stroke-width="0.8" stroke-dasharray="1 5"/>')
        for x, anchor in ((4, "start"), (width - 4, "end")) if band.label else ():
            words = band.label.split(" ", 1)
            y = (band.top + band.bottom) / 2 + 5 - 6 * (len(words) - 1)
            said = escape(words[0]) + "".join(
                f'<tspan x="{_n(x)}" dy="1.05em">{escape(one)}</tspan>' for one in words[1:]
            )
            look = f'text-anchor="{anchor}" font-family="{_TITLES}" font-size="{15 - 2 * (len(words) - 1)}"'
            parts.append(f'<text x="{_n(x)}" y="{_n(y)}" {look} fill="{_SOFT}">{said}</text>')
    return parts


def _crown(plan: Plan) -> list[str]:
    """A pale foliage behind what grew above the ground."""
    circles = []
    for spot, curve in plan.curves:
        if not spot.soil:
            radius = 34 + 5 * (len(spot.node.title) % 4)
            x, y = at(curve, 0.62)
            circles.append(f'<circle cx="{_n(spot.x)}" cy="{_n(spot.y)}" r="{radius}"/>')
            circles.append(f'<circle cx="{_n(x)}" cy="{_n(y - 6)}" r="{radius + 4}"/>')
    return [f'<g fill="{_LEAVES}">{"".join(circles)}</g>'] if circles else []


def _wood(plan: Plan) -> list[str]:
    """Branches, roots and shoots, then the trunk, thinner as it rises."""
    parts, feet = [], [plan.ground - 40]
    for spot, (start, a, b, end) in plan.curves:
        weight = 1.7 + 0.8 * min(spot.weight - 1, 6)
        stroke = _ROOT if spot.soil else _SHOOT if spot.born_of else _BARK
        d = _d("M", *start, "C", *a, *b, *end)
        look = f'fill="none" stroke="{stroke}" stroke-width="{_n(weight)}" stroke-linecap="round"'
        parts.append(f'<path d="{d}" {look}/>')
        if not spot.born_of and not spot.soil:
            feet.append(start[1])
    x, ground, top = plan.middle, plan.ground + 2, min(feet)
    bend = ground - min(60, (ground - top) / 2)
    left = _d("M", x - 27, ground, "C", x - 13, ground - 9, x - 10, bend, x - 2, top)
    right = _d("Q", x, top - 7, x + 2, top, "C", x + 10, bend, x + 13, ground - 9, x + 27, ground, "Z")
    return [*parts, f'<path d="{left}{right}" fill="{_BARK}"/>']


def _nodes(plan: Plan, links: Mapping[str, str]) -> list[str]:
    """The mark of each node and its words, with a dotted line between them when they are far apart."""
    parts = []
    for spot in sorted(plan.spots, key=lambda one: (-one.y, one.side)):
        body = ""
        if abs(spot.words - spot.x) > 24:
            line = _d("M", spot.x, spot.y, "H", spot.words - spot.side * 4)
            body = f'<path d="{line}" stroke="{_SOFT}" stroke-width="0.8" stroke-dasharray="1 3"/>'
        place = f'transform="translate({_n(spot.x)} {_n(spot.y)})"'
        mark = _mark(spot.node.kind, side=spot.side, hollow=spot.node.until is not None)
        body += f"<g {place}>{mark}</g>{_words(plan, spot)}"
        if address := links.get(spot.node.key):
            body = f'<a href="{escape(address)}">{body}</a>'
        parts.append(f'<g data-key="{escape(spot.node.key)}">{body}</g>')
    return parts


def _words(plan: Plan, spot: Spot) -> str:
    """The title, cut to its place, and below it what it is; the whole is in its tooltip."""
    look, node, x = plan.look, spot.node, spot.words
    room = look.width - AXIS - x if spot.side > 0 else x - AXIS
    more = _more(node)
    common = f'x="{_n(x)}" text-anchor="{"start" if spot.side > 0 else "end"}"'
    y = spot.y + look.size * 0.34 if look.dense else spot.y - 1.5
    title = escape(fitted(node.title, room, look.size))
    said = f'<text {common} y="{_n(y)}" font-size="{_n(look.size)}" fill="{_INK}">{title}</text>'
    if not look.dense:
        below = escape(fitted(more, room, 12.5))
        said += f'<text {common} y="{_n(spot.y + 13)}" font-size="12.5" fill="{_SOFT}">{below}</text>'
    return f"<title>{escape(node.title)} · {escape(more)}</title>{said}"


def _more(node: Node) -> str:
    """What it is, its date, its end."""
    end = _("jusqu'en %(year)s") % {"year": node.until.year} if node.until else ""
    times = f"× {node.count}" if node.kind == "meeting" and node.count > 1 else ""
    return " · ".join(filter(None, (node.kind_label, times, node.said, end)))


def width_of(text: str, size: float) -> float:
    """Return about how wide a text is, never less than it is drawn in the face of the house."""
    return size * sum(0.86 if c in _WIDE else 0.36 if c in _THIN else 0.6 for c in text)


def fitted(text: str, room: float, size: float) -> str:
    """Return the text, or its beginning and « … », so that it holds in ``room`` pixels."""
    if width_of(text, size) <= room:
        return text
    kept = text
    while kept and width_of(f"{kept}…", size) > room:
        kept = kept[:-1]
    return f"{kept.rstrip()}…"


def _mark(kind: str, *, side: int = 1, hollow: bool = False) -> str:
    """The shape of a kind, about 14 pixels wide around the origin; hollow when it has ended."""
    colour = _FILLS.get(kind, _MOSS)
    stroke = _INK if kind in _OUTLINED else colour
    fill = _PAPER if hollow else "#e1ebee" if kind == "cooperation" else colour
    style = f'fill="{fill}" stroke="{stroke}" stroke-width="1.6" stroke-linejoin="round"'
    shapes = {
        "activity": f"M{-8 * side} 4q{side} -12 {17 * side} -11q{-side} 13 {-17 * side} 11z",
        "project": "M0 -8l8 8l-8 8l-8 -8z",
        "place": "M-7 6v-7l7 -6l7 6v7z",
        "recognition": "M0 -8l2.4 5.2 5.6 .6-4.2 3.8 1.2 5.6-5-2.9-5 2.9 1.2-5.6-4.2-3.8 5.6-.6z",
        "stage": "M-7 6l7 -12l7 12z",
        "job": "M-7 7v-4q7 -6 14 0v4z",
        "terreau": "M-8 0q2 -7 8 -6t8 5q-1 6 -8 6t-8 -5z",
    }
    drawn = f'<path d="{shapes[kind]}" {style}/>' if kind in shapes else ""
    if kind == "job":
        return f'<circle cy="-4" r="3.6" {style}/>{drawn}'
    if kind == "cooperation":
        return f'<circle cx="-3.4" r="5" {style}/><circle cx="3.4" r="5" {style}/>'
    if drawn:
        return drawn
    stem = f'<path d="M0 -7q1 -5 5 -5" fill="none" stroke="{_BARK}" stroke-width="1.6"/>'
    return f'<circle r="{_RADII.get(kind, 5)}" {style}/>{stem if kind == "enterprise" else ""}'


def _n(value: float) -> str:
    """Write a number with one decimal at most."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def _d(*parts: str | float) -> str:
    """Write a path."""
    return " ".join(part if isinstance(part, str) else _n(part) for part in parts)
