"""Draws the pictures shown when an address of Terreau is shared (Open Graph): one in French, one in English.

Run by hand when the mark, the words or the colours change: `.venv/bin/python frontend/cards.py`, with
Chromium.
"""

import base64
import os
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
DESIGN = ROOT / "src" / "terreau" / "design" / "static"
FONTS = DESIGN / "vendor" / "fonts"
WORDS = {
    "fr": ("Registre ouvert de la coopération économique territoriale", "Chaque information, avec sa source"),
    "en": (
        "The open register of territorial economic cooperation in France",
        "Every statement, with its source",
    ),
}
STYLE = """
@font-face { font-family: Fraunces; src: url(data:font/woff2;base64,%s); font-weight: 100 900; }
@font-face { font-family: Atkinson; src: url(data:font/woff2;base64,%s); font-weight: 200 800; }
* { margin: 0; box-sizing: border-box; }
body { width: 1200px; height: 630px; padding: 84px 96px 0; background: #fbf8f1; color: #1f2a24; }
h1 { display: flex; align-items: center; gap: 28px; font: 600 92px/1 Fraunces; letter-spacing: -0.015em; }
svg { width: 104px; height: 104px; }
p { font: 600 54px/1.16 Fraunces; max-width: 960px; margin-top: 58px; text-wrap: balance; }
small { display: block; font: 400 32px/1.3 Atkinson; color: #444f49; margin-top: 30px; }
i { position: absolute; left: 0; right: 0; height: 24px; }
"""


def page(language: str) -> str:
    """Return the HTML of a card of 1200 × 630 pixels."""
    fonts = [
        base64.b64encode((FONTS / f"{name}.woff2").read_bytes()).decode()
        for name in ("fraunces-latin-opsz-normal", "atkinson-hyperlegible-next-latin-wght-normal")
    ]
    title, sentence = WORDS[language]
    mark = (DESIGN / "design" / "mark.svg").read_text("utf-8")
    strata = "".join(
        f'<i style="bottom: {bottom}px; background: {colour}"></i>'
        for bottom, colour in ((48, "#c9822b"), (24, "#8a3f1d"), (0, "#2f5d46"))
    )
    body = f"<h1>{mark}Terreau</h1><p>{title}</p><small>{sentence}</small>{strata}"
    style = STYLE % tuple(fonts)
    return f"<!doctype html><html lang={language}><style>{style}</style><body>{body}</body></html>"


def main() -> None:
    """Write the two pictures beside the mark."""
    with sync_playwright() as playwright:
        program = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1200, "height": 630})
        for language in WORDS:
            tab.set_content(page(language))
            tab.evaluate("document.fonts.ready")
            tab.screenshot(path=str(DESIGN / "design" / f"card-{language}.png"))
        browser.close()


if __name__ == "__main__":
    main()
