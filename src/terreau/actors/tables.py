"""Tables of this room's content: legal categories, activities, sizes, functions. Read once, never changed.

An unknown key, a missing label or a code given twice refuses to load, with the name of the file.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from ruamel.yaml import YAML

CONTENT = Path(__file__).parent / "content"
KINDS = frozenset({"family", "company", "public", "person", "no_person", "undecided"})
FAMILIES = frozenset({"association", "cooperative", "mutual", "foundation"})
CERTAINTIES = frozenset({"sure", "to_check", "outside_sirene", "outside_insee", "public"})


class ContentError(ValueError):
    """A content file of this room is wrong; the message names the file and the entry."""


@dataclass(frozen=True, slots=True)
class Term:
    """A code with its labels by language, and what else the table says of it."""

    code: str
    label: Mapping[str, str]
    kind: str = ""

    def name(self, lang: str) -> str:
        """Return the label in ``lang``, in French when it is not written in that language."""
        return self.label.get(lang) or self.label["fr"]


@dataclass(frozen=True, slots=True)
class LegalCategory:
    """A row of the table of legal categories: ``family`` is a family of the ESS only when ``sure``."""

    code: str
    label: str
    family: str
    certainty: str


@dataclass(frozen=True, slots=True)
class Activity:
    """A code of the NAF: level 1 (section) to 5 (sub-class)."""

    code: str
    level: int
    parent: str
    label: str


@dataclass(frozen=True, slots=True)
class SizeClass:
    """A class of salaried staff: both bounds included, ``None`` when open or not an employer."""

    code: str
    label: Mapping[str, str]
    low: int | None
    high: int | None


_Row = TypeVar("_Row", Term, LegalCategory, Activity, SizeClass)


@cache
def legal_categories() -> Mapping[str, LegalCategory]:
    """Legal categories (INSEE, level III) whose ESS family was studied, by code."""
    rows = [LegalCategory(**row) for row in _csv("legal_categories.csv")]
    for row in rows:
        if row.certainty not in CERTAINTIES or (row.certainty == "sure" and row.family not in FAMILIES):
            raise ContentError(f"legal_categories.csv: {row.code} has an unknown family or certainty")
    return _by_code("legal_categories.csv", rows)


@cache
def legal_divisions() -> Mapping[str, Term]:
    """Divisions of legal categories (INSEE, level II), by their two digits."""
    return _terms("legal_divisions.yaml", "divisions")


@cache
def legal_natures() -> Mapping[str, Term]:
    """What the law makes of each legal nature, by its code in ``models.LegalNature``."""
    return _terms("legal_natures.yaml", "natures")


@cache
def functions() -> Mapping[str, Term]:
    """Functions of an actor (R-148), by code."""
    allowed = {"code", "label", "definition", "source"}
    entries = [_entry("functions.yaml", entry, allowed) for entry in _yaml("functions.yaml")["terms"]]
    return _by_code("functions.yaml", [Term(entry["code"], entry["label"]) for entry in entries])


@cache
def size_classes() -> Mapping[str, SizeClass]:
    """Size classes of the Sirene directory, by code."""
    entries = _yaml("size_classes.yaml")["classes"]
    allowed = {"code", "label", "min", "max"}
    checked = [_entry("size_classes.yaml", entry, allowed) for entry in entries]
    classes = [SizeClass(e["code"], e["label"], e.get("min"), e.get("max")) for e in checked]
    return _by_code("size_classes.yaml", classes)


@cache
def activities() -> Mapping[str, Activity]:
    """The NAF rev. 2 (decree 2007-1888), its five levels, by code with its dot."""
    rows = _csv("naf_rev2.csv")
    found = [Activity(r["code"], int(r["level"]), r["parent"], r["label"]) for r in rows]
    return _by_code("naf_rev2.csv", found)


@cache
def ess_reasons() -> Mapping[str, Mapping[str, str]]:
    """Sentences of the ESS verdict (``fr``, ``en``) and their ``source``, by code."""
    found: Mapping[str, Mapping[str, str]] = _yaml("ess_reasons.yaml")
    for code, entry in found.items():
        if set(entry) != {"fr", "en", "source"}:
            raise ContentError(f"ess_reasons.yaml: {code} needs exactly fr, en and source")
    return found


def _csv(name: str) -> list[dict[str, str]]:
    with (CONTENT / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def _yaml(name: str) -> Any:
    return YAML(typ="safe").load((CONTENT / name).read_text("utf-8"))


def _entry(name: str, entry: dict[str, Any], allowed: set[str]) -> dict[str, Any]:
    unknown = set(entry) - allowed
    if unknown:
        raise ContentError(f"{name}: {entry.get('code')} has unknown keys {sorted(unknown)}")
    if set(entry.get("label", ())) != {"fr", "en"}:
        raise ContentError(f"{name}: {entry.get('code')} needs a label in fr and en")
    return entry


def _terms(name: str, key: str) -> Mapping[str, Term]:
    entries = [_entry(name, entry, {"code", "kind", "label"}) for entry in _yaml(name)[key]]
    wrong = [entry["code"] for entry in entries if entry["kind"] not in KINDS]
    if wrong:
        raise ContentError(f"{name}: unknown kind in {wrong}")
    return _by_code(name, [Term(entry["code"], entry["label"], entry["kind"]) for entry in entries])


def _by_code(name: str, rows: Iterable[_Row]) -> Mapping[str, _Row]:
    found: dict[str, _Row] = {}
    for row in rows:
        if row.code in found:
            raise ContentError(f"{name}: {row.code} is given twice")
        found[row.code] = row
    return found
