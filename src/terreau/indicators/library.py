"""The common core of indicators and the library of human progress, from content (R-16, R-92, R-93, R-96)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.translation import get_language

from terreau.common.content import ContentError, Section, read_list
from terreau.facts import catalogue

CORE, WELLBEING = "core", "wellbeing"
_FOLDER = Path(__file__).parent / "content"
_REQUIRED = ("code", "label", "unit", "family", "beneficiaries", "method", "source")
_OPTIONAL = ("said", "fact", "to_check")


@dataclass(frozen=True, slots=True)
class Known:
    """An indicator that any pole may take as it is.

    ``said`` is the code of the figure that the workspace counts for it, ``fact`` the code of the catalogue
    under which its value is a statement of the register; both may be empty. ``to_check``: its wording is.
    """

    code: str
    library: str
    labels: Mapping[str, str]
    unit: str
    family: str
    beneficiaries: str
    methods: Mapping[str, str]
    said: str
    fact: str
    source: str
    to_check: bool

    @property
    def label(self) -> str:
        """Its name in the language of the moment."""
        return self.labels[_lang()]

    @property
    def method(self) -> str:
        """How it is measured, in the language of the moment."""
        return self.methods[_lang()]


@cache
def load() -> dict[str, Known]:
    """Return the indicators by code, the core first; raise ``ContentError`` (file, line) for any mistake."""
    return read({name: _FOLDER / f"{name}.yaml" for name in (CORE, WELLBEING)})


def read(files: Mapping[str, Path]) -> dict[str, Known]:
    """Return the indicators of some files, by code."""
    found: dict[str, Known] = {}
    for library, path in files.items():
        for section in read_list(path):
            known = _read(section, library)
            if known.code in found:
                raise section.refuse(f"the indicator {known.code} is described twice")
            found[known.code] = known
    return found


def _read(section: Section, library: str) -> Known:
    section.expect(_REQUIRED, _OPTIONAL)
    entries = catalogue.load()
    unit, fact = str(section["unit"]), str(section.get("fact", ""))
    if unit not in entries.units:
        raise section.refuse(f"there is no unit {unit!r}")
    if fact and (fact not in entries or entries[fact].unit != unit or "pole" not in entries[fact].subjects):
        raise section.refuse(f"{fact!r} is no fact of poles in {unit}")
    beneficiaries = section.one_of("beneficiaries", ("none", "direct", "indirect"))
    return Known(
        code=str(section["code"]),
        library=library,
        labels=_texts(section, "label"),
        unit=unit,
        family=section.one_of("family", ("process", "result")),
        beneficiaries="" if beneficiaries == "none" else beneficiaries,
        methods=_texts(section, "method"),
        said=str(section.get("said", "")),
        fact=fact,
        source=str(section["source"]),
        to_check=bool(section.get("to_check", False)),
    )


def _texts(section: Section, key: str) -> dict[str, str]:
    texts = section.section(key).expect(("fr", "en"))
    return {language: str(text) for language, text in texts.items()}


def _lang() -> str:
    return "en" if (get_language() or "fr").startswith("en") else "fr"


__all__ = ["CORE", "WELLBEING", "ContentError", "Known", "load", "read"]
