"""Charters known by sources whose text is not held: a place that waits, never an imitation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.translation import get_language

from terreau.common.content import Section, read_list
from terreau.pieces.models import Source


@dataclass(frozen=True, slots=True)
class Slot:
    """A charter that is awaited: what is known of it, and who says so."""

    code: str
    titles: dict[str, str]
    texts: dict[str, str]
    source: str

    @property
    def title(self) -> str:
        """The title in the language of the page."""
        return self.titles[_language()]

    @property
    def cited(self) -> str:
        """The source with the title of its document, when the register holds it (one query)."""
        code, _space, section = self.source.partition(" ")
        rows = Source.objects.filter(kind=Source.Kind.SEED, code=code)
        title = rows.values_list("document", flat=True).first()
        return f"{title}, {section}" if title else self.source

    @property
    def words(self) -> str:
        """What is known, in the language of the page."""
        return self.texts[_language()]


@cache
def slots() -> dict[str, Slot]:
    """Return what is awaited, by code; raise ``ContentError`` with the line for a file that is wrong."""
    rows = read_list(Path(__file__).with_name("content") / "slots.yaml")
    return {str(row["code"]): _slot(row) for row in rows}


def _slot(row: Section) -> Slot:
    row.expect({"code", "title", "words", "source"})
    titles, texts = (row.section(key).expect({"fr", "en"}) for key in ("title", "words"))
    return Slot(str(row["code"]), dict(titles), dict(texts), str(row["source"]))


def _language() -> str:
    return "en" if (get_language() or "fr").startswith("en") else "fr"
