"""The tables that bulk users take, read from ``content/open-data.yaml``, and their Table Schemas."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from terreau.common.content import ContentError, Section, read_list
from terreau.facts import catalogue

#: Type of a column → type of Table Schema, type of DuckDB (Parquet).
TYPES = {
    "string": ("string", "VARCHAR"),
    "integer": ("integer", "BIGINT"),
    "number": ("number", "DOUBLE"),
    "boolean": ("boolean", "BOOLEAN"),
    "date": ("date", "DATE"),
    "datetime": ("datetime", "TIMESTAMPTZ"),
    "list": ("string", "VARCHAR[]"),
}
#: Between the codes of a list, in CSV.
LIST_SEPARATOR = "|"
LICENCE = {
    "name": "etalab-2.0",
    "title": "Licence Ouverte 2.0 / Open Licence 2.0 (Etalab)",
    "path": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
}
_CONTENT = Path(__file__).parent / "content" / "open-data.yaml"
_CONSTRAINTS = ("required", "unique", "enum", "minimum", "maximum", "pattern")


@dataclass(frozen=True, slots=True)
class Field:
    """A column: its name never changes; ``title`` and ``description`` are in both languages."""

    name: str
    type: str
    format: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    constraints: Mapping[str, Any]
    vocabulary: str
    references: tuple[str, str] | None

    @property
    def required(self) -> bool:
        """Say whether every row has a value."""
        return bool(self.constraints.get("required"))


@dataclass(frozen=True, slots=True)
class Table:
    """A table: ``name.csv``, ``name.parquet`` and the schema ``name.json``."""

    name: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    key: tuple[str, ...]
    fields: tuple[Field, ...]


@cache
def tables() -> dict[str, Table]:
    """Return every table by its name, in the order of the content file, read once a process."""
    return read(_CONTENT)


def read(path: Path) -> dict[str, Table]:
    """Return the tables of a content file; raise ``ContentError`` (file, line) at the first mistake."""
    found: dict[str, Table] = {}
    for section in read_list(path):
        table = _table(section)
        if table.name in found:
            raise section.refuse(f"the table {table.name} is described twice")
        found[table.name] = table
    for table in found.values():
        _check_references(path, table, found)
    return found


def _table(section: Section) -> Table:
    section.expect(("name", "title", "description", "key", "fields"))
    fields = tuple(_field(one) for one in section["fields"])
    key = section["key"] if isinstance(section["key"], list) else [section["key"]]
    if missing := set(key) - {field.name for field in fields}:
        raise section.refuse(f"the key {', '.join(sorted(missing))} is no field of the table")
    if len({field.name for field in fields}) < len(fields):
        raise section.refuse("a field is described twice")
    return Table(
        section["name"], _texts(section, "title"), _texts(section, "description"), tuple(key), fields
    )


def _field(section: Section) -> Field:
    section.expect(
        ("name", "type", "title", "description"), (*_CONSTRAINTS, "format", "vocabulary", "references")
    )
    kind, words = section.one_of("type", TYPES), section.get("vocabulary", "")
    constraints = {name: section[name] for name in _CONSTRAINTS if name in section}
    if words:
        if words not in catalogue.load().vocabularies:
            raise section.refuse(f"there is no vocabulary {words!r}")
        constraints["enum"] = list(catalogue.vocabulary(words).terms)
    table, _, column = section.get("references", "").partition(".")
    return Field(
        name=section["name"],
        type=kind,
        format=section.get("format", "default"),
        title=_texts(section, "title"),
        description=_texts(section, "description"),
        constraints=constraints,
        vocabulary=words,
        references=(table, column) if table else None,
    )


def _texts(section: Section, name: str) -> dict[str, str]:
    texts = section.section(name).expect(("fr", "en"))
    return {language: str(texts[language]) for language in ("fr", "en")}


def _check_references(path: Path, table: Table, known: Mapping[str, Table]) -> None:
    for field in table.fields:
        if field.references is None:
            continue
        name, column = field.references
        if name not in known or column not in {other.name for other in known[name].fields}:
            raise ContentError(
                f"{path}: {table.name}.{field.name} refers to {name}.{column}, which is not there"
            )


def table_schema(table: Table) -> dict[str, Any]:
    """Return the Table Schema (JSON) of a table; English stands in ``title_en`` and ``description_en``."""
    schema: dict[str, Any] = {
        "$schema": "https://specs.frictionlessdata.io/schemas/table-schema.json",
        "name": table.name,
        "title": table.title["fr"],
        "title_en": table.title["en"],
        "description": table.description["fr"],
        "description_en": table.description["en"],
        "fields": [_described(field) for field in table.fields],
        "missingValues": [""],
        "primaryKey": list(table.key),
    }
    keys = [_foreign(field) for field in table.fields if field.references]
    return schema | ({"foreignKeys": keys} if keys else {})


def _described(field: Field) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": field.name,
        "type": TYPES[field.type][0],
        "title": field.title["fr"],
        "title_en": field.title["en"],
        "description": field.description["fr"],
        "description_en": field.description["en"],
    }
    if field.format != "default":
        described["format"] = field.format
    if field.type == "boolean":
        described |= {"trueValues": ["true"], "falseValues": ["false"]}
    constraints = dict(field.constraints)
    if field.type == "list":
        constraints["pattern"] = r"[^|]+(\|[^|]+)*"
    return described | ({"constraints": constraints} if constraints else {})


def _foreign(field: Field) -> dict[str, Any]:
    assert field.references is not None  # noqa: S101
    resource, column = field.references
    return {"fields": [field.name], "reference": {"resource": resource, "fields": [column]}}
