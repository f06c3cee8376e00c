"""Layers that are not embedded, read from their files: what each line says, and what cannot be used."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cache, partial
from pathlib import Path
from typing import Any

import duckdb

from terreau.common.content import Section, read_content
from terreau.territories.base import Base
from terreau.territories.rules import CODE

CONTENT = Path(__file__).parent / "content" / "layers"
MUNICIPAL = re.compile(r"751(0[1-9]|1\d|20)|6938[1-9]|132(0[1-9]|1[0-6])")
SEPARATORS = ";,\t|"
BLANKS = re.compile(r"\s")
KINDS = ("partition", "list", "measures")


class LayerFileError(ValueError):
    """A file that cannot be read as the layer it is said to be. `columns` are those it has."""

    def __init__(self, problem: str, columns: Sequence[str] = ()) -> None:
        super().__init__(problem)
        self.columns = list(columns)


@dataclass(frozen=True)
class Measure:
    """A figure of each commune."""

    code: str
    columns: tuple[str, ...]
    label: dict[str, str]
    unit: str


@dataclass(frozen=True)
class Definition:
    """How the files of a layer are made; column names are those accepted, in order of preference."""

    name: str
    kind: str
    vintage: int
    label: dict[str, str]
    source: dict[str, str]
    commune: tuple[str, ...]
    zone: tuple[str, ...] = ()
    zone_label: tuple[str, ...] = ()
    separator: str = ""
    partial: bool = False
    flag: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    part: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    secret: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    measures: tuple[Measure, ...] = ()


@dataclass(frozen=True)
class Problem:
    """A line that is not used as it is: `code` says why, `text` what it held."""

    line: int
    code: str
    text: str


@dataclass(frozen=True)
class Membership:
    """That a commune is in a zone, or a part of it only."""

    label: str
    partial: bool


@dataclass
class Reading:
    """What a file says, by code of commune today. A measure of None is secret."""

    members: dict[tuple[str, str], Membership] = field(default_factory=dict)
    values: dict[tuple[str, str], Decimal | None] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    lines: int = 0


Value = Membership | Decimal | None
Reader = Callable[[dict[str, str], Definition, Reading, int], Iterator[tuple[str, Any]]]
"""What a line says: zones or measures by code. Problems go to the reading."""
Former = tuple[int, str, str, dict[str, str]]
"""Line, old code, code of today, row."""


# ---------------------------------------------------------------------------------------- definitions


@cache
def definitions() -> dict[str, Definition]:
    """The layers that Terreau knows how to read, by name. ContentError when a file of ours is wrong."""
    found = (_definition(read_content(path)) for path in sorted(CONTENT.glob("*.yaml")))
    return {definition.name: definition for definition in found}


def _definition(section: Section) -> Definition:
    required = ["name", "kind", "vintage", "label", "source", "commune"]
    by_kind = {
        "partition": ["zone", "zone_label"],
        "list": ["zone", "zone_label", "separator", "partial", "flag", "whole", "part", "none"],
        "measures": ["secret", "missing", "measures"],
    }
    section.expect(required, by_kind[section.one_of("kind", KINDS)])
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in section.items()
    }
    entries = [entry.expect(["code", "column", "label", "unit"]) for entry in section.get("measures", [])]
    values["measures"] = tuple(
        Measure(entry["code"], tuple(entry["column"]), dict(entry["label"]), entry["unit"])
        for entry in entries
    )
    return Definition(**{**values, "label": dict(section["label"]), "source": dict(section["source"])})


# ------------------------------------------------------------------------------------------- reading


def rows_of(path: Path, wanted: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Lines of a CSV or Parquet file with their number: texts by column name in lower case, empty for null.

    In a CSV the heading is the first line that has one of the `wanted` columns (what stands above is
    skipped); separator and encoding (UTF-8, else Windows-1252) are found. LayerFileError when there is no
    such line.
    """
    if path.suffix.lower() == ".parquet":
        yield from _parquet_rows(path)
    else:
        yield from _csv_rows(path, wanted)


def _parquet_rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    with duckdb.connect() as db:
        try:
            result = db.execute("SELECT * FROM read_parquet(?)", [str(path)])
        except duckdb.Error as error:
            raise LayerFileError("not a Parquet file") from error
        names = [column[0].lower() for column in result.description]
        for line, row in enumerate(result.fetchall(), start=1):
            yield line, {name: _text(value) for name, value in zip(names, row, strict=True)}


