"""Tables of this room's content: legal categories, activities, sizes, functions. Read once, never changed.

An unknown key, a missing label or a code given twice refuses to load (``ContentError``: file and line).
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

from terreau.common.content import ContentError, Section, read_content

CONTENT = Path(__file__).parent / "content"
KINDS = frozenset({"family", "company", "public", "person", "no_person", "undecided"})
FAMILIES = frozenset({"association", "cooperative", "mutual", "foundation"})
CERTAINTIES = frozenset({"sure", "to_check", "outside_sirene", "outside_insee", "public"})


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
    return _by_code(CONTENT / "legal_categories.csv", rows)


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
    """Functions of an actor (R-148), by code: the vocabulary that facts read too."""
    path = CONTENT / "vocabularies" / "actor_function.yaml"
    keys = ("code", "label", "definition", "source")
    return _by_code(path, [_term(entry.expect(keys)) for entry in read_content(path)["terms"]])


@cache
def size_classes() -> Mapping[str, SizeClass]:
    """Size classes of the Sirene directory, by code."""
    path = CONTENT / "size_classes.yaml"
    entries = [entry.expect(("code", "label"), ("min", "max")) for entry in read_content(path)["classes"]]
    classes = [SizeClass(e["code"], _labels(e), e.get("min"), e.get("max")) for e in entries]
    return _by_code(path, classes)


@cache
def activities() -> Mapping[str, Activity]:
    """The NAF rev. 2 (decree 2007-1888), its five levels, by code with its dot."""
    rows = _csv("naf_rev2.csv")
    found = [Activity(r["code"], int(r["level"]), r["parent"], r["label"]) for r in rows]
    return _by_code(CONTENT / "naf_rev2.csv", found)


@cache
def ess_reasons() -> Mapping[str, Mapping[str, str]]:
    """Sentences of the ESS verdict (``fr``, ``en``) and their ``source``, by code."""
    found: Section = read_content(CONTENT / "ess_reasons.yaml")
    return {code: found.section(code).expect(("fr", "en", "source")) for code in found}


def _csv(name: str) -> list[dict[str, str]]:
    with (CONTENT / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def _labels(entry: Section) -> Mapping[str, str]:
    return entry.section("label").expect(("fr", "en"))


def _term(entry: Section) -> Term:
    return Term(str(entry["code"]), _labels(entry), str(entry.get("kind", "")))


def _terms(name: str, key: str) -> Mapping[str, Term]:
    path = CONTENT / name
    entries = [entry.expect(("code", "kind", "label")) for entry in read_content(path)[key]]
    for entry in entries:
        entry.one_of("kind", sorted(KINDS))
    return _by_code(path, [_term(entry) for entry in entries])


def _by_code(path: Path, rows: Iterable[_Row]) -> Mapping[str, _Row]:
    found: dict[str, _Row] = {}
    for row in rows:
        if row.code in found:
            raise ContentError(f"{path}: {row.code} is given twice")
        found[row.code] = row
    return found
