"""Readable facts: the small typed vocabulary of what grids may read.

Declared in ``content/readable/*.yaml`` of any room, checked against the catalogue of facts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType

from django.apps import apps

from terreau.common.content import Section, read_list
from terreau.facts import catalogue
from terreau.grids.known import JUDGED

TYPES = ("bool", "number", "code", "codes", "date", "text", "records")
FIELD_TYPES = TYPES[:-1]
SUBJECTS = ("pole", "actor")


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the records of a readable fact. ``choices`` is a vocabulary when it holds codes.

    ``implied`` is what the field ``implied_by`` says of this one when it is left out, by term: who gives the
    kind of a member need not say that a local authority is a legal person. Other terms say nothing of it.
    """

    name: str
    labels: Mapping[str, str]
    type: str
    choices: str = ""
    implied_by: str = ""
    implied: Mapping[str, bool] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Readable:
    """What a grid may read: its words, its type, and the fact of the catalogue it is taken from, if any.

    ``counts`` of a number: the records and the field (a yes) that it counts, when nobody says the number.
    """

    code: str
    labels: Mapping[str, str]
    definitions: Mapping[str, str]
    type: str
    unit: str
    choices: str
    fields: Mapping[str, Field]
    subjects: tuple[str, ...]
    taken_from: str
    source: str
    counts: tuple[str, str] | None = None

    def label(self, lang: str) -> str:
        """Return the name of the fact."""
        return self.labels.get(lang) or self.labels["fr"]


@cache
def readable() -> Mapping[str, Readable]:
    """Return every readable fact by code, read once a process; raise ``ContentError`` (file, line)."""
    folders = [
        Path(app.path) / "content" / "readable"
        for app in apps.get_app_configs()
        if app.name.startswith("terreau.")
    ]
    return read_readable(path for folder in folders for path in sorted(folder.glob("*.yaml")))


def read_readable(paths: Iterable[Path]) -> Mapping[str, Readable]:
    """Return the readable facts of these files; raise ``ContentError`` (file, line) at the first mistake."""
    found: dict[str, Readable] = {}
    for path in paths:
        for section in read_list(path):
            one = _read_one(section)
            if one.code in found:
                raise section.refuse(f"the readable fact {one.code} is declared twice")
            if one.counts and one.counts[1] not in (
                found[one.counts[0]].fields if one.counts[0] in found else ()
            ):
                raise section.refuse("counts is {of, where}: records declared above, and one of their fields")
            found[one.code] = one
    return MappingProxyType(found)


def _read_one(section: Section) -> Readable:
    section.expect(
        ("code", "label", "definition", "type", "subjects", "source"),
        ("unit", "choices", "fields", "from", "counts"),
    )
    kind = section.one_of("type", TYPES)
    code = str(section["code"])
    if code.startswith(JUDGED):
        raise section.refuse(f"codes in {JUDGED} are kept for what people answer")
    if ("fields" in section) != (kind == "records"):
        raise section.refuse("fields goes with type: records, and only with it")
    if "counts" in section and kind != "number":
        raise section.refuse("counts goes with type: number")
    return Readable(
        code=code,
        labels=_texts(section, "label"),
        definitions=_texts(section, "definition"),
        type=kind,
        unit=_unit(section, kind),
        choices=_choices(section, kind),
        fields=MappingProxyType(_fields(section)),
        subjects=_subjects(section),
        taken_from=_taken_from(section),
        source=str(section["source"]),
        counts=_counts(section),
    )


def _counts(section: Section) -> tuple[str, str] | None:
    if "counts" not in section:
        return None
    given = section.section("counts").expect(("of", "where"))
    return str(given["of"]), str(given["where"])


def _texts(section: Section, key: str) -> Mapping[str, str]:
    texts = section.section(key).expect(("fr", "en"))
    for lang, text in texts.items():
        if not isinstance(text, str) or not text.strip():
            raise texts.refuse(f"{key}.{lang} must be a text")
    return MappingProxyType({lang: str(texts[lang]).strip() for lang in ("fr", "en")})


def _unit(section: Section, kind: str) -> str:
    unit = section.get("unit")
    if unit is None:
        return ""
    if kind != "number" or unit not in catalogue.load().units:
        raise section.refuse(f"unit {unit!r} goes with type: number, and is one of the units of the facts")
    return str(unit)


def _choices(section: Section, kind: str) -> str:
    if ("choices" in section) != (kind in {"code", "codes"}):
        raise section.refuse("choices goes with type: code or codes, and only with them")
    if "choices" not in section:
        return ""
    if section["choices"] not in catalogue.load().vocabularies:
        raise section.refuse(f"there is no vocabulary {section['choices']!r}")
    return str(section["choices"])


def _fields(section: Section) -> dict[str, Field]:
    entries = section.get("fields", [])
    if not isinstance(entries, list):
        raise section.refuse("fields must be a list")
    found: dict[str, Field] = {}
    for entry in entries:
        if not isinstance(entry, Section):
            raise section.refuse(f"a field is not a mapping: {entry!r}")
        entry.expect(("name", "label", "type"), ("choices", "implied"))
        kind = entry.one_of("type", FIELD_TYPES)
        name = str(entry["name"])
        if name in found:
            raise entry.refuse(f"the field {name} is given twice")
        by, implied = _implied(entry, kind, found)
        found[name] = Field(name, _texts(entry, "label"), kind, _choices(entry, kind), by, implied)
    return found


def _implied(entry: Section, kind: str, above: Mapping[str, Field]) -> tuple[str, Mapping[str, bool]]:
    """Return the field that may say this one, declared above, and what each of its terms says."""
    if "implied" not in entry:
        return "", MappingProxyType({})
    given = entry.section("implied").expect(("by", "yes", "no"))
    by = str(given["by"])
    if kind != "bool" or by not in above or above[by].type != "code":
        raise given.refuse("implied goes with type: bool, by a field of codes declared above")
    terms = catalogue.load().vocabulary(above[by].choices)
    said = {str(term): word for key, word in (("yes", True), ("no", False)) for term in given[key]}
    if unknown := sorted(set(said) - set(terms.terms)) or len(said) != len(given["yes"]) + len(given["no"]):
        raise given.refuse(f"terms that {terms.name} has not, or given twice: {unknown}")
    return by, MappingProxyType(said)


def _subjects(section: Section) -> tuple[str, ...]:
    words = section["subjects"]
    if not isinstance(words, list) or not words or set(words) - set(SUBJECTS):
        raise section.refuse(f"subjects is {words!r}: a list of {', '.join(SUBJECTS)}")
    return tuple(words)


def _taken_from(section: Section) -> str:
    code = section.get("from")
    if code is not None and code not in catalogue.load():
        raise section.refuse(f"the catalogue of facts holds no {code!r}")
    return str(code or "")
