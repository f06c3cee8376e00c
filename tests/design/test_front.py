"""What the browser gets: digests that match, contrasts that hold, nothing from another site."""

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest

import terreau

ROOT = Path(terreau.__file__).parent
STATIC = ROOT / "design" / "static"
VENDOR = STATIC / "vendor"
ENTRIES = json.loads((VENDOR / "vendor.json").read_text("utf-8"))
STYLES = sorted((STATIC / "design").glob("*.css"))
TEMPLATES = sorted(ROOT.glob("*/templates/**/*.html"))


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["file"])
def test_vendored_files_are_those_described(entry: dict[str, str]) -> None:
    digest = hashlib.sha384((VENDOR / entry["file"]).read_bytes()).digest()
    assert entry["sha384"] == f"sha384-{base64.b64encode(digest).decode()}"
    assert entry["version"]
    assert entry["licence"]
    assert (VENDOR / entry["licence_file"]).stat().st_size > 100


def test_nothing_is_vendored_without_being_described() -> None:
    described = (
        {entry["file"] for entry in ENTRIES} | {entry["licence_file"] for entry in ENTRIES} | {"vendor.json"}
    )
    assert {str(path.relative_to(VENDOR)) for path in VENDOR.rglob("*") if path.is_file()} == described


@pytest.mark.parametrize("sheet", STYLES, ids=lambda path: path.name)
def test_style_sheets_name_files_that_exist(sheet: Path) -> None:
    text = sheet.read_text("utf-8")
    for address in re.findall(r'url\("([^"]+)"\)', text):
        assert (sheet.parent / address).is_file(), address
    assert "http:" not in text
    assert "https:" not in text


def test_the_base_page_links_every_style_sheet() -> None:
    linked = (ROOT / "design" / "templates" / "design" / "stylesheets.html").read_text("utf-8")
    assert {path.name for path in STYLES} == set(re.findall(r"design/(\w+\.css)", linked))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_templates_obey_the_content_security_policy(template: Path) -> None:
    text = re.sub(r"\{[%#].*?[%#]\}", "", template.read_text("utf-8"), flags=re.S)
    assert not re.search(r"\sstyle=", text), "inline style"
    assert not re.search(r"\son[a-z]+=", text), "inline handler"
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", text), "inline script"
    assert not re.search(r'(?:src|srcset|href)="https?://[^"{]*\.(?:js|css|woff2?|png|svg)', text), (
        "foreign file"
    )


TOKENS = dict(
    re.findall(r"--([\w-]+): (#[0-9a-f]{6});", (STATIC / "design" / "tokens.css").read_text("utf-8"))
)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours (WCAG 2.2, relative luminance)."""
    light, dark = sorted((_luminance(TOKENS[one]), _luminance(TOKENS[other])), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("text", ["ink", "ink-soft", "moss-deep", "earth-deep", "clay-text", "slate-text"])
@pytest.mark.parametrize("ground", ["paper", "sheet"])
def test_text_reaches_seven_to_one(text: str, ground: str) -> None:
    assert contrast(text, ground) >= 7


@pytest.mark.parametrize("line", ["ochre-deep", "straw-deep", "moss", "earth", "clay", "slate"])
def test_marks_and_focus_reach_three_to_one(line: str) -> None:
    assert contrast(line, "paper") >= 3


def test_the_two_languages_of_the_map_have_the_same_words() -> None:
    text = (STATIC / "design" / "map.js").read_text("utf-8")
    french, english = re.search(r"fr: \{(.*?)\n  \},\n  en: \{(.*?)\n  \},", text, re.S).groups()  # type: ignore[union-attr]
    words = r"(\bmainland|\bplaces|\bcluster|\bapproximate|\bcontrols):"
    assert re.findall(words, french) == re.findall(words, english)
