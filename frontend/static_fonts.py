"""Draws the fonts of the printed documents from those of the pages: typst reads static TTF only.

The Latin and extended Latin parts of a variable font are fixed at one weight and joined. Atkinson
Hyperlegible Next gets its plain zero (``unslashed_zero.py``). Both are OFL 1.1 without a reserved name. Run
this again only when a typeface changes:

    python static_fonts.py          # needs fonttools and brotli, after npm ci
"""

import tempfile
from pathlib import Path

from fontTools.merge import Merger
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont
from unslashed_zero import join_counters

HERE = Path(__file__).resolve().parent
PACKAGES = HERE / "node_modules" / "@fontsource-variable"
OUT = HERE.parent / "src" / "terreau" / "design" / "content" / "typst" / "fonts"
ATKINSON, FRAUNCES = "atkinson-hyperlegible-next", "fraunces"
#: Package, file of the package, style shown, axes, weight written in the font.
STYLES = (
    (ATKINSON, "wght-normal", "Regular", {"wght": 400}, 400),
    (ATKINSON, "wght-italic", "Italic", {"wght": 400}, 400),
    (ATKINSON, "wght-normal", "Bold", {"wght": 700}, 700),
    (FRAUNCES, "full-normal", "SemiBold", {"wght": 560, "opsz": 60, "SOFT": 0, "WONK": 0}, 600),
)
FAMILIES = {ATKINSON: "Atkinson Hyperlegible Next", FRAUNCES: "Fraunces"}


def part(package: str, file: str, script: str, axes: dict[str, float]) -> TTFont:
    """Return one part of a variable font, fixed."""
    path = PACKAGES / package / "files" / f"{package}-{script}-{file}.woff2"
    font = TTFont(path, recalcTimestamp=False)
    if package == ATKINSON and script == "latin":
        join_counters(font)
    font.flavor = None
    return instantiateVariableFont(font, {axis.axisTag: axes[axis.axisTag] for axis in font["fvar"].axes})


def named(font: TTFont, family: str, style: str, weight: int) -> None:
    """Write the family, the style and the weight that typst chooses by."""
    for number, text in (
        (1, f"{family} {style}"),
        (2, "Regular"),
        (4, f"{family} {style}"),
        (6, f"{family}-{style}".replace(" ", "")),
        (16, family),
        (17, style),
    ):
        font["name"].setName(text, number, 3, 1, 0x409)
    font["OS/2"].usWeightClass = weight


def main() -> None:
    """Write one file for each style."""
    OUT.mkdir(parents=True, exist_ok=True)
    for package, file, style, axes, weight in STYLES:
        with tempfile.TemporaryDirectory() as folder:
            parts = []
            for script in ("latin", "latin-ext"):
                parts.append(f"{folder}/{script}.ttf")
                part(package, file, script, axes).save(parts[-1])
            font = Merger().merge(parts)
        named(font, FAMILIES[package], style, weight)
        font.save(OUT / f"{package}-{style.lower()}.ttf")


if __name__ == "__main__":
    main()
