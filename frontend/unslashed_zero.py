"""Draws Atkinson Hyperlegible Next's zero without its slash, as a font of one character.

The slash is loud in columns of figures and the typeface has no other zero. The slash is the paper left
between two counters: joining them gives a plain zero for every weight. The result is kept in fonts/
(OFL 1.1, no reserved name) and copied by build.mjs; run this again only when the typeface changes:

    python unslashed_zero.py        # needs fonttools and brotli, after npm ci
"""

from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import GlyphCoordinates
from fontTools.varLib.iup import iup_delta

HERE = Path(__file__).resolve().parent
FOLDER = HERE / "node_modules" / "@fontsource-variable" / "atkinson-hyperlegible-next" / "files"
PHANTOMS = 4


def only_zero(font: TTFont) -> None:
    """Keep the zero and its tabular twin."""
    options = Options(layout_features=["tnum", "pnum"], name_IDs=["*"], notdef_outline=False)
    subsetter = Subsetter(options)
    subsetter.populate(text="0")
    subsetter.subset(font)


def join_counters(font: TTFont) -> None:
    """Make one counter of the two on each side of the slash, in the outline and in its variations."""
    glyph = font["glyf"]["zero"]
    points, ends, flags = glyph.getCoordinates(font["glyf"])
    outer, lower, upper = _contours(ends)
    cut = _longest_edge(points, lower)
    start = _longest_edge(points, upper)
    turned = upper[upper.index(start) + 1 :] + upper[: upper.index(start) + 1]
    split = lower.index(cut) + 1
    order = [*outer, *lower[:split], *turned, *lower[split:]]
    for variation in font["gvar"].variations["zero"]:
        variation.coordinates = _reordered(variation.coordinates, points, ends, order)
    glyph.coordinates = GlyphCoordinates([points[i] for i in order])
    glyph.flags = type(glyph.flags)(flags[i] for i in order)
    glyph.endPtsOfContours = [len(outer) - 1, len(order) - 1]
    glyph.numberOfContours = 2
    glyph.removeHinting()


def _contours(ends: list[int]) -> list[list[int]]:
    starts = [0, *(end + 1 for end in ends[:-1])]
    return [list(range(start, end + 1)) for start, end in zip(starts, ends, strict=True)]


def _longest_edge(points: GlyphCoordinates, contour: list[int]) -> int:
    """Return the point where the longest edge, that of the slash, begins."""

    def length(position: int) -> float:
        (x, y), (u, v) = points[contour[position]], points[contour[(position + 1) % len(contour)]]
        return float((u - x) ** 2 + (v - y) ** 2)

    return contour[max(range(len(contour)), key=length)]


def _reordered(deltas: list, points: GlyphCoordinates, ends: list[int], order: list[int]) -> list:
    """Return the movement of each point in its new place; those left implicit are made explicit."""
    explicit = deltas
    if None in deltas:
        outline = [*points, *((0, 0) for _ in range(PHANTOMS))]
        explicit = [(round(x), round(y)) for x, y in iup_delta(deltas, outline, ends)]
    return [explicit[i] for i in order] + explicit[-PHANTOMS:]


def main() -> None:
    """Write one file for each style."""
    for style in ("normal", "italic"):
        font = TTFont(FOLDER / f"atkinson-hyperlegible-next-latin-wght-{style}.woff2", recalcTimestamp=False)
        only_zero(font)
        join_counters(font)
        font.flavor = "woff2"
        font.save(HERE / "fonts" / f"atkinson-hyperlegible-next-zero-wght-{style}.woff2")


if __name__ == "__main__":
    main()
