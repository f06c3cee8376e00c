"""What each indicator says, read from ``content/indicators.yaml``: words, units, source, secrecy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from terreau.common.content import Section, read_content

_CONTENT = Path(__file__).parent / "content" / "indicators.yaml"
#: Who may read an indicator: its pole alone, or everybody once ``publication`` has hidden what is secret.
PRIVATE, STATISTICAL = SECRECIES = ("private", "statistical")


@dataclass(frozen=True, slots=True)
class Entry:
    """An indicator in words; ``units`` gives the unit of each column that is not of its key."""

    name: str
    label: Mapping[str, str]
    definition: Mapping[str, str]
    formula: Mapping[str, str]
    units: Mapping[str, str]
    secrecy: str
    source: str


@cache
def load() -> dict[str, Entry]:
    """Return the indicators by name, in their order, read once a process."""
    return read(_CONTENT)


def read(path: Path) -> dict[str, Entry]:
    """Return the entries of a content file; raise ``ContentError`` (file, line) at the first mistake."""
    document = read_content(path)
    if not isinstance(document, Section):
        raise Section(path, 1).refuse("the file must be a mapping")
    return {name: _entry(name, document.section(name)) for name in document}


def _entry(name: str, section: Section) -> Entry:
    section.expect(("label", "definition", "formula", "units", "secrecy", "source"))
    label, definition, formula = (
        dict(section.section(key).expect(("fr", "en"))) for key in ("label", "definition", "formula")
    )
    secrecy = section.one_of("secrecy", SECRECIES)
    return Entry(name, label, definition, formula, dict(section.section("units")), secrecy, section["source"])
