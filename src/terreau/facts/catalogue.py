"""The catalogue of facts: codes, units and vocabularies, read from content files and checked whole.

Files: ``content/catalogue/*.yaml`` and ``content/vocabularies/*.yaml`` of every installed room,
and ``facts/content/units.yaml``. Nothing is loaded when anything is wrong (``ContentError``).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.apps import apps

from terreau.common.content import ContentError, Section, read_content, read_list

TYPES = ("number", "text", "code", "date", "bool", "money")
CARDINALITIES = ("one", "many")
PERIODS = ("none", "instant", "year", "interval")
SECRECIES = ("public", "statistical", "private")
SUBJECTS = ("pole", "actor", "place", "territory", "project", "cooperation", "dossier")
UNIT_KINDS = ("count", "time", "rate", "area", "money", "share", "power", "energy", "mass")
_LANGUAGES = ("fr", "en")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: its plural in both languages, its singular where one is written, its symbol."""

    code: str
    kind: str
    many: Mapping[str, str]
    one: Mapping[str, str]
    symbol: str

    def label(self, lang: str, *, singular: bool = False) -> str:
        """Return the word that follows a number."""
        return (self.one if singular else self.many)[lang]


@dataclass(frozen=True, slots=True)
class Term:
    """A term of a vocabulary, with the place that defines it; ``parent`` is a wider term of the same one."""

    code: str
    labels: Mapping[str, str]
    definitions: Mapping[str, str]
    source: str
    parent: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A closed list of terms, in the order of its file."""

    name: str
    source: str
    terms: Mapping[str, Term]

    def label(self, code: str, lang: str) -> str:
        """Return the words of a term; raise ``KeyError`` for an unknown code."""
        return self.terms[code].labels[lang]

    def __contains__(self, code: str) -> bool:
        return code in self.terms


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """What a code means and what values it takes."""

    code: str
    labels: Mapping[str, str]
    definitions: Mapping[str, str]
    type: str
    unit: str
    choices: str
    cardinality: str
    subjects: tuple[str, ...]
    period: str
    secrecy: str
    source: str

    def label(self, lang: str) -> str:
        """Return the name of the fact."""
        return self.labels[lang]

    def definition(self, lang: str) -> str:
        """Return what the fact means."""
        return self.definitions[lang]

    @property
    def single(self) -> bool:
        """Say whether a subject has one value at a time."""
        return self.cardinality == "one"


class Catalogue:
    """Every code, unit and vocabulary. ``catalogue["pole.members"]`` raises ``KeyError`` when unknown."""

    def __init__(
        self,
        entries: Mapping[str, CatalogueEntry],
        vocabularies: Mapping[str, Vocabulary],
        units: Mapping[str, Unit],
    ) -> None:
        self.entries = entries
        self.vocabularies = vocabularies
        self.units = units

    def __getitem__(self, code: str) -> CatalogueEntry:
        return self.entries[code]

    def __contains__(self, code: str) -> bool:
        return code in self.entries

    def __iter__(self) -> Iterator[CatalogueEntry]:
        return iter(self.entries.values())

    def __len__(self) -> int:
        return len(self.entries)

    def vocabulary(self, name: str) -> Vocabulary:
        """Return a vocabulary by name; raise ``KeyError`` when unknown."""
        return self.vocabularies[name]

    def unit(self, code: str) -> Unit:
        """Return a unit by code; raise ``KeyError`` when unknown."""
        return self.units[code]


@cache
def load() -> Catalogue:
    """Return the catalogue of the installed rooms, read once a process."""
    folders = [
        Path(app.path) / "content" for app in apps.get_app_configs() if app.name.startswith("terreau.")
    ]
    return read(
        catalogue=[path for folder in folders for path in sorted((folder / "catalogue").glob("*.yaml"))],
        vocabularies=[
            path for folder in folders for path in sorted((folder / "vocabularies").glob("*.yaml"))
        ],
        units=Path(__file__).parent / "content" / "units.yaml",
    )


def vocabulary(name: str) -> Vocabulary:
    """Return a vocabulary of the loaded catalogue."""
    return load().vocabulary(name)


def read(*, catalogue: list[Path], vocabularies: list[Path], units: Path) -> Catalogue:
    """Return the catalogue of these files; raise ``ContentError`` (file, line) at the first mistake."""
    known_units = _read_units(units)
    known_words: dict[str, Vocabulary] = {}
    for path in vocabularies:
        words = _read_vocabulary(path)
        if words.name in known_words:
            raise ContentError(f"{path}:1: the vocabulary {words.name} is already described elsewhere")
        known_words[words.name] = words
    entries: dict[str, CatalogueEntry] = {}
    for path in catalogue:
        for section in read_list(path):
            entry = _read_entry(section, known_words, known_units)
            if entry.code in entries:
                raise section.refuse(f"the code {entry.code} is already in the catalogue")
            entries[entry.code] = entry
    return Catalogue(entries, known_words, known_units)


def _texts(section: Section, key: str) -> dict[str, str]:
    texts = section.section(key).expect(_LANGUAGES)
    for language, text in texts.items():
        if not isinstance(text, str) or not text.strip():
            raise texts.refuse(f"{key}.{language} must be a text")
    return {language: str(texts[language]).strip() for language in _LANGUAGES}


def _read_units(path: Path) -> dict[str, Unit]:
    document = read_content(path)
    if not isinstance(document, Section):
        raise ContentError(f"{path}:1: the file must map each unit to its words")
    return {code: _read_unit(code, document.section(code)) for code in document}


def _read_unit(code: str, section: Section) -> Unit:
    section.expect((*_LANGUAGES, "kind"), ("symbol", "one"))
    many = {language: str(section[language]) for language in _LANGUAGES}
    one = _texts(section, "one") if "one" in section else many
    return Unit(code, section.one_of("kind", UNIT_KINDS), many, one, str(section.get("symbol", "")))


def _read_vocabulary(path: Path) -> Vocabulary:
    document = read_content(path)
    if not isinstance(document, Section):
        raise ContentError(f"{path}:1: the file must be a mapping with name, source and terms")
    document.expect(("name", "source", "terms"))
    if document["name"] != path.stem:
        raise document.refuse(f"the name {document['name']!r} is not that of the file")
    terms: dict[str, Term] = {}
    for section in document["terms"] or []:
        if not isinstance(section, Section):
            raise document.refuse(f"a term is not a mapping: {section!r}")
        term = _read_term(section)
        if term.code in terms:
            raise section.refuse(f"the term {term.code} is given twice")
        if term.parent and term.parent not in terms:
            raise section.refuse(f"the parent {term.parent} does not stand above {term.code}")
        terms[term.code] = term
    return Vocabulary(document["name"], str(document["source"]), terms)


def _read_term(section: Section) -> Term:
    section.expect(("code", "label", "definition", "source"), ("parent", "group"))
    return Term(
        code=str(section["code"]),
        labels=_texts(section, "label"),
        definitions=_texts(section, "definition"),
        source=str(section["source"]),
        parent=str(section.get("parent", "")),
        group=str(section.get("group", "")),
    )


def _read_entry(
    section: Section, vocabularies: Mapping[str, Vocabulary], units: Mapping[str, Unit]
) -> CatalogueEntry:
    section.expect(
        ("code", "label", "definition", "type", "cardinality", "subjects", "period", "secrecy", "source"),
        ("unit", "choices"),
    )
    kind = section.one_of("type", TYPES)
    _check_links(section, kind, vocabularies, units)
    return CatalogueEntry(
        code=str(section["code"]),
        labels=_texts(section, "label"),
        definitions=_texts(section, "definition"),
        type=kind,
        unit=str(section.get("unit", "")),
        choices=str(section.get("choices", "")),
        cardinality=section.one_of("cardinality", CARDINALITIES),
        subjects=_subjects(section),
        period=section.one_of("period", PERIODS),
        secrecy=section.one_of("secrecy", SECRECIES),
        source=str(section["source"]),
    )


def _check_links(
    section: Section, kind: str, vocabularies: Mapping[str, Any], units: Mapping[str, Unit]
) -> None:
    if ("choices" in section) != (kind == "code"):
        raise section.refuse("choices goes with type: code, and only with it")
    if kind == "code" and section["choices"] not in vocabularies:
        raise section.refuse(f"there is no vocabulary {section['choices']!r}")
    if "unit" in section and section["unit"] not in units:
        raise section.refuse(f"there is no unit {section['unit']!r}")
    if ("unit" in section) != (kind in {"number", "money"}):
        raise section.refuse("unit goes with type: number or money, and only with them")


def _subjects(section: Section) -> tuple[str, ...]:
    words = section["subjects"]
    if not isinstance(words, list) or not words or set(words) - set(SUBJECTS):
        raise section.refuse(f"subjects is {words!r}: a list of {', '.join(SUBJECTS)}")
    return tuple(words)