def _text(value: object) -> str:
    if value is None or value != value:  # noqa: PLR0124 - not a number is not itself
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _csv_rows(path: Path, wanted: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    lines = text.splitlines()
    heading = next((i for i, line in enumerate(lines) if set(_names(line)) & set(wanted)), None)
    if heading is None:
        first = next((line for line in lines if line.strip()), "")
        raise LayerFileError(
            "no line has the column of the commune", [name[:60] for name in _names(first)[:60]]
        )
    names, separator = _names(lines[heading]), _separator(lines[heading])
    for line, row in enumerate(csv.reader(lines[heading + 1 :], delimiter=separator), start=heading + 2):
        if any(row):
            yield line, dict(zip(names, (cell.strip() for cell in row), strict=False))


def _separator(heading: str) -> str:
    return max(SEPARATORS, key=heading.count)


def _names(heading: str) -> list[str]:
    return [name.strip().strip('"').lower() for name in heading.split(_separator(heading))]


def column(row: dict[str, str], names: Sequence[str]) -> str:
    """The first of the accepted columns that a row has. LayerFileError when it has none."""
    for name in names:
        if name in row:
            return name
    raise LayerFileError(f"no column {' or '.join(names)}", list(row))


def read_layer(path: Path, definition: Definition, base: Base) -> Reading:
    """What a file says of the communes of today, and the lines that cannot be used as they are.

    Old codes are followed in partitions and lists, as a part of the commune of today. A measure cannot be:
    that of a former commune is not one of the commune that absorbed it, and in a file that still has both,
    that of the commune that kept its code is the measure of a part too. Both are left out, and told.
    """
    reading, lines = Reading(), dict[str, int]()
    read_line = _flags if definition.flag else _READERS[definition.kind]
    former: list[Former] = []
    for line, row in rows_of(path, definition.commune):
        reading.lines += 1
        given = row[column(row, definition.commune)].upper()
        current = given if given in base.index else base.former.get(given)
        if current is None:
            problem = "unknown_code" if CODE.fullmatch(given) else "malformed_code"
            reading.problems.append(Problem(line, problem, given))
        elif current != given:
            former.append((line, given, current, row))
        else:
            lines[current] = line
            for code, value in read_line(row, definition, reading, line):
                _keep(reading, (current, code), value, line)
    if not reading.lines:
        raise LayerFileError("the file has no line")
    follow = _drop_measures if definition.kind == "measures" else partial(_follow, read_line, definition)
    follow(reading, former, lines)
    if definition.kind == "partition":
        _blur(reading)
    return reading


def _follow(
    read_line: Reader, definition: Definition, reading: Reading, former: list[Former], lines: dict[str, int]
) -> None:
    """Take what is said of a former commune for a part of the commune of today."""
    for line, given, current, row in former:
        reading.problems.append(Problem(line, "former_code", f"{given} → {current}"))
        for code, one in read_line(row, definition, reading, line):
            reading.members.setdefault((current, code), Membership(one.label, partial=True))


def _drop_measures(reading: Reading, former: list[Former], lines: dict[str, int]) -> None:
    """Leave out the measures of former communes, and of the communes that have absorbed one since."""
    absorbed: dict[str, list[str]] = {}
    for line, given, current, _row in former:
        reading.problems.append(Problem(line, "former_measure", f"{given} → {current}"))
        if not MUNICIPAL.fullmatch(given):
            absorbed.setdefault(current, []).append(given)
    for current, parts in absorbed.items():
        if current in lines:
            text = f"{current} (+ {', '.join(parts)})"
            reading.problems.append(Problem(lines[current], "grown_commune", text))
    gone = set(absorbed)
    reading.values = {key: value for key, value in reading.values.items() if key[0] not in gone}


def _keep(reading: Reading, key: tuple[str, str], value: Value, line: int) -> None:
    held: dict[tuple[str, str], Any] = reading.members if isinstance(value, Membership) else reading.values
    if key in held and held[key] != value:
        reading.problems.append(Problem(line, "given_twice", " ".join(key)))
        return
    held[key] = value


def _blur(reading: Reading) -> None:
    """A commune in two zones of a partition is in each by a part only."""
    zones: dict[str, list[str]] = {}
    for commune, zone in reading.members:
        zones.setdefault(commune, []).append(zone)
    for commune, several in zones.items():
        for zone in several:
            label = reading.members[commune, zone].label
            reading.members[commune, zone] = Membership(label, partial=len(several) > 1)


def _zones(
    row: dict[str, str], definition: Definition, reading: Reading, line: int
) -> Iterator[tuple[str, Membership]]:
    text = row[column(row, definition.zone)]
    label = row[column(row, definition.zone_label)] if definition.zone_label else ""
    codes, labels = [text], [label]
    if definition.separator:
        codes = [code.strip() for code in text.split(definition.separator)]
        labels = [one.strip() for one in label.split(definition.separator)]
    if len(labels) != len(codes):
        labels = [label] * len(codes)
    for code, name in zip(codes, labels, strict=True):
        if code:
            yield code, Membership(name or code, definition.partial)


def _flags(
    row: dict[str, str], definition: Definition, reading: Reading, line: int
) -> Iterator[tuple[str, Membership]]:
    value = row[column(row, definition.flag)]
    label = definition.label["fr"]
    if value in definition.whole:
        yield definition.name, Membership(label, partial=False)
    elif value in definition.part:
        yield definition.name, Membership(label, partial=True)
    elif value not in definition.none:
        commune = row[column(row, definition.commune)]
        reading.problems.append(Problem(line, "unknown_value", f"{commune} : « {value} »"))


def _measures(
    row: dict[str, str], definition: Definition, reading: Reading, line: int
) -> Iterator[tuple[str, Decimal | None]]:
    for measure in definition.measures:
        text = row[column(row, measure.columns)]
        if text.lower() in definition.missing:
            continue
        if text.lower() in definition.secret:
            yield measure.code, None
            continue
        try:
            yield measure.code, number(text)
        except ValueError:
            reading.problems.append(Problem(line, "not_a_number", f"{measure.code} : « {text} »"))


_READERS: dict[str, Reader] = {"partition": _zones, "list": _zones, "measures": _measures}


def number(text: str) -> Decimal:
    """A number as French files write it (`21 660,5`), to four decimals. ValueError otherwise."""
    try:
        found = Decimal(BLANKS.sub("", text).replace(",", "."))
    except InvalidOperation as error:
        raise ValueError(text) from error
    if not found.is_finite() or abs(found) >= 10**12:
        raise ValueError(text)
    return found.quantize(Decimal("0.0001"))
