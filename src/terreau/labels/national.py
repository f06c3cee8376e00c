"""What is said of the national label, proposed in 2011 and never instituted: from content, with its
sources.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.translation import get_language

from terreau.common.content import Section, read_content

_FILE = Path(__file__).parent / "content" / "national.yaml"


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence in both languages and what it rests on."""

    code: str
    fr: str
    en: str
    document: str
    section: str

    @property
    def text(self) -> str:
        """The sentence in the language of the page."""
        return self.en if (get_language() or "fr").startswith("en") else self.fr

    @property
    def source(self) -> dict[str, str]:
        """The source, as the marks of pages take it."""
        return {"document": self.document, "section": self.section, "url": ""}


@cache
def statements(path: Path = _FILE) -> tuple[Statement, ...]:
    """Read the file; raise ``ContentError`` with its line when something is wrong."""
    document = read_content(path)
    if not isinstance(document, Section):
        raise TypeError(f"{path.name} holds a mapping")
    rows = document.expect(("statements",))["statements"]
    return tuple(_statement(one) for one in rows)


def _statement(one: Section) -> Statement:
    held = one.expect(("code", "fr", "en", "document", "section"))
    return Statement(*(str(held[name]).strip() for name in ("code", "fr", "en", "document", "section")))
